"""What a table looks like, what was read from it, and what is wrong with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

# Kinds of cells. A code is text made of digits or letters (phone, division code): never 1.38E+10.
TEXT, CODE, INTEGER, NUMBER, DATE = "text", "code", "integer", "number", "date"
ERROR_COLUMN = "错误原因"
HELP_SHEET = "填写说明"
# Columns of our own exports and returned tables that carry nothing to import.
IGNORED = (ERROR_COLUMN, "序号")

Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Column:
    """One column: `key` in the code, `title` on the sheet, other headings that mean the same in `aliases`.

    `choices` maps what may be written in a cell to what the code gets; the first `listed` of them (all when
    0) make the drop-down, the rest are understood too.
    """

    key: str
    title: str
    help: str = ""
    required: bool = False
    example: str = ""
    kind: str = TEXT
    longest: int = 0
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    listed: int = 0
    # 「3篇」 in a column that counts 篇 is 3.
    measure: str = ""

    @property
    def menu(self) -> list[str]:
        """What the drop-down offers."""
        names = list(self.choices)
        return names[: self.listed] if self.listed else names


@dataclass(frozen=True)
class Template:
    """A table with a title, its columns, and sentences for the sheet 填写说明.

    `today`: days may be written without a year and mean the last such day until then. `loose`: people bring tables
    of their own; a heading that holds a title of ours is that column, what no column of ours is is left unread and
    said so. `down`: columns that people merge over several lines; where the first of them is empty, those that are
    empty are as in the line above.
    """

    kind: str
    title: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    today: date | None = None
    loose: bool = False
    down: tuple[str, ...] = ()

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    @property
    def example(self) -> dict[str, str]:
        return {column.key: column.example for column in self.columns}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `row` is the line on the sheet; 0 means the file or its heading."""

    row: int
    column: str
    reason: str
    value: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "reason": self.reason, "value": self.value}

    def __str__(self) -> str:
        where = f"第 {self.row} 行" if self.row else "表头"
        return f"{where}{f'「{self.column}」' if self.column else ''}：{self.reason}"


@dataclass
class Row:
    """One line: `values` typed by column key (None where empty), `texts` as they stood, to be given back."""

    number: int
    values: dict[str, Any]
    texts: dict[str, str]
    # What the check has found out about the row: units, places and the like, for `run`.
    found: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.values.get(key)

    def text(self, key: str) -> str:
        """The text of a cell, empty when nothing is there."""
        return self.values.get(key) or ""


@dataclass
class Checked:
    """A table after 预检: all rows, all faults. Rows without a fault are `good`."""

    template: Template
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, row: Row | int, key: str, reason: str) -> None:
        """Something is wrong with a cell (`key`; empty for the whole row)."""
        title = self.template.column(key).title if key else ""
        number, value = (row, "") if isinstance(row, int) else (row.number, row.texts.get(key, ""))
        self.faults.append(Fault(number, title, reason, value))

    def faults_of(self, row: Row) -> list[Fault]:
        return [fault for fault in self.faults if fault.row == row.number]

    @property
    def blocked(self) -> bool:
        """The heading or the file itself is wrong: no row of it can be trusted."""
        return any(fault.row == 0 for fault in self.faults)

    @property
    def ok(self) -> bool:
        return not self.faults and bool(self.rows)

    @property
    def good(self) -> list[Row]:
        wrong = {fault.row for fault in self.faults}
        return [] if self.blocked else [row for row in self.rows if row.number not in wrong]

    @property
    def bad(self) -> list[Row]:
        wrong = {fault.row for fault in self.faults}
        return [row for row in self.rows if row.number in wrong]

    def in_order(self) -> list[Fault]:
        """Faults from the top of the sheet to its end, those of one row in the order of the columns."""
        order = {column.title: n for n, column in enumerate(self.template.columns)}
        return sorted(self.faults, key=lambda fault: (fault.row, order.get(fault.column, len(order))))

    def refuse_repeats(
        self,
        keys: Iterable[str],
        reason: str = "与第 {row} 行重复，请只留一行。",
        *,
        rows: Iterable[Row] | None = None,
    ) -> None:
        """The same key twice in one table (or in `rows` of it): the later rows are at fault. Rows without a whole
        key are passed over."""
        first: dict[tuple[Any, ...], int] = {}
        names = list(keys)
        for row in self.rows if rows is None else rows:
            key = tuple(row[name] for name in names)
            if any(part in (None, "") for part in key):
                continue
            if key in first:
                self.fault(row, names[0], reason.format(row=first[key]))
            else:
                first[key] = row.number


@dataclass
class Done:
    """What an import has written. `told` are lines to be shown once (first passwords)."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    told: list[tuple[str, ...]] = field(default_factory=list)

    def to_json(self) -> dict[str, int]:
        return {"created": self.created, "changed": self.changed, "unchanged": self.unchanged}

    def __str__(self) -> str:
        return f"新增 {self.created} 条，更新 {self.changed} 条，无变化 {self.unchanged} 条"
