"""A list for handing on (.xlsx): the one writer behind every export of the system, and the sheet of a parcel.

Title, unit and date, heading frozen on the screen and repeated on every printed page, a foot for those who sign.
Rows are written as they come and not kept, so that memory does not grow with them.
"""

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.common.sheets import measuring
from wenming.common.xmltext import printable

HEAD_ROW = 2
_HEAD = {
    "bold": True,
    "bg_color": "#E8EDF4",
    "border": 1,
    "text_wrap": True,
    "align": "center",
    "valign": "vcenter",
}
_SIZE = 10
_CELL = {"border": 1, "text_wrap": True, "valign": "vcenter", "font_size": _SIZE}
_NOTE = {"font_size": 10, "valign": "vcenter"}
_TITLE = {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}
_FOOT = "填报人：　　　　　　　　审核人：　　　　　　　　填报日期：　　　　年　　月　　日"
_A4, _A3 = 9, 8
_MOST_ON_A4 = 12
# Excel has 1,048,576 rows, and the foot takes some; a cell takes 32,767 characters.
_LAST_LINE = 1_048_500
_LONGEST = 32_000
# The first rows say how wide the columns have to be; words wrap, and a column for words need not hold all of them.
_MEASURED = 500
_NARROWEST, _WIDEST = 8, 36
# Numbers, codes and moments do not wrap: a column is at least as wide as the longest of them.
_RUN = re.compile(r"[!-~]+")
_WIDEST_RUN = 44
# Excel makes no row higher than 409 points.
_HIGHEST = 27


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
    """The list as a file in memory; for many rows `write` it to a file. Raises DomainError sheet_full."""
    out = io.BytesIO()
    write(out, title=title, headings=headings, rows=rows, unit=unit, at=at, filters=filters, widths=widths)
    return out.getvalue()


def write(
    out: IO[bytes],
    *,
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Any]],
    unit: str = "",
    at: datetime | None = None,
    filters: str = "",
    widths: Sequence[int] = (),
    tab: str = "",
) -> int:
    """Write the list to `out` and return the number of its rows.

    Texts are text cells (a phone keeps its digits, 「=1+1」 is only words), numbers are numbers. `widths` are the least;
    without them the first rows decide.
    `tab` names the sheet where the title is too long for it.
    Raises DomainError `sheet_full` for more rows than a sheet of Excel has: none is ever left out silently.
    """
    book = xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(sheet_name(tab or title))
    text, number = book.add_format({**_CELL, "num_format": "@"}), book.add_format(_CELL)
    note, last = book.add_format(_NOTE), len(headings) - 1
    ruler = _Ruler(headings, widths)
    sheet.set_row(0, 30)
    _across(sheet, 0, last, title, book.add_format(_TITLE))
    _across(sheet, 1, last, _said(unit, at, filters), note)
    head = book.add_format(_HEAD)
    for place, heading in enumerate(headings):
        sheet.write_string(HEAD_ROW, place, heading, head)
    line, coming = HEAD_ROW, ([_shown(value) for value in row] for row in rows)
    first = list(islice(coming, _MEASURED))
    for row in first:
        ruler.measure(row)
    for place, width in enumerate(ruler.widths):
        sheet.set_column(place, place, width)
    for line, shown in enumerate(chain(first, coming), HEAD_ROW + 1):
        if line > _LAST_LINE:
            book.close()
            raise DomainError(
                "sheet_full", f"超过 {_LAST_LINE:,} 行，一张 Excel 表放不下；请缩小范围，分几次导出。"
            )
        if (height := ruler.height(shown)) > 1:
            sheet.set_row(line, height * _SIZE * measuring.LEADING)
        for place, value in enumerate(shown):
            if isinstance(value, str):
                sheet.write_string(line, place, value, text)
            else:
                sheet.write_number(line, place, value, number)
        # The row above is in the file by now; the library would keep its height to the end.
        sheet.row_info.pop(line - 1, None)
        sheet.row_sizes.pop(line - 1, None)
    _across(sheet, line + 2, last, _FOOT, note)
    sheet.freeze_panes(HEAD_ROW + 1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    for_print(sheet, last, heading=HEAD_ROW)
    book.close()
    return line - HEAD_ROW


def for_print(sheet: Worksheet, last: int, *, heading: int) -> None:
    """Landscape A4 (A3 when wider than 12 columns), as wide as the paper, the heading on each page, pages numbered."""
    sheet.set_landscape()
    sheet.set_paper(_A3 if last > _MOST_ON_A4 else _A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def sheet_name(title: str) -> str:
    """The title as Excel takes it for the name of a sheet."""
    clean = re.sub(r"[\[\]:*?/\\']", "_", printable(title))
    return clean[:31] or "表"


class _Ruler:
    """How wide the columns have to be, in characters of Western letters; a Chinese one takes two."""

    def __init__(self, headings: Sequence[str], least: Sequence[int]) -> None:
        self.given = len(least)
        wanted = [max(_NARROWEST, wide(heading) + 2) for heading in headings]
        self.widths = [*least, *wanted[len(least) :]]

    def measure(self, cells: Sequence[str | int | float]) -> None:
        for place, value in enumerate(cells):
            text = str(value)
            run = max(map(len, _RUN.findall(text)), default=0)
            need = min(run + 2, _WIDEST_RUN)
            if place >= self.given:
                need = max(need, min(wide(text) + 2, _WIDEST))
            self.widths[place] = max(self.widths[place], need)

    def height(self, cells: Sequence[str | int | float]) -> int:
        """How many lines the row needs; no program works that out for a file it only prints."""
        return min(
            _HIGHEST,
            max(
                (
                    measuring.lines(text, _SIZE, measuring.room(width))
                    for text, width in zip(cells, self.widths, strict=False)
                    # Shorter than the narrowest column: not worth measuring a hundred thousand times.
                    if isinstance(text, str) and (len(text) * 2 > width or "\n" in text)
                ),
                default=1,
            ),
        )


def wide(text: str) -> int:
    """How many Western letters a line of text is wide; the longest line of several."""
    lines = text.splitlines() or [""]
    return max(
        sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line) for line in lines
    )


def _said(unit: str, at: datetime | None, filters: str) -> str:
    parts = [f"填报单位：{unit}"]
    parts += [f"日期：{clock.local(at):%Y年%-m月%-d日}"] if at else []
    parts += [f"范围：{filters}"] if filters else []
    return "　　".join(parts)


def _across(sheet: Worksheet, line: int, last: int, text: str, look: Format) -> None:
    clean = printable(text)[:_LONGEST]
    if last > 0:
        sheet.merge_range(line, 0, line, last, "", look)
    sheet.write_string(line, 0, clean, look)


def _shown(value: Any) -> str | int | float:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return f"{clock.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else printable(str(value))[:_LONGEST]
