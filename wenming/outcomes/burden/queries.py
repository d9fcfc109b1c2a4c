"""减负账: what a unit's people typed in a month, and what they were spared because it is read from the books.

For the unit's own improvement (handbook D30): one unit and its own month before, no ranking, no other units, nobody
by name. Everything is counted from rows that are there for another reason; nothing is recorded to be counted here.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractHour

from wenming.common import clock
from wenming.ground.audit.models import Record
from wenming.ground.notices.models import Notice
from wenming.ground.people.models import Person, Post
from wenming.ground.units.models import Unit
from wenming.ledger import figures
from wenming.ledger.figures import Question
from wenming.ledger.metrics import COUNT, Metric
from wenming.ledger.models import Figure
from wenming.ledger.periods import Period
from wenming.ledger.provenance import period_of
from wenming.outcomes.documents import desk, tokens
from wenming.outcomes.documents import queries as documents
from wenming.outcomes.documents import states as document_states
from wenming.outcomes.documents.models import Document
from wenming.records.cases.models import Case
from wenming.records.journals import queries as journals
from wenming.records.journals import states as journal_states
from wenming.records.journals.models import Journal

# Nobody's telephone should speak between these hours (handbook D11).
NIGHT, MORNING = 22, 7
_RANDOM = 4
_BY_HAND = (journal_states.FORM, journal_states.PHONE)
# Deeds that put a new fact on the books are counted as facts, not as steps.
_FACTS = ("case.report", "journal.enter")


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
    people = _people(unit, period)
    return Month(
        _typed(unit, people, period),
        _reused(unit, period, at),
        _papers(unit, period),
        _notices(people, period),
    )


def _people(unit: Unit, period: Period) -> QuerySet[Post, Any]:
    """Keys of who held a post at the unit or below it on any day of the period."""
    held = Q(from_date__lte=period.end) & (Q(to_date__isnull=True) | Q(to_date__gte=period.start))
    found: QuerySet[Post, Any] = Post.objects.filter(held, unit__path__startswith=unit.path).values(
        "person_id"
    )
    return found


def _moments(period: Period) -> tuple[datetime, datetime]:
    """From the first midnight of the period to the one after its end, exclusive."""
    return clock.at_local(period.start), clock.at_local(period.end + timedelta(days=1))


def entered(unit: Unit, period: Period) -> QuerySet[Journal]:
    """Work logs of the unit about days of the period that stand: just what the list of work logs shows for them."""
    wanted = journals.Filter(unit=unit, since=period.start, until=period.end, state=(journal_states.ENTERED,))
    return wanted.apply(Journal.objects.all())


def _typed(unit: Unit, people: QuerySet[Post, Any], period: Period) -> Typed:
    since, until = _moments(period)
    reported = Case.objects.filter(reporter__in=people, reported_at__gte=since, reported_at__lt=until)
    found = list(reported.values_list("uuid", "place_id", "address", "description"))
    # A form makes a random key; the line of a list always gives the same one (`importing.key_of`).
    written = [row for row in found if row[0].version == _RANDOM]
    logs = list(entered(unit, period).values_list("way", "fields"))
    by_hand = [fields for way, fields in logs if way in _BY_HAND]
    steps = Record.objects.filter(by_id__in=people, posted_at__gte=since, posted_at__lt=until)
    return Typed(
        people=Person.objects.filter(pk__in=people).count(),
        cases=len(found),
        journals=len(logs),
        imported=len(found) - len(written) + len(logs) - len(by_hand),
        steps=steps.exclude(deed__in=_FACTS).count(),
        # Category, place and description of a report; what was written in the form of a work log.
        boxes=sum(1 + bool(place or address) + bool(said) for _, place, address, said in written)
        + sum(_filled(fields) for fields in by_hand),
    )


def _filled(fields: dict[str, Any]) -> int:
    """Boxes of a form with something in them."""
    return sum(value not in ("", None, [], {}) for value in fields.values())


def _reused(unit: Unit, period: Period, at: datetime) -> Reused:
    """Figures of issued documents and superiors' forms whose scope holds the unit or lies in it.

    Entries are counted as the books stand now: one that was reversed since is no longer counted.
    """
    since, until = _moments(period)
    above = [int(key) for key in unit.path.strip("/").split("/")]
    looked = Figure.objects.filter(
        Q(scope_id__in=above) | Q(scope__path__startswith=unit.path), taken_at__gte=since, taken_at__lt=until
    )
    questions = []
    for figure in looked.select_related("scope"):
        within = _shared(unit, figure)
        if within:
            metric = _counting(Metric.from_json(figure.query["metric"]))
            questions.append(Question(metric, unit, period_of(figure), within=within))
    values = figures.answer(questions, at=at) if questions else []
    used = [int(value.number or 0) for value in values]
    return Reused(sum(1 for number in used if number), sum(used))


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


def _papers(unit: Unit, period: Period) -> list[Paper]:
    since, until = _moments(period)
    issued = Document.objects.filter(
        town__path__startswith=unit.path,
        state__in=document_states.PRINTED,
        issued_at__gte=since,
        issued_at__lt=until,
    )
    measures = documents.measures()
    return [_paper(document, measures) for document in issued.order_by("issued_at", "pk")]


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


def _notices(people: QuerySet[Post, Any], period: Period) -> Notices:
    since, until = _moments(period)
    sent = Notice.objects.filter(person__in=people, show_at__gte=since, show_at__lt=until)
    hours = sent.annotate(hour=ExtractHour("show_at", tzinfo=clock.SHANGHAI)).order_by()
    night = hours.filter(Q(hour__gte=NIGHT) | Q(hour__lt=MORNING))
    return Notices(sent.count(), night.count(), night.filter(urgent=True).count())
