"""Forms of the appraisal pages: filter, compute, the steps of a round, appeals and their decisions, consequences."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import states
from wenming.outcomes.appraisals.models import Round, RuleBook

# So many periods back can be computed from the list; older ones are long published.
OFFERED_PERIODS = 6


def towns_of(person: Person, *permissions: P) -> list[Unit]:
    """Towns for which the person holds one of `permissions`."""
    paths = sorted({path for each in permissions for path in person.paths(each)})
    return list(Unit.objects.in_paths(paths).in_force().filter(kind=kinds.TOWN).order_by("path"))


class FilterForm(parts.DeskForm):
    """The filter bar of the rounds."""

    book = forms.ChoiceField(label="规则书", required=False)
    state = forms.ChoiceField(label="状态", choices=[("", "不限"), *states.STATES], required=False)
    year = forms.IntegerField(label="年份", required=False, min_value=2000, max_value=2100)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = RuleBook.objects.visible_to(person).exclude(state=states.WRITING).order_by("in_force", "pk")
        titles = dict(rows.values_list("code", "title"))
        self.fields["book"].choices = [("", "不限"), *titles.items()]  # type: ignore[attr-defined]

    def apply(self, found: Any) -> Any:
        """Narrow the rounds; a field with an error narrows nothing."""
        self.is_valid()
        data = self.cleaned_data
        if data.get("book"):
            found = found.filter(code=data["book"])
        if data.get("state"):
            found = found.filter(state=data["state"])
        if data.get("year"):
            found = found.filter(period_end__year=data["year"])
        return found


def choice_of(town: int, code: str, period: Period) -> str:
    """How `ComputeForm` calls a period of a book."""
    return f"{town}|{code}|{period.kind}|{period.key}"


class ComputeForm(parts.DeskForm):
    """One list: every period of every adopted book that has begun and of which nobody has been told yet."""

    what = forms.ChoiceField(label="规则书和考核期")

    def __init__(self, *args: Any, person: Person, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered: dict[str, tuple[Unit, str, Period]] = {}
        groups = []
        for town in towns_of(person, P.SCORE_MANAGE):
            groups += self._of_town(town, today)
        self.fields["what"].choices = [("", "请选择"), *groups] if groups else []  # type: ignore[attr-defined]

    def _of_town(self, town: Unit, today: date) -> list[tuple[str, list[tuple[str, str]]]]:
        versions: dict[str, list[RuleBook]] = {}
        for row in RuleBook.objects.filter(town=town).exclude(state=states.WRITING).order_by("in_force"):
            versions.setdefault(row.code, []).append(row)
        there = {
            (code, start): state
            for code, start, state in Round.objects.filter(town=town).live().values_list("code", "period_start", "state")
        }  # fmt: skip
        groups = []
        for rows in versions.values():
            options = list(self._periods(town, rows, there, today))
            if options:
                groups.append((rows[-1].title, options))
        return groups

    def _periods(
        self, town: Unit, rows: list[RuleBook], there: dict[tuple[str, date], str], today: date
    ) -> list[tuple[str, str]]:
        newest = rows[-1]
        if newest.state == states.RETIRED:
            return []
        options = []
        running = periods.of(newest.period, today)
        for period in reversed(periods.last(running, OFFERED_PERIODS)):
            in_force = any(row.in_force <= period.start and row.period == period.kind for row in rows)
            state = there.get((newest.code, period.start), "")
            if not in_force or state in states.TOLD:
                continue
            key = choice_of(town.pk, newest.code, period)
            self.offered[key] = (town, newest.code, period)
            told = "（已计算，重新算）" if state else "（还没有结束）" if period.end >= today else ""
            options.append((key, f"{period.label}{told}"))
        return options

    @property
    def chosen(self) -> tuple[Unit, str, Period]:
        """Town, code of the book, period."""
        return self.offered[self.cleaned_data["what"]]


class StepForm(parts.DeskForm):
    """A step of a round and the deed it does."""

    deed: ClassVar[Callable[..., Round]]
    hint = ""
    done = "已办理。"

    def __init__(self, *args: Any, where: Round, **kwargs: Any) -> None:
        self.where = where
        super().__init__(*args, **kwargs)

    def act(self, *, by: Person, at: datetime) -> Round:
        """Do the deed. Raises DomainError."""
        return type(self).deed(where=self.where, by=by, at=at, **self.cleaned_data)


class Recompute(StepForm):
    deed = appraisals.recompute
    hint = "按现在的账再算一遍。"
    done = "已按现在的账重新计算。"


class LeaveOut(StepForm):
    deed = appraisals.leave_out
    hint = "照样列出，不排名，不算零分。理由留空表示恢复考核。"
    done = "已办理，名次已重算。"
    subject = forms.ChoiceField(label="单位")
    ground = parts.text("理由", rows=2, required=False, longest=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.where.sheets.values_list("subject", "name")
        told = {
            code: f"{name}（现在：本期不考核）" if code in self.where.left_out else name
            for code, name in rows
        }
        self.fields["subject"].choices = [("", "请选择"), *told.items()]  # type: ignore[attr-defined]


class Drop(StepForm):
    deed = appraisals.drop
    hint = "这一期还没有告诉任何单位。作废以后可以重新计算。"
    done = "已作废。"


class Show(StepForm):
    deed = appraisals.show
    hint = "公示前再按账算一遍，以后不再变动；各单位看到自己的成绩单，可以在申诉期内申诉。"
    done = "已公示，各单位已收到通知。"


class TakeBack(StepForm):
    deed = appraisals.take_back
    hint = "收回以后各单位看不到这一期，可以重新计算再公示；已有的申诉和裁定照样算数。"
    done = "已收回公示。"
    ground = parts.text("收回的理由", rows=2)


class Publish(StepForm):
    deed = appraisals.publish
    hint = "公布以后冻结、入账，后果建议交领导定；发现有误只能更正。"
    done = "已公布并入账。"


class Correct(StepForm):
    deed = appraisals.correct
    hint = "按现在的账另算一期，走同样的公示、申诉、公布；公布时冲销旧账、记新账，并给得分或名次变了的单位发更正通知。"
    done = "已起草更正，请核对后公示。"
    ground = parts.text("更正的理由", rows=2, help_text="写进更正通知。")


FORMS: dict[str, type[StepForm]] = {
    "recompute": Recompute, "leave_out": LeaveOut, "drop": Drop, "show": Show, "take_back": TakeBack,
    "publish": Publish, "correct": Correct,
}  # fmt: skip


class GroundForm(parts.DeskForm):
    """A ground and nothing else."""

    ground = parts.text("理由", rows=4, longest=500)

    def __init__(self, *args: Any, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].label = label or self.fields["ground"].label


class DecideForm(parts.DeskForm):
    upheld = forms.ChoiceField(
        label="裁定", widget=forms.RadioSelect,
        choices=[("yes", "申诉成立：这一行的事件不再计分，全体名次重算"), ("no", "维持原评")],
    )  # fmt: skip
    decision = parts.text("裁定理由", rows=4, longest=500, help_text="随成绩单公开，请写依据，不写个人姓名。")


class SettleForm(parts.DeskForm):
    confirmed = forms.ChoiceField(
        label="决定", widget=forms.RadioSelect, choices=[("yes", "采纳建议"), ("no", "不予采纳")]
    )
    ground = parts.text("依据和理由", rows=3)


def period_of(said: str, kind: str, today: date) -> Period:
    """The period `said` if it is one of `kind`, else the one before today's. For addresses that people may edit."""
    try:
        found = periods.parse(said) if said else None
    except DomainError:
        found = None
    return found if found is not None and found.kind == kind else periods.previous(periods.of(kind, today))


def today() -> date:
    return clock.local_date(clock.now())
