"""Cases as they are at this moment: the board reads the clock itself, so deeds must lie just before now."""

from datetime import UTC, timedelta
from types import SimpleNamespace

import pytest

from tests.factories import Life
from wenming.common import clock


@pytest.fixture
def life(town: SimpleNamespace) -> Life:
    """A life that begins five hours ago, so that nothing is overdue yet."""
    return Life(town, at=clock.now() - timedelta(hours=5))


@pytest.fixture
def old_life(town: SimpleNamespace) -> Life:
    """A life that begins on a morning forty days ago: what was left undone then is overdue now."""
    day = clock.local_date(clock.now()) - timedelta(days=40)
    return Life(town, at=clock.at_local(day, 9).astimezone(UTC))
