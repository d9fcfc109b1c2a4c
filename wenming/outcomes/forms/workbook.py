"""A superior's workbook: opened safely, shown as a table, and written with its own looks. Pure, no database.

Everything openpyxl understands is kept: fonts, borders, merged cells, widths, heights, formulas, pictures, print set-up.
What it does not understand is found beforehand and told (`losses`), so that nobody learns of it from the county.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.cell.rich_text import CellRichText
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from wenming.common.sheets import inspection, measuring, printable
from wenming.common.sheets.inspection import SAVE_AS, refuse
from wenming.common.sheets.measuring import LEADING, USUAL_SIZE, USUAL_WIDTH
from wenming.outcomes.forms import row_insertion

LARGEST_BYTES = 5 * 1024 * 1024
MOST_SHEETS = 20
# One sheet as XML: a form of some thousand cells takes far less, and the library needs fifty times as much memory.
_LARGEST_SHEET = 12 * 1024 * 1024
# What the page shows at once of a sheet; larger ones are shown piece by piece.
SHOWN_ROWS, SHOWN_COLUMNS = 200, 40
LONGEST_TEXT = 32_000
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
# A call of another program (DDE), the net, or another file.
_OUTSIDE = re.compile(r"\|\s*'|\|[^\"]*!|\bWEBSERVICE\s*\(|\[\d+\]|\bCALL\s*\(|\bREGISTER", re.IGNORECASE)


def safe(data: bytes, name: str) -> Workbook:
    """The workbook of an upload. Raises DomainError (`sheet_…`, field "file") for what must not or cannot be opened."""
    if len(data) > LARGEST_BYTES:
        size = len(data) / 1024 / 1024
        raise refuse(
            "large", f"文件有 {size:.0f} MB，上级表格最多 5 MB；请只留要填的表，删去图片和多余的工作表。"
        )
    kind = inspection.kind_of(data, name)
    if kind != inspection.XLSX:
        raise refuse("kind", f"「{name}」不是 .xlsx 表格；{SAVE_AS.replace('导入', '上传')}")
    _refuse_large_sheets(data)
    inspection.refuse_doctypes(data)
    book = load(data)
    if not book.worksheets:
        raise refuse("empty", "文件里没有工作表，请重新选择文件。")
    if len(book.worksheets) > MOST_SHEETS:
        raise refuse("many", f"文件里的工作表超过 {MOST_SHEETS} 张，请只留要填的表。")
    for sheet in book.worksheets:
        inspection.scan(data, sheet.title)
        _refuse_outside(sheet)
    saved(load(data))
    return book


def saved(book: Workbook) -> bytes:
    """The workbook as a file. Raises DomainError `sheet_broken` where the library read more than it can write: that
    is found at the upload and not in the week of the report."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book.save(out)
        except Exception as error:  # any part of a strange file can be what fails
            raise refuse("broken", f"文件里有写不回去的部分；{SAVE_AS.replace('导入', '上传')}") from error
    return out.getvalue()


def load(data: bytes) -> Workbook:
    """A workbook that was inspected before. Raises DomainError `sheet_broken`."""
    with warnings.catch_warnings():
        # What the library says it drops is told in Chinese by `losses`.
        warnings.simplefilter("ignore")
        try:
            return openpyxl.load_workbook(io.BytesIO(data), rich_text=True, keep_links=False)
        except Exception as error:  # a damaged part can fail in any place of the library
            raise refuse(
                "broken", f"文件里有读不懂的部分，打不开；{SAVE_AS.replace('导入', '上传')}"
            ) from error


def _refuse_large_sheets(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if any(one.file_size > _LARGEST_SHEET for one in archive.infolist() if one.filename.endswith(".xml")):
            raise refuse("bomb", "工作表解开后异常地大，不像一张要填的表；请删去多余的行列后再上传。")


def _refuse_outside(sheet: Worksheet) -> None:
    for row in sheet.iter_rows():
        for cell in row:
            text = cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value
            if cell.data_type == "f" and isinstance(text, str) and _OUTSIDE.search(text):
                raise refuse(
                    "outside",
                    f"工作表「{sheet.title}」{cell.coordinate} 的公式会调用别的程序、网址或别的文件，不能上传；"
                    "请把这一格改成数值或留空后再上传。",
                )


_PARTS = [
    (("xl/ctrlProps/", "xl/activeX/"), "按钮、勾选框等控件"),
    (("xl/externalLinks/",), "指向别的文件的链接"),
    (("xl/diagrams/",), "SmartArt 图形"),
    (("xl/slicers/", "xl/timelines/"), "切片器"),
    (("xl/threadedComments/",), "批注下的讨论（批注本身保留）"),
    (("xl/embeddings/",), "嵌入的对象"),
    (("_xmlsignatures/",), "数字签名（填过的表要重新签）"),
    (("xl/charts/",), "图表的部分样式（图表本身保留）"),
    (("xl/printerSettings/",), "打印机型号（纸张、方向、页边距保留）"),
]


def losses(data: bytes) -> list[str]:
    """What the file holds and a filled file will not hold, in words; empty when everything is kept."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        found = [words for starts, words in _PARTS if any(name.startswith(starts) for name in names)]
        sheets = [archive.read(name) for name in names if re.match(r"xl/worksheets/[^/]+\.xml$", name)]
        drawings = [archive.read(name) for name in names if re.match(r"xl/drawings/[^/]+\.xml$", name)]
    if any(b"<extLst" in sheet for sheet in sheets):
        found.append("新版 Excel 的扩展条件格式、跨表下拉、迷你图")
    if any(b"legacyDrawingHF" in sheet for sheet in sheets):
        found.append("页眉页脚里的图片")
    if any(b":sp>" in one or b":sp " in one or b":grpSp" in one for one in drawings):
        found.append("文本框和手画的图形")
    return found


@dataclass(frozen=True)
class Shown:
    """One cell of the table on the page. `down`, `across`: how far it is merged."""

    address: str
    text: str
    down: int = 1
    across: int = 1
    formula: bool = False


@dataclass(frozen=True)
class Window:
    """The part of a large sheet that the page shows: rows `top`–`bottom`, columns `left`–`right`."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def around(cls, row: int, column: int, rows: int, columns: int) -> "Window":
        """The piece that holds the cell, of a sheet of `rows` × `columns`; cells beyond it are in the last piece."""
        top = (min(max(row, 1), rows) - 1) // SHOWN_ROWS * SHOWN_ROWS + 1
        left = (min(max(column, 1), columns) - 1) // SHOWN_COLUMNS * SHOWN_COLUMNS + 1
        return cls(top, min(top + SHOWN_ROWS - 1, rows), left, min(left + SHOWN_COLUMNS - 1, columns))

    @property
    def letters(self) -> list[str]:
        return [get_column_letter(n) for n in range(self.left, self.right + 1)]

    @property
    def cell(self) -> str:
        """The first cell, by which the piece is asked for."""
        return f"{get_column_letter(self.left)}{self.top}"

    @property
    def rows_said(self) -> str:
        return f"第 {self.top}—{self.bottom} 行"

    @property
    def columns_said(self) -> str:
        return f"{self.letters[0]}—{self.letters[-1]} 列"


def windows(sheet: Worksheet) -> list[Window]:
    """All pieces of a sheet, row by row; one for a sheet that fits on the page."""
    rows, columns = extent(sheet)
    return [
        Window.around(row, column, rows, columns)
        for row in range(1, rows + 1, SHOWN_ROWS)
        for column in range(1, columns + 1, SHOWN_COLUMNS)
    ]


@dataclass(frozen=True)
class Table:
    """A piece of a sheet as the page shows it: letters of the columns, rows with their numbers."""

    name: str
    letters: list[str]
    rows: list[tuple[int, list[Shown]]]


def table(sheet: Worksheet, window: Window | None = None) -> Table:
    """The cells of a piece of the sheet, of its first one if none is named.

    A merged area that begins outside is shown as far as it reaches in, and leads to the cell that stands for it.
    """
    window = window or Window.around(1, 1, *extent(sheet))
    merged = {
        (max(one.min_row, window.top), max(one.min_col, window.left)): one
        for one in sheet.merged_cells.ranges
        if one.max_row >= window.top and one.max_col >= window.left
    }
    found = []
    for row in range(window.top, window.bottom + 1):
        line = []
        for column in range(window.left, window.right + 1):
            cell, span = sheet.cell(row, column), merged.get((row, column))
            if span is None:
                if not isinstance(cell, MergedCell):
                    line.append(Shown(cell.coordinate, text_of(cell), formula=cell.data_type == "f"))
                continue
            first = sheet.cell(span.min_row, span.min_col)
            down, across = (
                min(span.max_row, window.bottom) - row + 1,
                min(span.max_col, window.right) - column + 1,
            )
            text = text_of(first) + ("" if first is cell else "（接上）")
            line.append(Shown(first.coordinate, text, down, across, first.data_type == "f"))
        found.append((row, line))
    return Table(sheet.title, window.letters, found)


def extent(sheet: Worksheet) -> tuple[int, int]:
    """Rows and columns up to the last cell that holds something or has a frame: empty frames are there to be filled."""
    rows = columns = 1
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None or (not isinstance(cell, MergedCell) and _framed(cell)):
                rows, columns = max(rows, cell.row), max(columns, cell.column)
    for one in sheet.merged_cells.ranges:
        if sheet.cell(one.min_row, one.min_col).value is not None:
            rows, columns = max(rows, one.max_row), max(columns, one.max_col)
    return rows, columns


def _framed(cell: Cell) -> bool:
    border = cell.border
    return any(
        side is not None and side.style for side in (border.left, border.right, border.top, border.bottom)
    )


def text_of(cell: Any) -> str:
    """A cell as people see it."""
    value = cell.value
    if value is None or isinstance(cell, MergedCell):
        return ""
    if isinstance(value, ArrayFormula):
        return str(value.text)
    if isinstance(value, date) and not hasattr(value, "hour"):
        return value.isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool) and "%" in cell.number_format:
        return f"{Decimal(str(value)) * 100:.6g}%"
    return str(value).strip()


def anchor(sheet: Worksheet, address: str) -> Cell:
    """The cell at `address`, or the one that stands for its merged area. Raises DomainError `form_cell`."""
    row, column = inspection.position(address.upper())
    cell = sheet.cell(row + 1, column + 1)
    if isinstance(cell, MergedCell):
        for one in sheet.merged_cells.ranges:
            if cell.coordinate in one:
                return anchor(sheet, f"{get_column_letter(one.min_col)}{one.min_row}")
    assert isinstance(cell, Cell)  # noqa: S101 -- a merged cell always has its area
    return cell


def heads(sheet: Worksheet, cell: Cell) -> bool:
    """Does the cell stand over several columns, but not over all of them (a title)?"""
    across = next((one.size["columns"] for one in sheet.merged_cells.ranges if cell.coordinate in one), 1)
    return bool(1 < across < extent(sheet)[1])


@dataclass(frozen=True)
class Put:
    """What is written into a cell. A number with the measure 「%」 becomes a fraction where the form wants per cent."""

    sheet: str
    address: str
    value: Decimal | date | str
    measure: str = ""
    append: bool = False


@dataclass
class Block:
    """Rows of a list: `first`–`last` are there in the form, `lines` are what has to stand there (letter → value)."""

    sheet: str
    first: int
    last: int
    columns: Sequence[str]
    lines: list[dict[str, Put]] = field(default_factory=list)

    @property
    def extra(self) -> int:
        """How many rows have to be inserted."""
        return max(0, len(self.lines) - (self.last - self.first + 1))


def moved(blocks: Sequence[Block], sheet: str, row: int) -> int:
    """Where a row of the form stands in the filled file."""
    return row + sum(one.extra for one in blocks if one.sheet == sheet and one.last < row)


def fill(data: bytes, puts: Sequence[Put], blocks: Sequence[Block]) -> bytes:
    """The form with everything written into it (.xlsx). Raises DomainError for a sheet that is not there."""
    book = load(data)
    for put in puts:
        sheet = sheet_of(book, put.sheet)
        write(anchor(sheet, put.address), put)
        _show_whole(sheet, anchor(sheet, put.address))
    # From the bottom up, so that no block moves another that has not been written yet.
    for block in sorted(blocks, key=lambda one: -one.first):
        _fill_block(sheet_of(book, block.sheet), block)
    # The library keeps formulas without their values: they are worked out when the file is opened.
    book.calculation.fullCalcOnLoad = True
    return saved(book)


def sheet_of(book: Workbook, name: str) -> Worksheet:
    """The sheet of that name. Raises DomainError `form_sheet`."""
    for sheet in book.worksheets:
        if sheet.title == name:
            return sheet
    raise refuse("sheet", f"文件里没有工作表「{name}」，请重新对表。")


def _fill_block(sheet: Worksheet, block: Block) -> None:
    if block.extra:
        row_insertion.insert(sheet, first=block.first, last=block.last, count=block.extra)
    for index in range(max(len(block.lines), block.last - block.first + 1)):
        for letter in block.columns:
            cell = anchor(sheet, f"{letter}{block.first + index}")
            put = block.lines[index].get(letter) if index < len(block.lines) else None
            if put is None:
                cell.value = None
            else:
                write(cell, put)
                _show_whole(sheet, cell)
        if index < len(block.lines):
            _make_readable(sheet, block.first + index, block.columns)


def _make_readable(sheet: Worksheet, row: int, letters: Sequence[str]) -> None:
    """Words of a list that do not fit their column are wrapped, and the row is made high enough for them.

    A form is drawn for short examples; a problem cut off at the edge of its cell would be no report.
    """
    needed = 0.0
    for letter in letters:
        cell = anchor(sheet, f"{letter}{row}")
        if not isinstance(cell.value, str) or cell.row != row:
            continue
        lines = measuring.lines(cell.value, cell.font.sz or USUAL_SIZE, _room(sheet, cell))
        if lines > 1:
            look = copy(cell.alignment)
            look.wrap_text, look.shrink_to_fit = True, False
            cell.alignment = look
            needed = max(needed, lines * (cell.font.sz or USUAL_SIZE) * LEADING)
    if needed > (sheet.row_dimensions[row].height or USUAL_SIZE * LEADING):
        sheet.row_dimensions[row].height = round(needed, 1)


def _show_whole(sheet: Worksheet, cell: Cell) -> None:
    """A number or day that is wider than its cell would be shown as ####: it is shown smaller."""
    if isinstance(cell.value, date):
        text = f"{cell.value:%Y年%m月%d日}" if "月" in cell.number_format else f"{cell.value:%Y-%m-%d}"
    elif isinstance(cell.value, Decimal):
        text = f"{cell.value:f}"
    else:
        return
    if measuring.wide(text, cell.font.sz or USUAL_SIZE) > _room(sheet, cell):
        look = copy(cell.alignment)
        look.shrink_to_fit, look.wrap_text = True, False
        cell.alignment = look


def _room(sheet: Worksheet, cell: Cell) -> float:
    """Pixels for the text of a cell, with all it is merged with."""
    last = cell.column
    for one in sheet.merged_cells.ranges:
        if one.min_row == cell.row and one.min_col == cell.column:
            last = one.max_col
    return measuring.room(sum(_column_width(sheet, n) for n in range(cell.column, last + 1)))


def _column_width(sheet: Worksheet, column: int) -> float:
    """Columns of one width stand together under the first; looking one up by its letter would make a new one."""
    for one in sheet.column_dimensions.values():
        if one.width and (one.min or 0) <= column <= (one.max or 0):
            return float(one.width)
    return float(sheet.sheet_format.defaultColWidth or USUAL_WIDTH)


def write(cell: Cell, put: Put) -> None:
    """Write one value in the look of the form. Words are always words: nothing a person typed becomes a formula."""
    value = put.value
    if isinstance(value, date):
        if cell.is_date or "yy" in cell.number_format:
            cell.value = value
            return
        value = f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, Decimal) and cell.number_format != "@" and not put.append:
        if put.measure == "%" and "%" in cell.number_format:
            value = value / 100
        cell.value = value
        return
    text = printable(f"{value.normalize():f}" if isinstance(value, Decimal) else str(value))
    if put.append:
        said = str(cell.value) if isinstance(cell.value, CellRichText) else text_of(cell)
        text = f"{said.rstrip()}{text}"
    cell.value = text[:LONGEST_TEXT]
    # The library takes 「=…」 for a formula and '#N/A' for an error: it is told that this is text.
    cell.data_type = "s"
    if text.startswith(_DANGEROUS) or text.replace("-", "").isdigit():
        cell.number_format = "@"
        cell._style = copy(cell._style)
        cell.quotePrefix = True
