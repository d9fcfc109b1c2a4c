"""Leaving notices, inside the transaction of the deed they tell about."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q

from wenming.common import clock
from wenming.ground.calendar import arithmetic
from wenming.ground.calendar import queries as calendar
from wenming.ground.notices.models import Digest, Notice
from wenming.ground.people.models import Person, Post
from wenming.ground.people.permissions import P
from wenming.ground.people.roles import ROLES
from wenming.ground.units.models import Unit

# Notices whose answer has a deadline of its own.
APPRAISAL = "appraisal"


def holders(unit: Unit, permission: P, at: datetime, *, above: bool = False) -> list[int]:
    """Keys of the people who hold `permission` through a post at the unit itself (or above it, too)."""
    roles = [role.code for role in ROLES.values() if permission in role.permissions]
    today = clock.local_date(at)
    where = Q(unit=unit)
    if above:
        where = Q(unit_id__in=[int(key) for key in unit.path.strip("/").split("/")]) | Q(
            unit__parent_id__in=[int(key) for key in unit.path.strip("/").split("/")], unit__kind="office"
        )
    found = Post.objects.filter(where, role__in=roles, from_date__lte=today, person__is_active=True)
    found = found.filter(Q(to_date__isnull=True) | Q(to_date__gte=today))
    return list(found.order_by("person_id").values_list("person_id", flat=True).distinct())


def post(
    *,
    to: Iterable[int],
    kind: str,
    sentence: str,
    at: datetime,
    subject: tuple[str, uuid.UUID] | None = None,
    urgent: bool = False,
) -> None:
    """Leave one line in each in-box (`to`: keys of people). Outside office hours it is shown at the next opening."""
    show_at = at if urgent else arithmetic.next_office_time(calendar.calendar(), at)
    Notice.objects.bulk_create([
        Notice(
            person_id=key, kind=kind, sentence=sentence[:200], subject_kind=subject[0] if subject else "",
            subject_uuid=subject[1] if subject else None, urgent=urgent, created_at=at, show_at=show_at,
        )
        for key in sorted(set(to))
    ])  # fmt: skip


def mark_read(*, person: Person, at: datetime, notices: Iterable[int] | None = None) -> int:
    """The person has seen his notices (all shown ones, or the given keys). Returns how many."""
    mine = Notice.objects.filter(person=person, read_at__isnull=True, show_at__lte=at)
    if notices is not None:
        mine = mine.filter(pk__in=list(notices))
    return mine.update(read_at=at)


def _among(row: Mapping[str, Any]) -> str:
    """What must not wait: 「，其中安全类 1 条、考核 2 条」 (appeals are lost after a few days)."""
    named = [
        f"{word} {row[key]} 条" for key, word in (("safety", "安全类"), ("appraisals", "考核")) if row[key]
    ]
    return f"，其中{'、'.join(named)}" if named else ""


def make_digests(*, at: datetime) -> int:
    """One summary for everybody with unread notices; a second run on the same day changes nothing."""
    day = clock.local_date(at)
    with transaction.atomic():
        waiting = (
            Notice.objects.filter(read_at__isnull=True, show_at__lte=at)
            .values("person_id")
            .annotate(
                n=Count("id"),
                safety=Count("id", filter=Q(urgent=True)),
                appraisals=Count("id", filter=Q(kind=APPRAISAL)),
                oldest=Min("created_at"),
            )
        )
        made = [
            Digest(
                person_id=row["person_id"], day=day, created_at=at,
                sentence=f"您有 {row['n']} 条未看的事项{_among(row)}，最早的一条是 {clock.show_time(row['oldest'])}。",
            )
            for row in waiting
        ]  # fmt: skip
        before = Digest.objects.filter(day=day).count()
        Digest.objects.bulk_create(made, ignore_conflicts=True)
        return Digest.objects.filter(day=day).count() - before
