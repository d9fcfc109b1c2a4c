"""People and posts: who may do what where, log-in, passwords, three administrators apart."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.factories import NOW, PASSWORD
from wenming.common.errors import Conflict, DomainError
from wenming.ground.people import actions, roles
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import LABELS, P
from wenming.ground.units import states as kinds


def fresh(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def test_permission_counts_for_the_unit_and_below(town: SimpleNamespace) -> None:
    assert town.secretary.may(P.CASE_READ, town.grid)
    assert not town.secretary.may(P.CASE_READ, town.west)
    assert not town.secretary.may(P.CASE_READ, town.town)


def test_office_acts_for_its_town(town: SimpleNamespace) -> None:
    assert town.clerk.may(P.CASE_DISPATCH, town.west)
    assert not town.clerk.may(P.CASE_DISPATCH, town.elsewhere)
    assert town.county_clerk.may(P.CASE_READ, town.elsewhere)
    assert town.clerk.paths(P.CASE_READ) == [town.town.path]


def test_post_counts_only_while_held(town: SimpleNamespace) -> None:
    today = datetime.now(UTC).date()
    late = factories.person("林代理", "13900000001")
    actions.give_post(
        person=late, role="community_secretary", unit=town.west, from_date=today + timedelta(days=2), at=NOW
    )
    assert not fresh(late).may(P.CASE_READ, town.west)
    post = actions.give_post(
        person=late,
        role="community_secretary",
        unit=town.east,
        from_date=date(2020, 1, 1),
        at=NOW,
        deputy=True,
    )
    assert fresh(late).may(P.CASE_READ, town.east)
    actions.end_post(post=post, on=today - timedelta(days=1), at=NOW)
    assert not fresh(late).may(P.CASE_READ, town.east)


def test_person_with_two_posts_may_do_both(town: SimpleNamespace) -> None:
    both = factories.person("双岗", "13900000002", ("grid_worker", town.grid), ("street_chief", town.west))
    assert both.may(P.CASE_HANDLE, town.west)
    assert both.may(P.CASE_HANDLE, town.grid)
    assert both.title(town.west) == "西街社区 街巷长"


@pytest.mark.parametrize("role", sorted(roles.SEPARATE))
def test_administrators_hold_nothing_else(town: SimpleNamespace, role: str) -> None:
    with pytest.raises(DomainError) as refused:
        actions.give_post(person=town.clerk, role=role, unit=town.county, from_date=date(2026, 1, 1), at=NOW)
    assert refused.value.code == "role_separate"
    admin = factories.person("新管理", "13900000003", (role, town.county))
    with pytest.raises(DomainError):
        actions.give_post(
            person=admin, role="office_clerk", unit=town.office, from_date=date(2026, 1, 1), at=NOW
        )


def test_role_needs_the_right_kind_of_unit(town: SimpleNamespace) -> None:
    with pytest.raises(DomainError) as refused:
        actions.give_post(
            person=town.clerk, role="community_secretary", unit=town.town, from_date=date(2026, 1, 1), at=NOW
        )
    assert refused.value.code == "role_unit"


def test_roles_and_permissions_are_complete() -> None:
    assert set(LABELS) == set(P)
    assert set(roles.AT) == set(roles.ROLES)
    assert {kind for kind_set in roles.AT.values() for kind in kind_set} <= set(dict(kinds.KINDS))
    used = {permission for role in roles.ROLES.values() for permission in role.permissions}
    assert used == set(P)
    handlers = {code for code, role in roles.ROLES.items() if P.CASE_HANDLE in role.permissions}
    # Whoever handles never dispatches; only the community may check what its own people found.
    assert not [code for code in handlers if P.CASE_DISPATCH in roles.ROLES[code].permissions]
    assert [code for code in handlers if P.CASE_VERIFY in roles.ROLES[code].permissions] == [
        "community_secretary"
    ]


@pytest.mark.parametrize("phone", ["1380000000", "23800000000", "1.38E+10", "138000000011", ""])
def test_wrong_phone_is_told(db: None, phone: str) -> None:
    with pytest.raises(DomainError) as refused:
        actions.add(name="王五", phone=phone, at=NOW)
    assert refused.value.field == "phone"


def test_phone_is_used_once(town: SimpleNamespace) -> None:
    with pytest.raises(Conflict):
        actions.add(name="重名", phone="138 0000 0001", at=NOW)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short1A", "至少 10 位"),
        ("alllowercase", "至少有三种"),
        ("Ab13800000002#", "手机号"),
        (PASSWORD, "不能与现在的口令相同"),
    ],
)
def test_weak_password_is_told(town: SimpleNamespace, password: str, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        actions.change_password(person=town.clerk, password=password, at=NOW)
    assert words in refused.value.message


def test_first_password_fits_the_policy_and_must_be_changed(town: SimpleNamespace) -> None:
    person, password = actions.add(name="新同志", phone="13900000009", at=NOW)
    assert person.must_change_password
    client = Client()
    client.post("/log-in/", {"username": "13900000009", "password": password})
    assert client.get("/desk/").headers["Location"] == "/password/"
    answer = client.post("/password/", {"password": "Xin-mima-2026", "again": "Xin-mima-2026"})
    assert answer.status_code == 302
    assert not fresh(person).must_change_password


def test_log_in_by_phone_and_lock_out(town: SimpleNamespace) -> None:
    client = Client()
    wrong = client.post("/log-in/", {"username": "13800000002", "password": "不对"})
    assert "手机号或口令不对" in wrong.content.decode()
    for _ in range(4):
        last = client.post("/log-in/", {"username": "13800000002", "password": "不对"})
    assert last.status_code == 429
    assert "锁定 15 分钟" in last.content.decode()
    locked = client.post("/log-in/", {"username": "13800000002", "password": PASSWORD})
    assert locked.status_code == 429


def test_idle_session_ends(town: SimpleNamespace, log_in: Any, settings: Any) -> None:
    client = log_in(town.clerk)
    assert client.get("/notices/").status_code == 200
    session = client.session
    session["seen"] -= settings.IDLE_MINUTES * 60 + 1
    session.save()
    answer = client.get("/notices/")
    assert answer.status_code == 302
    assert "idle=1" in answer.headers["Location"]
    assert client.get("/notices/").headers["Location"].startswith("/log-in/")


def test_switched_off_and_expired_accounts_are_out_at_once(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    actions.set_active(person=town.clerk, active=False, by=town.security, at=NOW)
    assert client.get("/notices/").headers["Location"].startswith("/log-in/")
    contractor = log_in(town.cleaner)
    Person.objects.filter(pk=town.cleaner.pk).update(expires_on=date(2020, 1, 1))
    assert contractor.get("/notices/").headers["Location"].startswith("/log-in/")


def test_nobody_switches_himself_off(town: SimpleNamespace) -> None:
    with pytest.raises(DomainError):
        actions.set_active(person=town.security, active=False, by=town.security, at=NOW)
