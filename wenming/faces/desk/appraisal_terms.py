"""考核参数: facts about units that a book asks for and no record tells, each in force from a day on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.faces.desk import access, links, paging
from wenming.faces.desk import forms as parts
from wenming.faces.desk.appraisal_forms import towns_of
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import states
from wenming.outcomes.appraisals.models import RuleBook, Term
from wenming.outcomes.scoring import describe
from wenming.outcomes.scoring.faults import BadInput


def asked(towns: list[Unit]) -> dict[str, str]:
    """Names of the facts that the adopted and drafted books of the towns ask for, with their words."""
    found: dict[str, str] = {}
    for row in (
        RuleBook.objects.filter(town__in=towns).exclude(state=states.RETIRED).order_by("in_force", "pk")
    ):
        try:
            found |= {each.name: each.label for each in describe.asked(row.book)}
        except (BadInput, DomainError):
            continue
    return found


class TermForm(parts.DeskForm):
    unit = forms.ChoiceField(label="单位")
    name = forms.ChoiceField(label="项目", help_text="规则书要的数；没有列出的，先把规则书存成草稿。")
    value = forms.DecimalField(label="数值", max_digits=14, decimal_places=2)
    from_date = parts.day("从哪天起", help_text="以这天以后开始的考核期为准，以前的照旧。")
    ground = parts.text("依据", longest=200, help_text="例如合同第几条、哪份文件。")

    def __init__(self, *args: Any, towns: list[Unit], names: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Unit.objects.in_paths([town.path for town in towns]).in_force().filter(kind__in=kinds.GROUPS)
        self.units = {str(unit.uuid): unit for unit in found.order_by("path")}
        self.fields["unit"].choices = [("", "请选择"), *parts.grouped(self.units.values())]  # type: ignore[attr-defined]
        self.fields["name"].choices = [("", "请选择"), *names.items()]  # type: ignore[attr-defined]


@require_GET
@access.needs(P.SCORE_MANAGE)
def term_list(request: StaffRequest) -> HttpResponse:
    """Everything that is registered, the value in force today first."""
    towns = towns_of(request.user, P.SCORE_MANAGE)
    found = Term.objects.filter(unit__in=Unit.objects.in_paths([town.path for town in towns])).select_related(
        "unit", "set_by"
    )
    page = paging.page(request, found.order_by("unit__path", "name", "-from_date"), 50)
    names = asked(towns)
    rows, seen = [], set()
    today = clock.local_date(clock.now())
    for term in page:
        now = term.from_date <= today and (term.unit_id, term.name) not in seen
        if now:
            seen.add((term.unit_id, term.name))
        rows.append((term, names.get(term.name, ""), now))
    return render(request, "desk/appraisals/terms.html", {"page": page, "rows": rows, "names": names})


@require_http_methods(["GET", "POST"])
@access.needs(P.SCORE_MANAGE)
@once
def term_new(request: StaffRequest) -> HttpResponse:
    """登记 one fact."""
    towns = towns_of(request.user, P.SCORE_MANAGE)
    posted = request.method == "POST"
    names = asked(towns)
    first = {"unit": request.GET.get("unit", ""), "name": request.GET.get("name", "")}
    form = TermForm(request.POST if posted else None, towns=towns, names=names, initial=first)
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            row = appraisals.set_term(
                unit=form.units[data["unit"]], name=data["name"], value=data["value"], from_date=data["from_date"],
                ground=data["ground"], by=request.user, at=clock.now(),
            )  # fmt: skip
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(
                request,
                f"已登记「{row.unit.label}」的{names.get(row.name, row.name)}。还没有公示的考核期请重新计算。",
            )
            return links.see_other("desk:appraisal-terms")
    context = {"form": form, "title": "登记考核参数", "submit": "登记", "back": links.to("desk:appraisal-terms"), "key": request.POST.get("key", ""),
               "hint": "" if names else "现在的规则书都不要参数。"}  # fmt: skip
    return render(request, "desk/ground_form.html", context, status=422 if posted else 200)
