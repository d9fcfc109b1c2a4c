"""What must hold for any events: order, caps, deductions, as-of replay, lines that add up, one unit scored again."""

import json
import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.outcomes.scoring.conftest import SAMPLES, lines_of, units
from wenming.ledger import periods
from wenming.outcomes.scoring import engine, facts, from_ledger, reading
from wenming.outcomes.scoring.faults import BadInput, Faults

MONTH, AS_OF = periods.parse("2026-10"), date(2026, 11, 5)
# A book in which every operator that looks at events has a rule.
ALL = reading.read(SAMPLES.parents[2] / "bench" / "scoring.yaml")
BOOKS = {name: reading.read(SAMPLES / f"{name}.yaml") for name in ("seed", "r02", "r10")}
GROUPS = {"seed": "社区", "r02": "社区", "r10": "中队"}
LEVELS = {
    "seed": ("self", "town", "county"),
    "r02": ("city", "district"),
    "r10": ("city", "district", "bureau"),
}
KINDS = {
    "seed": ("found",),
    "r02": ("praise", "site", "found", "overdue", "material_failed"),
    "r10": ("found", "overdue", "named", "complaint", "petition_red"),
}
DEDUCTIONS = {"seed": ("found",), "r02": ("found", "overdue", "material_failed"), "r10": KINDS["r10"]}


@st.composite
def events(draw: Any, book: str, least: int = 0) -> list[dict[str, Any]]:
    rows = []
    for number in range(draw(st.integers(least, 14))):
        rows.append(
            {
                "id": f"e{number}", "kind": draw(st.sampled_from(KINDS[book])), "unit": draw(st.sampled_from("ab")),
                "on": f"2026-10-{draw(st.integers(1, 31)):02}", "by_level": draw(st.sampled_from(LEVELS[book])),
                "place": draw(st.sampled_from(("东巷", "西巷"))), "category": draw(st.sampled_from(("垃圾", "乱停"))),
                "case": draw(st.sampled_from(("甲", "乙", "丙"))), "inspection": draw(st.sampled_from(("检1", "检2"))),
                "bulletin": draw(st.integers(1, 4)),
                "attrs": {"spot": draw(st.booleans())},
                "at": f"2026-{draw(st.sampled_from(('10-31', '11-04', '11-09')))}T08:00:00+08:00",
            }
        )  # fmt: skip
    return rows


def told(book: str, rows: list[dict[str, Any]], as_of: date = AS_OF) -> str:
    found = facts.parse(lines_of([*units(GROUPS[book], "a", "b"), *rows]))
    sheets = engine.score(BOOKS[book], found, period=MONTH, as_of=as_of)
    return json.dumps([sheet.data() for sheet in sheets], ensure_ascii=False, sort_keys=True)


def totals(book: str, rows: list[dict[str, Any]]) -> dict[str, Decimal]:
    return {each["unit"]: Decimal(each["exact"]) for each in json.loads(told(book, rows, date(2026, 12, 1)))}


LIGHT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("book", BOOKS)
@given(data=st.data(), seed=st.integers(0, 99))
@LIGHT
def test_the_order_of_events_does_not_matter(book: str, data: st.DataObject, seed: int) -> None:
    rows = data.draw(events(book))
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    assert told(book, rows) == told(book, shuffled)


@pytest.mark.parametrize("book", BOOKS)
@given(data=st.data())
@LIGHT
def test_entries_made_later_leave_an_earlier_day_untouched(book: str, data: st.DataObject) -> None:
    rows = data.draw(events(book))
    known = [row for row in rows if row["at"] < "2026-11-06"]
    assert told(book, rows) == told(book, known)


@pytest.mark.parametrize("book", BOOKS)
@given(data=st.data())
@LIGHT
def test_one_more_deduction_never_raises_a_total(book: str, data: st.DataObject) -> None:
    rows = data.draw(events(book, 1))
    more = rows[-1] | {"kind": data.draw(st.sampled_from(DEDUCTIONS[book]))}
    before, after = totals(book, rows[:-1]), totals(book, [*rows[:-1], more])
    assert all(after[unit] <= before[unit] for unit in before)


@pytest.mark.parametrize("book", BOOKS)
@given(data=st.data())
@LIGHT
def test_lines_add_up_to_the_total_and_caps_hold(book: str, data: st.DataObject) -> None:
    for sheet in json.loads(told(book, data.draw(events(book)))):
        start = Decimal(100) if book == "seed" else Decimal(0)
        assert start + sum(Decimal(line["points"]) for line in sheet["lines"]) == Decimal(sheet["exact"])
        if book == "seed":
            assert Decimal(80) <= Decimal(sheet["exact"]) <= Decimal(100)


@st.composite
def all_kinds(draw: Any) -> list[dict[str, Any]]:
    """Events of every kind that the book of all operators looks at, a few of them reversed."""
    rows: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(from_ledger.kinds_used(ALL)))
        rows.append(
            {
                "id": f"e{number}", "kind": kind, "unit": draw(st.sampled_from("abc")),
                "on": f"2026-10-{draw(st.integers(1, 31)):02}", "quantity": draw(st.sampled_from((1, 2, 7.5, 80))),
                "by_level": draw(st.sampled_from(("self", "town", "county", "city", "province", ""))),
                "case": draw(st.sampled_from(("甲", "乙", "丙", ""))), "place": draw(st.sampled_from(("东巷", "西巷", ""))),
                "category": draw(st.sampled_from(("06010", "09001", "01002"))),
                "attrs": draw(st.sampled_from(({}, {"spot": True}, {"self_found": True, "rework": 2}))),
                "at": f"2026-{draw(st.sampled_from(('10-31', '11-04', '11-09')))}T08:00:00+08:00",
            }
        )  # fmt: skip
    back = [row for row in rows if draw(st.integers(0, 9)) == 0]
    rows += [
        {"id": f"r{row['id']}", "kind": "reverse", "unit": row["unit"], "on": row["on"], "attrs": {"reverses": row["id"]}}
        for row in back
    ]  # fmt: skip
    return rows


def run(rows: list[dict[str, Any]], *only: str, as_of: date = AS_OF) -> engine.Run:
    found = facts.parse(lines_of([*units("社区", *(only or "abc")), *rows]))
    return engine.run(ALL, found, period=MONTH, as_of=as_of)


@given(rows=all_kinds(), seed=st.integers(0, 99))
@LIGHT
def test_no_operator_minds_the_order(rows: list[dict[str, Any]], seed: int) -> None:
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    assert run(rows).sheets == run(shuffled).sheets


@given(rows=all_kinds())
@LIGHT
def test_no_operator_looks_beyond_its_day(rows: list[dict[str, Any]]) -> None:
    known = [row for row in rows if row.get("at", "") < "2026-11-06"]
    there = {row["id"] for row in known}
    known = [row for row in known if row["kind"] != "reverse" or row["attrs"]["reverses"] in there]
    assert run(rows).sheets == run(known).sheets


@given(rows=all_kinds())
@LIGHT
def test_caps_and_bounds_of_every_rule_and_item_hold(rows: list[dict[str, Any]]) -> None:
    for sheet in run(rows, as_of=date(2026, 12, 1)).sheets:
        for item, score in zip(ALL.items, sheet.items, strict=True):
            for rule in item.rules:
                points = sum((line.points for line in score.lines if line.rule == rule.id), Decimal(0))
                assert rule.cap is None or abs(points) <= rule.cap
            low, high = item.low or Decimal("-Infinity"), item.high or Decimal("Infinity")
            assert score.score is None or low <= score.score <= high


@given(rows=all_kinds(), unit=st.sampled_from("abc"), data=st.data())
@LIGHT
def test_one_unit_scored_again_gives_what_all_together_give(
    rows: list[dict[str, Any]], unit: str, data: st.DataObject
) -> None:
    before = run(rows)
    new = [
        row | {"id": f"n{row['id']}", "unit": unit}
        for row in data.draw(all_kinds())
        if row["kind"] != "reverse"
    ]
    mine = [row for row in rows if row["unit"] == unit] + new
    touched = facts.parse(lines_of([*units("社区", unit), *mine]))
    assert engine.rescore(before, touched).sheets == run(rows + new).sheets


def odd(rows: list[dict[str, Any]], data: st.DataObject) -> list[bytes]:
    """Lines of which some have something unusual about them."""
    twists: list[dict[str, Any]] = [
        {}, {"at": "20261031"}, {"at": "2026-W44-1T08:00"}, {"at": None}, {"at": 20261031}, {"on": "20261003"},
        {"on": 20261003}, {"quantity": "3.50"}, {"quantity": " 3"}, {"quantity": 1e30}, {"quantity": -1}, {"quantity": None},
        {"quantity": 0.1234567890123}, {"bulletin": 2}, {"bulletin": True}, {"bulletin": 1.5}, {"line": 3}, {"known": "2026-10-01"},
        {"attrs": {"n": 10**13}}, {"attrs": {"n": 1.50, "t": "x", "f": False}}, {"attrs": {"l": ["a"]}}, {"attrs": {"d": {}}},
        {"attrs": {"z": None}}, {"attrs": []}, {"kind": ""}, {"kind": 3}, {"place": None}, {"colour": "红"}, {"id": "\ud800"},
    ]  # fmt: skip
    return [json.dumps(row | data.draw(st.sampled_from(twists))).encode() for row in rows]


@given(rows=all_kinds(), data=st.data())
@LIGHT
def test_the_quick_reader_reads_what_the_exact_one_reads(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    for index, raw in enumerate(odd(rows, data), start=1):
        quick = facts._usual(raw, index)
        if quick is not None:
            faults = Faults("events")
            assert facts._unusual(raw, index, {}, faults) == quick
            assert faults.found == []


@given(rows=all_kinds())
@LIGHT
def test_facts_written_out_are_read_back_the_same(rows: list[dict[str, Any]]) -> None:
    found = facts.parse(lines_of([*units("社区", "a", "b", "c", population=3, assessed=False), *rows]))
    again = facts.parse(facts.lines(found))
    assert again.events == found.events
    assert again.units == found.units


def test_every_refused_line_is_named_by_the_exact_reader() -> None:
    """Whatever the quick reader will not take falls to the exact one, which never lets it pass in silence."""
    lines = [
        b'{"id":"1","kind":"found","unit":"x","on":"2026-10-05","line":0}',
        b'{"id":"2","kind":"found","unit":"x"}',
    ]
    with pytest.raises(BadInput) as caught:
        facts.parse([b'{"kind":"unit","unit":"x"}', *lines])
    assert [fault.line for fault in caught.value.faults] == [2, 3]
