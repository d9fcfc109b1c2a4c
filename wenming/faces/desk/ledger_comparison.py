"""A metric beside itself: over the last periods, a year ago, by unit, by category and by source.

Whatever the number of units and entries, the figures come in a fixed number of statements.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from wenming.faces.desk import links
from wenming.faces.desk.ledger import metric_url
from wenming.faces.desk.ledger_journal import SOURCES, category_name, side_url
from wenming.ground.units import queries as units
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import comparing, figures, metrics, periods, wording
from wenming.ledger.figures import Question
from wenming.ledger.metrics import LATEST, Metric, Value
from wenming.ledger.periods import Period

TREND = 12
# Of a longer list of units those without a number are only counted.
MANY = 12
_SHORT = 3
# The drawing of the trend, in units of its own; the lowest and the highest value lie on its inner edges.
WIDE, HIGH, INSET = 720, 160, 12


@dataclass(frozen=True)
class Bar:
    """A value with a bar of `width` per cent, the page behind it, its share of the whole and its rank."""

    label: str
    value: Value
    width: str
    url: str
    entries_url: str = ""
    share: Decimal | None = None
    rank: int | None = None


@dataclass(frozen=True)
class Group:
    """Units that may be compared with one another."""

    name: str
    rows: list[Bar]
    ranked: bool
    rest: str = ""

    @property
    def shown(self) -> list[Bar]:
        """The rows of the page; the file has them all."""
        return [bar for bar in self.rows if _says(bar.value)] if len(self.rows) > MANY else self.rows

    @property
    def silent(self) -> int:
        return len(self.rows) - len(self.shown)


@dataclass(frozen=True)
class Drawing:
    """The trend as points of an SVG: unbroken pieces of line, a dot for each value, and the whole in one sentence."""

    pieces: list[str] = field(default_factory=list)
    dots: list[tuple[str, str, str]] = field(default_factory=list)
    top: str = ""
    bottom: str = ""


@dataclass(frozen=True)
class Comparison:
    """Everything that stands beside the value on the page."""

    value: Value
    before: Value
    before_said: str
    before_url: str
    year_ago: Value
    year_ago_said: str
    year_ago_url: str
    to_date: Value | None
    to_date_label: str
    to_date_url: str
    trend: list[Bar]
    drawing: Drawing
    groups: list[Group]
    categories: list[Bar]
    sources: list[Bar]

    @property
    def short(self) -> str:
        """「2.8万元」 as a paper writes it; nothing below ten thousand and for rates."""
        number = self.value.number
        if number is None or self.value.measure == "%" or abs(number) < wording.WAN:
            return ""
        return wording.in_wan(number) + self.value.measure

    @property
    def tables(self) -> list[tuple[str, list[Bar]]]:
        """All tables with a title, for the file."""
        by_unit = [(group.name, group.rows) for group in self.groups]
        return [("走势", self.trend), *by_unit, ("类别", self.categories), ("来源", self.sources)]


def of(metric: Metric, unit: Unit, period: Period, *, at: datetime) -> Comparison:
    """The metric of `unit` in `period` beside everything it is compared with."""
    line = periods.last(period, TREND)
    year_ago, whole = periods.year_before(period), _to_date(metric, period)
    asked = [*line, year_ago, *([whole] if whole else [])]
    values = figures.answer([Question(metric, unit, each) for each in asked], at=at)
    value, ago = values[TREND - 1], values[TREND]
    trend = _since_the_books(list(zip(line, values[:TREND], strict=True)))
    return Comparison(
        value=value,
        before=values[TREND - 2],
        before_said=wording.change(value.number, values[TREND - 2].number, value.measure),
        before_url=metric_url(metric.code, unit, line[-2]),
        year_ago=ago,
        year_ago_said=wording.change(value.number, ago.number, value.measure, "上年同期"),
        year_ago_url=metric_url(metric.code, unit, year_ago),
        to_date=values[-1] if whole else None,
        to_date_label=f"{period.end.year}年1月至本期末累计",
        to_date_url=metric_url(metric.code, unit, whole) if whole else "",
        trend=_trend(metric, unit, trend),
        drawing=drawn([each for _period, each in trend]),
        groups=_by_unit(metric, unit, period, value, at),
        categories=_by_category(metric, unit, period, value, at),
        sources=_by_source(metric, unit, period, value, at),
    )


def _since_the_books(rows: list[tuple[Period, Value]]) -> list[tuple[Period, Value]]:
    """Years and cycles of before there were books say nothing; the one before this stays, for the comparison."""
    if rows[0][0].kind not in (periods.YEAR, periods.CYCLE):
        return rows
    first = next((place for place, (_period, value) in enumerate(rows) if _says(value)), len(rows))
    return rows[min(first, len(rows) - 2) :]


def _says(value: Value) -> bool:
    return bool(value.numerator or value.denominator)


def _to_date(metric: Metric, period: Period) -> Period | None:
    """1 January to the end of the period; None for balances and for periods that already are a year or longer."""
    first = date(period.end.year, 1, 1)
    if metric.kind == LATEST or period.start <= first:
        return None
    return periods.between(first, period.end)


def drawn(values: Sequence[Value]) -> Drawing:
    """Points from left to right; the line breaks where there is no value. Zero is always on the drawing."""
    numbers = [value.number for value in values]
    known = [number for number in numbers if number is not None]
    if not known:
        return Drawing()
    low, high = min(*known, Decimal(0)), max(*known, Decimal(0))
    step = Decimal(WIDE - 2 * INSET) / max(len(values) - 1, 1)
    pieces: list[list[str]] = [[]]
    dots = []
    for place, (value, number) in enumerate(zip(values, numbers, strict=True)):
        if number is None:
            pieces.append([])
            continue
        x = INSET + step * place
        part = (number - low) / (high - low) if high > low else Decimal(0)
        y = HIGH - INSET - (HIGH - 2 * INSET) * part
        pieces[-1].append(f"{x:.1f},{y:.1f}")
        dots.append((f"{x:.1f}", f"{y:.1f}", value.explained))
    lines = [" ".join(piece) for piece in pieces if len(piece) > 1]
    # Beside the axis there is room for 处 or 人次; 「个工作时」 would run into the line below.
    measure = values[0].measure if len(values[0].measure) <= _SHORT else ""
    return Drawing(lines, dots, f"{metrics.plain(high)}{measure}", f"{metrics.plain(low)}{measure}")


def _trend(metric: Metric, unit: Unit, rows: Sequence[tuple[Period, Value]]) -> list[Bar]:
    full = _full(value for _period, value in rows)
    return [
        Bar(period.label, value, _width(value, full), metric_url(metric.code, unit, period))
        for period, value in rows
    ]


def _by_unit(metric: Metric, unit: Unit, period: Period, whole: Value, at: datetime) -> list[Group]:
    """Units below by comparison group, never in one pot (handbook §4.3); what lies with none of them is said."""
    groups = {name: rows for name, rows in _groups(unit).items() if rows}
    asked = [each for rows in groups.values() for each in rows]
    answers = figures.answer([Question(metric, each, period) for each in asked], at=at) if asked else []
    values = {each.pk: value for each, value in zip(asked, answers, strict=True)}
    full = _full(values.values())
    left = (whole.numerator or 0) - sum(value.numerator or 0 for value in values.values())
    found: list[Group] = []
    for name, rows in groups.items():
        ranks = comparing.ranks([values[each.pk] for each in rows])
        bars = [
            Bar(each.label, values[each.pk], _width(values[each.pk], full), metric_url(metric.code, each, period),
                side_url(metric, each, period), comparing.share(values[each.pk], whole), rank)
            for each, rank in zip(rows, ranks, strict=True)
        ]  # fmt: skip
        rest = metrics.plain(Decimal(left)) if left and len(found) == len(groups) - 1 else ""
        found.append(Group(name, bars, any(ranks), rest))
    return found


_ORDER = list(dict.fromkeys(kinds.GROUPS.values()))


def _groups(unit: Unit) -> dict[str, list[Unit]]:
    if unit.kind == kinds.TOWN:
        return dict(sorted(units.compared(unit).items(), key=lambda pair: _ORDER.index(pair[0])))
    below = list(unit.children.filter(valid_to__isnull=True).order_by("path"))
    if unit.kind == kinds.COUNTY:
        found: dict[str, list[Unit]] = {"镇（街道）": [each for each in below if each.kind == kinds.TOWN]}
        for each in below:
            if each.kind in kinds.GROUPS:
                found.setdefault(kinds.GROUPS[each.kind], []).append(each)
        return found
    return {"网格": below}


def _by_category(metric: Metric, unit: Unit, period: Period, whole: Value, at: datetime) -> list[Bar]:
    """The metric for every category that occurs, the largest first."""
    found = figures.by_category(metric.code, scope=unit, period=period, at=at)
    accounts = {term.account for _side, term in metric.sides}
    rows = _present(found)
    full = _full(value for _name, value in rows)
    return [
        Bar(category_name(name, period.end, accounts), value, _width(value, full),
            side_url(metric, unit, period, category=_only(name, found)), share=comparing.share(value, whole))
        for name, value in rows
    ]  # fmt: skip


def _by_source(metric: Metric, unit: Unit, period: Period, whole: Value, at: datetime) -> list[Bar]:
    """The metric for every source that occurs, the largest first."""
    found = figures.by_source(metric.code, scope=unit, period=period, at=at)
    rows = _present(found)
    full = _full(value for _name, value in rows)
    return [
        Bar(SOURCES.get(name, name), value, _width(value, full),
            links.to("desk:journal", unit=unit.uuid, metric=metric.code, period=period.key, source=name)
            if name in SOURCES else "",
            share=comparing.share(value, whole))
        for name, value in rows
    ]  # fmt: skip


def _present(found: dict[str, Value]) -> list[tuple[str, Value]]:
    """Named rows with something in them, the largest first."""
    rows = [(name, value) for name, value in found.items() if name and (value.numerator or value.denominator)]
    return sorted(rows, key=lambda row: (-(row[1].denominator or row[1].numerator or 0), row[0]))


def _only(name: str, names: Iterable[str]) -> str:
    """The filter for this category and no other: bus would bring bus_stop along."""
    longer = any(other != name and other.startswith(name) for other in names)
    return f"{metrics.EXACT}{name}" if longer else name


def _full(values: Iterable[Value]) -> Decimal:
    """What a full bar stands for: 100 for rates, else the largest value."""
    found = list(values)
    largest = max((abs(value.number or Decimal(0)) for value in found), default=Decimal(0))
    return max(Decimal(100), largest) if found and found[0].measure == "%" else largest


def _width(value: Value, full: Decimal) -> str:
    return f"{abs(value.number or Decimal(0)) * 100 / full:.1f}" if full else "0"
