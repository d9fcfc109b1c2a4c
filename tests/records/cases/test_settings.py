"""The county's rules of supervision are a pack with versions; wrong ones are named with file and line."""

from datetime import date
from pathlib import Path

import pytest

from tests.factories import NOW
from wenming.common import packs
from wenming.common.errors import PackError
from wenming.ground.standards import actions as standards
from wenming.records.cases import settings
from wenming.records.cases.sameness import Rule

SHIPPED = Path(__file__).parents[3] / "packs" / "escalation" / "2026.yaml"


def changed(tmp_path: Path, *pairs: tuple[str, str]) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "阶梯.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_rules(db: None) -> None:
    rules = settings.current(date(2026, 11, 16))
    assert (rules.twice, rules.answer_days, rules.contest_days) == (Rule(50, 180), 5, 7)
    assert (rules.revisit_days, rules.spot_revisit_days, rules.spot_revisit_percent) == ((3, 7, 30), (7,), 10)
    assert [(rung.when, rung.after.text if rung.after else "", rung.order) for rung in rules.ladder][:4] == [
        ("unsigned", "", False), ("unsigned", "8 个工作时", False), ("overdue", "", False), ("overdue", "2 个工作日", True),
    ]  # fmt: skip


def test_new_version_holds_from_its_day(db: None, tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ('"2026.2"', '"2026.9"'),
        ("in_force: 2026-01-01", "in_force: 2026-12-01"),
        ("radius_m: 50", "radius_m: 80"),
    )
    standards.load_pack(path=path, at=NOW, loaders=settings.LOADERS)
    assert [settings.current(day).twice.radius_m for day in (date(2026, 11, 30), date(2026, 12, 1))] == [
        50,
        80,
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("when: unsigned", "when: asleep", 25, "不认识「asleep」"),
        ("tell: [unit, office]", "tell: [unit, mayor]", 25, "不认识「mayor」"),
        ("unit: work_hour}", "unit: fortnight}", 25, "不认识「fortnight」"),
        ("days: [3, 7, 30]", "days: [3, 七]", 14, "一列天数"),
        ("contest_days: 7", "contest_days: 一周", 17, "应当是整数"),
        ("contest_days: 7", "contest_day: 7", None, "contest_day"),
    ],
)
def test_wrong_rule_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int | None, words: str
) -> None:

    with pytest.raises(PackError) as refused:
        settings.read(packs.load(changed(tmp_path, (old, new))))
    assert words in refused.value.message
    if line is not None:
        assert f"第 {line} 行" in refused.value.message
