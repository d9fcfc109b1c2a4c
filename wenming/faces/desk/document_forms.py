"""Forms of the document pages."""

from datetime import date, timedelta
from typing import Any

from django import forms

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.kit.forms import offer
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.documents import queries, states
from wenming.outcomes.documents.models import Letterhead

LAST_WEEK, THIS_WEEK, LAST_MONTH, THIS_MONTH, CUSTOM, RANGE = (
    "last-week",
    "week",
    "last-month",
    "month",
    "custom",
    "range",
)
PERIODS = [
    (THIS_WEEK, "本周"), (LAST_WEEK, "上周"), (THIS_MONTH, "本月"), (LAST_MONTH, "上月"), (CUSTOM, "本月报期（26日—25日）"),
    (RANGE, "起止日期"),
]  # fmt: skip


def towns_of(person: Person) -> list[Unit]:
    """Towns (or the county) for which the person may draft."""
    found = Unit.objects.in_paths(person.paths(P.DOCUMENT_DRAFT)).in_force()
    return list(found.filter(kind__in=[kinds.TOWN, kinds.COUNTY]).order_by("path"))


class NewForm(parts.DeskForm):
    kind = forms.ChoiceField(label="文种", widget=forms.RadioSelect)
    town = forms.ChoiceField(label="镇")
    period = forms.ChoiceField(label="期间", choices=PERIODS, widget=forms.RadioSelect, initial=THIS_WEEK)
    since = parts.day("起", required=False)
    until = parts.day("止", required=False)
    units = forms.MultipleChoiceField(
        label="单位范围", required=False, widget=forms.CheckboxSelectMultiple, help_text="不选就是全镇。"
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = queries.kinds_on(clock.now())
        offer(self, "kind", offered)
        if len(offered) == 1:
            self.fields["kind"].initial = offered[0][0]
        self.towns = {str(town.uuid): town for town in towns_of(person)}
        offer(self, "town", [(key, town.name) for key, town in self.towns.items()])
        home = person.town
        if home is not None and str(home.uuid) in self.towns:
            self.fields["town"].initial = str(home.uuid)
        if len(self.towns) == 1:
            self.fields["town"].widget = forms.HiddenInput()
            self.fields["town"].initial = next(iter(self.towns))
        self.offered = self._units()
        offer(self, "units", [(key, unit.label) for key, unit in self.offered.items()])

    def _units(self) -> dict[str, Unit]:
        """Units of the one town; whoever writes for many towns writes about a whole town."""
        if len(self.towns) != 1:
            return {}
        town = next(iter(self.towns.values()))
        found = Unit.objects.below(town).in_force().filter(kind__in=kinds.GROUPS).order_by("path")
        return {str(unit.uuid): unit for unit in found}

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
        match data["period"]:
            case "week":
                return periods.of(periods.WEEK, today)
            case "last-week":
                return periods.of(periods.WEEK, today - timedelta(days=7))
            case "month":
                return periods.of(periods.MONTH, today)
            case "last-month":
                return periods.previous(periods.of(periods.MONTH, today))
            case "custom":
                return periods.of(periods.CUSTOM, today)
        return periods.between(data["since"], data["until"])

    def chosen_units(self) -> list[Unit]:
        return [self.offered[key] for key in self.cleaned_data["units"]]


class HeadForm(parts.DeskForm):
    title = parts.text("标题", rows=2, longest=100, help_text="{{issue}} 是期数，印发时自动编。")
    addressee = parts.text("主送", rows=2, required=False, longest=200)
    cc = parts.text("抄送", rows=3, required=False, longest=400, help_text="一行一个单位。")

    def names(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["cc"].splitlines() if line.strip()]


class BlockForm(parts.DeskForm):
    text = parts.text("文字", rows=7, longest=4000)


class AddForm(BlockForm):
    level = forms.ChoiceField(
        label="作为",
        choices=[
            ("0", "正文段落"),
            ("1", "一级标题（一、）"),
            ("2", "二级标题（（一））"),
            ("3", "三级标题（1.）"),
        ],
    )


class GroundForm(parts.DeskForm):
    ground = parts.text("意见", rows=3, longest=300)


class ListForm(parts.DeskForm):
    """The filter of the list."""

    words = forms.CharField(label="标题、字号", required=False, max_length=60)
    state = forms.ChoiceField(label="状态", choices=[("", "不限"), *states.STATES], required=False)
    year = forms.IntegerField(label="年份", required=False, min_value=2000, max_value=2100)

    def apply(self, found: Any) -> Any:
        self.is_valid()
        data = self.cleaned_data
        if data.get("state"):
            found = found.filter(state=data["state"])
        else:
            found = found.exclude(state=states.DROPPED)
        if data.get("year"):
            found = found.filter(drafted_at__year=data["year"])
        for word in data.get("words", "").split():
            serial = word.removesuffix("号")
            found = (
                found.filter(serial=int(serial))
                if serial.isdecimal() and len(serial) < 6
                else found.filter(title__icontains=word)
            )
        return found


class LetterheadForm(forms.ModelForm):  # type: ignore[type-arg]
    cc_lines = parts.text(
        "抄送", rows=3, required=False, longest=400, help_text="一行一个单位，新公文先照此填。"
    )

    class Meta:
        model = Letterhead
        fields = ("issuer", "suffix", "signature", "code_word", "addressee", "printed_by", "sealed", "digits")
        help_texts = {
            "issuer": "红色大字，如「安和镇创建全国文明城市工作领导小组办公室」。",
            "suffix": "标志后面的字，如「文件」；简化红头可以不填。",
            "signature": "文末署名；不填就用发文机关标志。",
            "code_word": "如「安创城办」。由党政办核定；不填就不印发文字号，只编期数。",
            "addressee": "新公文先照此填，可以逐份改。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["cc_lines"].initial = "\n".join(self.instance.cc)
        for field in self.fields.values():
            parts.dress(field)

    def values(self) -> dict[str, Any]:
        lines = self.cleaned_data.pop("cc_lines", "").splitlines()
        return self.cleaned_data | {"cc": [line.strip() for line in lines if line.strip()]}


def version_of(said: str) -> int:
    """The version the writer saw. Raises DomainError when the form was tampered with."""
    if not said.isdecimal() or len(said) > 6:
        raise DomainError("version_missing", "表单不完整，请刷新页面后再改。")
    return int(said)
