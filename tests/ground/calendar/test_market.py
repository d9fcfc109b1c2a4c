from datetime import date, timedelta

import pytest

from wenming.common.errors import DomainError
from wenming.ground.calendar.market import MarketRule


def days_of_november(rule: MarketRule) -> list[int]:
    days = [date(2026, 11, 1) + timedelta(days=offset) for offset in range(30)]
    return [day.day for day in days if rule.holds_on(day)]


def test_solar_rule_holds_on_endings():
    assert days_of_november(MarketRule("solar", (2, 5, 8))) == [2, 5, 8, 12, 15, 18, 22, 25, 28]


def test_lunar_rule_holds_on_lunar_endings():
    # 1 November 2026 is 九月廿三, 9 November is 十月初一.
    assert days_of_november(MarketRule("lunar", (2, 5, 8))) == [3, 6, 10, 13, 16, 20, 23, 26, 30]


def test_weekday_rule_holds_on_weekdays():
    assert days_of_november(MarketRule("weekday", (7,))) == [1, 8, 15, 22, 29]


def test_ending_nought_is_the_tenth():
    assert days_of_november(MarketRule("solar", (0,))) == [10, 20, 30]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (MarketRule("lunar", (2, 5, 8)), "农历逢二、五、八"),
        (MarketRule("solar", (3, 0)), "公历逢三、十"),
        (MarketRule("weekday", (3, 7)), "每周三、日"),
    ],
)
def test_rule_in_words(rule, text):
    assert rule.text == text


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [("moon", (1,)), ("solar", ()), ("solar", (10,)), ("weekday", (0,)), ("weekday", (8,)), ("lunar", (2, 2)),
     ("solar", ("2",)), ("solar", (True,))],
)  # fmt: skip
def test_rule_refused(kind, numbers):
    with pytest.raises(DomainError) as refusal:
        MarketRule(kind, numbers)
    assert refusal.value.code == "market_invalid"
