"""The page of one case: facts, photos, history as sentences, and the next steps that are allowed now."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import case_columns, links, photo_forms
from wenming.faces.desk.step_table import DANGEROUS, ONE_CLICK, PRIMARY
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.calendar import queries as calendar
from wenming.ground.calendar.arithmetic import Step as DueStep
from wenming.ground.evidence import queries as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ledger import queries as ledger
from wenming.ledger.posting import Voucher
from wenming.records.cases import queries, reading, states, timing
from wenming.records.cases.models import Case, Order
from wenming.records.cases.states import Step
from wenming.records.parcels import queries as parcels


def visible(person: Person, key: uuid.UUID) -> Case:
    """The case, if the person may see it; Http404 otherwise."""
    case = queries.get(person, key)
    if case is None:
        raise Http404
    return case


@dataclass(frozen=True)
class NextSteps:
    """What can be done now: the one to do, the others, and those that need a ground."""

    primary: Step | None
    others: list[Step]
    careful: list[Step]


def next_steps(person: Person, case: Case) -> NextSteps:
    """The allowed steps, the most natural one first."""
    allowed = {step.code: step for step in queries.allowed_steps(person, case)}
    first = next((allowed[code] for code in PRIMARY if code in allowed), None)
    rest = [step for step in allowed.values() if step is not first]
    careful = [step for step in rest if step.code in DANGEROUS]
    return NextSteps(first, [step for step in rest if step not in careful], careful)


@require_GET
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """GET the page of a case."""
    person = request.user
    return page(request, visible(person, key))


def page(request: StaffRequest, case: Case, *, told: str = "", status: int = 200) -> HttpResponse:
    """The page of the case as it stands now; `told` is said at its top (somebody else was first)."""
    person = request.user
    if told:
        messages.warning(request, told)
    return render(request, "desk/cases/detail.html", context(person, case, clock.now()), status=status)


def context(person: Person, case: Case, now: datetime) -> dict[str, Any]:
    """Everything the page shows, in a fixed number of statements."""
    reading.with_people([case])
    rows = history.whole(case.uuid)
    photos = list(evidence.of(case.uuid))
    found = {
        "case": case, "now": now, "history": rows, "why": why(rows), "steps": next_steps(person, case),
        "one_click": ONE_CLICK, "assist": list(case.assist_units.all()), "marks": marks(case),
        "pairs": pairs(photos), "more_photos": photo_forms.by_role(photos)["other"],
        "same_spot": queries.same_spot(case, person), "orders": list(Order.objects.visible_to(person).filter(Q(case=case) | Q(earlier=case)).select_related("unit")),
        "revisits": list(case.revisits.select_related("by").order_by("due_date")),
        "related": list(Case.objects.visible_to(person).filter(Q(relapse_of=case) | Q(merged_into=case) | Q(parent=case)).select_related("place", "unit")),
        "source": states.SOURCE_LABELS[case.source], "entries": [], "pending": case.pending,
        "place_url": links.to("desk:place-detail", case.place.uuid) if case.place else "",
        "point_type": _point_type(case, now), "answers": parcels.answers_to(person, case),
    }  # fmt: skip
    if person.may(P.LEDGER_READ):
        found["entries"] = entries(case)
    return found


def _point_type(case: Case, now: datetime) -> str:
    code = case.place.point_type if case.place else ""
    return next((one.name for one in standards.point_types(clock.local_date(now)) if one.code == code), "")


def marks(case: Case) -> list[str]:
    """自查、暗访、返工、反弹 …: what makes the case special."""
    return [word for word in case_columns.remark(case).split("、") if word and word != case.public_note]


def entries(case: Case) -> list[dict[str, Any]]:
    """本案入账: every line the case has posted, with the page of its account."""
    return [
        {"entry": entry, "url": links.to("desk:entry", entry.uuid)}
        for entry in ledger.voucher_entries(Voucher("case", case.uuid))
    ]  # fmt: skip


@dataclass(frozen=True)
class Why:
    """「为什么是这个期限」: the term, the sum day by day, and who held the clock when."""

    timing: timing.Timing
    steps: Sequence[DueStep]
    in_hours: bool


def why(rows: Sequence[Any]) -> Why | None:
    """The sum behind the deadline from the history at hand; None before dispatch."""
    told = timing.read(rows, calendar.calendar())
    if told.term is None:
        return None
    return Why(told, told.due.steps, told.term.in_hours)


def pairs(photos: Sequence[Photo]) -> list[tuple[Photo | None, Photo | None]]:
    """Before and after, side by side in the order they came."""
    roles = photo_forms.by_role(photos)
    return list(zip_longest(roles["before"], roles["after"]))


@require_GET
def photo(request: StaffRequest, key: uuid.UUID, photo_key: uuid.UUID) -> HttpResponse:
    """One photo full size with its strip of number, time and place; previous and next."""
    person = request.user
    case = visible(person, key)
    photos = list(evidence.of(case.uuid))
    place = next((n for n, one in enumerate(photos) if one.uuid == photo_key), None)
    if place is None:
        raise Http404
    shown = {
        "case": case, "photo": photos[place], "number": place + 1, "total": len(photos),
        "previous": photos[place - 1] if place else None,
        "following": photos[place + 1] if place + 1 < len(photos) else None,
    }  # fmt: skip
    return render(request, "desk/cases/photo.html", shown)
