"""Consequences: confirmed or refused by a leader with a ground; the red and the black list with photos of places."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.desk import access, appraisal_forms, appraisal_round, links
from wenming.faces.desk.appraisal_forms import GroundForm, SettleForm
from wenming.faces.desk.appraisal_home import MAY
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.evidence import queries as evidence
from wenming.ground.evidence import rules as photo_rules
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import deed, queries, rules, states
from wenming.outcomes.appraisals.models import Outcome, Sheet
from wenming.records.cases.models import Case

MOST_PHOTOS = 4
# The red list of so long ago is history; the black one stands until it is cleared.
RED_FOR = timedelta(days=366)


def visible(person: Person, key: uuid.UUID) -> Outcome:
    """The consequence, if the person may see it; Http404 otherwise."""
    found = Outcome.objects.visible_to(person).select_related(
        "sheet", "round__book", "round__town", "settled_by"
    )
    row = found.filter(uuid=key).first()
    if row is None:
        raise Http404
    return row


@require_http_methods(["GET", "POST"])
@once
def settle(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """定后果: adopt the proposal or not, with a ground."""
    row = visible(request.user, key)
    _must(request.user, row, "settle")
    posted = request.method == "POST"
    form = SettleForm(request.POST if posted else None)
    if row.state != states.PROPOSED:
        return _too_late(
            request, row, f"「{row.title}」{row.get_state_display()}，理由：{row.ground}，不用再定。"
        )
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            appraisals.settle(
                outcome=row, confirmed=data["confirmed"] == "yes", ground=data["ground"], by=request.user, at=clock.now()
            )  # fmt: skip
        except Conflict as error:
            return _too_late(request, row, error.message)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "已定。")
            return links.see_other(links.to("desk:appraisal-round", row.round.uuid) + "#outcomes")
    return _form(request, row, form, "定后果", posted)


@require_http_methods(["GET", "POST"])
@once
def clear(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """下黑榜 with a ground; the nightly job does it by itself when every problem is proved fixed."""
    row = visible(request.user, key)
    _must(request.user, row, "clear")
    posted = request.method == "POST"
    form = GroundForm(request.POST if posted else None, label="下榜的理由")
    if row.board != "black" or row.state != states.CONFIRMED or row.cleared_at is not None:
        return _too_late(
            request,
            row,
            f"已经下榜，理由：{row.cleared_ground}。" if row.cleared_at else "它不在黑榜上，不用下榜。",
        )
    if posted and form.is_valid():
        try:
            appraisals.clear(outcome=row, ground=form.cleaned_data["ground"], by=request.user, at=clock.now())
        except Conflict as error:
            return _too_late(request, row, error.message)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{row.sheet.name}已下榜。")
            return links.see_other("desk:appraisal-board")
    return _form(request, row, form, "下黑榜", posted)


def _must(person: Person, row: Outcome, code: str) -> None:
    if refused := rules.refusal(person, states.step(code), row.round):
        raise NotAllowed("appraisal_not_allowed", refused)


def _too_late(request: StaffRequest, row: Outcome, told: str) -> HttpResponse:
    where = appraisal_round.visible(request.user, row.round.uuid)
    return appraisal_round.page(request, where, told=told, status=409)


def _form(request: StaffRequest, row: Outcome, form: Any, title: str, posted: bool) -> HttpResponse:
    cases, left = queries.problems_of(row)
    context = {
        "outcome": row, "row": appraisal_round.outcome_row(row), "where": row.round, "form": form, "title": title,
        "problems": len(cases), "left": len(left), "key": request.POST.get("key", ""),
        "stale": row.round.state != states.PUBLISHED and deed.stale(row.round, title).message,
    }  # fmt: skip
    return render(request, "desk/appraisals/outcome.html", context, status=422 if posted else 200)


@dataclass(frozen=True)
class Listed:
    """One unit on a list: what happened, how much is still to be done, photos of places that the public may see."""

    outcome: Outcome
    problems: int
    left: int
    photos: list[tuple[Photo, str]]
    hidden: int
    url: str


@require_GET
@access.needs(*MAY)
def board(request: StaffRequest) -> HttpResponse:
    """红黑榜 of the towns: the black list until it is cleared. Never a person, a household, a face or a plate (D17)."""
    person = request.user
    towns, today = appraisal_forms.towns_of(person, *MAY), clock.local_date(clock.now())
    own = person.town
    if own is not None and all(town.pk != own.pk for town in towns):
        towns.append(own)
    found = []
    for town in towns:
        black = list(queries.board(town, "black"))
        red = list(queries.board(town, "red").filter(round__period_end__gte=today - RED_FOR))
        if black or red or len(towns) == 1:
            may_clear = any(rules.may(person, "clear", row.round) for row in black)
            found.append(
                (town, listed(person, black, black=True), listed(person, red, black=False), may_clear)
            )
    context = {"towns": found, "now": clock.now()}
    return render(request, "desk/appraisals/board.html", context)


def listed(person: Person, rows: Iterable[Outcome], *, black: bool) -> list[Listed]:
    """Rows of a list, in a fixed number of statements. Only copies approved for the public are shown: on the black
    list of what cost points, on the red one what the unit has put right."""
    outcomes = list(rows)
    problems = queries.problems(outcomes)
    shown_of = {key: found for key, (found, _left) in problems.items()}
    if not black:
        shown_of = queries.cases_behind(outcomes, deducted=False)
    cases = {case for found in shown_of.values() for case in found}
    photos = evidence.for_subjects(cases)
    where = {
        case.uuid: case.place.name if case.place else case.unit.label
        for case in Case.objects.filter(uuid__in=cases).select_related("place", "unit")
    }
    sheets = Sheet.objects.visible_to(person).filter(pk__in=[row.sheet_id for row in outcomes])
    mine = set(sheets.values_list("pk", flat=True))
    found = []
    for row in outcomes:
        own, left = problems[row.pk]
        every = [
            (photo, where.get(case, ""))
            for case in sorted(shown_of[row.pk])
            for photo in photos.get(case, [])
            if black or photo.role == "after"
        ]
        shown = [pair for pair in every if photo_rules.may_see_public(pair[0])]
        url = links.to("desk:appraisal-sheet", row.sheet.uuid) if row.sheet_id in mine else ""
        found.append(Listed(row, len(own), len(left), shown[:MOST_PHOTOS], len(every) - len(shown), url))
    return found
