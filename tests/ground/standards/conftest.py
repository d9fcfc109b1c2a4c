"""Small packs that a test can spoil one line at a time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wenming.ground.standards import actions, queries

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)

DEPARTMENTS = """\
kind: departments
id: county
version: "1"
title: 责任部门
in_force: 2026-01-01
departments:
  - {code: community, name: 社区}
  - {code: urban_mgmt, name: 城管, enforces: true}
"""

MATTERS = """\
kind: event_categories
id: county
version: "1"
title: 事项
in_force: 2026-01-01
bases:
  GEN: 通行做法
sign: {normal: 4 work_hour, safety: 1 hour}
classes:
  - {code: "01", name: 市政公用设施类}
  - {code: "06", name: 市容环境类, legacy: "01"}
  - {code: L, name: 本地扩展类}
matters:
  - {code: "06001", name: 私搭乱建, legacy: "0101", dept: urban_mgmt, level: complex, enforcement: true, deadline: 15 work_day, basis: GEN, alt: [GEN 拆除 20 work_day, GEN 30 day], register_if: 未经许可搭建, close_if: 已拆除, aliases: [违建]}
  - {code: "06010", name: 暴露垃圾, dept: community, level: quick, deadline: 4 work_hour, basis: GEN, register_if: 成堆垃圾, close_if: 清除, aliases: [垃圾堆], words: [垃圾+堆/满地], excludes: [渣土]}
components:
  - class: "01"
    dept: urban_mgmt
    level: normal
    deadline: 3 work_day
    basis: GEN
    urgent: 2 work_hour
    urgent_basis: GEN
    urgent_when: 危及人身安全
    register_if: 破损
    close_if: 恢复完好
    items:
      - {code: "01001", component: 供水井盖, safety: true}
      - {code: "01037", component: 路灯, deadline: 1 day, sign: 2 hour}
locals:
  - {code: L0101, name: 飞线充电, dept: community, level: quick, safety: true, deadline: 4 work_hour, basis: GEN, register_if: 飞线, close_if: 拆除}
exemptions:
  - {code: X1, applies_to: ["06010"], text: 已立案的合并, source: 某县}
  - {code: X2, applies_to: ["*"], text: 无法定位的退回}
"""

POINTS = """\
kind: point_types
id: county
version: "1"
title: 点位
in_force: 2026-01-01
grading:
  count: {op: grade_by_count, steps: [{max: 0, grade: A, rate: "1.00"}, {max: 1, grade: B, rate: "0.66"}, {grade: D, rate: "0.00"}]}
  boolean: {op: pass_fail, pass: "1.00", fail: "0.00"}
categories: [公共环境, 公共秩序]
sources:
  G: 通用经验
point_types:
  - code: road
    name: 主次干道
    group: 道路街巷
    kind: public
    sampling: 抽 3 条
    items:
      - {code: road-01, text: 无暴露垃圾, category: 公共环境, weight: 60, severity: normal, dept: community, method: count, event: "06010", source: G}
      - {code: road-02, text: 无乱搭建, category: 公共秩序, weight: 40, severity: major, dept: urban_mgmt, method: observe, event: "06001", source: G}
"""

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Rolled-back rows of another test must not be remembered."""
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a pack, with one text put in the place of another that must be there exactly once."""

    def _write(name: str, text: str, old: str = "", new: str = "") -> Path:
        if old:
            assert text.count(old) == 1, f"{old!r} is not there exactly once"
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def texts() -> dict[str, str]:
    """The small packs by the names that tests give their files."""
    return {"departments": DEPARTMENTS, "matters": MATTERS, "points": POINTS}


@pytest.fixture
def small(empty_house: None, write: Write, texts: dict[str, str]) -> None:
    """The three small packs, loaded."""
    for name, text in texts.items():
        actions.load_pack(path=write(f"{name}.yaml", text), at=AT)
