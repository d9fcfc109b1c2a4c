from types import SimpleNamespace

from tests.common.sheet_rows import read, told
from tests.factories import NOW
from wenming.ground.audit.models import Record
from wenming.ground.people import importing
from wenming.ground.people.models import Person

T = importing.TEMPLATE
LIN = {
    "name": "林静",
    "phone": "13900001111",
    "unit": "西街社区",
    "role": "社区（村）书记",
    "title": "党支部书记",
}


def test_run_adds_people_with_posts_and_tells_first_passwords_once(town: SimpleNamespace) -> None:
    rows = [LIN, LIN | {"unit": "安和镇创城办", "role": "督查组", "title": ""}]
    checked = importing.check(read(T, *rows), by=town.director)
    assert told(checked) == []
    done = importing.run(checked, by=town.director, at=NOW)
    assert done.to_json() == {"created": 1, "changed": 1, "unchanged": 0}
    [(name, phone, password)] = done.told
    lin = Person.objects.get(phone="13900001111")
    assert (name, phone, lin.check_password(password), lin.must_change_password) == (
        "林静",
        "13900001111",
        True,
        True,
    )
    assert [(post.unit.name, post.role, post.label) for post in lin.posts.order_by("id")] == [
        ("西街社区", "community_secretary", "党支部书记"),
        ("安和镇创城办", "inspector", "督查组"),
    ]


def test_run_again_changes_nothing(town: SimpleNamespace) -> None:
    importing.run(importing.check(read(T, LIN)), by=None, at=NOW)
    written = Record.objects.count()
    done = importing.run(importing.check(read(T, LIN)), by=None, at=NOW)
    assert (done.to_json(), done.told) == ({"created": 0, "changed": 0, "unchanged": 1}, [])
    assert Record.objects.count() == written


def test_check_finds_every_fault_at_once(town: SimpleNamespace) -> None:
    rows = [
        LIN | {"phone": "1390000111"},
        LIN | {"phone": "13800000004"},
        LIN | {"phone": "13900001113", "unit": "哪里社区"},
        LIN | {"phone": "13900001114", "unit": "安和城管站"},
        LIN | {"phone": "13900001115", "role": "总管"},
        LIN | {"phone": "13900001116", "from_date": "2026-05-01", "to_date": "2026-04-01"},
        LIN | {"phone": "13900001117", "name": "林"},
        LIN | {"phone": "13900001118"},
        LIN | {"phone": "13900001118"},
        LIN | {"phone": "13900001119"},
        LIN | {"phone": "13900001119", "name": "陈静", "unit": "东门社区"},
    ]
    checked = importing.check(read(T, *rows))
    assert [(fault.row, fault.column) for fault in checked.in_order()] == [
        (2, "手机号"), (3, "姓名"), (4, "单位"), (5, "角色"), (6, "角色"), (7, "止"), (8, "姓名"), (10, "手机号"), (12, "姓名"),
    ]  # fmt: skip
    assert [row.number for row in checked.good] == [9, 11]


def test_check_keeps_the_three_administrators_apart(town: SimpleNamespace) -> None:
    admin = {"name": "林静", "phone": "13900001111", "unit": "平川县", "role": "系统管理员"}
    checked = importing.check(read(T, admin, admin | {"role": "审计管理员"}))
    assert told(checked) == [
        "第 3 行「角色」：系统、安全、审计管理员三权分立，不能兼任其他岗位，请另选人员。"
    ]


def test_check_lets_nobody_make_administrators_but_the_system_administrator(town: SimpleNamespace) -> None:
    row = {"name": "林静", "phone": "13900001111", "unit": "安和镇", "role": "系统管理员"}
    assert told(importing.check(read(T, row), by=town.director)) == [
        "第 2 行「角色」：「系统管理员」是县级岗位，只能由县系统管理员设置。"
    ]
    assert told(importing.check(read(T, row), by=town.admin)) == []


def test_check_keeps_a_town_out_of_other_towns(town: SimpleNamespace) -> None:
    checked = importing.check(read(T, LIN | {"unit": "桥头社区"}), by=town.director)
    assert told(checked) == ["第 2 行「角色」：「桥头社区」不在您的管理范围内，请联系系统管理员。"]
