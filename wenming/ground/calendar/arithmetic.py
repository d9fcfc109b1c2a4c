"""Working time and deadlines: pure functions on frozen values, no database.

Times go in and come out aware, in UTC; inside, everything is whole minutes of the town's clock. A moment is
cut down to the minute the clock shows, because that is what a person recounts by hand (peers.md 44).

Four units of a term (handbook §3.3) and what they mean here:

- `work_hour` 工作时: only minutes inside office spans count; lunch, evenings, weekends and holidays do not.
- `work_day` 工作日: the day of the start is not counted, whether it is a working day or not (民法典第 201 条第一款);
  the n-th working day after it ends the term at its close of business (第 203 条第二款). So a report on Friday
  night and one on Sunday both have Monday as their first day.
- `hour` 自然时: runs around the clock, from the minute of the start (第 201 条第二款). For safety cases.
- `day` 自然日: the day of the start is not counted; the n-th day ends the term at 24:00, given as 23:59:59 so that
  the day shown is the right one. A last day without office moves on to the next working day (第 203 条第一款)
  when the calendar says `roll_natural_days`.

A pause stops the clock. For hours, minutes inside it do not count. For days, a working day whose office spans it
touches (a natural day which it touches at all) does not count and the term moves on by that day.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from wenming.common.errors import DomainError
from wenming.ground.calendar.office_time import (
    DAY,
    SEARCH_DAYS,
    STANDARD_SPANS,
    Calendar,
    DayPlan,
    DayRule,
    Minutes,
    Span,
    clock_text,
    is_office_time,
    minute_of,
    moment_of,
    next_office_time,
    no_working_time,
    parse_spans,
    range_text,
    worked_minutes,
)

__all__ = [
    "DAY", "STANDARD_SPANS", "UNIT_NAMES", "Calendar", "DayPlan", "DayRule", "Deadline", "Pause", "Span", "Step",
    "Term", "TermUnit", "deadline", "is_office_time", "next_office_time", "parse_spans", "worked_minutes",
    "year_warnings",
]  # fmt: skip

_NEVER = 1 << 60
_ROUND_THE_CLOCK = DayPlan(True, ((0, DAY),), "")


class TermUnit(StrEnum):
    """The four units of a deadline (handbook §3.3)."""

    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"
    HOUR = "hour"
    DAY = "day"


UNIT_NAMES = {
    TermUnit.WORK_HOUR: "工作时",
    TermUnit.WORK_DAY: "工作日",
    TermUnit.HOUR: "自然时",
    TermUnit.DAY: "自然日",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time in one of the four units. Raises DomainError `term_invalid`."""

    value: Decimal | int
    unit: TermUnit | str

    def __post_init__(self) -> None:
        if self.unit not in UNIT_NAMES:
            names = "、".join(UNIT_NAMES.values())
            raise DomainError("term_invalid", f"时限单位「{self.unit}」不认识，只能是{names}。", field="unit")
        if not 0 < self.value <= 10_000:
            raise DomainError("term_invalid", f"时限要大于 0，现在是「{self.value}」。", field="value")
        whole = self.value * 60 if self.in_hours else self.value
        if whole != int(whole):
            least = "一分钟" if self.in_hours else "一天"
            raise DomainError("term_invalid", f"时限「{self.value}」不是整{least}的倍数。", field="value")

    @property
    def in_hours(self) -> bool:
        return self.unit in (TermUnit.WORK_HOUR, TermUnit.HOUR)

    @property
    def in_work(self) -> bool:
        return self.unit in (TermUnit.WORK_HOUR, TermUnit.WORK_DAY)

    @property
    def count(self) -> int:
        """Minutes for hour terms, days for day terms: what the steps of a deadline add up to."""
        return int(self.value * 60) if self.in_hours else int(self.value)

    @property
    def text(self) -> str:
        """`4 个工作时`."""
        return f"{Decimal(self.value).normalize():f} 个{UNIT_NAMES[TermUnit(self.unit)]}"


class Pause(NamedTuple):
    """A time in which the clock stands; `end` None means it still stands. A plain (from, to) pair serves too."""

    start: datetime
    end: datetime | None
    reason: str = "挂账停表"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of 「为什么是这个期限」: a day, or a run of days (`day` to `last_day`) that count for nothing.

    Of `minutes_counted` and `days_counted` the one of the term's kind is used, the other is 0;
    `running_total` is the sum so far in the same measure.
    """

    day: date
    last_day: date
    minutes_counted: int
    days_counted: int
    running_total: int
    note: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` is None while the clock stands with no end known; `warnings` name years not yet announced."""

    at: datetime | None
    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()


def deadline(
    calendar: Calendar,
    start: datetime,
    term: Term,
    pauses: Sequence[Pause | tuple[datetime, datetime | None]] = (),
) -> Deadline:
    """When `term`, begun at `start`, runs out, and the sum day by day.

    Pauses may touch, overlap and lie in any order. Raises DomainError `calendar_empty` when the calendar has
    no working time, ValueError for a time without a zone. Rules: the head of this file.
    """
    begin = minute_of(start)
    stops = sorted(_Stop.of(Pause(*pause)) for pause in pauses)
    sheet = _Sheet(term)
    if term.in_hours:
        end = _run_minutes(calendar, begin, term, stops, sheet)
    else:
        end = _run_days(calendar, begin, term, stops, sheet)
    at = None if end is None else moment_of(end)
    if at is not None and term.unit == TermUnit.DAY:
        at -= timedelta(seconds=1)
    first_year = date.fromordinal(begin // DAY).year
    return Deadline(
        at, tuple(sheet.steps), year_warnings(calendar, first_year, sheet.steps[-1].last_day.year)
    )


def year_warnings(calendar: Calendar, first: int, last: int) -> tuple[str, ...]:
    """One sentence for every year from `first` to `last` whose holidays are not entered."""
    return tuple(
        f"{year} 年放假安排尚未公布或录入，暂按周末规则推算。"
        for year in range(first, last + 1)
        if year not in calendar.announced_years
    )


class _Stop(NamedTuple):
    """A pause in minutes of the town's clock."""

    start: int
    end: int
    reason: str

    @classmethod
    def of(cls, pause: Pause) -> "_Stop":
        end = _NEVER if pause.end is None else minute_of(pause.end)
        return cls(minute_of(pause.start), end, pause.reason)


class _Sheet:
    """Collects the steps; equal rows that count for nothing run together into one."""

    def __init__(self, term: Term) -> None:
        self.in_hours = term.in_hours
        self.total = 0
        self.steps: list[Step] = []

    def add(self, ordinal: int, counted: int, note: str) -> None:
        day = date.fromordinal(ordinal)
        first = day
        if not counted and self.steps:
            before = self.steps[-1]
            if before.note == note and not (before.minutes_counted or before.days_counted):
                first = before.day
                self.steps.pop()
        self.total += counted
        minutes, days = (counted, 0) if self.in_hours else (0, counted)
        self.steps.append(Step(first, day, minutes, days, self.total, note))


def _run_minutes(
    calendar: Calendar, begin: int, term: Term, stops: Sequence[_Stop], sheet: _Sheet
) -> int | None:
    """The minute at which an hour term is used up, or None when a pause without end comes first."""
    left = term.count
    frozen = _frozen_from(stops)
    for ordinal in range(begin // DAY, begin // DAY + SEARCH_DAYS):
        base = ordinal * DAY
        plan = calendar.plan_of(ordinal) if term.in_work else _ROUND_THE_CLOCK
        open_spans = [
            (max(base + first, begin), base + last) for first, last in plan.spans if base + last > begin
        ]
        counted: list[Minutes] = []
        for first, last in _without(open_spans, stops):
            counted.append((first, min(last, first + left)))
            left -= counted[-1][1] - first
            if not left:
                break
        note = _minutes_note(plan, _Counted(base, begin - base, open_spans, counted, not left), stops)
        sheet.add(ordinal, sum(last - first for first, last in counted), note)
        if not left:
            return counted[-1][1]
        if base + DAY > frozen.start:
            sheet.add(ordinal + 1, 0, f"{frozen.reason}，恢复后接着计算")
            return None
    raise no_working_time()


def _run_days(
    calendar: Calendar, begin: int, term: Term, stops: Sequence[_Stop], sheet: _Sheet
) -> int | None:
    """The minute that ends a day term, or None when a pause without end comes first."""
    today = begin // DAY
    frozen = _frozen_from(stops)
    unit = "个工作日" if term.in_work else "日"
    sheet.add(today, 0, "起算当日不计入")
    for ordinal in range(today + 1, today + SEARCH_DAYS):
        base = ordinal * DAY
        if base >= frozen.start:
            sheet.add(ordinal, 0, f"{frozen.reason}，恢复后接着计算")
            return None
        plan = calendar.plan_of(ordinal)
        reason = _stopped(plan.spans if term.in_work else _ROUND_THE_CLOCK.spans, base, stops)
        if term.in_work and not plan.working:
            sheet.add(ordinal, 0, plan.note)
        elif reason:
            sheet.add(ordinal, 0, f"{reason}，当日不计")
        elif sheet.total == term.count and not plan.working:
            sheet.add(ordinal, 0, f"{plan.note.removesuffix('不计')}，继续顺延")
        else:
            rolled = sheet.total == term.count
            place = "顺延到此日" if rolled else f"第 {sheet.total + 1} {unit}"
            last = sheet.total + 1 >= term.count
            resting = last and not rolled and calendar.roll_natural_days and not plan.working
            ending = "" if not last else "，逢休息日顺延" if resting else f"，{_closing(plan, term)} 截止"
            remark = f"（{plan.note.removesuffix('不计')}）" if plan.note else ""
            sheet.add(ordinal, 0 if rolled else 1, f"{place}{remark}{ending}")
            if last and not resting:
                return base + (plan.spans[-1][1] if term.in_work else DAY)
    raise no_working_time()


def _closing(plan: DayPlan, term: Term) -> str:
    return clock_text(plan.spans[-1][1] if term.in_work else DAY)


def _frozen_from(stops: Sequence[_Stop]) -> _Stop:
    """The first pause without end (or one that never begins); from its start on nothing counts any more."""
    return next((stop for stop in stops if stop.end == _NEVER), _Stop(_NEVER, _NEVER, ""))


def _without(spans: Sequence[Minutes], stops: Sequence[_Stop]) -> Iterator[Minutes]:
    """The parts of `spans` outside every stop; `stops` in order of their starts."""
    for first, last in spans:
        position = first
        for stop in stops:
            if stop.end <= position:
                continue
            if stop.start >= last:
                break
            if stop.start > position:
                yield position, stop.start
            position = stop.end
        if position < last:
            yield position, last


def _stopped(spans: Sequence[Minutes], base: int, stops: Sequence[_Stop]) -> str:
    """The reason of the first stop that touches one of the day's spans, or nothing."""
    for stop in stops:
        for first, last in spans:
            if max(stop.start, base + first) < min(stop.end, base + last):
                return stop.reason
    return ""


class _Counted(NamedTuple):
    """One day of an hour term: its midnight, the start of the term in minutes from there, the spans open
    from the start on, and what of them was counted."""

    base: int
    begin: int
    open_spans: Sequence[Minutes]
    counted: Sequence[Minutes]
    finished: bool


def _minutes_note(plan: DayPlan, work: _Counted, stops: Sequence[_Stop]) -> str:
    """The Chinese note of one day of an hour term."""
    base, begin, open_spans, counted, finished = work
    if not plan.working:
        return plan.note
    if not open_spans:
        return _join(plan.note, "已过下班时间，从下一工作时段起算")
    parts = [plan.note]
    if 0 <= begin < plan.spans[0][0]:
        parts.append(f"上班前不计，从 {clock_text(plan.spans[0][0])} 起算")
    if counted:
        parts.append("计 " + "、".join(range_text((first - base, last - base)) for first, last in counted))
    ends = {last for _, last in open_spans}
    for before, after in itertools.pairwise(counted):
        if before[1] in ends and after[0] > before[1]:
            noon = before[1] - base <= 13 * 60 <= after[0] - base
            parts.append("午休不计" if noon else "班间不计")
    # Stops after the end of the term explain nothing.
    until = counted[-1][1] if finished else base + DAY
    for stop in stops:
        if any(
            max(stop.start, first) < min(stop.end, last) and stop.start < until for first, last in open_spans
        ):
            parts.append(_stop_note(stop, max(stop.start - base, 0), min(stop.end - base, DAY)))
    return _join(*parts)


def _stop_note(stop: _Stop, first: int, last: int) -> str:
    if (first, last) == (0, DAY):
        return f"{stop.reason}不计"
    if first == 0:
        return f"{clock_text(last)} 前{stop.reason}"
    if last == DAY:
        return f"{clock_text(first)} 起{stop.reason}"
    return f"{stop.reason} {range_text((first, last))} 不计"


def _join(*parts: str) -> str:
    return "，".join(dict.fromkeys(part for part in parts if part))
