"""Throws the year: who finds what, where and when. A plan is only data; `lives` plays it through the deeds."""

import random
import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from wenming.cli.demo_town import catalog
from wenming.cli.demo_town.catalog import Matter
from wenming.cli.demo_town.ground import Cast, Home
from wenming.cli.demo_town.pictures import Scene
from wenming.common import clock
from wenming.ground.calendar.arithmetic import Calendar
from wenming.ground.places.models import Place
from wenming.records.cases import states

SPACE = uuid.UUID("5d1e9bb8-3f0c-5c37-9a54-6b1c0c7f9a10")
SEED = 20260101
# How many finds a week each source brings, in a plain week of 安和镇.
PER_WEEK = {"chief": 0.7, "spot": 2.6, "self": 0.6, "public": 1.2, "hotline": 0.5}
# Visits from above and in secret: source, kind of life, every so many weeks, in which of them, at which hours.
VISITS = (
    ("county", "full", 4, 1, (9, 10, 11)),
    ("bulletin", "full", 4, 2, (15, 15)),
    ("covert", "covert", 9, 3, (8, 9, 10, 11)),
    ("city", "full", 26, 7, (10, 11, 12)),
    ("media", "full", 17, 5, (10,)),
)
TOUR_DAYS = (1, 3)  # Tuesday and Thursday


@dataclass(frozen=True)
class Wish:
    """What is laid down for a life instead of thrown; empty fields are thrown."""

    plain: bool = False  # no detours: no return, extension, suspension, rework, relapse
    stop: str = ""  # the life ends when the case has come to this state
    detour: str = ""  # this detour is taken: return, extension, suspension
    lead: str = ""  # home, partner, contractor, or the trade of a station
    hours: int = 0  # the office sets a deadline of so many natural hours
    to: str = ""  # the unit hands it to its chief or its worker
    until: datetime | None = None  # not rectified before
    order: str = ""  # the second find: the order is "issued", or stays a "draft"
    other: str = ""  # category split off


@dataclass
class Find:
    """One problem of the year. `kind` names the life it will lead (see `lives`)."""

    number: int
    at: datetime
    source: str
    kind: str
    place: Place
    home: Home
    matter: Matter
    words: str
    amount: int
    inspection: uuid.UUID | None = None
    wish: Wish = Wish()
    take: int = 0  # another visit to the same corner: a relapse, a part split off

    @property
    def key(self) -> uuid.UUID:
        """The same in every run; it looks like a key made by a phone: keys that follow from a line mean a list."""
        said = f"{self.home.unit.code}-{self.at:%Y%m%d%H%M}-{self.number}"
        return uuid.UUID(bytes=uuid.uuid5(SPACE, said).bytes, version=4)

    @property
    def scene(self) -> Scene:
        return Scene(catalog.scene_of(self.place), self.matter.picture, self.amount, self.key.int % 1_000_003)


class Planner:
    """Keeps the dice and remembers which problem was found where, so that none comes twice by accident."""

    def __init__(self, cast: Cast, start: date, end: date, calendar: Calendar, seed: int = SEED) -> None:
        self.cast, self.start, self.end, self.calendar = cast, start, end, calendar
        self.dice = random.Random(seed)  # noqa: S311 -- a play needs the same dice again
        self.finds: list[Find] = []
        self.taken: set[tuple[int, str]] = set()

    def year(self) -> list[Find]:
        """All finds from `start` up to `end` (not included) in order of time."""
        monday = clock.monday(self.start)
        while monday < self.end:
            self._week(monday)
            monday += timedelta(days=7)
        self._split_some()
        return self.sorted()

    def _split_some(self) -> None:
        """Three finds of the inspectors hold two problems in one."""
        town = [
            find
            for find in self.finds
            if find.source == "town" and find.kind == "full" and find.wish == Wish()
        ]
        for find in town[len(town) // 6 :: max(1, len(town) // 3)]:
            others = [m for m in catalog.possible(find.place) if (find.place.pk, m.code) not in self.taken]
            if others:
                self.taken.add((find.place.pk, others[0].code))
                find.kind, find.wish = "split", replace(find.wish, other=others[0].code)

    def sorted(self) -> list[Find]:
        return sorted(self.finds, key=lambda find: (find.at, find.number))

    def tour(self, day: date) -> uuid.UUID:
        """The visit of the inspectors on a day."""
        return uuid.uuid5(SPACE, f"tour-{self.cast.town.code}-{day}")

    def works(self, day: date) -> bool:
        return self.calendar.plan(day).working

    def working_day(self, day: date, step: int = 1) -> date:
        """The day itself, or the nearest working day after (step −1: before) it."""
        while not self.works(day):
            day += timedelta(days=step)
        return day

    def add(
        self, at: datetime, source: str, kind: str, *, place: Place | None = None, code: str = "",
        inspection: uuid.UUID | None = None, home: Home | None = None, wish: Wish | None = None,
    ) -> Find:  # fmt: skip
        """Put one find into the plan; place and matter are thrown where they are not given."""
        if place is None or not code:
            home, place, matter = self._throw(source, kind, home, place)
        else:
            home = next(each for each in self.cast.homes if each.unit.pk == place.unit_id)
            matter = catalog.BY_CODE[code]
        self.taken.add((place.pk, matter.code))
        words, amount = catalog.describe(matter, self.dice)
        find = Find(
            number=len(self.finds) + 1, at=at, source=source, kind=kind, place=place, home=home, matter=matter, words=words,
            amount=amount, inspection=inspection, wish=wish or Wish(),
        )  # fmt: skip
        self.finds.append(find)
        return find

    def _week(self, monday: date) -> None:
        # Before the inspections of autumn everybody looks closer; at Spring Festival hardly anybody.
        busy = {8: 1.25, 9: 1.4, 10: 1.3, 11: 1.15, 2: 0.6}.get(monday.month, 1.0)
        for weekday in TOUR_DAYS:
            day = monday + timedelta(days=weekday)
            if self._inside(day) and self.works(day):
                self._tour(day, round(self.dice.choice((1, 2, 2)) * busy))
        for source, mean in PER_WEEK.items():
            for _ in range(self._times(mean * busy)):
                day = monday + timedelta(days=self.dice.randrange(7))
                if self._inside(day):
                    self._walk(day, source)
        self._visits(monday)

    def _visits(self, monday: date) -> None:
        """On Wednesdays: county inspectors, their bulletin in the week after, covert visits, the city, the papers."""
        number = (monday.toordinal() - 1) // 7
        day = monday + timedelta(days=2)
        if not (self._inside(day) and self.works(day)):
            return
        visit = uuid.uuid5(SPACE, f"county-{monday}")
        for source, kind, every, turn, hours in VISITS:
            if number % every == turn:
                for hour in hours:
                    self.add(self._time(day, hour), source, kind, inspection=visit)

    def _tour(self, day: date, finds: int) -> None:
        for n in range(finds):
            self.add(
                self._time(day, 9 + n % 3 + (5 if n >= 3 else 0)), "town", "full", inspection=self.tour(day)
            )

    def _walk(self, day: date, source: str) -> None:
        if source == "spot":
            self.add(self._time(day, self.dice.choice((7, 8, 9, 15, 16, 17))), "chief", "spot")
        elif source in ("public", "hotline"):
            kind = self.dice.choices(("full", "refused", "merged"), (80, 13, 7))[0]
            self.add(self._time(day, self.dice.choice((7, 8, 10, 12, 17, 19, 20))), source, kind)
        else:
            self.add(self._time(day, self.dice.choice((8, 9, 10, 15, 16))), source, "own")

    def _throw(
        self, source: str, kind: str, home: Home | None, place: Place | None
    ) -> tuple[Home, Place, Matter]:
        """A place and a matter that fit each other; for inspections one that was never found there before."""
        for _ in range(400):
            owner = home or self.dice.choice(self.cast.homes)
            spot = place or self.dice.choice(owner.places)
            fitting = catalog.possible(spot, small=kind == "spot")
            if kind == "own":
                fitting = [matter for matter in fitting if matter.lead in (catalog.HOME, catalog.CLEANERS)]
            if source in states.INSPECTIONS:
                fitting = [matter for matter in fitting if (spot.pk, matter.code) not in self.taken]
            if fitting:
                return owner, spot, self.dice.choices(fitting, [matter.weight for matter in fitting])[0]
        raise RuntimeError("the town has too few places for so many inspections")

    def _times(self, mean: float) -> int:
        """A whole number around `mean`."""
        return max(0, int(mean + self.dice.random() * 2 - 0.5))

    def _time(self, day: date, hour: int) -> datetime:
        return clock.at_local(day, hour, self.dice.randrange(2, 58))

    def _inside(self, day: date) -> bool:
        return self.start <= day < self.end
