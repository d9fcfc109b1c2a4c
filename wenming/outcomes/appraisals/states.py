"""The life of an appraisal, on one page (handbook §4.2: shown, appealed, decided, published, corrected).

`STEPS` is the transition table of a round: every deed looks up its own row here and nowhere else.
"""

from dataclasses import dataclass

from wenming.common.errors import DomainError
from wenming.ground.people.permissions import P

COMPUTED = "computed"
SHOWN = "shown"
PUBLISHED = "published"
SUPERSEDED = "superseded"
DROPPED = "dropped"

STATES = [
    (COMPUTED, "已计算待公示"),
    (SHOWN, "公示申诉中"),
    (PUBLISHED, "已公布"),
    (SUPERSEDED, "已被更正"),
    (DROPPED, "已作废"),
]
LABELS = dict(STATES)
# What the units rated may see of a round; before that it is the office's own arithmetic.
TOLD = [SHOWN, PUBLISHED, SUPERSEDED]
# Rounds that later periods count on.
FINAL = [PUBLISHED, SUPERSEDED]


@dataclass(frozen=True)
class Step:
    """One move: where it may start, where it ends (None: stays), and the permission it needs."""

    code: str
    name: str
    from_states: tuple[str, ...]
    to_state: str | None
    permission: P


_TABLE = [
    Step("recompute", "重新计算", (COMPUTED,), None, P.SCORE_MANAGE),
    Step("leave_out", "本期不考核", (COMPUTED,), None, P.SCORE_MANAGE),
    Step("drop", "作废", (COMPUTED,), DROPPED, P.SCORE_MANAGE),
    Step("show", "公示", (COMPUTED,), SHOWN, P.SCORE_MANAGE),
    Step("take_back", "收回公示", (SHOWN,), COMPUTED, P.SCORE_MANAGE),
    Step("appeal", "申诉", (SHOWN,), None, P.SCORE_APPEAL),
    Step("withdraw_appeal", "撤回申诉", (SHOWN,), None, P.SCORE_APPEAL),
    Step("agree", "确认无异议", (SHOWN,), None, P.SCORE_APPEAL),
    Step("decide", "裁定申诉", (SHOWN,), None, P.SCORE_DECIDE),
    Step("publish", "公布", (SHOWN,), PUBLISHED, P.SCORE_MANAGE),
    Step("correct", "更正", (PUBLISHED,), None, P.SCORE_MANAGE),
    Step("settle", "定后果", (PUBLISHED,), None, P.SCORE_CONFIRM),
    Step("clear", "下黑榜", (PUBLISHED,), None, P.SCORE_MANAGE),
]
STEPS: dict[str, Step] = {step.code: step for step in _TABLE}


def step(code: str) -> Step:
    """The row of the table. Raises DomainError for an unknown step."""
    if code not in STEPS:
        raise DomainError("step_unknown", f"没有「{code}」这一步。")
    return STEPS[code]


# --- rule books: one row a version -------------------------------------------------------------------------
WRITING, ADOPTED, RETIRED = "writing", "adopted", "retired"
BOOK_STATES = [(WRITING, "起草中"), (ADOPTED, "已采用"), (RETIRED, "已停用")]

# --- appeals -----------------------------------------------------------------------------------------------
OPEN, UPHELD, REJECTED, WITHDRAWN = "open", "upheld", "rejected", "withdrawn"
APPEAL_STATES = [(OPEN, "待裁定"), (UPHELD, "申诉成立"), (REJECTED, "维持原评"), (WITHDRAWN, "已撤回")]

# --- consequences: the machine proposes, a person decides with a ground ------------------------------------
PROPOSED, CONFIRMED, REFUSED = "proposed", "confirmed", "refused"
OUTCOME_STATES = [(PROPOSED, "待定"), (CONFIRMED, "已确认"), (REFUSED, "不予采纳")]
