"""Forms of the phone face. Few required fields, phrases to tap, nothing typed twice."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.field import spots
from wenming.faces.kit.answers import Number
from wenming.faces.kit.forms import offer
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ground.units import states as kinds
from wenming.ledger.models import Account
from wenming.records.cases import states

# Levels an inspector may choose from; 暗访 is a switch, not a level.
LEVELS = ["town", "county", "city", "province", "national", "bulletin", "hotline", "media", "leader"]
MEASURES = ["已清理", "已清运", "已清洗", "已修复", "已归位摆齐", "已拆除", "已劝导整改", "已设置提示牌"]
RETURN_PHRASES = ["不在本单位辖区内", "属其他单位职责，见职责清单", "需执法权，本单位没有"]
# What a hand-in may count; only accounts that the county's chart has are offered.
COUNTED = ["garbage_loads", "ads_removed", "piles_cleared", "parking_fixed", "labor_cadre", "vehicles"]


class ReportForm(forms.Form):
    """`clean()` leaves the spot in `self.spot` and the moment of the find in `self.found_at`."""

    category = forms.CharField(label="问题类别", required=False, max_length=8)
    category_other = forms.CharField(label="其他类别", required=False, max_length=8)
    place = forms.CharField(label="点位", required=False, max_length=60)
    address = forms.CharField(label="具体位置", required=False, max_length=120)
    description = forms.CharField(label="一句话说明", required=False, max_length=300)
    path = forms.ChoiceField(
        label="整改方式",
        required=False,
        choices=[("", "上报"), (states.ON_SPOT, "随手整"), (states.COMMUNITY, "社区整")],
    )
    source = forms.CharField(required=False, max_length=10)
    covert = forms.BooleanField(required=False)
    measures = forms.CharField(label="怎么整改的", required=False, max_length=300)
    lat, lng, accuracy_m = Number(required=False), Number(required=False), Number(required=False)
    found_at, sent_at = forms.CharField(required=False), forms.CharField(required=False)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.spot = spots.Spot()
        self.suggested: list[Any] = []

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = data.get("category_other") or data.get("category") or ""
        data["category"] = chosen
        if not chosen:
            today = clock.local_date(clock.now())
            self.suggested = [row for row, _ in standards.suggest(data.get("description", ""), on=today)]
            self.add_error("category", "请选择问题类别。")
        try:
            self.spot = spots.read(self.person, data.get("place", ""))
        except DomainError as error:
            self.add_error("place", error.message)
        return data

    def found(self, now: datetime) -> datetime | None:
        """When it was found, by the phone's own clock corrected with the phone's time of sending."""
        found, sent = _moment(self.cleaned_data["found_at"]), _moment(self.cleaned_data["sent_at"])
        if found is None:
            return None
        if sent is None:
            return found
        # A clock that is centuries off tells nothing; the deed then refuses the day it gives.
        return now - min(max(sent - found, timedelta(0)), timedelta(days=36_500))


def _moment(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo is not None else None


def paths_for(person: Person) -> list[tuple[str, str, str]]:
    """(value, label, hint) of the ways to deal with a find that the person has."""
    found = [("", "上报", "交创城办派单")]
    home = person.home_unit
    if person.may(P.CASE_HANDLE):
        found.append((states.ON_SPOT, "随手整", "当场整改，前后各拍一张"))
    if home is not None and home.kind in (kinds.RESIDENTIAL | {kinds.GRID}):
        found.append((states.COMMUNITY, "社区自改", "本社区自己整改"))
    return found


def level_choices() -> list[tuple[str, str]]:
    return [(code, states.SOURCE_LABELS[code]) for code in LEVELS]


class HandInForm(forms.Form):
    measures = forms.CharField(label="怎么整改的", required=False, max_length=300)
    no_photo = forms.CharField(label="拍不了照片的原因", required=False, max_length=100)

    def quantities(self) -> dict[str, str]:
        """Typed quantities by account code."""
        typed = {code: str(self.data.get(f"q_{code}", "")).strip() for code in COUNTED}
        return {code: text for code, text in typed.items() if text}


def counted_accounts() -> list[Account]:
    """The accounts offered for quantities, in the order of COUNTED."""
    rows = Account.objects.filter(active=True).in_bulk(COUNTED, field_name="code")
    return [rows[code] for code in COUNTED if code in rows]


class ReturnForm(forms.Form):
    reason = forms.ChoiceField(label="退单理由", choices=states.RETURN_GROUNDS, widget=forms.RadioSelect)
    ground = forms.CharField(label="依据", max_length=200)


class ExtensionForm(forms.Form):
    days = forms.TypedChoiceField(
        label="再要几个工作日", choices=[(n, f"{n} 天") for n in (1, 2, 3, 5, 7)], coerce=int
    )
    ground = forms.CharField(label="原因", max_length=200)

    def term(self) -> Term:
        return Term(self.cleaned_data["days"], TermUnit.WORK_DAY)


class SuspensionForm(forms.Form):
    reason = forms.ChoiceField(label="挂账原因", choices=states.SUSPENSIONS)
    ground = forms.CharField(label="情况", max_length=200)
    takes_over = forms.CharField(label="请谁解决（上级单位）", max_length=60)
    until = forms.DateField(label="预计完成日期", widget=forms.DateInput(attrs={"type": "date"}))
    needs_yuan = forms.CharField(
        label="所需资金（元，不要钱的不填）", required=False, max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip


class CheckForm(forms.Form):
    """Verify: accept with an optional word, or send back with a ground."""

    verdict = forms.ChoiceField(label="核查结论", choices=[("accept", "核查通过"), ("send_back", "退回返工")])
    ground = forms.CharField(label="哪里没有到位", required=False, max_length=200)


class RevisitForm(forms.Form):
    verdict = forms.ChoiceField(label="现在怎样", choices=[("held", "未反弹"), ("relapsed", "反弹")])
    note = forms.CharField(label="说明", required=False, max_length=200)


class TourForm(forms.Form):
    source = forms.ChoiceField(label="督查级别", required=False)
    covert = forms.BooleanField(label="暗访", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "source", [("", ""), *level_choices()])
