"""Making room in a sheet: rows inserted below a block, and everything that points at rows moved with them.

openpyxl moves the cells and nothing else; merged cells, heights, formulas, named areas, drop-downs, rules of colour
and pictures have to follow, or the superior's form comes back broken.
"""

import re
from copy import copy
from typing import Any

from openpyxl.cell.cell import MergedCell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formula.tokenizer import Token, Tokenizer, TokenizerError
from openpyxl.formula.translate import Translator
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

_PART = re.compile(r"^(\$?[A-Za-z]{0,3})(\$?)(\d+)$")


def insert(sheet: Worksheet, *, first: int, last: int, count: int) -> None:
    """Put `count` rows below row `last` of the block `first`–`last`, in the look of row `last`.

    Areas that end with the block (the total of a column, a label merged down its side) grow with it.
    """
    merged = [copy(one) for one in sheet.merged_cells.ranges]
    sheet.insert_rows(last + 1, count)
    grow = _Grow(first, last, count)
    _merges(sheet, grow, merged)
    _heights(sheet, grow)
    _looks(sheet, last, count)
    _formulas(sheet, grow)
    _areas(sheet, grow)
    _tables_links_breaks(sheet, grow)
    _names(sheet, grow)
    _pictures(sheet, grow)
    _charts(sheet, grow)


class _Grow:
    """Where a row is after the insertion, and how far an area reaches."""

    def __init__(self, first: int, last: int, count: int) -> None:
        self.first, self.last, self.count = first, last, count

    def row(self, row: int) -> int:
        return row + self.count if row > self.last else row

    def area(self, top: int, bottom: int) -> tuple[int, int]:
        """An area that ends with the block takes the new rows in; one single row above it would not end there."""
        ends = bottom == self.last
        return self.row(top), bottom + self.count if ends else self.row(bottom)

    def reference(self, text: str, *, inside: bool = False) -> str:
        """`B5`, `$B$5:B9`, `5:9` after the insertion; names and whole columns stay as they are.

        `inside`: it stands in a row of the block and speaks of that row, which does not grow.
        """
        ends = [found for part in text.split(":") if (found := _PART.match(part))]
        if len(ends) != text.count(":") + 1:
            return text
        if len(ends) == 1:
            one = ends[0]
            return f"{one[1]}{one[2]}{self.row(int(one[3]))}" if one[1].strip("$") else text
        start, end = ends
        rows = int(start[3]), int(end[3])
        top, bottom = (self.row(rows[0]), self.row(rows[1])) if inside else self.area(*rows)
        return f"{start[1]}{start[2]}{top}:{end[1]}{end[2]}{bottom}"

    def series(self, text: str) -> str:
        """What a chart draws: the one free row of a block (`周报!$B$4`) stands for the list that comes there."""
        sheet, mark, where = text.rpartition("!")
        one = _PART.match(where)
        if not mark or one is None or not one[1].strip("$") or not self.first == self.last == int(one[3]):
            return text
        return f"{sheet}!{where}:{where}"

    def formula(self, text: str, *, own: bool, title: str, inside: bool = False) -> str:
        """A formula after the insertion. `own`: it stands in the sheet itself, so bare references mean that sheet."""
        try:
            tokens = Tokenizer(text)
        except TokenizerError:  # what nobody can read points nowhere; it stays as the superior wrote it
            return text
        for token in tokens.items:
            if token.type == Token.OPERAND and token.subtype == Token.RANGE:
                sheet, mark, where = token.value.rpartition("!")
                if own if not mark else sheet.strip("'").replace("''", "'") == title:
                    token.value = f"{sheet}{mark}{self.reference(where, inside=inside)}"
        return str(tokens.render())


def _merges(sheet: Worksheet, grow: _Grow, before: list[Any]) -> None:
    """Merged areas move and grow; those that lie in the last row of the block are repeated in every new row."""
    sheet.merged_cells.ranges = type(sheet.merged_cells.ranges)()
    wanted = []
    for one in before:
        inside = one.min_row == one.max_row == grow.last
        top, bottom = (
            (one.min_row, one.max_row)
            if one.min_row == one.max_row and one.max_row <= grow.last
            else grow.area(one.min_row, one.max_row)
        )
        wanted.append((top, bottom, one.min_col, one.max_col))
        if inside:
            wanted += [(top + n, top + n, one.min_col, one.max_col) for n in range(1, grow.count + 1)]
    for top, bottom, left, right in wanted:
        sheet.merge_cells(start_row=top, end_row=bottom, start_column=left, end_column=right)


def _heights(sheet: Worksheet, grow: _Grow) -> None:
    old = {index: sheet.row_dimensions[index] for index in list(sheet.row_dimensions)}
    sheet.row_dimensions.clear()
    for index, row in old.items():
        moved = grow.row(index)
        row.index = moved
        sheet.row_dimensions[moved] = row
    like = old.get(grow.last)
    if like is not None:
        for n in range(1, grow.count + 1):
            index = grow.last + n
            sheet.row_dimensions[index] = RowDimension(sheet, index=index, ht=like.ht, hidden=like.hidden)


def _looks(sheet: Worksheet, last: int, count: int) -> None:
    for column in range(1, sheet.max_column + 1):
        like = sheet.cell(last, column)
        for n in range(1, count + 1):
            cell = sheet.cell(last + n, column)
            if like.has_style:
                cell._style = copy(like._style)
            if isinstance(like.value, str) and like.data_type == "f" and not isinstance(cell, MergedCell):
                cell.value = like.value  # moved to its own row below


def _formulas(sheet: Worksheet, grow: _Grow) -> None:
    copied = range(grow.last + 1, grow.last + grow.count + 1)
    for other in sheet.parent.worksheets:
        own = other is sheet
        for row in other.iter_rows():
            for cell in row:
                value = cell.value
                if isinstance(value, ArrayFormula):
                    value.text = grow.formula(value.text or "", own=own, title=sheet.title)
                    value.ref = grow.reference(value.ref) if own else value.ref
                elif cell.data_type == "f" and isinstance(value, str):
                    if own and cell.row in copied:
                        cell.value = _beside(value, cell.row - grow.last)
                    else:
                        inside = own and grow.first <= cell.row <= grow.last
                        cell.value = grow.formula(value, own=own, title=sheet.title, inside=inside)


def _beside(text: str, step: int) -> str:
    """A formula of the last row as it stands `step` rows below (=C5-D5 → =C6-D6)."""
    return str(Translator(text, origin="A1").translate_formula(row_delta=step, col_delta=0))


def _areas(sheet: Worksheet, grow: _Grow) -> None:
    """Rules of colour, drop-downs, the filter."""
    rules, sheet.conditional_formatting = sheet.conditional_formatting, ConditionalFormattingList()
    for area in rules:
        reach = " ".join(_grown(copy(one), grow).coord for one in area.cells.ranges)
        for rule in area.rules:
            sheet.conditional_formatting.add(reach, rule)
    for choice in sheet.data_validations.dataValidation:
        for one in choice.sqref.ranges:
            _grown(one, grow)
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = grow.reference(sheet.auto_filter.ref)


def _tables_links_breaks(sheet: Worksheet, grow: _Grow) -> None:
    for table in sheet.tables.values():
        table.ref = grow.reference(table.ref)
        if table.autoFilter is not None and table.autoFilter.ref:
            table.autoFilter.ref = grow.reference(table.autoFilter.ref)
    for row in sheet.iter_rows(min_row=grow.last + 1):
        for cell in row:
            if cell.hyperlink is not None:
                cell.hyperlink.ref = cell.coordinate
    for stop in sheet.row_breaks.brk:
        stop.id = grow.row(stop.id)


def _names(sheet: Worksheet, grow: _Grow) -> None:
    """Named areas, of the sheet and of the workbook, and the area to print."""
    for names, own in ((sheet.defined_names, True), (sheet.parent.defined_names, False)):
        for name in names.values():
            if name.value:
                name.value = grow.formula(f"={name.value}", own=own, title=sheet.title)[1:]
    if sheet.print_area:
        areas = [part.rpartition("!")[2] for part in str(sheet.print_area).split(",")]
        sheet.print_area = ",".join(grow.reference(area) for area in areas)


def _grown(area: CellRange, grow: _Grow) -> CellRange:
    top, bottom = grow.area(area.min_row, area.max_row)
    area.max_row, area.min_row = bottom, top
    return area


def _pictures(sheet: Worksheet, grow: _Grow) -> None:
    """Pictures and charts below the block move down with what stands beside them (their rows count from 0)."""
    for drawn in [*sheet._images, *sheet._charts]:
        for end in ("_from", "to"):
            marker = getattr(drawn.anchor, end, None)
            if marker is not None:
                marker.row = grow.row(marker.row + 1) - 1


def _charts(sheet: Worksheet, grow: _Grow) -> None:
    """Charts anywhere in the workbook go on drawing the same rows, and the new ones with them."""
    for other in sheet.parent.worksheets:
        for chart in other._charts:
            for line in chart.series:
                for part in (line.val, line.cat, line.tx):
                    for reference in (getattr(part, "numRef", None), getattr(part, "strRef", None)):
                        if reference is not None and reference.f:
                            drawn = reference.f if part is line.tx else grow.series(reference.f)
                            reference.f = grow.formula(f"={drawn}", own=False, title=sheet.title)[1:]
