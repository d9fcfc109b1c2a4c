"""A busy week of 安和镇 and the county's form for it."""

from types import SimpleNamespace

import pytest

from tests.factories import Life
from tests.outcomes.documents.bulletins import busy_week


@pytest.fixture
def week(life: Life) -> SimpleNamespace:
    return busy_week(life)
