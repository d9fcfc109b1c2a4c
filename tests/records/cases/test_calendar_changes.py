"""Deadlines follow from history and calendar at every step, also while the job for the list columns still waits."""

from datetime import date, datetime, timedelta

import pytest

from tests.factories import Life, photo
from tests.records.cases.test_life import standing
from wenming.common import clock
from wenming.common.errors import Conflict
from wenming.ground.audit import queries as history
from wenming.ground.calendar import actions as calendar
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ledger import figures, periods
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases import escalation
from wenming.records.cases.models import Case

# Monday 16 November: found at a quarter past nine, dispatched at a quarter to ten with one working day.
DAY = Term(1, TermUnit.WORK_DAY)
TUESDAY, WEDNESDAY, THURSDAY = date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 19)


@pytest.fixture
def case(life: Life) -> Case:
    registered = life.registered()
    made = cases.dispatch(case=registered, by=life.t.clerk, at=life.tick(), lead=life.t.east, term=DAY)
    assert made.due_at is not None
    assert clock.local_date(made.due_at) == TUESDAY
    return cases.sign(case=made, by=life.t.secretary, at=life.tick())


def storm(life: Life, *days: date) -> None:
    """The county gives the days off; the job that brings the lists in line has not run yet."""
    for day in days:
        calendar.set_day(day=day, kind="off", name="暴雨停工", at=life.at, by=None)


def stored(case: Case) -> datetime | None:
    return Case.objects.get(pk=case.pk).due_at


def due_days(case: Case) -> dict[str, date]:
    """Account → day of what stands of the deadline."""
    live = (
        Entry.objects.of_voucher(case.uuid)
        .live()
        .filter(account__code__in=("case.due", "case.fixed_due", "case.fixed_in_time"))
    )
    return dict(live.values_list("account__code", "occurred_on"))


def test_hand_in_is_judged_by_the_calendar_of_now(life: Life, case: Case) -> None:
    storm(life, TUESDAY)
    assert clock.local_date(stored(case)) == TUESDAY  # the list is behind
    life.at = clock.at_local(WEDNESDAY, 9, 30)
    case = cases.hand_in(case=case, by=life.t.secretary, at=life.at, no_photo="雨大")
    assert case.in_time is True
    assert clock.local_date(case.due_at) == WEDNESDAY
    assert due_days(case) == {"case.due": WEDNESDAY}


def test_a_day_less_makes_it_late(life: Life, case: Case) -> None:
    storm(life, TUESDAY)
    assert escalation.reproject(at=life.at) == 1
    calendar.clear_day(day=TUESDAY, at=life.at, by=None)
    assert clock.local_date(stored(case)) == WEDNESDAY
    life.at = clock.at_local(WEDNESDAY, 9, 30)
    case = cases.hand_in(case=case, by=life.t.secretary, at=life.at, no_photo="雨大")
    assert case.in_time is False
    assert due_days(case) == {"case.due": TUESDAY}


def test_acceptance_counts_by_the_calendar_of_now(life: Life, case: Case) -> None:
    """Handed in late; before anybody checks, Tuesday becomes a day off: it was in time, and all lies on one day."""
    life.at = clock.at_local(WEDNESDAY, 9, 30)
    case = cases.hand_in(case=case, by=life.t.secretary, at=life.at, no_photo="雨大")
    assert case.in_time is False
    storm(life, TUESDAY)
    case = cases.accept(case=case, by=life.t.inspector, at=life.tick())
    assert case.in_time is True
    assert due_days(case) == dict.fromkeys(("case.due", "case.fixed_due", "case.fixed_in_time"), WEDNESDAY)
    week = periods.of(periods.WEEK, WEDNESDAY)
    rate = figures.value("in_time_rate", scope=life.t.town, period=week, at=life.tick(24 * 60))
    assert rate.explained == "100.0%（1/1）"


def test_job_judges_what_waits_for_the_check(life: Life, case: Case) -> None:
    life.at = clock.at_local(WEDNESDAY, 9, 30)
    cases.hand_in(case=case, by=life.t.secretary, at=life.at, no_photo="雨大")
    storm(life, TUESDAY)
    assert escalation.reproject(at=life.at) == 1
    assert Case.objects.get(pk=case.pk).in_time is True
    assert escalation.reproject(at=life.at) == 0


def test_spot_fix_stays_in_time(life: Life) -> None:
    """随手整 has no deadline: what was fixed at once is 按期 whatever becomes of the calendar."""
    shots = {role: [photo(life.t.worker, life.t.town)] for role in ("before", "after")}
    spot = cases.report_fixed(
        at=life.tick(), by=life.t.worker, category="06010", description="纸屑", place=life.t.lane, **shots
    )
    storm(life, TUESDAY)
    assert escalation.reproject(at=life.at) == 0
    assert cases.accept(case=spot, by=life.t.inspector, at=life.tick()).in_time is True


def test_extension_may_be_asked_for_until_the_deadline_of_now(life: Life, case: Case) -> None:
    storm(life, TUESDAY)
    life.at = clock.at_local(WEDNESDAY, 9, 15)
    case = cases.ask_extension(case=case, by=life.t.secretary, at=life.at, term=DAY, ground="等待吊车")
    assert case.pending is not None


def test_extension_comes_too_late_by_the_deadline_of_now(life: Life, case: Case) -> None:
    storm(life, TUESDAY)
    escalation.reproject(at=life.at)
    calendar.clear_day(day=TUESDAY, at=life.at, by=None)
    life.at = clock.at_local(WEDNESDAY, 9, 15)
    with pytest.raises(Conflict) as late:
        cases.ask_extension(case=case, by=life.t.secretary, at=life.at, term=DAY, ground="等待吊车")
    assert late.value.code == "extension_late"


def test_nobody_is_told_of_a_delay_that_is_none(life: Life, case: Case) -> None:
    storm(life, TUESDAY)
    escalation.climb(at=clock.at_local(WEDNESDAY, 9, 15))
    assert overdue_told(case) == 0
    escalation.climb(at=clock.at_local(THURSDAY, 9, 15))
    assert overdue_told(case) == 1


def overdue_told(case: Case) -> int:
    rungs = history.of(case.uuid).filter(deed="case.escalate").values_list("data", flat=True)
    return sum("overdue" in rung["rung"] for rung in rungs)


def test_second_find_is_no_repetition_while_the_deadline_of_now_runs(life: Life, case: Case) -> None:
    """「到期没改又查到」: the first find is not due yet, whatever the list says."""
    storm(life, TUESDAY)
    life.at = clock.at_local(WEDNESDAY, 8, 45)
    second = life.registered()
    assert second.orders.count() == 0
    life.at = clock.at_local(THURSDAY, 8, 45)
    third = life.registered()
    assert third.orders.count() == 1


def test_standing_books_agree(life: Life, case: Case) -> None:
    storm(life, TUESDAY, WEDNESDAY)
    life.at = clock.at_local(THURSDAY, 9, 30)
    case = cases.hand_in(case=case, by=life.t.secretary, at=life.at, no_photo="雨大")
    case = cases.accept(case=case, by=life.t.inspector, at=life.at + timedelta(minutes=20))
    assert {code: standing(case)[code] for code in ("case.due", "case.fixed_due", "case.fixed_in_time")} == {
        "case.due": 1, "case.fixed_due": 1, "case.fixed_in_time": 1,
    }  # fmt: skip
