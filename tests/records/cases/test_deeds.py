"""What a deed writes, costs, and takes back."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, Life, photo
from tests.records.cases.test_life import standing
from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Record
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.evidence import queries as evidence
from wenming.ground.notices.models import Notice
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases import escalation, states
from wenming.records.cases.models import Case, Order, Revisit


def test_same_report_twice_is_one_case(life: Life, town: SimpleNamespace) -> None:
    key = uuid.uuid4()
    first = life.reported(key=key)
    before = (Record.objects.count(), Entry.objects.count())
    assert life.reported(key=key).pk == first.pk
    assert (Record.objects.count(), Entry.objects.count()) == before


@pytest.mark.parametrize("broken", ["audit", "ledger"])
def test_deed_rolls_back_when_its_history_or_entry_fails(life: Life, monkeypatch: Any, broken: str) -> None:
    case = life.verifying()
    before = (Record.objects.count(), Entry.objects.count(), Revisit.objects.count())

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("disk full")

    if broken == "audit":
        monkeypatch.setattr("wenming.records.cases.deed.audit.record", fail)
    else:
        monkeypatch.setattr("wenming.records.cases.deed.posting.post", fail)
    with pytest.raises(RuntimeError):
        cases.accept(case=case, by=life.t.inspector, at=life.tick())
    assert Case.objects.get(pk=case.pk).state == states.VERIFYING
    assert (Record.objects.count(), Entry.objects.count(), Revisit.objects.count()) == before


def test_deadline_is_rebuilt_after_send_back(life: Life) -> None:
    """4 working hours from 09:45 dispatch; two hours with the verifier are not counted against the unit."""
    case = life.handling()
    due = case.due_at
    case = cases.hand_in(case=case, by=life.t.secretary, at=life.tick(), no_photo="天黑")
    assert case.due_at == due
    later = life.tick(60)
    case = cases.send_back(case=case, by=life.t.inspector, at=later, ground="仍有残留")
    assert case.rework_count == 1
    assert case.due_at == due + timedelta(minutes=60)
    assert standing(case)["case.rework"] == 1


def test_faked_rectification_is_judged_by_a_person_and_booked(life: Life) -> None:
    case = life.verifying()
    case = cases.send_back(case=case, by=life.t.inspector, at=life.tick(), ground="照片是上月的", faked=True)
    assert (standing(case)["case.faked"], standing(case)["case.rework"]) == (1, 1)
    assert history.of(case.uuid).last().sentence == "退回返工（第 1 次，认定弄虚作假）：照片是上月的"


def test_suspended_case_is_not_due(life: Life) -> None:
    case = life.suspended()
    assert case.due_at is None
    assert "case.due" not in standing(case)
    assert standing(case)["case.suspended"] == 1
    case = cases.resume(case=case, by=life.t.director, at=life.tick(24 * 60))
    assert case.due_at is not None
    assert standing(case)["case.due"] == 1
    assert "case.suspended" not in standing(case)


def test_extension_is_granted_once_and_counted(life: Life) -> None:
    case = life.handling()
    first_due = case.due_at
    term = Term(1, TermUnit.WORK_DAY)
    case = cases.ask_extension(case=case, by=life.t.secretary, at=life.tick(), term=term, ground="等待吊车")
    case = cases.grant_extension(case=case, by=life.t.director, at=life.tick())
    assert case.due_at > first_due
    assert (standing(case)["case.due"], standing(case)["case.extended"]) == (1, 1)
    with pytest.raises(DomainError) as refused:
        cases.ask_extension(case=case, by=life.t.secretary, at=life.tick(), term=term, ground="再等")
    assert refused.value.code == "extended_already"


def test_late_fix_is_fixed_but_not_in_time(life: Life) -> None:
    case = life.handling()
    life.tick(3 * 24 * 60)
    case = cases.hand_in(case=case, by=life.t.secretary, at=life.tick(), no_photo="天黑")
    case = cases.accept(case=case, by=life.t.inspector, at=life.tick())
    assert case.in_time is False
    assert standing(case)["case.fixed_due"] == 1
    assert "case.fixed_in_time" not in standing(case)


def test_community_takes_its_own_find_on_at_once(life: Life, town: SimpleNamespace) -> None:
    case = cases.report(
        at=life.tick(),
        by=town.worker,
        category="06036",
        description="楼下堆放杂物",
        place=town.lane,
        path=states.COMMUNITY,
    )
    assert (case.state, case.lead_unit, case.self_found) == (states.HANDLING, town.east, True)
    assert case.due_at is not None
    case = cases.hand_in(case=case, by=town.worker, at=life.tick(), photos=[photo(town.worker, town.town)])
    case = cases.accept(case=case, by=town.secretary, at=life.tick())
    assert standing(case)["case.self_fixed"] == 1


def test_spot_fix_is_neither_due_nor_closed_before_a_check(life: Life, town: SimpleNamespace) -> None:
    case = cases.report_fixed(
        at=life.tick(), by=town.worker, category="07001", description="小广告两处当场清除", place=town.lane,
        before=[photo(town.worker, town.town)], after=[photo(town.worker, town.town)], quantities={"ads_removed": "2"},
    )  # fmt: skip
    assert (case.state, case.path) == (states.VERIFYING, states.ON_SPOT)
    assert [p.role for p in evidence.of(case.uuid)] == ["before", "after"]
    assert "ads_removed" not in standing(case)
    case = cases.accept(case=case, by=town.secretary, at=life.tick())
    assert standing(case) == {
        "case.reported": 1,
        "case.fixed": 1,
        "case.on_spot": 1,
        "case.self_fixed": 1,
        "ads_removed": 2,
    }


def test_enforcement_matter_is_never_led_by_a_community(life: Life, town: SimpleNamespace) -> None:
    case = life.registered(category="06001")
    with pytest.raises(DomainError) as refused:
        cases.dispatch(case=case, by=town.clerk, at=life.tick(), lead=town.east)
    assert refused.value.code == "lead_no_power"
    assert (
        cases.dispatch(case=case, by=town.clerk, at=life.tick(), lead=town.chengguan).state
        == states.DISPATCHED
    )


def test_covert_find_leaves_no_trace_until_published(life: Life, town: SimpleNamespace) -> None:
    case = life.reported(covert=True, photos=[photo(town.inspector, town.town)])
    assert standing(case) == {}
    assert not Case.objects.visible_to(town.secretary).filter(pk=case.pk).exists()
    assert Case.objects.visible_to(town.clerk).filter(pk=case.pk).exists()
    case = cases.publish_covert(case=case, by=town.inspector, at=life.tick())
    assert standing(case) == {"case.reported": 1}
    assert Case.objects.visible_to(town.secretary).filter(pk=case.pk).exists()


def test_second_inspection_drafts_an_order(life: Life, town: SimpleNamespace) -> None:
    first = life.closed()
    life.tick(10 * 24 * 60)
    second = life.registered()
    order = Order.objects.get()
    assert (order.case, order.earlier, order.unit, order.reason, order.state) == (
        second,
        first,
        town.east,
        "twice",
        "draft",
    )
    assert first.number in order.facts
    order = cases.orders.issue(order=order, by=town.director, at=life.tick())
    assert order.number == "督〔2026〕1号"
    order = cases.orders.sign(order=order, by=town.secretary, at=life.tick())
    order = cases.orders.answer(order=order, by=town.secretary, at=life.tick(), text="已安排专人管护")
    order = cases.orders.check(order=order, by=town.director, at=life.tick(), opinion="已整改，同意销号")
    assert order.state == states.CHECKED


def test_third_rework_drafts_an_order(life: Life) -> None:
    case = life.verifying()
    for n in range(3):
        case = cases.send_back(case=case, by=life.t.inspector, at=life.tick(), ground="未整改到位")
        if n < 2:
            case = cases.hand_in(case=case, by=life.t.secretary, at=life.tick(), no_photo="天黑")
    assert [order.reason for order in Order.objects.all()] == ["rework"]


def test_relapse_opens_a_linked_case(life: Life, town: SimpleNamespace) -> None:
    case = life.closed()
    assert list(case.revisits.values_list("due_date", flat=True)) == [
        (NOW + timedelta(days=n)).date() for n in (3, 7, 30)
    ]
    again = cases.revisit(
        case=case,
        by=town.inspector,
        at=life.tick(3 * 24 * 60),
        relapsed=True,
        photos=[photo(town.inspector, town.town)],
    )
    assert again.relapse_of == case
    assert again.place == case.place
    assert standing(case)["case.relapsed"] == 1


def test_resident_contests_once(life: Life, town: SimpleNamespace) -> None:
    case = life.closed(by=None, unit=town.east)
    with pytest.raises(DomainError):
        cases.contest(case=case, follow_code="WRONGONE", at=life.tick(), note="还是脏")
    case = cases.contest(case=case, follow_code=case.follow_code, at=life.tick(), note="还是脏")
    assert case.state == states.VERIFYING
    assert "case.fixed" not in standing(case)
    case = cases.accept(case=case, by=town.inspector, at=life.tick())
    with pytest.raises(DomainError) as refused:
        cases.contest(case=case, follow_code=case.follow_code, at=life.tick(), note="还是脏")
    assert refused.value.code == "contested_already"


def test_ladder_tells_once(life: Life) -> None:
    life.dispatched()
    life.tick(2 * 24 * 60)
    assert escalation.climb(at=life.at) == 3  # unsigned at once, unsigned one working day, overdue
    assert escalation.climb(at=life.at) == 0


def test_return_that_nobody_decides_is_told_after_four_working_hours(life: Life) -> None:
    """Handbook §3.2: 退单须在 4 工作时内裁定."""
    case = life.returned()
    returned_at = life.at
    told = Notice.objects.filter(kind="case.escalate", person=life.t.director)
    assert escalation.climb(at=returned_at + timedelta(hours=1)) == 0
    # 10:15 until noon is one and three quarters; the rest ends at a quarter to five.
    assert escalation.climb(at=clock.at_local(clock.local_date(returned_at), 16, 30)) == 0
    assert escalation.climb(at=clock.at_local(clock.local_date(returned_at), 17)) == 1
    assert told.get().sentence == f"{case.number} 退单满 4 个工作时还没有裁定：建设巷，暴露垃圾"
    assert escalation.climb(at=clock.at_local(clock.local_date(returned_at), 17, 30)) == 0


def test_a_decided_return_tells_nobody(life: Life) -> None:
    case = life.returned()
    cases.overrule_return(case=case, by=life.t.director, at=life.tick(), ground="属本单位职责")
    escalation.climb(at=clock.at_local(clock.local_date(life.at), 17, 30))
    assert "退单" not in " ".join(
        Notice.objects.filter(kind="case.escalate").values_list("sentence", flat=True)
    )


def test_projection_equals_recomputation(life: Life) -> None:
    made = [life.in_state(state) for state, _ in states.STATES]
    assert escalation.reproject(at=life.tick()) == 0
    assert history.verify() == []
    assert len(made) == len(states.STATES)


def test_report_and_change_of_state_cost_few_statements(life: Life, town: SimpleNamespace) -> None:
    """Issue: at most 20 statements in a request; the deed itself must leave room for session and frame."""
    life.closed()  # warms packs, calendar, number series and posts
    with CaptureQueriesContext(
        connection,
    ) as reported:
        case = life.reported()
    case = cases.register(case=case, by=town.clerk, at=life.tick())
    case = cases.dispatch(case=case, by=town.clerk, at=life.tick(), lead=town.east)
    with CaptureQueriesContext(connection) as signed:
        cases.sign(case=case, by=town.secretary, at=life.tick())
    counts = [
        sum(not q["sql"].startswith(("SAVEPOINT", "RELEASE")) for q in seen) for seen in (reported, signed)
    ]
    assert counts == ([10, 6] if connection.vendor == "sqlite" else [7, 5])


def test_strangers_see_nothing(life: Life, town: SimpleNamespace) -> None:
    case = life.handling()
    seen = {
        name: Case.objects.visible_to(person).filter(pk=case.pk).exists()
        for name, person in vars(town).items()
        if hasattr(person, "posts_now")
    }
    assert {name for name, sees in seen.items() if sees} == {
        "director", "clerk", "inspector", "secretary", "leader", "county_clerk", "county_leader", "discipline", "street_chief",
    }  # fmt: skip


def test_audit_row_must_be_in_the_deed() -> None:
    with pytest.raises((RuntimeError, NotAllowed)):
        audit.record(deed="x", subject=("case", None), at=NOW, sentence="x")
