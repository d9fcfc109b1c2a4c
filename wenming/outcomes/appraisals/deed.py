"""The frame of every deed on a round: lock, check the table, check the rule; then save and write history."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.outcomes.appraisals import rules, states
from wenming.outcomes.appraisals.models import Round, Sheet
from wenming.outcomes.scoring import amounts

SUBJECT = "appraisal"
BOOK = "rule_book"
SHEET = "sheet"
APPEAL = "appeal"
OUTCOME = "outcome"


@contextmanager
def on(where: Round, code: str, *, by: Person | None) -> Iterator[Round]:
    """Lock the round and refuse the step where the table or the rule does. `by` None: the nightly job.

    Raises Conflict (with who did what meanwhile) or NotAllowed.
    """
    step = states.step(code)
    with transaction.atomic():
        fresh = (
            Round.objects.select_for_update(of=("self",))
            .select_related("town", "book", "corrects")
            .get(pk=where.pk)
        )
        if fresh.state not in step.from_states:
            raise stale(fresh, step.name)
        # Appeals are allowed by the sheet (`rules.own_sheet_refusal`), everything else by the town.
        asked = by is not None and step.permission != P.SCORE_APPEAL
        if asked and (refused := rules.refusal(by, step, fresh)):  # type: ignore[arg-type]
            raise NotAllowed("appraisal_not_allowed", refused)
        yield fresh


def done(where: Round, code: str, *, by: Person | None, at: datetime, sentence: str, **data: Any) -> None:
    """Move the round on, save it and write its history."""
    step = states.STEPS.get(code)
    before = where.state
    if step is not None and step.to_state is not None:
        where.state = step.to_state
    where.save()
    record(where.town, f"appraisal.{code}", (SUBJECT, where), by=by, at=at, sentence=sentence,
           data={"from": before, "to": where.state, **data})  # fmt: skip


def record(
    town: Unit, code: str, subject: tuple[str, Any], *, by: Person | None, at: datetime, sentence: str, data: dict[str, Any]
) -> None:  # fmt: skip
    """One row of history about a round, a book or an appeal of the town."""
    audit.record(
        deed=code, subject=(subject[0], subject[1].uuid), at=at, by=by, post=by.title(town) if by else "",
        sentence=sentence, chain=town.chain, data=data,
    )  # fmt: skip


def stale(where: Round, wanted: str) -> Conflict:
    """The refusal told to the second of two people: who did what, and what state it is in now."""
    last = history.of(where.uuid).last()
    happened = f"{last.by_name}已办理：{last.sentence}。" if last else ""
    return Conflict(
        "appraisal_state",
        f"{happened}这期考核现在是「{where.state_label}」，不能再「{wanted}」，请看最新情况后再办。",
    )


def office(town: Unit, permission: P, at: datetime) -> list[int]:
    """Keys of those in town and office whose turn it is."""
    offices = Unit.objects.in_force().filter(parent=town, kind=kinds.OFFICE)
    return [key for unit in (town, *offices) for key in notices.holders(unit, permission, at)]


def tell(where: Round, to: list[int], at: datetime, sentence: str, *, link: bool = True) -> None:
    """A line in each in-box; `link` False where the round cannot be opened by those who are told."""
    if to:
        subject = (SUBJECT, where.uuid) if link else None
        notices.post(to=to, kind=notices.APPRAISAL, sentence=sentence, at=at, subject=subject)


def tell_rated(where: Round, sheet: Sheet, at: datetime, sentence: str, *, link: bool = True) -> None:
    """A line to those who speak for the rated unit; of a cleaners' post: for the unit of its ground."""
    unit = sheet.unit or (sheet.place.unit if sheet.place else None)
    if unit is not None:
        tell(where, notices.holders(unit, P.SCORE_APPEAL, at), at, sentence, link=link)


def told(sheet: Sheet) -> str:
    """What a sheet says, for a notice: 「97 分，第 2 名」, 「97 分，不排名」, 「本期未考核」."""
    why = str(sheet.data["not_ranked"])
    if sheet.total is None:
        return "有待定的问题" if sheet.data["undecided"] else why or "没有得分"
    place = f"第 {sheet.rank} 名" if sheet.rank is not None else "不排名"
    return f"{amounts.text(sheet.total)} 分，{place}"


def require(text: str, field: str, sentence: str, *, most: int = 300) -> str:
    """Words that must not be empty. Raises DomainError with `sentence`."""
    text = text.strip()
    if not text:
        raise DomainError("ground_missing", sentence, field=field)
    if len(text) > most:
        raise DomainError("ground_too_long", f"最多 {most} 个字，现在 {len(text)} 个，请精简。", field=field)
    return text
