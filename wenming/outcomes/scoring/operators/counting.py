"""Points for each event (handbook §4.2 deduct_per_count, bonus_event, source_multiplier, repeat_multiplier,
relief_on_spot, fraud_penalty): what every 考核细则 consists of in the main."""

import decimal
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import compress
from operator import attrgetter

from wenming.common.packs import Reader
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Rule, Selector
from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.facts import Event, values
from wenming.outcomes.scoring.lines import Price, Priced, total, written
from wenming.outcomes.scoring.operators.common import (
    Ask,
    Line,
    Operator,
    Piece,
    Points,
    Question,
    Reading,
    Scene,
    amount,
    asked,
    optional,
    positive,
    table,
)

EACH = ("event", "quantity", "started_unit")
PER = (*EACH, "case", "place", "inspection", "category", "day", "bulletin")
Before = tuple[str | None, ...]
Prices = Mapping[Hashable, Price | Ask]
CAP_UNIT = ("day", "month", "place", "case", "inspection", "category")


@dataclass(frozen=True)
class Repeat:
    """Met again: an earlier event with the same fields, within days, or in one of the last bulletins."""

    days: int
    bulletins: int
    same: tuple[str, ...]
    condition: Condition | None
    values: Callable[[Sequence[Event]], list[Hashable]]


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
    def values(self) -> Callable[[Sequence[Event]], list[Hashable]]:
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


def _compute(scene: Scene, rule: Rule) -> Piece:
    spec: PerEvent = rule.spec
    piece = Piece()
    found = scene.select(spec.when, piece, rule)
    piece.samples = len(found)
    # Events that agree in all the rule looks at, and in what happened before them, have one price.
    before = _before(scene, rule, found)
    keys = list(zip(spec.values(found), before, strict=True))
    things = list(zip(found, before, strict=True))
    prices = scene.worked_out(spec, keys, things, lambda thing: _one(scene, spec, *thing))
    if spec.per in EACH:
        _price_each(rule, piece, found, keys, prices)
    else:
        _price_groups(rule, piece, found, keys, prices)
    if rule.cap_each:
        _cap_each(rule, found, piece)
    return piece


def _price_each(
    rule: Rule, piece: Piece, found: Sequence[Event], keys: Sequence[Hashable], prices: Prices
) -> None:
    sound = asked(rule, piece, found, [prices[key] for key in keys])
    events, keys = list(compress(found, sound)), list(compress(keys, sound))
    known = {key: price for key in set(keys) if not isinstance(price := prices[key], Ask)}
    points = sum((known[key][0] * count for key, count in Counter(keys).items()), amounts.ZERO)
    if events:
        piece.lines.append(Priced(rule.id, rule.name, events, keys, known, points))


def _price_groups(
    rule: Rule, piece: Piece, found: Sequence[Event], keys: Sequence[Hashable], prices: Prices
) -> None:
    """One case (place, day …) named several times costs once: what weighs most of it."""
    groups: dict[str, list[tuple[Event, Price | Ask]]] = {}
    for event, key in zip(found, keys, strict=True):
        groups.setdefault(_group(rule.spec.per, event), []).append((event, prices[key]))
    for group in groups.values():
        open_ = next(((event, price) for event, price in group if isinstance(price, Ask)), None)
        if open_ is not None:
            piece.questions.append(Question(rule.name, open_[1].text, (open_[0].id,)))
            continue
        points, formula = max((price for _, price in group if not isinstance(price, Ask)), key=_weight)
        events = tuple(event.id for event, _ in group)
        piece.lines.append(Line(rule.id, rule.name, events, formula, points))


def _weight(price: Price) -> Decimal:
    return abs(price[0])


def _before(scene: Scene, rule: Rule, found: list[Event]) -> list[Before]:
    """For each event what was there before it, in each of the rule's windows of repetition."""
    repeats = [each.repeat for each in rule.spec.modifiers if each.repeat is not None]
    if not repeats:
        return [()] * len(found)
    every = scene.select(rule.spec.when, Piece(), rule, earlier=True)
    return list(zip(*[_window(scene, rule, repeat, every, found) for repeat in repeats], strict=True))


def _window(
    scene: Scene, rule: Rule, repeat: Repeat, every: Sequence[Event], found: Sequence[Event]
) -> list[str | None]:
    """Words for the earlier occurrence, or an empty text; None where an event has no bulletin number. Things of
    the same day (or bulletin) are one occurrence."""
    if repeat.condition is not None:
        every = list(compress(every, scene.verdicts(repeat.condition, every, Piece(), rule)))
    marks: dict[Hashable, set[int]] = {}
    for key, mark in zip(repeat.values(every), _marks(repeat, every), strict=True):
        if mark is not None:
            marks.setdefault(key, set()).add(mark)
    # Things of which we do not know where (or what) they were are never a repetition.
    seen = {key: sorted(there) for key, there in marks.items() if not _lacks(key)}
    return [
        _earlier(repeat, seen, key, mark)
        for key, mark in zip(repeat.values(found), _marks(repeat, found), strict=True)
    ]


def _lacks(key: object) -> bool:
    return isinstance(key, tuple) and not {None, ""}.isdisjoint(key)


def _marks(repeat: Repeat, events: Sequence[Event]) -> Iterable[int | None]:
    """Where events stand on the line the window is measured on: the day, or the number of the bulletin."""
    if repeat.days:
        return map(date.toordinal, map(attrgetter("on"), events))
    return map(attrgetter("bulletin"), events)


def _earlier(
    repeat: Repeat, seen: Mapping[Hashable, list[int]], key: Hashable, mark: int | None
) -> str | None:
    if mark is None:
        return "" if _lacks(key) else None
    marks = seen.get(key)
    if marks is None or marks[0] >= mark:
        return ""
    earlier = marks[bisect_left(marks, mark) - 1]
    if earlier < mark - (repeat.days or repeat.bulletins):
        return ""
    if repeat.bulletins:
        return f"第{earlier}期已有"
    day = date.fromordinal(earlier)
    return f"{day.month}月{day.day}日已有"


def _one(scene: Scene, spec: PerEvent, event: Event, before: Before) -> Price:
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
    there = list(written(piece.lines))
    before = len(there)
    for unit, cap in rule.cap_each.items():
        groups: dict[str, list[Line]] = {}
        for line in there:
            groups.setdefault(_group(unit, whose[line.events[0]]), []).append(line)
        for key, lines in groups.items():
            points = total(lines)
            held = amounts.clamp(points, -cap, cap)
            if held == points:
                continue
            events = tuple(dict.fromkeys(event for line in lines for event in line.events))
            formula = f"{key} 最多 {amounts.text(cap)}：{amounts.signed(points)} → {amounts.signed(held)}"
            # Put beside the lines of the same group, so that the next wider cap sees what is left.
            there.append(Line(rule.id, f"{rule.name}（封顶）", events, formula, held - points))
    piece.lines += there[before:]


def _group(unit: str, event: Event) -> str:
    if unit == "day":
        return event.on.isoformat()
    if unit == "month":
        return event.on.isoformat()[:7]
    # An event without the field stands for itself.
    return str(event.value(unit) or f"\0{event.id}")


OPERATORS = {"per_event": Operator("逐件计分", _read, _compute, _lookback)}
