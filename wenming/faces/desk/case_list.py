"""问题台账: filter, chips, columns, pages; print and export show exactly what is filtered."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET, require_POST

from wenming.common import clock
from wenming.faces.desk import case_cells, case_columns, case_export, case_filter, links
from wenming.faces.desk.case_columns import Column
from wenming.faces.desk.case_filter import FilterForm
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.records.cases import queries
from wenming.records.cases.models import Case, CaseQuerySet

COLUMNS_IN_SESSION = "case_columns"
MOST_PRINTED = 500
BATCHES = [("register", "批量立案", P.CASE_REGISTER), ("dispatch", "批量派遣", P.CASE_DISPATCH),
           ("accept", "批量核查通过", P.CASE_VERIFY)]  # fmt: skip


class Counted(Paginator):  # type: ignore[type-arg]
    """Counts at most COUNT_LIMIT rows, so that a page of a hundred thousand costs no more."""

    @cached_property
    def counted(self) -> tuple[int, bool]:
        return queries.count(self.object_list)  # type: ignore[arg-type]

    @property
    def count(self) -> int:
        return self.counted[0]

    @property
    def total(self) -> str:
        """「共 46 条」, 「共 10000 条以上」."""
        number, more = self.counted
        return f"共 {number} 条" + ("以上" if more else "")


@dataclass(frozen=True)
class Asked:
    """What a request asks of the ledger."""

    form: FilterForm
    found: CaseQuerySet
    columns: list[Column]


def ask(request: StaffRequest) -> Asked:
    """The cases the person may see, filtered and sorted as the query says, with the columns chosen."""
    person = reader(request)
    now = clock.now()
    form = FilterForm(request.GET, units=case_filter.units_of(person), at=now)
    columns = case_columns.chosen(request.session.get(COLUMNS_IN_SESSION))
    found = form.filter.apply(Case.objects.visible_to(person), now)
    found = case_filter.sort(queries.newest(found), request.GET.get("sort", ""))
    return Asked(form, case_columns.prepare(found, columns), columns)


def reader(request: StaffRequest) -> Person:
    """The person, if he may read cases at all (a 403 otherwise)."""
    person = request.user
    if not (person.may(P.CASE_READ) or person.may(P.CASE_READ_OWN)):
        raise PermissionDenied
    return person


@require_GET
def case_list(request: StaffRequest) -> HttpResponse:
    """The ledger, a page at a time."""
    asked = ask(request)
    now = asked.form.at
    size = next((one for one in case_filter.SIZES if str(one) == request.GET.get("size")), 20)
    page = Counted(asked.found, size).get_page(request.GET.get("page"))
    frame = _frame(request.user, asked)
    rows = case_columns.table(list(page.object_list), asked.columns, now, asked.form.near)
    context = {
        "form": asked.form, "page": page, "rows": rows, "columns": asked.columns,
        "body": case_cells.body(rows, start=page.start_index(), pick=bool(frame["batches"])),
        "chips": case_filter.chips(asked.form, request.GET), "size": size,
        "query": case_filter.clean_query(request.GET), **frame,
    }  # fmt: skip
    return render(request, "desk/cases/list.html", context)


def _frame(person: Any, asked: Asked) -> dict[str, Any]:
    shown = {column.code for column in asked.columns}
    return {
        "batches": [(code, label) for code, label, need in BATCHES if person.may(need)],
        "may_report": person.may(P.CASE_REPORT),
        "import_url": links.to("desk:import", "cases") if person.may(P.CASE_REGISTER) else "",
        "head": case_cells.head(asked.columns),
        "all_columns": case_cells.choice(case_columns.COLUMNS, shown),
        "categories": case_filter.category_options(asked.form),
        "sizes": case_filter.SIZES,
        "sorts": case_filter.SORTS,
    }


@require_POST
def choose_columns(request: StaffRequest) -> HttpResponse:
    """Remember the columns for this log-in; without any the usual ones come back."""
    reader(request)
    codes = [code for code in request.POST.getlist("column") if code in case_columns.BY_CODE]
    request.session[COLUMNS_IN_SESSION] = [] if "usual" in request.POST else codes
    query = request.POST.get("query", "")
    return links.see_other(links.to("desk:case-list") + (f"?{query}" if query else ""))


@require_GET
def print_list(request: StaffRequest) -> HttpResponse:
    """The filtered list on A4, with a line for the signatures."""
    asked = ask(request)
    now = asked.form.at
    cases = list(asked.found[: MOST_PRINTED + 1])
    context = {
        "rows": case_columns.table(cases[:MOST_PRINTED], asked.columns, now, asked.form.near), "columns": asked.columns, "now": now,
        "chips": case_filter.chips(asked.form, request.GET), "cut": len(cases) > MOST_PRINTED, "most": MOST_PRINTED,
        "query": case_filter.clean_query(request.GET),
    }  # fmt: skip
    return render(request, "desk/cases/print.html", context)


@require_GET
def export(request: StaffRequest) -> FileResponse:
    """The filtered list as an Excel file."""
    asked = ask(request)
    chips = case_filter.chips(asked.form, request.GET)
    return case_export.answer(asked.found, asked.columns, chips, by=reader(request), at=asked.form.at)
