"""What every page has in common: caches, refusals before any form, ways back, and what was typed is not lost."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories
from tests.factories import PASSWORD, Life, picture
from wenming.ground.evidence import states as photo_states
from wenming.ground.evidence.models import Photo
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case

HERE = {"HTTP_REFERER": "http://testserver/desk/cases/new/"}


@pytest.mark.parametrize("url", ["/desk/", "/desk/cases/", "/field/", "/notices/", "/desk/cases/export/"])
def test_pages_of_people_stay_in_no_cache(town: SimpleNamespace, log_in: Any, url: str) -> None:
    response = log_in(town.clerk).get(url)
    if response.streaming:
        b"".join(response.streaming_content)
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")


def test_photos_may_be_kept_by_the_browser_of_this_log_in(life: Life, log_in: Any) -> None:
    case = life.reported(photos=[factories.photo(life.t.inspector, life.t.town)])
    photo = Photo.objects.of(case.uuid).get()
    response = log_in(life.t.clerk).get(f"/photo/{photo.uuid}/page.jpg")
    assert response["Cache-Control"] == "private, max-age=3600"
    assert "Cookie" in response["Vary"]


def test_public_pages_may_be_cached(db: None) -> None:
    assert "Cache-Control" not in Client().get("/public/privacy/")


def test_a_stale_form_is_refused_in_chinese_with_what_was_typed(town: SimpleNamespace) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.clerk, backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(
        "/desk/cases/new/", {"description": "巷口<b>两处</b>垃圾", "password": "geheim-1"}, **HERE
    )
    text = response.content.decode()
    assert response.status_code == 403
    assert "没有提交成功" in text
    assert "巷口&lt;b&gt;两处&lt;/b&gt;垃圾" in text
    assert "geheim-1" not in text


def test_other_words_under_a_spent_key_are_not_passed_over(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    """The page that was sent back once comes up again with its old key: the verdict must not vanish."""
    case, client, key = life.verifying(), log_in(town.inspector), uuid.uuid4()
    path = f"/field/case/{case.uuid}/check/"
    back = {"key": key, "verdict": "send_back", "ground": "墙角还有残留", "sent_at": "2026-11-27T08:00:00Z"}
    assert client.post(path, back).status_code == 303
    assert client.post(path, back | {"sent_at": "2026-11-27T08:00:09Z"}).status_code == 302
    case = cases.hand_in(
        case=Case.objects.get(pk=case.pk),
        by=town.secretary,
        at=life.tick(),
        photos=[factories.photo(town.secretary, town.town, at=life.at)],
    )
    again = client.post(
        path,
        {"key": key, "verdict": "accept", "ground": "已经干净了"},
        HTTP_REFERER="http://testserver" + path,
    )
    assert again.status_code == 409
    page = again.content.decode()
    assert "这张表单已经提交过一次，这次填的与上次不同，没有办理" in page
    assert "已经干净了" in page
    assert "accept" not in page
    by_script = client.post(path, {"key": key, "verdict": "accept"}, headers={"Accept": "application/json"})
    assert (by_script.status_code, by_script.json()["code"]) == (409, "key_spent")
    case.refresh_from_db()
    assert (case.state, case.rework_count) == (states.VERIFYING, 1)


def test_what_the_phone_measures_anew_is_the_same_report(town: SimpleNamespace, log_in: Any) -> None:
    client, key = log_in(town.worker), uuid.uuid4()
    sent = {
        "key": key,
        "category": "06010",
        "description": "巷口两袋垃圾",
        "no_photo": "1",
        "accuracy_m": "12",
    }
    for measured in ({"lat": "24.9511", "lng": "118.3811"}, {"lat": "24.9513", "lng": "118.3815"}):
        answer = client.post("/field/report/", sent | measured, headers={"Accept": "application/json"})
        assert answer.status_code == 201, answer.content.decode()
    assert Case.objects.count() == 1


def test_a_foreign_site_cannot_put_words_into_our_page(town: SimpleNamespace) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.clerk, backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(
        "/desk/cases/new/", {"description": "请点这里"}, HTTP_REFERER="http://evil.example/"
    )
    assert response.status_code == 403
    assert "请点这里" not in response.content.decode()


def test_a_form_sent_after_the_log_in_ran_out_gives_back_the_words(town: SimpleNamespace) -> None:
    response = Client().post("/desk/cases/new/", {"description": "写了很久的一段话"}, **HERE)
    assert response.status_code == 403
    assert "写了很久的一段话" in response.content.decode()
    assert "/log-in/?next=%2Fdesk%2Fcases%2Fnew%2F" in response.content.decode()


def test_an_idle_form_gives_back_the_words_and_logs_out(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    session = client.session
    session["seen"] = 1
    session.save()
    response = client.post("/desk/cases/new/", {"description": "写了很久的一段话"}, **HERE)
    assert response.status_code == 403
    assert "写了很久的一段话" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_way_back_is_one_of_our_pages(life: Life, log_in: Any) -> None:
    case = life.closed()
    url, client = f"/field/case/{case.uuid}/sign/", log_in(life.t.secretary)
    ours = client.post(
        url, {"key": str(uuid.uuid4())}, HTTP_REFERER="http://testserver/field/"
    ).content.decode()
    assert 'href="http://testserver/field/"' in ours
    for foreign in ("http://evil.example/", "javascript:alert(1)"):
        assert (
            foreign not in client.post(url, {"key": str(uuid.uuid4())}, HTTP_REFERER=foreign).content.decode()
        )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"description": "长" * 3_000_000}, "文字太长"),
        ({f"f{n}": "1" for n in range(5001)}, "一次提交的项目太多"),
    ],
)
def test_too_much_is_refused_in_chinese(town: SimpleNamespace, data: dict[str, str], told: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.clerk, backend="django.contrib.auth.backends.ModelBackend")
    response = client.post("/desk/cases/new/", data, **HERE)
    assert response.status_code == 400
    assert told in response.content.decode()


def files(many: int) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"p{n}.jpg", picture(f"a{n}", seed=n), "image/jpeg") for n in range(many)]


def test_more_photos_than_a_form_takes_are_said_and_none_is_lost_silently(life: Life, log_in: Any) -> None:
    case, client = life.handling(), log_in(life.t.secretary)
    url = f"/desk/cases/{case.uuid}/hand_in/"
    response = client.post(url, {"measures": "已清理", "photos": files(12), "key": str(uuid.uuid4())})
    text = response.content.decode()
    assert response.status_code == 422
    assert "其余 3 张没有收" in text
    assert "已清理" in text
    kept = Photo.objects.kept().filter(by=life.t.secretary)
    assert kept.count() == text.count('name="photos_kept"') == 9
    again = {"measures": "已清理", "photos_kept": [str(one.uuid) for one in kept], "key": str(uuid.uuid4())}
    assert client.post(url, again).status_code == 303
    assert Photo.objects.of(case.uuid).filter(role=photo_states.AFTER).count() == 9


def test_rare_characters_and_wildcards_are_only_words(life: Life, log_in: Any) -> None:
    first = life.reported(description="𠮷祥里 100% 堆满😀")
    life.reported(description="别处垃圾")
    client = log_in(life.t.clerk)
    for words, numbers in (
        ("𠮷祥", [first.number]),
        ("%", [first.number]),
        ("_", []),
        ("😀", [first.number]),
    ):
        text = client.get("/desk/cases/", {"words": words}).content.decode()
        assert [one.number for one in Case.objects.order_by("id") if f">{one.number}<" in text] == numbers


def test_the_session_is_another_after_logging_in(town: SimpleNamespace) -> None:
    client = Client()
    client.get("/log-in/")
    session = client.session
    session["left"] = "1"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    response = client.post("/log-in/", {"username": town.clerk.phone, "password": PASSWORD})
    assert response.status_code == 302
    assert client.cookies["sessionid"].value != before


@pytest.mark.parametrize(
    "target", ["http://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example"]
)
def test_logging_in_leads_to_no_foreign_site(town: SimpleNamespace, target: str) -> None:
    response = Client().post("/log-in/", {"username": town.clerk.phone, "password": PASSWORD, "next": target})
    assert (response.status_code, response["Location"]) == (302, "/")
    response = Client().get("/public/large-type/", {"next": target})
    assert response["Location"] == "/public/"
