"""Forms of the pages of superiors' forms (上级表格)."""

from datetime import date
from typing import Any

from django import forms

from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.desk.document_new_form import towns_of
from wenming.faces.kit.forms import offer
from wenming.ground.people.models import Person
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger.models import MetricRow
from wenming.outcomes.forms import mapping, narrowing, workbook
from wenming.outcomes.forms.mapping import PERIODS, WORDS, Item
from wenming.outcomes.forms.models import PERIOD_KINDS, SuperiorForm
from wenming.records.cases import states as case_states

APPEND = "接在这一格原有的字后面，如「填报单位：」后面"


class FileForm(parts.DeskForm):
    """The file alone: a new edition of a form that is there."""

    file = forms.FileField(
        label="表格文件", help_text=".xlsx，最多 5 MB；不能带宏。", allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": "请选择上级发来的表格。"},
    )  # fmt: skip

    def clean_file(self) -> Any:
        """Refuse by size before anything is read into memory."""
        file = self.cleaned_data["file"]
        if file.size > workbook.LARGEST_BYTES:
            size = file.size / 1024 / 1024
            raise forms.ValidationError(
                f"文件有 {size:.0f} MB，上级表格最多 5 MB；请只留要填的表，删去图片和多余的工作表。",
                code="large",
            )
        return file


class NewForm(FileForm):
    name = parts.text("表名", longest=80, help_text="例如「创城工作周报表」。")
    sender = parts.text("制表单位", longest=60, required=False, help_text="例如「平川县创城办」。")
    period_kind = forms.ChoiceField(label="多久报一次", choices=PERIOD_KINDS, initial="week")
    town = forms.ChoiceField(label="镇")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.towns = {str(town.uuid): town for town in towns_of(person)}
        offer(self, "town", [(key, town.name) for key, town in self.towns.items()])
        home = person.town
        if home is not None and str(home.uuid) in self.towns:
            self.fields["town"].initial = str(home.uuid)
        if len(self.towns) == 1:
            self.fields["town"].widget = forms.HiddenInput()
            self.fields["town"].initial = next(iter(self.towns))


def metric_choices(town: Unit) -> list[tuple[str, list[tuple[str, str]]]]:
    """Metrics that the town may fill in, by group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in MetricRow.objects.known_to(town):
        groups.setdefault(row.group, []).append((row.code, row.name))
    return list(groups.items())


def unit_choices(town: Unit) -> list[Any]:
    """The town itself, then the units below it by kind."""
    found = Unit.objects.below(town).in_force().filter(kind__in=kinds.GROUPS).order_by("path")
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in found:
        groups.setdefault(kinds.GROUPS[unit.kind], []).append((unit.code, unit.label))
    return [("", f"本镇（{town.label}）"), *groups.items()]


CATEGORIES = "narrow-categories"
_SOURCES = [("", "全部来源"), *case_states.SOURCES]


class CategoryField(forms.CharField):
    """Class or category as typed or chosen from the list beside it (`narrowing.offered`); its value is the code."""

    def __init__(self, *, on: date, label: str = "只算哪一类", initial: str = "") -> None:
        self.on = on
        widget = forms.TextInput(attrs={"list": CATEGORIES, "placeholder": "全部"})
        super().__init__(label=label, required=False, max_length=80, widget=widget, initial=initial)

    def clean(self, value: Any) -> str:
        try:
            return narrowing.read(super().clean(value), self.on)
        except DomainError as error:
            raise forms.ValidationError(error.message, code=error.code) from error

    def prepare_value(self, value: Any) -> Any:
        """A code as people read it; what was typed wrongly stays as it was typed."""
        if not value:
            return value
        return next(
            (narrowing.shown(code, name) for code, name in narrowing.offered(self.on) if code == value), value
        )


class FigureForm(parts.DeskForm):
    metric = parts.choice("指标", [])
    unit = forms.ChoiceField(label="哪个单位的", required=False)
    period = forms.ChoiceField(label="哪个期间的", choices=PERIODS)
    source = forms.ChoiceField(label="只算哪个来源", choices=_SOURCES, required=False)
    append = forms.BooleanField(label=APPEND, required=False)

    def __init__(self, *args: Any, form: SuperiorForm, on: date, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "figure")
        super().__init__(*args, **kwargs)
        self.fields["category"] = CategoryField(on=on)
        parts.dress(self.fields["category"])
        offer(self, "metric", [("", "请选择"), *metric_choices(form.town)])
        offer(self, "unit", unit_choices(form.town))

    def item(self, sheet: str, cell: str) -> Item:
        data = self.cleaned_data
        return Item(
            mapping.FIGURE, sheet, cell, metric=data["metric"], unit=data["unit"], period=data["period"], append=data["append"],
            category=data["category"], source=data["source"],
        )  # fmt: skip


class WordForm(parts.DeskForm):
    word = parts.choice("填什么", WORDS)
    text = parts.text(
        "固定文字", required=False, longest=mapping.LONGEST_FIXED, help_text="只在选「固定文字」时填。"
    )
    append = forms.BooleanField(label=APPEND, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "word")
        super().__init__(*args, **kwargs)

    def item(self, sheet: str, cell: str) -> Item:
        data = self.cleaned_data
        return Item(mapping.WORD, sheet, cell, word=data["word"], text=data["text"], append=data["append"])


class RowsForm(parts.DeskForm):
    """A list: which one, how many rows the form keeps free for it, and what every column holds."""

    last_row = forms.IntegerField(
        label="表里留到第几行", min_value=1, help_text="行数不够时自动加行，多出来的留空。"
    )
    take = forms.ChoiceField(label="哪些问题", choices=mapping.TAKES, required=False, initial="found")
    mark = forms.ChoiceField(label="其中", choices=mapping.MARKS, required=False)
    source = forms.ChoiceField(label="来源", choices=[("", "全部"), *case_states.SOURCES], required=False)

    def __init__(
        self, *args: Any, letters: list[str], what: str, town: Unit, on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.letters, self.what = letters, what
        if what == mapping.UNITS:
            for name in ("take", "mark", "source"):
                del self.fields[name]
            choices: list[Any] = [
                ("", "不填"),
                ("单位", [(f"f:{code}", name) for code, name in mapping.UNIT_FIELDS]),
            ]
            choices += [
                (group, [(f"m:{code}", name) for code, name in rows]) for group, rows in metric_choices(town)
            ]
        else:
            choices = [("", "不填"), *((f"f:{code}", name) for code, name in mapping.PROBLEM_FIELDS)]
        for letter in letters:
            self.fields[f"c_{letter}"] = forms.ChoiceField(
                label=f"{letter} 列", choices=choices, required=False
            )
            if what == mapping.UNITS:
                self.fields[f"p_{letter}"] = forms.ChoiceField(
                    label=f"{letter} 列的期间", choices=PERIODS, required=False, initial="this"
                )
                self.fields[f"k_{letter}"] = CategoryField(on=on, label=f"{letter} 列只算哪一类")
                self.fields[f"s_{letter}"] = forms.ChoiceField(
                    label=f"{letter} 列只算哪个来源", choices=_SOURCES, required=False
                )
        for field in self.fields.values():
            parts.dress(field)

    def item(self, sheet: str, cell: str) -> Item:
        data = self.cleaned_data
        columns = {}
        for letter in self.letters:
            kind, _, code = data[f"c_{letter}"].partition(":")
            if kind == "m":
                columns[letter] = mapping.Column(
                    metric=code,
                    period=data[f"p_{letter}"] or "this",
                    category=data[f"k_{letter}"],
                    source=data[f"s_{letter}"],
                )
            elif kind == "f":
                columns[letter] = mapping.Column(field=code)
        return Item(
            mapping.ROWS, sheet, cell, last_row=data["last_row"], list=self.what, take=data.get("take") or "found",
            mark=data.get("mark", ""), source=data.get("source", ""), columns=columns,
        )  # fmt: skip


def rows_initial(item: Item) -> dict[str, Any]:
    """What the form shows of a list that is mapped."""
    found: dict[str, Any] = {
        "last_row": item.last_row, "take": item.take, "mark": item.mark, "source": item.source,
    }  # fmt: skip
    for letter, column in item.columns.items():
        found[f"c_{letter}"] = f"m:{column.metric}" if column.metric else f"f:{column.field}"
        found |= {f"p_{letter}": column.period, f"k_{letter}": column.category, f"s_{letter}": column.source}
    return found
