"""Money as people type and read it."""

from decimal import Decimal
from typing import Any

import pytest

from wenming.common import money
from wenming.common.errors import DomainError


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        ("125000", "12.5 万元"), ("60000.00", "6 万元"), ("10000", "1 万元"), ("9999.99", "9999.99 元"),
        ("123456.78", "123456.78 元"), ("123400", "12.34 万元"), ("123450", "123450 元"), ("80", "80 元"),
        ("1000000", "100 万元"), ("9999999999.99", "9999999999.99 元"),
    ],
)  # fmt: skip
def test_money_is_shown_exactly(yuan: str, words: str) -> None:
    assert money.shown(Decimal(yuan)) == words


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("125000", "125000.00"),
        (" 125,000.5 ", "125000.50"),
        (Decimal("0.01"), "0.01"),
        ("", None),
        (None, None),
    ],
)
def test_amounts_are_read_as_typed(typed: Any, yuan: str | None) -> None:
    assert money.amount(typed, field="needs_yuan") == (Decimal(yuan) if yuan else None)


@pytest.mark.parametrize("typed", ["十二万", "-1", "0", "1.005", "1e30", "NaN", "Infinity", "99999999999"])
def test_what_is_no_amount_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(DomainError) as refused:
        money.amount(typed, field="needs_yuan")
    assert (refused.value.code, refused.value.field) == ("amount_invalid", "needs_yuan")
    assert refused.value.message.startswith("金额")
