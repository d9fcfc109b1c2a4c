"""`wenming init`: tables, packs, static files, and in an empty database the first units and administrators."""

import argparse
from datetime import datetime
from typing import Any

from django.core.management import call_command
from django.db import transaction

from wenming.cli import packs, static
from wenming.cli.terminal import say
from wenming.common import clock
from wenming.common.errors import Conflict, DomainError
from wenming.ground.people import actions as people
from wenming.ground.people.models import Person
from wenming.ground.units import actions as units
from wenming.ground.units.models import Unit

_ADMINISTRATORS = (
    ("system_admin", "系统管理员"),
    ("security_admin", "安全管理员"),
    ("audit_admin", "审计管理员"),
)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Safe to run again. Raises DomainError."""
    at = clock.now()
    prepare(at=at)
    accounts: list[dict[str, str]] = []
    empty = not Unit.objects.exists() and not Person.objects.exists()
    if args.county or args.phones:
        if not empty:
            raise Conflict(
                "not_empty",
                "库里已有单位或人员，没有再建。要增加单位、人员，请登录后办理或用 wenming import。",
            )
        accounts = _first(args, at)
    elif empty:
        say("库已建好，还没有单位和人员。请运行：")
        say(
            "  wenming init --county 平川县 --code 350599 --town 安和镇 --town-code 350599100 --phones 手机号 手机号 手机号"
        )
    for account in accounts:
        say(
            f"{account['role']}　{account['phone']}　初始口令 {account['password']}（只显示这一次，首次登录须修改）"
        )
    return {"accounts": accounts, "units": Unit.objects.count(), "people": Person.objects.count()}


def prepare(*, at: datetime) -> None:
    """Tables, packs and static files, as far as they are missing or old."""
    say("正在建立数据库 …")
    call_command("migrate", interactive=False, verbosity=0)
    for title, new in packs.load_all(at=at):
        if new:
            say(f"装入规则包：{title}")
    static.gather_if_stale()


def _first(args: argparse.Namespace, at: datetime) -> list[dict[str, str]]:
    if not (args.county and args.code and args.phones):
        raise DomainError(
            "init_incomplete",
            "请同时写明 --county、--code 和 --phones（系统、安全、审计三位管理员的手机号）。",
        )
    if args.town and not args.town_code:
        raise DomainError("init_incomplete", "写了 --town 就要写 --town-code（9 位）。")
    if len(set(args.phones)) != len(_ADMINISTRATORS):
        raise DomainError("init_phones", "三类管理员三权分立，要用三个不同的手机号。")
    today, accounts = clock.local_date(at), []
    with transaction.atomic():
        county = units.create(
            name=args.county, kind="county", code=args.code, parent=None, at=at, valid_from=today
        )
        if args.town:
            units.create(
                name=args.town, kind="town", code=args.town_code, parent=county, at=at, valid_from=today
            )
        for (role, name), phone in zip(_ADMINISTRATORS, args.phones, strict=True):
            person, password = people.add(name=name, phone=phone, at=at)
            people.give_post(person=person, role=role, unit=county, from_date=today, at=at)
            accounts.append({"role": name, "phone": person.phone, "password": password})
    return accounts
