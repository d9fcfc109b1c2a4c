"""Deeds on people: add, change, give and end posts, passwords, switch off."""

import re
import secrets
from datetime import date, datetime

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from wenming.common.errors import Conflict, DomainError
from wenming.ground.audit import actions as audit
from wenming.ground.people import roles
from wenming.ground.people.models import Person, Post
from wenming.ground.units.models import Unit

_PHONE = re.compile(r"^1[3-9]\d{9}$")


def check_phone(phone: str) -> str:
    """Digits only, 11 of them. Raises DomainError."""
    phone = re.sub(r"[\s-]", "", phone)
    if not _PHONE.match(phone):
        raise DomainError(
            "phone", f"「{phone}」不是 11 位手机号，请核对（Excel 里请设为文本格式）。", field="phone"
        )
    return phone


def first_password() -> str:
    """A random first password that fits the policy; shown once, must be changed at first log-in."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "Wm" + "".join(secrets.choice(alphabet) for _ in range(8)) + str(secrets.randbelow(9) + 1) + "#"


def add(
    *,
    name: str,
    phone: str,
    at: datetime,
    by: audit.Actor | None = None,
    password: str | None = None,
    password_hash: str = "",
    must_change: bool = True,
    expires_on: date | None = None,
) -> tuple[Person, str]:
    """Add a person. Returns the person and the first password (given or made). Raises DomainError, Conflict.

    `password_hash` is `make_password(password)` done beforehand: hashing takes a third of a second, too long
    for a whole register of people who are given the same first password.
    """
    name = name.strip()
    if not 2 <= len(name) <= 30:
        raise DomainError("person_name", "姓名请填 2 到 30 个字。", field="name")
    phone = check_phone(phone)
    password = password or first_password()
    with transaction.atomic():
        person = Person(
            name=name, phone=phone, created_at=at, must_change_password=must_change, expires_on=expires_on
        )
        if password_hash:
            person.password = password_hash
        else:
            person.set_password(password)
        try:
            with transaction.atomic():
                person.save(force_insert=True)
        except IntegrityError:
            raise Conflict(
                "phone_taken", f"手机号 {phone} 已经有账号，请直接给他增加岗位。", field="phone"
            ) from None
        audit.record(
            deed="person.add",
            subject=("person", person.uuid),
            at=at,
            by=by,
            sentence=f"新增人员「{name}」（{person.masked_phone}）",
        )
    return person, password


def change(
    *,
    person: Person,
    by: audit.Actor | None,
    at: datetime,
    name: str,
    phone: str,
    expires_on: date | None = None,
) -> Person:
    """Correct name, phone number or expiry."""
    phone = check_phone(phone)
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        if Person.objects.filter(phone=phone).exclude(pk=person.pk).exists():
            raise Conflict("phone_taken", f"手机号 {phone} 已经有账号。", field="phone")
        person.name, person.phone, person.expires_on = name.strip(), phone, expires_on
        person.save(update_fields=["name", "phone", "expires_on"])
        audit.record(
            deed="person.change",
            subject=("person", person.uuid),
            at=at,
            by=by,
            sentence=f"修改人员「{person.name}」的资料",
        )
    return person


def give_post(
    *,
    person: Person,
    role: str,
    unit: Unit,
    from_date: date,
    at: datetime,
    by: audit.Actor | None = None,
    to_date: date | None = None,
    name: str = "",
    deputy: bool = False,
) -> Post:
    """Give a person a role at a unit. Raises DomainError for an impossible or forbidden combination."""
    if role not in roles.ROLES:
        raise DomainError("role", f"不认识的角色「{role}」。", field="role")
    if unit.kind not in roles.AT[role]:
        raise DomainError(
            "role_unit",
            f"「{roles.ROLES[role].name}」不能设在{unit.get_kind_display()}，请换单位或角色。",
            field="role",
        )
    if to_date is not None and to_date < from_date:
        raise DomainError("post_dates", "岗位的止日早于起日，请核对。", field="to_date")
    if unit.valid_to is not None and from_date > unit.valid_to:
        raise DomainError("unit_dissolved", f"「{unit.name}」已停用，不能再设岗位。", field="unit")
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        held = {post.role for post in person.posts.all() if post.to_date is None or post.to_date >= from_date}
        if (role in roles.SEPARATE and (held - {role})) or held & roles.SEPARATE - {role}:
            raise DomainError(
                "role_separate",
                "系统、安全、审计管理员三权分立，不能兼任其他岗位，请另选人员。",
                field="role",
            )
        if person.posts.filter(role=role, unit=unit, from_date=from_date).exists():
            raise Conflict("post_taken", f"{person.name} 已有这个岗位。", field="role")
        post = Post(
            person=person,
            role=role,
            unit=unit,
            from_date=from_date,
            to_date=to_date,
            name=name,
            deputy=deputy,
        )
        post.save(force_insert=True)
        person.__dict__.pop("_posts", None)
        audit.record(
            deed="post.give", subject=("person", person.uuid), at=at, by=by, chain=unit.chain,
            sentence=f"{person.name} 任「{unit.name}」{post.label}{'（代理）' if deputy else ''}，自 {from_date}",
            data={"role": role, "unit": unit.code, "from": from_date, "to": to_date, "deputy": deputy},
        )  # fmt: skip
    return post


def end_post(*, post: Post, on: date, at: datetime, by: audit.Actor | None = None) -> Post:
    """End a post on `on` (its last day)."""
    if on < post.from_date:
        raise DomainError("post_dates", "岗位的止日早于起日，请核对。", field="to_date")
    with transaction.atomic():
        post.to_date = on
        post.save(update_fields=["to_date"])
        audit.record(
            deed="post.end", subject=("person", post.person.uuid), at=at, by=by, chain=post.unit.chain,
            sentence=f"{post.person.name} 不再任「{post.unit.name}」{post.label}，至 {on}", data={"on": on},
        )  # fmt: skip
    return post


def change_password(*, person: Person, password: str, at: datetime) -> None:
    """The person sets a new password. Raises DomainError with all faults in one message."""
    try:
        password_validation.validate_password(password, person)
    except ValidationError as error:
        raise DomainError("password", "".join(error.messages), field="password") from None
    if person.check_password(password):
        raise DomainError("password_same", "新口令不能与现在的口令相同。", field="password")
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password, person.password_changed_at = False, at
        person.save(update_fields=["password", "must_change_password", "password_changed_at"])
        audit.record(
            deed="person.password",
            subject=("person", person.uuid),
            at=at,
            by=person,
            sentence=f"{person.name} 修改了自己的口令",
        )


def reset_password(*, person: Person, by: audit.Actor, at: datetime) -> str:
    """The security administrator gives a new first password; returns it, to be shown once."""
    password = first_password()
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        audit.record(
            deed="person.reset",
            subject=("person", person.uuid),
            at=at,
            by=by,
            sentence=f"重置了「{person.name}」的口令",
        )
    return password


def set_active(*, person: Person, active: bool, by: audit.Actor, at: datetime) -> None:
    """Switch an account off or on again. Nobody switches off himself."""
    if person.pk == by.pk:
        raise DomainError("person_self", "不能停用自己的账号，请由另一位安全管理员办理。")
    with transaction.atomic():
        person.is_active = active
        person.save(update_fields=["is_active"])
        word = "启用" if active else "停用"
        audit.record(
            deed="person.active",
            subject=("person", person.uuid),
            at=at,
            by=by,
            sentence=f"{word}了「{person.name}」的账号",
            data={"active": active},
        )
