"""Changing a draft block by block, and taking a document from step to step."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.desk import documents as pages
from wenming.faces.desk import links
from wenming.faces.desk.document_forms import (
    AddForm,
    BlockForm,
    GroundForm,
    HeadForm,
    form_for,
    version_of,
)
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Document

_DONE = {
    "submit": "已送审。", "check": "已审核通过，待签发。", "sign": "已签发，数字和清单已定稿。", "issue": "已印发。",
    "send_back": "已退回起草人。", "send_back_signing": "已退回起草人。", "withdraw": "已撤销。", "drop": "已作废。",
    "ask_pdf": "已重新排队生成 PDF。",
}  # fmt: skip
_SIMPLE: dict[str, Callable[..., Document]] = {
    "submit": documents.submit, "check": documents.check, "sign": documents.sign, "drop": documents.drop,
    "ask_pdf": documents.ask_pdf,
}  # fmt: skip
_GROUNDED: dict[str, Callable[..., Document]] = {
    "send_back": documents.send_back,
    "send_back_signing": documents.send_back,
    "withdraw": documents.withdraw,
}


@require_POST
@once
def head(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Title, addressee, copies."""
    person = request.user
    document = pages.visible(person, key)
    form = HeadForm(request.POST, document=document)
    if not form.is_valid():
        return pages.page(request, document, status=422, head_form=form)

    def save(version: int) -> Document:
        data = form.cleaned_data
        return documents.edit_head(
            document=document, by=person, at=clock.now(), version=version, title=data["title"],
            addressee=data["addressee"], cc=form.names(), receivers=form.units(), answer_due=data.get("answer_due"),
            attendance=form.attendance(),
        )  # fmt: skip

    return _saved(request, document, save, form, "head_form")


@require_POST
@once
def block(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One block: save, accept, remove, add after it, or write the whole draft anew."""
    person = request.user
    document = pages.visible(person, key)
    deed, which = request.POST.get("deed", ""), request.POST.get("block", "")
    given: dict[str, Any] = {"document": document, "by": person, "at": clock.now()}
    if deed in ("accept", "remove"):
        act = documents.accept_suggestion if deed == "accept" else documents.remove_block
        return _saved(request, document, lambda version: act(**given, version=version, block=which))
    if deed == "again":
        return _saved(request, document, lambda version: documents.draft_again(**given, version=version))
    if deed == "add":
        form: Any = AddForm(request.POST)
        if not form.is_valid():
            return pages.page(request, document, status=422, add_form=form, after=which)
        data = form.cleaned_data

        def add(version: int) -> Document:
            return documents.add_block(
                **given, version=version, after=which, text=data["text"], level=int(data["level"])
            )

        return _saved(request, document, add, form, "add_form", after=which)
    if deed != "save":
        raise Http404
    found = next((one for one in document.body["blocks"] if one["id"] == which), None)
    form = form_for(found)(request.POST) if found else BlockForm(request.POST)
    if not form.is_valid():
        return pages.page(request, document, status=422, block_form=form, written=found)

    def save(version: int) -> Document:
        return documents.edit_block(**given, version=version, block=which, text=form.cleaned_data["text"])

    return _saved(request, document, save, form, "block_form", written=found)


def _saved(
    request: StaffRequest,
    document: Document,
    act: Callable[[int], Document],
    form: Any = None,
    name: str = "",
    **more: Any,
) -> HttpResponse:
    """Do it and go back; a refusal shows the page again with what was typed."""
    try:
        act(version_of(request.POST.get("version", "")))
    except NotAllowed:
        raise
    except DomainError as error:
        status = 409 if isinstance(error, Conflict) else 422
        fresh = pages.visible(request.user, document.uuid)
        if form is None or fresh.state != "draft":
            messages.warning(request, error.message)
            return pages.page(request, fresh, status=status)
        refuse(form, error)
        return pages.page(request, fresh, status=status, **{name: form}, **more)
    return links.see_other(reverse("desk:document-detail", args=[document.uuid]) + "#paper")


@require_POST
def step(request: StaffRequest, key: uuid.UUID, code: str) -> HttpResponse:
    """One step. 印发 is not wrapped in one transaction: its Word file is written before the database is locked."""
    return _issue(request, key) if code == "issue" else _step(request, key, code)


@once
def _step(request: StaffRequest, key: uuid.UUID, code: str) -> HttpResponse:
    person = request.user
    document = pages.visible(person, key)
    given: dict[str, Any] = {"document": document, "by": person, "at": clock.now()}
    form = None
    try:
        if code == "correct":
            made = documents.correct(**given)
            messages.success(request, "更正通知的草稿已建好，请写明更正内容。")
            return links.see_other("desk:document-detail", made.uuid)
        if code in _GROUNDED:
            form = GroundForm(request.POST)
            if not form.is_valid():
                return pages.page(request, document, status=422, ground_form=form, ground_step=code)
            _GROUNDED[code](**given, ground=form.cleaned_data["ground"])
        elif code in _SIMPLE:
            _SIMPLE[code](**given)
        else:
            raise Http404
    except NotAllowed:
        raise
    except DomainError as error:
        return _refused(request, document, error)
    messages.success(request, _DONE[code])
    return links.see_other("desk:document-list" if code == "drop" else document_url(document))


def _issue(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """A repeated form finds the document issued and shows it: the same document gets one number."""
    person = request.user
    document = pages.visible(person, key)
    if document.state == "issued" and document.issued_by_id == person.pk:
        return links.see_other(document_url(document))
    try:
        done = documents.issue(document=document, by=person, at=clock.now())
    except NotAllowed:
        raise
    except DomainError as error:
        return _refused(request, document, error)
    number = "，".join(filter(None, ("已印发", done.number or done.issue_label)))
    messages.success(request, f"{number}。PDF 由后台生成，稍后可下载。")
    return links.see_other(document_url(document))


def _refused(request: StaffRequest, document: Document, error: DomainError) -> HttpResponse:
    messages.warning(request, error.message)
    fresh = pages.visible(request.user, document.uuid)
    return pages.page(request, fresh, status=409 if isinstance(error, Conflict) else 422)


def document_url(document: Document) -> str:
    return reverse("desk:document-detail", args=[document.uuid])
