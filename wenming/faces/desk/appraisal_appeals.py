"""One appeal: what it is about, what both sides say, and its decision by somebody who is not party to it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.desk import appraisal_lines, links
from wenming.faces.desk.appraisal_forms import DecideForm
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import queries, rules, states
from wenming.outcomes.appraisals.models import Appeal, Sheet
from wenming.outcomes.scoring import wording


def visible(person: Person, key: uuid.UUID) -> Appeal:
    """The appeal, if the person may read it; Http404 otherwise."""
    found = Appeal.objects.visible_to(person).select_related(
        "round__book", "round__town", "unit", "scorer", "filed_by", "decided_by"
    )
    row = found.filter(uuid=key).first()
    if row is None:
        raise Http404
    return row


@require_http_methods(["GET", "POST"])
@once
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The page of an appeal; POST decides it."""
    row = visible(request.user, key)
    if request.method == "POST":
        return _decide(request, row)
    return page(request, row, DecideForm())


def _decide(request: StaffRequest, row: Appeal) -> HttpResponse:
    step = states.step("decide")
    if refused := rules.refusal(request.user, step, row.round):
        raise NotAllowed("appraisal_not_allowed", refused)
    form = DecideForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            appraisals.decide(
                appeal=row, upheld=data["upheld"] == "yes", decision=data["decision"], by=request.user, at=clock.now()
            )  # fmt: skip
        except Conflict as error:
            messages.warning(request, error.message)
            return page(request, visible(request.user, row.uuid), DecideForm(), status=409)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "已裁定，理由随成绩单公开，申诉单位已收到通知。")
            return links.see_other("desk:appraisal-appeal", row.uuid)
    return page(request, row, form, status=422, key=request.POST.get("key", ""))


def page(
    request: StaffRequest, row: Appeal, form: DecideForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The facts of the line, both sides, and the form for those who may decide."""
    person, where = request.user, row.round
    events = appraisal_lines.happened(person, row.events)
    book = appraisal_lines.described(where.book)
    sheet = Sheet.objects.visible_to(person).filter(round=where, subject=row.subject).first()
    may_decide, party = row.state == states.OPEN and rules.may(person, "decide", where), None
    if may_decide:
        party = rules.decision_refusal(person, row, queries.vouchers_of(row.events))
    name = sheet.name if sheet else row.unit.label if row.unit else row.subject
    context = {
        "appeal": row, "where": where, "form": form, "sheet": sheet, "name": name, "events": list(events.values()),
        "rule": book.rule(row.rule) if book else None, "formula": wording.plainly(row.formula), "may_decide": may_decide,
        "party": party, "may_withdraw": row.state == states.OPEN and row.filed_by_id == person.pk and where.state == states.SHOWN,
        "reads_all": queries.reads_all(person, where),
    }  # fmt: skip
    return render(request, "desk/appraisals/appeal.html", context | more, status=status)


@require_POST
@once
def withdraw(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """撤回 one's own appeal."""
    row = visible(request.user, key)
    try:
        appraisals.withdraw_appeal(appeal=row, by=request.user, at=clock.now())
    except Conflict as error:
        messages.warning(request, error.message)
        return page(request, visible(request.user, key), DecideForm(), status=409)
    messages.success(request, "申诉已撤回。")
    return links.see_other("desk:appraisal-appeal", row.uuid)
