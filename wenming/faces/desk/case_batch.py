"""Bulk deeds: 批量立案、批量派遣、批量核查通过. Every case is its own deed, and each result is reported."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import case_list, links
from wenming.faces.desk import forms as parts
from wenming.faces.kit.forms import offer, refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.records.cases import actions as cases
from wenming.records.cases import queries, states
from wenming.records.cases.models import Case

MOST = 100
RESULT_IN_SESSION = "case_batch"
_NEEDS = {code: need for code, _, need in case_list.BATCHES}
_TITLES = {code: label for code, label, _ in case_list.BATCHES}
_LOOK_FIRST = "上级发现的问题要逐件看照片核查，不能批量通过。"


class Batch(parts.DeskForm):
    """A batch without any further word."""

    def do(self, case: Case, by: Person, at: datetime) -> Case:
        raise NotImplementedError


class RegisterBatch(Batch):
    def do(self, case: Case, by: Person, at: datetime) -> Case:
        return cases.register(case=case, by=by, at=at)


class AcceptBatch(Batch):
    def do(self, case: Case, by: Person, at: datetime) -> Case:
        if not (case.path == states.ON_SPOT or case.self_found):
            raise DomainError("batch_look_first", _LOOK_FIRST)
        return cases.accept(case=case, by=by, at=at)


class DispatchBatch(Batch):
    lead = parts.choice("责任单位（主办）", [])
    term_value = parts.term_value("统一时限", required=False, help_text="不填则按各自类别的时限。")
    term_unit = parts.term_unit(required=False)

    def __init__(self, *args: Any, town: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = parts.may_lead(town)
        self.units = {str(unit.uuid): unit for unit in units}
        offer(self, "lead", [("", "请选择"), *parts.grouped(units)])

    def do(self, case: Case, by: Person, at: datetime) -> Case:
        lead = self.units[self.cleaned_data["lead"]]
        return cases.dispatch(case=case, by=by, at=at, lead=lead, term=parts.term_of(self.cleaned_data))


_FORMS: dict[str, Callable[..., Batch]] = {
    "register": RegisterBatch,
    "accept": AcceptBatch,
    "dispatch": DispatchBatch,
}


@require_http_methods(["GET", "POST"])
@once
def batch(request: StaffRequest, code: str) -> HttpResponse:
    """GET shows the chosen cases and asks what else is needed; POST does it, case by case."""
    person = case_list.reader(request)
    if code not in _FORMS:
        raise Http404
    if not person.may(_NEEDS[code]):
        raise PermissionDenied
    chosen = _chosen(request.POST if request.method == "POST" else request.GET, person)
    more = {"town": chosen[0].town} if code == "dispatch" and chosen else {}
    if code == "dispatch" and not chosen:
        form: Batch = Batch(request.POST or None)
    else:
        form = _FORMS[code](request.POST or None, **more)
    if request.method == "POST" and chosen and form.is_valid():
        try:
            parts.term_of(form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            request.session[RESULT_IN_SESSION] = _run(code, form, chosen, person)
            return links.see_other("desk:case-batch-result")
    context = {"form": form, "cases": chosen, "code": code, "title": _TITLES[code], "now": clock.now()}
    return render(request, "desk/cases/batch.html", context, status=422 if form.errors else 200)


@require_GET
def result(request: StaffRequest) -> HttpResponse:
    """What came of the last batch, row by row."""
    case_list.reader(request)
    told = request.session.get(RESULT_IN_SESSION)
    if told is None:
        return redirect("desk:case-list")
    return render(request, "desk/cases/batch_result.html", {"told": told})


def _chosen(data: QueryDict, person: Person) -> list[Case]:
    keys = []
    for text in data.getlist("case")[:MOST]:
        try:
            keys.append(uuid.UUID(text))
        except ValueError:
            continue
    return list(queries.rows(Case.objects.visible_to(person).filter(uuid__in=keys)))


def _run(code: str, form: Batch, chosen: list[Case], person: Person) -> dict[str, Any]:
    rows = []
    with transaction.atomic():
        cases.hold(chosen)
        for case in chosen:
            said = {
                "uuid": str(case.uuid), "number": case.number, "where": case.where, "what": case.description
            }  # fmt: skip
            try:
                fresh = form.do(case, person, clock.now())
                rows.append(said | {"done": True, "told": fresh.state_label})
            except DomainError as error:
                rows.append(said | {"done": False, "told": error.message})
    done = sum(1 for row in rows if row["done"])
    return {"title": _TITLES[code], "rows": rows, "done": done, "failed": len(rows) - done}
