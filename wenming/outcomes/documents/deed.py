"""The frame of every deed on a document: lock, check the table, check the rule; then save and write history."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import rules, states
from wenming.outcomes.documents.models import Document

SUBJECT = "document"


@contextmanager
def on(document: Document, code: str, *, by: Person) -> Iterator[Document]:
    """Lock the document and refuse the step where the table or the rule does. Raises Conflict or NotAllowed."""
    step = states.step(code)
    with transaction.atomic():
        fresh = (
            Document.objects.select_for_update(of=("self",), no_key=True)
            .select_related("town", "pack")
            .get(pk=document.pk)
        )
        if fresh.state not in step.from_states:
            raise stale(fresh, step.name)
        if refused := rules.refusal(by, step, fresh):
            raise NotAllowed("document_not_allowed", refused)
        yield fresh


def done(
    document: Document, code: str, *, by: Person | None, at: datetime, sentence: str, **data: Any
) -> None:
    """Move the document on, save it and write its history."""
    step = states.STEPS.get(code)
    before = document.state
    if step is not None and step.to_state is not None:
        document.state = step.to_state
    document.updated_at = at
    document.save()
    audit.record(
        deed=f"document.{code}", subject=(SUBJECT, document.uuid), at=at, by=by,
        post=by.title(document.town) if by else "", sentence=sentence, chain=document.town.chain,
        data={"from": before, "to": document.state, **data},
    )  # fmt: skip


def stale(document: Document, wanted: str) -> Conflict:
    """The refusal told to the second of two people: who did what, and what state it is in now."""
    last = history.of(document.uuid).last()
    happened = f"{last.by_name}已办理：{last.sentence}。" if last else ""
    return Conflict(
        "document_state",
        f"{happened}这份公文现在是「{document.state_label}」，不能再「{wanted}」，请看最新情况后再办。",
    )


def tell(document: Document, permission: P, at: datetime, sentence: str) -> None:
    """A line for those in the town whose turn it is."""
    offices = Unit.objects.in_force().filter(parent=document.town, kind=kinds.OFFICE)
    to = [key for unit in (document.town, *offices) for key in notices.holders(unit, permission, at)]
    tell_people(document, to, at, sentence)


def tell_people(document: Document, to: list[int], at: datetime, sentence: str) -> None:
    if to:
        notices.post(to=to, kind="document", sentence=sentence, at=at, subject=(SUBJECT, document.uuid))


def require(text: str, field: str, sentence: str) -> str:
    """Words that must not be empty. Raises DomainError with `sentence`."""
    text = text.strip()
    if not text:
        raise DomainError("ground_missing", sentence, field=field)
    return text
