"""Parts of the desk's forms: look, grouped units, terms, categories with a list of suggestions."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.calendar.arithmetic import UNIT_NAMES, Term, TermUnit
from wenming.ground.standards import queries as standards
from wenming.ground.standards.models import EventCategory
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit

TERM_UNITS = [(str(code), name) for code, name in UNIT_NAMES.items()]
EARLIEST, LATEST = date(1950, 1, 1), date(2150, 12, 31)
_LISTS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


class DeskForm(forms.Form):
    """A form in the look of the desk."""

    required_css_class = "is-required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)


def dress(field: forms.Field) -> None:
    """Give a field the class its widget wants."""
    widget = field.widget
    if isinstance(widget, _LISTS):
        return
    if isinstance(widget, forms.CheckboxInput):
        look = "form-check-input"
    elif isinstance(widget, forms.Select):
        look = "form-select"
    else:
        look = "form-control"
    widget.attrs.setdefault("class", look)


def text(
    label: str, *, rows: int = 0, required: bool = True, longest: int = 300, **more: Any
) -> forms.CharField:
    """A line, or `rows` lines of text."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, required=required, max_length=longest, widget=widget, **more)


def money(label: str, **more: Any) -> forms.CharField:
    """An amount of yuan that may be left empty. The deed reads it (`common.money.amount`) and says what is wrong."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=20, widget=widget, **more)


def choice(
    label: str, options: Iterable[tuple[str, str]], *, required: bool = True, **more: Any
) -> forms.ChoiceField:
    """A list to choose one from; nothing is chosen beforehand unless `initial` says so."""
    return forms.ChoiceField(label=label, choices=[("", "请选择"), *options], required=required, **more)


def day(label: str, *, required: bool = True, **more: Any) -> forms.DateField:
    """A day, typed or picked."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return Day(label=label, required=required, widget=widget, **more)


class Day(forms.DateField):
    """A day that can be reckoned with: no mistyped year at the end of all calendars."""

    def clean(self, value: Any) -> date | None:
        found: date | None = super().clean(value)
        if found is not None and not EARLIEST <= found <= LATEST:
            raise forms.ValidationError(f"请填 {EARLIEST.year} 年到 {LATEST.year} 年之间的日期。", code="far")
        return found


def term_value(label: str = "时限", *, required: bool = True, **more: Any) -> forms.DecimalField:
    """The number of a term."""
    widget = forms.NumberInput(attrs={"step": "any", "min": "0"})
    return forms.DecimalField(
        label=label, required=required, min_value=Decimal("0.01"), max_value=10_000, widget=widget, **more
    )


def term_unit(label: str = "单位", *, required: bool = True, **more: Any) -> forms.ChoiceField:
    """The unit of a term."""
    return forms.ChoiceField(label=label, choices=TERM_UNITS, required=required, **more)


def term_of(data: dict[str, Any]) -> Term | None:
    """The term typed into `term_value` and `term_unit`; None when left empty. Raises DomainError."""
    value = data.get("term_value")
    if value is None:
        return None
    try:
        return Term(value, TermUnit(data.get("term_unit") or TermUnit.WORK_DAY))
    except DomainError as error:
        error.field = "term_value"
        raise


def grouped(units: Iterable[Unit]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Units as options of a list, by kind."""
    found: dict[str, list[tuple[str, str]]] = {}
    names = dict(kinds.KINDS)
    for unit in units:
        found.setdefault(names[unit.kind], []).append((str(unit.uuid), unit.label))
    return list(found.items())


def may_lead(town: Unit) -> list[Unit]:
    """Units that a case of the town can be dispatched to: those of the town, and the county's departments."""
    own = Q(path__startswith=town.path) & ~Q(kind__in=[kinds.TOWN, kinds.COUNTY, kinds.OFFICE, kinds.GRID])
    beside = Q(parent_id=town.parent_id, kind__in=[kinds.DEPARTMENT, kinds.STATION, kinds.CONTRACTOR])
    found = Unit.objects.in_force().filter(own | beside if town.parent_id else own)
    return sorted(found, key=lambda unit: (-unit.depth, rank(unit), unit.path))


_ORDER = {code: place for place, (code, _) in enumerate(kinds.KINDS)}


def rank(unit: Unit) -> int:
    """Where the kind of the unit stands in lists."""
    return _ORDER[unit.kind]


def category_options(at: datetime) -> list[EventCategory]:
    """Categories that may be chosen now, for a datalist."""
    return standards.categories(clock.local_date(at))


def read_category(said: str, at: datetime) -> EventCategory:
    """The category meant by a code, 「代码 名称」 or a name. Raises DomainError with what to do."""
    said = said.strip()
    today = clock.local_date(at)
    head = said.split(maxsplit=1)[0] if said else ""
    if head.isdigit():
        return standards.category(head, today)
    for row in standards.categories(today):
        if said in (row.name, *row.aliases):
            return row
    found = standards.suggest(said, on=today, limit=3)
    likely = "、".join(f"{row.code} {row.name}" for row, _ in found)
    hint = f"您是不是要找：{likely}？" if likely else "请从列表里选一个。"
    raise DomainError("category_unknown", f"没有问题类别「{said}」，{hint}", field="category")
