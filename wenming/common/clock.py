"""Time helpers. Times are stored in UTC and shown in Asia/Shanghai; a week begins on Monday (handbook §9.2).

The clock is an argument of every deed; only faces, commands and the worker call `now()`.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local(at: datetime) -> datetime:
    """The same moment on the clock of the town."""
    return at.astimezone(SHANGHAI)


def local_date(at: datetime) -> date:
    """The calendar day in the town on which `at` falls."""
    return local(at).date()


def at_local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """The moment when the town's clock shows `hour:minute` on `day`."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def monday(day: date) -> date:
    """The Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def show_date(day: date) -> str:
    """`11月22日 周日`, the form used on every screen."""
    return f"{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"


def show_time(at: datetime) -> str:
    """`11月22日 周日 14:30`."""
    there = local(at)
    return f"{show_date(there.date())} {there:%H:%M}"


def show_full(at: datetime) -> str:
    """`2026年11月22日 14:30`, for documents and strips."""
    there = local(at)
    return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"
