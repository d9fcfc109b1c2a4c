"""The county's calendar as the pack gives it, for the arithmetic tests without a database."""

from pathlib import Path

import pytest

from wenming.ground.calendar import arithmetic, loading, queries

PACK = Path(__file__).parents[3] / "packs" / "calendar" / "cn-2025-2027.yaml"


@pytest.fixture(scope="session")
def county() -> arithmetic.Calendar:
    content = loading.read(PACK)
    return arithmetic.Calendar(
        default_spans=arithmetic.parse_spans(content.hours[0].spans),
        days={row.day: arithmetic.DayRule(row.kind, None, row.name) for row in content.days},
        announced_years=frozenset(content.announced),
    )


@pytest.fixture(scope="session")
def pack_path() -> Path:
    return PACK


@pytest.fixture(autouse=True)
def _fresh_calendar():
    queries.forget()
    yield
    queries.forget()


@pytest.fixture(autouse=True)
def _nothing_entered(request: pytest.FixtureRequest) -> None:
    """These tests begin with an office that has entered nothing."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("empty_house")
