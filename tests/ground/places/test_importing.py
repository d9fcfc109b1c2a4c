from types import SimpleNamespace

from tests.common.sheet_rows import read, told
from tests.factories import NOW
from wenming.ground.audit.models import Record
from wenming.ground.places import importing
from wenming.ground.places.models import Place

T = importing.TEMPLATE
SQUARE = {
    "name": "人民广场",
    "kind": "实地考察点",
    "unit": "西街社区",
    "lng": "118.39",
    "lat": "24.96",
    "address": "西街 1 号",
}


def test_run_registers_places_with_position(town: SimpleNamespace) -> None:
    checked = importing.check(
        read(T, SQUARE | {"number": "A-9", "point_type": "back_alley"}), by=town.director
    )
    assert told(checked) == []
    assert importing.run(checked, by=town.director, at=NOW).created == 1
    place = Place.objects.get(number="A-9")
    assert (place.name, place.kind, place.point_type, place.unit, place.lat, place.lng, place.position_source) == (
        "人民广场", "point", "back_alley", town.west, 24.96, 118.39, "import",
    )  # fmt: skip


def test_run_again_changes_nothing_with_and_without_number(town: SimpleNamespace) -> None:
    rows = [SQUARE, SQUARE | {"name": "文庙", "number": "A-9"}]
    importing.run(importing.check(read(T, *rows)), by=None, at=NOW)
    written = Record.objects.count()
    done = importing.run(importing.check(read(T, *rows)), by=None, at=NOW)
    assert done.to_json() == {"created": 0, "changed": 0, "unchanged": 2}
    assert Record.objects.count() == written
    assert Place.objects.filter(unit=town.west).count() == 3


def test_run_corrects_a_place_by_its_number(town: SimpleNamespace) -> None:
    row = {"number": town.lane.number, "name": "建设一巷", "kind": "背街小巷", "unit": "东门社区"}
    done = importing.run(importing.check(read(T, row), by=town.clerk), by=town.clerk, at=NOW)
    assert done.changed == 1
    place = Place.objects.get(pk=town.lane.pk)
    assert (place.name, place.lat, place.point_type) == ("建设一巷", 24.951, "back_alley")


def test_check_finds_every_fault_at_once(town: SimpleNamespace) -> None:
    rows = [
        SQUARE | {"lat": "118.39", "lng": "24.96"},
        SQUARE | {"name": "甲", "lat": ""},
        SQUARE | {"name": "乙", "unit": "哪里社区"},
        SQUARE | {"name": "丙", "unit": "安和城管站"},
        SQUARE | {"name": "丁", "point_type": "没有的类型"},
        SQUARE | {"name": "戊", "same_radius_m": "0"},
        SQUARE | {"name": "己", "kind": "山洞"},
        SQUARE | {"name": "庚", "manager": "哪家公司"},
        SQUARE,
        SQUARE,
    ]
    checked = importing.check(read(T, *rows))
    assert [(fault.row, fault.column) for fault in checked.in_order()] == [
        (2, "纬度"), (3, "纬度"), (4, "所在单位"), (5, "所在单位"), (6, "点位类型"), (7, "同点半径"), (8, "类别"), (9, "管理单位"),
        (10, "所在单位"), (11, "所在单位"),
    ]  # fmt: skip


def test_check_keeps_a_town_out_of_other_towns(town: SimpleNamespace) -> None:
    checked = importing.check(read(T, SQUARE | {"unit": "桥头社区"}), by=town.clerk)
    assert told(checked) == ["第 2 行「所在单位」：不在您维护的范围内，请由上级管理员导入。"]
