"""Random walks through the life of a case: whatever is tried in whatever order, the books and clocks hold."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import Life
from tests.records.cases.test_life import standing
from tests.records.cases.test_steps import STEPS, _right_person, _take
from wenming.common.errors import DomainError
from wenming.ground.audit import queries as history
from wenming.ledger import verify
from wenming.records.cases import escalation, queries, states
from wenming.records.cases.models import Case

MOVES = st.lists(
    st.tuples(st.sampled_from([s for s in STEPS if s != "merge"]), st.integers(1, 600)),
    min_size=3,
    max_size=14,
)
HELD = {states.DISPATCHED, states.HANDLING, states.RETURNED, states.VERIFYING}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, spot=st.booleans())
def test_books_and_clocks_hold_on_any_walk(life: Life, moves: list[tuple[str, int]], spot: bool) -> None:
    case: Case = life.handling() if spot else life.registered()
    for code, minutes in moves:
        life.tick(minutes)
        before = case.state
        try:
            _take(code, life, case, _right_person(life, code))
        except DomainError:
            assert Case.objects.get(pk=case.pk).state == before
            continue
        case = Case.objects.get(pk=case.pk)
        assert before in states.STEPS[code].from_states
        assert case.state == (states.STEPS[code].to_state or before)
        books: dict[str, Any] = standing(case)
        assert books.get("case.open", 0) == (1 if case.state in HELD else 0)
        assert books.get("case.suspended", 0) == (1 if case.state == states.SUSPENDED else 0)
        fixed = case.state == states.CLOSED and case.close_reason == states.FIXED
        assert books.get("case.fixed", 0) == (1 if fixed else 0)
        assert books.get("case.due", 0) == (1 if case.booked_due else 0)
        told = queries.why(case)
        assert (case.due_at, case.sign_due_at, case.warn_at) == (told.due.at, told.sign_due.at, told.warn_at)
        if case.due_at and case.warn_at:
            assert case.warn_at <= case.due_at
    assert escalation.reproject(at=life.tick()) == 0
    assert history.verify() == []
    assert verify.verify().ok
