"""From facts to sheets, pure functions: every unit by itself (`marks`), then all of them together."""

import decimal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from wenming.common import collector
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.scoring import accounts, amounts, consequences, marks, ranking, standing
from wenming.outcomes.scoring.book import Book
from wenming.outcomes.scoring.facts import ORDER, Event, Facts, in_order
from wenming.outcomes.scoring.faults import Faults
from wenming.outcomes.scoring.marks import Items
from wenming.outcomes.scoring.operators import pooling
from wenming.outcomes.scoring.operators.common import Scene
from wenming.outcomes.scoring.sheet import Sheet


@dataclass(frozen=True)
class Run:
    """A whole computation, kept so that one unit can be computed anew. `sheets` is the answer.

    By code of the unit: what it was computed from, its items as they came out and with means filled in, and
    its sheet before it was compared with the others.
    """

    book: Book
    scenes: Mapping[str, Scene]
    scored: Mapping[str, Items]
    filled: Mapping[str, Items]
    judged: Mapping[str, Sheet]
    sheets: list[Sheet]


def score(
    book: Book, facts: Facts, *, period: Period, as_of: date, history: Sequence[Sheet] = ()
) -> list[Sheet]:
    """One sheet per unit that the book rates, by group and place, with everything known on `as_of`.

    The order of events does not matter. Raises BadInput when facts and book do not fit: dates outside the
    period, a book newer than the period, units of strange groups.
    """
    return run(book, facts, period=period, as_of=as_of, history=history).sheets


def run(book: Book, facts: Facts, *, period: Period, as_of: date, history: Sequence[Sheet] = ()) -> Run:
    """`score`, with all that `rescore` needs. Raises as `score`."""
    _refuse_misfits(book, facts, period, as_of)
    with collector.resting(), decimal.localcontext(amounts.EXACT):
        known = [sheet for sheet in history if sheet.as_of <= as_of]
        scenes = pooling.with_pools(book, _scenes(book, facts, period, as_of, known))
        return _compared(book, scenes, {code: marks.items(scene) for code, scene in scenes.items()})


def rescore(before: Run, facts: Facts) -> Run:
    """The run with the units of `facts` computed anew from all their events there; the others keep their marks.

    Means of groups, places and proposals are worked out again for all. Gives what `run` would give for all
    events together, on the same day. Raises BadInput as `score`.
    """
    one = next(iter(before.scenes.values()))
    book, period, as_of = before.book, one.period, one.as_of
    _refuse_misfits(book, facts, period, as_of)
    with collector.resting(), decimal.localcontext(amounts.EXACT):
        history = [
            sheet for code in facts.units if code in before.scenes for sheet in before.scenes[code].history
        ]
        new = _scenes(book, facts, period, as_of, history, known=one.known)
        scenes = pooling.with_pools(book, dict(sorted({**before.scenes, **new}.items())))
        # Where a rate is drawn to the mean of the group, one entry moves the whole group a little.
        moved = {code for code, scene in scenes.items() if scene is not before.scenes.get(code)}
        scored = {**before.scored, **{code: marks.items(scenes[code]) for code in moved}}
        return _compared(book, scenes, scored, before)


def _compared(
    book: Book, scenes: Mapping[str, Scene], scored: Mapping[str, Items], before: Run | None = None
) -> Run:
    """Everything in which units depend on each other. What `before` found of a unit that has not changed stands."""
    filled = marks.with_means(book, scenes, scored)
    judged: dict[str, Sheet] = {}
    for code, scene in scenes.items():
        same = before is not None and before.scenes.get(code) is scene and before.filled[code] == filled[code]
        if before is not None and same:
            judged[code] = before.judged[code]
        else:
            judged[code] = standing.judged(scene, marks.sheet(scene, filled[code]))
    sheets = ranking.ranked(book, list(judged.values()), scenes)
    sheets = [standing.flagged(scenes[sheet.unit], sheet) for sheet in sheets]
    sheets = consequences.proposed(book, sheets, scenes)
    if book.account is not None:
        sheets = [accounts.settled(scenes[sheet.unit], sheet) for sheet in sheets]
    sheets.sort(key=lambda s: (s.group, s.place is None, s.place or 0, s.unit))
    return Run(book, scenes, scored, filled, judged, sheets)


def _refuse_misfits(book: Book, facts: Facts, period: Period, as_of: date) -> None:
    faults = Faults(facts.path)
    if book.in_force > period.start:
        faults.add(f"规则书从 {book.in_force} 起施行，不能用来算 {period.label}（不溯及既往）", None)
    if period.kind != book.period:
        faults.add(f"规则书按{periods.KINDS[book.period]}计，期间 {period.key} 不是", None)
    if as_of < period.start:
        faults.add(f"--as-of {as_of} 早于期间开始 {period.start}", None)
    for unit in facts.units.values():
        if book.groups and unit.group not in book.groups:
            faults.add(f"单位「{unit.code}」的组「{unit.group}」不在规则书的 groups 里", unit.line)
    _check_events(book, facts, period, faults)
    faults.refuse()


def _check_events(book: Book, facts: Facts, period: Period, faults: Faults) -> None:
    earliest = period.start - timedelta(days=book.lookback)
    days = set(map(attrgetter("on"), facts.events))
    if days and not earliest <= min(days) <= max(days) <= period.end:
        back = f"（规则最多往前看 {book.lookback} 天）" if book.lookback else ""
        for event in facts.events:
            if not earliest <= event.on <= period.end:
                said = f"事件「{event.id}」的日期 {event.on} 不在 {period.label} 内{back}"
                faults.add(said, event.line)
    for event in filter(attrgetter("group"), facts.events):
        group = facts.units[event.unit].group
        if event.group != group:
            faults.add(f"事件「{event.id}」写的组「{event.group}」与单位行的「{group}」不同", event.line)
    types = {name: _TYPES[declared.kind] for name, declared in book.attributes.items()}
    # Events from the ledger share their attributes; those of a file are looked at one by one.
    for event in {id(event.attrs): event for event in facts.events}.values():
        for name, value in event.attrs.items():
            if type(value) is not types.get(name, type(value)):
                faults.add(f"事件「{event.id}」的 attrs.{name} 应当是{_TYPE_NAMES[types[name]]}", event.line)


_TYPES: dict[str, type] = {"flag": bool, "number": Decimal, "text": str, "list": list}
_TYPE_NAMES: dict[type, str] = {bool: "true 或 false", Decimal: "数字", str: "文字", list: "列表"}


def _scenes(
    book: Book,
    facts: Facts,
    period: Period,
    as_of: date,
    history: Sequence[Sheet],
    *,
    known: dict[int, dict[Any, Any]] | None = None,
) -> dict[str, Scene]:
    """What every unit is computed from. `known`: what an earlier run with the same book has worked out."""
    by_unit: dict[str, dict[str, list[Event]]] = {code: {} for code in facts.units}
    events = facts.standing(as_of)
    for event in events:
        by_unit[event.unit].setdefault(event.kind, []).append(event)
    if not in_order(events):
        for same_kind in (each for kinds in by_unit.values() for each in kinds.values()):
            same_kind.sort(key=ORDER)
    earlier: dict[str, list[Sheet]] = {}
    for sheet in sorted(history, key=lambda sheet: sheet.end):
        earlier.setdefault(sheet.unit, []).append(sheet)
    shared = {} if known is None else known
    return {
        code: Scene(book, unit, period, as_of, by_unit[code], tuple(earlier.get(code, ())), known=shared)
        for code, unit in sorted(facts.units.items())
    }
