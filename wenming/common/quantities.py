"""Numbers as people write them in forms and tables: full width, with commas, 「3篇」, 「2.8万元」. Never 「50余」."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

_WRITTEN = re.compile(r"^(\d[\d.]*)(万)?(\D*)$")
_ABOUT = re.compile(r"\d.*[余多近约左右]|[约近]\d")
_WAN = 10_000


class NoNumber(Exception):
    """The text is no exact number of this measure; the text of the exception says why."""


def read(text: str, measure: str = "") -> Decimal:
    """The number that is written, exact; it may carry its own `measure`. Raises NoNumber."""
    plain = re.sub(r"[,\s]", "", unicodedata.normalize("NFKC", text))
    try:
        return Decimal(plain)
    except InvalidOperation:
        pass
    if _ABOUT.search(plain):
        raise NoNumber("要填准数，不能填约数")
    found = _WRITTEN.match(plain)
    if not found or found[3] not in ("", measure):
        raise NoNumber("应填数字")
    try:
        return Decimal(found[1]) * (_WAN if found[2] else 1)
    except InvalidOperation:
        raise NoNumber("应填数字") from None
