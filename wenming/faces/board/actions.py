"""Deeds on wall tokens. The token itself never goes into the history."""

import secrets
from datetime import date, datetime, timedelta

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.board import rules
from wenming.faces.board.models import WallToken
from wenming.ground.audit import actions as audit
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit

LONGEST_DAYS = 366


def create(*, unit: Unit, label: str, expires_on: date, by: Person, at: datetime) -> WallToken:
    """A new address for a big screen. Raises NotAllowed, DomainError (label, expires_on)."""
    _check(by, unit)
    label = label.strip()
    today = clock.local_date(at)
    if not label:
        raise DomainError("wall_label", "请写明大屏放在哪里，例如「一楼大厅」。", field="label")
    if expires_on < today:
        raise DomainError("wall_expired", "有效期不能早于今天，请重新选择。", field="expires_on")
    if expires_on > today + timedelta(days=LONGEST_DAYS):
        raise DomainError("wall_too_long", "有效期最长一年，到期再建一个新链接。", field="expires_on")
    with transaction.atomic():
        wall = WallToken.objects.create(
            token=secrets.token_urlsafe(32), unit=unit, label=label, created_by=by, created_at=at,
            expires_on=expires_on,
        )  # fmt: skip
        audit.record(
            deed="wall.create", subject=("wall", wall.uuid), at=at, by=by, post=by.title(unit), chain=unit.chain,
            sentence=f"建立「{unit.label}」大屏链接（{label}），有效期至 {expires_on}",
            data={"unit": unit.code, "label": label, "expires_on": expires_on},
        )  # fmt: skip
    return wall


def revoke(*, wall: WallToken, by: Person, at: datetime) -> WallToken:
    """Switch the address off; the screen goes dark at its next look. Raises NotAllowed, Conflict."""
    _check(by, wall.unit)
    with transaction.atomic():
        wall = WallToken.objects.select_for_update(of=("self",)).select_related("unit").get(pk=wall.pk)
        if wall.revoked:
            raise Conflict("wall_revoked", f"「{wall.label}」的大屏链接已经停用，不必再办。")
        wall.revoked_at = at
        wall.save(update_fields=["revoked_at"])
        audit.record(
            deed="wall.revoke", subject=("wall", wall.uuid), at=at, by=by, post=by.title(wall.unit),
            chain=wall.unit.chain, sentence=f"停用「{wall.unit.label}」大屏链接（{wall.label}）",
        )  # fmt: skip
    return wall


def _check(by: Person, unit: Unit) -> None:
    if not rules.may_hang(by, unit):
        raise NotAllowed("wall_not_allowed", "大屏链接由创城办管理，请联系镇创城办。")
