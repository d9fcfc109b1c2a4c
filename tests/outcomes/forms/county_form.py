"""The county's weekly form as it comes by mail: title merged, frames empty, totals as formulas, signatures below."""

import io
import zipfile
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from uuid import uuid4

import openpyxl
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from PIL import Image as Picture

from tests.outcomes.documents.bulletins import LATER
from wenming.outcomes.forms import actions as forms
from wenming.outcomes.forms.mapping import Column, Item
from wenming.outcomes.forms.models import SuperiorForm

SHEET = "周报"
LIST_SHEET = "问题清单"
_THIN = Side(style="thin")
FRAME = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def book() -> Workbook:
    """Rows: 1 title, 2 unit and date, 3 headings, 4 one community, 5 total, 6 rate, 8 signatures, 9 picture."""
    made = Workbook()
    sheet = made.active
    sheet.title = SHEET
    sheet.merge_cells("A1:E1")
    sheet["A1"] = "平川县文明城市创建工作周报表"
    sheet["A1"].font = Font(name="方正小标宋简体", size=20, bold=True, color="FFC00000")
    sheet["A1"].alignment = Alignment(horizontal="center")
    sheet["A2"], sheet["D2"] = "填报单位：", "日期："
    for column, heading in enumerate(("序号", "社区（村）", "发现问题", "整改数", "差"), 1):
        sheet.cell(3, column, heading).fill = PatternFill("solid", fgColor="FFDDEBF7")
    sheet["E4"] = "=C4-D4"
    sheet["B5"], sheet["C5"], sheet["D5"] = "合计", "=SUM(C4:C4)", "=SUM(D4:D4)"
    sheet["B6"] = "整改率"
    sheet["C6"].number_format = "0.0%"
    sheet.merge_cells("A8:B8")
    sheet["A8"], sheet["D8"] = "审核人：", "联系电话："
    for row in range(3, 7):
        for column in range(1, 6):
            sheet.cell(row, column).border = FRAME
    sheet.column_dimensions["B"].width = 23.5
    sheet.row_dimensions[4].height, sheet.row_dimensions[8].height = 27, 41
    sheet.print_title_rows = "1:3"
    sheet.print_area = "A1:E8"
    sheet.page_setup.orientation = "landscape"
    sheet.conditional_formatting.add(
        "C4:C4", CellIsRule(operator="greaterThan", formula=["5"], font=Font(bold=True))
    )
    choice = DataValidation(type="list", formula1='"好,差"')
    choice.add("E6")
    sheet.add_data_validation(choice)
    out = io.BytesIO()
    Picture.new("RGB", (20, 20), "red").save(out, "PNG")
    sheet.add_image(Image(io.BytesIO(out.getvalue())), "A9")
    second = made.create_sheet(LIST_SHEET)
    second["A1"] = "附：问题清单"
    for column, heading in enumerate(("序号", "编号", "问题", "状态"), 1):
        second.cell(2, column, heading)
        for row in (2, 3, 4):
            second.cell(row, column).border = FRAME
    second["A6"] = "本表一式两份"
    return made


def saved(made: Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def form_bytes(change: Callable[[Workbook], object] = lambda _book: None) -> bytes:
    made = book()
    change(made)
    return saved(made)


def opened(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def with_members(data: bytes, more: Mapping[str, bytes]) -> bytes:
    """The workbook with further parts in its archive, or with parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            if one.filename not in more:
                new.writestr(one, old.read(one.filename))
        for name, content in more.items():
            new.writestr(name, content)
    return out.getvalue()


def added(t: SimpleNamespace, data: bytes | None = None, **more: object) -> SuperiorForm:
    given = {
        "town": t.town,
        "name": "创城工作周报表",
        "sender": "平川县创城办",
        "period_kind": "week",
        "by": t.clerk,
    }
    return forms.add(
        key=uuid4(), data=data or form_bytes(), file_name="周报表.xlsx", at=LATER, **(given | more)
    )  # type: ignore[arg-type]


UNIT_ROWS = Item(
    "rows", SHEET, "A4", last_row=4, list="units",
    columns={"A": Column("serial"), "B": Column("name"), "C": Column(metric="found"), "D": Column(metric="fixed")},
)  # fmt: skip
PROBLEM_ROWS = Item(
    "rows", LIST_SHEET, "A3", last_row=4, list="problems", take="found",
    columns={"A": Column("serial"), "B": Column("编号"), "C": Column("存在问题"), "D": Column("办理状态")},
)  # fmt: skip
ITEMS = [
    Item("word", SHEET, "A2", word="office", append=True),
    Item("word", SHEET, "D2", word="today", append=True),
    UNIT_ROWS,
    Item("figure", SHEET, "C6", metric="fix_rate"),
    Item("figure", SHEET, "D6", metric="found", unit="350599100001", period="to_date"),
    Item("word", SHEET, "A8", word="person", append=True),
    Item("word", SHEET, "D8", word="phone", append=True),
    PROBLEM_ROWS,
]  # fmt: skip


def mapped(t: SimpleNamespace, items: list[Item] = ITEMS, **more: object) -> SuperiorForm:
    form = added(t, **more)  # type: ignore[arg-type]
    for item in items:
        forms.map_item(form=form, item=item, by=t.clerk, at=LATER)
    return form
