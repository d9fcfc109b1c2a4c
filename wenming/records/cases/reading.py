"""A case with its place, its units and its people.

One row joined with seven tables takes Django and PostgreSQL longer to plan than everything else a deed does. The case
with its place, its ground and its leading unit is one statement; town and finder mostly are units of the reader's own
posts, which are at hand; what is still lacking is another statement, the people a third.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from wenming.common import rows
from wenming.ground.people.models import Person
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.records.cases.models import Case

_FIELDS: dict[str, Any] = {field.name: field for field in Case._meta.concrete_fields}
_UNITS = [_FIELDS[name] for name in ("town", "unit", "lead_unit", "found_by")]
_PEOPLE = [_FIELDS[name] for name in ("reporter", "handler")]
_PLACE = _FIELDS["place"]
_ONE = (
    "FROM cases_case one LEFT JOIN places_place place ON place.id = one.place_id"
    " LEFT JOIN units_unit ground ON ground.id = one.unit_id LEFT JOIN units_unit lead ON lead.id = one.lead_unit_id"
    " WHERE one.id = {which} {lock}"
)


def one(found: QuerySet[Case], near: Sequence[Unit] = ()) -> Case | None:
    """The one case that `found` selects, with its place and units; None where there is none.

    `near`: units at hand already, which need not be read again.
    """
    which, values = found.order_by().values("pk").query.sql_with_params()
    return _read(f"({which})", values, near)


def by_key(pk: int, *, lock: bool = False) -> Case:
    """The case with the primary key, as `one`; locked to the end of the deed. Raises Case.DoesNotExist."""
    if lock:
        _in_deed()
    case = _read("%s", [pk], (), lock=lock)
    if case is None:
        raise Case.DoesNotExist
    return case


def again(case: Case) -> Case:
    """The row of the case as it says now, locked; what the given one has at hand beside it is taken along."""
    _in_deed()
    found = rows.read(f"FROM cases_case one WHERE one.id = %s {_held()}", [case.pk], one=Case)
    if not found:
        raise Case.DoesNotExist
    [(fresh,)] = found
    for field in (*_UNITS, *_PEOPLE, _PLACE):
        known = case._state.fields_cache.get(field.name)
        if known is not None and known.pk == getattr(fresh, field.attname):
            field.set_cached_value(fresh, known)
    return fresh  # type: ignore[no-any-return]


def with_units(cases: Sequence[Case], near: Sequence[Unit] = ()) -> None:
    """Give the cases their units, in one statement; in none where all are among those at hand (`near`)."""
    _attach(cases, _UNITS, Unit, {unit.pk: unit for unit in near})


def with_places(cases: Sequence[Case]) -> None:
    """Give the cases their places, in one statement."""
    _attach(cases, [_PLACE], Place)


def with_people(cases: Sequence[Case]) -> None:
    """Give the cases their reporters and handlers, in one statement."""
    _attach(cases, _PEOPLE, Person)


def _read(which: str, values: Sequence[Any], near: Sequence[Unit], *, lock: bool = False) -> Case | None:
    statement = _ONE.format(which=which, lock=_held() if lock else "")
    found = rows.read(statement, values, one=Case, place=Place, ground=Unit, lead=Unit)
    if not found:
        return None
    [(case, place, ground, lead)] = found
    _PLACE.set_cached_value(case, place)
    known = {unit.pk: unit for unit in (*near, ground, lead) if unit is not None}
    _attach([case], _UNITS, Unit, known)
    return case  # type: ignore[no-any-return]


def _in_deed() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("a case can only be locked inside the transaction of its deed")


def _held() -> str:
    # Not its key: rows that refer to the case may be written meanwhile.
    return "FOR NO KEY UPDATE OF one" if connection.features.has_select_for_update_of else ""


def _attach(
    cases: Sequence[Case], fields: Sequence[Any], model: type[Model], known: Mapping[int, Model] | None = None
) -> None:
    wanted = {getattr(case, field.attname) for field in fields for case in cases} - (known or {}).keys()
    known = {**(known or {}), **rows.by_key(model, wanted)}
    for field in fields:
        for case in cases:
            field.set_cached_value(case, known.get(getattr(case, field.attname)))
