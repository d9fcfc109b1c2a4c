"""Reading a filled table: find the heading, then every cell, and every error at once."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from wenming.common.sheets import inspection, old_excel
from wenming.common.sheets.cells import Unreadable, as_text, plain_heading, typed
from wenming.common.sheets.inspection import CSV, LARGEST_ROWS, XLSX, Scan, letters, refuse, too_many_rows
from wenming.common.sheets.model import HELP_SHEET, IGNORED, Checked, Column, Fault, Row, Template

# The heading is looked for below title lines, never deeper than this.
_HEADING_WITHIN = 10
_LONGEST_HEADING = 20
_SUMS = ("合计", "总计", "小计", "共计")
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass
class Grid:
    """The cells of one sheet, from A1 on."""

    name: str
    cells: list[list[Any]]
    scan: Scan = field(default_factory=Scan)


def read(data: bytes, name: str, template: Template) -> Checked:
    """Read a table of `template` from the bytes of an .xlsx, .xls or .csv called `name`.

    Faults of the heading stand in row 0. Raises DomainError (`sheet_…`, field "file") for a file that is no table,
    is too large, holds macros, or would unpack beyond all measure.
    """
    grids = open_grids(data, name)
    checked = Checked(template)
    best = max(grids, key=lambda grid: _best_heading(grid, template)[1], default=None)
    if best is None or not any(as_text(cell) for row in best.cells for cell in row):
        checked.faults.append(Fault(0, "", "表里没有内容，请用模板填写后再导入。"))
        return checked
    heading, known = _best_heading(best, template)
    if not known:
        wanted = "、".join(column.title for column in template.columns if column.required)
        checked.faults.append(
            Fault(0, "", f"找不到表头。表头应有：{wanted}；请下载模板，把内容贴进去再导入。")
        )
        return checked
    columns = _columns(best.cells[heading], template, checked)
    _rows(best, heading, columns, checked)
    if len(grids) > 1:
        checked.notes.append(f"文件里有几张工作表，只读了「{best.name}」。")
    if not checked.rows and not checked.faults:
        checked.faults.append(Fault(0, "", "表头下面没有数据行，请填写后再导入。"))
    return checked


def open_grids(data: bytes, name: str) -> list[Grid]:
    """The visible sheets of an .xlsx or .xls, or the one of a .csv. Raises DomainError as `read`."""
    kind = inspection.kind_of(data, name)
    return [_csv(data, name)] if kind == CSV else _workbook(data, kind)


def _csv(data: bytes, name: str) -> Grid:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
    else:
        for encoding in _ENCODINGS:
            try:
                text = data.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        else:
            raise refuse("encoding", f"「{name}」的文字编码认不出来，请另存为 .xlsx 后再导入。")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        cells = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error:
        raise refuse("broken", f"「{name}」的内容不成表格，请另存为 .xlsx 后再导入。") from None
    if len(cells) > LARGEST_ROWS + _HEADING_WITHIN:
        raise too_many_rows()
    return Grid(name, cells)


def _workbook(data: bytes, kind: str) -> list[Grid]:
    grids = []
    for name, cells, found in _new_sheets(data) if kind == XLSX else _old_sheets(data):
        if len(cells) > LARGEST_ROWS + _HEADING_WITHIN * 2:
            raise too_many_rows()
        if name != HELP_SHEET:
            grids.append(Grid(name, cells, found))
    return [grid for grid in grids if grid.cells] or grids[:1]


def _old_sheets(data: bytes) -> Iterator[tuple[str, list[list[Any]], Scan]]:
    for name, cells, merged in old_excel.sheets(data):
        yield name, cells, Scan(merged=merged)


def _new_sheets(data: bytes) -> Iterator[tuple[str, list[list[Any]], Scan]]:
    """Every sheet is walked before the library lays it out."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            for sheet in book.sheets_metadata[: old_excel.MOST_SHEETS]:
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                    found = inspection.scan(data, sheet.name)
                    opened = book.get_sheet_by_name(sheet.name)
                    yield sheet.name, opened.to_python(skip_empty_area=False), found
    except (CalamineError, OSError, ValueError):
        raise refuse("broken", f"文件已损坏或设了口令，打不开；{inspection.SAVE_AS}") from None


def names(template: Template) -> dict[str, Column]:
    """Columns by every heading that they are known under."""
    return {
        plain_heading(name): column
        for column in template.columns
        for name in (column.title, column.key, *column.aliases)
    }


def heading_at(cells: list[list[Any]], template: Template) -> int | None:
    """Which of the first lines names columns of the template; None when none does."""
    index, known = _best_heading(Grid("", cells), template)
    return index if known else None


def _meant(template: Template, heading: Sequence[Any]) -> dict[int, Column]:
    """Columns by index: by title or another name; in a loose template also by a title that the heading holds, where
    only one fits and no other heading has it."""
    known = names(template)
    keys = [plain_heading(cell) for cell in heading]
    found = {at: known[key] for at, key in enumerate(keys) if key in known}
    if not template.loose:
        return found
    for at, key in enumerate(keys):
        if at in found or len(key) < 2 or len(key) > _LONGEST_HEADING:
            continue
        free = {name: column for name, column in known.items() if column not in found.values()}
        fits = {
            column.key: column
            for name, column in free.items()
            if len(name) > 1 and (name in key or key in name)
        }
        if len(fits) == 1:
            found[at] = next(iter(fits.values()))
    return found


def _best_heading(grid: Grid, template: Template) -> tuple[int, int]:
    """(index of the row that looks most like the heading, how many of its cells are known)."""
    scores = [
        (len({column.key for column in _meant(template, row).values()}), -index)
        for index, row in enumerate(grid.cells[:_HEADING_WITHIN])
    ]
    score, index = max(scores, default=(0, 0))
    # A single known word may well be a title or a value; a heading has at least two, or is that one column.
    return -index, score if score >= min(2, len(template.columns)) else 0


def _columns(heading: Sequence[Any], template: Template, checked: Checked) -> dict[int, Column]:
    """Column by index; unknown, double and missing headings become faults."""
    meant, ignored = _meant(template, heading), {plain_heading(name) for name in IGNORED}
    found: dict[int, Column] = {}
    for index, cell in enumerate(heading):
        key = plain_heading(cell)
        if not key or key in ignored:
            continue
        column = meant.get(index)
        if column is None and template.loose:
            checked.notes.append(f"「{as_text(cell)}」这一列没有对应的项，没有读。")
        elif column is None:
            said = "不认识这一列，请删掉它，或者改成模板里的列名。"
            checked.faults.append(Fault(0, as_text(cell), said))
        elif column in found.values():
            checked.faults.append(Fault(0, column.title, "这一列出现了两次，请只留一列。"))
        else:
            found[index] = column
    for column in template.columns:
        if column.required and column not in found.values():
            checked.faults.append(Fault(0, column.title, "缺少这一列（必填），请补上。"))
    return found


def _rows(grid: Grid, heading: int, columns: dict[int, Column], checked: Checked) -> None:
    if checked.template.down:
        _fill_down(grid, heading, columns, checked)
    merged = _merged_cells(grid, heading, columns, checked)
    example = checked.template.example
    for index in range(heading + 1, len(grid.cells)):
        cells = grid.cells[index]
        texts = {column.key: as_text(cells[at]) if at < len(cells) else "" for at, column in columns.items()}
        special = any((index, at) in grid.scan.formulas or (index, at) in merged for at in columns)
        if not any(texts.values()) and not special:
            continue
        if texts and all(texts.get(key, "") == value for key, value in example.items()):
            checked.notes.append(f"第 {index + 1} 行是模板里的示例，已跳过。")
            continue
        if _is_sum(cells):
            checked.notes.append(f"第 {index + 1} 行是合计，已跳过。")
            continue
        row = Row(index + 1, {}, texts)
        checked.rows.append(row)
        for at, column in columns.items():
            row.values[column.key] = None
            if (index, at) in grid.scan.formulas:
                checked.fault(row, column.key, "是公式，请复制后「选择性粘贴」为数值，再导入。")
            elif (index, at) in merged:
                checked.fault(row, column.key, "是合并单元格，请取消合并，并在每一行都填上内容。")
            else:
                _read_cell(checked, row, column, cells[at] if at < len(cells) else None)
    if len(checked.rows) > LARGEST_ROWS:
        raise too_many_rows()
    _bare_columns(grid, heading, checked)


def _read_cell(checked: Checked, row: Row, column: Column, cell: Any) -> None:
    try:
        row.values[column.key] = typed(column, cell, today=checked.template.today)
    except Unreadable as error:
        checked.fault(row, column.key, str(error))


def _is_sum(cells: list[Any]) -> bool:
    """Does the line begin with 合计?"""
    first = next((text for text in map(as_text, cells) if text), "")
    return re.sub(r"\s", "", first) in _SUMS


def _fill_down(grid: Grid, heading: int, columns: dict[int, Column], checked: Checked) -> None:
    """Put into empty cells what was merged over them. Where the first column of `down` is empty in a line that says
    something, the empty ones of them are as in the line above: a pasted table has lost its merges."""
    places = {column.key: at for at, column in columns.items() if column.key in checked.template.down}
    first = places.get(checked.template.down[0])
    _unmerge(grid, heading, set(places.values()))
    lines = []
    for index in range(heading + 2, len(grid.cells)):
        cells, above = grid.cells[index], grid.cells[index - 1]
        said = any(
            as_text(cells[at])
            for at, column in columns.items()
            if at < len(cells) and column.key not in places
        )
        if first is None or not said or (first < len(cells) and as_text(cells[first])):
            continue
        for at in places.values():
            if at < len(above) and not (at < len(cells) and as_text(cells[at])):
                _put(cells, at, above[at])
        lines.append(str(index + 1))
    if lines:
        title = checked.template.column(checked.template.down[0]).title
        shown = "、".join(lines[:20]) + (" 等" if len(lines) > 20 else "")
        checked.notes.append(f"第 {shown} 行的{title}空着，按上一行的{title}读。")


def _unmerge(grid: Grid, heading: int, places: set[int]) -> None:
    """Merges down one of these columns are opened: every cell says what the merged one says."""
    kept = []
    for top, left, bottom, right in grid.scan.merged:
        if left != right or left not in places or top <= heading:
            kept.append((top, left, bottom, right))
            continue
        for index in range(top + 1, min(bottom + 1, len(grid.cells))):
            _put(grid.cells[index], left, grid.cells[top][left])
    grid.scan.merged = kept


def _put(cells: list[Any], at: int, value: Any) -> None:
    cells.extend([""] * (at + 1 - len(cells)))
    cells[at] = value


def _merged_cells(
    grid: Grid, heading: int, columns: dict[int, Column], checked: Checked
) -> set[tuple[int, int]]:
    """Merged cells below the heading; a merged heading is a fault of its own, titles above it are nobody's."""
    found: set[tuple[int, int]] = set()
    for top, left, bottom, right in grid.scan.merged:
        if top <= heading <= bottom:
            where = f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"
            checked.faults.append(Fault(0, "", f"表头有合并单元格（{where}），请取消合并，每列一个表头。"))
        first, last = max(top, heading + 1), min(bottom, len(grid.cells) - 1)
        found |= {(row, at) for row in range(first, last + 1) for at in columns if left <= at <= right}
    return found


def _bare_columns(grid: Grid, heading: int, checked: Checked) -> None:
    """A value in a column without a heading would be lost without a word."""
    titled = {at for at, cell in enumerate(grid.cells[heading]) if as_text(cell)}
    bare = {
        at
        for row in grid.cells[heading + 1 :]
        for at, cell in enumerate(row)
        if at not in titled and as_text(cell)
    }
    for at in sorted(bare):
        checked.notes.append(f"{letters(at)} 列有内容但没有表头，没有读这一列。")
