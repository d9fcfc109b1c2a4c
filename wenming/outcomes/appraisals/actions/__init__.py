"""Everything that can happen to rule books, rounds, appeals and consequences: one function a deed."""

from wenming.outcomes.appraisals.actions.appealing import agree, appeal, decide, withdraw_appeal
from wenming.outcomes.appraisals.actions.books import adopt, drop_book, enact, set_term, write_book
from wenming.outcomes.appraisals.actions.computing import compute, could_not, drop, leave_out, recompute
from wenming.outcomes.appraisals.actions.publishing import correct, publish, show, take_back
from wenming.outcomes.appraisals.actions.settling import clear, settle

__all__ = [
    "adopt", "agree", "appeal", "clear", "compute", "correct", "could_not", "decide", "drop", "drop_book", "enact", "leave_out", "publish",
    "recompute", "set_term", "settle", "show", "take_back", "withdraw_appeal", "write_book",
]  # fmt: skip
