"""Deeds on cases. Callers write `cases.report(…)`, `cases.hand_in(…)`, and `cases.orders.issue(…)`."""

from wenming.records.cases.actions import ordering as orders
from wenming.records.cases.actions import suggestions
from wenming.records.cases.actions.checking import accept, close, contest, revisit, send_back
from wenming.records.cases.actions.handling import (
    ask_extension,
    ask_suspension,
    assign,
    deny_extension,
    deny_suspension,
    dispatch,
    grant_extension,
    grant_suspension,
    hand_in,
    overrule_return,
    remind,
    resume,
    return_,
    sign,
    uphold_return,
)
from wenming.records.cases.actions.moderation import publish, rate, unpublish
from wenming.records.cases.actions.relaying import Relayed, recall, relay, returned
from wenming.records.cases.actions.reporting import (
    merge,
    publish_covert,
    refuse,
    register,
    report,
    report_fixed,
    split,
)
from wenming.records.cases.actions.touring import confirm_clear, publish_visit
from wenming.records.cases.deed import hold

__all__ = [
    "Relayed", "accept", "ask_extension", "ask_suspension", "assign", "close", "confirm_clear", "contest", "deny_extension",
    "deny_suspension", "dispatch", "grant_extension", "grant_suspension", "hand_in", "hold", "merge", "orders", "overrule_return", "publish",
    "publish_covert", "publish_visit", "rate", "recall", "refuse", "register", "relay", "remind", "report", "report_fixed", "resume", "return_", "returned", "revisit",
    "send_back", "sign", "split", "suggestions", "unpublish", "uphold_return",
]  # fmt: skip
