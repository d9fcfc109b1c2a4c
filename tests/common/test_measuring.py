"""How many lines words take in a column."""

import pytest

from wenming.common.sheets import measuring
from wenming.common.sheets.measuring import USUAL_WIDTH


@pytest.mark.parametrize(
    ("text", "width", "count"),
    [
        ("", 8, 1),
        ("西街社区", USUAL_WIDTH, 1),
        ("29号上方线缆乱拉3处", 14, 2),
        ("2026-11-23", USUAL_WIDTH, 2),
        ("13800000000138000000", USUAL_WIDTH, 3),
        ("一行\n两行\n", 8, 3),
        ("巷口垃圾" * 10, 8 * 2, 6),
    ],
)
def test_words_break_where_a_workbook_breaks_them(text: str, width: float, count: int) -> None:
    assert measuring.lines(text, 11, measuring.room(width)) == count
