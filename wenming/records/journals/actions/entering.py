"""Entering a fact once: the record, its photos, its history, its entries in the ledger."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.audit import actions as audit
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import posting
from wenming.ledger.models import ALL_DAYS, Account, DailyTotal
from wenming.ledger.posting import Line
from wenming.records.journals import drafting, queries, states
from wenming.records.journals.actions.deciding import Resolution, write
from wenming.records.journals.drafting import VOUCHER, Draft, Ready
from wenming.records.journals.kinds import holds
from wenming.records.journals.models import Journal

__all__ = ["Draft", "enter", "enter_many", "write_rows"]


def enter(
    *,
    kind: str,
    unit: Unit,
    occurred_on: date,
    fields: Mapping[str, Any],
    by: Person,
    at: datetime,
    key: uuid.UUID | None = None,
    photos: Sequence[Photo] = (),
    late_reason: str = "",
    decisions: Sequence[Resolution] = (),
    way: str = states.FORM,
) -> Journal:
    """Enter one record. A repeat with the same `key` gives back the first and changes nothing.

    Effects: the row, photos attached, history, one ledger line for each thing counted, decisions of a meeting with
    a notice to their units. Raises as `drafting.ready`; stock_short when more is taken off than there is.
    """
    draft = Draft(kind, unit, occurred_on, fields, key, late_reason, photos)
    with transaction.atomic():
        made, new = _entered([draft], by=by, at=at, way=way)
        if new and decisions:
            write(journal=made[0], resolutions=decisions, by=by, at=at)
    return made[0]


def enter_many(*, drafts: Sequence[Draft], by: Person, at: datetime, way: str) -> list[tuple[Journal, bool]]:
    """Enter a batch in one transaction, all or none: (record, was it new), in the order given. Raises as `enter`."""
    with transaction.atomic():
        made, new = _entered(drafts, by=by, at=at, way=way)
    return [(row, row.uuid in new) for row in made]


def _entered(
    drafts: Sequence[Draft], *, by: Person, at: datetime, way: str
) -> tuple[list[Journal], set[uuid.UUID]]:
    # Every draft has a key from here on; one key is one record, also within the batch.
    keyed = [replace(draft, key=draft.key or uuid.uuid4()) for draft in drafts]
    there = _known(keyed)
    fresh = {draft.key: draft for draft in keyed if draft.key not in there}
    checked = [drafting.ready(draft, by=by, at=at, way=way) for draft in fresh.values()]
    rows = [one.row(by=by, at=at) for one in checked]
    try:
        with transaction.atomic():
            write_rows(list(zip(rows, checked, strict=True)), by=by, at=at)
    except IntegrityError:
        # The same form sent twice at the same moment: the second finds the rows of the first.
        there = _known(keyed)
        if fresh.keys() - there.keys():
            raise
        rows = []
    made = {row.uuid: row for row in (*there.values(), *rows)}
    return [made[draft.key] for draft in keyed if draft.key], {row.uuid for row in rows}


def _known(drafts: Sequence[Draft]) -> dict[uuid.UUID | None, Journal]:
    """Records made from these forms before."""
    keys = [draft.key for draft in drafts if draft.key]
    return {row.uuid: row for row in Journal.objects.filter(uuid__in=keys)}


def write_rows(pairs: Sequence[tuple[Journal, Ready]], *, by: Person, at: datetime) -> None:
    """Rows, then photos and history of each, then the books town by town: the order of every deed."""
    if not pairs:
        return
    Journal.objects.bulk_create([row for row, _ in pairs])
    for row, one in pairs:
        if one.draft.photos:
            evidence.attach(
                photos=one.draft.photos,
                subject_kind=VOUCHER,
                subject_uuid=row.uuid,
                role="other",
                by=by,
                at=at,
            )
        if row.replaces_id is None:
            told(row, one, by=by, at=at)
            _tell(row, one, by=by, at=at)
    towns: dict[int, list[Line]] = defaultdict(list)
    for row, one in pairs:
        towns[row.town_id] += one.lines(row.uuid)
    _check_stock([each for _, each in pairs])
    for lines in (towns[pk] for pk in sorted(towns)):
        voucher = lines[0].voucher
        assert voucher is not None  # noqa: S101 -- every line of a record names its own
        posting.post(town=lines[0].unit, lines=lines, voucher=voucher, at=at)


def told(row: Journal, one: Ready, *, by: Person, at: datetime) -> None:
    """The line of history. It tells what was counted, and seals what the form said without repeating it."""
    late = f"，补录：{row.late_reason}" if row.late else ""
    audit.record(
        deed="journal.enter", subject=(VOUCHER, row.uuid), at=at, by=by, post=by.title(row.unit), chain=row.town.chain,
        sentence=f"记台账：{said(row, one)}{late}", data=facts(row, one),
    )  # fmt: skip


def _tell(row: Journal, one: Ready, *, by: Person, at: datetime) -> None:
    """薄弱点位 pushed to a department: its people find it in their in-box and may open it."""
    if one.party is None or not one.kind.tells or not holds(one.kind.tells, one.fields):
        return
    to = [pk for pk in notices.holders(one.party, P.JOURNAL_ENTER, at) if pk != by.pk]
    if to:
        sentence = f"{row.unit.label}推送本单位：{said(row, one)}"
        notices.post(to=to, kind="journal.tell", sentence=sentence, at=at, subject=(VOUCHER, row.uuid))


def said(row: Journal, one: Ready) -> str:
    """「会议 创城周例会（东门社区，11月16日 周一）」."""
    name = one.kind.name if one.kind.name != row.title else ""
    return f"{f'{name} {row.title}'.strip()}（{row.unit.label}，{clock.show_date(row.occurred_on)}）"


def facts(row: Journal, one: Ready) -> dict[str, Any]:
    """What the history keeps of a record."""
    return {
        "kind": row.code, "unit": row.unit.code, "occurred_on": row.occurred_on, "quantities": row.quantities,
        "fields": queries.digest(one.fields), "late": row.late,
    }  # fmt: skip


def _check_stock(ready: Sequence[Ready]) -> None:
    """Nobody takes off more than there is. The chain of the town is held by now, so nobody else is counting."""
    taken: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for one in ready:
        for each in one.counted:
            if not each.overdraw:
                taken[one.draft.unit.pk, each.account] += each.quantity
    short = {key: number for key, number in taken.items() if number < 0}
    if not short:
        return
    codes = {code for _, code in short}
    accounts = {row.code: row for row in Account.objects.filter(code__in=codes)}
    totals = DailyTotal.objects.filter(
        unit_id__in={unit for unit, _ in short}, account__code__in=codes, day=ALL_DAYS
    )
    there = {
        (unit, code): total
        for unit, code, total in totals.values_list("unit_id", "account__code").annotate(sum=Sum("total"))
    }
    for (unit, code), number in short.items():
        has = Decimal(str(there.get((unit, code), 0)))
        if has + number < 0:
            account = accounts[code]
            raise DomainError(
                "stock_short",
                f"「{account.name}」现有 {has.normalize():f}{account.measure}，减不了 {-number.normalize():f}{account.measure}；"
                "原有的请先记一条「期初」。",
            )  # fmt: skip
