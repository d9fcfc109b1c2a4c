"""The form of one kind of work log, made from the kind: for the desk and for the phone."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.boundfield import BoundField

from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ground.places.models import Place
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.journals import queries, rules, states, values
from wenming.records.journals.actions import Resolution
from wenming.records.journals.kinds import Field, Kind
from wenming.records.journals.models import Journal

DECISIONS = range(1, 5)
MOST_PLACES = 2000
_FEW = 6
_ORDER = {code: place for place, (code, _) in enumerate(kinds.KINDS)}


class WorkForm(forms.Form):
    """`raw` is what the deed wants. `old` is the record to be corrected; then a ground is asked for."""

    required_css_class = "is-required"
    occurred_on = forms.DateField(
        label="日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填日期。", "invalid": "请填日期，如 2026-11-22。"},
    )  # fmt: skip
    unit = forms.ChoiceField(label="记到单位", error_messages={"required": "请选记到哪个单位。"})
    late_reason = forms.CharField(label="补录原因", required=False, max_length=200)
    ground = forms.CharField(
        label="更正依据", max_length=200, help_text="例如「会议实为 12 日召开」。原来的一条留着，红字冲销。",
        error_messages={"required": "请写更正依据。"},
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        *,
        kind: Kind,
        person: Person,
        town: Unit,
        at: datetime,
        old: Journal | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.kind, self.person, self.town, self.old = kind, person, town, old
        self.habit = queries.habit(kind, town, person) if data is None and old is None else queries.Habit()
        self.today = clock.local_date(at)
        self.units = {str(unit.uuid): unit for unit in self._units()}
        super().__init__(data, initial=self._start() | dict(initial or {}), label_suffix="")
        self.fields["unit"].choices = self._unit_choices(self._reachable)  # type: ignore[attr-defined]
        self.fields["late_reason"].help_text = f"发生已过 {kind.late_days} 天的才填。"
        if old is None:
            del self.fields["ground"]
        for field in kind.fields:
            made = self.fields[_name(field)] = self._field(field)
            if words := self.habit.words.get(field.code):
                # Beside the field: one tap puts them in (`kit/phrases.html`).
                joint = "、" if field.kind == states.PEOPLE else ""
                made.__dict__["offered"] = {"words": words, "joint": joint}
        if kind.decisions and old is None:
            self._decision_fields()

    # ---- what is shown ----

    @property
    def blocks(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The kind's own fields by the parts of the form."""
        for name, fields in self.kind.blocks:
            yield name, [self[_name(field)] for field in fields]

    @property
    def first(self) -> list[BoundField]:
        """The day, the unit, and the fields that are required, counted, or were filled in lately."""
        return [
            self["occurred_on"],
            self["unit"],
            *(self[_name(field)] for field in self._short(wanted=True)),
        ]

    @property
    def rest(self) -> list[BoundField]:
        """Everything else, for a fold on the phone."""
        return [*(self[_name(field)] for field in self._short(wanted=False)), self["late_reason"]]

    def _short(self, *, wanted: bool) -> list[Field]:
        countable = self.kind.of_kind(*states.COUNTABLE)
        usual = self.habit.filled
        # Of a long list of numbers the first few stand open until it is known which ones are used here.
        few = countable if len(countable) <= _FEW else [] if usual else countable[:_FEW]
        return [
            field
            for field in self.kind.fields
            if (field.required or field in few or field.code in usual) is wanted
        ]

    @property
    def more(self) -> str:
        """What is in the fold, for its head."""
        names = [field.name for field in self._short(wanted=False)]
        shown = "、".join(names[:4]) + (f"等 {len(names)} 项" if len(names) > 4 else "")
        return "、".join(one for one in (shown, "补录原因") if one)

    @property
    def decision_rows(self) -> list[tuple[BoundField, BoundField, BoundField]]:
        if "what_1" not in self.fields:
            return []
        return [(self[f"what_{n}"], self[f"due_unit_{n}"], self[f"due_on_{n}"]) for n in DECISIONS]

    @property
    def place_options(self) -> list[Place]:
        """Places to choose from, when the kind asks for one; read only where the form is shown."""
        if not self.kind.of_kind(states.PLACE):
            return []
        return list(self._places().select_related("unit").order_by("number")[:MOST_PLACES])

    # ---- what was said ----

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.raw = self._raw(data)
        _, errors = values.clean(self.kind, self.raw)
        for code, said in errors.items():
            if f"f_{code}" not in self.errors:
                self.add_error(f"f_{code}", said)
        return data

    @property
    def chosen_unit(self) -> Unit:
        return self.units[self.cleaned_data["unit"]]

    def resolutions(self) -> list[Resolution]:
        """The decisions typed in; a row without words is no decision. A unit left open is the record's own."""
        data = self.cleaned_data
        return [
            Resolution(data[f"what_{n}"], self.units.get(data[f"due_unit_{n}"]) or self.chosen_unit, data[f"due_on_{n}"])
            for n in DECISIONS
            if data.get(f"what_{n}")
        ]  # fmt: skip

    def form_field(self, code: str | None) -> str | None:
        """The form's own name of a field that a deed has complained about."""
        return f"f_{code}" if code and f"f_{code}" in self.fields else code

    # ---- inside ----

    def _units(self) -> list[Unit]:
        """All units of the town without grids (they carry out decisions, help, are told), office first."""
        found = Unit.objects.in_force().filter(town=self.town).exclude(kind=kinds.GRID).select_related("town")
        return sorted(found, key=lambda unit: (_ORDER[unit.kind], unit.path))

    @property
    def _reachable(self) -> list[Unit]:
        """Units that the record may be charged to."""
        far = rules.reach(self.person, self.kind, self.town)
        kept = self.old.unit_id if self.old is not None else None
        return [unit for unit in self.units.values() if far.holds(unit) or unit.pk == kept]

    def _unit_choices(self, units: list[Unit]) -> list[Any]:
        names = dict(kinds.KINDS)
        groups: dict[str, list[tuple[str, str]]] = {}
        for unit in units:
            groups.setdefault(names[unit.kind], []).append((str(unit.uuid), unit.label))
        return list(groups.items())

    def _start(self) -> dict[str, Any]:
        """What stands in the fields at first: the kind's defaults, or the record to be corrected."""
        if self.old is None:
            here = rules.reach(self.person, self.kind, self.town)
            unit = self.town if here.whole or not here.units else here.units[0]
            return {
                "occurred_on": self.today, "unit": str(unit.uuid),
                **{_name(field): field.default for field in self.kind.fields if field.default},
            }  # fmt: skip
        said = {_name(field): _shown(field, self.old.fields.get(field.code)) for field in self.kind.fields}
        return {
            "occurred_on": self.old.occurred_on, "unit": str(self.old.unit.uuid), "late_reason": self.old.late_reason,
            **said,
        }  # fmt: skip

    def _field(self, field: Field) -> forms.Field:
        common: dict[str, Any] = {
            "label": field.label, "required": field.required,
            "help_text": field.hint or (f"用于{'、'.join(field.needed_by)}" if field.required else ""),
            "error_messages": {"required": f"请填「{field.name}」。"},
        }  # fmt: skip
        if field.kind == states.CHOICE:
            return forms.ChoiceField(choices=[("", "请选择"), *field.options], **common)
        if field.kind == states.CHOICES:
            return forms.MultipleChoiceField(
                choices=list(field.options), widget=forms.CheckboxSelectMultiple, **common
            )
        if field.kind == states.UNIT:
            choices = self._unit_choices(list(self.units.values()))
            return forms.ChoiceField(choices=[("", "请选择"), *choices], **common)
        if field.kind == states.DATE:
            return forms.DateField(
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common
            )
        return forms.CharField(widget=_widget(field), **common)

    def _decision_fields(self) -> None:
        units = [("", "本次记到的单位"), *self._unit_choices(list(self.units.values()))]
        for n in DECISIONS:
            self.fields[f"what_{n}"] = forms.CharField(label=f"议定事项 {n}", required=False, max_length=200)
            self.fields[f"due_unit_{n}"] = forms.ChoiceField(label="落实单位", choices=units, required=False)
            self.fields[f"due_on_{n}"] = forms.DateField(
                label="完成期限",
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )

    def _raw(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The kind's fields as the deed takes them: units and places found, all else as typed."""
        raw: dict[str, Any] = {}
        for field in self.kind.fields:
            said = data.get(_name(field))
            if said in (None, "", []):
                continue
            if field.kind == states.UNIT:
                raw[field.code] = self.units.get(str(said), said)
            elif field.kind == states.PLACE:
                raw[field.code] = self._place(field, str(said))
            else:
                raw[field.code] = said
        return raw

    def _places(self) -> Any:
        return Place.objects.in_force().filter(unit__town=self.town)

    def _place(self, field: Field, said: str) -> Place | str:
        """The place meant by its number, its name, or 「编号 名称」; the words when there is none or several."""
        head, _, rest = said.strip().partition(" ")
        named = Q(name=said.strip()) | Q(number=said.strip()) | Q(number=head, name=rest.strip())
        found: list[Place] = list(self._places().filter(named).select_related("unit")[:3])
        unit = self.units.get(str(self.data.get("unit", "")))
        near = [place for place in found if unit is not None and place.unit_id == unit.pk]
        if len(near or found) == 1:
            return (near or found)[0]
        if found:
            numbers = "、".join(place.number for place in found)
            self.add_error(_name(field), f"有几个点位叫「{said}」，请填编号：{numbers}。")
        return said


def like(old: Journal, kind: Kind, *, numbers: bool) -> dict[str, Any]:
    """A new form that begins as an old record of the same kind; without its numbers unless it is the same thing."""
    said = {
        _name(field): _shown(field, old.fields.get(field.code))
        for field in kind.fields
        if numbers or field.kind not in states.COUNTABLE
    }
    return {"unit": str(old.unit.uuid)} | {name: value for name, value in said.items() if value != ""}


def _name(field: Field) -> str:
    return f"f_{field.code}"


def _widget(field: Field) -> forms.Widget:
    if field.kind == states.LONG:
        return forms.Textarea(attrs={"rows": 4})
    if field.kind in states.COUNTABLE:
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    if field.kind == states.TIME:
        return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    if field.kind == states.PLACE:
        return forms.TextInput(attrs={"list": "places", "autocomplete": "off"})
    if field.kind == states.PEOPLE:
        return forms.Textarea(attrs={"rows": 2})
    return forms.TextInput(attrs={"maxlength": field.longest or values.LONGEST[states.TEXT]})


def _shown(field: Field, value: Any) -> Any:
    """A stored value as the form shows it."""
    if value in (None, "", []):
        return ""
    if field.kind == states.UNIT:
        return value["uuid"]
    if field.kind == states.PLACE:
        return value["name"]
    if field.kind == states.PEOPLE:
        return "、".join(value)
    if field.kind == states.DATE:
        return date.fromisoformat(value)
    return value
