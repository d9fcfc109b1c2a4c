"""State × step and role × step, both complete: every pair is tried on the real deeds."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import Life, photo
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit.models import Record
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.people.models import Person
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case

TERM = Term(1, TermUnit.WORK_DAY)


def _take(code: str, life: Life, case: Case, by: Person) -> Any:
    """Try one step with sound input."""
    at = life.tick()
    t = life.t
    deeds: dict[str, Callable[[], Any]] = {
        "refuse": lambda: cases.refuse(case=case, by=by, at=at, reason="not_true"),
        "register": lambda: cases.register(case=case, by=by, at=at),
        "merge": lambda: cases.merge(case=case, into=life.registered(place=t.market), by=by, at=life.tick()),
        "split": lambda: cases.split(
            case=case, by=by, at=at, parts=[{"category": "06010"}, {"category": "06036"}]
        ),
        "dispatch": lambda: cases.dispatch(case=case, by=by, at=at, lead=t.east),
        "sign": lambda: cases.sign(case=case, by=by, at=at),
        "return": lambda: cases.return_(case=case, by=by, at=at, reason="not_duty", ground="职责分工第三条"),
        "uphold_return": lambda: cases.uphold_return(case=case, by=by, at=at),
        "overrule_return": lambda: cases.overrule_return(case=case, by=by, at=at, ground="属地管理"),
        "hand_in": lambda: cases.hand_in(case=case, by=by, at=at, no_photo="夜间光线不足"),
        "accept": lambda: cases.accept(case=case, by=by, at=at),
        "send_back": lambda: cases.send_back(case=case, by=by, at=at, ground="仍有残留"),
        "assign": lambda: cases.assign(case=case, by=by, at=at, to=t.worker),
        "ask_extension": lambda: cases.ask_extension(case=case, by=by, at=at, term=TERM, ground="等待材料"),
        "grant_extension": lambda: cases.grant_extension(case=case, by=by, at=at),
        "deny_extension": lambda: cases.deny_extension(case=case, by=by, at=at, ground="时间充足"),
        "ask_suspension": lambda: cases.ask_suspension(
            case=case,
            by=by,
            at=at,
            reason="needs_money",
            ground="需更换管网",
            takes_over="县住建局",
            until=at.date() + timedelta(days=60),
        ),
        "grant_suspension": lambda: cases.grant_suspension(case=case, by=by, at=at),
        "deny_suspension": lambda: cases.deny_suspension(case=case, by=by, at=at, ground="可以整改"),
        "resume": lambda: cases.resume(case=case, by=by, at=at),
        "close": lambda: cases.close(case=case, by=by, at=at, reason="outside", ground="在邻镇界内"),
        "revisit": lambda: cases.revisit(case=case, by=by, at=at, relapsed=False),
        "contest": lambda: cases.contest(case=case, follow_code=case.follow_code, at=at, note="还有垃圾"),
        "remind": lambda: cases.remind(case=case, by=by, at=at),
        "supervise": lambda: cases.orders.draft(case=case, reason="manual", by=by, at=at),
        "publish_covert": lambda: cases.publish_covert(case=case, by=by, at=at),
        "relay": lambda: cases.relay(
            case=case,
            by=by,
            at=at,
            told=cases.Relayed("安和镇", "〔2026〕督-0007", t.east, at, at, at, "已清运"),
        ),
        "recall": lambda: cases.recall(case=case, by=by, at=at, above="平川县", ground="仍有残留"),
    }
    return deeds[code]()


def _prepared(life: Life, state: str, code: str) -> Case:
    """A case in `state` in which nothing but the state can stop the step."""
    if code == "contest" and state == states.CLOSED:
        return life.closed(by=None, unit=life.t.east)
    if code == "publish_covert" and state == states.REPORTED:
        return life.reported(covert=True)
    case = life.in_state(state)
    if state == states.HANDLING and code in ("grant_extension", "deny_extension"):
        return cases.ask_extension(
            case=case, by=life.t.secretary, at=life.tick(), term=TERM, ground="等待材料"
        )
    if state == states.HANDLING and code in ("grant_suspension", "deny_suspension"):
        until = date(2027, 1, 31)
        return cases.ask_suspension(
            case=case,
            by=life.t.secretary,
            at=life.tick(),
            reason="needs_money",
            ground="需经费",
            takes_over="县财政局",
            until=until,
        )
    return case


def _right_person(life: Life, code: str) -> Person:
    handler = {"sign", "return", "hand_in", "assign", "ask_extension", "ask_suspension"}
    if code in handler:
        return life.t.secretary
    if code == "relay":
        return life.t.county_clerk
    return (
        life.t.inspector if code in ("revisit", "accept", "send_back", "publish_covert") else life.t.director
    )


STEPS = [code for code in states.STEPS if code != "escalate"]


@pytest.mark.parametrize("code", STEPS)
@pytest.mark.parametrize("state", [state for state, _ in states.STATES])
def test_state_and_step(life: Life, state: str, code: str) -> None:
    case = _prepared(life, state, code)
    step = states.STEPS[code]
    before = (Record.objects.count(), Entry.objects.count())
    if state in step.from_states:
        _take(code, life, case, _right_person(life, code))
        after = Case.objects.get(pk=case.pk).state
        assert after == (step.to_state or state)
        return
    with pytest.raises(Conflict) as refused:
        _take(code, life, case, _right_person(life, code))
    if code not in ("merge",):  # the merge target was made on the way
        assert (Record.objects.count(), Entry.objects.count()) == before
    assert states.LABELS[state] in refused.value.message
    assert Case.objects.get(pk=case.pk).state == state


# role of the town's people → steps they may take on a case that 周正 of the inspectors found in 东门社区
OFFICE = {
    "refuse", "register", "merge", "split", "dispatch", "uphold_return", "overrule_return", "accept", "send_back",
    "grant_extension", "deny_extension", "grant_suspension", "deny_suspension", "resume", "close", "revisit", "remind",
    "supervise", "publish_covert", "recall",
}  # fmt: skip
HANDLER = {"sign", "return", "hand_in", "assign", "ask_extension", "ask_suspension"}
MAY: dict[str, set[str]] = {
    "director": OFFICE,
    "clerk": OFFICE,
    "inspector": {"accept", "send_back", "revisit", "publish_covert"},
    "county_clerk": {"accept", "send_back", "revisit", "supervise", "publish_covert", "relay"},
    "secretary": HANDLER,
    "west_secretary": set(),
    "worker": set(),
    "street_chief": HANDLER,
    "chief": set(),
    "cleaner": set(),
    "leader": set(),
    "county_leader": set(),
    "outsider": set(),
    "partner": set(),
    "admin": set(),
    "security": set(),
    "auditor": set(),
    "discipline": set(),
}


@pytest.mark.parametrize("code", [code for code in STEPS if code != "contest"])
@pytest.mark.parametrize("who", list(MAY))
def test_role_and_step(life: Life, who: str, code: str) -> None:
    state = states.STEPS[code].from_states[0]
    case = _prepared(life, state, code)
    person = getattr(life.t, who)
    if code in MAY[who]:
        _take(code, life, case, person)
        return
    before = (case.state, Record.objects.count())
    with pytest.raises(NotAllowed):
        _take(code, life, case, person)
    assert Case.objects.get(pk=case.pk).state == before[0]


def test_every_role_is_in_the_table(town: Any) -> None:
    people = {name for name, value in vars(town).items() if isinstance(value, Person)}
    assert set(MAY) == people


def test_handler_never_verifies(life: Life) -> None:
    """The office's own clerk handed it in: he may verify cases, but not this one."""
    case = life.dispatched(lead=life.t.office)
    office_hand = life.t.director
    Case.objects.filter(pk=case.pk).update(handler=office_hand)
    case = cases.hand_in(case=case, by=office_hand, at=life.tick(), no_photo="当面确认")
    with pytest.raises(NotAllowed) as refused:
        cases.accept(case=case, by=office_hand, at=life.tick())
    assert refused.value.message == "处置人不能核查自己处置的问题，请由另一位同志核查。"
    assert cases.accept(case=case, by=life.t.clerk, at=life.tick()).state == states.CLOSED


def test_secretary_verifies_only_what_her_own_people_found(life: Life) -> None:
    superior = life.verifying()
    with pytest.raises(NotAllowed) as refused:
        cases.accept(case=superior, by=life.t.secretary, at=life.tick())
    # She handed it in herself, so that is what she is told first.
    assert refused.value.code == "case_not_allowed"
    own = cases.report_fixed(
        at=life.tick(), by=life.t.worker, category="06010", description="一处垃圾当场清理", place=life.t.lane,
        before=[], after=[photo(life.t.worker, life.t.town)],
    )  # fmt: skip
    assert cases.accept(case=own, by=life.t.secretary, at=life.tick()).state == states.CLOSED


def test_second_person_is_told_what_happened(life: Life) -> None:
    case = life.dispatched()
    cases.sign(case=case, by=life.t.secretary, at=life.tick())
    with pytest.raises(Conflict) as refused:
        cases.sign(case=case, by=life.t.secretary, at=life.tick())
    assert "王芳已于" in refused.value.message
    assert "签收" in refused.value.message
    assert "处置中" in refused.value.message


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (
            lambda life, case: cases.send_back(case=case, by=life.t.inspector, at=life.tick(), ground=" "),
            "ground_missing",
        ),
        (
            lambda life, case: cases.close(
                case=case, by=life.t.director, at=life.tick(), reason="fixed", ground="好了"
            ),
            "close_fixed",
        ),
        (
            lambda life, case: cases.hand_in(case=case, by=life.t.secretary, at=life.tick()),
            "photo_after_missing",
        ),
        (
            lambda life, case: cases.refuse(case=case, by=life.t.clerk, at=life.tick(), reason="因为"),
            "reason_unknown",
        ),
        (
            lambda life, case: cases.split(
                case=case, by=life.t.clerk, at=life.tick(), parts=[{"category": "06010"}]
            ),
            "split_parts",
        ),
        (lambda life, case: cases.merge(case=case, into=case, by=life.t.clerk, at=life.tick()), "merge_self"),
    ],
)
def test_unsound_input_is_refused(life: Life, deed: Callable[[Life, Case], Any], code: str) -> None:
    case = life.registered()
    with pytest.raises(DomainError) as refused:
        deed(life, case)
    assert refused.value.code == code
