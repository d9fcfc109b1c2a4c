"""One line of the bench report, and how a child process hands it to the table."""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass

_MARK = "ROW "


@dataclass(frozen=True)
class Row:
    """`value` and `limit` in `measure`; `at_least` tells which side of the limit is good. No limit: for information."""

    what: str
    value: float
    measure: str
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def ok(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """For the pipe to the parent."""
        return _MARK + json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def read(line: str) -> "Row | None":
        return Row(**json.loads(line[len(_MARK) :])) if line.startswith(_MARK) else None


def table(rows: Iterable[Row]) -> str:
    """量了什么、实测、目标、实测÷目标、✓✗, in columns that stand straight with Chinese in them."""
    cells = [("项目", "实测", "目标", "比值", "", "说明")]
    for row in rows:
        sign = {True: "✓", False: "✗", None: " "}[row.ok]
        limit = "" if row.limit is None else f"{'≥' if row.at_least else '≤'} {_number(row.limit)}"
        ratio = f"{row.value / row.limit:.2f}" if row.limit else ""
        cells.append((row.what, f"{_number(row.value)} {row.measure}", limit, ratio, sign, row.note))
    widths = [max(_width(each[n]) for each in cells) for n in range(6)]
    return "\n".join(
        "  ".join(text + " " * (widths[n] - _width(text)) for n, text in enumerate(each)).rstrip()
        for each in cells
    )


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
