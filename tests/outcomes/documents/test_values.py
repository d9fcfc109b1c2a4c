"""The words of a comparison read the same from the live books and from the kept figures of a signed document."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from wenming.ledger import periods
from wenming.outcomes.documents import values
from wenming.outcomes.documents.tokens import CHANGE, YOY, Token


def shown(number: str | None, measure: str) -> Any:
    return SimpleNamespace(number=None if number is None else Decimal(number), measure=measure)


@pytest.mark.parametrize(
    ("now", "before", "measure", "said"),
    [
        ("12.000", "16.000", "处", "比上期减少4处"),
        ("16", "12", "处", "比上期增加4处"),
        ("20.000", "10.000", "处", "比上期增加10处"),
        ("12.000", "12", "处", "与上期持平"),
        ("95.800", "94.000", "%", "比上期上升1.8个百分点"),
        ("40.0", "100.0", "%", "比上期下降60个百分点"),
        (None, "3", "处", "上期无可比数"),
    ],
)
def test_change_has_no_empty_decimals(now: str | None, before: str, measure: str, said: str) -> None:
    assert values.change(shown(now, measure), shown(before, measure)) == said


@pytest.mark.parametrize(
    ("period", "view", "said"),
    [
        ("2026-W47", CHANGE, "比上期增加4处"), ("2026-11", CHANGE, "比上期增加4处"), ("2026", CHANGE, "比上年增加4处"),
        ("2026-11", YOY, "比上年同期增加4处"),
    ],
)  # fmt: skip
def test_a_year_is_compared_with_the_year_before_it(period: str, view: str, said: str) -> None:
    now = SimpleNamespace(number=Decimal(16), measure="处", period=periods.parse(period))
    found = {"found": now, "found.before": shown("12", "处"), "found.year": shown("12", "处")}
    assert values.printed(Token("found", view), found) == said
