"""Office time: spans of a day, working days, seasons; pure values and functions, no database.

Inside, everything is whole minutes of the town's clock. A moment is cut down to the minute the clock shows,
because that is what a person recounts by hand. `arithmetic` builds deadlines on it and gives on every name.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import NamedTuple, Self

from wenming.common import clock
from wenming.common.errors import DomainError

DAY = 24 * 60
# A search for working time over so many days has met a broken calendar, not a long holiday.
SEARCH_DAYS = 3700
Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One stretch of office time within a day, `start` included, `end` excluded; an end of 00:00 means 24:00."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.until <= self.since or self.start.second or self.end.second:
            raise DomainError(
                "span_invalid", f"时段「{self.text}」不对：结束要晚于开始，只到分钟。", field="spans"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """`08:30-12:00` (also with –, — or ～). Raises DomainError `span_invalid`."""
        parts = text.replace("–", "-").replace("—", "-").replace("～", "-").replace("：", ":").split("-")
        try:
            first, last = (part.strip() for part in parts)
            return cls(time.fromisoformat(first), time.fromisoformat("00:00" if last == "24:00" else last))
        except ValueError:
            raise DomainError(
                "span_invalid", f"时段「{text}」写法不对，要写成 08:30-12:00 这样。", field="spans"
            ) from None

    @property
    def since(self) -> int:
        """Minutes from midnight to the start."""
        return self.start.hour * 60 + self.start.minute

    @property
    def until(self) -> int:
        """Minutes from midnight to the end."""
        return self.end.hour * 60 + self.end.minute or DAY

    @property
    def minutes(self) -> int:
        return self.until - self.since

    @property
    def text(self) -> str:
        return range_text((self.since, self.until))


def parse_spans(texts: Sequence[str]) -> tuple[Span, ...]:
    """The spans of a day in order. Raises DomainError `span_invalid` when one is wrong or two overlap."""
    spans = tuple(sorted(Span.parse(text) for text in texts))
    for before, after in itertools.pairwise(spans):
        if after.since < before.until:
            raise DomainError("span_invalid", f"时段「{before.text}」和「{after.text}」重叠。", field="spans")
    return spans


STANDARD_SPANS = parse_spans(["08:30-12:00", "14:30-18:00"])


@dataclass(frozen=True, slots=True)
class DayRule:
    """What the calendar says about one day against the weekend rule. `spans` None means the usual hours."""

    kind: str
    spans: tuple[Span, ...] | None = None
    name: str = ""


class DayPlan(NamedTuple):
    """A day worked out: its office spans in minutes from midnight, and what to say about it."""

    working: bool
    spans: tuple[Minutes, ...]
    note: str


@dataclass(frozen=True)
class Calendar:
    """Working days and office hours of one county.

    `default_spans` hold before the first of `seasons`, which are (first day, spans) in order of days: summer
    and winter hours. `days` are the exceptions to "Monday to Friday". `announced_years` are those whose
    holiday arrangement is entered; for any other year only the weekend rule is known, and results say so.
    """

    default_spans: tuple[Span, ...]
    days: Mapping[date, DayRule]
    announced_years: frozenset[int]
    seasons: tuple[tuple[date, tuple[Span, ...]], ...] = ()
    roll_natural_days: bool = True
    _plans: dict[int, DayPlan] = field(default_factory=dict, init=False, repr=False, compare=False)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The usual office hours in force on `day`, as if it were a working day."""
        spans = self.default_spans
        for first, season in self.seasons:
            if first <= day:
                spans = season
        return spans

    def plan(self, day: date) -> DayPlan:
        """Whether `day` is worked, its spans and a Chinese note (empty for an ordinary working day)."""
        return self.plan_of(day.toordinal())

    def plan_of(self, ordinal: int) -> DayPlan:
        """`plan` by day number; kept, because every deadline asks for the same days."""
        known = self._plans.get(ordinal)
        if known is None:
            known = self._plans[ordinal] = self._work_out(date.fromordinal(ordinal))
        return known

    def _work_out(self, day: date) -> DayPlan:
        rule = self.days.get(day)
        weekend = day.weekday() >= 5
        if rule is None and weekend:
            return DayPlan(False, (), "周末不计")
        if rule is not None and rule.kind == "off":
            return DayPlan(False, (), f"{rule.name or '休息'}不计")
        spans = self.spans_on(day) if rule is None or rule.spans is None else rule.spans
        note = "" if rule is None else rule.name
        if weekend:
            note = f"{note.removesuffix('上班').removesuffix('调休')}调休上班"
        return DayPlan(bool(spans), tuple((span.since, span.until) for span in spans), note)


def worked_minutes(calendar: Calendar, a: datetime, b: datetime) -> int:
    """Office minutes from `a` to `b`; negative when `b` is before `a`, so that pieces always add up."""
    since, until = minute_of(a), minute_of(b)
    if until < since:
        return -worked_minutes(calendar, b, a)
    total = 0
    for ordinal in range(since // DAY, until // DAY + 1):
        base = ordinal * DAY
        for first, last in calendar.plan_of(ordinal).spans:
            total += max(0, min(base + last, until) - max(base + first, since))
    return total


def is_office_time(calendar: Calendar, at: datetime) -> bool:
    """Whether the office is open at `at` (closing time itself is closed)."""
    ordinal, minute = divmod(minute_of(at), DAY)
    return any(first <= minute < last for first, last in calendar.plan_of(ordinal).spans)


def next_office_time(calendar: Calendar, at: datetime) -> datetime:
    """`at` itself in office time, else the next opening. Raises DomainError `calendar_empty`."""
    today, minute = divmod(minute_of(at), DAY)
    for ordinal in range(today, today + SEARCH_DAYS):
        for first, last in calendar.plan_of(ordinal).spans:
            if ordinal > today or minute < first:
                return moment_of(ordinal * DAY + first)
            if minute < last:
                return at.astimezone(UTC)
    raise no_working_time()


def clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def range_text(minutes: Minutes) -> str:
    return f"{clock_text(minutes[0])}–{clock_text(minutes[1])}"


def minute_of(at: datetime) -> int:
    """Minutes on the town's clock since the day number 0."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    there = at.astimezone(clock.SHANGHAI)
    return there.toordinal() * DAY + there.hour * 60 + there.minute


def moment_of(minute: int) -> datetime:
    ordinal, rest = divmod(minute, DAY)
    return clock.at_local(date.fromordinal(ordinal), rest // 60, rest % 60).astimezone(UTC)


def no_working_time() -> DomainError:
    return DomainError("calendar_empty", "工作日历里找不到工作时间，请到「日历」页检查作息时间。")
