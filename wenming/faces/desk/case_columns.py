"""The columns of the case ledger (handbook §5.2): one list for the page, the print and the Excel file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Subquery, prefetch_related_objects

from wenming.common import clock
from wenming.faces.desk import photo_forms
from wenming.ground.audit.models import Record
from wenming.ground.evidence.models import Photo
from wenming.ground.standards import queries as standards
from wenming.ground.units.models import Unit
from wenming.records.cases import queries, reading, states
from wenming.records.cases.models import Case, CaseQuerySet, Revisit

LIGHT_WORDS = dict(queries.LIGHTS)


@dataclass
class Row:
    """A case with what the chosen columns need beside it."""

    case: Case
    at: datetime
    photos: dict[str, list[Photo]] = field(default_factory=dict)
    verifier: str = ""
    revisits: list[Revisit] = field(default_factory=list)
    point_types: dict[str, str] = field(default_factory=dict)
    cells: list["Cell"] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """What the page shows in one place of the table."""

    code: str
    kind: str
    text: str
    photos: Sequence[Photo] = ()


@dataclass(frozen=True)
class Column:
    """`text` is what Excel and the print say; `kind` tells the page to show a light, photos or a link instead."""

    code: str
    label: str
    width: int
    text: Callable[[Row], str]
    kind: str = "text"

    def cell(self, row: Row) -> Cell:
        return Cell(self.code, self.kind, self.text(row), row.photos.get(self.code, ()))


def table(
    cases: Sequence[Case], columns: Sequence[Column], at: datetime, near: Sequence[Unit] = ()
) -> list[Row]:
    """The table of the page: every row with its cells. `near`: units at hand, which need not be read again."""
    rows = load(cases, columns, at, near)
    for row in rows:
        row.cells = [column.cell(row) for column in columns]
    return rows


def _when(at: datetime | None) -> str:
    return f"{clock.local(at):%Y-%m-%d %H:%M}" if at else ""


def _day(at: datetime | None) -> str:
    return f"{clock.local(at):%Y-%m-%d}" if at else ""


def _photos(use: str) -> Callable[[Row], str]:
    def told(row: Row) -> str:
        count = len(row.photos.get(use, []))
        return f"{count} 张" if count else ""

    return told


def _light(row: Row) -> str:
    """The word of the light; nothing once nobody has to do anything any more."""
    if row.case.state not in states.OPEN:
        return ""
    return LIGHT_WORDS[queries.light(row.case, row.at)]


def _result(row: Row) -> str:
    case = row.case
    if case.state == states.CLOSED:
        timely = (
            {True: "，按期", False: "，超期", None: ""}[case.in_time]
            if case.close_reason == states.FIXED
            else ""
        )
        return states.CLOSING_LABELS[case.close_reason] + timely
    return f"退回返工 {case.rework_count} 次" if case.rework_count else ""


def _revisit(row: Row) -> str:
    done = [visit for visit in row.revisits if visit.done_at]
    if not done:
        return f"待回头看 {row.revisits[0].due_date:%Y-%m-%d}" if row.revisits else ""
    return "反弹" if any(visit.relapsed for visit in done) else f"{len(done)} 次未反弹"


def remark(case: Case) -> str:
    """What makes the case special, in words."""
    said = [
        ("当场整改", case.path == states.ON_SPOT), ("自查", case.self_found), ("暗访未公开", case.covert),
        ("安全类", case.safety), (f"返工 {case.rework_count} 次", case.rework_count > 0),
        ("反弹", case.relapse_of_id is not None), ("已延期", case.extended), ("群众退回过", case.contested),
    ]  # fmt: skip
    words = [word for word, holds in said if holds]
    return "、".join([*words, case.public_note] if case.public_note else words)


COLUMNS = [
    Column("number", "编号", 18, lambda row: row.case.number, "link"),
    Column("light", "灯", 8, _light, "light"),
    Column("state", "状态", 10, lambda row: row.case.state_label),
    Column("found", "上报时间", 16, lambda row: _when(row.case.reported_at), "when"),
    Column("source", "来源", 12, lambda row: states.SOURCE_LABELS[row.case.source]),
    Column("unit", "所在单位", 12, lambda row: row.case.unit.label),
    Column("point_type", "点位类型", 14, lambda row: row.point_types.get(_type_of(row.case), "")),
    Column("place", "点位名称", 16, lambda row: row.case.place.name if row.case.place else ""),
    Column("address", "具体位置", 20, lambda row: row.case.address),
    Column("category", "问题类别", 16, lambda row: row.case.category_name),
    Column("description", "存在问题", 32, lambda row: row.case.description, "words"),
    Column("before", "整改前照片", 10, _photos("before"), "photos"),
    Column("lead", "责任单位", 14, lambda row: row.case.lead_unit.label if row.case.lead_unit else ""),
    Column("handler", "责任人", 10, lambda row: row.case.handler.name if row.case.handler else ""),
    Column(
        "assist", "协办单位", 16, lambda row: "、".join(unit.label for unit in row.case.assist_units.all())
    ),
    Column("path", "整改方式", 10, lambda row: row.case.get_path_display()),
    Column("measures", "整改措施", 24, lambda row: row.case.measures, "words"),
    Column("due", "整改期限", 16, lambda row: _when(row.case.due_at), "due"),
    Column("after", "整改后照片", 10, _photos("after"), "photos"),
    Column("handed_in", "整改完成", 16, lambda row: _when(row.case.handed_in_at), "handed_in"),
    Column("verifier", "核查人", 10, lambda row: row.verifier),
    Column("result", "核查结果", 16, _result),
    Column("closed", "销号日期", 12, lambda row: _day(row.case.closed_at)),
    Column("revisit", "回头看", 16, _revisit),
    Column("suspended_to", "挂账请谁解决", 16, lambda row: row.case.suspended_to),
    Column("needs_yuan", "所需资金（元）", 14, lambda row: str(row.case.needs_yuan or ""), "number"),
    Column("relapses", "反弹次数", 8, lambda row: str(getattr(row.case, "relapse_total", 0) or ""), "number"),
    Column("remark", "备注", 20, lambda row: remark(row.case)),
]
BY_CODE = {column.code: column for column in COLUMNS}
FIXED = "number"
USUAL = ["number", "light", "state", "found", "source", "place", "category", "description", "lead", "due"]


def _type_of(case: Case) -> str:
    return case.place.point_type if case.place else ""


def chosen(codes: Sequence[str] | None) -> list[Column]:
    """The columns to show, in the order of the list; the number is always there."""
    wanted = {code for code in codes or [] if code in BY_CODE} or set(USUAL)
    return [column for column in COLUMNS if column.code in wanted | {FIXED}]


def prepare(found: CaseQuerySet, columns: Sequence[Column]) -> CaseQuerySet:
    """Join what the columns read from the row itself."""
    codes = {column.code for column in columns}
    if "handler" in codes:
        found = found.select_related("handler")
    if "relapses" in codes:
        again = Case.objects.filter(relapse_of=OuterRef("pk"), covert=False).order_by().values("relapse_of")
        count = again.annotate(n=Count("pk")).values("n")
        found = found.annotate(relapse_total=Subquery(count, output_field=IntegerField()))
    return found


def load(
    cases: Sequence[Case], columns: Sequence[Column], at: datetime, near: Sequence[Unit] = ()
) -> list[Row]:
    """Rows with what the columns need: at most six statements, however many cases."""
    codes = {column.code for column in columns}
    # Read once each, not once a row: joined, units and places make the list of many pages slow.
    reading.with_units(cases, near)
    reading.with_places(cases)
    if "assist" in codes:
        prefetch_related_objects(list(cases), "assist_units")
    rows = [Row(case, at) for case in cases]
    keys = [case.uuid for case in cases]
    if codes & {"before", "after"}:
        photos = photo_forms.of_many(keys)
        for row in rows:
            row.photos = photos[row.case.uuid]
    if "verifier" in codes:
        names = _verifiers(keys)
        for row in rows:
            row.verifier = names.get(row.case.uuid, "")
    if "revisit" in codes:
        visits = _revisits(cases)
        for row in rows:
            row.revisits = visits.get(row.case.pk, [])
    if "point_type" in codes:
        types = {one.code: one.name for one in standards.point_types(clock.local_date(at))}
        for row in rows:
            row.point_types = types
    return rows


def _verifiers(keys: Sequence[UUID]) -> dict[Any, str]:
    """Who accepted each case last."""
    found = Record.objects.filter(subject_uuid__in=keys, deed="case.accept").order_by("id")
    return dict(found.values_list("subject_uuid", "by_name"))


def _revisits(cases: Sequence[Case]) -> dict[int, list[Revisit]]:
    found: dict[int, list[Revisit]] = {}
    for visit in Revisit.objects.filter(case__in=[case.pk for case in cases]).order_by("due_date"):
        found.setdefault(visit.case_id, []).append(visit)
    return found
