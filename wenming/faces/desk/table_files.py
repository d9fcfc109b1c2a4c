"""Every list of the desk as an Excel file, exactly as it is filtered; rows are written as they come.

Cases, work logs, entries, units, history and settlements have files of their own beside their lists.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import batched
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import (
    access,
    document_forms,
    documents,
    list_export,
    orders,
    people,
    places,
    takeover,
    work_page,
)
from wenming.faces.desk.access import needs
from wenming.faces.desk.people_forms import FilterForm as PeopleFilter
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people import rules as people_rules
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.outcomes.documents import queries as papers
from wenming.records.cases.models import Case, Order
from wenming.records.journals import states as journal_states
from wenming.records.journals.models import SuperiorList

BATCH = 500
# (heading, width, what stands in the cell)
Columns = list[tuple[str, int, Callable[[Any], Any]]]


@require_GET
def order_file(request: StaffRequest) -> FileResponse:
    """督办单登记."""
    if not any(request.user.may(need) for need in orders.MAY_READ):
        raise PermissionDenied
    form = orders.FilterForm(request.GET, person=request.user)
    found = form.apply(
        Order.objects.visible_to(request.user).select_related("unit", "case", "town", "issued_by")
    )
    columns: Columns = [
        ("文号", 20, lambda row: row.number), ("状态", 10, lambda row: row.get_state_display()),
        ("督办事项", 36, lambda row: row.matter), ("承办单位", 16, lambda row: row.unit.label),
        ("事由", 16, lambda row: row.get_reason_display()), ("问题编号", 18, lambda row: row.case.number),
        ("下发时间", 16, lambda row: _when(row.issued_at)), ("签发人", 10, lambda row: row.issued_by.name if row.issued_by else ""),
        ("办结期限", 12, lambda row: _day(row.due_date)),
    ]  # fmt: skip
    return _answer(
        request,
        "督办单登记簿",
        columns,
        found.order_by("-drafted_at", "-id"),
        said=list_export.filter_said(form),
    )


@require_GET
@needs(*documents.MAY)
def document_file(request: StaffRequest) -> FileResponse:
    """公文 as listed."""
    form = document_forms.ListForm(request.GET, kinds=papers.kinds_on(clock.now(), request.user.town))
    return _answer(
        request,
        "公文目录",
        _PAPERS,
        form.apply(papers.rows(request.user)),
        said=list_export.filter_said(form),
    )


@require_GET
@needs(*documents.MAY)
def register_file(request: StaffRequest) -> FileResponse:
    """发文登记簿 of a year."""
    year = documents.year_of(request)
    return _answer(
        request, f"{year}年发文登记簿", _PAPERS, papers.register(request.user, year), said=f"{year}年"
    )


_PAPERS: Columns = [
    ("字号、期数", 22, lambda row: row.number), ("标题", 44, lambda row: row.shown_title),
    ("状态", 10, lambda row: row.get_state_display()), ("起草人", 10, lambda row: row.drafted_by.name if row.drafted_by else ""),
    ("签发人", 10, lambda row: row.signed_by.name if row.signed_by else ""), ("印发时间", 16, lambda row: _when(row.issued_at)),
    ("主送", 28, lambda row: row.addressee), ("撤销", 24, lambda row: row.withdrawn_ground),
]  # fmt: skip


@require_GET
@needs(P.PLACES_READ)
def place_file(request: StaffRequest) -> FileResponse:
    """点位责任 with who has duty today."""
    form, found = places.filtered(request)
    today = clock.local_date(clock.now())
    types = {row.code: row.name for row in standards.point_types(today)}
    columns: Columns = [
        ("编号", 16, lambda row: row.number), ("名称", 24, lambda row: row.name), ("类别", 10, lambda row: row.get_kind_display()),
        ("点位类型", 16, lambda row: types.get(row.point_type, "")), ("所在单位", 16, lambda row: row.unit.label),
        ("管理单位", 16, lambda row: row.manager.label if row.manager else ""), ("地址", 28, lambda row: row.address),
        ("责任人", 30, lambda row: "；".join(f"{one.person.name}（{one.get_kind_display()}）" for one in row.held)),
    ]  # fmt: skip
    return _answer(
        request, "点位责任登记", columns, places.with_duties(found, today), said=list_export.filter_said(form)
    )


@require_GET
@needs(*people_rules.READERS)
def person_file(request: StaffRequest) -> FileResponse:
    """人员岗位; phone numbers masked as on the page."""
    today = clock.local_date(clock.now())
    form = PeopleFilter(request.GET, own=access.units(request.user, *people_rules.READERS))
    found = people.listed(form, request.user, today)
    columns: Columns = [
        ("姓名", 12, lambda row: row.name), ("手机号", 16, lambda row: row.masked_phone),
        ("岗位", 40, lambda row: "；".join(f"{post.unit.label} {post.label}" for post in row.all_posts if post.held_on(today))),
        ("状态", 10, lambda row: "在用" if row.is_active else "已停用"), ("有效期至", 12, lambda row: _day(row.expires_on)),
    ]  # fmt: skip
    return _answer(request, "人员岗位", columns, found, said=list_export.filter_said(form))


@require_GET
def decision_file(request: StaffRequest) -> FileResponse:
    """议定事项, open or closed as on the page."""
    state = request.GET.get("state", journal_states.OPEN)
    found = work_page.decisions_of(request.user, state)
    columns: Columns = [
        ("议定事项", 40, lambda row: row.what), ("落实单位", 16, lambda row: row.unit.label),
        ("完成期限", 12, lambda row: _day(row.due_on)), ("状态", 10, lambda row: row.state_label),
        ("会议", 28, lambda row: row.journal.title), ("会议日期", 12, lambda row: _day(row.journal.occurred_on)),
        ("落实情况", 36, lambda row: row.note), ("办结人", 10, lambda row: row.closed_by.name if row.closed_by else ""),
        ("办结时间", 16, lambda row: _when(row.closed_at)),
    ]  # fmt: skip
    return _answer(
        request,
        "议定事项",
        columns,
        found,
        said="待落实" if state == journal_states.OPEN else "已落实、已取消",
    )


@require_GET
def taken_file(request: StaffRequest, key: uuid.UUID) -> FileResponse:
    """One superior's list, line by line with how far each problem is: 整改台账 to answer the sender with."""
    row = get_object_or_404(SuperiorList, uuid=key, town=takeover.town_of(request.user))
    seen = Case.objects.visible_to(request.user)
    found = row.lines.filter(case__in=seen).select_related("case__unit", "case__lead_unit", "case__place")
    columns: Columns = [
        ("清单编号", 12, lambda line: line.number or str(line.position)), ("问题编号", 18, lambda line: line.case.number),
        ("位置", 24, lambda line: line.case.where), ("存在问题", 40, lambda line: line.case.description),
        ("责任单位", 16, lambda line: line.case.lead_unit.label if line.case.lead_unit else ""),
        ("整改时限", 16, lambda line: _when(line.case.due_at)), ("状态", 12, lambda line: line.case.state_label),
        ("整改措施", 40, lambda line: line.case.measures), ("结案时间", 16, lambda line: _when(line.case.closed_at)),
    ]  # fmt: skip
    said = f"{row.sender}，{row.received_on}"
    return _answer(request, f"{row.title}整改台账", columns, found.order_by("position", "pk"), said=said)


def _answer(
    request: StaffRequest, name: str, columns: Columns, found: QuerySet[Any], *, said: str
) -> FileResponse:
    headings = [(heading, width) for heading, width, _ in columns]
    return list_export.answer(
        name, headings, _rows(found, columns), said=said, by=request.user, at=clock.now()
    )


def _rows(found: QuerySet[Any], columns: Columns) -> Iterator[list[str]]:
    for rows in batched(found.iterator(BATCH), BATCH):
        for row in rows:
            yield [str(cell(row) or "") for _, _, cell in columns]


def _when(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else ""


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else ""
