"""Reading the calendar. One snapshot per process, renewed when its version changes.

Within the process that changed the calendar the change shows at once; other processes ask for the version
(one small query) at most every ten seconds.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from wenming.common import clock
from wenming.ground.calendar import arithmetic, lunar, states
from wenming.ground.calendar.market import MarketRule
from wenming.ground.calendar.models import (
    CalendarChange,
    CalendarDay,
    CalendarState,
    CalendarYear,
    MarketDay,
    OfficeHours,
)
from wenming.ground.units.models import Unit

CHECK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the calendar tables say. `token` is None while nothing was ever entered."""

    token: UUID | None
    calendar: arithmetic.Calendar
    hours_entered: bool
    markets: Mapping[int, tuple[str, MarketRule]]


@dataclass(frozen=True, slots=True)
class Change:
    """What moved since a version: deadlines running on any day from `first_day` to `last_day` (None: open)."""

    version: int
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One cell of the month page. `special` marks a row of its own; `markets` are names of towns."""

    day: date
    in_month: bool
    kind: str
    name: str
    spans: tuple[str, ...]
    special: bool
    markets: tuple[str, ...]


_kept: tuple[Snapshot, float] | None = None


def forget() -> None:
    """Drop the snapshot of this process; the next reader builds a new one."""
    global _kept  # noqa: PLW0603 -- the one place where a process keeps the calendar
    _kept = None


def calendar() -> arithmetic.Calendar:
    """The county's working calendar, ready for `arithmetic` and `clock`."""
    return snapshot().calendar


def snapshot() -> Snapshot:
    """The calendar with the market rules. No query within ten seconds of the last check."""
    global _kept  # noqa: PLW0603
    now = time.monotonic()
    kept = _kept
    if kept is not None and now - kept[1] < CHECK_SECONDS:
        return kept[0]
    # The token is read before the tables: a change in between makes the next check build again.
    token = CalendarState.objects.filter(id=1).values_list("token", flat=True).first()
    found = kept[0] if kept is not None and kept[0].token == token else _build(token)
    _kept = (found, now)
    return found


def version() -> int:
    """Number of the last change; 0 when nothing was ever entered."""
    return CalendarState.objects.filter(id=1).values_list("version", flat=True).first() or 0


def changed_since(since: int) -> Change | None:
    """What has moved after version `since`, in one range of days, or None. Whoever stores deadlines recomputes
    the open ones that touch the range and then remembers `Change.version`."""
    changes = list(CalendarChange.objects.filter(version__gt=since))
    if not changes:
        return None
    ends = [change.last_day for change in changes if change.last_day is not None]
    return Change(
        version=changes[-1].version,
        first_day=min(change.first_day for change in changes),
        last_day=max(ends) if len(ends) == len(changes) else None,
    )


def warnings(today: date) -> list[str]:
    """What the office has to enter: this year at any time, next year from October on, hours, lunar table."""
    known = snapshot()
    said = []
    if not known.hours_entered:
        usual = "、".join(span.text for span in arithmetic.STANDARD_SPANS)
        said.append(f"尚未录入作息时间，暂按 {usual} 计算；请到「日历」页录入。")
    if today.year not in known.calendar.announced_years:
        said.append(f"{today.year} 年放假安排尚未录入，期限暂按周末规则推算；请到「日历」页录入。")
    ahead = today.year + 1
    if today.month >= 10 and ahead not in known.calendar.announced_years:
        said.append(
            f"{ahead} 年放假安排尚未公布或录入，跨年的期限暂按周末规则推算；通知公布后请到「日历」页录入。"
        )
    if ahead >= lunar.LAST.year and any(rule.kind == states.LUNAR for _, rule in known.markets.values()):
        said.append(f"农历只能推算到 {lunar.LAST}，之后的赶集日请改用公历规则。")
    return said


def is_market_day(town: Unit, day: date) -> bool:
    """Whether `town` holds its market on `day`; False for a town without a rule."""
    found = snapshot().markets.get(town.pk)
    return found is not None and found[1].holds_on(day)


def market_rule(town: Unit) -> MarketRule | None:
    """The market rule of a town, or None."""
    found = snapshot().markets.get(town.pk)
    return found[1] if found else None


def month(year: int, month: int, town: Unit | None = None) -> list[list[MonthDay]]:
    """The weeks of a month from Monday, with the days of the neighbouring months that fill them.

    `town` limits the market days shown to one town.
    """
    known = snapshot()
    rules = [(label, rule) for key, (label, rule) in known.markets.items() if town is None or key == town.pk]
    first = date(year, month, 1)
    day = clock.monday(first)
    after = date(year + month // 12, month % 12 + 1, 1)
    weeks = []
    while day < after:
        week = [day + timedelta(days=offset) for offset in range(7)]
        weeks.append([_cell(known.calendar, each, each.month == month, rules) for each in week])
        day += timedelta(days=7)
    return weeks


def _cell(
    working: arithmetic.Calendar, day: date, in_month: bool, rules: list[tuple[str, MarketRule]]
) -> MonthDay:
    plan = working.plan(day)
    rule = working.days.get(day)
    spans = (rule.spans if rule and rule.spans is not None else working.spans_on(day)) if plan.working else ()
    return MonthDay(
        day=day,
        in_month=in_month,
        kind=states.WORK if plan.working else states.OFF,
        name=rule.name if rule else "",
        spans=tuple(span.text for span in spans),
        special=rule is not None,
        # Beyond the lunar table nothing is known; `warnings` says so in time.
        markets=tuple(label for label, each in rules if day <= lunar.LAST and each.holds_on(day)),
    )


def _build(token: UUID | None) -> Snapshot:
    days = {
        row.day: arithmetic.DayRule(
            row.kind, None if row.spans is None else arithmetic.parse_spans(row.spans), row.name
        )
        for row in CalendarDay.objects.all()
    }
    seasons = tuple((row.valid_from, arithmetic.parse_spans(row.spans)) for row in OfficeHours.objects.all())
    working = arithmetic.Calendar(
        # Before the first season entered its hours hold too: nobody keeps older ones.
        default_spans=seasons[0][1] if seasons else arithmetic.STANDARD_SPANS,
        days=days,
        announced_years=frozenset(CalendarYear.objects.filter(announced=True).values_list("year", flat=True)),
        seasons=seasons,
        roll_natural_days=CalendarState.objects.filter(id=1)
        .values_list("roll_natural_days", flat=True)
        .first()
        is not False,
    )
    markets = {
        row.town_id: (row.town.label, MarketRule(row.kind, tuple(row.numbers)))
        for row in MarketDay.objects.select_related("town").order_by("town__path")
    }
    return Snapshot(token, working, bool(seasons), markets)
