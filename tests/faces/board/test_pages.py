"""The pages: who may open them, what stands on them, and that nobody is named."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import Life
from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ledger import periods

PAGES = ["board:home", "board:compare", "board:ranking", "board:map", "board:shapes"]
READERS = [
    "director",
    "clerk",
    "inspector",
    "secretary",
    "leader",
    "outsider",
    "west_secretary",
    "county_clerk",
    "county_leader",
]
OTHERS = [
    "worker",
    "chief",
    "cleaner",
    "admin",
    "security",
    "auditor",
    "discipline",
    "partner",
    "street_chief",
]


def test_everybody_of_the_town_is_asked(town: SimpleNamespace) -> None:
    assert {each.pk for each in vars(town).values() if isinstance(each, Person)} == {
        getattr(town, name).pk for name in READERS + OTHERS
    }


@pytest.mark.parametrize("page", PAGES)
def test_readers_of_the_board_get_every_page_and_the_rest_none(
    town: SimpleNamespace, log_in: Any, page: str
) -> None:
    answers = {name: log_in(getattr(town, name)).get(reverse(page)).status_code for name in READERS + OTHERS}
    assert answers == dict.fromkeys(READERS, 200) | dict.fromkeys(OTHERS, 403)
    assert Client().get(reverse(page)).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_units_of_others_are_not_found(town: SimpleNamespace, log_in: Any, page: str) -> None:
    def status(person: Person, unit: Any) -> int:
        return log_in(person).get(reverse(page), {"unit": str(unit)}).status_code

    assert status(town.leader, town.other_town.uuid) == 404
    assert status(town.leader, town.county.uuid) == 404
    assert status(town.secretary, town.town.uuid) == 404
    assert status(town.secretary, town.west.uuid) == 404
    assert status(town.outsider, town.east.uuid) == 404
    assert status(town.leader, "not-a-unit") == 404
    assert status(town.leader, town.west.uuid) == 200
    assert status(town.county_clerk, town.other_town.uuid) == 200


def test_each_begins_at_home(town: SimpleNamespace, log_in: Any) -> None:
    scopes = {
        name: log_in(getattr(town, name)).get(reverse("board:home")).context["scope"].label
        for name in ("leader", "clerk", "secretary", "outsider", "county_clerk")
    }
    assert scopes == {
        "leader": "安和镇", "clerk": "安和镇", "secretary": "东门社区", "outsider": "桥头社区", "county_clerk": "平川县",
    }  # fmt: skip


def test_picker_offers_own_units(town: SimpleNamespace, log_in: Any) -> None:
    def offered(person: Person) -> list[str]:
        return [unit.label for unit in log_in(person).get(reverse("board:home")).context["units"]]

    assert offered(town.leader) == ["安和镇", "东门社区", "西街社区"]
    assert offered(town.county_clerk) == ["平川县", "安和镇", "石桥镇"]
    assert offered(town.secretary) == []


def test_period_switch_names_five_periods_and_marks_one(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.leader), reverse("board:home")
    choices = client.get(url).context["choices"]
    assert [(each.word, each.here) for each in choices] == [
        ("本周", True), ("上周", False), ("本月", False), ("本季", False), ("本年", False),
    ]  # fmt: skip
    month = periods.of(periods.MONTH, clock.local_date(clock.now()))
    assert client.get(url, {"period": month.key}).context["chosen"].word == "本月"
    other = client.get(url, {"period": "2025-02"}).context["choices"][-1]
    assert (other.word, other.before, other.here) == ("2025年2月", "前一月", True)
    assert client.get(url, {"period": "2025-01-01..2025-01-09"}).context["chosen"].before == "前一期"
    assert client.get(url, {"period": "nonsense"}).status_code == 422


def test_every_number_and_bar_opens_its_figure(old_life: Life, log_in: Any) -> None:
    old_life.closed()
    old_life.handling()
    year = periods.of(periods.YEAR, clock.local_date(clock.now())).key
    client = log_in(old_life.t.leader)
    response = client.get(reverse("board:home"), {"period": year})
    board, page = response.context["board"], response.content.decode()
    numbers = [(each.value.metric.code, old_life.t.town, each.url) for each in [*board.numbers, board.orders]]
    bars = [("in_time_rate", each.unit, each.url) for group in board.groups for each in group.bars]
    assert len(bars) == 1
    for code, unit, url in numbers + bars:
        assert url == f"{reverse('desk:metric', args=[code])}?unit={unit.uuid}&period={year}"
        assert f'href="{url.replace("&", "&amp;")}"' in page
        assert client.get(url).status_code == 200


def test_overdue_is_the_only_red(old_life: Life, log_in: Any) -> None:
    old_life.handling()
    client = log_in(old_life.t.leader)
    year = {"period": str(clock.local_date(clock.now()).year)}
    assert client.get(reverse("board:home"), year).content.decode().count("bd-number bd-red") == 1


@pytest.fixture
def full(old_life: Life) -> Life:
    for state in ("closed", "handling", "suspended", "verifying", "registered", "reported"):
        old_life.in_state(state)
    return old_life


@pytest.mark.parametrize("page", PAGES)
def test_no_person_is_named_on_the_board(full: Life, log_in: Any, page: str) -> None:
    response = log_in(full.t.leader).get(reverse(page), {"period": "2026"})
    said = response.content.decode()
    if response["Content-Type"] == "application/json":
        said = str(response.json())
    names = Person.objects.values_list("name", flat=True)
    assert [name for name in names if name in said] == []


def test_descriptions_stay_on_the_desk(full: Life, log_in: Any) -> None:
    for page in PAGES:
        response = log_in(full.t.leader).get(reverse(page))
        said = str(response.json()) if "json" in response["Content-Type"] else response.content.decode()
        assert "垃圾未清" not in said


def _statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


@pytest.mark.parametrize("page", ["board:home", "board:compare", "board:ranking"])
def test_statements_do_not_grow_with_cases(old_life: Life, log_in: Any, page: str) -> None:
    url, client = reverse(page), log_in(old_life.t.leader)
    for state in ("closed", "handling", "suspended"):
        old_life.in_state(state)
    client.get(url)
    few = _statements(client, url)
    for _ in range(2):
        for state in ("closed", "handling", "suspended"):
            old_life.in_state(state, lead=old_life.t.west)
    assert _statements(client, url) == few


def test_empty_town_says_what_will_appear(town: SimpleNamespace, log_in: Any) -> None:
    page = log_in(town.leader).get(reverse("board:home")).content.decode()
    assert "八周内还没有发现、整改的问题" in page
    assert "没有挂账和超期的问题" in page
    assert "无应整改：东门社区、西街社区" in page


def test_comparison_prints_rate_with_numerator_and_denominator(old_life: Life, log_in: Any) -> None:
    old_life.closed()
    old_life.handling()
    year = {"period": str(clock.local_date(clock.now()).year)}
    page = log_in(old_life.t.leader).get(reverse("board:compare"), year).content.decode()
    assert "<td>1/2</td>" in page
    assert "样本不足" in page
    assert "应整改不足 3 处的不排名" in page


def test_tile_service_is_named_only_with_a_key(town: SimpleNamespace, log_in: Any, settings: Any) -> None:
    client = log_in(town.leader)
    assert "data-tianditu" not in client.get(reverse("board:home")).content.decode()
    settings.TIANDITU_KEY = "0123abc"
    assert 'data-tianditu="0123abc"' in client.get(reverse("board:home")).content.decode()
