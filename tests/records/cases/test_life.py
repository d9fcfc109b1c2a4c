"""One problem goes all the way, and the books follow."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.factories import Life
from wenming.ground.audit import queries as history
from wenming.ledger.models import Entry
from wenming.records.cases import states
from wenming.records.cases.models import Case


def standing(case: Case) -> dict[str, Decimal]:
    """Account → sum of what the case has in the books, zero sums left out."""
    found: dict[str, Decimal] = {}
    for entry in Entry.objects.filter(voucher_uuid=case.uuid).select_related("account"):
        found[entry.account.code] = found.get(entry.account.code, Decimal(0)) + entry.quantity
    return {code: total for code, total in found.items() if total}


def test_case_accepted_in_time_is_in_the_books(life: Life) -> None:
    case = life.closed()
    assert case.state == states.CLOSED
    assert case.in_time is True
    assert standing(case) == {
        "case.reported": 1, "case.registered": 1, "case.dispatched": 1, "case.due": 1, "case.fixed": 1,
        "case.fixed_due": 1, "case.fixed_in_time": 1, "case.fix_hours": Decimal("0.5"), "case.whole_hours": Decimal("1.25"),
    }  # fmt: skip
    told = [row.sentence for row in history.of(case.uuid)]
    assert told[0].startswith("上报：建设巷")
    assert told[-1] == "核查通过，按期整改到位"
    assert history.verify() == []


@pytest.mark.parametrize("state", [code for code, _ in states.STATES])
def test_every_state_can_be_reached(life: Life, state: str) -> None:
    assert life.in_state(state).state == state


def test_refused_find_leaves_the_books(life: Life, town: SimpleNamespace) -> None:
    assert standing(life.refused()) == {"case.refused": 1}
