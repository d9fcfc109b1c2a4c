"""送审 → 审核 → 签发, and back."""

from datetime import datetime

from wenming.common.errors import DomainError
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger import accounts, posting
from wenming.ledger.posting import Voucher
from wenming.outcomes.documents import compose, deed, material, queries, states, values
from wenming.outcomes.documents.actions import receipts
from wenming.outcomes.documents.ingredients import Ingredients
from wenming.outcomes.documents.models import Document


def submit(*, document: Document, by: Person, at: datetime) -> Document:
    """送审. What the checks found travels along; it stops checking and signing, not this."""
    with deed.on(document, "submit", by=by) as document:
        document.submitted_by, document.submitted_at, document.sent_back = by, at, ""
        deed.done(document, "submit", by=by, at=at, sentence=f"送审《{document.shown_title}》")
        deed.tell(document, P.DOCUMENT_CHECK, at, f"《{document.shown_title}》送审，请审核")
    return document


def check(*, document: Document, by: Person, at: datetime) -> Document:
    """审核通过, by somebody who did not write it. Raises DomainError as `sign` does."""
    with deed.on(document, "check", by=by) as document:
        _must_be_clean(document, at, "审核通过")
        document.checked_by, document.checked_at = by, at
        deed.done(document, "check", by=by, at=at, sentence=f"审核通过《{document.shown_title}》")
        deed.tell(document, P.DOCUMENT_SIGN, at, f"《{document.shown_title}》待您签发")
    return document


def sign(*, document: Document, by: Person, at: datetime) -> Document:
    """签发: figures are taken from the books and kept, lists and letterhead are frozen as the signer saw them.

    Raises DomainError `document_unready` naming every place that is still to be filled, suggestions not
    settled, and figures behind which there is no entry; nothing is changed then.
    """
    with deed.on(document, "sign", by=by) as document:
        made_of = _must_be_clean(document, at, "签发")
        values.keep(document, compose.kept_keys(document, made_of.figures), at=at)
        document.head = dict(made_of.head)
        document.code_word = compose.code_word(made_of.head, document.pack.facts)
        document.material = {"problems": [material.kept(one) for one in made_of.problems]}
        document.signed_by, document.signed_at = by, at
        deed.done(document, "sign", by=by, at=at, sentence=f"签发《{document.shown_title}》")
        to = [key for key in (document.drafted_by_id, document.submitted_by_id) if key]
        deed.tell_people(document, to, at, f"《{document.shown_title}》已签发，请印发")
    return document


def send_back(*, document: Document, by: Person, at: datetime, ground: str) -> Document:
    """退回修改, by the checker or the signer, with a ground. What signing had kept is let go again."""
    ground = deed.require(ground, "ground", "退回要写明意见。")[:300]
    code = "send_back" if document.state in states.step("send_back").from_states else "send_back_signing"
    with deed.on(document, code, by=by) as document:
        document.figures.all().delete()
        document.material = document.head = None
        document.checked_by = document.checked_at = document.signed_by = document.signed_at = None
        document.sent_back = ground
        deed.done(document, code, by=by, at=at, sentence=f"退回修改：{ground}")
        to = [key for key in (document.drafted_by_id, document.submitted_by_id) if key]
        deed.tell_people(document, to, at, f"《{document.shown_title}》退回修改：{ground[:60]}")
    return document


def drop(*, document: Document, by: Person, at: datetime) -> Document:
    """作废 a draft: it had no number, so the register has no hole."""
    with deed.on(document, "drop", by=by) as document:
        deed.done(document, "drop", by=by, at=at, sentence=f"作废《{document.shown_title}》")
    return document


def withdraw(*, document: Document, by: Person, at: datetime, ground: str) -> Document:
    """撤销 an issued document: number and files stay, its entries leave the books, its problems count as not told."""
    ground = deed.require(ground, "ground", "撤销要写明理由。")[:300]
    with deed.on(document, "withdraw", by=by) as document:
        document.withdrawn_at, document.withdrawn_ground = at, ground
        deed.done(document, "withdraw", by=by, at=at, sentence=f"撤销《{document.shown_title}》：{ground}")
        receipts.tell_receivers(document, at=at, sentence=f"《{document.shown_title}》已撤销：{ground[:60]}")
        posting.reverse(voucher=Voucher(deed.SUBJECT, document.uuid), at=at)
        for named in document.cases.select_related("case"):
            posting.reverse(
                voucher=Voucher("case", named.case.uuid), accounts=[accounts.CASE_NAMED], at=at,
                posted_at=document.issued_at,
            )  # fmt: skip
    return document


def _must_be_clean(document: Document, at: datetime, wanted: str) -> Ingredients:
    """The document's ingredients, if nothing stops it. Raises DomainError `document_unready`."""
    made_of = queries.ingredients(document, at=at)
    stops = list(
        dict.fromkeys(found.message for found in queries.review(document, made_of, at=at) if found.blocking)
    )
    if stops:
        listed = "；".join(f"（{n}）{words.rstrip('。')}" for n, words in enumerate(stops[:8], 1))
        more = f"；等 {len(stops)} 处" if len(stops) > 8 else ""
        raise DomainError("document_unready", f"还不能{wanted}：{listed}{more}。请退回起草人改好再办。")
    return made_of
