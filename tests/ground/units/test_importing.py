from datetime import date
from types import SimpleNamespace

import pytest

from tests.common.sheet_rows import read, told
from tests.factories import NOW
from wenming.common.errors import DomainError
from wenming.ground.audit.models import Record
from wenming.ground.units import importing
from wenming.ground.units.models import Unit

T = importing.TEMPLATE
COUNTY = {"code": "350598", "name": "平山县", "kind": "县（市、区）", "valid_from": "2020-01-01"}
TOWN = {"code": "350598100", "name": "新安镇", "kind": "镇", "parent": "350598"}
CITY_EAST = {
    "code": "350598100001",
    "name": "东城社区",
    "kind": "社区",
    "parent": "新安镇",
    "population": "4300",
}
GRID = {"code": "350598100001001", "name": "第一网格", "kind": "网格", "parent": "东城社区"}
BANK = {
    "code": "PS-YH",
    "name": "平山农行",
    "kind": "共建单位",
    "parent": "350598100",
    "partner_of": "东城社区",
}


def test_run_builds_the_tree_whatever_the_order_of_rows(db: None) -> None:
    checked = importing.check(read(T, BANK, GRID, CITY_EAST, TOWN, COUNTY))
    assert told(checked) == []
    done = importing.run(checked, by=None, at=NOW)
    assert done.to_json() == {"created": 5, "changed": 0, "unchanged": 0}
    grid = Unit.objects.get(code="350598100001001")
    assert [part.name for part in (grid.parent.parent.parent, grid.parent.parent, grid.parent)] == [
        "平山县", "新安镇", "东城社区",
    ]  # fmt: skip
    assert grid.town.name == "新安镇"
    east = Unit.objects.get(code="350598100001")
    assert (east.population, east.valid_from) == (4300, date(2026, 11, 16))
    assert Unit.objects.get(code="PS-YH").partner_of == east


def test_run_again_changes_nothing_and_writes_no_history(db: None) -> None:
    rows = (COUNTY, TOWN, CITY_EAST, GRID, BANK)
    importing.run(importing.check(read(T, *rows)), by=None, at=NOW)
    written = Record.objects.count()
    checked = importing.check(read(T, *rows))
    assert told(checked) == []
    assert importing.run(checked, by=None, at=NOW).to_json() == {"created": 0, "changed": 0, "unchanged": 5}
    assert Record.objects.count() == written


def test_run_updates_by_code_and_leaves_empty_cells_alone(town: SimpleNamespace) -> None:
    row = {"code": "350599100001", "name": "东门街社区", "kind": "社区", "parent": "安和镇"}
    checked = importing.check(read(T, row), by=town.director)
    assert told(checked) == []
    assert importing.run(checked, by=town.director, at=NOW).changed == 1
    east = Unit.objects.get(pk=town.east.pk)
    assert (east.name, east.population) == ("东门街社区", 5200)


def test_check_finds_every_fault_at_once(town: SimpleNamespace) -> None:
    rows = [
        {"code": "35059910000", "name": "短码社区", "kind": "社区", "parent": "安和镇"},
        {"code": "350599101009", "name": "越界社区", "kind": "社区", "parent": "安和镇"},
        {"code": "350599100009", "name": "无主社区", "kind": "社区"},
        {"code": "350599100010", "name": "怪社区", "kind": "社区", "parent": "东门社区"},
        {"code": "350599100011", "name": "孤社区", "kind": "社区", "parent": "没有的镇", "population": "-3"},
        {"code": "350599100001", "name": "东门村", "kind": "村", "parent": "安和镇"},
        {"code": "AH-X", "name": "某单位", "kind": "共建单位", "parent": "安和镇", "credit_code": "91350000000000000X",
         "partner_of": "哪里社区"},
        {"code": "AH-X", "name": "某单位", "kind": "共建单位", "parent": "安和镇"},
    ]  # fmt: skip
    checked = importing.check(read(T, *rows))
    assert [(fault.row, fault.column) for fault in checked.in_order()] == [
        (2, "编码"), (3, "编码"), (4, "上级"), (5, "上级"), (6, "上级"), (6, "常住人口"), (7, "类别"),
        (8, "统一社会信用代码"), (8, "挂钩社区"), (9, "编码"),
    ]  # fmt: skip
    assert checked.good == []
    assert Unit.objects.filter(name__in=["短码社区", "某单位"]).count() == 0


def test_check_follows_a_wrong_parent_down_the_table(db: None) -> None:
    checked = importing.check(read(T, COUNTY | {"code": "35059"}, TOWN | {"parent": "平山县"}, CITY_EAST))
    assert [(fault.row, fault.column) for fault in checked.in_order()] == [
        (2, "编码"),
        (3, "上级"),
        (4, "上级"),
    ]


def test_check_keeps_a_town_out_of_other_towns(town: SimpleNamespace) -> None:
    rows = [
        {"code": "350599101002", "name": "别镇社区", "kind": "社区", "parent": "石桥镇"},
        {"code": "350599102", "name": "新镇", "kind": "镇"},
        {"code": "350599100009", "name": "本镇社区", "kind": "社区", "parent": "安和镇"},
    ]
    checked = importing.check(read(T, *rows), by=town.director)
    assert told(checked) == [
        "第 2 行「编码」：不在您维护的单位范围内，请由上级管理员导入。",
        "第 3 行「编码」：不在您维护的单位范围内，请由上级管理员导入。",
    ]


def test_run_writes_the_whole_table_or_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = importing.check(read(T, COUNTY, TOWN))
    Unit.objects.create(
        name="占位", kind="partner", code="350598100000", path="/9/", valid_from=date(2020, 1, 1)
    )
    checked.rows[1].values["kind"] = "grid"
    with pytest.raises(DomainError) as refusal:
        importing.run(checked, by=None, at=NOW)
    assert refusal.value.message.startswith("第 3 行：")
    assert not Unit.objects.filter(code="350598000000").exists()
