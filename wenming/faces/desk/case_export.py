"""The case ledger as an Excel file: exactly the rows filtered and the columns chosen (peers.md §3.3).

Every cell is written as text, so that numbers keep their zeros and a description that begins with "=" is
only words.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse

from wenming.common import clock
from wenming.faces.desk import case_columns
from wenming.faces.desk.case_columns import Column, Row
from wenming.faces.desk.case_filter import Chip
from wenming.ground.people.models import Person
from wenming.records.cases.models import CaseQuerySet

BATCH = 500
HEAD_ROW = 2
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What XML cannot hold; Excel would call the whole file damaged.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def answer(
    found: CaseQuerySet, columns: Sequence[Column], chips: Sequence[Chip], *, by: Person, at: datetime
) -> FileResponse:
    """The file as a download, written to a temporary file as the rows come from the database."""
    out = TemporaryFile()  # noqa: SIM115 -- the response closes it
    write(out, found, columns, chips, by=by, at=at)
    out.seek(0)
    name = f"问题台账-{clock.local(at):%Y%m%d-%H%M}.xlsx"
    return FileResponse(out, as_attachment=True, filename=name, content_type=XLSX)


def write(
    out: IO[bytes],
    found: CaseQuerySet,
    columns: Sequence[Column],
    chips: Sequence[Chip],
    *,
    by: Person,
    at: datetime,
) -> int:
    """Write the workbook to `out`; returns the number of cases in it."""
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("问题台账")
    look = _looks(book)
    last = len(columns)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.repeat_rows(HEAD_ROW)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    sheet.set_column(0, 0, 6)
    for place, column in enumerate(columns, 1):
        sheet.set_column(place, place, column.width)
    unit = by.home_unit
    town = by.town or unit
    # Rows have to be written from the top down: constant memory keeps only the present one.
    sheet.set_row(0, 30)
    sheet.merge_range(0, 0, 0, last, f"{town.name if town else ''}文明创建问题台账", look["title"])
    said = "；".join(f"{chip.label}：{chip.value}" for chip in chips) or "全部"
    sheet.merge_range(
        1,
        0,
        1,
        last,
        _line(
            f"填报单位：{unit.name if unit else ''}　　日期：{clock.local(at):%Y年%-m月%-d日}　　范围：{said}"
        ),
        look["note"],
    )
    _write_row(sheet, HEAD_ROW, ["序号", *(column.label for column in columns)], look["head"])
    row = HEAD_ROW
    for row, line in enumerate(_rows(found, columns, at), HEAD_ROW + 1):
        _write_row(
            sheet, row, [str(row - HEAD_ROW), *(column.text(line) for column in columns)], look["cell"]
        )
    foot = row + 2
    sheet.merge_range(
        foot,
        0,
        foot,
        last,
        "填报人：　　　　　　　　审核人：　　　　　　　　填报日期：　　　　年　　月　　日",
        look["note"],
    )
    book.close()
    return row - HEAD_ROW


def _rows(found: CaseQuerySet, columns: Sequence[Column], at: datetime) -> Iterator[Row]:
    for cases in batched(found.iterator(BATCH), BATCH):
        yield from case_columns.load(list(cases), columns, at)


def _write_row(sheet: Any, row: int, texts: Sequence[str], look: Any) -> None:
    for place, text in enumerate(texts):
        sheet.write_string(row, place, _line(text), look)


def _line(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:32_000]


def _looks(book: Any) -> dict[str, Any]:
    cell = {"border": 1, "valign": "vcenter", "text_wrap": True, "font_size": 10, "num_format": "@"}
    return {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}),
        "note": book.add_format({"font_size": 10, "valign": "vcenter"}),
        "head": book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#E8EDF4"}),
        "cell": book.add_format(cell),
    }
