"""Words in a superior's list: terms as officials write them, units by the names the county gives them."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.records.journals import takeover

AT = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "count", "unit"),
    [
        ("3天", 3, TermUnit.DAY), ("三天内", 3, TermUnit.DAY), ("一周内", 7, TermUnit.DAY), ("两周", 14, TermUnit.DAY), ("1个星期", 7, TermUnit.DAY),
        ("5个工作日", 5, TermUnit.WORK_DAY), ("48小时", 48, TermUnit.HOUR), ("11月30日前", 4, TermUnit.DAY),
        ("立行立改", 1, TermUnit.WORK_DAY), ("即知即改", 1, TermUnit.WORK_DAY), ("马上整改", 1, TermUnit.WORK_DAY), ("当天", 1, TermUnit.WORK_DAY),
    ],
)  # fmt: skip
def test_terms_as_officials_write_them(said: str, count: int, unit: TermUnit) -> None:
    assert takeover.term(said, AT) == Term(count, unit)


@pytest.mark.parametrize("said", ["尽快", "长期坚持", "限时整改", "0天"])
def test_words_that_give_no_day_are_no_term(said: str) -> None:
    assert takeover.term(said, AT) is None


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ("东门社区", "东门社区"), ("安和镇东门社区", "东门社区"), ("安和城管站", "安和城管站"), ("安和镇城管站", "安和城管站"), ("城管站", "安和城管站"),
        ("安和镇", "安和镇"), ("安和镇派出所、东门社区", "安和派出所"),
    ],
)  # fmt: skip
def test_units_are_known_with_and_without_the_name_of_the_town(
    said: str, unit: str, town: SimpleNamespace
) -> None:
    found = takeover._Units(town.town).named(said)
    assert found is not None
    assert found.label == unit


@pytest.mark.parametrize("said", ["石桥镇", "桥头社区", "石桥镇东门社区", "镇", "安和"])
def test_a_unit_of_another_town_is_none_of_ours(said: str, town: SimpleNamespace) -> None:
    assert takeover._Units(town.town).named(said) is None
