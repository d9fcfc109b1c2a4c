"""Receipts on the page of a printed document: one's own to sign and answer, and for the office who has done what."""

from typing import Any

from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.outcomes.documents import queries, rules, states
from wenming.outcomes.documents.actions.receipts import LONGEST_ANSWER
from wenming.outcomes.documents.models import Document, receiving


def panel(person: Person, document: Document) -> dict[str, Any]:
    """What the page of a printed document shows about its receipts: one's own, and for the office all of them."""
    rows = queries.receipts(document)
    own = set(receiving(person))
    office = any(
        person.may(need, document.town) for need in (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK, P.DOCUMENT_SIGN)
    )
    lines = [
        {
            "row": row,
            "steps": [step.code for step in rules.receipt_steps(person, row)],
            "mine": row.unit_id in own,
        }
        for row in rows
    ]
    return {
        "receipts": lines if office else [],
        "own_receipts": [line for line in lines if line["mine"]],
        "signed_for": sum(row.state != states.SENT for row in rows),
        "answered": sum(row.state == states.ANSWERED for row in rows),
        "answers_wanted": any(row.wanted for row in rows),
        "longest_answer": LONGEST_ANSWER,
        "today": clock.local_date(clock.now()),
    }
