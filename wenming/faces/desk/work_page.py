"""One record with what it counted, its photos, decisions and history; and the decisions of all meetings."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.desk import links, paging
from wenming.faces.desk.access import needs
from wenming.faces.desk.work_entry import stages, visible
from wenming.faces.desk.work_home import READERS
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.evidence import queries as evidence
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import queries as ledger
from wenming.ledger.models import Account
from wenming.ledger.posting import Voucher
from wenming.outcomes.documents import records
from wenming.records.journals import actions as journals
from wenming.records.journals import rules, states, values
from wenming.records.journals.actions import Resolution
from wenming.records.journals.drafting import VOUCHER
from wenming.records.journals.models import Decision, Journal


class DecideForm(parts.DeskForm):
    what = parts.text("议定事项", longest=200)
    unit = parts.choice("落实单位", [])
    due_on = parts.day("完成期限", required=False)

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.uuid): unit for unit in units}
        self.fields["unit"].choices = [("", "请选择"), *parts.grouped(units)]  # type: ignore[attr-defined]


class NoteForm(parts.DeskForm):
    note = parts.text("落实情况", rows=2, longest=200, help_text="做了什么、何时完成。")


class DropForm(parts.DeskForm):
    note = parts.text("取消原因", rows=2, longest=200)


@require_GET
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The page of a record."""
    row = visible(request.user, key)
    kind = row.kind.read()
    person = request.user
    context = {
        "row": row, "kind": kind, "facts": _facts(row), "photos": list(evidence.of(row.uuid)),
        "history": list(history.of(row.uuid)), "decisions": list(row.decisions.select_related("unit", "closed_by")),
        "entries": _entries(row) if person.may(P.LEDGER_READ) else [], "counted": _counted(row),
        "may_change": rules.may_change(person, row), "may_enter": bool(rules.reach(person, kind, row.town)),
        "may_decide": kind.decisions and rules.may_decide(person, row), "today": clock.local_date(clock.now()),
        "stages": stages(kind, row.fields) if row.state == states.ENTERED else [],
        "replaced_by": getattr(row, "replaced_by", None),
        "papers": records.written_from(row, clock.local_date(clock.now())) if person.may(P.DOCUMENT_DRAFT, row.town) else [],
    }  # fmt: skip
    return render(request, "desk/work/detail.html", context)


def _facts(row: Journal) -> list[tuple[str, str, bool]]:
    """(name, words, is it long) of every field that was filled in."""
    found = []
    for field in row.kind.read().fields:
        said = values.shown(field, row.fields.get(field.code))
        if said:
            found.append((field.name, said, field.kind == states.LONG))
    return found


def _counted(row: Journal) -> list[str]:
    """「清运垃圾 12车」 for every account, in the order of the chart."""
    accounts = Account.objects.filter(code__in=row.quantities)
    return [f"{account.name} {row.quantities[account.code]}{account.measure}" for account in accounts]


def _entries(row: Journal) -> list[dict[str, Any]]:
    return [
        {"entry": entry, "url": links.to("desk:entry", entry.uuid)}
        for entry in ledger.voucher_entries(Voucher(VOUCHER, row.uuid))
    ]


@require_http_methods(["GET", "POST"])
@once
def decide(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Add a decision to a meeting."""
    row = visible(request.user, key)
    if not (row.kind.read().decisions and rules.may_decide(request.user, row)):
        raise Http404
    units = list(Unit.objects.in_force().filter(town=row.town).exclude(kind="grid").order_by("path"))
    form = DecideForm(request.POST if request.method == "POST" else None, units=units)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        one = Resolution(data["what"], form.units[data["unit"]], data["due_on"])
        try:
            journals.decide(journal=row, resolutions=[one], by=request.user, at=clock.now())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"已登记，由{one.unit.label}落实。")
            return links.see_other("desk:work-detail", row.uuid)
    context = {
        "form": form, "title": f"登记议定事项：{row.title}", "back": links.to("desk:work-detail", row.uuid),
        "submit": "登记", "key": request.POST.get("key", ""),
    }  # fmt: skip
    return render(request, "desk/ground_form.html", context, status=422 if form.errors else 200)


def decisions_of(person: Person, state: str) -> QuerySet[Decision]:
    """Decisions the person may see: open ones by deadline, or (any other state) those that are closed."""
    found = Decision.objects.visible_to(person).select_related("journal", "unit", "closed_by")
    if state == states.OPEN:
        return found.open().order_by("due_on", "pk")
    return found.exclude(state=states.OPEN).order_by("-closed_at")


@require_GET
@needs(*READERS)
def decision_list(request: StaffRequest) -> HttpResponse:
    """Decisions one may see: open ones by deadline, or those that are closed."""
    state = request.GET.get("state", states.OPEN)
    page = paging.page(request, decisions_of(request.user, state))
    context = {
        "page": page,
        "decisions": list(page.object_list),
        "state": state,
        "today": clock.local_date(clock.now()),
    }
    return render(request, "desk/work/decisions.html", context)


@require_http_methods(["GET", "POST"])
@once
def decision(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One decision: carried out with a note, or dropped with a ground."""
    row = (
        Decision.objects.visible_to(request.user)
        .select_related("journal__kind", "journal__unit", "journal__town", "unit", "closed_by")
        .filter(uuid=key)
        .first()
    )
    if row is None:
        raise Http404
    may_finish = row.state == states.OPEN and rules.may_finish(request.user, row)
    may_drop = row.state == states.OPEN and rules.may_decide(request.user, row.journal)
    dropping = request.POST.get("step") == "drop"
    data = request.POST if request.method == "POST" else None
    form: parts.DeskForm = DropForm(data, auto_id="drop_%s") if dropping else NoteForm(data)
    if request.method == "POST" and form.is_valid():
        try:
            note = form.cleaned_data["note"]
            if dropping:
                journals.drop(decision=row, by=request.user, at=clock.now(), ground=note)
            else:
                journals.finish(decision=row, by=request.user, at=clock.now(), note=note)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "已取消。" if dropping else "已记下落实情况。")
            return links.see_other("desk:decision-list")
    context = {
        "row": row, "form": NoteForm() if dropping else form, "drop_form": form if dropping else DropForm(auto_id="drop_%s"),
        "may_finish": may_finish, "may_drop": may_drop, "dropping": dropping, "today": clock.local_date(clock.now()),
        "opens": Journal.objects.visible_to(request.user).filter(pk=row.journal_id).exists(),
        "key": request.POST.get("key", ""),
    }  # fmt: skip
    return render(request, "desk/work/decision.html", context, status=422 if form.errors else 200)
