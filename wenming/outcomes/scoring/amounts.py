"""Decimal arithmetic of scores: exact inside, rounded once at the end, readable in a formula."""

import decimal
import functools
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

# Sums and products of bounded amounts stay exact; only a quotient can be endless, and 80 digits leave it
# far more room than the 30 places at which `settled` compares and rounds.
EXACT = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_EVEN)
_GUARD = Decimal(1).scaleb(-30)
LARGEST = Decimal("1e12")
MOST_PLACES = 12
ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
MODES = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "down": decimal.ROUND_DOWN,
    "up": decimal.ROUND_UP,
}


def number(value: Any) -> Decimal | None:
    """`value` as an exact amount, or None when it is no number a score can hold.

    Refuses NaN, infinities, true and false, more than twelve places and anything beyond 10¹² (1e30 in an
    events file is a slip of the pen, never a quantity).
    """
    if isinstance(value, bool) or not isinstance(value, (int, str, float, Decimal)):
        return None
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value))
    except decimal.InvalidOperation:
        return None
    if not found.is_finite() or abs(found) > LARGEST:
        return None
    exponent = found.as_tuple().exponent
    return found if isinstance(exponent, int) and exponent >= -MOST_PLACES else None


def settled(value: Decimal) -> Decimal:
    """The value without the noise of endless quotients: (1 ÷ 3) × 3 is 1 again, and ties compare equal."""
    return value.quantize(_GUARD, context=EXACT)


def rounded(value: Decimal, places: int, mode: str) -> Decimal:
    """The one rounding at the end, by the rule the book declares."""
    return settled(value).quantize(Decimal(1).scaleb(-places), rounding=MODES[mode], context=EXACT)


@functools.lru_cache(maxsize=10_000)
def text(value: Decimal) -> str:
    """For formulas: no exponent, no useless zeros, at most six places (… marks more), a real minus sign."""
    value = settled(value)
    short = value.quantize(Decimal("0.000001"), context=EXACT)
    shown = format(short.normalize(EXACT), "f")
    shown = "0" if shown in ("-0", "0") else shown
    return shown.replace("-", "−") + ("…" if short != value else "")


def plain(value: Decimal) -> str:
    """For files: exact, no exponent, no useless zeros."""
    shown = format(value.normalize(EXACT), "f")
    return "0" if shown == "-0" else shown


def signed(value: Decimal) -> str:
    """`text` with the plus sign written."""
    return text(value) if value <= 0 else "+" + text(value)


def clamp(value: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    """`value` held between `low` and `high`; None is no bound."""
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value


def mean(values: Iterable[Decimal]) -> Decimal:
    """Arithmetic mean of a non-empty run."""
    found = list(values)
    return EXACT.divide(sum(found, ZERO), Decimal(len(found)))


def ratio(top: Decimal, bottom: Decimal) -> Decimal:
    return EXACT.divide(top, bottom)
