"""接收上级清单: upload the county's list, say once which column is what, look at the cases it would become, confirm."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked, Foreign
from wenming.faces.desk import forms as parts
from wenming.faces.desk import import_files, links
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ground.units import queries as unit_queries
from wenming.ground.units.models import Unit
from wenming.records.cases.models import Case
from wenming.records.journals import takeover
from wenming.records.journals.models import SuperiorList
from wenming.records.journals.takeover import Cover

SHOWN_FAULTS = 300
SHOWN_ROWS = 100
PREVIEW = 6
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CoverForm(parts.DeskForm):
    """What is asked once for the whole list."""

    sender = parts.text(
        "来文单位", longest=60, help_text="例如「平川县创城办」。同一单位的清单，列的对应会记住。"
    )
    title = parts.text(
        "清单名称", longest=120, required=False, help_text="例如「《创城周报》第 12 期」；不填用文件名。"
    )
    source = forms.ChoiceField(label="问题来源", choices=takeover.SOURCES, initial="county")
    received_on = parts.day("清单日期", help_text="清单里没有发现日期的，按这一天算。")
    unit = forms.ChoiceField(label="没写社区的记在", help_text="清单里认不出社区的问题，先记在这里。")
    split = forms.BooleanField(
        label="一格里写了（1）（2）（3）几个问题的，拆成几件", required=False, initial=True
    )

    def __init__(self, *args: Any, town: Unit, **kwargs: Any) -> None:
        self.town = town
        super().__init__(*args, **kwargs)
        found = [town, *unit_queries.residential(town).select_related("town")]
        self.units = {str(unit.uuid): unit for unit in found}
        self.fields["unit"].choices = parts.grouped(found)  # type: ignore[attr-defined]
        self.fields["sender"].widget.attrs |= {"list": "senders", "autocomplete": "off"}

    def cover(self) -> Cover:
        data = self.cleaned_data
        return Cover(
            town=self.town, sender=data["sender"].strip(), title=data["title"].strip(), source=data["source"],
            received_on=data["received_on"], unit=self.units[data["unit"]], split=data["split"],
        )  # fmt: skip


class FileForm(CoverForm):
    file = forms.FileField(
        label="清单文件", help_text=".xlsx、.xls、.csv，或者表格在里面的 .docx，最多 20 MB。", allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.docx"}),
        error_messages={"required": "请选择上级发来的清单。"},
    )  # fmt: skip


def town_of(person: Person) -> Unit:
    """The town for which the person takes lists over; a 403 for whoever registers no cases."""
    town = person.town
    if town is None or town.kind != "town" or not person.may(P.CASE_REGISTER, town):
        raise PermissionDenied
    return town


@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """Step one: the file, and where it comes from. Below it the lists that were taken over before."""
    town = town_of(request.user)
    today = clock.local_date(clock.now())
    form = FileForm(
        request.POST or None,
        request.FILES or None,
        town=town,
        initial={"received_on": today, "unit": str(town.uuid), "sender": _usual_sender(town)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            file = form.cleaned_data["file"]
            if file.size > sheets.LARGEST_BYTES:
                raise DomainError("sheet_large", "文件超过 20 MB，请只留问题清单那张表再上传。", field="file")
            data = bytes(file.read())
            sheets.open_foreign(data, file.name)
        except DomainError as error:
            refuse(form, error)
        else:
            token = import_files.keep(person=request.user, data=data, name=file.name)
            kept = {name: request.POST.get(name, "") for name in CoverForm.base_fields}
            kept["title"] = kept["title"].strip() or file.name.rpartition(".")[0][:120] or file.name[:120]
            return redirect(f"{links.to('desk:takeover-map', token)}?{urlencode(kept)}")
    lists = SuperiorList.objects.filter(town=town).select_related("entered_by").order_by("-entered_at")[:30]
    context = {"form": form, "senders": takeover.senders(town), "lists": lists}
    return render(request, "desk/takeover/upload.html", context, status=422 if form.errors else 200)


def _usual_sender(town: Unit) -> str:
    """Who sent the last list; for the first one the county's office."""
    last = (
        SuperiorList.objects.filter(town=town)
        .order_by("-entered_at")
        .values_list("sender", flat=True)
        .first()
    )
    return last or (f"{town.parent.label}创城办" if town.parent else "")


@require_GET
def mapping(request: StaffRequest, token: str) -> HttpResponse:
    """Step two: which column is what. What was said last time for the sender stands there already."""
    town = town_of(request.user)
    kept = import_files.find(person=request.user, token=token)
    form = CoverForm(request.GET, town=town)
    if kept is None or not form.is_valid():
        return _gone(request)
    tables = sheets.open_foreign(*kept)
    table, number, heading = _table(request.GET, tables)
    known = takeover.remembered(town, form.cleaned_data["sender"])
    likely = sheets.likely_columns(table, heading, takeover.TEMPLATE, known or None)
    if known and not likely:
        likely = sheets.likely_columns(table, heading, takeover.TEMPLATE)
    headings = table.texts(heading)
    columns = [
        {"at": at, "heading": text or f"第 {at + 1} 列", "key": likely.get(at, ""),
         "samples": [said for row in range(heading + 1, len(table.cells)) if (said := table.texts(row)[at])][:3]}
        for at, text in enumerate(headings)
    ]  # fmt: skip
    preview = [table.texts(row) for row in range(min(len(table.cells), heading + PREVIEW + 1))]
    context = {
        "form": form, "token": token, "file_name": kept[1], "tables": [(n, one.name) for n, one in enumerate(tables)],
        "table": number, "heading": heading + 1, "columns": columns, "targets": takeover.TARGETS, "preview": preview,
        "cover": form.cover(), "remembered": bool(known), "hidden": [(name, request.GET.get(name, "")) for name in CoverForm.base_fields],
    }  # fmt: skip
    return render(request, "desk/takeover/map.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: StaffRequest, token: str) -> HttpResponse:
    """Step three: what each line becomes, all faults; POST takes the good lines over."""
    found = _read(request, token)
    if found is None:
        return _gone(request)
    form, table, heading, columns, name = found
    cover, now = form.cover(), clock.now()
    try:
        checked = takeover.check(
            table, heading=heading, columns=columns, cover=cover, by=request.user, at=now
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(f"{links.to('desk:takeover-map', token)}?{request.GET.urlencode()}")
    refused = ""
    if request.method == "POST":
        try:
            texts = table.texts(heading)
            remembered = {texts[at]: key for at, key in columns.items() if texts[at]}
            return _take(request, checked, cover, remembered, token)
        except DomainError as error:
            refused = error.message
    faults = checked.in_order()
    names = {row.code: row.name for row in standards.categories(clock.local_date(now))}
    rows = [
        # A row is read by column, so its number is told here and not looked up by the page.
        {"line": row.number, "category": names.get(row.found["category"], ""), "unit": row.found["unit"],
         "where": place.name if (place := row.found.get("place")) else row.text("place"), "description": row.text("description"),
         "deadline": row.text("deadline"), "lead": row.found.get("lead"), "term": row.found.get("term"),
         "note": row.found.get("note", "")}
        for row in checked.good[:SHOWN_ROWS]
    ]  # fmt: skip
    context = {
        "checked": checked, "rows": rows, "more": max(0, len(checked.good) - SHOWN_ROWS), "faults": faults[:SHOWN_FAULTS],
        "hidden_faults": max(0, len(faults) - SHOWN_FAULTS), "refused": refused, "file_name": name, "cover": cover,
        "query": request.GET.urlencode(), "token": token, "may_dispatch": takeover.may_dispatch(request.user, cover.town),
        "dispatchable": sum(row.found.get("lead") is not None for row in checked.good),
    }  # fmt: skip
    return render(request, "desk/takeover/check.html", context, status=422 if refused else 200)


@require_GET
def bad_rows(request: StaffRequest, token: str) -> HttpResponse:
    """The wrong lines as a filled template, with their reasons; it can be corrected and taken over again."""
    found = _read(request, token)
    if found is None:
        raise Http404
    form, table, heading, columns, _ = found
    checked = takeover.check(
        table, heading=heading, columns=columns, cover=form.cover(), by=request.user, at=clock.now()
    )
    response = HttpResponse(sheets.given_back(checked), content_type=XLSX)
    response.headers["Content-Disposition"] = (
        content_disposition_header(True, "清单里有错的行.xlsx") or "attachment"
    )
    return response


@require_GET
def taken(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One list that was taken over: every line with its case as it stands, to answer the sender by."""
    row = get_object_or_404(
        SuperiorList.objects.select_related("entered_by"), uuid=key, town=town_of(request.user)
    )
    lines = list(
        row.lines.select_related("case__unit", "case__lead_unit", "case__place").order_by("position", "pk")
    )
    seen = set(
        Case.objects.visible_to(request.user)
        .filter(pk__in=[line.case_id for line in lines])
        .values_list("pk", flat=True)
    )
    lines = [line for line in lines if line.case_id in seen]
    return render(request, "desk/takeover/list.html", {"row": row, "lines": lines, "now": clock.now()})


def _take(
    request: StaffRequest, checked: Checked, cover: Cover, columns: Mapping[str, str], token: str
) -> HttpResponse:
    """Take the good lines over; `columns` (heading → key) is remembered for the sender. Raises DomainError."""
    if checked.faults and not (request.POST.get("partial") == "1" and checked.good):
        raise DomainError(
            "import_faults", "清单里还有错误，没有接收。请改好后重新上传，或者只接收没有错的行。"
        )
    dispatch = request.POST.get("dispatch") == "1" and takeover.may_dispatch(request.user, cover.town)
    done = takeover.run(
        checked, cover=cover, columns=columns, by=request.user, at=clock.now(), dispatch=dispatch
    )
    import_files.drop(person=request.user, token=token)
    said = f"新增问题 {done.created} 件" + (f"，以前已有 {done.unchanged} 件" if done.unchanged else "")
    messages.success(request, f"已接收{cover.title}：{said}。")
    made = SuperiorList.objects.filter(town=cover.town, sender=cover.sender, title=cover.title)
    return links.see_other("desk:takeover-list", made.latest("entered_at").uuid)


def _read(request: StaffRequest, token: str) -> tuple[CoverForm, Foreign, int, dict[int, str], str] | None:
    """What the address says of the upload: cover, table, heading, columns, file name. None when it is gone."""
    town = town_of(request.user)
    kept = import_files.find(person=request.user, token=token)
    form = CoverForm(request.GET, town=town)
    if kept is None or not form.is_valid():
        return None
    table, _, heading = _table(request.GET, sheets.open_foreign(*kept))
    keys = {key for key, _ in takeover.TARGETS}
    columns: dict[int, str] = {}
    for at in range(table.width):
        key = request.GET.get(f"c{at}", "")
        if key in keys and key not in columns.values():
            columns[at] = key
    return form, table, heading, columns, kept[1]


def _table(query: QueryDict, tables: list[Foreign]) -> tuple[Foreign, int, int]:
    """The table asked for and its heading row (counted from 0); without being asked, the likeliest."""
    longest = max(range(len(tables)), key=lambda n: len(tables[n].cells))
    number = _number(query.get("table", ""), len(tables) - 1, longest)
    table = tables[number]
    likely = sheets.likely_heading(table, takeover.TEMPLATE)
    return table, number, _number(query.get("heading", ""), len(table.cells), likely + 1, first=1) - 1


def _number(said: str, last: int, usual: int, *, first: int = 0) -> int:
    return (
        int(said)
        if said.isascii() and said.isdigit() and len(said) < 7 and first <= int(said) <= last
        else usual
    )


def _gone(request: StaffRequest) -> HttpResponse:
    messages.error(request, "这份清单已经接收过，或者上传后超过一天；请重新上传。")
    return redirect("desk:takeover")
