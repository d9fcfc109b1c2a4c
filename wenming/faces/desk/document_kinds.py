"""文种: which version holds for the town, its text, a copy of one's own with every fault by line and a trial draft."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, PackError
from wenming.faces.desk import access, links
from wenming.faces.desk import documents as pages
from wenming.faces.desk import forms as parts
from wenming.faces.desk.document_new_form import RANGE, home_of, offered_periods, period_of, towns_of
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import compose, kinds, queries, reading, states
from wenming.outcomes.documents.models import KindText


class TextForm(parts.DeskForm):
    text = forms.CharField(
        label="写法（YAML）", strip=False, max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 34, "wrap": "off", "spellcheck": "false", "data-lines": "", "translate": "no"}),
    )  # fmt: skip


def own_town(person: Person) -> Unit:
    """The town (or county) whose kinds the person looks after; 403 for whoever drafts nothing."""
    home = home_of(person, towns_of(person))
    if home is None:
        raise PermissionDenied
    return home


def visible(person: Person, key: uuid.UUID) -> KindText:
    """A text the person may read, or 404."""
    row = queries.kind_texts(towns_of(person)).filter(uuid=key).first()
    if row is None:
        raise Http404
    return row


@require_GET
@access.needs(P.DOCUMENT_DRAFT)
def kind_list(request: StaffRequest) -> HttpResponse:
    """Which version of every kind holds today, and the town's own drafts and versions."""
    town, now = own_town(request.user), clock.now()
    found = kinds.all_in_force(clock.local_date(now), town)
    texts = {
        row.pack_id: row
        for row in KindText.objects.filter(pack__in=found).select_related("town").defer("text")
    }
    found.sort(key=lambda row: (reading.GROUPS.index(row.facts["group"]), row.code))
    rows = [{"pack": row, "code": kinds.base(row.code), "text": texts.get(row.pk)} for row in found]
    own = queries.kind_texts([town]).filter(town=town).defer("text").order_by("code", "-pk")
    context = {"rows": rows, "own": own, "town": town, "forms": reading.FORMS}
    return render(request, "desk/documents/kinds.html", context)


@require_POST
@access.needs(P.DOCUMENT_DRAFT)
@once
def copy(request: StaffRequest, code: str) -> HttpResponse:
    """A draft of the town's own, from the version that holds today."""
    person, now = request.user, clock.now()
    town = own_town(person)
    try:
        row = documents.write_kind(
            town=town, text=documents.copied(kind=code, town=town, at=now), by=person, at=now
        )
    except DomainError as error:
        messages.warning(request, error.message)
        return links.see_other("desk:document-kinds")
    messages.success(request, f"已复制成{town.label}的一版草稿，改好以后先「检查并试起草」，再「采用」。")
    return links.see_other("desk:document-kind", row.uuid)


@require_http_methods(["GET", "POST"])
@access.needs(P.DOCUMENT_DRAFT)
@once
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The text of a kind: read only where it is shipped or adopted, an editor where it is the town's own draft."""
    person = request.user
    row = visible(person, key)
    mine = row.town is not None and person.may(P.DOCUMENT_DRAFT, row.town)
    if request.method == "POST":
        if not mine:
            raise PermissionDenied
        return _posted(request, row)
    if not mine or row.state != states.WRITING:
        context = {"row": row, "lines": row.text.splitlines(), "mine": mine, "code": kinds.base(row.code)}
        return render(request, "desk/documents/kind_source.html", context)
    return _page(request, row, TextForm(initial={"text": row.text}))


def _posted(request: StaffRequest, row: KindText) -> HttpResponse:
    """存草稿、检查并试起草、采用、删除（停用）."""
    do, form = request.POST.get("do", ""), TextForm(request.POST)
    given: dict[str, Any] = {"draft": row, "by": request.user, "at": clock.now()}
    if do == "drop":
        documents.drop_kind(**given)
        messages.success(
            request, "已停用，以后起草用上一版。" if row.state == states.ADOPTED else "草稿已删除。"
        )
        return links.see_other("desk:document-kinds")
    if do not in ("save", "try", "adopt"):
        raise Http404
    if not form.is_valid():
        return _page(request, row, form, status=422)
    assert row.town is not None  # noqa: S101  only own kinds come here
    try:
        row = documents.write_kind(town=row.town, text=form.cleaned_data["text"], **given)
        if do == "save":
            messages.success(request, "草稿已存。")
            return links.see_other("desk:document-kind", row.uuid)
        if do == "adopt":
            row = documents.adopt_kind(draft=row, by=given["by"], at=given["at"])
            messages.success(
                request, f"已采用，{clock.show_date(row.in_force)}起本地起草《{row.title}》用这一版。"
            )
            return links.see_other("desk:document-kinds")
        return _page(request, row, form, **_tried(request, row))
    except DomainError as error:
        refuse(form, error)
        status = 409 if isinstance(error, Conflict) else 422
        return _page(request, row, form, status=status, fault=_fault(error, form["text"].value() or ""))


def _fault(error: DomainError, text: str) -> dict[str, Any]:
    """The fault with its line, and what stands there."""
    line = error.line or 0 if isinstance(error, PackError) else 0
    lines = text.splitlines()
    return {
        "line": line,
        "message": error.message,
        "text": lines[line - 1].strip() if 0 < line <= len(lines) else "",
    }


def _tried(request: StaffRequest, row: KindText) -> dict[str, Any]:
    """The draft that the text gives today, as paper, with what the checks say."""
    assert row.town is not None  # noqa: S101  only own kinds come here
    now = clock.now()
    _pack, content = reading.read_text(row.text, label="模板", owner=row.town)
    wanted = request.POST.get("period", "")
    allowed = [code for code, _label in offered_periods(content["periods"]) if code != RANGE] or ["week"]
    period = period_of(wanted if wanted in allowed else allowed[0], clock.local_date(now))
    units = [] if content["units"] == "any" else _some_unit(row.town)
    document = documents.try_kind(town=row.town, text=row.text, period=period, at=now, units=units)
    made_of = queries.ingredients(document, at=now)
    doc = compose.official(made_of)
    return {
        "preview": pages.sheets(doc, made_of), "findings": queries.review(document, made_of, at=now), "tried": period.label,
    }  # fmt: skip


def _some_unit(town: Unit) -> list[Unit]:
    """A unit to try a letter on."""
    found = Unit.objects.below(town).in_force().filter(kind__in=["community", "village", "station"])
    return list(found.order_by("path")[:1])


def _page(
    request: StaffRequest, row: KindText, form: TextForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    choices = [(code, label) for code, label in offered_periods(_periods(row)) if code != RANGE]
    context = {
        "row": row, "form": form, "periods": choices, "period": request.POST.get("period", ""),
        "key": request.POST.get("key", "") if status != 200 else "",
    }  # fmt: skip
    return render(request, "desk/documents/kind_edit.html", context | more, status=status)


def _periods(row: KindText) -> list[str]:
    """The periods the text allows; a text that cannot be read allows the usual ones."""
    try:
        found: list[str] = reading.read_text(row.text, label="模板", owner=row.town)[1]["periods"]
    except DomainError:
        return []
    return found
