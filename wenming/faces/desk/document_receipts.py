"""签收 and 回复: 收文 of a unit, and the steps on a receipt."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.desk import access, links, paging
from wenming.faces.desk import documents as pages
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import queries
from wenming.outcomes.documents.models import Receipt

_DONE = {
    "sign_for": "已签收。", "answer": "回复已报送。", "sign_on_paper": "已登记纸质签收。", "return_answer": "已退回。",
}  # fmt: skip
# Step → the deed, and the field of its words.
_DEEDS: dict[str, tuple[Callable[..., Receipt], str]] = {
    "sign_for": (documents.sign_for, ""),
    "answer": (documents.answer, "text"),
    "sign_on_paper": (documents.sign_on_paper, "paper"),
    "return_answer": (documents.return_answer, "ground"),
}


@require_GET
@access.needs(P.DOCUMENT_RECEIVE)
def inbox(request: StaffRequest) -> HttpResponse:
    """收文: what was sent to the person's units, what is still to be done first told by its state."""
    page = paging.page(request, queries.received(request.user), 20)
    context = {"page": page, "today": clock.local_date(clock.now())}
    return render(request, "desk/documents/inbox.html", context)


@require_POST
@once
def step(request: StaffRequest, key: uuid.UUID, receipt: uuid.UUID, code: str) -> HttpResponse:
    """One step on a receipt. A refusal shows the page again with what was typed."""
    person = request.user
    document = pages.visible(person, key)
    row = document.receipts.filter(uuid=receipt).first()
    if row is None or code not in _DEEDS:
        raise Http404
    act, field = _DEEDS[code]
    given = {field: request.POST.get(field, "")} if field else {}
    try:
        act(receipt=row, by=person, at=clock.now(), **given)
    except NotAllowed:
        raise
    except DomainError as error:
        status = 409 if isinstance(error, Conflict) else 422
        typed = {"receipt": str(receipt), "code": code, "words": given.get(field, ""), "error": error.message}
        messages.warning(request, error.message)
        return pages.page(request, pages.visible(person, key), status=status, typed=typed)
    messages.success(request, _DONE[code])
    return links.see_other(reverse("desk:document-detail", args=[document.uuid]) + "#receipts")
