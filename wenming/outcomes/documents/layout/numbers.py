"""Chinese numbers of official documents: heading labels and dates (GB/T 9704 §7.3.3 and §7.3.5.4)."""

from datetime import date

from wenming.outcomes.documents.layout.spec import Level

_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """1 → 一, 10 → 十, 23 → 二十三, 105 → 一百零五. For 1 to 999; ValueError outside."""
    if not 1 <= number <= 999:
        raise ValueError(f"{number} is outside 1 to 999")
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def label(level: Level, number: int) -> str:
    """The label of the `number`-th heading of a level: 一、 （一） 1. （1）."""
    match level:
        case 1:
            return f"{chinese(number)}、"
        case 2:
            return f"（{chinese(number)}）"
        case 3:
            return f"{number}."
        case _:
            return f"（{number}）"


class Counter:
    """Counts headings while a document is composed; a heading restarts the levels below it."""

    def __init__(self) -> None:
        self._counts = [0, 0, 0, 0]

    def next(self, level: Level) -> str:
        """The label for the next heading of this level."""
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (4 - level)
        return label(level, self._counts[level - 1])


def day(value: date) -> str:
    """2026年11月22日: Arabic digits, months and days without a leading zero (§7.3.5.4)."""
    return f"{value.year}年{value.month}月{value.day}日"
