"""Inspections of a story: problems found, put right and looked at again; orders where one was found twice; bulletins.

Pictures are those of the demo town. Every case goes the plain way: found, registered, dispatched to the community,
signed for, handed in the next day, accepted by the inspector, and looked back on.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from wenming.cli.demo_town import catalog, pictures
from wenming.cli.demo_town.catalog import Matter
from wenming.cli.demo_town.pictures import Scene
from wenming.cli.stories import book, spreading, telling
from wenming.cli.stories.ground import Cast
from wenming.cli.stories.logs import SPACE
from wenming.common import clock
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.places.models import Place
from wenming.ledger import periods
from wenming.outcomes.documents import actions as documents
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case, Order

Deed = tuple[datetime, Callable[[], object]]
# What communities put right by themselves; the rest of the catalogue needs stations.
_OWN = [matter for matter in catalog.MATTERS if matter.lead in (catalog.HOME, catalog.CLEANERS)]
_GROUND = {"lane": "lane", "street": "street", "estate": "estate"}
_PAIRED = 4
NATURE = "主要是日常保洁和巡查没有做到全时段覆盖，部分点位责任人巡查不够及时。"


def deeds(part: book.Part, cast: Cast) -> Iterator[Deed]:
    """Everything the inspectors set going, with the moment of each deed; in no order."""
    taken = {(pair.unit, number) for number, pair in enumerate(part.pairs)}
    count = len(taken)
    for number, pair in enumerate(part.pairs):
        yield from _twice(part, cast, pair, number)
    for row, tour in enumerate(part.tours):
        last = min(part.period.end, part.told_on) - timedelta(days=12)
        days = spreading.days(
            part.period.start + timedelta(days=7), last, tour.times, months=tour.months, shift=row
        )
        for nth, day in enumerate(days):
            yield from _visit(part, cast, tour, day, first=count, key=f"{row}-{nth}")
            count += tour.finds


def _visit(
    part: book.Part, cast: Cast, tour: book.Tour, day: date, *, first: int, key: str
) -> Iterator[Deed]:
    """One day of the inspectors, and the bulletin of the week after."""
    inspection = uuid.uuid5(SPACE, f"{part.code}/visit/{key}")
    covert = tour.form == "covert"
    for number in range(first, first + tour.finds):
        place = cast.places[number % len(cast.places)]
        find = Find(part, cast, place, number // len(cast.places) * 2 + number, inspection, covert=covert)
        yield from find.life(clock.at_local(day, 9, 10 + number % 40))
    clean = [cast.places[(first + tour.finds + number) % len(cast.places)] for number in range(tour.clean)]
    at = clock.at_local(day, 11)
    if clean:
        yield at, lambda: cases.confirm_clear(
            places=clean, by=cast.inspector, at=at, source="covert" if covert else "town", inspection=inspection,
            covert=covert,
        )  # fmt: skip
    if covert and clean:
        shown = clock.at_local(day + timedelta(days=1), 9)
        yield shown, lambda: cases.publish_visit(inspection=inspection, by=cast.director, at=shown)
    if tour.form != "none":
        told = clock.at_local(day + timedelta(days=5), 9)
        yield told, lambda: told_of(cast, tour.form, day, told)


class Find:
    """One problem from its find to the look back."""

    def __init__(
        self, part: book.Part, cast: Cast, place: Place, number: int, inspection: uuid.UUID, *, covert: bool = False,
        matter: Matter | None = None,
    ) -> None:  # fmt: skip
        fitting = _fitting(place)[:-_PAIRED]
        self.part, self.cast, self.place, self.number = part, cast, place, number
        self.inspection, self.covert = inspection, covert
        self.matter = matter or fitting[number % len(fitting)]
        self.key = uuid.uuid5(SPACE, f"{part.code}/{inspection}/{place.name}/{number}")
        self.case = Case()

    @property
    def handler(self) -> Person:
        return self.cast.answers[self.place.unit_id]

    def life(self, at: datetime, *, order: bool = False) -> Iterator[Deed]:
        """The deeds of the case; with `order` the supervision order that its registration drafts is issued too."""
        yield at, lambda: self._report(at)
        begun = at + timedelta(minutes=40)
        if self.covert:
            begun = clock.at_local(clock.local_date(at) + timedelta(days=1), 8, 40)
            opened = begun
            yield opened, lambda: self._step(cases.publish_covert, self.cast.director, opened)
        yield begun, lambda: self._to_the_community(begun)
        if order:
            yield from self._order(begun + timedelta(minutes=30))
        done = begun + timedelta(hours=22)
        yield done, lambda: self._handed_in(done)
        seen = done + timedelta(hours=3)
        yield seen, lambda: self._step(cases.accept, self.cast.inspector, seen)
        back = seen + timedelta(days=3)
        yield back, lambda: cases.revisit(case=self.case, by=self.cast.inspector, at=back, relapsed=False)

    def _step(self, deed: Callable[..., Case], by: Person, at: datetime, **more: object) -> None:
        self.case = deed(case=self.case, by=by, at=at, **more)

    def _report(self, at: datetime) -> None:
        words = self.matter.words[self.number % len(self.matter.words)]
        amount = 2 + self.number % 4
        self.case = cases.report(
            at=at, by=self.cast.inspector, category=self.matter.code, place=self.place, key=self.key,
            description=words.format(n=amount, m=3 + self.number * 7 % 90, k=1 + self.number % 4),
            source="covert" if self.covert else "town", lat=self.place.lat, lng=self.place.lng, accuracy_m=8.0,
            photos=[self._photo("before", self.cast.inspector, at)], inspection=self.inspection, covert=self.covert,
        )  # fmt: skip

    def _to_the_community(self, at: datetime) -> None:
        self._step(cases.register, self.cast.clerk, at)
        self._step(cases.dispatch, self.cast.clerk, at + timedelta(minutes=5), lead=self.place.unit)
        self._step(cases.sign, self.handler, at + timedelta(minutes=15))

    def _handed_in(self, at: datetime) -> None:
        photos = [self._photo("after", self.handler, at)]
        measures = self.matter.measures[self.number % len(self.matter.measures)]
        self._step(cases.hand_in, self.handler, at, photos=photos, measures=measures)

    def _photo(self, role: str, by: Person, at: datetime) -> Photo:
        scene = Scene(
            _GROUND[self.place.kind], self.matter.picture, 2 + self.number % 4, self.key.int % 1_000_003
        )
        data = pictures.before(scene) if role == "before" else pictures.after(scene)
        where = (self.place.lat, self.place.lng) if self.place.lat and self.place.lng else None
        return evidence.store(
            data=data, name=f"{self.number:03d}-{role}.jpg", by=by, at=at, town=self.cast.home, source="camera",
            place=where, accuracy_m=8.0, covert=self.covert and role == "before",
        )  # fmt: skip

    def _order(self, at: datetime) -> Iterator[Deed]:
        """Issued by the office, signed for and answered by the community, checked."""
        hours = (0, 2, 26, 30)
        issued, signed, answered, checked = (at + timedelta(hours=hour) for hour in hours)
        orders = cases.orders

        def mine() -> Order:
            return Order.objects.get(case=self.case, reason="twice")

        yield issued, lambda: orders.issue(order=mine(), by=self.cast.director, at=issued)
        yield signed, lambda: orders.sign(order=mine(), by=self.handler, at=signed)
        text = f"收到督办单后，{self.place.unit.name}当日组织清理{self.place.name}，现已整改到位，并明确专人每日巡查。"
        yield answered, lambda: orders.answer(order=mine(), by=self.handler, at=answered, text=text)
        yield (
            checked,
            lambda: orders.check(
                order=mine(),
                by=self.cast.director,
                at=checked,
                opinion="到场复核，已整改到位，责任已落实到人",
            ),
        )


def _twice(part: book.Part, cast: Cast, pair: book.Pair, number: int) -> Iterator[Deed]:
    """The same problem at the same place on two visits; the second brings the order."""
    own = [place for place in cast.places if place.unit.name == pair.unit]
    before = sum(other.unit == pair.unit for other in part.pairs[:number])
    place = own[before % len(own)]
    for nth, day in enumerate((pair.first, pair.second)):
        visit = uuid.uuid5(SPACE, f"{part.code}/twice/{number}/{nth}")
        matter = _fitting(place)[-1 - number % _PAIRED]
        find = Find(part, cast, place, number, visit, matter=matter)
        yield from find.life(clock.at_local(day, 9, 20 + number), order=nth == 1)


def _fitting(place: Place) -> list[Matter]:
    """What can turn up there. The last few are kept for pairs, so that no other visit finds one of theirs again."""
    return [one for one in _OWN if _GROUND[place.kind] in one.grounds]


def told_of(cast: Cast, form: str, day: date, at: datetime) -> None:
    """The bulletin about the week of a visit."""
    document = documents.draft(
        kind=form, town=cast.home, period=periods.of("week", day), at=at, by=cast.clerk
    )
    telling.issued(document, cast, at, nature=NATURE)
