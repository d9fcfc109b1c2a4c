"""减负账: one unit and one month: what was typed, what was reused, which papers wrote themselves, who was disturbed
at night. No ranking, and no unit beside another (handbook D6, D30)."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, ledger_period, links, vouchers
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

CHECKS = "places_inspected"


@dataclass(frozen=True)
class Line:
    """One number: what it counts, this month, the month before, and its list where there is one."""

    name: str
    now: str
    before: str
    means: str
    url: str = ""


@dataclass(frozen=True)
class Sheet:
    """A paper with the words by which this person may know it."""

    paper: Paper
    ticket: Ticket


@require_GET
@needs(P.LEDGER_READ)
def burden(request: StaffRequest) -> HttpResponse:
    """The account of a unit the person may look at (404 for others), of the month asked for or this one."""
    now = clock.now()
    own = access.units(request.user, P.LEDGER_READ)
    unit = access.scope(request, own)
    period = _month(request, now)
    before = periods.previous(period)
    account, earlier = (queries.month(unit, each, at=now) for each in (period, before))
    checks = figures.many([(CHECKS, unit, period), (CHECKS, unit, before)], at=now)
    blocks = [
        ("录入", _typed(account, earlier, unit, period)),
        ("取用", _reused(account, earlier)),
        ("打扰", [
            *_notices(account, earlier),
            Line("被查点位", checks[0].text, checks[1].text, f"{checks[0].metric.definition}",
                 metric_url(CHECKS, unit, period)),
        ]),
    ]  # fmt: skip
    context = {
        "unit": unit, "units": parts.grouped(own), "period": period, "before": before,
        "following": periods.following(period), "blocks": blocks, "sheets": _sheets(request.user, account),
        "untyped": sum(paper.untyped for paper in account.papers), "months": _months(now, period),
    }  # fmt: skip
    return render(request, "desk/ledger/burden.html", context)


def _month(request: StaffRequest, now: datetime) -> Period:
    """The month in which the period asked for begins. Raises DomainError for a key that cannot be read."""
    usual = periods.of(periods.MONTH, clock.local_date(now))
    period, _form = ledger_period.chosen(request, usual)
    return periods.of(periods.MONTH, period.start)


def _months(now: datetime, chosen: Period) -> list[Period]:
    """The last twelve months to choose from, the latest first, and the one shown."""
    last = periods.last(periods.of(periods.MONTH, clock.local_date(now)), 12)
    return sorted({*last, chosen}, reverse=True)


def _typed(now: Month, before: Month, unit: Unit, period: Period) -> list[Line]:
    a, b = now.typed, before.typed
    since, until = period.start.isoformat(), period.end.isoformat()
    log_url = links.to("desk:work-list", unit=unit.uuid, since=since, until=until)
    return [
        Line("录入的事实", f"{a.facts}条", f"{b.facts}条", "上报的问题与工作台账之和。一件事只录一次，其余都从账上取。"),
        Line("其中上报问题", f"{a.cases}件", f"{b.cases}件", "由本单位及下级在岗人员上报、上报时间在本月的问题；群众上报的不算。"),
        Line("其中工作台账", f"{a.journals}条", f"{b.journals}条", "本单位及下级发生在本月、已入账的台账。", log_url),
        Line("成批导入的", f"{a.imported}条", f"{b.imported}条", "以上事实中用表格、粘贴、上级清单导入的，没有逐格填写。"),
        Line("填写的格子", f"{a.boxes}格", f"{b.boxes}格",
             "逐条填写的事实里有内容的格子：问题算类别、地点、说明三格，台账算实际填了的格。导入的不计。"),
        Line("每条事实填几格", _each(a.boxes, a.facts - a.imported, "格"), _each(b.boxes, b.facts - b.imported, "格"),
             "填写的格子÷逐条填写的事实。"),
        Line("办理步骤", f"{a.steps}步", f"{b.steps}步", "历史里由本单位及下级在岗人员做的其他动作：签收、反馈、核查、审签等，按记录时间。"),
        Line("人均录入和办理", _each(a.facts + a.steps, a.people, "次"), _each(b.facts + b.steps, b.people, "次"),
             f"（事实＋步骤）÷本月在岗 {a.people} 人。只有单位的平均，不看个人。"),
    ]  # fmt: skip


def _each(number: int, of: int, measure: str) -> str:
    """One decimal, or a word where there is nothing to divide by."""
    return f"{number / of:.1f}{measure}" if of else "无"


def _reused(now: Month, before: Month) -> list[Line]:
    a, b = now.reused, before.reused
    return [
        Line("用到本单位的数字", f"{a.figures}个", f"{b.figures}个",
             "本月签发的公文、填报的上级表格里定下的数字，范围含本单位、后面有本单位分录的。这些数没有再向本单位要。"),
        Line("分录被取用", f"{a.uses}次", f"{b.uses}次",
             "每个这样的数字后面有本单位几笔分录就算几次，按现在的账数，冲销了的不算。"),
    ]  # fmt: skip


def _notices(now: Month, before: Month) -> list[Line]:
    a, b = now.notices, before.notices
    return [
        Line("夜间通知", f"{a.night}条", f"{b.night}条",
             f"22 时到次日 7 时送达本单位及下级人员的通知，其中安全类 {a.safety} 条；其他通知夜间不送，等到上班。"),
        Line("全部通知", f"{a.all}条", f"{b.all}条", "本月送达的通知。通知只有本人看得到，这里只有条数。"),
    ]  # fmt: skip


def _sheets(person: Person, account: Month) -> list[Sheet]:
    keys = [("document", paper.document.uuid) for paper in account.papers]
    found = vouchers.tickets(person, keys)
    return [Sheet(paper, found[key]) for paper, key in zip(account.papers, keys, strict=True)]
