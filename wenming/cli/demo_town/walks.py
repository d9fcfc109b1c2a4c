"""Places that were looked at and found clean: the rest of every tour, and chiefs who now and then say 无问题.

Nobody has to say it (handbook D5), so most walks of the year leave no trace here; inspectors say it, because
their bulletin counts the places.
"""

import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from wenming.cli.demo_town.ground import Cast, Home
from wenming.cli.demo_town.plan import SEED, Find
from wenming.cli.demo_town.play import Life, Play
from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ground.places.models import Place
from wenming.records.cases import actions as cases
from wenming.records.cases import states

# Clean places on a visit, by who comes: least and most.
CLEAN = {"town": (4, 8), "county": (4, 7), "covert": (2, 4)}
# Of so many chiefs and grid workers one says so in a week.
SILENT = 5


def plan_walks(play: Play, cast: Cast, finds: Sequence[Find], start: date, end: date) -> None:
    """Cue the clean part of every visit in `finds`, and some walks of chiefs, from `start` up to `end`."""
    dice = random.Random(SEED + 1)  # noqa: S311 -- dice of its own: the finds of the year stay as they are
    for (_, source), found in _visits(finds).items():
        least, most = CLEAN[source]
        seen = {find.place.pk for find in found}
        others = [place for home in cast.homes for place in home.places if place.pk not in seen]
        places = dice.sample(others, min(len(others), dice.randint(least, most)))
        at = max(find.at for find in found) + timedelta(minutes=12)
        play.cue(at, _visit(play, cast, found[0], places, at))
    people = [(home, person) for home in cast.homes for person in (*home.chiefs, *home.workers)]
    monday = clock.monday(start)
    while monday < end:
        for home, person in people[monday.toordinal() // 7 % SILENT :: SILENT]:
            day = monday + timedelta(days=dice.randrange(5))
            at = clock.at_local(day, dice.choice((8, 9, 16)), dice.randrange(2, 58))
            if start <= day < end and play.calendar.plan(day).working:
                play.cue(at, _walk(person, _own(home, person, dice), at))
        monday += timedelta(days=7)


def _visits(finds: Sequence[Find]) -> dict[tuple[uuid.UUID, str], list[Find]]:
    """Finds by visit and source: town, county and covert ones; bulletins and papers are read, not walked."""
    visits: dict[tuple[uuid.UUID, str], list[Find]] = defaultdict(list)
    for find in finds:
        if find.inspection is not None and find.source in CLEAN:
            visits[find.inspection, find.source].append(find)
    return visits


def _visit(play: Play, cast: Cast, first: Find, places: Sequence[Place], at: datetime) -> Life:
    """The clean places of the visit on which `first` was found."""
    inspection, covert = first.inspection, first.kind == "covert"
    assert inspection is not None  # noqa: S101 -- chosen in `_visits`
    by = cast.county if first.source == "county" else cast.inspectors[first.number % len(cast.inspectors)]
    cases.confirm_clear(
        places=places, by=by, at=at, source=first.source, inspection=inspection, covert=covert
    )
    if covert and first.wish.stop != states.REPORTED:
        # The finds of the visit are published in the course of the next working day (`lives`).
        day = clock.local_date(play.morning(clock.local_date(at) + timedelta(days=1), random.Random(0)))  # noqa: S311
        at = yield clock.at_local(day, 23, 5)
        cases.publish_visit(inspection=inspection, by=cast.director, at=at)


def _own(home: Home, person: Person, dice: random.Random) -> list[Place]:
    """One to three of the places the person has duty at (`Builder._duties`)."""
    kinds = ("street", "lane") if person in home.chiefs else ("estate", "point")
    team = home.chiefs if person in home.chiefs else home.workers
    mine = [
        place
        for number, place in enumerate(home.places)
        if place.kind in kinds and team[number % len(team)] == person
    ]
    return dice.sample(mine, min(len(mine), dice.randint(1, 3)))


def _walk(by: Person, places: Sequence[Place], at: datetime) -> Life:
    if places:
        cases.confirm_clear(places=places, by=by, at=at)
    return
    yield at  # a life without a second act
