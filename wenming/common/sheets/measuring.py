"""How much room words take in a workbook: its programs work that out only when they show it, and not all of them do.

The width of a column is told in figures of 7 pixels at 11 points; a Chinese character is as wide as its size. Words of
Western letters and figures stay together, and break after a hyphen.
"""

import math
import re

USUAL_WIDTH, USUAL_SIZE = 8.43, 11.0
# Points of a line of text per point of its letters.
LEADING = 1.5
_FIGURE, _PIXELS, _UNIT = 7 / 11, 96 / 72, 7
_PIECE = re.compile(r"[!-,.-~]+-?|-|.", re.DOTALL)


def room(width: float) -> float:
    """Pixels for the text of a column of this width."""
    return max(1.0, width * _UNIT)


def wide(text: str, size: float = USUAL_SIZE) -> float:
    """Width of one line in pixels."""
    if text.isascii():
        return len(text) * size * _FIGURE
    return sum(size * (_PIXELS if ord(char) > 0x2E7F else _FIGURE) for char in text)


def lines(text: str, size: float, pixels: float) -> int:
    """How many lines the text takes in so many pixels."""
    return sum(_lines(line, size, pixels) for line in text.split("\n"))


def _lines(text: str, size: float, pixels: float) -> int:
    if wide(text, size) <= pixels:
        return 1
    count, filled = 1, 0.0
    for piece in _PIECE.findall(text):
        long = wide(piece, size)
        if filled and filled + long > pixels:
            count, filled = count + 1, 0.0
        # A number that is wider than the column is broken anywhere.
        count += max(0, math.ceil(long / pixels) - 1)
        filled += long if long <= pixels else long % pixels
    return count
