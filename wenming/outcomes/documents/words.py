"""The words in single braces that drafting fills in: days, periods, units, who issues, what the clerk was asked."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from wenming.common import clock
from wenming.ground.calendar import queries as calendar
from wenming.ground.calendar.arithmetic import Term, TermUnit, deadline
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.outcomes.documents import values
from wenming.outcomes.documents.layout import numbers
from wenming.outcomes.documents.models import Document, Letterhead


def of(document: Document, spec: Mapping[str, Any], head: Letterhead, at: datetime) -> dict[str, str]:
    """Every word that a text of the kind may use. What was asked and not told stays as 【…】 and stops signing."""
    period, units = document.period, values.chosen(document)
    today = clock.local_date(at)
    names = "、".join(unit.label for unit in units)
    corrected = document.corrects
    return {
        "year": str(today.year),
        "period_year": str(period.end.year),
        "next_year": str(period.end.year + 1),
        "period": period_name(period),
        "so_far": so_far(period, today),
        "previous": "上期",
        "next_period": _FOLLOWING.get(period.kind, "下一步"),
        "next_label": _next_label(period),
        "label": label(period),
        "span": span(period),
        "until": _short(min(period.end, today)),
        "today": numbers.day(today),
        "town": document.town.label,
        "superior": _superior(document.town),
        "guidance": _guidance(document.town),
        "units": f"对{names}" if units else f"对全{'县' if document.town.kind == kinds.COUNTY else '镇'}",
        "unit_names": names or document.town.label,
        "issuer": head.printed_by or head.signature or head.issuer or "镇创城办",
        "feedback_day": numbers.day(document.answer_due) if document.answer_due else "",
        "corrected_title": corrected.shown_title if corrected else "",
        "corrected_number": corrected.number if corrected else "",
    } | {
        ask["key"]: document.given.get(ask["key"], "") or (f"【{ask['label']}】" if ask["required"] else "")
        for ask in spec["asks"]
    }


_NAMES = {
    periods.DAY: "当日", periods.WEEK: "本周", periods.MONTH: "本月", periods.CUSTOM: "本月",
    periods.QUARTER: "本季度", periods.YEAR: "本年",
}  # fmt: skip
_FOLLOWING = {
    periods.DAY: "次日", periods.WEEK: "下周", periods.MONTH: "下月", periods.CUSTOM: "下月",
    periods.QUARTER: "下季度", periods.HALF: "下一阶段", periods.YEAR: "下一年",
}  # fmt: skip


def period_name(period: periods.Period) -> str:
    """「本周」, 「本月」, 「上半年」 or 「本期」."""
    if period.kind == periods.HALF:
        return _half(period)
    return _NAMES.get(period.kind, "本期")


def so_far(period: periods.Period, today: date) -> str:
    """「今年以来」 while the year runs, 「全年」 once it is over; the same for the half."""
    over = period.end <= today
    if period.kind == periods.YEAR:
        return "全年" if over else "今年以来"
    if period.kind == periods.HALF:
        return _half(period) if over else f"{_half(period)}以来"
    return period_name(period)


def _half(period: periods.Period) -> str:
    return "上半年" if period.start.month == 1 else "下半年"


def label(period: periods.Period) -> str:
    """The period's name as a title says it, without days in brackets: 「2026年第47周」, 「2026年11月」."""
    if period.kind == periods.WEEK:
        iso = period.start.isocalendar()
        return f"{iso.year}年第{iso.week}周"
    if period.kind == periods.CUSTOM:
        return f"{period.end.year}年{period.end.month}月"
    if period.kind == periods.RANGE:
        return f"{period.start.year}年{span(period)}"
    return period.label


def _next_label(period: periods.Period) -> str:
    """What the plan at the end of a summary is for: 「2027年」, 「2026年下半年」."""
    if period.kind == periods.HALF:
        return periods.following(period).label
    return f"{period.end.year + 1}年"


def span(period: periods.Period) -> str:
    """「11月16日至22日」, the way a bulletin names its days."""
    start, end = period.start, period.end
    if start == end:
        return _short(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{_short(start)}至{end.day}日"
    first = f"{start.year}年" if start.year != end.year else ""
    last = f"{end.year}年" if start.year != end.year else ""
    return f"{first}{_short(start)}至{last}{_short(end)}"


def feedback_day(spec: Mapping[str, Any], at: datetime) -> date | None:
    """The day by which answers are due, in working days from now; None where the kind wants no answer."""
    if not spec["feedback_work_days"]:
        return None
    due = deadline(calendar.calendar(), at, Term(spec["feedback_work_days"], TermUnit.WORK_DAY)).at
    return clock.local_date(due) if due else clock.local_date(at) + timedelta(days=7)


def _superior(town: Unit) -> str:
    """The office to which the town reports."""
    above = town.parent
    office = (
        Unit.objects.in_force().filter(parent=above, kind=kinds.OFFICE).order_by("pk").first()
        if above
        else None
    )
    return office.name if office else f"{above.name if above else '上级'}创城办"


def _guidance(town: Unit) -> str:
    """Under whose lead a unit works: 「县委、县政府的领导和县创城办的指导」 for a town."""
    above = "市" if town.kind == kinds.COUNTY else "县"
    return f"{above}委、{above}政府的领导和{above}创城办的指导"


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"
