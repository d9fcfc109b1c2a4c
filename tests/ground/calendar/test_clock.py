"""The clock of whoever holds the ball. 城管队 fixes, 李主任's office verifies; November 2026, the 18th is a Wednesday."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.common import clock as town
from wenming.ground.calendar import arithmetic, clock
from wenming.ground.calendar.arithmetic import Term
from wenming.ground.calendar.clock import Segment, Warn

FOUR_HOURS = Term(4, "work_hour")


def moment(text: str) -> datetime:
    """`18 17:00` of November 2026."""
    day, hour = text.split()
    return town.at_local(date(2026, 11, int(day)), int(hour[:2]), int(hour[3:]))


def piece(holder, kind, start, end=None, reason=""):
    return Segment(holder, kind, moment(start), moment(end) if end else None, reason)


def test_due_counts_from_dispatch(county):
    found = clock.due(county, FOUR_HOURS, [piece("城管队", "fix", "18 09:00")])
    assert found.at == moment("18 15:30")


def test_due_without_segment_has_not_started(county):
    found = clock.due(county, FOUR_HOURS, [piece("城管队", "sign", "18 09:00")])
    assert (found.at, found.steps) == (None, ())


def test_due_takes_out_verification_when_sent_back(county):
    events = [
        piece("城管队", "fix", "18 09:00", "18 11:00"),
        piece("创城办", "verify", "18 11:00", "19 09:30"),
        piece("城管队", "fix", "19 09:30"),
    ]
    found = clock.due(county, FOUR_HOURS, events)
    assert found.at == moment("19 11:30")
    assert [step.note for step in found.steps] == [
        "计 09:00–11:00，11:00 起核查期间停表",
        "计 09:30–11:30，09:30 前核查期间停表",
    ]


def test_due_stays_while_a_hand_in_is_verified(county):
    events = [piece("城管队", "fix", "18 09:00", "18 11:00"), piece("创城办", "verify", "18 11:00")]
    assert clock.due(county, FOUR_HOURS, events).at == moment("18 15:30")


def test_due_of_a_closed_case_is_the_deadline_it_had(county):
    events = [
        piece("城管队", "fix", "18 09:00", "18 11:00"),
        piece("创城办", "verify", "18 11:00", "18 17:00"),
    ]
    assert clock.due(county, FOUR_HOURS, events).at == moment("18 15:30")


def test_due_is_open_while_suspended(county):
    events = [
        piece("城管队", "fix", "18 09:00", "18 10:00"),
        piece("县住建局", "none", "18 10:00", reason="挂账停表"),
    ]
    found = clock.due(county, FOUR_HOURS, events)
    assert (found.at, [step.note for step in found.steps]) == (
        None,
        ["计 09:00–10:00，10:00 起挂账停表", "挂账停表，恢复后接着计算"],
    )


def test_due_goes_on_after_suspension(county):
    events = [
        piece("城管队", "fix", "18 09:00", "18 10:00"),
        piece("县住建局", "none", "18 10:00", "23 08:30", reason="挂账停表"),
        piece("城管队", "fix", "23 08:30"),
    ]
    assert clock.due(county, FOUR_HOURS, events).at == moment("23 11:30")


def test_due_of_a_new_handler_is_his_full_term(county):
    events = [
        piece("城管队", "fix", "18 09:00", "18 11:00"),
        piece("创城办", "none", "18 11:00", "18 15:00", reason="裁定停表"),
        piece("环卫所", "fix", "18 15:00"),
    ]
    assert clock.due(county, FOUR_HOURS, events).at == moment("19 09:30")
    assert clock.due(county, FOUR_HOURS, events, holder="城管队").at == moment("18 15:30")


def test_due_of_a_handler_who_gets_it_back(county):
    events = [
        piece("城管队", "fix", "18 09:00", "18 11:00"),
        piece("环卫所", "fix", "18 11:00", "18 16:00"),
        piece("城管队", "fix", "18 16:00"),
    ]
    found = clock.due(county, FOUR_HOURS, events)
    assert (found.at, found.steps[0].note) == (
        moment("18 18:00"),
        "计 09:00–11:00、16:00–18:00，不在本单位停表 11:00–16:00 不计",
    )


def test_sign_and_fix_are_separate_clocks(county):
    events = [piece("城管队", "sign", "18 09:00", "18 16:00"), piece("城管队", "fix", "18 16:00")]
    assert clock.due(county, Term(2, "work_hour"), events, clock="sign").at == moment("18 11:00")
    assert clock.due(county, FOUR_HOURS, events).at == moment("19 10:30")


def test_extension_goes_on_from_the_end_of_the_term(county):
    found = clock.due(county, FOUR_HOURS, [piece("城管队", "fix", "18 09:00")], Term(1, "work_day"))
    assert found.at == moment("19 18:00")
    assert [(step.day.day, step.note) for step in found.steps] == [
        (18, "计 09:00–12:00、14:30–15:30，午休不计"),
        (18, "延期 1 个工作日，起算当日不计入"),
        (19, "第 1 个工作日，18:00 截止"),
    ]


def test_extension_respects_a_suspension_after_the_term(county):
    events = [
        piece("城管队", "fix", "18 09:00", "19 09:30"),
        piece("县住建局", "none", "19 09:30", "20 08:30", reason="挂账停表"),
        piece("城管队", "fix", "20 08:30"),
    ]
    assert clock.due(county, FOUR_HOURS, events, Term(5, "work_hour")).at == moment("20 10:00")


def test_extension_of_a_suspended_case_is_open(county):
    events = [piece("城管队", "fix", "18 09:00", "18 10:00"), piece("县住建局", "none", "18 10:00")]
    assert clock.due(county, FOUR_HOURS, events, Term(1, "work_day")).at is None


def test_order_of_segments_does_not_matter(county):
    events = [
        piece("城管队", "fix", "18 09:00", "18 11:00"),
        piece("创城办", "verify", "18 11:00", "19 09:30"),
        piece("城管队", "fix", "19 09:30"),
    ]
    assert clock.due(county, FOUR_HOURS, events[::-1]) == clock.due(county, FOUR_HOURS, events)


def test_held_minutes_count_only_the_own_segments(county):
    events = [
        piece("城管队", "fix", "18 09:00", "18 11:00"),
        piece("创城办", "verify", "18 11:00", "19 09:30"),
        piece("城管队", "fix", "19 09:30"),
    ]
    assert clock.held_minutes(county, events, moment("19 10:00")) == 150
    assert clock.held_minutes(county, events, moment("18 10:00")) == 60


@pytest.mark.parametrize(
    ("now", "value", "unit", "expected"),
    [
        # due Friday 20 November 18:00; a working day has 7 hours
        ("18 09:00", 3, "work_day", "green"),
        ("20 09:00", 3, "work_day", "green"),    # 6.5 h left, a quarter is 5 h 15
        ("20 10:15", 3, "work_day", "green"),    # exactly 5 h 15
        ("20 10:16", 3, "work_day", "yellow"),
        ("20 10:59", 1, "work_day", "green"),    # a quarter is 1 h 45, half a day caps the four hours at 3.5 h
        ("20 14:29", 1, "work_day", "green"),    # 3.5 h left
        ("20 14:31", 1, "work_day", "yellow"),
        ("20 17:00", 2, "work_hour", "green"),   # a short term turns yellow at its half, not at its birth
        ("20 17:01", 2, "work_hour", "yellow"),
        ("20 18:00", 3, "work_day", "yellow"),   # the last minute
        ("20 18:01", 3, "work_day", "red"),
        ("21 09:00", 2, "work_hour", "red"),
        ("20 11:59", 24, "hour", "green"),       # six hours are a quarter of 24
        ("20 12:01", 24, "hour", "yellow"),
        ("19 17:59", 4, "day", "green"),         # a quarter of four days
        ("19 18:01", 4, "day", "yellow"),
    ],
)  # fmt: skip
def test_light(county, now, value, unit, expected):
    assert clock.light(county, moment("20 18:00"), moment(now), Term(value, unit)) == expected


def test_light_of_a_standing_clock(county):
    assert clock.light(county, None, moment("18 09:00"), FOUR_HOURS) == "paused"


def test_light_warns_as_configured(county):
    early = Warn(share=Decimal("0.5"), minutes=0)
    assert clock.light(county, moment("20 18:00"), moment("20 14:31"), Term(1, "work_day"), early) == "yellow"
    assert clock.light(county, moment("20 18:00"), moment("20 14:29"), Term(1, "work_day"), early) == "green"


GAPS = st.lists(st.integers(1, 4000), min_size=1, max_size=7)


@given(lengths=GAPS, value=st.integers(1, 30), unit=st.sampled_from(["work_hour", "work_day", "hour", "day"]))
def test_due_never_earlier_than_without_the_other_holders(county, lengths, value, unit):
    at, events = moment("02 09:00"), []
    for place, length in enumerate(lengths):
        end = at + timedelta(minutes=length)
        events.append(
            Segment("城管队" if place % 2 == 0 else "创城办", ("fix", "verify")[place % 2], at, end)
        )
        at = end
    plain = arithmetic.deadline(county, events[0].start, Term(value, unit)).at
    assert clock.due(county, Term(value, unit), events).at >= plain
