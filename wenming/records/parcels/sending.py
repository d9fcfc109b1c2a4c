"""Making a parcel: the county's problems for a town, the town's answers for the county, or the town's own problems."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from django.db import transaction

from wenming.common import clock, sheets
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit.models import Record
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence import queries as photos
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger.metrics import plain
from wenming.ledger.models import Entry
from wenming.records.cases import actions as case_deeds
from wenming.records.cases import states as case_states
from wenming.records.cases.models import Case
from wenming.records.journals.models import ListedCase
from wenming.records.parcels import models, sealing
from wenming.records.parcels.models import Parcel

SUBJECT = "parcel"
# What the levels above the town have found; the town's own problems stay in the town.
FROM_ABOVE = ("national", "province", "city", "county", "covert", "bulletin")
# Problems of these last days, unless a day is given.
LATELY = timedelta(days=90)
MOST = 1000
_NEVER_SENT = (case_states.REFUSED, case_states.MERGED, case_states.SPLIT)
_PROBLEM = [
    ("编号", "number"), ("发现日期", "found_at"), ("来源", "source_name"), ("社区", "unit_name"), ("点位", "place"),
    ("位置", "address"), ("类别", "category_name"), ("存在问题", "description"), ("整改时限", "due"), ("照片", "photo_count"),
]  # fmt: skip
_ANSWER = [
    ("清单编号", "number"), ("镇里编号", "own_number"), ("存在问题", "description"), ("责任单位", "lead"),
    ("状态", "state_name"), ("整改措施", "measures"), ("整改时限", "due"), ("核查通过", "closed"), ("照片", "photo_count"),
]  # fmt: skip
_RECORD = [
    ("编号", "number"), ("发现日期", "found_at"), ("来源", "source_name"), ("社区", "unit_name"), ("点位", "place"),
    ("位置", "address"), ("类别", "category_name"), ("存在问题", "description"), ("责任单位", "lead"), ("状态", "state_name"),
    ("整改措施", "measures"), ("整改时限", "due"), ("结案", "closed"), ("结案原因", "reason"), ("照片", "photo_count"),
]  # fmt: skip


@dataclass(frozen=True)
class Content:
    """What goes into a parcel: records, their photos by the case's uuid, and the columns of the sheet."""

    kind: str
    rows: list[dict[str, Any]]
    photos: dict[str, list[Photo]]
    columns: list[tuple[str, str]]


def send_problems(
    *, town: Unit, by: Person, at: datetime, word: str, out: IO[bytes], since: datetime | None = None
) -> Parcel:
    """The problems that the levels above have found in the town, with their photos, into `out`.

    Raises NotAllowed, DomainError: parcel_empty, parcel_long, parcel_word_short.
    """
    county = town.parent
    if county is None or not by.may(P.CASE_SUPERVISE, county):
        raise NotAllowed("not_county", "问题由县创城办下发；您没有县一级的督办权限。")
    found = Case.objects.visible_to(by).filter(
        town=town, source__in=FROM_ABOVE, covert=False, reported_at__gte=since or at - LATELY
    )
    cases = list(
        found.exclude(state__in=_NEVER_SENT)
        .select_related("unit", "place", "lead_unit")
        .order_by("reported_at", "pk")[: MOST + 1]
    )
    rows = [
        {**_problem(case), "returned": case_deeds.returned(case) if case.rework_count else None}
        for case in cases
    ]
    content = Content(models.PROBLEMS, rows, _photos(cases, "before"), _PROBLEM)
    return _make(content, town=town, sender=county, to=town, by=by, at=at, word=word, out=out)


def send_answers(*, town: Unit, by: Person, at: datetime, word: str, out: IO[bytes]) -> Parcel:
    """How far the town is with every problem that came by parcel, with the photos after, into `out`.

    Raises NotAllowed, DomainError: parcel_empty, parcel_long, parcel_word_short.
    """
    if not by.may(P.CASE_REGISTER, town):
        raise NotAllowed("not_town_office", "整改回复由镇创城办发出；您没有本镇的受理权限。")
    came = Parcel.objects.filter(direction=models.RECEIVED, kind=models.PROBLEMS, town=town)
    last = came.first()
    if last is None:
        raise DomainError("parcel_empty", f"{town.name}还没有收到过县里的数据包，没有要回复的问题。")
    listed = ListedCase.objects.filter(
        list__uuid__in=came.values("uuid"), case__in=Case.objects.visible_to(by)
    )
    lines = list(listed.select_related("case__lead_unit", "case__handler").order_by("pk")[: MOST + 1])
    # A problem that came twice is answered once, by its latest number.
    latest = {line.case_id: line for line in lines}
    terms = _terms([line.case for line in latest.values()])
    rows = [_answer(line, terms) for line in latest.values()]
    content = Content(models.ANSWERS, rows, _photos([line.case for line in lines], "after"), _ANSWER)
    other = Unit(code=last.other_code, name=last.other_name)
    return _make(content, town=town, sender=town, to=other, by=by, at=at, word=word, out=out)


def send_records(
    *, town: Unit, by: Person, at: datetime, word: str, out: IO[bytes], since: datetime | None = None
) -> Parcel:
    """The town's problems found since a day, with their history, entries and photos, for the county to read, into `out`.

    Covert finds, those refused, merged or split stay in the town. Raises NotAllowed, DomainError: parcel_empty,
    parcel_long, parcel_word_short, parcel_no_county.
    """
    if not by.may(P.CASE_REGISTER, town):
        raise NotAllowed("not_town_office", "台账由镇创城办上报；您没有本镇的受理权限。")
    county = town.parent
    if county is None:
        raise DomainError(
            "parcel_no_county", f"{town.name}没有上级单位，没有地方可报；请先在「单位」里建好县。"
        )
    found = Case.objects.visible_to(by).filter(town=town, covert=False, reported_at__gte=since or at - LATELY)
    cases = list(
        found.exclude(state__in=_NEVER_SENT)
        .select_related("unit", "place", "lead_unit")
        .order_by("reported_at", "pk")[: MOST + 1]
    )
    history, entries = _history(cases), _entries(cases)
    rows = [
        {**_problem(case), **_standing(case), "history": history.get(case.uuid, []), "entries": entries.get(case.uuid, [])}
        for case in cases
    ]  # fmt: skip
    content = Content(models.RECORDS, rows, _photos(cases, "before", "after"), _RECORD)
    return _make(content, town=town, sender=town, to=county, by=by, at=at, word=word, out=out)


def _history(cases: Sequence[Case]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Everything that happened to the cases, in the words of the history."""
    found: dict[uuid.UUID, list[dict[str, Any]]] = {}
    rows = Record.objects.filter(subject_kind="case", subject_uuid__in=[case.uuid for case in cases])
    for row in rows.order_by("id"):
        who = f"{row.by_name}（{row.by_post}）" if row.by_post else row.by_name
        told = {"at": row.at.isoformat(), "by": who, "sentence": row.sentence}
        found.setdefault(row.subject_uuid, []).append(told)  # type: ignore[arg-type]
    return found


def _entries(cases: Sequence[Case]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """What the books of the town say of the cases, reversals too."""
    found: dict[uuid.UUID, list[dict[str, Any]]] = {}
    rows = Entry.objects.filter(voucher_kind="case", voucher_uuid__in=[case.uuid for case in cases])
    for row in rows.select_related("account", "unit").order_by("id"):
        found.setdefault(row.voucher_uuid, []).append({
            "account": row.account.code, "name": row.account.name, "unit": row.unit.name, "day": row.occurred_on.isoformat(),
            "quantity": plain(row.quantity), "measure": row.account.measure, "reversal": row.reverses_id is not None,
        })  # fmt: skip
    return found


def _problem(case: Case) -> dict[str, Any]:
    return {
        "case": str(case.uuid), "number": case.number, "source": case.source, "source_name": case.get_source_display(),
        "found_at": case.reported_at.isoformat(), "unit": case.unit.code, "unit_name": case.unit.name,
        "place": case.place.name if case.place else "", "address": case.address, "lat": case.lat, "lng": case.lng,
        "category": case.category, "category_name": case.category_name, "description": case.description,
        "due": case.due_at.isoformat() if case.due_at else "",
    }  # fmt: skip


def _answer(line: ListedCase, terms: dict[uuid.UUID, dict[str, str]]) -> dict[str, Any]:
    """What the county needs to carry its own case on: who, by when, and each moment by the clock of the town."""
    case = line.case
    handed_in = case.state == case_states.VERIFYING or case.close_reason == case_states.FIXED
    return {
        "case": str(case.uuid), "number": line.number, "own_number": case.number, "description": case.description,
        **_standing(case), "lead_code": case.lead_unit.code if case.lead_unit else "", "term": terms.get(case.uuid),
        "dispatched": _moment(case.dispatched_at), "signed": _moment(case.signed_at),
        "handed_in": _moment(case.handed_in_at) if handed_in else "", "quantities": case.quantities,
        "handler": case.handler.name if case.handler else "",
    }  # fmt: skip


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _terms(cases: Sequence[Case]) -> dict[uuid.UUID, dict[str, str]]:
    """The term that the town set for each, at its last dispatch."""
    rows = Record.objects.filter(subject_kind="case", subject_uuid__in=[case.uuid for case in cases])
    found: dict[uuid.UUID, dict[str, str]] = {}
    for row in rows.filter(deed="case.dispatch").order_by("id"):
        found[row.subject_uuid] = row.data["term"]  # type: ignore[index]
    return found


def _standing(case: Case) -> dict[str, Any]:
    """How far a problem has come."""
    return {
        "state": case.state, "state_name": case.state_label, "lead": case.lead_unit.name if case.lead_unit else "",
        "measures": case.measures, "due": case.due_at.isoformat() if case.due_at else "",
        "closed": case.closed_at.isoformat() if case.closed_at else "",
        "reason": case.get_close_reason_display() if case.close_reason else "",
    }  # fmt: skip


def _photos(cases: Sequence[Case], *roles: str) -> dict[str, list[Photo]]:
    """Photos of the cases in these roles, by the case's uuid."""
    found: dict[str, list[Photo]] = {}
    wanted = Photo.objects.filter(
        subject_kind="case", subject_uuid__in=[case.uuid for case in cases], role__in=roles, covert=False
    )
    for photo in wanted.order_by("order", "pk"):
        found.setdefault(str(photo.subject_uuid), []).append(photo)
    return found


def _make(
    content: Content,
    *,
    town: Unit,
    sender: Unit,
    to: Unit,
    by: Person,
    at: datetime,
    word: str,
    out: IO[bytes],
) -> Parcel:
    sealing.check_word(word)
    count = len(content.rows)
    if not count:
        raise DomainError("parcel_empty", "这段时间没有要发的问题；可以把开始日期提前。")
    if count > MOST:
        raise DomainError("parcel_long", f"一次最多发 {MOST} 件，请把开始日期推后，分几次发。")
    parcel = Parcel(
        direction=models.SENT, kind=content.kind, town=town, other_code=to.code, other_name=to.name, made_at=at,
        rows=count, by=by, at=at,
    )  # fmt: skip
    manifest = {
        "uuid": str(parcel.uuid), "kind": content.kind, "town": town.code, "rows": count, "made_at": at.isoformat(),
        "from": {"code": sender.code, "name": sender.name}, "to": {"code": to.code, "name": to.name},
        "by": f"{by.name}（{by.title(sender)}）",
    }  # fmt: skip
    sealing.seal(out, manifest=manifest, files=_files(content, str(parcel), sender.name, at), word=word)
    with transaction.atomic():
        parcel.save(force_insert=True)
        audit.record(
            deed="parcel.send", subject=(SUBJECT, parcel.uuid), at=at, by=by, post=by.title(town), chain=town.chain,
            sentence=f"封发数据包：{parcel.get_kind_display()} {count} 件，给{to.name}",
        )  # fmt: skip
    return parcel


def _files(content: Content, title: str, sender: str, at: datetime) -> Iterator[tuple[str, bytes]]:
    """The pictures one by one, then the records.

    A picture is the clean copy: what its file tells of the phone stays (handbook §9.4), and so does the original, as the
    proof of whoever took it (D8). What the other office needs to doubt it (when, where, camera or album, edited) and the
    original's digest travel as words.
    """
    told = []
    for row in content.rows:
        pictures = []
        for photo in content.photos.get(row["case"], []):
            data = photos.content(evidence.derive(photo=photo, at=photo.received_at), "published")
            name = f"{sealing.PHOTOS}{photo.sha256}"
            pictures.append({
                "file": photo.sha256, "taken_at": photo.taken_at.isoformat() if photo.taken_at else "",
                "lat": photo.lat, "lng": photo.lng, "source": photo.source, "role": photo.role, "software": photo.software,
            })  # fmt: skip
            yield name, data
        told.append({**row, "photos": pictures, "photo_count": len(pictures)})
    yield (
        sealing.ROWS,
        "\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in told).encode(),
    )
    yield sealing.SHEET, _sheet(told, content.columns, title, sender, at)


def _sheet(
    rows: list[dict[str, Any]], columns: list[tuple[str, str]], title: str, sender: str, at: datetime
) -> bytes:
    """The parcel for people to read, by the same writer as every other list."""
    lines = ([str(number), *(_shown(row[key]) for _, key in columns)] for number, row in enumerate(rows, 1))
    headings = ["序号", *(name for name, _ in columns)]
    return sheets.table(title=title, headings=headings, rows=lines, unit=sender, at=at)


def _shown(value: Any) -> str:
    """Moments as an office reads them."""
    said = "" if value is None else str(value)
    try:
        return f"{clock.local(datetime.fromisoformat(said)):%Y-%m-%d %H:%M}" if "T" in said else said
    except ValueError:
        return said
