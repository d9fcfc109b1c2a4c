"""Shares and ranks, pure."""

from decimal import Decimal

import pytest

from wenming.ledger import comparing
from wenming.ledger.metrics import HIGH, LATEST, LOW, RATIO, SUM, Metric, Term, Value

D = Decimal


def value(number: str | None, bottom: int | None = None, *, kind: str = SUM, better: str = "") -> Value:
    metric = Metric("m", "指标", kind, "处", 0, "口径。", (Term("a"),), better=better)
    exact = None if number is None else D(number)
    return Value(metric, exact, exact, None if bottom is None else D(bottom))


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (value("1"), value("3"), D("33.3")),
        (value("3"), value("3"), D("100.0")),
        (value("0"), value("3"), D("0.0")),
        (value("3"), value("0"), None),
        (value("5", kind=LATEST), value("8", kind=LATEST), D("62.5")),
        (value("50", 4, kind=RATIO), value("80", 9, kind=RATIO), None),
    ],
)
def test_share(part: Value, whole: Value, share: Decimal | None) -> None:
    assert comparing.share(part, whole) == share


def rates(better: str, *pairs: tuple[str | None, int]) -> list[Value]:
    return [value(number, bottom, kind=RATIO, better=better) for number, bottom in pairs]


def test_the_better_end_comes_first() -> None:
    assert comparing.ranks(rates(HIGH, ("90", 10), ("100", 10), ("50", 10))) == [2, 1, 3]
    assert comparing.ranks(rates(LOW, ("90", 10), ("100", 10), ("50", 10))) == [2, 3, 1]


def test_equals_share_a_rank_and_the_next_one_is_left_out() -> None:
    assert comparing.ranks(rates(HIGH, ("90", 10), ("90", 10), ("50", 10))) == [1, 1, 3]


def test_too_small_a_sample_and_no_value_have_no_rank() -> None:
    assert comparing.ranks(rates(HIGH, ("100", 2), ("90", 3), (None, 0), ("80", 3))) == [None, 1, None, 2]


def test_who_has_nobody_to_compare_with_has_no_rank() -> None:
    assert comparing.ranks(rates(HIGH, ("90", 3), ("100", 2))) == [None, None]


def test_counts_are_never_ranked() -> None:
    assert comparing.ranks([value("9"), value("1")]) == [None, None]
