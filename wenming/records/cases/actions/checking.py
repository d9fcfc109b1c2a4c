"""After the hand-in: accept, send back, close for another reason, revisit, contest by the resident."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.calendar import queries as calendar
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ledger import accounts
from wenming.ledger.posting import Line
from wenming.records.cases import booking, deed, rules, settings, states, timing
from wenming.records.cases.actions import ordering, reporting
from wenming.records.cases.models import Case, Revisit


def accept(*, case: Case, by: Person, at: datetime, note: str = "", photos: Sequence[Photo] = ()) -> Case:
    """核查通过 by someone other than the handler: closed as 整改到位, quantities booked, looks back planned."""
    with deed.on(case, "accept", by=by) as case:
        moved, told = deed.refresh(case, at)
        took = timing.spent(told, calendar.calendar(), case.reported_at, at)
        case.closed_at, case.close_reason = at, states.FIXED
        if photos:
            evidence.attach(
                photos=photos, subject_kind="case", subject_uuid=case.uuid, role="far", by=by, at=at
            )
        lines = [*moved, *booking.fixed(case, at, took)]
        timely = "按期" if case.in_time else "超期"
        deed.done(
            case,
            "accept",
            by=by,
            at=at,
            sentence=f"核查通过，{timely}整改到位{deed.aside(note)}",
            data={"in_time": case.in_time, "minutes": {"fixing": took.fixing, "whole": took.whole}},
            lines=lines,
        )
        _plan_revisits(case, at)
    return case


def send_back(
    *, case: Case, by: Person, at: datetime, ground: str, photos: Sequence[Photo] = (), faked: bool = False
) -> Case:
    """退回返工, counted. At the third a supervision order is drafted (handbook §3.2).

    `faked`: the person who checked judges that the rectification was faked (handbook §0.8, D8: the machine only
    hints); it is booked of its own, so that rules can count it.
    """
    ground = deed.require(ground, "ground", "退回返工要写明哪里没有整改到位。")
    with deed.on(case, "send_back", by=by) as case:
        if photos:
            evidence.attach(
                photos=photos, subject_kind="case", subject_uuid=case.uuid, role="far", by=by, at=at
            )
        to_rework(case, by=by, at=at, ground=ground, faked=faked)
    return case


def to_rework(
    case: Case,
    *,
    by: Person,
    at: datetime,
    ground: str,
    faked: bool = False,
    above: str = "",
    lines: Sequence[Line] = (),
) -> None:
    """Back to the unit, counted and written; the case is locked by the deed. `above`: the office above that returned it."""
    case.rework_count += 1
    case.handed_in_at, case.in_time = None, None
    lines = [*lines, booking.led(case, accounts.CASE_REWORK, at)]
    data: dict[str, Any] = {"ground": ground, "faked": faked}
    if faked:
        lines.append(booking.led(case, accounts.CASE_FAKED, at))
    if case.path == states.ON_SPOT:
        # A spot fix that was none becomes an ordinary case of the unit that claimed it.
        data |= _as_ordinary(case, at)
    told = f"{above}退回返工（第 {case.rework_count} 次{'，认定弄虚作假' if faked else ''}）：{ground}"
    deed.done(case, "send_back", by=by, at=at, sentence=told, data=data, lines=lines)
    handler = [case.handler_id] if case.handler_id else []
    deed.tell(case, handler, "send_back", f"{case.number} {above}退回返工：{ground}", at)
    if case.rework_count == 3:
        ordering.draft(case=case, reason="rework", at=at, by=None)


def close(*, case: Case, by: Person, at: datetime, reason: str, ground: str) -> Case:
    """Close for another reason than 整改. It never counts as fixed (peers 56)."""
    if reason == states.FIXED:
        raise DomainError("close_fixed", "整改到位只能由核查通过来结案，请选择其他原因。", field="reason")
    label = deed.choice(reason, states.CLOSINGS, "reason", "请选择结案原因。")
    ground = deed.require(ground, "ground", "结案要写明依据。")
    with deed.on(case, "close", by=by) as case:
        before = case.state
        case.closed_at, case.close_reason = at, reason
        lines = [
            booking.line(case, accounts.CASE_CLOSED_OTHER, case.lead_unit or case.unit, clock.local_date(at))
        ]
        if before in (states.DISPATCHED, states.HANDLING, states.RETURNED):
            lines.append(booking.led(case, accounts.CASE_OPEN, at, -1))
        elif before == states.SUSPENDED:
            lines.append(booking.led(case, accounts.CASE_SUSPENDED, at, -1))
        if reason in states.NEVER_WAS:
            booking.never_was(case, at)
        case.pending = None
        deed.done(
            case,
            "close",
            by=by,
            at=at,
            sentence=f"结案：{label}（{ground}）",
            data={"reason": reason, "ground": ground},
            lines=lines,
        )
    return case


def revisit(
    *, case: Case, by: Person, at: datetime, relapsed: bool, note: str = "", photos: Sequence[Photo] = ()
) -> Case | None:
    """回头看 by someone other than the handler. A relapse opens a new case linked to this one; returns it."""
    again: Case | None = None
    with deed.on(case, "revisit", by=by) as case:
        if by.pk == case.handler_id:
            raise NotAllowed("case_not_allowed", rules.VERIFIER)
        if case.close_reason != states.FIXED:
            raise Conflict("revisit_unfixed", "只对整改到位的问题回头看，这个问题是其他原因结案的。")
        if relapsed and not photos:
            raise DomainError("photo_missing", "发现反弹请拍一张现在的照片。", field="photos")
        plan = case.revisits.select_for_update().filter(done_at__isnull=True).order_by("due_date").first()
        if plan is None:
            plan = Revisit(case=case, due_date=_free_day(case, at))
        plan.done_at, plan.by, plan.relapsed, plan.note = at, by, relapsed, note.strip()[:200]
        plan.save()
        if photos and not relapsed:
            evidence.attach(
                photos=photos, subject_kind="case", subject_uuid=case.uuid, role="far", by=by, at=at
            )
        word = "发现反弹" if relapsed else "未反弹"
        lines = [booking.led(case, accounts.CASE_REVISITED, at)]
        if relapsed:
            lines.append(booking.led(case, accounts.CASE_RELAPSED, at))
            case.revisits.filter(done_at__isnull=True).delete()
            # First, because it takes a number: a deed takes the number series before the chain and the book.
            again = _reported_again(case, by, at, photos)
        deed.done(
            case,
            "revisit",
            by=by,
            at=at,
            sentence=f"回头看，{word}{deed.aside(note)}",
            data={"relapsed": relapsed},
            lines=lines,
        )
    return again


def _reported_again(case: Case, by: Person, at: datetime, photos: Sequence[Photo]) -> Case:
    return reporting.report(
        at=at, by=by, category=case.category, description=f"反弹：{case.description}"[:300], unit=case.unit, place=case.place,
        address=case.address, lat=case.lat, lng=case.lng, accuracy_m=case.accuracy_m, photos=photos, relapse_of=case,
    )  # fmt: skip


def contest(*, case: Case, follow_code: str, at: datetime, note: str) -> Case:
    """The resident who reported is not satisfied: once, within the set days; it goes to verification again."""
    note = deed.require(note, "note", "请写一句哪里没有整改好。")
    with deed.on(case, "contest", by=None) as case:
        if not case.follow_code or follow_code != case.follow_code:
            raise DomainError("follow_code", "查询码不对，请核对。", field="follow_code")
        if case.contested:
            raise Conflict("contested_already", "这个问题已经退回过一次，请拨打公布的电话联系镇创城办。")
        limit = settings.current(clock.local_date(at)).contest_days
        if (
            case.close_reason != states.FIXED
            or case.closed_at is None
            or at > case.closed_at + timedelta(days=limit)
        ):
            raise Conflict("contest_late", f"结案超过 {limit} 天，不能再退回，可以重新上报。")
        booking.unfixed(case, at)
        case.contested, case.closed_at, case.close_reason = True, None, ""
        case.revisits.filter(done_at__isnull=True).delete()
        deed.done(
            case,
            "contest",
            by=None,
            at=at,
            sentence=f"群众不满意退回：{note}",
            lines=[booking.led(case, accounts.CASE_OPEN, at)],
        )
        deed.tell(
            case,
            notices.holders(case.town, P.CASE_VERIFY, at, above=True),
            "contest",
            f"{case.number} 群众不满意，请重新核查：{note}",
            at,
        )
    return case


def _as_ordinary(case: Case, at: datetime) -> dict[str, Any]:
    kind = standards.category(case.category, clock.local_date(at))
    case.path = states.COMMUNITY
    return {"lead": str(case.lead_unit_id), "signed": True, "term": timing.term_data(kind.deadline)}


def _plan_revisits(case: Case, at: datetime) -> None:
    """Looks back 3, 7 and 30 days after closing; of spot fixes only a sample (set in the escalation pack)."""
    rule = settings.current(clock.local_date(at))
    today = clock.local_date(at)
    days = rule.revisit_days
    if case.path == states.ON_SPOT:
        # The sample follows from the uuid: nobody can know it before, and it needs no dice in tests.
        days = rule.spot_revisit_days if case.uuid.int % 100 < rule.spot_revisit_percent else ()
    Revisit.objects.bulk_create(
        [Revisit(case=case, due_date=today + timedelta(days=n)) for n in days], ignore_conflicts=True
    )


def _free_day(case: Case, at: datetime) -> Any:
    day = clock.local_date(at)
    taken = set(case.revisits.values_list("due_date", flat=True))
    while day in taken:
        day += timedelta(days=1)
    return day
