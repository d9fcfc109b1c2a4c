"""Lines of a score sheet as a page shows them: the rule in words, the formula, and every event down to its photos."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from wenming.faces.desk import links, vouchers
from wenming.faces.desk.ledger_journal import category_name
from wenming.faces.desk.vouchers import Ticket
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger.models import Account, Entry
from wenming.outcomes.appraisals import queries
from wenming.outcomes.appraisals.models import Appeal, RuleBook, Sheet, line_key
from wenming.outcomes.scoring import amounts, describe, ledger_facts, wording
from wenming.outcomes.scoring.describe import Described, RuleRow
from wenming.outcomes.scoring.faults import BadInput

# More than this many events of one line are folded away; more photos than this are on the page of the case.
SHOWN_EVENTS = 5
SHOWN_PHOTOS = 2


@dataclass(frozen=True)
class Happened:
    """One event: a ledger entry, the record behind it, and where they open for this person."""

    on: date
    what: str
    where: str
    category: str
    ticket: Ticket
    entry_url: str
    photos: list[Photo]

    @property
    def url(self) -> str:
        """The case (or another record) the person may see, or the entry in the ledger."""
        return self.ticket.url or self.entry_url


@dataclass(frozen=True)
class LineRow:
    """One line of a sheet."""

    key: str
    item: str
    title: str
    points: Decimal
    formula: str
    rule: RuleRow | None
    events: list[Happened]
    appeals: list[Appeal] = field(default_factory=list)

    @property
    def signed(self) -> str:
        return amounts.signed(self.points)

    @property
    def first(self) -> list[Happened]:
        return self.events[:SHOWN_EVENTS]

    @property
    def more(self) -> list[Happened]:
        return self.events[SHOWN_EVENTS:]

    @property
    def open_appeal(self) -> Appeal | None:
        """The appeal against this line that waits for its decision."""
        return next((each for each in self.appeals if each.state == "open"), None)


@dataclass(frozen=True)
class ItemRow:
    """One item of a sheet: its marks, the rules it goes by, its lines."""

    title: str
    full: str
    score: str
    note: str
    facts: str
    rules: tuple[RuleRow, ...]
    lines: list[LineRow]


def described(row: RuleBook) -> Described | None:
    """The book in words; None for a draft with faults. One statement."""
    try:
        return describe.described(row.book, kind_names())
    except BadInput:
        return None


def kind_names() -> dict[str, str]:
    """Names of the accounts: any of them can be a kind of event."""
    return dict(Account.objects.values_list("code", "name"))


def items(person: Person, sheet: Sheet, book: Described | None, appeals: Iterable[Appeal]) -> list[ItemRow]:
    """The sheet item by item; what belongs to no item (base marks, caps of the total) comes last."""
    found = lines(person, sheet, book, appeals)
    said = {item.id: item for item in book.items} if book else {}
    rows = []
    for item in sheet.data["items"]:
        own = [line for line in found if line.item == item["id"]]
        rule = said.get(item["id"])
        rows.append(
            ItemRow(
                item["title"], mark(item["full"]), mark(item["score"]), item["note"], rule.facts if rule else "",
                rule.rules if rule else (), own,
            )
        )  # fmt: skip
    rest = [line for line in found if line.item == ""]
    if rest:
        rows.append(ItemRow("总分", "", "", "", "", (), rest))
    return rows


def lines(
    person: Person, sheet: Sheet, book: Described | None, appeals: Iterable[Appeal] = ()
) -> list[LineRow]:
    """All lines, their events opened in a fixed number of statements."""
    by_line: dict[tuple[str, tuple[str, ...]], list[Appeal]] = {}
    for each in appeals:
        by_line.setdefault((each.title, tuple(each.events)), []).append(each)
    opened = happened(person, [event for line in sheet.lines for event in line["events"]])
    return [_line(line, book, opened, by_line.get((line["title"], tuple(line["events"])), [])) for line in sheet.lines]  # fmt: skip


def _line(
    line: Mapping[str, Any], book: Described | None, opened: Mapping[str, Happened], appeals: list[Appeal]
) -> LineRow:
    return LineRow(
        key=line_key(line), item=line["item"], title=line["title"], points=Decimal(line["points"]),
        formula=wording.plainly(line["formula"]), rule=book.rule(line["rule"]) if book else None,
        events=[opened[event] for event in line["events"] if event in opened], appeals=appeals,
    )  # fmt: skip


def happened(person: Person, events: Sequence[str]) -> dict[str, Happened]:
    """Every event by its id, in order of days. Whoever may not open a record sees that it is there, and no more."""
    keys = {event: ledger_facts.entry_of(event) for event in events}
    entries = {entry.uuid: entry for entry in queries.entries_of(events)}
    tickets = vouchers.tickets(person, ((each.voucher_kind, each.voucher_uuid) for each in entries.values()))
    photos = vouchers.photos(tickets)
    own: set[UUID] = set()
    if person.may(P.LEDGER_READ):
        visible = Entry.objects.visible_to(person).filter(uuid__in=list(entries))
        own = set(visible.values_list("uuid", flat=True))
    found = {}
    for event, key in keys.items():
        entry = entries.get(key)
        if entry is not None:
            ticket = tickets[entry.voucher_kind, entry.voucher_uuid]
            shown = photos.get(entry.voucher_uuid, [])
            found[event] = _happened(event, entry, ticket, shown, entry.uuid in own)
    return dict(sorted(found.items(), key=lambda pair: (pair[1].on, pair[0])))


def _happened(event: str, entry: Entry, ticket: Ticket, photos: list[Photo], open_: bool) -> Happened:
    kind = event.rpartition(":")[0]
    return Happened(
        on=entry.occurred_on,
        what=wording.KINDS.get(kind, entry.account.name),
        where=entry.place.name if entry.place else ticket.where,
        category=category_name(entry.category, entry.occurred_on).partition(" ")[2],
        ticket=ticket,
        entry_url=links.to("desk:entry", entry.uuid) if open_ else "",
        photos=_pair(photos),
    )


def _pair(photos: list[Photo]) -> list[Photo]:
    """One before, one after: what the line is about at a glance."""
    roles = {photo.role: photo for photo in reversed(photos)}
    return [roles[role] for role in ("before", "after") if role in roles] or photos[:SHOWN_PHOTOS]


def mark(value: str | Decimal | None) -> str:
    """A mark as people write it; a dash where there is none."""
    return "—" if value is None else amounts.text(Decimal(value))
