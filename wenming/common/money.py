"""Money as people type and read it. Amounts are Decimal yuan with at most two decimals (handbook §9.2)."""

from decimal import Decimal, InvalidOperation
from typing import Any

from wenming.common.errors import DomainError

MOST = Decimal("9999999999.99")
_WAN = Decimal(10_000)
_FEN = Decimal("0.01")


def amount(typed: Any, *, field: str) -> Decimal | None:
    """What was typed as yuan; None for nothing. Raises DomainError `amount_invalid` at `field`."""
    text = str(typed if typed is not None else "").strip().replace(",", "").replace("，", "")
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0:
        raise DomainError("amount_invalid", f"金额应填正数，单位是元，现在是「{typed}」。", field=field)
    if number > MOST:
        raise DomainError("amount_invalid", "金额过大，请核对单位是元还是万元。", field=field)
    if number != number.quantize(_FEN):
        raise DomainError("amount_invalid", "金额最多两位小数，请按分取整后再填。", field=field)
    return number.quantize(_FEN)


def shown(yuan: Decimal) -> str:
    """「12.5 万元」 where that is exact to two decimals, else 「123456.78 元」: never more or less than it is."""
    wan = yuan / _WAN
    if abs(yuan) >= _WAN and wan == wan.quantize(_FEN):
        return f"{_short(wan)} 万元"
    return f"{_short(yuan)} 元"


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"
