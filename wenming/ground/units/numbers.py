"""Running numbers of a unit: cases, supervision orders, documents. Without holes and without doubles."""

from django.db import transaction

from wenming.ground.units.models import Series, Unit


def take(*, unit: Unit, kind: str, year: int) -> int:
    """The next number. Inside the caller's transaction: if the deed fails, the number is not used up."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("numbers.take must run inside the transaction of its deed")
    series = Series.objects.select_for_update().filter(unit=unit, kind=kind, year=year).first()
    if series is None:
        Series.objects.bulk_create([Series(unit=unit, kind=kind, year=year)], ignore_conflicts=True)
        series = Series.objects.select_for_update().get(unit=unit, kind=kind, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
