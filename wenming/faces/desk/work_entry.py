"""记一条, 更正, 冲销: the forms that write work logs, and pasting a table from Excel or WPS."""

import csv
import io
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.common.sheets import Template, heading_at
from wenming.faces.desk import forms as parts
from wenming.faces.desk import import_files, links, photo_forms
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import key_of, once
from wenming.faces.kit.photos import Taken
from wenming.faces.kit.staff import StaffRequest
from wenming.faces.kit.work_form import WorkForm, like
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.records.journals import actions as journals
from wenming.records.journals import importing, queries, rules, states
from wenming.records.journals.kinds import Kind
from wenming.records.journals.models import Journal

MOST_PASTED = 2_000_000
# The choice field of kinds whose records are one thing on its way.
STAGE = "stage"


class EntryForm(WorkForm):
    """In the look of the desk."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            parts.dress(field)


class StrikeForm(parts.DeskForm):
    ground = parts.text(
        "依据", longest=200, help_text="例如「与 11 月 3 日一条重复」。记录留着，账上红字冲销。"
    )


class PasteForm(parts.DeskForm):
    text = forms.CharField(
        label="从 Excel、WPS 或微信复制的表格", max_length=MOST_PASTED, strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "wrap": "off"}),
        help_text="连表头一起粘贴；没有表头的，列的次序要和下面一样。日期可以不写年份；微信里的，一行一条，各项之间空一格。",
        error_messages={"required": "请先在 Excel 或 WPS 里复制表格，再粘贴到这里。"},
    )  # fmt: skip
    late_reason = parts.text(
        "补录原因",
        required=False,
        longest=200,
        help_text="补记以前的才填，对没写原因的表，全部行都用这一句。",
    )


def mine(person: Person, code: str) -> tuple[Kind, Unit]:
    """The kind and the town in whose books the person may enter it; 404 for any other."""
    today = clock.local_date(clock.now())
    for town in rules.books(person):
        kind = queries.kinds(town, today).get(code)
        if kind is not None and rules.reach(person, kind, town):
            return kind, town
    raise Http404


def visible(person: Person, key: uuid.UUID) -> Journal:
    """The record, if the person may see it; 404 otherwise."""
    try:
        return queries.get(person, key).get()
    except Journal.DoesNotExist:
        raise Http404 from None


@require_http_methods(["GET", "POST"])
@once
def enter(request: StaffRequest, code: str) -> HttpResponse:
    """The form of a kind; POST enters one record."""
    kind, town = mine(request.user, code)
    initial: dict[str, Any] = _like(request, kind)
    initial |= {name: request.GET[name] for name in ("occurred_on", "unit") if request.GET.get(name)}
    form = EntryForm(
        request.POST if request.method == "POST" else None, kind=kind, person=request.user, town=town,
        at=clock.now(), initial=initial,
    )  # fmt: skip
    taken = photo_forms.take(request, town=town)
    if request.method == "POST" and form.is_valid() and not taken.errors:
        try:
            made = _enter(form, taken, key_of(request))
        except DomainError as error:
            error.field = form.form_field(error.field)
            refuse(form, error)
        else:
            messages.success(request, f"已记账：{made}。")
            return _after(request, made)
    return _page(request, form, taken, f"记台账：{kind.name}", "记账")


def _like(request: StaffRequest, kind: Kind) -> dict[str, Any]:
    """照此再记: what an earlier record said; 接着记: the same thing one stage on, its numbers too."""
    key, stage = _key(request.GET.get("like", "")), request.GET.get("stage", "")
    if key is None:
        return {}
    old = visible(request.user, key)
    if old.code != kind.code:
        raise Http404
    on = {f"f_{STAGE}": stage} if stage else {}
    return like(old, kind, numbers=bool(stage)) | on


def _key(said: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(said) if said else None
    except ValueError:
        raise Http404 from None


def stages(kind: Kind, fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What may come after the stage that a record stands at: 摸排发现 → 已推送部门, 已解决."""
    options = next((each.options for each in kind.of_kind(states.CHOICE) if each.code == STAGE), ())
    codes = [code for code, _name in options]
    now = fields.get(STAGE)
    return list(options[codes.index(now) + 1 :]) if now in codes else []


def _enter(form: EntryForm, taken: Taken, key: uuid.UUID | None) -> Journal:
    data = form.cleaned_data
    return journals.enter(
        kind=form.kind.code, unit=form.chosen_unit, occurred_on=data["occurred_on"], fields=form.raw, by=form.person,
        at=clock.now(), key=key, photos=taken.photos, late_reason=data["late_reason"],
        decisions=form.resolutions() if form.kind.decisions else (), way=states.FORM,
    )  # fmt: skip


def _after(request: StaffRequest, made: Journal) -> HttpResponse:
    """The record, or the empty form again for the next one of the same day and unit."""
    if "again" not in request.POST:
        return links.see_other("desk:work-detail", made.uuid)
    same = urlencode({"occurred_on": made.occurred_on.isoformat(), "unit": str(made.unit.uuid)})
    return links.see_other(f"{reverse('desk:work-enter', args=[made.code])}?{same}")


@require_http_methods(["GET", "POST"])
@once
def correct(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """更正: the form with what it says now; POST puts a new record in its place."""
    old = visible(request.user, key)
    if not rules.may_change(request.user, old):
        raise Http404
    form = EntryForm(
        request.POST if request.method == "POST" else None, kind=old.kind.read(), person=request.user, town=old.town,
        at=clock.now(), old=old,
    )  # fmt: skip
    taken = photo_forms.take(request, town=old.town)
    if request.method == "POST" and form.is_valid() and not taken.errors:
        data = form.cleaned_data
        try:
            made = journals.correct(
                journal=old, by=request.user, at=clock.now(), ground=data["ground"], fields=form.raw,
                unit=form.chosen_unit, occurred_on=data["occurred_on"], late_reason=data["late_reason"],
                photos=taken.photos, key=key_of(request),
            )  # fmt: skip
        except DomainError as error:
            error.field = form.form_field(error.field)
            refuse(form, error)
        else:
            messages.success(request, "已更正：原来的一条红字冲销，这一条代替它。")
            return links.see_other("desk:work-detail", made.uuid)
    return _page(request, form, taken, f"更正：{old}", "更正", back=links.to("desk:work-detail", old.uuid))


@require_http_methods(["GET", "POST"])
@once
def strike(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """冲销 with a ground."""
    row = visible(request.user, key)
    if not rules.may_change(request.user, row):
        raise Http404
    form = StrikeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            journals.strike(journal=row, by=request.user, at=clock.now(), ground=form.cleaned_data["ground"])
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "已冲销，账上同时红字冲回。")
            return links.see_other("desk:work-detail", row.uuid)
    context = {
        "form": form, "title": f"冲销：{row}", "back": links.to("desk:work-detail", row.uuid), "submit": "冲销",
        "careful": True, "key": request.POST.get("key", ""),
        "hint": "没有这件事，或者记了两次的才冲销；数字、日期记错的请用「更正」。",
    }  # fmt: skip
    return render(request, "desk/ground_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def paste(request: StaffRequest, code: str) -> HttpResponse:
    """A table copied from a sheet becomes an upload, and goes through the same 预检."""
    kind, town = mine(request.user, code)
    form = PasteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = as_table(form.cleaned_data["text"], importing.template(kind), form.cleaned_data["late_reason"])
        token = import_files.keep(person=request.user, data=data, name=import_files.PASTED)
        return links.see_other("desk:import-check", f"journal-{kind.code}", token)
    columns = importing.template(kind).columns
    context = {"form": form, "kind": kind, "columns": columns, "town": town}
    return render(request, "desk/work/paste.html", context, status=422 if form.errors else 200)


def as_table(text: str, template: Template, late_reason: str = "") -> bytes:
    """Pasted cells as a CSV; the titles are put above them when none of the first lines is a heading. `late_reason`
    is that of all lines, unless the table has a column for it."""
    lines = _cells(text.replace("\r\n", "\n").strip("\n"))
    heading = heading_at(lines, template)
    if heading is None:
        width = max((len(line) for line in lines), default=0)
        lines.insert(0, [column.title for column in template.columns[:width]])
        heading = 0
    title = template.column("late_reason").title
    if late_reason and title not in lines[heading]:
        width = max(len(line) for line in lines[heading:])
        for place in range(heading, len(lines)):
            if any(lines[place]):
                blanks = [""] * (width - len(lines[place]))
                lines[place] = [*lines[place], *blanks, title if place == heading else late_reason]
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def _cells(text: str) -> list[list[str]]:
    """Sheets part their cells by tabs. What comes from a chat has bars, commas or blanks between them."""
    if "\t" in text:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    marks = next((mark for mark in ("|", "｜", ",", "，") if all(mark in line for line in lines)), None)
    return [[cell.strip() for cell in line.strip("|｜").split(marks)] for line in lines]


def _page(
    request: StaffRequest, form: EntryForm, taken: Taken, title: str, submit: str, *, back: str = ""
) -> HttpResponse:
    context = {
        "form": form, "kind": form.kind, "taken": taken, "title": title, "submit": submit, "old": form.old,
        "back": back or links.to("desk:work-home"), "key": request.POST.get("key", ""), "places": form.place_options,
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/work/enter.html", context, status=status)
