"""Builds the place of a story through the deeds of the ground: units, people with posts, places to look at."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password

from wenming.cli.demo_town import chart, register
from wenming.cli.demo_town.ground import PASSWORD
from wenming.cli.stories import book
from wenming.common import clock
from wenming.ground.people import actions as people
from wenming.ground.people.models import Person
from wenming.ground.places import actions as places
from wenming.ground.places.models import Place
from wenming.ground.units import actions as units
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit

_FIRST_OF = {kinds.COMMUNITY: 1, kinds.VILLAGE: 201, kinds.DEPARTMENT: 1}
_HEADS = {kinds.DEPARTMENT: "dept_contact"}
_PLACES = (("一巷", "lane", "back_alley"), ("路", "street", "road_main"), ("小区", "estate", "old_compound"))


@dataclass
class Cast:
    """Everybody who acts in a story. `answers`: who enters and rectifies for a unit; `groups` by keyword."""

    home: Unit
    office: Unit
    clerk: Person
    director: Person
    inspector: Person
    leader: Person | None
    answers: dict[int, Person] = field(default_factory=dict)
    groups: dict[str, list[Unit]] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)

    def units(self, named: tuple[str, ...]) -> list[Unit]:
        """Units by keyword or by name, in the order given."""
        found: list[Unit] = []
        for name in named:
            found += self.groups.get(name) or [self.unit(name)]
        return found

    def unit(self, name: str) -> Unit:
        return next(unit for unit in self.groups[book.ALL] if unit.name == name)


def home_code(ground: book.Ground) -> str:
    """The code of the unit whose year is told, as it stands in the register."""
    return (ground.town or ground.county)[0].ljust(12, "0")


class Builder:
    """Registers what a part of a story needs, on a day before its period. `series` keeps phones apart."""

    def __init__(self, part: book.Part, series: int) -> None:
        self.ground = part.ground
        self.since = date(part.period.start.year - 1, 1, 1)
        self.at: datetime = clock.at_local(part.period.start - timedelta(days=20), 9)
        self._hash = make_password(PASSWORD)
        self._phones = iter(range(series * 100 + 1, series * 100 + 100))
        self._names = iter(
            f"{register.SURNAMES[(series * 5 + number) % len(register.SURNAMES)]}"
            f"{register.GIVEN[(series * 11 + number * 7) % len(register.GIVEN)]}"
            for number in range(100)
        )

    def cast(self) -> Cast:
        """Units, people, places. Raises DomainError (a code that is taken …)."""
        code, name = self.ground.county
        county = Unit.objects.filter(code=code.ljust(12, "0")).first() or self._unit(
            name, "county", code, None
        )
        home = (
            self._unit(self.ground.town[1], "town", self.ground.town[0], county)
            if self.ground.town
            else county
        )
        cast = self._office(home)
        made = [self._resident(home, kind, name, number) for number, (kind, name) in self._numbered()]
        stations = [
            self._unit(name, "station", f"{home.code[:9]}-Z{number:02d}", home, dept=trade)
            for number, (trade, name) in enumerate(self.ground.stations, 1)
        ]
        partners = [
            self._unit(
                name, "partner", f"{home.code[:9]}-G{number:02d}", home, partner_of=made[number % len(made)]
            )
            for number, name in enumerate(self.ground.partners, 1)
        ]
        for role, group in (
            ("community_secretary", made),
            ("dept_contact", stations),
            ("partner_contact", partners),
        ):
            for unit in group:
                cast.answers[unit.pk] = self._person(_HEADS.get(unit.kind, role), unit)
        cast.groups = {
            book.OFFICE: [cast.office], book.COMMUNITIES: made, book.STATIONS: stations, book.PARTNERS: partners,
            book.ALL: [home, cast.office, *made, *stations, *partners],
        }  # fmt: skip
        cast.places = [
            place for unit in made if unit.kind != kinds.DEPARTMENT for place in self._places(unit)
        ]
        return cast

    def _numbered(self) -> list[tuple[int, tuple[str, str]]]:
        """Units below with their numbers in the code: committees of neighbourhoods and of villages count apart."""
        seen: dict[str, int] = {}
        found = []
        for kind, name in self.ground.units:
            seen[kind] = seen.get(kind, _FIRST_OF[kind] - 1) + 1
            found.append((seen[kind], (kind, name)))
        return found

    def _office(self, home: Unit) -> Cast:
        office = self._unit(f"{home.name}创城办", "office", f"{home.code[:9]}-CCB", home, dept="civ_office")
        if home.kind == kinds.COUNTY:
            clerk = self._person("county_office", office)
            return Cast(
                home,
                office,
                clerk,
                self._person("county_office", office),
                self._person("inspector", office),
                None,
            )
        return Cast(
            home=home, office=office, clerk=self._person("office_clerk", office),
            director=self._person("office_director", office), inspector=self._person("inspector", office),
            leader=self._person("town_leader", home),
        )  # fmt: skip

    def _resident(self, home: Unit, kind: str, name: str, number: int) -> Unit:
        if kind == kinds.DEPARTMENT:
            return self._unit(name, kind, f"{home.code[:6]}-B{number:02d}", home)
        return self._unit(name, kind, f"{home.code[:9]}{number:03d}", home)

    def _places(self, unit: Unit) -> list[Place]:
        """A lane, a street and an estate, far enough from each other to be three places."""
        stem = unit.name.removesuffix("社区").removesuffix("村").removesuffix("居委会")
        made = []
        for number, (tail, kind, point_type) in enumerate(_PLACES):
            lng, lat = chart.lng_lat(
                (unit.pk % 40 * 700 + number * 230, unit.pk // 40 % 40 * 800 + number * 240)
            )
            made.append(
                places.register(
                    name=f"{stem}{tail}", kind=kind, unit=unit, at=self.at, lat=lat, lng=lng, position_source="map",
                    point_type=point_type,
                )
            )  # fmt: skip
        return made

    def _person(self, role: str, unit: Unit) -> Person:
        made, _ = people.add(
            name=next(self._names), phone=f"1380001{next(self._phones):04d}", at=self.at, password=PASSWORD,
            password_hash=self._hash, must_change=False,
        )  # fmt: skip
        people.give_post(person=made, role=role, unit=unit, from_date=self.since, at=self.at)
        return made

    def _unit(self, name: str, kind: str, code: str, parent: Unit | None, **more: object) -> Unit:
        return units.create(
            name=name, kind=kind, code=code, parent=parent, at=self.at, valid_from=self.since,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip
