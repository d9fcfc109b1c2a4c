"""The last days before the demo is opened: something waits at every desk, some of it late, some due today."""

from datetime import date, timedelta

from wenming.cli.demo_town import catalog
from wenming.cli.demo_town.plan import Planner, Wish
from wenming.common import clock
from wenming.ground.places.models import Place
from wenming.records.cases import states

EAST = "东门社区"
# Who has something to sign for, and what.
_TO_SIGN = (
    ("home", "06010"), ("traffic_police", "09009"), ("public_security", "L0105"), ("market_reg", "09020"), ("landscaping", "06017"),
    ("fire", "09012"), ("power_telecom", "06008"), ("contractor", "06010"), ("urban_mgmt", "09006"),
)  # fmt: skip


def plan_week(planner: Planner) -> None:
    """Lay the finds that stop half-way into the last days."""
    last = planner.working_day(planner.end - timedelta(days=1), -1)
    before = planner.working_day(last - timedelta(days=1), -1)
    yesterday = planner.end - timedelta(days=1)
    _at_the_office(planner, last, yesterday)
    _at_the_units(planner, last, before, yesterday)


def _at_the_office(planner: Planner, last: date, yesterday: date) -> None:
    """待受理, 待派遣, 退单裁定, 待批, 待核查, and a covert visit that is not published yet."""
    for minute in (5, 31, 52):
        planner.add(clock.at_local(yesterday, 19, minute), "public", "full", wish=Wish(stop=states.REPORTED))
    planner.add(clock.at_local(yesterday, 20, 14), "hotline", "full", wish=Wish(stop=states.REPORTED))
    for n, code in enumerate(("06036", "09010", "L0119")):
        planner.add(
            clock.at_local(last, 16, 20 + n), "town", "full", place=_free(planner, n, code), code=code,
            inspection=planner.tour(last), wish=Wish(stop=states.REGISTERED),
        )  # fmt: skip
    for n in (3, 4):
        planner.add(
            clock.at_local(last, 15, 2 + n), "town", "full", place=_free(planner, n, "06013"), code="06013",
            inspection=planner.tour(last), wish=Wish(stop=states.RETURNED, detour="return", lead="municipal"),
        )  # fmt: skip
    for n, detour in ((5, "extension"), (6, "suspension")):
        planner.add(
            clock.at_local(last, 14, 40 + n), "town", "full", place=_free(planner, n, "L0120"), code="L0120",
            inspection=planner.tour(last), wish=Wish(stop=states.HANDLING, detour=detour, lead="municipal"),
        )  # fmt: skip
    checked = (
        ("home", "06010"),
        ("home", "06036"),
        ("contractor", "06012"),
        ("urban_mgmt", "09005"),
    )
    for n, (lead, code) in enumerate(checked, start=7):
        planner.add(
            clock.at_local(last, 15, 10 + n), "town", "full", place=_free(planner, n, code), code=code,
            inspection=planner.tour(last), wish=Wish(stop=states.VERIFYING, lead=lead),
        )  # fmt: skip
    east = planner.cast.home(EAST)
    planner.add(clock.at_local(last, 17, 5), "chief", "spot", home=east, wish=Wish(stop=states.VERIFYING))
    for n in (11, 12):
        planner.add(
            clock.at_local(last, 9, 4 + n), "covert", "covert", place=_free(planner, n, "06042"), code="06042",
            inspection=planner.tour(last), wish=Wish(stop=states.REPORTED),
        )  # fmt: skip


def _at_the_units(planner: Planner, last: date, before: date, yesterday: date) -> None:
    """待签收 and 待整改 for the community, its chief and worker, stations, the partner and the contractor."""
    cast = planner.cast
    east = cast.home(EAST)
    lanes = [place for place in east.places if place.kind == "lane"]
    for n, (lead, code) in enumerate(_TO_SIGN):
        planner.add(
            clock.at_local(last, 16, 2 + n), "town", "full", place=lanes[0] if lead == "home" else _free(planner, n, code),
            code=code, inspection=planner.tour(last), wish=Wish(stop=states.DISPATCHED, lead=lead),
        )  # fmt: skip
    # Late since yesterday: a short term that ran out.
    for n, (lead, code) in enumerate((("home", "06042"), ("sanitation", "06042"), ("municipal", "L0120"))):
        place = lanes[1] if lead == "home" else _free(planner, 20 + n, code)
        planner.add(
            clock.at_local(before, 9, 12 + n), "town", "full", place=place, code=code, inspection=planner.tour(before),
            wish=Wish(stop=states.HANDLING, lead=lead),
        )  # fmt: skip
    # Due today: the office set a deadline of 24 and 30 hours.
    for n, (lead, hours) in enumerate((("home", 24), ("partner", 30))):
        planner.add(
            clock.at_local(yesterday, 17, 20 + n), "town", "full", place=lanes[2 + n % 2], code="06036",
            inspection=planner.tour(yesterday), wish=Wish(stop=states.HANDLING, lead=lead, hours=hours),
        )  # fmt: skip
    for n, to in enumerate(("chief", "worker")):
        planner.add(
            clock.at_local(last, 15, 40 + n), "town", "full", place=lanes[n], code="06035", inspection=planner.tour(last),
            wish=Wish(stop=states.HANDLING, lead="home", to=to),
        )  # fmt: skip


def _free(planner: Planner, n: int, code: str) -> Place:
    """A place of the n-th community, or the next one, where the matter can turn up and was not found before."""
    homes = planner.cast.homes
    for turn in range(len(homes)):
        for place in homes[(n + turn) % len(homes)].places:
            fits = catalog.BY_CODE[code] in catalog.possible(place)
            if fits and (place.pk, code) not in planner.taken:
                return place
    raise RuntimeError("the town has too few places for its last week")
