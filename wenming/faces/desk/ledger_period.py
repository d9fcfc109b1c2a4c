"""Choosing a period: by its key in links, by kind and day in forms."""

from datetime import date
from typing import Any

from django import forms

from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.kit.staff import StaffRequest
from wenming.ledger import periods
from wenming.ledger.periods import Period

OFFERED = [
    (kind, periods.KINDS[kind])
    for kind in (
        periods.WEEK, periods.MONTH, periods.CUSTOM, periods.QUARTER, periods.HALF, periods.YEAR, periods.CYCLE,
        periods.RANGE,
    )
]  # fmt: skip
EARLIEST = date(1950, 1, 1)


class PeriodForm(parts.DeskForm):
    """`kind` with the day it lies around, or 起止日期 with both ends."""

    kind = forms.ChoiceField(label="期间", choices=OFFERED, required=False)
    day = parts.day("其中一天", required=False)
    since = parts.day("起", required=False)
    until = parts.day("止", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == periods.RANGE:
            if not data.get("since") or not data.get("until"):
                self.add_error("since", "选「起止日期」时，起、止两天都要填。")
            elif data["until"] < data["since"]:
                self.add_error("until", "结束日期早于开始日期，请对调。")
        return data

    @classmethod
    def for_period(cls, period: Period) -> "PeriodForm":
        """The form as it shows `period`."""
        return cls(
            initial={"kind": period.kind, "day": period.start, "since": period.start, "until": period.end}
        )


def chosen(request: StaffRequest, usual: Period) -> tuple[Period, PeriodForm]:
    """The period the address asks for and the form that shows it. A form with errors leaves the usual period.

    Raises DomainError for a key that cannot be read.
    """
    if request.GET.get("period"):
        period = periods.parse(request.GET["period"])
        return period, PeriodForm.for_period(period)
    if not request.GET.get("kind"):
        return usual, PeriodForm.for_period(usual)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return usual, form
    data = form.cleaned_data
    if data["kind"] == periods.RANGE:
        period = periods.between(data["since"], data["until"])
    else:
        period = periods.of(data["kind"], data.get("day") or usual.end)
    if period.start < EARLIEST or period.end.year > 2150:
        raise DomainError("period_invalid", "期间太早或太晚，请填 1950 年到 2150 年之间的日期。")
    return period, PeriodForm.for_period(period)


def until(day: date) -> Period:
    """Everything up to `day`: the entries that a balance is made of."""
    return periods.between(EARLIEST, day)


def said(period: Period) -> str:
    """The period in words, 「截至……」 for a balance."""
    if period.start <= EARLIEST:
        return f"截至{period.end.year}年{period.end.month}月{period.end.day}日"
    return period.label
