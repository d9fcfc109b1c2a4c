"""Rows read by hand are the same instances as those Django reads, on both engines."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from wenming.common import rows
from wenming.ground.audit.models import Record
from wenming.ground.calendar.models import CalendarDay
from wenming.ground.people.models import Person, Post
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.ledger.models import Account, Entry
from wenming.records.cases.models import Case

pytestmark = pytest.mark.django_db


def values(row: object) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", [Case, Unit, Person, Place, Post, Record, Account, Entry, CalendarDay])
def test_every_column_comes_as_django_gives_it(model: type, town: SimpleNamespace) -> None:
    factories.Life(town).suspended()
    wanted = list(model.objects.order_by("pk"))  # type: ignore[attr-defined]
    found = rows.read(f"FROM {model._meta.db_table} t ORDER BY t.id", t=model)  # type: ignore[attr-defined]
    assert wanted
    assert [values(row) for (row,) in found] == [values(row) for row in wanted]
    assert [row for (row,) in found] == wanted


def test_a_joined_row_that_is_missing_is_none(town: SimpleNamespace) -> None:
    found = rows.read(
        "FROM units_unit u LEFT JOIN units_unit t ON t.id = u.parent_id WHERE u.id IN (%s, %s) ORDER BY u.depth",
        [town.county.pk, town.east.pk],
        u=Unit,
        t=Unit,
    )
    assert found == [(town.county, None), (town.east, town.town)]


def test_a_row_read_by_hand_is_saved_like_any_other(town: SimpleNamespace) -> None:
    [(unit,)] = rows.read("FROM units_unit u WHERE u.id = %s", [town.east.pk], u=Unit)
    unit.valid_to = date(2030, 1, 1)
    unit.save()
    assert Unit.objects.get(pk=unit.pk).valid_to == date(2030, 1, 1)


def test_by_key_asks_once_and_not_at_all_for_nothing(town: SimpleNamespace) -> None:
    with CaptureQueriesContext(connection) as sent:
        found = rows.by_key(Unit, [town.east.pk, town.town.pk, None, town.town.pk])
        nothing = rows.by_key(Unit, [None])
    assert found == {town.east.pk: town.east, town.town.pk: town.town}
    assert nothing == {}
    assert len(sent) == 1
