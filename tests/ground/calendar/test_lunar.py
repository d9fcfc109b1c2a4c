"""Spot checks of the lunar table against festivals everybody knows."""

from datetime import date, timedelta

import pytest

from wenming.common.errors import DomainError
from wenming.ground.calendar import lunar


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 1, 25), 1), (date(2021, 2, 12), 1), (date(2022, 2, 1), 1), (date(2023, 1, 22), 1),
        (date(2024, 2, 10), 1), (date(2025, 1, 29), 1), (date(2026, 2, 17), 1), (date(2027, 2, 6), 1),
        (date(2028, 1, 26), 1), (date(2029, 2, 13), 1), (date(2030, 2, 3), 1),   # 春节
        (date(2025, 5, 31), 5), (date(2026, 6, 19), 5),                           # 端午
        (date(2025, 10, 6), 15), (date(2026, 9, 25), 15), (date(2025, 2, 12), 15),  # 中秋，元宵
        (date(2025, 1, 28), 29), (date(2024, 2, 9), 30),                          # 除夕
        (date(2026, 11, 22), 14),
    ],
)  # fmt: skip
def test_day_of_month_on_a_known_festival(day, expected):
    assert lunar.day_of_month(day) == expected


def test_day_of_month_runs_without_gaps():
    day = date(2020, 1, 25)
    before = 0
    while day <= lunar.LAST:
        number = lunar.day_of_month(day)
        assert number == before + 1 or (number == 1 and before in (29, 30))
        before = number
        day += timedelta(days=1)
    assert (lunar.LAST, before) == (date(2041, 1, 31), 29)


@pytest.mark.parametrize("day", [date(2020, 1, 24), date(2041, 2, 1)])
def test_day_of_month_refuses_what_it_does_not_know(day):
    with pytest.raises(DomainError) as refusal:
        lunar.day_of_month(day)
    assert refusal.value.code == "lunar_range"
