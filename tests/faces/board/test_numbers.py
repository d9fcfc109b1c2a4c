"""The numbers of the board are the ledger's, compared fairly, in a fixed number of statements."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import Life, unit
from wenming.common import clock
from wenming.faces.board import numbers
from wenming.faces.board.numbers import Bar, Group
from wenming.ground.units.models import Unit
from wenming.ledger import figures, metrics, periods
from wenming.ledger.metrics import Metric, Value

RATE = Metric("in_time_rate", "按期整改率", "ratio", "%", 1, "", (), ())


def bar(number: int, top: int, bottom: int) -> Bar:
    tally = metrics.Tally()
    tally.add(metrics.NUMERATOR, 1, top, Decimal(top))
    tally.add(metrics.DENOMINATOR, 1, bottom, Decimal(bottom))
    return Bar(Unit(pk=number, name=f"单位{number}", path=f"/1/{number:03}/"), RATE.value(tally), "")


def value(number: str | None, measure: str = "处", code: str = "found") -> Value:
    made = Metric(code, "数", "sum", measure, 0, "", ())
    return Value(made, None if number is None else Decimal(number), None, None)


@pytest.mark.parametrize(
    ("now", "before", "measure", "said"),
    [
        ("48", "46", "处", "↑ 2 处"),
        ("46", "48", "处", "↓ 2 处"),
        ("46", "46", "处", "持平"),
        ("92.3", "90.5", "%", "↑ 1.8 个百分点"),
        ("90.0", "100.0", "%", "↓ 10 个百分点"),
        (None, "100.0", "%", ""),
        ("90.0", None, "%", ""),
    ],
)
def test_change_is_said_in_words(now: str | None, before: str | None, measure: str, said: str) -> None:
    assert numbers.Number("数", value(now, measure), value(before, measure), "").change == said


@pytest.mark.parametrize(
    ("code", "number", "red"),
    [("overdue", "1", True), ("overdue", "0", False), ("relapsed", "5", False), ("open", "9", False)],
)
def test_red_is_kept_for_overdue(code: str, number: str, red: bool) -> None:
    assert numbers.Number("数", value(number, code=code), value("0"), "").red is red


def test_ranking_is_by_rate_with_ties_alike_and_small_samples_last() -> None:
    found = numbers.ranked(
        [bar(1, 2, 2), bar(2, 9, 10), bar(3, 0, 0), bar(4, 3, 3), bar(5, 18, 20), bar(6, 1, 4)]
    )
    assert [(each.unit.pk, each.rank) for each in found] == [
        (4, 1), (2, 2), (5, 2), (6, 4), (1, None), (3, None),
    ]  # fmt: skip


def test_a_unit_without_others_to_compare_with_has_no_rank() -> None:
    assert [each.rank for each in numbers.ranked([bar(1, 5, 5), bar(2, 1, 1)])] == [None, None]


def test_folding_keeps_the_best_and_the_last_and_counts_the_rest() -> None:
    bars = [bar(n, 50 - n, 50) for n in range(20)]
    groups = [Group("社区", bars), Group("部门站所", bars[:3])]
    first, second = numbers.folded(groups, 12)
    assert len(first.bars) + 1 + len(first.tail) + len(second.bars) == 12
    assert first.bars == bars[: len(first.bars)]
    assert list(first.tail) == bars[-len(first.tail) :]
    assert len(first.bars) + first.hidden + len(first.tail) == 20
    assert second == groups[1]


def test_folding_nothing_is_nothing() -> None:
    assert numbers.folded([]) == []


def test_numbers_equal_the_ledger(old_life: Life) -> None:
    t, at = old_life.t, clock.now()
    old_life.closed()
    old_life.handling()
    old_life.suspended()
    old_life.closed(lead=t.chengguan)
    year = periods.of(periods.YEAR, clock.local_date(at))
    board = numbers.board(t.town, year, at)
    for number, (code, label) in zip(board.numbers, numbers.TILES, strict=True):
        assert number.label == label
        assert number.value == figures.value(code, scope=t.town, period=year, at=at)
        assert number.before == figures.value(code, scope=t.town, period=periods.previous(year), at=at)
    assert board.orders.value == figures.value("orders", scope=t.town, period=year, at=at)
    for group in board.groups:
        for each in group.bars:
            assert each.value == figures.value("in_time_rate", scope=each.unit, period=year, at=at)
    assert {each.unit.label: each.parts for group in board.groups for each in group.bars} == {
        "东门社区": "1/2", "安和城管站": "1/1",
    }  # fmt: skip
    assert {group.name: [unit.label for unit in group.idle] for group in board.groups} == {
        "社区": ["西街社区"], "部门站所": ["安和派出所"], "承包单位": ["净美保洁公司"],
    }  # fmt: skip
    for week, values in board.weeks:
        for code, each in zip(numbers.TREND, values, strict=True):
            assert each == figures.value(code, scope=t.town, period=week, at=at)
    assert [week for week, _values in board.weeks] == periods.last(
        periods.of(periods.WEEK, clock.local_date(at)), 8
    )


def test_county_compares_its_towns(life: Life) -> None:
    names = {name: [each.label for each in units] for name, units in numbers.units_of(life.t.county).items()}
    assert names == {"镇（街道）": ["安和镇", "石桥镇"]}


def test_partner_units_appear_once_they_lead(life: Life) -> None:
    t, at = life.t, clock.now()
    week = periods.of(periods.WEEK, clock.local_date(at))
    assert [group.name for group in numbers.board(t.town, week, at).groups] == [
        "社区",
        "部门站所",
        "承包单位",
    ]
    assert [group.name for group in numbers.comparison(t.town, week, at)] == [
        "社区", "部门站所", "共建单位", "承包单位",
    ]  # fmt: skip


def _statements(call: Any) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as found:
        call()
    return [query["sql"] for query in found]


def test_statements_do_not_grow_and_never_read_entries(town: SimpleNamespace, old_life: Life) -> None:
    at = clock.now()
    month = periods.of(periods.MONTH, clock.local_date(at))
    old_life.closed()
    few = _statements(lambda: numbers.board(town.town, month, at))
    for n in range(3):
        unit(f"新村{n}", "village", f"3505991002{n:02}", town.town)
        old_life.closed()
        old_life.handling()
    many = _statements(lambda: numbers.board(town.town, month, at))
    assert (len(few), len(many)) == (4, 4)
    assert [sql for sql in many if "ledger_entry" in sql] == []
    assert len(_statements(lambda: numbers.comparison(town.town, month, at))) == 4


def test_board_of_a_silent_town_says_so(town: SimpleNamespace) -> None:
    at = clock.now()
    board = numbers.board(town.town, periods.of(periods.WEEK, clock.local_date(at)), at)
    assert board.silent
    assert [number.value.text for number in board.numbers] == ["0处", "0处", "无应整改", "0处", "0处", "0处"]


def test_chart_ends_with_this_week(life: Life) -> None:
    at = clock.now()
    life.reported()
    board = numbers.board(life.t.town, periods.of(periods.WEEK, clock.local_date(at)), at)
    monday = clock.monday(clock.local_date(at))
    before = monday - timedelta(days=7)
    assert board.chart["labels"][-2:] == [f"{before.month}.{before.day}", "本周"]
    assert [(each["name"], each["unit"]) for each in board.chart["series"]] == [
        ("按期整改率", "%"), ("发现", "处"), ("整改", "处"),
    ]  # fmt: skip
    assert not board.silent
