"""What the public may see of a case, and what the resident says of the result."""

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence import queries as photo_queries
from wenming.ground.evidence import states as photo_states
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.records.cases import deed, residents, states
from wenming.records.cases.models import Case

Boxes = Iterable[Iterable[float]]
# Telephone and identity numbers, and number plates: none of them belongs on a public page (handbook §9.4).
_NUMBERS = re.compile(r"\d{11,18}|\d{17}[Xx]|\d{3,4}-\d{7,8}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-HJ-NP-Z0-9]{5,6}"
)


def publish(
    *, case: Case, by: Person, at: datetime, note: str, photos_boxes: Mapping[uuid.UUID, Boxes]
) -> Case:
    """Put a case on the public list, or change how it is shown there.

    `note` is the sentence everybody reads, 200 characters at most. `photos_boxes` maps the uuid of each photo
    that may be shown to the rectangles to cover (x, y, width, height as fractions); photos of the case that
    are not named are withdrawn. Raises NotAllowed, Conflict (covert, not taken on), DomainError (note, boxes).
    """
    _check_may(by, case)
    _check_showable(case)
    note = check_note(note, case)
    # The row of the case before anything is written to the history, as in every deed on it.
    with transaction.atomic():
        deed.hold([case])
        return _publish(case, by, at, note, photos_boxes)


def _publish(
    case: Case, by: Person, at: datetime, note: str, photos_boxes: Mapping[uuid.UUID, Boxes]
) -> Case:
    photos = {photo.uuid: photo for photo in photo_queries.of(case.uuid)}
    if set(photos_boxes) - set(photos):
        raise DomainError("photo_foreign", "选中的照片不属于这个问题，请刷新页面后重选。", field="photos")
    for key, photo in photos.items():
        if key in photos_boxes:
            evidence.set_public(photo=photo, by=by, at=at, approve=True, boxes=photos_boxes[key])
        elif photo.public_state == photo_states.APPROVED:
            evidence.set_public(photo=photo, by=by, at=at, approve=False)
    case = deed.locked(case)
    _check_showable(case)
    case.public, case.public_note, case.updated_at = True, note, at
    case.save(update_fields=["public", "public_note", "updated_at"])
    _write(case, "case.publish", f"公开：{note}，照片 {len(photos_boxes)} 张", by, at)
    return case


def unpublish(*, case: Case, by: Person, at: datetime) -> Case:
    """Take a case off the public list, with all its public copies. Raises NotAllowed, Conflict."""
    _check_may(by, case)
    with transaction.atomic():
        case = deed.locked(case)
        for photo in photo_queries.of(case.uuid):
            if photo.public_state == photo_states.APPROVED:
                evidence.set_public(photo=photo, by=by, at=at, approve=False)
        if not case.public:
            raise Conflict("not_public", "这个问题没有公开，可能已经撤下。")
        case.public, case.updated_at = False, at
        case.save(update_fields=["public", "updated_at"])
        _write(case, "case.unpublish", "撤下公开", by, at)
    return case


def rate(*, case: Case, follow_code: str, at: datetime, rating: str) -> Case:
    """The resident's word on the result (满意, 基本满意, 不满意), once, after the case is closed (handbook D20)."""
    label = deed.choice(rating, residents.RATINGS, "rating", "请选择满意、基本满意或不满意。")
    with transaction.atomic():
        case = deed.locked(case)
        if not case.follow_code or follow_code != case.follow_code:
            raise DomainError("follow_code", "查询码不对，请核对。", field="follow_code")
        if case.state != states.CLOSED:
            raise Conflict("rate_early", "问题还没有办结，办结后再请您评价。")
        if residents.rating(case):
            raise Conflict("rated_already", "您已经评价过，谢谢。")
        _write(case, residents.RATE, f"群众评价：{label}", None, at, rating=rating)
    return case


def check_note(note: str, case: Case) -> str:
    """The public sentence: present, short, without numbers of persons, plates or names of staff.

    Raises DomainError; the machine only finds the plain cases, the moderator answers for the rest.
    """
    note = deed.require(note, "note", "请写一句公开说明，例如「巷口垃圾已清运，增设垃圾桶」。")
    if len(note) > 200:
        raise DomainError("note_long", f"公开说明请不要超过 200 字，现在 {len(note)} 字。", field="note")
    if _NUMBERS.search(note):
        raise DomainError("note_number", "公开说明里有电话或证件号码，请删去。", field="note")
    if _PLATE.search(note):
        raise DomainError("note_plate", "公开说明里有车牌号，请删去。", field="note")
    for name in _staff_names(case):
        if name in note:
            raise DomainError("note_name", f"公开说明里有姓名「{name}」，请改用单位名称。", field="note")
    return note


def _staff_names(case: Case) -> list[str]:
    named = Person.objects.filter(posts__unit__path__startswith=case.town.path)
    return list(named.distinct().values_list("name", flat=True))


def _check_may(by: Person, case: Case) -> None:
    if not by.may(P.PUBLIC_MODERATE, case.town):
        raise NotAllowed("case_not_allowed", "您没有审核公开内容的权限，请联系镇创城办。")


def _check_showable(case: Case) -> None:
    if case.covert:
        raise Conflict("case_covert", "暗访问题公布之前不能公开。")
    other_end = case.state == states.CLOSED and case.close_reason != states.FIXED
    if case.state not in residents.SHOWABLE or other_end:
        raise Conflict("not_showable", f"这个问题现在是「{case.state_label}」，只有受理后的问题可以公开。")


def _write(case: Case, what: str, sentence: str, by: Person | None, at: datetime, **data: str) -> None:
    audit.record(
        deed=what, subject=(deed.SUBJECT, case.uuid), at=at, by=by, post=by.title(case.town) if by else "",
        sentence=sentence, data=data, chain=case.town.chain,
    )  # fmt: skip
