"""Deadlines that a clerk can check with a wall calendar.

Office hours 08:30–12:00 and 14:30–18:00 (7 hours). In November 2026 the 20th is a Friday, the 22nd a Sunday.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.calendar import arithmetic
from wenming.ground.calendar.arithmetic import Pause, Term

WH, WD, H, D = "work_hour", "work_day", "hour", "day"


def moment(text: str) -> datetime:
    """`11-20 17:00` of 2026 (or with a year in front) on the town's clock."""
    day, hour = text.split()
    full = day if day.count("-") == 2 else f"2026-{day}"
    hours, minutes = hour.split(":")
    return clock.at_local(date.fromisoformat(full), int(hours), int(minutes))


# fmt: off
DEADLINES = [
    # working hours within a day, over lunch, over night
    ("11-18 09:00", 2, WH, [], "11-18 11:00"),          # Wednesday morning
    ("11-18 09:00", 3, WH, [], "11-18 12:00"),          # used up exactly at noon: noon, not 14:30
    ("11-18 11:00", 2, WH, [], "11-18 15:30"),          # 1 h, lunch, 1 h
    ("11-18 12:00", 1, WH, [], "11-18 15:30"),          # noon sharp: the afternoon
    ("11-18 13:10", 1, WH, [], "11-18 15:30"),          # in the lunch break
    ("11-18 17:00", 4, WH, [], "11-19 11:30"),          # 1 h tonight, 3 h tomorrow
    ("11-18 17:00", 1, WH, [], "11-18 18:00"),          # exactly at closing
    ("11-18 18:00", 1, WH, [], "11-19 09:30"),          # reported at closing
    ("11-18 07:10", 1, WH, [], "11-18 09:30"),          # before opening
    ("11-18 22:40", 4, WH, [], "11-19 15:00"),          # at night: 3.5 h in the morning, 0.5 h after lunch
    ("11-18 08:30", 7, WH, [], "11-18 18:00"),          # a full day
    ("11-18 08:30", 14, WH, [], "11-19 18:00"),         # two full days
    ("11-18 09:00", "0.5", WH, [], "11-18 09:30"),      # half an hour
    ("11-18 09:00", "1.25", WH, [], "11-18 10:15"),
    # weekends
    ("11-20 17:00", 4, WH, [], "11-23 11:30"),          # Friday 1 h, Monday 3 h
    ("11-20 18:30", 2, WH, [], "11-23 10:30"),          # Friday night
    ("11-21 10:00", 2, WH, [], "11-23 10:30"),          # Saturday
    ("11-22 23:59", 2, WH, [], "11-23 10:30"),          # Sunday night
    # 调休 and holidays
    ("05-08 17:00", 4, WH, [], "05-09 11:30"),          # Saturday 9 May is worked
    ("10-09 17:00", 4, WH, [], "10-10 11:30"),          # Saturday 10 October is worked
    ("09-19 10:00", 2, WH, [], "09-20 10:30"),          # Sunday 20 September is worked
    ("09-30 17:00", 4, WH, [], "10-08 11:30"),          # over 国庆
    ("10-01 09:00", 1, WH, [], "10-08 09:30"),          # on 国庆
    ("02-14 17:00", 2, WH, [], "02-24 09:30"),          # last worked Saturday, over 春节
    ("2025-12-31 17:00", 2, WH, [], "01-04 09:30"),     # over the year; Sunday 4 January is worked
    # working days
    ("11-18 09:00", 1, WD, [], "11-19 18:00"),          # the day itself does not count
    ("11-18 17:59", 1, WD, [], "11-19 18:00"),
    ("11-18 06:00", 1, WD, [], "11-19 18:00"),          # nor when reported before opening
    ("11-20 09:00", 1, WD, [], "11-23 18:00"),          # Friday → Monday
    ("11-20 20:00", 1, WD, [], "11-23 18:00"),          # Friday night → Monday
    ("11-22 10:00", 1, WD, [], "11-23 18:00"),          # Sunday → Monday
    ("11-18 09:00", 5, WD, [], "11-25 18:00"),
    ("05-06 09:00", 3, WD, [], "05-09 18:00"),          # the third is a worked Saturday
    ("09-30 09:00", 1, WD, [], "10-08 18:00"),
    ("09-29 09:00", 5, WD, [], "10-12 18:00"),  # 30, 8, 9, 10 (worked Saturday), 12
    ("02-13 09:00", 2, WD, [], "02-24 18:00"),          # 14 (worked Saturday), 24
    ("11-18 09:00", 15, WD, [], "12-09 18:00"),         # three weeks
    # natural hours: safety
    ("11-20 23:30", 2, H, [], "11-21 01:30"),
    ("11-21 10:00", 24, H, [], "11-22 10:00"),
    ("10-01 03:15", 4, H, [], "10-01 07:15"),
    ("11-18 23:00", 1, H, [], "11-19 00:00"),
    # natural days: to the end of the n-th day, rolled from a day of rest
    ("11-16 09:00", 3, D, [], "11-19 23:59"),
    ("11-19 09:00", 3, D, [], "11-23 23:59"),           # the third is Sunday: Monday
    ("11-18 09:00", 3, D, [], "11-23 23:59"),           # Saturday: Monday
    ("09-28 09:00", 3, D, [], "10-08 23:59"),           # 1 October: the 8th
    ("05-06 09:00", 3, D, [], "05-09 23:59"),           # worked Saturday: stays
    # pauses
    ("11-18 09:00", 4, WH, [("11-18 10:00", "11-18 11:00")], "11-18 16:30"),
    ("11-18 09:00", 2, WH, [("11-18 12:00", "11-18 14:30")], "11-18 11:00"),   # in the lunch break: no effect
    ("11-18 09:00", 4, WH, [("11-18 12:30", "11-18 15:00")], "11-18 16:00"),   # half an hour of it counts
    ("11-18 09:00", 2, WH, [("11-18 08:00", "11-18 10:00")], "11-18 12:00"),   # paused from before the start
    ("11-18 09:00", 2, WH, [("11-18 10:00", "11-23 08:30")], "11-23 09:30"),   # over a weekend
    ("11-18 09:00", 4, WH, [("11-18 09:30", "11-18 10:00"), ("11-18 09:45", "11-18 10:30")], "11-18 16:30"),
    ("09-29 17:00", 2, WH, [("09-30 08:30", "10-08 10:00")], "10-08 11:00"),   # across 国庆
    ("11-18 09:00", 2, WH, [("11-18 10:00", None)], None),
    ("11-18 09:00", 1, WH, [("11-18 10:00", None)], "11-18 10:00"),            # used up when the pause begins
    ("11-18 09:00", 2, WD, [("11-19 09:00", "11-19 10:00")], "11-23 18:00"),   # Thursday touched: Friday, Monday
    ("11-18 09:00", 1, WD, [("11-18 19:00", "11-19 08:30")], "11-19 18:00"),   # outside hours: no effect
    ("11-18 09:00", 1, WD, [("11-18 10:00", "11-18 12:00")], "11-19 18:00"),   # on the day that does not count
    ("11-18 09:00", 2, WD, [("11-19 08:00", "11-24 19:00")], "11-26 18:00"),   # Wednesday 25, Thursday 26
    ("11-18 09:00", 3, WD, [("11-20 09:00", None)], None),
    ("11-20 23:00", 4, H, [("11-21 00:00", "11-21 06:00")], "11-21 09:00"),
    ("11-16 09:00", 3, D, [("11-18 10:00", "11-18 10:05")], "11-20 23:59"),
    ("11-18 09:00", 3, D, [("11-23 08:00", "11-23 09:00")], "11-24 23:59"),    # rolled onto a paused Monday
    ("11-18 09:00", 3, D, [("11-20 09:00", None)], None),
]
# fmt: on


@pytest.mark.parametrize("row", DEADLINES, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_deadline_read_by_hand(county, row):
    start, value, unit, pauses, expected = row
    stops = [(moment(first), moment(last) if last else None) for first, last in pauses]
    found = arithmetic.deadline(county, moment(start), Term(Decimal(value), unit), stops).at
    assert (found and f"{clock.local(found):%Y-%m-%d %H:%M}") == (
        expected and f"{clock.local(moment(expected)):%Y-%m-%d %H:%M}"
    )


def test_every_unit_and_kind_of_pause_is_in_the_table():
    assert len(DEADLINES) >= 40
    assert {row[2] for row in DEADLINES} == {WH, WD, H, D}


def explained(county, start, value, unit, pauses=()):
    """The sum as a page shows it."""
    stops = [Pause(moment(first), moment(last) if last else None) for first, last in pauses]
    steps = arithmetic.deadline(county, moment(start), Term(value, unit), stops).steps
    return [
        (f"{step.day:%m-%d}", f"{step.last_day:%m-%d}", step.minutes_counted or step.days_counted, step.note)
        for step in steps
    ]


def test_steps_explain_night_lunch_and_holiday(county):
    assert explained(county, "09-30 17:00", 5, WH) == [
        ("09-30", "09-30", 60, "计 17:00–18:00"),
        ("10-01", "10-07", 0, "国庆节不计"),
        ("10-08", "10-08", 240, "计 08:30–12:00、14:30–15:00，午休不计"),
    ]


def test_steps_explain_weekend_and_late_report(county):
    assert explained(county, "11-20 18:30", 1, WH) == [
        ("11-20", "11-20", 0, "已过下班时间，从下一工作时段起算"),
        ("11-21", "11-22", 0, "周末不计"),
        ("11-23", "11-23", 60, "计 08:30–09:30"),
    ]


def test_steps_explain_worked_saturday_and_early_report(county):
    assert explained(county, "05-09 06:00", 1, WH) == [
        ("05-09", "05-09", 60, "劳动节调休上班，上班前不计，从 08:30 起算，计 08:30–09:30"),
    ]


def test_steps_explain_pause(county):
    assert explained(county, "11-18 09:00", 2, WH, [("11-18 10:00", "11-20 15:00")]) == [
        ("11-18", "11-18", 60, "计 09:00–10:00，10:00 起挂账停表"),
        ("11-19", "11-19", 0, "挂账停表不计"),
        ("11-20", "11-20", 60, "计 15:00–16:00，15:00 前挂账停表"),
    ]


def test_steps_leave_out_a_pause_after_the_end(county):
    assert explained(county, "11-18 09:00", 1, WH, [("11-18 11:00", "11-18 11:30")]) == [
        ("11-18", "11-18", 60, "计 09:00–10:00"),
    ]


def test_steps_explain_working_days(county):
    assert explained(county, "05-07 20:00", 2, WD) == [
        ("05-07", "05-07", 0, "起算当日不计入"),
        ("05-08", "05-08", 1, "第 1 个工作日"),
        ("05-09", "05-09", 1, "第 2 个工作日（劳动节调休上班），18:00 截止"),
    ]


def test_steps_explain_paused_working_day(county):
    assert explained(county, "11-18 09:00", 1, WD, [("11-19 09:00", "11-19 10:00")]) == [
        ("11-18", "11-18", 0, "起算当日不计入"),
        ("11-19", "11-19", 0, "挂账停表，当日不计"),
        ("11-20", "11-20", 1, "第 1 个工作日，18:00 截止"),
    ]


@pytest.mark.parametrize("since", ["11-18 19:00", "11-19 00:00"])
def test_steps_end_where_a_pause_without_end_begins(county, since):
    assert explained(county, "11-18 09:00", 2, WD, [(since, None)]) == [
        ("11-18", "11-18", 0, "起算当日不计入"),
        ("11-19", "11-19", 0, "挂账停表，恢复后接着计算"),
    ]


def test_steps_explain_rolled_natural_day(county):
    assert explained(county, "11-19 09:00", 2, D) == [
        ("11-19", "11-19", 0, "起算当日不计入"),
        ("11-20", "11-20", 1, "第 1 日"),
        ("11-21", "11-21", 1, "第 2 日（周末），逢休息日顺延"),
        ("11-22", "11-22", 0, "周末，继续顺延"),
        ("11-23", "11-23", 0, "顺延到此日，24:00 截止"),
    ]


def test_natural_day_stays_on_the_weekend_without_the_flag(county):
    found = arithmetic.deadline(
        replace(county, roll_natural_days=False), moment("11-19 09:00"), Term(3, D)
    ).at
    assert found == datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)


def test_deadline_is_given_in_utc(county):
    found = arithmetic.deadline(county, moment("11-18 09:00"), Term(2, WH)).at
    assert (found, found.tzinfo) == (datetime(2026, 11, 18, 3, 0, tzinfo=UTC), UTC)


def test_summer_hours_hold_from_their_day(county):
    summer = replace(
        county, seasons=((date(2026, 7, 1), arithmetic.parse_spans(["08:00-12:00", "15:00-18:00"])),)
    )
    spring = arithmetic.deadline(summer, moment("06-30 17:00"), Term(6, WH))
    assert spring.at == moment("07-01 16:00")


def test_half_day_has_its_own_hours(county):
    morning = arithmetic.DayRule("work", arithmetic.parse_spans(["08:30-12:00"]), "除夕前半天")
    half = replace(county, days={**county.days, date(2026, 11, 18): morning})
    assert arithmetic.deadline(half, moment("11-18 11:00"), Term(2, WH)).at == moment("11-19 09:30")
    assert arithmetic.deadline(half, moment("11-17 11:00"), Term(1, WD)).at == moment("11-18 12:00")


def test_year_not_announced_is_named(county):
    found = arithmetic.deadline(county, moment("12-31 17:00"), Term(2, WH))
    assert found.at == moment("2027-01-01 09:30")
    assert found.warnings == ("2027 年放假安排尚未公布或录入，暂按周末规则推算。",)
    assert arithmetic.deadline(county, moment("11-18 17:00"), Term(2, WH)).warnings == ()


@pytest.mark.parametrize(
    ("value", "unit", "code"),
    [(0, WH, "term_invalid"), (-1, D, "term_invalid"), (1, "week", "term_invalid"),
     (Decimal("1.5"), WD, "term_invalid"), (Decimal("0.001"), WH, "term_invalid"), (20_000, H, "term_invalid")],
)  # fmt: skip
def test_term_refused(value, unit, code):
    with pytest.raises(DomainError) as refusal:
        Term(value, unit)
    assert refusal.value.code == code


@pytest.mark.parametrize("text", ["8点到12点", "08:30", "12:00-08:30", "09:00-09:00", "08:30-12:00-13:00"])
def test_span_refused(text):
    with pytest.raises(DomainError) as refusal:
        arithmetic.parse_spans([text])
    assert refusal.value.code == "span_invalid"


def test_spans_refused_when_they_overlap():
    with pytest.raises(DomainError) as refusal:
        arithmetic.parse_spans(["14:00-18:00", "08:30-14:30"])
    assert refusal.value.message == "时段「08:30–14:30」和「14:00–18:00」重叠。"


def test_span_to_midnight():
    (duty,) = arithmetic.parse_spans(["18:00–24:00"])
    assert (duty.minutes, duty.text) == (360, "18:00–24:00")


def test_time_without_zone_is_refused(county):
    with pytest.raises(ValueError, match="zone"):
        arithmetic.deadline(county, datetime(2026, 11, 18, 9), Term(1, WH))  # noqa: DTZ001 -- the mistake itself


@pytest.mark.parametrize("unit", [WH, WD, D])
def test_calendar_without_hours_is_refused(county, unit):
    closed = replace(county, default_spans=(), days={})
    with pytest.raises(DomainError) as refusal:
        arithmetic.deadline(closed, moment("11-20 09:00"), Term(1, unit))
    assert refusal.value.code == "calendar_empty"


def test_worked_minutes_counts_office_time_only(county):
    assert arithmetic.worked_minutes(county, moment("11-20 17:00"), moment("11-23 09:00")) == 90
    assert arithmetic.worked_minutes(county, moment("11-23 09:00"), moment("11-20 17:00")) == -90
    assert arithmetic.worked_minutes(county, moment("11-21 00:00"), moment("11-22 23:59")) == 0


@pytest.mark.parametrize(
    ("at", "open_now", "following"),
    [("11-18 08:29", False, "11-18 08:30"), ("11-18 08:30", True, "11-18 08:30"),
     ("11-18 11:59", True, "11-18 11:59"), ("11-18 12:00", False, "11-18 14:30"),
     ("11-18 18:00", False, "11-19 08:30"), ("11-21 10:00", False, "11-23 08:30"),
     ("10-10 10:00", True, "10-10 10:00"), ("10-01 10:00", False, "10-08 08:30")],
)  # fmt: skip
def test_office_time(county, at, open_now, following):
    assert arithmetic.is_office_time(county, moment(at)) is open_now
    assert arithmetic.next_office_time(county, moment(at)) == moment(following)


# Any minute of two announced years, any short term, up to three pauses.
STARTS = st.integers(0, 500 * 24 * 60).map(
    lambda minute: moment("2025-01-01 00:00") + timedelta(minutes=minute)
)
TERMS = st.one_of(
    st.builds(Term, st.integers(1, 60), st.sampled_from([WH, WD, H, D])),
    st.builds(lambda half: Term(Decimal(half) / 2, WH), st.integers(1, 40)),
)


@st.composite
def cases(draw):
    """A start, a term and closed pauses around it."""
    start = draw(STARTS)
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        first = start + timedelta(minutes=draw(st.integers(-3000, 20_000)))
        pauses.append(Pause(first, first + timedelta(minutes=draw(st.integers(0, 12_000)))))
    return start, draw(TERMS), pauses


@given(case=cases(), later=st.integers(0, 20_000))
def test_deadline_never_earlier_for_a_later_start(county, case, later):
    start, term, pauses = case
    after = arithmetic.deadline(county, start + timedelta(minutes=later), term, pauses).at
    assert arithmetic.deadline(county, start, term, pauses).at <= after


@given(case=cases(), more=st.integers(1, 30))
def test_deadline_never_earlier_for_a_longer_term(county, case, more):
    start, term, pauses = case
    longer = arithmetic.deadline(county, start, replace(term, value=term.value + more), pauses).at
    assert arithmetic.deadline(county, start, term, pauses).at <= longer


@given(case=cases())
def test_deadline_never_earlier_for_a_pause(county, case):
    start, term, pauses = case
    ends = [arithmetic.deadline(county, start, term, pauses[:count]).at for count in range(len(pauses) + 1)]
    assert ends == sorted(ends)


@given(case=cases())
def test_steps_add_up_to_the_term(county, case):
    start, term, pauses = case
    found = arithmetic.deadline(county, start, term, pauses)
    counted = [step.minutes_counted + step.days_counted for step in found.steps]
    totals = [sum(counted[: place + 1]) for place in range(len(counted))]
    assert (totals[-1], [step.running_total for step in found.steps]) == (term.count, totals)


@given(case=cases())
def test_steps_leave_no_day_out(county, case):
    start, term, pauses = case
    found = arithmetic.deadline(county, start, term, pauses)
    days = [clock.local_date(start) - timedelta(days=1)]
    for step in found.steps:
        assert step.day == days[-1] + timedelta(days=1)
        days.append(step.last_day)
    assert days[-1] == clock.local_date(found.at - timedelta(seconds=1))


@given(case=cases())
def test_working_deadline_falls_inside_a_span(county, case):
    start, term, pauses = case
    found = arithmetic.deadline(county, start, term, pauses).at
    if term.in_work:
        assert arithmetic.is_office_time(county, found - timedelta(minutes=1))


@given(case=cases())
def test_working_hours_agree_with_worked_minutes(county, case):
    start, term, _ = case
    if term.unit == WH:
        found = arithmetic.deadline(county, start, term).at
        assert arithmetic.worked_minutes(county, start, found) == term.count


@given(case=cases())
def test_pause_postpones_by_the_worked_minutes_in_it(county, case):
    start, term, pauses = case
    if term.unit == WH and pauses:
        first = pauses[0]
        found = arithmetic.deadline(county, start, term, [first]).at
        lost = arithmetic.worked_minutes(
            county, min(max(first.start, start), found), min(max(first.end, start), found)
        )
        assert arithmetic.worked_minutes(county, start, found) - lost == term.count


@given(places=st.tuples(STARTS, STARTS, STARTS))
def test_worked_minutes_add_up(county, places):
    a, b, c = places
    whole = arithmetic.worked_minutes(county, a, c)
    assert arithmetic.worked_minutes(county, a, b) + arithmetic.worked_minutes(county, b, c) == whole
