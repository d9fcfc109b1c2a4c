"""减负账: one unit and one month: what was typed, what was reused, which papers wrote themselves, who was disturbed
at night. No ranking, and no unit beside another (handbook D6, D30)."""

from dataclasses import dataclass
from datetime import datetime

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import (
    access,
    burden_records,
    burden_review,
    ledger_period,
    links,
    list_export,
    vouchers,
)
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.desk.ledger import metric_url
from wenming.faces.desk.vouchers import Ticket
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods
from wenming.ledger.periods import Period
from wenming.outcomes.burden import queries
from wenming.outcomes.burden.queries import Month, Paper

CHECKS = burden_records.CHECKS


@dataclass(frozen=True)
class Line:
    """One number: what it counts, this month and the month before, each with the page of the records behind it."""

    name: str
    now: str
    before: str
    means: str
    url: str = ""
    before_url: str = ""


@dataclass(frozen=True)
class Sheet:
    """A paper with the words by which this person may know it."""

    paper: Paper
    ticket: Ticket

    @property
    def numbers(self) -> list[str]:
        """Figures, numbers typed by hand, paragraphs as drafted: all three stand in the document."""
        paper = self.paper
        return [str(paper.figures), str(paper.typed), f"{paper.untouched}/{paper.paragraphs}"]


@dataclass(frozen=True)
class Span:
    """What the account is about: a unit, its month and the month before."""

    unit: Unit
    period: Period
    before: Period

    def line(self, name: str, now: str, before: str, means: str, what: str) -> Line:
        """A line that opens to the list `what`."""
        urls = (burden_records.address(what, self.unit, each) for each in (self.period, self.before))
        return Line(name, now, before, means, *urls)


@require_GET
@needs(P.LEDGER_READ)
def burden(request: StaffRequest) -> HttpResponse:
    """The account of a unit the person may look at (404 for others), of the month asked for or this one."""
    now = clock.now()
    span, own = _asked(request, now)
    blocks, account = _account(span, now)
    context = {
        "unit": span.unit, "units": parts.grouped(own), "period": span.period, "before": span.before,
        "following": periods.following(span.period), "blocks": blocks, "sheets": _sheets(request.user, account),
        "untyped": sum(paper.untyped for paper in account.papers), "months": _months(now, span.period),
        "reviewed": burden_review.reviewed(request.user, span.unit),
    }  # fmt: skip
    return render(request, "desk/ledger/burden.html", context)


@require_GET
@needs(P.LEDGER_READ)
def burden_file(request: StaffRequest) -> FileResponse:
    """The same numbers as Excel."""
    now = clock.now()
    span, _own = _asked(request, now)
    blocks, account = _account(span, now)
    columns = [("项目", 20), (span.period.label, 12), (span.before.label, 12), ("怎么算", 60)]
    lines = [[line.name, line.now, line.before, line.means] for _title, found in blocks for line in found]
    said = "本月印发的公文里由账上取的数和手填的数"
    lines += [
        [sheet.ticket.label, f"{sheet.paper.figures}个", "", f"{said}：手填 {sheet.paper.typed} 个。"]
        for sheet in _sheets(request.user, account)
    ]
    return list_export.answer(
        "减负账", columns, lines, said=f"{span.unit.name}，{span.period.label}", by=request.user, at=now
    )


def _asked(request: StaffRequest, now: datetime) -> tuple[Span, list[Unit]]:
    own = access.units(request.user, P.LEDGER_READ)
    unit = access.scope(request, own)
    period = _month(request, now)
    return Span(unit, period, periods.previous(period)), own


def _account(span: Span, now: datetime) -> tuple[list[tuple[str, list[Line]]], Month]:
    unit = span.unit
    account, earlier = (queries.month(unit, each, at=now) for each in (span.period, span.before))
    checks = figures.many([(CHECKS, unit, span.period), (CHECKS, unit, span.before)], at=now)
    inspected = Line(
        "被查点位", checks[0].text, checks[1].text, checks[0].metric.definition,
        metric_url(CHECKS, unit, span.period), metric_url(CHECKS, unit, span.before),
    )  # fmt: skip
    blocks = [
        ("录入", _typed(account, earlier, span)), ("取用", _reused(account, earlier, span)),
        ("打扰", [*_notices(account, earlier, span), inspected]),
    ]  # fmt: skip
    return blocks, account


def _month(request: StaffRequest, now: datetime) -> Period:
    """The month in which the period asked for begins. Raises DomainError for a key that cannot be read."""
    usual = periods.of(periods.MONTH, clock.local_date(now))
    period, _form = ledger_period.chosen(request, usual)
    return periods.of(periods.MONTH, period.start)


def _months(now: datetime, chosen: Period) -> list[Period]:
    """The last twelve months to choose from, the latest first, and the one shown."""
    last = periods.last(periods.of(periods.MONTH, clock.local_date(now)), 12)
    return sorted({*last, chosen}, reverse=True)


def _typed(now: Month, before: Month, span: Span) -> list[Line]:
    a, b = now.typed, before.typed
    logs = [
        links.to("desk:work-list", unit=span.unit.uuid, since=each.start.isoformat(), until=each.end.isoformat())
        for each in (span.period, span.before)
    ]  # fmt: skip
    return [
        span.line("录入的事实", f"{a.facts}条", f"{b.facts}条", "上报的问题与工作台账之和。一件事只录一次，其余都从账上取。", "facts"),
        span.line("其中上报问题", f"{a.cases}件", f"{b.cases}件", "由本单位及下级在岗人员上报、上报时间在本月的问题；群众上报的不算。", "cases"),
        Line("其中工作台账", f"{a.journals}条", f"{b.journals}条", "本单位及下级发生在本月、已入账的台账。", *logs),
        span.line("成批导入的", f"{a.imported}条", f"{b.imported}条", "以上事实中用表格、粘贴、上级清单导入的，没有逐格填写。", "imported"),
        span.line("填写的格子", f"{a.boxes}格", f"{b.boxes}格",
                  "逐条填写的事实里有内容的格子：问题算类别、地点、说明三格，台账算实际填了的格。导入的不计。", "by_hand"),
        span.line("每条事实填几格", _each(a.boxes, a.by_hand, "格"), _each(b.boxes, b.by_hand, "格"), "填写的格子÷逐条填写的事实。", "by_hand"),
        span.line("办理步骤", f"{a.steps}步", f"{b.steps}步", "历史里由本单位及下级在岗人员做的其他动作：签收、反馈、核查、审签等，按记录时间。", "steps"),
        span.line("在岗人员", f"{a.people}人", f"{b.people}人", "期内在本单位及下级任过岗的人，一人几岗只算一个。", "people"),
        Line("人均录入和办理", _each(a.facts + a.steps, a.people, "次"), _each(b.facts + b.steps, b.people, "次"),
             "（录入的事实＋办理步骤）÷在岗人员，三个数都在上面。只有单位的平均，不看个人。"),
    ]  # fmt: skip


def _each(number: int, of: int, measure: str) -> str:
    """One decimal, or a word where there is nothing to divide by."""
    return f"{number / of:.1f}{measure}" if of else "无"


def _reused(now: Month, before: Month, span: Span) -> list[Line]:
    a, b = now.reused, before.reused
    return [
        span.line("用到本单位的数字", f"{a.figures}个", f"{b.figures}个",
                  "本月签发的公文、填报的上级表格里定下的数字，范围含本单位、后面有本单位分录的。这些数没有再向本单位要。", "figures"),
        span.line("分录被取用", f"{a.uses}次", f"{b.uses}次",
                  "每个这样的数字后面有本单位几笔分录就算几次，按现在的账数，冲销了的不算。", "figures"),
    ]  # fmt: skip


def _notices(now: Month, before: Month, span: Span) -> list[Line]:
    a, b = now.notices, before.notices
    return [
        span.line("夜间通知", f"{a.night}条", f"{b.night}条",
                  f"22 时到次日 7 时送达本单位及下级人员的通知，其中安全类 {a.safety} 条；其他通知夜间不送，等到上班。", "night"),
        span.line("全部通知", f"{a.all}条", f"{b.all}条", "本月送达的通知，一人一条；下班后产生、等上班再送的按送达时间算。", "notices"),
    ]  # fmt: skip


def _sheets(person: Person, account: Month) -> list[Sheet]:
    keys = [("document", paper.document.uuid) for paper in account.papers]
    found = vouchers.tickets(person, keys)
    return [Sheet(paper, found[key]) for paper, key in zip(account.papers, keys, strict=True)]
