"""The week's bulletin in any state, and machines without LibreOffice."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.factories import Life
from tests.outcomes.documents.bulletins import LATER, WEEK, busy_week, pass_on
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Document


@pytest.fixture
def week(life: Life) -> SimpleNamespace:
    return busy_week(life)


@pytest.fixture
def drafted(week: SimpleNamespace) -> Document:
    """The week's bulletin as first drafted by 陈小雨."""
    return documents.draft(kind="bulletin", town=week.t.town, period=WEEK, at=LATER, by=week.t.clerk)


@pytest.fixture
def passed(drafted: Document, week: SimpleNamespace) -> Callable[[str], Document]:
    """passed("signed") → the week's bulletin in that state."""
    return lambda to: pass_on(drafted, week.t, to)


@pytest.fixture
def issued(passed: Callable[[str], Document]) -> Document:
    return passed("issued")


@pytest.fixture
def no_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without LibreOffice; returns the folder in which a test may put a false one."""
    folder = tmp_path / "bare"
    folder.mkdir()
    monkeypatch.setenv("WENMING_VAR", str(folder))
    monkeypatch.setenv("PATH", str(folder))
    return folder
