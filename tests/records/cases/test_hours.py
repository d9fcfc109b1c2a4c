"""How long a case took is booked once, at acceptance, in office hours, and every average opens to its cases."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.factories import NOW, Life, photo
from tests.records.cases.test_life import standing
from wenming.ledger import figures, periods
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case

MONTH = periods.parse("2026-11")
FIX, WHOLE = "case.fix_hours", "case.whole_hours"


def hours(case: Case) -> tuple[Decimal, Decimal]:
    """整改用时 and 办结用时 that stand in the books."""
    found = standing(case)
    return found[FIX], found[WHOLE]


def average(metric: str, life: Life) -> str:
    return figures.value(metric, scope=life.t.town, period=MONTH, at=life.at).explained


def test_hours_of_the_unit_and_of_the_whole_are_booked_at_acceptance(life: Life) -> None:
    # Reported 9:15, dispatched 9:45, handed in 10:15, accepted 10:30: see `Life.tick`.
    case = life.closed()
    assert hours(case) == (Decimal("0.5"), Decimal("1.25"))
    entry = Entry.objects.get(account__code=FIX)
    assert (entry.unit, entry.voucher_uuid, entry.occurred_on) == (
        case.lead_unit,
        case.uuid,
        MONTH.start + timedelta(15),
    )
    assert average("avg_fix_time", life) == "0.5个工作时（0.5/1）"


def test_lunch_nights_and_weekends_are_not_counted(life: Life) -> None:
    case = life.handling()
    # From Monday 9:45 to the Monday after, 9:45: five working days.
    life.at = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    by = life.t.secretary
    case = cases.hand_in(
        case=case, by=by, at=life.tick(), photos=[photo(by, case.town, at=life.at)], measures="已清理"
    )
    case = cases.accept(case=case, by=life.t.inspector, at=life.tick())
    # Five working days of seven hours, and the quarter hours that the fingers need.
    assert hours(case) == (Decimal(35), Decimal("35.75"))


def test_rework_counts_and_verification_does_not(life: Life) -> None:
    case = life.verifying()  # handed in at 10:15
    life.tick(45)
    case = cases.send_back(case=case, by=life.t.inspector, at=life.at, ground="还有垃圾")  # 11:00
    by = life.t.secretary
    case = cases.hand_in(
        case=case, by=by, at=life.tick(), photos=[photo(by, case.town, at=life.at)], measures="再清"
    )
    case = cases.accept(case=case, by=life.t.inspector, at=life.tick())
    assert hours(case) == (Decimal("0.75"), Decimal("2.25"))


def test_a_suspension_counts_for_neither(life: Life) -> None:
    case = life.suspended()  # dispatched 9:45, suspended 10:30
    case = cases.resume(case=case, by=life.t.director, at=life.tick(30), note="已立项")  # 11:00
    by = life.t.secretary
    case = cases.hand_in(
        case=case, by=by, at=life.tick(), photos=[photo(by, case.town, at=life.at)], measures="已修"
    )
    case = cases.accept(case=case, by=life.t.inspector, at=life.tick())  # 11:30
    assert hours(case) == (Decimal("1"), Decimal("1.75"))


def test_what_a_resident_contests_is_taken_back_in_red_and_booked_anew(life: Life) -> None:
    case = life.closed(by=None, unit=life.t.east)
    first = hours(case)
    case = cases.contest(case=case, follow_code=case.follow_code, at=life.tick(), note="还是脏")
    assert FIX not in standing(case)
    assert WHOLE not in standing(case)
    assert average("avg_handle_time", life) == "无办结"
    case = cases.accept(case=case, by=life.t.inspector, at=life.tick())
    # The unit did nothing more; the office looked twice.
    assert hours(case) == (first[0], first[1] + Decimal("0.5"))
    assert average("avg_handle_time", life) == "1.8个工作时（1.75/1）"


def test_what_was_fixed_on_the_spot_took_no_time(life: Life) -> None:
    t = life.t
    shots = [[photo(t.worker, t.town)], [photo(t.worker, t.town)]]
    case = cases.report_fixed(
        at=life.tick(), by=t.worker, category="07001", description="小广告当场清除", place=t.lane, before=shots[0], after=shots[1]
    )  # fmt: skip
    case = cases.accept(case=case, by=t.secretary, at=life.tick())
    assert standing(case)["case.on_spot"] == 1
    assert not {FIX, WHOLE} & set(standing(case))


def test_a_case_done_outside_office_hours_stands_with_a_minute(life: Life, town: SimpleNamespace) -> None:
    life.at = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # a Saturday
    case = life.closed()
    assert hours(case) == (Decimal("0.017"), Decimal("0.017"))
    assert average("avg_fix_time", life) == "0.0个工作时（0.017/1）"


@pytest.mark.parametrize("metric", ["avg_fix_time", "avg_handle_time"])
def test_an_average_is_of_all_cases_of_all_units(metric: str, life: Life) -> None:
    found = [life.closed(), life.closed(lead=life.t.west, place=life.t.west_lane)]
    value = figures.value(metric, scope=life.t.town, period=MONTH, at=NOW)
    place = 0 if metric == "avg_fix_time" else 1
    assert (value.numerator, value.denominator) == (sum(hours(case)[place] for case in found), 2)
