"""The steps of a case: GET shows the form beside what has to be looked at, POST does the one deed."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.desk import cases as case_page
from wenming.faces.desk import forms as parts
from wenming.faces.desk import links, photo_forms
from wenming.faces.desk.step_forms import FORMS, StepForm
from wenming.faces.desk.step_table import ONE_CLICK
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.photos import Taken
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.evidence import queries as evidence
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.records.cases import models, queries, rules, states
from wenming.records.cases.models import Case, Order
from wenming.records.cases.states import Step

# Forms that ask for a category show the list of categories and what is exempt.
_WITH_CATEGORIES = {"register", "split"}


@require_http_methods(["GET", "POST"])
@once
def step(request: StaffRequest, key: uuid.UUID, code: str) -> HttpResponse:
    """One step of one case. 409 with the fresh page when somebody else was first, 422 when the form is refused."""
    person = request.user
    case = case_page.visible(person, key)
    if code not in FORMS:
        raise Http404
    row = states.step(code)
    _check_rule(person, row, case)
    conflict = _too_late(person, row, case)
    if conflict is not None:
        if request.method == "POST":
            return case_page.page(request, case, told=conflict.message, status=409)
        messages.warning(request, conflict.message)
        return redirect("desk:case-detail", case.uuid)
    if request.method == "GET" and code in ONE_CLICK:
        return redirect("desk:case-detail", case.uuid)
    return _form(request, case, row)


def _check_rule(person: Person, row: Step, case: Case) -> None:
    refused = rules.refusal(person, row, case)
    if refused:
        raise NotAllowed("case_not_allowed", refused)


def _too_late(person: Person, row: Step, case: Case) -> Conflict | None:
    """Why the step no longer fits the case, in the words the deed itself would use; None when it fits."""
    if case.state not in row.from_states:
        return models.stale(case, row.name, history.of(case.uuid).last())
    if not queries.allows(person, case, row):
        return Conflict("case_step", f"现在不能「{row.name}」，请看最新情况后再办。")
    return None


def _form(request: StaffRequest, case: Case, row: Step) -> HttpResponse:
    person = request.user
    now = clock.now()
    kind = FORMS[row.code]
    taken = photo_forms.take(request, town=case.town, covert=case.covert) if kind.takes_photos else Taken()
    form = kind(request.POST if request.method == "POST" else None, case=case, person=person, at=now)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid() and not taken.errors:
        try:
            made = form.act(taken.photos)
        except Conflict as error:
            return case_page.page(
                request, case_page.visible(person, case.uuid), told=error.message, status=409
            )
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{case.number} {form.done}")
            return _after(made, case)
    return _show(request, case, row, form, taken)


def _after(made: Any, case: Case) -> HttpResponse:
    if isinstance(made, Order):
        return links.see_other("desk:order-detail", made.uuid)
    return links.see_other("desk:case-detail", made.uuid if isinstance(made, Case) else case.uuid)


def _show(request: StaffRequest, case: Case, row: Step, form: StepForm, taken: Taken) -> HttpResponse:
    person = request.user
    now = form.at
    photos = list(evidence.of(case.uuid))
    context = {
        "case": case, "step": row, "form": form, "taken": taken, "now": now, "key": request.POST.get("key", ""),
        "pairs": case_page.pairs(photos), "more_photos": photo_forms.by_role(photos)["other"],
        "marks": case_page.marks(case), "template": f"desk/cases/steps/{row.code}.html",
        "source": states.SOURCE_LABELS[case.source],
    }  # fmt: skip
    if row.code in _WITH_CATEGORIES:
        context["categories"] = parts.category_options(now)
    if row.code in ("register", "merge"):
        near = queries.nearby_open(case.town, case.category, case.place_id, case.lat, case.lng)
        context["similar"] = [other for other in near if other.pk != case.pk]
    if row.code == "register":
        today = clock.local_date(now)
        context["exemptions"] = standards.exemptions_for(case.category, today)
        context["suggestions"] = standards.suggest(case.description, on=today)
        context["kind"] = standards.category(case.category, today)
    if row.code in ("accept", "send_back"):
        context["doubts"] = doubts(case, photos, person)
    whole = not (request.htmx and request.method == "GET")
    bad = request.method == "POST" and "preview" not in request.POST
    name = "desk/cases/step.html" if whole else "desk/cases/step_form.html"
    return render(request, name, context, status=422 if bad else 200)


def doubts(case: Case, photos: list[Any], person: Person) -> list[tuple[Any, list[Any]]]:
    """Photos with reasons to look again. Shown to the person who decides; nothing follows from them (D8)."""
    place = (case.lat, case.lng) if case.lat is not None and case.lng is not None else None
    if place is None and case.place is not None and case.place.lat is not None and case.place.lng is not None:
        place = (case.place.lat, case.place.lng)
    covert = person.may(P.CASE_COVERT, case.town)
    found = []
    for photo in photos:
        told = evidence.doubts(photo, place=place, case_opened_at=case.reported_at, covert=covert)
        if told:
            found.append((photo, told))
    return found
