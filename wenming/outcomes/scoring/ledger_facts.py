"""From the ledger to the engine: entries of a town's units become events, as the books stood at a moment.

Reads entries, units, places and packs, never the tables of records. Reversed entries and reversals do not
count; what was posted after `as_of` is not there yet, so that the same question gives the same answer for ever.
"""

import functools
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from wenming.common import clock, collector
from wenming.common.errors import DomainError
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.units.models import Unit
from wenming.ledger import accounts
from wenming.ledger.periods import Period
from wenming.outcomes.scoring import amounts, from_ledger, ledger_rows, ledger_units
from wenming.outcomes.scoring.book import Book, Source
from wenming.outcomes.scoring.facts import Event, Facts
from wenming.outcomes.scoring.from_ledger import BULLETINS, BY_FINDER, COUNTS, FLAGS, LEVELS
from wenming.outcomes.scoring.ledger_rows import Row, Window
from wenming.records.cases import states

CASE = "case"
Standing = tuple[int, ...]


def facts(
    *,
    book: Book,
    owner: Unit,
    period: Period,
    as_of: datetime,
    unit: Unit | None = None,
    excluded: Collection[str] = (),
    not_assessed: Collection[str] = (),
    rated: ledger_units.Rated | None = None,
    spots: Mapping[str, tuple[str, str]] | None = None,
    tells: Collection[str] = tuple(from_ledger.ATTRIBUTES),
) -> Facts:
    """Units and events of `owner` (a town or county) for the engine, as the ledger stood at `as_of`.

    `unit`: of this rated unit only. `excluded`: ids of events to leave out (an appeal was upheld).
    `not_assessed`: codes of units that are shown but not assessed in this period. Give the engine the town's
    day of `as_of`. `rated` and `spots` (name and type of a place by its number): as they were found once, for a
    replay; without them as they are now. `tells`: the attributes that the ledger could tell then. Raises DomainError: rated_account, group_unknown, unit_not_rated, account_unknown,
    attribute_type.
    """
    if rated is None:
        rated = ledger_units.rated(
            book=book, owner=owner, period=period, unit=unit, not_assessed=not_assessed
        )
    reader = Reading(book, rated, unit or owner, period, as_of, spots or {}, tells)
    left_out = frozenset(excluded)
    with collector.resting():
        events = tuple(event for event in reader.events() if not left_out or event.id not in left_out)
    return Facts(rated.units, events, f"账本（{owner.label}）")


def entry_of(event_id: str) -> UUID:
    """The uuid of the entry behind an event: one entry may be several (`due:…` and `overdue:…`)."""
    return UUID(event_id.rpartition(":")[2])


@dataclass(frozen=True)
class Reading:
    """One reading of the ledger. `ground`: the unit below which the rated are."""

    book: Book
    rated: ledger_units.Rated
    ground: Unit
    period: Period
    as_of: datetime
    spots: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tells: Collection[str] = tuple(from_ledger.ATTRIBUTES)

    @cached_property
    def accounts(self) -> Mapping[str, int]:
        return ledger_rows.accounts()

    @cached_property
    def wanted(self) -> Mapping[int, Mapping[str, Sequence[Source]]]:
        """Kinds by account, each with the ways in which it comes from it; no ways where every entry is one."""
        found: dict[str, dict[str, list[Source]]] = {}
        for kind in from_ledger.kinds_used(self.book):
            for source in from_ledger.sources(self.book, kind):
                found.setdefault(source.account, {}).setdefault(kind, []).append(source)
        keys = self.accounts
        lacking = [(code, next(iter(kinds))) for code, kinds in sorted(found.items()) if code not in keys]
        if lacking:
            said = "、".join(kind if kind == code else f"{kind}（科目 {code}）" for code, kind in lacking)
            raise DomainError(
                "account_unknown",
                f"规则书「{self.book.title}」用到的{said}，账上没有这个科目。请在规则书的 from_ledger.kinds 里写"
                "它来自哪个科目；账上确实不记的，写 []。",
            )
        return {
            keys[code]: {kind: () if ways == [Source(code)] else ways for kind, ways in kinds.items()}
            for code, kinds in found.items()
        }

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """What the book declares of all that the ledger can tell."""
        told = {name: kind for name, kind in from_ledger.ATTRIBUTES.items() if name in self.tells}
        for name, attribute in self.book.attributes.items():
            kind = told.get(name)
            if kind is not None and attribute.kind != kind:
                raise DomainError(
                    "attribute_type",
                    f"规则书「{self.book.title}」的 attrs.{name} 由账本填写，type 应当是 {kind}。",
                )
        return tuple(name for name in self.book.attributes if name in told)

    @cached_property
    def window(self) -> Window:
        first = self.period.start - timedelta(days=self.book.lookback)
        return Window(
            accounts=list(self.wanted), path=self.ground.path, by_place=self.rated.by_place, first=first,
            last=self.period.end, as_of=self.as_of,
        )  # fmt: skip

    @cached_property
    def watched(self) -> Mapping[str, int]:
        """Accounts of which it matters whether they stand on a voucher: behind flags, counts and deadlines."""
        codes = {code for name, code in (FLAGS | COUNTS).items() if name in self.attributes}
        for kinds in self.wanted.values():
            codes |= {source.passed_without for ways in kinds.values() for source in ways}
        return {code: self.accounts[code] for code in sorted(codes) if code in self.accounts}

    @cached_property
    def places_of(self) -> Mapping[str, int]:
        """Where in a row of `standing` the account is."""
        return {code: place for place, code in enumerate(self.watched)}

    def events(self) -> Iterator[Event]:
        """Every event of the rated, of the period and the days the book looks back."""
        wanted, told = self.wanted, _Told(self)
        owners, by_place = self.rated.owners, self.rated.by_place
        standing = ledger_rows.standing(self.window, self.watched)
        nothing: Standing = (0,) * len(self.watched)
        for row in ledger_rows.rows(self.window):
            _, account, unit, place, *_, on, _, quantity, _, voucher = row
            owner = owners.get((place or 0) if by_place else unit)
            if owner is None:
                continue
            stands = standing.get(voucher, nothing)
            less = quantity[0] == "-"
            for kind, ways in wanted[account].items():
                if not less if not ways else any(self._is(on, less, source, stands) for source in ways):
                    yield told.event(row, kind, owner, stands)

    def _is(self, on: str, less: bool, source: Source, stands: Standing) -> bool:
        if less != (source.sign < 0):
            return False
        other = source.passed_without
        return not other or (on < self.today and stands[self.places_of[other]] <= 0)

    @cached_property
    def today(self) -> str:
        return clock.local_date(self.as_of).isoformat()


class _Told:
    """What entries say, in the words of events. Much is the same for many of them and is made once, so that a
    million events stay small and the rules find their words near."""

    def __init__(self, reader: Reading) -> None:
        self.reader = reader
        self.of_find = functools.cache(self._of_find)
        self.of_spot = functools.cache(self._of_spot)
        self.of_hour = functools.cache(self._of_hour)
        self.named = reader.accounts.get(accounts.CASE_NAMED)
        self.of_clock = tuple(name for name in reader.attributes if name in from_ledger.OF_THE_CLOCK)

    def event(self, row: Row, kind: str, owner: str, stands: Standing) -> Event:
        uuid, account, unit, place, category, source, party, on, at, quantity, voucher_kind, voucher = row
        level, inspects, attrs = self.of_find(source, party, owner, unit, stands)
        spot, more = self.of_spot(place, category)
        if self.of_clock and voucher in self.hours:
            more = more | self.of_hour(self.hours[voucher])
        return Event(
            f"{kind}:{uuid}",
            kind,
            owner,
            _day(on),
            _quantity(quantity),
            "",
            level,
            voucher if voucher_kind == CASE else "",
            # One unit on one day with one task is one inspection, as for 两次即督办.
            f"{on}-{source}-{party or 0}" if inspects else "",
            spot,
            sys.intern(category),
            self._bulletin(party, at) if account == self.named else None,
            attrs | more if more else attrs,
            at,
        )

    def _of_find(
        self, source: str, party: int | None, owner: str, unit: int, stands: Standing
    ) -> tuple[str, bool, dict[str, Any]]:
        """The level of who found it, whether it was an inspection, and what else the voucher says."""
        level = self.reader.book.from_ledger.levels.get(source, LEVELS.get(source, source))
        if level == BY_FINDER:
            finder = self._unit(party)
            town = self._unit(finder.town_id or finder.pk) if finder else self.reader.ground
            level = town.kind if town else ""
        attrs = self._of_voucher(stands, source, party, owner, unit)
        return level, source in states.INSPECTIONS, attrs

    def _of_voucher(
        self, stands: Standing, source: str, party: int | None, owner: str, unit: int
    ) -> dict[str, Any]:
        places = self.reader.places_of
        found: dict[str, Any] = {}
        for name in self.reader.attributes:
            if name in FLAGS:
                found[name] = stands[places[FLAGS[name]]] > 0
            elif name in COUNTS:
                found[name] = Decimal(stands[places[COUNTS[name]]])
            elif name == "self_found":
                found[name] = source in states.OWN_EYES and self._owns(party, owner, unit)
            elif name in ("covert", "leader"):
                found[name] = source == name
            elif name == "source":
                found[name] = source
            elif name == "finder":
                finder = self._unit(party)
                found[name] = finder.code if finder else ""
        return found

    def _of_spot(self, key: int | None, category: str) -> tuple[str, dict[str, Any]]:
        """The place in words, and the attributes that come from place and category."""
        place = self.places.get(key or 0)
        told: dict[str, Any] = {}
        if "place_name" in self.reader.attributes:
            told["place_name"] = place.name if place else ""
        if "point_type" in self.reader.attributes:
            told["point_type"] = place.point_type if place else ""
        if "category_name" in self.reader.attributes:
            told["category_name"] = self._category(category)
        return f"{place.name}（{place.number}）" if place else "", told

    def _of_hour(self, hour: int) -> dict[str, Any]:
        told: dict[str, Any] = {"hour": Decimal(hour), "night": from_ledger.is_night(hour)}
        return {name: told[name] for name in self.of_clock}

    @functools.cached_property
    def hours(self) -> Mapping[str, int]:
        return ledger_rows.hours(self.reader.window)

    def _category(self, code: str) -> str:
        try:
            return standards.category(code, self.reader.period.start).name
        except DomainError:
            return code

    def _owns(self, party: int | None, owner: str, unit: int) -> bool:
        """The finder belongs to the one who is rated (for a post: to the unit on whose ground it lies)."""
        if not self.reader.rated.by_place:
            return party is not None and self.reader.rated.owners.get(party) == owner
        finder, ground = self._unit(party), self._unit(unit)
        return finder is not None and ground is not None and ground.contains(finder)

    def _bulletin(self, party: int | None, at: str) -> int | None:
        """A bulletin names its cases in the deed that issues it: both are posted at the same moment."""
        issued = self.bulletins.get(party, [])
        return issued.index(at) + 1 if at in issued else None

    @functools.cached_property
    def bulletins(self) -> Mapping[int | None, list[str]]:
        """When the standing bulletins of each office were issued, in order."""
        keys = [self.reader.accounts[code] for code in BULLETINS]
        window = replace(self.reader.window, accounts=keys, path="/", by_place=False, first=date.min)
        found: dict[int | None, list[str]] = {}
        for _, _, unit, *_, at, _, _, _ in ledger_rows.rows(window):
            found.setdefault(unit, []).append(at)
        return {unit: sorted(issued) for unit, issued in found.items()}

    @functools.cached_property
    def places(self) -> Mapping[int, Place]:
        found = {place.pk: place for place in Place.objects.in_paths([self.reader.ground.path])}
        for place in found.values():
            # Never saved: what the place was called then.
            place.name, place.point_type = self.reader.spots.get(place.number, (place.name, place.point_type))
        return found

    def _unit(self, key: int | None) -> Unit | None:
        return None if key is None else self.units.get(key)

    @functools.cached_property
    def units(self) -> Mapping[int, Unit]:
        return {unit.pk: unit for unit in Unit.objects.all()}


@functools.lru_cache(maxsize=10_000)
def _day(text: str) -> date:
    return date.fromisoformat(text)


@functools.lru_cache(maxsize=10_000)
def _quantity(text: str) -> Decimal:
    """Without sign, and 3.000 as 3, as a clerk would write it in a file of events."""
    return Decimal(amounts.plain(abs(Decimal(text))))
