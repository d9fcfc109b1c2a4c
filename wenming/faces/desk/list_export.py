"""A list as an Excel file: exactly the rows filtered and the columns chosen (peers.md §3.3).

Words are written as text, so that numbers of papers keep their zeros and a description that begins with "=" is only
words; quantities are written as numbers, so that they can be added up. The rows are written as they come.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse

from wenming.common import clock, sheets
from wenming.ground.people.models import Person

HEAD_ROW = 2
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Heading and width of each column.
Columns = Sequence[tuple[str, int]]


def answer(
    name: str, columns: Columns, rows: Iterable[Sequence[Any]], *, said: str, by: Person, at: datetime
) -> FileResponse:
    """The file as a download; `said` tells what was filtered."""
    out = TemporaryFile()  # noqa: SIM115 -- the response closes it
    write(out, name, columns, rows, said=said, by=by, at=at)
    out.seek(0)
    file = f"{name}-{clock.local(at):%Y%m%d-%H%M}.xlsx"
    return FileResponse(out, as_attachment=True, filename=file, content_type=XLSX)


def write(
    out: IO[bytes],
    name: str,
    columns: Columns,
    rows: Iterable[Sequence[Any]],
    *,
    said: str,
    by: Person,
    at: datetime,
) -> int:
    """Write the workbook to `out`; returns the number of rows in it."""
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", "_", name)[:31])
    look = _looks(book)
    last = len(columns)
    _page(sheet, columns)
    unit = by.home_unit
    town = by.town or unit
    # Rows have to be written from the top down: constant memory keeps only the present one.
    sheet.set_row(0, 30)
    sheet.merge_range(0, 0, 0, last, f"{town.name if town else ''}文明创建{name}", look["title"])
    when = f"{clock.local(at):%Y年%-m月%-d日}"
    note = f"填报单位：{unit.name if unit else ''}　　日期：{when}　　范围：{said or '全部'}"
    sheet.merge_range(1, 0, 1, last, _line(note), look["note"])
    _write_row(sheet, HEAD_ROW, ["序号", *(heading for heading, _ in columns)], look["head"], look["head"])
    row = HEAD_ROW
    for row, cells in enumerate(rows, HEAD_ROW + 1):
        _write_row(sheet, row, [str(row - HEAD_ROW), *cells], look["cell"], look["number"])
    foot = "填报人：　　　　　　　　审核人：　　　　　　　　填报日期：　　　　年　　月　　日"
    sheet.merge_range(row + 2, 0, row + 2, last, foot, look["note"])
    book.close()
    return row - HEAD_ROW


def _page(sheet: Any, columns: Columns) -> None:
    sheet.set_landscape()
    sheet.set_paper(8 if len(columns) > 12 else 9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.repeat_rows(HEAD_ROW)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    sheet.set_column(0, 0, 6)
    for place, (_, width) in enumerate(columns, 1):
        sheet.set_column(place, place, width)


def _write_row(sheet: Any, row: int, cells: Sequence[Any], words: Any, number: Any) -> None:
    for place, cell in enumerate(cells):
        if isinstance(cell, Decimal):
            sheet.write_number(row, place, float(cell), number)
        else:
            sheet.write_string(row, place, _line("" if cell is None else str(cell)), words)


def _line(text: str) -> str:
    return sheets.printable(text)[:32_000]


def _looks(book: Any) -> dict[str, Any]:
    cell = {"border": 1, "valign": "vcenter", "text_wrap": True, "font_size": 10}
    return {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}),
        "note": book.add_format({"font_size": 10, "valign": "vcenter"}),
        "head": book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#E8EDF4"}),
        "cell": book.add_format({**cell, "num_format": "@"}),
        "number": book.add_format({**cell, "num_format": "0.###"}),
    }
