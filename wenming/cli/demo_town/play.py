"""The stage: a clock that runs through the year and lets every life act when its time has come.

A life is a generator that yields the moment at which it wants to go on and is sent that moment back.
All deeds of one simulated day share a transaction, which spares the disk without changing what is written.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Generator
from datetime import date, datetime, timedelta

from django.db import transaction

from wenming.cli.demo_town import pictures
from wenming.cli.demo_town.ground import Cast
from wenming.cli.demo_town.plan import Find
from wenming.common import clock
from wenming.ground.calendar import arithmetic
from wenming.ground.calendar import queries as calendar
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person

Life = Generator[datetime, datetime, None]
Part = Generator[datetime, datetime, datetime]


class Play:
    """Runs the lives of one county up to `end` (a moment); `draw` gives the pictures of a find."""

    def __init__(self, end: datetime, draw: Callable[[Find, str], bytes] | None = None) -> None:
        self.end = end
        self.calendar = calendar.calendar()
        self.draw = draw or draw_now
        self._queue: list[tuple[datetime, int, Life]] = []
        self._order = itertools.count()

    def cue(self, at: datetime, life: Life) -> None:
        """Let `life` begin at a moment."""
        heapq.heappush(self._queue, (at, next(self._order), life))

    def run(self, told: Callable[[date], None] = lambda _day: None) -> None:
        """Play until the end; lives that want to go on later stay as they are."""
        started: set[int] = set()
        while self._queue and self._queue[0][0] < self.end:
            day = clock.local_date(self._queue[0][0])
            with transaction.atomic():
                while (
                    self._queue
                    and self._queue[0][0] < self.end
                    and clock.local_date(self._queue[0][0]) == day
                ):
                    at, number, life = heapq.heappop(self._queue)
                    try:
                        wanted = life.send(at) if number in started else next(life)
                    except StopIteration:
                        continue
                    started.add(number)
                    heapq.heappush(self._queue, (max(wanted, at), number, life))
            told(day)

    def later(self, at: datetime, dice: random.Random, least: int, most: int) -> datetime:
        """After so many minutes of office time."""
        left = dice.randrange(least, most + 1)
        at = arithmetic.next_office_time(self.calendar, at)
        while True:
            local = clock.local(at)
            minute = local.hour * 60 + local.minute
            close = next(
                last for first, last in self.calendar.plan(local.date()).spans if first <= minute < last
            )
            if minute + left < close:
                return at + timedelta(minutes=left)
            left -= close - minute
            at = arithmetic.next_office_time(self.calendar, at + timedelta(minutes=close - minute))

    def morning(self, day: date, dice: random.Random) -> datetime:
        """Some time on the day, or on the next working day."""
        opening = arithmetic.next_office_time(self.calendar, clock.at_local(day, 8))
        return self.later(opening, dice, 5, 300)

    def photo(
        self, find: Find, role: str, *, by: Person | None, at: datetime, cast: Cast, covert: bool = False
    ) -> Photo:
        """Take a picture of the find: `role` before or after; `far` is a look back."""
        return evidence.store(
            data=self.draw(find, role), name=f"{find.number:04d}-{role}.jpg", by=by, at=at, town=cast.town, source="camera",
            place=position(find), accuracy_m=8.0, covert=covert,
        )  # fmt: skip


def position(find: Find) -> tuple[float, float] | None:
    """(lat, lng) where the finder stood: some metres from the place in the register."""
    place = find.place
    if place.lat is None or place.lng is None:
        return None
    east, north = find.number * 37 % 25 - 12, find.number * 53 % 25 - 12
    return round(place.lat + north / 111_195, 6), round(place.lng + east / 100_800, 6)


def draw_now(find: Find, role: str) -> bytes:
    """The picture of a find, drawn on the spot: before, after, again1 … (handed in once more), relapse."""
    take = find.take + (int(role[5:]) if role.startswith("again") else 0)
    if role in ("before", "relapse"):
        return pictures.before(find.scene, take=take + (10 if role == "relapse" else 0))
    return pictures.after(find.scene, take=take)
