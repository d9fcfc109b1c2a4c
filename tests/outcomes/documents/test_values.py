"""The words of a comparison read the same from the live books and from the kept figures of a signed document."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from wenming.ledger import periods
from wenming.ledger.models import Account, Book, DailyTotal
from wenming.outcomes.documents import values
from wenming.outcomes.documents.models import Document
from wenming.outcomes.documents.tokens import CHANGE, NUMERATOR, WAN, YOY, Token
from wenming.outcomes.documents.values import Shown


def shown(number: str | None, measure: str) -> Any:
    return SimpleNamespace(number=None if number is None else Decimal(number), measure=measure)


def at_work(t: SimpleNamespace, number: str, measure: str) -> Shown:
    said = f"{number}{measure}"
    return Shown("k", "数", "found", Decimal(number), said, "", measure, t.town, periods.parse("2026"))


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
        ("2026-W47", CHANGE, "比上周增加4处"), ("2026-11", CHANGE, "比上月增加4处"), ("2026", CHANGE, "比上年增加4处"),
        ("2026-11", YOY, "比上年同期增加4处"),
    ],
)  # fmt: skip
def test_a_year_is_compared_with_the_year_before_it(period: str, view: str, said: str) -> None:
    now = SimpleNamespace(number=Decimal(16), measure="处", period=periods.parse(period))
    found = {"found": now, "found.before": shown("12", "处"), "found.year": shown("12", "处")}
    assert values.printed(Token("found", view), found) == said


@pytest.mark.parametrize(
    ("number", "measure", "said"),
    [("19813", "份", "19813份"), ("50000", "处", "5万处"), ("28456", "元", "28456元"), ("19800", "份", "1.98万份")],
)  # fmt: skip
def test_wan_is_written_only_where_it_is_shorter(
    number: str, measure: str, said: str, town: SimpleNamespace
) -> None:
    figure = at_work(town, number, measure)
    assert values.printed(Token("k", WAN), {"k": figure}) == said


@pytest.mark.parametrize(("number", "said"), [("100.0", "100%"), ("0.0", "0%"), ("66.7", "66.7%")])
def test_whole_rates_have_no_decimals(number: str, said: str, town: SimpleNamespace) -> None:
    assert values._text(Decimal(number), "%", f"{number}%") == said


def test_numerator_alone(town: SimpleNamespace) -> None:
    rate = replace(at_work(town, "75", "%"), parts="3/4")
    assert values.printed(Token("k", NUMERATOR), {"k": rate}) == "3"
    assert values.printed(Token("k", NUMERATOR), {"k": replace(rate, parts="")}) is None


@pytest.mark.parametrize(
    ("period", "opened", "kept"),
    [("2025", "2025-11-27", False), ("2025", "2025-06-30", True), ("2026", "2026-11-01", True), ("2025", None, False)],
)  # fmt: skip
def test_a_year_the_books_do_not_know_is_nothing_to_compare_with(
    period: str, opened: str | None, kept: bool, town: SimpleNamespace
) -> None:
    figure = replace(at_work(town, "64", "处"), period=periods.parse(period))
    document = Document(
        town=town.town, period_kind="year", period_start=date(2026, 1, 1), period_end=date(2026, 12, 31)
    )
    if opened:
        first = Book.objects.get_or_create(unit=town.town)[0]
        DailyTotal.objects.create(
            book=first,
            account=Account.objects.first(),
            unit=town.east,
            day=date.fromisoformat(opened),
            count=1,
            total=1,
        )
    assert (values.comparable(document, {"k": figure})["k"].number is not None) == kept
