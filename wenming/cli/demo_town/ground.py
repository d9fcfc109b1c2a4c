"""Builds 平川县 and 安和镇: units, people and posts, places and duty, all through the deeds of the ground."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from django.contrib.auth.hashers import make_password

from wenming.cli.demo_town import chart, register
from wenming.common import clock
from wenming.ground.calendar import actions as calendar
from wenming.ground.calendar.market import MarketRule
from wenming.ground.people import actions as people
from wenming.ground.people.models import Person
from wenming.ground.people.roles import ROLES
from wenming.ground.places import actions as places
from wenming.ground.places.models import Place
from wenming.ground.units import actions as units
from wenming.ground.units.models import Unit

# Shown on the screen and in the manual: a demo is for looking at, it must not be put on the open internet.
PASSWORD = "Anhe-2026-demo"  # noqa: S105
COUNTY_CODE = "350599"


@dataclass
class Home:
    """A community or village with its people and the places on its ground."""

    unit: Unit
    secretary: Person
    chiefs: list[Person] = field(default_factory=list)
    workers: list[Person] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


@dataclass
class Cast:
    """One town and everybody who acts in it. `stations` by trade."""

    town: Unit
    office: Unit
    director: Person
    clerks: list[Person]
    inspectors: list[Person]
    leader: Person
    county: Person
    homes: list[Home] = field(default_factory=list)
    stations: dict[str, tuple[Unit, Person]] = field(default_factory=dict)
    partners: list[tuple[Unit, Person]] = field(default_factory=list)
    contractor: tuple[Unit, Person] | None = None

    @cached_property
    def people(self) -> dict[int, Person]:
        """Everybody who handles cases, by key: the same objects all year, so that their posts are read once."""
        found = [person for home in self.homes for person in (home.secretary, *home.chiefs, *home.workers)]
        found += [person for _, person in (*self.stations.values(), *self.partners)]
        found += [self.contractor[1]] if self.contractor else []
        return {person.pk: person for person in found}

    def home(self, name: str) -> Home:
        return next(home for home in self.homes if home.unit.name == name)

    def handler(self, unit: Unit) -> Person:
        """Who answers for a leading unit: the secretary, the contact of the station, the man of the contractor."""
        for home in self.homes:
            if home.unit.pk == unit.pk:
                return home.secretary
        if self.contractor is not None and self.contractor[0].pk == unit.pk:
            return self.contractor[1]
        led = [*self.stations.values(), *self.partners]
        return next(person for other, person in led if other.pk == unit.pk)


class Builder:
    """Registers units, people and places on the days before the year begins."""

    def __init__(self, start: date) -> None:
        self.since = start - timedelta(days=400)
        self.at: datetime = clock.at_local(start - timedelta(days=30), 9)
        self._hash = make_password(PASSWORD)
        self._phones = iter(range(1, 9999))
        self._names = self._more_names()

    def town(self) -> tuple[Cast, Cast]:
        """安和镇 with all it has, and 石桥镇 beside it, which must never see into it."""
        county = self._unit("平川县", "county", COUNTY_CODE, None)
        county_office = self._unit("平川县创城办", "office", "PC-CCB", county)
        clerk = self.person("何雪梅", ("county_office", county_office))
        main = self._anhe(county, clerk)
        other = self._shiqiao(county, clerk)
        for name, role in (
            ("严守一", "system_admin"),
            ("安志远", "security_admin"),
            ("沈审言", "audit_admin"),
        ):
            self.person(name, (role, county))
        self.person("纪明", ("discipline", county))
        # Nobody checks his own text: the county's papers pass a second pair of eyes and its leader, too.
        self.person("田国梁", ("county_office", county_office))
        self.person("方致远", ("county_leader", county))
        calendar.set_market_rule(town=main.town, rule=MarketRule("lunar", (3, 8)), at=self.at, by=None)
        return main, other

    def person(self, name: str, *posts: tuple[str, Unit]) -> Person:
        made, _ = people.add(
            name=name, phone=f"1380000{next(self._phones):04d}", at=self.at, password=PASSWORD,
            password_hash=self._hash, must_change=False,
        )  # fmt: skip
        for role, unit in posts:
            people.give_post(person=made, role=role, unit=unit, from_date=self.since, at=self.at)
        return made

    def _anhe(self, county: Unit, county_clerk: Person) -> Cast:
        town = self._unit("安和镇", "town", f"{COUNTY_CODE}100", county)
        office = self._unit("安和镇创城办", "office", "AH-CCB", town, dept="civ_office")
        leader = self.person("孙明", ("town_leader", town))
        self.person("林国栋", ("town_leader", town))
        cast = Cast(
            town=town, office=office, leader=leader, county=county_clerk,
            director=self.person("李建国", ("office_director", office)),
            clerks=[self.person(name, ("office_clerk", office)) for name in ("陈小雨", "黄丽娟")],
            inspectors=[self.person(name, ("inspector", office)) for name in ("周正", "吴志强", "郑晓燕")],
        )  # fmt: skip
        for territory in register.TERRITORIES:
            cast.homes.append(self._home(town, territory))
        for name, code, dept, contact in register.STATIONS:
            station = self._unit(name, "station", code, town, dept=dept)
            cast.stations[dept] = station, self.person(contact, ("dept_contact", station))
        firm = self._unit(register.CONTRACTOR[0], "contractor", register.CONTRACTOR[1], town)
        cast.contractor = firm, self.person("钱洁", ("contractor", firm))
        self.person("高阿勇", ("contractor", firm))
        for number, name in enumerate(register.PARTNERS):
            home = cast.homes[number % len(cast.homes)]
            partner = self._unit(name, "partner", f"PC-GJ{number + 1:02d}", town, partner_of=home.unit)
            contact = "郑志宏" if name == "县农商银行" else next(self._names)
            cast.partners.append((partner, self.person(contact, ("partner_contact", partner))))
        self._duties(cast)
        return cast

    def _shiqiao(self, county: Unit, county_clerk: Person) -> Cast:
        town = self._unit("石桥镇", "town", f"{COUNTY_CODE}101", county)
        office = self._unit("石桥镇创城办", "office", "SQ-CCB", town, dept="civ_office")
        cast = Cast(
            town=town, office=office, county=county_clerk, leader=self.person("罗振华", ("town_leader", town)),
            director=self.person("彭立新", ("office_director", office)),
            clerks=[self.person("余晓敏", ("office_clerk", office))],
            inspectors=[self.person("傅天明", ("inspector", office))],
        )  # fmt: skip
        for number, name in enumerate(("桥头社区", "桥尾社区")):
            unit = self._unit(
                name, "community", f"{town.code[:9]}{number + 1:03d}", town, population=2600 + 300 * number
            )
            home = Home(unit, self.person(next(self._names), ("community_secretary", unit)))
            home.workers.append(self.person(next(self._names), ("grid_worker", unit)))
            for nth, (kind, where) in enumerate((("lane", "老街巷"), ("lane", "河沿巷"), ("point", "集市"))):
                u, v = chart.scatter(nth + number * 3)
                spot = chart.lng_lat((7200 + 900 * number + 600 * u, -3100 + 600 * v))
                home.places.append(
                    places.register(
                        name=f"{name[:2]}{where}", kind=kind, unit=unit, at=self.at, lat=spot[1], lng=spot[0],
                        position_source="map", point_type="back_alley" if kind == "lane" else "market_town",
                    )
                )  # fmt: skip
            cast.homes.append(home)
        return cast

    def _home(self, town: Unit, made: register.Territory) -> Home:
        unit = self._unit(
            made.name, made.kind, f"{town.code[:9]}{made.code}", town, population=made.population
        )
        secretary = register.SECRETARIES.get(made.name) or next(self._names)
        home = Home(unit, self.person(secretary, ("community_secretary", unit)))
        for number in range(made.grids):
            grid = self._unit(
                f"{made.name[:2]}第{'一二三'[number]}网格", "grid", f"{unit.code}{number + 1:03d}", unit
            )
            name = "刘强" if (made.name, number) == ("东门社区", 0) else next(self._names)
            home.workers.append(self.person(name, ("grid_worker", grid)))
        if not made.grids:
            home.workers.append(self.person(next(self._names), ("grid_worker", unit)))
        for number in range(2 if made.kind == "community" else 1):
            name = "吴长顺" if (made.name, number) == ("东门社区", 0) else next(self._names)
            home.chiefs.append(self.person(name, ("street_chief", unit)))
        home.places += self._places(unit, made)
        return home

    def _places(self, unit: Unit, made: register.Territory) -> Iterator[Place]:
        """Zone, party centre, streets, lanes, estates and points of a territory."""

        def put(
            name: str, kind: str, point_type: str, geometry: dict[str, object] | None = None, **more: object
        ) -> Place:
            return places.register(
                name=name, kind=kind, point_type=point_type, unit=unit, at=self.at, geometry=geometry,
                position_source="map", accuracy_m=5, **more,  # type: ignore[arg-type]
            )  # fmt: skip

        zone = "village" if made.kind == "village" else "community"
        yield put(made.name, "zone", zone, chart.territory(made.cell), same_radius_m=30)
        for name, kind, path in made.streets:
            yield put(name, "street", kind, chart.line(made.cell, path))
        number = 0
        for name in made.lanes:
            u, v = chart.scatter(number)
            bend = ((u - 0.11, v), (u, v + 0.025), (u + 0.11, v - 0.01))
            if number % 2:
                bend = ((u, v - 0.13), (u + 0.02, v), (u - 0.01, v + 0.13))
            yield put(name, "lane", "back_alley", chart.line(made.cell, bend))
            number += 1
        for name, kind in made.estates:
            yield put(
                name, "estate", register.COMPOUNDS[kind], chart.block(made.cell, *chart.scatter(number))
            )
            number += 1
        if made.kind == "community":
            lng, lat = chart.lng_lat(chart.inside(made.cell, *chart.scatter(number)))
            yield put(f"{made.name}党群服务中心", "point", "community", lat=lat, lng=lng)
            number += 1
        for name, kind in made.points:
            lng, lat = chart.lng_lat(chart.inside(made.cell, *chart.scatter(number)))
            yield put(name, "point", kind, lat=lat, lng=lng)
            number += 1

    def _duties(self, cast: Cast) -> None:
        """街巷长 for streets and lanes, 楼长 for estates, 网格员 for points, the secretary as deputy on streets."""
        for home in cast.homes:
            for number, place in enumerate(home.places):
                chief, worker = (
                    home.chiefs[number % len(home.chiefs)],
                    home.workers[number % len(home.workers)],
                )
                if place.kind == "street":
                    self._duty(place, chief, "street_chief", "工作日 08:30—18:00")
                    self._duty(place, home.secretary, "street_chief", "双休日、节假日", deputy=True)
                elif place.kind == "lane":
                    self._duty(place, chief, "lane_chief", "每日")
                elif place.kind == "estate":
                    self._duty(place, worker, "block_leader", "每日")
                elif place.kind == "point":
                    self._duty(place, worker, "grid_worker", "工作日")
                else:
                    self._duty(place, home.secretary, "cadre", "")

    def _duty(self, place: Place, person: Person, kind: str, hours: str, *, deputy: bool = False) -> None:
        places.give_duty(
            place=place,
            person=person,
            kind=kind,
            from_date=self.since,
            at=self.at,
            hours=hours,
            deputy=deputy,
        )

    def _unit(self, name: str, kind: str, code: str, parent: Unit | None, **more: object) -> Unit:
        return units.create(
            name=name, kind=kind, code=code, parent=parent, at=self.at, valid_from=self.since,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def _more_names(self) -> Iterator[str]:
        """Names in an order that looks thrown but is not; every pair once."""
        for number in range(len(register.SURNAMES) * len(register.GIVEN)):
            surname = register.SURNAMES[number % len(register.SURNAMES)]
            yield (
                surname
                + register.GIVEN[(number * 7 + number // len(register.SURNAMES)) % len(register.GIVEN)]
            )


@dataclass(frozen=True)
class Account:
    """One line of the table of accounts."""

    role: str
    name: str
    phone: str
    unit: str


def accounts() -> list[Account]:
    """One account for every role, of 安和镇 or the county, in the order of the roles."""
    found: dict[str, Account] = {}
    county = Unit.objects.filter(code=COUNTY_CODE.ljust(12, "0")).first()
    path = county.path if county else "/"
    # People of 东门社区 before those of the other communities: the manual tells about them.
    for person in sorted(
        Person.objects.filter(posts__unit__path__startswith=path).distinct().prefetch_related("posts__unit"),
        key=lambda p: (p.name not in _SHOWN, p.pk),
    ):
        for post in person.posts.all():
            found.setdefault(post.role, Account(post.role, person.name, person.phone, post.unit.name))
    return [found[code] for code in ROLES if code in found]


_SHOWN = {"王芳", "刘强", "吴长顺", "李建国", "陈小雨", "周正", "孙明", "赵刚", "钱洁", "郑志宏"}
