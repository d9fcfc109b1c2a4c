"""The filter bar of the case ledger: what was typed → a `cases.queries.Filter`, and chips to take it off again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from django import forms
from django.db.models import F
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from wenming.common import clock
from wenming.faces.desk import forms as parts
from wenming.faces.desk import widgets
from wenming.faces.kit.forms import offer
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.cases import queries, states
from wenming.records.cases.models import CaseQuerySet

SIZES = [20, 50, 100]
SORTS = [("", "最新上报在前"), ("due", "期限最近在前")]


class FilterForm(parts.DeskForm):
    words = forms.CharField(label="编号、地点、词", required=False, max_length=100)
    state = forms.MultipleChoiceField(
        label="状态", choices=states.STATES, required=False, widget=forms.CheckboxSelectMultiple
    )
    unit = forms.ChoiceField(label="所在单位", required=False)
    lead = forms.ChoiceField(label="责任单位", required=False)
    category = forms.CharField(label="类别或大类", required=False, max_length=60)
    source = forms.MultipleChoiceField(
        label="来源", choices=states.SOURCES, required=False, widget=forms.CheckboxSelectMultiple
    )
    path = forms.ChoiceField(label="整改方式", choices=[("", "不限"), *states.PATHS], required=False)
    light = forms.ChoiceField(label="灯", choices=[("", "不限"), *queries.LIGHTS], required=False)
    since = parts.day("上报日期从", required=False)
    until = parts.day("到", required=False)
    only = forms.ChoiceField(label="只看", choices=[("", "全部"), *queries.ONLY], required=False)
    place = forms.ModelChoiceField(
        Place.objects.all(), to_field_name="uuid", required=False, widget=forms.HiddenInput
    )

    def __init__(self, data: QueryDict, *, units: list[Unit], at: datetime) -> None:
        super().__init__(data)
        self.at = at
        self.units = {str(unit.uuid): unit for unit in units}
        ground = [unit for unit in units if unit.kind in kinds.TERRITORIAL]
        for name, rows in (("unit", ground), ("lead", units)):
            offer(self, name, [("", "不限"), *parts.grouped(rows)])
        for field in self.fields.values():
            field.widget = widgets.quick(field.widget)
        self.fields["category"].widget.attrs |= {"list": "categories", "autocomplete": "off"}

    @property
    def near(self) -> list[Unit]:
        """Every unit that the form offers: most cases of its list lie there."""
        return list(self.units.values())

    def clean_category(self) -> str:
        """A class or category code, or the name of either."""
        said = str(self.cleaned_data["category"]).strip()
        head = said.split(maxsplit=1)[0] if said else ""
        if not head or head.isdigit():
            return head
        for row in parts.category_options(self.at):
            if said == row.class_name:
                return row.class_code
            if said == row.name:
                return row.code
        raise forms.ValidationError(f"没有类别「{said}」，请从列表里选，或填代码。")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", "结束日期早于开始日期，请对调。")
        return data

    @property
    def filter(self) -> queries.Filter:
        """The filter; a field with an error filters nothing (and shows its error)."""
        self.is_valid()
        data = self.cleaned_data
        since, until = data.get("since"), data.get("until")
        place = data.get("place")
        return queries.Filter(
            words=data.get("words", ""), state=tuple(data.get("state") or ()), unit=self.units.get(data.get("unit") or ""),
            lead=self.units.get(data.get("lead") or ""), category=data.get("category", ""),
            source=tuple(data.get("source") or ()), path=data.get("path", ""), light=data.get("light", ""),
            since=clock.at_local(since) if since else None,
            until=clock.at_local(until + timedelta(days=1)) if until else None,
            place=place.pk if place else None, only=data.get("only", ""),
        )  # fmt: skip


@dataclass(frozen=True)
class Chip:
    """One chosen filter: its words, and the query without it."""

    label: str
    value: str
    without: str


def chips(form: FilterForm, query: QueryDict) -> list[Chip]:
    """The chosen filters, in the order of the bar."""
    form.is_valid()
    found = []
    for name, field in form.fields.items():
        chosen = form.cleaned_data.get(name)
        for value in chosen if isinstance(chosen, list) else [chosen] if chosen else []:
            found.append(Chip(str(field.label), _word(form, name, value), without(query, name, str(value))))
    return found


def _word(form: FilterForm, name: str, value: Any) -> str:
    if name in ("unit", "lead"):
        return form.units[value].label
    if name == "category":
        return _category_word(form, str(value))
    options = dict(getattr(form.fields[name], "choices", ())) if name not in ("place",) else {}
    return str(options.get(value, value))


def _category_word(form: FilterForm, code: str) -> str:
    for row in parts.category_options(form.at):
        if row.code == code:
            return f"{code} {row.name}"
        if row.class_code == code:
            return f"{code} {row.class_name}"
    return code


def without(query: QueryDict, name: str, value: str) -> str:
    rest = query.copy()
    rest.pop("page", None)
    many = [one for one in rest.getlist(name) if one != value]
    if many and len(rest.getlist(name)) > 1:
        rest.setlist(name, many)
    else:
        rest.pop(name, None)
    return rest.urlencode()


def clean_query(query: QueryDict) -> str:
    """The chosen filters as a query, without page and empty values: for export, print and the columns form."""
    rest = query.copy()
    for name in list(rest):
        kept = [value for value in rest.getlist(name) if value]
        if name == "page" or not kept:
            rest.pop(name)
        else:
            rest.setlist(name, kept)
    return rest.urlencode()


def category_options(form: FilterForm) -> SafeString:
    """Classes and categories as options of the list beside the field."""
    rows = parts.category_options(form.at)
    classes = {row.class_code: row.class_name for row in rows}
    made = [f'<option value="{escape(f"{code} {name}")}">大类</option>' for code, name in classes.items()]
    made += [f'<option value="{escape(f"{row.code} {row.name}")}"></option>' for row in rows]
    return mark_safe("".join(made))  # noqa: S308 - every piece has been escaped


def units_of(person: Person) -> list[Unit]:
    """Units the person can filter by: all he may read cases of, without grids. One statement."""
    found = Unit.objects.in_paths(person.paths(P.CASE_READ)).exclude(kind=kinds.GRID)
    return sorted(found, key=lambda unit: (parts.rank(unit), unit.path))


def sort(found: CaseQuerySet, order: str) -> CaseQuerySet:
    """In the chosen order; cases without a deadline come last."""
    if order == "due":
        return found.order_by(F("due_at").asc(nulls_last=True), "-reported_at", "-id")
    return found
