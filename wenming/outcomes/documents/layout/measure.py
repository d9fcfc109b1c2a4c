"""Sizes of the page of an official document, in the units of Word.

One place for every measure of GB/T 9704-2012 §5 and §7 and for what was found by rendering and measuring
(line pitch 28.95 pt and −0.25 pt between characters give 22 lines of 28 characters).
"""

# Millimetres, §5.2.1. The type area is 156 × 225 mm.
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
TOP, BOTTOM, LEFT, RIGHT = 37.0, 35.0, 28.0, 26.0
TYPE_WIDTH = PAGE_WIDTH - LEFT - RIGHT
TYPE_HEIGHT = PAGE_HEIGHT - TOP - BOTTOM
MARK_TOP = 35.0  # upper edge of the red mark below the type area's top, §7.2.4
LETTER_MARK_TOP = 30.0  # below the page's top, §10.1
LETTER_LINE_BOTTOM = 20.0  # second double line above the page's bottom, §10.1
LETTER_LINE_WIDTH = 170.0
RED_GAP = 4.0  # below the document number (§7.2.7) or the letter's mark (§10.1)

# Points, §5.2.2 and the table of sizes in handbook §6.1.
BODY, TITLE, SMALL, TABLE = 16.0, 22.0, 14.0, 12.0
LINE = 28.95
TITLE_LINE = 33.0
MARK_MAX = 64.0
HAIRLINE = 0.7  # the lowest line Word sets; 22 lines leave 0.9 of the type area
CHARACTER_SPACING = -0.25
PITCH = BODY + CHARACTER_SPACING
LINES, CHARACTERS = 22, 28

RED = "FF0000"


# The names that office computers know; nothing is shipped, stand-ins are the converter's matter.
FANGSONG, TITLE_SONG, HEI, KAI, SONG = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
TIMES = "Times New Roman"
NAMED = (FANGSONG, TITLE_SONG, HEI, KAI, SONG)


def twips(points: float) -> int:
    """Points in twentieths."""
    return round(points * 20)


def mm_twips(millimetres: float) -> int:
    """Millimetres in twentieths of a point."""
    return round(millimetres * 1440 / 25.4)


def mm_points(millimetres: float) -> float:
    """Millimetres in points."""
    return millimetres * 72 / 25.4


def mm_emu(millimetres: float) -> int:
    """Millimetres in English metric units, the unit of drawings."""
    return round(millimetres * 36000)


def characters(text: str) -> float:
    """The width of a line in Chinese characters: ASCII counts one half."""
    return sum(0.5 if ord(sign) < 0x2000 else 1.0 for sign in text)
