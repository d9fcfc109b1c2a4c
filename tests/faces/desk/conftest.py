"""Cases as they are at this moment: the desk reads the clock itself, so deeds must lie just before now."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests.factories import Life
from tests.scored import Scored, ended_month
from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ledger.periods import Period

Login = Callable[[Person], Client]


@pytest.fixture
def life(town: SimpleNamespace) -> Life:
    """A life that begins five hours ago, so that nothing is overdue yet."""
    return Life(town, at=clock.now() - timedelta(hours=5))


@pytest.fixture
def post(log_in: Login) -> Any:
    """post(person, url, data) with a fresh form key."""

    def send(person: Person, url: str, data: dict[str, Any] | None = None) -> Any:
        return log_in(person).post(url, {"key": str(uuid.uuid4()), **(data or {})})

    return send


@pytest.fixture
def month() -> Period:
    """A month that ended weeks ago, whatever day it is today."""
    return ended_month()


@pytest.fixture
def scored(town: SimpleNamespace, month: Period) -> Scored:
    """Finds of that month and an adopted book; rounds are made as a test wants them."""
    return Scored(town, month)
