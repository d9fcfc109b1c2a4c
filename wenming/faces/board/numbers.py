"""The numbers of the board, all from the ledger's daily totals and all asked for at once.

Units are compared by the rate of what was due, never by how much was found, never persons (handbook D6);
a unit with fewer than three cases due is shown without a rank (peers 68).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from wenming.common import clock
from wenming.faces.desk import links
from wenming.ground.units import queries as unit_queries
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import figures, metrics, periods, wording
from wenming.ledger.comparing import ENOUGH
from wenming.ledger.metrics import Value
from wenming.ledger.periods import Period

TILES = [
    ("found", "发现问题"),
    ("fixed", "已整改"),
    ("in_time_rate", "按期整改率"),
    ("open", "在办"),
    ("overdue", "超期未整改"),
    ("relapsed", "反弹"),
]
ORDERS = "orders"
RATE = "in_time_rate"
TREND = ["found", "fixed", RATE]
WEEKS = 8
# Units without anything due that are called by name.
NAMES = 5
# What the units' panel of the board holds on a screen of 1920 × 1080.
LINES = 24
COMPARED = [
    (RATE, "按期整改率"),
    ("overdue", "超期未整改"),
    ("found", "发现问题"),
    ("found_by_self", "其中自查"),
    ("rework", "返工次数"),
    ("relapsed", "反弹"),
]


@dataclass(frozen=True)
class Number:
    """A number with the same number of the period before, and the page behind it."""

    label: str
    value: Value
    before: Value
    url: str

    @property
    def red(self) -> bool:
        """Red is kept for what is overdue."""
        return self.value.metric.code == "overdue" and bool(self.value.number)

    @property
    def parts(self) -> str:
        """「48/52」 for a rate, nothing for a count."""
        value = self.value
        if value.denominator is None or value.number is None:
            return ""
        return f"{metrics.plain(value.numerator)}/{metrics.plain(value.denominator)}"

    @property
    def was(self) -> str:
        """The period before in one phrase: 「5 处」, 「50.0%」, 「无应整改」."""
        before = self.before
        if before.number is None or before.measure == "%":
            return before.text
        return f"{before.number:f} {before.measure}"

    @property
    def change(self) -> str:
        """「↑ 1.8 个百分点」, 「↓ 3 处」, 「持平」; nothing where there is nothing to compare."""
        return wording.arrow(self.value, self.before)


@dataclass(frozen=True)
class Bar:
    """One unit in a comparison. `rank` is None where the sample is too small or nobody to compare with."""

    unit: Unit
    value: Value
    url: str
    rank: int | None = None
    others: tuple[tuple[Value, str], ...] = ()

    @property
    def due(self) -> int:
        return int(self.value.denominator or 0)

    @property
    def few(self) -> bool:
        return self.due < ENOUGH

    @property
    def parts(self) -> str:
        return f"{metrics.plain(self.value.numerator)}/{metrics.plain(self.value.denominator)}"

    @property
    def width(self) -> str:
        """Length of the bar in percent, for an SVG attribute."""
        return f"{self.value.number or 0:f}"


@dataclass(frozen=True)
class Group:
    """Units of one kind. `idle` had nothing due; `hidden` ones stand between the first and the last bars."""

    name: str
    bars: list[Bar]
    idle: tuple[Unit, ...] = ()
    hidden: int = 0
    tail: tuple[Bar, ...] = ()

    @property
    def idle_names(self) -> str:
        names = "、".join(unit.label for unit in self.idle[:NAMES])
        return names if len(self.idle) <= NAMES else f"{names}等 {len(self.idle)} 个"


@dataclass(frozen=True)
class Board:
    numbers: list[Number]
    orders: Number
    groups: list[Group]
    weeks: list[tuple[Period, list[Value]]]

    @property
    def chart(self) -> dict[str, Any]:
        """The trend for frontend/src/board.ts."""
        names = {"found": "发现", "fixed": "整改", RATE: "按期整改率"}
        series = [
            {
                "name": names[code],
                "unit": self.weeks[0][1][index].measure,
                "values": [_plain(values[index].number) for _week, values in self.weeks],
            }
            for index, code in enumerate(TREND)
        ]
        labels = [f"{week.start.month}.{week.start.day}" for week, _values in self.weeks[:-1]] + ["本周"]
        return {"labels": labels, "unit": "", "series": [series[2], series[0], series[1]]}

    @property
    def silent(self) -> bool:
        """Nothing was found, fixed or due in the eight weeks."""
        return not any(value.number for _week, values in self.weeks for value in values)


def board(scope: Unit, period: Period, at: datetime) -> Board:
    """Six numbers with the period before, the units, eight weeks: four statements, however many units."""
    before = periods.previous(period)
    weeks = periods.last(periods.of(periods.WEEK, clock.local_date(at)), WEEKS)
    groups = units_of(scope)
    codes = [code for code, _label in TILES] + [ORDERS]
    values = iter(
        figures.many(
            [
                *((code, scope, each) for each in (period, before) for code in codes),
                *((RATE, unit, period) for units in groups.values() for unit in units),
                *((code, scope, week) for week in weeks for code in TREND),
            ],
            at=at,
        )
    )
    now, then = [next(values) for _ in codes], [next(values) for _ in codes]
    labels = [label for _code, label in TILES] + ["督办单"]
    numbers = [
        Number(label, value, last, link(value.metric.code, scope, period))
        for label, value, last in zip(labels, now, then, strict=True)
    ]
    compared = [
        _busy(name, ranked(Bar(unit, next(values), link(RATE, unit, period)) for unit in units))
        for name, units in groups.items()
    ]
    # Partners seldom lead a case: their group appears once one of them does.
    compared = [group for group in compared if group.bars or group.name != kinds.GROUPS[kinds.PARTNER]]
    trend = [(week, [next(values) for _ in TREND]) for week in weeks]
    return Board(numbers[:-1], numbers[-1], compared, trend)


def _busy(name: str, bars: list[Bar]) -> Group:
    """The group with its idle units told apart: an empty bar says nothing."""
    idle = tuple(bar.unit for bar in bars if not bar.due)
    return Group(name, [bar for bar in bars if bar.due], idle)


def comparison(scope: Unit, period: Period, at: datetime) -> list[Group]:
    """All units with all columns of the printed table (`COMPARED`), in four statements."""
    groups = units_of(scope)
    asked = [(code, unit, period) for units in groups.values() for unit in units for code, _name in COMPARED]
    values = iter(figures.many(asked, at=at) if asked else [])
    found = []
    for name, units in groups.items():
        bars = []
        for unit in units:
            rate, *rest = [next(values) for _ in COMPARED]
            others = tuple((value, link(value.metric.code, unit, period)) for value in rest)
            bars.append(Bar(unit, rate, link(RATE, unit, period), others=others))
        found.append(Group(name, ranked(bars)))
    return found


def units_of(scope: Unit) -> dict[str, list[Unit]]:
    """Units compared with each other: below a county its towns and departments, below a town its units."""
    names = {kinds.TOWN: "镇（街道）"} | kinds.GROUPS
    if scope.kind == kinds.COUNTY:
        groups: dict[str, list[Unit]] = {}
        for unit in Unit.objects.in_force().filter(parent=scope, kind__in=names).order_by("path"):
            groups.setdefault(names[unit.kind], []).append(unit)
    else:
        groups = unit_queries.compared(scope)
    return {name: groups[name] for name in dict.fromkeys(names.values()) if name in groups}


def ranked(bars: Iterable[Bar]) -> list[Bar]:
    """By rate, best first; equal rates share a rank; small samples follow without one, the emptiest last."""
    bars = list(bars)
    enough = sorted(
        (bar for bar in bars if not bar.few), key=lambda bar: (-(bar.value.number or 0), bar.unit.path)
    )
    few = sorted((bar for bar in bars if bar.few), key=lambda bar: (-bar.due, bar.unit.path))
    if len(enough) < 2:
        return enough + few
    rates = [bar.value.number for bar in enough]
    return [replace(bar, rank=rates.index(bar.value.number) + 1) for bar in enough] + few


def folded(groups: Sequence[Group], lines: int = LINES) -> list[Group]:
    """The groups on at most `lines` lines if that can be: of long groups the best and the last stay."""
    lengths = [len(group.bars) for group in groups]
    while lengths and sum(lengths) > lines and max(lengths) > 5:
        lengths[lengths.index(max(lengths))] -= 1
    return [_fold(group, length) for group, length in zip(groups, lengths, strict=True)]


def _fold(group: Group, length: int) -> Group:
    if length >= len(group.bars):
        return group
    # One line goes to the words 「中间 n 个」.
    head = length // 2
    tail = length - 1 - head
    hidden = len(group.bars) - head - tail
    return replace(group, bars=group.bars[:head], hidden=hidden, tail=tuple(group.bars[-tail:]))


def link(code: str, unit: Unit, period: Period) -> str:
    """The page of the figure: definition, numerator and denominator, vouchers."""
    said = {"unit": str(unit.uuid), "period": period.key}
    return links.to("desk:metric", code, **said) or links.to("desk:ledger", **said)


def _plain(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
