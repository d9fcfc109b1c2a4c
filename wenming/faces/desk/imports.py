"""Importing tables at the desk: template, upload, 预检 with every error at once, confirmation."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked
from wenming.faces.desk import import_files
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people import importing as people
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places import importing as places
from wenming.ground.units import importing as units
from wenming.records.cases import importing as cases
from wenming.records.journals import importing as journals
from wenming.records.journals import states as ways

# Kind → (the room's importer, what it is called, who may, the list to go back to).
_KINDS: dict[str, tuple[Any, str, P, str]] = {
    "units": (units, "单位", P.UNITS_EDIT, "desk:unit-list"),
    "people": (people, "人员岗位", P.PEOPLE_EDIT, "desk:person-list"),
    "places": (places, "点位", P.PLACES_EDIT, "desk:place-list"),
    "cases": (cases, "问题清单", P.CASE_REGISTER, "desk:case-list"),
}
# Some 5 ms a row: more would keep the page, and on SQLite everybody else's saving, waiting too long.
MOST_ROWS = 2000
_SHOWN = 500
JOURNAL = "journal-"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Kind = tuple[Any, str, P, str]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="填好的表格",
        help_text=".xlsx、.xls 或 .csv，最多 20 MB、2,000 行；更多请分几次，或请管理员用命令行导入。",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv", "class": "form-control"}),
        error_messages={"required": "请选择填好的表格。"},
    )


def _kind(request: StaffRequest, name: str) -> Kind:
    """The importer of this kind. 404 for an unknown kind, 403 for whoever may not."""
    if name.startswith(JOURNAL):
        return _journal(request.user, name.removeprefix(JOURNAL))
    if name not in _KINDS:
        raise Http404
    if not request.user.may(_KINDS[name][2]):
        raise PermissionDenied
    return _KINDS[name]


def _journal(person: Person, code: str) -> Kind:
    """The importer of a kind of work log; 404 for a kind that the person does not enter."""
    found = journals.importer(person, code, on=clock.local_date(clock.now()))
    if found is None:
        raise Http404
    return found, f"{found.kind.name}台账", P.JOURNAL_ENTER, "desk:work-list"


@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest, kind: str) -> HttpResponse:
    """Step one: take the template, hand in the table. A file that is no table is refused at the field."""
    importer, label, _, back = _kind(request, kind)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = form.cleaned_data["file"]
            data = _data(file)
            _read(importer, data, file.name)
        except DomainError as error:
            refuse(form, error)
        else:
            token = import_files.keep(person=request.user, data=data, name=file.name)
            return redirect("desk:import-check", kind, token)
    context = {"form": form, "kind": kind, "label": label, "back": back, "template": importer.TEMPLATE}
    return render(request, "desk/imports/upload.html", context, status=422 if form.errors else 200)


@require_GET
def template(request: StaffRequest, kind: str) -> HttpResponse:
    """The empty table."""
    importer, label, _, _ = _kind(request, kind)
    return _file(sheets.template_file(importer.TEMPLATE), f"{label}导入模板.xlsx")


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: StaffRequest, kind: str, token: str) -> HttpResponse:
    """Step two: all errors as a table; step three: confirm. Every row is checked anew when it is written."""
    found = _kind(request, kind)
    importer, label, _, back = found
    kept = import_files.find(person=request.user, token=token)
    if kept is None:
        messages.error(request, "这份表格已经导入过，或者上传后超过一天；请重新上传。")
        return redirect("desk:import", kind)
    if kind.startswith(JOURNAL) and kept[1] == import_files.PASTED:
        importer.way = ways.PASTE
    checked = importer.check(_read(importer, *kept), by=request.user)
    refused = ""
    if request.method == "POST":
        try:
            return _write(request, found, kind, token, checked)
        except DomainError as error:
            refused = error.message
    faults = checked.in_order()
    context = {
        "kind": kind, "label": label, "back": back, "token": token, "checked": checked, "faults": faults[:_SHOWN],
        "hidden_faults": max(0, len(faults) - _SHOWN), "refused": refused, "file_name": kept[1],
    }  # fmt: skip
    return render(request, "desk/imports/check.html", context, status=422 if refused else 200)


@require_GET
def bad_rows(request: StaffRequest, kind: str, token: str) -> HttpResponse:
    """The wrong rows in the same template, red and with their reasons."""
    importer, label, _, _ = _kind(request, kind)
    kept = import_files.find(person=request.user, token=token)
    if kept is None:
        raise Http404
    checked = importer.check(_read(importer, *kept), by=request.user)
    return _file(sheets.given_back(checked), f"{label}有错的行.xlsx")


def _write(request: StaffRequest, found: Kind, kind: str, token: str, checked: Checked) -> HttpResponse:
    importer, label, _, back = found
    partial = request.POST.get("partial") == "1"
    if checked.faults and not (partial and checked.good):
        raise DomainError("import_faults", "表里还有错误，没有导入。请改好后重新上传，或者只导入没有错的行。")
    done = importer.run(checked, by=request.user, at=clock.now())
    import_files.drop(person=request.user, token=token)
    if done.told:
        # First passwords are shown here and nowhere else, so this one answer is a page and no redirect.
        context = {"label": label, "back": back, "done": done, "kind": kind}
        return render(request, "desk/imports/done.html", context)
    messages.success(request, f"{label}导入完成：{done}。")
    return redirect(back)


def _read(importer: Any, data: bytes, name: str) -> Checked:
    checked = sheets.read(data, name, importer.TEMPLATE)
    if len(checked.rows) > MOST_ROWS:
        raise DomainError(
            "import_long",
            f"有 {len(checked.rows):,} 行，网页上一次最多 {MOST_ROWS:,} 行；请分几次，或请管理员用命令行导入。",
            field="file",
        )
    return checked


def _data(file: Any) -> bytes:
    if file.size > sheets.LARGEST_BYTES:
        raise DomainError("sheet_large", "文件超过 20 MB，请拆成几个文件分别导入。", field="file")
    return bytes(file.read())


def _file(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=_XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
