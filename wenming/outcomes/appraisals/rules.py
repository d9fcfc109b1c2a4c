"""Who may take a step in an appraisal. Each rule gives the sentence of the refusal, or None when it is allowed."""

import uuid
from collections.abc import Iterable

from wenming.ground.audit.models import Record
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.outcomes.appraisals import states
from wenming.outcomes.appraisals.models import Appeal, Round, Sheet

NOT_YOURS = "这一步不在您的岗位职责内，请联系镇创城办。"
NOT_YOUR_SHEET = "只能对本单位的成绩单申诉或确认。"
# Deeds by which a person has judged or handled the fact that is appealed against.
_PARTY_DEEDS = ["case.report", "case.accept", "case.send_back", "case.hand_in", "case.revisit", "order.issue", "order.check"]  # fmt: skip


def refusal(person: Person, step: states.Step, where: Round) -> str | None:
    """Why the person may not take this step in this round; None when he may."""
    return None if person.may(step.permission, where.town) else NOT_YOURS


def may(person: Person, code: str, where: Round) -> bool:
    """True when the person may take the step in the round's present state."""
    step = states.step(code)
    if step.permission == P.SCORE_APPEAL:
        return where.state in step.from_states and person.may(P.SCORE_APPEAL)
    return where.state in step.from_states and refusal(person, step, where) is None


def own_sheet_refusal(person: Person, sheet: Sheet) -> str | None:
    """Appeals and agreement come from the unit that is rated (a cleaner's post: from the unit of its ground)."""
    unit = sheet.unit or (sheet.place.unit if sheet.place else None)
    if unit is None or not person.may(P.SCORE_APPEAL, unit):
        return NOT_YOUR_SHEET
    return None


def decision_refusal(person: Person, appeal: Appeal, vouchers: Iterable[uuid.UUID]) -> str | None:
    """An appeal is decided by somebody who is not party to it (handbook §4.2): neither of the unit that appeals,
    nor the one who filed it, nor anybody who found, checked or handled what it is about."""
    if appeal.filed_by_id == person.pk:
        return "申诉是您提交的，请由另一位同志裁定。"
    if appeal.unit is not None and any(_inside(post.unit, appeal.unit) for post in person.posts_now()):
        return f"您在「{appeal.unit.label}」任职，不能裁定本单位的申诉，请由另一位同志裁定。"
    acted = Record.objects.filter(subject_uuid__in=list(vouchers), by_id=person.pk, deed__in=_PARTY_DEEDS)
    if acted.exists():
        return "您经手过这件事（发现、核查或处置），不能裁定它的申诉，请由没有经手的同志裁定。"
    return None


def _inside(unit: Unit, outer: Unit) -> bool:
    return outer.contains(unit)
