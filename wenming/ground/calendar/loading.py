"""Reading a calendar pack: days, hours, announced years, all checked; every complaint names file and line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from wenming.common import packs
from wenming.common.errors import DomainError, PackError
from wenming.common.packs import Reader
from wenming.ground.calendar import arithmetic, states
from wenming.ground.calendar.market import MarketRule

KIND = "calendar"
# The longest holiday so far has nine days; a longer one is a slip of the pen.
LONGEST_HOLIDAY = 15


@dataclass(frozen=True, slots=True)
class PackDay:
    day: date
    kind: str
    name: str
    spans: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PackHours:
    valid_from: date
    spans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackMarket:
    """A market rule for the town with division code `unit`; `line` is kept to name an unknown town."""

    unit: str
    rule: MarketRule
    line: int


@dataclass(frozen=True, slots=True)
class CalendarPack:
    """The whole content of a pack, in plain values."""

    pack: packs.Pack
    announced: tuple[int, ...]
    not_announced: tuple[int, ...]
    roll_natural_days: bool
    hours: tuple[PackHours, ...]
    days: tuple[PackDay, ...]
    markets: tuple[PackMarket, ...]

    @property
    def label(self) -> str:
        """`cn@2026.1`, kept beside the rows that came from this pack."""
        return f"{self.pack.id}@{self.pack.version}"

    def complain(self, message: str, line: int) -> PackError:
        return PackError(message, path=self.pack.path, line=line)


def read(path: Path) -> CalendarPack:
    """Read and check a pack of kind `calendar`. Raises PackError with file and line."""
    pack = packs.load(path, kind=KIND)
    body = pack.body
    years = body.child("years")
    announced = _years(years, "announced")
    not_announced = _years(years, "not_announced", default=[])
    both = sorted(set(announced) & set(not_announced))
    if both:
        raise years.fail(f"{both[0]} 年不能既已公布又未公布", "not_announced")
    years.done()
    roll = body.flag("roll_natural_days", default=True)
    hours = tuple(_hours(entry) for entry in body.each("office_hours"))
    if not hours:
        raise body.fail("至少要有一条作息时间", "office_hours")
    days: dict[date, PackDay] = {}
    for entry in body.each("holidays", default=[]):
        _holiday(entry, announced, days)
    for entry in body.each("working_days", default=[]):
        _working_day(entry, announced, days)
    markets = tuple(_market(entry) for entry in body.each("market_days", default=[]))
    body.raw("note", default="")
    body.done()
    return CalendarPack(
        pack, announced, not_announced, roll, hours, tuple(days[day] for day in sorted(days)), markets
    )


def _years(reader: Reader, key: str, **default: object) -> tuple[int, ...]:
    values = reader.raw(key, **default)
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise reader.fail(f"「{key}」应当是一列年份", key)
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int) or not 2000 <= value <= 2100:
            raise reader.fail(f"「{key}」里的「{value}」不是年份", key)
    return tuple(values)


def _spans(reader: Reader, key: str) -> tuple[str, ...]:
    texts = reader.texts(key)
    try:
        spans = arithmetic.parse_spans(texts)
    except DomainError as error:
        raise reader.fail(error.message, key) from None
    if not spans:
        raise reader.fail(f"「{key}」至少要有一个时段", key)
    return tuple(span.text.replace("–", "-") for span in spans)


def _hours(entry: Reader) -> PackHours:
    hours = PackHours(entry.day("valid_from"), _spans(entry, "spans"))
    entry.raw("note", default="")
    entry.done()
    return hours


def _add(
    entry: Reader, key: str, announced: tuple[int, ...], days: dict[date, PackDay], row: PackDay
) -> None:
    if row.day.year not in announced:
        raise entry.fail(f"{row.day} 所在的 {row.day.year} 年没有列入已公布年份", key)
    if row.day in days:
        raise entry.fail(f"{row.day} 重复，前面已列为「{days[row.day].name}」", key)
    days[row.day] = row


def _holiday(entry: Reader, announced: tuple[int, ...], days: dict[date, PackDay]) -> None:
    name, first, last = entry.text("name"), entry.day("from"), entry.day("to")
    entry.done()
    if last < first:
        raise entry.fail(f"「{name}」的结束 {last} 早于开始 {first}", "to")
    if (last - first).days >= LONGEST_HOLIDAY:
        raise entry.fail(f"「{name}」有 {(last - first).days + 1} 天，太长，请核对日期", "to")
    for offset in range((last - first).days + 1):
        _add(entry, "from", announced, days, PackDay(first + timedelta(days=offset), states.OFF, name))


def _working_day(entry: Reader, announced: tuple[int, ...], days: dict[date, PackDay]) -> None:
    day, name = entry.day("day"), entry.text("name", default="调休上班")
    spans = _spans(entry, "spans") if "spans" in entry.node else None
    entry.done()
    if day.weekday() < 5 and spans is None:
        raise entry.fail(f"{day} 本来就是工作日，不必列出", "day")
    _add(entry, "day", announced, days, PackDay(day, states.WORK, name, spans))


def _market(entry: Reader) -> PackMarket:
    unit, kind = entry.text("unit"), entry.choice("kind", dict(states.MARKET_KINDS))
    numbers = entry.raw("numbers")
    entry.done()
    try:
        rule = MarketRule(kind, tuple(numbers))
    except (DomainError, TypeError) as error:
        message = error.message if isinstance(error, DomainError) else "「numbers」应当是一列整数"
        raise entry.fail(message, "numbers") from None
    return PackMarket(unit, rule, entry.line("unit"))
