"""Tables in the body. A table travels as text, one line a row, 「|」 between cells, so that the writer edits it as
easily as a paragraph and its figures are tokens like all others."""

from collections.abc import Mapping, Sequence
from typing import Any

from wenming.common.errors import DomainError
from wenming.ground.units import states as unit_states
from wenming.outcomes.documents import desk, records
from wenming.outcomes.documents import kinds as packs
from wenming.outcomes.documents.desk import Block, Desk
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.placings import Placed, Standings
from wenming.outcomes.documents.reading_items import PROBLEM_COLUMNS
from wenming.outcomes.documents.tokens import CHANGE, Token

_BAR, _STAND_IN = "|", "／"
_WIDE = {"where", "description", "measures", "result"}
_WIDTHS = {"number": 36, "due": 24, "source": 22, "lead": 26}
MOST_ROWS = 300


def cells(line: str) -> list[str]:
    """One row of a table's text."""
    return [cell.strip() for cell in line.split(_BAR)]


def lines(text: str) -> list[str]:
    """The rows of a table's text, empty ones left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def cleaned(text: str, columns: Sequence[Mapping[str, Any]]) -> str:
    """The text of a table as the writer gave it, line by line. Raises DomainError naming the row that does not fit."""
    rows = lines(text.replace("｜", _BAR))
    if len(rows) > MOST_ROWS:
        raise DomainError("table_long", f"表格最多 {MOST_ROWS} 行，现在 {len(rows)} 行。", field="text")
    for number, row in enumerate(rows, 1):
        if len(cells(row)) != len(columns):
            words = f"第 {number} 行有 {len(cells(row))} 格，表格是 {len(columns)} 栏；一行一条，格与格之间用「|」隔开。"
            raise DomainError("table_row", words, field="text")
    return "\n".join(_line(cells(row)) for row in rows)


def written(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """The blocks of a table; none where it has no rows."""
    return _TABLES[item["table"]](work, key, item)


def _line(row: Sequence[str]) -> str:
    return f" {_BAR} ".join(row)


def _safe(text: str) -> str:
    """Words of a record inside a cell."""
    return " ".join(text.split()).replace(_BAR, _STAND_IN)


def _column(title: str, width: float = 0, align: str = "center") -> dict[str, Any]:
    return {"title": title, "width": width, "align": align}


def _block(
    work: Desk,
    key: str,
    item: Mapping[str, Any],
    columns: list[dict[str, Any]],
    rows: Sequence[Sequence[str]],
) -> Block:
    text = "\n".join(_line(row) for row in rows)
    return {
        "id": key, "kind": "table", "columns": columns, "text": text, "drafted": text,
        "title": packs.words(item["title"], work.words), "note": packs.words(item["note"], work.words),
    }  # fmt: skip


def _units(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """One row a unit, by the figure of `order`, largest first; units that say nothing are left out."""
    told = []
    for unit in work.units:
        if any(work.number(desk.at_unit(column["figure"], unit.code)) for column in item["columns"]):
            told.append((unit, work.number(desk.at_unit(item["order"], unit.code))))
    if not told:
        return []
    told.sort(key=lambda pair: (-pair[1], pair[0].path))
    groups = {unit_states.GROUPS[unit.kind] for unit, _size in told}
    columns = [_column("单位", 0, "left")]
    if len(groups) > 1:
        columns.append(_column("组别"))
    columns += [_column(one["title"], one["width"], one["align"]) for one in item["columns"]]
    rows = []
    for unit, _size in told:
        row = [_safe(unit.label), *([unit_states.GROUPS[unit.kind]] if len(groups) > 1 else [])]
        row += [str(Token(desk.at_unit(one["figure"], unit.code), one["view"])) for one in item["columns"]]
        rows.append(row)
    if item["total"] and len(rows) > 1:
        whole = [str(Token(one["figure"], one["view"])) if one["figure"] in work.shown else "—" for one in item["columns"]]  # fmt: skip
        rows.append(["合计", *(["—"] if len(groups) > 1 else []), *whole])
    return [_block(work, key, item, columns, rows)]


def _standings(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """A table for each published book and group: place, unit, score, change; those not ranked last, with the reason."""
    blocks = []
    for table in work.standings:
        for number, (group, rows) in enumerate(table.groups, 1):
            title = f"{table.title}（{group}）" if group else table.title
            filled = [_placed(work, table, row) for row in rows]
            columns = [
                _column("名次", 20),
                _column("单位", 0, "left"),
                _column("得分", 28),
                _column("变化", 60),
            ]
            named = {**item, "title": title}
            blocks.append(_block(work, f"{key}.{table.book}-{number}", named, columns, filled))
    return blocks


def _placed(work: Desk, table: Standings, row: Placed) -> list[str]:
    score = desk.score_key(row.unit, table.book)
    before = work.number(f"{score}.before")
    change = str(Token(score, CHANGE)) if before and work.number(score) else "—"
    moved = f"，{'升' if row.moved > 0 else '降'}{abs(row.moved)}位" if row.moved else ""
    place = str(row.rank) if row.rank else "不排名"
    return [
        place,
        _safe(row.unit.label),
        str(Token(score)),
        _safe(f"{change}{moved}" if row.rank else row.why or "—"),
    ]


def _problems(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    found = [one for one in work.problems if not one.settled]
    if not found:
        return []
    columns = [_column("序号", 14)]
    columns += [
        _column(PROBLEM_COLUMNS[name], _WIDTHS.get(name, 0), "left" if name in _WIDE else "center")
        for name in item["columns"]
    ]
    rows = [[str(n), *(_told(one, name) for name in item["columns"])] for n, one in enumerate(found, 1)]
    return [_block(work, key, item, columns, rows)]


def _told(one: Problem, name: str) -> str:
    if name == "lead":
        return _safe(one.lead or "待派遣")
    if name == "due":
        return one.due_day or "—"
    return _safe(str(getattr(one, name)) or "—")


def _rows(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    rows = [[packs.words(cell, work.words) for cell in row] for row in item["rows"]]
    return [_block(work, key, item, item["columns"], rows)]


def _decisions(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """议定事项 of the meeting the document is written from; a line to be filled in where none was entered."""
    columns = [
        _column("序号", 12),
        _column("事项", 0, "left"),
        _column("责任单位", 40),
        _column("完成时限", 30),
    ]
    rows = [
        [str(number), _safe(one.what), _safe(one.unit.label), f"{one.due_on.month}月{one.due_on.day}日" if one.due_on else "—"]
        for number, one in enumerate(records.decisions(work.document), 1)
    ]  # fmt: skip
    return [_block(work, key, item, columns, rows or [["1", "【议定事项】", "【责任单位】", "【时限】"]])]


_TABLES = {
    "decisions": _decisions,
    "units": _units,
    "standings": _standings,
    "problems": _problems,
    "rows": _rows,
}
