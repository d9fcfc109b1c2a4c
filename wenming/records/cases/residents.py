"""Cases as residents see them: plain words, no names, only photos a person has approved (handbook D17, D20)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from wenming.common import clock
from wenming.ground.audit import queries as history
from wenming.ground.evidence import queries as evidence
from wenming.ground.evidence import rules as photo_rules
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.records.cases import settings, states
from wenming.records.cases.models import Case, CaseQuerySet, scope

RATE = "case.rate"
RATINGS = [("good", "满意"), ("fair", "基本满意"), ("bad", "不满意")]
# States in which a case may be shown to everybody: taken on, and not found to be nothing.
SHOWABLE = [
    states.REGISTERED, states.DISPATCHED, states.HANDLING, states.RETURNED, states.VERIFYING, states.SUSPENDED,
    states.CLOSED,
]  # fmt: skip

_WORDS = {
    states.REPORTED: ("已收到", "我们已收到您的上报，正在核实是否受理。"),
    states.REFUSED: ("不予受理", "您上报的问题未能受理。"),
    states.REGISTERED: ("已受理", "问题已受理，正在安排责任单位办理。"),
    states.DISPATCHED: ("已交办", "问题已交给责任单位，正在安排整改。"),
    states.HANDLING: ("正在整改", "责任单位正在整改。"),
    states.RETURNED: ("正在协调", "正在明确由哪个单位办理。"),
    states.VERIFYING: ("正在核查", "责任单位已报告整改完成，正在由另一位同志核查。"),
    states.SUSPENDED: ("需要较长时间", "这个问题需要立项或上级协调，已列入计划。"),
    states.MERGED: ("一并办理", "同一处问题已有人上报，两件一并办理。"),
    states.SPLIT: ("分开办理", "您上报的内容包含几个问题，已分开办理。"),
}


@dataclass(frozen=True)
class Progress:
    """Where a report stands: a heading and a sentence for the resident, and what he may do now."""

    label: str
    sentence: str
    fixed: bool
    may_contest: bool


def progress(case: Case, at: datetime) -> Progress:
    """State in plain words. Only the reason code of a refusal is told, never the office's own sentence."""
    fixed = case.state == states.CLOSED and case.close_reason == states.FIXED
    if fixed:
        open_until = (case.closed_at or at) + timedelta(
            days=settings.current(clock.local_date(at)).contest_days
        )
        return Progress("已整改", "问题已整改，并经核查通过。", True, not case.contested and at <= open_until)
    if case.state == states.CLOSED:
        return Progress("已办结", f"办理结果：{states.CLOSING_LABELS[case.close_reason]}。", False, False)
    label, sentence = _WORDS[case.state]
    if case.state == states.REFUSED and case.public_note in dict(states.REFUSALS).values():
        sentence = f"您上报的问题未能受理，原因：{case.public_note}。可以补充照片或位置后重新上报。"
    if case.state == states.SUSPENDED and case.suspended_until:
        sentence += f"预计 {case.suspended_until.year}年{case.suspended_until.month}月 完成。"
    if case.contested and case.state in (states.VERIFYING, states.HANDLING):
        sentence = "您反映没有整改好，已退回，正在重新核查。"
    return Progress(label, sentence, False, False)


def approved_photos(cases: Iterable[Case]) -> dict[uuid.UUID, dict[str, list[Photo]]]:
    """{case uuid: {"before": […], "after": […]}} of photos approved for everybody, in one statement."""
    cases = list(cases)
    found = evidence.for_subjects([case.uuid for case in cases])
    return {
        key: {
            role: [p for p in photos if p.role == role and photo_rules.may_see_public(p)]
            for role in ("before", "after")
        }
        for key, photos in found.items()
    }


def published(town: Unit | None = None) -> CaseQuerySet:
    """What the public list shows, newest result first."""
    found = Case.objects.filter(public=True, covert=False, state__in=SHOWABLE)
    found = found.exclude(Q(state=states.CLOSED) & ~Q(close_reason=states.FIXED))
    if town is not None:
        found = found.filter(town=town)
    return found.select_related("place", "unit", "town").order_by("-closed_at", "-reported_at", "-id")


def where(case: Case) -> str:
    """Place or community; never the typed address, which may name a house."""
    return case.place.name if case.place else case.unit.name


def moderated(person: Person) -> CaseQuerySet:
    """Cases in whose publishing the person has a say."""
    wide = scope(person.paths(P.PUBLIC_MODERATE))
    found = Case.objects.filter(covert=False)
    return found.filter(wide) if wide is not None else found.none()


def waiting_reports(person: Person) -> CaseQuerySet:
    """Reports of residents that nobody has taken on or refused yet, oldest first."""
    found = moderated(person).filter(source="public", state=states.REPORTED)
    return found.select_related("place", "unit", "town").order_by("reported_at", "id")


def worth_showing(person: Person) -> CaseQuerySet:
    """Rectified cases with photos of before and after that are not public yet, newest first."""
    of_case = Photo.objects.filter(subject_uuid=OuterRef("uuid"))
    found = moderated(person).filter(state=states.CLOSED, close_reason=states.FIXED, public=False)
    found = found.filter(Exists(of_case.filter(role="before")), Exists(of_case.filter(role="after")))
    return found.select_related("place", "unit", "town").order_by("-closed_at", "-id")


def rating(case: Case) -> str:
    """The resident's word on the result, empty when he has said nothing."""
    row = history.of(case.uuid).filter(deed=RATE).last()
    return str(row.data["rating"]) if row else ""
