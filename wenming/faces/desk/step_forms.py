"""One small form for every step of a case that needs a word. What a form cleans goes into one deed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import Q

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.kit.forms import offer
from wenming.ground.calendar import arithmetic
from wenming.ground.calendar import queries as calendar
from wenming.ground.evidence.models import Photo
from wenming.ground.people import roles
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ground.units import queries as units
from wenming.ground.units.models import Unit
from wenming.ledger.models import Account
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case, Order

Made = Case | Order | None
OUTCOME_GROUPS = ["整治成效", "整治投入"]
QUANTITIES = (1, 2, 3)
PARTS = (1, 2, 3, 4)


class StepForm(parts.DeskForm):
    """A step: its form, whether it takes photos, and the deed it does."""

    deed: ClassVar[Callable[..., Any] | None] = None
    takes_photos = False
    photo_label = "照片"
    photo_hint = ""
    done = "已办理。"

    def __init__(self, *args: Any, case: Case, person: Person, at: datetime, **kwargs: Any) -> None:
        self.case, self.person, self.at = case, person, at
        kwargs.setdefault("initial", self.start(case))
        super().__init__(*args, **kwargs)
        self.build()
        for field in self.fields.values():
            parts.dress(field)

    def start(self, case: Case) -> dict[str, Any]:  # noqa: ARG002
        """What is filled in beforehand."""
        return {}

    def build(self) -> None:
        """Options that depend on the case."""

    def given(self) -> dict[str, Any]:
        """The arguments of the deed."""
        return dict(self.cleaned_data)

    def act(self, photos: list[Photo]) -> Made:
        """Do the deed. Raises DomainError."""
        more = {"photos": photos} if self.takes_photos else {}
        deed = type(self).deed
        assert deed is not None  # noqa: S101 -- a form without a deed overrides `act`
        return deed(case=self.case, by=self.person, at=self.at, **self.given(), **more)  # type: ignore[no-any-return]


class Register(StepForm):
    deed = cases.register
    done = "已立案。"
    category = parts.text("问题类别", longest=60, help_text="可填代码、名称或口头说法。")
    description = parts.text("存在问题", rows=2, help_text="位置 + 对象 + 状态，10—25 字。")
    path = parts.choice("整改方式", states.LATER_PATHS)

    def start(self, case: Case) -> dict[str, Any]:
        return {
            "category": f"{case.category} {case.category_name}",
            "description": case.description,
            "path": case.path,
        }

    def build(self) -> None:
        self.fields["category"].widget.attrs |= {"list": "categories", "autocomplete": "off"}

    def given(self) -> dict[str, Any]:
        said = parts.read_category(self.cleaned_data["category"], self.at)
        return self.cleaned_data | {"category": said.code}


class Refuse(StepForm):
    deed = cases.refuse
    done = "已作不予受理。"
    reason = parts.choice("理由", states.REFUSALS)
    note = parts.text("说明", required=False, longest=150)


class Merge(StepForm):
    done = "已并案。"
    into = parts.text(
        "并入哪一件（编号）", longest=30, help_text="例如 〔2026〕督-0123，也可只填末尾的数字。"
    )

    def act(self, photos: list[Photo]) -> Made:  # noqa: ARG002
        return cases.merge(case=self.case, into=self._target(), by=self.person, at=self.at)

    def _target(self) -> Case:
        said = self.cleaned_data["into"].strip()
        found = Case.objects.visible_to(self.person).filter(town_id=self.case.town_id)
        if said.isdecimal():
            year = clock.local(self.at).year
            found = found.filter(number=f"〔{year}〕督-{int(said):04d}")
        else:
            found = found.filter(number=said)
        target = found.first()
        if target is None:
            raise DomainError("merge_target", f"没有编号为「{said}」的问题，请核对编号。", field="into")
        return target


class Split(StepForm):
    done = "已拆分，各自立案。"

    def build(self) -> None:
        for n in PARTS:
            self.fields[f"category_{n}"] = parts.text(f"问题{n}：类别", required=n < 3, longest=60)
            self.fields[f"category_{n}"].widget.attrs |= {"list": "categories", "autocomplete": "off"}
            self.fields[f"description_{n}"] = parts.text(f"问题{n}：存在问题", required=n < 3)

    def act(self, photos: list[Photo]) -> Made:  # noqa: ARG002
        made = []
        for n in PARTS:
            said = self.cleaned_data[f"category_{n}"].strip()
            if said:
                try:
                    kind = parts.read_category(said, self.at)
                except DomainError as error:
                    error.field = f"category_{n}"
                    raise
                made.append({"category": kind.code, "description": self.cleaned_data[f"description_{n}"]})
        cases.split(case=self.case, by=self.person, at=self.at, parts=made)
        return self.case


class Dispatch(StepForm):
    deed = cases.dispatch
    done = "已派遣。"
    lead = parts.choice("责任单位（主办）", [])
    assist = forms.MultipleChoiceField(label="协办单位", required=False, widget=forms.CheckboxSelectMultiple)
    term_value = parts.term_value("时限（创城督办可整体覆盖）", required=False)
    term_unit = parts.term_unit("时限单位", required=False)
    note = parts.text("交代的话", required=False, longest=150)

    def start(self, case: Case) -> dict[str, Any]:
        self.kind = standards.category(case.category, clock.local_date(self.at))
        self.lead_by, lead = self._likely(case)
        term = self.kind.deadline
        return {
            "lead": str(lead.uuid) if lead else "",
            "term_value": f"{term.value:f}" if hasattr(term.value, "normalize") else str(term.value),
            "term_unit": str(term.unit),
        }

    def _likely(self, case: Case) -> tuple[str, Unit | None]:
        """Who should lead, and why: the community where it can, else the unit of the trade."""
        if self.kind.can_community_lead and case.path == states.COMMUNITY:
            return "小问题社区整：点位所在社区（村）", case.unit
        unit = units.for_dept(case.town, self.kind.dept)
        if unit is not None:
            return "按类别的职责部门", unit
        return ("点位所在社区（村）", case.unit) if self.kind.can_community_lead else ("", None)

    def build(self) -> None:
        found = parts.may_lead(self.case.town)
        self.units = {str(unit.uuid): unit for unit in found}
        groups = parts.grouped(found)
        offer(self, "lead", [("", "请选择"), *groups])
        offer(self, "assist", [(str(unit.uuid), unit.label) for unit in found])
        if self.lead_by:
            self.fields["lead"].help_text = f"预选依据：{self.lead_by}。"
        if not self.kind.can_community_lead:
            self.fields["lead"].help_text += "这类问题需要执法权限，社区（村）只能协办。"

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        usual = self.kind.deadline
        term = parts.term_of(data)
        return {
            "lead": self.units[data["lead"]],
            "assist": [self.units[key] for key in data["assist"] if key != data["lead"]],
            "term": None if term == usual else term,
            "note": data["note"],
        }

    @property
    def deadline(self) -> arithmetic.Deadline | None:
        """What the deadline would be if it were dispatched now; None while the term makes no sense."""
        term = self.kind.deadline
        if self.is_bound:
            self.is_valid()
            try:
                term = parts.term_of(self.cleaned_data) or term
            except DomainError:
                return None
        return arithmetic.deadline(calendar.calendar(), self.at, term)


class Assign(StepForm):
    deed = cases.assign
    done = "已交办。"
    to = parts.choice("交给", [])

    def build(self) -> None:
        lead = self.case.lead_unit
        handles = [code for code, role in roles.ROLES.items() if P.CASE_HANDLE in role.permissions]
        today = clock.local_date(self.at)
        held = Q(posts__from_date__lte=today) & (
            Q(posts__to_date__isnull=True) | Q(posts__to_date__gte=today)
        )
        path = lead.path if lead else "?"
        found = Person.objects.filter(
            held, posts__role__in=handles, posts__unit__path__startswith=path, is_active=True
        ).distinct()
        self.people = {str(person.uuid): person for person in found}
        offer(self, "to", [("", "请选择"), *((key, one.name) for key, one in self.people.items())])

    def given(self) -> dict[str, Any]:
        return {"to": self.people[self.cleaned_data["to"]]}


class Return(StepForm):
    deed = cases.return_
    done = "已退单，等创城办 4 个工作时内裁定；裁定期间不计时。"
    reason = parts.choice("退单理由", states.RETURN_GROUNDS)
    ground = parts.text("依据", rows=2, help_text="例如职责文件、辖区界线。")


class UpholdReturn(StepForm):
    deed = cases.uphold_return
    done = "已同意退单，请另派。"
    ground = parts.text("说明", rows=2, required=False)


class OverruleReturn(StepForm):
    deed = cases.overrule_return
    done = "已维持派遣。"
    ground = parts.text("理由", rows=2)


class HandIn(StepForm):
    deed = cases.hand_in
    takes_photos = True
    photo_label = "整改后照片"
    photo_hint = "请与整改前同一位置、同一角度拍。"
    done = "已反馈，等待核查。"
    measures = parts.text("整改措施", rows=2, required=False)
    no_photo = parts.text(
        "拍不了照片的原因", required=False, longest=150, help_text="不传照片时填，由核查人到场确认。"
    )

    def build(self) -> None:
        accounts = Account.objects.filter(active=True, group__in=OUTCOME_GROUPS).order_by("position", "code")
        options: dict[str, list[tuple[str, str]]] = {}
        for one in accounts:
            options.setdefault(one.group, []).append((one.code, f"{one.name}（{one.measure}）"))
        for n in QUANTITIES:
            field = forms.ChoiceField(label=f"数量{n}", choices=[("", "—"), *options.items()], required=False)
            self.fields[f"account_{n}"] = field
            self.fields[f"quantity_{n}"] = parts.text("数", required=False, longest=14)
            self.fields[f"quantity_{n}"].widget.attrs |= {"inputmode": "decimal"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for n in QUANTITIES:
            if bool(data.get(f"account_{n}")) != bool((data.get(f"quantity_{n}") or "").strip()):
                self.add_error(f"quantity_{n}", "科目和数要一起填，或都不填。")
        return data

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = {data[f"account_{n}"]: data[f"quantity_{n}"] for n in QUANTITIES if data[f"account_{n}"]}
        return {"measures": data["measures"], "no_photo": data["no_photo"], "quantities": chosen}

    @property
    def quantity_rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"account_{n}"], self[f"quantity_{n}"]) for n in QUANTITIES]


class AskExtension(StepForm):
    deed = cases.ask_extension
    done = "已提交延期申请。"
    term_value = parts.term_value("延长")
    term_unit = parts.term_unit(initial="work_day")
    ground = parts.text("原因", rows=2, help_text="每件只能延期一次，且须在到期前申请。")

    def given(self) -> dict[str, Any]:
        return {"term": parts.term_of(self.cleaned_data), "ground": self.cleaned_data["ground"]}


class AskSuspension(StepForm):
    deed = cases.ask_suspension
    done = "已提交挂账申请。"
    reason = parts.choice("挂账原因", states.SUSPENSIONS)
    ground = parts.text("情况说明", rows=2)
    takes_over = parts.text(
        "请谁解决（接手）", longest=60, help_text="上级单位或责任人，领导看板上会写出来。"
    )
    until = parts.day("预计完成日期")
    needs_yuan = parts.money("所需资金（元）", help_text="要钱才能解决的填一个数，单位是元；不要钱的不填。")


class DenyExtension(StepForm):
    deed = cases.deny_extension
    done = "未批准延期。"
    ground = parts.text("理由", rows=2)


class DenySuspension(StepForm):
    deed = cases.deny_suspension
    done = "未批准挂账。"
    ground = parts.text("理由", rows=2)


class Resume(StepForm):
    deed = cases.resume
    done = "已恢复办理，继续计时。"
    note = parts.text("说明", required=False, longest=150)


class Accept(StepForm):
    deed = cases.accept
    takes_photos = True
    photo_label = "核查照片（可不传）"
    done = "核查通过，已结案。"
    note = parts.text("核查意见", required=False, longest=150)


class SendBack(StepForm):
    deed = cases.send_back
    takes_photos = True
    photo_label = "核查照片（可不传）"
    done = "已退回返工。"
    ground = parts.text("哪里没有整改到位", rows=2)
    faked = forms.BooleanField(
        label="经我当场核实，属弄虚作假（用旧照片、假照片冒充整改）", required=False,
        help_text="疑点提示不等于作假，由您认定；会记入考核，对方可申诉。",
    )  # fmt: skip


class Close(StepForm):
    deed = cases.close
    done = "已结案（不算整改）。"
    reason = parts.choice("结案原因", [row for row in states.CLOSINGS if row[0] != states.FIXED])
    ground = parts.text("依据", rows=2)


class Revisit(StepForm):
    takes_photos = True
    photo_label = "现场照片"
    photo_hint = "反弹必须有一张现在的照片。"
    done = "已记录回头看。"
    relapsed = forms.ChoiceField(
        label="结果", choices=[("no", "未反弹"), ("yes", "发现反弹")], widget=forms.RadioSelect
    )
    note = parts.text("说明", required=False, longest=150)

    def act(self, photos: list[Photo]) -> Made:
        data = self.cleaned_data
        again = cases.revisit(
            case=self.case, by=self.person, at=self.at, relapsed=data["relapsed"] == "yes", note=data["note"], photos=photos
        )  # fmt: skip
        return again or self.case


class Supervise(StepForm):
    done = "已拟督办单，请核对文字后签发。"
    reason = parts.choice(
        "事由", [row for row in states.ORDER_REASONS if row[0] != "twice"], initial="manual"
    )
    matter = parts.text("督办事项", longest=120)
    demands = parts.text(
        "整改要求", rows=4, required=False, longest=2000, help_text="不填则用通行的写法，下一步还可以改。"
    )

    def start(self, case: Case) -> dict[str, Any]:
        return {"matter": f"{case.where}{case.category_name}问题"[:120]}

    def act(self, photos: list[Photo]) -> Made:  # noqa: ARG002
        data = self.cleaned_data
        return cases.orders.draft(
            case=self.case, by=self.person, at=self.at, reason=data["reason"], matter=data["matter"], demands=data["demands"]
        )  # fmt: skip


def _plain(what: Callable[..., Any], said: str) -> type[StepForm]:
    """A step without any field."""
    return type("PlainStep", (StepForm,), {"deed": staticmethod(what), "done": said})


FORMS: dict[str, type[StepForm]] = {
    "register": Register, "refuse": Refuse, "merge": Merge, "split": Split, "dispatch": Dispatch, "assign": Assign,
    "return": Return, "uphold_return": UpholdReturn, "overrule_return": OverruleReturn, "hand_in": HandIn,
    "ask_extension": AskExtension, "deny_extension": DenyExtension, "ask_suspension": AskSuspension,
    "deny_suspension": DenySuspension, "resume": Resume, "accept": Accept, "send_back": SendBack, "close": Close,
    "revisit": Revisit, "supervise": Supervise,
    "sign": _plain(cases.sign, "已签收，请按期整改。"),
    "remind": _plain(cases.remind, "已催办。"),
    "grant_extension": _plain(cases.grant_extension, "已批准延期。"),
    "grant_suspension": _plain(cases.grant_suspension, "已批准挂账，停止计时。"),
    "publish_covert": _plain(cases.publish_covert, "已公开，可以立案。"),
}  # fmt: skip
