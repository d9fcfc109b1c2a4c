"""Packs of documents: what the shipped ones say, and how a wrong one is refused."""

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import NOW
from wenming.common.errors import PackError
from wenming.ground.standards import actions as standards
from wenming.outcomes import packs
from wenming.outcomes.documents import conditions, desk, drafting, kinds, listing, sentences
from wenming.outcomes.documents.models import Document

ROOT = Path(__file__).parents[3]

GOOD = """kind: document
id: trial
version: "1"
title: 试报
in_force: 2026-01-01
number: register
title_text: 关于{year}年第{{issue}}期情况的通报
figures:
  - {key: found, metric: found, label: 发现数, compare: true}
sections:
  - id: body
    items:
      - id: one
        parts:
          - {text: "发现{{figure:found}}，{{figure:found:change}}。", when: found > 0 and not found.before}
"""


def load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trial.yaml"
    path.write_text(text, encoding="utf-8")
    standards.load_pack(path=path, at=NOW, loaders=packs.LOADERS)


def test_a_clerks_pack_loads_and_is_offered(db: None, tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    row = kinds.of("trial", NOW.date())
    assert row.facts["figures"]["found.before"] == {
        "metric": "found", "label": "上期发现数", "scope": "document", "period": "previous", "category": "", "sources": [],
    }  # fmt: skip
    offered = [one.code for one in kinds.all_in_force(NOW.date())]
    assert offered == sorted(offered)
    assert {"bulletin", "correction", "trial"} <= set(offered)


@pytest.mark.parametrize(
    ("wrong", "right", "line", "said"),
    [
        ("metric: found,", "metric: fuond,", 9, "没有指标「fuond」"),
        ("{{figure:found}}，", "{{figure:fuond}}，", 15, "没有取数键「fuond」"),
        (", compare: true", "", 15, "条件里没有取数键「found.before」"),
        (
            ", compare: true}",
            "}\n  - {key: other, metric: due, label: 别的, compare: true}",
            16,
            "条件里没有取数键「found.before」",
        ),
        ("not found.before", "not nothing", 15, "条件里没有取数键「nothing」"),
        ("found > 0 and", "found > > 0 and", 15, "条件看不懂"),
        ("发现{{figure", "{who}发现{{figure", 15, "不认识的词「{who}」"),
        ("{{issue}}", "{{isue}}", 7, "双花括号写法不对"),
        ("number: register", "number: register\naccount: document.none", 7, "没有科目「document.none」"),
        ("items:\n      - id: one", "items:\n      - id: One", 13, "只能用小写字母"),
        ("parts:", "list: nothing\n        parts:", 14, "「list」不认识「nothing」"),
        ("sections:", "annexes: [{kind: map, title: 图}]\nsections:", 10, "「kind」不认识「map」"),
        ("in_force: 2026-01-01", "in_force: 2026-01-01\ncolour: red", 6, "不认识的键「colour」"),
    ],
)
def test_wrong_pack_names_file_and_line(
    wrong: str, right: str, line: int, said: str, db: None, tmp_path: Path
) -> None:
    assert wrong in GOOD
    with pytest.raises(PackError) as refused:
        load(tmp_path, GOOD.replace(wrong, right))
    assert said in refused.value.message
    assert f"trial.yaml 第 {line} 行" in refused.value.message


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("", True), ("a", True), ("not a", False), ("b", False), ("not b", True), ("c", False), ("a > 2", True),
        ("a > 3", False), ("a >= 3", True), ("a = 3", True), ("a < c", False), ("a > b", True), ("a > 2 and b", False),
        ("a > 2 and not b", True), ("c > 0", False), ("c <= 0", False), ("b or a", True), ("b or c", False),
        ("a and b or a > 2", True), ("not a > 3", True),
    ],
)  # fmt: skip
def test_conditions(condition: str, holds: bool) -> None:
    values = {"a": Decimal(3), "b": Decimal(0), "c": None}
    assert conditions.holds(condition, values) is holds


def desk_of(**numbers: int) -> desk.Desk:
    """A desk on which nothing but figures lie."""
    found = {key: SimpleNamespace(key=key, number=Decimal(value)) for key, value in numbers.items()}
    return desk.Desk(Document(), {}, [], {}, NOW, shown=found)  # type: ignore[arg-type]


def said(*phrases: str, **numbers: int) -> str:
    item = {"lead": "召开", "joint": "、", "phrases": list(phrases), "end": "。"}
    return "".join(block["text"] for block in sentences.phrases(desk_of(**numbers), "k", item))


MEETINGS = ("培训会{{figure:training}}", "周例会{{figure:weekly}}", "，参会{{figure:persons}}")


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ({"training": 1, "weekly": 4, "persons": 90}, "召开培训会{{figure:training}}、周例会{{figure:weekly}}，参会{{figure:persons}}。"),
        ({"weekly": 4}, "召开周例会{{figure:weekly}}。"),
        ({"persons": 90}, "参会{{figure:persons}}。"),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_phrase_may_bring_its_own_joint(numbers: dict[str, int], text: str) -> None:
    assert said(*MEETINGS, **numbers) == text


def test_joined_items_make_one_paragraph_but_never_swallow_a_suggestion() -> None:
    blocks: list[Any] = []
    drafting._append(blocks, [sentences.paragraph("a", "开会三次。")], joined=True)
    drafting._append(blocks, [sentences.paragraph("b", "外出一次。")], joined=True)
    drafting._append(blocks, [sentences.paragraph("c", "请说明原因。", suggestion="open")], joined=True)
    drafting._append(blocks, [sentences.paragraph("d", "另有一段。")], joined=True)
    drafting._append(blocks, [], joined=True)
    assert [(one["id"], one["text"]) for one in blocks] == [
        ("a", "开会三次。外出一次。"), ("c", "请说明原因。"), ("d", "另有一段。"),
    ]  # fmt: skip


def test_shipped_kinds_print_the_quotes_of_official_papers() -> None:
    """GB/T 15834: “ ”; 「 」 are for screens."""
    for path in sorted((ROOT / "packs/documents").glob("*.yaml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert line.lstrip().startswith("#") or "help:" in line or "「" not in line, (
                f"{path.name}:{number}"
            )


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (["桶满溢"], "桶满溢"),
        (["桶满溢", "路灯不亮"], "1.桶满溢；2.路灯不亮"),
        (["75号旁桶满溢", "路灯不亮"], "（1）75号旁桶满溢；（2）路灯不亮"),
        ([], ""),
    ],
)
def test_numbers_of_problems_never_run_into_house_numbers(said: list[str], text: str) -> None:
    assert "；".join(listing._numbered(said)) == text
