"""October in 安和镇: finds in 东门社区 and 西街社区 by town and county, one of them rectified on the spot by themselves."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.factories import Life
from wenming.ledger import periods
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Round, RuleBook

SAMPLES = Path(__file__).parents[3] / "packs" / "scoring" / "samples"
MONTH = periods.parse("2026-10")
AFTER = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # Monday 09:00
CLOSED = datetime(2026, 11, 6, 1, 0, tzinfo=UTC)  # Friday: three working days later the appeals are over
SEED = (SAMPLES / "seed.yaml").read_text(encoding="utf-8")
BOARD = """
  - {id: red, title: 红榜, op: proposal, board: red, if: {first: 1}, action: 列入红榜}
  - {id: black, title: 黑榜, op: proposal, board: black, if: {last: 1, below: 99}, action: 列入黑榜}
"""


def seed_book(version: str = "2026.1", in_force: str = "2026-10-01", text: str = SEED) -> str:
    """The seed's rule with a red and a black list."""
    text = text.replace('version: "2026.1"', f'version: "{version}"')
    return text.replace("in_force: 2026-01-01", f"in_force: {in_force}") + BOARD


@pytest.fixture
def life(town: SimpleNamespace) -> Life:
    return Life(town, at=datetime(2026, 10, 12, 1, 0, tzinfo=UTC))


@pytest.fixture
def october(life: Life) -> SimpleNamespace:
    """东门: two finds by the town, the second of the same kind at the same place (−1, −1 × 2); 西街: none."""
    t = life.t
    first = life.closed(by=t.inspector)
    life.tick(3 * 24 * 60)
    second = life.closed(by=t.inspector)
    return SimpleNamespace(t=t, life=life, first=first, second=second)


@pytest.fixture
def book(october: SimpleNamespace) -> RuleBook:
    t = october.t
    written = appraisals.write_book(town=t.town, text=seed_book(), by=t.clerk, at=AFTER)
    return appraisals.adopt(draft=written, by=t.clerk, at=AFTER)


@pytest.fixture
def computed(book: RuleBook, october: SimpleNamespace) -> Round:
    t = october.t
    return appraisals.compute(town=t.town, code="seed", period=MONTH, by=t.clerk, at=AFTER)


@pytest.fixture
def shown(computed: Round, october: SimpleNamespace) -> Round:
    return appraisals.show(where=computed, by=october.t.clerk, at=AFTER)


@pytest.fixture
def published(shown: Round, october: SimpleNamespace) -> Round:
    return appraisals.publish(where=shown, by=october.t.clerk, at=CLOSED)


@pytest.fixture
def in_state(october: SimpleNamespace, computed: Round) -> Callable[[str], Round]:
    """in_state("shown") → October's round in that state."""
    t = october.t

    def bring(state: str) -> Round:
        if state == "computed":
            return computed
        if state == "dropped":
            return appraisals.drop(where=computed, by=t.clerk, at=AFTER)
        found = appraisals.show(where=computed, by=t.clerk, at=AFTER)
        if state == "shown":
            return found
        found = appraisals.publish(where=found, by=t.clerk, at=CLOSED)
        if state == "superseded":
            new = appraisals.correct(where=found, ground="核错一处", by=t.clerk, at=CLOSED)
            new = appraisals.show(where=new, by=t.clerk, at=CLOSED)
            later = datetime(2026, 11, 12, 1, 0, tzinfo=UTC)
            appraisals.publish(where=new, by=t.clerk, at=later)
            found.refresh_from_db()
        return found

    return bring
