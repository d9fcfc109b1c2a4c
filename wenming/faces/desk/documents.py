"""公文: list, register, the page as it will print with its figures, and the issued files byte for byte."""

import uuid
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, document_forms, links, paging
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.jobs.models import Job
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.outcomes.documents import compose, desk, files, queries, rules, states, tokens
from wenming.outcomes.documents.actions import writing
from wenming.outcomes.documents.ingredients import Ingredients
from wenming.outcomes.documents.layout import checks, preview
from wenming.outcomes.documents.layout.spec import Heading, Official, Photo, plain
from wenming.outcomes.documents.models import Document

_MAY = (P.DOCUMENT_READ, P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK, P.DOCUMENT_SIGN)
# Steps that a single button does; the others ask for words first.
GROUNDS = {"send_back", "send_back_signing", "withdraw"}
_PRIMARY = ("submit", "check", "sign", "issue")


@require_GET
@access.needs(*_MAY)
def document_list(request: StaffRequest) -> HttpResponse:
    """All documents the person may see, newest first."""
    person = request.user
    form = document_forms.ListForm(request.GET)
    page = paging.page(request, form.apply(queries.rows(person)), 20)
    town = person.town
    context = {
        "form": form, "page": page, "may_draft": bool(document_forms.towns_of(person)), "kinds": dict(queries.kinds_on(clock.now())),
        "may_set": town is not None and rules.may_set_letterhead(person, town), "year": clock.local(clock.now()).year,
    }  # fmt: skip
    return render(request, "desk/documents/list.html", context)


@require_GET
@access.needs(*_MAY)
def register(request: StaffRequest) -> HttpResponse:
    """发文登记簿 of a year, in the order of the numbers."""
    said = request.GET.get("year", "")
    year = int(said) if said.isdecimal() and len(said) == 4 else clock.local(clock.now()).year
    page = paging.page(request, queries.register(request.user, year), 50)
    return render(request, "desk/documents/register.html", {"page": page, "year": year})


def visible(person: Person, key: uuid.UUID) -> Document:
    """The document, or 404."""
    document = queries.get(person, key).first()
    if document is None:
        raise Http404
    return document


@require_GET
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The page of a document: the text as it will print in the middle, outline left, checks and steps right."""
    return page(request, visible(request.user, key))


def page(request: StaffRequest, document: Document, *, status: int = 200, **more: Any) -> HttpResponse:
    """Render the page; `more` holds a form that failed, so that nothing typed is lost."""
    person = request.user
    now = clock.now()
    made_of = queries.ingredients(document, at=now)
    doc = compose.official(made_of)
    findings = [] if document.frozen else queries.review(document, made_of, at=now)
    steps = queries.allowed_steps(person, document)
    codes = {step.code for step in steps}
    context: dict[str, Any] = {
        "document": document,
        "doc": doc,
        "now": now,
        "preview": sheets(doc, made_of),
        "outline": outline(document, doc),
        "blocking": [one for one in findings if one.blocking],
        "hints": [one for one in findings if not one.blocking],
        "length": checks.length(doc),
        "limit": _limit(document),
        "steps": [step for step in steps if step.code in _PRIMARY],
        "ground_steps": [step for step in steps if step.code in GROUNDS],
        "may_edit": "edit" in codes,
        "may_drop": "drop" in codes,
        "may_correct": "correct" in codes,
        "may_ask_pdf": "ask_pdf" in codes,
        "history": list(history.of(document.uuid)),
        "numbered": made_of.numbered,
        "problems": len(made_of.problems),
    }
    context |= _printed(document, now) if document.frozen else _editing(request, document, made_of)
    return render(request, "desk/documents/detail.html", context | more, status=status)


def _editing(request: HttpRequest, document: Document, made_of: Ingredients) -> dict[str, Any]:
    """The block that `?block=` names, with its form; `head` is title, addressee and copies."""
    wanted, after = request.GET.get("block", ""), request.GET.get("add")
    labels = writing.labels(document)
    shown = sorted(made_of.figures.values(), key=lambda one: ("@" in one.key, one.key))
    found: dict[str, Any] = {
        "figures": [(f"{{{{{one.label}}}}}", one.text, figure_url(made_of, one.key)) for one in shown],
    }
    if wanted == "head":
        initial = {"title": document.title, "addressee": document.addressee, "cc": "\n".join(document.cc)}
        return found | {"head_form": document_forms.HeadForm(initial=initial)}
    if after is not None:
        return found | {"add_form": document_forms.AddForm(), "after": after}
    for block in document.body["blocks"]:
        if block["id"] == wanted:
            initial = {"text": tokens.shown(block["text"], labels)}
            return found | {"written": block, "block_form": document_forms.BlockForm(initial=initial)}
    return found


def _printed(document: Document, now: Any) -> dict[str, Any]:
    """Files and kept figures."""
    kept = list(document.files.order_by("format"))
    waiting = not any(file.format == states.PDF for file in kept) and document.state in states.PRINTED
    job = (
        Job.objects.filter(kind="documents.pdf", payload__document=str(document.uuid)).order_by("-pk").first()
    )
    return {
        "files": kept,
        "pdf_waiting": waiting,
        "pdf_job": job if waiting else None,
        "figure_rows": queries.figure_rows(document, at=now),
        "corrections": list(document.corrections.exclude(state=states.DROPPED)),
    }


def _limit(document: Document) -> int | None:
    length = document.pack.facts["length"]
    return None if length == "none" else checks.LIMITS[length][0]


def sheets(doc: Official, made_of: Ingredients) -> SafeString:
    """The A4 preview. The layout engine escapes every word of it."""
    return mark_safe(  # noqa: S308
        preview.html(doc, lambda key: figure_url(made_of, key), _photo_url)
    )


def figure_url(made_of: Ingredients, key: str) -> str:
    """A kept figure has a page of its own; a live one opens its metric for the same unit and period."""
    shown = made_of.figures.get(key)
    if shown is None:
        return ""
    if shown.figure is not None:
        return links.to("desk:figure", shown.figure.uuid)
    return links.to("desk:metric", shown.metric, unit=str(shown.scope.uuid), period=shown.period.key)


def _photo_url(photo: Photo) -> str:
    return links.to("kit:photo", uuid.UUID(photo.key), "page")


def outline(document: Document, doc: Official) -> list[dict[str, Any]]:
    """One line for each block: its printed beginning, its depth, and what waits there."""
    found = []
    for block, printed in zip(document.body["blocks"], doc.blocks, strict=True):
        runs = printed.runs if isinstance(printed, Heading) else getattr(printed, "runs", ())
        found.append(
            {
                "id": block["id"],
                "text": plain(runs)[:26],
                "level": block.get("level", 3),
                "heading": block["kind"] == "heading",
                "open": block.get("suggestion") == desk.OPEN,
                "edited": bool(block["drafted"]) and block["text"] != block["drafted"],
                "own": bool(block.get("own")),
                "typed": any(run.hand_typed for run in runs),
                "blank": bool(checks.PLACEHOLDER.search(plain(runs))),
            }
        )
    return found


@require_GET
def file(request: StaffRequest, key: uuid.UUID, kind: str) -> HttpResponse:
    """An issued file, byte for byte as it was printed."""
    person = request.user
    document = visible(person, key)
    kept = document.files.filter(format=kind).first()
    if kept is None:
        raise Http404
    if kind == states.XLSX and not any(person.may(need, document.town) for need in (P.CASE_READ, *_MAY[1:])):
        raise PermissionDenied  # the list names who handles each problem
    response = HttpResponse(files.get(kept), content_type=states.MIME[kind])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(kept.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
