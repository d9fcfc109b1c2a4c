"""Every state × step, and every role × step: the table alone says what goes."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import rules, states
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, Sheet

LATER = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ROLES = (
    "director",
    "clerk",
    "inspector",
    "secretary",
    "leader",
    "outsider",
    "cleaner",
    "county_clerk",
    "county_leader",
    "admin",
    "discipline",
)


def take(code: str, where: Round, t: SimpleNamespace, by: Person | None = None) -> Any:
    """Take the step as the person who may, or as `by`."""
    sheet = Sheet.objects.get(round=where, unit=t.east)
    appeal = Appeal(round=where, subject=sheet.subject, unit=t.east, title="发现问题", formula="", points="-1", ground="不实", filed_by=t.secretary, filed_at=LATER)  # fmt: skip
    if code in ("withdraw_appeal", "decide"):
        appeal.save()
    outcome = Outcome.objects.filter(round=where, board="black").first() or Outcome(round=where, sheet=sheet)
    at = where.shown_at if code == "appeal" and where.shown_at else LATER
    told: dict[str, Callable[[], Any]] = {
        "recompute": lambda: appraisals.recompute(where=where, by=by or t.clerk, at=at),
        "leave_out": lambda: appraisals.leave_out(where=where, subject=t.west.code, ground="拆迁", by=by or t.clerk, at=at),
        "drop": lambda: appraisals.drop(where=where, by=by or t.clerk, at=at),
        "show": lambda: appraisals.show(where=where, by=by or t.clerk, at=at),
        "take_back": lambda: appraisals.take_back(where=where, ground="用错规则", by=by or t.clerk, at=at),
        "appeal": lambda: appraisals.appeal(sheet=sheet, line=0, ground="不实", by=by or t.secretary, at=at),
        "withdraw_appeal": lambda: appraisals.withdraw_appeal(appeal=appeal, by=by or t.secretary, at=at),
        "agree": lambda: appraisals.agree(sheet=sheet, by=by or t.secretary, at=at),
        "decide": lambda: appraisals.decide(appeal=appeal, upheld=False, decision="核过", by=by or t.director, at=at),
        "publish": lambda: appraisals.publish(where=where, by=by or t.clerk, at=at),
        "correct": lambda: appraisals.correct(where=where, ground="核错", by=by or t.clerk, at=at),
        "settle": lambda: appraisals.settle(outcome=outcome, confirmed=True, ground="第八条", by=by or t.leader, at=at),
        "clear": lambda: cleared(outcome, by, t, at),
    }  # fmt: skip
    return told[code]()


def cleared(outcome: Outcome, by: Person | None, t: SimpleNamespace, at: datetime) -> Outcome:
    if outcome.pk and outcome.state == states.PROPOSED:
        appraisals.settle(outcome=outcome, confirmed=True, ground="第八条", by=t.leader, at=at)
    return appraisals.clear(outcome=outcome, ground="已全部整改", by=by or t.clerk, at=at)


@pytest.mark.parametrize("state", states.LABELS)
@pytest.mark.parametrize("code", states.STEPS)
def test_every_step_goes_from_its_states_and_from_no_other(
    state: str, code: str, in_state: Callable[[str], Round], october: SimpleNamespace
) -> None:
    where = in_state(state)
    assert where.state == state
    if state in states.step(code).from_states:
        take(code, where, october.t)
        where.refresh_from_db()
        assert where.state == (states.step(code).to_state or state)
    else:
        with pytest.raises(Conflict) as caught:
            take(code, where, october.t)
        assert caught.value.code == "appraisal_state"
        assert states.LABELS[state] in caught.value.message


@pytest.mark.parametrize("code", states.STEPS)
def test_every_role_takes_only_the_steps_of_its_permissions(
    code: str, in_state: Callable[[str], Round], october: SimpleNamespace
) -> None:
    t = october.t
    where = in_state(states.step(code).from_states[0])
    need = states.step(code).permission
    if code == "clear":
        outcome = Outcome.objects.get(round=where, board="black")
        appraisals.settle(outcome=outcome, confirmed=True, ground="第八条", by=t.leader, at=LATER)
    may = {role for role in ROLES if getattr(t, role).may(need, t.east if need == P.SCORE_APPEAL else t.town)}
    if code == "withdraw_appeal":
        may = {"secretary"}
    assert {role for role in ROLES if passes(code, where, t, getattr(t, role))} == may
    assert may


def passes(code: str, where: Round, t: SimpleNamespace, by: Person) -> bool:
    """Do table and rules let him through? Conditions of the deed itself (days of appeal …) are not asked here."""
    point = transaction.savepoint_create()
    try:
        take(code, where, t, by)
    except NotAllowed:
        return False
    except DomainError:
        return True
    finally:
        transaction.savepoint_rollback(point)
    return True


def test_pages_offer_what_the_deeds_allow(in_state: Callable[[str], Round], october: SimpleNamespace) -> None:
    t, where = october.t, in_state("shown")
    assert [code for code in states.STEPS if rules.may(t.clerk, code, where)] == ["take_back", "publish"]
    assert [code for code in states.STEPS if rules.may(t.secretary, code, where)] == [
        "appeal",
        "withdraw_appeal",
        "agree",
    ]
    assert [code for code in states.STEPS if rules.may(t.leader, code, where)] == ["decide"]
