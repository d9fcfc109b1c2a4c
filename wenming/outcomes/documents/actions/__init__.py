"""Deeds on documents. Callers write `documents.draft(…)`, `documents.sign(…)`, `documents.issue(…)`."""

from wenming.outcomes.documents.actions.issuing import ask_pdf, issue, keep_pdf
from wenming.outcomes.documents.actions.passing import check, drop, send_back, sign, submit, withdraw
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
    "accept_suggestion", "add_block", "ask_pdf", "check", "correct", "draft", "draft_again", "drop", "edit_block",
    "edit_head", "issue", "keep_pdf", "remove_block", "send_back", "set_letterhead", "sign", "submit", "withdraw",
]  # fmt: skip
