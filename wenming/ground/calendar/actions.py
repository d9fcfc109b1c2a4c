"""Deeds on the calendar. Each locks the calendar's one state row, so two editors never mix their changes.

Deadlines are computed from the calendar, so a change moves them; `queries.changed_since` tells which days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.audit import actions as audit
from wenming.ground.calendar import arithmetic, loading, queries, states
from wenming.ground.calendar.market import MarketRule
from wenming.ground.calendar.models import (
    CalendarChange,
    CalendarDay,
    CalendarState,
    CalendarYear,
    MarketDay,
    OfficeHours,
)
from wenming.ground.people.models import Person
from wenming.ground.units import queries as units
from wenming.ground.units import states as unit_states
from wenming.ground.units.models import Unit

# A rule that reaches back without end, as the roll of natural days does, is dated from here.
BEGINNING = date(2000, 1, 1)


@dataclass(slots=True)
class LoadResult:
    """What loading a pack did, in rows. `kept` are days and hours set by hand, which a pack never overwrites."""

    created: int = 0
    updated: int = 0
    removed: int = 0
    kept: int = 0
    unchanged: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.removed)


def set_day(
    *,
    day: date,
    kind: str,
    name: str,
    at: datetime,
    by: Person | None,
    spans: Sequence[str] | None = None,
) -> CalendarDay:
    """Make `day` a working day or a day off, by hand. `spans` (`["08:30-12:00"]`) only with "work".

    A day off for bad weather (handbook D11) is entered the same way. Raises DomainError `day_invalid`,
    `span_invalid`. Saying the same again changes nothing.
    """
    name = name.strip()
    if kind not in dict(states.DAY_KINDS):
        raise DomainError("day_invalid", f"「{kind}」不认识，只能选上班或休息。", field="kind")
    if not 0 < len(name) <= 20:
        raise DomainError("day_invalid", "请写明是什么日子，不超过 20 个字，如「国庆节」。", field="name")
    if not 2000 <= day.year <= 2100:
        raise DomainError("day_invalid", f"日期 {day} 不合理，请核对年份。", field="day")
    if kind == states.OFF and spans:
        raise DomainError("day_invalid", "休息的日子不填时段；只上半天的请选「上班」。", field="spans")
    hours = None if spans is None or kind == states.OFF else _clean(spans)
    wanted = {"kind": kind, "name": name, "spans": hours, "pack": ""}
    with transaction.atomic():
        state = _lock()
        row = CalendarDay.objects.filter(day=day).first()
        if row is not None and _same(row, wanted):
            return row
        before = "" if row is None else f"（原为{row.get_kind_display()}：{row.name}）"
        row = row or CalendarDay(day=day)
        _write(row, wanted, at, by)
        told = f"，时段 {'、'.join(hours)}" if hours else ""
        audit.record(
            deed="calendar.set_day", subject=("calendar_day", row.uuid), at=at, by=by,
            sentence=f"把 {_long(day)} 设为{row.get_kind_display()}：{name}{told}{before}",
            data={"day": day, "kind": kind, "name": name, "spans": hours},
        )  # fmt: skip
        _bump(state, at, day, day)
    return row


def clear_day(*, day: date, at: datetime, by: Person | None) -> None:
    """Take back what was entered for `day`: the weekend rule holds again. Loading a pack may enter it anew.

    Raises DomainError `day_unknown` when nothing was entered.
    """
    with transaction.atomic():
        state = _lock()
        row = CalendarDay.objects.filter(day=day).first()
        if row is None:
            raise DomainError("day_unknown", f"{_long(day)} 没有单独设置，不用撤销。", field="day")
        row.delete()
        audit.record(
            deed="calendar.clear_day", subject=("calendar_day", row.uuid), at=at, by=by,
            sentence=f"撤销 {_long(day)} 的设置（原为{row.get_kind_display()}：{row.name}），恢复周末规则",
            data={"day": day},
        )  # fmt: skip
        _bump(state, at, day, day)


def set_hours(*, valid_from: date, spans: Sequence[str], at: datetime, by: Person | None) -> OfficeHours:
    """Set the usual office hours from `valid_from` until the next entry. Raises DomainError `span_invalid`."""
    wanted = {"spans": _clean(spans), "pack": ""}
    with transaction.atomic():
        state = _lock()
        row = OfficeHours.objects.filter(valid_from=valid_from).first()
        if row is not None and _same(row, wanted):
            return row
        row = row or OfficeHours(valid_from=valid_from)
        _write(row, wanted, at, by)
        audit.record(
            deed="calendar.set_hours", subject=("office_hours", row.uuid), at=at, by=by,
            sentence=f"{_long(valid_from)} 起作息时间为 {'、'.join(row.spans)}",
            data={"valid_from": valid_from, "spans": row.spans},
        )  # fmt: skip
        _bump(state, at, *_reach(valid_from))
    return row


def set_year(*, year: int, announced: bool, at: datetime, by: Person | None) -> CalendarYear:
    """Mark the arrangement of `year` as announced and entered (or not). Ends the warnings; moves no deadline."""
    if not 2000 <= year <= 2100:
        raise DomainError("year_invalid", f"年份 {year} 不合理，请核对。", field="year")
    with transaction.atomic():
        state = _lock()
        row = CalendarYear.objects.filter(year=year).first()
        if row is not None and row.announced == announced:
            return row
        row = row or CalendarYear(year=year)
        _write(row, {"announced": announced}, at, by)
        audit.record(
            deed="calendar.set_year", subject=("calendar_year", row.uuid), at=at, by=by,
            sentence=f"{year} 年放假安排标为{'已公布并录入' if announced else '未公布'}",
            data={"year": year, "announced": announced},
        )  # fmt: skip
        _bump(state, at)
    return row


def set_market_rule(
    *, town: Unit, rule: MarketRule | None, at: datetime, by: Person | None
) -> MarketDay | None:
    """Set on which days a town holds its market; None: it holds none. Raises DomainError `market_town`."""
    if town.kind != unit_states.TOWN:
        raise DomainError("market_town", f"「{town.name}」不是镇（街道），赶集日按镇设置。", field="town")
    with transaction.atomic():
        state = _lock()
        row = MarketDay.objects.filter(town=town).first()
        if rule is None:
            if row is None:
                return None
            row.delete()
        else:
            wanted = {"kind": rule.kind, "numbers": list(rule.numbers)}
            if row is not None and _same(row, wanted):
                return row
            row = row or MarketDay(town=town)
            _write(row, wanted, at, by)
        audit.record(
            deed="calendar.set_market_rule", subject=("unit", town.uuid), at=at, by=by, chain=town.chain,
            sentence=f"「{town.name}」赶集日设为{rule.text}" if rule else f"「{town.name}」不再设赶集日",
            data={"kind": rule.kind, "numbers": list(rule.numbers)} if rule else {},
        )  # fmt: skip
        _bump(state, at)
    return None if rule is None else row


def load_calendar_pack(*, path: Path, at: datetime, by: Person | None) -> LoadResult:
    """Load a pack of kind `calendar`: enter, correct and take back its rows, all or nothing.

    Rows set by hand stay. A year once announced stays announced; a town with a market rule keeps it. Loading
    the same pack again changes nothing and writes no history. Raises PackError with file and line.
    """
    content = loading.read(path)
    result = LoadResult()
    load = _Load(content, result, at, by)
    with transaction.atomic():
        state = _lock()
        moved = _load_days(load)
        moved += _load_hours(load)
        _load_years(load)
        _load_markets(load)
        if state.roll_natural_days != content.roll_natural_days:
            state.roll_natural_days = content.roll_natural_days
            state.save(update_fields=["roll_natural_days"])
            result.updated += 1
            moved.append((BEGINNING, None))
        if not result.changed:
            return result
        audit.record(
            deed="calendar.load_pack", subject=("calendar_pack", None), at=at, by=by,
            sentence=f"导入工作日历「{content.pack.title}」{content.pack.version} 版：新增 {result.created}，"
            f"修改 {result.updated}，撤销 {result.removed}，保留人工设置 {result.kept}",
            data={"pack": content.label, "file": content.pack.path, "sha256": content.pack.digest},
        )  # fmt: skip
        ends = [last for _, last in moved if last is not None]
        _bump(
            state,
            at,
            min((first for first, _ in moved), default=None),
            max(ends) if ends and len(ends) == len(moved) else None,
        )
    return result


_Moved = list[tuple[date, date | None]]


@dataclass(frozen=True, slots=True)
class _Load:
    """One loading of a pack on its way."""

    content: loading.CalendarPack
    result: LoadResult
    at: datetime
    by: Person | None


def _load_days(load: _Load) -> _Moved:
    rows = {row.day: row for row in CalendarDay.objects.all()}
    moved: _Moved = []
    for entry in load.content.days:
        hours = None if entry.spans is None else list(entry.spans)
        wanted = {"kind": entry.kind, "name": entry.name, "spans": hours}
        row = rows.pop(entry.day, None)
        if _load_row(row or CalendarDay(day=entry.day), wanted, load):
            moved.append((entry.day, entry.day))
    for row in rows.values():
        if row.pack.startswith(f"{load.content.pack.id}@"):
            row.delete()
            load.result.removed += 1
            moved.append((row.day, row.day))
    return moved


def _load_hours(load: _Load) -> _Moved:
    rows = {row.valid_from: row for row in OfficeHours.objects.all()}
    moved: _Moved = []
    for entry in load.content.hours:
        row = rows.pop(entry.valid_from, None) or OfficeHours(valid_from=entry.valid_from)
        if _load_row(row, {"spans": list(entry.spans)}, load):
            moved.append(_reach(entry.valid_from))
    for row in rows.values():
        if row.pack.startswith(f"{load.content.pack.id}@"):
            row.delete()
            load.result.removed += 1
            moved.append(_reach(row.valid_from))
    return moved


def _load_row(
    row: CalendarDay | OfficeHours,
    wanted: Mapping[str, object],
    load: _Load,
) -> bool:
    """Write one row of a pack and count it. True when deadlines may have moved."""
    if row.pk is not None and not row.pack:
        load.result.kept += 1
        return False
    if row.pk is not None and _same(row, wanted):
        load.result.unchanged += 1
        return False
    load.result.created += row.pk is None
    load.result.updated += row.pk is not None
    _write(row, {**wanted, "pack": load.content.label}, load.at, load.by)
    return True


def _load_years(load: _Load) -> None:
    rows = {row.year: row for row in CalendarYear.objects.all()}
    for year in (*load.content.announced, *load.content.not_announced):
        row = rows.get(year)
        announced = year in load.content.announced
        if row is not None and (row.announced or not announced):
            load.result.unchanged += 1
            continue
        load.result.created += row is None
        load.result.updated += row is not None
        _write(row or CalendarYear(year=year), {"announced": announced}, load.at, load.by)


def _load_markets(load: _Load) -> None:
    for entry in load.content.markets:
        town = units.by_code(entry.unit)
        if town is None or town.kind != unit_states.TOWN:
            raise load.content.complain(f"没有编码为「{entry.unit}」的镇（街道），请先录入单位", entry.line)
        wanted = {"kind": entry.rule.kind, "numbers": list(entry.rule.numbers)}
        row = MarketDay.objects.filter(town=town).first()
        if row is not None:
            load.result.unchanged += _same(row, wanted)
            load.result.kept += not _same(row, wanted)
            continue
        load.result.created += 1
        _write(MarketDay(town=town), wanted, load.at, load.by)


def _clean(spans: Sequence[str]) -> list[str]:
    parsed = arithmetic.parse_spans(spans)
    if not parsed:
        raise DomainError("span_invalid", "至少要填一个时段，如 08:30-12:00。", field="spans")
    return [span.text.replace("–", "-") for span in parsed]


_Row = CalendarDay | OfficeHours | CalendarYear | MarketDay


def _same(row: _Row, wanted: Mapping[str, object]) -> bool:
    return all(getattr(row, field) == value for field, value in wanted.items())


def _write(row: _Row, wanted: Mapping[str, object], at: datetime, by: Person | None) -> None:
    for field, value in wanted.items():
        setattr(row, field, value)
    row.changed_by, row.changed_at = by, at
    row.save()


def _reach(valid_from: date) -> tuple[date, date | None]:
    """The days for which an entry of office hours counts; the first entry also holds for all days before it."""
    before = OfficeHours.objects.filter(valid_from__lt=valid_from).exists()
    return (valid_from if before else BEGINNING, None)


def _lock() -> CalendarState:
    return CalendarState.objects.select_for_update().get_or_create(id=1)[0]


def _bump(
    state: CalendarState, at: datetime, first_day: date | None = None, last_day: date | None = None
) -> None:
    """Give the calendar its next version. Without days nothing that a deadline depends on has changed."""
    state.version += 1
    state.token = uuid4()
    state.save(update_fields=["version", "token"])
    if first_day is not None:
        CalendarChange.objects.create(version=state.version, at=at, first_day=first_day, last_day=last_day)
    # At once, for the reader later in this transaction; and after it, for another thread that read in between.
    queries.forget()
    transaction.on_commit(queries.forget)


def _long(day: date) -> str:
    return f"{day.year}年{clock.show_date(day)}"
