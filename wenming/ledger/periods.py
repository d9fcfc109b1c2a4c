"""Periods a figure can be asked for: pure dates, no database.

A week begins on Monday; a "month" may run from the 26th to the 25th, because the town reports to the county
on the 25th (handbook §9.2); the cycle of assessment is three years (handbook §1.1).
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from wenming.common.clock import monday
from wenming.common.errors import DomainError

DAY, WEEK, MONTH, CUSTOM = "day", "week", "month", "custom"
QUARTER, HALF, YEAR, CYCLE, RANGE = "quarter", "half", "year", "cycle", "range"
KINDS = {
    DAY: "日", WEEK: "周", MONTH: "月", CUSTOM: "月（26日—25日）", QUARTER: "季", HALF: "半年",
    YEAR: "年", CYCLE: "创建周期", RANGE: "起止日期",
}  # fmt: skip
CUSTOM_FIRST_DAY = 26
CYCLE_YEARS = 3
# 2018—2020, 2021—2023, 2024—2026 …
_CYCLE_ORIGIN = 2018
_MONTHS = {MONTH: 1, QUARTER: 3, HALF: 6, YEAR: 12, CYCLE: 12 * CYCLE_YEARS}


@dataclass(frozen=True, order=True)
class Period:
    """`start` and `end` are both inside the period."""

    start: date
    end: date
    kind: str

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    @property
    def key(self) -> str:
        """Short text for addresses and files; `parse` reads it back."""
        year, month = self.start.year, self.start.month
        match self.kind:
            case "day":
                return self.start.isoformat()
            case "week":
                iso = self.start.isocalendar()
                return f"{iso.year}-W{iso.week:02}"
            case "month":
                return f"{year}-{month:02}"
            case "custom":
                return f"{self.end.year}-{self.end.month:02}@{self.start.day}"
            case "quarter":
                return f"{year}-Q{(month + 2) // 3}"
            case "half":
                return f"{year}-H{1 if month == 1 else 2}"
            case "year":
                return f"{year}"
            case "cycle":
                return f"{year}-{self.end.year}"
        return f"{self.start}..{self.end}"

    @property
    def label(self) -> str:
        """The period in words: 「第47周（11月16日—11月22日）」, 「2026年11月」."""
        year, month = self.start.year, self.start.month
        match self.kind:
            case "day":
                return f"{year}年{month}月{self.start.day}日"
            case "week":
                return f"第{self.start.isocalendar().week}周（{_short(self.start)}—{_short(self.end)}）"
            case "month":
                return f"{year}年{month}月"
            case "custom":
                return f"{self.end.year}年{self.end.month}月（{_short(self.start)}—{_short(self.end)}）"
            case "quarter":
                return f"{year}年第{'一二三四'[(month - 1) // 3]}季度"
            case "half":
                return f"{year}年{'上' if month == 1 else '下'}半年"
            case "year":
                return f"{year}年"
            case "cycle":
                return f"{year}—{self.end.year}年创建周期"
        until = _short(self.end) if self.end.year == year else f"{self.end.year}年{_short(self.end)}"
        return f"{year}年{_short(self.start)}—{until}"


def of(kind: str, day: date, *, first_day: int = CUSTOM_FIRST_DAY) -> Period:
    """The period of `kind` in which `day` falls. `first_day` (2–28) is for the custom month only."""
    if kind == DAY:
        return Period(day, day, DAY)
    if kind == WEEK:
        start = monday(day)
        return Period(start, start + timedelta(days=6), WEEK)
    if kind == CUSTOM:
        if not 2 <= first_day <= 28:
            raise _wrong(f"月报起始日 {first_day} 应在 2 到 28 之间。")
        start = day.replace(day=first_day)
        if day < start:
            start = _add_months(start, -1)
        return Period(start, _add_months(start, 1) - timedelta(days=1), CUSTOM)
    if kind not in _MONTHS:
        raise _wrong(f"不认识的期间「{kind}」。")
    months = _MONTHS[kind]
    if kind == CYCLE:
        start = date(day.year - (day.year - _CYCLE_ORIGIN) % CYCLE_YEARS, 1, 1)
    else:
        start = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(start, _add_months(start, months) - timedelta(days=1), kind)


def between(start: date, end: date) -> Period:
    """Any run of days. Raises DomainError when the end is before the start."""
    if end < start:
        raise _wrong("结束日期早于开始日期，请对调。")
    return Period(start, end, RANGE)


def previous(period: Period) -> Period:
    """The period of the same kind just before (环比)."""
    before = period.start - timedelta(days=1)
    if period.kind == RANGE:
        return Period(before - (period.end - period.start), before, RANGE)
    return of(period.kind, before, first_day=period.start.day if period.kind == CUSTOM else CUSTOM_FIRST_DAY)


def following(period: Period) -> Period:
    """The period of the same kind just after."""
    after = period.end + timedelta(days=1)
    if period.kind == RANGE:
        return Period(after, after + (period.end - period.start), RANGE)
    return of(period.kind, after, first_day=period.start.day if period.kind == CUSTOM else CUSTOM_FIRST_DAY)


def year_before(period: Period) -> Period:
    """The same period a year earlier (同比); week 53 answers to the last week, a cycle to the cycle before."""
    if period.kind == CYCLE:
        return previous(period)
    if period.kind == WEEK:
        iso = period.start.isocalendar()
        last = date(iso.year - 1, 12, 28).isocalendar().week  # 28 December is always in the last week
        return of(WEEK, date.fromisocalendar(iso.year - 1, min(iso.week, last), 1))
    if period.kind == RANGE:
        return Period(_add_months(period.start, -12), _add_months(period.end, -12), RANGE)
    first_day = period.start.day if period.kind == CUSTOM else CUSTOM_FIRST_DAY
    return of(period.kind, _add_months(period.start, -12), first_day=first_day)


def last(period: Period, count: int) -> list[Period]:
    """`count` periods that end with `period`, oldest first, for a trend."""
    found = [period]
    while len(found) < count:
        found.append(previous(found[-1]))
    return found[::-1]


_PATTERNS: list[tuple[str, Callable[..., Period]]] = [
    (r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", lambda a, b: between(_day(a), _day(b))),
    (r"(\d{4}-\d\d-\d\d)", lambda a: of(DAY, _day(a))),
    (r"(\d{4})-W(\d\d)", lambda a, b: of(WEEK, date.fromisocalendar(int(a), int(b), 1))),
    (r"(\d{4})-(\d\d)", lambda a, b: of(MONTH, date(int(a), int(b), 1))),
    (r"(\d{4})-(\d\d)@(\d\d?)", lambda a, b, c: of(CUSTOM, date(int(a), int(b), 1), first_day=int(c))),
    (r"(\d{4})-Q([1-4])", lambda a, b: of(QUARTER, date(int(a), int(b) * 3, 1))),
    (r"(\d{4})-H([12])", lambda a, b: of(HALF, date(int(a), int(b) * 6, 1))),
    (r"(\d{4})", lambda a: of(YEAR, date(int(a), 1, 1))),
    (r"(\d{4})-(\d{4})", lambda a, b: _cycle(int(a), int(b))),
]


def parse(text: str) -> Period:
    """Read `Period.key`. Raises DomainError with the forms that are understood."""
    for pattern, build in _PATTERNS:
        found = re.fullmatch(pattern, text.strip())
        if found:
            try:
                period = build(*found.groups())
            except (ValueError, OverflowError):
                break
            if period.start.year >= 1950 and period.end.year <= 2150:
                return period
            break
    raise _wrong(
        f"看不懂期间「{text}」，可写 2026-11-22、2026-W47、2026-11、2026-11@26、2026-Q4、2026-H2、2026、"
        "2024-2026 或 2026-11-01..2026-11-15。"
    )


def _wrong(message: str) -> DomainError:
    return DomainError("period_invalid", message, field="period")


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _cycle(first: int, final: int) -> Period:
    period = of(CYCLE, date(first, 1, 1))
    if (period.start.year, period.end.year) != (first, final):
        raise ValueError
    return period


def _add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
