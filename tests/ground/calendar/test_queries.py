from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from wenming.ground.calendar import actions, queries
from wenming.ground.calendar.arithmetic import STANDARD_SPANS
from wenming.ground.calendar.market import MarketRule
from wenming.ground.calendar.models import CalendarDay, CalendarState
from wenming.ground.units import actions as units

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture
def loaded(pack_path):
    actions.load_calendar_pack(path=pack_path, at=AT, by=None)


def make_town(name: str, code: str):
    return units.create(name=name, kind="town", code=code, parent=None, at=AT, valid_from=date(2026, 1, 1))


def test_calendar_of_an_empty_installation_has_the_weekend_rule():
    found = queries.calendar()
    assert (found.default_spans, found.days, found.announced_years) == (STANDARD_SPANS, {}, frozenset())


def test_calendar_from_the_database_equals_the_pack(loaded, county):
    found = queries.calendar()
    assert (found.days, found.announced_years, found.default_spans) == (
        county.days, county.announced_years, county.default_spans,
    )  # fmt: skip


def test_calendar_asks_the_database_once_in_ten_seconds(loaded, django_assert_num_queries, monkeypatch):
    seconds = 1000.0
    monkeypatch.setattr(queries.time, "monotonic", lambda: seconds)
    queries.calendar()
    with django_assert_num_queries(0):
        queries.calendar()
    seconds += 9.9
    with django_assert_num_queries(0):
        queries.calendar()
    seconds += 0.2
    with django_assert_num_queries(1):
        queries.calendar()


def test_calendar_sees_the_change_of_another_process_at_the_next_check(loaded, monkeypatch):
    seconds = 1000.0
    monkeypatch.setattr(queries.time, "monotonic", lambda: seconds)
    day = date(2026, 11, 24)
    assert queries.calendar().plan(day).working is True
    # What another process leaves behind: rows and a new token, and no word to this one.
    CalendarDay.objects.create(day=day, kind="off", name="停工", changed_at=AT)
    CalendarState.objects.update(version=9, token=uuid4())
    assert queries.calendar().plan(day).working is True
    seconds += 10.0
    assert queries.calendar().plan(day).working is False


def test_changed_since_joins_the_days(loaded):
    before = queries.version()
    assert queries.changed_since(before) is None
    actions.set_day(day=date(2026, 12, 1), kind="off", name="停工", at=AT, by=None)
    actions.set_day(day=date(2026, 11, 25), kind="off", name="停工", at=AT, by=None)
    assert queries.changed_since(before) == queries.Change(before + 2, date(2026, 11, 25), date(2026, 12, 1))
    assert queries.changed_since(before + 1) == queries.Change(
        before + 2, date(2026, 11, 25), date(2026, 11, 25)
    )
    actions.set_hours(valid_from=date(2027, 7, 1), spans=["08:00-12:00"], at=AT, by=None)
    assert queries.changed_since(before) == queries.Change(before + 3, date(2026, 11, 25), None)


def test_market_days_and_years_move_no_deadline(loaded):
    before = queries.version()
    town = make_town("城关镇", "350581100000")
    actions.set_market_rule(town=town, rule=MarketRule("solar", (2,)), at=AT, by=None)
    actions.set_year(year=2027, announced=True, at=AT, by=None)
    assert (queries.version(), queries.changed_since(before)) == (before + 2, None)


def test_warnings_of_an_empty_installation():
    assert queries.warnings(date(2026, 6, 1)) == [
        "尚未录入作息时间，暂按 08:30–12:00、14:30–18:00 计算；请到「日历」页录入。",
        "2026 年放假安排尚未录入，期限暂按周末规则推算；请到「日历」页录入。",
    ]


def test_warnings_about_next_year_begin_in_october(loaded):
    ahead = "2027 年放假安排尚未公布或录入，跨年的期限暂按周末规则推算；通知公布后请到「日历」页录入。"
    assert queries.warnings(date(2026, 9, 30)) == []
    assert queries.warnings(date(2026, 10, 1)) == [ahead]
    assert queries.warnings(date(2025, 11, 1)) == []


def test_warning_about_the_end_of_the_lunar_table(loaded):
    town = make_town("城关镇", "350581100000")
    actions.set_market_rule(town=town, rule=MarketRule("lunar", (2,)), at=AT, by=None)
    actions.set_year(year=2040, announced=True, at=AT, by=None)
    assert queries.warnings(date(2040, 3, 1)) == ["农历只能推算到 2041-01-31，之后的赶集日请改用公历规则。"]


def test_month_is_whole_weeks_from_monday(loaded):
    weeks = queries.month(2026, 10)
    assert [len(week) for week in weeks] == [7] * 5
    assert (weeks[0][0].day, weeks[-1][-1].day) == (date(2026, 9, 28), date(2026, 11, 1))
    assert [cell.kind for cell in weeks[0]] == ["work", "work", "work", "off", "off", "off", "off"]
    assert [cell.in_month for cell in weeks[0]] == [False] * 3 + [True] * 4
    tenth = weeks[1][5]
    assert (tenth.day, tenth.kind, tenth.name, tenth.special) == (
        date(2026, 10, 10),
        "work",
        "国庆节调休",
        True,
    )
    assert tenth.spans == ("08:30–12:00", "14:30–18:00")


def test_month_of_december_ends_with_the_year(loaded):
    weeks = queries.month(2026, 12)
    assert (weeks[0][0].day, weeks[-1][-1].day) == (date(2026, 11, 30), date(2027, 1, 3))


def test_month_names_the_towns_with_a_market(loaded):
    town, other = make_town("城关镇", "350581100000"), make_town("东溪镇", "350581101000")
    for each, numbers in ((town, (2, 5)), (other, (5,))):
        actions.set_market_rule(town=each, rule=MarketRule("solar", numbers), at=AT, by=None)
    cells = {cell.day.day: cell.markets for week in queries.month(2026, 11) for cell in week if cell.in_month}
    assert (cells[2], cells[5], cells[6]) == (("城关镇",), ("城关镇", "东溪镇"), ())
    only = {
        cell.day.day: cell.markets
        for week in queries.month(2026, 11, other)
        for cell in week
        if cell.in_month
    }
    assert (only[2], only[5]) == ((), ("东溪镇",))


def test_is_market_day_of_a_town_without_a_rule(loaded):
    assert queries.is_market_day(make_town("东溪镇", "350581101000"), date(2026, 11, 22)) is False
