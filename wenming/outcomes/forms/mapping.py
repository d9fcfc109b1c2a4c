"""对表: what stands in which cell of a superior's form. Plain values in a JSON column, read and checked here.

A mapping is a list of items: a figure (metric, unit, period), a word, or rows (a list of units or of problems).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from openpyxl.utils import column_index_from_string

from wenming.common.errors import DomainError
from wenming.outcomes.documents import values
from wenming.outcomes.documents.problem_list import COLUMNS

FIGURE, WORD, ROWS = "figure", "word", "rows"
PERIODS = [
    ("this", "本期"), ("previous", "上一期"), ("year", "上年同期"), ("to_date", "本年累计（1月1日起）"),
]  # fmt: skip
PERIOD_NAMES = dict(PERIODS)
WORDS = [
    ("town", "本镇名称"), ("office", "填报单位（填表人所在单位）"), ("person", "填表人姓名"), ("phone", "填表人电话"),
    ("period", "报送期间，如「第47周（11月16日—11月22日）」"), ("since", "期间第一天"), ("until", "期间最后一天"),
    ("today", "填表日期"), ("year", "年份，如「2026」"), ("month", "月份，如「11」"), ("week", "周次，如「47」"),
    ("fixed", "固定文字"),
]  # fmt: skip
WORD_NAMES = dict(WORDS)
UNITS, PROBLEMS = "units", "problems"
LISTS = [(UNITS, "各社区（村）一行"), (PROBLEMS, "问题清单，一处一行")]
TAKES = [("found", "本期发现的"), ("open", "目前未办结的"), ("due", "本期到期的")]
MARKS = [
    ("", "全部"),
    ("overdue", "超期的"),
    ("repeated", "反复出现的"),
    ("suspended", "挂账的"),
    ("fixed", "核查通过的"),
]
# What a column of a list can hold besides figures: code → name.
UNIT_FIELDS = [("serial", "序号"), ("name", "单位名称"), ("code", "单位编码")]
PROBLEM_FIELDS = [("serial", "序号"), *((name, name) for name, _width, _value in COLUMNS)]
LONGEST_FIXED = 200
MOST_ITEMS = 500
MOST_LINES = 1000
_ADDRESS = re.compile(r"^[A-Z]{1,2}[1-9]\d{0,3}$")


def fault(code: str, sentence: str, name: str = "cell") -> DomainError:
    return DomainError(f"form_{code}", sentence, field=name)


@dataclass(frozen=True)
class Column:
    """What one column of a list holds: a field, or a metric of the row's unit in a period."""

    field: str = ""
    metric: str = ""
    period: str = "this"
    # Of the metric only this class or category, only this source (`narrowing`).
    category: str = ""
    source: str = ""


@dataclass(frozen=True)
class Item:
    """One thing that is mapped. Which fields count depends on `kind`."""

    kind: str
    sheet: str
    cell: str
    metric: str = ""
    unit: str = ""  # code of a unit; empty: the town itself
    period: str = "this"
    word: str = ""
    text: str = ""
    append: bool = False
    # rows: the first row is that of `cell`
    last_row: int = 0
    list: str = ""
    take: str = "found"
    mark: str = ""
    # of the problems, or of the metric of a figure
    source: str = ""
    category: str = ""
    columns: Mapping[str, Column] = field(default_factory=dict)

    @property
    def row(self) -> int:
        return int(re.sub(r"\D", "", self.cell))

    @property
    def place(self) -> tuple[str, str, bool]:
        """What it is found again by."""
        return self.sheet, self.cell, self.kind == ROWS

    @property
    def asked(self) -> Sequence["Item | Column"]:
        """Everything in it that asks for a metric."""
        every: Sequence[Item | Column] = [self, *self.columns.values()]
        return [one for one in every if one.metric]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Item":
        columns = {letter: Column(**spec) for letter, spec in row.get("columns", {}).items()}
        return cls(**{**row, "columns": columns})


def read(rows: Sequence[Mapping[str, Any]]) -> list[Item]:
    """The items of a kept mapping."""
    return [Item.from_json(row) for row in rows]


def with_item(items: Sequence[Item], new: Item) -> list[Item]:
    """The mapping with `new` in the place of what stood there. Raises DomainError (`form_…`)."""
    check(new)
    found = [item for item in items if item.place != new.place]
    for item in found:
        _apart(item, new)
    if len(found) >= MOST_ITEMS:
        raise fault("many", f"一张表最多对 {MOST_ITEMS} 格，请用「清单」对成片的行。")
    return sorted(
        [*found, new], key=lambda item: (item.sheet, item.row, column_index_from_string(_letters(item.cell)))
    )


def without(items: Sequence[Item], *, sheet: str, cell: str, rows: bool) -> list[Item]:
    """The mapping without what stands there."""
    return [item for item in items if item.place != (sheet, cell, rows)]


def check(item: Item) -> None:
    """Raises DomainError for an item that makes no sense by itself; units and metrics are looked up by the deed."""
    if not _ADDRESS.match(item.cell):
        raise fault("cell", f"「{item.cell}」不是格子的位置，请在表上重新点一格。")
    if item.kind == FIGURE:
        _one_of(item.period, PERIODS, "period", "请选择期间。")
        if not item.metric:
            raise fault("metric", "请选择指标。", "metric")
    elif item.kind == WORD:
        _one_of(item.word, WORDS, "word", "请选择填什么文字。")
        if item.word == "fixed" and not item.text.strip():
            raise fault("text", "请写出固定文字。", "text")
        if len(item.text) > LONGEST_FIXED:
            raise fault("text", f"固定文字最多 {LONGEST_FIXED} 个字。", "text")
    elif item.kind == ROWS:
        _check_rows(item)
    else:
        raise fault("kind", "请选择这一格填数字、文字还是清单。", "kind")


def _check_rows(item: Item) -> None:
    _one_of(item.list, LISTS, "list", "请选择清单。")
    if not item.row <= item.last_row <= item.row + MOST_LINES:
        raise fault("rows", "清单的最后一行不能在第一行之前，也不能隔得太远。", "last_row")
    if not item.columns:
        raise fault("columns", "请至少给清单的一列选好内容。", "columns")
    fields = UNIT_FIELDS if item.list == UNITS else PROBLEM_FIELDS
    for column in item.columns.values():
        if column.metric and item.list == UNITS:
            _one_of(column.period, PERIODS, "columns", "请选择期间。")
        else:
            _one_of(column.field, fields, "columns", "这一列的内容和清单对不上，请重新选择。")
    if item.list == PROBLEMS:
        _one_of(item.take, TAKES, "take", "请选择哪些问题。")
        _one_of(item.mark, MARKS, "mark", "请选择哪些问题。")


def _one_of(code: str, choices: Sequence[tuple[str, str]], name: str, sentence: str) -> None:
    if code not in {one for one, _ in choices}:
        raise fault(name, sentence, name)


def _apart(item: Item, new: Item) -> None:
    """Two lists must not share a row, and no single cell may lie in the columns of a list."""
    if item.sheet != new.sheet:
        return
    rows = [one for one in (item, new) if one.kind == ROWS]
    if len(rows) == 2 and item.row <= new.last_row and new.row <= item.last_row:
        raise fault(
            "overlap", f"第 {item.row}—{item.last_row} 行已经是一张清单，请先取消它，或换几行。", "last_row"
        )
    if len(rows) == 1:
        block, cell = rows[0], new if item.kind == ROWS else item
        if block.row <= cell.row <= block.last_row and _letters(cell.cell) in block.columns:
            raise fault(
                "overlap", f"{cell.cell} 已在清单的第 {block.row}—{block.last_row} 行里，一格只能填一样。"
            )


def _letters(cell: str) -> str:
    return re.sub(r"\d", "", cell)


def letters_of(cell: str) -> str:
    """`AB12` → `AB`."""
    return _letters(cell)


period_for = values.period_for
