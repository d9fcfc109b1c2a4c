"""Lines of a score sheet: who, by which rule, how much; written out one by one only when somebody reads them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import overload

import msgspec

from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.facts import Event

Price = tuple[Decimal, str]
"""Points, and the formula that says how they came about."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of a score sheet: which rule, which events, the formula with its numbers, the points."""

    rule: str
    title: str
    events: tuple[str, ...]
    formula: str
    points: Decimal


@dataclass(frozen=True)
class Priced:
    """A line for each of many events of one rule: `keys` tells by which of the `prices` each event goes."""

    rule: str
    title: str
    events: Sequence[Event]
    keys: Sequence[Hashable]
    prices: Mapping[Hashable, Price]
    points: Decimal

    def __iter__(self) -> Iterator[Line]:
        for event, key in zip(self.events, self.keys, strict=True):
            points, formula = self.prices[key]
            yield Line(self.rule, self.title, (event.id,), formula, points)


Part = Line | Priced


def written(parts: Iterable[Part]) -> Iterator[Line]:
    """The lines of `parts`, one by one."""
    for part in parts:
        if isinstance(part, Line):
            yield part
        else:
            yield from part


def total(parts: Iterable[Part]) -> Decimal:
    return sum((part.points for part in parts), amounts.ZERO)


class Lines(Sequence[Line]):
    """All lines of an item, as if they were a tuple."""

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        self.parts = tuple(parts)

    def __iter__(self) -> Iterator[Line]:
        return written(self.parts)

    def __len__(self) -> int:
        return sum(1 if isinstance(part, Line) else len(part.events) for part in self.parts)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, index: int | slice) -> Line | tuple[Line, ...]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Lines) and self.parts is other.parts:
            return True
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))
