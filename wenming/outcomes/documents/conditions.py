"""Conditions of a kind of document: `found > 0 and not overdue or orders`. Pure; `and` binds closer than `or`."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

_ONE = re.compile(r"(not )?([\w.@-]+)(?: (>=|<=|>|<|=) ([\w.@-]+))?")
_NUMBER = re.compile(r"\d+(\.\d+)?")

Numbers = Mapping[str, Decimal | None]


def holds(condition: str, values: Numbers) -> bool:
    """Is a condition true of the figures? An empty one is; a figure without value is neither more nor less."""
    if not condition:
        return True
    return any(all(_holds(part, values) for part in _parts(side)) for side in condition.split(" or "))


def broken(condition: str) -> str:
    """The first part that cannot be read; empty when all is well."""
    return next((part for part in _all(condition) if _ONE.fullmatch(part) is None), "")


def names(condition: str) -> list[str]:
    """The figures a condition asks about, in order."""
    found = []
    for part in _all(condition):
        match = _ONE.fullmatch(part)
        if match is not None:
            found += [name for name in (match[2], match[4]) if name and not _NUMBER.fullmatch(name)]
    return found


def _all(condition: str) -> Iterator[str]:
    for side in condition.split(" or ") if condition else ():
        yield from _parts(side)


def _parts(side: str) -> list[str]:
    return [part.strip() for part in side.split(" and ")]


def _holds(part: str, values: Numbers) -> bool:
    found = _ONE.fullmatch(part)
    assert found is not None  # noqa: S101  the loader has checked it
    negated, key, operator, other = found.groups()
    left = values.get(key)
    if operator is None:
        return bool(left) != bool(negated)
    right = Decimal(other) if _NUMBER.fullmatch(other) else values.get(other)
    if left is None or right is None:
        return False
    return {
        ">": left > right,
        ">=": left >= right,
        "<": left < right,
        "<=": left <= right,
        "=": left == right,
    }[operator] != bool(negated)
