"""What must hold for any events: order, caps, deductions, as-of replay, lines that add up."""

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
from wenming.outcomes.scoring import engine, facts, reading

MONTH, AS_OF = periods.parse("2026-10"), date(2026, 11, 5)
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
