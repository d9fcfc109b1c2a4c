"""Names of people we know, found in a text."""

from types import SimpleNamespace

from django.db import connection
from django.test.utils import CaptureQueriesContext

from wenming.ground.people import queries


def test_names_that_stand_in_a_text(town: SimpleNamespace) -> None:
    assert sorted(queries.named_in("王芳家门前，刘强巡查")) == ["刘强", "王芳"]
    assert queries.named_in("建设巷") == []


def test_one_statement_and_none_for_nothing(town: SimpleNamespace) -> None:
    with CaptureQueriesContext(connection) as asked:
        queries.named_in("王芳、刘强、周正")
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        assert queries.named_in(" \n") == []
    assert len(asked) == 0
