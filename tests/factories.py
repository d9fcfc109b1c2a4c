"""平川县安和镇: the ground on which tests stand. People have names and posts; nothing here surprises.

李主任 directs the office, 小陈 is its clerk, 督查员老周 inspects, 书记王芳 leads 东门社区, 网格员刘强 walks it,
站长赵刚 leads 城管站, 镇长孙明 signs, 赵外镇 is from elsewhere.
"""

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from PIL import Image, ImageDraw

from wenming.common import clock
from wenming.ground.audit.models import Chain, Record
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.people import actions as people
from wenming.ground.people.models import Person, Post
from wenming.ground.places import actions as places
from wenming.ground.places.models import Place
from wenming.ground.standards.models import PackVersion
from wenming.ground.units import actions as units
from wenming.ground.units.models import Unit
from wenming.outcomes import packs
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case

# Monday 16 November 2026, 09:00 in the town: inside office hours, a plain week.
NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
SINCE = date(2020, 1, 1)
PASSWORD = "Anhe-2026-mima"


def load_packs() -> None:
    """The shipped packs, once in a database."""
    if not PackVersion.objects.filter(kind="metrics").exists():
        packs.load_all(at=NOW)


def unit(name: str, kind: str, code: str, parent: Unit | None, **more: Any) -> Unit:
    return units.create(name=name, kind=kind, code=code, parent=parent, at=NOW, valid_from=SINCE, **more)


def person(name: str, phone: str, *posts: tuple[str, Unit]) -> Person:
    made, _ = people.add(name=name, phone=phone, at=NOW, password=PASSWORD, must_change=False)
    for role, where in posts:
        people.give_post(person=made, role=role, unit=where, from_date=SINCE, at=NOW)
    return Person.objects.get(pk=made.pk)


# Rows that building the town leaves behind, in an order in which they can be put back.
_BUILT = (Unit, Person, Post, Place, Record)
_kept: dict[str, "_Kept"] = {}


@dataclass
class _Kept:
    """The town as it was built by the deeds once, to be put back into other tests' empty databases."""

    before: dict[str, tuple[str, int]]
    chains: list[Chain]
    rows: dict[type[Model], list[Any]]
    names: dict[str, tuple[type[Model], int]]


def build_town() -> SimpleNamespace:
    """The town, as `_build_town` makes it. It is built by the deeds once; after that the same rows are put back,
    which is thirty times quicker. A database in which something happened already gets a town built anew."""
    load_packs()
    database = str(connection.settings_dict["NAME"])
    kept, before = _kept.get(database), _chains()
    if kept is None or kept.before != before or Unit.objects.exists():
        floor = {model: _highest(model) for model in _BUILT}
        made = _build_town()
        rows = {model: list(model.objects.filter(pk__gt=floor[model]).order_by("pk")) for model in _BUILT}
        names = {name: (type(thing), thing.pk) for name, thing in vars(made).items()}
        _kept[database] = _Kept(before, list(Chain.objects.all()), rows, names)
        return made
    with transaction.atomic():
        for model, old in kept.rows.items():
            model.objects.bulk_create(old)
        Chain.objects.bulk_create(
            [Chain(key=c.key, head=c.head, count=c.count) for c in kept.chains],
            update_conflicts=True, unique_fields=["key"], update_fields=["head", "count"],
        )  # fmt: skip
    units = {row.pk: row for row in Unit.objects.select_related("town", "parent")}
    people = {row.pk: row for row in Person.objects.all()}
    spots = {row.pk: row for row in Place.objects.select_related("unit", "unit__town")}
    found: dict[type[Model], dict[int, Any]] = {Unit: units, Person: people, Place: spots}
    return SimpleNamespace(**{name: found[model][pk] for name, (model, pk) in kept.names.items()})


def _chains() -> dict[str, tuple[str, int]]:
    return {chain.key: (chain.head, chain.count) for chain in Chain.objects.all()}


def _highest(model: type[Model]) -> int:
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _build_town() -> SimpleNamespace:
    """County, two towns, office, two communities with a grid, two stations, a contractor, and their people."""
    t = SimpleNamespace()
    t.county = unit("平川县", "county", "350599", None)
    t.county_office = unit("平川县创城办", "office", "PC-CCB", t.county)
    t.town = unit("安和镇", "town", "350599100", t.county)
    t.other_town = unit("石桥镇", "town", "350599101", t.county)
    t.office = unit("安和镇创城办", "office", "AH-CCB", t.town, dept="civ_office")
    t.east = unit("东门社区", "community", "350599100001", t.town, population=5200)
    t.west = unit("西街社区", "community", "350599100002", t.town, population=4100)
    t.elsewhere = unit("桥头社区", "community", "350599101001", t.other_town)
    t.grid = unit("东门第一网格", "grid", "350599100001001", t.east)
    t.chengguan = unit("安和城管站", "station", "AH-CG", t.town, dept="urban_mgmt")
    t.police = unit("安和派出所", "station", "AH-PCS", t.town, dept="public_security")
    t.cleaning = unit("净美保洁公司", "contractor", "AH-JM", t.town, dept="sanitation")
    t.director = person("李建国", "13800000001", ("office_director", t.office))
    t.clerk = person("陈小雨", "13800000002", ("office_clerk", t.office))
    t.inspector = person("周正", "13800000003", ("inspector", t.office))
    t.secretary = person("王芳", "13800000004", ("community_secretary", t.east))
    t.worker = person("刘强", "13800000005", ("grid_worker", t.grid))
    t.chief = person("赵刚", "13800000006", ("dept_contact", t.chengguan))
    t.leader = person("孙明", "13800000007", ("town_leader", t.town))
    t.outsider = person("赵外镇", "13800000008", ("community_secretary", t.elsewhere))
    t.cleaner = person("钱洁", "13800000009", ("contractor", t.cleaning))
    t.west_secretary = person("马丽", "13800000010", ("community_secretary", t.west))
    t.county_clerk = person("何县办", "13800000011", ("county_office", t.county_office))
    t.county_leader = person("方县长", "13800000018", ("county_leader", t.county))
    t.admin = person("系管员", "13800000012", ("system_admin", t.county))
    t.security = person("安管员", "13800000013", ("security_admin", t.county))
    t.auditor = person("审管员", "13800000014", ("audit_admin", t.county))
    t.discipline = person("纪检员", "13800000015", ("discipline", t.county))
    t.partner_unit = unit("县农商银行", "partner", "PC-NSH", t.town, partner_of=t.east)
    t.partner = person("郑共建", "13800000016", ("partner_contact", t.partner_unit))
    t.street_chief = person("吴巷长", "13800000017", ("street_chief", t.east))
    t.market = place("东门农贸市场", t.east, point_type="farmers_market", lat=24.95, lng=118.38)
    t.lane = place("建设巷", t.east, kind="lane", point_type="back_alley", lat=24.951, lng=118.381)
    t.west_lane = place("文昌巷", t.west, kind="lane", point_type="back_alley", lat=24.96, lng=118.39)
    return t


def place(name: str, where: Unit, *, kind: str = "point", **more: Any) -> Place:
    return places.register(name=name, kind=kind, unit=where, at=NOW, position_source="map", **more)


def picture(words: str = "照片", *, size: tuple[int, int] = (640, 480), seed: int = 0) -> bytes:
    """A drawn JPEG; another `seed` gives another picture."""
    image = Image.new("RGB", size, (200 - seed * 37 % 150, 210, 220 - seed * 53 % 120))
    draw = ImageDraw.Draw(image)
    for n in range(12):
        x, y = (seed * 97 + n * 131) % size[0], (seed * 61 + n * 89) % size[1]
        draw.rectangle(
            [x, y, x + 40 + n * 9 % 60, y + 30],
            fill=((n * 40 + seed) % 255, (n * 70) % 255, (seed * 30) % 255),
        )
    draw.text((10, 10), words, fill=(0, 0, 0))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


_seed = iter(range(1, 1_000_000))


def photo(by: Person | None, town: Unit, *, at: datetime = NOW) -> Photo:
    n = next(_seed)
    return evidence.store(
        data=picture(f"p{n}", seed=n), name=f"照片{n}.jpg", by=by, at=at, town=town, source="camera"
    )


@dataclass
class Life:
    """Brings a case of 安和镇 to any state through the ordinary deeds, a quarter of an hour apart."""

    t: SimpleNamespace
    at: datetime = NOW

    def tick(self, minutes: int = 15) -> datetime:
        self.at = datetime.fromtimestamp(self.at.timestamp() + minutes * 60, tz=UTC)
        return self.at

    def reported(self, **more: Any) -> Case:
        given = {
            "category": "06010",
            "description": "巷口两处垃圾未清",
            "place": self.t.lane,
            "by": self.t.inspector,
        } | more
        return cases.report(at=self.tick(), **given)

    def registered(self, **more: Any) -> Case:
        return cases.register(case=self.reported(**more), by=self.t.clerk, at=self.tick())

    def dispatched(self, *, lead: Unit | None = None, **more: Any) -> Case:
        case = self.registered(**more)
        return cases.dispatch(case=case, by=self.t.clerk, at=self.tick(), lead=lead or self.t.east)

    def handling(self, **more: Any) -> Case:
        case = self.dispatched(**more)
        return cases.sign(case=case, by=self._handler(case), at=self.tick())

    def returned(self, **more: Any) -> Case:
        case = self.handling(**more)
        return cases.return_(
            case=case, by=self._handler(case), at=self.tick(), reason="not_duty", ground="属环卫中心职责"
        )

    def verifying(self, **more: Any) -> Case:
        case = self.handling(**more)
        by = self._handler(case)
        return cases.hand_in(
            case=case, by=by, at=self.tick(), photos=[photo(by, case.town, at=self.at)], measures="已清理"
        )

    def suspended(self, **more: Any) -> Case:
        case = self.handling(**more)
        until = date.fromordinal(clock.local_date(self.at).toordinal() + 60)
        case = cases.ask_suspension(
            case=case,
            by=self._handler(case),
            at=self.tick(),
            reason="needs_project",
            ground="需立项改造",
            takes_over="县住建局",
            until=until,
        )
        return cases.grant_suspension(case=case, by=self.t.director, at=self.tick())

    def closed(self, **more: Any) -> Case:
        return cases.accept(case=self.verifying(**more), by=self.t.inspector, at=self.tick())

    def refused(self, **more: Any) -> Case:
        return cases.refuse(case=self.reported(**more), by=self.t.clerk, at=self.tick(), reason="not_true")

    def merged(self, **more: Any) -> Case:
        into = self.registered(**more)
        return cases.merge(case=self.registered(**more), into=into, by=self.t.clerk, at=self.tick())

    def split(self, **more: Any) -> Case:
        case = self.registered(**more)
        parts = [{"category": "06010", "description": "垃圾"}, {"category": "06036", "description": "杂物"}]
        cases.split(case=case, by=self.t.clerk, at=self.tick(), parts=parts)
        return Case.objects.get(pk=case.pk)

    def in_state(self, state: str, **more: Any) -> Case:
        return getattr(self, state)(**more)

    def _handler(self, case: Case) -> Person:
        leads = {
            self.t.east.pk: self.t.secretary,
            self.t.west.pk: self.t.west_secretary,
            self.t.chengguan.pk: self.t.chief,
            self.t.cleaning.pk: self.t.cleaner,
        }
        return leads[case.lead_unit_id]
