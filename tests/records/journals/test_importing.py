"""Work logs from a table: a template for each kind, every fault at once, the same table twice changes nothing."""

import io
from datetime import date
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from tests.common.sheet_rows import read, told
from tests.factories import NOW
from tests.records.journals.conftest import TODAY, filled
from wenming.common import sheets
from wenming.common.errors import DomainError
from wenming.ledger import figures, periods
from wenming.ledger.models import Entry
from wenming.records.journals import importing, states
from wenming.records.journals.importing import Importer
from wenming.records.journals.kinds import Kind
from wenming.records.journals.models import Journal

MEETING = {
    "occurred_on": "2026-11-12",
    "unit": "东门社区",
    "type": "周例会",
    "topic": "创城周例会",
    "people": "24",
}


def of(town: SimpleNamespace, code: str, who: str = "clerk") -> Importer:
    found = importing.importer(getattr(town, who), code, on=TODAY)
    assert found is not None
    return found


def check(town: SimpleNamespace, code: str, *rows: dict[str, Any], who: str = "clerk") -> Any:
    one = of(town, code, who)
    return one, one.check(read(one.TEMPLATE, *rows), by=getattr(town, who), at=NOW)


def test_a_table_is_entered_and_counted(town: SimpleNamespace) -> None:
    rows = [MEETING, MEETING | {"occurred_on": "2026-11-05", "people": "20", "late_reason": "交接补录"}]
    one, checked = check(town, "meeting", *rows)
    assert told(checked) == []
    assert one.run(checked, by=town.clerk, at=NOW).to_json() == {"created": 2, "changed": 0, "unchanged": 0}
    first, second = Journal.objects.order_by("-occurred_on")
    assert (first.unit, first.occurred_on, first.way, first.fields["type"], first.late) == (
        town.east, date(2026, 11, 12), "sheet", "weekly", False,
    )  # fmt: skip
    assert (second.late, second.late_reason) == (True, "交接补录")
    value = figures.value("mtg_persons", scope=town.east, period=periods.parse("2026-11"), at=NOW)
    assert value.number == 44


def test_the_same_table_again_changes_nothing(town: SimpleNamespace) -> None:
    rows = [MEETING, MEETING | {"external": "会-7", "people": "9"}]
    one, checked = check(town, "meeting", *rows)
    one.run(checked, by=town.clerk, at=NOW)
    entries = Entry.objects.count()
    one, checked = check(town, "meeting", *rows)
    assert one.run(checked, by=town.director, at=NOW).to_json() == {
        "created": 0,
        "changed": 0,
        "unchanged": 2,
    }
    assert (Journal.objects.count(), Entry.objects.count()) == (2, entries)


def test_every_kind_has_a_template_that_can_be_filled_and_imported(
    town: SimpleNamespace, shipped: dict[str, Kind]
) -> None:
    for code, kind in shipped.items():
        one = of(town, code)
        book = openpyxl.load_workbook(io.BytesIO(sheets.template_file(one.TEMPLATE)))
        assert [cell.value.rstrip("*") for cell in book.worksheets[0][1]] == [
            column.title for column in one.TEMPLATE.columns
        ]
        said = {"occurred_on": "2026-11-12", "unit": "东门社区"}
        for field in kind.fields:
            value = filled(kind, town)[field.code]
            said[field.code] = {
                states.CHOICE: dict(field.options).get(str(value), ""),
                states.CHOICES: "、".join(name for _, name in field.options), states.UNIT: "县农商银行", states.PLACE: "建设巷",
            }.get(field.kind, value)  # fmt: skip
        checked = one.check(read(one.TEMPLATE, said), by=town.clerk, at=NOW)
        assert told(checked) == [], code
        assert one.run(checked, by=town.clerk, at=NOW).created == 1, code
    assert set(Journal.objects.values_list("code", flat=True)) == set(shipped)


def test_every_fault_is_told_at_once(town: SimpleNamespace) -> None:
    rows = [
        MEETING | {"type": "酒会"},
        MEETING | {"unit": "桥头社区"},
        MEETING | {"occurred_on": "2026-12-01"},
        MEETING | {"occurred_on": "2026-10-01"},
        MEETING | {"topic": ""},
        MEETING | {"people": "两打"},
        MEETING | {"people": "-3"},
        MEETING | {"people": "3.5"},
        MEETING | {"external": "1"},
        MEETING | {"external": "1", "people": "25"},
        MEETING,
        MEETING,
    ]
    _, checked = check(town, "meeting", *rows)
    assert [(fault.row, fault.column) for fault in checked.in_order()] == [
        (2, "会议类型"), (3, "单位"), (4, "日期"), (5, "补录原因"), (6, "议题"), (7, "到会人数（人次）"), (8, "到会人数（人次）"),
        (9, "到会人数（人次）"), (11, "原编号"), (13, ""),
    ]  # fmt: skip
    assert [row.number for row in checked.good] == [10, 12]


def test_nothing_to_count_is_a_fault(town: SimpleNamespace) -> None:
    _, checked = check(town, "handout", {"occurred_on": "2026-11-12", "topic": "集市"})
    assert told(checked) == ["第 2 行：没有填数量，记不了账；请至少填一个数。"]


def test_units_and_places_are_found_by_name(town: SimpleNamespace) -> None:
    row = {
        "occurred_on": "2026-11-12",
        "unit": "东门社区",
        "partner": "县农商银行",
        "topic": "清扫",
        "people": "12",
    }
    one, checked = check(town, "partner_help", row, row | {"partner": "某某公司", "topic": "助学"})
    assert told(checked) == ["第 3 行「共建单位」：没有单位「某某公司」，请核对名称；表里没有的先登记。"]
    assert one.run(checked, by=town.clerk, at=NOW).created == 1
    made = Journal.objects.get()
    assert (made.party, Entry.objects.filter(party=town.partner_unit).count()) == (town.partner_unit, 2)
    _, checked = check(
        town,
        "chief_work",
        {"occurred_on": "2026-11-12", "unit": "东门社区", "topic": "电线", "place": "建设巷", "pieces": "1"},
    )
    assert checked.good[0].found["draft"].fields["place"] == town.lane


def test_a_secretary_imports_for_his_own_unit_alone(town: SimpleNamespace) -> None:
    rows = [MEETING | {"unit": ""}, MEETING | {"unit": "西街社区"}]
    one, checked = check(town, "meeting", *rows, who="secretary")
    assert told(checked) == ["第 3 行「单位」：您不能替「西街社区」填报，请由该单位或镇创城办填。"]
    one.run(checked, by=town.secretary, at=NOW)
    assert Journal.objects.get().unit == town.east


@pytest.mark.parametrize(
    ("who", "code"), [("leader", "meeting"), ("secretary", "money_pit"), ("worker", "meeting")]
)
def test_nobody_imports_what_he_may_not_enter(who: str, code: str, town: SimpleNamespace) -> None:
    assert importing.importer(getattr(town, who), code, on=TODAY) is None


def test_the_row_that_takes_off_too_much_is_named(town: SimpleNamespace) -> None:
    board = {"occurred_on": "2026-11-12", "unit": "东门社区", "type": "宣传栏"}
    rows = [
        board | {"movement": "期初（原有）", "pieces": "5"}, board | {"movement": "撤除", "pieces": "3"},
        board | {"movement": "撤除", "pieces": "4"},
    ]  # fmt: skip
    one, checked = check(town, "board", *rows)
    with pytest.raises(DomainError) as error:
        one.run(checked, by=town.clerk, at=NOW)
    assert error.value.message.startswith("第 4 行：「在用宣传栏」现有 2块")
    assert Journal.objects.count() == 0
    one, checked = check(town, "board", *rows[:2])
    assert one.run(checked, by=town.clerk, at=NOW).created == 2


def test_an_import_that_was_cut_off_goes_on(town: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [MEETING | {"people": str(n)} for n in range(1, 6)]
    one, checked = check(town, "meeting", *rows)
    told_: list[int] = []

    def cut(done: int, _total: int) -> None:
        told_.append(done)
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.run(checked, by=town.clerk, at=NOW, progress=cut)
    assert Journal.objects.count() == 4
    one, checked = check(town, "meeting", *rows)
    assert one.run(checked, by=town.clerk, at=NOW).to_json() == {"created": 1, "changed": 0, "unchanged": 4}
