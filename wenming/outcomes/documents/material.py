"""What a document says about single problems: lists, phrases, photos. Never a number (those come from the ledger).

Covert finds that are not public are left out before anything else is asked. Problems that an earlier issued
document of the same kind listed come back only while they are open (handbook D15).
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from wenming.common import clock, money
from wenming.ground.audit.models import Record
from wenming.ground.evidence import queries as photos
from wenming.ground.evidence import states as uses
from wenming.ground.evidence.models import Photo
from wenming.ground.standards import queries as standards
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger.periods import Period
from wenming.outcomes.documents import states as document_states
from wenming.outcomes.documents.models import DocumentCase
from wenming.records.cases import queries as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case, CaseQuerySet, PlaceCheck, Revisit

# The find has left the books, so it is in no list either.
_GONE = Q(state__in=[states.REFUSED, states.MERGED, states.SPLIT]) | Q(
    close_reason__in=sorted(states.NEVER_WAS)
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of a problem list, in words (handbook §5.2); plain values, so that a signed list can be kept."""

    uuid: str
    number: str
    source: str
    source_code: str
    point_type: str
    place: str
    address: str
    where: str
    description: str
    category: str
    class_code: str
    class_name: str
    unit: str
    unit_code: str
    lead: str
    lead_code: str
    handler: str
    assists: str
    measures: str
    path: str
    due: str
    state: str
    fixed_on: str
    verifier: str
    verified: str
    closed_on: str
    revisit: str
    relapses: int
    remark: str
    open: bool
    overdue: bool
    repeated: bool
    told_before: bool
    suspended: bool
    before: tuple[str, str] | None  # uuid of the photo, words below it
    after: tuple[str, str] | None
    before_count: int
    after_count: int

    @property
    def phrase(self) -> str:
        """Position + object + state, as the trade writes it (handbook §5.3)."""
        return f"{self.where}{self.description}".rstrip("。；，")

    @property
    def settled(self) -> bool:
        """Told in an earlier document and done since: worth a sentence, not a line of the new list (D15)."""
        return self.told_before and not self.open

    @property
    def due_day(self) -> str:
        """「11月25日」."""
        return short_day(self.due)

    @property
    def result(self) -> str:
        """How far it has come, for a reply (一问题一措施一结果)."""
        if not self.open:
            done = f"，{short_day(self.fixed_on)}完成" if self.fixed_on else ""
            return f"{self.state}{done}" + ("，已核查" if self.verified else "")
        if self.suspended:
            return f"已挂账，{self.remark}" if self.remark else "已挂账"
        return (
            f"{self.state}，{'已超期' if self.overdue else f'时限{self.due_day}' if self.due else '时限未定'}"
        )

    @property
    def grave(self) -> list[str]:
        """What makes it worse than others, for running text."""
        said = (("反复出现", self.repeated), ("超期", self.overdue), ("挂账", self.suspended))
        return [words for words, holds in said if holds]

    @property
    def marks(self) -> str:
        """What the reader of the list must know about it, in a few words."""
        told = ["已通报仍未整改"] if self.told_before and self.open else []
        return "、".join([*told, *self.grave]) or self.state


def kept(problem: Problem) -> dict[str, Any]:
    """For a JSON column."""
    return asdict(problem)


def read(row: dict[str, Any]) -> Problem:
    """Back from a JSON column."""
    given = {field.name: row[field.name] for field in fields(Problem)}
    for side in ("before", "after"):
        given[side] = tuple(given[side]) if given[side] else None
    return Problem(**given)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which problems a kind lists (`problems:` of its pack). `by_lead`: of the chosen units only what they lead;
    `settled`: with those told before and fixed since.
    """

    take: str = "found"
    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    told_in: tuple[str, ...] = ()
    by_lead: bool = False
    settled: bool = False


BULLETIN = Wanted()


def gather(
    *, kind: str, town: Unit, period: Period, units: Sequence[Unit], at: datetime, wanted: Wanted = BULLETIN
) -> list[Problem]:
    """The problems a document of this kind lists, units with most first, then repeated, overdue, oldest.

    The number of statements is the same however many problems there are.
    """
    if wanted.take == "none":
        return []
    listed = _listed(kind, town, period, wanted)
    found = _taken(listed, period, wanted).filter(town=town, covert=False).exclude(_GONE)
    if wanted.take == "open" and wanted.by_lead:
        # A letter that urges a unit: what it has handed in is the office's to check, what waits for others not its.
        found = found.exclude(state__in=[states.VERIFYING, states.SUSPENDED])
    for chosen in (_by_start("category", wanted.categories), _below(units, by_lead=wanted.by_lead)):
        found = found.filter(chosen)
    if wanted.sources:
        found = found.filter(source__in=wanted.sources)
    rows = _whole(found)
    told = set(listed.filter(case__in=rows).values_list("case_id", flat=True))
    rows = [case for case in rows if case.pk not in told or case.state in states.OPEN or wanted.settled]
    made = problems(rows, at=at, told=told)
    return _sorted([one for one in made if not wanted.only or any(_is(one, mark) for mark in wanted.only)])


def _listed(kind: str, town: Unit, period: Period, wanted: Wanted) -> "QuerySet[DocumentCase]":
    """Problems that issued documents list: of this kind, and of other kinds about earlier periods."""
    earlier = Q(document__kind__in=wanted.told_in, document__period_end__lt=period.start)
    return DocumentCase.objects.filter(
        Q(document__kind=kind) | earlier, document__town=town, document__state=document_states.ISSUED
    )


def _taken(listed: "QuerySet[DocumentCase]", period: Period, wanted: Wanted) -> CaseQuerySet:
    since, until = clock.at_local(period.start), clock.at_local(period.end + timedelta(days=1))
    told = Q(pk__in=listed.values("case_id"))
    still = told & Q(state__in=states.OPEN)
    if wanted.settled:
        still |= told & Q(close_reason=states.FIXED, closed_at__gte=since, closed_at__lt=until)
    match wanted.take:
        case "open":
            return Case.objects.filter(state__in=states.OPEN)
        case "due":
            return Case.objects.filter(Q(due_at__gte=since, due_at__lt=until) | still)
    return Case.objects.filter(Q(reported_at__gte=since, reported_at__lt=until) | still)


def _by_start(field: str, starts: Sequence[str]) -> Q:
    found = Q()
    for start in starts:
        found |= Q(**{f"{field}__startswith": start})
    return found


def _below(units: Sequence[Unit], *, by_lead: bool) -> Q:
    """On the ground of the units or led by them; `by_lead`: only what they answer for."""
    paths = [unit.path for unit in units]
    found = _by_start("lead_unit__path", paths)
    return found if by_lead else found | _by_start("unit__path", paths)


def _is(one: Problem, mark: str) -> bool:
    return one.verified != "" if mark == "fixed" else bool(getattr(one, mark))


def discreet(problem: Problem) -> Problem:
    """Without names of persons and without the hours of photos, from which a route could be read (暗访通报)."""

    def timeless(side: tuple[str, str] | None) -> tuple[str, str] | None:
        return (side[0], side[1].split(" ")[0]) if side else None

    return replace(
        problem, handler="", verifier="", before=timeless(problem.before), after=timeless(problem.after)
    )


def clean_places(*, town: Unit, units: Sequence[Unit], period: Period, limit: int) -> list[str]:
    """Places that inspectors looked at in the period and where nothing was found, those looked at most first."""
    since, until = clock.at_local(period.start), clock.at_local(period.end + timedelta(days=1))
    found = Case.objects.filter(
        place=OuterRef("place"), covert=False, reported_at__gte=since, reported_at__lt=until
    )
    looked = PlaceCheck.objects.filter(
        ~Exists(found.exclude(_GONE)), unit__path__startswith=town.path, covert=False,
        day__range=(period.start, period.end), source__in=sorted(states.INSPECTIONS),
    )  # fmt: skip
    if units:
        looked = looked.filter(_by_start("unit__path", [unit.path for unit in units]))
    rows = looked.values("place__name").annotate(n=Count("id")).order_by("-n", "place__name")
    return list(rows.values_list("place__name", flat=True)[:limit])


def _whole(found: CaseQuerySet) -> list[Case]:
    related = ("unit", "unit__parent", "lead_unit", "place", "handler")
    return list(found.select_related(*related).prefetch_related("assist_units").order_by("reported_at", "pk"))


def problems(rows: Sequence[Case], *, at: datetime, told: Iterable[int] = ()) -> list[Problem]:
    """Rows of the list for any cases, in the order given; covert ones are left out."""
    rows = [case for case in rows if not case.covert]
    keys = [case.uuid for case in rows]
    today = clock.local_date(at)
    looks = Revisit.objects.filter(case__in=rows, done_at__isnull=False).order_by("due_date")
    accepted = Record.objects.filter(subject_uuid__in=keys, deed="case.accept").order_by("id")
    back = (
        Case.objects.filter(relapse_of__in=rows).values_list("relapse_of").annotate(n=Count("id")).order_by()
    )
    around = _Around(
        at=at,
        told=set(told),
        photos=photos.for_subjects(keys),
        accepted={row.subject_uuid: row.by_name for row in accepted},
        looks={look.case_id: look for look in looks},
        relapses=dict(back),
        classes={row.code: (row.class_code, row.class_name) for row in standards.categories(today)},
        types={row.code: row.name for row in standards.point_types(today)},
    )
    return [_problem(case, around) for case in rows]


@dataclass(frozen=True)
class _Around:
    """What lies around the cases of a list, read for all of them at once."""

    at: datetime
    told: set[int]
    photos: dict[uuid.UUID, list[Photo]]
    accepted: dict[uuid.UUID | None, str]
    looks: dict[int, Revisit]
    relapses: dict[int, int]
    classes: dict[str, tuple[str, str]]
    types: dict[str, str]


def _problem(case: Case, around: _Around) -> Problem:
    shots = [photo for photo in around.photos[case.uuid] if not photo.covert]
    befores = [photo for photo in shots if photo.role == uses.BEFORE]
    afters = [photo for photo in shots if photo.role == uses.AFTER]
    ground = case.unit.parent if case.unit.kind == kinds.GRID and case.unit.parent else case.unit
    class_code, class_name = around.classes.get(case.category, (case.category[:2], case.category_name))
    fixed = case.state == states.CLOSED and case.close_reason == states.FIXED
    return Problem(
        uuid=str(case.uuid),
        number=case.number,
        source=states.SOURCE_LABELS[case.source],
        source_code=case.source,
        point_type=around.types.get(case.place.point_type, "") if case.place else "",
        place=case.place.name if case.place else "",
        address=case.address,
        where=case.where.replace(" ", ""),
        description=case.description,
        category=case.category_name,
        class_code=class_code,
        class_name=class_name,
        unit=ground.label,
        unit_code=ground.code,
        lead=case.lead_unit.label if case.lead_unit else "",
        lead_code=case.lead_unit.code if case.lead_unit else "",
        handler=case.handler.name if case.handler else "",
        assists="、".join(unit.label for unit in case.assist_units.all()),
        measures=case.measures,
        path=case.get_path_display(),
        due=_day(case.due_at),
        state=_state(case),
        fixed_on=_day(case.handed_in_at if fixed or case.state == states.VERIFYING else None),
        verifier=around.accepted.get(case.uuid, "") if fixed else "",
        verified="通过" if fixed and case.uuid in around.accepted else "",
        closed_on=_day(case.closed_at),
        revisit=_looked(around.looks.get(case.pk)),
        relapses=around.relapses.get(case.pk, 0),
        remark=_remark(case),
        open=case.state in states.OPEN,
        overdue=cases.light(case, around.at) == cases.RED,
        repeated=case.relapse_of_id is not None,
        told_before=case.pk in around.told,
        suspended=case.state == states.SUSPENDED,
        before=_shot(befores, case.reported_at, "整改前"),
        after=_shot(afters, case.handed_in_at, "整改后"),
        before_count=len(befores),
        after_count=len(afters),
    )


def _sorted(found: list[Problem]) -> list[Problem]:
    """Units with most problems first; in a unit what was told before, repeated or overdue comes first."""
    size: dict[str, int] = {}
    for one in found:
        size[one.unit_code] = size.get(one.unit_code, 0) + 1
    return sorted(
        found,
        key=lambda one: (
            -size[one.unit_code],
            one.unit_code,
            not one.told_before,
            not one.repeated,
            not one.overdue,
        ),
    )


def case_keys(found: Sequence[Problem]) -> list[int]:
    """Row keys of the cases listed."""
    keys = [uuid.UUID(one.uuid) for one in found]
    return list(Case.objects.filter(uuid__in=keys).order_by("pk").values_list("pk", flat=True))


def _state(case: Case) -> str:
    if case.state == states.CLOSED:
        return "已整改" if case.close_reason == states.FIXED else states.CLOSING_LABELS[case.close_reason]
    return {states.HANDLING: "整改中", states.VERIFYING: "已反馈待核查"}.get(case.state, case.state_label)


def _looked(look: Revisit | None) -> str:
    if look is None:
        return ""
    return "反弹" if look.relapsed else "未反弹"


def _remark(case: Case) -> str:
    found = []
    if case.path == states.ON_SPOT:
        found.append("当场整改")
    if case.self_found:
        found.append("自查")
    if case.rework_count:
        found.append(f"返工{case.rework_count}次")
    if case.extended:
        found.append("已延期")
    if case.state == states.SUSPENDED and case.suspended_until:
        costs = f"，需{money.shown(case.needs_yuan).replace(' ', '')}" if case.needs_yuan else ""
        found.append(f"挂账至{case.suspended_until.month}月{case.suspended_until.day}日{costs}")
    return "，".join(found)


def _shot(shots: Sequence[Any], at: datetime | None, name: str) -> tuple[str, str] | None:
    if not shots:
        return None
    when = shots[0].taken_at or at or shots[0].received_at
    there = clock.local(when)
    return str(shots[0].uuid), f"{name} {there.month}月{there.day}日 {there:%H:%M}"


def short_day(day: str) -> str:
    """2026-11-25 → 11月25日."""
    if not day:
        return ""
    _year, month, number = day.split("-")
    return f"{int(month)}月{int(number)}日"


def _day(at: datetime | None) -> str:
    if at is None:
        return ""
    day = clock.local_date(at)
    return f"{day.year}-{day.month:02}-{day.day:02}"
