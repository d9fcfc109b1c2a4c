"""Numbers in Chinese, for pages and papers alike."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.ledger import wording
from wenming.ledger.metrics import SUM, Metric, Term, Value

D = Decimal


@pytest.mark.parametrize(
    ("number", "text"),
    [("372", "372"), ("9999", "9999"), ("10000", "1万"), ("28000", "2.8万"), ("28400", "2.84万"), ("28456", "28456"),
     ("691234.56", "691234.56"), ("-28000", "-2.8万")],
)  # fmt: skip
def test_wan_only_moves_the_comma(number: str, text: str) -> None:
    assert wording.in_wan(D(number)) == text


@pytest.mark.parametrize(
    ("number", "step", "text"),
    [
        ("53", 10, "50余"),
        ("50", 10, "50"),
        ("7", 10, "7"),
        ("28456", 1000, "2.8万余"),
        ("372.5", 100, "300余"),
    ],
)
def test_about_cuts_down_to_the_declared_step(number: str, step: int, text: str) -> None:
    assert wording.about(D(number), step) == text


@given(st.decimals(min_value=0, max_value=10**9, places=3), st.sampled_from([10, 50, 100, 1000, 10_000]))
def test_about_never_exceeds_the_figure(number: Decimal, step: int) -> None:
    text = wording.about(number, step)
    said = D(text.rstrip("余").removesuffix("万")) * (wording.WAN if "万" in text else 1)
    assert number - step < said <= number
    assert ("余" in text) == (said < number)


def test_change_names_the_direction() -> None:
    assert wording.change(D(9), D(12), "处") == "比上期减少3处"
    assert wording.change(D("96.8"), D("95"), "%", "上年同期") == "比上年同期上升1.8个百分点"
    assert wording.change(D(9), D(9), "处") == "与上期持平"
    assert wording.change(D(9), None, "处", "上年同期") == "上年同期无可比数"


def test_arrow_is_empty_where_nothing_can_be_compared() -> None:
    metric = Metric("m", "指标", SUM, "处", 0, "口径。", (Term("a"),))
    now, before, none = (Value(metric, number, number, None) for number in (D(9), D(12), None))
    assert wording.arrow(now, before) == "↓ 3 处"
    assert wording.arrow(now, now) == "持平"
    assert wording.arrow(now, none) == ""
