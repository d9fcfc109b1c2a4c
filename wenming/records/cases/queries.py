"""Reading cases: lists, to-dos, neighbours. Figures are never counted here: they come from the ledger."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from wenming.common import clock
from wenming.ground.audit import queries as history
from wenming.ground.calendar import queries as calendar
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.queries import distance_m
from wenming.ground.units.models import Unit
from wenming.records.cases import reading, rules, states, timing, words
from wenming.records.cases.models import Case, CaseQuerySet, Order, Revisit, among

COUNT_LIMIT = 10_000
GREEN, YELLOW, RED, STILL = "green", "yellow", "red", "still"
LIGHTS = [(GREEN, "正常"), (YELLOW, "将到期"), (RED, "超期"), (STILL, "停表")]
# What a row of a list needs, and no more.
_ROW = ("unit", "lead_unit", "place", "town")


def light(case: Case, at: datetime) -> str:
    """Colour of a case's clock at a moment; `still` when no clock of a handler runs."""
    if case.state not in states.RUNNING or case.due_at is None:
        return STILL
    if at > case.due_at:
        return RED
    return YELLOW if case.warn_at is not None and at >= case.warn_at else GREEN


def with_light(found: CaseQuerySet, colour: str, at: datetime) -> CaseQuerySet:
    """Cases whose light shows `colour` at the moment."""
    running = Q(state__in=states.RUNNING)
    if colour == RED:
        return found.filter(running, due_at__lt=at)
    if colour == YELLOW:
        return found.filter(running, warn_at__lte=at, due_at__gte=at)
    if colour == GREEN:
        return found.filter(running, due_at__gte=at).filter(Q(warn_at__gt=at) | Q(warn_at__isnull=True))
    return found.exclude(running)


@dataclass(frozen=True)
class Filter:
    """The filter bar of the case ledger. Empty values do not filter."""

    words: str = ""
    state: tuple[str, ...] = ()
    unit: Unit | None = None
    lead: Unit | None = None
    category: str = ""
    source: tuple[str, ...] = ()
    path: str = ""
    light: str = ""
    since: datetime | None = None
    until: datetime | None = None
    place: int | None = None
    only: str = ""  # rework, relapse, self, public, safety, extended

    def apply(self, found: CaseQuerySet, at: datetime) -> CaseQuerySet:
        """Narrow `found`."""
        simple: dict[str, Any] = {
            "state__in": self.state, "source__in": self.source, "path": self.path, "reported_at__gte": self.since,
            "reported_at__lt": self.until, "place_id": self.place, "category__startswith": self.category,
        }  # fmt: skip
        found = found.filter(**{key: value for key, value in simple.items() if value})
        if self.unit is not None:
            found = found.filter(unit_id__in=_below(self.unit))
        if self.lead is not None:
            found = found.filter(lead_unit_id__in=_below(self.lead))
        if self.light:
            found = with_light(found, self.light, at)
        if self.only:
            found = found.filter(_ONLY[self.only])
        for word in self.words.split():
            found = found.filter(words.saying(word))
        return found


def _below(unit: Unit) -> list[int]:
    """Keys of the unit and all below it: a list lets the database see how few cases they have, a join does not."""
    return list(Unit.objects.below(unit).values_list("pk", flat=True))


_ONLY = {
    "rework": Q(rework_count__gt=0),
    "relapse": Q(relapse_of__isnull=False),
    "self": Q(self_found=True),
    "public": Q(source="public"),
    "safety": Q(safety=True),
    "extended": Q(extended=True),
    "pending": Q(pending__isnull=False),
}
ONLY = [
    ("rework", "有返工"), ("relapse", "反弹"), ("self", "自查"), ("public", "群众上报"), ("safety", "安全类"),
    ("extended", "已延期"), ("pending", "有待批申请"),
]  # fmt: skip


def rows(found: CaseQuerySet) -> CaseQuerySet:
    """A list with everything its rows show, newest first."""
    return newest(found).select_related(*_ROW)


def newest(found: CaseQuerySet) -> CaseQuerySet:
    """The newest first. Long lists read places and units beside it (`reading`): joined, they cost more."""
    return found.order_by("-reported_at", "-id")


def count(found: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows, and whether it stopped counting at COUNT_LIMIT (so that 100,000 rows cost no more)."""
    n = found.order_by()[: COUNT_LIMIT + 1].count()
    return min(n, COUNT_LIMIT), n > COUNT_LIMIT


def get(person: Person, key: uuid.UUID) -> Case | None:
    """The one case with its place and units, if the person may see it (the face answers 404 otherwise)."""
    near = [unit for post in person.posts_now() for unit in (post.unit, post.unit.town) if unit is not None]
    return reading.one(Case.objects.visible_to(person).filter(uuid=key), near)


def allowed_steps(person: Person, case: Case) -> list[states.Step]:
    """The moves the person may make now, in the order of the table."""
    return [step for step in states.STEPS.values() if allows(person, case, step)]


def allows(person: Person, case: Case, step: states.Step) -> bool:
    """May the person make this move now?"""
    if step.permission is None or step.code in states.BY_PARCEL or case.state not in step.from_states:
        return False
    if case.covert and step.code not in ("publish_covert", "refuse"):
        return False
    if not case.covert and step.code == "publish_covert":
        return False
    if not _pending_fits(case, step.code):
        return False
    if step.code == "revisit" and case.close_reason != states.FIXED:
        return False
    return rules.refusal(person, step, case) is None


def _pending_fits(case: Case, code: str) -> bool:
    """Requests can be made when none waits, and decided when that one waits."""
    waiting = (case.pending or {}).get("kind")
    if code.startswith("ask_"):
        return waiting is None and not (code == "ask_extension" and case.extended)
    if code.startswith(("grant_", "deny_")):
        return waiting is not None and code.endswith(waiting)
    return True


def why(case: Case) -> timing.Timing:
    """「为什么是这个期限」: the whole sum, day by day, from the history."""
    return timing.read(history.whole(case.uuid), calendar.calendar())


@dataclass(frozen=True)
class ToDo:
    """One group of the to-do home: a heading, the cases, and the step its button makes."""

    code: str
    label: str
    step: str
    cases: list[Case]
    total: int


def to_do(person: Person, at: datetime, *, limit: int = 6) -> list[ToDo]:
    """What waits for this person, most urgent first; groups without work are left out."""
    seen = Case.objects.visible_to(person)
    groups: list[tuple[str, str, str, CaseQuerySet]] = []
    if person.may(P.CASE_REGISTER):
        groups.append(("reported", "待受理", "register", seen.filter(state=states.REPORTED)))
    if person.may(P.CASE_DISPATCH):
        groups.append(("registered", "待派遣", "dispatch", seen.filter(state=states.REGISTERED)))
    if person.may(P.CASE_VERIFY):
        mine = seen.filter(state=states.VERIFYING).exclude(handler=person)
        if not person.may(P.CASE_DISPATCH) and not person.may(P.CASE_REVISIT):
            mine = mine.filter(self_found=True)
        groups.append(("verifying", "待核查", "accept", mine))
    if person.may(P.CASE_ARBITRATE):
        groups.append(("returned", "退单裁定", "overrule_return", seen.filter(state=states.RETURNED)))
        groups.append(
            (
                "pending",
                "延期、挂账待批",
                "grant_extension",
                seen.filter(state=states.HANDLING, pending__isnull=False),
            )
        )
    if person.may(P.CASE_HANDLE):
        own = handled_by(person, seen)
        groups.append(("dispatched", "待签收", "sign", own.filter(state=states.DISPATCHED)))
        groups.append(("handling", "待整改", "hand_in", own.filter(state=states.HANDLING)))
    if person.may(P.CASE_REVISIT):
        due = Revisit.objects.filter(done_at__isnull=True, due_date__lte=clock.local_date(at))
        groups.append(
            ("revisit", "回头看", "revisit", seen.filter(among(due.values("case_id")), state=states.CLOSED))
        )
    made = []
    for code, label, step, found in groups:
        urgent = list(found.select_related(*_ROW).order_by("-safety", "due_at", "reported_at")[: limit + 1])
        # Counted only where more wait than are shown.
        total = len(urgent) if len(urgent) <= limit else count(found)[0]
        if total:
            made.append(ToDo(code, label, step, urgent[:limit], total))
    return made


def handled_by(person: Person, found: CaseQuerySet) -> CaseQuerySet:
    """Cases for which the person answers: handed to him, or led by his units and handed to nobody else."""
    posts = [post for post in person.posts_now() if P.CASE_HANDLE in post.permissions]
    units = [post.unit_id for post in posts]
    return found.filter(Q(handler=person) | Q(lead_unit_id__in=units))


def orders_to_do(person: Person) -> dict[str, list[Order]]:
    """Supervision orders that wait for the person: drafts to issue, orders to sign, answer or check."""
    seen = Order.objects.visible_to(person).select_related("unit", "case", "town")
    waiting: dict[str, list[Order]] = {}
    for order in seen.filter(state__in=[states.DRAFT, states.ISSUED, states.SIGNED, states.ANSWERED])[:50]:
        for step in states.ORDER_STEPS.values():
            if step.code not in ("drop", "send_back") and rules.order_may(person, step.code, order):
                waiting.setdefault(step.code, []).append(order)
    return waiting


def same_spot(case: Case, person: Person, *, limit: int = 5) -> list[Case]:
    """Earlier cases at the same place (or within 60 m), newest first: has it come back?"""
    near = Q(pk__in=[])
    if case.place_id:
        near |= Q(place_id=case.place_id)
    if case.lat is not None and case.lng is not None:
        reach = 0.0008
        near |= Q(
            lat__range=(case.lat - reach, case.lat + reach), lng__range=(case.lng - reach, case.lng + reach)
        )
    found = (
        Case.objects.visible_to(person).filter(near, town_id=case.town_id, reported_at__lt=case.reported_at)
        .exclude(pk=case.pk).select_related(*_ROW).order_by("-reported_at")[: limit * 4]
    )  # fmt: skip
    kept = [
        other
        for other in found
        if other.place_id == case.place_id is not None
        or (case.position and other.position and distance_m(case.position, other.position) <= 60)
    ]
    return kept[:limit]


def nearby_open(
    town: Unit, category: str, place_id: int | None, lat: float | None, lng: float | None
) -> list[Case]:
    """Open cases of the same category close by: shown before a second report is made (重复上报提示)."""
    near = Q(place_id=place_id) if place_id else Q(pk__in=[])
    if lat is not None and lng is not None:
        near |= Q(lat__range=(lat - 0.0005, lat + 0.0005), lng__range=(lng - 0.0005, lng + 0.0005))
    found = Case.objects.open().filter(near, town=town, category=category, covert=False)
    return list(found.select_related(*_ROW).order_by("-reported_at")[:3])


def by_follow_code(code: str) -> Case | None:
    """A resident's report by its code (letters and digits, case and blanks do not matter)."""
    clean = "".join(code.split()).upper()
    if len(clean) < 6:
        return None
    return Case.objects.filter(follow_code=clean).select_related(*_ROW, "merged_into").first()


def for_numbers(keys: Sequence[uuid.UUID], person: Person) -> dict[uuid.UUID, Case]:
    """Cases by uuid, as far as the person may see them: the vouchers behind ledger entries."""
    found = Case.objects.visible_to(person).filter(uuid__in=list(keys)).select_related(*_ROW)
    return {case.uuid: case for case in found}
