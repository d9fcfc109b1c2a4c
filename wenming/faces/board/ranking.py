"""考核排名 on the board: published places with their trend, and how sure the rate behind them is.

Only units, never persons (handbook D6); nothing that is not published; towns are put together only where they
score by one and the same book.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from wenming.faces.board import numbers
from wenming.faces.desk import links
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import figures
from wenming.ledger.metrics import Value
from wenming.outcomes.appraisals import standings
from wenming.outcomes.appraisals.models import Round, RoundQuerySet
from wenming.outcomes.appraisals.standings import Mark, Standing, Table
from wenming.outcomes.scoring import amounts, intervals
from wenming.outcomes.scoring.intervals import Interval

# The little line: what it is drawn on, and the room for its dots.
WIDTH, HEIGHT, EDGE = 96, 24, 3
# How much was looked at, and how well it was put right: what a place rests on.
SAMPLES, RATE = "places_inspected", numbers.RATE
# Lines of a group on the panel of the board.
LINES = 4
# Earlier rounds offered below a ranking: two years of months.
PAST = 24
# Who reads every sheet of a town line by line; others only their own.
_READERS = (P.SCORE_MANAGE, P.SCORE_DECIDE, P.SCORE_CONFIRM)


@dataclass(frozen=True)
class Spark:
    """A trend as lines of an SVG: a piece breaks off where the unit was not assessed. `said`: the same in words."""

    pieces: tuple[str, ...]
    dots: tuple[tuple[str, str], ...]
    said: str


@dataclass(frozen=True)
class Row:
    """One unit of a ranking. `samples` are the places inspected in the period, `rate` its 按期整改率 with the 95 %
    interval; both None on the panel."""

    standing: Standing
    spark: Spark
    url: str
    here: bool = False
    samples: Value | None = None
    samples_url: str = ""
    rate: Value | None = None
    rate_url: str = ""
    interval: Interval | None = None

    @property
    def unit(self) -> Unit:
        return self.standing.unit

    @property
    def total(self) -> str:
        return "—" if self.standing.total is None else amounts.text(self.standing.total)

    @property
    def change(self) -> str:
        """「↑ 1.5 分」, 「持平」; nothing where there is nothing to compare with."""
        more = self.standing.change
        return "" if more is None else _arrow(more, f"{amounts.text(abs(more))} 分")

    @property
    def moved(self) -> str:
        """「↑ 2 名」, 「名次不变」."""
        more = self.standing.moved
        return "" if more is None else (_arrow(more, f"{abs(more)} 名") if more else "名次不变")

    @property
    def step(self) -> str:
        """Places won or lost, as short as it gets: 「↑2」."""
        more = self.standing.moved
        return f"{'↑' if more > 0 else '↓'}{abs(more)}" if more else ""

    @property
    def parts(self) -> str:
        """「19/20」, nothing where nothing was due."""
        value = self.rate
        return f"{_plain(value.numerator)}/{_plain(value.denominator)}" if value and value.denominator else ""

    @property
    def ends(self) -> tuple[str, str, str, str] | None:
        """Percent for the drawing: from, length, to, and the rate itself."""
        if self.interval is None or self.rate is None or self.rate.number is None:
            return None
        low, high = (_percent(end) for end in (self.interval.low, self.interval.high))
        return f"{low}", f"{high - low}", f"{high}", f"{self.rate.number}"


@dataclass(frozen=True)
class Group:
    """Rows of one group; `hidden` ones stand between the first and the last on the panel."""

    name: str
    rows: tuple[Row, ...]
    hidden: int = 0
    tail: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Ranked:
    """One published round as the board shows it."""

    round: Round
    groups: tuple[Group, ...]
    periods: tuple[str, ...]
    url: str
    page_url: str = ""

    @property
    def rated(self) -> bool:
        """Is there an interval to show?"""
        return any(row.ends for group in self.groups for row in group.rows)

    @property
    def sampled(self) -> bool:
        """Was anything inspected?"""
        return any(row.samples and row.samples.number for group in self.groups for row in group.rows)


def towns(scope: Unit) -> list[Unit]:
    """Whose rounds the board of `scope` shows: its town's, or of a county those of all towns. At most one statement."""
    if scope.kind == kinds.COUNTY:
        return list(Unit.objects.in_force().filter(parent=scope, kind=kinds.TOWN).order_by("path"))
    return [scope if scope.kind == kinds.TOWN else scope.town or scope]


def rounds(person: Person, scope: Unit) -> RoundQuerySet:
    """Published rounds that the person may see on the board of `scope`."""
    return standings.published(towns(scope), among=Round.objects.visible_to(person))


def until(every: RoundQuerySet, last: Round | None) -> RoundQuerySet:
    """`every`, or the rounds of the book of `last` up to it."""
    if last is None:
        return every
    return every.filter(town=last.town, code=last.code, period_end__lte=last.period_end)


def past(every: RoundQuerySet, scope: Unit, shown: Sequence[Round]) -> list[tuple[Round, str]]:
    """Rounds that can be opened besides those shown, newest first, with their addresses. One statement."""
    rows = every.exclude(pk__in=[each.pk for each in shown]).select_related("book", "town")
    return [
        (row, links.to("board:ranking", unit=str(scope.uuid), round=str(row.uuid)))
        for row in rows.order_by("-period_end", "town__path", "code")[:PAST]
    ]


def by_town(found: Sequence[Ranked]) -> list[tuple[Unit, list[Ranked]]]:
    """In the order of the towns."""
    towns_of: dict[Unit, list[Ranked]] = {}
    for each in found:
        towns_of.setdefault(each.round.town, []).append(each)
    return list(towns_of.items())


def for_everybody(scope: Unit) -> list[Ranked]:
    """For the wall: published places of the town's own units, no firms, no links. The wall of a community shows
    only that community, and so many towns as a county has fit on no wall: both have no ranking."""
    if scope.kind != kinds.TOWN:
        return []
    found = standings.tables(standings.published([scope], firms=False), open_to_all=True)
    return [_ranked(table, None, scope) for table in found]


def ranked(person: Person, scope: Unit, found: Sequence[Table]) -> list[Ranked]:
    """`found` with links, without rates: for the panel."""
    return [_ranked(table, person, scope) for table in found]


def with_rates(found: Sequence[Ranked], at: datetime) -> list[Ranked]:
    """The same with places inspected and 按期整改率 of every unit, in three statements."""
    asked = [
        (code, row.unit, each.round.period)
        for each in found for group in each.groups for row in group.rows for code in (SAMPLES, RATE)
    ]  # fmt: skip
    values = iter(figures.many(asked, at=at) if asked else [])
    return [
        replace(
            each,
            groups=tuple(
                replace(
                    group,
                    rows=tuple(_rated(row, next(values), next(values), each.round) for row in group.rows),
                )
                for group in each.groups
            ),
        )
        for each in found
    ]


def folded(found: Iterable[Ranked], lines: int = LINES) -> list[Ranked]:
    """For the panel: of every long group the first ones and the last."""
    return [replace(each, groups=tuple(_fold(group, lines) for group in each.groups)) for each in found]


def _fold(group: Group, lines: int) -> Group:
    if len(group.rows) <= lines:
        return group
    # The last place that is ranked, not the one that is not assessed.
    inside = [row for row in group.rows if row.standing.rank is not None] or list(group.rows)
    head = inside[: lines - 2]
    tail = [row for row in inside[-1:] if row not in head]
    return replace(group, rows=tuple(head), hidden=len(group.rows) - len(head) - len(tail), tail=tuple(tail))


def _ranked(table: Table, person: Person | None, scope: Unit) -> Ranked:
    reads_all = person is not None and any(person.may(need, table.round.town) for need in _READERS)
    own = person.paths(P.SCORE_APPEAL) if person else []
    groups = []
    for group in table.groups:
        totals = [mark.total for each in group.standings for mark in each.trend if mark.total is not None]
        bounds = (min(totals), max(totals)) if totals else (Decimal(0), Decimal(0))
        rows = []
        for each in group.standings:
            opens = reads_all or any(each.unit.path.startswith(path) for path in own)
            url = links.to("desk:appraisal-sheet", each.sheet.uuid) if opens else ""
            rows.append(Row(each, spark(each.trend, *bounds), url, here=each.unit.pk == scope.pk))
        groups.append(Group(group.name, tuple(rows)))
    return Ranked(
        table.round, tuple(groups), tuple(period.label for period in table.periods),
        links.to("desk:appraisal-round", table.round.uuid) if person else "",
        links.to("board:ranking", unit=str(scope.uuid), round=str(table.round.uuid)) if person else "",
    )  # fmt: skip


def _rated(row: Row, samples: Value, rate: Value, where: Round) -> Row:
    top, bottom = rate.numerator, rate.denominator
    sure = None
    # More fixed than due cannot be a share; nothing is drawn then.
    if top is not None and bottom and 0 <= top <= bottom:
        sure = intervals.wilson(top, bottom)
    return replace(
        row, samples=samples, samples_url=numbers.link(SAMPLES, row.unit, where.period),
        rate=rate, rate_url=numbers.link(RATE, row.unit, where.period), interval=sure,
    )  # fmt: skip


def spark(trend: Sequence[Mark], low: Decimal, high: Decimal) -> Spark:
    """The line of a trend between the lowest and the highest mark of its group, so that lines can be compared."""
    span, step = high - low, Decimal(WIDTH - 2 * EDGE) / max(len(trend) - 1, 1)
    pieces: list[list[str]] = [[]]
    dots = []
    for index, mark in enumerate(trend):
        if mark.total is None:
            pieces.append([])
            continue
        share = (mark.total - low) / span if span else Decimal("0.5")
        x, y = EDGE + step * index, HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)
        dots.append((f"{x:.1f}", f"{y:.1f}"))
        pieces[-1].append(f"{x:.1f},{y:.1f}")
    said = "，".join(f"{mark.period.label} {_said(mark)}" for mark in trend)
    return Spark(tuple(" ".join(each) for each in pieces if len(each) > 1), tuple(dots), said)


def _said(mark: Mark) -> str:
    return "未考核" if mark.total is None else f"{amounts.text(mark.total)} 分"


def _arrow(more: Decimal | int, said: str) -> str:
    return f"{'↑' if more > 0 else '↓'} {said}" if more else "持平"


def _plain(number: Decimal | None) -> str:
    return amounts.plain(number or Decimal(0))


def _percent(share: Decimal) -> Decimal:
    return (share * 100).quantize(Decimal("0.1"))
