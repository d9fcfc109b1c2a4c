"""A resident reports without an account."""

import re
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.test import Client

from tests.faces.public.conftest import TEXT, upload
from wenming.faces.public.models import Tally
from wenming.ground.evidence.models import Photo
from wenming.records.cases import states
from wenming.records.cases.models import Case

Send = Callable[..., Any]


def test_report_gives_a_code_to_follow(client: Client, send: Send, town: SimpleNamespace) -> None:
    answer = send(client, contact="13912345678", address="公厕旁")
    case = Case.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/public/follow/?code={case.follow_code}&new=1")
    assert (case.source, case.state, case.unit, case.reporter, case.category, case.public) == (
        "public", states.REPORTED, town.east, None, "06010", False,
    )  # fmt: skip
    assert len(case.follow_code) == 8
    page = client.get(answer["Location"]).content.decode()
    assert case.follow_code in page
    assert "已收到" in page
    assert "13912345678" not in page


def test_same_form_twice_is_one_report(client: Client, send: Send) -> None:
    key = str(uuid.uuid4())
    first, second = send(client, key=key, script=True), send(client, key=key, script=True)
    assert first.json() == second.json()
    assert Case.objects.count() == 1
    assert Photo.objects.count() == 1


def test_form_that_fails_keeps_photo_and_words(client: Client, send: Send) -> None:
    key = str(uuid.uuid4())
    answer = send(client, key=key, unit="")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请选择在哪个社区（村）" in page
    assert TEXT in page
    kept = re.search(r'name="photos_kept" value="([0-9a-f-]{36})"', page)
    assert kept
    again = client.post(
        "/public/report/",
        {"key": key, "text": TEXT, "unit": "350599100001", "photos_kept": kept[1]},
    )
    assert again.status_code == 303
    assert [str(p.uuid) for p in Photo.objects.of(uuid.UUID(key))] == [kept[1]]


def test_words_not_understood_ask_for_the_category(client: Client, send: Send) -> None:
    answer = send(client, text="哦哦哦", script=True)
    assert list(answer.json()["errors"]) == ["category"]
    assert send(client, text="哦哦哦", category="06010").status_code == 303


def test_position_fills_in_the_community(client: Client, send: Send, town: SimpleNamespace) -> None:
    send(client, unit="", lat="24.9601", lng="118.3901")
    assert Case.objects.get().unit == town.west
    told = client.get("/public/report/ground/", {"lat": "24.9601", "lng": "118.3901"}).json()
    assert told == {"code": town.west.code, "name": "西街社区"}
    assert client.get("/public/report/ground/", {"lat": "1", "lng": "1"}).json() == {"code": "", "name": ""}


def test_towns_are_listed_apart(client: Client, town: SimpleNamespace) -> None:
    page = client.get("/public/report/").content.decode()
    assert re.findall(r'<optgroup label="(\w+镇)">', page) == ["安和镇", "石桥镇"]
    assert page.index("桥头社区") > page.index('label="石桥镇"')


def test_code_of_a_place_fills_in_the_place(client: Client, send: Send, town: SimpleNamespace) -> None:
    send(client, unit="", place=town.market.token)
    assert Case.objects.get().place == town.market


def test_robot_is_let_in_to_nothing(client: Client, send: Send) -> None:
    answer = send(client, website="http://spam.example")
    assert (answer.status_code, answer["Location"]) == (303, "/public/")
    assert (Case.objects.count(), Photo.objects.count()) == (0, 0)


def test_twenty_reports_an_address_and_day(client: Client, send: Send) -> None:
    for n in range(20):
        assert send(client, photos=upload(n)).status_code == 303
    refused = send(client, photos=upload(30))
    assert refused.status_code == 429
    assert "次数已经很多了" in refused.content.decode()
    assert (Case.objects.count(), Photo.objects.count()) == (20, 20)
    # Another address is not concerned.
    other = Client(REMOTE_ADDR="10.1.2.3")
    assert send(other, photos=upload(31)).status_code == 303


def test_address_is_kept_only_as_a_hash(client: Client, send: Send) -> None:
    send(client)
    row = Tally.objects.get()
    assert "127.0.0.1" not in row.address
    assert (row.count, len(row.address)) == (1, 32)


def test_large_type_stays(client: Client, db: None) -> None:
    answer = client.get("/public/large-type/", {"next": "/public/report/"})
    assert (answer.status_code, answer["Location"]) == (302, "/public/report/")
    assert '<body class="public big">' in client.get("/public/").content.decode()
    client.get("/public/large-type/")
    assert '<body class="public">' in client.get("/public/").content.decode()


def test_large_type_does_not_send_people_elsewhere(client: Client, db: None) -> None:
    assert client.get("/public/large-type/", {"next": "https://evil.example/"})["Location"] == "/public/"
