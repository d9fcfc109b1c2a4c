"""Who may open which page: the whole table; nobody gets half a page."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories

LEDGER = {
    "director",
    "clerk",
    "inspector",
    "secretary",
    "leader",
    "county_clerk",
    "county_leader",
    "auditor",
    "discipline",
    "west_secretary",
}
UNITS = {"director", "clerk", "county_clerk", "admin"}
PEOPLE = {"director", "clerk", "admin", "security", "auditor"}
EDIT_PEOPLE = {"director", "clerk", "admin"}
PLACES_EDIT = {"director", "clerk", "secretary", "west_secretary"}
STANDARDS_EDIT = {"director", "county_clerk", "admin"}
CALENDAR = {"director", "clerk", "county_clerk", "admin"}
EVERYBODY = {
    "director", "clerk", "inspector", "secretary", "worker", "chief", "leader", "outsider", "cleaner", "west_secretary",
    "county_clerk", "county_leader", "admin", "security", "auditor", "discipline", "partner", "street_chief",
}  # fmt: skip
NO_PLACES = {"admin", "security", "auditor", "discipline"}
PAGES = {
    "/desk/ledger/": LEDGER | {"outsider"},
    "/desk/ledger/metrics/": LEDGER | {"outsider"},
    "/desk/ledger/metrics.xlsx": LEDGER | {"outsider"},
    "/desk/ledger/metrics/in_time_rate/export.xlsx": LEDGER | {"outsider"},
    "/desk/ledger/metrics/in_time_rate/": LEDGER | {"outsider"},
    "/desk/ledger/burden/": LEDGER | {"outsider"},
    "/desk/ledger/journal/": LEDGER | {"outsider"},
    "/desk/ledger/journal.xlsx": LEDGER | {"outsider"},
    "/desk/units/": UNITS,
    "/desk/units/new/": UNITS,
    "/desk/units/export.xlsx": UNITS,
    "/desk/people/": PEOPLE,
    "/desk/people/roles/": PEOPLE,
    "/desk/people/new/": EDIT_PEOPLE,
    "/desk/places/": EVERYBODY - NO_PLACES,
    "/desk/places/codes/": EVERYBODY - NO_PLACES,
    "/desk/places/new/": PLACES_EDIT | {"outsider"},
    "/desk/places/shapes.json": PLACES_EDIT | {"outsider"},
    "/desk/calendar/": CALENDAR,
    "/desk/calendar/2026/10/": CALENDAR,
    "/desk/calendar/day/": CALENDAR,
    "/desk/calendar/hours/": CALENDAR,
    "/desk/calendar/markets/": CALENDAR,
    "/desk/standards/": STANDARDS_EDIT | PLACES_EDIT | {"outsider"},
    "/desk/standards/categories/": STANDARDS_EDIT | PLACES_EDIT | {"outsider"},
    "/desk/standards/categories/06010/": STANDARDS_EDIT | PLACES_EDIT | {"outsider"},
    "/desk/standards/points/": STANDARDS_EDIT | PLACES_EDIT | {"outsider"},
    "/desk/standards/points/road_main/": STANDARDS_EDIT | PLACES_EDIT | {"outsider"},
    "/desk/standards/ladder/": STANDARDS_EDIT | PLACES_EDIT | {"outsider"},
    "/desk/standards/load/": STANDARDS_EDIT,
    "/desk/history/": {"auditor"},
    "/desk/history/export.xlsx": {"auditor"},
    "/desk/jobs/": {"admin"},
}  # fmt: skip


def test_every_role_opens_exactly_its_pages(town: SimpleNamespace, log_in: Any) -> None:
    wrong = []
    for name in sorted(EVERYBODY):
        client = log_in(getattr(town, name))
        for url, allowed in PAGES.items():
            wanted = 200 if name in allowed else 403
            response = client.get(url)
            if response.streaming:
                b"".join(response.streaming_content)
            if response.status_code != wanted:
                wrong.append((name, url, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("url", PAGES)
def test_nobody_opens_a_page_without_logging_in(db: None, url: str) -> None:
    response = Client().get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/log-in/")


@pytest.mark.parametrize(
    "url",
    ["/desk/units/{unit}/", "/desk/units/{unit}/change/", "/desk/units/{unit}/dissolve/", "/desk/people/{person}/",
     "/desk/people/{person}/correct/", "/desk/people/{person}/posts/new/"],
)  # fmt: skip
def test_things_of_another_town_are_not_there(url: str, town: SimpleNamespace, log_in: Any) -> None:
    address = url.format(unit=town.elsewhere.uuid, person=town.outsider.uuid)
    assert log_in(town.clerk).get(address).status_code == 404


def test_a_strangers_scope_is_not_there(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.secretary)
    assert client.get(f"/desk/ledger/?unit={town.east.uuid}").status_code == 200
    for unit in (town.west, town.town, town.other_town):
        assert client.get(f"/desk/ledger/?unit={unit.uuid}").status_code == 404
        assert client.get(f"/desk/ledger/journal/?unit={unit.uuid}").status_code == 404
    assert client.get("/desk/ledger/?unit=nonsense").status_code == 404


def test_lists_cost_the_same_with_one_row_and_with_three(
    town: SimpleNamespace, life: Any, log_in: Any
) -> None:

    director, auditor, admin = log_in(town.director), log_in(town.auditor), log_in(town.admin)
    pages = [
        (director, "/desk/ledger/journal/?account=case.reported"), (director, "/desk/ledger/metrics/found/?period=2026-11"),
        (director, "/desk/ledger/metrics/?all=1"), (director, "/desk/ledger/metrics/fix_rate/?period=2026-11"),
        (director, "/desk/ledger/burden/?period=2026-11"),
        (director, "/desk/ledger/"), (auditor, "/desk/history/?kind=case"), (director, f"/desk/units/?q={town.east.code[:9]}"),
        (director, "/desk/people/"), (director, "/desk/places/"), (admin, "/desk/jobs/"),
    ]  # fmt: skip
    life.closed()
    first = []
    for client, url in pages:
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        first.append(len(found))
    life.closed(category="06036")
    life.closed()

    for n in range(3):
        factories.person(f"新人{'甲乙丙'[n]}", f"1390000000{n}", ("grid_worker", town.grid))
        factories.place(f"新巷{n}", town.east, kind="lane")
    second = []
    for client, url in pages:
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        second.append(len(found))
    assert second == first
