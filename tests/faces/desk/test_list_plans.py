"""Long lists walk down an index from the newest row: what they cost does not grow with what lies below."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import QuerySet

from wenming.outcomes.documents import queries as documents
from wenming.records.cases import queries as cases
from wenming.records.cases.models import Case
from wenming.records.journals import queries as journals
from wenming.records.journals.models import Journal

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL tells its plan so")


def plan(found: QuerySet[object]) -> str:
    """The plan of the first page where sorting is dear, as it is among a hundred thousand rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_incremental_sort = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    return str(found[:20].explain())


@pytest.mark.parametrize("who", ["clerk", "secretary", "county_clerk"])
def test_lists_walk_down_their_index(town: SimpleNamespace, who: str) -> None:
    person = getattr(town, who)
    found = cases.newest(Case.objects.visible_to(person))
    assert "cases_newest" in plan(found)
    assert "Sort" not in plan(found)
    entered = journals.rows(Journal.objects.visible_to(person).standing())
    assert "journals_in_order" in plan(entered)
    assert "Sort" not in plan(entered)
    drafted = documents.rows(person)
    assert "documents_in_order" in plan(drafted)
    assert "Sort" not in plan(drafted)


def test_what_a_unit_has_received_walks_down_its_index(town: SimpleNamespace) -> None:
    received = documents.received(town.secretary)
    assert "documents_receipt_newest" in plan(received)
    assert "Sort" not in plan(received)
