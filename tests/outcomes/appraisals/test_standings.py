"""Published places: the latest round, its trend, what changed, who is not ranked, and that towns stay apart."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import appraised, factories
from tests.outcomes.appraisals.conftest import seed_book
from wenming.common import clock
from wenming.ground.units.models import Unit
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import standings
from wenming.outcomes.appraisals.models import Round
from wenming.outcomes.appraisals.standings import Standing, Table

D = Decimal
OLD, LAST = appraised.month(2), appraised.month(1)
CONTRACTORS = """
kind: scoring
id: cleaning
version: "1"
title: 保洁公司月考核
in_force: {day}
rated: {{kind: contractor}}
period: month
full: 100
rounding: {{places: 2, mode: half_up}}
items:
  - id: problems
    title: 问题
    full: 100
    rules: [{{id: found, title: 发现问题, op: per_event, when: {{kind: found}}, points: -1}}]
ranking: {{by: group, ties: competition}}
"""


def lines(table: Table) -> dict[str, list[tuple[str, int | None, Decimal | None]]]:
    return {
        group.name: [(each.sheet.name, each.rank, each.total) for each in group.standings]
        for group in table.groups
    }


def of(table: Table, unit: Unit) -> Standing:
    return next(each for group in table.groups for each in group.standings if each.unit == unit)


@pytest.fixture
def two_months(town: SimpleNamespace) -> SimpleNamespace:
    """The month before last: two finds in 东门 (97); last month: one in 西街 (99)."""
    appraised.adopted(town, since=OLD)
    appraised.found(town, OLD, times=2)
    appraised.published(town, OLD)
    life = factories.Life(town, at=appraised.morning(LAST))
    life.closed(place=town.west_lane, lead=town.west)
    appraised.published(town, LAST)
    return town


def read(t: SimpleNamespace) -> Table:
    (found,) = standings.tables(standings.published([t.town]))
    return found


def test_latest_round_with_trend_change_and_places_won(two_months: SimpleNamespace) -> None:
    t = two_months
    table = read(t)
    assert table.periods == (OLD, LAST)
    assert lines(table) == {"社区": [("东门社区", 1, D(100)), ("西街社区", 2, D(99))]}
    east, west = of(table, t.east), of(table, t.west)
    assert [(mark.total, mark.rank) for mark in east.trend] == [(D(97), 2), (D(100), 1)]
    assert (east.change, east.moved, west.change, west.moved) == (D(3), 1, D(-1), -1)
    assert (east.ranked, east.not_ranked) == (2, "")


def test_nothing_before_it_is_published_and_nothing_of_dropped_or_retired_books(
    town: SimpleNamespace,
) -> None:
    book = appraised.adopted(town)
    where = appraised.shown(town, LAST)
    assert standings.tables(standings.published([town.town])) == []
    assert where.appeals_until is not None
    appraisals.publish(where=where, by=town.clerk, at=where.appeals_until + timedelta(minutes=1))
    assert len(standings.tables(standings.published([town.town]))) == 1
    assert standings.tables(standings.published([town.other_town])) == []
    appraisals.drop_book(draft=book, by=town.clerk, at=clock.now())
    assert standings.tables(standings.published([town.town])) == []


def test_corrected_round_gives_way_to_its_correction(two_months: SimpleNamespace) -> None:
    t, at = two_months, clock.now()
    old = Round.objects.get(period_start=LAST.start)
    new = appraisals.correct(where=old, ground="核错一处", by=t.clerk, at=at)
    new = appraisals.leave_out(where=new, subject=t.west.code, ground="整体拆迁", by=t.clerk, at=at)
    new = appraisals.show(where=new, by=t.clerk, at=at)
    assert read(t).round == old
    appraisals.publish(where=new, by=t.clerk, at=new.appeals_until + timedelta(minutes=1))
    table = read(t)
    assert table.round == new
    assert lines(table) == {"社区": [("东门社区", 1, D(100)), ("西街社区", None, None)]}
    west = of(table, t.west)
    assert (west.not_ranked, west.change, west.moved) == ("本期未考核", None, None)
    assert "拆迁" not in f"{west.not_ranked}"


def test_change_is_told_only_against_the_period_just_before(town: SimpleNamespace) -> None:
    earlier = appraised.month(3)
    text = seed_book(in_force=earlier.start.isoformat()).partition("\nconsequences:")[0]
    appraised.adopted(town, text)
    appraised.published(town, earlier)
    appraised.published(town, LAST)
    east = of(read(town), town.east)
    assert len(east.trend) == 2
    assert (east.change, east.moved) == (None, None)


def test_grids_are_never_ranked_and_firms_not_for_everybody(town: SimpleNamespace) -> None:
    day = LAST.start.isoformat()
    grids = (
        seed_book(in_force=day)
        .replace("groups: [社区]", "groups: [社区, 网格]")
        .partition("\nconsequences:")[0]
    )
    appraised.adopted(town, grids)
    appraised.published(town, LAST)
    appraised.adopted(town, CONTRACTORS.format(day=day))
    appraised.published(town, LAST, code="cleaning")
    inside = standings.tables(standings.published([town.town]))
    assert [[each.sheet.name for group in table.groups for each in group.standings] for table in inside] == [
        ["东门社区", "西街社区"],
        ["净美保洁公司"],
    ]
    outside = standings.tables(standings.published([town.town], firms=False), open_to_all=True)
    assert [table.round.code for table in outside] == ["seed"]


def test_firm_inside_a_book_of_units_is_left_out_of_what_everybody_sees(town: SimpleNamespace) -> None:
    text = seed_book(in_force=LAST.start.isoformat()).partition("\nconsequences:")[0]
    mixed = text + '\nfrom_ledger: {groups: {社区: [community, "AH-JM"]}}\n'
    appraised.adopted(town, mixed)
    appraised.published(town, LAST)
    rounds = standings.published([town.town])
    assert len(read(town).units) == 3
    (table,) = standings.tables(rounds, open_to_all=True)
    assert [unit.name for unit in table.units] == ["东门社区", "西街社区"]


def test_units_ranked_all_together_stand_in_one_list(town: SimpleNamespace) -> None:
    text = seed_book(in_force=LAST.start.isoformat()).partition("\nconsequences:")[0]
    text = text.replace("groups: [社区]", "groups: [社区, 站所]").replace("by: group", "by: all")
    appraised.adopted(town, text)
    appraised.found(town, LAST)
    appraised.published(town, LAST)
    table = read(town)
    assert [group.name for group in table.groups] == ["社区、站所"]
    assert [each.rank for each in table.groups[0].standings] == [1, 1, 1, 4]


def test_three_statements_however_many_periods_and_units(two_months: SimpleNamespace) -> None:
    t = two_months
    with CaptureQueriesContext(connection) as few:
        read(t)
    factories.unit("南湖社区", "community", "350599100003", t.town)
    at = clock.now()
    new = appraisals.correct(
        where=Round.objects.get(period_start=LAST.start), ground="漏了一个社区", by=t.clerk, at=at
    )
    new = appraisals.show(where=new, by=t.clerk, at=at)
    appraisals.publish(where=new, by=t.clerk, at=new.appeals_until + timedelta(minutes=1))
    with CaptureQueriesContext(connection) as more:
        assert len(read(t).units) == 3
    assert (len(few), len(more)) == (3, 3)


@pytest.fixture
def two_towns(two_months: SimpleNamespace) -> SimpleNamespace:
    """石桥镇 has an office and a clerk; 桥头社区 and 石拱社区 there."""
    t = two_months
    t.other_office = factories.unit("石桥镇创城办", "office", "SQ-CCB", t.other_town, dept="civ_office")
    t.other_clerk = factories.person("林石桥", "13800000031", ("office_clerk", t.other_office))
    t.arch = factories.unit("石拱社区", "community", "350599101002", t.other_town)
    return t


def other(t: SimpleNamespace, text: str) -> SimpleNamespace:
    """The other town adopts the book and publishes last month."""
    there = SimpleNamespace(town=t.other_town, clerk=t.other_clerk, leader=t.leader)
    appraised.adopted(there, text)
    appraised.published(there, LAST)
    return there


def test_towns_are_ranked_together_only_by_one_and_the_same_book(two_towns: SimpleNamespace) -> None:
    t = two_towns
    other(t, seed_book(in_force=LAST.start.isoformat()))
    found = standings.tables(standings.published([t.town, t.other_town]))
    assert [(table.round.town.name, len(table.units)) for table in found] == [("安和镇", 2), ("石桥镇", 2)]
    assert standings.joined(found) == []


def test_same_book_puts_units_of_both_towns_in_one_order(two_towns: SimpleNamespace) -> None:
    t = two_towns
    text = Round.objects.first().book.text.partition("\nconsequences:")[0]
    later = text.replace('version: "2026.1"', 'version: "2026.2"').replace(
        f"in_force: {OLD.start}", f"in_force: {LAST.start}"
    )
    appraised.adopted(t, later.replace("id: seed", "id: same"))
    appraised.published(t, LAST, code="same")
    there = SimpleNamespace(town=t.other_town, clerk=t.other_clerk)
    appraised.adopted(there, later.replace("id: seed", "id: same"))
    appraised.published(there, LAST, code="same")
    (one,) = standings.joined(standings.tables(standings.published([t.town, t.other_town])))
    assert [town.name for town in one.towns] == ["安和镇", "石桥镇"]
    ((name, rows),) = one.groups
    assert name == "社区"
    assert [(town.name, each.name, each.place, each.total) for town, each in rows] == [
        ("安和镇", "东门社区", 1, D(100)),
        ("石桥镇", "桥头社区", 1, D(100)),
        ("石桥镇", "石拱社区", 1, D(100)),
        ("安和镇", "西街社区", 4, D(99)),
    ]


def test_group_that_one_town_alone_has_is_not_joined(two_towns: SimpleNamespace) -> None:
    t = two_towns
    text = seed_book(in_force=LAST.start.isoformat()).partition("\nconsequences:")[0]
    text = text.replace("groups: [社区]", "groups: [社区, 站所]").replace("id: seed", "id: both")
    appraised.adopted(t, text)
    appraised.published(t, LAST, code="both")
    there = SimpleNamespace(town=t.other_town, clerk=t.other_clerk)
    appraised.adopted(there, text)
    appraised.published(there, LAST, code="both")
    (one,) = standings.joined(standings.tables(standings.published([t.town, t.other_town])))
    assert [name for name, _rows in one.groups] == ["社区"]
