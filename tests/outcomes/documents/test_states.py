"""Every state × step, every role × step, and that nobody checks or signs his own text."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from tests import factories
from tests.factories import NOW, SINCE
from tests.outcomes.documents.bulletins import LATER, WEEK, pass_on, settle
from wenming.common.errors import Conflict, NotAllowed
from wenming.ground.people import actions as people
from wenming.ground.people.models import Person
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import rules, states
from wenming.outcomes.documents.models import Document

AT = LATER + timedelta(hours=3)
DEEDS: dict[str, tuple[str, Callable[..., Any]]] = {
    "edit": (
        "clerk",
        lambda **a: documents.edit_head(**a, version=a["document"].version, title="改", addressee="", cc=[]),
    ),
    "submit": ("clerk", documents.submit),
    "check": ("director", documents.check),
    "sign": ("leader", documents.sign),
    "issue": ("clerk", documents.issue),
    "send_back": ("director", lambda **a: documents.send_back(**a, ground="请核对")),
    "send_back_signing": ("leader", lambda **a: documents.send_back(**a, ground="请核对")),
    "withdraw": ("leader", lambda **a: documents.withdraw(**a, ground="有误")),
    "drop": ("clerk", documents.drop),
    "correct": ("clerk", documents.correct),
    "ask_pdf": ("clerk", documents.ask_pdf),
}
ALL_STATES = [code for code, _ in states.STATES]


def test_every_step_of_the_table_has_a_deed_here() -> None:
    assert set(DEEDS) == set(states.STEPS)


@pytest.mark.parametrize("state", ALL_STATES)
def test_steps_are_possible_where_the_table_says_and_nowhere_else(
    state: str, passed: Callable[[str], Document], week: SimpleNamespace
) -> None:

    document = passed(state)
    for code in DEEDS:
        assert tried(code, document, week.t) == expected(code, state), code
        assert Document.objects.get(pk=document.pk).state == state


def expected(code: str, state: str) -> str:
    """The state after the step, or the refusal."""
    # One deed for both ways back: it chooses its row of the table by the state.
    rows = [
        states.step(each)
        for each in states.STEPS
        if each.split("_signing")[0] == code.split("_signing", maxsplit=1)[0]
    ]
    row = next((each for each in rows if state in each.from_states), None)
    return "refused" if row is None else row.to_state or state


def tried(code: str, document: Document, t: Any) -> str:
    """Take the step, look, and undo it."""
    who, deed = DEEDS[code]
    if code.startswith("send_back"):
        who = "director" if document.state == "checking" else "leader"
    fresh, after = Document.objects.get(pk=document.pk), ""
    with pytest.raises((Undo, Conflict)) as ended, transaction.atomic():
        deed(document=fresh, by=getattr(t, who), at=AT)
        after = Document.objects.get(pk=document.pk).state
        raise Undo
    if isinstance(ended.value, Conflict):
        assert states.LABELS[document.state] in ended.value.message
        return "refused"
    return after


class Undo(Exception):
    pass


ROLES = {
    "clerk": {"edit", "submit", "issue", "drop", "correct", "ask_pdf"},
    "director": {"edit", "submit", "check", "issue", "send_back", "drop", "correct", "ask_pdf"},
    "leader": {"sign", "send_back_signing", "withdraw"},
    "county_clerk": {"edit", "submit", "check", "issue", "send_back", "drop", "correct", "ask_pdf"},
    **{
        name: set()
        for name in (
            "inspector", "secretary", "worker", "chief", "outsider", "cleaner", "admin", "security", "auditor",
            "discipline", "partner", "street_chief", "west_secretary", "county_leader",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("who", sorted(ROLES))
def test_roles_may_take_their_steps_and_no_others(who: str, town: SimpleNamespace) -> None:
    document = Document(town=town.town, body={})
    person = getattr(town, who)
    may = {code for code, step in states.STEPS.items() if rules.refusal(person, step, document) is None}
    assert may == ROLES[who]


def both(t: SimpleNamespace, person: Person, role: str, unit: Any) -> Person:

    people.give_post(person=person, role=role, unit=unit, from_date=SINCE, at=NOW)
    return Person.objects.get(pk=person.pk)


def test_drafter_never_checks_his_own_text(passed: Any, week: SimpleNamespace) -> None:
    document = passed("checking")
    clerk = both(week.t, week.t.clerk, "office_director", week.t.office)
    with pytest.raises(NotAllowed) as refused:
        documents.check(document=document, by=clerk, at=AT)
    assert refused.value.message == rules.OWN_CHECK


def test_who_edited_the_text_does_not_check_it(drafted: Document, week: SimpleNamespace) -> None:
    t = week.t
    document = documents.edit_head(
        document=drafted, by=t.director, at=AT, version=1, title="新题", addressee="各社区", cc=[]
    )
    document = documents.submit(document=document, by=t.clerk, at=AT)
    with pytest.raises(NotAllowed) as refused:
        documents.check(document=document, by=t.director, at=AT)
    assert refused.value.message == rules.OWN_CHECK


def test_drafter_never_signs_his_own_text(passed: Any, week: SimpleNamespace) -> None:
    document = passed("signing")
    clerk = both(week.t, week.t.clerk, "town_leader", week.t.town)
    with pytest.raises(NotAllowed) as refused:
        documents.sign(document=document, by=clerk, at=AT)
    assert refused.value.message == rules.OWN_SIGN


def test_people_of_another_town_may_not_draft(week: SimpleNamespace) -> None:

    with pytest.raises(NotAllowed):
        documents.draft(kind="bulletin", town=week.t.town, period=WEEK, at=AT, by=week.t.outsider)


@pytest.mark.parametrize(
    ("who", "draft", "printed"),
    [
        ("clerk", True, True), ("director", True, True), ("leader", True, True), ("county_clerk", True, True),
        ("county_leader", False, True), ("secretary", False, True), ("chief", False, True), ("inspector", False, True), ("discipline", False, True),
        ("outsider", False, False), ("worker", False, False), ("partner", False, True), ("admin", False, False),
    ],
)  # fmt: skip
def test_visible_to(who: str, draft: bool, printed: bool, passed: Any, week: SimpleNamespace) -> None:
    document = passed("draft")
    person = getattr(week.t, who)
    assert Document.objects.visible_to(person).filter(pk=document.pk).exists() == draft

    pass_on(document, week.t, "issued")
    assert Document.objects.visible_to(person).filter(pk=document.pk).exists() == printed


def test_a_countys_paper_goes_all_the_way_with_its_own_people(week: SimpleNamespace) -> None:
    t = week.t
    second = factories.person("田县办", "13800000078", ("county_office", t.county_office))
    document = settle(
        documents.draft(kind="bulletin", town=t.county, period=WEEK, at=LATER, by=t.county_clerk),
        SimpleNamespace(clerk=t.county_clerk),
    )
    document = documents.submit(document=document, by=t.county_clerk, at=AT)
    document = documents.check(document=document, by=second, at=AT)
    with pytest.raises(NotAllowed):
        documents.sign(document=document, by=t.leader, at=AT)
    document = documents.sign(document=document, by=t.county_leader, at=AT)
    document = documents.issue(document=document, by=t.county_clerk, at=AT)
    assert (document.state, document.signed_by) == ("issued", t.county_leader)


def test_the_countys_leader_does_not_sign_in_a_towns_place(passed: Any, week: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed) as refused:
        documents.sign(document=passed("signing"), by=week.t.county_leader, at=AT)
    assert refused.value.message == rules.OTHER_LEVEL
