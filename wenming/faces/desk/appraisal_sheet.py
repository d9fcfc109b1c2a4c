"""成绩单 of one who is rated: every line with its rule, events, formula and photos; appeals and agreement; the paper."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.desk import appraisal_lines, appraisal_round, links
from wenming.faces.desk.appraisal_forms import GroundForm
from wenming.faces.kit import once as receipts
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger import queries as ledger
from wenming.ledger.posting import Voucher
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import deed, rules, states
from wenming.outcomes.appraisals.models import Outcome, Sheet
from wenming.outcomes.scoring import wording


def visible(person: Person, key: uuid.UUID) -> Sheet:
    """The sheet, if the person may open it line by line; Http404 otherwise."""
    found = Sheet.objects.visible_to(person).select_related(
        "round__book", "round__town", "round__corrects", "unit__town", "place__unit", "agreed_by"
    )
    sheet = found.filter(uuid=key).first()
    if sheet is None:
        raise Http404
    return sheet


@require_GET
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """GET the page of a sheet."""
    return page(request, visible(request.user, key))


def page(
    request: StaffRequest, sheet: Sheet, *, told: str = "", status: int = 200, **more: Any
) -> HttpResponse:
    """The page; `more` holds a form that failed, so that nothing typed is lost."""
    if told:
        messages.warning(request, told)
    context = context_of(request.user, sheet, clock.now())
    return render(request, "desk/appraisals/sheet.html", context | more, status=status)


@require_GET
def print_sheet(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The sheet on A4, with a line for the signatures."""
    sheet = visible(request.user, key)
    return render(request, "desk/appraisals/sheet_print.html", context_of(request.user, sheet, clock.now()))


def context_of(person: Person, sheet: Sheet, now: datetime) -> dict[str, Any]:
    """Everything the page shows, in a fixed number of statements."""
    where = sheet.round
    book = appraisal_lines.described(where.book)
    appeals = appraisal_round.appeals_of(person, sheet)
    own = rules.own_sheet_refusal(person, sheet) is None
    shown = where.state == states.SHOWN
    in_time = where.appeals_until is not None and now <= where.appeals_until
    outcomes = Outcome.objects.visible_to(person).filter(sheet=sheet).select_related("sheet", "settled_by")
    proposals = [] if where.state in states.FINAL else sheet.data["proposals"]
    return {
        "sheet": sheet, "where": where, "now": now, "book": book, "items": appraisal_lines.items(person, sheet, book, appeals),
        "place": appraisal_round.standing(sheet, True, {}), "appeals": appeals, "own": own,
        "undecided": [(each["where"], wording.plainly(each["question"])) for each in sheet.data["undecided"]],
        "vetoes": [wording.plainly(each) for each in sheet.data["vetoes"]],
        "may_appeal": own and shown and in_time, "may_agree": own and shown and sheet.agreed_at is None,
        "outcomes": [appraisal_round.outcome_row(each) for each in outcomes],
        "proposals": [each | {"why": wording.plainly(each["why"])} for each in proposals],
        "entries": _entries(person, sheet), "contractor": where.book.rated == "contractor", "post": where.book.rated == "post",
    }  # fmt: skip


def _entries(person: Person, sheet: Sheet) -> list[tuple[Any, str]]:
    """What the sheet has posted to the ledger, for those who read it."""
    if not person.may(P.LEDGER_READ, sheet.round.town):
        return []
    return [
        (entry, links.to("desk:entry", entry.uuid))
        for entry in ledger.voucher_entries(Voucher(deed.SHEET, sheet.uuid))
    ]


@require_http_methods(["GET", "POST"])
@once
def appeal(request: StaffRequest, key: uuid.UUID, line: str) -> HttpResponse:
    """申诉 against one line, named by its permanent key."""
    sheet = visible(request.user, key)
    row = sheet.keyed_lines.get(line)
    if row is None:
        if request.method == "POST":
            return page(request, sheet, told="这一行已经变了，请看最新的成绩单再申诉。", status=409)
        raise Http404
    if refused := rules.own_sheet_refusal(request.user, sheet):
        raise NotAllowed("appraisal_not_allowed", refused)
    posted = request.method == "POST"
    form = GroundForm(request.POST if posted else None, label="申诉理由")
    form.fields["ground"].help_text = "哪里不对，有什么依据。由没有经手这件事的同志裁定。"
    if posted and form.is_valid():
        try:
            appraisals.appeal(
                sheet=sheet, line=line, by=request.user, at=clock.now(), key=receipts.key_of(request), **form.cleaned_data
            )  # fmt: skip
        except Conflict as error:
            return page(request, visible(request.user, key), told=error.message, status=409)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "申诉已提交，裁定结果会通知您。")
            return links.see_other(links.to("desk:appraisal-sheet", sheet.uuid) + f"#line-{line}")
    found = appraisal_lines.lines(request.user, sheet, appraisal_lines.described(sheet.round.book))
    context = {
        "form": form, "sheet": sheet, "where": sheet.round, "key": request.POST.get("key", ""),
        "line": next(each for each in found if each.key == line),
    }  # fmt: skip
    return render(request, "desk/appraisals/appeal_new.html", context, status=422 if posted else 200)


@require_POST
@once
def agree(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """确认无异议."""
    sheet = visible(request.user, key)
    try:
        appraisals.agree(sheet=sheet, by=request.user, at=clock.now())
    except Conflict as error:
        return page(request, visible(request.user, key), told=error.message, status=409)
    messages.success(request, "已确认无异议。")
    return links.see_other("desk:appraisal-sheet", sheet.uuid)
