"""Rows put into a sheet: everything that points at rows goes with them."""

import io

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table

from tests.outcomes.forms.county_form import opened, saved
from wenming.outcomes.forms import row_insertion, workbook


def book() -> Workbook:
    """Sheet 甲: heading in row 2, a block in rows 3–4, total in row 5, remarks below. Sheet 乙 looks at 甲."""
    made = Workbook()
    sheet = made.active
    sheet.title = "甲"
    for row in (2, 3, 4):
        for column in (1, 2, 3):
            sheet.cell(row, column, f"{'名称一二'[row - 2]}{column}" if row == 2 else row * column)
    sheet["B5"], sheet["B6"], sheet["C5"] = "=SUM(B3:B4)", "=B5/SUM(B$3:B$4)", "=$B$5+B4+A1"
    sheet["A7"] = "备注"
    sheet["A7"].hyperlink = "https://example.org/"
    sheet["A7"].comment = Comment("县里写的", "县办")
    sheet["A8"] = "=IF("
    sheet.merge_cells("D3:D4")
    sheet.merge_cells("A7:C8")
    sheet.row_breaks.append(Break(id=6))
    sheet.add_table(Table(displayName="明细", ref="A2:C4"))
    other = made.create_sheet("乙")
    other["A1"], other["A2"], other["A3"] = "=SUM(甲!B3:B4)", "=甲!$B$5", "=SUM(B3:B9)"
    made.defined_names["合计格"] = DefinedName("合计格", attr_text="甲!$B$5")
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=3, max_row=4))
    other.add_chart(chart, "D2")
    return made


def grown(count: int = 3) -> Workbook:
    made = opened(saved(book()))
    row_insertion.insert(made["甲"], first=3, last=4, count=count)
    return opened(saved(made))


def test_totals_grow_and_single_cells_move() -> None:
    made = grown()
    sheet = made["甲"]
    assert [sheet[cell].value for cell in ("B8", "B9", "C8")] == [
        "=SUM(B3:B7)", "=B8/SUM(B$3:B$7)", "=$B$8+B4+A1",
    ]  # fmt: skip
    assert [made["乙"][cell].value for cell in ("A1", "A2", "A3")] == [
        "=SUM(甲!B3:B7)",
        "=甲!$B$8",
        "=SUM(B3:B9)",
    ]


def test_names_tables_breaks_links_comments_and_charts_follow() -> None:
    made = grown()
    sheet = made["甲"]
    assert made.defined_names["合计格"].attr_text == "甲!$B$8"
    assert sheet.tables["明细"].ref == "A2:C7"
    assert [stop.id for stop in sheet.row_breaks.brk] == [9]
    assert (sheet["A10"].hyperlink.target, sheet["A10"].hyperlink.ref) == ("https://example.org/", "A10")
    assert sheet["A10"].comment.text == "县里写的"
    assert {str(area) for area in sheet.merged_cells.ranges} == {"D3:D7", "A10:C11"}
    assert made["乙"]._charts[0].series[0].val.numRef.f == "'甲'!$B$3:$B$7"


def test_formula_that_nobody_can_read_stays() -> None:
    made = Workbook()
    sheet = made.active
    sheet["A1"], sheet["A9"] = "x", "=IF(]"
    row_insertion.insert(sheet, first=1, last=1, count=2)
    assert sheet["A11"].value == "=IF(]"


@pytest.mark.parametrize("count", [1, 50, 900])
def test_lines_below_keep_their_distance(count: int) -> None:
    assert grown(count)["甲"].cell(7 + count, 1).value == "备注"


def test_workbook_with_everything_survives_opening_and_saving() -> None:
    data = saved(book())
    again = openpyxl.load_workbook(io.BytesIO(workbook.saved(workbook.safe(data, "表.xlsx"))))
    assert again["甲"]["B5"].value == "=SUM(B3:B4)"
    assert len(again["乙"]._charts) == 1
