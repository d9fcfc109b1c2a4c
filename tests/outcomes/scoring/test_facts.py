"""Bad input: every line named, nothing half-read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.outcomes.scoring.conftest import HEAD, Score, event, lines_of, refusal, units
from wenming.outcomes.scoring import facts

SOUND = "items:\n  - {id: a, title: 甲, full: 100, rules: [{id: r, op: per_event, when: {kind: found}, points: -1}]}\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"unit": "zz"}, "事件「1」的单位「zz」没有 kind 为 unit 的行"),
        ({"id": "0"}, "事件编号「0」重复（第 2 行已有）"),
        ({"quantity": -3}, "「quantity」不能是负数（-3）；要撤销请写一行 kind: reverse"),
        ({"quantity": 1e30}, "「quantity」应当是 10¹² 以内的数，现在是「1E+30」"),
        ({"quantity": True}, "「quantity」应当是 10¹² 以内的数，现在是「True」"),
        ({"quantity": "NaN"}, "「quantity」应当是 10¹² 以内的数，现在是「NaN」"),
        ({"on": "2026-02-30"}, "「on」应当是日期，如 2026-10-05，现在是「2026-02-30」"),
        ({"bulletin": 0}, "「bulletin」应当是第几期，从 1 起的整数"),
        ({"colour": "red"}, "不认识的项「colour」，自定的项请写在 attrs 里"),
        ({"kind": ""}, "缺少「kind」，或不是文字"),
        ({"kind": "reverse", "attrs": {"reverses": "9"}}, "事件「1」要冲销的「9」不存在"),
    ],
)
def test_a_bad_event_is_named_with_its_line(row: dict[str, Any], said: str) -> None:
    rows = [*units("社区", "x"), event("0", "found", "x", "10-05"), event("1", "found", "x", "10-05") | row]
    assert refusal(lambda: facts.parse(lines_of(rows))) == [f"events 第 3 行：{said}"]


def test_lines_that_are_no_objects_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_bytes(
        b'{"kind":"unit","unit":"x"}\n[1]\n{"a"\n\xff\n' + b"[" * 60000 + b"\n" + b" " * 70000 + b"{}\n"
    )
    assert [each.split("：")[0] for each in refusal(lambda: facts.read(path))] == [
        f"e.jsonl 第 {line} 行" for line in (2, 3, 4, 5, 6)
    ]


def test_events_that_do_not_fit_the_book_are_named(book: Callable[..., Path], score: Score) -> None:
    path = book("attributes: [{name: spot, title: 当场, type: flag}]\n" + SOUND)
    rows = [
        *units("村", "y"), *units("社区", "x"), event("1", "found", "x", "09-30"), event("2", "found", "x", "11-01"),
        event("3", "found", "x", "10-01", attrs={"spot": "yes"}), event("4", "found", "x", "10-01", group="村"),
    ]  # fmt: skip
    assert refusal(lambda: score(path, rows)) == [
        "events 第 1 行：单位「y」的组「村」不在规则书的 groups 里",
        "events 第 3 行：事件「1」的日期 2026-09-30 不在 2026年10月 内",
        "events 第 4 行：事件「2」的日期 2026-11-01 不在 2026年10月 内",
        "events 第 5 行：事件「3」的 attrs.spot 应当是true 或 false",
        "events 第 6 行：事件「4」写的组「村」与单位行的「社区」不同",
    ]


def test_a_book_newer_than_the_period_is_refused(book: Callable[..., Path], score: Score) -> None:
    path = book(SOUND, HEAD.replace("2026-01-01", "2026-10-02"))
    said = "events：规则书从 2026-10-02 起施行，不能用来算 2026年10月（不溯及既往）"
    assert refusal(lambda: score(path, units("社区", "x"))) == [said]
    said = "events：规则书按月计，期间 2026-W41 不是"
    assert refusal(lambda: score(book(SOUND), units("社区", "x"), period="2026-W41")) == [said]


def test_a_level_without_points_is_a_question(book: Callable[..., Path], score: Score) -> None:
    text = SOUND.replace("points: -1", "points: {by: by_level, map: {town: -1}}")
    rows = [
        *units("社区", "x"),
        event("1", "found", "x", "10-05", by_level="province"),
        event("2", "found", "x", "10-05"),
    ]
    found = score(book(text), rows)["x"]
    assert found.total is None
    assert [(q.text, q.events) for q in found.undecided] == [
        ("「province」在规则里没有分值，按哪一档？", ("1",)),
        ("事件没有写「by_level」，是哪一种？", ("2",)),
    ]


def test_numbers_stay_exact_decimals() -> None:
    row = json.dumps(event("1", "found", "x", "10-05")).replace('"x"', '"x", "quantity": 0.1')
    found = facts.parse([b'{"kind":"unit","unit":"x"}', row.encode()])
    assert str(found.events[0].quantity) == "0.1"
