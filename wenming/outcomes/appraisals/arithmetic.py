"""From a book and the ledger to sheets: reads, asks the engine, writes nothing."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from wenming.common import clock
from wenming.ground.units.models import Unit
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import roster, states
from wenming.outcomes.appraisals.models import Appeal, Round, Term
from wenming.outcomes.appraisals.models import Sheet as Row
from wenming.outcomes.appraisals.roster import Roster
from wenming.outcomes.scoring import engine, from_ledger, ledger_facts, ledger_units, sheet
from wenming.outcomes.scoring.book import Book
from wenming.outcomes.scoring.facts import Facts
from wenming.outcomes.scoring.facts import Unit as Rated
from wenming.outcomes.scoring.sheet import Sheet


def sheets(
    *,
    book: Book,
    town: Unit,
    period: Period,
    as_of: datetime,
    left_out: Mapping[str, str],
    excluded: Collection[str] = (),
) -> list[Sheet]:
    """One sheet per unit that `book` rates in the town, from the entries posted by `as_of`.

    `left_out`: codes of units not assessed in this period; `excluded`: events of appeals that were upheld.
    Raises BadInput when book and ledger do not fit.
    """
    found = ledger_facts.facts(book=book, owner=town, period=period, as_of=as_of, excluded=excluded)
    facts = replace(found, units=_with_terms(found.units, period))
    return _score(facts, book=book, town=town, period=period, as_of=as_of, left_out=left_out)


def of_round(where: Round) -> list[Sheet]:
    """The sheets of a round as its book, its moment and its upheld appeals give them; the same for ever."""
    return taken(where)[0]


def taken(where: Round) -> tuple[list[Sheet], Roster]:
    """The sheets of a round and its roster: the one it keeps, or the units as they stand now where it has none yet."""
    book, period = where.book.book, where.period
    kept = roster.read(where.roster) if where.roster else None
    rated = kept.rated if kept else ledger_units.rated(book=book, owner=where.town, period=period)
    facts = ledger_facts.facts(
        book=book, owner=where.town, period=period, as_of=where.as_of, excluded=excluded(where), rated=rated,
        spots=kept.spots if kept else None, tells=kept.tells if kept else tuple(from_ledger.ATTRIBUTES),
    )  # fmt: skip
    if kept is None:
        facts = replace(facts, units=_with_terms(facts.units, period))
        kept = roster.taken(rated, facts.units, facts.events)
    answer = _score(
        facts, book=book, town=where.town, period=period, as_of=where.as_of, left_out=where.left_out
    )
    return answer, kept


def _score(
    facts: Facts, *, book: Book, town: Unit, period: Period, as_of: datetime, left_out: Mapping[str, str]
) -> list[Sheet]:
    units = {
        code: replace(unit, assessed=unit.assessed and code not in left_out)
        for code, unit in facts.units.items()
    }
    day = max(clock.local_date(as_of), period.start)
    history = earlier(book, town, period, as_of)
    return engine.score(book, replace(facts, units=units), period=period, as_of=day, history=history)


def excluded(where: Round) -> set[str]:
    """Events that no longer count: of appeals upheld in this round, and in those that it corrects."""
    rounds = [where.pk]
    before = where.corrects
    while before is not None:
        rounds.append(before.pk)
        before = before.corrects
    upheld = Appeal.objects.filter(round__in=rounds, state=states.UPHELD).values_list("events", flat=True)
    return {event for events in upheld for event in events}


def earlier(book: Book, town: Unit, period: Period, as_of: datetime) -> list[Sheet]:
    """Sheets of earlier periods, published at that moment and not yet corrected then: the memory of the books."""
    codes = {book.id} | {
        rule.spec.book for item in book.items for rule in item.rules if rule.op == "from_history"
    }
    then = Q(round__superseded_at__isnull=True) | Q(round__superseded_at__gt=as_of)
    rows = Row.objects.filter(
        then, round__town=town, round__code__in=codes, round__state__in=states.FINAL,
        round__published_at__lte=as_of, round__period_end__lt=period.end,
    ).values_list("data", flat=True)  # fmt: skip
    return [sheet.from_data(data) for data in rows]


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of a sheet as canonical JSON, but for the day on which it was computed."""
    said = {name: value for name, value in data.items() if name != "as_of"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def terms(units: Collection[str], period: Period) -> dict[str, dict[str, Any]]:
    """{code of a unit: {name: value}} as they were in force on the first day of the period."""
    found: dict[str, dict[str, Any]] = {}
    rows = Term.objects.filter(unit__code__in=units, from_date__lte=period.start)
    for code, name, value in rows.order_by("from_date").values_list("unit__code", "name", "value"):
        found.setdefault(code, {})[name] = value
    return found


def _with_terms(units: Mapping[str, Rated], period: Period) -> dict[str, Rated]:
    """Units with the terms in force on the first day of the period."""
    known = terms(units.keys(), period)
    found = {}
    for code, unit in units.items():
        attrs = {**unit.attrs, **known.get(code, {})}
        found[code] = replace(unit, attrs=attrs, opening=attrs.get("opening", unit.opening))
    return found
