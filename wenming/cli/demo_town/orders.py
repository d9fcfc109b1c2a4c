"""Supervision orders in the demo: the story of seed 004 (城关镇 2021), and what becomes of the other drafts.

In the year the town issues eight orders to four rural communities, because inspectors found the same problem
twice. Nothing else is issued: drafts that the ladder makes are settled by telephone and dropped with a ground.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wenming.cli.demo_town import catalog
from wenming.cli.demo_town.ground import Cast
from wenming.cli.demo_town.plan import TOUR_DAYS, Find, Planner, Wish
from wenming.cli.demo_town.play import Life, Play
from wenming.common import clock
from wenming.ground.notices import actions as notices
from wenming.ground.places.models import Place
from wenming.records.cases import actions as cases
from wenming.records.cases import escalation, states
from wenming.records.cases.models import Case, Order

ISSUED, DRAFT = "issued", "draft"


@dataclass(frozen=True)
class Pair:
    """The same problem twice: where, what, and how the first ended. `share` of the year when it is found again."""

    community: str
    kind: str  # of place
    code: str
    share: float
    unfixed: bool = False  # the first was still not rectified after its deadline


STORY = (
    Pair("石埔社区", "lane", "06036", 0.30),
    Pair("城南社区", "lane", "06010", 0.36, unfixed=True),
    Pair("溪边社区", "lane", "06036", 0.43),
    Pair("石埔社区", "estate", "09010", 0.50, unfixed=True),
    Pair("下洋社区", "lane", "06011", 0.57),
    Pair("城南社区", "estate", "L0102", 0.64),
    Pair("石埔社区", "lane", "07001", 0.72, unfixed=True),
    Pair("溪边社区", "lane", "06010", 0.80),
)
# In the last week one more is drafted and waits for the signature of the office.
WAITING = Pair("下洋社区", "lane", "06036", 1.0)


def plan_story(planner: Planner) -> None:
    """Lay the pairs into the tours of the inspectors, before anything else is thrown."""
    days = (planner.end - planner.start).days
    for number, pair in enumerate(STORY):
        day = _tour_day(planner, planner.start + timedelta(days=round(days * pair.share)))
        _lay(planner, pair, day, number, ISSUED)
    _lay(planner, WAITING, planner.working_day(planner.end - timedelta(days=1), -1), len(STORY), DRAFT)


def _lay(planner: Planner, pair: Pair, second: date, number: int, order: str) -> None:
    place = _place(planner, pair, number)
    earliest = max(planner.start, second - timedelta(days=8 if pair.unfixed else 20))
    first = _tour_day(planner, earliest, second)
    again = clock.at_local(second, 10, 20 + number)
    wish = Wish(plain=True, lead=catalog.HOME, until=again + timedelta(hours=26) if pair.unfixed else None)
    planner.add(
        clock.at_local(first, 9, 30 + number),
        "town",
        "full",
        place=place,
        code=pair.code,
        inspection=planner.tour(first),
        wish=wish,
    )
    planner.add(
        again, "town", "full", place=place, code=pair.code, inspection=planner.tour(second),
        wish=Wish(plain=True, lead=catalog.HOME, order=order),
    )  # fmt: skip


def _place(planner: Planner, pair: Pair, number: int) -> Place:
    fitting = [place for place in planner.cast.home(pair.community).places if place.kind == pair.kind]
    free = [place for place in fitting if (place.pk, pair.code) not in planner.taken]
    return free[number % len(free)]


def _tour_day(planner: Planner, day: date, before: date | None = None) -> date:
    """The first working day from `day` on which inspectors tour; before another day, if given."""
    while not (day.weekday() in TOUR_DAYS and planner.works(day)):
        day += timedelta(days=1)
        if before is not None and day >= before:
            return planner.working_day(before - timedelta(days=4), -1)
    return day


def issued_for(play: Play, cast: Cast, find: Find, case: Case) -> Life:
    """An order from its draft to its check: signed by the office, signed for, answered, looked at."""
    order = Order.objects.get(case=case, reason="twice")
    if find.wish.order == DRAFT:
        return
    dice = random.Random(find.key.int)  # noqa: S311 -- a play needs the same dice again
    head = find.home.secretary
    at = yield play.later(order.drafted_at, dice, 30, 150)
    order = cases.orders.issue(order=order, by=cast.director, at=at)
    at = yield play.later(at, dice, 20, 200)
    order = cases.orders.sign(order=order, by=head, at=at)
    at = yield play.later(at, dice, 700, 1200)
    order = _answered(play, cast, find, order, at=at, role="again20")
    at = yield play.later(at, dice, 60, 300)
    if find.number % 7 == 0:
        order = cases.orders.send_back(
            order=order, by=cast.director, at=at, opinion="只写了清理情况，未写长效管护措施"
        )
        at = yield play.later(at, dice, 200, 400)
        order = _answered(play, cast, find, order, at=at, role="again21")
        at = yield play.later(at, dice, 60, 300)
    cases.orders.check(
        order=order, by=cast.director, at=at, opinion="到场复核，已整改到位，管护责任已落实到人"
    )


def _answered(play: Play, cast: Cast, find: Find, order: Order, *, at: datetime, role: str) -> Order:
    head = find.home.secretary
    text = (
        f"收到督办单后，{find.home.unit.name}组织党员、网格员对{find.place.name}进行清理，已于当日整改到位；"
        f"查明反复原因为无专人看护，现明确巷长每日巡查、网格员每周复查，并与沿线住户签订责任书。"
    )
    photo = play.photo(find, role, by=head, at=at, cast=cast)
    return cases.orders.answer(order=order, by=head, at=at, text=text, photos=[photo])


def drop_drafts(
    cast: Cast, at: datetime, *, ground: str, case: Case | None = None, reasons: tuple[str, ...] = ()
) -> None:
    """Decide not to issue: drafts about a case, or drafts for some reasons."""
    found = Order.objects.filter(town=cast.town, state=states.DRAFT)
    found = found.filter(case=case) if case is not None else found.filter(reason__in=reasons)
    for order in found.order_by("pk"):
        cases.orders.drop(order=order, by=cast.director, at=at, ground=ground)


def office_hours(play: Play, casts: list[Cast], start: date) -> Life:
    """The offices every Monday, and every working day of the last weeks: the ladder, old drafts, read notices."""
    at = clock.at_local(start, 8, 40)
    while True:
        day = clock.local_date(at)
        close = (clock.local_date(play.end) - day).days
        if play.calendar.plan(day).working and (day.weekday() == 0 or close <= 14):
            escalation.climb(at=at)
            for cast in casts if close > 2 else []:
                drop_drafts(cast, at, ground=BY_PHONE, reasons=("overdue", "rework"))
            if day.toordinal() % 28 < 7 or close == 3:
                _read(casts, at)
        at = yield clock.at_local(day + timedelta(days=1), 8, 40)


BY_PHONE = "已电话催办，承办单位承诺当日整改，不另发督办单"


def _read(casts: list[Cast], at: datetime) -> None:
    """Everybody looks into the in-box."""
    for cast in casts:
        staff = [
            cast.director,
            *cast.clerks,
            *cast.inspectors,
            cast.leader,
            cast.county,
            *cast.people.values(),
        ]
        for person in staff:
            notices.mark_read(person=person, at=at)
