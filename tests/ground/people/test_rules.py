"""Who may give which post: role × role, and everything a malicious clerk would try."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests import factories
from tests.factories import NOW
from wenming.common.errors import Conflict, NotAllowed
from wenming.ground.audit.models import Record
from wenming.ground.people import guarded, roles, rules
from wenming.ground.people.models import Person, Post

TOWN_ROLES = {
    "town_leader": "town", "office_director": "office", "office_clerk": "office", "inspector": "office",
    "community_secretary": "east", "street_chief": "east", "grid_worker": "grid", "dept_contact": "chengguan",
    "partner_contact": "partner_unit", "contractor": "cleaning",
}  # fmt: skip
COUNTY = {
    "county_office": "county_office", "county_leader": "county", "discipline": "county", "system_admin": "county", "security_admin": "county",
    "audit_admin": "county",
}  # fmt: skip


def test_every_role_has_a_rank() -> None:
    assert set(rules.RANK) == set(roles.ROLES)
    assert set(TOWN_ROLES) | set(COUNTY) == set(roles.ROLES)


@pytest.mark.parametrize(
    ("giver", "may"),
    [
        ("clerk", set(TOWN_ROLES) - {"town_leader", "office_director"}),
        ("director", set(TOWN_ROLES) - {"town_leader"}),
        ("admin", set(TOWN_ROLES) | set(COUNTY)),
        ("county_clerk", set()),
        ("security", set()),
        ("auditor", set()),
        ("secretary", set()),
    ],
)
def test_who_gives_which_role(giver: str, may: set[str], town: SimpleNamespace) -> None:
    by, other = getattr(town, giver), town.cleaner
    found = {
        role for role, where in (TOWN_ROLES | COUNTY).items()
        if rules.why_not_give(by, other, role, getattr(town, where)) is None
    }  # fmt: skip
    assert found == may


@pytest.mark.parametrize("role", sorted(COUNTY))
def test_a_county_role_at_an_own_office_is_refused_to_a_clerk(role: str, town: SimpleNamespace) -> None:
    """The office of the town is an office too, and a town may hold an administrator: both are ways up."""
    for where in (town.office, town.town):
        assert rules.why_not_give(town.clerk, town.cleaner, role, where) is not None
        assert rules.why_not_give(town.director, town.cleaner, role, where) is not None


def test_a_towns_administrator_gives_no_county_roles(town: SimpleNamespace) -> None:
    local = factories.person("镇系管", "13800000077", ("system_admin", town.town))
    assert rules.why_not_give(local, town.cleaner, "town_leader", town.town) is None
    for role in COUNTY:
        assert rules.why_not_give(local, town.cleaner, role, town.town) is not None


def test_nobody_gives_himself_anything(town: SimpleNamespace) -> None:
    for name in ("clerk", "director", "admin"):
        by = getattr(town, name)
        assert rules.why_not_give(by, by, "grid_worker", town.grid) is not None
        assert rules.why_not_correct(by, by) is not None
    assert rules.why_not_secure(town.security, town.security) is not None


def test_an_administrator_who_gives_himself_work_is_refused_by_the_deed(town: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed) as refused:
        guarded.give_post(
            by=town.admin,
            at=NOW,
            person=town.admin,
            role="office_director",
            unit=town.office,
            from_date=NOW.date(),
        )
    assert refused.value.code == "people_not_allowed"
    assert Post.objects.filter(person=town.admin).count() == 1


def test_another_town_is_out_of_reach(town: SimpleNamespace) -> None:
    assert rules.why_not_give(town.clerk, town.outsider, "community_secretary", town.elsewhere) is not None
    assert rules.why_not_correct(town.clerk, town.outsider) is not None
    assert rules.why_not_end(town.clerk, Post.objects.get(person=town.outsider)) is not None


@pytest.mark.parametrize(
    ("giver", "person", "may"),
    [
        ("clerk", "worker", True), ("clerk", "inspector", True), ("clerk", "director", False), ("clerk", "leader", False),
        ("clerk", "admin", False), ("clerk", "outsider", False), ("director", "clerk", True), ("director", "leader", False),
        ("admin", "leader", True), ("admin", "security", True), ("security", "worker", False), ("auditor", "worker", False),
    ],
)  # fmt: skip
def test_who_corrects_whom(giver: str, person: str, may: bool, town: SimpleNamespace) -> None:
    assert (rules.why_not_correct(getattr(town, giver), getattr(town, person)) is None) is may


def test_a_post_elsewhere_protects_the_person(town: SimpleNamespace) -> None:
    """Otherwise a clerk could take over an account of the county by changing its phone number."""
    both = factories.person(
        "两头忙", "13800000078", ("grid_worker", town.grid), ("community_secretary", town.elsewhere)
    )
    assert rules.why_not_correct(town.clerk, both) is not None
    assert rules.why_not_correct(town.admin, both) is None


@pytest.mark.parametrize(
    ("name", "may"), [("security", True), ("admin", False), ("auditor", False), ("director", False)]
)
def test_security_deeds_belong_to_one_administrator(name: str, may: bool, town: SimpleNamespace) -> None:
    by = getattr(town, name)
    assert (rules.why_not_secure(by, town.worker) is None) is may
    if not may:
        with pytest.raises(NotAllowed):
            guarded.reset_password(by=by, at=NOW, person=town.worker)
        with pytest.raises(NotAllowed):
            guarded.set_active(by=by, at=NOW, person=town.worker, active=False)
        with pytest.raises(NotAllowed):
            guarded.unlock(by=by, at=NOW, person=town.worker)


def test_a_towns_security_does_not_reach_the_county(town: SimpleNamespace) -> None:
    local = factories.person("镇安管", "13800000079", ("security_admin", town.town))
    assert rules.why_not_secure(local, town.worker) is None
    for person in (town.admin, town.security, town.county_clerk, town.outsider):
        assert rules.why_not_secure(local, person) is not None


def test_who_sees_whom(town: SimpleNamespace) -> None:
    nobody = factories.person("新来的", "13800000080")
    seen = set(rules.visible_to(town.clerk))
    assert town.worker in seen
    assert town.outsider not in seen
    assert town.admin not in seen
    assert nobody not in seen
    assert nobody in set(rules.visible_to(town.security))
    assert set(rules.visible_to(town.secretary)) == set()


def enlist(town: SimpleNamespace, **more: Any) -> tuple[Person, str]:
    given = {
        "name": "新网格员",
        "phone": "13900000001",
        "role": "grid_worker",
        "unit": town.grid,
        "from_date": NOW.date(),
    }
    return guarded.enlist(by=town.clerk, at=NOW, **(given | more))


def test_enlisting_gives_an_account_a_post_and_a_password(town: SimpleNamespace) -> None:
    person, password = enlist(town)
    assert person.check_password(password)
    assert person.must_change_password
    assert [(post.role, post.unit) for post in person.posts.all()] == [("grid_worker", town.grid)]


def test_enlisting_somebody_known_adds_the_post_only(town: SimpleNamespace) -> None:
    person, password = enlist(town, name="赵外镇", phone=town.outsider.phone)
    assert (person, password) == (town.outsider, "")
    assert person.posts.count() == 2


def test_a_phone_does_not_tell_whose_it_is(town: SimpleNamespace) -> None:
    with pytest.raises(Conflict) as refused:
        enlist(town, phone=town.outsider.phone)
    assert town.outsider.name not in refused.value.message


def test_a_refused_post_leaves_no_account_behind(town: SimpleNamespace) -> None:
    before = (Person.objects.count(), Record.objects.count())
    with pytest.raises(NotAllowed):
        enlist(town, role="county_office", unit=town.office)
    assert (Person.objects.count(), Record.objects.count()) == before


def test_nobody_dissolves_the_top_of_his_scope(town: SimpleNamespace) -> None:
    assert rules.why_not_dissolve(town.clerk, town.town) is not None
    assert rules.why_not_dissolve(town.clerk, town.elsewhere) is not None
    assert rules.why_not_dissolve(town.clerk, town.east) is None
    assert rules.why_not_dissolve(town.county_clerk, town.town) is None
