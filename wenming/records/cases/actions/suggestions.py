"""意见与投诉: straight to the county; the town cannot see it (handbook D23)."""

from datetime import datetime

from django.db import transaction

from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.cases import deed
from wenming.records.cases.models import Suggestion

LONGEST = 2000


def suggest(*, text: str, contact: str, at: datetime) -> Suggestion:
    """Hand in a suggestion or complaint. History tells that one came, never what it says.

    Raises DomainError for an empty or endless text.
    """
    text = deed.require(text, "text", "请写下您的意见或投诉。")
    if len(text) > LONGEST:
        raise DomainError("text_long", f"内容请不要超过 {LONGEST} 字，现在 {len(text)} 字。", field="text")
    if len(contact.strip()) > 60:
        raise DomainError("contact_long", "联系方式请不要超过 60 字。", field="contact")
    with transaction.atomic():
        made = Suggestion.objects.create(text=text, contact=contact.strip(), created_at=at)
        _write(made, "suggestion.made", "收到一条意见与投诉", None, at)
        for county in Unit.objects.in_force().filter(kind=kinds.COUNTY):
            to = notices.holders(county, P.COMPLAINTS_READ, at, above=True)
            notices.post(
                to=to, kind="suggestion", sentence="收到一条新的意见与投诉，请在 15 个工作日内答复", at=at
            )
    return made


def answer(*, suggestion: Suggestion, by: Person, at: datetime, text: str) -> Suggestion:
    """Answer it, once. Raises NotAllowed, Conflict, DomainError."""
    if not by.may(P.COMPLAINTS_READ):
        raise NotAllowed("complaints_not_allowed", "意见与投诉由县创城办办理，您没有查看权限。")
    text = deed.require(text, "answer", "请写答复内容。")
    if len(text) > LONGEST:
        raise DomainError("text_long", f"答复请不要超过 {LONGEST} 字。", field="answer")
    with transaction.atomic():
        suggestion = Suggestion.objects.select_for_update().get(pk=suggestion.pk)
        if suggestion.answered_at:
            raise Conflict("answered_already", "这条意见已经答复过，请刷新页面查看。")
        suggestion.answer, suggestion.answered_at = text, at
        suggestion.save(update_fields=["answer", "answered_at"])
        _write(suggestion, "suggestion.answered", "答复一条意见与投诉", by, at)
    return suggestion


def _write(suggestion: Suggestion, what: str, sentence: str, by: Person | None, at: datetime) -> None:
    audit.record(deed=what, subject=("suggestion", suggestion.uuid), at=at, by=by, sentence=sentence,
                 post=by.title() if by else "")  # fmt: skip
