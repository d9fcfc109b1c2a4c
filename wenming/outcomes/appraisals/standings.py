"""Published places: the latest round of every book still in use, how each unit stood before, who is not ranked.

Everything here comes from rounds that are published and not corrected since, whatever else is computed or shown.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import RowNumber

from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import states
from wenming.outcomes.appraisals.models import Round, RoundQuerySet, RuleBook, Sheet
from wenming.outcomes.scoring import ranking, sheet
from wenming.outcomes.scoring.book import RANKED
from wenming.outcomes.scoring.sheet import Sheet as Scored

# Published periods in a trend, the latest with them.
TREND = 6
# A grid is one person's beat: never in a ranking (handbook D6).
_PERSONAL = (kinds.GRID,)
# What everybody may see besides: no firms, whose settlement is between them and the town.
PRIVATE = (*_PERSONAL, kinds.CONTRACTOR)


@dataclass(frozen=True)
class Mark:
    """One point of a trend; `total` and `rank` None: not assessed, or not ranked then."""

    period: Period
    total: Decimal | None
    rank: int | None


@dataclass(frozen=True)
class Standing:
    """One unit in a published round. `trend` runs from the oldest to this round."""

    sheet: Sheet
    not_ranked: str
    ranked: int
    trend: tuple[Mark, ...]

    @property
    def unit(self) -> Unit:
        assert self.sheet.unit is not None  # noqa: S101 -- sheets without a unit are left out
        return self.sheet.unit

    @property
    def total(self) -> Decimal | None:
        return self.sheet.total

    @property
    def rank(self) -> int | None:
        return self.sheet.rank

    @property
    def before(self) -> Mark | None:
        """The period just before, where it was published: what this one is compared with."""
        if len(self.trend) < 2:
            return None
        now, last = self.trend[-1], self.trend[-2]
        return last if last.period == periods.previous(now.period) else None

    @property
    def change(self) -> Decimal | None:
        """Points more than in the period before."""
        if self.before is None or self.total is None or self.before.total is None:
            return None
        return self.total - self.before.total

    @property
    def moved(self) -> int | None:
        """Places won since the period before."""
        if self.before is None or self.rank is None or self.before.rank is None:
            return None
        return self.before.rank - self.rank


@dataclass(frozen=True)
class Group:
    name: str
    standings: tuple[Standing, ...]


@dataclass(frozen=True)
class Table:
    """One published round by groups, each in the order of places, those not ranked last."""

    round: Round
    groups: tuple[Group, ...]
    periods: tuple[Period, ...]

    @property
    def units(self) -> list[Unit]:
        return [each.unit for group in self.groups for each in group.standings]


def published(
    towns: Iterable[Unit], *, among: RoundQuerySet | None = None, firms: bool = True
) -> RoundQuerySet:
    """Published rounds of the towns that rank units (`firms` False: no contractors), of books still in use.

    `among`: only those of this queryset, e.g. what a person may see.
    """
    in_use = RuleBook.objects.filter(town=OuterRef("town"), code=OuterRef("code"), state=states.ADOPTED)
    found = Round.objects.filter(
        Exists(in_use), state=states.PUBLISHED, town__in=list(towns), book__rated__in=RANKED if firms else ("unit",)
    )  # fmt: skip
    return found if among is None else found.filter(pk__in=among.order_by().values("pk"))


def newest(rounds: RoundQuerySet, count: int = 1) -> list[Any]:
    """Of every town and book the newest `count` of `rounds`; `nth` 1 is the latest. One statement."""
    nth = Window(
        RowNumber(),
        partition_by=[F("town"), F("code")],
        order_by=[F("period_end").desc(), F("pk").desc()],
    )
    found = rounds.annotate(nth=nth).filter(nth__lte=count).select_related("book", "town")
    # Firms after the town's own units.
    return list(found.order_by("town__path", F("book__rated").desc(), "code", "nth"))


def tables(rounds: RoundQuerySet, *, open_to_all: bool = False) -> list[Table]:
    """The latest of `rounds` for every town and book, with its trend. Three statements.

    `open_to_all`: for the wall and the public, without firms.
    """
    rows = newest(rounds, TREND)
    latest = [row for row in rows if row.nth == 1]
    if not latest:
        return []
    history = {
        (each.town_id, each.code): [
            row for row in reversed(rows)
            if (row.town_id, row.code, row.period_kind) == (each.town_id, each.code, each.period_kind)
        ]
        for each in latest
    }  # fmt: skip
    marks = _marks(rows)
    hidden = PRIVATE if open_to_all else _PERSONAL
    sheets = _sheets(latest, hidden)
    return [_table(each, history[each.town_id, each.code], sheets.get(each.pk, []), marks) for each in latest]


def _marks(rounds: Sequence[Round]) -> dict[tuple[int, str], tuple[Decimal | None, int | None]]:
    """{(round, subject): (total, place)} of all rounds of the trends."""
    rows = Sheet.objects.filter(round__in=rounds).values_list("round_id", "subject", "total", "rank")
    return {(key, subject): (total, rank) for key, subject, total, rank in rows}


def _sheets(rounds: Sequence[Round], hidden: Collection[str]) -> dict[int, list[Any]]:
    """Sheets by round, without their lines: two parts of what the engine said are enough here."""
    rows = (
        Sheet.objects.filter(round__in=rounds, unit__isnull=False)
        .exclude(unit__kind__in=hidden)
        .annotate(said=KeyTransform("not_ranked", "data"), ranked=KeyTransform("ranked", "data"))
        .defer("data")
        .select_related("unit")
        .order_by("group", F("rank").asc(nulls_last=True), F("total").desc(nulls_last=True), "unit__path")
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.round_id, []).append(row)
    return found


def _table(
    where: Round,
    rounds: Sequence[Round],
    sheets: Sequence[Any],
    marks: dict[tuple[int, str], tuple[Decimal | None, int | None]],
) -> Table:
    standings = []
    for row in sheets:
        trend = tuple(Mark(each.period, *marks.get((each.pk, row.subject), (None, None))) for each in rounds)
        standings.append(Standing(row, str(row.said or ""), int(row.ranked or 0), trend))
    return Table(where, _groups(standings), tuple(each.period for each in rounds))


def _groups(standings: list[Standing]) -> tuple[Group, ...]:
    """By group, or one for all where the book ranked them together."""
    groups: dict[str, list[Standing]] = {}
    for each in standings:
        groups.setdefault(each.sheet.group, []).append(each)
    inside = [each for each in standings if each.rank is not None]
    if len(groups) > 1 and inside and all(each.ranked == len(inside) for each in inside):
        places = sorted(standings, key=lambda each: (each.rank is None, each.rank or 0))
        return (Group("、".join(sorted(groups, key=_order)), tuple(places)),)
    return tuple(Group(name, tuple(groups[name])) for name in sorted(groups, key=_order))


def _order(group: str) -> tuple[int, str]:
    """Communities, villages, stations …, then groups with names of the town's own."""
    usual = list(dict.fromkeys(kinds.GROUPS.values()))
    return (usual.index(group) if group in usual else len(usual), group)


@dataclass(frozen=True)
class Joined:
    """Units of several towns placed together, which only one and the same book allows."""

    title: str
    period: Period
    towns: tuple[Unit, ...]
    groups: tuple[tuple[str, tuple[tuple[Unit, Scored], ...]], ...]


def joined(found: Sequence[Table]) -> list[Joined]:
    """Towns that scored the same period by the same text of a book, ranked together by its own rule.

    Towns with different books are never put in one pot: their points mean different things.
    """
    same: dict[tuple[str, Period], list[Round]] = {}
    for table in found:
        if table.round.book.rated == "unit":
            same.setdefault((table.round.book.digest, table.round.period), []).append(table.round)
    several = [rounds for rounds in same.values() if len(rounds) > 1]
    keys = [each.pk for rounds in several for each in rounds]
    rows = (
        Sheet.objects.filter(Q(round__in=keys, unit__isnull=False) & ~Q(unit__kind__in=PRIVATE))
        if keys
        else []
    )
    town_of = {each.pk: each.town for rounds in several for each in rounds}
    scored: dict[int, list[Scored]] = {}
    towns: dict[str, Unit] = {}
    for row in rows:
        scored.setdefault(row.round_id, []).append(
            replace(sheet.from_data(row.data), place=None, not_ranked=row.data["not_ranked"])
        )
        towns[row.subject] = town_of[row.round_id]
    joint = [_joined(rounds, scored, towns) for rounds in several]
    return [each for each in joint if each.groups]


def _joined(rounds: Sequence[Round], scored: dict[int, list[Scored]], towns: dict[str, Unit]) -> Joined:
    sheets = [each for where in rounds for each in scored.get(where.pk, [])]
    rule = rounds[0].book.book.ranking
    groups: dict[str, list[tuple[Unit, Scored]]] = {}
    for each in ranking.placed(rule, sheets) if rule else sheets:
        groups.setdefault(each.group, []).append((towns[each.unit], each))
    # A group that only one town has is in that town's own table already.
    groups = {name: found for name, found in groups.items() if len({town.pk for town, _sheet in found}) > 1}
    for found in groups.values():
        found.sort(key=lambda pair: (pair[1].place is None, pair[1].place or 0, pair[0].path, pair[1].unit))
    return Joined(
        rounds[0].book.title, rounds[0].period, tuple(each.town for each in rounds),
        tuple((name, tuple(groups[name])) for name in sorted(groups, key=_order)),
    )  # fmt: skip
