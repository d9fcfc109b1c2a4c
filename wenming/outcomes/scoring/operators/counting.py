"""Points for each event (handbook §4.2 deduct_per_count, bonus_event, source_multiplier, repeat_multiplier,
relief_on_spot, fraud_penalty): what every 考核细则 consists of in the main."""

import decimal
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from wenming.common.packs import Reader
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Rule, Selector
from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.facts import Event
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
    found = Repeat(days, bulletins, reading.fields(reader, "same"), reading.condition(reader))
    reader.done()
    return found


def _lookback(spec: PerEvent) -> int:
    repeats = [each.repeat for each in spec.modifiers if each.repeat is not None]
    # A bulletin may come out once a quarter; events are taken back that far, their numbers decide.
    return max([max(each.days, each.bulletins * 92) for each in repeats], default=0)


class _Memory:
    """For each repetition window: days (or bulletin numbers) of earlier events by their equal fields."""

    def __init__(self, scene: Scene, rule: Rule, spec: PerEvent) -> None:
        self.scene = scene
        self.seen: dict[int, dict[tuple[object, ...], list[int]]] = {}
        for index, modifier in enumerate(spec.modifiers):
            repeat = modifier.repeat
            if repeat is None:
                continue
            found: dict[tuple[object, ...], set[int]] = {}
            for event in scene.select(spec.when, Piece(), rule, earlier=True):
                mark = _mark(repeat, event)
                if mark is None or (repeat.condition and not self._counts(repeat.condition, event)):
                    continue
                found.setdefault(self._key(repeat, event), set()).add(mark)
            self.seen[index] = {key: sorted(marks) for key, marks in found.items()}

    def _counts(self, condition: Condition, event: Event) -> bool:
        try:
            return self.scene.holds(condition, event)
        except Ask:
            return False

    def _key(self, repeat: Repeat, event: Event) -> tuple[object, ...]:
        return tuple(event.value(name) for name in repeat.same)

    def before(self, index: int, repeat: Repeat, event: Event) -> str:
        """Words for the earlier occurrence, or an empty text. Things of the same day (or bulletin) are one occurrence."""
        key = self._key(repeat, event)
        if any(value in (None, "") for value in key):
            return ""
        marks = self.seen[index].get(key, [])
        mark = _mark(repeat, event)
        if mark is None:
            raise Ask("事件没有写通报期数（bulletin），是第几期？", event.id)
        place = bisect_left(marks, mark)
        if not place:
            return ""
        earlier = marks[place - 1]
        if earlier < mark - (repeat.days or repeat.bulletins):
            return ""
        if repeat.bulletins:
            return f"第{earlier}期已有"
        day = date.fromordinal(earlier)
        return f"{day.month}月{day.day}日已有"


def _mark(repeat: Repeat, event: Event) -> int | None:
    """Where the event stands on the line the window is measured on: the day, or the number of the bulletin."""
    return event.on.toordinal() if repeat.days else event.bulletin


def _compute(scene: Scene, rule: Rule) -> Piece:
    spec: PerEvent = rule.spec
    piece = Piece()
    memory = _Memory(scene, rule, spec)
    found = scene.select(spec.when, piece, rule)
    piece.samples = len(found)
    for events in _units(spec, found):
        try:
            priced = [_one(scene, spec, memory, event) for event in events]
        except Ask as problem:
            ask(piece, rule, problem)
            continue
        # One case (place, day …) named several times costs once: what weighs most of it.
        points, formula = max(priced, key=lambda each: abs(each[0]))
        piece.lines.append(Line(rule.id, rule.name, tuple(e.id for e in events), formula, points))
    if rule.cap_each:
        _cap_each(rule, found, piece)
    return piece


def _units(spec: PerEvent, found: list[Event]) -> list[list[Event]]:
    if spec.per in ("event", "quantity", "started_unit"):
        return [[event] for event in found]
    if spec.per == "day":
        return [events for _, events in grouped(found, lambda event: event.on.isoformat())]
    # An event without the field stands for itself.
    return [events for _, events in grouped(found, lambda e: str(e.value(spec.per) or f"\0{e.id}"))]


def _one(scene: Scene, spec: PerEvent, memory: _Memory, event: Event) -> tuple[Decimal, str]:
    points, formula = spec.points.of(scene, event)
    quantity = event.quantity if spec.most is None else min(event.quantity, spec.most)
    held = "" if quantity == event.quantity else f"（单次最多 {amounts.text(quantity)}）"
    if spec.per == "quantity":
        points *= quantity
        formula += f" × {amounts.text(quantity)}{held}"
    elif spec.per == "started_unit":
        count = amounts.ratio(quantity, spec.size).to_integral_value(rounding=decimal.ROUND_CEILING)
        points *= count
        formula += (
            f" × {count}（每 {amounts.text(spec.size)} 计一次，不足也计，共 {amounts.text(quantity)}{held}）"
        )
    for index, modifier in enumerate(spec.modifiers):
        if modifier.condition is not None and not scene.holds(modifier.condition, event):
            continue
        why = modifier.title
        if modifier.repeat is not None:
            earlier = memory.before(index, modifier.repeat, event)
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
