"""What a score is computed from: events and units as plain data, reading them from a JSONL file and writing it."""

import decimal
import itertools
import json
import operator
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec

from wenming.common import collector
from wenming.common.errors import reason
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.faults import Faults

UNIT, REVERSE = "unit", "reverse"
LONGEST_LINE = 64 * 1024
_WHOLE = 10**12
_TEXTS = ("group", "by_level", "case", "inspection", "place", "category")
_FIELDS = {"id", "kind", "unit", "on", "at", "quantity", "bulletin", "attrs", *_TEXTS}
_UNIT_FIELDS = {"kind", "id", "unit", "name", "group", "assessed", "population", "opening", "attrs"}
_Given = Annotated[str, msgspec.Meta(min_length=1)]
VIEW = ("id", "kind", "unit", "group", "on", "quantity", "bulletin", "attrs", "as_of", "period_start",
        "period_end", "by_level", "case", "inspection", "place", "category")  # fmt: skip
"""Names a condition on an event may use. Days are texts such as "2026-10-05", so that < and >= compare them."""


class Event(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that happened, as a line of a file says it. `on` is its day, `at` the moment it was entered (ISO).

    A struct and not a dataclass, because a county has a million of them in a month.
    """

    id: _Given
    kind: _Given
    unit: _Given
    on: date
    quantity: Decimal = amounts.ONE
    group: str = ""
    by_level: str = ""
    case: str = ""
    inspection: str = ""
    place: str = ""
    category: str = ""
    bulletin: Annotated[int, msgspec.Meta(ge=1)] | None = None
    attrs: dict[str, Any] = {}
    at: str = ""
    # No key of a file; `_usual` refuses it there.
    line: Annotated[int, msgspec.Meta(ge=1)] = 0

    @property
    def known(self) -> date:
        """The day on which it was entered; it counts from then on."""
        return date.fromisoformat(self.at[:10]) if self.at else self.on

    @property
    def view(self) -> dict[str, Any]:
        """What conditions see. Comparing a decimal as the nearest double is safe: both sides of a comparison
        are turned the same way, and no amount is ever taken from here."""
        return {
            "id": self.id, "kind": self.kind, "unit": self.unit, "group": self.group, "on": self.on.isoformat(),
            "quantity": float(self.quantity), "bulletin": self.bulletin or 0, "by_level": self.by_level,
            "case": self.case, "inspection": self.inspection, "place": self.place, "category": self.category,
            "attrs": {
                name: float(value) if isinstance(value, Decimal) else value for name, value in self.attrs.items()
            },
        }  # fmt: skip

    def value(self, name: str) -> Any:
        """A field by name, `attrs.x` for an attribute; None when absent."""
        if name.startswith("attrs."):
            return self.attrs.get(name[6:])
        return getattr(self, name)


_ATTRS = operator.attrgetter("attrs")
ORDER = operator.attrgetter("on", "at", "id")
"""Order of time, the same whatever the order of the file."""


def in_order(events: Iterable[Event]) -> bool:
    """Are they in order of time already? Most files are, and then nothing has to be sorted."""
    return all(itertools.starmap(operator.le, itertools.pairwise(map(ORDER, events))))


def values(names: Iterable[str]) -> Callable[[Sequence[Event]], list[Hashable]]:
    """A function that gives for every event what it says under `names`: a key, equal for events that agree there.

    All of it runs in C, because it is done for every event and rule; a list among the values stands as its text.
    """
    wanted = tuple(names)

    def keys(events: Sequence[Event]) -> list[Hashable]:
        columns = [_column(name, events) for name in wanted]
        found: list[Any] = list(zip(*columns, strict=True)) if columns else [()] * len(events)
        try:
            set(found)
        except TypeError:  # a list among the values
            return [str(key) for key in found]
        return found

    return keys


def _column(name: str, events: Sequence[Event]) -> Iterable[Any]:
    if name.startswith("attrs."):
        return map(dict.get, map(_ATTRS, events), itertools.repeat(name[6:]))
    return map(operator.attrgetter(name), events)


@dataclass(frozen=True)
class Unit:
    """One who is rated. `assessed` false: shown, not ranked, never zero."""

    code: str
    name: str
    group: str = ""
    assessed: bool = True
    population: Decimal | None = None
    opening: Decimal | None = None
    attrs: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Facts:
    """Everything of one file: units by code, events in any order, the file's name for messages."""

    units: Mapping[str, Unit]
    events: tuple[Event, ...]
    path: str = "events"

    def standing(self, as_of: date) -> tuple[Event, ...]:
        """Events known by `as_of`, without those reversed by then (红字冲销)."""
        day = as_of.isoformat()
        known = [e for e in self.events if (e.at[:10] <= day if e.at else e.on <= as_of)]
        gone = {event.attrs["reverses"] for event in known if event.kind == REVERSE}
        if not gone:
            return tuple(known)
        return tuple(event for event in known if event.kind != REVERSE and event.id not in gone)


def read(path: Path) -> Facts:
    """Read a JSONL file. Raises BadInput with every fault and its line; nothing is returned half-read."""
    faults = Faults(path.name)
    try:
        with path.open("rb") as file:
            return _facts(file, faults)
    except OSError as error:
        faults.add(f"打不开文件（{reason(error)}）", None)
    faults.refuse()
    raise AssertionError


def parse(lines: Iterable[bytes], name: str = "events") -> Facts:
    """The same from lines in memory."""
    return _facts(lines, Faults(name))


def lines(facts: Facts) -> Iterator[bytes]:
    """The facts as lines of a JSONL file: what `parse` makes the same facts of."""
    for unit in facts.units.values():
        said = {"kind": UNIT, "unit": unit.code, "name": unit.name, "group": unit.group, "assessed": unit.assessed,
                "population": unit.population, "opening": unit.opening, "attrs": unit.attrs}  # fmt: skip
        yield _encode({key: value for key, value in said.items() if value is not None})
    for event in facts.events:
        yield _encode(msgspec.structs.replace(event, line=0))


_decode = msgspec.json.Decoder(Event, float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


def _facts(lines: Iterable[bytes], faults: Faults) -> Facts:
    units: dict[str, Unit] = {}
    events: dict[str, Event] = {}
    with collector.resting():
        for index, raw in enumerate(lines, start=1):
            event = _usual(raw, index) or _unusual(raw, index, units, faults)
            if event is None:
                continue
            if event.id in events:
                faults.add(f"事件编号「{event.id}」重复（第 {events[event.id].line} 行已有）", index)
            else:
                events[event.id] = event
    _check_references(units, events, faults)
    faults.refuse()
    return Facts(units, tuple(events.values()), faults.path)


def _usual(raw: bytes, index: int) -> Event | None:
    """The event of a line with nothing unusual in it, quickly; None for any other line, which `_unusual` reads."""
    if len(raw) > LONGEST_LINE:
        return None
    try:
        event = _decode(raw)
        at, quantity = event.at, event.quantity
        if at:
            datetime.fromisoformat(at)
            if not at[4:5] == at[7:8] == "-":  # 20261005 and 2026-W41-1 are dates too
                return None
        if quantity is not amounts.ONE and (quantity < 0 or amounts.number(quantity) is None):
            return None
    except (ValueError, RecursionError, decimal.InvalidOperation):
        return None
    unusual = event.kind in (UNIT, REVERSE) or event.line
    if unusual or (event.attrs and not _usual_attributes(event.attrs)):
        return None
    msgspec.structs.force_setattr(event, "line", index)
    return event


def _usual_attributes(attrs: dict[str, Any]) -> bool:
    """Are they texts, flags and sound numbers? Numbers become decimals."""
    for name, value in attrs.items():
        kind = type(value)
        if kind is int and -_WHOLE <= value <= _WHOLE:
            attrs[name] = Decimal(value)
        elif (
            kind is not bool
            and kind is not str
            and not (kind is Decimal and amounts.number(value) is not None)
        ):
            return False
    return True


def _unusual(raw: bytes, index: int, units: dict[str, Unit], faults: Faults) -> Event | None:
    """A line read exactly: an event, or a unit, which is added to `units`; what is wrong with it goes to `faults`."""
    row = _row(raw, index, faults)
    if row is None:
        return None
    if row.get("kind") != UNIT:
        return _event(row, index, faults)
    unit = _unit(row, index, faults)
    if unit and unit.code in units:
        faults.add(f"单位「{unit.code}」写了两次（第 {units[unit.code].line} 行已有）", index)
    elif unit:
        units[unit.code] = unit
    return None


def _check_references(units: Mapping[str, Unit], events: Mapping[str, Event], faults: Faults) -> None:
    for event in events.values():
        if event.unit not in units:
            faults.add(f"事件「{event.id}」的单位「{event.unit}」没有 kind 为 unit 的行", event.line)
        if event.kind == REVERSE and event.attrs["reverses"] not in events:
            faults.add(f"事件「{event.id}」要冲销的「{event.attrs['reverses']}」不存在", event.line)


def _row(raw: bytes, index: int, faults: Faults) -> dict[str, Any] | None:
    if not raw.strip():
        return None
    if len(raw) > LONGEST_LINE:
        faults.add("这一行超过 64 KB", index)
        return None
    try:
        row = json.loads(raw.decode("utf-8-sig"), parse_float=Decimal, parse_constant=str)
    except UnicodeDecodeError:
        faults.add("不是 UTF-8 文字", index)
    except (ValueError, RecursionError):
        faults.add("不是一个 JSON 对象", index)
    else:
        if isinstance(row, dict):
            return row
        faults.add("不是一个 JSON 对象", index)
    return None


def _day(row: dict[str, Any], key: str, complain: Callable[[str], None]) -> date | None:
    value = row.get(key)
    try:
        return datetime.fromisoformat(str(value)).date() if key == "at" else date.fromisoformat(str(value))
    except ValueError:
        complain(f"「{key}」应当是日期，如 2026-10-05，现在是「{value}」")
        return None


def _moment(row: dict[str, Any], complain: Callable[[str], None]) -> str:
    """`at` in one form, so that it can be compared as text."""
    day = _day(row, "at", complain) if row.get("at") else None
    return "" if day is None else datetime.fromisoformat(str(row["at"])).isoformat()


def _event(row: dict[str, Any], index: int, faults: Faults) -> Event | None:
    before = len(faults.found)

    def complain(message: str) -> None:
        faults.add(message, index)

    for key in sorted(set(row) - _FIELDS):
        complain(f"不认识的项「{key}」，自定的项请写在 attrs 里")
    for key in ("id", "kind", "unit"):
        if not isinstance(row.get(key), str) or not row[key]:
            complain(f"缺少「{key}」，或不是文字")
    for key in _TEXTS:
        if not isinstance(row.get(key, ""), str):
            complain(f"「{key}」应当是文字")
    on = _day(row, "on", complain)
    at = _moment(row, complain)
    quantity = _quantity(row, complain)
    bulletin = row.get("bulletin")
    if bulletin is not None and (isinstance(bulletin, bool) or not isinstance(bulletin, int) or bulletin < 1):
        complain("「bulletin」应当是第几期，从 1 起的整数")
    attrs = _attrs(row, complain)
    if row.get("kind") == REVERSE and not isinstance(attrs.get("reverses"), str):
        complain("冲销行要在 attrs.reverses 写被冲销的事件编号")
    if len(faults.found) > before or on is None or quantity is None:
        return None
    texts = {key: row.get(key, "") for key in _TEXTS}
    return Event(
        id=row["id"], kind=row["kind"], unit=row["unit"], on=on, quantity=quantity, bulletin=bulletin, attrs=attrs,
        at=at, line=index, **texts,
    )  # fmt: skip


def _quantity(row: dict[str, Any], complain: Callable[[str], None]) -> Decimal | None:
    quantity = amounts.number(row.get("quantity", 1))
    if quantity is None:
        complain(f"「quantity」应当是 10¹² 以内的数，现在是「{row.get('quantity')}」")
    elif quantity < 0:
        complain(f"「quantity」不能是负数（{quantity}）；要撤销请写一行 kind: reverse")
    return quantity


def _attrs(row: dict[str, Any], complain: Callable[[str], None]) -> dict[str, Any]:
    attrs = row.get("attrs", {})
    if not isinstance(attrs, dict):
        complain("「attrs」应当是一组键值")
        return {}
    found = {}
    for name, value in attrs.items():
        if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
            if amounts.number(value) is None:
                complain(f"「attrs.{name}」超出 10¹²，或小数超过 12 位（{value}）")
            found[name] = Decimal(value)
            continue
        if not isinstance(value, (str, bool, list)):
            complain(f"「attrs.{name}」只能是文字、数字、true、false 或文字的列表")
        found[name] = value
    return found


def _unit(row: dict[str, Any], index: int, faults: Faults) -> Unit | None:
    before = len(faults.found)
    code = row.get("unit", row.get("id"))
    for key in sorted(set(row) - _UNIT_FIELDS):
        faults.add(f"单位行里不认识的项「{key}」", index)
    if not isinstance(code, str) or not code:
        faults.add("单位行缺少「unit」（单位编码）", index)
    assessed = row.get("assessed", True)
    if not isinstance(assessed, bool):
        faults.add("「assessed」应当是 true 或 false", index)
    numbers = {}
    for key in ("population", "opening"):
        numbers[key] = None if row.get(key) is None else amounts.number(row[key])
        if row.get(key) is not None and numbers[key] is None:
            faults.add(f"「{key}」应当是 10¹² 以内的数，现在是「{row[key]}」", index)
    attrs = _attrs(row, lambda message: faults.add(message, index))
    if len(faults.found) > before:
        return None
    return Unit(
        code=str(code), name=str(row.get("name") or code), group=str(row.get("group") or ""), assessed=assessed,
        attrs=attrs, line=index, **numbers,
    )  # fmt: skip
