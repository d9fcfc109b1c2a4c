"""Who may take a step on a document (handbook appendix B: nobody checks or signs his own text)."""

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import states
from wenming.outcomes.documents.models import Document, Receipt, receiving

NOT_YOURS = "这一步不在您的岗位职责内，请联系镇创城办。"
OWN_CHECK = "起草、修改过这份公文的人不能审核它，请由另一位同志审核。"
OWN_SIGN = "起草、修改过这份公文的人不能签发它，请由另一位领导签发。"
OTHER_LEVEL = "公文由发文的那一级领导签发、撤销；上级有意见，请联系发文单位。"
# A town answers with its own leader's name for what it issues: a post above it does not sign in his place.
SIGNERS = ("sign", "send_back_signing", "withdraw")


def refusal(person: Person, step: states.Step, document: Document) -> str | None:
    """Why the person may not take this step on this document; None when he may."""
    if not any(person.may(need, document.town) for need in step.permissions):
        return NOT_YOURS
    if step.code in SIGNERS and document.town.path not in person.paths(P.DOCUMENT_SIGN):
        return OTHER_LEVEL
    if step.code == "check" and person.pk in writers(document):
        return OWN_CHECK
    if step.code == "sign" and person.pk in writers(document):
        return OWN_SIGN
    return None


def may(person: Person, code: str, document: Document) -> bool:
    """True when the person may take the step in the document's present state."""
    step = states.step(code)
    return document.state in step.from_states and refusal(person, step, document) is None


NOT_ADDRESSED = "这份公文不是发给您单位的，由收文单位自己签收和回复。"
OFFICE_ONLY = "这一步由发文的创城办办理。"


def receipt_refusal(person: Person, step: states.Step, receipt: Receipt) -> str | None:
    """Why the person may not take this step on a receipt; None when he may.

    A unit signs and answers by its own people; the office that wrote the document only books what came on paper
    and returns an answer that does not answer.
    """
    if step.permissions == (P.DOCUMENT_RECEIVE,):
        return None if receipt.unit_id in receiving(person) else NOT_ADDRESSED
    town = receipt.document.town
    return None if any(person.may(need, town) for need in step.permissions) else OFFICE_ONLY


def receipt_steps(person: Person, receipt: Receipt) -> list[states.Step]:
    """The moves the person may make on a receipt now, in the order of the table."""
    if receipt.document.state != states.ISSUED:
        return []
    return [
        step
        for step in states.RECEIPT_STEPS.values()
        if receipt.state in step.from_states
        and (step.code != "answer" or receipt.wanted)
        and receipt_refusal(person, step, receipt) is None
    ]


def may_draft(person: Person, town: Unit) -> bool:
    return person.may(P.DOCUMENT_DRAFT, town)


def may_set_letterhead(person: Person, town: Unit) -> bool:
    """Head and code word are decided above the desk that writes."""
    return person.may(P.DOCUMENT_CHECK, town)


def writers(document: Document) -> set[int]:
    """Everybody who had a hand in the text."""
    return {
        key
        for key in (document.drafted_by_id, document.submitted_by_id, *document.body.get("writers", []))
        if key
    }
