"""A story as data: read from its file, every fault named by file and line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from wenming.common import packs
from wenming.common.packs import Reader
from wenming.ledger import periods
from wenming.ledger.periods import Period

KIND = "story"
FOLDER = Path(__file__).parent
# A story of several offices is told office by office, in this order.
STORIES: dict[str, tuple[str, ...]] = {
    "seed-000": ("seed-000",),
    "seed-001": ("seed-001-1", "seed-001-2", "seed-001-3", "seed-001-4", "seed-001-5"),
    "seed-001-1": ("seed-001-1",),
    "seed-001-2": ("seed-001-2",),
    "seed-001-3": ("seed-001-3",),
    "seed-001-4": ("seed-001-4",),
    "seed-001-5": ("seed-001-5",),
    "seed-002": ("seed-002",),
    "seed-003": ("seed-003",),
    "seed-004": ("seed-004",),
}
OFFICE, ALL, COMMUNITIES, STATIONS, PARTNERS = "office", "all", "communities", "stations", "partners"
TOUR_FORMS = ("bulletin", "covert", "none")


@dataclass(frozen=True)
class Ground:
    """The invented place: a county, a town in it (none: the county itself tells), and the units below."""

    county: tuple[str, str]  # code, name
    town: tuple[str, str] | None
    units: tuple[tuple[str, str], ...]  # kind, name
    stations: tuple[tuple[str, str], ...]  # trade, name
    partners: tuple[str, ...]


@dataclass(frozen=True)
class Records:
    """Records of one kind: how many, of which units, when, what is the same in all, what is shared out."""

    kind: str
    times: int
    units: tuple[str, ...]
    months: tuple[int, ...]
    days: tuple[date, ...]
    fields: Mapping[str, Any]
    words: Mapping[str, tuple[str, ...]]
    sums: Mapping[str, int]
    party: Mapping[str, str]
    late: str


@dataclass(frozen=True)
class Tour:
    """Visits of the inspectors, so many problems each; what is told about them afterwards (`form`)."""

    form: str
    times: int
    finds: int
    clean: int
    months: tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """The same problem found twice: an order is issued to the unit."""

    unit: str
    first: date
    second: date


@dataclass(frozen=True)
class Asked:
    """One figure of the seed: what it says there, and where it is read here."""

    says: str
    metric: str
    unit: str
    category: str
    sources: tuple[str, ...]
    period: str


@dataclass(frozen=True)
class Part:
    """One office and its year (or half-year)."""

    code: str
    title: str
    period: Period
    told_on: date
    ground: Ground
    records: tuple[Records, ...]
    tours: tuple[Tour, ...]
    pairs: tuple[Pair, ...]
    figures: tuple[Asked, ...]


def read(code: str, folder: Path = FOLDER) -> Part:
    """The part `seed-001-1` and the like. Raises PackError."""
    pack = packs.load(folder / f"{code}.yaml", label=f"{code}.yaml")
    body = pack.body
    part = Part(
        code=code,
        title=pack.title,
        period=periods.parse(body.text("period")),
        told_on=body.day("told_on"),
        ground=_ground(body.child("ground")),
        records=tuple(_records(item) for item in body.each("records")),
        tours=tuple(_tour(item) for item in body.each("tours", default=[])),
        pairs=tuple(_pair(item) for item in body.each("twice", default=[])),
        figures=tuple(_asked(item) for item in body.each("figures")),
    )
    body.done()
    return part


def _ground(item: Reader) -> Ground:
    town = item.texts("town", default=[])
    made = Ground(
        county=_two(item, "county", item.texts("county")),
        town=_two(item, "town", town) if town else None,
        units=tuple(
            (kind, name)
            for kind, key in (
                ("community", "communities"),
                ("village", "villages"),
                ("department", "departments"),
            )
            for name in item.texts(key, default=[])
        ),
        stations=tuple(item.table("stations", default={}).items()),
        partners=tuple(item.texts("partners", default=[])),
    )
    item.done()
    return made


def _two(item: Reader, key: str, given: list[str]) -> tuple[str, str]:
    if len(given) != 2:
        raise item.fail(f"「{key}」应当写编码和名称两项", key)
    return given[0], given[1]


def _records(item: Reader) -> Records:
    made = Records(
        kind=item.text("kind"),
        times=item.integer("times", default=1),
        units=tuple(item.texts("units", default=[OFFICE])),
        months=_months(item),
        days=tuple(_day(item, "on", value) for value in item.raw("on", default=[])),
        fields=_plain(item.raw("fields", default={})),
        words={key: tuple(map(str, values)) for key, values in item.raw("words", default={}).items()},
        sums={key: int(value) for key, value in item.raw("sums", default={}).items()},
        party={key: str(value) for key, value in item.raw("party", default={}).items()},
        late=item.text("late", default=""),
    )
    if made.times < 1 or (made.days and len(made.days) != made.times):
        raise item.fail("「times」应当大于零，并与「on」的日数相同", "times")
    item.done()
    return made


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [str(one) for one in value] if isinstance(value, list) else str(value)
        for key, value in given.items()
    }


def _months(item: Reader) -> tuple[int, ...]:
    given = tuple(item.raw("months", default=[]))
    if not all(isinstance(month, int) and 1 <= month <= 12 for month in given):
        raise item.fail("「months」应当是 1 到 12 的整数", "months")
    return given


def _tour(item: Reader) -> Tour:
    made = Tour(
        form=item.choice("form", TOUR_FORMS, default="none"),
        times=item.integer("times"),
        finds=item.integer("finds", default=2),
        clean=item.integer("clean", default=2),
        months=_months(item),
    )
    item.done()
    return made


def _pair(item: Reader) -> Pair:
    made = Pair(unit=item.text("unit"), first=item.day("first"), second=item.day("second"))
    item.done()
    return made


def _asked(item: Reader) -> Asked:
    made = Asked(
        says=item.text("says"),
        metric=item.text("of"),
        unit=item.text("unit", default=""),
        category=item.text("category", default=""),
        sources=tuple(item.texts("sources", default=[])),
        period=item.text("period", default=""),
    )
    item.done()
    return made


def _day(item: Reader, key: str, value: Any) -> date:
    if not isinstance(value, date):
        raise item.fail(f"「{key}」应当是日期，如 2021-06-15，现在是「{value}」", key)
    return value
