"""Places from a table. The key is the number, or without one the name within its unit."""

from datetime import datetime
from typing import Any

from django.db import transaction

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked, Column, Done, Row, Template
from wenming.ground.audit import actions as audit
from wenming.ground.people.permissions import P
from wenming.ground.places import actions, states
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit

_KINDS = {label: code for code, label in states.KINDS} | {
    "主干道": "street", "次干道": "street", "街道": "street", "巷": "lane", "小巷": "lane", "住宅小区": "estate", "点位": "point",
}  # fmt: skip
TEMPLATE = Template(
    kind="places",
    title="点位导入表",
    columns=(
        Column("number", "编号", kind="code", longest=20, help="不填由系统编号；填了编号，下次导入就按编号更新。",
               aliases=("点位编号",)),
        Column("name", "名称", required=True, longest=60, example="东门农贸市场", aliases=("点位名称", "点位")),
        Column("kind", "类别", required=True, example="实地考察点", choices=_KINDS, listed=len(states.KINDS), aliases=("点位类别",)),
        Column("point_type", "点位类型", longest=40, example="农贸市场", help="测评体系里的点位类型，填名称或代码。"),
        Column("unit", "所在单位", required=True, longest=60, example="东门社区", help="社区（村）的名称或编码。",
               aliases=("社区", "所在社区", "村居", "所属单位")),
        Column("manager", "管理单位", longest=60, help="实际管理的单位（市场公司、学校等），没有不填。"),
        Column("address", "地址", longest=120, example="东门路 12 号"),
        Column("lng", "经度", kind="number", example="118.38", help="WGS-84，十进制度数。"),
        Column("lat", "纬度", kind="number", example="24.95", help="WGS-84，十进制度数。"),
        Column("same_radius_m", "同点半径", kind="integer", example="50", help="多少米以内算同一处，不填 50 米。"),
    ),
    notes=("经纬度用 WGS-84（手机定位、天地图）；高德、腾讯地图上取的坐标会偏几百米，请先换算。",),
)  # fmt: skip


def check(checked: Checked, *, by: Any = None) -> Checked:
    """预检: numbers, types, units, positions. `by` limits the table to his own ground."""
    checked.refuse_repeats(["number"])
    checked.refuse_repeats(["unit", "name"], "与第 {row} 行是同一单位的同名点位，请只留一行。")
    today = clock.local_date(clock.now())
    types = {key: kind.code for kind in standards.point_types(today) for key in (kind.code, kind.name)}
    units = _Units(by)
    for row in checked.rows:
        if row["point_type"] and row["point_type"] not in types:
            checked.fault(row, "point_type", "没有这个点位类型，请从「标准与规则」的点位类型里选。")
        row.found["point_type"] = types.get(row.text("point_type"), "")
        _check_units(checked, row, units)
        _check_position(checked, row)
        if row["same_radius_m"] is not None and not 1 <= row["same_radius_m"] <= 5000:
            checked.fault(row, "same_radius_m", "应在 1 到 5000 米之间。")
    _check_existing(checked, by)
    return checked


class _Units:
    """Units in force by code and by name, those within reach of the importing person first."""

    def __init__(self, by: Any) -> None:
        self.by = by
        self.found: dict[str, list[Unit]] = {}
        for unit in Unit.objects.in_force().select_related("town", "parent"):
            for name in {unit.code, unit.code.rstrip("0"), unit.name, unit.short_name} - {""}:
                self.found.setdefault(name, []).append(unit)

    def find(self, text: str) -> tuple[Unit | None, str]:
        """(unit, "") or (None, reason)."""
        found = self.found.get(text, [])
        if len(found) > 1 and self.by is not None:
            found = [unit for unit in found if self.by.may(P.PLACES_EDIT, unit)] or found
        if len(found) > 1:
            return None, f"有 {len(found)} 个单位叫「{text}」，请改填编码。"
        return (found[0], "") if found else (None, f"找不到单位「{text}」，请先录入它，或者核对名称。")


def _check_units(checked: Checked, row: Row, units: _Units) -> None:
    for key in ("unit", "manager"):
        if not row[key]:
            continue
        unit, reason = units.find(row[key])
        row.found[key] = unit
        if unit is None:
            checked.fault(row, key, reason)
        elif key == "unit" and unit.kind not in kinds.TERRITORIAL:
            checked.fault(row, key, f"{unit.get_kind_display()}不管地面，请填社区（村）、网格或镇。")
        elif key == "unit" and units.by is not None and not units.by.may(P.PLACES_EDIT, unit):
            checked.fault(row, key, "不在您维护的范围内，请由上级管理员导入。")


def _check_position(checked: Checked, row: Row) -> None:
    lat, lng = row["lat"], row["lng"]
    try:
        row.found["lat"], row.found["lng"] = actions.check_position(
            None if lat is None else float(lat), None if lng is None else float(lng)
        )
    except DomainError as error:
        checked.fault(row, "lat", error.message)


def _check_existing(checked: Checked, by: Any) -> None:
    numbers = [row["number"] for row in checked.rows if row["number"]]
    by_number = {
        place.number: place for place in Place.objects.filter(number__in=numbers).select_related("unit")
    }
    units = {row.found["unit"].pk for row in checked.rows if row.found.get("unit")}
    by_name = {
        (place.unit_id, place.name): place
        for place in Place.objects.in_force().filter(unit_id__in=units).order_by("-pk")
    }
    for row in checked.rows:
        unit = row.found.get("unit")
        if row["number"]:
            place = by_number.get(row["number"])
        else:
            place = by_name.get((unit.pk, row["name"])) if unit else None
        row.found["place"] = place
        if place is None:
            continue
        if place.closed_on is not None:
            checked.fault(row, "number", f"「{place.name}」已于 {place.closed_on} 停用，不能再导入。")
        elif by is not None and not by.may(P.PLACES_EDIT, place.unit):
            checked.fault(row, "number", "这个编号的点位不在您维护的范围内，请核对编号。")


def run(
    checked: Checked,
    *,
    by: audit.Actor | None,
    at: datetime,
    progress: sheets.Progress = sheets.no_progress,
) -> Done:
    """Write the good rows in one transaction. Raises DomainError naming the row; then nothing is written."""
    done, rows = Done(), checked.good
    with transaction.atomic():
        for number, row in enumerate(rows, start=1):
            try:
                _write(row, done, by, at)
            except DomainError as error:
                raise DomainError(error.code, f"第 {row.number} 行：{error.message}", field="file") from error
            progress(number, len(rows))
    return done


def _write(row: Row, done: Done, by: audit.Actor | None, at: datetime) -> None:
    place: Place | None = row.found["place"]
    if place is None:
        actions.register(
            name=row["name"], kind=row["kind"], unit=row.found["unit"], at=at, by=by, number=row.text("number"),
            point_type=row.found["point_type"], manager=row.found.get("manager"), address=row.text("address"),
            lat=row.found["lat"], lng=row.found["lng"], position_source="import",
            same_radius_m=row["same_radius_m"] or 50,
        )  # fmt: skip
        done.created += 1
        return
    wanted = {name: row[name] for name in ("name", "kind", "address", "same_radius_m")}
    wanted |= {name: row.found.get(name) for name in ("point_type", "unit", "manager", "lat", "lng")}
    # An empty cell leaves what is there.
    fields = {name: value for name, value in wanted.items() if value not in (None, "")}
    if all(getattr(place, name) == value for name, value in fields.items()):
        done.unchanged += 1
        return
    if "lat" in fields and (place.lat, place.lng) != (fields["lat"], fields["lng"]):
        fields["position_source"] = "import"
    actions.change(place=place, by=by, at=at, **fields)
    done.changed += 1
