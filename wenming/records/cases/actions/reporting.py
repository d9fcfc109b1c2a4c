"""From the find to the register: report, 随手整, refuse, register, merge, split, publish covert finds."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.actions import check_position
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.standards.models import EventCategory
from wenming.ground.units import numbers
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import accounts, posting
from wenming.records.cases import booking, deed, finders, states, timing
from wenming.records.cases.actions import ordering
from wenming.records.cases.models import Case

FUTURE = timedelta(minutes=10)
# Nobody enters finds of another century: a mistyped year.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Letters and digits that cannot be mistaken for one another on paper.
_CODE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def report(
    *,
    at: datetime,
    by: Person | None,
    category: str,
    description: str,
    unit: Unit | None = None,
    place: Place | None = None,
    key: uuid.UUID | None = None,
    source: str = "",
    address: str = "",
    lat: float | None = None,
    lng: float | None = None,
    accuracy_m: float | None = None,
    photos: Sequence[Photo] = (),
    path: str = "",
    inspection: uuid.UUID | None = None,
    covert: bool = False,
    found_at: datetime | None = None,
    contact: str = "",
    relapse_of: Case | None = None,
) -> Case:
    """Report a problem. A repeat with the same `key` gives back the first case and changes nothing.

    `unit` (whose ground) follows from the place, or from the reporter's own unit. `path` "community" by
    people of a community takes the case on at once: registered, led and signed for by themselves.
    Effects: number, photos attached, history, 发现问题 posted (unless covert), the office told of safety cases.
    Raises DomainError (category, place, time, position), NotAllowed.
    """
    if key is not None and (known := deed.existing(key)):
        return known
    case = _new_case(
        at=at, by=by, category=category, description=description, unit=unit, place=place, key=key, source=source,
        address=address, lat=lat, lng=lng, accuracy_m=accuracy_m, inspection=inspection, covert=covert,
        found_at=found_at, contact=contact, relapse_of=relapse_of,
    )  # fmt: skip
    kind = standards.category(case.category, clock.local_date(at))
    own = _community_lead(case, by, kind) if path == states.COMMUNITY else None
    if path and path != states.ON_SPOT:
        case.path = path
    sentence = f"上报：{case.where}，{case.category_name}，{case.description}"
    lines = [] if covert else booking.found(case)
    data: dict[str, Any] = {"source": case.source}
    if own is not None:
        case.lead_unit, case.self_found, case.handler = own, True, by
        case.dispatched_at = case.signed_at = case.reported_at
        case.state = states.HANDLING
        data |= {"lead": str(own.pk), "signed": True, "term": timing.term_data(kind.deadline)}
        sentence += f"；由{own.label}自行整改"
        lines += _taken_on(case, at)
    try:
        with transaction.atomic():
            _number(case, at)
            evidence.attach(
                photos=photos,
                subject_kind="case",
                subject_uuid=case.uuid,
                role="before",
                by=by,
                at=at,
                covert=covert,
            ) if photos else None
            deed.done(
                case,
                "report",
                by=by,
                at=case.reported_at,
                posted_at=at,
                sentence=sentence,
                data=data,
                lines=lines,
                new=True,
            )
            if case.safety and not covert and own is None:
                office = notices.holders(case.town, P.CASE_DISPATCH, at, above=True)
                deed.tell(case, office, "report", f"安全类问题待受理：{case.where}，{case.description}", at)
    except IntegrityError:
        # The same form sent twice at the same moment: the second finds the row of the first.
        if key is not None and (known := deed.existing(key)):
            return known
        raise
    return case


def report_fixed(
    *,
    at: datetime,
    by: Person,
    category: str,
    description: str,
    before: Sequence[Photo],
    after: Sequence[Photo],
    key: uuid.UUID | None = None,
    measures: str = "",
    quantities: dict[str, str] | None = None,
    **where: Any,
) -> Case:
    """随手整: found and fixed on the spot, before and after in one record. It still waits for another's check."""
    if key is not None and (known := deed.existing(key)):
        return known
    if not by.may(P.CASE_HANDLE):
        raise NotAllowed("case_not_allowed", "随手整由社区、网格和站所人员记录，您可以改为上报问题。")
    if not after:
        raise DomainError(
            "photo_after_missing", "随手整请拍一张整改后的照片；拍不了的请改为上报。", field="after"
        )
    case = _new_case(at=at, by=by, category=category, description=description, key=key, source="", **where)
    lead = by.home_unit or case.unit
    case.path, case.lead_unit, case.handler = states.ON_SPOT, finders.answering(lead), by
    case.self_found = case.in_time = True
    case.measures, case.quantities = measures.strip(), check_quantities(quantities or {})
    case.dispatched_at = case.signed_at = case.handed_in_at = case.reported_at
    case.state = states.VERIFYING
    try:
        with transaction.atomic():
            _number(case, at)
            for role, photos in (("before", before), ("after", after)):
                if photos:
                    evidence.attach(
                        photos=photos, subject_kind="case", subject_uuid=case.uuid, role=role, by=by, at=at
                    )
            sentence = f"随手整：{case.where}，{case.category_name}，{case.description}，当场整改"
            lines = [*booking.found(case), booking.led(case, accounts.CASE_OPEN, at)]
            deed.done(case, "report_fixed", by=by, at=case.reported_at, posted_at=at, sentence=sentence,
                      data={"source": case.source}, lines=lines, new=True)  # fmt: skip
    except IntegrityError:
        # The same form sent twice at the same moment: the second finds the row of the first.
        if key is not None and (known := deed.existing(key)):
            return known
        raise
    return case


def refuse(*, case: Case, by: Person, at: datetime, reason: str, note: str = "") -> Case:
    """不予受理 with a reason code: the find leaves the books again."""
    label = deed.choice(reason, states.REFUSALS, "reason", "请选择不予受理的理由。")
    with deed.on(case, "refuse", by=by) as case:
        if not case.covert:
            booking.never_was(case, at)
        case.public_note = label
        lines = (
            []
            if case.covert
            else [booking.line(case, accounts.CASE_REFUSED, case.unit, clock.local_date(at))]
        )
        deed.done(
            case,
            "refuse",
            by=by,
            at=at,
            sentence=f"不予受理：{label}{deed.aside(note)}",
            data={"reason": reason},
            lines=lines,
        )
        if case.reporter_id and case.reporter_id != by.pk:
            deed.tell(
                case, [case.reporter_id], "refuse", f"{case.number} 不予受理：{label}{deed.aside(note)}", at
            )
    return case


def register(
    *, case: Case, by: Person, at: datetime, category: str = "", description: str = "", path: str = ""
) -> Case:
    """立案. The office may put the category right. A second find of the same problem drafts a supervision order."""
    with deed.on(case, "register", by=by) as case:
        told = []
        if category and category != case.category:
            _recategorise(case, standards.category(category, clock.local_date(at)), at)
            told.append(f"类别改为{case.category_name}")
        if description.strip() and description.strip() != case.description:
            case.description = description.strip()[:300]
            told.append("补正描述")
        if path:
            # 随手整 is what was found and fixed on the spot; later it would only take the case out of 应整改.
            deed.choice(path, states.LATER_PATHS, "path", "请选择社区整或集中整；随手整只在当场整改时记录。")
            case.path = path
        posted = [booking.line(case, accounts.CASE_REGISTERED, case.unit, clock.local_date(at))]
        deed.done(case, "register", by=by, at=at, sentence="立案" + deed.aside("，".join(told)), lines=posted)
        ordering.draft_if_twice(case=case, at=at)
    return case


def merge(*, case: Case, into: Case, by: Person, at: datetime) -> Case:
    """并案: the same problem reported twice. Both numbers, both reporters and all photos stay (peers 60, 61)."""
    if into.pk == case.pk:
        raise DomainError("merge_self", "不能并入自己，请选择另一个问题。", field="into")
    with transaction.atomic():
        deed.hold([case, into])
        return _merge(case, into, by, at)


def _merge(case: Case, into: Case, by: Person, at: datetime) -> Case:
    with deed.on(case, "merge", by=by) as case:
        target = deed.locked(into)
        if target.covert:
            # Whoever reported the other would be told its number, and learn of the inspection.
            raise DomainError("merge_covert", "暗访问题公开之前不能并入别的问题，请先公开。", field="into")
        if target.town_id != case.town_id or target.state not in states.OPEN:
            raise DomainError(
                "merge_target", f"{target.number} 已不在办理中，不能并入，请另选。", field="into"
            )
        if case.state == states.REPORTED and ordering.earlier_same(case):
            raise DomainError(
                "merge_twice", "这是督查第二次发现的相同问题，请先立案（会拟督办单），再并案。", field="into"
            )
        booking.never_was(case, at)
        case.merged_into = target
        case.public_note = f"已并入 {target.number} 一并办理"
        deed.done(case, "merge", by=by, at=at, sentence=f"并入 {target.number}", data={"into": target.number})
        from_case = list(Photo.objects.of(case.uuid))
        if from_case:
            evidence.share(photos=from_case, subject_kind="case", subject_uuid=target.uuid, by=by, at=at)
        deed.tell(
            case,
            [case.reporter_id] if case.reporter_id else [],
            "merge",
            f"{case.number} 已并入 {target.number} 一并办理",
            at,
        )
    return case


def split(*, case: Case, by: Person, at: datetime, parts: Sequence[dict[str, str]]) -> list[Case]:
    """拆分 into parts of their own (each: category, description), which share place, finder and photos."""
    if len(parts) < 2:
        raise DomainError("split_parts", "拆分至少要填两个问题。", field="parts")
    made = []
    with deed.on(case, "split", by=by) as case:
        photos = list(Photo.objects.of(case.uuid))
        children = [_copy_for_split(case, part, at) for part in parts]
        for child in children:
            _number(child, at)
        booking.never_was(case, at)
        for child in children:
            lines = [
                *booking.found(child),
                booking.line(child, accounts.CASE_REGISTERED, child.unit, clock.local_date(at)),
            ]
            deed.done(child, "report", by=by, at=at, sentence=f"由 {case.number} 拆出并立案：{child.description}",
                      data={"parent": case.number, "found_at": case.reported_at.isoformat()}, lines=lines, new=True)  # fmt: skip
            if photos:
                evidence.share(photos=photos, subject_kind="case", subject_uuid=child.uuid, by=by, at=at)
            ordering.draft_if_twice(case=child, at=at, instead_of=case)
            made.append(child)
        names = "、".join(child.number for child in made)
        deed.done(
            case, "split", by=by, at=at, sentence=f"拆分为 {names}", data={"parts": [c.number for c in made]}
        )
    return made


def publish_covert(*, case: Case, by: Person, at: datetime) -> Case:
    """Make a covert find visible, give it its number, and book it on the day it was made."""
    with deed.on(case, "publish_covert", by=by) as case:
        if not case.covert:
            raise DomainError("not_covert", "这个问题不是暗访问题，或已经公开。")
        case.covert = False
        _number(case, at)
        evidence.uncover(subject_uuids=[case.uuid], by=by, at=at)
        deed.done(case, "publish_covert", by=by, at=at, sentence="暗访问题公开", lines=booking.found(case))
    return case


def check_quantities(quantities: dict[str, Any]) -> dict[str, str]:
    """Account code → positive number as text; blanks dropped. Raises DomainError for what is not a number."""
    clean = posting.check_quantities(
        {code: value for code, value in quantities.items() if str(value).strip()}
    )
    return {code: str(value) for code, value in clean.items()}


def _new_case(*, at: datetime, by: Person | None, category: str, description: str, **given: Any) -> Case:
    place: Place | None = given.get("place")
    found_at = given.get("found_at") or at
    if found_at < EARLIEST:
        raise DomainError("time_past", "发现时间太早，请核对日期。", field="found_at")
    if found_at > at + FUTURE:
        raise DomainError("time_future", "发现时间在将来，请核对手机的日期和时间。", field="found_at")
    description = description.strip()
    if len(description) > 300:
        raise DomainError("description_long", "问题描述请不要超过 300 字。", field="description")
    kind = standards.category(category, clock.local_date(at))
    lat, lng = check_position(given.get("lat"), given.get("lng"))
    unit = place.unit if place is not None else given.get("unit") or finders.ground_of(by)
    if unit is None:
        raise DomainError("unit_missing", "请选择点位或所在社区（村）。", field="unit")
    unit = finders.answering(unit)
    if unit.town is None:
        raise DomainError("unit_without_town", f"「{unit.name}」没有所属镇，请联系管理员补全。", field="unit")
    return Case(
        uuid=given.get("key") or uuid.uuid4(), town=unit.town, unit=unit, place=place, reporter=by,
        found_by=by.home_unit if by else None, source=finders.source(given.get("source") or "", by, covert=given.get("covert") or False),
        inspection=given.get("inspection"), covert=given.get("covert") or False, address=(given.get("address") or "").strip(),
        lat=lat, lng=lng, accuracy_m=given.get("accuracy_m"), category=kind.code, category_name=kind.name, safety=kind.safety,
        description=description or kind.name, reported_at=min(found_at, at), updated_at=at, contact=(given.get("contact") or "").strip(),
        follow_code="" if by else "".join(secrets.choice(_CODE) for _ in range(8)), relapse_of=given.get("relapse_of"),
    )  # fmt: skip


def _community_lead(case: Case, by: Person | None, kind: EventCategory) -> Unit | None:
    """The community that takes its own find on, or None when the office must dispatch."""
    home = by.home_unit if by else None
    lead = finders.answering(home) if home else None
    if (
        lead is None
        or lead.kind not in kinds.RESIDENTIAL
        or lead.pk != case.unit.pk
        or case.source not in states.OWN_EYES
    ):
        return None
    return lead if kind.can_community_lead else None


def _taken_on(case: Case, at: datetime) -> list[posting.Line]:
    return [
        booking.line(case, accounts.CASE_REGISTERED, case.unit, clock.local_date(at)),
        booking.led(case, accounts.CASE_DISPATCHED, at),
        booking.led(case, accounts.CASE_OPEN, at),
    ]


def _number(case: Case, at: datetime) -> None:
    if case.covert:
        # A hole in the numbers that everybody sees would betray the inspection: numbered when it is published.
        case.number = f"暗访-{case.uuid.hex[:10].upper()}"
        return
    year = clock.local(at).year
    case.number = f"〔{year}〕督-{numbers.take(unit=case.town, kind='case', year=year):04d}"


def _recategorise(case: Case, kind: EventCategory, at: datetime) -> None:
    """The books must follow the category: take the find out under the old one, post it under the new."""
    booking.never_was(case, at)
    case.category, case.category_name, case.safety = kind.code, kind.name, kind.safety
    posting.post(town=case.town, lines=booking.found(case), voucher=booking.voucher(case), at=at)


def _copy_for_split(case: Case, part: dict[str, str], at: datetime) -> Case:
    kind = standards.category(part["category"], clock.local_date(at))
    return Case(
        town=case.town, unit=case.unit, place=case.place, reporter=case.reporter, found_by=case.found_by, source=case.source,
        inspection=case.inspection, address=case.address, lat=case.lat, lng=case.lng, accuracy_m=case.accuracy_m,
        category=kind.code, category_name=kind.name, safety=kind.safety, description=part.get("description", "").strip() or kind.name,
        reported_at=case.reported_at, updated_at=at, parent=case, relapse_of=case.relapse_of, state=states.REGISTERED, path=case.path,
    )  # fmt: skip
