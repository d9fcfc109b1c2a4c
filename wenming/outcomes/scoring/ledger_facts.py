"""From the ledger to the engine: entries of a town's units become events, as the books stood at a moment.

Reads entries, units, places and packs, never the tables of records. Reversed entries and reversals do not
count; what was posted after `as_of` is not there yet, so that the same question gives the same answer for ever.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.units.models import Unit
from wenming.ledger import accounts
from wenming.ledger.models import Account, Entry
from wenming.ledger.periods import Period
from wenming.outcomes.scoring import amounts, from_ledger, ledger_units
from wenming.outcomes.scoring.book import Book, Source
from wenming.outcomes.scoring.facts import ORDER, Event, Facts
from wenming.outcomes.scoring.from_ledger import BY_FINDER, COUNTS, FLAGS, LEVELS
from wenming.records.cases import states

CASE = "case"
_COLUMNS = (
    "uuid", "account__code", "unit_id", "place_id", "category", "source", "party_id", "occurred_on", "posted_at",
    "quantity", "voucher_kind", "voucher_uuid",
)  # fmt: skip


class _Row(NamedTuple):
    """One entry, in the order of `_COLUMNS`."""

    uuid: UUID
    account: str
    unit: int
    place: int | None
    category: str
    source: str
    party: int | None
    on: date
    posted_at: datetime
    quantity: Decimal
    voucher_kind: str
    voucher: UUID


def facts(
    *,
    book: Book,
    owner: Unit,
    period: Period,
    as_of: datetime,
    unit: Unit | None = None,
    excluded: Collection[str] = (),
    not_assessed: Collection[str] = (),
) -> Facts:
    """Units and events of `owner` (a town or county) for the engine, as the ledger stood at `as_of`.

    `unit`: of this rated unit only. `excluded`: ids of events to leave out (an appeal was upheld).
    `not_assessed`: codes of units that are shown but not assessed in this period. Give the engine the town's
    day of `as_of`. Raises DomainError: rated_account, group_unknown, unit_not_rated, account_unknown,
    attribute_type.
    """
    rated = ledger_units.rated(book=book, owner=owner, period=period, unit=unit, not_assessed=not_assessed)
    reader = _Reader(book, rated, owner, period, as_of)
    left_out = frozenset(excluded)
    events = (event for event in reader.events() if event.id not in left_out)
    return Facts(rated.units, tuple(sorted(events, key=ORDER)), f"账本（{owner.label}）")


def entry_of(event_id: str) -> UUID:
    """The uuid of the entry behind an event: one entry may be several (`due:…` and `overdue:…`)."""
    return UUID(event_id.rpartition(":")[2])


@dataclass(frozen=True)
class _Reader:
    """One reading of the ledger."""

    book: Book
    rated: ledger_units.Rated
    owner: Unit
    period: Period
    as_of: datetime

    @cached_property
    def today(self) -> date:
        return clock.local_date(self.as_of)

    @cached_property
    def wanted(self) -> Mapping[str, Mapping[str, list[Source]]]:
        """Kinds by account code, each with the ways in which it comes from it."""
        found: dict[str, dict[str, list[Source]]] = {}
        for kind in from_ledger.kinds_used(self.book):
            for source in from_ledger.sources(self.book, kind):
                found.setdefault(source.account, {}).setdefault(kind, []).append(source)
        known = set(Account.objects.filter(code__in=found).values_list("code", flat=True))
        lacking = [(code, next(iter(kinds))) for code, kinds in sorted(found.items()) if code not in known]
        if lacking:
            said = "、".join(kind if kind == code else f"{kind}（科目 {code}）" for code, kind in lacking)
            raise DomainError(
                "account_unknown",
                f"规则书「{self.book.title}」用到的{said}，账上没有这个科目。请在规则书的 from_ledger.kinds 里写"
                "它来自哪个科目；账上确实不记的，写 []。",
            )
        return found

    @cached_property
    def attributes(self) -> frozenset[str]:
        """What the book declares of all that the ledger can tell."""
        for name, attribute in self.book.attributes.items():
            kind = from_ledger.ATTRIBUTES.get(name)
            if kind is not None and attribute.kind != kind:
                raise DomainError(
                    "attribute_type",
                    f"规则书「{self.book.title}」的 attrs.{name} 由账本填写，type 应当是 {kind}。",
                )
        return frozenset(self.book.attributes) & from_ledger.ATTRIBUTES.keys()

    def events(self) -> Iterator[Event]:
        """Every event of the rated, of the period and the days the book looks back."""
        wanted, _declared = self.wanted, self.attributes  # refused before anything is read
        for row in map(_Row._make, self._window().values_list(*_COLUMNS).iterator(chunk_size=5000)):
            whose = row.place if self.rated.by_place else row.unit
            owner = None if whose is None else self.rated.owners.get(whose)
            if owner is None:
                continue
            standing = self.standing.get(row.voucher, {})
            for kind, ways in wanted[row.account].items():
                if any(self._is(row, source, standing) for source in ways):
                    yield self._event(row, kind, owner, standing)

    def _is(self, row: "_Row", source: Source, standing: Mapping[str, Decimal]) -> bool:
        if row.quantity * source.sign < 0:
            return False
        other = source.passed_without
        return not other or (row.on < self.today and standing.get(other, 0) <= 0)

    def _event(self, row: "_Row", kind: str, owner: str, standing: Mapping[str, Decimal]) -> Event:
        place = None if row.place is None else self.places.get(row.place)
        posted = clock.local(row.posted_at)
        seen = self._attributes(row, place, owner, standing)
        return Event(
            id=f"{kind}:{row.uuid}",
            kind=kind,
            unit=owner,
            on=row.on,
            at=posted.isoformat(),
            quantity=_short(abs(row.quantity)),
            by_level=self._level(row),
            case=str(row.voucher) if row.voucher_kind == CASE else "",
            inspection=f"{row.on}-{row.source}-{row.party or 0}" if row.source in states.INSPECTIONS else "",
            place=f"{place.name}（{place.number}）" if place else "",
            category=row.category,
            bulletin=self._bulletin(row),
            attrs={name: seen(name) for name in self.attributes},
        )

    def _attributes(
        self, row: "_Row", place: Place | None, owner: str, standing: Mapping[str, Decimal]
    ) -> Callable[[str], Any]:
        finder = self.units.get(row.party)

        def tell(name: str) -> Any:
            if name in FLAGS:
                return standing.get(FLAGS[name], 0) > 0
            if name in COUNTS:
                return _short(standing.get(COUNTS[name], Decimal(0)))
            if name == "self_found":
                return row.source in states.OWN_EYES and self._owns(row, owner)
            if name == "covert":
                return row.source == "covert"
            if name == "category_name":
                return self._category(row.category)
            texts = {
                "source": row.source,
                "finder": finder.code if finder else "",
                "place_name": place.name if place else "",
                "point_type": place.point_type if place else "",
            }
            return texts[name]

        return tell

    def _bulletin(self, row: "_Row") -> int | None:
        """A bulletin names its cases in the deed that issues it: both are posted at the same moment."""
        if row.account != accounts.CASE_NAMED:
            return None
        issued = self.bulletins.get(row.party, [])
        return issued.index(row.posted_at) + 1 if row.posted_at in issued else None

    @cached_property
    def bulletins(self) -> Mapping[int | None, list[datetime]]:
        """When the standing bulletins of each office were issued, in order."""
        found: dict[int | None, list[datetime]] = {}
        rows = self._standing().filter(account__code__in=from_ledger.BULLETINS).order_by("posted_at")
        for unit, posted_at in rows.values_list("unit_id", "posted_at"):
            found.setdefault(unit, []).append(posted_at)
        return found

    def _owns(self, row: "_Row", owner: str) -> bool:
        """The finder belongs to the one who is rated (for a post: to the unit on whose ground it lies)."""
        if not self.rated.by_place:
            return row.party is not None and self.rated.owners.get(row.party) == owner
        finder, ground = self.units.get(row.party), self.units[row.unit]
        return finder is not None and ground.contains(finder)

    def _window(self) -> QuerySet[Entry]:
        first = self.period.start - timedelta(days=self.book.lookback)
        keys = list(self.rated.owners)
        mine = Q(place_id__in=keys) if self.rated.by_place else Q(unit__path__startswith=self.owner.path)
        return self._standing().filter(
            mine, account__code__in=list(self.wanted), occurred_on__range=(first, self.period.end)
        )

    def _standing(self) -> QuerySet[Entry]:
        """Entries that stood then: posted, no reversals, not yet reversed."""
        live = Q(reversed_by__isnull=True) | Q(reversed_by__posted_at__gt=self.as_of)
        return self._known().filter(live, reverses__isnull=True)

    def _known(self) -> QuerySet[Entry]:
        return Entry.objects.filter(posted_at__lte=self.as_of)

    @cached_property
    def standing(self) -> Mapping[UUID, Mapping[str, Decimal]]:
        """What stands of the accounts behind flags and deadlines, by voucher: reversals cancel what they reverse."""
        codes = {code for name, code in (FLAGS | COUNTS).items() if name in self.attributes}
        codes |= {
            how.passed_without for kinds in self.wanted.values() for ways in kinds.values() for how in ways
        }
        codes -= {""}
        found: dict[UUID, dict[str, Decimal]] = {}
        if not codes:
            return found
        vouchers = self._window().order_by().values("voucher_uuid")
        rows = self._known().filter(account__code__in=codes, voucher_uuid__in=vouchers).order_by()
        for voucher, code, total in rows.values_list("voucher_uuid", "account__code").annotate(
            Sum("quantity")
        ):
            found.setdefault(voucher, {})[code] = total
        return found

    @cached_property
    def places(self) -> Mapping[int | None, Place]:
        return {place.pk: place for place in Place.objects.in_paths([self.owner.path])}

    @cached_property
    def units(self) -> Mapping[int | None, Unit]:
        return {unit.pk: unit for unit in Unit.objects.all()}

    def _level(self, row: "_Row") -> str:
        level = self.book.from_ledger.levels.get(row.source, LEVELS.get(row.source, row.source))
        if level != BY_FINDER:
            return level
        finder = self.units.get(row.party)
        town = self.units.get(finder.town_id or finder.pk) if finder else self.owner
        return town.kind if town else ""

    def _category(self, code: str) -> str:
        try:
            return standards.category(code, self.period.start).name
        except DomainError:
            return code


def _short(quantity: Decimal) -> Decimal:
    """3.000 as 3, as a clerk would write it in a file of events."""
    return Decimal(amounts.plain(quantity))
