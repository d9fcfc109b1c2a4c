"""Figures beside one another: the share in the whole, and ranks where a metric says which end is the better one.

Only metrics that say so are ranked: a count speaks of the size of a unit, and finding much must not cost anybody
(handbook D5, D6). Equal values share a rank; too few cases say nothing about a unit.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from wenming.ledger.metrics import AVERAGE, HIGH, RATIO, UNITS, Value

# Fewer than this in the denominator say nothing about a unit (peers 68).
ENOUGH = 3
_TENTH = Decimal("0.1")


def share(part: Value, whole: Value) -> Decimal | None:
    """占比: per cent of `whole`, one decimal. None for rates, averages and numbers of units, and where the whole is nothing."""
    if part.metric.kind in (RATIO, AVERAGE, UNITS) or part.number is None or not whole.number:
        return None
    return (part.number * 100 / whole.number).quantize(_TENTH, ROUND_HALF_UP)


def ranks(values: Sequence[Value]) -> list[int | None]:
    """The rank of each value among all, best first; None where the metric is not ranked, the sample is too small, or
    nobody is there to compare with.
    """
    standing = [value.number for value in values if _counts(value)]
    if len(standing) < 2:
        return [None] * len(values)
    found: list[int | None] = []
    for value in values:
        if not _counts(value):
            found.append(None)
            continue
        number = value.number or Decimal(0)
        high = value.metric.better == HIGH
        found.append(
            1 + sum(other > number if high else other < number for other in standing if other is not None)
        )
    return found


def _counts(value: Value) -> bool:
    return bool(value.metric.better) and value.number is not None and (value.denominator or 0) >= ENOUGH
