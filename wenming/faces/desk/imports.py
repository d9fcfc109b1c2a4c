"""Importing tables at the desk: template, upload, 预检 with every error at once, confirmation."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked, Column, Row
from wenming.faces.desk import import_files, import_job, import_kinds, links
from wenming.faces.desk.import_kinds import Found
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.jobs import states

_SHOWN = 500
_PREVIEWED = 5
_HELP = ".xlsx、.xls 或 .csv，最多 20 MB、{:,} 行；更多请分几次，或请管理员用命令行导入。"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    file = forms.FileField(
        label="填好的表格",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv", "class": "form-control"}),
        error_messages={"required": "请选择填好的表格。"},
    )


@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest, kind: str) -> HttpResponse:
    """Step one: take the template, hand in the table. A file that is no table is refused at the field."""
    found = import_kinds.find(request.user, kind)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = form.cleaned_data["file"]
            data = _data(file)
            found.read(data, file.name)
        except DomainError as error:
            refuse(form, error)
        else:
            token = import_files.keep(person=request.user, data=data, name=file.name)
            return redirect("desk:import-check", kind, token)
    form.fields["file"].help_text = _HELP.format(found.most)
    context = {
        "form": form,
        "kind": kind,
        "label": found.label,
        "back": found.back,
        "template": found.importer.TEMPLATE,
    }
    return render(request, "desk/imports/upload.html", context, status=422 if form.errors else 200)


@require_GET
def template(request: StaffRequest, kind: str) -> HttpResponse:
    """The empty table."""
    found = import_kinds.find(request.user, kind)
    return _file(sheets.template_file(found.importer.TEMPLATE), f"{found.label}导入模板.xlsx")


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: StaffRequest, kind: str, token: str) -> HttpResponse:
    """Step two: all errors as a table; step three: confirm. Every row is checked anew when it is written."""
    if import_job.of(request.user, kind, token) is not None:
        return redirect("desk:import-progress", kind, token)
    kept = import_files.find(person=request.user, token=token)
    found = import_kinds.find(request.user, kind, kept[1] if kept else "")
    if kept is None:
        messages.error(request, import_job.GONE)
        return redirect("desk:import", kind)
    checked = found.importer.check(found.read(*kept), by=request.user)
    refused = ""
    if request.method == "POST":
        try:
            return _write(request, found, kind, token, checked)
        except DomainError as error:
            refused = error.message
    faults = checked.in_order()
    context = {
        "kind": kind, "label": found.label, "back": found.back, "token": token, "checked": checked, "faults": faults[:_SHOWN],
        "preview": _preview(checked), "hidden_faults": max(0, len(faults) - _SHOWN), "refused": refused, "file_name": kept[1].removesuffix(".csv") if kept[1] == import_files.PASTED else kept[1],
    }  # fmt: skip
    return render(request, "desk/imports/check.html", context, status=422 if refused else 200)


@require_GET
def bad_rows(request: StaffRequest, kind: str, token: str) -> HttpResponse:
    """The wrong rows in the same template, red and with their reasons."""
    kept = import_files.find(person=request.user, token=token)
    found = import_kinds.find(request.user, kind, kept[1] if kept else "")
    if kept is None:
        raise Http404
    checked = found.importer.check(found.read(*kept), by=request.user)
    return _file(sheets.given_back(checked), f"{found.label}有错的行.xlsx")


@never_cache
@require_GET
def progress(request: StaffRequest, kind: str, token: str) -> HttpResponse:
    """How far the worker is with a long table; the page asks again by itself until he has finished."""
    found = import_kinds.find(request.user, kind)
    job = import_job.of(request.user, kind, token)
    if job is None:
        raise Http404
    context = {
        "job": job, "kind": kind, "token": token, "label": found.label, "back": found.back,
        "total": job.total or job.payload["rows"], "running": job.state in states.OPEN and not job.said,
    }  # fmt: skip
    return render(request, "desk/imports/progress.html", context)


def _write(request: StaffRequest, found: Found, kind: str, token: str, checked: Checked) -> HttpResponse:
    """Write the table, or leave a long one to the worker. Raises DomainError."""
    partial = request.POST.get("partial") == "1"
    import_kinds.refuse_faults(checked, partial=partial)
    if found.batches and len(checked.good) > import_job.AT_ONCE:
        import_job.enqueue(
            person=request.user,
            kind=kind,
            token=token,
            partial=partial,
            rows=len(checked.good),
            at=clock.now(),
        )
        return links.see_other("desk:import-progress", kind, token)
    done = found.importer.run(checked, by=request.user, at=clock.now())
    import_files.drop(person=request.user, token=token)
    if done.told:
        # First passwords are shown here and nowhere else, so this one answer is a page and no redirect.
        context = {"label": found.label, "back": found.back, "done": done, "kind": kind}
        return render(request, "desk/imports/done.html", context)
    messages.success(request, f"{found.label}导入完成：{done}。")
    return redirect(found.back)


def _preview(checked: Checked) -> dict[str, Any]:
    """The first lines as they were understood, so that one sees a day in the wrong year before it is written."""
    rows = checked.good[:_PREVIEWED]
    columns = [
        column for column in checked.template.columns if any(row.texts.get(column.key) for row in rows)
    ]
    return {
        "titles": [column.title for column in columns],
        "rows": [(row.number, [_said(row, column) for column in columns]) for row in rows],
    }


def _said(row: Row, column: Column) -> str:
    value = row[column.key]
    if isinstance(value, date):
        return (
            clock.show_date(value) if value.year == clock.local_date(clock.now()).year else value.isoformat()
        )
    return f"{value:f}" if isinstance(value, Decimal) else row.texts.get(column.key, "")


def _data(file: Any) -> bytes:
    if file.size > sheets.LARGEST_BYTES:
        raise DomainError("sheet_large", "文件超过 20 MB，请拆成几个文件分别导入。", field="file")
    return bytes(file.read())


def _file(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=_XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
