"""Drafting and editing. Figures stay live tokens in the text until the document is signed."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.people.models import Person
from wenming.ground.standards.models import PackVersion
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.models import MetricRow
from wenming.ledger.periods import Period
from wenming.outcomes.documents import (
    compose,
    deed,
    desk,
    drafting,
    kinds,
    queries,
    receiving,
    records,
    rules,
    states,
    tables,
    tokens,
    words,
)
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.models import Document, Letterhead
from wenming.records.journals.models import Journal

CORRECTION = "correction"


def draft(
    *,
    kind: str,
    town: Unit,
    period: Period,
    at: datetime,
    by: Person | None = None,
    units: Sequence[Unit] = (),
    given: Mapping[str, str] | None = None,
    record: Journal | None = None,
    corrects: Document | None = None,
) -> Document:
    """Write the first draft of a document of `kind` about `period` and `units` (none: the whole town).

    `record`: the record of the work log that answers what is not `given` (会议纪要 from its meeting).
    `given`: what the kind asks the clerk for; what is missing stays as 【…】 and stops the signing. `by` None: the
    system itself (command line). Effects: row, history. Raises DomainError (kind_unknown, unit_elsewhere,
    units_missing, period_unfit, period_future, given_long, problems_missing), NotAllowed.
    """
    if by is not None and not rules.may_draft(by, town):
        raise NotAllowed("document_not_allowed", rules.NOT_YOURS)
    pack = kinds.of(kind, clock.local_date(at), town)
    _must_fit(pack, town, period, units, at)
    document = fresh(
        pack, town, period, units=units, given=given or {}, at=at, by=by, record=record, corrects=corrects
    )
    needed = pack.facts["problems"].get("needed")
    if needed and (refused := queries.nothing_to_list(document, queries.gather(document, at=at))):
        raise DomainError("problems_missing", refused, field="units")
    with transaction.atomic():
        deed.done(
            document, "draft", by=by, at=at, sentence=f"起草《{document.shown_title}》（{period.label}）"
        )
    return document


def fresh(
    pack: PackVersion,
    town: Unit,
    period: Period,
    *,
    units: Sequence[Unit],
    given: Mapping[str, str],
    at: datetime,
    by: Person | None = None,
    record: Journal | None = None,
    corrects: Document | None = None,
) -> Document:
    """The first draft, not saved: `draft` saves it, the desk's trial of a kind does not. Raises DomainError."""
    head, spec = queries.letterhead(town), pack.facts
    document = Document(
        town=town, kind=kinds.base(pack.code), pack=pack, period_kind=period.kind, period_start=period.start,
        period_end=period.end, units=[unit.pk for unit in units], corrects=corrects, series=spec["series"],
        code_word=compose.code_word({"code_word": head.code_word}, spec), given=_given(spec, given, town, record, by), cc=list(head.cc),
        answer_due=words.feedback_day(spec, at), drafted_by=by, drafted_at=at, updated_at=at, body={},
    )  # fmt: skip
    said = words.of(document, spec, head, at)
    document.title = kinds.words(spec["title"], said)[:120]
    document.addressee = kinds.words(spec["addressee"], said)[:200] if spec["form"] != "plain" else ""
    if spec["receivers"] == "all" and head.addressee and document.addressee:
        document.addressee = head.addressee
    problems = _write(document, head, at)
    document.receivers = [unit.pk for unit in receiving.chosen(document, problems)]
    document.body["writers"] = [by.pk] if by else []
    return document


def _must_fit(pack: PackVersion, town: Unit, period: Period, units: Sequence[Unit], at: datetime) -> None:
    """Refuse units and periods that the kind is not about."""
    for unit in units:
        if not unit.path.startswith(town.path):
            raise DomainError(
                "unit_elsewhere", f"{unit.label}不在{town.label}，请重新选择单位。", field="units"
            )
    allowed, wanted = pack.facts["periods"], pack.facts["units"]
    if allowed and period.kind not in allowed:
        names = "、".join(periods.KINDS[code] for code in allowed)
        raise DomainError("period_unfit", f"《{pack.title}》按{names}写，请重新选择期间。", field="period")
    if period.start > clock.local_date(at):
        raise DomainError("period_future", "期间还没有开始，没有情况可写，请重新选择期间。", field="period")
    if (wanted == "one" and len(units) != 1) or (wanted == "some" and not units):
        count = "一个单位" if wanted == "one" else "至少一个单位"
        raise DomainError("units_missing", f"《{pack.title}》要写明发给谁，请选{count}。", field="units")


def _given(
    spec: Mapping[str, Any], given: Mapping[str, str], town: Unit, record: Journal | None, by: Person | None
) -> dict[str, str]:
    """What the kind asks for and nothing else; the record, if one was chosen. Raises NotAllowed for what the person
    may not see."""
    found = {}
    if record is not None:
        if record.town_id != town.pk or (
            by and not Journal.objects.visible_to(by).filter(pk=record.pk).exists()
        ):
            raise NotAllowed("document_not_allowed", rules.NOT_YOURS)
        given = records.answers(spec, record, given)
        found[records.KEY] = given[records.KEY]
    for ask in spec["asks"]:
        text = given.get(ask["key"], "").strip() or ask["default"]
        if len(text) > records.LONGEST:
            raise DomainError(
                "given_long",
                f"「{ask['label']}」最多 {records.LONGEST} 字，详细的写在正文里。",
                field=ask["key"],
            )
        if text:
            found[ask["key"]] = " ".join(text.split())
    return found


def _write(document: Document, head: Letterhead, at: datetime) -> list[Problem]:
    problems = queries.gather(document, at=at)
    document.body = drafting.write(document, document.pack.facts, problems, head=head, at=at)
    return problems


@contextmanager
def _editing(
    document: Document, *, by: Person, at: datetime, version: int, sentence: str
) -> Iterator[Document]:
    """The draft, locked, if it is still the version the writer saw; one version later when the block ends."""
    with deed.on(document, "edit", by=by) as document:
        if document.version != version:
            raise Conflict(
                "document_version",
                f"这份稿子已被别人改到第 {document.version} 稿，您看到的是第 {version} 稿；请复制好您的文字，看过新稿再改。",
            )
        yield document
        document.version += 1
        document.body["writers"] = sorted({*document.body.get("writers", []), by.pk})
        deed.done(document, "edit", by=by, at=at, sentence=sentence, version=document.version)


def edit_head(
    *,
    document: Document,
    by: Person,
    at: datetime,
    version: int,
    title: str,
    addressee: str,
    cc: Sequence[str],
    receivers: Sequence[Unit] | None = None,
    answer_due: date | None = None,
    attendance: Mapping[str, str] | None = None,
) -> Document:
    """Title, addressee, copies, the units that have to sign for it, the day for answers, and who was at the meeting
    (None: as they are). `{{issue}}` in the title is the number of the issue, given when it is printed."""
    title = deed.require(title, "title", "请填标题。")
    if len(title) > 100:
        raise DomainError("title_long", "标题超过 100 字，请压减。", field="title")
    with _editing(document, by=by, at=at, version=version, sentence="修改标题、主送和抄送") as document:
        document.title = title
        document.addressee = addressee.strip().rstrip("：:")[:200]
        document.cc = [name.strip() for name in cc if name.strip()]
        document.answer_due = answer_due or document.answer_due
        if attendance is not None and document.pack.facts["attendance"]:
            said = {key: " ".join(attendance.get(key, "").split()) for key in compose.ATTENDANCE}
            document.given = document.given | said
        if receivers is not None:
            document.receivers = sorted(
                unit.pk for unit in receivers if unit.path.startswith(document.town.path)
            )
    return document


def edit_block(
    *, document: Document, by: Person, at: datetime, version: int, block: str, text: str
) -> Document:
    """Change the words of a block. Names in double braces become live figures again."""
    text = deed.require(text, "text", "这一段是空的；不要这一段请按「删除」。")
    with _editing(document, by=by, at=at, version=version, sentence=f"修改正文：{text[:40]}") as document:
        found = _block(document, block)
        if found["kind"] == "table":
            found["text"] = _named(document, tables.cleaned(text, found["columns"]))
        else:
            found["text"] = _named(document, " ".join(text.splitlines()))
        if found.get("suggestion") == desk.OPEN:
            found["suggestion"] = desk.ACCEPTED
    return document


def accept_suggestion(*, document: Document, by: Person, at: datetime, version: int, block: str) -> Document:
    """The writer makes a suggestion his own."""
    with _editing(document, by=by, at=at, version=version, sentence="采纳建议") as document:
        found = _block(document, block)
        if found.get("suggestion") != desk.OPEN:
            raise Conflict("suggestion_settled", "这条建议已经定了，请刷新后再看。")
        found["suggestion"] = desk.ACCEPTED
    return document


def remove_block(*, document: Document, by: Person, at: datetime, version: int, block: str) -> Document:
    """Take a block out; a new draft does not bring it back."""
    with _editing(document, by=by, at=at, version=version, sentence="删除一段正文") as document:
        found = _block(document, block)
        document.body["blocks"].remove(found)
        document.body["removed"] = sorted({*document.body.get("removed", []), block})
    return document


def add_block(
    *, document: Document, by: Person, at: datetime, version: int, after: str, text: str, level: int = 0
) -> Document:
    """Put a paragraph (or a heading of `level` 1 to 3) of the writer's own after a block; "" is the beginning."""
    text = deed.require(text, "text", "请填要加的文字。")
    if level not in (0, 1, 2, 3):
        raise DomainError("level_unknown", "标题只有一到三级。", field="level")
    with _editing(document, by=by, at=at, version=version, sentence=f"增加正文：{text[:40]}") as document:
        blocks = document.body["blocks"]
        place = blocks.index(_block(document, after)) + 1 if after else 0
        own: dict[str, Any] = {
            "id": f"own-{uuid.uuid4().hex[:8]}",
            "kind": "heading" if level else "paragraph",
            "text": _named(document, " ".join(text.splitlines())),
            "drafted": "",
            "own": True,
        }
        if level:
            own["level"] = level
        blocks.insert(place, own)
    return document


def draft_again(*, document: Document, by: Person, at: datetime, version: int) -> Document:
    """Write the draft anew from the books of now; what the writer changed, added, accepted or removed stays."""
    with _editing(
        document, by=by, at=at, version=version, sentence="按最新情况重新起草，改过的段落不动"
    ) as document:
        old = document.body
        _write(document, queries.letterhead(document.town), at)
        document.body = drafting.merge(old, document.body) | {"writers": old.get("writers", [])}
    return document


def correct(*, document: Document, by: Person, at: datetime) -> Document:
    """Draft the correction of an issued document; the issued one stays as it is."""
    if not rules.may(by, "correct", document):
        if document.state not in states.step("correct").from_states:
            raise deed.stale(document, "起草更正")
        raise NotAllowed("document_not_allowed", rules.NOT_YOURS)
    return draft(
        kind=CORRECTION, town=document.town, period=document.period, at=at, by=by, units=[], corrects=document
    )


def set_letterhead(*, town: Unit, by: Person, at: datetime, **fields: Any) -> Letterhead:
    """What the town prints at head and foot, and the code word of its numbers (empty: none)."""
    if not rules.may_set_letterhead(by, town):
        raise NotAllowed("document_not_allowed", rules.NOT_YOURS)
    deed.require(fields.get("issuer", ""), "issuer", "请填发文机关标志。")
    if any(sign in fields.get("code_word", "") for sign in "〔〕[]（）()0123456789"):
        words = "发文代字只填字，如「安创城办」；年份、括号和序号由系统编。"
        raise DomainError("code_word_form", words, field="code_word")
    with transaction.atomic():
        Letterhead.objects.select_for_update().filter(town=town).first()
        row, _created = Letterhead.objects.update_or_create(town=town, defaults=fields)
        audit.record(
            deed="document.set_letterhead", subject=("letterhead", town.uuid), at=at, by=by, post=by.title(town),
            sentence=f"设置公文版头：{row.issuer}，代字「{row.code_word or '未定'}」", chain=town.chain, data=fields,
        )  # fmt: skip
    return row


def labels(document: Document) -> dict[str, str]:
    """Names of the document's figures, by key."""
    return {key: spec["label"] for key, spec in document.body["figures"].items()}


def _named(document: Document, text: str) -> str:
    """Names in double braces become figures; the name of any metric in use makes a figure of its own."""
    known = labels(document)
    for name in tokens.names(text) - set(known.values()):
        row = MetricRow.objects.known_to(document.town).filter(name=name).first()
        if row is not None and row.code not in known:
            document.body["figures"][row.code] = {
                "metric": row.code, "label": name, "scope": "document", "period": "this", "category": "", "sources": [],
            }  # fmt: skip
    return tokens.stored(text, labels(document))


def _block(document: Document, key: str) -> dict[str, Any]:
    for block in document.body["blocks"]:
        if block["id"] == key:
            found: dict[str, Any] = block
            return found
    raise Conflict("block_gone", "这一段已经不在稿子里了，请刷新后再改。")
