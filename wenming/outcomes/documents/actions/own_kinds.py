"""Kinds of a town's (or county's) own: copied or written anew, tried, adopted from a day on, never changed after."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from wenming.common import clock, packs
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.people.models import Person
from wenming.ground.standards.models import PackVersion
from wenming.ground.units.models import Unit
from wenming.ledger.periods import Period
from wenming.outcomes.documents import kinds, reading, rules, states
from wenming.outcomes.documents.actions import writing
from wenming.outcomes.documents.models import Document, KindText

SUBJECT = "document_kind"
LABEL = "模板"


def copied(*, kind: str, town: Unit, at: datetime) -> str:
    """The text of the kind as it holds for the town, with a version and a day of force of its own.

    Raises DomainError: kind_unknown, kind_text_missing (a pack loaded before texts were kept).
    """
    row = kinds.of(kind, clock.local_date(at), town)
    kept = KindText.objects.filter(pack=row).first()
    if kept is None:
        raise DomainError(
            "kind_text_missing", f"《{row.title}》的写法没有存下来，请管理员重新装入规则包后再复制。"
        )
    taken = KindText.objects.filter(code=kinds.named(kind, town)).count()
    return _head(kept.text, version=f"{clock.local(at).year}.{taken + 1}", in_force=clock.local_date(at))


def _head(text: str, *, version: str, in_force: date) -> str:
    text = re.sub(r"(?m)^version:.*$", f'version: "{version}"', text, count=1)
    text = re.sub(r"(?m)^in_force:.*$", f"in_force: {in_force.isoformat()}", text, count=1)
    return re.sub(r"(?m)^sample:.*\n", "", text, count=1)


def write_kind(*, town: Unit, text: str, by: Person, at: datetime, draft: KindText | None = None) -> KindText:
    """Keep a draft, sound or not: nothing typed is lost. The head (id, version …) must be readable.

    Raises NotAllowed; PackError; Conflict (adopted meanwhile, version taken).
    """
    _must(by, town)
    text = text.replace("\r\n", "\n")
    head = packs.parse(text.encode(), kind=kinds.KIND, name=LABEL)
    with transaction.atomic():
        row = KindText(town=town) if draft is None else KindText.objects.select_for_update().get(pk=draft.pk)
        if row.state != states.WRITING:
            raise Conflict("kind_adopted", "这一版已经采用，不能再改；请复制成新的一版（换版本号）。")
        row.code, row.version, row.title = (
            kinds.named(head.id, town)[:40],
            head.version[:40],
            head.title[:120],
        )
        row.in_force, row.text, row.digest = head.in_force, text, head.digest
        row.written_by, row.written_at = by, at
        _save(row)
        _record(row, "document_kind.write", by=by, at=at, sentence=f"起草文种写法《{row}》")
    return row


def try_kind(
    *,
    town: Unit,
    text: str,
    period: Period,
    at: datetime,
    units: Sequence[Unit] = (),
    given: Mapping[str, str] | None = None,
) -> Document:
    """试起草: the document this text would give for the period, not saved. Raises PackError, DomainError."""
    pack, content = reading.read_text(text, label=LABEL, owner=town)
    row = PackVersion(
        kind=kinds.KIND, code=kinds.named(pack.id, town), version=pack.version, title=pack.title, in_force=pack.in_force,
        facts=content,
    )  # fmt: skip
    return writing.fresh(row, town, period, units=units, given=given or {}, at=at)


def adopt_kind(*, draft: KindText, by: Person, at: datetime) -> KindText:
    """采用: from its day of force the town drafts by this text. Raises PackError with file and line, Conflict."""
    assert draft.town is not None  # noqa: S101  shipped kinds are adopted when they are loaded
    _must(by, draft.town)
    with transaction.atomic():
        row = KindText.objects.select_for_update(of=("self",)).select_related("town").get(pk=draft.pk)
        if row.state != states.WRITING:
            raise Conflict("kind_adopted", f"《{row}》已经采用过了，不用再采用。")
        _pack, content = reading.read_text(row.text, label=LABEL, owner=row.town)
        row.pack = PackVersion.objects.create(
            kind=kinds.KIND, code=row.code, version=row.version, title=row.title, in_force=row.in_force, digest=row.digest,
            facts=content, loaded_at=at, loaded_by=by.name,
        )  # fmt: skip
        row.state, row.adopted_by, row.adopted_at = states.ADOPTED, by, at
        row.save()
        words = f"采用文种写法《{row}》，{clock.show_date(row.in_force)}起用"
        _record(row, "document_kind.adopt", by=by, at=at, sentence=words)
    return row


def drop_kind(*, draft: KindText, by: Person, at: datetime) -> None:
    """删除 a draft, or 停用 an adopted version: the next documents follow the one before it, or the shipped one."""
    assert draft.town is not None  # noqa: S101  shipped kinds are not the town's to drop
    _must(by, draft.town)
    with transaction.atomic():
        row = KindText.objects.select_for_update(of=("self",)).select_related("town").get(pk=draft.pk)
        adopted = row.state == states.ADOPTED
        words = f"{'停用' if adopted else '删除草稿'}文种写法《{row}》"
        _record(row, "document_kind.drop", by=by, at=at, sentence=words, text="" if adopted else row.text)
        if row.state == states.WRITING:
            row.delete()
        else:
            row.state = states.RETIRED
            row.save()


def _must(by: Person, town: Unit) -> None:
    if not rules.may_draft(by, town):
        raise NotAllowed("document_not_allowed", rules.NOT_YOURS)


def _save(row: KindText) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(
            "kind_version_taken", f"这个文种的 {row.version} 版已经有了，请换一个版本号（version）。"
        ) from error


def _record(row: KindText, code: str, *, by: Person, at: datetime, sentence: str, text: str = "") -> None:
    assert row.town is not None  # noqa: S101  see above
    audit.record(
        deed=code, subject=(SUBJECT, row.uuid), at=at, by=by, post=by.title(row.town), sentence=sentence,
        chain=row.town.chain, data={"code": row.code, "version": row.version, "digest": row.digest, "text": text},
    )  # fmt: skip
