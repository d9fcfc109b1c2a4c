"""工作台账记录: filter, chips, columns, pages; print and export show exactly what is filtered.

With one kind chosen its own fields are columns too, so that the file is that kind's ledger as an office keeps it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import batched
from typing import Any

from django import forms
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from wenming.common import clock
from wenming.faces.desk import access, case_filter, links, list_export, paging, widgets
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.desk.case_filter import Chip
from wenming.faces.desk.work_home import READERS
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger.models import Account
from wenming.records.journals import queries, states, values
from wenming.records.journals.kinds import Kind
from wenming.records.journals.models import Journal, JournalQuerySet

SESSION = "work_columns"
MOST_PRINTED = 500
BATCH = 500
LATE = [("", "全部"), ("yes", "补录"), ("no", "按时")]


@dataclass(frozen=True)
class Column:
    """`cell` is what Excel gets: words, or a number; `kind` tells the page how to show it."""

    code: str
    label: str
    width: int
    cell: Callable[[Journal, "Names"], Any]
    kind: str = "text"


@dataclass(frozen=True)
class Names:
    """What rows need beside themselves: names and measures of accounts."""

    accounts: dict[str, Account]

    def counted(self, row: Journal) -> str:
        """「清运垃圾 12车、镇居干部 30人次」."""
        said = []
        for code, number in row.quantities.items():
            account = self.accounts.get(code)
            said.append(f"{account.name} {number}{account.measure}" if account else f"{code} {number}")
        return "、".join(said)


COLUMNS = [
    Column("day", "日期", 12, lambda row, _: f"{row.occurred_on:%Y-%m-%d}"),
    Column("title", "摘要", 28, lambda row, _: row.title, "link"),
    Column("kind", "类目", 14, lambda row, _: row.kind.name),
    Column("unit", "单位", 14, lambda row, _: row.unit.label),
    Column("counted", "记了什么数", 36, lambda row, names: names.counted(row), "words"),
    Column("place", "点位", 16, lambda row, _: row.place.name if row.place else ""),
    Column("party", "经办单位", 14, lambda row, _: row.party.label if row.party else ""),
    Column("state", "状态", 10, lambda row, _: row.state_label),
    Column("late", "补录", 18, lambda row, _: f"补录：{row.late_reason}" if row.late else ""),
    Column("by", "填报人", 10, lambda row, _: row.entered_by.name),
    Column("at", "填报时间", 16, lambda row, _: f"{clock.local(row.entered_at):%Y-%m-%d %H:%M}"),
    Column("way", "填报方式", 12, lambda row, _: row.get_way_display()),
    Column("ground", "更正冲销依据", 20, lambda row, _: row.ground, "words"),
]
USUAL = ("day", "title", "kind", "unit", "counted", "state", "by")
BY_CODE = {column.code: column for column in COLUMNS}


class FilterForm(parts.DeskForm):
    words = forms.CharField(label="摘要、单位里的词", required=False, max_length=100)
    kind = forms.ChoiceField(label="类目", required=False)
    group = forms.ChoiceField(label="分组", required=False)
    unit = forms.ChoiceField(label="单位（含下级）", required=False)
    state = forms.ChoiceField(
        label="状态", choices=[("", "已入账"), ("all", "全部"), *states.STATES], required=False
    )
    late = forms.ChoiceField(label="补录", choices=LATE, required=False)
    since = parts.day("日期从", required=False)
    until = parts.day("到", required=False)

    def __init__(self, data: QueryDict, *, kinds: list[Kind], units: list[Unit]) -> None:
        super().__init__(data)
        self.kinds = {kind.code: kind for kind in kinds}
        self.units = {str(unit.uuid): unit for unit in units}
        by_group = queries.grouped(kinds)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", "不限"), *((group, [(kind.code, kind.name) for kind in each]) for group, each in by_group),
        ]  # fmt: skip
        self.fields["group"].choices = [("", "不限"), *((group, group) for group, _ in by_group)]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "不限"), *parts.grouped(units)]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget = widgets.quick(field.widget)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", "结束日期早于开始日期，请对调。")
        return data

    @property
    def chosen(self) -> Kind | None:
        """The one kind that is filtered by."""
        self.is_valid()
        return self.kinds.get(self.cleaned_data.get("kind", ""))

    @property
    def filter(self) -> queries.Filter:
        """The filter; a field with an error filters nothing (and shows its error)."""
        self.is_valid()
        data = self.cleaned_data
        codes = [data["kind"]] if data.get("kind") else []
        if data.get("group") and not codes:
            codes = [code for code, kind in self.kinds.items() if kind.group == data["group"]]
        state = data.get("state") or states.ENTERED
        return queries.Filter(
            words=data.get("words", ""), codes=tuple(codes), unit=self.units.get(data.get("unit") or ""),
            state=() if state == "all" else (state,), since=data.get("since"), until=data.get("until"),
            late={"yes": True, "no": False}.get(data.get("late", "")),
        )  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a request asks of the records."""

    form: FilterForm
    found: JournalQuerySet
    columns: list[Column]
    names: Names
    at: datetime

    def cells(self, row: Journal) -> list[tuple[Column, Any]]:
        return [(column, column.cell(row, self.names)) for column in self.columns]


def ask(request: StaffRequest) -> Asked:
    """The records the person may see, filtered as the query says, with the columns chosen."""
    person, at = request.user, clock.now()
    form = FilterForm(request.GET, kinds=kinds_of(person, at), units=units_of(person))
    found = queries.rows(form.filter.apply(Journal.objects.visible_to(person)))
    names = Names({row.code: row for row in Account.objects.all()})
    return Asked(form, found, _columns(request.session.get(SESSION), form.chosen), names, at)


def kinds_of(person: Person, at: datetime) -> list[Kind]:
    """Kinds in use in the towns whose records the person may see."""
    towns = {unit.pk: unit for post in person.posts_now() if (unit := post.unit.town or post.unit)}
    found: dict[str, Kind] = {}
    for town in towns.values():
        found |= queries.kinds(town, clock.local_date(at))
    return list(found.values())


def units_of(person: Person) -> list[Unit]:
    found = access.units(person, P.LEDGER_READ, P.JOURNAL_MANAGE, P.JOURNAL_ENTER)
    return sorted(found, key=lambda unit: (parts.rank(unit), unit.path))


def _columns(codes: Sequence[str] | None, kind: Kind | None) -> list[Column]:
    """The chosen columns; with one kind its fields instead of the name of the kind."""
    chosen = [BY_CODE[code] for code in codes or USUAL if code in BY_CODE]
    if "title" not in {column.code for column in chosen}:
        chosen.insert(0, BY_CODE["title"])
    if kind is None:
        return chosen
    own = [
        Column(
            f"f-{field.code}", field.label, 14,
            lambda row, _, field=field: values.cell(field, row.fields.get(field.code)),  # type: ignore[misc]
            "number" if field.kind in states.COUNTABLE else "words" if field.kind == states.LONG else "text",
        )
        for field in kind.fields
        if field.code != kind.title
    ]  # fmt: skip
    first = [column for column in chosen if column.code in ("day", "title", "unit")]
    return [
        *first,
        *own,
        *(column for column in chosen if column not in first and column.code not in ("kind", "counted")),
    ]


def chips(form: FilterForm, query: QueryDict) -> list[Chip]:
    """The chosen filters, in the order of the bar."""
    form.is_valid()
    found = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if not value:
            continue
        words = str(value)
        if name == "unit":
            words = form.units[value].label
        elif name == "kind":
            words = form.kinds[value].name
        elif hasattr(field, "choices"):
            words = str(dict(field.choices).get(value, value))
        found.append(Chip(str(field.label), words, case_filter.without(query, name, str(value))))
    return found


@require_GET
@needs(*READERS)
def work_list(request: StaffRequest) -> HttpResponse:
    """The records, a page at a time."""
    asked = ask(request)
    page = paging.page(request, asked.found, 20)
    shown = {column.code for column in asked.columns}
    kind = asked.form.chosen
    mine = (
        {one.code for one in queries.for_person(request.user, clock.local_date(asked.at))} if kind else set()
    )
    context = {
        "form": asked.form, "page": page, "rows": [(row, asked.cells(row)) for row in page.object_list], "columns": asked.columns,
        "chips": chips(asked.form, request.GET), "query": case_filter.clean_query(request.GET), "sizes": paging.SIZES,
        "all_columns": [(column, column.code in shown) for column in COLUMNS], "kind": kind,
        "may_enter": kind is not None and kind.code in mine, "size": page.paginator.per_page,
    }  # fmt: skip
    return render(request, "desk/work/list.html", context)


@require_POST
@needs(*READERS)
def choose_columns(request: StaffRequest) -> HttpResponse:
    """Remember the columns for this log-in; without any the usual ones come back."""
    codes = [code for code in request.POST.getlist("column") if code in BY_CODE]
    request.session[SESSION] = [] if "usual" in request.POST else codes
    query = request.POST.get("query", "")
    return links.see_other(links.to("desk:work-list") + (f"?{query}" if query else ""))


@require_GET
@needs(*READERS)
def print_list(request: StaffRequest) -> HttpResponse:
    """The filtered list on A4, with a line for the signatures."""
    asked = ask(request)
    rows = list(asked.found[: MOST_PRINTED + 1])
    context = {
        "rows": [(row, asked.cells(row)) for row in rows[:MOST_PRINTED]], "columns": asked.columns, "now": asked.at,
        "chips": chips(asked.form, request.GET), "cut": len(rows) > MOST_PRINTED, "most": MOST_PRINTED,
        "query": case_filter.clean_query(request.GET), "name": _name(asked.form),
    }  # fmt: skip
    return render(request, "desk/work/print.html", context)


@require_GET
@needs(*READERS)
def export(request: StaffRequest) -> FileResponse:
    """The filtered list as an Excel file."""
    asked = ask(request)
    said = "；".join(f"{chip.label}：{chip.value}" for chip in chips(asked.form, request.GET))
    headings = [(column.label, column.width) for column in asked.columns]
    return list_export.answer(
        _name(asked.form), headings, _rows(asked), said=said, by=request.user, at=asked.at
    )


def _name(form: FilterForm) -> str:
    return f"{form.chosen.name}台账" if form.chosen else "工作台账"


def _rows(asked: Asked) -> Iterator[list[Any]]:
    for rows in batched(asked.found.iterator(BATCH), BATCH):
        for row in rows:
            yield [value if isinstance(value, Decimal) else str(value or "") for _, value in asked.cells(row)]
