"""What two offices without a common network tell each other of one problem (handbook §5.1: 下发、反馈、核查).

The problem is handled in the town, on the town's machine. `relay` writes into the county's case what was done there, at
the moments at which it was done; the county's own people then check it. `recall` writes into the town's case that the
county has returned it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import queries as history
from wenming.ground.calendar.arithmetic import Term
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ground.units.models import Unit
from wenming.ledger import accounts
from wenming.records.cases import booking, deed, states, timing
from wenming.records.cases.actions.checking import to_rework
from wenming.records.cases.actions.reporting import check_quantities
from wenming.records.cases.models import Case

# Under this name the history keeps which hand-in of the town it was: its moment by the town's clock, as it was told.
TOLD = "told_at"


@dataclass(frozen=True)
class Relayed:
    """How far a problem came on the other machine. Moments by the other clock; None: not so far."""

    sender: str
    number: str
    lead: Unit
    dispatched_at: datetime | None
    signed_at: datetime | None
    handed_in_at: datetime | None
    measures: str = ""
    handler: str = ""
    term: Term | None = None
    quantities: Mapping[str, Any] = field(default_factory=dict)


def relay(*, case: Case, by: Person, at: datetime, told: Relayed, photos: Sequence[Photo] = ()) -> Case:
    """立案, 派遣, 签收 and 处置反馈 of the town, as far as they are new here, up to 待核查 by the county.

    A hand-in that is older than what is known here changes nothing. Photos are shown in the case, too; they stay with
    the answer that brought them.
    Raises Conflict, NotAllowed (only the office above the town takes answers), DomainError relay_elsewhere, quantity_….
    """
    county = case.town.parent
    if county is None or not by.may(P.CASE_SUPERVISE, county):
        raise NotAllowed("not_county", "镇里的反馈由县创城办收。")
    if not case.town.contains(told.lead):
        raise DomainError("relay_elsewhere", f"{told.lead.name}不在{case.town.name}，请与镇里核对责任单位。")
    clean = check_quantities(dict(told.quantities))
    with deed.on(case, "relay", by=by) as case:
        if told.dispatched_at is not None:
            _led(case, by, at, told)
        if told.handed_in_at is not None and _newer(case, told.handed_in_at):
            _handed_in(case, by, at, replace(told, quantities=clean), photos)
    return case


def recall(*, case: Case, by: Person, at: datetime, above: str, ground: str) -> Case:
    """The office above is not satisfied: back to the unit and counted, although the town may have closed it.

    Raises Conflict, NotAllowed, DomainError recall_unfixed (closed for another reason than 整改到位).
    """
    with deed.on(case, "recall", by=by) as case:
        lines = []
        if case.state == states.CLOSED:
            if case.close_reason != states.FIXED:
                raise DomainError(
                    "recall_unfixed",
                    f"{case.number} 已以「{case.get_close_reason_display()}」结案，请与{above}当面核对。",
                )
            booking.unfixed(case, at)
            case.closed_at, case.close_reason = None, ""
            case.revisits.filter(done_at__isnull=True).delete()
            lines = [booking.led(case, accounts.CASE_OPEN, at)]
        to_rework(case, by=by, at=at, ground=ground, above=above, lines=lines)
    return case


def _led(case: Case, by: Person, at: datetime, told: Relayed) -> None:
    """Register, dispatch and sign where this has not been written yet."""
    assert told.dispatched_at is not None  # noqa: S101 -- asked by the caller
    when = max(min(told.dispatched_at, at), case.reported_at)
    said = f"（{told.sender}，镇里编号 {told.number}）"
    if case.state == states.REPORTED:
        lines = [booking.line(case, accounts.CASE_REGISTERED, case.unit, clock.local_date(when))]
        deed.done(case, "register", by=by, at=when, posted_at=at, sentence=f"立案{said}", lines=lines)
    if case.state == states.REGISTERED:
        kind = standards.category(case.category, clock.local_date(at))
        term = told.term or kind.deadline
        case.lead_unit, case.dispatched_at, case.signed_at, case.handler = told.lead, when, None, None
        lines = [
            booking.led(case, account, when) for account in (accounts.CASE_DISPATCHED, accounts.CASE_OPEN)
        ]
        data = {
            "lead": str(told.lead.pk), "lead_name": told.lead.name, "term": timing.term_data(term),
            "sign_term": timing.term_data(kind.sign),
        }  # fmt: skip
        sentence = f"派遣给{told.lead.label}，时限{term.text}{said}"
        deed.done(case, "dispatch", by=by, at=when, posted_at=at, sentence=sentence, data=data, lines=lines)
    if case.state == states.DISPATCHED and told.signed_at is not None:
        case.signed_at = max(min(told.signed_at, at), when)
        deed.done(case, "sign", by=by, at=case.signed_at, posted_at=at, sentence=f"签收{said}")


def _handed_in(case: Case, by: Person, at: datetime, told: Relayed, photos: Sequence[Photo]) -> None:
    assert told.handed_in_at is not None  # noqa: S101 -- asked by the caller
    when = max(min(told.handed_in_at, at), case.dispatched_at or case.reported_at)
    case.signed_at = case.signed_at or when
    case.handed_in_at = when
    case.measures, case.quantities, case.pending = told.measures.strip()[:300], dict(told.quantities), None
    if photos:
        evidence.share(photos=photos, subject_kind="case", subject_uuid=case.uuid, by=by, at=at)
    who = f"，{told.handler}办理" if told.handler else ""
    lacking = "" if photos else "，没有整改后照片"
    said = f"{told.measures.strip()}；" if told.measures.strip() else ""
    sentence = f"处置反馈（{said}{told.sender}，镇里编号 {told.number}{who}{lacking}）"
    data = {"photos": len(photos), "quantities": told.quantities, TOLD: told.handed_in_at.isoformat()}
    deed.done(case, "hand_in", by=by, at=when, posted_at=at, sentence=sentence, data=data)


def _newer(case: Case, handed_in_at: datetime) -> bool:
    """Not the hand-in that was judged here already, nor one before it; and the unit has not handed in here itself."""
    known = [row.data.get(TOLD) for row in history.whole(case.uuid) if row.deed == "case.hand_in"]
    return all(told is not None and datetime.fromisoformat(told) < handed_in_at for told in known)


def returned(case: Case) -> dict[str, str] | None:
    """The last return of what the town had handed in: which hand-in, when, on what ground; None where there is none."""
    found = None
    handed_in = ""
    for row in history.whole(case.uuid):
        if row.deed == "case.hand_in":
            handed_in = row.data.get(TOLD) or ""
        elif row.deed == "case.send_back" and handed_in:
            found = {"handed_in": handed_in, "at": row.at.isoformat(), "ground": row.data["ground"]}
    return found
