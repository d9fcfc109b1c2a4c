"""A case is read with its neighbours in two statements, and once more under the lock of a deed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import Life
from wenming.records.cases import actions as cases
from wenming.records.cases import queries, reading
from wenming.records.cases.models import Case


@pytest.mark.django_db
def test_a_case_comes_with_its_place_and_units_in_two_statements(life: Life) -> None:
    wanted = life.handling()
    with CaptureQueriesContext(connection) as sent:
        case = reading.one(Case.objects.filter(uuid=wanted.uuid))
        assert case is not None
        near = (case.place, case.unit, case.town, case.lead_unit, case.found_by)
    assert len(sent) == 2
    fresh = Case.objects.get(pk=wanted.pk)
    assert near == (fresh.place, fresh.unit, fresh.town, fresh.lead_unit, fresh.found_by)


@pytest.mark.django_db
def test_what_a_case_does_not_have_costs_no_statement(life: Life) -> None:
    wanted = life.reported(place=None, unit=life.t.east)
    case = reading.by_key(wanted.pk)
    with CaptureQueriesContext(connection) as sent:
        assert (case.place, case.lead_unit) == (None, None)
    assert len(sent) == 0


@pytest.mark.django_db
def test_people_of_many_cases_come_in_one_statement(life: Life) -> None:
    rows = list(Case.objects.filter(pk__in=[life.handling().pk, life.verifying().pk]).order_by("pk"))
    with CaptureQueriesContext(connection) as sent:
        reading.with_people(rows)
        assert [case.reporter for case in rows] == [life.t.inspector, life.t.inspector]
        assert [case.handler for case in rows] == [None, life.t.secretary]
    assert len(sent) == 1


@pytest.mark.django_db
def test_a_case_nobody_has_is_not_found(life: Life) -> None:
    assert queries.get(life.t.outsider, life.handling().uuid) is None
    with pytest.raises(Case.DoesNotExist):
        reading.by_key(0)


@pytest.mark.django_db
def test_a_deed_takes_the_neighbours_along(life: Life) -> None:
    case = reading.by_key(life.dispatched().pk)
    with CaptureQueriesContext(connection) as sent:
        fresh = reading.again(case)
        near = (fresh.place, fresh.unit, fresh.town, fresh.lead_unit, fresh.found_by)
    assert len(sent) == 1
    assert near == (case.place, case.unit, case.town, case.lead_unit, case.found_by)


@pytest.mark.django_db
def test_a_neighbour_that_is_another_now_is_read(life: Life) -> None:
    case = reading.by_key(life.dispatched().pk)
    Case.objects.filter(pk=case.pk).update(lead_unit=life.t.west)
    assert reading.again(case).lead_unit == life.t.west
    assert case.lead_unit == life.t.east


@pytest.mark.django_db
def test_a_case_that_is_gone_cannot_be_locked(life: Life) -> None:
    case = life.reported()
    case.pk = 0
    with pytest.raises(Case.DoesNotExist):
        reading.again(case)


@pytest.mark.django_db
def test_a_deed_writes_only_what_it_changed(life: Life) -> None:
    case = life.dispatched()
    Case.objects.filter(pk=case.pk).update(address="东门外")
    with CaptureQueriesContext(connection) as sent:
        cases.sign(case=case, by=life.t.secretary, at=life.tick())
    [written] = [one["sql"] for one in sent if one["sql"].startswith('UPDATE "cases_case"')]
    assert '"signed_at"' in written
    assert '"state"' in written
    assert '"number"' not in written
    assert Case.objects.get(pk=case.pk).address == "东门外"


@pytest.mark.django_db(transaction=True)
def test_a_case_is_locked_only_inside_a_transaction() -> None:
    life = Life(factories.build_town())
    case = life.reported()
    with pytest.raises(RuntimeError):
        reading.by_key(case.pk, lock=True)
    with pytest.raises(RuntimeError):
        reading.again(case)
