"""Reading rows by SQL that is written once.

Django works out the text of a statement anew each time it is asked, column by column. For what every request reads
(a person's posts, a case and its units) that takes several times as long as the database needs to answer. So these few
reads write their conditions by hand; what comes back are ordinary instances, on both engines.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model

Converter = Callable[[Any, Any, Any], Any]


def read(sql: str, values: Sequence[Any] = (), **models: type[Model]) -> list[tuple[Any, ...]]:
    """The rows of `SELECT … <sql>`, each a tuple of one instance for every name in `models`.

    The names are the aliases of their tables in `sql`, which begins with FROM. Where a joined row is missing, its
    place holds None.
    """
    heads = ", ".join(_columns(model, alias) for alias, model in models.items())
    plans = [_plan(model, connection.vendor) for model in models.values()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {heads} {sql}", values)
        found = cursor.fetchall()
    made = []
    for row in found:
        start, instances = 0, []
        for plan in plans:
            instances.append(plan.instance(row[start : start + plan.width]))
            start += plan.width
        made.append(tuple(instances))
    return made


def by_key[M: Model](model: type[M], keys: Collection[int | None]) -> dict[int, M]:
    """The rows with these primary keys, by key; one statement, none where every key is None."""
    wanted = sorted({key for key in keys if key is not None})
    if not wanted:
        return {}
    table, name = model._meta.db_table, model._meta.pk.column
    found = read(f"FROM {table} t WHERE t.{name} IN ({marks(len(wanted))})", wanted, t=model)
    return {row.pk: row for (row,) in found}


def marks(count: int) -> str:
    """`%s, %s, %s`."""
    return ", ".join(["%s"] * count)


class _Plan:
    """How a row of a table becomes an instance on the engine in use."""

    def __init__(self, model: type[Model]) -> None:
        fields = model._meta.concrete_fields
        self.model, self.width = model, len(fields)
        self.names = [field.attname for field in fields]
        self.key = next(n for n, field in enumerate(fields) if field.primary_key)
        self.converters: list[tuple[int, Any, list[Converter]]] = []
        for n, field in enumerate(fields):
            column = field.get_col(model._meta.db_table)
            needed = connection.ops.get_db_converters(column) + column.get_db_converters(connection)
            if needed:
                self.converters.append((n, column, needed))

    def instance(self, row: Sequence[Any]) -> Any:
        if row[self.key] is None:
            return None
        values = list(row)
        for n, column, needed in self.converters:
            for convert in needed:
                values[n] = convert(values[n], column, connection)
        return self.model.from_db(connection.alias, self.names, values)


@cache
def _plan(model: type[Model], vendor: str) -> _Plan:  # noqa: ARG001 - the engines convert differently
    return _Plan(model)


@cache
def _columns(model: type[Model], alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)
