"""A new document: which kind, which period, which units; and what the town prints at head and foot."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.faces.desk import access, links
from wenming.faces.desk.document_forms import LetterheadForm
from wenming.faces.desk.document_new_form import NewForm, home_of, towns_of
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.standards.models import PackVersion
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import kinds, queries, records, rules
from wenming.outcomes.documents.reading import FORMS


@require_http_methods(["GET", "POST"])
@access.needs(P.DOCUMENT_DRAFT)
@once
def new(request: StaffRequest) -> HttpResponse:
    """起草: first the kind, then what it wants to know; the draft is written at once from figures and problems."""
    person, now = request.user, clock.now()
    towns = towns_of(person)
    home = home_of(person, towns, request.POST.get("town") or request.GET.get("town", ""))
    offered = {kinds.base(row.code): row for row in queries.offered(now, home)}
    code = request.POST.get("kind") or request.GET.get("kind", "")
    if code not in offered:
        status = 422 if request.method == "POST" else 200
        context = {"groups": grouped(offered), "towns": towns, "home": home}
        return render(request, "desk/documents/choose.html", context, status=status)
    data = request.POST if request.method == "POST" else None
    pack = offered[code]
    rows = records.offered(person, home, pack.facts, clock.local_date(now)) if home else []
    form = NewForm(
        data, towns=towns, home=home, pack=pack, code=code, offered=rows,
        initial={"record": request.GET.get("record", "")},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            document = documents.draft(
                kind=code, town=form.towns[form.cleaned_data["town"]], period=form.chosen_period(clock.local_date(now)),
                units=form.chosen_units(), given=form.given(), record=form.chosen_record(), by=person, at=now,
            )  # fmt: skip
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "草稿已按一本账和案卷写好，请核对、修改后送审。")
            if earlier := queries.same_before(document):
                words = f"这个期间已有《{earlier.shown_title}》（{earlier.state_label}）；再发一份，已通报过的问题只列还没整改的。"
                messages.warning(request, words)
            return links.see_other("desk:document-detail", document.uuid)
    context = {"form": form, "pack": offered[code], "home": home, "key": request.POST.get("key", "")}
    return render(
        request, "desk/documents/new.html", context, status=422 if request.method == "POST" else 200
    )


def grouped(offered: Mapping[str, PackVersion]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Kinds by group, each with how it looks and whose version it is."""
    found: dict[str, list[dict[str, Any]]] = {}
    for code, row in offered.items():
        line = {
            "code": code,
            "row": row,
            "form": FORMS[row.facts["form"]],
            "own": bool(kinds.owner_of(row.code)),
        }
        found.setdefault(row.facts["group"], []).append(line)
    return list(found.items())


@require_http_methods(["GET", "POST"])
@once
def letterhead(request: StaffRequest) -> HttpResponse:
    """公文设置 of one's own town."""
    person = request.user
    town = person.town
    if town is None:
        raise Http404
    if not rules.may_set_letterhead(person, town):
        raise PermissionDenied
    row = queries.letterhead(town)
    form = LetterheadForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            documents.set_letterhead(town=town, by=person, at=clock.now(), **form.values())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "已保存。以后签发的公文照此印；已签发的不变。")
            return links.see_other("desk:document-settings")
    context = {"form": form, "town": town, "key": request.POST.get("key", "")}
    return render(
        request, "desk/documents/letterhead.html", context, status=422 if request.method == "POST" else 200
    )
