"""工作日历: year and month, exceptional days, office hours, market days; and a try-out of deadlines.

Every change may move deadlines, so the job that works them out anew is put in the queue with the deed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import access, ground_forms, links
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.kit.forms import offer, refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.calendar import actions, arithmetic, queries, states
from wenming.ground.calendar.market import MarketRule
from wenming.ground.calendar.models import CalendarDay, CalendarYear, MarketDay, OfficeHours
from wenming.ground.jobs import actions as jobs
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit

FIRST_YEAR, LAST_YEAR = 2001, 2099


class DayForm(parts.DeskForm):
    day = parts.day("日期")
    kind = parts.choice("这一天", states.DAY_KINDS)
    name = parts.text("名称", longest=20, help_text="如「国庆节」「调休」「台风停工」。")
    spans = parts.text(
        "上班时段（只在与平时不同时填）",
        required=False,
        longest=100,
        help_text="如 08:30-12:00、14:30-17:00。",
    )

    def clean_spans(self) -> list[str] | None:
        return spans_of(self.cleaned_data["spans"]) or None


class HoursForm(parts.DeskForm):
    valid_from = parts.day("从哪天起")
    spans = parts.text("上班时段", longest=100, help_text="如 08:30-12:00、14:30-18:00。")

    def clean_spans(self) -> list[str]:
        return spans_of(self.cleaned_data["spans"])


class MarketForm(parts.DeskForm):
    town = forms.ChoiceField(label="镇（街道）")
    kind = forms.ChoiceField(label="规则", choices=[("", "不设赶集日"), *states.MARKET_KINDS], required=False)
    numbers = parts.text(
        "逢几",
        required=False,
        longest=30,
        help_text="如 2、5、8（0 表示逢十）；按星期的填 1 到 7，7 是周日。",
    )

    def __init__(self, *args: Any, towns: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.towns = towns
        offer(self, "town", [("", "请选择"), *((str(each.uuid), each.name) for each in towns)])

    def clean_town(self) -> Unit:
        return access.pick(self.towns, self.cleaned_data["town"])

    def clean_numbers(self) -> tuple[int, ...]:
        said = self.cleaned_data["numbers"]
        words = [word for word in re.split(r"[\s,，、;；]+", said) if word]
        if any(not word.isdecimal() for word in words):
            raise forms.ValidationError("请填数字，用顿号隔开，如 2、5、8。")
        return tuple(int(word) for word in words)

    def rule(self) -> MarketRule | None:
        """The rule said. Raises DomainError."""
        kind = self.cleaned_data["kind"]
        return MarketRule(kind, self.cleaned_data["numbers"]) if kind else None


class TryForm(parts.DeskForm):
    start = parts.day("派遣日期")
    time = forms.TimeField(label="派遣时间", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    term_value = parts.term_value()
    term_unit = parts.term_unit()


def spans_of(said: str) -> list[str]:
    """The spans of a line: 「08:30-12:00、14:30-18:00」."""
    return [part for part in re.split(r"[\s,，、;；]+", said) if part]


@dataclass(frozen=True)
class Month:
    number: int
    weeks: list[list[queries.MonthDay]]


@require_GET
@needs(P.CALENDAR_EDIT)
def year(request: StaffRequest, year: int = 0) -> HttpResponse:
    """Twelve months at a glance, hours, announced years, market days, and the try-out."""
    now = clock.now()
    today = clock.local_date(now)
    shown = year if FIRST_YEAR <= year <= LAST_YEAR else today.year
    towns = _towns(request)
    special = CalendarDay.objects.filter(day__year=shown).select_related("changed_by")
    context = {
        "year": shown, "today": today, "months": [Month(number, queries.month(shown, number)) for number in range(1, 13)],
        "warnings": queries.warnings(today), "hours": OfficeHours.objects.all(), "special": special,
        "announced": CalendarYear.objects.filter(year=shown, announced=True).exists(),
        "markets": MarketDay.objects.filter(town__in=towns).select_related("town"), "market_rules": queries.snapshot().markets,
        "try_form": _try_form(request, now), "answer": _try_out(request),
    }  # fmt: skip
    return render(request, "desk/calendar/year.html", context)


@require_GET
@needs(P.CALENDAR_EDIT)
def month(request: StaffRequest, year: int, month: int) -> HttpResponse:
    """One month with names, hours and market days; a day opens its form."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise DomainError("month_invalid", f"没有 {year} 年 {month} 月，请从年历里选。")
    before = date(year - 1, 12, 1) if month == 1 else date(year, month - 1, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    context = {
        "year": year, "month": month, "weeks": queries.month(year, month), "before": before, "after": after,
        "today": clock.local_date(clock.now()),
    }  # fmt: skip
    return render(request, "desk/calendar/month.html", context)


def _changed(deed: Callable[[datetime], object]) -> str:
    """Run a deed and queue the deadlines; returns what to tell."""
    now = clock.now()
    with transaction.atomic():
        deed(now)
        jobs.enqueue(kind="cases.reproject", payload={}, at=now, key=None)
    return "已保存。在办问题的期限正在后台重新计算，几分钟内更新。"


@require_http_methods(["GET", "POST"])
@needs(P.CALENDAR_EDIT)
@once
def set_day(request: StaffRequest) -> HttpResponse:
    """Make a day a working day or a day off."""
    day = _day(request.GET.get("day", "")) or clock.local_date(clock.now())
    row = CalendarDay.objects.filter(day=day).first()
    initial: dict[str, Any] = {"day": day}
    if row:
        initial |= {"kind": row.kind, "name": row.name, "spans": "、".join(row.spans or [])}
    form = DayForm(request.POST or None, initial=initial)

    def deed(data: dict[str, Any]) -> str:
        return _changed(lambda at: actions.set_day(by=request.user, at=at, **data))

    def back() -> str:
        chosen = form.cleaned_data["day"] if form.is_bound and form.is_valid() else day
        return links.to("desk:calendar-month", chosen.year, chosen.month)

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title=f"设置 {clock.show_date(day)}", submit="保存", back=links.to("desk:calendar-month", day.year, day.month),
        template="desk/calendar/day.html", row=row,
        hint="没有单独设置的日子：周一到周五上班，周末休息。手工设置的日子，以后导入日历包也不会覆盖。",
    )  # fmt: skip


@require_POST
@needs(P.CALENDAR_EDIT)
@once
def clear_day(request: StaffRequest) -> HttpResponse:
    """Take back what was set for a day."""
    day = _day(request.POST.get("day", ""))
    if day is None:
        raise DomainError("day_invalid", "日期看不懂，请从月历里选一天。")
    messages.success(request, _changed(lambda at: actions.clear_day(day=day, at=at, by=request.user)))
    return links.see_other(links.to("desk:calendar-month", day.year, day.month))


@require_http_methods(["GET", "POST"])
@needs(P.CALENDAR_EDIT)
@once
def set_hours(request: StaffRequest) -> HttpResponse:
    """Office hours from a day on: summer and winter hours."""
    form = HoursForm(request.POST or None, initial={"valid_from": clock.local_date(clock.now())})

    def deed(data: dict[str, Any]) -> str:
        return _changed(lambda at: actions.set_hours(by=request.user, at=at, **data))

    back = links.to("desk:calendar")
    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request,
        form,
        title="设置作息时间",
        submit="保存",
        back=back,
        hint="从这一天起执行，直到下一条；夏季、冬季各设一条。",
    )


@require_POST
@needs(P.CALENDAR_EDIT)
@once
def set_announced(request: StaffRequest, year: int) -> HttpResponse:
    """Mark a year's arrangement as announced and entered, or not."""
    wanted = request.POST.get("announced") == "1"
    said = _changed(lambda at: actions.set_year(year=year, announced=wanted, at=at, by=request.user))
    messages.success(request, f"{year} 年标为{'已公布并录入' if wanted else '未公布'}。{said}")
    return links.see_other(links.to("desk:calendar-year", year))


@require_http_methods(["GET", "POST"])
@needs(P.CALENDAR_EDIT)
@once
def set_market(request: StaffRequest) -> HttpResponse:
    """On which days a town holds its market."""
    form = MarketForm(request.POST or None, towns=_towns(request))
    back = links.to("desk:calendar")

    def deed(data: dict[str, Any]) -> str:
        rule = form.rule()
        return _changed(
            lambda at: actions.set_market_rule(town=data["town"], rule=rule, at=at, by=request.user)
        )

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title="设置赶集日", submit="保存", back=back, hint="赶集日提示安排巡查，不影响期限。"
    )


def _towns(request: StaffRequest) -> list[Unit]:
    own = access.units(request.user, P.CALENDAR_EDIT)
    return [unit for unit in own if unit.kind == kinds.TOWN and unit.valid_to is None]


def _try_form(request: StaffRequest, now: datetime) -> TryForm:
    if "term_value" in request.GET:
        return TryForm(request.GET)
    local = clock.local(now)
    return TryForm(
        initial={"start": local.date(), "time": local.time(), "term_value": 2, "term_unit": "work_day"}
    )


def _try_out(request: StaffRequest) -> dict[str, Any] | None:
    """某时派遣、时限 n → 期限, with the sum day by day."""
    if "term_value" not in request.GET:
        return None
    form = TryForm(request.GET)
    if not form.is_valid():
        return None
    data = form.cleaned_data
    start = clock.at_local(data["start"], data["time"].hour, data["time"].minute)
    try:
        term = parts.term_of(data)
        assert term is not None  # noqa: S101 -- the field is required
        found = arithmetic.deadline(queries.calendar(), start, term)
    except DomainError as error:
        refuse(form, error)
        return {"error": error.message}
    return {"start": start, "term": term, "found": found}


def _day(said: str) -> date | None:
    try:
        found = date.fromisoformat(said)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
