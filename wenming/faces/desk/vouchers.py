"""From a ledger entry to its voucher: the words of the link, where it leads, and the photos.

Whoever may read the ledger may still not be allowed to open a record: then the row stands without a link.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from wenming.common import clock
from wenming.faces.desk import links
from wenming.ground.evidence import queries as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.outcomes.appraisals.models import Appeal, Outcome, Sheet
from wenming.outcomes.documents.models import Document
from wenming.records.cases.models import Case, Order, PlaceCheck
from wenming.records.journals.models import Journal

KINDS = {
    "case": "问题", "order": "督办单", "document": "公文", "check": "检查点位", "journal": "工作台账", "sheet": "成绩单",
    "appeal": "考核申诉", "outcome": "考核后果",
}  # fmt: skip
Key = tuple[str, uuid.UUID]


@dataclass(frozen=True)
class Ticket:
    """How a voucher is shown. `url` is empty for a record that the person may not open."""

    kind: str
    label: str
    url: str
    where: str = ""

    @property
    def kind_name(self) -> str:
        return KINDS.get(self.kind, self.kind)


def tickets(person: Person, keys: Iterable[Key]) -> dict[Key, Ticket]:
    """Tickets of vouchers, one statement for every kind that occurs."""
    wanted: dict[str, set[uuid.UUID]] = {}
    for kind, key in keys:
        wanted.setdefault(kind, set()).add(key)
    found = {
        (kind, key): Ticket(kind, f"{KINDS.get(kind, kind)}（不在您的查看范围）", "")
        for kind, uuids in wanted.items()
        for key in uuids
    }
    for kind, read in _READERS.items():
        if kind in wanted:
            found |= {(kind, key): ticket for key, ticket in read(person, wanted[kind])}
    return found


def _cases(person: Person, uuids: set[uuid.UUID]) -> list[tuple[uuid.UUID, Ticket]]:
    rows = Case.objects.visible_to(person).filter(uuid__in=uuids).select_related("place", "unit")
    return [
        (row.uuid, Ticket("case", row.number, links.to("desk:case-detail", row.uuid), row.where))
        for row in rows
    ]


def _orders(person: Person, uuids: set[uuid.UUID]) -> list[tuple[uuid.UUID, Ticket]]:
    rows = Order.objects.visible_to(person).filter(uuid__in=uuids)
    return [
        (row.uuid, Ticket("order", str(row), links.to("desk:order-detail", row.uuid), row.matter))
        for row in rows
    ]


def _documents(person: Person, uuids: set[uuid.UUID]) -> list[tuple[uuid.UUID, Ticket]]:
    rows = Document.objects.visible_to(person).filter(uuid__in=uuids)
    return [
        (row.uuid, Ticket("document", row.title, links.to("desk:document-detail", row.uuid))) for row in rows
    ]


def _checks(person: Person, uuids: set[uuid.UUID]) -> list[tuple[uuid.UUID, Ticket]]:
    rows = PlaceCheck.objects.visible_to(person).filter(uuid__in=uuids).select_related("place", "party")
    return [
        (row.uuid, Ticket("check", f"{row.place.name} {clock.show_date(row.day)}",
                          links.to("desk:check-detail", row.uuid), f"{row.party.label}查看"))
        for row in rows
    ]  # fmt: skip


def _journals(person: Person, uuids: set[uuid.UUID]) -> list[tuple[uuid.UUID, Ticket]]:
    rows = Journal.objects.visible_to(person).filter(uuid__in=uuids).select_related("kind", "unit")
    return [
        (row.uuid, Ticket("journal", str(row), links.to("desk:work-detail", row.uuid), row.unit.label))
        for row in rows
    ]


def _sheets(person: Person, uuids: set[uuid.UUID]) -> list[tuple[uuid.UUID, Ticket]]:
    rows = Sheet.objects.visible_to(person).filter(uuid__in=uuids).select_related("round__book")
    return [
        (row.uuid, Ticket("sheet", f"{row.name}成绩单", links.to("desk:appraisal-sheet", row.uuid), str(row.round)))
        for row in rows
    ]  # fmt: skip


def _appeals(person: Person, uuids: set[uuid.UUID]) -> list[tuple[uuid.UUID, Ticket]]:
    rows = Appeal.objects.visible_to(person).filter(uuid__in=uuids).select_related("round__book")
    return [
        (row.uuid, Ticket("appeal", str(row), links.to("desk:appraisal-appeal", row.uuid), str(row.round)))
        for row in rows
    ]


def _outcomes(person: Person, uuids: set[uuid.UUID]) -> list[tuple[uuid.UUID, Ticket]]:
    rows = Outcome.objects.visible_to(person).filter(uuid__in=uuids).select_related("round__book")
    return [
        (row.uuid, Ticket("outcome", row.title, links.to("desk:appraisal-round", row.round.uuid) + "#outcomes", str(row.round)))
        for row in rows
    ]  # fmt: skip


_READERS = {
    "case": _cases, "order": _orders, "document": _documents, "check": _checks, "journal": _journals, "sheet": _sheets,
    "appeal": _appeals, "outcome": _outcomes,
}  # fmt: skip


def photos(found: dict[Key, Ticket]) -> dict[uuid.UUID, list[Photo]]:
    """Photos of the vouchers that may be opened, at most four each, covert ones left out. One statement."""
    rows = evidence.for_subjects(key for (_kind, key), ticket in found.items() if ticket.url)
    return {key: [photo for photo in each if not photo.covert][:4] for key, each in rows.items()}
