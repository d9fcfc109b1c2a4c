"""How a number and a row of records lie over the days of a period: pure, and the same every time."""

from collections.abc import Sequence
from datetime import date, timedelta

SATURDAY = 5


def days(first: date, last: date, count: int, *, months: Sequence[int] = (), shift: int = 0) -> list[date]:
    """`count` working weekdays from `first` to `last` (in some months only), evenly and in order of time."""
    span = (first + timedelta(days=number) for number in range((last - first).days + 1))
    open_ = [day for day in span if day.weekday() < SATURDAY and (not months or day.month in months)]
    if not open_:
        raise ValueError(f"no weekday in {months} from {first} to {last}")
    # Not all kinds of record on the same days: each begins a little later in its share of the period.
    return [
        open_[(len(open_) * (2 * number + 1) // 2 + shift % 5) // count % len(open_)]
        for number in range(count)
    ]


def shares(total: int, count: int, *, shift: int = 0) -> list[int]:
    """`total` in `count` parts that look entered and not divided; none is nothing where
    there is enough for all."""
    if count == 1:
        return [total]
    least = int(total >= count)
    total -= least * count
    weights = [7 + (number * 5 + shift * 3) % 6 for number in range(count)]
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    return [part + least + (number < left) for number, part in enumerate(parts)]
