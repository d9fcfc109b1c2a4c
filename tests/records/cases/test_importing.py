from datetime import date
from types import SimpleNamespace

import pytest

from tests.common.sheet_rows import read, told
from tests.factories import NOW
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ledger.models import Entry
from wenming.records.cases import importing
from wenming.records.cases.models import Case

T = importing.TEMPLATE
WASTE = {
    "external": "市督-1", "source": "市级督查", "unit": "东门社区", "place": "建设巷", "category": "06010",
    "description": "巷口两处垃圾未清", "found_on": "2026-11-12",
}  # fmt: skip


def check(town: SimpleNamespace, *rows: dict[str, str]) -> importing.Checked:
    return importing.check(read(T, *rows), by=town.clerk, at=NOW)


def test_run_reports_each_line_on_the_day_it_was_found(town: SimpleNamespace) -> None:
    checked = check(town, WASTE)
    assert told(checked) == []
    assert importing.run(checked, by=town.clerk, at=NOW).to_json() == {
        "created": 1,
        "changed": 0,
        "unchanged": 0,
    }
    case = Case.objects.get()
    assert (case.state, case.source, case.unit, case.place, case.category, case.description, case.address) == (
        "reported", "city", town.east, town.lane, "06010", "巷口两处垃圾未清", "",
    )  # fmt: skip
    assert clock.local_date(case.reported_at) == date(2026, 11, 12)
    entry = Entry.objects.get(voucher_uuid=case.uuid)
    assert (entry.occurred_on, entry.unit, entry.source) == (date(2026, 11, 12), town.east, "city")


def test_run_again_changes_nothing(town: SimpleNamespace) -> None:
    rows = [WASTE, WASTE | {"external": "", "place": "后门口", "description": "墙上小广告", "category": ""}]
    importing.run(check(town, *rows), by=town.clerk, at=NOW)
    entries = Entry.objects.count()
    done = importing.run(check(town, *rows), by=town.clerk, at=NOW)
    assert done.to_json() == {"created": 0, "changed": 0, "unchanged": 2}
    assert (Case.objects.count(), Entry.objects.count()) == (2, entries)


def test_run_keeps_an_unknown_place_as_address_and_the_unit_as_advice(town: SimpleNamespace) -> None:
    importing.run(check(town, WASTE | {"place": "桥下", "lead": "安和城管站"}), by=town.clerk, at=NOW)
    case = Case.objects.get()
    assert (case.place, case.address) == (None, "桥下")
    assert case.description == "巷口两处垃圾未清（建议责任单位：安和城管站）"


def test_run_accepts_todays_finds_in_the_morning(town: SimpleNamespace) -> None:
    importing.run(check(town, WASTE | {"found_on": "2026-11-16"}), by=town.clerk, at=NOW)
    assert Case.objects.get().reported_at == NOW


@pytest.mark.parametrize("written", ["06010", "暴露垃圾", ""])
def test_check_knows_a_category_by_code_name_or_words(town: SimpleNamespace, written: str) -> None:
    checked = check(town, WASTE | {"category": written, "description": "路边暴露垃圾一堆"})
    assert told(checked) == []
    name = written or "暴露垃圾"
    assert checked.good[0].found["category"] == importing._Books(town.clerk).category(
        name, date(2026, 11, 12)
    )


def test_check_suggests_where_a_category_is_not_known(town: SimpleNamespace) -> None:
    [fault] = check(town, WASTE | {"category": "垃圾问题", "description": "路边暴露垃圾一堆"}).faults
    assert fault.reason.startswith("没有「垃圾问题」这一类，是不是：")
    assert "暴露垃圾" in fault.reason


def test_check_finds_every_fault_at_once(town: SimpleNamespace) -> None:
    rows = [
        WASTE | {"external": "1", "source": "路人"},
        WASTE | {"external": "2", "unit": "桥头社区"},
        WASTE | {"external": "3", "found_on": "2026-12-01"},
        WASTE | {"external": "4", "found_on": "2016-11-12"},
        WASTE | {"external": "5", "category": "", "description": "嗯"},
        WASTE | {"external": "6", "lead": "某某局"},
        WASTE | {"external": "7", "unit": "安和城管站"},
        WASTE | {"external": "8", "description": "x" * 301},
        WASTE | {"external": "9"},
        WASTE | {"external": "9", "description": "另一处"},
    ]
    checked = check(town, *rows)
    assert [(fault.row, fault.column) for fault in checked.in_order()] == [
        (2, "来源"), (3, "社区"), (4, "发现日期"), (5, "发现日期"), (6, "类别"), (7, "责任单位"), (8, "社区"), (9, "存在问题"), (11, "原编号"),
    ]  # fmt: skip


def test_run_that_is_cut_off_goes_on_where_it_stopped(
    town: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [WASTE | {"external": str(n), "description": f"第 {n} 处"} for n in range(5)]
    checked = check(town, *rows)
    checked.rows[3].found["category"] = "99999"
    with pytest.raises(DomainError) as refusal:
        importing.run(checked, by=town.clerk, at=NOW)
    assert refusal.value.message.startswith("第 5 行：")
    assert Case.objects.count() == 2
    done = importing.run(check(town, *rows), by=town.clerk, at=NOW)
    assert done.to_json() == {"created": 3, "changed": 0, "unchanged": 2}
