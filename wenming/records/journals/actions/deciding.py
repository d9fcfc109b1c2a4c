"""议定事项: what a meeting decided, for which unit, until when; carried out with a note, or dropped with a ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.records.journals import rules, states
from wenming.records.journals.drafting import VOUCHER
from wenming.records.journals.models import Decision, Journal

MOST = 30


@dataclass(frozen=True)
class Resolution:
    """One decision before it is written."""

    what: str
    unit: Unit
    due_on: date | None = None


def decide(
    *, journal: Journal, resolutions: Sequence[Resolution], by: Person, at: datetime
) -> list[Decision]:
    """Add decisions to a meeting. Raises NotAllowed, Conflict (corrected or struck out meanwhile), DomainError."""
    with transaction.atomic():
        row = (
            Journal.objects.select_for_update(of=("self",))
            .select_related("kind", "town", "unit")
            .get(pk=journal.pk)
        )
        if row.state != states.ENTERED:
            raise Conflict("journal_closed", f"这条会议记录{row.state_label}，请在新的记录里加议定事项。")
        if not rules.may_decide(by, row):
            raise NotAllowed("journal_not_allowed", "议定事项由填报会议的人或创城办登记。")
        return write(journal=row, resolutions=resolutions, by=by, at=at)


def write(*, journal: Journal, resolutions: Sequence[Resolution], by: Person, at: datetime) -> list[Decision]:
    """Write decisions of a meeting that is being entered or is locked; tells their units. Raises DomainError."""
    if not journal.kind.read().decisions:
        raise DomainError("decisions_unfit", f"「{journal.kind.name}」没有议定事项，请改用会议类的台账。")
    last = journal.decisions.aggregate(last=Max("number"))["last"] or 0
    if last + len(resolutions) > MOST:
        raise DomainError("decisions_many", f"一次会议最多 {MOST} 条议定事项。", field="decisions")
    made = [_checked(journal, one, number) for number, one in enumerate(resolutions, start=last + 1)]
    Decision.objects.bulk_create(made)
    for one in made:
        until = f"，{clock.show_date(one.due_on)} 前完成" if one.due_on else ""
        audit.record(
            deed="journal.decide", subject=(VOUCHER, journal.uuid), at=at, by=by, post=by.title(journal.unit),
            chain=journal.town.chain, sentence=f"议定：{one.what}，由{one.unit.label}落实{until}",
            data={"decision": str(one.uuid), "unit": one.unit.code, "due_on": one.due_on},
        )  # fmt: skip
        to = [pk for pk in notices.holders(one.unit, P.JOURNAL_ENTER, at) if pk != by.pk]
        if to:
            notices.post(
                to=to, kind="journal.decide", at=at, subject=(VOUCHER, journal.uuid),
                sentence=f"会议议定由本单位落实：{one.what}{until}",
            )  # fmt: skip
    return made


def finish(*, decision: Decision, by: Person, at: datetime, note: str) -> Decision:
    """Carried out, with a word on how. Raises NotAllowed, Conflict, DomainError `note_missing`."""
    note = _word(note, "请写落实情况，例如「已于 11 月 20 日装好 3 个烟头桶」。")
    with transaction.atomic():
        row = _locked(decision)
        if not rules.may_finish(by, row):
            raise NotAllowed("journal_not_allowed", f"这件事由{row.unit.label}落实，请由该单位填写。")
        row.state, row.note = states.DONE, note
        return _close(row, by=by, at=at, deed="decision.done", sentence=f"落实：{row.what}（{note}）")


def drop(*, decision: Decision, by: Person, at: datetime, ground: str) -> Decision:
    """Not to be done after all, with a ground. Raises NotAllowed, Conflict, DomainError."""
    ground = _word(ground, "取消议定事项要写明原因。")
    with transaction.atomic():
        row = _locked(decision)
        if not rules.may_decide(by, row.journal):
            raise NotAllowed("journal_not_allowed", "取消议定事项由填报会议的人或创城办办理。")
        row.state, row.note = states.DROPPED, ground
        return _close(
            row, by=by, at=at, deed="decision.drop", sentence=f"取消议定事项：{row.what}（{ground}）"
        )


def _checked(journal: Journal, one: Resolution, number: int) -> Decision:
    what = " ".join(one.what.split())
    if not what:
        raise DomainError("decision_empty", "议定事项要写明做什么。", field="decisions")
    if len(what) > 200:
        raise DomainError("decision_long", "一条议定事项最多 200 个字，请分成几条。", field="decisions")
    if (one.unit.town_id or one.unit.pk) != journal.town_id:
        raise DomainError(
            "decision_unit", f"「{one.unit.label}」不在本镇，请选本镇的单位。", field="decisions"
        )
    if one.due_on and one.due_on < journal.occurred_on:
        raise DomainError("decision_due", "完成期限早于开会日期，请核对。", field="decisions")
    return Decision(journal=journal, number=number, what=what, unit=one.unit, due_on=one.due_on)


def _word(text: str, sentence: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise DomainError("note_missing", sentence, field="note")
    if len(text) > 200:
        raise DomainError("note_long", f"最多 200 个字，现在是 {len(text)} 个字。", field="note")
    return text


def _locked(decision: Decision) -> Decision:
    found = Decision.objects.select_for_update(of=("self",))
    row = found.select_related("journal__town", "journal__unit", "unit").get(pk=decision.pk)
    if row.state != states.OPEN:
        raise Conflict("decision_closed", f"这件事{row.state_label}，不必再办；请刷新页面。")
    return row


def _close(row: Decision, *, by: Person, at: datetime, deed: str, sentence: str) -> Decision:
    row.closed_at, row.closed_by = at, by
    row.save(update_fields=["state", "note", "closed_at", "closed_by"])
    audit.record(
        deed=deed, subject=(VOUCHER, row.journal.uuid), at=at, by=by, post=by.title(row.unit),
        chain=row.journal.town.chain, sentence=sentence, data={"decision": str(row.uuid)},
    )  # fmt: skip
    return row
