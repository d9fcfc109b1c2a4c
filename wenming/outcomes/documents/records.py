"""The one record of the work log a document is written from: 会议纪要 from the meeting that was entered (handbook §7.5).

What the record says answers the questions of the kind; its decisions become a table, its minutes paragraphs. Which
record it is stays with what the document was given, so that a draft written anew reads it again.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from wenming.common.errors import DomainError
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import kinds
from wenming.outcomes.documents.models import Document
from wenming.records.journals import states
from wenming.records.journals.models import Decision, Journal

# Beside the answers in `Document.given`; no question can have this key.
KEY = "_record"
# What a kind may call the day of the record.
DAY = "day"
# The longest answer to a question.
LONGEST = 500
_OFFERED_DAYS, _OFFERED = 120, 40
_NUMBER = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十\d]+[)）、.．]+)\s*")


def offered(person: Person, town: Unit, spec: Mapping[str, Any], on: date) -> list[Journal]:
    """The town's records of the kind in the last months that the person may see, the newest first. One statement."""
    wanted = spec.get("record")
    if not wanted:
        return []
    found = Journal.objects.visible_to(person).filter(
        town=town, code=wanted["kind"], state=states.ENTERED, occurred_on__gte=on - timedelta(days=_OFFERED_DAYS)
    )  # fmt: skip
    return list(found.order_by("-occurred_on", "-pk")[:_OFFERED])


def written_from(record: Journal, on: date) -> list[tuple[str, str]]:
    """(code, title) of the kinds of document that can be written from the record."""
    if record.state != states.ENTERED:
        return []
    found = kinds.all_in_force(on, record.town)
    return [
        (kinds.base(row.code), row.title)
        for row in found
        if (row.facts.get("record") or {}).get("kind") == record.code
    ]


def answers(spec: Mapping[str, Any], record: Journal, given: Mapping[str, str]) -> dict[str, str]:
    """What was given, with the record's own words where nothing was said, and the record itself.

    Raises DomainError `record_unfit`: another kind of record, or one that was corrected or struck.
    """
    wanted = spec.get("record")
    if not wanted or record.code != wanted["kind"] or record.state != states.ENTERED:
        words = "选的这条台账不能用来写这份公文（类目不同，或已经更正、冲销），请另选一条。"
        raise DomainError("record_unfit", words, field="record")
    found = {key: text for key, text in given.items() if text.strip()}
    for key, name in wanted["fills"].items():
        # A list of two hundred names is no answer to a question: it stays open, and the clerk shortens it.
        if key not in found and len(said := _said(record, name)) <= LONGEST:
            found[key] = said
    return found | {KEY: str(record.uuid)}


def of(document: Document) -> Journal | None:
    """The record the document was written from, as it stands now: corrected records lead to what replaced them."""
    said = document.given.get(KEY, "")
    if not said:
        return None
    record = Journal.objects.filter(uuid=uuid.UUID(said), town=document.town).first()
    while record is not None and record.state == states.CORRECTED:
        record = Journal.objects.filter(replaces=record).first()
    return record if record is not None and record.state == states.ENTERED else None


def paragraphs(document: Document, name: str) -> list[str]:
    """The lines of a long field of the record, without the numbers its writer put before them."""
    record = of(document)
    text = str(record.fields.get(name) or "") if record else ""
    return [line for line in (_NUMBER.sub("", raw).strip() for raw in text.splitlines()) if line]


def decisions(document: Document) -> list[Decision]:
    """What the meeting decided, in its order."""
    record = of(document)
    return list(record.decisions.select_related("unit").order_by("number")) if record else []


def _said(record: Journal, name: str) -> str:
    if name == DAY:
        return f"{record.occurred_on.month}月{record.occurred_on.day}日"
    value = record.fields.get(name) or ""
    return "，".join(str(one) for one in value) if isinstance(value, list) else str(value)
