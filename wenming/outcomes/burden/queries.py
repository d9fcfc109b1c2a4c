"""减负账: what a unit's people typed in a month, and what they were spared because it is read from the books.

For the unit's own improvement (handbook D30): one unit and its own month before, no ranking, no other units, nobody
by name. Everything is counted from rows that are there for another reason; nothing is recorded to be counted here.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.ledger import figures
from wenming.ledger.figures import Question
from wenming.ledger.metrics import COUNT, Metric
from wenming.ledger.models import Figure
from wenming.ledger.periods import Period
from wenming.ledger.provenance import period_of
from wenming.outcomes.burden import rows
from wenming.outcomes.documents import desk, tokens
from wenming.outcomes.documents import queries as documents
from wenming.outcomes.documents.models import Document
from wenming.records.cases.models import Case
from wenming.records.journals.models import Journal

_PLACED = Q(place__isnull=False) | ~Q(address="")


@dataclass(frozen=True)
class Typed:
    """What the unit's people entered in the month."""

    people: int
    cases: int
    journals: int
    imported: int
    steps: int
    boxes: int

    @property
    def facts(self) -> int:
        return self.cases + self.journals

    @property
    def by_hand(self) -> int:
        """Facts that were written box by box."""
        return self.facts - self.imported


@dataclass(frozen=True)
class Reused:
    """Figures fixed in the month that look at the unit, and how often they counted an entry of it."""

    figures: int
    uses: int


@dataclass(frozen=True)
class Paper:
    """One document issued in the month: its live figures, numbers typed by hand, paragraphs left as drafted."""

    document: Document
    figures: int
    typed: int
    paragraphs: int
    untouched: int

    @property
    def untyped(self) -> bool:
        """Did every number come from the books?"""
        return self.typed == 0


@dataclass(frozen=True)
class Notices:
    """Notices delivered in the month; those at night, and which of these were about safety."""

    all: int
    night: int
    safety: int


@dataclass(frozen=True)
class Month:
    """The whole account of one unit and month."""

    typed: Typed
    reused: Reused
    papers: list[Paper]
    notices: Notices


def month(unit: Unit, period: Period, *, at: datetime) -> Month:
    """The account of `unit` with all below it. The number of statements depends neither on rows nor on units."""
    return Month(typed(unit, period), _reused(unit, period, at), papers(unit, period), _notices(unit, period))


def typed(unit: Unit, period: Period) -> Typed:
    """What was entered, and how much of it came in lists. Nothing is carried here but the sums."""
    reported = rows.with_version(rows.reported(unit, period)).order_by().aggregate(
        all=Count("pk"), by_hand=Count("pk", filter=rows.BY_FORM), placed=Count("pk", filter=rows.BY_FORM & _PLACED),
        said=Count("pk", filter=rows.BY_FORM & ~Q(description="")),
    )  # fmt: skip
    logs = rows.entered(unit, period).order_by().aggregate(
        all=Count("pk"), by_hand=Count("pk", filter=rows.LOG_BY_HAND),
        boxes=Coalesce(Sum(rows.Filled("fields"), filter=rows.LOG_BY_HAND), 0),
    )  # fmt: skip
    return Typed(
        people=Person.objects.filter(pk__in=rows.people(unit, period)).count(),
        cases=reported["all"],
        journals=logs["all"],
        imported=reported["all"] - reported["by_hand"] + logs["all"] - logs["by_hand"],
        steps=rows.steps(unit, period).count(),
        boxes=reported["by_hand"] + reported["placed"] + reported["said"] + logs["boxes"],
    )


def boxes(keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many boxes were filled in each of these problems and work logs. Two statements."""
    wanted = set(keys)
    reported = Case.objects.filter(uuid__in=wanted).values_list("uuid", "place_id", "address", "description")
    logs = Journal.objects.filter(uuid__in=wanted).values_list("uuid", "fields")
    return {key: _boxes(place, address, said) for key, place, address, said in reported} | {
        key: rows.filled(fields) for key, fields in logs
    }


def _boxes(place: int | None, address: str, said: str) -> int:
    """Category, place and description of a report."""
    return 1 + bool(place or address) + bool(said)


def _reused(unit: Unit, period: Period, at: datetime) -> Reused:
    used = reused(unit, period, at=at)
    return Reused(len(used), sum(uses for _figure, uses in used))


def reused(unit: Unit, period: Period, *, at: datetime) -> list[tuple[Figure, int]]:
    """Figures of issued documents and superiors' forms that counted entries of the unit, each with how many.

    Entries are counted as the books stand now: one that was reversed since is no longer counted.
    """
    since, until = rows.moments(period)
    above = [int(key) for key in unit.path.strip("/").split("/")]
    looked = Figure.objects.filter(
        Q(scope_id__in=above) | Q(scope__path__startswith=unit.path), taken_at__gte=since, taken_at__lt=until
    )
    asked = []
    for figure in looked.select_related("scope").order_by("-taken_at", "pk"):
        within = _shared(unit, figure)
        if within:
            metric = _counting(Metric.from_json(figure.query["metric"]))
            asked.append((figure, Question(metric, unit, period_of(figure), within=within)))
    values = figures.answer([question for _figure, question in asked], at=at) if asked else []
    found = ((figure, int(value.number or 0)) for (figure, _q), value in zip(asked, values, strict=True))
    return [(figure, uses) for figure, uses in found if uses]


def _shared(unit: Unit, figure: Figure) -> tuple[str, ...]:
    """Path prefixes of what the figure looks at inside the unit."""
    looked = figure.query.get("within") or [figure.scope.path]
    if any(unit.path.startswith(path) for path in looked):
        return (unit.path,)
    return tuple(path for path in looked if path.startswith(unit.path))


def _counting(metric: Metric) -> Metric:
    """The metric that counts the entries of both sides, each account with its filters once, on the same days."""
    terms = (replace(term, sign=1, balance=metric.is_balance(term)) for _side, term in metric.sides)
    return replace(metric, kind=COUNT, numerator=tuple(dict.fromkeys(terms)), denominator=())


def papers(unit: Unit, period: Period) -> list[Paper]:
    """The documents issued, each with what was typed into it."""
    measures = documents.measures()
    return [_paper(document, measures) for document in rows.issued(unit, period)]


def _paper(document: Document, measures: frozenset[str]) -> Paper:
    """What a person typed into the document: numbers where figures belong, and paragraphs that were changed."""
    shown = [block for block in document.body["blocks"] if block.get("suggestion") != desk.OPEN]
    live = typed = 0
    for block in shown:
        parts = list(tokens.marked(block["text"], block["drafted"], measures))
        live += sum(isinstance(part, tokens.Token) for part in parts)
        typed += sum(isinstance(part, tokens.Piece) and part.typed for part in parts)
    untouched = sum(block["text"] == block["drafted"] for block in shown)
    return Paper(document, live, typed, len(shown), untouched)


def _notices(unit: Unit, period: Period) -> Notices:
    sent = rows.notices(unit, period)
    night = rows.at_night(sent)
    return Notices(sent.count(), night.count(), night.filter(urgent=True).count())
