"""Work logs from a table: one template for each kind, 预检 with every error, then the ordinary deed in batches.

A line's number in its source (or else its content) makes the key of the record, so that the same table a second
time changes nothing, and an import that was cut off is finished by importing once more.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked, Column, Done, Row, Template
from wenming.ground.people.models import Person
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.records.journals import actions, drafting, kinds, queries, rules, states, values
from wenming.records.journals.drafting import Draft
from wenming.records.journals.kinds import Field, Kind

BATCH = 500
"""Records written in one transaction. A longer one would keep all other desks waiting: SQLite has one writer."""
_NAMESPACE = uuid.UUID("5d0f3f7e-3f0b-5f6f-8f55-0e4ad43c1b27")
_CELLS = {
    states.NUMBER: sheets.model.NUMBER, states.MONEY: sheets.model.NUMBER, states.DATE: sheets.model.DATE,
}  # fmt: skip
# What the only number of a kind may be called in a table that people bring.
_SUMS = ("数量", "数", "个数", "次数", "数目", "人数")
_EXAMPLES = {
    states.DATE: "2026-11-20", states.TIME: "9:30", states.UNIT: "东门社区", states.PLACE: "建设巷",
    states.PEOPLE: "张三、李四", states.NUMBER: "12", states.MONEY: "5000",
}  # fmt: skip


def importer(person: Person, code: str, *, on: date, way: str = states.SHEET) -> "Importer | None":
    """The importer of a kind that the person may enter, None for any other kind."""
    for town in rules.books(person):
        kind = queries.kinds(town, on).get(code)
        if kind is not None and rules.reach(person, kind, town):
            return Importer(kind, town, way, on=on)
    return None


class Importer:
    """One kind in the books of one town: its `TEMPLATE`, `check` and `run`, like those of the other importers."""

    def __init__(self, kind: Kind, town: Unit, way: str = states.SHEET, *, on: date | None = None) -> None:
        self.kind, self.town, self.way = kind, town, way
        self.TEMPLATE = template(kind, today=on)

    def check(self, checked: Checked, *, by: Person, at: datetime | None = None) -> Checked:
        """预检: units within reach, places, days, numbers, repeats; what is late needs its reason."""
        today = clock.local_date(at or clock.now())
        checked.refuse_repeats(["external"])
        books = _Books(self, by)
        for row in checked.rows:
            self._check_row(checked, row, books, today)
        _refuse_twins(checked)
        return checked

    def run(
        self, checked: Checked, *, by: Person, at: datetime, progress: sheets.Progress = sheets.no_progress
    ) -> Done:
        """Enter the good rows, BATCH in one transaction. Raises DomainError naming the row; batches before it stay."""
        done, rows = Done(), checked.good
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            for _, new in self._enter(batch, by, at):
                done.created += new
                done.unchanged += not new
            progress(start + len(batch), len(rows))
        return done

    def _enter(self, rows: list[Row], by: Person, at: datetime) -> list[tuple[Any, bool]]:
        try:
            return actions.enter_many(drafts=[row.found["draft"] for row in rows], by=by, at=at, way=self.way)
        except DomainError:
            pass
        # Something is wrong that only the whole shows (more taken off than there is): find the row and name it.
        made: list[tuple[Any, bool]] = []
        with transaction.atomic():
            for row in rows:
                try:
                    made += actions.enter_many(drafts=[row.found["draft"]], by=by, at=at, way=self.way)
                except DomainError as error:
                    raise DomainError(
                        error.code, f"第 {row.number} 行：{error.message}", field="file"
                    ) from error
        return made

    def _check_row(self, checked: Checked, row: Row, books: "_Books", today: date) -> None:
        unit = books.unit(checked, row)
        raw = books.raw(checked, row, unit)
        day: date | None = row["occurred_on"]
        if day is not None:
            self._check_day(checked, row, day, today)
        wrong = {fault.column for fault in checked.faults_of(row)}
        fields, errors = values.clean(self.kind, raw)
        for code, said in errors.items():
            if checked.template.column(code).title not in wrong:
                checked.fault(row, code, said)
        if not checked.faults_of(row) and not kinds.counted(self.kind, fields):
            checked.fault(row, "", "没有填数量，记不了账；请至少填一个数。")
        if unit is not None and day is not None and not checked.faults_of(row):
            row.found["key"] = key = self._key(row)
            row.found["draft"] = Draft(self.kind.code, unit, day, raw, key, row.text("late_reason"))

    def _check_day(self, checked: Checked, row: Row, day: date, today: date) -> None:
        try:
            late = drafting.is_late(day, self.kind, today)
        except DomainError as error:
            checked.fault(row, "occurred_on", error.message)
            return
        if late and not row["late_reason"]:
            checked.fault(
                row, "late_reason", f"事后超过 {self.kind.late_days} 天才填，按补录登记，请写原因。"
            )

    def _key(self, row: Row) -> uuid.UUID:
        """The same line of the same list always gives the same key."""
        said = [self.town.code, self.kind.code]
        if row["external"]:
            said.append(row["external"])
        else:
            # The reason for being late is no part of the fact.
            said += [f"{code}={row.values.get(code)}" for code in sorted(row.values) if code != "late_reason"]
        return uuid.uuid5(_NAMESPACE, "|".join(map(str, said)))


def template(kind: Kind, *, today: date | None = None) -> Template:
    """The table that people fill in for a kind, or bring as they have it. A heading that a field has itself is nobody
    else's other name."""
    days, taken = kind.late_days, {sheets.plain_heading(field.name) for field in kind.fields}

    def other(*names: str) -> tuple[str, ...]:
        return tuple(name for name in names if name not in taken)

    columns = (
        Column("occurred_on", "日期", required=True, kind=sheets.model.DATE, example="2026-11-20",
               help="事情发生的那天，不是填表的那天。", aliases=other("发生日期", "时间", "发生时间")),
        Column("unit", "单位", longest=60, example="东门社区", help="记到哪个单位，填名称或编码；不填记到您自己的单位。",
               aliases=other("社区", "村居", "所属单位", "填报单位")),
        *(_column(field, other(*_SUMS) if [field] == kind.of_kind(*states.COUNTABLE) else ()) for field in kind.fields),
        Column("late_reason", "补录原因", longest=200, help=f"事后超过 {days} 天才填的，写明原因。"),
        Column("external", "原编号", kind=sheets.model.CODE, longest=40,
               help="原台账里的编号；有它，重复导入不会重复记。", aliases=other("编号")),
    )  # fmt: skip
    return Template(
        kind=f"journal-{kind.code}", title=f"{kind.name}台账导入表", columns=columns,
        notes=tuple(note for note in (kind.hint, "一行一条，数量为 0 的格子不用填。") if note),
        today=today, loose=True, down=("occurred_on", "unit"),
    )  # fmt: skip


def _column(field: Field, aliases: tuple[str, ...]) -> Column:
    help_ = [field.hint] if field.hint else []
    if field.required:
        help_.append(f"用于{'、'.join(field.needed_by)}。")
    choices: Mapping[str, str] = {}
    if field.kind == states.CHOICE:
        choices = {name: code for code, name in field.options}
    if field.kind == states.CHOICES:
        help_.append(f"可填几项，用顿号隔开：{'、'.join(name for _, name in field.options)}。")
    example = (
        field.options[0][1] if field.options else _EXAMPLES.get(field.kind, "") if field.required else ""
    )
    return Column(
        field.code, field.label, required=field.required, kind=_CELLS.get(field.kind, sheets.model.TEXT),
        longest=values.LONGEST.get(field.kind, 0), help="".join(help_), choices=choices, example=example,
        aliases=aliases, measure=field.measure,
    )  # fmt: skip


@dataclass
class _Books:
    """What the rows are compared with, read once."""

    importer: Importer
    by: Person

    def __post_init__(self) -> None:
        town = self.importer.town
        far = rules.reach(self.by, self.importer.kind, town)
        found = Unit.objects.in_force().filter(town=town).exclude(kind="grid").select_related("town")
        self.all: dict[str, list[Unit]] = {}
        for unit in found:
            for name in {unit.code, unit.code.rstrip("0"), unit.name, unit.short_name, *_bare(unit)} - {""}:
                self.all.setdefault(name, []).append(unit)
        self.far = far
        self.home = town if far.whole else far.units[0]
        self.places: dict[str, list[Place]] = {}
        if self.importer.kind.of_kind(states.PLACE):
            for place in Place.objects.in_force().filter(unit__town=town).select_related("unit"):
                for name in (place.number, place.name):
                    self.places.setdefault(name, []).append(place)

    def unit(self, checked: Checked, row: Row) -> Unit | None:
        """The unit that the row is charged to."""
        if not row["unit"]:
            return self.home
        unit, reason = _one(self.all.get(row["unit"], []), row["unit"], "单位")
        if unit is None:
            checked.fault(row, "unit", reason)
        elif not self.far.holds(unit):
            checked.fault(row, "unit", rules.NOT_THIS_UNIT.format(unit=unit.label))
        return unit

    def raw(self, checked: Checked, row: Row, unit: Unit | None) -> dict[str, Any]:
        """The row as the form would send it: units and places found, numbers as text."""
        raw: dict[str, Any] = {}
        for field in self.importer.kind.fields:
            value = row.values.get(field.code)
            if value is None:
                continue
            said, reason = value, ""
            if field.kind == states.UNIT:
                said, reason = _one(self.all.get(str(value), []), str(value), "单位")
            elif field.kind == states.PLACE:
                near = [one for one in self.places.get(str(value), []) if unit and one.unit_id == unit.pk]
                said, reason = _one(near or self.places.get(str(value), []), str(value), "点位")
            if said is None:
                checked.fault(row, field.code, reason)
            else:
                raw[field.code] = said
        return raw


def _bare(unit: Unit) -> set[str]:
    """「东门」 for 东门社区, as people write it in their tables."""
    ends = ("社区", "村", "居委会", "村委会")
    return {
        unit.label.removesuffix(end)
        for end in ends
        if unit.label.endswith(end) and len(unit.label) > len(end) + 1
    }


def _one[T: (Unit, Place)](found: list[T], name: str, what: str) -> tuple[T | None, str]:
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, f"有 {len(found)} 个{what}叫「{name}」，请改填编码。"
    return None, f"没有{what}「{name}」，请核对名称；表里没有的先登记。"


def _refuse_twins(checked: Checked) -> None:
    """Two lines that say exactly the same would become one record: better one line with the sum."""
    first: dict[uuid.UUID, int] = {}
    for row in checked.rows:
        key = row.found.get("key")
        if key is None:
            continue
        if key in first:
            checked.fault(
                row, "", f"与第 {first[key]} 行完全相同；是两回事的，请合成一行、数量相加，或填不同的原编号。"
            )
        first.setdefault(key, row.number)
