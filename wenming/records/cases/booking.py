"""What a case posts to the ledger. One place; every deed calls it last.

A case is one voucher. The find is charged to the unit on whose ground it lies; everything after dispatch
to the unit that leads. Rates match because 应整改, 到期已整改 and 按期整改 all lie on the day of the deadline
(handbook §3.4). Covert finds are booked only when they are published, so that no sum betrays them.
"""

from datetime import date, datetime
from decimal import Decimal

from wenming.common import clock
from wenming.ground.audit import actions as audit
from wenming.ground.units.models import Unit
from wenming.ledger import accounts, posting
from wenming.ledger.posting import Line, Voucher
from wenming.records.cases import states
from wenming.records.cases.models import Case
from wenming.records.cases.timing import Spent

KIND = "case"


def voucher(case: Case) -> Voucher:
    return Voucher(KIND, case.uuid)


def line(case: Case, account: str, unit: Unit, on: date, quantity: Decimal | int = 1) -> Line:
    """One line about the case."""
    return Line(
        account=account, unit=unit, quantity=quantity, occurred_on=on, place_id=case.place_id,
        category=case.category, source=case.source, party=case.found_by,
    )  # fmt: skip


def found(case: Case) -> list[Line]:
    """The find itself, on the day it was made."""
    return [line(case, accounts.CASE_REPORTED, case.unit, clock.local_date(case.reported_at))]


def led(case: Case, account: str, at: datetime, quantity: Decimal | int = 1) -> Line:
    """A line charged to the leading unit on the day of the deed."""
    assert case.lead_unit is not None  # noqa: S101 -- the database holds this for every dispatched state
    return line(case, account, case.lead_unit, clock.local_date(at), quantity)


def due_moved(case: Case, at: datetime) -> list[Line]:
    """Bring 应整改 in line with the deadline: take back the old day, post the new one.

    The clock stands while a case is suspended or lies with the arbitrator, and then nothing is due.
    """
    held = case.state in (*states.RUNNING, states.VERIFYING) or case.close_reason == states.FIXED
    running = held and case.path != states.ON_SPOT
    wanted = clock.local_date(case.due_at) if running and case.due_at else None
    if wanted == case.booked_due:
        return []
    undue(case, at)
    case.booked_due = wanted
    if wanted is None:
        return []
    assert case.lead_unit is not None  # noqa: S101 -- running states have a leading unit
    lines = [line(case, accounts.CASE_DUE, case.lead_unit, wanted)]
    if case.extended:
        lines.append(line(case, accounts.CASE_EXTENDED, case.lead_unit, wanted))
    return lines


def undue(case: Case, at: datetime) -> None:
    """Take back 应整改 as it is booked now."""
    if case.booked_due is not None:
        _take_back(case, [accounts.CASE_DUE, accounts.CASE_EXTENDED], at)
        case.booked_due = None


def fixed(case: Case, at: datetime, took: Spent) -> list[Line]:
    """An accepted rectification with its quantities and the working hours it took (avg_handle_time, handbook §3.4)."""
    assert case.lead_unit is not None  # noqa: S101 -- verifying cases have a leading unit
    assert case.handed_in_at is not None  # noqa: S101 -- and were handed in
    lines = [led(case, accounts.CASE_FIXED, at), led(case, accounts.CASE_OPEN, at, -1)]
    if case.path == states.ON_SPOT:
        lines.append(led(case, accounts.CASE_ON_SPOT, at))
    else:
        # What is fixed where it was found took no time, and would make every average look better.
        lines.append(led(case, accounts.CASE_FIX_HOURS, at, _hours(took.fixing)))
        lines.append(led(case, accounts.CASE_WHOLE_HOURS, at, _hours(took.whole)))
    if case.self_found and case.in_time:
        lines.append(led(case, accounts.CASE_SELF_FIXED, at))
    if case.booked_due is not None:
        lines.append(line(case, accounts.CASE_FIXED_DUE, case.lead_unit, case.booked_due))
        if case.in_time:
            lines.append(line(case, accounts.CASE_FIXED_IN_TIME, case.lead_unit, case.booked_due))
    done_on = clock.local_date(case.handed_in_at)
    lines += [
        line(case, code, case.lead_unit, done_on, Decimal(number)) for code, number in case.quantities.items()
    ]
    return lines


def unfixed(case: Case, at: datetime) -> None:
    """The acceptance is taken back (a resident contests it): reverse everything it posted."""
    codes = [
        accounts.CASE_FIXED, accounts.CASE_FIXED_DUE, accounts.CASE_FIXED_IN_TIME, accounts.CASE_SELF_FIXED,
        accounts.CASE_ON_SPOT, accounts.CASE_FIX_HOURS, accounts.CASE_WHOLE_HOURS, *case.quantities,
    ]  # fmt: skip
    _take_back(case, codes, at)


def never_was(case: Case, at: datetime) -> None:
    """There was no problem here after all: the find and its registration are taken out of the books."""
    _take_back(case, [accounts.CASE_REPORTED, accounts.CASE_REGISTERED], at)


def _hours(minutes: int) -> Decimal:
    """Office minutes in hours, as exact as the books are."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.001"))


def _take_back(case: Case, codes: list[str], at: datetime) -> None:
    """Reverse what stands of these accounts. The book's lock is the last of a deed, so the chain's comes first."""
    audit.hold(chain=case.town.chain)
    posting.reverse(voucher=voucher(case), accounts=codes, at=at)
