"""Lists that others have made: any headings, titles above them, merged cells, in a workbook or in a letter.

Nothing can be asked of their form. A person says once which column is what, and the rows become those of a
template, with the same checks as a template that was filled in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wenming.common.sheets import inspection, reading, word
from wenming.common.sheets.cells import Unreadable, as_text, plain_heading, typed
from wenming.common.sheets.model import Checked, Row, Template

_HEADING_WITHIN = 12


@dataclass
class Foreign:
    """One table of a foreign file: its name (sheet, or 「表 1」) and its cells, merged ones filled."""

    name: str
    cells: list[list[Any]]
    formulas: set[tuple[int, int]] = field(default_factory=set)

    @property
    def width(self) -> int:
        return max((len(row) for row in self.cells), default=0)

    def texts(self, row: int) -> list[str]:
        """One row as text, as wide as the table."""
        cells = [as_text(cell) for cell in self.cells[row]] if 0 <= row < len(self.cells) else []
        return cells + [""] * (self.width - len(cells))

    @property
    def empty(self) -> bool:
        return not any(as_text(cell) for row in self.cells for cell in row)


def open_foreign(data: bytes, name: str) -> list[Foreign]:
    """The tables of an .xlsx, .xls, .csv or .docx that hold anything.

    Raises DomainError (`sheet_…`, field "file") for what is none of them, hides macros or is too large.
    """
    if word.is_old_word(data):
        raise inspection.refuse("old", f"「{name}」是旧版 Word 文件（.doc）；{word.SAVE_AS}")
    if word.is_word(data):
        found = [Foreign(f"表 {n}", cells) for n, cells in enumerate(word.tables(data), start=1)]
        what = "文件里没有表格；问题写在正文里的，请先粘贴成表格。"
    else:
        found = [_filled(grid) for grid in reading.open_grids(data, name)]
        what = "表里没有内容，请重新选择文件。"
    found = [one for one in found if not one.empty]
    if not found:
        raise inspection.refuse("empty", what)
    return found


def _filled(grid: reading.Grid) -> Foreign:
    """Every cell of a merged range says what the range says."""
    cells = [list(row) for row in grid.cells]
    for top, left, bottom, right in grid.scan.merged:
        if top >= len(cells) or left >= len(cells[top]):
            continue
        value = cells[top][left]
        for index in range(top, min(bottom + 1, len(cells))):
            cells[index] += [None] * (right + 1 - len(cells[index]))
            cells[index][left : right + 1] = [value] * (right + 1 - left)
    return Foreign(grid.name, cells, grid.scan.formulas)


def likely_heading(table: Foreign, template: Template) -> int:
    """The row that looks most like the heading: with known names, else the first that is filled."""
    names = reading.names(template)
    best, score = 0, 0
    for index in range(min(_HEADING_WITHIN, len(table.cells))):
        known = {names[key].key for text in table.texts(index) if (key := plain_heading(text)) in names}
        if len(known) > score:
            best, score = index, len(known)
    if score:
        return best
    for index in range(min(_HEADING_WITHIN, len(table.cells))):
        if len({text for text in table.texts(index) if text}) >= min(2, table.width):
            return index
    return 0


def likely_columns(
    table: Foreign, heading: int, template: Template, known: Mapping[str, str] | None = None
) -> dict[int, str]:
    """Column → key of the template, each key once: as `known` remembers (heading → key), else by its names.

    A heading that is no name but ends in one (「督查点位」, 「所属社区」) comes after all that are.
    """
    names = {name: column.key for name, column in reading.names(template).items()}
    if known:
        names = {plain_heading(name): key for name, key in known.items()}
    headings = [plain_heading(text) for text in table.texts(heading)]
    found: dict[int, str] = {}
    for guess in (names.get, lambda name: None if known else _by_ending(name, names)):
        for at, name in enumerate(headings):
            key = guess(name)
            if key and at not in found and key not in found.values():
                found[at] = key
    return found


def _by_ending(heading: str, names: Mapping[str, str]) -> str | None:
    """The key of the longest name that the heading ends in."""
    fitting = [name for name in names if len(name) > 1 and heading.endswith(name)]
    return names[max(fitting, key=len)] if fitting else None


def mapped(
    table: Foreign, *, heading: int, columns: Mapping[int, str], template: Template, fixed: Mapping[str, Any]
) -> Checked:
    """The rows below the heading as rows of the template. `columns`: column → key; `fixed` holds for every row."""
    checked = Checked(template)
    for index in range(heading + 1, len(table.cells)):
        texts = table.texts(index)
        said = {key: texts[at] for at, key in columns.items() if at < len(texts)}
        if not any(said.values()) or _again(table, index, heading):
            continue
        row = Row(index + 1, dict(fixed), {**{key: as_text(value) for key, value in fixed.items()}, **said})
        checked.rows.append(row)
        for at, key in columns.items():
            _cell(checked, row, key, table.cells[index], at, formula=(index, at) in table.formulas)
    if len(checked.rows) > inspection.LARGEST_ROWS:
        raise inspection.too_many_rows()
    return checked


def _again(table: Foreign, index: int, heading: int) -> bool:
    """The heading repeated at the top of the next page, or a line that runs across the whole table (a section)."""
    texts = table.texts(index)
    return texts == table.texts(heading) or (table.width > 2 and len(set(texts)) == 1)


def _cell(checked: Checked, row: Row, key: str, cells: Sequence[Any], at: int, *, formula: bool) -> None:
    column = checked.template.column(key)
    value = cells[at] if at < len(cells) else None
    if formula and not as_text(value):
        checked.fault(row, key, "是公式，请复制后「选择性粘贴」为数值，再上传。")
        return
    if not as_text(value) and key in row.values:
        return
    try:
        row.values[key] = typed(column, value)
    except Unreadable as error:
        row.values[key] = None
        checked.fault(row, key, str(error))
