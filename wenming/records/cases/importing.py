"""A list of problems from a table: the superior's list, or an old ledger. Every line becomes a reported case.

The line's number in its source (or else its content) makes the key of the case, so that importing the same
list again changes nothing, and an import that was cut off is finished by importing once more.
"""

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked, Column, Done, Row, Template
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.standards.suggestions import plain
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.cases import actions, states
from wenming.records.cases.models import Case

BATCH = 500
"""Cases written in one transaction. A longer one would keep all other desks waiting: SQLite has one writer."""
OLDEST_YEARS = 5
_NAMESPACE = uuid.UUID("6f1a7a0e-6a0c-5d3c-9a55-0f5d0f6a2c11")
_SOURCES = {label: code for code, label in states.SOURCES} | {
    "国家": "national", "省级": "province", "省测评": "province", "市级": "city", "市督查": "city", "县级": "county", "县督查": "county",
    "镇级": "town", "镇督查": "town", "12345": "hotline", "通报": "bulletin", "自查": "self",
    "领导批示": "leader", "领导批办": "leader", "领导督办": "leader",
}  # fmt: skip
TEMPLATE = Template(
    kind="cases",
    title="问题清单导入表",
    columns=(
        Column("external", "原编号", kind="code", longest=40, example="市督〔2026〕12-1",
               help="上级清单或旧台账里的编号；有它，重复导入不会重复建。", aliases=("编号", "问题编号", "外部编号")),
        Column("source", "来源", required=True, example="市级督查", choices=_SOURCES, listed=len(states.SOURCES),
               aliases=("问题来源",)),
        Column("unit", "社区", required=True, longest=60, example="东门社区", help="问题所在的社区（村），填名称或编码。",
               aliases=("所在社区", "村居", "社区村", "属地", "所在单位")),
        Column("place", "点位", longest=120, example="建设巷", help="点位名称；不在点位库里的，作为具体位置记下。",
               aliases=("位置", "点位位置", "具体位置", "地点", "点位名称")),
        Column("category", "类别", longest=60, example="暴露垃圾", help="类别的名称、代码或俗名；不填按「存在问题」里的词认。",
               aliases=("问题类别", "问题类型", "类别代码")),
        Column("description", "存在问题", required=True, longest=300, example="巷口有垃圾堆放",
               aliases=("问题描述", "问题", "主要问题")),
        Column("found_on", "发现日期", required=True, kind="date", example="2026-11-20", aliases=("日期", "发现时间", "检查日期")),
        Column("lead", "责任单位", longest=60, example="", help="只作建议记在问题里，派遣仍由创城办办理。",
               aliases=("整改单位", "责任部门")),
    ),
    notes=("导入后每一行是一个「待受理」的问题，请到问题台账立案、派遣。",),
)  # fmt: skip


def check(checked: Checked, *, by: Person, at: datetime | None = None) -> Checked:
    """预检: communities within reach of `by`, places, categories, dates, repeats. Needs a person: every case has
    a finder."""
    today = clock.local_date(at or clock.now())
    checked.refuse_repeats(["external"])
    same = ["source", "unit", "place", "description", "found_on"]
    nameless = [row for row in checked.rows if not row["external"]]
    checked.refuse_repeats(same, "与第 {row} 行内容完全相同，请只留一行。", rows=nameless)
    books = _Books(by)
    for row in checked.rows:
        _check_unit(checked, row, books)
        _check_category(checked, row, books, today)
        _check_day(checked, row, today)
        if row["lead"] and row["lead"] not in books.units:
            checked.fault(row, "lead", f"找不到单位「{row['lead']}」，请核对名称，或者留空。")
    return checked


class _Books:
    """What the rows are compared with, read once."""

    def __init__(self, by: Person) -> None:
        reach = Unit.objects.in_paths(by.paths(P.CASE_REGISTER)).in_force().select_related("town", "parent")
        self.units: dict[str, list[Unit]] = {}
        for unit in reach:
            for name in {unit.code, unit.name, unit.short_name} - {""}:
                self.units.setdefault(name, []).append(unit)
        pks = {unit.pk for found in self.units.values() for unit in found}
        self.places: dict[tuple[int, str], Place] = {}
        self.in_town: dict[tuple[int | None, str], list[Place]] = {}
        for place in Place.objects.in_force().filter(unit_id__in=pks).select_related("unit", "unit__town"):
            self.places[_ground(place.unit).pk, place.name] = place
            self.in_town.setdefault((place.unit.town_id, place.name), []).append(place)
        self.categories: dict[date, dict[str, str]] = {}

    def category(self, text: str, on: date) -> str | None:
        """Code of the category with this code, name or alias on the day."""
        if on not in self.categories:
            known: dict[str, str] = {}
            for row in standards.categories(on):
                for name in row.aliases:
                    known.setdefault(plain(name), row.code)
            for row in standards.categories(on):
                known |= {plain(row.name): row.code, row.code: row.code}
            self.categories[on] = known
        return self.categories[on].get(plain(text))


def _ground(unit: Unit) -> Unit:
    return unit.parent if unit.kind == kinds.GRID and unit.parent else unit


def _check_unit(checked: Checked, row: Row, books: _Books) -> None:
    if not row["unit"]:
        return
    found = books.units.get(row["unit"]) or books.units.get(row["unit"].ljust(12, "0")) or []
    if len(found) != 1:
        many = f"有 {len(found)} 个单位叫「{row['unit']}」，请改填编码。"
        none = f"您的辖区里没有「{row['unit']}」，请核对名称。"
        checked.fault(row, "unit", many if found else none)
        return
    if found[0].kind not in kinds.TERRITORIAL:
        checked.fault(row, "unit", f"{found[0].get_kind_display()}不管地面，请填问题所在的社区（村）。")
        return
    unit = row.found["unit"] = _ground(found[0])
    place = books.places.get((unit.pk, row.text("place")))
    if place is None:
        elsewhere = books.in_town.get((unit.town_id, row.text("place")), [])
        if len(elsewhere) == 1 and unit.kind not in kinds.RESIDENTIAL:
            place = elsewhere[0]
    row.found["place"] = place


def _check_category(checked: Checked, row: Row, books: _Books, today: date) -> None:
    on = row["found_on"] or today
    if row["category"]:
        code = books.category(row["category"], on)
        if code is None:
            near = standards.suggest(f"{row['category']} {row.text('description')}", on=on)
            names = "、".join(f"{kind.name}（{kind.code}）" for kind, _word in near)
            hint = f"是不是：{names}？" if names else "请从类别表里选。"
            checked.fault(row, "category", f"没有「{row['category']}」这一类，{hint}")
        row.found["category"] = code
        return
    near = standards.suggest(row.text("description"), on=on, limit=1)
    if near:
        row.found["category"] = near[0][0].code
    elif row["description"]:
        checked.fault(row, "category", "从「存在问题」里认不出类别，请填类别。")


def _check_day(checked: Checked, row: Row, today: date) -> None:
    if row["found_on"] is None:
        return
    if row["found_on"] > today:
        checked.fault(row, "found_on", "发现日期在将来，请核对。")
    elif row["found_on"] < today - timedelta(days=366 * OLDEST_YEARS):
        checked.fault(row, "found_on", f"发现日期早于 {OLDEST_YEARS} 年前，请核对年份。")


def run(
    checked: Checked,
    *,
    by: Person,
    at: datetime,
    progress: sheets.Progress = sheets.no_progress,
) -> Done:
    """Report the good rows, BATCH in one transaction. Raises DomainError naming the row: its batch is not
    written, the batches before are, and importing the table again goes on from there."""
    done, rows = Done(), checked.good
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        keys = {key_of(row): row for row in batch}
        known = set(Case.objects.filter(uuid__in=keys).values_list("uuid", flat=True))
        created = 0
        with transaction.atomic():
            for number, (key, row) in enumerate(keys.items(), start=start + 1):
                if key not in known:
                    _report(row, key, by, at)
                    created += 1
                progress(number, len(rows))
        done.created += created
        done.unchanged += len(batch) - created
    return done


def _report(row: Row, key: uuid.UUID, by: Person, at: datetime) -> None:
    place: Place | None = row.found.get("place")
    description = row["description"]
    if row["lead"]:
        hint = f"（建议责任单位：{row['lead']}）"
        description = description[: 300 - len(hint)] + hint
    try:
        actions.report(
            at=at, by=by, key=key, category=row.found["category"], description=description, unit=row.found["unit"],
            place=place, address="" if place else row.text("place"), source=row["source"],
            # A list gives days only; noon keeps the day whatever the clock. Today's finds cannot lie ahead.
            found_at=min(clock.at_local(row["found_on"], 12), at),
        )  # fmt: skip
    except DomainError as error:
        raise DomainError(error.code, f"第 {row.number} 行：{error.message}", field="file") from error


def key_of(row: Row) -> uuid.UUID:
    """The same line of the same list always gives the same key."""
    town = row.found["unit"].town_id
    if row["external"]:
        said = f"{town}|{row['source']}|{row['external']}"
    else:
        facts = (
            row["source"],
            row.found["unit"].code,
            row.text("place"),
            row["description"],
            row["found_on"],
        )
        said = "|".join(map(str, (town, *facts)))
    return uuid.uuid5(_NAMESPACE, said)
