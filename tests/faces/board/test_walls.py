"""大屏: opened by its address alone, dead when revoked or expired, and it says nothing it should not."""

import uuid
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import Life
from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.board import actions
from wenming.faces.board.models import WallToken
from wenming.ground.audit.models import Record
from wenming.ground.people.models import Person

PAGES = ["board:wall", "board:wall-map", "board:wall-shapes"]


def today() -> date:
    return clock.local_date(clock.now())


@pytest.fixture
def wall(town: SimpleNamespace) -> WallToken:
    return actions.create(
        unit=town.town,
        label="一楼大厅",
        expires_on=today() + timedelta(days=30),
        by=town.director,
        at=clock.now(),
    )


def statuses(token: str) -> list[int]:
    return [Client().get(reverse(page, args=[token])).status_code for page in PAGES]


def test_the_address_opens_without_log_in(wall: WallToken) -> None:
    assert statuses(wall.token) == [200, 200, 200]
    assert len(wall.token) == 43
    response = Client().get(reverse("board:wall", args=[wall.token]))
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_unknown_revoked_and_expired_addresses_are_not_found(wall: WallToken, town: SimpleNamespace) -> None:
    assert statuses("x" * 43) == [404, 404, 404]
    WallToken.objects.filter(pk=wall.pk).update(expires_on=today())
    assert statuses(wall.token) == [200, 200, 200]
    WallToken.objects.filter(pk=wall.pk).update(expires_on=today() - timedelta(days=1))
    assert statuses(wall.token) == [404, 404, 404]
    WallToken.objects.filter(pk=wall.pk).update(expires_on=today())
    actions.revoke(wall=wall, by=town.director, at=clock.now())
    assert statuses(wall.token) == [404, 404, 404]


def test_wall_names_nobody_and_leads_nowhere(old_life: Life, wall: WallToken) -> None:
    for state in ("closed", "handling", "suspended", "verifying"):
        old_life.in_state(state)
    page = Client().get(reverse("board:wall", args=[wall.token])).content.decode()
    assert [name for name in Person.objects.values_list("name", flat=True) if name in page] == []
    assert [
        part for part in page.split("href=")[1:] if not part.startswith(('"#main"', '"data:', '"/static/'))
    ] == []
    assert "垃圾" not in page


def test_wall_map_tells_lights_and_nothing_else(old_life: Life, wall: WallToken) -> None:
    old_life.handling()
    hidden = old_life.reported(source="covert", covert=True)
    assert hidden.covert
    data = Client().get(reverse("board:wall-map", args=[wall.token])).json()
    assert [each["properties"] for each in data["features"]] == [{"light": "red"}]
    shapes = Client().get(reverse("board:wall-shapes", args=[wall.token])).json()
    assert {each["properties"]["name"] for each in shapes["features"]} == {""}


def test_wall_of_a_community_shows_only_it(life: Life, town: SimpleNamespace) -> None:
    made = actions.create(unit=town.west, label="西街", expires_on=today(), by=town.clerk, at=clock.now())
    life.handling()
    life.handling(place=town.west_lane, lead=town.west)
    data = Client().get(reverse("board:wall-map", args=[made.token])).json()
    assert [each["geometry"]["coordinates"] for each in data["features"]] == [[118.39, 24.96]]


def test_creating_and_revoking_are_in_the_history_without_the_token(
    wall: WallToken, town: SimpleNamespace
) -> None:
    actions.revoke(wall=wall, by=town.clerk, at=clock.now())
    rows = Record.objects.filter(subject_uuid=wall.uuid).order_by("id")
    assert [(row.deed, row.by_name, row.chain) for row in rows] == [
        ("wall.create", "李建国", town.town.chain), ("wall.revoke", "陈小雨", town.town.chain),
    ]  # fmt: skip
    assert [row for row in rows if wall.token in f"{row.sentence}{row.data}"] == []


def test_revoking_twice_is_a_conflict(wall: WallToken, town: SimpleNamespace) -> None:
    actions.revoke(wall=wall, by=town.director, at=clock.now())
    with pytest.raises(Conflict) as refused:
        actions.revoke(wall=wall, by=town.director, at=clock.now())
    assert refused.value.code == "wall_revoked"


@pytest.mark.parametrize(
    ("label", "days", "code", "field"),
    [
        (" ", 30, "wall_label", "label"),
        ("大厅", -1, "wall_expired", "expires_on"),
        ("大厅", 367, "wall_too_long", "expires_on"),
    ],
)
def test_bad_addresses_are_refused(
    town: SimpleNamespace, label: str, days: int, code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        actions.create(
            unit=town.town,
            label=label,
            expires_on=today() + timedelta(days=days),
            by=town.director,
            at=clock.now(),
        )
    assert (refused.value.code, refused.value.field) == (code, field)
    assert WallToken.objects.count() == 0


@pytest.mark.parametrize(
    "who",
    ["leader", "inspector", "secretary", "outsider", "worker", "admin", "auditor", "discipline", "cleaner"],
)
def test_only_the_office_hangs_a_wall(town: SimpleNamespace, wall: WallToken, log_in: Any, who: str) -> None:
    person = getattr(town, who)
    with pytest.raises(NotAllowed):
        actions.create(unit=town.town, label="大厅", expires_on=today(), by=person, at=clock.now())
    with pytest.raises(NotAllowed):
        actions.revoke(wall=wall, by=person, at=clock.now())
    assert log_in(person).get(reverse("board:walls")).status_code == 403
    assert log_in(person).post(reverse("board:wall-revoke", args=[wall.uuid])).status_code == 403
    wall.refresh_from_db()
    assert not wall.revoked


def test_office_makes_an_address_once_and_revokes_it(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.clerk), reverse("board:walls")
    form = {
        "key": str(uuid.uuid4()), "unit": str(town.town.uuid), "label": "指挥中心", "expires_on": str(today()),
    }  # fmt: skip
    assert [client.post(url, form).status_code for _ in range(2)] == [303, 302]
    made = WallToken.objects.get()
    assert (made.label, made.unit, made.created_by) == ("指挥中心", town.town, town.clerk)
    assert reverse("board:wall", args=[made.token]) in client.get(url).content.decode()
    response = client.post(reverse("board:wall-revoke", args=[made.uuid]), {"key": str(uuid.uuid4())})
    assert response.status_code == 303
    assert made.token not in client.get(url).content.decode()
    assert WallToken.objects.get().revoked


def test_form_with_errors_comes_back_with_what_was_typed(town: SimpleNamespace, log_in: Any) -> None:
    form = {
        "key": str(uuid.uuid4()),
        "unit": str(town.town.uuid),
        "label": "大厅",
        "expires_on": "2020-01-01",
    }
    response = log_in(town.clerk).post(reverse("board:walls"), form)
    assert response.status_code == 422
    assert "有效期不能早于今天" in response.content.decode()
    assert response.context["form"]["label"].value() == "大厅"
    form["unit"] = str(town.other_town.uuid)
    assert log_in(town.clerk).post(reverse("board:walls"), form).status_code == 422
    assert WallToken.objects.count() == 0
