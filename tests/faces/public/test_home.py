"""The public list: only what was moderated, no names, no staff copies; and 投诉建议."""

import io
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from tests import factories
from tests.factories import Life
from wenming.common import clock
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence import queries as photos
from wenming.ground.notices.models import Notice
from wenming.ground.people.models import Person
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case, Suggestion


def with_gps(seed: int = 3) -> bytes:
    """A JPEG as a phone writes it: time, place, device, and a comment."""
    image = Image.open(io.BytesIO(factories.picture("GPS", seed=seed)))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Huawei", "ANA-AN00"
    exif.get_ifd(0x8769)[0x9003] = "2026:11:16 09:00:00"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (24.0, 57.0, 0.0), "E", (118.0, 22.0, 48.0)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"secret")
    return out.getvalue()


def published(t: SimpleNamespace, life: Life, seed: int = 3) -> Case:
    before = evidence.store(data=with_gps(seed), name="a.jpg", by=t.inspector, at=life.at, town=t.town)
    case = life.closed(photos=[before])
    shown = {p.uuid: [[0.1, 0.1, 0.3, 0.3]] for p in photos.of(case.uuid)}
    return cases.publish(case=case, by=t.clerk, at=life.tick(), note="巷口已清理。", photos_boxes=shown)


def test_home_is_open_to_everybody(client: Client, db: None) -> None:
    answer = client.get("/public/")
    assert answer.status_code == 200
    for text in ("我要上报", "查进度", "投诉建议", "大字版", "还没有公开的办理结果"):
        assert text in answer.content.decode()
    assert client.get("/")["Location"] == "/public/"


def test_published_case_shows_places_and_no_person(client: Client, town: SimpleNamespace, life: Life) -> None:
    case, hidden = published(town, life), life.closed(place=town.market)
    page = client.get("/public/").content.decode()
    for text in ("建设巷", "暴露垃圾", "巷口已清理。", "整改前", "整改后", "已整改"):
        assert text in page
    assert case.description not in page
    assert hidden.number not in page
    assert "东门农贸市场" not in page
    said = [*Person.objects.values_list("name", flat=True), *Person.objects.values_list("phone", flat=True)]
    assert [word for word in said if word in page] == []
    assert "page.jpg" not in page


def test_public_copies_carry_no_exif(client: Client, town: SimpleNamespace, life: Life) -> None:
    case = published(town, life)
    for photo in photos.of(case.uuid):
        data = client.get(f"/photo/{photo.uuid}/public.jpg").content
        image = Image.open(io.BytesIO(data))
        assert dict(image.getexif()) == {}
        assert "comment" not in image.info
        assert b"Huawei" not in data


def test_covert_case_is_never_listed(client: Client, town: SimpleNamespace, life: Life) -> None:
    case = published(town, life)
    Case.objects.filter(pk=case.pk).update(covert=True)
    assert "还没有公开的办理结果" in client.get("/public/").content.decode()


def test_withdrawn_case_and_its_copies_are_gone(client: Client, town: SimpleNamespace, life: Life) -> None:
    case = published(town, life)
    keys = [p.uuid for p in photos.of(case.uuid)]
    cases.unpublish(case=case, by=town.clerk, at=life.tick())
    assert "还没有公开的办理结果" in client.get("/public/").content.decode()
    assert {client.get(f"/photo/{key}/public.jpg").status_code for key in keys} == {404}


def test_list_costs_the_same_at_one_and_three_rows(client: Client, town: SimpleNamespace, life: Life) -> None:
    counts = []
    for more in (1, 2):
        for n in range(more):
            published(town, life, seed=more * 10 + n)
        client.get("/public/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/public/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- 投诉建议 ----------------------------------------------------------------------------------------------


def test_suggestion_goes_to_the_county_alone(client: Client, town: SimpleNamespace, log_in: Any) -> None:
    answer = client.post(
        "/public/suggest/", {"key": str(uuid.uuid4()), "text": "少填几张表", "contact": "老李"}
    )
    made = Suggestion.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/public/suggest/{made.uuid}/")
    assert "已送达县创城办" in client.get(answer["Location"]).content.decode()
    for who in ("clerk", "director", "leader", "inspector", "admin", "auditor"):
        assert log_in(getattr(town, who)).get("/desk/suggestions/").status_code == 403
    county = log_in(town.county_clerk)
    assert "少填几张表" in county.get("/desk/suggestions/").content.decode()
    told = Notice.objects.filter(person=town.county_clerk).values_list("sentence", flat=True)
    assert list(told) == ["收到一条新的意见与投诉，请在 15 个工作日内答复"]


def test_answer_is_read_on_the_residents_page(client: Client, town: SimpleNamespace, log_in: Any) -> None:
    made = cases.suggestions.suggest(text="少填几张表", contact="", at=clock.now())
    county, path = log_in(town.county_clerk), f"/desk/suggestions/{made.uuid}/answer/"
    empty = county.post(path, {"key": str(uuid.uuid4()), "answer": " "})
    assert empty.status_code == 422
    assert log_in(town.clerk).post(path, {"answer": "x"}).status_code == 403
    assert county.post(path, {"key": str(uuid.uuid4()), "answer": "已减少两张表。"}).status_code == 303
    page = client.get(f"/public/suggest/{made.uuid}/").content.decode()
    assert "已减少两张表。" in page
    assert "何县办" not in page
    assert county.post(path, {"key": str(uuid.uuid4()), "answer": "再答"}).status_code == 409


def test_ten_suggestions_an_address_and_day(client: Client, town: SimpleNamespace) -> None:
    posted = [
        client.post("/public/suggest/", {"key": str(uuid.uuid4()), "text": f"意见{n}"}).status_code
        for n in range(11)
    ]
    assert posted == [303] * 10 + [429]
    assert Suggestion.objects.count() == 10


@pytest.mark.parametrize("text", ["", "  "])
def test_empty_suggestion_is_refused(client: Client, db: None, text: str) -> None:
    answer = client.post("/public/suggest/", {"key": str(uuid.uuid4()), "text": text})
    assert answer.status_code == 422
    assert "请写下您的意见或投诉" in answer.content.decode()


def test_rate_of_what_residents_reported_is_public(
    town: SimpleNamespace, client: Client, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handbook D20: 公开办理率, with numerator and denominator, from the ledger."""
    monkeypatch.setattr(clock, "now", lambda: factories.NOW + timedelta(days=5))
    assert "本月群众上报" not in client.get("/public/").content.decode()
    life.closed(by=None, source="public")
    life.handling(by=None, source="public", place=town.market)
    life.handling(description="督查发现的不在其中")
    page = client.get("/public/").content.decode()
    assert "本月群众上报 <b>2处</b>，到期应整改的整改率 <b>50.0%（1/2）</b>。" in page
