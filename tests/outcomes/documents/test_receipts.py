"""签收 and 回复: who is sent a document, every state × step, every role × step, and what each leaves behind."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.outcomes.documents.bulletins import LATER, WEEK, pass_on, settle
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit.models import Record
from wenming.ground.notices.models import Notice
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import models, queries, receiving, rules, states
from wenming.outcomes.documents.models import Document, Receipt

AT = LATER + timedelta(hours=3)
ANSWER = "1.巷口垃圾：已清理，11月17日核查通过。"
DEEDS: dict[str, tuple[str, Callable[..., Receipt]]] = {
    "sign_for": ("secretary", documents.sign_for),
    "answer": ("secretary", lambda **a: documents.answer(**a, text=ANSWER)),
    "sign_on_paper": ("clerk", lambda **a: documents.sign_on_paper(**a, paper="王芳签收，回执存档")),
    "return_answer": ("clerk", lambda **a: documents.return_answer(**a, ground="第1条没有写结果")),
}


def of(document: Document, unit: Any) -> Receipt:
    return document.receipts.get(unit=unit)


def in_state(document: Document, t: Any, state: str) -> Receipt:
    """东门社区's receipt in a state."""
    row = of(document, t.east)
    if state in ("signed_for", "answered"):
        row = documents.sign_for(receipt=row, by=t.secretary, at=AT)
    if state == "answered":
        row = documents.answer(receipt=row, by=t.secretary, at=AT, text=ANSWER)
    return row


def tried(code: str, row: Receipt, by: Any, at: Any = AT) -> str:
    """The state after the step, or the refusal."""
    try:
        return DEEDS[code][1](receipt=row, by=by, at=at).state
    except (Conflict, NotAllowed) as refused:
        return type(refused).__name__


def test_every_step_of_the_table_has_a_deed_here() -> None:
    assert set(DEEDS) == set(states.RECEIPT_STEPS)


def test_units_below_the_town_are_sent_the_bulletin_and_told(issued: Document, week: SimpleNamespace) -> None:
    t = week.t
    assert {row.unit.label for row in queries.receipts(issued)} == {
        "东门社区", "西街社区", "安和城管站", "安和派出所", "净美保洁公司", "县农商银行",
    }  # fmt: skip
    assert {row.state for row in issued.receipts.all()} == {"sent"}
    told = Notice.objects.filter(kind="document", subject_uuid=issued.uuid, person=t.secretary).get()
    assert "请签收，12月7日前书面回复" in told.sentence
    assert not Notice.objects.filter(subject_uuid=issued.uuid, person=t.outsider).exists()


@pytest.mark.parametrize("state", list(states.RECEIPT_LABELS))
@pytest.mark.parametrize("code", list(DEEDS))
def test_steps_are_possible_where_the_table_says_and_nowhere_else(
    state: str, code: str, issued: Document, week: SimpleNamespace
) -> None:
    row, step = in_state(issued, week.t, state), states.receipt_step(code)
    allowed = state in step.from_states
    assert tried(code, row, getattr(week.t, DEEDS[code][0])) == (step.to_state if allowed else "Conflict")
    row.refresh_from_db()
    assert row.state == (step.to_state if allowed else state)


@pytest.mark.parametrize("code", list(DEEDS))
@pytest.mark.parametrize(
    "name",
    ["director", "clerk", "inspector", "secretary", "worker", "chief", "leader", "outsider", "cleaner", "west_secretary",
     "county_clerk", "admin", "partner", "street_chief"],
)  # fmt: skip
def test_only_the_unit_signs_and_only_the_office_books_paper(
    code: str, name: str, issued: Document, week: SimpleNamespace
) -> None:
    row = in_state(issued, week.t, states.receipt_step(code).from_states[0])
    unit_side = code in ("sign_for", "answer")
    may = name == "secretary" if unit_side else name in ("director", "clerk", "county_clerk")
    assert (tried(code, row, getattr(week.t, name)) != "NotAllowed") is may


def test_answer_is_kept_told_and_written_into_history(issued: Document, week: SimpleNamespace) -> None:
    t = week.t
    row = in_state(issued, t, "answered")
    assert (row.answer, row.answered_by, row.late) == (ANSWER, t.secretary, False)
    deeds = Record.objects.filter(subject_uuid=issued.uuid, deed__startswith="receipt.")
    assert list(deeds.order_by("id").values_list("deed", "sentence", "by_name")) == [
        ("receipt.sign_for", "东门社区签收", "王芳"),
        ("receipt.answer", "东门社区书面回复", "王芳"),
    ]
    assert Notice.objects.filter(person=t.clerk, sentence__contains="东门社区对《").exists()


def test_only_units_with_something_open_are_asked_to_answer(issued: Document, week: SimpleNamespace) -> None:
    wanted = {row.unit.label: (row.wanted, row.answer_due is not None) for row in queries.receipts(issued)}
    assert wanted.pop("东门社区") == (True, True)
    assert set(wanted.values()) == {(False, False)}
    row = documents.sign_for(receipt=of(issued, week.t.west), by=week.t.west_secretary, at=AT)
    assert row.done


def test_a_late_answer_says_so(issued: Document, week: SimpleNamespace) -> None:
    row = in_state(issued, week.t, "signed_for")
    late = documents.answer(receipt=row, by=week.t.secretary, at=AT + timedelta(days=30), text=ANSWER)
    assert late.late
    assert Record.objects.filter(deed="receipt.answer").get().sentence == "东门社区书面回复（超过期限）"


def test_a_returned_answer_can_be_sent_again_and_keeps_its_words(
    issued: Document, week: SimpleNamespace
) -> None:
    t = week.t
    row = documents.return_answer(
        receipt=in_state(issued, t, "answered"), by=t.clerk, at=AT, ground="第1条没有写结果"
    )
    assert (row.state, row.answer, row.answered_at) == ("signed_for", ANSWER, None)
    assert [one.pk for one in queries.receipts_to_do(t.secretary)] == [row.pk]
    again = documents.answer(receipt=row, by=t.secretary, at=AT, text=ANSWER + "已核查。")
    assert (again.state, again.sent_back) == ("answered", "")


def test_paper_receipt_names_the_paper(issued: Document, week: SimpleNamespace) -> None:
    row = of(issued, week.t.cleaning)
    with pytest.raises(DomainError) as refused:
        documents.sign_on_paper(receipt=row, by=week.t.clerk, at=AT, paper=" ")
    assert refused.value.field == "paper"
    row = documents.sign_on_paper(receipt=row, by=week.t.clerk, at=AT, paper="钱洁签收，回执存档")
    assert Record.objects.filter(deed="receipt.sign_on_paper").get().sentence.endswith("钱洁签收，回执存档")


def test_to_do_of_a_unit_ends_with_its_answer(issued: Document, week: SimpleNamespace) -> None:
    t = week.t
    assert [one.document for one in queries.receipts_to_do(t.secretary)] == [issued]
    in_state(issued, t, "answered")
    assert queries.receipts_to_do(t.secretary) == []
    assert [one.document for one in queries.receipts_to_do(t.chief)] == [issued]
    assert queries.receipts_to_do(t.clerk) == []


def test_withdrawn_document_asks_for_nothing_any_more(issued: Document, week: SimpleNamespace) -> None:
    t = week.t
    documents.withdraw(document=issued, by=t.leader, at=AT, ground="数字有误")
    row = of(issued, t.east)
    assert tried("sign_for", row, t.secretary) == "Conflict"
    assert queries.receipts_to_do(t.secretary) == []
    assert Notice.objects.filter(person=t.secretary, sentence__contains="已撤销：数字有误").exists()


def test_kind_that_wants_no_answer_is_done_with_the_signature(week: SimpleNamespace) -> None:
    t = week.t
    draft = documents.draft(kind="weekly", town=t.town, period=WEEK, at=LATER, by=t.clerk)
    row = of(pass_on(draft, t, "issued"), t.east)
    row = documents.sign_for(receipt=row, by=t.secretary, at=AT)
    assert (row.wanted, row.done) == (False, True)
    with pytest.raises(DomainError) as refused:
        documents.answer(receipt=row, by=t.secretary, at=AT, text=ANSWER)
    assert refused.value.code == "answer_unwanted"
    assert "answer" not in {step.code for step in rules.receipt_steps(t.secretary, row)}


def test_writer_chooses_who_is_sent_it_and_by_when_they_answer(week: SimpleNamespace) -> None:
    t = week.t
    draft = settle(documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk), t)
    day = (LATER + timedelta(days=3)).date()
    draft = documents.edit_head(
        document=draft, by=t.clerk, at=LATER, version=draft.version, title=draft.title, addressee="东门社区", cc=[],
        receivers=[t.east, t.elsewhere], answer_due=day,
    )  # fmt: skip
    issued = pass_on(draft, t, "issued")
    assert list(issued.receipts.values_list("unit__code", "answer_due")) == [(t.east.code, day)]


def test_a_past_day_for_answers_stops_the_signing(week: SimpleNamespace) -> None:
    t = week.t
    draft = settle(documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk), t)
    draft = documents.submit(document=draft, by=t.clerk, at=LATER)
    with pytest.raises(DomainError) as refused:
        documents.check(document=draft, by=t.director, at=LATER + timedelta(days=20))
    assert "回复期限12月7日已经过了" in refused.value.message


def test_a_unit_elsewhere_reads_what_was_sent_to_it_and_nothing_else(
    issued: Document, week: SimpleNamespace
) -> None:
    t = week.t
    seen = Document.objects.visible_to
    assert list(seen(t.cleaner)) == [issued]
    assert list(seen(t.outsider)) == []
    draft = documents.draft(kind="weekly", town=t.town, period=WEEK, at=LATER, by=t.clerk)
    assert draft not in seen(t.cleaner)


def test_failing_history_row_takes_the_signature_back(
    issued: Document, week: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("history is full")

    row = of(issued, week.t.east)
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", broken)
        with pytest.raises(RuntimeError):
            documents.sign_for(receipt=row, by=week.t.secretary, at=AT)
    row.refresh_from_db()
    assert (row.state, row.signed_by) == ("sent", None)


def test_county_sends_to_towns_and_the_towns_office_signs(week: SimpleNamespace) -> None:
    t = week.t
    draft = settle(
        documents.draft(kind="bulletin", town=t.county, period=WEEK, at=LATER, by=t.county_clerk), t
    )
    assert {unit.label for unit in receiving.of(draft)} == {"安和镇", "石桥镇"}
    assert (models.receiving(t.clerk), models.receiving(t.secretary)) == ([t.town.pk], [t.east.pk])
