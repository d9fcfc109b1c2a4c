"""The deeds of `actions` for somebody who sits at a desk: each asks the rule first.

Faces use only this module. Commands and the demo, which act for the system itself, use `actions`.
Every function raises NotAllowed with the sentence of the rule besides what the deed itself raises.
"""

from datetime import date, datetime

from axes.utils import reset
from django.db import transaction

from wenming.common.errors import Conflict, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.people import actions, rules
from wenming.ground.people.models import Person, Post
from wenming.ground.units.models import Unit


def allow(refusal: str | None, field: str | None = None) -> None:
    """Pass on what a rule says. Raises NotAllowed with its sentence."""
    if refusal:
        raise NotAllowed("people_not_allowed", refusal, field=field)


def enlist(
    *,
    by: Person,
    at: datetime,
    name: str,
    phone: str,
    role: str,
    unit: Unit,
    from_date: date,
    post_name: str = "",
    deputy: bool = False,
    expires_on: date | None = None,
) -> tuple[Person, str]:
    """Enter a person with a first post. Returns him and the first password, to be shown once.

    Somebody who has an account already (same phone and name) only gets the post, and the password is empty.
    """
    allow(rules.why_not_give(by, None, role, unit), "role")
    with transaction.atomic():
        known = Person.objects.filter(phone=actions.check_phone(phone)).first()
        password = ""
        if known is None:
            known, password = actions.add(name=name, phone=phone, at=at, by=by, expires_on=expires_on)
        elif known.name != name.strip():
            raise Conflict(
                "phone_taken", "这个手机号已有账号，但姓名不是这个，请核对姓名和手机号。", field="phone"
            )
        give_post(
            by=by,
            at=at,
            person=known,
            role=role,
            unit=unit,
            from_date=from_date,
            name=post_name,
            deputy=deputy,
        )
    return known, password


def correct(
    *, by: Person, at: datetime, person: Person, name: str, phone: str, expires_on: date | None
) -> Person:
    """Correct name, phone number or expiry."""
    allow(rules.why_not_correct(by, person))
    return actions.change(person=person, by=by, at=at, name=name, phone=phone, expires_on=expires_on)


def give_post(
    *,
    by: Person,
    at: datetime,
    person: Person,
    role: str,
    unit: Unit,
    from_date: date,
    to_date: date | None = None,
    name: str = "",
    deputy: bool = False,
) -> Post:
    """Give a post."""
    allow(rules.why_not_give(by, person, role, unit), "role")
    return actions.give_post(
        person=person, role=role, unit=unit, from_date=from_date, to_date=to_date, at=at, by=by, name=name,
        deputy=deputy,
    )  # fmt: skip


def end_post(*, by: Person, at: datetime, post: Post, on: date) -> Post:
    """End a post on its last day `on`."""
    allow(rules.why_not_end(by, post))
    if post.to_date is not None and post.to_date < on:
        raise Conflict("post_ended", f"这个岗位已于 {post.to_date} 结束，不必再办。")
    return actions.end_post(post=post, on=on, at=at, by=by)


def reset_password(*, by: Person, at: datetime, person: Person) -> str:
    """A new first password, to be shown once."""
    allow(rules.why_not_secure(by, person))
    return actions.reset_password(person=person, by=by, at=at)


def set_active(*, by: Person, at: datetime, person: Person, active: bool) -> None:
    """Switch an account off or on."""
    allow(rules.why_not_secure(by, person))
    actions.set_active(person=person, active=active, by=by, at=at)


def unlock(*, by: Person, at: datetime, person: Person) -> int:
    """Lift the lock that wrong passwords have put on; returns how many counts of failures were cleared."""
    allow(rules.why_not_secure(by, person))
    with transaction.atomic():
        cleared = reset(username=person.phone)
        audit.record(
            deed="person.unlock", subject=("person", person.uuid), at=at, by=by,
            sentence=f"解除了「{person.name}」的登录锁定",
        )  # fmt: skip
    return int(cleared)
