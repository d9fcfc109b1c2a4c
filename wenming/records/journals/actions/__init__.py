"""Deeds on work logs. Import the package: `journals.enter(…)`, `journals.strike(…)`, `journals.kinds.define(…)`."""

from wenming.records.journals.actions import kinds
from wenming.records.journals.actions.changing import correct, strike
from wenming.records.journals.actions.deciding import Resolution, decide, drop, finish
from wenming.records.journals.actions.entering import Draft, enter, enter_many

__all__ = [
    "Draft", "Resolution", "correct", "decide", "drop", "enter", "enter_many", "finish", "kinds", "strike",
]  # fmt: skip
