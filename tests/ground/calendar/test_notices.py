"""The shipped calendar, day by day against the State Council's notices (国办发明电〔2024〕12 号 and 〔2025〕7 号).

The days stand here a second time on purpose: typed from the notices, not read from the pack.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from wenming.ground.calendar import actions as deeds
from wenming.ground.calendar import arithmetic, loading, lunar, queries

AT = datetime(2026, 11, 27, 2, tzinfo=UTC)
# Month and day: first and last day off, then the weekend days that are worked for them.
NOTICES = {
    2025: [
        ("元旦", (1, 1), (1, 1), []),
        ("春节", (1, 28), (2, 4), [(1, 26), (2, 8)]),
        ("清明节", (4, 4), (4, 6), []),
        ("劳动节", (5, 1), (5, 5), [(4, 27)]),
        ("端午节", (5, 31), (6, 2), []),
        ("国庆节、中秋节", (10, 1), (10, 8), [(9, 28), (10, 11)]),
    ],
    2026: [
        ("元旦", (1, 1), (1, 3), [(1, 4)]),
        ("春节", (2, 15), (2, 23), [(2, 14), (2, 28)]),
        ("清明节", (4, 4), (4, 6), []),
        ("劳动节", (5, 1), (5, 5), [(5, 9)]),
        ("端午节", (6, 19), (6, 21), []),
        ("中秋节", (9, 25), (9, 27), []),
        ("国庆节", (10, 1), (10, 7), [(9, 20), (10, 10)]),
    ],
}


def off_days(year: int) -> dict[date, str]:
    """Every day off of the notice with the festival."""
    found: dict[date, str] = {}
    for name, first, last, _worked in NOTICES[year]:
        day, end = date(year, *first), date(year, *last)
        while day <= end:
            found[day] = name
            day += timedelta(days=1)
    return found


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_every_day_of_the_year_is_as_the_notice_says(county: arithmetic.Calendar, year: int) -> None:
    off = off_days(year)
    worked = {date(year, *day) for _, _, _, days in NOTICES[year] for day in days}
    wrong = []
    day = date(year, 1, 1)
    while day.year == year:
        expected = False if day in off else True if day in worked else day.weekday() < 5
        if county.plan(day).working is not expected:
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_days_off_bear_the_name_of_their_festival(pack_path, year: int) -> None:
    named = {
        row.day: row.name
        for row in loading.read(pack_path).days
        if row.kind == "off" and row.day.year == year
    }
    assert named == off_days(year)


@pytest.mark.parametrize(
    ("day", "lunar_day"),
    [(date(2025, 1, 28), 29), (date(2025, 2, 4), 7), (date(2026, 2, 15), 28), (date(2026, 2, 23), 7)],
)
def test_lunar_days_named_in_the_notices(day: date, lunar_day: int) -> None:
    """「1 月 28 日（农历除夕）」, 「2 月 15 日（农历腊月二十八）」."""
    assert lunar.day_of_month(day) == lunar_day


def test_next_year_is_not_announced_and_the_office_is_told(pack_path) -> None:
    content = loading.read(pack_path)
    assert content.not_announced == (2027,)
    assert [row for row in content.days if row.day.year == 2027] == []


@pytest.mark.django_db
def test_warning_stands_until_the_notice_of_next_year_is_entered(pack_path) -> None:
    deeds.load_calendar_pack(path=pack_path, at=AT, by=None)
    told = queries.warnings(AT.date())
    assert told == [
        "2027 年放假安排尚未公布或录入，跨年的期限暂按周末规则推算；通知公布后请到「日历」页录入。"
    ]
    deeds.set_year(year=2027, announced=True, at=AT, by=None)
    assert queries.warnings(AT.date()) == []
