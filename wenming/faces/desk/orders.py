"""督办单: the register, the order with both photo pairs, its steps, and the printed form."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.desk import case_filter, links, photo_forms
from wenming.faces.desk import cases as case_page
from wenming.faces.desk import forms as parts
from wenming.faces.desk.case_list import Counted
from wenming.faces.desk.order_forms import FORMS, OrderForm
from wenming.faces.kit.forms import offer, refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.photos import Taken
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.records.cases import rules, states
from wenming.records.cases.models import Case, Order

EDIT = states.Step("edit", "修改", (states.DRAFT,), None, P.CASE_SUPERVISE)
STEPS = {"edit": EDIT, **states.ORDER_STEPS}
ONE_CLICK = {"issue", "sign"}
MAY_READ = (P.CASE_SUPERVISE, P.CASE_READ, P.CASE_READ_OWN)


class FilterForm(parts.DeskForm):
    words = forms.CharField(label="文号、事项", required=False, max_length=60)
    state = forms.ChoiceField(label="状态", choices=[("", "不限"), *states.ORDER_STATES], required=False)
    reason = forms.ChoiceField(label="事由", choices=[("", "不限"), *states.ORDER_REASONS], required=False)
    unit = forms.ChoiceField(label="承办单位", required=False)
    year = forms.IntegerField(label="年份", required=False, min_value=2000, max_value=2100)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.uuid): unit for unit in case_filter.units_of(person)}
        offer(self, "unit", [("", "不限"), *parts.grouped(self.units.values())])

    def apply(self, found: Any) -> Any:
        """Narrow the orders; a field with an error narrows nothing."""
        self.is_valid()
        data = self.cleaned_data
        if data.get("state"):
            found = found.filter(state=data["state"])
        if data.get("reason"):
            found = found.filter(reason=data["reason"])
        if data.get("unit"):
            found = found.filter(unit__path__startswith=self.units[data["unit"]].path)
        if data.get("year"):
            found = found.filter(year=data["year"])
        for word in data.get("words", "").split():
            serial = word.removesuffix("号")
            by_words = found.filter(matter__icontains=word)
            found = found.filter(serial=int(serial)) if serial.isdecimal() and len(serial) < 6 else by_words
        return found


def _visible(person: Person, key: uuid.UUID) -> Order:
    found = Order.objects.visible_to(person).select_related(
        "town", "unit", "issued_by", "signed_by", *(f"{name}{part}" for name in ("case", "earlier") for part in ("", "__place", "__unit", "__lead_unit", "__town"))
    )  # fmt: skip
    order = found.filter(uuid=key).first()
    if order is None:
        raise Http404
    return order


@require_GET
def order_list(request: StaffRequest) -> HttpResponse:
    """The register: drafts first, then by number."""
    person = request.user
    if not any(person.may(need) for need in MAY_READ):
        raise PermissionDenied
    form = FilterForm(request.GET, person=person)
    found = form.apply(Order.objects.visible_to(person).select_related("unit", "case", "town"))
    page = Counted(found.order_by("-drafted_at", "-id"), 20).get_page(request.GET.get("page"))
    now = clock.now()
    context = {"form": form, "page": page, "now": now, "today": clock.local_date(now)}
    return render(request, "desk/orders/list.html", context)


@require_GET
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """GET the page of an order."""
    return _page(request, _visible(request.user, key))


def _page(request: StaffRequest, order: Order, *, told: str = "", status: int = 200) -> HttpResponse:
    if told:
        messages.warning(request, told)
    return render(request, "desk/orders/detail.html", _context(request.user, order), status=status)


def _context(person: Person, order: Order) -> dict[str, Any]:
    cases = [case for case in (order.earlier, order.case) if case is not None]
    keys = [order.uuid, *(case.uuid for case in cases)]
    photos = photo_forms.of_many(keys)
    seen = set(Case.objects.visible_to(person).filter(uuid__in=keys[1:]).values_list("uuid", flat=True))
    steps = [
        step
        for step in STEPS.values()
        if order.state in step.from_states and rules.order_refusal(person, step, order) is None
    ]
    now = clock.now()
    return {
        "order": order, "now": now, "today": clock.local_date(now), "history": list(history.of(order.uuid)), "steps": steps,
        "one_click": ONE_CLICK, "answer_photos": [one for rows in photos[order.uuid].values() for one in rows],
        "cases": [(_which(order, case), case, _pairs(photos[case.uuid]), case.uuid in seen) for case in cases],
        "reason": dict(states.ORDER_REASONS)[order.reason],
    }  # fmt: skip


def _which(order: Order, case: Case) -> str:
    if order.earlier is None:
        return "督办的问题"
    return "前一次" if case.pk == order.earlier_id else "再次发现"


def _pairs(roles: dict[str, list[Any]]) -> list[tuple[Any, Any]]:
    return case_page.pairs([*roles["before"], *roles["after"]])


@require_http_methods(["GET", "POST"])
@once
def step(request: StaffRequest, key: uuid.UUID, code: str) -> HttpResponse:
    """One step of one order; 409 with the fresh page when somebody else was first."""
    person = request.user
    order = _visible(person, key)
    if code not in FORMS:
        raise Http404
    row = STEPS[code]
    refused = rules.order_refusal(person, row, order)
    if refused:
        raise NotAllowed("order_not_allowed", refused)
    if order.state not in row.from_states:
        last = history.of(order.uuid).last()
        happened = f"{last.by_name}已办理：{last.sentence}。" if last else ""
        told = f"{happened}督办单现在是「{order.get_state_display()}」，不能再「{row.name}」。"
        if request.method == "POST":
            return _page(request, order, told=told, status=409)
        messages.warning(request, told)
        return redirect("desk:order-detail", order.uuid)
    return _form(request, order, row)


def _form(request: StaffRequest, order: Order, row: states.Step) -> HttpResponse:
    person = request.user
    kind = FORMS[row.code]
    form: OrderForm = kind(request.POST if request.method == "POST" else None, order=order)
    taken = photo_forms.take(request, town=order.town) if kind.takes_photos else Taken()
    if request.method == "POST" and form.is_valid() and not taken.errors:
        try:
            form.act(by=person, at=clock.now(), photos=taken.photos)
        except Conflict as error:
            return _page(request, _visible(person, order.uuid), told=error.message, status=409)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{form.done}")
            return links.see_other("desk:order-detail", order.uuid)
    context = _context(person, order) | {
        "form": form,
        "step": row,
        "taken": taken,
        "key": request.POST.get("key", ""),
    }
    return render(request, "desk/orders/step.html", context, status=422 if request.method == "POST" else 200)


@require_GET
def print_order(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The fixed A4 form of handbook §5.3."""
    person = request.user
    return render(request, "desk/orders/print.html", _context(person, _visible(person, key)))
