"""Forms of people and posts. The rules stand in `people.rules`; forms only offer what they allow."""

from datetime import date
from typing import Any

from django import forms

from wenming.faces.desk import access
from wenming.faces.desk import forms as parts
from wenming.faces.kit.forms import offer
from wenming.ground.people import roles, rules
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit


class FilterForm(parts.DeskForm):
    q = forms.CharField(label="姓名，或完整手机号", required=False, max_length=30)
    unit = forms.ChoiceField(label="单位（含下级）", required=False)
    role = forms.ChoiceField(label="岗位", choices=[("", "不限"), *roles.CHOICES], required=False)
    state = forms.ChoiceField(
        label="状态", required=False,
        choices=[("", "全部"), ("on", "在岗"), ("none", "没有在任岗位"), ("off", "账号已停用")],
    )  # fmt: skip

    def __init__(self, *args: Any, own: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        offer(self, "unit", [("", "不限"), *parts.grouped(own)])


class PostForm(parts.DeskForm):
    """A post to give. Roles and units offered are those the giver may give."""

    role = forms.ChoiceField(label="岗位", help_text="每个岗位能做什么、不能做什么，见「岗位说明」。")
    unit = forms.ChoiceField(label="单位")
    from_date = parts.day("任职起日")
    to_date = parts.day("止日（长期的不填）", required=False)
    post_name = parts.text(
        "职务名称", required=False, longest=30, help_text="如「支部书记」，不填就用岗位名。"
    )
    deputy = forms.BooleanField(label="代理（本人不在时代为办理）", required=False)

    def __init__(self, *args: Any, by: Person, own: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = [unit for unit in own if unit.valid_to is None]
        offer(self, "role", [("", "请选择"), *offered(by)])
        offer(self, "unit", [("", "请选择"), *parts.grouped(self.own)])

    def clean_unit(self) -> Unit:
        return access.pick(self.own, self.cleaned_data["unit"])


class AddForm(PostForm):
    name = parts.text("姓名", longest=30)
    phone = forms.CharField(
        label="手机号", max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="用来登录。已有账号的，手机号和姓名都对上就直接加岗位。",
    )  # fmt: skip
    expires_on = parts.day("账号到期日（外部人员填）", required=False)
    field_order = ["name", "phone", "role", "unit", "from_date", "post_name", "deputy", "expires_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["to_date"]


class CorrectForm(parts.DeskForm):
    name = parts.text("姓名", longest=30)
    phone = forms.CharField(
        label="手机号", max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    expires_on = parts.day("账号到期日（外部人员填）", required=False)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if len(name) < 2:
            raise forms.ValidationError("姓名请填 2 到 30 个字。")
        return name


class EndForm(parts.DeskForm):
    on = parts.day("最后一天")

    @classmethod
    def usual(cls, today: date) -> "EndForm":
        return cls(initial={"on": today})


def offered(by: Person) -> list[tuple[str, str]]:
    """Roles that `by` may give somewhere in his scope."""
    top = rules.editing_rank(by)
    county = any(post.unit.kind == "county" for post in by.posts_now())
    return [
        (code, name) for code, name in roles.CHOICES
        if rules.RANK[code] <= top and (county or code not in rules.COUNTY_ROLES)
    ]  # fmt: skip
