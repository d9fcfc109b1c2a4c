"""Forms as counties really draw them: heads of three rows, totals above the list, notes below, hidden sheets, charts."""

import datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.outcomes.documents.bulletins import LATER, WEEK
from tests.outcomes.forms.county_form import FRAME, added, opened, saved
from wenming.common.errors import DomainError
from wenming.outcomes.forms import actions as forms
from wenming.outcomes.forms import workbook
from wenming.outcomes.forms.mapping import Column, Item

COLUMNS = {
    "A": Column("serial"),
    "B": Column("name"),
    "C": Column(metric="found"),
    "D": Column(metric="fixed"),
}


def framed(sheet: Worksheet, area: str) -> None:
    for row in sheet[area]:
        for cell in row:
            cell.border, cell.alignment = FRAME, Alignment(horizontal="center", wrap_text=True)


def filled(t: SimpleNamespace, book: Workbook, *items: Item) -> Workbook:
    form = added(t, saved(book))
    for item in items:
        forms.map_item(form=form, item=item, by=t.clerk, at=LATER)
    return opened(forms.file_of(forms.fill(key=uuid4(), form=form, period=WEEK, by=t.clerk, at=LATER)))


def test_a_head_of_three_rows_and_the_total_above_the_list(week: SimpleNamespace) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "表一"
    for area, words in (
        ("A1:A3", "序号"),
        ("B1:B3", "社区（村）"),
        ("C1:D1", "问题整改情况"),
        ("C2:C3", "发现"),
        ("D2:D3", "整改"),
    ):
        sheet.merge_cells(area)
        sheet[area.partition(":")[0]] = words
    sheet["B4"], sheet["C4"], sheet["D4"] = "合计", "=SUM(C5:C5)", "=SUM(D5:D5)"
    sheet.merge_cells("A6:D6")
    sheet["A6"] = "备注：本表每周五报县创城办。"
    sheet.print_area = "A1:D6"
    framed(sheet, "A1:D6")
    made = filled(week.t, book, Item("rows", "表一", "A5", last_row=5, list="units", columns=COLUMNS))["表一"]
    assert [made[cell].value for cell in ("C4", "D4", "A7")] == [
        "=SUM(C5:C6)", "=SUM(D5:D6)", "备注：本表每周五报县创城办。",
    ]  # fmt: skip
    assert {str(one) for one in made.merged_cells.ranges} == {
        "A1:A3",
        "B1:B3",
        "C1:D1",
        "C2:C3",
        "D2:D3",
        "A7:D7",
    }
    assert made.print_area == "'表一'!$A$1:$D$7"
    # Names of four characters fit a column of the usual width: no row is made higher for them.
    assert [made.row_dimensions[row].height for row in (5, 6)] == [None, None]


def test_hidden_sheets_stay_hidden_and_a_day_that_is_too_wide_is_shown_smaller(week: SimpleNamespace) -> None:
    book = Workbook()
    sheet, hidden, deep = book.active, book.create_sheet("参数"), book.create_sheet("底稿")
    sheet.title, hidden.sheet_state, deep.sheet_state = "汇总 (2026)", "hidden", "veryHidden"
    deep["A1"] = "='汇总 (2026)'!B1"
    sheet["A1"], sheet["B2"] = "发现", datetime.date(2020, 1, 1)
    sheet["B2"].number_format = 'yyyy"年"m"月"d"日"'
    sheet["B1"].number_format = "@"
    made = filled(
        week.t,
        book,
        Item("figure", "汇总 (2026)", "B1", metric="found"),
        Item("word", "汇总 (2026)", "B2", word="today"),
    )
    assert [(one.title, one.sheet_state) for one in made.worksheets] == [
        ("汇总 (2026)", "visible"), ("参数", "hidden"), ("底稿", "veryHidden"),
    ]  # fmt: skip
    assert made["底稿"]["A1"].value == "='汇总 (2026)'!B1"
    day = made["汇总 (2026)"]["B2"]
    assert (day.value.date(), day.alignment.shrink_to_fit) == (datetime.date(2026, 11, 30), True)
    assert (made["汇总 (2026)"]["B1"].value, made["汇总 (2026)"]["B1"].data_type) == ("4", "s")


def test_a_chart_over_the_one_free_row_draws_the_whole_list(week: SimpleNamespace) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "图"
    sheet["B1"], sheet["C1"] = "社区", "发现"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=1, max_row=2), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=2, min_row=2, max_row=2))
    sheet.add_chart(chart, "F2")
    made = filled(week.t, book, Item("rows", "图", "A2", last_row=2, list="units", columns=COLUMNS))["图"]
    [line] = made._charts[0].series
    assert (line.tx.strRef.f, line.val.numRef.f, line.cat.numRef.f) == (
        "'图'!C1",
        "'图'!$C$2:$C$3",
        "'图'!$B$2:$B$3",
    )


@pytest.mark.parametrize("name", ["旧表.xls", "改了名的旧表.xlsx"])
def test_the_old_format_is_refused_with_what_to_do(name: str, town: SimpleNamespace) -> None:
    with pytest.raises(DomainError) as refused:
        workbook.safe(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), name)
    assert (
        refused.value.message == f"「{name}」不是 .xlsx 表格；请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。"
    )
