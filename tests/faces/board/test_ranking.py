"""考核排名 on the board and the wall: only what is published, only units, towns apart, and how sure it is."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import appraised, factories
from tests.outcomes.appraisals.conftest import seed_book
from tests.outcomes.appraisals.test_standings import CONTRACTORS
from wenming.common import clock
from wenming.faces.board import actions, ranking
from wenming.ground.people.models import Person
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Round
from wenming.outcomes.appraisals.standings import Mark

D = Decimal
OLD, LAST = appraised.month(2), appraised.month(1)
PAGE = "board:ranking"


@pytest.fixture
def two_months(town: SimpleNamespace) -> SimpleNamespace:
    """东门 97 then 100, 西街 100 then 98 with one find of the county."""
    appraised.adopted(town, since=OLD)
    appraised.found(town, OLD, times=2)
    appraised.published(town, OLD)
    life = factories.Life(town, at=appraised.morning(LAST))
    life.closed(place=town.west_lane, lead=town.west)
    appraised.published(town, LAST)
    return town


def other_town(t: SimpleNamespace, text: str) -> Round:
    """石桥镇 adopts the book and publishes last month."""
    office = factories.unit("石桥镇创城办", "office", "SQ-CCB", t.other_town, dept="civ_office")
    t.other_clerk = factories.person("林石桥", "13800000031", ("office_clerk", office))
    there = SimpleNamespace(town=t.other_town, clerk=t.other_clerk)
    appraised.adopted(there, text)
    return appraised.published(there, LAST)


def wall_of(t: SimpleNamespace, unit: Any) -> str:
    made = actions.create(
        unit=unit, label="大厅", expires_on=clock.local_date(clock.now()), by=t.director, at=clock.now()
    )
    return Client().get(reverse("board:wall", args=[made.token])).content.decode()


def test_page_ranks_by_group_with_trend_change_and_interval(two_months: SimpleNamespace, log_in: Any) -> None:
    response = log_in(two_months.leader).get(reverse(PAGE))
    ((town, (found,)),) = response.context["sections"]
    assert (town, found.periods) == (two_months.town, (OLD.label, LAST.label))
    (group,) = found.groups
    east, west = group.rows
    assert [(row.unit.label, row.total, row.change, row.moved) for row in (east, west)] == [
        ("东门社区", "100", "↑ 3 分", "↑ 1 名"),
        ("西街社区", "99", "↓ 1 分", "↓ 1 名"),
    ]
    assert east.ends is None
    assert (west.parts, west.ends) == ("1/1", ("20.7", "79.3", "100.0", "100.0"))
    page = response.content.decode()
    assert f"{OLD.label} 97 分，{LAST.label} 100 分" in page
    assert "无应整改" in page
    assert "只排单位，不排个人" in page


def test_earlier_round_can_be_opened_and_only_the_towns_own(two_months: SimpleNamespace, log_in: Any) -> None:
    client = log_in(two_months.leader)
    past = client.get(reverse(PAGE)).context["past"]
    assert [row.period for row, _url in past] == [OLD]
    response = client.get(past[0][1])
    ((_town, (found,)),) = response.context["sections"]
    assert (found.round.period, [row.total for row in found.groups[0].rows]) == (OLD, ["100", "97"])
    assert [row.period for row, _url in response.context["past"]] == [LAST]
    for said in (str(uuid4()), "not-a-round", "\x00"):
        assert client.get(reverse(PAGE), {"round": said}).status_code == 404
    stranger = log_in(two_months.outsider)
    assert stranger.get(reverse(PAGE), {"round": str(found.round.uuid)}).status_code == 404


def test_nothing_is_told_before_it_is_published(town: SimpleNamespace, log_in: Any) -> None:
    appraised.adopted(town)
    appraised.found(town, LAST)
    where = appraised.shown(town, LAST)
    for who in (town.leader, town.clerk, town.secretary, town.county_clerk):
        client = log_in(who)
        page = client.get(reverse(PAGE))
        assert page.context["sections"] == []
        assert "还没有公布的考核" in page.content.decode()
        assert client.get(reverse(PAGE), {"round": str(where.uuid)}).status_code == 404
        assert "bd-standing" not in client.get(reverse("board:home")).content.decode()
    assert 'id="wall-standing" data-fresh hidden' in wall_of(town, town.town)


def test_community_sees_the_places_of_its_town_and_itself_marked(
    two_months: SimpleNamespace, log_in: Any
) -> None:
    response = log_in(two_months.secretary).get(reverse(PAGE))
    ((_town, (found,)),) = response.context["sections"]
    assert [(row.unit.label, row.here) for row in found.groups[0].rows] == [
        ("东门社区", True),
        ("西街社区", False),
    ]
    assert log_in(two_months.outsider).get(reverse(PAGE)).context["sections"] == []


def test_panel_of_the_board_leads_to_the_page(two_months: SimpleNamespace, log_in: Any) -> None:
    client = log_in(two_months.leader)
    response = client.get(reverse("board:home"))
    page = response.content.decode()
    assert "bd-home has-places" in page
    assert response.context["ranking_url"].replace("&", "&amp;") in page
    assert client.get(response.context["ranking_url"]).status_code == 200


def test_panel_keeps_the_first_and_the_last_of_a_long_group(town: SimpleNamespace, log_in: Any) -> None:
    for n in range(3, 8):
        factories.unit(f"第{n}社区", "community", f"35059910000{n}", town.town)
    appraised.adopted(town)
    appraised.found(town, LAST)
    where = appraised.shown(town, LAST)
    where = appraisals.take_back(where=where, ground="有社区不考核", by=town.clerk, at=where.shown_at)
    where = appraisals.leave_out(
        where=where, subject=town.west.code, ground="拆迁", by=town.clerk, at=where.as_of
    )
    where = appraisals.show(where=where, by=town.clerk, at=where.as_of)
    appraisals.publish(where=where, by=town.clerk, at=where.appeals_until + timedelta(minutes=1))
    (found,) = log_in(town.leader).get(reverse("board:home")).context["ranked"]
    (group,) = found.groups
    assert ([row.standing.rank for row in group.rows], group.hidden) == ([1, 1], 4)
    assert [(row.unit.label, row.standing.rank) for row in group.tail] == [("东门社区", 6)]
    page = log_in(town.leader).get(reverse(PAGE)).content.decode()
    assert "不排名：本期未考核" in page


def test_firms_are_on_the_board_of_the_town_and_not_on_the_wall_or_before_communities(
    two_months: SimpleNamespace, log_in: Any
) -> None:
    t = two_months
    appraised.adopted(t, CONTRACTORS.format(day=LAST.start))
    appraised.published(t, LAST, code="cleaning")
    seen = {
        who: "净美保洁公司" in log_in(getattr(t, who)).get(reverse(PAGE)).content.decode()
        for who in ("leader", "clerk", "county_clerk", "secretary", "west_secretary")
    }
    assert seen == {
        "leader": True, "clerk": True, "county_clerk": True, "secretary": False, "west_secretary": False,
    }  # fmt: skip
    wall = wall_of(t, t.town)
    assert "西街社区" in wall.partition('id="wall-standing"')[2]
    assert "净美保洁公司" not in wall.partition('id="wall-standing"')[2]


def test_wall_shows_places_without_links_and_a_communitys_wall_none(two_months: SimpleNamespace) -> None:
    t = two_months
    said = wall_of(t, t.town).partition('id="wall-standing"')[2]
    assert said.startswith(" data-fresh><h2>考核排名</h2>")
    assert "href=" not in said
    assert [name for name in Person.objects.values_list("name", flat=True) if name in said] == []
    assert 'id="wall-standing" data-fresh hidden' in wall_of(t, t.west)


def test_county_sees_each_town_apart_and_joins_only_one_book(
    two_months: SimpleNamespace, log_in: Any
) -> None:
    t = two_months
    where = other_town(t, seed_book(in_force=LAST.start.isoformat()))
    response = log_in(t.county_clerk).get(reverse(PAGE))
    assert [(town.name, len(found)) for town, found in response.context["sections"]] == [
        ("安和镇", 1),
        ("石桥镇", 1),
    ]
    assert response.context["joined"] == []
    assert "各镇的规则书不同" in response.content.decode()
    panel = log_in(t.county_clerk).get(reverse("board:home"))
    assert [each.round for each in panel.context["town_rounds"]] == [
        Round.objects.get(town=t.town, period_start=LAST.start),
        where,
    ]
    own = {"unit": str(t.other_town.uuid)}
    assert len(log_in(t.county_clerk).get(reverse(PAGE), own).context["sections"]) == 1
    assert log_in(t.leader).get(reverse(PAGE), own).status_code == 404


def test_county_joins_towns_that_use_the_same_book(town: SimpleNamespace, log_in: Any) -> None:
    text = seed_book(in_force=LAST.start.isoformat())
    appraised.adopted(town, text)
    appraised.found(town, LAST)
    appraised.published(town, LAST)
    other_town(town, text)
    response = log_in(town.county_clerk).get(reverse(PAGE))
    (one,) = response.context["joined"]
    assert [(where.name, each.name, each.place) for _group, rows in one.groups for where, each in rows] == [
        ("安和镇", "西街社区", 1),
        ("石桥镇", "桥头社区", 1),
        ("安和镇", "东门社区", 3),
    ]
    assert "合并排名" in response.content.decode()


@pytest.mark.parametrize("page", ["board:home", PAGE])
def test_statements_do_not_grow_with_units(two_months: SimpleNamespace, log_in: Any, page: str) -> None:
    t = two_months
    client, url = log_in(t.leader), reverse(page)

    def count() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    few = count()
    for n in (3, 4):
        factories.unit(f"第{n}社区", "community", f"35059910000{n}", t.town)
    at = clock.now()
    new = appraisals.correct(
        where=Round.objects.get(period_start=LAST.start), ground="漏了", by=t.clerk, at=at
    )
    new = appraisals.show(where=new, by=t.clerk, at=at)
    appraisals.publish(where=new, by=t.clerk, at=new.appeals_until + timedelta(minutes=1))
    assert count() == few


# --- the little line -----------------------------------------------------------------------------------------


def test_line_breaks_where_a_unit_was_not_assessed_and_says_so() -> None:
    marks = [
        Mark(appraised.month(n), total, 1) for n, total in ((4, D(90)), (3, D(100)), (2, None), (1, D(95)))
    ]
    line = ranking.spark(marks, D(90), D(100))
    assert line.pieces == ("3.0,21.0 33.0,3.0",)
    assert line.dots == (("3.0", "21.0"), ("33.0", "3.0"), ("93.0", "12.0"))
    assert "未考核" in line.said


def test_line_of_one_month_or_of_equal_marks_lies_in_the_middle() -> None:
    assert ranking.spark([Mark(LAST, D(100), 1)], D(100), D(100)).dots == (("3.0", "12.0"),)
    assert ranking.spark([], D(0), D(0)).dots == ()
