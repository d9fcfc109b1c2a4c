"""签收 and 书面回复: what the units do with a document that was sent to them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import deed, receiving, rules, states
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.models import Document, Receipt

LONGEST_ANSWER = 4000


def send(document: Document, problems: Sequence[Problem], *, at: datetime) -> list[Receipt]:
    """One receipt for every unit addressed, and a line to its people. Part of 印发; inside its transaction.

    A circular to all asks a written answer only of the units that still have something open on its list: what is
    done stands in the books already (handbook D1).
    """
    units = receiving.of(document)
    asked = receiving.answering(document, units, problems)
    due = document.answer_due
    made = Receipt.objects.bulk_create([
        Receipt(document=document, unit=unit, sent_at=at, wanted=unit.pk in asked, answer_due=due if unit.pk in asked else None)
        for unit in units
    ])  # fmt: skip
    until = f"，{due.month}月{due.day}日前书面回复" if due else ""
    for unit in units:
        words = f"收到《{document.shown_title}》，请签收{until if unit.pk in asked else ''}"
        _tell_unit(unit, document, at, words)
    return made


def sign_for(*, receipt: Receipt, by: Person, at: datetime) -> Receipt:
    """签收, by somebody of the unit itself. Raises Conflict (already signed, withdrawn), NotAllowed."""
    with _on(receipt, "sign_for", by=by) as row:
        row.signed_by, row.signed_at = by, at
        _done(row, "sign_for", by=by, at=at, sentence=f"{row.unit.label}签收")
    return row


def sign_on_paper(*, receipt: Receipt, by: Person, at: datetime, paper: str) -> Receipt:
    """登记纸质签收, by the office, for a unit without an account; `paper` says who signed and where it is kept."""
    paper = deed.require(paper, "paper", "请写明谁签收的、回执放在哪里。")[:120]
    with _on(receipt, "sign_on_paper", by=by) as row:
        row.signed_by, row.signed_at, row.paper = by, at, paper
        _done(row, "sign_on_paper", by=by, at=at, sentence=f"登记{row.unit.label}纸质签收：{paper}")
    return row


def answer(*, receipt: Receipt, by: Person, at: datetime, text: str) -> Receipt:
    """书面回复. Raises DomainError (empty, too long, none wanted), Conflict, NotAllowed."""
    text = deed.require(text, "answer", "请写回复：一问题一措施一结果。")
    if len(text) > LONGEST_ANSWER:
        words = f"回复最多 {LONGEST_ANSWER} 字，现在 {len(text)} 字，请压减。"
        raise DomainError("answer_long", words, field="answer")
    with _on(receipt, "answer", by=by) as row:
        if not row.wanted:
            raise DomainError("answer_unwanted", "这份公文不要求书面回复，签收即可。", field="answer")
        row.answer, row.answered_by, row.answered_at, row.sent_back = text, by, at, ""
        late = "（超过期限）" if row.late else ""
        _done(row, "answer", by=by, at=at, sentence=f"{row.unit.label}书面回复{late}", length=len(text))
        deed.tell(
            row.document,
            P.DOCUMENT_DRAFT,
            at,
            f"{row.unit.label}对《{row.document.shown_title}》已书面回复{late}",
        )
    return row


def return_answer(*, receipt: Receipt, by: Person, at: datetime, ground: str) -> Receipt:
    """退回重报, by the office, with a ground. The text stays for the unit to go on from."""
    ground = deed.require(ground, "ground", "退回要写明哪里没有说清。")[:300]
    with _on(receipt, "return_answer", by=by) as row:
        row.answered_by = row.answered_at = None
        row.sent_back = ground
        _done(row, "return_answer", by=by, at=at, sentence=f"退回{row.unit.label}的回复：{ground}")
        _tell_unit(row.unit, row.document, at, f"对《{row.document.shown_title}》的回复被退回：{ground[:60]}")
    return row


def tell_receivers(document: Document, *, at: datetime, sentence: str) -> None:
    """A line to the people of every unit that was sent the document."""
    for receipt in document.receipts.select_related("unit"):
        _tell_unit(receipt.unit, document, at, sentence)


@contextmanager
def _on(receipt: Receipt, code: str, *, by: Person) -> Iterator[Receipt]:
    """The receipt, locked, if table and rule allow the step."""
    step = states.receipt_step(code)
    with transaction.atomic():
        row = (
            Receipt.objects.select_for_update(of=("self",))
            .select_related("document__town", "document__pack", "unit")
            .get(pk=receipt.pk)
        )
        if refused := rules.receipt_refusal(by, step, row):
            raise NotAllowed("document_not_allowed", refused)
        if row.document.state != states.ISSUED:
            raise Conflict(
                "document_state", f"这份公文现在是「{row.document.state_label}」，不用再{step.name}。"
            )
        if row.state not in step.from_states:
            raise Conflict(
                "receipt_state", f"{_last(row)}现在是「{row.get_state_display()}」，不能再「{step.name}」。"
            )
        yield row


def _last(row: Receipt) -> str:
    """Who was first, for the refusal told to the second."""
    who, when = (
        (row.answered_by, row.answered_at) if row.state == states.ANSWERED else (row.signed_by, row.signed_at)
    )
    return f"{who.name}已于{clock.show_time(when)}办理，" if who and when else ""


def _done(row: Receipt, code: str, *, by: Person, at: datetime, sentence: str, **data: object) -> None:
    before = row.state
    row.state = states.receipt_step(code).to_state or row.state
    row.save()
    audit.record(
        deed=f"receipt.{code}", subject=(deed.SUBJECT, row.document.uuid), at=at, by=by, post=by.title(row.unit),
        sentence=sentence, chain=row.document.town.chain,
        data={"unit": row.unit.code, "from": before, "to": row.state, **data},
    )  # fmt: skip


def _tell_unit(unit: Unit, document: Document, at: datetime, sentence: str) -> None:
    offices = (
        Unit.objects.in_force().filter(parent=unit, kind=kinds.OFFICE) if unit.kind == kinds.TOWN else ()
    )
    to = [key for one in (unit, *offices) for key in notices.holders(one, P.DOCUMENT_RECEIVE, at)]
    deed.tell_people(document, to, at, sentence)
