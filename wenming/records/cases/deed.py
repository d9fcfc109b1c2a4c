"""The frame of every deed on a case: lock, check the table, check the rule; then save, write history, post.

A deed reads like this:

    with deed.on(case, "sign", by=by) as case:
        case.signed_at = at
        deed.done(case, "sign", by=by, at=at, sentence="签收", data={})
"""

import copy
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Record
from wenming.ground.calendar import queries as calendar
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ledger import posting
from wenming.ledger.posting import Line
from wenming.records.cases import booking, checks, reading, rules, states, timing
from wenming.records.cases.models import Case, stale

SUBJECT = "case"


_WAS = "_as_locked"


def locked(case: Case | int) -> Case:
    """The case as it is now, its row locked until the deed is written.

    Units, place and people that the given case has at hand are taken along where they are still the same ones. By key
    alone its place and units are read, too.
    """
    fresh = reading.by_key(case, lock=True) if isinstance(case, int) else reading.again(case)
    # Values of JSON columns may be changed in place.
    fresh.__dict__[_WAS] = {
        name: copy.deepcopy(value) if isinstance(value, (dict, list)) else value
        for name, value in fresh.__dict__.items()
    }
    return fresh


def _save(case: Case, *, new: bool) -> None:
    """Write what the deed changed; a case has seventy columns, a deed touches five."""
    was = case.__dict__.get(_WAS)
    if new or was is None:
        case.save(force_insert=new)
        return
    fields = case._meta.concrete_fields
    case.save(update_fields=[f.name for f in fields if case.__dict__[f.attname] != was[f.attname]])


def hold(cases: Sequence[Case]) -> None:
    """Lock the rows of several cases for one transaction, in one order, before anything is written (a batch)."""
    keys = sorted({case.pk for case in cases})
    list(
        Case.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=keys)
        .order_by("pk")
        .values_list("pk")
    )


@contextmanager
def on(case: Case, code: str, *, by: Person | None) -> Iterator[Case]:
    """Lock the case and refuse the step where the table or the rule does. `by` None: the system itself.

    Raises Conflict (with who did what meanwhile) or NotAllowed.
    """
    step = states.step(code)
    with transaction.atomic():
        fresh = locked(case)
        if fresh.state not in step.from_states:
            raise stale(fresh, step.name, history.of(fresh.uuid).last())
        if by is not None:
            refused = rules.refusal(by, step, fresh)
            if refused:
                raise NotAllowed("case_not_allowed", refused)
        if fresh.covert and code not in ("publish_covert", "refuse"):
            raise DomainError("case_covert", "暗访问题公开之前不能办理，请先公开。")
        yield fresh


def done(
    case: Case,
    code: str,
    *,
    by: Person | None,
    at: datetime,
    sentence: str,
    data: dict[str, Any] | None = None,
    lines: Sequence[Line] = (),
    new: bool = False,
    posted_at: datetime | None = None,
) -> Record:
    """Write the deed: history row, projection of the clocks, the row itself, and the ledger, in this order.

    A find that becomes known (a new case, a covert one published) is also a check of its place.

    A `new` case is written here for the first time.
    """
    step = states.STEPS.get(code)
    before = case.state
    if step is not None and step.to_state is not None:
        case.state = step.to_state
    case.updated_at = posted_at or at
    said = {**(data or {}), "from": "" if new else before, "to": case.state}
    row = audit.record(
        deed=f"case.{code}", subject=(SUBJECT, case.uuid), at=at, by=by, post=by.title(case.town) if by else "",
        sentence=sentence, data=said, chain=case.town.chain, posted_at=posted_at,
    )  # fmt: skip
    if new and not said.get("lead"):
        events: list[Any] = []
    elif new:
        events = [row]
    else:
        events = history.whole(case.uuid)
    project(case, events)
    moved = booking.due_moved(case, posted_at or at)
    _save(case, new=new)
    found = checks.by_find(case) if new or code == "publish_covert" else []
    posting.post(
        town=case.town, lines=[*lines, *found, *moved], voucher=booking.voucher(case), at=posted_at or at
    )
    return row


def project(case: Case, events: Sequence[Any]) -> timing.Timing:
    """Rebuild the clock columns from the whole history, and with them whether the hand-in was in time. Returns what
    the history says."""
    told = timing.read(events, calendar.calendar())
    case.due_at, case.sign_due_at, case.warn_at = told.due.at, told.sign_due.at, told.warn_at
    if case.state == states.VERIFYING and case.handed_in_at and case.path != states.ON_SPOT:
        case.in_time = told.due.at is None or case.handed_in_at <= told.due.at
    return told


def refresh(case: Case, at: datetime) -> tuple[list[Line], timing.Timing]:
    """Before a step that judges by the deadline: bring the columns in line with history and calendar as of now.

    They are a projection for lists; between a change of the calendar and its job they may be behind. Returns
    what the deed has to post with it, and what the history says about time.
    """
    told = project(case, history.whole(case.uuid))
    return booking.due_moved(case, at), told


def due(case: Case) -> datetime | None:
    """The deadline that follows from history and calendar as of now."""
    return timing.read(history.whole(case.uuid), calendar.calendar()).due.at


def tell(case: Case, to: Sequence[int], kind: str, sentence: str, at: datetime) -> None:
    """Leave a line in the in-boxes of the people whose turn it is."""
    if to:
        notices.post(
            to=to,
            kind=f"case.{kind}",
            sentence=sentence,
            at=at,
            subject=(SUBJECT, case.uuid),
            urgent=case.safety,
        )


def require(text: str, field: str, sentence: str) -> str:
    """A ground that must not be empty. Raises DomainError with `sentence`."""
    text = text.strip()
    if not text:
        raise DomainError("ground_missing", sentence, field=field)
    return text


def choice(value: str, table: Sequence[tuple[str, str]], field: str, sentence: str) -> str:
    """The label of a reason code. Raises DomainError with `sentence` for an unknown one."""
    labels = dict(table)
    if value not in labels:
        raise DomainError("reason_unknown", sentence, field=field)
    return labels[value]


def existing(key: uuid.UUID) -> Case | None:
    """The case already made from this form, when the same report is sent again."""
    return Case.objects.filter(uuid=key).first()


def aside(text: str) -> str:
    """A remark in brackets at the end of a sentence of history; nothing for an empty one."""
    return f"（{text.strip()}）" if text.strip() else ""
