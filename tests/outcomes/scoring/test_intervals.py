"""The Wilson interval against published values (Newcombe 1998, table I, method 3)."""

from decimal import Decimal

import pytest

from wenming.outcomes.scoring.intervals import wilson

D = Decimal


@pytest.mark.parametrize(
    ("top", "bottom", "low", "high"),
    [(81, 263, "0.2553", "0.3662"), (15, 148, "0.0624", "0.1605"), (0, 20, "0.0000", "0.1611"), (1, 29, "0.0061", "0.1718"),
     (29, 29, "0.8830", "1.0000")],
)  # fmt: skip
def test_interval_is_the_published_one(top: int, bottom: int, low: str, high: str) -> None:
    found = wilson(top, bottom)
    assert found is not None
    assert (found.low.quantize(D("0.0001")), found.high.quantize(D("0.0001"))) == (D(low), D(high))


def test_no_sample_has_no_interval_and_nonsense_is_refused() -> None:
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="no part"):
        wilson(3, 2)


def test_few_visits_cannot_be_told_apart_many_can() -> None:
    few, other = wilson(3, 4), wilson(2, 4)
    many, worse = wilson(180, 200), wilson(120, 200)
    assert few is not None and other is not None and many is not None and worse is not None  # noqa: PT018
    assert few.overlaps(other)
    assert not many.overlaps(worse)
