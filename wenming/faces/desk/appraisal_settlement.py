"""结算: a contractor's sheet as a paper to be signed, the town's summary of a month, and the notice to a cleaners' post.

A contractor finds his own papers only; the amounts are those of the rule book, never typed (handbook §4.4).
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, appraisal_lines, appraisal_round, appraisal_sheet, links, list_export
from wenming.faces.desk.appraisal_home import MAY
from wenming.faces.desk.appraisal_lines import LineRow
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import arithmetic, states
from wenming.outcomes.appraisals.models import Appeal, Outcome, Sheet
from wenming.outcomes.scoring import amounts, wording
from wenming.outcomes.scoring.consequences import Consequence

SHORT = (periods.DAY, periods.WEEK)
"""Periods within a month: their marks stand on the month's paper, they are not settled by themselves."""


@dataclass(frozen=True)
class Pay:
    """应付 of one sheet: the sum, how it comes out, on what clause it rests, and whether a leader has confirmed it."""

    title: str
    amount: Decimal | None
    why: str
    formula: str
    basis: str
    state: str


@dataclass(frozen=True)
class Week:
    """One week of the month: its own mark where the town scores weeks, and what was deducted for its events."""

    label: str
    mark: str
    points: str


@dataclass(frozen=True)
class Answered:
    """One line of the paper with what the contractor says to it and what was decided."""

    line: LineRow
    answer: str
    decision: str


def visible(person: Person, key: uuid.UUID, rated: str) -> Sheet:
    """The sheet of a contractor (or post) that the person may open; Http404 otherwise."""
    sheet = appraisal_sheet.visible(person, key)
    if sheet.round.book.rated != rated:
        raise Http404
    return sheet


@require_GET
def settlement(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """结算单 on A4."""
    return render(
        request,
        "desk/appraisals/settlement.html",
        paper(request.user, visible(request.user, key, "contractor")),
    )


def paper(person: Person, sheet: Sheet) -> dict[str, Any]:
    """Everything the paper says, in a fixed number of statements."""
    where = sheet.round
    book = appraisal_lines.described(where.book)
    appeals = appraisal_round.appeals_of(person, sheet)
    lines = appraisal_lines.lines(person, sheet, book, appeals)
    now = clock.now()
    return {
        "sheet": sheet, "where": where, "now": now, "contract": contract(sheet), "pays": pays([sheet])[sheet.pk],
        "weeks": weeks(person, sheet, lines), "rows": [Answered(line, _answer(sheet, line, now), _decided(line)) for line in lines],
        "taken_back": [appeal for appeal in appeals if appeal.state == states.UPHELD], "score": appraisal_lines.mark(sheet.total),
        "agreed": _agreed(sheet), "full": "" if where.book.book.full is None else amounts.text(where.book.book.full),
    }  # fmt: skip


def contract(sheet: Sheet) -> Decimal | None:
    """合同金额 the fee goes by: the book's, or what is registered of the unit on the first day of the period."""
    found = _contracts([sheet])
    return found[sheet.pk]


def _contracts(found: Sequence[Sheet]) -> dict[int, Decimal | None]:
    """By key of a sheet. One statement for every first day."""
    days: dict[date, set[str]] = {}
    for sheet in found:
        days.setdefault(sheet.round.period_start, set()).add(sheet.subject)
    known = {day: arithmetic.terms(codes, Period(day, day, periods.DAY)) for day, codes in days.items()}
    answer: dict[int, Decimal | None] = {}
    for sheet in found:
        fee = next((each for each in sheet.round.book.book.consequences if each.op == "fee"), None)
        attrs = known[sheet.round.period_start].get(sheet.subject, {})
        answer[sheet.pk] = _sum(fee, attrs) if fee is not None else None
    return answer


def _sum(fee: Consequence, attrs: dict[str, Any]) -> Decimal | None:
    return fee.amount if fee.amount is not None else amounts.number(attrs.get(fee.attribute))


def pays(found: Sequence[Sheet]) -> dict[int, list[Pay]]:
    """What each sheet pays: what was laid before the leaders, or before publication what the book will propose."""
    answer: dict[int, list[Pay]] = {sheet.pk: [] for sheet in found}
    rows = Outcome.objects.filter(sheet__in=found, amount__isnull=False).order_by("pk")
    for row in rows:
        pay = Pay(
            row.title, row.amount, wording.plainly(row.why), row.formula, row.basis, row.get_state_display()
        )
        answer[row.sheet_id].append(pay)
    for sheet in found:
        if sheet.round.state in states.FINAL:
            continue
        for each in sheet.data["proposals"]:
            if each["amount"] is not None:
                answer[sheet.pk].append(
                    Pay(each["title"], Decimal(each["amount"]), wording.plainly(each["why"]), each["formula"], each["ground"], "公布后交领导定")
                )  # fmt: skip
    return answer


def weeks(person: Person, sheet: Sheet, lines: Iterable[LineRow]) -> list[Week]:
    """各周得分: every week that touches the period."""
    where = sheet.round
    if where.period_kind in SHORT:
        return []
    marks = _week_marks(person, [sheet])
    sums: dict[date, Decimal] = {}
    for line in lines:
        if line.events and line.points:
            monday = clock.monday(line.events[0].on)
            sums[monday] = sums.get(monday, amounts.ZERO) + line.points
    found, monday = [], clock.monday(where.period_start)
    while monday <= where.period_end:
        first, last = max(monday, where.period_start), min(monday + timedelta(days=6), where.period_end)
        mark = marks.get((sheet.subject, monday))
        found.append(
            Week(f"{first.month}月{first.day}日—{last.month}月{last.day}日", "—" if mark is None else amounts.text(mark),
                 amounts.signed(sums.get(monday, amounts.ZERO)))
        )  # fmt: skip
        monday += timedelta(days=7)
    return found


def _week_marks(person: Person, found: Sequence[Sheet]) -> dict[tuple[str, date], Decimal]:
    """Published marks of weeks by who is rated and Monday, of the months of these sheets. One statement."""
    starts = [sheet.round.period_start for sheet in found]
    ends = [sheet.round.period_end for sheet in found]
    rows = Sheet.objects.visible_to(person).filter(
        subject__in=[sheet.subject for sheet in found], round__period_kind=periods.WEEK, round__state=states.PUBLISHED,
        round__period_end__gte=min(starts), round__period_start__lte=max(ends), total__isnull=False,
    )  # fmt: skip
    marks: dict[tuple[str, date], Decimal] = {}
    for subject, start, total in rows.values_list("subject", "round__period_start", "total"):
        if total is not None:
            marks[subject, start] = total
    return marks


def _answer(sheet: Sheet, line: LineRow, now: datetime) -> str:
    """What the contractor says to a line."""
    if line.appeals:
        return f"申诉：{line.appeals[-1].ground}"
    if not line.events:
        return ""
    if sheet.agreed_at is not None:
        return "无异议"
    until = sheet.round.appeals_until
    return "到期没有申诉" if until is not None and until < now else "还没有答复"


def _decided(line: LineRow) -> str:
    if not line.appeals:
        return ""
    last: Appeal = line.appeals[-1]
    return last.get_state_display() + (f"：{last.decision}" if last.decision else "")


def _agreed(sheet: Sheet) -> str:
    if sheet.agreed_at is None or sheet.agreed_by is None:
        return ""
    return f"{sheet.agreed_by.name}　{clock.show_full(sheet.agreed_at)}"


@require_GET
def settlement_file(request: StaffRequest, key: uuid.UUID) -> FileResponse:
    """The lines of the paper as xlsx."""
    sheet = visible(request.user, key, "contractor")
    said = paper(request.user, sheet)
    rows = [
        [
            number,
            row.line.title,
            _events(row.line),
            row.line.formula,
            row.line.points,
            row.answer,
            row.decision,
        ]
        for number, row in enumerate(said["rows"], start=1)
    ]
    rows += [["", "应付", pay.why, pay.formula, pay.amount, "", pay.state] for pay in said["pays"]]
    return list_export.sheet(
        file=f"结算单-{sheet.name}-{sheet.round.period.key}", title=f"{sheet.name}{sheet.round.period.label}结算单", at=said["now"], unit=sheet.round.town.name, rows=rows,
        headings=["序号", "规则", "事件", "算式", "分值（元）", "承包单位意见", "裁定"],
        filters=f"得分 {said['score']}", widths=[6, 18, 40, 40, 12, 30, 30],
    )  # fmt: skip


def _events(line: LineRow) -> str:
    return "\n".join(f"{event.on} {event.where} {event.category}" for event in line.events[:20])


@dataclass(frozen=True)
class SummaryRow:
    """One contractor in the month's summary."""

    sheet: Sheet
    contract: Decimal | None
    score: str
    weeks: str
    pays: list[Pay]
    answer: str
    url: str

    @property
    def due(self) -> Decimal | None:
        """The whole sum; None where nothing came out."""
        known = [pay.amount for pay in self.pays if pay.amount is not None and pay.state != "不予采纳"]
        return sum(known, amounts.ZERO) if known else None


@dataclass(frozen=True)
class Summary:
    """环境卫生一体化考评汇总表 of a month."""

    month: Period
    months: list[Period]
    rows: list[SummaryRow]

    @property
    def total(self) -> Decimal:
        return sum((row.due for row in self.rows if row.due is not None), amounts.ZERO)


@require_GET
@access.needs(*MAY)
def summary(request: StaffRequest) -> HttpResponse:
    """All contractors of a month (usually the 26th to the 25th); a contractor finds himself alone in it."""
    return render(
        request,
        "desk/appraisals/settlements.html",
        {"found": ask(request), "town": request.user.town, "now": clock.now()},
    )


@require_GET
@access.needs(*MAY)
def summary_file(request: StaffRequest) -> FileResponse:
    """The same table as xlsx."""
    found, now = ask(request), clock.now()
    rows: list[list[Any]] = [
        [number, row.sheet.name, row.sheet.round.period.label, row.contract, row.sheet.total, row.weeks,
         "；".join(pay.formula for pay in row.pays), row.due, row.answer, "；".join(dict.fromkeys(pay.state for pay in row.pays))]
        for number, row in enumerate(found.rows, start=1)
    ]  # fmt: skip
    rows.append(["", "合计", "", "", "", "", "", found.total, "", ""])
    town = request.user.town
    return list_export.sheet(
        file=f"环境卫生一体化考评汇总表-{found.month.key}", title=f"{found.month.label}环境卫生一体化考评汇总表", at=now, unit=town.name if town else "", rows=rows,
        headings=["序号", "承包单位", "考核期", "合同金额（元）", "得分", "各周得分", "算式", "应付（元）", "承包单位意见", "领导决定"],
        widths=[6, 20, 26, 14, 8, 20, 40, 14, 20, 16],
    )  # fmt: skip


def ask(request: StaffRequest) -> Summary:
    """The month of `?month=`, or the last one that has papers."""
    everything = _papers(request.user)
    months = [
        periods.of(periods.MONTH, day)
        for day in everything.order_by().dates("round__period_end", "month", order="DESC")[:24]
    ]
    chosen = next((month for month in months if month.key == request.GET.get("month")), None)
    chosen = chosen or (months[0] if months else periods.of(periods.MONTH, clock.local_date(clock.now())))
    rows = everything.filter(round__period_end__range=(chosen.start, chosen.end))
    return Summary(chosen, months, _rows(request.user, list(rows)))


def _papers(person: Person) -> QuerySet[Sheet]:
    """Contractors' sheets of months and longer that the person may open, the valid ones only."""
    found = Sheet.objects.visible_to(person).filter(round__book__rated="contractor")
    live = found.exclude(round__state__in=(states.DROPPED, states.SUPERSEDED)).exclude(
        round__period_kind__in=SHORT
    )
    return live.select_related("round__book", "round__town", "unit", "agreed_by").order_by(
        "round__town__path", "round__code", "subject", "round_id"
    )


def _rows(person: Person, found: list[Sheet]) -> list[SummaryRow]:
    if not found:
        return []
    contracts, paid, marks = _contracts(found), pays(found), _week_marks(person, found)
    waiting = dict.fromkeys(
        Appeal.objects.filter(round__in={sheet.round_id for sheet in found}, state=states.OPEN).values_list("round_id", "subject"), True
    )  # fmt: skip
    rows = []
    for sheet in found:
        weekly = [
            amounts.text(mark)
            for (subject, start), mark in sorted(marks.items(), key=lambda pair: pair[0][1])
            if subject == sheet.subject
            and sheet.round.period_start <= start + timedelta(days=6)
            and start <= sheet.round.period_end
        ]
        answer = (
            "申诉待裁定"
            if (sheet.round_id, sheet.subject) in waiting
            else "无异议"
            if sheet.agreed_at
            else "没有答复"
        )
        rows.append(
            SummaryRow(sheet, contracts[sheet.pk], appraisal_lines.mark(sheet.total), " / ".join(weekly) or "—", paid[sheet.pk],
                       answer, links.to("desk:appraisal-settlement", sheet.uuid))
        )  # fmt: skip
    return rows


@require_GET
def notice(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """绩效告知书 of a cleaners' post: the coefficient, the floor, the sum, and how to appeal. Never ranked, never fined."""
    sheet = visible(request.user, key, "post")
    wage = next((each for each in sheet.round.book.book.consequences if each.op == "wage"), None)
    context = paper(request.user, sheet) | {
        "wage": wage, "unit": sheet.place.unit if sheet.place else None,
        "floor": "" if wage is None else f"扣减不超过当月工资的 {amounts.text(wage.cut)}%，应发不低于最低工资 {amounts.text(wage.minimum)} 元",
        "part": "" if wage is None else f"当月工资的 {amounts.text(wage.performance)}%",
    }  # fmt: skip
    return render(request, "desk/appraisals/notice.html", context)
