"""减负账: the records behind each of its numbers, so that none has to be believed.

Nobody is listed by name (handbook D4, D30): what is shown of a step or a notice is the record it is about, and the
sentence only to whom that record is open.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, history, ledger_period, links, paging, vouchers
from wenming.faces.desk.access import needs
from wenming.faces.desk.ledger import metric_url
from wenming.faces.desk.vouchers import Key, Ticket
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.people.roles import ROLES
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.burden import queries, rows
from wenming.records.cases import states as case_states

CHECKS = "places_inspected"
PLACE = "place"
_SUBJECTS = dict(history.SUBJECTS)


@dataclass(frozen=True)
class Row:
    """One record: when, what it is with its address (empty where it is not the reader's), a remark, and how much it
    brings to the number."""

    when: str
    label: str
    url: str
    said: str = ""
    amount: str = ""


@dataclass(frozen=True)
class Asked:
    """Whose records of which days are asked for, and by whom."""

    request: StaffRequest
    unit: Unit
    period: Period
    at: datetime


@dataclass(frozen=True)
class Kind:
    """One list: its name, what is in it, what the last column counts, and how a page of it is made."""

    name: str
    means: str
    find: Callable[[Asked], Any]
    show: Callable[[Asked, Sequence[Any]], list[Row]]
    amount: str = ""


@require_GET
@needs(P.LEDGER_READ)
def records(request: StaffRequest, what: str) -> HttpResponse:
    """The records behind the number `what` of a unit and period. 404 for an unknown list and for strangers' units."""
    kind = KINDS.get(what)
    if kind is None:
        raise Http404
    now = clock.now()
    unit = access.scope(request, access.units(request.user, P.LEDGER_READ))
    usual = periods.of(periods.MONTH, clock.local_date(now))
    period, _form = ledger_period.chosen(request, usual)
    asked = Asked(request, unit, period, now)
    page: Page = paging.page(request, kind.find(asked))  # type: ignore[type-arg]
    context = {
        "unit": unit, "period": period, "kind": kind, "page": page, "rows": kind.show(asked, list(page.object_list)),
        "back": back(unit, period),
    }  # fmt: skip
    return render(request, "desk/ledger/burden_records.html", context)


def address(what: str, unit: Unit, period: Period) -> str:
    """The page of the records behind a number."""
    return links.to("desk:burden-records", what, unit=unit.uuid, period=period.key)


def back(unit: Unit, period: Period) -> str:
    """The page on which the number stands."""
    page = "desk:burden-review" if period.kind == periods.QUARTER else "desk:burden"
    return links.to(page, unit=unit.uuid, period=period.key)


def _when(at: datetime) -> str:
    return clock.show_time(at)


def _tickets(asked: Asked, keys: Sequence[Key]) -> dict[Key, Ticket]:
    """Vouchers, and places: a place that was looked at without a find is a step too."""
    person = asked.request.user
    found = vouchers.tickets(person, [key for key in keys if key[0] != PLACE])
    uuids = {key for kind, key in keys if kind == PLACE}
    if uuids:
        places = Place.objects.in_paths(person.paths(P.PLACES_READ)).filter(uuid__in=uuids)
        found |= {
            (PLACE, place.uuid): Ticket(PLACE, place.name, links.to("desk:place-detail", place.uuid))
            for place in places
        }
    return found


def _facts(asked: Asked, found: Sequence[Any], boxes: dict[uuid.UUID, int] | None = None) -> list[Row]:
    keys = [(row["kind_"], row["uuid"]) for row in found]
    tickets = _tickets(asked, keys)
    return [
        Row(
            _when(row["when"]),
            f"{vouchers.KINDS[key[0]]}　{tickets[key].label}" if tickets[key].url else tickets[key].label,
            tickets[key].url,
            tickets[key].where,
            f"{boxes[key[1]]}格" if boxes else "",
        )
        for row, key in zip(found, keys, strict=True)
    ]


def _boxes(asked: Asked, found: Sequence[Any]) -> list[Row]:
    return _facts(asked, found, queries.boxes(row["uuid"] for row in found))


def _cases(asked: Asked, found: Sequence[Any]) -> list[Row]:
    keys = [("case", case.uuid) for case in found]
    tickets = _tickets(asked, keys)
    return [
        Row(_when(case.reported_at), tickets[key].label, tickets[key].url, _case_said(case) if tickets[key].url else "")
        for case, key in zip(found, keys, strict=True)
    ]  # fmt: skip


def _case_said(case: Any) -> str:
    return f"{case.where}　{case.state_label}"


def _about(asked: Asked, found: Sequence[Any], when: str, *, open_too: bool = False) -> list[Row]:
    """Steps and notices: about which record; the sentence only where the record is the reader's to open."""
    keys = [(row.subject_kind, row.subject_uuid) for row in found if row.subject_uuid]
    tickets = _tickets(asked, keys)
    shown = []
    for row in found:
        ticket = tickets.get((row.subject_kind, row.subject_uuid)) if row.subject_uuid else None
        url = ticket.url if ticket else ""
        subject = _SUBJECTS.get(row.subject_kind, "其他")
        hidden = f"{subject}（不在您的查看范围）" if row.subject_kind in vouchers.KINDS else subject
        urgent = "安全类" if open_too and row.urgent else ""
        label = f"{subject}　{ticket.label}" if ticket and url else hidden
        # 「丁磊附整改前照片 1 张」: what was done, not who did it.
        said = row.sentence.removeprefix(getattr(row, "by_name", "")) if url else ""
        shown.append(Row(_when(getattr(row, when)), label, url, said, urgent))
    return shown


def _steps(asked: Asked, found: Sequence[Any]) -> list[Row]:
    return _about(asked, found, "at")


def _notices(asked: Asked, found: Sequence[Any]) -> list[Row]:
    return _about(asked, found, "show_at", open_too=True)


def _figures(asked: Asked, found: Sequence[Any]) -> list[Row]:
    keys = [("document", figure.document_uuid) for figure, _uses in found if figure.document_uuid]
    tickets = _tickets(asked, keys)
    return [
        Row(
            _when(figure.taken_at), f"{figure.name} {figure.text}", links.to("desk:figure", figure.uuid),
            tickets["document", figure.document_uuid].label if figure.document_uuid else "上级表格", f"{uses}笔",
        )
        for figure, uses in found
    ]  # fmt: skip


def _people(_asked: Asked, found: Sequence[Any]) -> list[Row]:
    return [
        Row(f"自 {post.from_date}", f"{post.unit.name}　{ROLES[post.role].name}", "", "" if post.to_date is None
            else f"到 {post.to_date}")
        for post in found
    ]  # fmt: skip


def _papers(asked: Asked, found: Sequence[Any]) -> list[Row]:
    keys = [("document", paper.document.uuid) for paper in found]
    tickets = _tickets(asked, keys)
    return [
        Row(_when(paper.document.issued_at), tickets[key].label, tickets[key].url, "正文里标「手填」的数", f"{paper.typed}个")
        for paper, key in zip(found, keys, strict=True)
    ]  # fmt: skip


def _visits(asked: Asked, found: Sequence[Any]) -> list[Row]:
    parties = Unit.objects.in_bulk({row["party_id"] for row in found})
    sources = dict(case_states.SOURCES)
    return [
        Row(
            clock.show_date(row["day"]), f"{parties[row['party_id']].label}　{sources[row['source']]}",
            metric_url(CHECKS, asked.unit, periods.of(periods.DAY, row["day"])), "点开看这一天的点位", f"{row['places']}处",
        )
        for row in found
    ]  # fmt: skip


def _of(
    find: Callable[[Unit, Period], Any], narrow: Callable[[Any], Any] = lambda found: found
) -> Callable[[Asked], Any]:
    return lambda asked: narrow(find(asked.unit, asked.period))


_STEP = "历史里由本单位及下级在岗人员做的动作，一个动作一行。只看做了什么事，不按人列。"
_NIGHT = "22 时到次日 7 时送达的通知，一人一条。只看是什么事，不按人列；有说明的，是您查看范围里的事。"
KINDS = {
    "facts": Kind("录入的事实", "上报的问题和工作台账，一件一行。", _of(rows.facts), _facts),
    "cases": Kind("上报的问题", "由本单位及下级在岗人员上报的问题。",
                  _of(rows.reported, lambda found: found.select_related("place").order_by("-reported_at", "pk")), _cases),
    "imported": Kind("成批导入的", "用表格、粘贴、上级清单导入的，没有逐格填写。",
                     lambda asked: rows.facts(asked.unit, asked.period, imported=True), _facts),
    "by_hand": Kind("逐条填写的", "在网页或手机上一条一条填的，最后一列是填了几格。",
                    lambda asked: rows.facts(asked.unit, asked.period, imported=False), _boxes, "填的格子"),
    "steps": Kind("办理步骤", _STEP, _of(rows.steps, lambda found: found.order_by("-posted_at", "-pk")), _steps),
    "people": Kind("在岗人员", "期内在本单位及下级任过岗的，一岗一行；一人几岗的，人数只算一个。",
                   _of(rows.posts, lambda found: found.select_related("unit").order_by("unit__path", "role", "pk")), _people),
    "figures": Kind("用到本单位的数字", "公文、上级表格里定下的数字，最后一列是它后面有本单位几笔分录。",
                    lambda asked: queries.reused(asked.unit, asked.period, at=asked.at), _figures, "本单位分录"),
    "night": Kind("夜间通知", _NIGHT, _of(rows.notices, lambda found: rows.at_night(found).order_by("-show_at", "-pk")), _notices, "类别"),
    "notices": Kind("全部通知", "期内送达的通知，一人一条。只看是什么事，不按人列；有说明的，是您查看范围里的事。",
                    _of(rows.notices, lambda found: found.order_by("-show_at", "-pk")), _notices, "类别"),
    "typed_numbers": Kind("手填的数", "账上有、却由人打进公文的数字，按公文列。",
                          lambda asked: [paper for paper in queries.papers(asked.unit, asked.period) if paper.typed], _papers, "手填"),
    "double_reports": Kind("重复上报", "上报后并入别的问题，或因重复不予受理、结案的。",
                           _of(rows.doubles, lambda found: found.select_related("place").order_by("-reported_at", "pk")), _cases),
    "visits": Kind("督查次数", "上级和镇级到本单位看点位：同一天、同一检查单位算一次，暗访公开后才算。",
                   _of(rows.visits), _visits, "点位"),
}  # fmt: skip
