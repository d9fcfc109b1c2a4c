"""All tables as JSON lines and back: what backups and exports are made of, the same on both engines.

The rows of a backup are written as the models name them, so a backup made on SQLite can be restored on
PostgreSQL when a town moves into the county's installation.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from django.apps import apps
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

_CHUNK = 1000
# Filled by `migrate` itself, or worth nothing elsewhere.
_NOT_KEPT = {"contenttypes.contenttype", "auth.permission", "auth.group_permissions", "sessions.session"}


def in_order() -> list[type[models.Model]]:
    """Every table that is kept, those referred to first (tables may refer to themselves)."""
    wanted = {
        model._meta.label_lower: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in _NOT_KEPT
    }
    done: dict[str, type[models.Model]] = {}

    def put(label: str, above: frozenset[str]) -> None:
        if label in done or label in above or label not in wanted:
            return
        for field in wanted[label]._meta.concrete_fields:
            if field.remote_field is not None:
                put(field.remote_field.model._meta.label_lower, above | {label})
        done[label] = wanted[label]

    for label in sorted(wanted):
        put(label, frozenset())
    return list(done.values())


def write(model: type[models.Model], out: BinaryIO) -> int:
    """One line a row: a list in the order of the first line, which names the columns."""
    names = [field.attname for field in model._meta.concrete_fields]
    out.write(_line(names))
    count = 0
    for row in model._base_manager.order_by("pk").values_list(*names).iterator(_CHUNK):
        out.write(_line(list(row)))
        count += 1
    return count


def read(model: type[models.Model], lines: Iterable[bytes]) -> int:
    """Insert the rows of `write`. Call inside a transaction: keys between rows are checked at its end."""
    rows = iter(lines)
    names = json.loads(next(rows))
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = [fields[name] for name in names]
    count = 0
    for batch in _batches(rows):
        made = []
        for line in batch:
            values = {
                field.attname: field.to_python(value) if value is not None else None
                for field, value in zip(columns, json.loads(line), strict=True)
            }
            made.append(model(**values))
        model._base_manager.bulk_create(made)
        count += len(made)
    return count


def restart_counters(made: Iterable[type[models.Model]]) -> None:
    """The next key of every table comes after the largest one there is (PostgreSQL)."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(made)):
            cursor.execute(sql)


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, cls=_Exact).encode() + b"\n"


class _Exact(DjangoJSONEncoder):
    """Django's encoder cuts times to milliseconds; a hash over the row would no longer fit."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _batches(rows: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for line in rows:
        batch.append(line)
        if len(batch) == _CHUNK:
            yield batch
            batch = []
    if batch:
        yield batch
