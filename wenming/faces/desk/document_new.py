"""A new document: which kind, which period, which units; and what the town prints at head and foot."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.faces.desk import access, links
from wenming.faces.desk.document_forms import LetterheadForm, NewForm
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import queries, rules


@require_http_methods(["GET", "POST"])
@access.needs(P.DOCUMENT_DRAFT)
@once
def new(request: StaffRequest) -> HttpResponse:
    """起草: the first draft is written at once from figures and problems."""
    person = request.user
    form = NewForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        data, now = form.cleaned_data, clock.now()
        try:
            document = documents.draft(
                kind=data["kind"], town=form.towns[data["town"]], period=form.chosen_period(clock.local_date(now)),
                units=form.chosen_units(), by=person, at=now,
            )  # fmt: skip
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "草稿已按一本账和案卷写好，请核对、修改后送审。")
            return links.see_other("desk:document-detail", document.uuid)
    context = {"form": form, "key": request.POST.get("key", "")}
    return render(
        request, "desk/documents/new.html", context, status=422 if request.method == "POST" else 200
    )


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
