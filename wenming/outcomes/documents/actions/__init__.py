"""Deeds on documents. Callers write `documents.draft(…)`, `documents.sign(…)`, `documents.issue(…)`."""

from wenming.outcomes.documents.actions.issuing import ask_pdf, issue, keep_pdf
from wenming.outcomes.documents.actions.own_kinds import adopt_kind, copied, drop_kind, try_kind, write_kind
from wenming.outcomes.documents.actions.passing import check, drop, send_back, sign, submit, withdraw
from wenming.outcomes.documents.actions.receipts import answer, return_answer, sign_for, sign_on_paper
from wenming.outcomes.documents.actions.writing import (
    accept_suggestion,
    add_block,
    correct,
    draft,
    draft_again,
    edit_block,
    edit_head,
    remove_block,
    set_letterhead,
)

__all__ = [
    "accept_suggestion", "add_block", "adopt_kind", "answer", "ask_pdf", "check", "copied", "correct", "draft",
    "draft_again", "drop", "drop_kind", "edit_block", "edit_head", "issue", "keep_pdf", "remove_block", "return_answer",
    "send_back", "set_letterhead", "sign", "sign_for", "sign_on_paper", "submit", "try_kind", "withdraw", "write_kind",
]  # fmt: skip
