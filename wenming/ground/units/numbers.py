"""Running numbers of a unit: cases, supervision orders, documents. Without holes and without doubles."""

from django.db import connection, transaction

from wenming.ground.units.models import Series, Unit

_NEXT = """
    UPDATE units_series SET last = last + 1 WHERE unit_id = %s AND kind = %s AND year = %s RETURNING last"""


def take(*, unit: Unit, kind: str, year: int) -> int:
    """The next number. Inside the caller's transaction: if the deed fails, the number is not used up."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("numbers.take must run inside the transaction of its deed")
    given = _next(unit, kind, year)
    if given is None:
        Series.objects.bulk_create([Series(unit=unit, kind=kind, year=year)], ignore_conflicts=True)
        given = _next(unit, kind, year)
    assert given is not None  # noqa: S101 - the row was made a line above, by us or by somebody else
    return given


def _next(unit: Unit, kind: str, year: int) -> int | None:
    """Count on and read in one statement, which also holds the row until the deed is written."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [unit.pk, kind, year])
        row = cursor.fetchone()
    return int(row[0]) if row else None
