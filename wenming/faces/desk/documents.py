"""公文: list, register, the page as it will print with its figures, and the issued files byte for byte."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, document_forms, document_panel, links, paging
from wenming.faces.desk.document_new_form import towns_of
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.jobs.models import Job
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.outcomes.documents import (
    compose,
    desk,
    files,
    queries,
    receiving,
    records,
    rules,
    states,
    tokens,
    values,
)
from wenming.outcomes.documents.actions import writing
from wenming.outcomes.documents.ingredients import Ingredients
from wenming.outcomes.documents.layout import checks, preview
from wenming.outcomes.documents.layout.spec import Block, Official, Photo, Run, Table, plain
from wenming.outcomes.documents.models import Document
from wenming.outcomes.documents.values import Shown

MAY = (P.DOCUMENT_READ, P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK, P.DOCUMENT_SIGN)
_OPEN = (*MAY, P.DOCUMENT_RECEIVE)
# Steps that a single button does; the others ask for words first.
GROUNDS = {"send_back", "send_back_signing", "withdraw"}
_PRIMARY = ("submit", "check", "sign", "issue")


@require_GET
@access.needs(*_OPEN)
def document_list(request: StaffRequest) -> HttpResponse:
    """All documents the person may see, newest first."""
    person = request.user
    town = person.town
    form = document_forms.ListForm(request.GET, kinds=queries.kinds_on(clock.now(), town))
    page = paging.page(request, form.apply(queries.rows(person)), 20)
    context = {
        "form": form, "page": page, "may_draft": bool(towns_of(person)), "may_receive": person.may(P.DOCUMENT_RECEIVE),
        "may_set": town is not None and rules.may_set_letterhead(person, town), "year": clock.local(clock.now()).year,
        "may_read": any(person.may(need) for need in MAY),
    }  # fmt: skip
    return render(request, "desk/documents/list.html", context)


@require_GET
@access.needs(*MAY)
def register(request: StaffRequest) -> HttpResponse:
    """发文登记簿 of a year, in the order of the numbers."""
    year = year_of(request)
    page = paging.page(request, queries.register(request.user, year), 50)
    return render(request, "desk/documents/register.html", {"page": page, "year": year})


def year_of(request: StaffRequest) -> int:
    """The year asked for, else this one."""
    said = request.GET.get("year", "")
    return int(said) if said.isdecimal() and len(said) == 4 else clock.local(clock.now()).year


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
        "meter_high": int((_limit(document) or 0) * 0.9),
        "steps": [step for step in steps if step.code in _PRIMARY],
        "ground_steps": [step for step in steps if step.code in GROUNDS],
        "may_edit": "edit" in codes,
        "may_drop": "drop" in codes,
        "may_correct": "correct" in codes,
        "may_ask_pdf": "ask_pdf" in codes,
        "history": list(history.of(document.uuid)),
        "numbered": made_of.numbered,
        "problems": len(made_of.problems),
        "receivers": receiving.of(document),
        "record": records.of(document),
    }
    context |= _printed(document, now) if document.frozen else _editing(request, document, made_of, now)
    if document.state in states.PRINTED:
        context |= document_panel.panel(person, document)
    return render(request, "desk/documents/detail.html", context | more, status=status)


def _names(document: Document, made_of: Ingredients, now: Any) -> list[tuple[str, str, str]]:
    """Every figure the writer may name, with its present value and where it opens to; asked only while he writes."""
    known = dict(made_of.figures) | values.live(
        document, [key for key in document.body["figures"] if key not in made_of.figures], at=now
    )
    shown = sorted(known.values(), key=lambda one: ("@" in one.key, one.key))
    return [(f"{{{{{one.label}}}}}", one.text, figure_url(known, one.key)) for one in shown]


def _editing(request: HttpRequest, document: Document, made_of: Ingredients, now: Any) -> dict[str, Any]:
    """The block that `?block=` names, with its form; `head` is title, addressee, copies and receivers."""
    wanted, after = request.GET.get("block", ""), request.GET.get("add")
    labels = writing.labels(document)
    asked = wanted or after is not None or request.method == "POST"
    found: dict[str, Any] = {"figures": _names(document, made_of, now) if asked else []}
    if wanted == "head":
        return found | {"head_form": document_forms.HeadForm(initial=_head(document), document=document)}
    if after is not None:
        return found | {"add_form": document_forms.AddForm(), "after": after}
    for block in document.body["blocks"]:
        if block["id"] == wanted:
            form = document_forms.form_for(block)
            return found | {
                "written": block,
                "block_form": form(initial={"text": tokens.shown(block["text"], labels)}),
            }
    return found


def _head(document: Document) -> dict[str, Any]:
    return {
        "title": document.title,
        "addressee": document.addressee,
        "cc": "\n".join(document.cc),
        "answer_due": document.answer_due,
        "receivers": [str(unit.uuid) for unit in receiving.of(document)],
        **{name: document.given.get(name, "") for name in compose.ATTENDANCE},
    }


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
        preview.html(doc, lambda key: figure_url(made_of.figures, key), _photo_url)
    )


def figure_url(figures: Mapping[str, Shown], key: str) -> str:
    """A kept figure has a page of its own; a live one opens its metric for the same unit and period."""
    shown = figures.get(key)
    if shown is None:
        return ""
    if shown.figure is not None:
        return links.to("desk:figure", shown.figure.uuid)
    return links.to("desk:metric", shown.metric, unit=str(shown.scope.uuid), period=shown.period.key)


def _photo_url(photo: Photo) -> str:
    return links.to("kit:photo", uuid.UUID(photo.key), "page")


def _runs(printed: Block) -> tuple[Run, ...]:
    """All words of a block: of a table, those of its cells."""
    if isinstance(printed, Table):
        cells = (cell for row in printed.rows for cell in row)
        return tuple(run for cell in cells for run in ((Run(cell),) if isinstance(cell, str) else cell))
    return getattr(printed, "runs", ())


def _beginning(block: Mapping[str, Any], printed: Block) -> str:
    if isinstance(printed, Table):
        return f"〔表〕{block['title'] or '、'.join(column.title for column in printed.columns)}"
    return plain(_runs(printed))


def outline(document: Document, doc: Official) -> list[dict[str, Any]]:
    """One line for each block: its printed beginning, its depth, and what waits there."""
    found = []
    for block, printed in zip(document.body["blocks"], doc.blocks, strict=True):
        runs = _runs(printed)
        found.append(
            {
                "id": block["id"],
                "text": _beginning(block, printed)[:26],
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
    if kind == states.XLSX and not any(person.may(need, document.town) for need in (P.CASE_READ, *MAY[1:])):
        raise PermissionDenied  # the list names who handles each problem
    response = HttpResponse(files.get(kept), content_type=states.MIME[kind])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(kept.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
