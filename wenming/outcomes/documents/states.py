"""The life of an official document, on one page: draft → check → sign → issue (handbook §5.3, appendix B).

`STEPS` is the transition table: every deed looks up its own row here and nowhere else.
"""

from dataclasses import dataclass

from wenming.common.errors import DomainError
from wenming.ground.people.permissions import P

DRAFT = "draft"
CHECKING = "checking"
SIGNING = "signing"
SIGNED = "signed"
ISSUED = "issued"
WITHDRAWN = "withdrawn"
DROPPED = "dropped"

STATES = [
    (DRAFT, "起草中"),
    (CHECKING, "待审核"),
    (SIGNING, "待签发"),
    (SIGNED, "已签发待印发"),
    (ISSUED, "已印发"),
    (WITHDRAWN, "已撤销"),
    (DROPPED, "已作废"),
]
LABELS = dict(STATES)
# What was signed does not change any more: figures, lists and photos are kept as the signer saw them.
FROZEN = [SIGNED, ISSUED, WITHDRAWN]
# Printed and numbered, for ever.
PRINTED = [ISSUED, WITHDRAWN]
WORKING = [DRAFT, CHECKING, SIGNING, SIGNED]


@dataclass(frozen=True)
class Step:
    """One move: where it may start, where it ends (None: stays), and the permission it needs in the town."""

    code: str
    name: str
    from_states: tuple[str, ...]
    to_state: str | None
    permissions: tuple[P, ...]


_TABLE = [
    Step("edit", "修改", (DRAFT,), None, (P.DOCUMENT_DRAFT,)),
    Step("submit", "送审", (DRAFT,), CHECKING, (P.DOCUMENT_DRAFT,)),
    Step("check", "审核通过", (CHECKING,), SIGNING, (P.DOCUMENT_CHECK,)),
    Step("sign", "签发", (SIGNING,), SIGNED, (P.DOCUMENT_SIGN,)),
    Step("issue", "印发", (SIGNED,), ISSUED, (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK)),
    Step("send_back", "退回修改", (CHECKING,), DRAFT, (P.DOCUMENT_CHECK,)),
    Step("send_back_signing", "退回修改", (SIGNING, SIGNED), DRAFT, (P.DOCUMENT_SIGN,)),
    Step("withdraw", "撤销", (ISSUED,), WITHDRAWN, (P.DOCUMENT_SIGN,)),
    Step("drop", "作废", (DRAFT,), DROPPED, (P.DOCUMENT_DRAFT,)),
    Step("correct", "起草更正", (ISSUED,), None, (P.DOCUMENT_DRAFT,)),
    Step("ask_pdf", "重新生成 PDF", (ISSUED, WITHDRAWN), None, (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK)),
]
STEPS: dict[str, Step] = {step.code: step for step in _TABLE}


def step(code: str) -> Step:
    """The row of the table. Raises DomainError for an unknown step."""
    if code not in STEPS:
        raise DomainError("step_unknown", f"没有「{code}」这一步。")
    return STEPS[code]


# --- receipts: one for every unit addressed ----------------------------------------------------------------
SENT, SIGNED_FOR, ANSWERED = "sent", "signed_for", "answered"
RECEIPT_STATES = [(SENT, "待签收"), (SIGNED_FOR, "已签收"), (ANSWERED, "已回复")]
RECEIPT_LABELS = dict(RECEIPT_STATES)
_RECEIPTS = [
    Step("sign_for", "签收", (SENT,), SIGNED_FOR, (P.DOCUMENT_RECEIVE,)),
    Step("answer", "书面回复", (SIGNED_FOR,), ANSWERED, (P.DOCUMENT_RECEIVE,)),
    Step("sign_on_paper", "登记纸质签收", (SENT,), SIGNED_FOR, (P.DOCUMENT_DRAFT,)),
    Step("return_answer", "退回重报", (ANSWERED,), SIGNED_FOR, (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK)),
]
RECEIPT_STEPS: dict[str, Step] = {step.code: step for step in _RECEIPTS}


def receipt_step(code: str) -> Step:
    """The row of the table of receipts. Raises DomainError for an unknown step."""
    if code not in RECEIPT_STEPS:
        raise DomainError("step_unknown", f"没有「{code}」这一步。")
    return RECEIPT_STEPS[code]


# --- kinds of a town's own ---------------------------------------------------------------------------------
WRITING, ADOPTED, RETIRED = "writing", "adopted", "retired"
KIND_STATES = [(WRITING, "起草中"), (ADOPTED, "已采用"), (RETIRED, "已停用")]

DOCX, PDF, XLSX = "docx", "pdf", "xlsx"
FORMATS = [(DOCX, "Word 文件"), (PDF, "PDF 文件"), (XLSX, "问题清单（Excel）")]
SHORT = {DOCX: "Word", PDF: "PDF", XLSX: "问题清单"}
MIME = {
    DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    PDF: "application/pdf",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
