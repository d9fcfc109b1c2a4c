"""Taking a parcel in: problems become cases through the ordinary report, answers stand beside the county's cases and
carry them on to the county's own check, a return by the county sends the town's case back to its unit, and what a town
reports of its own problems is kept to be read.

Every record has its own key, so that the same parcel a second time changes nothing.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.units import queries as units
from wenming.ground.units.models import Unit
from wenming.records.cases import actions as cases
from wenming.records.cases import states as case_states
from wenming.records.cases import timing
from wenming.records.cases.models import Case
from wenming.records.journals.models import ListedCase, SuperiorList
from wenming.records.parcels import models, sealing
from wenming.records.parcels.models import Answer, Parcel, TownRecord
from wenming.records.parcels.sealing import Opened
from wenming.records.parcels.sending import SUBJECT

_SOURCES = {code for code, _ in case_states.SOURCES}


@dataclass
class Received:
    """What has come of it; `skipped` is a sentence for each record that was not taken in."""

    parcel: Parcel
    created: int = 0
    unchanged: int = 0
    # Cases that came a step further by it: to the county's check, or back to the town's unit.
    moved: int = 0
    skipped: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = [f"新收 {self.created} 件"] if self.created or not self.moved else []
        what = "退回重办" if self.parcel.kind == models.PROBLEMS else "转入待核查"
        said += [f"{what} {self.moved} 件"] if self.moved else []
        said += [f"以前已有 {self.unchanged} 件"] if self.unchanged else []
        said += [f"没有收下 {len(self.skipped)} 件"] if self.skipped else []
        return "，".join(said)


def receive(*, file: IO[bytes], word: str, by: Person, at: datetime) -> Received:
    """Open, prove and take in a parcel; a second time it changes nothing.

    Raises DomainError: those of `sealing.unseal`, parcel_elsewhere (meant for somebody else); NotAllowed.
    """
    opened = sealing.unseal(file, word=word)
    town = units.by_code(str(opened.manifest["town"]))
    if town is None or town.kind != "town":
        raise DomainError(
            "parcel_elsewhere", f"这个包是关于{opened.manifest['to']['name']}的，不归本系统收；请核对是不是拷错了。", field="file"
        )  # fmt: skip
    take = _TAKERS.get(opened.manifest["kind"])
    if take is None:
        raise DomainError("parcel_new", "数据包里的内容本系统还不认识，请先升级再收。", field="file")
    _check_addressee(opened, town, by)
    done = Received(_parcel(opened, town, by, at))
    for number, row in enumerate(opened.rows(), start=1):
        try:
            with transaction.atomic():
                new, moved = take(opened, done.parcel, row, by, at)
        except DomainError as error:
            done.skipped.append(f"第 {number} 件（{row.get('number', '')}）：{error.message}")
            continue
        except (KeyError, TypeError, ValueError, AttributeError):
            # Sealed by the other office, and yet not what its version should write: one record must not stop the others.
            done.skipped.append(f"第 {number} 件：缺少内容或写法不对，请对方升级后重新封包。")
            continue
        done.created += new
        done.moved += moved
        done.unchanged += not new and not moved
    _finish(done, by, at)
    return done


def _check_addressee(opened: Opened, town: Unit, by: Person) -> None:
    if opened.manifest["kind"] == models.PROBLEMS:
        if not by.may(P.CASE_REGISTER, town):
            raise NotAllowed("not_town_office", f"这个包发给{town.name}，由镇创城办的受理人员收。")
        return
    county = town.parent
    if county is None or county.code != opened.manifest["to"]["code"]:
        raise DomainError(
            "parcel_elsewhere", f"这个包发给{opened.manifest['to']['name']}，不归本系统收；请核对是不是拷错了。", field="file"
        )  # fmt: skip
    if not by.may(P.CASE_SUPERVISE, county):
        raise NotAllowed("not_county", f"这个包发给{county.name}，由县创城办收。")


def _parcel(opened: Opened, town: Unit, by: Person, at: datetime) -> Parcel:
    told = opened.manifest
    sender = told["from"]
    row, _ = Parcel.objects.get_or_create(
        uuid=uuid.UUID(told["uuid"]), direction=models.RECEIVED,
        defaults={
            "kind": told["kind"], "town": town, "other_code": sender["code"], "other_name": sender["name"],
            "made_at": datetime.fromisoformat(told["made_at"]), "rows": told["rows"], "by": by, "at": at,
        },
    )  # fmt: skip
    return row


def _finish(done: Received, by: Person, at: datetime) -> None:
    """The row tells what is still lacking; the history tells who took it in, when something came of it.

    A machine that died after the last record and before this has it told by the next run.
    """
    with transaction.atomic():
        parcel = done.parcel
        parcel.skipped = done.skipped
        parcel.save(update_fields=["skipped"])
        if done.created or done.moved or not history.of(parcel.uuid).filter(deed="parcel.receive").exists():
            audit.record(
                deed="parcel.receive", subject=(SUBJECT, parcel.uuid), at=at, by=by, post=by.title(parcel.town),
                chain=parcel.town.chain, sentence=f"收数据包：{parcel.other_name}的{parcel.get_kind_display()}，{done}",
            )  # fmt: skip


def _problem(
    opened: Opened, parcel: Parcel, row: dict[str, Any], by: Person, at: datetime
) -> tuple[bool, bool]:
    """One problem as a case of the town, with the county's own key: whether it is new, whether it went back to rework."""
    key, town = uuid.UUID(row["case"]), parcel.town
    case = Case.objects.filter(uuid=key).first()
    if case is not None and case.town_id != town.pk:
        raise DomainError("case_elsewhere", f"这件问题不在{town.name}，请发包单位核对。")
    new = case is None
    if case is None:
        if row["source"] not in _SOURCES:
            raise DomainError("source_unknown", f"不认识来源「{row['source_name']}」。")
        ground = units.by_code(row["unit"])
        if ground is None or not ground.path.startswith(town.path):
            ground = town
        place = (
            Place.objects.in_force().filter(unit=ground, name=row["place"]).first() if row["place"] else None
        )
        address = "" if place else "，".join(part for part in (row["place"], row["address"]) if part)
        case = cases.report(
            at=at, by=by, key=key, category=row["category"], description=row["description"], unit=ground, place=place,
            address=address, source=row["source"], found_at=min(datetime.fromisoformat(row["found_at"]), at),
            lat=None if place else row["lat"], lng=None if place else row["lng"],
            photos=_pictures(opened, row, town, by, at),
        )  # fmt: skip
    listed, _ = SuperiorList.objects.get_or_create(
        uuid=parcel.uuid,
        defaults={
            "town": town, "sender": parcel.other_name, "title": f"数据包 {clock.local_date(parcel.made_at)}",
            "source": "county", "received_on": clock.local_date(at), "entered_by": by, "entered_at": at,
        },
    )  # fmt: skip
    position = listed.lines.count() + 1
    ListedCase.objects.get_or_create(
        list=listed, case=case, defaults={"number": row["number"][:40], "position": position}
    )
    return new, _recalled(case, row.get("returned"), parcel.other_name, by, at)


def _recalled(case: Case, returned: dict[str, str] | None, above: str, by: Person, at: datetime) -> bool:
    """The county returned what the town has handed in, and the town has not handed in anything since."""
    if not returned or case.handed_in_at != datetime.fromisoformat(returned["handed_in"]):
        return False
    cases.recall(case=case, by=by, at=at, above=above, ground=returned["ground"])
    return True


def _answer(
    opened: Opened, parcel: Parcel, row: dict[str, Any], by: Person, at: datetime
) -> tuple[bool, bool]:
    """What the town says of one of the county's cases: whether it is new, whether the case now waits for the check."""
    case = Case.objects.visible_to(by).filter(uuid=uuid.UUID(row["case"]), town=parcel.town).first()
    if case is None:
        raise DomainError("case_unknown", "县里没有这个问题，可能不是从本系统下发的。")
    if Answer.objects.filter(parcel=parcel, case=case).exists():
        return False, False
    said = {key: row[key] for key in _SAID_OF_ANSWER}
    said |= {key: row.get(key, "") for key in ("dispatched", "signed", "handed_in", "handler")}
    said["originals"] = [one["file"] for one in row["photos"]]
    answer = Answer.objects.create(parcel=parcel, case=case, said=said)
    pictures = _pictures(opened, row, parcel.town, by, at)
    if pictures:
        pictures = evidence.attach(
            photos=pictures, subject_kind=SUBJECT, subject_uuid=answer.uuid, role="after", by=by, at=at
        )
    told = _told(parcel, row)
    if told is None or case.state not in case_states.step("relay").from_states:
        return True, False
    case = cases.relay(case=case, by=by, at=at, told=told, photos=pictures)
    return True, case.state == case_states.VERIFYING


def _told(parcel: Parcel, row: dict[str, Any]) -> cases.Relayed | None:
    """What carries the county's case on; None where the town has not begun, or works on this machine itself.

    Only what this office has sent out by parcel is carried on: otherwise a file would stand in for a town's own hand-in.
    """
    sent = Parcel.objects.filter(direction=models.SENT)
    ours = sent.filter(uuid=parcel.uuid).exists()
    if not row.get("dispatched") or ours or not sent.filter(kind=models.PROBLEMS, town=parcel.town).exists():
        return None
    lead = units.by_code(row["lead_code"]) if row["lead_code"] else None
    return cases.Relayed(
        sender=parcel.other_name, number=row["own_number"], measures=row["measures"], handler=row["handler"],
        # A unit that this machine does not know by its code is told of the town as a whole.
        lead=lead if lead is not None and parcel.town.contains(lead) else parcel.town,
        dispatched_at=_moment(row["dispatched"]), signed_at=_moment(row["signed"]), handed_in_at=_moment(row["handed_in"]),
        term=timing.term_of(row["term"]), quantities=row["quantities"],
    )  # fmt: skip


def _moment(said: str) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _record(
    opened: Opened, parcel: Parcel, row: dict[str, Any], by: Person, at: datetime
) -> tuple[bool, bool]:
    """A problem of the town as it stands there, to be read here: whether it is new. Nothing here moves by it."""
    key = uuid.UUID(row["case"])
    if parcel.records.filter(case_uuid=key).exists():
        return False, False
    said = {name: row[name] for name in _SAID_OF_RECORD}
    made = TownRecord.objects.create(
        parcel=parcel, case_uuid=key, said=said, history=row["history"], entries=row["entries"]
    )
    for role in ("before", "after"):
        pictures = _pictures(opened, row, parcel.town, by, at, role=role)
        if pictures:
            evidence.attach(
                photos=pictures, subject_kind=SUBJECT, subject_uuid=made.uuid, role=role, by=by, at=at
            )
    return True, False


_SAID_OF_ANSWER = ("own_number", "state", "state_name", "lead", "measures", "due", "closed", "reason")
_SAID_OF_RECORD = (
    "number", "source_name", "found_at", "unit_name", "place", "address", "category_name", "description", "state", "state_name",
    "lead", "measures", "due", "closed", "reason",
)  # fmt: skip
_TAKERS = {models.PROBLEMS: _problem, models.ANSWERS: _answer, models.RECORDS: _record}


def _pictures(
    opened: Opened, row: dict[str, Any], town: Unit, by: Person, at: datetime, *, role: str = ""
) -> list[Photo]:
    """The pictures of a record, stored; only those of one role, where one is named."""
    all_of_them: Iterable[dict[str, Any]] = row.get("photos", [])
    found = [one for one in all_of_them if not role or one.get("role") == role]
    made = []
    for number, one in enumerate(found, start=1):
        data = opened.photo(one["file"])
        if data is None:
            raise DomainError("photo_lacking", "包里缺这件的照片，请对方重新封包。")
        where = (one["lat"], one["lng"]) if one["lat"] is not None else None
        made.append(
            evidence.store(
                data=data,
                name=f"{row['number']}-{number}.jpg",
                by=by,
                at=at,
                town=town,
                place=where,
                source=one["source"],
                taken_at=_moment(one["taken_at"]),
                software=one.get("software", ""),
            )
        )
    return made
