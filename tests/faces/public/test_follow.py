"""Following by code: plain words, no names, no guessing; one 不满意, one rating."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests.factories import Life, photo
from wenming.common import clock
from wenming.ground.evidence import queries as photos
from wenming.ground.people.models import Person
from wenming.records.cases import actions as cases
from wenming.records.cases import residents, states
from wenming.records.cases.models import Case

CONTACT = "13912345678"


@pytest.fixture
def mine(town: SimpleNamespace, life: Life) -> Case:
    """A resident's report that has been put right and accepted just now, by the ordinary deeds."""
    life.at = clock.now()
    case = cases.report(
        at=life.at, by=None, category="06010", description="公厕旁垃圾", unit=town.east, source="public",
        photos=[photo(None, town.town)], contact=CONTACT,
    )  # fmt: skip
    case = cases.register(case=case, by=town.clerk, at=life.at)
    case = cases.dispatch(case=case, by=town.clerk, at=life.at, lead=town.east, note="内部：老张去看")
    after = [photo(town.secretary, town.town)]
    case = cases.hand_in(case=case, by=town.secretary, at=life.at, photos=after, measures="王芳带队清理")
    return cases.accept(case=case, by=town.inspector, at=life.at, note="内部意见")


def post(client: Client, path: str, case: Case, **fields: Any) -> Any:
    data = {"key": str(uuid.uuid4()), "code": case.follow_code} | fields
    return client.post(f"/public/follow/{path}/", data)


def secrets(case: Case) -> list[str]:
    """Everything that must never be on a public page."""
    people = list(Person.objects.values_list("name", flat=True)) + list(
        Person.objects.values_list("phone", flat=True)
    )
    return [*people, CONTACT, "内部", case.measures, "核查通过，按期"]


def test_fixed_case_in_plain_words(client: Client, mine: Case) -> None:
    page = client.get("/public/follow/", {"code": mine.follow_code.lower()}).content.decode()
    for text in ("已整改", mine.number, "东门社区", "满意", "没有整改好？退回一次"):
        assert text in page
    assert [word for word in secrets(mine) if word in page] == []
    assert "/photo/" not in page  # nothing is approved yet


def test_after_photo_only_once_approved(client: Client, mine: Case, town: SimpleNamespace) -> None:
    after = photos.of(mine.uuid).get(role="after")
    assert client.get(f"/photo/{after.uuid}/public.jpg").status_code == 404
    cases.publish(
        case=mine, by=town.clerk, at=clock.now(), note="公厕旁已清理。", photos_boxes={after.uuid: []}
    )
    page = client.get("/public/follow/", {"code": mine.follow_code}).content.decode()
    assert f"/photo/{after.uuid}/public.jpg" in page
    before = photos.of(mine.uuid).get(role="before")
    assert str(before.uuid) not in page
    assert client.get(f"/photo/{after.uuid}/public.jpg").status_code == 200
    for size in ("thumb", "page", "strip"):
        assert client.get(f"/photo/{after.uuid}/{size}.jpg").status_code == 404


@pytest.mark.parametrize("state", [code for code, _ in states.STATES])
def test_every_state_has_plain_words(town: SimpleNamespace, life: Life, client: Client, state: str) -> None:
    case = life.in_state(state)
    Case.objects.filter(pk=case.pk).update(follow_code="ABCDEFGH", reporter=None)
    answer = client.get("/public/follow/", {"code": "ABCDEFGH"})
    page = answer.content.decode()
    told = residents.progress(Case.objects.get(pk=case.pk), clock.now())
    assert answer.status_code == 200
    assert f"<h1>{told.label}</h1>" in page
    assert [name for name in Person.objects.values_list("name", flat=True) if name in page] == []


def test_wrong_code_is_404_and_guessing_ends(client: Client, mine: Case) -> None:
    for n in range(30):
        answer = client.get("/public/follow/", {"code": f"WRNG{n:04d}"})
        assert answer.status_code == 404
    # After too many guesses a right code gets the very same answer as a wrong one.
    right = client.get("/public/follow/", {"code": mine.follow_code})
    wrong = client.get("/public/follow/", {"code": "WRNG9999"})
    assert right.status_code == 404
    assert right.content.replace(mine.follow_code.encode(), b"") == wrong.content.replace(b"WRNG9999", b"")
    assert post(client, "contest", mine, note="还有").status_code == 404
    assert (
        Client(REMOTE_ADDR="10.9.9.9").get("/public/follow/", {"code": mine.follow_code}).status_code == 200
    )


def test_right_code_never_counts(client: Client, mine: Case) -> None:
    assert {client.get("/public/follow/", {"code": mine.follow_code}).status_code for _ in range(40)} == {200}


def test_staff_reports_have_no_code(client: Client, life: Life) -> None:
    assert life.reported().follow_code == ""
    assert client.get("/public/follow/", {"code": "        "}).status_code == 200  # the empty form
    assert client.get("/public/follow/", {"code": "------"}).status_code == 404


def test_contest_once(client: Client, mine: Case) -> None:
    assert post(client, "contest", mine, note="").status_code == 422
    first = post(client, "contest", mine, note="墙角还有一袋")
    assert (first.status_code, first["Location"]) == (303, f"/public/follow/?code={mine.follow_code}")
    case = Case.objects.get(pk=mine.pk)
    assert (case.state, case.contested) == (states.VERIFYING, True)
    assert "已退回，正在重新核查" in client.get(first["Location"]).content.decode()
    second = post(client, "contest", mine, note="再退")
    assert second.status_code == 409
    assert Case.objects.get(pk=mine.pk).state == states.VERIFYING


def test_contest_needs_the_code(client: Client, mine: Case) -> None:
    answer = client.post(
        "/public/follow/contest/", {"code": "ABCDEFGH", "note": "x", "key": str(uuid.uuid4())}
    )
    assert answer.status_code == 404
    assert Case.objects.get(pk=mine.pk).state == states.CLOSED


def test_rating_once(client: Client, mine: Case) -> None:
    assert post(client, "rate", mine, rating="good").status_code == 303
    assert residents.rating(mine) == "good"
    page = client.get("/public/follow/", {"code": mine.follow_code}).content.decode()
    assert "您的评价：满意" in page
    assert post(client, "rate", mine, rating="bad").status_code == 409
    assert residents.rating(mine) == "good"
    assert post(client, "rate", mine, rating="nonsense").status_code == 422
