"""接收上级清单: a county's 《督查通报》 or 《创城周报》 has a problem list; after one mapping its lines are cases.

The file has any headings; a person says once which column is what, and it is remembered for the sender. Every line
becomes a case through the ordinary deeds (report, and if wanted register and dispatch with the list's own deadline),
with a key from its content, so that the same list a second time changes nothing. Where a case came from is kept, so
that the written answer can be put together.

This room stands on `cases` here; cases know nothing of it.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked, Column, Done, Foreign, Row
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.cases import actions as cases
from wenming.records.cases import importing
from wenming.records.cases import states as case_states
from wenming.records.cases.models import Case
from wenming.records.journals.models import ListedCase, SuperiorList

MOST_ROWS = 1000
BATCH = 100
SOURCES = [
    (code, name)
    for code, name in case_states.SOURCES
    if code in ("national", "province", "city", "county", "bulletin")
]


def _numbered(column: Column) -> Column:
    """In a superior's list the running number is what its lines are called by."""
    return replace(column, aliases=(*column.aliases, "序号")) if column.key == "external" else column


TEMPLATE = replace(
    importing.TEMPLATE,
    columns=(
        *(_numbered(column) for column in importing.TEMPLATE.columns),
        Column("deadline", "整改时限", longest=40, help="日期，或「3天」「5个工作日」。",
               aliases=("整改期限", "完成时限", "时限", "整改时间", "限期", "完成时间")),
    ),
)  # fmt: skip
# What a column of the list can be; the source and the day are asked once for the whole list.
TARGETS = [(column.key, column.title) for column in TEMPLATE.columns if column.key != "source"]
_NAMESPACE = uuid.UUID("0b1de9a1-52f3-5a0e-9d0c-3f6a1c2f88d4")
_MARK = re.compile(r"(?:^|(?<=[\s；;。，,]))[（(]?\s*(\d{1,2})\s*[）)、.．]\s*")
_TERM = re.compile(r"(\d{1,3}|[一二两三四五六七八九十])\s*(个?工作日|天|日|小时|个?星期|周)(?:内|以内)?")
_DIGITS = {"两": 2} | {sign: number for number, sign in enumerate("一二三四五六七八九十", start=1)}
_AT_ONCE = re.compile(r"立行立改|即知即改|即查即改|边查边改|马上|立即|当日|当天|即时")
LONGEST_TERM_DAYS = 366


@dataclass(frozen=True)
class Cover:
    """What is asked once for the whole list."""

    town: Unit
    sender: str
    title: str
    source: str
    received_on: date
    # Where a line names no community: usually the town itself.
    unit: Unit
    split: bool = True


def remembered(town: Unit, sender: str) -> dict[str, str]:
    """Heading → key, as the sender's last list was read; empty for a new sender."""
    last = SuperiorList.objects.filter(town=town, sender=sender.strip()).order_by("-entered_at").first()
    return dict(last.columns) if last else {}


def senders(town: Unit) -> list[str]:
    """Everybody whose lists have been taken over, the latest first."""
    found = SuperiorList.objects.filter(town=town).order_by("-entered_at").values_list("sender", flat=True)
    return list(dict.fromkeys(found[:200]))


def check(
    table: Foreign, *, heading: int, columns: Mapping[int, str], cover: Cover, by: Person, at: datetime
) -> Checked:
    """预检 of the mapped list: every line as the case it would become, every fault with its row.

    Raises DomainError: sheet_long, mapping_description (nobody said where the problem stands).
    """
    if "description" not in columns.values():
        raise DomainError("mapping_description", "请指明哪一列是「存在问题」。", field="description")
    fixed = {"source": cover.source, "found_on": cover.received_on}
    checked = sheets.mapped(table, heading=heading, columns=columns, template=TEMPLATE, fixed=fixed)
    if len(checked.rows) > MOST_ROWS:
        raise DomainError("sheet_long", f"清单有 {len(checked.rows)} 行，一次最多 {MOST_ROWS} 行，请分几次。")
    if not checked.rows:
        checked.fault(0, "", "表头下面没有内容，请核对表头在第几行。")
    if cover.split:
        checked.rows = [part for row in checked.rows for part in _parts(row)]
    units = _Units(cover.town)
    for row in checked.rows:
        _place(row, cover, units)
    importing.check(checked, by=by, at=at)
    for row in checked.rows:
        _deadline(checked, row, at)
    return checked


def run(
    checked: Checked,
    *,
    cover: Cover,
    columns: Mapping[str, str],
    by: Person,
    at: datetime,
    dispatch: bool = False,
    progress: sheets.Progress = sheets.no_progress,
) -> Done:
    """Take the good lines over, BATCH in one transaction. `columns`: heading → key, to be remembered.

    With `dispatch` a line whose unit is known and may lead is registered and sent to it at once, with the deadline
    of the list. Raises DomainError naming the row; batches before it stay.
    """
    done, rows = Done(), checked.good
    wanted = _list(cover, columns, by, at)
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        known = {
            case.uuid: case for case in Case.objects.filter(uuid__in=[importing.key_of(row) for row in batch])
        }
        with transaction.atomic():
            for row in batch:
                key = importing.key_of(row)
                case = known.get(key) or _case(row, key, by, at, dispatch=dispatch)
                done.created += key not in known
                done.unchanged += key in known
                _listed(wanted, case, row)
        progress(start + len(batch), len(rows))
    return done


def _list(cover: Cover, columns: Mapping[str, str], by: Person, at: datetime) -> SuperiorList:
    """The list itself; the same title of the same sender on the same day is the same list."""
    said = f"{cover.town.code}|{cover.sender}|{cover.title}|{cover.received_on}"
    with transaction.atomic():
        row, created = SuperiorList.objects.get_or_create(
            uuid=uuid.uuid5(_NAMESPACE, said),
            defaults={
                "town": cover.town, "sender": cover.sender, "title": cover.title, "source": cover.source,
                "received_on": cover.received_on, "columns": dict(columns), "entered_by": by, "entered_at": at,
            },
        )  # fmt: skip
        if not created:
            row.columns, row.entered_at = dict(columns), at
            row.save(update_fields=["columns", "entered_at"])
    return row


def _listed(wanted: SuperiorList, case: Case, row: Row) -> None:
    ListedCase.objects.get_or_create(
        list=wanted, case=case, defaults={"number": row.found.get("number", "")[:40], "position": row.number}
    )


def _case(row: Row, key: uuid.UUID, by: Person, at: datetime, *, dispatch: bool) -> Case:
    """The line as a case, by the deeds that a clerk would do one by one."""
    place = row.found.get("place")
    try:
        case = cases.report(
            at=at, by=by, key=key, category=row.found["category"], description=row["description"], unit=row.found["unit"],
            place=place, address="" if place else row.text("place"), source=row["source"],
            found_at=min(clock.at_local(row["found_on"], 12), at),
        )  # fmt: skip
        if dispatch and row.found.get("lead") is not None:
            case = cases.register(case=case, by=by, at=at)
            case = cases.dispatch(case=case, by=by, at=at, lead=row.found["lead"], term=row.found.get("term"))
    except DomainError as error:
        raise DomainError(error.code, f"第 {row.number} 行：{error.message}", field="file") from error
    return case


def may_dispatch(person: Person, town: Unit) -> bool:
    return person.may(P.CASE_REGISTER, town) and person.may(P.CASE_DISPATCH, town)


class _Units:
    """Units by name: those of the town, and the departments beside it."""

    def __init__(self, town: Unit) -> None:
        self.found: dict[str, list[Unit]] = {}
        own = Unit.objects.in_force().below(town).select_related("town", "parent")
        beside = Unit.objects.in_force().filter(
            parent_id=town.parent_id, kind__in=(kinds.DEPARTMENT, kinds.STATION)
        )
        for unit in [*own, *(beside.select_related("town") if town.parent_id else [])]:
            for name in {unit.code, unit.name, unit.short_name} - {""}:
                self.found.setdefault(name, []).append(unit)
        # The county writes 「安和镇市场监管所」, 「安和镇东门社区」 where the register says 安和市场监管所, 东门社区.
        self.town = [name for name in {town.name, town.label, town.label.rstrip("镇乡")} if len(name) > 1]
        self.short: dict[str, list[Unit]] = {}
        for unit in own:
            for name in {self._bare(unit.name), self._bare(unit.short_name)} - {""}:
                if unit not in self.short.setdefault(name, []):
                    self.short[name].append(unit)

    def _bare(self, name: str) -> str:
        """The name without that of the town before it; the town's own name stays."""
        for town in sorted(self.town, key=len, reverse=True):
            if name.startswith(town) and len(name) > len(town) + 1:
                return name.removeprefix(town)
        return name

    def named(self, text: str) -> Unit | None:
        """The one unit of that name; the first of several names in one cell."""
        for part in re.split(r"[、,，;；/\n]+", text):
            name = part.strip()
            for found in (self.found.get(name, []), self.short.get(self._bare(name), [])):
                if len(found) == 1:
                    return found[0]
        return None


def _place(row: Row, cover: Cover, units: _Units) -> None:
    """On whose ground the problem lies, and who shall put it right: lists give one or the other, or both.

    What names no unit of ours is kept as words, never lost.
    """
    ground, lead = units.named(row.text("unit")), units.named(row.text("lead"))
    if ground is not None and ground.kind not in kinds.TERRITORIAL:
        lead, ground = lead or ground, None
    if ground is None and lead is not None and lead.kind in kinds.RESIDENTIAL:
        ground = lead
    unknown = [
        row.text(key) for key, found in (("unit", ground), ("lead", lead)) if row.text(key) and found is None
    ]
    unknown = [name for name in unknown if lead is None or units.named(name) != lead]
    row.found["number"] = row.text("external")
    if row["external"]:
        # Lists are numbered from 1 each time: a number alone does not tell two lists apart.
        row.values["external"] = f"{cover.received_on}|{row['external']}|{row.text('description')}"
    row.values["unit"] = (ground or cover.unit).code
    row.values["lead"] = None
    row.found["lead"] = lead or (ground if ground is not None and ground.kind in kinds.RESIDENTIAL else None)
    if unknown and row["description"]:
        hint = f"（清单所列责任单位：{'、'.join(dict.fromkeys(unknown))}）"
        row.values["description"] = row["description"][: 300 - len(hint)] + hint


def _deadline(checked: Checked, row: Row, at: datetime) -> None:
    """The list's deadline as a term, and whether the unit may lead at all (handbook D10)."""
    lead: Unit | None = row.found.get("lead")
    category = row.found.get("category")
    if lead is not None and category and lead.kind in kinds.RESIDENTIAL:
        kind = standards.category(category, clock.local_date(at))
        if not kind.can_community_lead:
            row.found["lead"] = None
            row.found["note"] = "要执法权，不能派给社区（村）主办，请另派"
    if not row["deadline"]:
        return
    try:
        row.found["term"] = term(row["deadline"], at)
    except DomainError as error:
        checked.fault(row, "deadline", error.message)


def term(text: str, at: datetime) -> Term | None:
    """「11月30日」「2026-11-30」「3天内」「5个工作日」「一周内」「立行立改」 as a term from now; None for words that give no day.

    Raises DomainError `deadline_past` for a day that has gone by.
    """
    today = clock.local_date(at)
    day = _day(text, today)
    if day is not None:
        days = (day - today).days
        if days < 0 or days > LONGEST_TERM_DAYS:
            said = "已过" if days < 0 else "太远"
            raise DomainError("deadline_past", f"整改时限「{text}」{said}，请核对；不要时限的请清空。")
        return Term(Decimal(days), TermUnit.DAY) if days else _until_midnight(at)
    found = _TERM.search(text)
    if found:
        count = _DIGITS.get(found[1]) or int(found[1])
        if found[2].endswith(("周", "星期")):
            return Term(Decimal(7 * count), TermUnit.DAY) if count else None
        unit = {"天": TermUnit.DAY, "日": TermUnit.DAY, "小时": TermUnit.HOUR}.get(
            found[2], TermUnit.WORK_DAY
        )
        return Term(Decimal(count), unit) if count else None
    return Term(Decimal(1), TermUnit.WORK_DAY) if _AT_ONCE.search(text) else None


def _until_midnight(at: datetime) -> Term:
    left = clock.at_local(clock.local_date(at) + timedelta(days=1)) - at
    return Term(Decimal(max(1, int(left.total_seconds() // 3600))), TermUnit.HOUR)


def _day(text: str, today: date) -> date | None:
    whole = re.search(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})", text)
    short = re.search(r"(?<!\d)(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]", text)
    try:
        if whole:
            return date(*(int(part) for part in whole.groups()))
        if short:
            month, day = (int(part) for part in short.groups())
            found = date(today.year, month, day)
            # 「1月5日」 in a list of December is next year's.
            return found if (today - found).days < 180 else date(today.year + 1, month, day)
    except ValueError:
        return None
    return None


def _parts(row: Row) -> Sequence[Row]:
    """一点位多问题用 (1)(2)(3): one problem, one case (handbook §5.2). Only where the numbers run 1, 2, 3 …"""
    text = row.text("description")
    marks = list(_MARK.finditer(text))
    if len(marks) < 2 or [int(mark[1]) for mark in marks] != list(range(1, len(marks) + 1)):
        return [row]
    head = text[: marks[0].start()].strip(" ：:，,；;")
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    found = []
    for mark, end in zip(marks, ends, strict=True):
        said = text[mark.end() : end].strip(" ；;。，,\n")
        if not said:
            return [row]
        values: dict[str, Any] = {**row.values, "description": f"{head}：{said}" if head else said}
        if row["external"]:
            values["external"] = f"{row['external']}-{mark[1]}"
        found.append(Row(row.number, values, row.texts))
    return found
