"""Numbers as people write them."""

from decimal import Decimal

import pytest

from wenming.common import quantities


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("12", "12"), ("１２", "12"), ("1,200", "1200"), ("1，200", "1200"), ("3篇", "3"), ("2.8万", "28000"), ("2.8万篇", "28000"),
        (" 5 篇 ", "5"), ("-3", "-3"), ("0.5", "0.5"),
    ],
)  # fmt: skip
def test_exact_numbers_are_read(said: str, number: str) -> None:
    assert quantities.read(said, "篇") == Decimal(number)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("50余", "要填准数，不能填约数"), ("50多篇", "要填准数，不能填约数"), ("约50", "要填准数，不能填约数"), ("50篇左右", "要填准数，不能填约数"),
        ("3人次", "应填数字"), ("六十", "应填数字"), ("1.2.3", "应填数字"), ("", "应填数字"), ("万", "应填数字"), ("3万万", "应填数字"),
    ],
)  # fmt: skip
def test_what_is_no_exact_number_is_refused(said: str, why: str) -> None:
    with pytest.raises(quantities.NoNumber, match=why):
        quantities.read(said, "篇")
