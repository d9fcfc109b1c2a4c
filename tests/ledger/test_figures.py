from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.ledger.conftest import unit
from wenming.common.errors import DomainError
from wenming.ledger import figures, periods, posting
from wenming.ledger.metrics import Filters

MONDAY = date(2026, 11, 16)
WEEK = periods.of("week", MONDAY)
MONTH = periods.of("month", MONDAY)


@pytest.fixture
def week(books: SimpleNamespace, line: Any, voucher: Any, at: datetime) -> SimpleNamespace:
    """东门: 4 due this week, 3 put right, 2 of them in time; 西街: 2 due, none; and one due next week."""
    lines = [line("case.due", books.east, MONDAY + timedelta(day), category="06010") for day in range(4)]
    lines += [
        line("case.fixed_due", books.east, MONDAY + timedelta(day), category="06010") for day in range(3)
    ]
    lines += [
        line("case.fixed_in_time", books.east, MONDAY + timedelta(day), category="06010") for day in range(2)
    ]
    lines += [line("case.due", books.west, MONDAY, category="09001") for _ in range(2)]
    lines += [line("case.due", books.west, MONDAY + timedelta(9))]
    lines += [
        line("case.reported", books.east, MONDAY, category="06010", source="town", party=books.police),
        line("case.reported", books.east, MONDAY, category="06020", source="self"),
        line("case.reported", books.west, MONDAY, category="09001", source="covert"),
        line("garbage_loads", books.west, MONDAY, 7),
        line("garbage_loads", books.west, MONDAY + timedelta(1), 5),
    ]
    posting.post(town=books.town, lines=lines, voucher=voucher(), at=at)
    posting.post(town=books.other, lines=[line("case.due", books.bridge, MONDAY)], voucher=voucher(), at=at)
    return books


def test_value_of_a_unit_takes_in_all_below_it(week: Any, at: Any) -> None:
    def due(scope: Any) -> Any:
        return figures.value("due", scope=scope, period=WEEK, at=at).number

    assert [due(unit) for unit in (week.county, week.town, week.east, week.west, week.police)] == [
        7,
        6,
        4,
        2,
        0,
    ]


def test_rate_shows_numerator_and_denominator(week: Any, at: Any) -> None:
    value = figures.value("fix_rate", scope=week.town, period=WEEK, at=at)
    assert (value.number, value.numerator, value.denominator) == (Decimal("50.0"), 3, 6)
    assert (value.text, value.explained) == ("50.0%", "50.0%（3/6）")
    in_time = figures.value("in_time_rate", scope=week.east, period=WEEK, at=at)
    assert in_time.explained == "50.0%（2/4）"


def test_rate_without_denominator_is_no_number(week: Any, at: Any) -> None:
    value = figures.value("fix_rate", scope=week.police, period=WEEK, at=at)
    assert (value.number, value.text, value.explained) == (None, "无应整改", "无应整改")


def test_deadline_that_has_not_come_does_not_count(week: Any, at: Any) -> None:
    tuesday = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
    assert figures.value("due", scope=week.town, period=MONTH, at=at).number == 6
    assert figures.value("due", scope=week.town, period=MONTH, at=tuesday).number == 4
    assert figures.value("due", scope=week.town, period=MONTH, at=at + timedelta(9)).number == 7
    # The town's day, not that of Greenwich: 17:00 UTC on Monday is Tuesday here.
    assert (
        figures.value("due", scope=week.town, period=MONTH, at=datetime(2026, 11, 16, 17, tzinfo=UTC)).number
        == 4
    )


def test_overdue_is_due_less_fixed(week: Any, at: Any) -> None:
    assert figures.value("overdue", scope=week.town, period=WEEK, at=at).text == "3处"
    assert figures.value("overdue_rate", scope=week.west, period=WEEK, at=at).text == "100.0%"


def test_filters_by_category_source_and_party(week: Any, at: Any) -> None:
    def found(filters: Filters) -> Any:
        return figures.value("found", scope=week.town, period=WEEK, at=at, filters=filters).number

    assert found(Filters()) == 3
    assert found(Filters(category="06")) == 2
    assert found(Filters(category="06010")) == 1
    assert found(Filters(sources=("self", "covert"))) == 2
    assert found(Filters(party=week.police.pk)) == 1
    assert found(Filters(category="06", sources=("covert",))) == 0


def test_filter_against_the_metric_itself_is_refused(week: Any, at: Any) -> None:
    with pytest.raises(DomainError) as refused:
        figures.value(
            "found_by_self", scope=week.town, period=WEEK, at=at, filters=Filters(sources=("town",))
        )
    assert refused.value.code == "filters_conflict"


def test_metric_with_sources_of_its_own(week: Any, at: Any) -> None:
    assert figures.value("found_by_self", scope=week.town, period=WEEK, at=at).number == 1
    assert figures.value("found_by_superior", scope=week.town, period=WEEK, at=at).number == 1
    assert figures.value("self_found_rate", scope=week.town, period=WEEK, at=at).explained == "33.3%（1/3）"


def test_unknown_metric_is_refused(week: Any, at: Any) -> None:
    with pytest.raises(DomainError) as refused:
        figures.value("happiness", scope=week.town, period=WEEK, at=at)
    assert refused.value.code == "metric_unknown"


def test_stock_is_the_balance_at_the_end(books: Any, line: Any, voucher: Any, at: Any) -> None:
    for days_ago, quantity in ((400, 1), (40, 1), (9, 1), (2, -1), (0, 1)):
        posting.post(
            town=books.town,
            lines=[line("case.open", books.east, date(2026, 11, 22) - timedelta(days_ago), quantity)],
            voucher=voucher(), at=at,
        )  # fmt: skip

    def open_at(day: date) -> Any:
        period = periods.of("day", day)
        now = figures.value("open", scope=books.town, period=period, at=at).number
        assert figures.value("open", scope=books.town, period=period, at=at, as_of=at).number == now
        return now

    assert [open_at(date(2026, 11, 22) - timedelta(days)) for days in (0, 1, 2, 3, 10, 50, 500)] == [
        3,
        2,
        2,
        3,
        2,
        1,
        0,
    ]


def test_by_unit_keeps_the_order(week: Any, at: Any) -> None:
    found = figures.by_unit("due", units=[week.west, week.east, week.police], period=WEEK, at=at)
    assert [(unit.name, value.number) for unit, value in found] == [
        ("西街社区", 2),
        ("东门社区", 4),
        ("安和派出所", 0),
    ]


def test_series_over_weeks(week: Any, at: Any) -> None:
    weeks = periods.last(periods.following(WEEK), 3)
    later = at + timedelta(30)
    found = figures.series("due", scope=week.town, periods=weeks, at=later)
    assert [(period.key, value.number) for period, value in found] == [
        ("2026-W46", 0),
        ("2026-W47", 6),
        ("2026-W48", 1),
    ]


def test_by_category_and_by_source(week: Any, at: Any) -> None:
    rates = figures.by_category("fix_rate", scope=week.town, period=WEEK, at=at)
    assert {code: value.explained for code, value in rates.items()} == {
        "06010": "75.0%（3/4）",
        "09001": "0.0%（0/2）",
    }
    sources = figures.by_source("found", scope=week.town, period=WEEK, at=at)
    assert {code: value.number for code, value in sources.items()} == {"covert": 1, "self": 1, "town": 1}


def test_as_of_a_past_moment(week: Any, line: Any, voucher: Any, at: Any) -> None:
    later = at + timedelta(hours=5)
    posting.post(town=week.town, lines=[line("case.due", week.west, MONDAY)], voucher=voucher(), at=later)
    assert figures.value("due", scope=week.town, period=WEEK, at=later).number == 7
    assert figures.value("due", scope=week.town, period=WEEK, at=later, as_of=at).number == 6
    assert (
        figures.value("due", scope=week.town, period=WEEK, at=later, as_of=at - timedelta(hours=1)).number
        == 0
    )


@pytest.mark.parametrize("count", [1, 3])
def test_many_figures_cost_three_statements(
    week: Any, at: Any, django_assert_num_queries: Any, count: int
) -> None:
    asked = [
        (code, unit, WEEK)
        for code in ("fix_rate", "found", "open", "garbage_loads")
        for unit in (week.town, week.east)
    ]
    with django_assert_num_queries(3):
        values = figures.many(asked * count, at=at)
    assert [value.text for value in values[:8]] == [
        "50.0%",
        "75.0%",
        "3处",
        "2处",
        "0处",
        "0处",
        "12车",
        "0车",
    ]
    with django_assert_num_queries(3):
        figures.by_unit("fix_rate", units=[week.east, week.west, week.police][:count], period=WEEK, at=at)
    with django_assert_num_queries(3):
        figures.by_category("fix_rate", scope=week.town, period=WEEK, at=at)


def test_a_sum_is_asked_of_the_books_once_however_many_figures_rest_on_it(week: Any, at: Any) -> None:
    once = [(code, week.town, WEEK) for code in ("fix_rate", "found")]
    with CaptureQueriesContext(connection) as alone:
        said = figures.many(once, at=at)
    with CaptureQueriesContext(connection) as many:
        assert figures.many(once * 5, at=at) == said * 5
    assert many.captured_queries[-1]["sql"] == alone.captured_queries[-1]["sql"]


def test_more_questions_than_one_statement_takes(week: Any, at: Any, monkeypatch: Any) -> None:
    asked = [("fix_rate", unit, WEEK) for unit in (week.town, week.east, week.west)]
    whole = figures.many(asked, at=at)
    monkeypatch.setattr(figures, "_AT_ONCE", 2)
    assert figures.many(asked, at=at) == whole


def test_rate_over_a_stock_takes_its_balance_and_of_a_flow_what_came_in_the_period(
    books: Any, line: Any, voucher: Any, at: Any
) -> None:
    """志愿服务参与率: registered the year before, served this year; later entries count for nothing."""
    lines = [
        line("volunteers", books.east, date(2025, 3, 1), 40),
        line("volunteers", books.west, date(2026, 4, 1), 25),
        line("residents", books.town, date(2025, 1, 1), 4643),
        line("vol_first", books.east, date(2025, 5, 1), 30),
        line("vol_first", books.east, date(2026, 5, 1), 63),
        line("volunteers", books.west, date(2026, 11, 1), 100),
    ]
    posting.post(town=books.town, lines=lines, voucher=voucher(), at=at)
    first_half = periods.parse("2026-H1")
    shares = [
        figures.many(
            [("vol_rate", books.town, first_half), ("vol_share", books.town, first_half)], at=at, as_of=as_of
        )
        for as_of in (None, at)
    ]
    assert [[value.explained for value in pair] for pair in shares] == [
        ["97%（63/65）", "1.4%（65/4643）"]
    ] * 2


def test_metric_of_units_counts_communities_and_villages_once(
    books: Any, line: Any, voucher: Any, at: Any, monkeypatch: Any
) -> None:
    """「8 份督办单下发到 2 个社区」: a grid's are its community's, a station is none, what was taken back is none."""
    grid = unit("东门一网格", "grid", "350000100001001", books.east)
    village = unit("河湾村", "village", "350000100201", books.town)
    undone = voucher()
    lines = [
        line("order.issued", who, MONDAY) for who in (books.east, books.east, grid, books.west, books.police)
    ]
    posting.post(town=books.town, lines=lines, voucher=voucher(), at=at)
    posting.post(town=books.town, lines=[line("order.issued", village, MONDAY)], voucher=undone, at=at)
    posting.reverse(voucher=undone, at=at)
    asked = [("orders", books.town), ("orders_units", books.town), ("orders_units", books.east),
             ("orders_units", books.police), ("orders_units", village), ("orders_units", books.county)]  # fmt: skip
    for at_once in (2700, 1):
        monkeypatch.setattr(figures, "_AT_ONCE", at_once)
        for as_of in (None, at):
            found = figures.many([(code, scope, WEEK) for code, scope in asked], at=at, as_of=as_of)
            assert [value.text for value in found] == ["5份", "2个", "1个", "0个", "0个", "2个"]
    split = figures.by_source("orders_units", scope=books.town, period=WEEK, at=at)
    assert [value.text for value in split.values()] == ["2个"]
