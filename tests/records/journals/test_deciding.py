"""What a meeting decides becomes somebody's task, until it is done or dropped."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import NOW
from tests.records.journals.conftest import TODAY, WEEKLY
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import queries as history
from wenming.ground.notices.models import Notice
from wenming.records.journals import actions as journals
from wenming.records.journals import queries
from wenming.records.journals.actions import Resolution
from wenming.records.journals.models import Decision

UNTIL = TODAY + timedelta(days=7)


@pytest.fixture
def decision(town: SimpleNamespace, enter: Any) -> Decision:
    enter("meeting", decisions=[Resolution("补齐烟头桶", town.east, UNTIL)], **WEEKLY)
    return Decision.objects.get()


def to_do(person: Any) -> list[str]:
    return [one.what for one in queries.decisions_to_do(person)]


def test_a_decision_waits_on_the_desk_of_its_unit(town: SimpleNamespace, decision: Decision) -> None:
    assert (decision.what, decision.unit, decision.due_on, decision.state) == (
        "补齐烟头桶", town.east, UNTIL, "open",
    )  # fmt: skip
    assert (to_do(town.secretary), to_do(town.west_secretary), to_do(town.outsider)) == (
        ["补齐烟头桶"],
        [],
        [],
    )
    told = {(notice.person.name, notice.sentence) for notice in Notice.objects.filter(kind="journal.decide")}
    assert ("王芳", "会议议定由本单位落实：补齐烟头桶，11月23日 周一 前完成") in told
    assert "议定：补齐烟头桶，由东门社区落实" in history.of(decision.journal.uuid).last().sentence


def test_it_is_carried_out_with_a_note(town: SimpleNamespace, decision: Decision) -> None:
    done = journals.finish(decision=decision, by=town.secretary, at=NOW, note="装好 3 个")
    assert (done.state, done.note, done.closed_by) == ("done", "装好 3 个", town.secretary)
    assert to_do(town.secretary) == []
    assert history.of(decision.journal.uuid).last().sentence == "落实：补齐烟头桶（装好 3 个）"
    with pytest.raises(Conflict):
        journals.finish(decision=decision, by=town.secretary, at=NOW, note="再来一次")


def test_a_note_is_wanted(town: SimpleNamespace, decision: Decision) -> None:
    with pytest.raises(DomainError) as error:
        journals.finish(decision=decision, by=town.secretary, at=NOW, note=" ")
    assert (error.value.code, error.value.field) == ("note_missing", "note")


@pytest.mark.parametrize(
    ("who", "done", "dropped"),
    [
        ("secretary", True, False), ("clerk", True, True), ("director", True, True), ("west_secretary", False, False),
        ("chief", False, False), ("outsider", False, False), ("county_clerk", False, False),
    ],
)  # fmt: skip
def test_who_carries_out_and_who_drops(
    who: str, done: bool, dropped: bool, town: SimpleNamespace, decision: Decision
) -> None:
    person = getattr(town, who)
    for allowed, deed, said in (
        (dropped, journals.drop, {"ground": "改由城管站办"}), (done and not dropped, journals.finish, {"note": "已装好"}),
    ):  # fmt: skip
        if allowed:
            assert deed(decision=decision, by=person, at=NOW, **said).closed_by == person
        elif not dropped:
            with pytest.raises(NotAllowed):
                deed(decision=decision, by=person, at=NOW, **said)


def test_more_can_be_decided_later(town: SimpleNamespace, decision: Decision) -> None:
    [more] = journals.decide(
        journal=decision.journal, by=town.clerk, at=NOW, resolutions=[Resolution("划停车线", town.chengguan)]
    )
    assert (more.number, more.due_on) == (2, None)
    assert to_do(town.chief) == ["划停车线"]


@pytest.mark.parametrize(
    ("what", "where", "days", "code"),
    [
        ("", "east", 7, "decision_empty"), ("长" * 201, "east", 7, "decision_long"),
        ("巡查", "elsewhere", 7, "decision_unit"), ("巡查", "east", -1, "decision_due"),
    ],
)  # fmt: skip
def test_a_decision_that_makes_no_sense_is_refused(
    what: str, where: str, days: int, code: str, town: SimpleNamespace, decision: Decision
) -> None:
    one = Resolution(what, getattr(town, where), TODAY + timedelta(days=days))
    with pytest.raises(DomainError) as error:
        journals.decide(journal=decision.journal, by=town.clerk, at=NOW, resolutions=[one])
    assert error.value.code == code
    assert Decision.objects.count() == 1


def test_only_meetings_decide(town: SimpleNamespace, enter: Any) -> None:
    with pytest.raises(DomainError) as error:
        enter("wechat_post", pieces="1", decisions=[Resolution("巡查", town.east)])
    assert error.value.code == "decisions_unfit"
