"""记台账 on the phone: the kinds one may enter as large buttons, then day, numbers and a photo."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.faces.field.access import worker
from wenming.faces.kit import answers, once
from wenming.faces.kit.forms import faults, refuse
from wenming.faces.kit.photos import Taken
from wenming.faces.kit.staff import StaffRequest
from wenming.faces.kit.work_form import WorkForm
from wenming.records.journals import actions as journals
from wenming.records.journals import queries, rules, states, values
from wenming.records.journals.models import Journal

LATEST = 3
# More kinds than fit on two screens are folded by group.
MOST_OPEN = 12


@worker
@require_GET
def kinds(request: StaffRequest) -> HttpResponse:
    """The kinds entered last and my last records, then all kinds by group."""
    today = clock.local_date(clock.now())
    found = {kind.code: kind for kind in queries.for_person(request.user, today)}
    mine = list(
        Journal.objects.filter(entered_by=request.user)
        .select_related("kind", "unit")
        .order_by("-entered_at")[:20]
    )
    usual = [found[code] for code in dict.fromkeys(row.code for row in mine) if code in found][:4]
    context = {
        "groups": queries.grouped(found.values()),
        "usual": usual,
        "mine": mine[:LATEST],
        "folded": len(found) > MOST_OPEN,
    }
    return render(request, "field/work.html", context)


@worker
@require_http_methods(["GET", "POST"])
def enter(request: StaffRequest, code: str) -> HttpResponse:
    """The short form of a kind."""
    form = _form(request, code)
    if request.method != "POST":
        return _page(request, form, Taken())
    taken = answers.take(request, "photos", town=form.town)["photos"]
    return _send(request, code, taken)


@once.once
def _send(request: StaffRequest, code: str, taken: Taken) -> HttpResponse:
    form = _form(request, code)
    for sentence in taken.errors:
        form.add_error(None, sentence)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = journals.enter(
                kind=code, unit=form.chosen_unit, occurred_on=data["occurred_on"], fields=form.raw, by=request.user,
                at=clock.now(), key=once.key_of(request), photos=taken.photos, late_reason=data["late_reason"],
                way=states.PHONE,
            )  # fmt: skip
        except NotAllowed:
            raise
        except DomainError as error:
            error.field = form.form_field(error.field)
            refuse(form, error)
        else:
            counted = values.counted(form.kind, made.fields)
            where = f"（{made.unit.label}，{clock.show_date(made.occurred_on)}）"
            messages.success(request, f"已记账：{made}{f'，{counted}' if counted else ''}{where}")
            return answers.done(request, reverse("field:work"))
    if answers.by_script(request):
        return answers.refused(faults(form))
    return _page(request, form, taken, status=422)


def _form(request: StaffRequest, code: str) -> WorkForm:
    """The form of a kind that the person may enter; 404 for any other."""
    at = clock.now()
    for town in rules.books(request.user):
        kind = queries.kinds(town, clock.local_date(at)).get(code)
        if kind is not None and rules.reach(request.user, kind, town):
            data = request.POST if request.method == "POST" else None
            return WorkForm(data, kind=kind, person=request.user, town=town, at=at)
    raise Http404


def _page(request: StaffRequest, form: WorkForm, taken: Taken, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form, "kind": form.kind, "taken": taken, "places": form.place_options,
        "key": request.POST.get("key") or str(uuid.uuid4()),
    }  # fmt: skip
    return render(request, "field/work_enter.html", context, status=status)
