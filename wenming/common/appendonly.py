"""Append-only tables, held by the database itself on both engines.

`guard(table)` gives the migration operation that makes the database refuse UPDATE, DELETE and TRUNCATE.
History and the ledger use it: a correction there is a new row, never a changed one. On SQLite the connection
must have `recursive_triggers` on (config/env.py), else INSERT OR REPLACE would delete rows past the guard.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import migrations

_MESSAGE = "只许追加：历史和账目不能改动或删除"

_POSTGRES = """
CREATE OR REPLACE FUNCTION wenming_append_only() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION '{message} (%)', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION wenming_append_only();
"""


def create_sql(table: str, vendor: str) -> list[str]:
    """Statements that put the guard on `table`."""
    if vendor == "postgresql":
        return [_POSTGRES.format(table=table, message=_MESSAGE)]
    return [
        f"CREATE TRIGGER {table}_append_only_{deed.lower()} BEFORE {deed} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        for deed in ("UPDATE", "DELETE")
    ]


def drop_sql(table: str, vendor: str) -> list[str]:
    """Statements that take the guard off again (migrations backwards; the flush between tests)."""
    if vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"]
    return [f"DROP TRIGGER IF EXISTS {table}_append_only_{deed}" for deed in ("update", "delete")]


def guard(table: str) -> migrations.RunPython:
    """Migration operation: from here on the database refuses UPDATE, DELETE and TRUNCATE on `table`."""

    def put(_apps: Any, editor: Any) -> None:
        for statement in create_sql(table, editor.connection.vendor):
            editor.execute(statement, params=None)  # the text has a % of its own

    def take(_apps: Any, editor: Any) -> None:
        for statement in drop_sql(table, editor.connection.vendor):
            editor.execute(statement, params=None)  # the text has a % of its own

    return migrations.RunPython(put, take)


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    """Take every guard off while the block runs: for the flush between tests, never for the running system."""
    vendor = connection.vendor
    with connection.cursor() as cursor:
        if vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE %s", ["%\\_append\\_only"])
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE '%_append_only_update'")
        tables = [name.removesuffix("_update").removesuffix("_append_only") for (name,) in cursor.fetchall()]
        for table in tables:
            for statement in drop_sql(table, vendor):
                cursor.execute(statement)
        try:
            yield
        finally:
            for table in tables:
                for statement in create_sql(table, vendor):
                    cursor.execute(statement)
