"""Append-only tables, held by the database itself on both engines.

`guard(table)` gives the migration operation that makes the database refuse UPDATE and DELETE of any row.
History and the ledger use it: a correction there is a new row, never a changed one.
"""

from typing import Any

from django.db import migrations

_MESSAGE = "只许追加：历史和账目不能改动或删除"

_POSTGRES = """
CREATE OR REPLACE FUNCTION wenming_append_only() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION '{message} (%)', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION wenming_append_only();
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
    """Migration operation: from here on the database refuses UPDATE and DELETE on `table`."""

    def put(_apps: Any, editor: Any) -> None:
        for statement in create_sql(table, editor.connection.vendor):
            editor.execute(statement)

    def take(_apps: Any, editor: Any) -> None:
        for statement in drop_sql(table, editor.connection.vendor):
            editor.execute(statement)

    return migrations.RunPython(put, take)
