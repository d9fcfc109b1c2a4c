"""People and posts on the desk."""

import re
import uuid
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from axes.models import AccessAttempt

from tests.factories import NOW
from wenming.common import clock
from wenming.ground.audit.models import Record
from wenming.ground.people.models import Person, Post

ADD = {"name": "新网格员", "phone": "13900000001", "role": "grid_worker", "from_date": "2026-11-16"}


def post(client: Any, url: str, data: dict[str, Any] | None = None) -> Any:
    return client.post(url, {"key": str(uuid.uuid4())} | (data or {}))


def test_phones_are_masked(town: SimpleNamespace, log_in: Any) -> None:
    page = log_in(town.director).get("/desk/people/").content.decode()
    assert "138****0005" in page
    assert town.worker.phone not in page


def test_a_part_of_a_phone_finds_nobody(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    assert client.get("/desk/people/?q=1380000000").context["page"].paginator.count == 0
    assert [row[0] for row in client.get("/desk/people/?q=13800000005").context["rows"]] == [town.worker]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("role=inspector", ["周正"]), ("state=none", []), ("state=off", []),
        ("unit={east}", ["王芳", "刘强", "吴巷长"]), ("q=马丽", ["马丽"]),
    ],
)  # fmt: skip
def test_filters(query: str, names: list[str], town: SimpleNamespace, log_in: Any) -> None:
    page = log_in(town.director).get(f"/desk/people/?{query.format(east=town.east.uuid)}")
    assert sorted(person.name for person, _ in page.context["rows"]) == sorted(names)


def test_the_first_password_is_shown_exactly_once(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    response = post(client, "/desk/people/new/", ADD | {"unit": str(town.grid.uuid)})
    assert response.status_code == 303
    person = Person.objects.get(phone="13900000001")
    first = client.get(response["Location"])
    found = re.search(r"<code>([^<]+)</code>", first.content.decode())
    assert found
    assert person.check_password(found[1])
    assert "no-store" in first["Cache-Control"]
    assert "<code>" not in client.get(response["Location"]).content.decode()


def test_the_same_form_twice_is_one_person(town: SimpleNamespace, log_in: Any) -> None:
    client, data = log_in(town.clerk), ADD | {"unit": str(town.grid.uuid), "key": str(uuid.uuid4())}
    places = {client.post("/desk/people/new/", data)["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Person.objects.filter(phone="13900000001").count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"phone": "12345"}, "不是 11 位手机号"), ({"name": "甲"}, "姓名请填 2 到 30 个字"),
        ({"phone": "13800000005"}, "这个手机号已有账号，但姓名不是这个"), ({"role": "dept_contact"}, "不能设在网格"),
        ({"from_date": ""}, "这个字段是必填项"),
    ],
)  # fmt: skip
def test_bad_input_is_said_and_what_was_typed_stays(
    change: dict[str, str], words: str, town: SimpleNamespace, log_in: Any
) -> None:
    response = post(log_in(town.clerk), "/desk/people/new/", ADD | {"unit": str(town.grid.uuid)} | change)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert (ADD | change)["name"] in response.content.decode()
    assert not Person.objects.filter(phone="13900000001").exists()


@pytest.mark.parametrize("role", ["county_office", "system_admin", "office_director", "town_leader"])
def test_a_malicious_clerk_gets_nobody_above_himself(role: str, town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    for unit in (town.office, town.town):
        data = ADD | {"role": role, "unit": str(unit.uuid)}
        assert post(client, "/desk/people/new/", data).status_code in (403, 422)
        data = {"role": role, "unit": str(unit.uuid), "from_date": "2026-11-16"}
        assert post(client, f"/desk/people/{town.worker.uuid}/posts/new/", data).status_code in (403, 422)
    assert not Post.objects.filter(role=role, from_date=date(2026, 11, 16)).exists()


def test_a_malicious_clerk_reaches_neither_himself_nor_his_director_nor_another_town(
    town: SimpleNamespace, log_in: Any
) -> None:
    client = log_in(town.clerk)
    mine = {"role": "inspector", "unit": str(town.office.uuid), "from_date": "2026-11-16"}
    assert post(client, f"/desk/people/{town.clerk.uuid}/posts/new/", mine).status_code == 403
    assert (
        post(
            client, f"/desk/people/{town.clerk.uuid}/correct/", {"name": "陈小雨", "phone": "13911111111"}
        ).status_code
        == 403
    )
    assert (
        post(
            client, f"/desk/people/{town.director.uuid}/correct/", {"name": "李建国", "phone": "13911111111"}
        ).status_code
        == 403
    )
    chair = town.director.posts.get()
    assert (
        post(
            client, f"/desk/people/{town.director.uuid}/posts/{chair.pk}/end/", {"on": "2026-11-16"}
        ).status_code
        == 403
    )
    away = {"role": "community_secretary", "unit": str(town.elsewhere.uuid), "from_date": "2026-11-16"}
    assert post(client, f"/desk/people/{town.worker.uuid}/posts/new/", away).status_code in (403, 404, 422)
    for deed in ("reset", "off", "on", "unlock"):
        assert post(client, f"/desk/people/{town.worker.uuid}/security/{deed}/").status_code == 403
    town.director.refresh_from_db()
    town.clerk.refresh_from_db()
    assert (town.director.phone, town.clerk.phone) == ("13800000001", "13800000002")
    assert Post.objects.filter(person=town.clerk).count() == 1


def test_a_post_of_one_person_is_not_ended_through_another(town: SimpleNamespace, log_in: Any) -> None:
    theirs = town.secretary.posts.get()
    url = f"/desk/people/{town.worker.uuid}/posts/{theirs.pk}/end/"
    assert post(log_in(town.clerk), url, {"on": "2026-11-16"}).status_code == 404


def test_a_post_is_given_and_ended(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    data = {"role": "street_chief", "unit": str(town.east.uuid), "from_date": "2026-11-01", "deputy": "on"}
    assert post(client, f"/desk/people/{town.worker.uuid}/posts/new/", data).status_code == 303
    given = town.worker.posts.get(role="street_chief")
    assert given.deputy
    assert (
        post(
            client, f"/desk/people/{town.worker.uuid}/posts/{given.pk}/end/", {"on": "2026-10-01"}
        ).status_code
        == 422
    )
    assert (
        post(
            client, f"/desk/people/{town.worker.uuid}/posts/{given.pk}/end/", {"on": "2026-11-20"}
        ).status_code
        == 303
    )
    given.refresh_from_db()
    assert given.to_date == date(2026, 11, 20)


def test_security_resets_switches_off_and_unlocks(town: SimpleNamespace, log_in: Any, settings: Any) -> None:

    AccessAttempt.objects.create(
        username=town.worker.phone,
        failures_since_start=settings.AXES_FAILURE_LIMIT,
        ip_address="10.0.0.9",
        attempt_time=NOW,
    )
    client = log_in(town.security)
    url = f"/desk/people/{town.worker.uuid}/"
    assert "连续输错口令，已锁定" in client.get(url).content.decode()
    assert post(client, f"{url}security/unlock/").status_code == 303
    assert "连续输错口令" not in client.get(url).content.decode()
    assert post(client, f"{url}security/reset/").status_code == 303
    page = client.get(url).content.decode()
    shown = re.search(r"<code>([^<]+)</code>", page)
    town.worker.refresh_from_db()
    assert shown
    assert town.worker.check_password(shown[1])
    assert post(client, f"{url}security/off/").status_code == 303
    town.worker.refresh_from_db()
    assert not town.worker.is_active
    deeds = Record.objects.filter(subject_uuid=town.worker.uuid, by_id=town.security.pk).order_by("id")
    assert list(deeds.values_list("deed", flat=True)) == ["person.unlock", "person.reset", "person.active"]
    assert post(client, f"{url}security/nonsense/").status_code == 404


def test_security_neither_makes_people_nor_touches_himself(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.security)
    assert post(client, "/desk/people/new/", ADD | {"unit": str(town.grid.uuid)}).status_code == 403
    assert post(client, f"/desk/people/{town.security.uuid}/security/off/").status_code == 403


def test_the_three_administrators_are_shown_apart(town: SimpleNamespace, log_in: Any) -> None:
    found = log_in(town.auditor).get("/desk/people/").context["administrators"]
    assert [(name, [post.person.name for post in posts]) for name, posts in found] == [
        ("系统管理员", ["系管员"]), ("安全管理员", ["安管员"]), ("审计管理员", ["审管员"]),
    ]  # fmt: skip


def test_today_decides_which_posts_count(town: SimpleNamespace, log_in: Any) -> None:
    today = clock.local_date(clock.now())
    Post.objects.filter(person=town.inspector).update(to_date=date(2026, 1, 1))
    client = log_in(town.director)
    rows = client.get("/desk/people/?state=none").context["rows"]
    assert [(person.name, posts) for person, posts in rows] == [("周正", [])]
    assert today > date(2026, 1, 1)
