"""红字冲销: a record is never changed. It is struck out, or a new one is entered in its place."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence import queries as photos_of
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.ledger import posting
from wenming.ledger.posting import Voucher
from wenming.records.journals import drafting, rules, states
from wenming.records.journals.actions import entering
from wenming.records.journals.drafting import VOUCHER, Draft
from wenming.records.journals.models import Decision, Journal

LONGEST_GROUND = 200


def correct(
    *,
    journal: Journal,
    by: Person,
    at: datetime,
    ground: str,
    fields: Mapping[str, Any],
    unit: Unit | None = None,
    occurred_on: date | None = None,
    late_reason: str = "",
    photos: Sequence[Photo] = (),
    key: uuid.UUID | None = None,
) -> Journal:
    """Put a new record in the place of a wrong one: the old entries are taken back, the new ones posted.

    Photos and decisions go with it. It keeps the kind as it was when the fact was entered. A repeat with the same
    `key` gives back the first correction. Raises NotAllowed, Conflict, and as `drafting.ready`; nothing_changed.
    """
    ground = _ground(ground)
    if key is not None and (known := Journal.objects.filter(uuid=key).first()):
        return known
    try:
        with transaction.atomic():
            old = _locked(journal, by)
            draft = Draft(
                old.code, unit or old.unit, occurred_on or old.occurred_on, fields, key,
                late_reason or old.late_reason, photos,
            )  # fmt: skip
            return _replaced(old, draft, by=by, at=at, ground=ground)
    except IntegrityError:
        if key is not None and (known := Journal.objects.filter(uuid=key).first()):
            return known
        raise


def _replaced(old: Journal, draft: Draft, *, by: Person, at: datetime, ground: str) -> Journal:
    kind = old.kind.read()
    refused = rules.refusal(by, kind, draft.unit) if draft.unit.pk != old.unit_id else None
    if refused:
        raise NotAllowed("journal_not_allowed", refused, field="unit")
    if (draft.unit.town_id or draft.unit.pk) != old.town_id:
        raise DomainError("unit_unfit", "更正不能换到别的镇；请冲销后由那个镇另记。", field="unit")
    one = drafting.ready(draft, by=by, at=at, way=old.way, kind=kind, recorded_on=old.recorded_on)
    row = one.row(by=by, at=at)
    same = (row.fields, row.unit_id, row.occurred_on, row.late_reason) == (
        old.fields, old.unit_id, old.occurred_on, old.late_reason,
    )  # fmt: skip
    if same and not draft.photos:
        raise DomainError("nothing_changed", "内容和原来一样，没有要更正的。")
    row.replaces = old
    before = list(photos_of.of(old.uuid))
    _close(old, states.CORRECTED, at, ground)
    audit.record(
        deed="journal.correct", subject=(VOUCHER, old.uuid), at=at, by=by, post=by.title(old.unit),
        chain=old.town.chain, sentence=f"更正：{ground}；另记一条代替本条", data={"by": str(row.uuid)},
    )  # fmt: skip
    audit.record(
        deed="journal.correct", subject=(VOUCHER, row.uuid), at=at, by=by, post=by.title(row.unit),
        chain=row.town.chain, sentence=f"更正台账：{entering.said(row, one)}，{ground}",
        data={**entering.facts(row, one), "replaces": str(old.uuid)},
    )  # fmt: skip
    if before:
        evidence.share(photos=before, subject_kind=VOUCHER, subject_uuid=row.uuid, by=by, at=at)
    posting.reverse(voucher=Voucher(VOUCHER, old.uuid), at=at)
    entering.write_rows([(row, one)], by=by, at=at)
    Decision.objects.filter(journal=old).update(journal=row)
    return row


def strike(*, journal: Journal, by: Person, at: datetime, ground: str) -> Journal:
    """冲销: the fact was not so, or was entered twice. Its entries are taken back, open decisions dropped with it.

    Raises NotAllowed, Conflict, DomainError `ground_missing`.
    """
    ground = _ground(ground)
    with transaction.atomic():
        row = _locked(journal, by)
        _close(row, states.STRUCK, at, ground)
        Decision.objects.open().filter(journal=row).update(
            state=states.DROPPED, note="会议记录已冲销", closed_at=at, closed_by=by
        )
        audit.record(
            deed="journal.strike", subject=(VOUCHER, row.uuid), at=at, by=by, post=by.title(row.unit),
            chain=row.town.chain, sentence=f"红字冲销：{ground}", data={"quantities": row.quantities},
        )  # fmt: skip
        posting.reverse(voucher=Voucher(VOUCHER, row.uuid), at=at)
    return row


def _ground(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise DomainError(
            "ground_missing",
            "请写明依据，例如「会议实为 12 日召开」「与 11 月 3 日一条重复」。",
            field="ground",
        )
    if len(text) > LONGEST_GROUND:
        raise DomainError("ground_long", f"依据最多 {LONGEST_GROUND} 个字。", field="ground")
    return text


def _locked(journal: Journal, by: Person) -> Journal:
    found = Journal.objects.select_for_update(of=("self",)).select_related("kind", "town", "unit")
    row = found.get(pk=journal.pk)
    if row.state != states.ENTERED:
        raise Conflict("journal_closed", f"这条台账{row.state_label}（{row.ground}），请刷新页面再看。")
    if not rules.may_change(by, row):
        raise NotAllowed("journal_not_allowed", "更正和冲销由填报的人、本单位书记或镇创城办办理。")
    return row


def _close(row: Journal, state: str, at: datetime, ground: str) -> None:
    row.state, row.closed_at, row.ground = state, at, ground
    row.save(update_fields=["state", "closed_at", "ground"])
