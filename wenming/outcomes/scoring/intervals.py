"""How sure a rate is: the Wilson interval (handbook §8.3), so that a board does not show luck as merit."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from wenming.outcomes.scoring import amounts

Z95 = Decimal("1.959964")


@dataclass(frozen=True)
class Interval:
    """Both ends between 0 and 1."""

    low: Decimal
    high: Decimal

    def overlaps(self, other: "Interval") -> bool:
        """True where the two rates cannot be told apart with 95 % confidence (a cautious test)."""
        return self.low <= other.high and other.low <= self.high


def wilson(top: Decimal | int, bottom: Decimal | int, *, z: Decimal = Z95) -> Interval | None:
    """The 95 % interval of the rate `top` ÷ `bottom` (0 ≤ top ≤ bottom, Wilson 1927); None without a sample.

    Raises ValueError where `top` is no part of `bottom`: problems per place may exceed 1 and are no share.
    """
    x, n = Decimal(top), Decimal(bottom)
    if not 0 <= x <= n:
        raise ValueError(f"{top} is no part of {bottom}")
    if not n:
        return None
    with localcontext(amounts.EXACT):
        p, square = x / n, z * z
        middle = p + square / (2 * n)
        half = z * (p * (1 - p) / n + square / (4 * n * n)).sqrt()
        whole = 1 + square / n
        low, high = (middle - half) / whole, (middle + half) / whole
    return Interval(max(low, amounts.ZERO), min(high, amounts.ONE))
