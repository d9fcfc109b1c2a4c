"""Writing tables: templates to fill in, bad rows given back in the same template, and lists to be handed on.

Every text is written as text: a phone number keeps its digits and a cell that begins with 「=」 never becomes a
formula on somebody else's computer.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.common.sheets.model import ERROR_COLUMN, HELP_SHEET, Checked, Column, Template

_HEAD = {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "vcenter"}
_TEXT = {"num_format": "@", "border": 1}
_RED = {"num_format": "@", "border": 1, "bg_color": "#FFC7CE", "font_color": "#9C0006"}
# Rows below the example that are prepared as text and with drop-downs.
_PREPARED = 2000
_MENU_LIMIT = 255  # characters that Excel allows in a drop-down written in place
_INJECTION = ("=", "+", "-", "@", "\t", "\r")
_A4, _A3 = 9, 8
# Excel has 1,048,576 rows, and the foot takes some; a cell takes 32,767 characters.
_LAST_LINE = 1_048_500
_LONGEST = 32_000


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
            sheet.write_string(line, at, row.texts.get(column.key, ""), style)
        said = "；".join(
            f"{fault.column}：{fault.reason}" if fault.column else fault.reason for fault in faults
        )
        sheet.write_string(line, len(template.columns), said, red)
    _help(book, template)
    book.close()
    return out.getvalue()


def table(
    *,
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Any]],
    unit: str = "",
    at: datetime | None = None,
    filters: str = "",
    widths: Sequence[int] = (),
) -> bytes:
    """A list for handing on (.xlsx): title row, unit and date, heading repeated on every printed page, a foot
    for 填报人 and 审核人, landscape A4 (A3 when wider than 12 columns).

    Rows are written as they come and not kept, so that memory does not grow with them.
    Raises DomainError `sheet_full` for more rows than a sheet of Excel has: none is ever left out silently.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(_sheet_name(title))
    last = len(headings) - 1
    cell = {"border": 1, "text_wrap": True, "valign": "top"}
    head, number_look = book.add_format(_HEAD), book.add_format(cell)
    text = book.add_format({**cell, "num_format": "@"})
    bold = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    if last:
        sheet.merge_range(0, 0, 0, last, title, bold)
    else:
        sheet.write_string(0, 0, title, bold)
    when = f"    日期：{clock.local_date(at)}" if at else ""
    sheet.write_string(1, 0, f"单位：{unit}{when}{f'    筛选：{filters}' if filters else ''}")
    for number, heading in enumerate(headings):
        sheet.write_string(2, number, heading, head)
        sheet.set_column(number, number, widths[number] if number < len(widths) else 14)
    line = 3
    for row in rows:
        if line > _LAST_LINE:
            book.close()
            raise DomainError(
                "sheet_full", f"超过 {_LAST_LINE:,} 行，一张 Excel 表放不下；请缩小范围，分几次导出。"
            )
        for number, value in enumerate(row):
            _write(sheet, line, number, value, style=text, number=number_look)
        line += 1
    sheet.write_string(line + 1, 0, "填报人：                审核人：                ")
    _for_print(sheet, last, heading=2)
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


def _write(sheet: Worksheet, line: int, at: int, value: Any, *, style: Format, number: Format) -> None:
    if isinstance(value, bool):
        sheet.write_string(line, at, "是" if value else "否", style)
    elif isinstance(value, (int, float, Decimal)):
        sheet.write_number(line, at, float(value) if isinstance(value, Decimal) else value, number)
    elif isinstance(value, datetime):
        sheet.write_string(line, at, f"{clock.local(value):%Y-%m-%d %H:%M}", style)
    elif isinstance(value, date):
        sheet.write_string(line, at, value.isoformat(), style)
    else:
        sheet.write_string(line, at, "" if value is None else str(value)[:_LONGEST], style)


def _book() -> tuple[io.BytesIO, Workbook]:
    out = io.BytesIO()
    return out, xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )


def _data_sheet(book: Workbook, template: Template, *, errors: bool = False) -> Worksheet:
    sheet = book.add_worksheet(_sheet_name(template.title))
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
    _for_print(sheet, len(template.columns), heading=0)
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


def _for_print(sheet: Worksheet, last: int, *, heading: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A3 if last > 12 else _A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _sheet_name(title: str) -> str:
    clean = "".join("_" if char in "[]:*?/\\" else char for char in title)
    return clean[:31] or "表"
