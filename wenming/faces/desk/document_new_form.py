"""The form of a new document: what the kind wants to know, no more."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms

from wenming.common import clock
from wenming.faces.desk import forms as parts
from wenming.faces.kit.forms import offer
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards.models import PackVersion
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.records.journals.models import Journal

RANGE = "range"


def _this(period: Period) -> Period:
    return period


# Code, label, kind of the period, this one or the one before.
_OFFERED: list[tuple[str, str, str, Callable[[Period], Period]]] = [
    ("today", "今天", periods.DAY, _this),
    ("yesterday", "昨天", periods.DAY, periods.previous),
    ("week", "本周", periods.WEEK, _this),
    ("last-week", "上周", periods.WEEK, periods.previous),
    ("month", "本月", periods.MONTH, _this),
    ("last-month", "上月", periods.MONTH, periods.previous),
    ("custom", "本月报期（26日—25日）", periods.CUSTOM, _this),
    ("last-custom", "上月报期（26日—25日）", periods.CUSTOM, periods.previous),
    ("quarter", "本季度", periods.QUARTER, _this),
    ("last-quarter", "上季度", periods.QUARTER, periods.previous),
    ("half", "本半年", periods.HALF, _this),
    ("last-half", "上半年度", periods.HALF, periods.previous),
    ("year", "今年", periods.YEAR, _this),
    ("last-year", "去年", periods.YEAR, periods.previous),
]
# Where a kind does not say which periods it is about.
_USUAL = (periods.WEEK, periods.MONTH, periods.CUSTOM, RANGE)


def offered_periods(allowed: list[str]) -> list[tuple[str, str]]:
    """(code, label) of the periods of the kinds that are allowed, in the order of the calendar."""
    wanted = allowed or _USUAL
    found = [(code, label) for code, label, kind, _step in _OFFERED if kind in wanted]
    return [*found, *([(RANGE, "起止日期")] if RANGE in wanted else [])]


def period_of(code: str, today: date) -> Period:
    """The period a code means on a day."""
    kind, step = next((kind, step) for each, _label, kind, step in _OFFERED if each == code)
    return step(periods.of(kind, today))


def towns_of(person: Person) -> list[Unit]:
    """Towns (or the county) for which the person may draft."""
    found = Unit.objects.in_paths(person.paths(P.DOCUMENT_DRAFT)).in_force()
    return list(
        found.filter(kind__in=[kinds.TOWN, kinds.COUNTY]).select_related("parent", "town").order_by("path")
    )


def home_of(person: Person, towns: list[Unit], said: str = "") -> Unit | None:
    """The town written for: the one named by its key, one's own, or the first."""
    for town in towns:
        if str(town.uuid) == said:
            return town
    home = person.town
    if home is not None and home.pk in {town.pk for town in towns}:
        return next(town for town in towns if town.pk == home.pk)
    return towns[0] if towns else None


class _OneUnit(forms.RadioSelect):
    """Radio buttons that answer like a list of one, so that both kinds of choice are read the same way."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ARG002  the name is Django's
        return data.getlist(name)


class NewForm(parts.DeskForm):
    """Town, period, units and the questions of one kind."""

    kind = forms.CharField(widget=forms.HiddenInput)
    town = forms.ChoiceField(label="镇", widget=forms.HiddenInput)
    period = forms.ChoiceField(label="期间", widget=forms.RadioSelect)
    since = parts.day("起", required=False)
    until = parts.day("止", required=False)
    record = forms.ChoiceField(
        label="从工作台账写",
        required=False,
        help_text="选了就从那条记录取，下面没填的照它填；填了的以填的为准。",
    )
    units = forms.MultipleChoiceField(label="单位", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self,
        *args: Any,
        towns: list[Unit],
        home: Unit | None,
        pack: PackVersion,
        code: str,
        offered: list[Journal],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.pack = pack
        facts = pack.facts
        self.fields["kind"].initial = code
        self.towns = {str(town.uuid): town for town in towns}
        offer(self, "town", [(key, town.name) for key, town in self.towns.items()])
        self.fields["town"].initial = str(home.uuid) if home else None
        choices = offered_periods(facts["periods"])
        offer(self, "period", choices)
        self.fields["period"].initial = choices[0][0]
        self.ranged = any(code == RANGE for code, _label in choices)
        if not self.ranged:
            del self.fields["since"], self.fields["until"]
        self.records = {str(row.uuid): row for row in offered}
        if facts.get("record"):
            said = [
                (key, f"{clock.show_date(row.occurred_on)}　{row.title}") for key, row in self.records.items()
            ]
            offer(self, "record", [("", "不从台账写"), *said])
        else:
            del self.fields["record"]
        self._offer_units(home, facts["units"])
        for ask in facts["asks"]:
            self.fields[f"ask_{ask['key']}"] = _question(ask)

    def _offer_units(self, home: Unit | None, wanted: str) -> None:
        """Units of the town; of a county, its towns and the units directly below it."""
        self.offered: dict[str, Unit] = {}
        if home is not None:
            found = Unit.objects.below(home).in_force().filter(kind__in=kinds.GROUPS).order_by("path")
            if home.kind == kinds.COUNTY:
                found = Unit.objects.filter(parent=home, kind__in=[*kinds.GROUPS, kinds.TOWN]).in_force()
            self.offered = {str(unit.uuid): unit for unit in found.order_by("path")}
        if wanted == "one":
            self.fields["units"].widget = _OneUnit()
            self.fields["units"].label = "发给哪个单位"
        elif wanted == "any":
            self.fields["units"].help_text = "不选就是全镇。"
        offer(self, "units", [(key, unit.label) for key, unit in self.offered.items()])

    def asks(self) -> list[forms.BoundField]:
        """The questions of the kind, for the page."""
        return [self[name] for name in self.fields if name.startswith("ask_")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("period") == RANGE:
            if not data.get("since") or not data.get("until"):
                self.add_error("since", "选「起止日期」时，起、止两天都要填。")
            elif data["until"] < data["since"]:
                self.add_error("until", "结束日期早于开始日期，请对调。")
        return data

    def chosen_period(self, today: date) -> Period:
        """The period of the cleaned form."""
        data = self.cleaned_data
        if data["period"] == RANGE:
            return periods.between(data["since"], data["until"])
        return period_of(data["period"], today)

    def chosen_units(self) -> list[Unit]:
        return [self.offered[key] for key in self.cleaned_data["units"]]

    def chosen_record(self) -> Journal | None:
        return self.records.get(self.cleaned_data.get("record") or "")

    def given(self) -> dict[str, str]:
        """The answers, by the key of the question."""
        return {
            name.removeprefix("ask_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("ask_")
        }


def _question(ask: dict[str, Any]) -> forms.CharField:
    """A field for one question. It may be left open: the draft then says 【…】 until somebody knows."""
    field = parts.text(
        ask["label"],
        rows=ask["rows"] if ask["rows"] > 1 else 0,
        required=False,
        longest=500,
        help_text=ask["help"],
        initial=ask["default"],
    )
    parts.dress(field)
    return field
