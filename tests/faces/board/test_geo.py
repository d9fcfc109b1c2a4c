"""The map: what may be seen, at which light, in few statements, as a grid where there are too many."""

import json
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import NOW, Life
from wenming.common import clock
from wenming.faces.board import geo
from wenming.ground.places import actions as places
from wenming.ledger import figures, periods
from wenming.records.cases import queries, states
from wenming.records.cases.models import Case


def features(client: Client, **query: Any) -> dict[str, Any]:
    response = client.get(reverse("board:map"), query)
    assert response.status_code == 200
    return json.loads(response.content)


def numbers(data: dict[str, Any]) -> list[str]:
    return sorted(each["properties"]["number"] for each in data["features"])


@pytest.mark.parametrize(
    "state", ["reported", "registered", "dispatched", "handling", "verifying", "suspended"]
)
def test_light_of_the_database_is_the_light_of_the_case(life: Life, state: str) -> None:
    case = life.in_state(state)
    due = case.due_at or clock.now()
    moments = [due - timedelta(days=30), due, due + timedelta(seconds=1)]
    if case.warn_at:
        moments += [case.warn_at - timedelta(seconds=1), case.warn_at]
    for at in moments:
        row = Case.objects.annotate(colour=geo.light(at)).get(pk=case.pk)
        assert row.colour == queries.light(case, at)


def test_a_point_says_number_place_category_deadline_and_links(life: Life, log_in: Any) -> None:
    case = life.handling()
    (feature,) = features(log_in(life.t.leader))["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [118.381, 24.951]}
    assert feature["properties"] == {
        "number": case.number, "place": "建设巷", "category": case.category_name, "state": "处置中",
        "due": clock.show_time(case.due_at), "light": "green", "url": reverse("desk:case-detail", args=[case.uuid]),
    }  # fmt: skip


def test_closed_covert_and_foreign_cases_are_absent(life: Life, log_in: Any) -> None:
    t = life.t
    seen = life.handling()
    life.closed()
    hidden = life.reported(source="covert", covert=True)
    assert hidden.covert
    foreign = Case.objects.get(pk=life.handling().pk)
    Case.objects.filter(pk=foreign.pk).update(town=t.other_town, unit=t.elsewhere, lead_unit=t.elsewhere)
    for person in (t.leader, t.director, t.inspector, t.clerk):
        assert numbers(features(log_in(person))) == [seen.number]
    assert numbers(features(log_in(t.county_clerk))) == sorted([seen.number, foreign.number])
    assert numbers(features(log_in(t.outsider))) == [foreign.number]


def test_in_hand_on_the_map_is_the_number_of_the_ledger(life: Life, log_in: Any) -> None:
    for state in (
        "reported",
        "registered",
        "dispatched",
        "handling",
        "returned",
        "verifying",
        "suspended",
        "closed",
    ):
        life.in_state(state)
    data = features(log_in(life.t.leader))
    at = clock.now()
    books = figures.value(
        "open", scope=life.t.town, period=periods.of(periods.WEEK, clock.local_date(at)), at=at
    )
    assert (data["total"], data["reported"], data["waiting"], data["suspended"]) == (7, 1, 1, 1)
    assert data["total"] - data["reported"] - data["waiting"] - data["suspended"] == books.number


def test_a_case_without_position_is_listed_without_geometry(life: Life, log_in: Any) -> None:
    life.handling(place=None, unit=life.t.east, address="东门菜场后巷")
    data = features(log_in(life.t.leader))
    assert [each["geometry"] for each in data["features"]] == [None]
    assert (data["nowhere"], data["features"][0]["properties"]["place"]) == (1, "东门社区")


def test_the_most_pressing_come_first(old_life: Life, log_in: Any) -> None:
    late = old_life.handling()
    fresh = Life(old_life.t, at=clock.now() - timedelta(hours=3))
    waiting, green = fresh.registered(), fresh.handling()
    data = features(log_in(old_life.t.leader))
    assert [each["properties"]["number"] for each in data["features"]] == [
        late.number, green.number, waiting.number,
    ]  # fmt: skip
    assert [each["properties"]["light"] for each in data["features"]] == ["red", "green", "still"]


def test_a_box_keeps_what_lies_in_it(life: Life, log_in: Any) -> None:
    inside = life.handling()
    life.handling(place=life.t.west_lane, lead=life.t.west)
    client = log_in(life.t.leader)
    assert numbers(features(client, box="118.38,24.95,118.385,24.955")) == [inside.number]
    assert len(features(client, box="no,box")["features"]) == 2


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("1,2,3,4", geo.Box(1, 2, 3, 4, 14)),
        ("1,2,3,4,8", geo.Box(1, 2, 3, 4, 8)),
        ("1,2,3,4,900", geo.Box(1, 2, 3, 4, 24)),
        ("3,2,1,4", None),
        ("1,2,3", None),
        ("1,2,nan,4", None),
        ("1,2,inf,4", None),
        ("", None),
    ],
)
def test_boxes_are_read_or_ignored(text: str, box: geo.Box | None) -> None:
    assert geo.box(text) == box


def test_too_many_are_counted_on_a_grid(life: Life, log_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        life.handling()
    life.handling(place=life.t.west_lane, lead=life.t.west)
    life.suspended(place=None, unit=life.t.east, address="无坐标")
    monkeypatch.setattr(geo, "MOST", 3)
    data = features(log_in(life.t.leader))
    assert data["grid"] is True
    assert sorted(each["properties"]["count"] for each in data["features"]) == [1, 3]
    assert (data["total"], data["nowhere"], data["suspended"]) == (5, 1, 1)
    part = features(log_in(life.t.leader), box="118.385,24.955,118.395,24.965")
    assert (part["grid"], part["total"]) == (False, 1)


def _count(client: Client, url: str) -> int:
    """Statements beyond session and person."""
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(
        [q for q in found if "django_session" not in q["sql"] and '"people_person"."id" = ' not in q["sql"]]
    )


def test_statements_at_one_and_three_cases_and_on_a_grid(
    life: Life, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, url = log_in(life.t.leader), reverse("board:map")
    life.handling()
    client.get(url)
    one = _count(client, url)
    life.handling()
    life.handling()
    assert _count(client, url) == one <= 5
    monkeypatch.setattr(geo, "MOST", 2)
    assert _count(client, url) == one + 1


def test_two_thousand_cost_no_more_statements(life: Life, log_in: Any) -> None:
    case = life.handling()
    fields = [field.attname for field in Case._meta.concrete_fields if field.attname != "id"]
    copies = []
    for n in range(geo.MOST):
        copy = Case(**{name: getattr(case, name) for name in fields})
        copy.uuid, copy.number, copy.lng = uuid.uuid4(), f"X{n}", 118.3 + n / 20000
        copies.append(copy)
    client, url = log_in(life.t.leader), reverse("board:map")
    Case.objects.bulk_create(copies[:-1])
    client.get(url)
    assert _count(client, url) <= 5
    assert len(features(client)["features"]) == geo.MOST
    Case.objects.bulk_create(copies[-1:])
    data = features(client)
    assert data["grid"] is True
    assert sum(each["properties"]["count"] for each in data["features"]) == geo.MOST + 1


def test_shapes_are_the_places_in_force_of_the_unit(town: SimpleNamespace, log_in: Any) -> None:
    ring = [[118.37, 24.94], [118.39, 24.94], [118.39, 24.96], [118.37, 24.94]]
    zone = {"type": "Polygon", "coordinates": [ring]}
    places.register(
        name="东门社区", kind="zone", unit=town.east, at=NOW, position_source="map", geometry=zone
    )
    response = log_in(town.secretary).get(reverse("board:shapes"))
    found = {each["properties"]["name"]: each["geometry"]["type"] for each in response.json()["features"]}
    assert found == {"东门农贸市场": "Point", "建设巷": "Point", "东门社区": "Polygon"}
    assert "max-age=300" in response["Cache-Control"]
    unnamed = geo.shapes(town.town, named=False)["features"]
    assert sorted(each["properties"]["name"] for each in unnamed) == ["", "", "", "东门社区"]


def test_every_open_state_is_on_the_map(life: Life) -> None:
    for state in states.OPEN:
        life.in_state(state)
    assert geo.seen_by_all(life.t.town).count() == len(states.OPEN)
