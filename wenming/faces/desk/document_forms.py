"""Forms of the document pages."""

from collections.abc import Mapping
from typing import Any

from django import forms

from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.kit.forms import offer
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import compose, receiving, states
from wenming.outcomes.documents.models import Document, Letterhead


class HeadForm(parts.DeskForm):
    title = parts.text("标题", rows=2, longest=100, help_text="{{issue}} 是期数，印发时自动编。")
    addressee = parts.text("主送", rows=2, required=False, longest=200)
    cc = parts.text("抄送", rows=3, required=False, longest=400, help_text="一行一个单位。")
    answer_due = parts.day(
        "回复期限", required=False, help_text="正文里的日期不会自己变，改了请再看一遍正文。"
    )
    present = parts.text("出席", rows=3, required=False, longest=500, help_text="名字之间用逗号隔开。")
    excused = parts.text("请假", rows=0, required=False, longest=500)
    sitting_in = parts.text("列席", rows=0, required=False, longest=500)
    receivers = forms.MultipleChoiceField(
        label="送达单位",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="印发后这些单位会收到签收的待办。",
    )

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {str(unit.uuid): unit for unit in receiving.offered(document.town)}
        offer(self, "receivers", [(key, unit.label) for key, unit in self.offered.items()])
        if not document.pack.facts["answer"]:
            del self.fields["answer_due"]
        if not document.pack.facts["attendance"]:
            for name in compose.ATTENDANCE:
                del self.fields[name]

    def units(self) -> list[Unit]:
        """The units chosen."""
        return [self.offered[key] for key in self.cleaned_data["receivers"]]

    def attendance(self) -> dict[str, str] | None:
        """Who was there, where the kind tells it."""
        if compose.ATTENDANCE[0] not in self.fields:
            return None
        return {name: self.cleaned_data[name] for name in compose.ATTENDANCE}

    def names(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["cc"].splitlines() if line.strip()]


class BlockForm(parts.DeskForm):
    text = parts.text("文字", rows=7, longest=4000)


class TableForm(parts.DeskForm):
    """A table as text: a line a row, 「|」 between the cells."""

    text = parts.text("表格", rows=14, longest=60000)


def form_for(block: Mapping[str, Any]) -> type[parts.DeskForm]:
    """The form in which a block is changed."""
    return TableForm if block["kind"] == "table" else BlockForm


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
    kind = forms.ChoiceField(label="文种", required=False)
    state = forms.ChoiceField(label="状态", choices=[("", "不限"), *states.STATES], required=False)
    year = forms.IntegerField(label="年份", required=False, min_value=2000, max_value=2100)

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "kind", [("", "不限"), *kinds, ("correction", "更正通知")])

    def apply(self, found: Any) -> Any:
        self.is_valid()
        data = self.cleaned_data
        if data.get("kind"):
            found = found.filter(kind=data["kind"])
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
