from datetime import date

import pytest

from wenming.outcomes.documents.layout import numbers


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "一"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (23, "二十三"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (999, "九百九十九"),
    ],
)
def test_chinese_numbers(number, text):
    assert numbers.chinese(number) == text


@pytest.mark.parametrize("number", [0, -1, 1000])
def test_chinese_refuses_what_no_heading_has(number):
    with pytest.raises(ValueError):
        numbers.chinese(number)


def test_chinese_is_different_for_every_number():
    assert len({numbers.chinese(number) for number in range(1, 1000)}) == 999


def test_labels_of_the_four_levels():
    assert [numbers.label(level, 3) for level in (1, 2, 3, 4)] == ["三、", "（三）", "3.", "（3）"]


def test_counter_restarts_lower_levels():
    count = numbers.Counter()
    made = [count.next(level) for level in (1, 2, 2, 3, 1, 2, 3, 3)]
    assert made == ["一、", "（一）", "（二）", "1.", "二、", "（一）", "1.", "2."]


def test_day_has_no_leading_zero():
    assert numbers.day(date(2026, 1, 5)) == "2026年1月5日"
