"""Day of the lunar month, for market days 逢二五八 that follow the old calendar.

The table is a public fact: the lengths of the lunar months from 正月初一 of 2020 (25 January 2020) to the end of
the lunar year 2040, one bit a month, 1 for 30 days and 0 for 29, behind a leading 1. The rules of
the lunar calendar are GB/T 33661-2017. New moons close to midnight are a trap: approximate calculation puts the new
years of 2027 (6 February) and 2030 (3 February) a day off.
"""

from bisect import bisect_right
from datetime import date, timedelta
from itertools import accumulate

from wenming.common.errors import DomainError

_FIRST = date(2020, 1, 25)
_LENGTHS = 0x174AB5556AA6D52DA95D49DA4DD26D535AA6B54B6A5752B6937497A4BAA5B54B5A
_STARTS = list(accumulate((29 + int(bit) for bit in f"{_LENGTHS:b}"[1:]), initial=_FIRST.toordinal()))
# The last day the table knows.
LAST = date.fromordinal(_STARTS[-1]) - timedelta(days=1)


def day_of_month(day: date) -> int:
    """The lunar day, 1 to 30. Raises DomainError `lunar_range` outside 2020–2040."""
    if not _FIRST <= day <= LAST:
        raise DomainError("lunar_range", f"农历只能推算 {_FIRST} 至 {LAST}，{day} 不在其中。", field="day")
    start = _STARTS[bisect_right(_STARTS, day.toordinal()) - 1]
    return day.toordinal() - start + 1
