"""The ladder: who is told when a case stays unsigned, overdue or suspended (packs/escalation).

Each rung is climbed once a case; the history row is the memory. It only tells and drafts: whatever
follows is decided by a person (handbook §4.3).
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from wenming.common import clock
from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.calendar import arithmetic
from wenming.ground.calendar import queries as calendar
from wenming.ground.notices import actions as notices
from wenming.ground.people.permissions import P
from wenming.ledger import posting
from wenming.records.cases import booking, deed, settings, states
from wenming.records.cases.actions import ordering
from wenming.records.cases.models import Case
from wenming.records.cases.settings import Rung

BATCH = 500


def climb(*, at: datetime) -> int:
    """Tell whoever has to be told now; returns how many rungs were climbed."""
    climbed = 0
    ladder = settings.current(clock.local_date(at)).ladder
    waiting = Case.objects.filter(
        state__in=[*states.RUNNING, states.RETURNED, states.SUSPENDED], covert=False
    )
    for case in waiting.select_related("town", "unit", "place", "lead_unit").iterator(BATCH):
        reached = [rung for rung in ladder if _reached(case, rung, at)]
        if not reached:
            continue
        done = {row.data.get("rung") for row in history.of(case.uuid).filter(deed="case.escalate")}
        for rung in reached:
            if f"{rung.key}@{_since(case, rung)}" not in done:
                _step_up(case, rung, at)
                climbed += 1
    return climbed


def _since(case: Case, rung: Rung) -> datetime | None:
    """The moment from which the rung counts; None when the case is not in that situation."""
    if rung.when == "unsigned":
        return case.sign_due_at if case.state == states.DISPATCHED else None
    if rung.when == "overdue":
        return case.due_at if case.state in states.RUNNING else None
    state, began = _STANDING[rung.when]
    if case.state != state:
        return None
    row = history.of(case.uuid).filter(deed=began).last()
    return row.at if row else None


# Situations that begin with a deed: the state, and the deed that led to it (handbook §3.2: 退单 4 工作时内裁定; D21).
_STANDING = {
    "returned": (states.RETURNED, "case.return"),
    "suspended": (states.SUSPENDED, "case.grant_suspension"),
}


def _reached(case: Case, rung: Rung, at: datetime) -> bool:
    since = _since(case, rung)
    if since is None or at < since:
        return False
    if rung.after is None:
        return True
    reached = arithmetic.deadline(calendar.calendar(), since, rung.after).at
    return reached is not None and at >= reached


def _step_up(case: Case, rung: Rung, at: datetime) -> None:
    with transaction.atomic():
        fresh = deed.locked(case)
        deed.project(fresh, history.whole(fresh.uuid))
        # Somebody may have signed, or been given more time (the whole town by a day off), since the list was read.
        if not _reached(fresh, rung, at):
            return
        since = _since(fresh, rung)
        audit.record(
            deed="case.escalate", subject=("case", fresh.uuid), at=at, sentence=f"升级提醒：{rung.words}",
            data={"rung": f"{rung.key}@{since}", "tell": list(rung.tell)}, chain=fresh.town.chain,
        )  # fmt: skip
        to = sorted({key for who in rung.tell for key in _people(fresh, who, at)})
        deed.tell(
            fresh, to, "escalate", f"{fresh.number} {rung.words}：{fresh.where}，{fresh.category_name}", at
        )
        if rung.order:
            ordering.draft(case=fresh, reason="overdue", at=at, by=None)


def _people(case: Case, who: str, at: datetime) -> Iterable[int]:
    if who == "unit":
        return notices.holders(case.lead_unit, P.CASE_HANDLE, at) if case.lead_unit else []
    if who == "secretary":
        return notices.holders(case.unit, P.CASE_VERIFY, at)
    if who == "office":
        return notices.holders(case.town, P.CASE_DISPATCH, at, above=True)
    if who == "leader":
        return notices.holders(case.town, P.DOCUMENT_SIGN, at)
    return notices.holders(case.town, P.COMPLAINTS_READ, at, above=True)


def reproject(*, at: datetime, after: int = 0) -> int:
    """Rebuild the clock columns of all open, dispatched cases; returns how many changed."""
    changed = 0
    running = Case.objects.filter(state__in=[*states.RUNNING, states.VERIFYING], pk__gt=after).order_by("pk")
    for pk in running.values_list("pk", flat=True).iterator(BATCH):
        with transaction.atomic():
            case = deed.locked(pk)
            before = _clocks(case)
            lines, _told = deed.refresh(case, at)
            if _clocks(case) == before:
                continue
            case.save(update_fields=["due_at", "warn_at", "sign_due_at", "booked_due", "in_time"])
            posting.post(town=case.town, lines=lines, voucher=booking.voucher(case), at=at)
            changed += 1
    return changed


def _clocks(case: Case) -> tuple[object, ...]:
    return case.due_at, case.warn_at, case.sign_due_at, case.booked_due, case.in_time
