"""Points for each event (handbook §4.2 deduct_per_count, bonus_event, source_multiplier, repeat_multiplier,
relief_on_spot, fraud_penalty): what every 考核细则 consists of in the main."""

import decimal
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from wenming.common.packs import Reader
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Rule, Selector
from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.facts import Event, values
from wenming.outcomes.scoring.operators.common import (
    Ask,
    Line,
    Operator,
    Piece,
    Points,
    Reading,
    Scene,
    amount,
    ask,
    grouped,
    optional,
    positive,
    table,
)

PER = ("event", "quantity", "started_unit", "case", "place", "inspection", "category", "day", "bulletin")
CAP_UNIT = ("day", "month", "place", "case", "inspection", "category")


@dataclass(frozen=True)
class Repeat:
    """Met again: an earlier event with the same fields, within days, or in one of the last bulletins."""

    days: int
    bulletins: int
    same: tuple[str, ...]
    condition: Condition | None
    values: Callable[[Event], Any]


@dataclass(frozen=True)
class Modifier:
    """Multiplies the points of an event when its condition holds (0 waives, 0.5 halves, 2 doubles)."""

    title: str
    condition: Condition | None
    repeat: Repeat | None
    times: Decimal
    by: tuple[str, ...]
    table: Mapping[str, Decimal]
    last: bool


@dataclass(frozen=True)
class PerEvent:
    when: Selector
    points: Points
    per: str
    size: Decimal
    most: Decimal | None
    modifiers: tuple[Modifier, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Everything of an event that its price depends on, besides what happened before."""
        names = (
            {"quantity", *self.points.names}
            if self.per in ("quantity", "started_unit")
            else {*self.points.names}
        )
        for modifier in self.modifiers:
            names |= {*modifier.by, *(modifier.condition.names if modifier.condition else ())}
        return tuple(sorted(names))

    @cached_property
    def values(self) -> Callable[[Event], Any]:
        return values(self.names)


def _read(reader: Reader, reading: Reading) -> PerEvent:
    per = reader.choice("per", PER, "event")
    return PerEvent(
        when=reading.selector(reader),
        points=reading.points(reader),
        per=per,
        size=positive(reader, "size", None if per == "started_unit" else amounts.ONE),
        most=optional(reader, "most_quantity"),
        modifiers=tuple(_modifier(each, reading) for each in reader.each("modifiers", [])),
    )


def _modifier(reader: Reader, reading: Reading) -> Modifier:
    condition = reading.condition(reader)
    repeat = _repeat(reader.child("repeat"), reading) if "repeat" in reader.node else None
    by = reading.fields(reader, "by") if "by" in reader.node else ()
    values = table(reader, "map") if by else {}
    times = amounts.ONE if by else amount(reader, "times")
    if condition is None and repeat is None and not by:
        raise reader.fail("调整要写「if」（条件）、「repeat」（重复）或「by」（倍率表）之一")
    if min([times, *values.values()]) < 0:
        raise reader.fail("倍率不能小于 0，否则扣分会变成加分", "map" if by else "times")
    if repeat is not None and times < 1:
        raise reader.fail("重复发生的倍率不能小于 1，否则多犯反而少扣", "times")
    found = Modifier(
        reader.text("title", ""), condition, repeat, times, by, values, reader.flag("last", default=False)
    )
    reader.done()
    return found


def _repeat(reader: Reader, reading: Reading) -> Repeat:
    days, bulletins = reader.integer("days", 0), reader.integer("bulletins", 0)
    if (days > 0) == (bulletins > 0):
        raise reader.fail("重复要写「days」（几天内）或「bulletins」（前几期通报内）之一，大于 0")
    if days > 1100:
        raise reader.fail("「days」最多 1100 天", "days")
    same = reading.fields(reader, "same")
    found = Repeat(days, bulletins, same, reading.condition(reader), values(same))
    reader.done()
    return found


def _lookback(spec: PerEvent) -> int:
    repeats = [each.repeat for each in spec.modifiers if each.repeat is not None]
    # A bulletin may come out once a quarter; events are taken back that far, their numbers decide.
    return max([max(each.days, each.bulletins * 92) for each in repeats], default=0)


class _Memory:
    """For each repetition window: days (or bulletin numbers) of earlier events by their equal fields."""

    def __init__(self, scene: Scene, rule: Rule, spec: PerEvent) -> None:
        self.repeats = [each.repeat for each in spec.modifiers if each.repeat is not None]
        self.seen: list[dict[object, list[int]]] = []
        for repeat in self.repeats:
            found: dict[object, set[int]] = {}
            for event in scene.select(spec.when, Piece(), rule, earlier=True):
                mark = _mark(repeat, event)
                if mark is not None and _counts(scene, repeat, event):
                    found.setdefault(repeat.values(event), set()).add(mark)
            self.seen.append({key: sorted(marks) for key, marks in found.items() if _full(key)})

    def before(self, event: Event) -> tuple[str | None, ...]:
        """For each window words for the earlier occurrence, or an empty text; None where the event has no
        bulletin number. Things of the same day (or bulletin) are one occurrence."""
        return tuple([_earlier(*window, event) for window in zip(self.repeats, self.seen, strict=True)])


def _counts(scene: Scene, repeat: Repeat, event: Event) -> bool:
    try:
        return repeat.condition is None or scene.holds(repeat.condition, event)
    except Ask:
        return False


def _full(key: object) -> bool:
    """Things of which we do not know where (or what) they were are never a repetition."""
    parts = key if isinstance(key, tuple) else (key,)
    return not any(part in (None, "") for part in parts)


def _earlier(repeat: Repeat, seen: dict[object, list[int]], event: Event) -> str | None:
    key, mark = repeat.values(event), _mark(repeat, event)
    if mark is None:
        return None if _full(key) else ""
    marks = seen.get(key, ())
    place = bisect_left(marks, mark)
    if not place or marks[place - 1] < mark - (repeat.days or repeat.bulletins):
        return ""
    if repeat.bulletins:
        return f"第{marks[place - 1]}期已有"
    day = date.fromordinal(marks[place - 1])
    return f"{day.month}月{day.day}日已有"


def _mark(repeat: Repeat, event: Event) -> int | None:
    """Where the event stands on the line the window is measured on: the day, or the number of the bulletin."""
    return event.on.toordinal() if repeat.days else event.bulletin


def _compute(scene: Scene, rule: Rule) -> Piece:
    spec: PerEvent = rule.spec
    piece = Piece()
    price = _pricing(scene, rule)
    found = scene.select(spec.when, piece, rule)
    piece.samples, name = len(found), rule.name
    for events in _units(spec, found):
        try:
            priced = [price(event) for event in events]
        except Ask as problem:
            ask(piece, rule, problem)
            continue
        # One case (place, day …) named several times costs once: what weighs most of it.
        points, formula = priced[0] if len(priced) == 1 else max(priced, key=_weight)
        piece.lines.append(Line(rule.id, name, tuple([event.id for event in events]), formula, points))
    if rule.cap_each:
        _cap_each(rule, found, piece)
    return piece


def _units(spec: PerEvent, found: list[Event]) -> Iterable[Sequence[Event]]:
    if spec.per in ("event", "quantity", "started_unit"):
        return zip(found)
    if spec.per == "day":
        return [events for _, events in grouped(found, lambda event: event.on.isoformat())]
    # An event without the field stands for itself.
    return [events for _, events in grouped(found, lambda e: str(e.value(spec.per) or f"\0{e.id}"))]


def _weight(priced: tuple[Decimal, str]) -> Decimal:
    return abs(priced[0])


def _pricing(scene: Scene, rule: Rule) -> Callable[[Event], tuple[Decimal, str]]:
    """A function that prices an event of the rule. Events that agree in all the rule looks at are priced once."""
    spec: PerEvent = rule.spec
    memory = _Memory(scene, rule, spec)
    known = scene.known.setdefault(id(spec), {})

    def price(event: Event) -> tuple[Decimal, str]:
        before = memory.before(event) if memory.repeats else ()
        key = (spec.values(event), before)
        try:
            found = known.get(key)
        except TypeError:  # a list among the values
            return _one(scene, spec, before, event)
        if found is None:
            found = known[key] = _one(scene, spec, before, event)
        return found

    return price


def _one(scene: Scene, spec: PerEvent, before: Sequence[str | None], event: Event) -> tuple[Decimal, str]:
    """Points and formula. Looks at nothing of the event but `spec.names`, and `before`. Raises Ask."""
    points, formula = _by_quantity(spec, event, *spec.points.of(scene, event))
    windows = iter(before)
    for modifier in spec.modifiers:
        earlier = next(windows) if modifier.repeat is not None else ""
        if modifier.condition is not None and not scene.holds(modifier.condition, event):
            continue
        why = modifier.title
        if modifier.repeat is not None:
            if earlier is None:
                raise Ask("事件没有写通报期数（bulletin），是第几期？", event.id)
            if not earlier:
                continue
            why = f"{why}，{earlier}" if why else earlier
        times = modifier.times
        if modifier.by:
            key = "/".join(scene.field(event, name) for name in modifier.by)
            if key not in modifier.table:
                raise Ask(f"「{key}」没有倍率，按几倍？", event.id)
            times, why = modifier.table[key], why or key
        points *= times
        formula += f" × {amounts.text(times)}（{why}）" if why else f" × {amounts.text(times)}"
        if modifier.last:
            break
    return points, f"{formula} = {amounts.signed(points)}" if "×" in formula else formula


def _by_quantity(spec: PerEvent, event: Event, points: Decimal, formula: str) -> tuple[Decimal, str]:
    """The points of one, times as many as there are."""
    if spec.per not in ("quantity", "started_unit"):
        return points, formula
    quantity = event.quantity if spec.most is None else min(event.quantity, spec.most)
    shown = amounts.text(quantity)
    held = "" if quantity == event.quantity else f"（单次最多 {shown}）"
    if spec.per == "quantity":
        return points * quantity, f"{formula} × {shown}{held}"
    count = amounts.ratio(quantity, spec.size).to_integral_value(rounding=decimal.ROUND_CEILING)
    why = f"每 {amounts.text(spec.size)} 计一次，不足也计，共 {shown}{held}"
    return points * count, f"{formula} × {count}（{why}）"


def _cap_each(rule: Rule, found: list[Event], piece: Piece) -> None:
    """Caps per day, month, place …: an adjusting line for every group that passes its cap."""
    whose = {event.id: event for event in found}
    for unit, cap in rule.cap_each.items():
        sums: dict[str, list[Line]] = {}
        for line in piece.lines:
            sums.setdefault(_group(unit, whose[line.events[0]]), []).append(line)
        for key, lines in sums.items():
            total = sum((line.points for line in lines), amounts.ZERO)
            held = amounts.clamp(total, -cap, cap)
            if held == total:
                continue
            events = tuple(dict.fromkeys(event for line in lines for event in line.events))
            formula = f"{key} 最多 {amounts.text(cap)}：{amounts.signed(total)} → {amounts.signed(held)}"
            # Put beside the lines of the same group, so that the next wider cap sees what is left.
            piece.lines.append(Line(rule.id, f"{rule.name}（封顶）", events, formula, held - total))


def _group(unit: str, event: Event) -> str:
    if unit == "day":
        return event.on.isoformat()
    if unit == "month":
        return event.on.isoformat()[:7]
    return str(event.value(unit) or event.id)


OPERATORS = {"per_event": Operator("逐件计分", _read, _compute, _lookback)}
