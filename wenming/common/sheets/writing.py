"""Writing tables: templates to fill in, and bad rows given back in the same template.

Every text is written as text: a phone number keeps its digits and a cell that begins with 「=」 never becomes a
formula on somebody else's computer.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from wenming.common.sheets.export import for_print, sheet_name
from wenming.common.sheets.model import ERROR_COLUMN, HELP_SHEET, Checked, Column, Template
from wenming.common.xmltext import printable

_HEAD = {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "vcenter"}
_TEXT = {"num_format": "@", "border": 1}
_RED = {"num_format": "@", "border": 1, "bg_color": "#FFC7CE", "font_color": "#9C0006"}
# Rows below the example that are prepared as text and with drop-downs.
_PREPARED = 2000
_MENU_LIMIT = 255  # characters that Excel allows in a drop-down written in place
_INJECTION = ("=", "+", "-", "@", "\t", "\r")


def template_file(template: Template) -> bytes:
    """The empty table (.xlsx): heading, one example line, drop-downs, and the sheet 填写说明."""
    out, book = _book()
    sheet = _data_sheet(book, template)
    text = book.add_format(_TEXT | {"font_color": "#808080", "italic": True})
    for at, column in enumerate(template.columns):
        sheet.write_string(1, at, column.example, text)
    _help(book, template)
    book.close()
    return out.getvalue()


def given_back(checked: Checked) -> bytes:
    """The bad rows in the same template (.xlsx): wrong cells red, the reasons in 错误原因. It can be corrected
    and imported again as it is."""
    template = checked.template
    out, book = _book()
    sheet = _data_sheet(book, template, errors=True)
    text, red = book.add_format(_TEXT), book.add_format(_RED)
    for line, row in enumerate(checked.bad, start=1):
        faults = checked.faults_of(row)
        wrong = {fault.column for fault in faults}
        for at, column in enumerate(template.columns):
            style = red if column.title in wrong else text
            sheet.write_string(line, at, printable(row.texts.get(column.key, "")), style)
        said = "；".join(
            f"{fault.column}：{fault.reason}" if fault.column else fault.reason for fault in faults
        )
        sheet.write_string(line, len(template.columns), said, red)
    _help(book, template)
    book.close()
    return out.getvalue()


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """CSV for Excel: UTF-8 with its mark, and no cell that a spreadsheet would take for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_harmless(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_INJECTION):
        return f"'{value}"
    return "" if value is None else value


def _book() -> tuple[io.BytesIO, Workbook]:
    out = io.BytesIO()
    return out, xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )


def _data_sheet(book: Workbook, template: Template, *, errors: bool = False) -> Worksheet:
    sheet = book.add_worksheet(sheet_name(template.title))
    head, text = book.add_format(_HEAD), book.add_format({"num_format": "@"})
    for at, column in enumerate(template.columns):
        sheet.write_string(0, at, column.title + ("*" if column.required else ""), head)
        sheet.set_column(at, at, max(10, min(40, 2 * max(len(column.title), len(column.example)) + 2)), text)
        if column.help:
            sheet.write_comment(0, at, column.help)
    if errors:
        sheet.write_string(0, len(template.columns), ERROR_COLUMN, head)
        sheet.set_column(len(template.columns), len(template.columns), 60)
    sheet.freeze_panes(1, 0)
    _menus(book, sheet, template)
    for_print(sheet, len(template.columns), heading=0)
    return sheet


def _menus(book: Workbook, sheet: Worksheet, template: Template) -> None:
    """Drop-downs; a long one stands on a hidden sheet, because Excel allows only 255 characters in place."""
    store: Worksheet | None = None
    for at, column in enumerate(template.columns):
        menu = column.menu
        if not menu:
            continue
        source: list[str] | str = menu
        if len(",".join(menu)) > _MENU_LIMIT:
            if store is None:
                store = book.add_worksheet("选项")
                store.hide()
            store.write_column(0, at, menu)
            letter = xlsxwriter.utility.xl_col_to_name(at, col_abs=True)
            source = f"=选项!{letter}$1:{letter}${len(menu)}"
        # A warning, not a wall: what is understood besides the menu may be typed as well.
        rule = {
            "validate": "list",
            "source": source,
            "error_type": "warning",
            "error_title": "请从下拉里选",
            "error_message": "请从下拉选项里选择一项。",
        }
        sheet.data_validation(1, at, _PREPARED, at, rule)


def _help(book: Workbook, template: Template) -> None:
    sheet = book.add_worksheet(HELP_SHEET)
    head, wrap = book.add_format(_HEAD), book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 70)
    sheet.set_column(3, 3, 24)
    line = 0
    notes = (
        f"{template.title}：第一行是表头，请不要改列名；第二行是示例，导入时自动跳过，可以删掉。",
        "每行一条，不要合并单元格，不要写公式；手机号、编码等长数字请保持文本格式。",
        "最多 20,000 行、20 MB。先「预检」，看到全部错误；改好后再「导入」。",
        *template.notes,
    )
    for note in notes:
        sheet.merge_range(line, 0, line, 3, note, wrap)
        line += 1
    for at, heading in enumerate(("列名", "必填", "怎么填", "示例")):
        sheet.write_string(line, at, heading, head)
    for number, column in enumerate(template.columns, start=line + 1):
        cells = (column.title, "是" if column.required else "否", _explained(column), column.example)
        for at, text in enumerate(cells):
            sheet.write_string(number, at, text, wrap)


def _explained(column: Column) -> str:
    menu = column.menu
    chosen = f"可填：{'、'.join(menu)}。" if menu and len(menu) <= 40 else ""
    limit = f"最多 {column.longest} 个字。" if column.longest else ""
    return f"{column.help}{chosen}{limit}"
