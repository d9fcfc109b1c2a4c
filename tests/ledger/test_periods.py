from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.common.errors import DomainError
from wenming.ledger import periods

TABLE = [
    # kind, a day in it, start, end, key, label
    ("day", "2026-11-22", "2026-11-22", "2026-11-22", "2026-11-22", "2026年11月22日"),
    ("week", "2026-11-22", "2026-11-16", "2026-11-22", "2026-W47", "第47周（11月16日—11月22日）"),
    ("week", "2027-01-03", "2026-12-28", "2027-01-03", "2026-W53", "第53周（12月28日—1月3日）"),
    ("month", "2026-11-22", "2026-11-01", "2026-11-30", "2026-11", "2026年11月"),
    ("month", "2028-02-29", "2028-02-01", "2028-02-29", "2028-02", "2028年2月"),
    ("custom", "2026-11-25", "2026-10-26", "2026-11-25", "2026-11@26", "2026年11月（10月26日—11月25日）"),
    ("custom", "2026-11-26", "2026-11-26", "2026-12-25", "2026-12@26", "2026年12月（11月26日—12月25日）"),
    ("custom", "2026-12-26", "2026-12-26", "2027-01-25", "2027-01@26", "2027年1月（12月26日—1月25日）"),
    ("quarter", "2026-11-22", "2026-10-01", "2026-12-31", "2026-Q4", "2026年第四季度"),
    ("half", "2026-06-30", "2026-01-01", "2026-06-30", "2026-H1", "2026年上半年"),
    ("half", "2026-07-01", "2026-07-01", "2026-12-31", "2026-H2", "2026年下半年"),
    ("year", "2026-11-22", "2026-01-01", "2026-12-31", "2026", "2026年"),
    ("cycle", "2026-11-22", "2024-01-01", "2026-12-31", "2024-2026", "2024—2026年创建周期"),
    ("cycle", "2018-01-01", "2018-01-01", "2020-12-31", "2018-2020", "2018—2020年创建周期"),
]


@pytest.mark.parametrize(("kind", "day", "start", "end", "key", "label"), TABLE)
def test_period_of_a_day(kind: str, day: str, start: str, end: str, key: str, label: str) -> None:
    period = periods.of(kind, date.fromisoformat(day))
    assert (str(period.start), str(period.end), period.key, period.label) == (start, end, key, label)
    assert periods.parse(key) == period


@pytest.mark.parametrize(
    ("key", "before", "year_before"),
    [
        ("2026-11-22", "2026-11-21", "2025-11-22"),
        ("2028-02-29", "2028-02-28", "2027-02-28"),
        ("2026-W47", "2026-W46", "2025-W47"),
        ("2026-W53", "2026-W52", "2025-W52"),
        ("2026-W01", "2025-W52", "2025-W01"),
        ("2026-01", "2025-12", "2025-01"),
        ("2027-01@26", "2026-12@26", "2026-01@26"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026-H2", "2026-H1", "2025-H2"),
        ("2026", "2025", "2025"),
        ("2024-2026", "2021-2023", "2021-2023"),
        ("2026-11-01..2026-11-15", "2026-10-17..2026-10-31", "2025-11-01..2025-11-15"),
    ],
)
def test_period_before_and_a_year_before(key: str, before: str, year_before: str) -> None:
    period = periods.parse(key)
    assert periods.previous(period).key == before
    assert periods.year_before(period).key == year_before
    assert periods.following(periods.previous(period)) == period


def test_range_label_across_years() -> None:
    assert periods.parse("2026-11-01..2026-11-15").label == "2026年11月1日—11月15日"
    assert periods.parse("2026-12-20..2027-01-10").label == "2026年12月20日—2027年1月10日"


def test_last_weeks_for_a_trend() -> None:
    found = periods.last(periods.parse("2026-W02"), 3)
    assert [period.key for period in found] == ["2025-W52", "2026-W01", "2026-W02"]


@pytest.mark.parametrize(
    "text",
    ["", "上周", "2026-13", "2026-W54", "2026-Q5", "2026-02-30", "2025-2027", "2026-11@29", "0001", "9999-12-31",
     "2026-11-15..2026-11-01"],
)  # fmt: skip
def test_parse_refuses_nonsense(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        periods.parse(text)
    assert refused.value.code == "period_invalid"


@given(
    st.sampled_from([kind for kind in periods.KINDS if kind != "range"]),
    st.dates(date(1970, 1, 1), date(2100, 1, 1)),
)
def test_periods_tile_the_calendar(kind: str, day: date) -> None:
    period = periods.of(kind, day)
    assert day in period
    assert periods.of(kind, period.start) == periods.of(kind, period.end) == period
    assert periods.previous(period).end == period.start - timedelta(days=1)
    assert periods.following(period).start == period.end + timedelta(days=1)
    assert periods.parse(period.key) == period
