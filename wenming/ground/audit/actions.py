"""Writing history, in the transaction of the deed it tells about."""

import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from wenming.common import rows
from wenming.ground.audit.models import Chain, Record

SYSTEM = "系统"
COUNTY = "county"
_FIELDS = [field for field in Record._meta.concrete_fields if not field.primary_key]
_INSERT = "INSERT INTO audit_record ({}) VALUES ({}) RETURNING id".format(  # noqa: S608 - names of our own columns
    ", ".join(str(field.column) for field in _FIELDS), ", ".join(["%s"] * len(_FIELDS))
)
_MOVE = "UPDATE audit_chain SET head = %s, count = %s WHERE id = %s"


class Actor(Protocol):
    """Who did it: anything with a key and a name (a Person)."""

    pk: Any
    name: str


def digest(record: Record) -> str:
    """SHA-256 over everything the row says and the hash before it."""
    said = [
        record.chain, record.number, record.deed, record.subject_kind, str(record.subject_uuid or ""),
        record.at.astimezone(UTC).isoformat(), record.posted_at.astimezone(UTC).isoformat(),
        record.by_id, record.by_name, record.by_post, record.sentence, record.data, record.previous_hash,
    ]  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def record(
    *,
    deed: str,
    subject: tuple[str, uuid.UUID | None],
    at: datetime,
    sentence: str,
    by: Actor | None = None,
    post: str = "",
    data: dict[str, Any] | None = None,
    chain: str = COUNTY,
    posted_at: datetime | None = None,
) -> Record:
    """Append one row. `by` None means the system itself. `chain` is the key of the town (`Unit.chain`).

    Must run inside the deed's transaction: if this row fails, the deed is rolled back with it.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record must run inside the transaction of its deed")
    head = _held(chain) or Chain.objects.select_for_update().get_or_create(key=chain)[0]
    # The JSON column gives back plain values; the hash is taken over the same plain values.
    plain = json.loads(json.dumps(data or {}, cls=DjangoJSONEncoder))
    row = Record(
        chain=chain,
        number=head.count + 1,
        deed=deed,
        subject_kind=subject[0],
        subject_uuid=subject[1],
        at=at,
        posted_at=posted_at or at,
        by_id=by.pk if by is not None else None,
        by_name=by.name if by is not None else SYSTEM,
        by_post=post,
        sentence=sentence,
        data=plain,
        previous_hash=head.head,
    )
    row.hash = digest(row)
    _append(row, head)
    return row


def hold(*, chain: str) -> None:
    """Take the lock of a chain before a deed takes that of a book. `record` takes it by itself.

    Every deed takes its locks in one order (record, number series, chain, book), so that two deeds of a town never
    wait for each other in a ring.
    """
    _held(chain)


def _held(chain: str) -> Chain | None:
    """The head of the chain, locked until the deed is committed; None before its first row."""
    lock = "FOR UPDATE" if transaction.get_connection().features.has_select_for_update else ""
    found = rows.read(f'FROM audit_chain head WHERE head."key" = %s {lock}', [chain], head=Chain)
    return found[0][0] if found else None


def _append(row: Record, head: Chain) -> None:
    """Write the row and move the head; to PostgreSQL in one message, because every deed passes here."""
    connection = transaction.get_connection()
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _FIELDS]
    moved = [row.hash, row.number, head.pk]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"{_INSERT}; {_MOVE}", [*values, *moved])
            row.pk = cursor.fetchone()[0]
        else:
            cursor.execute(_INSERT, values)
            row.pk = cursor.fetchone()[0]
            cursor.execute(_MOVE, moved)
    row._state.adding, row._state.db = False, connection.alias
