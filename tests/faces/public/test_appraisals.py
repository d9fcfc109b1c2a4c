"""The residents' page of appraisals: lists, rule books, dates; hints where there is nothing; nobody is named."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import appraised, factories
from tests.factories import Life, photo
from tests.outcomes.appraisals.conftest import seed_book
from wenming.common import clock
from wenming.ground.evidence import queries as evidence
from wenming.ground.people.models import Person
from wenming.outcomes.appraisals import actions as appraisals
from wenming.records.cases import actions as cases

LAST = appraised.month(1)
PAGE = "/public/appraisals/"


@pytest.fixture
def listed(town: SimpleNamespace) -> SimpleNamespace:
    """Last month published, its red and black list confirmed, a photo of the black place approved."""
    t = town
    t.book = appraised.adopted(t)
    t.life = Life(t, at=appraised.morning(LAST))
    t.fixed = t.life.closed(photos=[photo(t.inspector, t.town, at=t.life.at)])
    t.life.tick(24 * 60)
    t.life.handling()
    t.round = appraised.published(t, LAST)
    for board in ("red", "black"):
        appraised.confirmed(t, t.round, board)
    t.photo, *_ = evidence.of(t.fixed.uuid)
    cases.publish(case=t.fixed, by=t.clerk, at=clock.now(), note="已清理", photos_boxes={t.photo.uuid: []})
    return t


def test_page_is_open_and_hints_at_what_will_stand_there(client: Client, db: None) -> None:
    page = client.get(PAGE).content.decode()
    assert "还没有公布的考核" in page
    assert PAGE in client.get("/public/").content.decode()


def test_adopted_book_without_results_gives_rules_and_dates(client: Client, town: SimpleNamespace) -> None:
    book = appraised.adopted(town)
    page = client.get(PAGE).content.decode()
    for words in (
        "最近一期还没有确认的红榜",
        "现在没有单位在黑榜上",
        "社区创城月考核（样例）（2026.1）",
        "现行",
        "下一次考核",
    ):
        assert words in page
    assert reverse("public:rules", args=[book.uuid]) in page


def test_lists_tell_units_places_and_approved_photos(client: Client, listed: SimpleNamespace) -> None:
    t = listed
    page = client.get(PAGE).content.decode()
    red, _, black = page.partition("<h2>黑榜</h2>")
    assert "西街社区" in red
    assert "社区 第 1 名" in red
    assert "东门社区" not in red
    for words in (
        "东门社区",
        "建设巷 · 暴露垃圾",
        "✓ 已整改",
        "■ 未整改好",
        "社区 第 2 名",
        f"/photo/{t.photo.uuid}/public.jpg",
    ):
        assert words in black
    assert client.get(f"/photo/{t.photo.uuid}/public.jpg").status_code == 200
    assert page.count("public.jpg") == 1


def test_page_names_nobody_and_tells_no_ground_number_or_description(
    client: Client, listed: SimpleNamespace
) -> None:
    page = (
        client.get(PAGE).content.decode()
        + client.get(reverse("public:rules", args=[listed.book.uuid])).content.decode()
    )
    said = [*Person.objects.values_list("name", flat=True), *Person.objects.values_list("phone", flat=True)]
    assert [word for word in said if word in page] == []
    for words in ("镇长办公会", listed.fixed.number, listed.fixed.description, "page.jpg", "/desk/"):
        assert words not in page


def test_shown_round_tells_residents_nothing(client: Client, town: SimpleNamespace) -> None:
    appraised.adopted(town)
    appraised.found(town, LAST)
    appraised.shown(town, LAST)
    page = client.get(PAGE).content.decode()
    assert "东门社区" not in page
    assert "西街社区" not in page


def test_town_is_chosen_by_its_code(client: Client, listed: SimpleNamespace) -> None:
    t = listed
    office = factories.unit("石桥镇创城办", "office", "SQ-CCB", t.other_town, dept="civ_office")
    clerk = factories.person("林石桥", "13800000031", ("office_clerk", office))
    appraised.adopted(SimpleNamespace(town=t.other_town, clerk=clerk), seed_book("9", "2026-01-01"))
    assert client.get(PAGE).context["town"] == t.town
    page = client.get(PAGE, {"town": t.other_town.code})
    assert (page.context["town"], page.context["red"], page.context["black"]) == (t.other_town, [], [])
    for wrong in ("350599999", "\x00", t.east.code):
        assert client.get(PAGE, {"town": wrong}).status_code == 404


def test_rule_book_is_a_table_in_plain_words_with_its_day_of_force(
    client: Client, town: SimpleNamespace
) -> None:
    ahead = clock.local_date(clock.now()) + timedelta(days=30)
    book = appraised.adopted(town, seed_book("2", ahead.isoformat()))
    page = client.get(reverse("public:rules", args=[book.uuid])).content.decode()
    for words in (
        f"{ahead.year}年{ahead.month}月{ahead.day}日起施行（还没有施行）",
        "30 天内",
        "约谈主要负责人",
        book.digest[:16],
    ):
        assert words in page
    assert "种子规则" not in page


def test_drafts_and_contracts_are_not_there(client: Client, town: SimpleNamespace) -> None:
    draft = appraisals.write_book(town=town.town, text=seed_book(), by=town.clerk, at=clock.now())
    for key in (draft.uuid, uuid4()):
        assert client.get(reverse("public:rules", args=[key])).status_code == 404


def test_page_costs_the_same_with_more_units(client: Client, listed: SimpleNamespace) -> None:
    t = listed

    def count() -> int:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE)
        return len(asked)

    few = count()
    for n in (3, 4):
        factories.unit(f"第{n}社区", "community", f"35059910000{n}", t.town)
    at = clock.now()
    new = appraisals.correct(where=t.round, ground="漏了两个社区", by=t.clerk, at=at)
    new = appraisals.show(where=new, by=t.clerk, at=at)
    new = appraisals.publish(where=new, by=t.clerk, at=new.appeals_until + timedelta(minutes=1))
    for row in new.outcomes.filter(board="red", state="proposed"):
        appraisals.settle(outcome=row, confirmed=True, ground="第八条", by=t.leader, at=new.published_at)
    assert len(client.get(PAGE).context["red"]) == 3
    assert count() == few


@pytest.mark.parametrize("method", ["post", "put"])
def test_pages_only_read(client: Client, db: None, method: Any) -> None:
    assert getattr(client, method)(PAGE).status_code == 405
