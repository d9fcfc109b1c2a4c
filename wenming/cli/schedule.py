"""What is to be done by the clock. Each piece of work has a key with its hour or day, so it exists once however
many workers there are, and a night that was missed is made good in the morning."""

from collections.abc import Iterator
from datetime import datetime

from wenming.common import clock
from wenming.ground.calendar import queries as calendar
from wenming.ground.calendar.arithmetic import Calendar
from wenming.ground.calendar.office_time import is_office_time
from wenming.ground.jobs import actions as jobs

# (kind, from this minute of the day on): once a day.
_DAILY = [
    ("appraisals.refresh", 60),
    ("appraisals.clear_boards", 90),
    ("evidence.sweep", 2 * 60),
    ("upkeep.verify", 3 * 60),
    ("upkeep.tidy", 4 * 60),
]
_DIGEST_FROM = 8 * 60 + 30
PERIODIC = {"cases.climb", "notices.digest", *(kind for kind, _ in _DAILY)}


def due(at: datetime, working: Calendar) -> Iterator[tuple[str, str]]:
    """(kind, key) of everything whose time has come by `at`. Pure."""
    there = clock.local(at)
    day, minute = there.date(), there.hour * 60 + there.minute
    if is_office_time(working, at):
        yield "cases.climb", f"cases.climb:{there:%Y-%m-%dT%H}"
    if minute >= _DIGEST_FROM and working.plan(day).working:
        yield "notices.digest", f"notices.digest:{day}"
    for kind, since in _DAILY:
        if minute >= since:
            yield kind, f"{kind}:{day}"


def enqueue_due(*, at: datetime) -> None:
    """Put what is due in the queue; what is there already stays."""
    for kind, key in due(at, calendar.calendar()):
        jobs.enqueue(kind=kind, payload={}, at=at, key=key)
