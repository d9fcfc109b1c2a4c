"""What anybody may read of appraisals: red list, black list until it is cleared, rule books, the next period.

Only units and names of places (handbook D17): no firms, no persons, no households, no words that somebody typed as
a ground; of photos only the masked copies that were approved. Nothing before it is published and confirmed.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from wenming.common import clock, discreet
from wenming.ground.evidence.models import Photo
from wenming.ground.people import queries as people
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import queries, standings, states
from wenming.outcomes.appraisals.models import Outcome, Round, RuleBook
from wenming.records.cases import residents
from wenming.records.cases.models import Case

UNIT = "unit"
# Books whose text explains a period that was published, or will.
READABLE = (states.ADOPTED, states.RETIRED)


@dataclass(frozen=True)
class Spot:
    """A place behind a black list: its name, what was found there, whether it was proved fixed."""

    name: str
    category: str
    fixed: bool
    before: list[Photo]
    after: list[Photo]


@dataclass(frozen=True)
class Listed:
    """A unit on a list with its place in that period."""

    unit: str
    group: str
    title: str
    period: Period
    rank: int | None
    total: Decimal | None
    since: date
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True)
class Version:
    """A version of a rule book and when it is in force; `until` the day before the next one, None: still."""

    book: RuleBook
    since: date
    until: date | None
    now: bool


@dataclass(frozen=True)
class Upcoming:
    """The next appraisal by a book; `waiting`: the period before it is over and not published yet."""

    title: str
    period: Period
    begun: bool
    waiting: Period | None


def towns() -> list[Unit]:
    """Towns with rules or results that concern everybody, in the order of the tree. One statement."""
    rules = RuleBook.objects.filter(town=OuterRef("pk"), rated=UNIT, state=states.ADOPTED)
    told = Round.objects.filter(town=OuterRef("pk"), book__rated=UNIT, state=states.PUBLISHED)
    found = Unit.objects.in_force().filter(Exists(rules) | Exists(told), kind=kinds.TOWN)
    return list(found.order_by("path"))


def red(town: Unit) -> list[Listed]:
    """The confirmed red list of the latest published round of every book in use. Two statements."""
    latest = standings.newest(standings.published([town], firms=False))
    rows = _open(queries.board(town, "red")).filter(round__in=latest)
    return [_listed(row) for row in _in_order(rows)]


def black(town: Unit) -> list[Listed]:
    """The confirmed black list of all published rounds, each unit until it is cleared (D17), with its places."""
    rows = _in_order(_open(queries.board(town, "black")))
    problems = queries.problems(rows)
    spots = _spots({case for cases, _left in problems.values() for case in cases}, problems.values())
    return [
        _listed(row, tuple(spots[case] for case in sorted(problems[row.pk][0]) if case in spots))
        for row in rows
    ]


def versions(town: Unit, today: date) -> list[Version]:
    """Rule books of the town that rate units: every adopted version with its day of force (D16). One statement."""
    rows = RuleBook.objects.filter(town=town, rated=UNIT, state=states.ADOPTED).order_by("code", "-in_force", "-adopted_at", "-id")  # fmt: skip
    found: list[Version] = []
    later: RuleBook | None = None
    for row in rows:
        if later is not None and later.code != row.code:
            later = None
        until = None if later is None else date.fromordinal(later.in_force.toordinal() - 1)
        if until is None or until >= row.in_force:
            found.append(
                Version(row, row.in_force, until, row.in_force <= today and (until is None or until >= today))
            )
        later = row
    return found


def upcoming(town: Unit, today: date) -> list[Upcoming]:
    """The next period of every book in use, and whether the one before still waits. Two statements."""
    found = []
    told = {
        (row.code, row.period_kind, row.period_start)
        for row in Round.objects.filter(town=town, book__rated=UNIT, state=states.PUBLISHED).only(
            "code", "period_kind", "period_start"
        )
    }
    newest: dict[str, Version] = {}
    first: dict[str, date] = {}
    for version in reversed(versions(town, today)):
        first.setdefault(version.book.code, version.since)
        if version.now or version.book.code not in newest:
            newest[version.book.code] = version
    for code, version in sorted(newest.items()):
        period = _from(periods.of(version.book.period, today), version.since)
        before = periods.previous(period)
        waits = (
            before.start >= first[code]
            and before.end < today
            and (code, before.kind, before.start) not in told
        )
        found.append(Upcoming(version.book.title, period, period.start <= today, before if waits else None))
    return found


def readable(key: uuid.UUID) -> RuleBook | None:
    """A rule book that anybody may read, None for drafts, for firms' contracts and for what is not there."""
    found = RuleBook.objects.filter(uuid=key, rated=UNIT, state__in=READABLE).select_related("town")
    return found.first()


def _from(period: Period, since: date) -> Period:
    """The period, or the first one by a book that is in force only later."""
    while period.start < since:
        period = periods.following(period)
    return period


def _open(rows: QuerySet[Outcome]) -> QuerySet[Outcome]:
    return rows.filter(
        ~Q(sheet__unit__kind__in=standings.PRIVATE), round__book__rated=UNIT, sheet__unit__isnull=False
    )


def _in_order(rows: QuerySet[Outcome]) -> list[Outcome]:
    """Newest period first, then by group and place; a unit that two rules of a book list stands there once."""
    found: dict[tuple[int, int], Outcome] = {}
    for row in rows.order_by(
        "-round__period_end", "round__code", "sheet__group", "sheet__rank", "sheet__subject", "pk"
    ):
        found.setdefault((row.round_id, row.sheet_id), row)
    return list(found.values())


def _listed(row: Outcome, spots: tuple[Spot, ...] = ()) -> Listed:
    sheet = row.sheet
    assert row.settled_at is not None  # noqa: S101 -- confirmed rows have it by constraint
    ordered = tuple(sorted(spots, key=lambda spot: (spot.fixed, spot.name)))
    return Listed(
        sheet.name, sheet.group, row.round.book.title, row.round.period, sheet.rank, sheet.total, clock.local_date(row.settled_at), ordered,
    )  # fmt: skip


def _spots(
    cases: Iterable[uuid.UUID], problems: Iterable[tuple[set[uuid.UUID], set[uuid.UUID]]]
) -> dict[uuid.UUID, Spot]:
    """Places of cases by name alone, with approved photos. Covert finds stay out whatever they cost."""
    left = {case for _cases, open_ in problems for case in open_}
    rows: Sequence[Case] = list(
        Case.objects.filter(uuid__in=list(cases), covert=False).select_related("place", "unit")
    )
    photos = residents.approved_photos(rows)
    names = people.named_in("\n".join(residents.where(case) for case in rows))
    return {
        case.uuid: Spot(
            discreet.masked(residents.where(case), names), case.category_name, case.uuid not in left, **photos[case.uuid]
        )
        for case in rows
    }  # fmt: skip
