"""减负账 of a unit and month, counted from rows that are there anyway."""

import uuid
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, Life
from tests.outcomes.documents.bulletins import LATER, WEEK, busy_week, pass_on
from wenming.common import clock
from wenming.ground.notices.models import Notice
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.outcomes.burden import queries, rows
from wenming.outcomes.burden.queries import Month
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Document
from wenming.records.journals import actions as journals
from wenming.records.journals import states
from wenming.records.journals.models import Journal

NOVEMBER = periods.parse("2026-11")
OCTOBER = periods.previous(NOVEMBER)
MEETING = {"type": "weekly", "topic": "创城周例会", "people": "24"}


def month(unit: Unit, period: periods.Period = NOVEMBER) -> Month:
    return queries.month(unit, period, at=LATER)


def enter(town: SimpleNamespace, **more: Any) -> Any:
    given = {
        "unit": town.town,
        "by": town.clerk,
        "occurred_on": NOW.date(),
        "at": NOW,
        "fields": MEETING,
    } | more
    return journals.enter(kind="meeting", **given)


def notice(person: Any, day: date, hour: int, minute: int = 0, *, urgent: bool = False) -> None:
    at = clock.at_local(day, hour, minute)
    Notice.objects.create(
        person=person, kind="test", sentence="请看", urgent=urgent, created_at=at, show_at=at
    )


def issued(week: SimpleNamespace, *, typed: str = "") -> Document:
    document = documents.draft(kind="bulletin", town=week.t.town, period=WEEK, at=LATER, by=week.t.clerk)
    if typed:
        block = next(block for block in document.body["blocks"] if "{{figure:found}}" in block["text"])
        document = documents.edit_block(
            document=document, by=week.t.clerk, at=LATER, version=document.version, block=block["id"],
            text=block["text"].replace("{{figure:found}}", typed),
        )  # fmt: skip
    return pass_on(document, week.t, "issued", at=LATER)


def test_an_empty_month_is_all_zeros(town: SimpleNamespace) -> None:
    found = month(town.town, OCTOBER)
    typed = found.typed
    assert (typed.cases, typed.journals, typed.imported, typed.steps, typed.boxes) == (0, 0, 0, 0, 0)
    assert (found.reused.figures, found.reused.uses, found.papers) == (0, 0, [])
    assert (found.notices.all, found.notices.night) == (0, 0)


def test_reports_count_for_the_units_of_who_reported(town: SimpleNamespace, life: Life) -> None:
    life.reported(by=town.worker)
    life.reported()
    assert month(town.east).typed.cases == 1
    assert month(town.west).typed.cases == 0
    assert month(town.town).typed.cases == 2
    assert month(town.town).typed.boxes == 6


def test_work_logs_count_the_boxes_that_were_filled(town: SimpleNamespace) -> None:
    row = enter(town)
    filled = sum(value not in ("", None, [], {}) for value in row.fields.values())
    assert filled >= len(MEETING)
    typed = month(town.town).typed
    assert (typed.journals, typed.imported, typed.boxes) == (1, 0, filled)


def test_what_came_in_a_table_was_not_typed(town: SimpleNamespace, life: Life) -> None:
    enter(town, way=states.SHEET)
    life.reported(key=uuid.uuid5(uuid.NAMESPACE_URL, "督查通报第 3 行"))
    typed = month(town.town).typed
    assert (typed.facts, typed.imported, typed.boxes) == (2, 2, 0)


def test_a_correction_is_still_one_record(town: SimpleNamespace) -> None:
    journals.correct(
        journal=enter(town), by=town.clerk, at=NOW + timedelta(hours=1), ground="实到 26 人", fields=MEETING | {"people": "26"}
    )  # fmt: skip
    assert month(town.town).typed.journals == 1


def test_steps_are_deeds_that_are_no_new_facts(town: SimpleNamespace, life: Life) -> None:
    life.reported(by=town.worker)
    assert month(town.east).typed.steps == 0
    life.handling()
    assert (
        month(town.east).typed.steps == 1
    )  # the community signed for it; registering and dispatching was the office


def test_who_left_before_the_month_does_not_count(town: SimpleNamespace, life: Life) -> None:
    before = month(town.east).typed.people
    post = town.worker.posts.get()
    post.to_date = date(2026, 10, 31)
    post.save()
    assert month(town.east).typed.people == before - 1
    assert month(town.east, OCTOBER).typed.people == before


def test_a_bulletin_that_wrote_itself(life: Life) -> None:
    week = busy_week(life)
    document = issued(week)
    (paper,) = month(week.t.town, periods.of(periods.MONTH, LATER.date())).papers
    assert paper.document == document
    assert paper.figures > 0
    assert (paper.typed, paper.untyped, paper.untouched) == (0, True, paper.paragraphs)


def test_a_number_typed_by_hand_is_said(life: Life) -> None:
    week = busy_week(life)
    issued(week, typed="88处")
    (paper,) = month(week.t.town, periods.of(periods.MONTH, LATER.date())).papers
    assert (paper.typed, paper.untyped, paper.untouched) == (1, False, paper.paragraphs - 1)


def test_entries_are_reused_by_the_figures_that_count_them(life: Life) -> None:
    week = busy_week(life)
    december = periods.of(periods.MONTH, LATER.date())
    before = month(week.t.east, december).reused
    document = issued(week)
    found = document.figures.get(key="found").figure
    assert found.value == 4
    reused = month(week.t.town, december).reused
    east, west = (month(unit, december).reused for unit in (week.t.east, week.t.west))
    assert (before.figures, before.uses) == (0, 0)
    assert 0 < west.uses < east.uses <= reused.uses
    assert reused.figures <= document.figures.count()
    assert month(week.t.elsewhere, december).reused.uses == 0


@pytest.mark.parametrize(
    ("hour", "minute", "night"), [(21, 59, 0), (22, 0, 1), (0, 0, 1), (6, 59, 1), (7, 0, 0), (12, 0, 0)]
)
def test_night_is_from_22_to_7_by_the_clock_of_the_town(
    hour: int, minute: int, night: int, town: SimpleNamespace
) -> None:
    notice(town.worker, date(2026, 11, 10), hour, minute)
    found = month(town.east).notices
    assert (found.all, found.night, found.safety) == (1, night, 0)
    assert month(town.west).notices.all == 0


def test_safety_at_night_is_said_apart(town: SimpleNamespace) -> None:
    notice(town.worker, date(2026, 11, 10), 23, urgent=True)
    notice(town.worker, date(2026, 11, 30), 23, 59)
    notice(town.worker, date(2026, 12, 1), 0)
    found = month(town.east).notices
    assert (found.all, found.night, found.safety) == (2, 2, 1)


def test_the_account_costs_the_same_however_much_there_is(town: SimpleNamespace, life: Life) -> None:
    week = busy_week(life)
    issued(week)
    december = periods.of(periods.MONTH, LATER.date())
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as found:
            month(town.town, december)
        counts.append(len(found))
        for day in range(1, 4):
            enter(town, occurred_on=NOW.date() - timedelta(days=day))
            notice(town.worker, date(2026, 11, day), 23)
    assert counts[0] == counts[1]


def test_boxes_are_counted_alike_in_the_database_and_of_one_form(town: SimpleNamespace) -> None:
    row = enter(town)
    for fields in (
        {"a": "x", "b": "", "c": None, "d": [], "e": ["张三", "李四"], "f": {}, "g": "0", "h": 0, "i": False, "j": {"k": ""}},
        {},
    ):  # fmt: skip
        Journal.objects.filter(pk=row.pk).update(fields=fields)
        found = Journal.objects.filter(pk=row.pk).aggregate(boxes=Sum(rows.Filled("fields")))
        assert found["boxes"] == rows.filled(fields) == queries.boxes([row.uuid])[row.uuid]
    assert rows.filled({"a": "x", "b": ""}) == 1
