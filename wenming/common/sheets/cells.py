"""From what stands in a cell to a typed value, or a reason in Chinese."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from wenming.common import quantities
from wenming.common.sheets.model import CODE, DATE, INTEGER, NUMBER, Column

_BRACKETS = re.compile(r"[（(\[【][^）)\]】]*[）)\]】]")
_SCIENTIFIC = re.compile(r"^\d(\.\d+)?[eE]\+?\d+$")
_ERRORS = {"#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#N/A", "#NUM!", "#NULL!"}
# After the day people write its hour or its name: 「11月26日 周四」, 「2026-11-26 9:30」, 「11月26日（星期四）」.
_AFTER_DAY = r"(?:[ T]*\d{1,2}:\d{2}(?::\d{2})?|\s*\(?(?:周|星期|礼拜)[一二三四五六日天]\)?)?$"
_DAY = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?" + _AFTER_DAY)
_SHORT_DAY = re.compile(r"^(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?" + _AFTER_DAY)
# Excel makes 11.3 of 「11.30」.
_UNCLEAR_DAY = re.compile(r"^\d{1,2}\.[123]$")
# Excel counts days from here; only serial numbers of the years 1955–2119 are taken for dates.
_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
# Excel keeps 15 digits of a number and turns the rest into zeros.
_EXACT = 10**15


class Unreadable(Exception):
    """The cell does not hold what its column wants; the text says why."""


def plain_heading(text: Any) -> str:
    """A heading as it is compared: no spaces, stars, brackets, full-width letters."""
    folded = unicodedata.normalize("NFKC", str(text if text is not None else ""))
    return re.sub(r"[\s*＊:：]+", "", _BRACKETS.sub("", folded)).lower()


def as_text(value: Any) -> str:
    """The cell as people see it; whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return str(value).strip()


def typed(column: Column, value: Any, *, today: date | None = None) -> Any:
    """The value of the column's kind, None when the cell is empty. A day without a year is the last such day until
    `today`. Raises Unreadable."""
    text = as_text(value)
    if not text:
        if column.required:
            raise Unreadable("必填，现在是空的。")
        return None
    if text in _ERRORS:
        raise Unreadable(f"是错误值 {text}，请填实际内容。")
    if text[0] in "=@" and not column.choices:
        raise Unreadable("以「=」或「@」开头，像是公式；请改成普通文字。")
    if any(ord(char) < 32 and char not in "\t\r\n" for char in text):
        raise Unreadable("有看不见的控制字符，请重新填写。")
    if column.choices:
        return _choice(column, text)
    if column.kind == DATE:
        return _date(value, text, today)
    if column.kind in (INTEGER, NUMBER):
        return _number(column, text)
    clean = _code(value, text) if column.kind == CODE else re.sub(r"\s+", " ", text)
    if column.longest and len(clean) > column.longest:
        raise Unreadable(f"最多 {column.longest} 个字，现在是 {len(clean)} 个字。")
    return clean


def _choice(column: Column, text: str) -> str:
    wanted = plain_heading(text)
    for name, code in column.choices.items():
        if wanted == plain_heading(name) or text == code:
            return code
    menu = column.menu
    shown = "、".join(menu[:12]) + (" 等" if len(menu) > 12 else "")
    raise Unreadable(f"只能填：{shown}。")


def _code(value: Any, text: str) -> str:
    if (isinstance(value, float) and abs(value) >= _EXACT) or _SCIENTIFIC.match(text):
        raise Unreadable("长数字被 Excel 改成了科学计数法，末几位可能已丢失；请把这一列设为文本格式后重填。")
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _number(column: Column, text: str) -> int | Decimal:
    try:
        number = quantities.read(text, column.measure)
    except quantities.NoNumber as error:
        raise Unreadable(f"{error}。") from None
    if not number.is_finite() or abs(number) >= _EXACT:
        raise Unreadable("数字太大或写法不对。")
    if column.kind == NUMBER:
        return number
    if number != number.to_integral_value():
        raise Unreadable("应填整数。")
    return int(number)


def _date(value: Any, text: str, today: date | None) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    folded = unicodedata.normalize("NFKC", text).strip()
    short = _SHORT_DAY.match(folded) if today else None
    if short and today:
        if _UNCLEAR_DAY.match(folded):
            raise Unreadable(
                f"「{folded}」分不清是 {short[2]} 日还是 {short[2]}0 日，请写成 {short[1]}月{short[2]}日。"
            )
        return _without_year(int(short[1]), int(short[2]), today)
    found = _DAY.match(folded) or re.match(r"^(\d{4})(\d{2})(\d{2})$", folded)
    if found:
        try:
            return date(*(int(part) for part in found.groups()))
        except ValueError:
            raise Unreadable("没有这一天，请核对日期。") from None
    if folded.isdigit() and int(folded) in _SERIALS:
        return _EPOCH + timedelta(days=int(folded))
    raise Unreadable("应填日期，如 2026-11-22。")


def _without_year(month: int, day: int, today: date) -> date:
    """The last such day that is not ahead (29 February may be years ago)."""
    for year in range(today.year, today.year - 5, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise Unreadable("没有这一天，请核对日期。")
