"""Points by how far a case has gone, and bonuses of a whole inspection (handbook §4.1 R2, R10, R19)."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from wenming.common.packs import Reader
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Rule, Selector
from wenming.outcomes.scoring.facts import ORDER, Event
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
)


@dataclass(frozen=True)
class Step:
    """Reached when at least `times` events match; with `running`, when that many bulletins in a row match."""

    title: str
    when: Selector
    points: Points
    times: int
    running: int


@dataclass(frozen=True)
class Steps:
    """`of`: what is followed (case, place …). `adds`: steps add up instead of the highest replacing the lower.

    `subtract`: what was already counted for the same case in earlier periods is taken off.
    """

    of: str
    adds: bool
    subtract: bool
    days: int
    steps: tuple[Step, ...]

    @cached_property
    def fixed(self) -> bool:
        return all(step.points.fixed is not None for step in self.steps)


def _read(reader: Reader, reading: Reading) -> Steps:
    mode = reader.choice("mode", {"replace": "", "add": ""})
    earlier = reader.choice("earlier", ("subtract", "ignore"))
    found = Steps(
        of=reading.fields(reader, "of")[0],
        adds=mode == "add",
        subtract=earlier == "subtract",
        days=reader.integer("lookback_days", 0),
        steps=tuple(_step(each, reading) for each in reader.each("steps")),
    )
    if len(found.steps) < 2:
        raise reader.fail("「steps」至少两级，由轻到重；只有一级请用 per_event", "steps")
    if found.subtract and found.days < 1:
        raise reader.fail(
            "earlier: subtract 要写「lookback_days」（往前看几天），否则不知道以前扣过多少", "earlier"
        )
    if not 0 <= found.days <= 1100:
        raise reader.fail("「lookback_days」应当在 0 到 1100 之间", "lookback_days")
    if not found.adds:
        _refuse_softer(reader, found.steps)
    return found


def _step(reader: Reader, reading: Reading) -> Step:
    step = Step(
        reader.text("title"), reading.selector(reader), reading.points(reader),
        reader.integer("times", 1), reader.integer("bulletins_running", 0),
    )  # fmt: skip
    if step.times < 1 or step.running < 0 or step.running == 1:
        raise reader.fail("「times」至少 1，「bulletins_running」至少 2")
    reader.done()
    return step


def _refuse_softer(reader: Reader, steps: Sequence[Step]) -> None:
    """A higher step that costs less than the lower it replaces would reward letting things slide."""
    for lower, higher in itertools.pairwise(steps):
        if lower.points.table and higher.points.table and lower.points.fields == higher.points.fields:
            pairs = [(lower.points.table[k], higher.points.table[k])
                     for k in lower.points.table if k in higher.points.table]  # fmt: skip
        else:
            pairs = [(min(lower.points.values), max(higher.points.values))]
        if any(high > low for low, high in pairs) and max(lower.points.values) <= 0:
            raise reader.fail(f"「{higher.title}」比前一级「{lower.title}」扣得少，级别应当由轻到重", "steps")


def _compute(scene: Scene, rule: Rule) -> Piece:
    spec: Steps = rule.spec
    piece = Piece()
    start = scene.period.start
    matched: list[dict[str, list[Event]]] = []
    current: set[str] = set()
    for step in spec.steps:
        found: dict[str, list[Event]] = {}
        events = scene.select(step.when, piece, rule, earlier=True)
        for event in events:
            key = str(event.value(spec.of) or event.id)
            found.setdefault(key, []).append(event)
            if event.on >= start:
                current.add(key)
        matched.append(found)
    for key in dict.fromkeys(itertools.chain(*matched)):
        if key not in current:
            continue
        piece.samples += 1
        try:
            line = _line(scene, rule, [found.get(key, []) for found in matched])
        except Ask as problem:
            ask(piece, rule, problem)
            continue
        if line is not None:
            piece.lines.append(line)
    return piece


def _line(scene: Scene, rule: Rule, everything: list[list[Event]]) -> Line | None:
    spec: Steps = rule.spec
    start = scene.period.start
    if spec.subtract:
        points, words, used = _reached(scene, spec, everything)
        before, _, _ = _reached(scene, spec, [[e for e in found if e.on < start] for found in everything])
        if before:
            words += f" − 以前各期已计 {amounts.signed(before)} = {amounts.signed(points - before)}"
            points -= before
    else:
        points, words, used = _reached(scene, spec, everything, since=True)
    if not used:
        return None
    return Line(rule.id, rule.name, tuple(dict.fromkeys(event.id for event in used)), words, points)


def _reached(
    scene: Scene, spec: Steps, everything: list[list[Event]], *, since: bool = False
) -> tuple[Decimal, str, list[Event]]:
    """Points of the steps reached. `since`: a step counts only when an event of this period completes it."""
    there = [
        len(events) >= step.times
        and (not step.running or _longest(events) >= step.running)
        and not (since and events[-1].on < scene.period.start)
        for step, events in zip(spec.steps, everything, strict=True)
    ]
    if spec.fixed:
        # Where points hang on nothing but the step, thousands of cases have gone the same way.
        known: dict[Any, Any] = scene.known.setdefault(id(spec), {})
        way = tuple(there)
        if way not in known:
            known[way] = _climbed(scene, spec, everything, there)
        points, words, used = known[way]
    else:
        points, words, used = _climbed(scene, spec, everything, there)
    return points, words, [event for index in used for event in everything[index]]


def _climbed(
    scene: Scene, spec: Steps, everything: list[list[Event]], there: list[bool]
) -> tuple[Decimal, str, list[int]]:
    """Points, their formula, and which steps make them."""
    total = amounts.ZERO
    words: list[str] = []
    used: list[int] = []
    for index, (step, events) in enumerate(zip(spec.steps, everything, strict=True)):
        if not there[index]:
            continue
        points, formula = _heaviest(scene, step.points, events, everything)
        if not spec.adds:
            if abs(points) < abs(total):
                continue
            total, words, used = amounts.ZERO, [], []
        total += points
        words.append(f"{step.title} {formula}")
        used.append(index)
    formula = " ".join(words)
    return total, f"{formula} = {amounts.signed(total)}" if len(words) > 1 else formula, used


def _heaviest(
    scene: Scene, points: Points, events: list[Event], everything: list[list[Event]]
) -> tuple[Decimal, str]:
    """The step is priced by its heaviest event: found once more by a lower level, a case costs no less."""
    if not points.fields and not points.chosen:
        return points.of(scene, events[0])
    priced = [points.of(scene, _told(points, event, everything)) for event in events]
    return max(priced, key=lambda each: abs(each[0]))


def _told(points: Points, event: Event, everything: list[list[Event]]) -> Event:
    """The event that prices the step: a later event often leaves out who found the case; the first one says it."""
    for name in points.fields:
        if event.value(name) in (None, ""):
            for other in sorted((e for found in everything for e in found), key=ORDER):
                if other.value(name) not in (None, ""):
                    return other
    return event


def _longest(events: list[Event]) -> int:
    """The longest run of bulletin numbers without a gap: numbers count, not calendar days."""
    numbers = sorted({event.bulletin for event in events if event.bulletin is not None})
    if {event.id for event in events if event.bulletin is None}:
        missing = next(event for event in events if event.bulletin is None)
        raise Ask("事件没有写通报期数（bulletin），是第几期？", missing.id)
    best = run = 0
    previous = None
    for number in numbers:
        run = run + 1 if previous is not None and number == previous + 1 else 1
        best, previous = max(best, run), number
    return best


@dataclass(frozen=True)
class CleanSites:
    """Sites of an inspection at which nothing was found; more when all sites of the inspection were clean."""

    sites: Selector
    problems: Selector
    points: Points
    least: int
    times: Decimal


def _read_clean(reader: Reader, reading: Reading) -> CleanSites:
    every = reader.child("all_clean") if "all_clean" in reader.node else None
    found = CleanSites(
        sites=reading.selector(reader, "sites"),
        problems=reading.selector(reader, "problems"),
        points=reading.points(reader),
        least=every.integer("least_sites") if every else 1,
        times=amount(every, "times") if every else amounts.ONE,
    )
    if every:
        every.done()
    if found.times < 1 or found.least < 1:
        raise reader.fail("「all_clean」的 least_sites 和 times 都至少是 1", "all_clean")
    return found


def _compute_clean(scene: Scene, rule: Rule) -> Piece:
    spec: CleanSites = rule.spec
    piece = Piece()
    dirty: dict[str, set[str]] = {}
    for event in scene.select(spec.problems, piece, rule):
        dirty.setdefault(event.inspection, set()).add(event.place)
    sites = scene.select(spec.sites, piece, rule)
    for inspection, events in grouped(sites, lambda event: event.inspection):
        if not inspection:
            for event in events:
                ask(piece, rule, Ask("检查点位没有写是哪一次检查（inspection）", event.id))
            continue
        piece.samples += len(events)
        first = list(dict(grouped(events, lambda event: event.place)).values())
        clean = [found[0] for found in first if found[0].place not in dirty.get(inspection, set())]
        every = len(clean) == len(first) >= spec.least
        for event in clean:
            try:
                points, formula = spec.points.of(scene, event)
            except Ask as problem:
                ask(piece, rule, problem)
                continue
            if every and spec.times != 1:
                points *= spec.times
                formula += (
                    f" × {amounts.text(spec.times)}（{len(first)} 处全无问题）= {amounts.signed(points)}"
                )
            piece.lines.append(Line(rule.id, rule.name, (event.id,), f"{event.place}：{formula}", points))
    return piece


OPERATORS = {
    "steps": Operator("逐级加重", _read, _compute, lambda spec: spec.days),
    "clean_sites": Operator("零问题点位加分", _read_clean, _compute_clean),
}
