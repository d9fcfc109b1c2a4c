"""Reading history and proving that nobody changed it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from wenming.common import rows
from wenming.ground.audit import actions
from wenming.ground.audit.models import Chain, Record

_SUBJECT = Record._meta.get_field("subject_uuid")


def of(subject: uuid.UUID) -> QuerySet[Record]:
    """The history of one thing, oldest first."""
    return Record.objects.filter(subject_uuid=subject).order_by("id")


def whole(subject: uuid.UUID) -> list[Record]:
    """`of`, read at once: every deed on a thing asks for its whole history."""
    key = _SUBJECT.get_db_prep_value(subject, connection)
    found = rows.read(
        "FROM audit_record told WHERE told.subject_uuid = %s ORDER BY told.id", [key], told=Record
    )
    return [row for (row,) in found]


@dataclass(frozen=True)
class Broken:
    """The first place where a chain does not hold."""

    chain: str
    number: int
    reason: str


def verify(chains: Iterable[Chain] | None = None) -> list[Broken]:
    """Walk every chain; returns the first break of each (an empty list means: untouched)."""
    found = []
    for chain in Chain.objects.all() if chains is None else chains:
        broken = _first_break(chain)
        if broken:
            found.append(broken)
    return found


def _first_break(chain: Chain) -> Broken | None:
    previous, number = "", 0
    for row in Record.objects.filter(chain=chain.key).order_by("number").iterator(2000):
        number += 1
        if row.number != number:
            return Broken(chain.key, number, "缺了这一条")
        if row.previous_hash != previous:
            return Broken(chain.key, number, "与上一条接不上")
        if actions.digest(row) != row.hash:
            return Broken(chain.key, number, "内容被改动过")
        previous = row.hash
    if (chain.count, chain.head) != (number, previous):
        return Broken(chain.key, number + 1, "末尾少了记录")
    return None
