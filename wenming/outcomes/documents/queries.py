"""Reading documents: lists, the register, and the described document ready to be shown, checked or printed."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.evidence import copies, vault
from wenming.ground.evidence import queries as photos
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards.models import PackVersion
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Series, Unit
from wenming.ledger import periods, provenance
from wenming.ledger.metrics import Value
from wenming.ledger.models import Account
from wenming.outcomes.documents import compose, desk, material, reading, rules, states, tokens, values
from wenming.outcomes.documents import kinds as packs
from wenming.outcomes.documents.ingredients import Ingredients, Numbered, PhotoBytes
from wenming.outcomes.documents.layout import checks, docx
from wenming.outcomes.documents.layout.checks import Finding
from wenming.outcomes.documents.models import (
    Document,
    DocumentFigure,
    KindText,
    Letterhead,
    Receipt,
    receiving,
)
from wenming.outcomes.documents.values import Shown

_PEOPLE = ("town", "pack", "drafted_by", "submitted_by", "checked_by", "signed_by", "issued_by", "corrects")


def rows(person: Person) -> QuerySet[Document]:
    """The list the person may see, newest first, with what its rows show; texts are left in the database."""
    found = Document.objects.visible_to(person).select_related("town", "pack", "drafted_by", "signed_by")
    return found.defer("body", "material").prefetch_related("files").order_by("-drafted_at", "-pk")


def get(person: Person, key: uuid.UUID) -> QuerySet[Document]:
    """The one document, if the person may see it (the face answers 404 otherwise)."""
    return Document.objects.visible_to(person).select_related(*_PEOPLE).filter(uuid=key)


def register(person: Person, year: int) -> QuerySet[Document]:
    """发文登记簿: the numbered documents of a year, in the order of their numbers."""
    found = rows(person).filter(state__in=states.PRINTED, year=year).exclude(series__startswith="none-")
    return found.order_by("town__name", "series", "serial")


def allowed_steps(person: Person, document: Document) -> list[states.Step]:
    """The moves the person may make now, in the order of the table."""
    return [step for step in states.STEPS.values() if rules.may(person, step.code, document)]


def letterhead(town: Unit) -> Letterhead:
    """The town's letterhead; before anybody has set one, the name of its office and no code word."""
    found = Letterhead.objects.filter(town=town).first()
    if found is not None:
        return found
    office = Unit.objects.in_force().filter(parent=town, kind=kinds.OFFICE).order_by("pk").first()
    name = office.name if office else f"{town.name}创城办"
    return Letterhead(town=town, issuer=name, signature=name, printed_by=name)


def head_of(document: Document) -> dict[str, Any]:
    """The letterhead as plain values, to be kept with what was signed; `mark` is the kind's own."""
    row = letterhead(document.town)
    names = ("issuer", "suffix", "signature", "code_word", "printed_by", "sealed", "digits")
    given = {"town": document.town.label, "issuer": row.issuer}
    mark = packs.words(document.pack.facts["mark"], given | document.given)
    return {name: getattr(row, name) for name in names} | {"mark": mark}


def ingredients(document: Document, *, at: datetime, numbered: Numbered | None = None) -> Ingredients:
    """Everything the document is made of: live while it is written, as signed afterwards.

    The number of statements does not grow with entries, problems or figures.
    """
    if document.frozen:
        # The database holds these for every signed state.
        assert document.material is not None  # noqa: S101
        assert document.head is not None  # noqa: S101
        assert document.signed_at is not None  # noqa: S101
        figures, problems = (
            values.stored(document),
            [material.read(row) for row in document.material["problems"]],
        )
        head: Mapping[str, Any] = document.head
        dated = clock.local_date(document.signed_at)
    else:
        wanted = [
            key
            for keys in (compose.keys, compose.suggested_keys, compose.table_keys, compose.ranking_keys)
            for key in keys(document)
        ]
        figures = values.live(document, wanted, at=at)
        problems = gather(document, at=at)
        head, dated = head_of(document), clock.local_date(at)
    return Ingredients(
        document=document,
        head=head,
        figures=figures,
        problems=problems,
        measures=measures(),
        numbered=numbered or next_numbers(document, at),
        dated=dated,
        printed_on=clock.local_date(document.issued_at or at),
        signer=document.signed_by.name if document.frozen and document.signed_by else "待签发",
    )


def gather(document: Document, *, at: datetime) -> list[material.Problem]:
    """The problems of an unsigned document as they stand now; none where its kind has no list."""
    facts = document.pack.facts
    items = [item for section in facts["sections"] for item in section["items"]]
    lists = any(wants_problems(item) for item in items)
    if not facts["annexes"] and not lists:
        return []
    said = facts["problems"]
    wanted = material.Wanted(
        take=said["take"], sources=tuple(said["sources"]), categories=tuple(said["categories"]), only=tuple(said["only"]),
        told_in=tuple(said["told_in"]), by_lead=said["by"] == "lead", settled=any(item.get("list") == "told_fixed" for item in items),
    )  # fmt: skip
    found = material.gather(
        kind=document.kind, town=document.town, period=document.period, units=values.chosen(document), at=at,
        wanted=wanted,
    )  # fmt: skip
    return [material.discreet(one) for one in found] if facts["discreet"] else found


def nothing_to_list(document: Document, problems: Sequence[material.Problem]) -> str:
    """Why a letter about problems is not to be sent, or nothing: a unit is not written to without cause."""
    if not document.pack.facts["problems"].get("needed") or any(not one.settled for one in problems):
        return ""
    names = "、".join(unit.label for unit in values.chosen(document)) or document.town.label
    return f"{names}现在没有要写进《{document.pack.title}》的问题，不用发；请换单位，或到「问题台账」核对。"


def same_before(document: Document) -> Document | None:
    """Another document of this kind about just these days and units, at work or issued: one may be enough."""
    same = Document.objects.filter(
        kind=document.kind, town=document.town, period_start=document.period_start, period_end=document.period_end,
        units=document.units, state__in=[*states.WORKING, states.ISSUED],
    )  # fmt: skip
    return same.exclude(pk=document.pk).order_by("-drafted_at").first()


def wants_problems(item: Mapping[str, Any]) -> bool:
    """Whether an item of a kind is made from single problems."""
    return (
        item.get("list") not in (None, "red", "black", "clean_places", "record")
        or item.get("suggest") not in (None, "lowest_rate")
        or item.get("table") == "problems"
        or item.get("each") in ("class", "source")
    )


def measures() -> frozenset[str]:
    """Units of measure: a number before one of them is a count."""
    found = Account.objects.filter(active=True).order_by().values_list("measure", flat=True).distinct()
    return frozenset(found) | {"%", "个百分点"}


def next_numbers(document: Document, at: datetime) -> Numbered:
    """The numbers the document has, or would get if it were issued now (a look; nothing is taken)."""
    if document.year and document.serial and document.issue_no:
        return Numbered(document.year, document.serial, document.issue_no)
    year = clock.local(at).year
    last = dict(
        Series.objects.filter(unit=document.town, year=year, kind__in=[serial_kind(document), issue_kind(document)])
        .values_list("kind", "last")
    )  # fmt: skip
    return Numbered(year, last.get(serial_kind(document), 0) + 1, last.get(issue_kind(document), 0) + 1)


def serial_kind(document: Document) -> str:
    return f"document:{document.series}"


def issue_kind(document: Document) -> str:
    return f"issue:{document.kind}"


def review(document: Document, made_of: Ingredients, *, at: datetime) -> list[Finding]:
    """Everything to put right before signing: layout checks, open suggestions, figures without entries, head."""
    found: list[Finding] = []
    if not made_of.head["issuer"]:
        words = "还没有发文机关标志，请在「公文设置」里填好后再签发。"
        found.append(Finding("letterhead_missing", words, blocking=True))
    for block in document.body["blocks"]:
        if block.get("suggestion") == desk.OPEN:
            said = "".join(run.text for run in compose.text_runs(block["text"], block["drafted"], made_of))
            words = f"建议「{said[:16]}…」还没有定，请采纳或删除后再签发。"
            found.append(Finding("suggestion_open", words, blocking=True))
    if not document.frozen:
        for label in values.without_entries(document, compose.keys(document), at=at):
            found.append(Finding("figure_empty", values.no_entries(label).message, blocking=True))
        found += _unfit(document, at)
        if nothing := nothing_to_list(document, made_of.problems):
            found.append(Finding("problems_missing", nothing, blocking=True))
    limit = document.pack.facts["length"]
    found += checks.check(compose.official(made_of), limit=None if limit == "none" else limit)
    return found


def _unfit(document: Document, at: datetime) -> Iterator[Finding]:
    """Figures that are none of the document's own, and a period that is still running."""
    for block in document.body["blocks"]:
        for token in tokens.used(block["text"]):
            if token.key not in document.body["figures"]:
                words = f"「{block['text'][:12]}…」里的 {token} 不是这份公文的数字，请改用「可用的数字」里的名称。"
                yield Finding("figure_unknown", words, blocking=True)
    end, facts = document.period_end, document.pack.facts
    if end > clock.local_date(at):
        day = f"{end.month}月{end.day}日"
        if facts["closed"]:
            words = f"{document.period.label}到{day}才结束，数字还会变；这类公文要等期满再审核、签发。"
            yield Finding("period_open", words, blocking=True)
        elif document.period.kind in _LONG:
            yield Finding("period_running", f"{document.period.label}到{day}才结束，数字截至今天。")
    due = document.answer_due
    if facts["answer"] and due and due < clock.local_date(at):
        words = f"回复期限{due.month}月{due.day}日已经过了，请在「标题、主送、抄送」里改期限，正文里的日期一并改。"
        yield Finding("answer_due_past", words, blocking=True)
    if facts["attendance"] and not document.given.get("present", "").strip():
        words = "还没有写谁出席，请在「标题、主送、抄送」里填上。"
        yield Finding("attendance_missing", words, blocking=True)
    if facts["receivers"] != "none" and not document.receivers:
        yield Finding(
            "receivers_missing",
            "还没有送达单位，印发后没有人会收到签收的待办；请在「标题、主送、抄送」里选。",
        )


_LONG = (periods.YEAR, periods.HALF, periods.QUARTER, periods.CYCLE)


def photo_bytes(problems: list[material.Problem]) -> PhotoBytes:
    """Reads the clean copies of the photos of a list: one statement, files when they are asked for.

    Raises DomainError photo_missing for a photo that has gone since the list was made.
    """
    keys = {uuid.UUID(side[0]) for one in problems for side in (one.before, one.after) if side}
    found = {str(photo.uuid): photo for photo in Photo.objects.filter(uuid__in=keys, covert=False)}

    def read(key: str) -> bytes:
        if key not in found:
            raise DomainError("photo_missing", "附件里有一张照片已不在系统里，请退回修改后重新生成。")
        photo = found[key]
        # A photo taken minutes ago has no clean copy yet: the worker has not come to it.
        return (
            photos.content(photo, "published")
            if photo.published
            else copies.published(vault.get(photo.original))
        )

    return read


def render(made_of: Ingredients, *, draft: bool = False) -> bytes:
    """The document as Word bytes, with photos."""
    doc = compose.official(made_of, photo=photo_bytes(list(made_of.problems)))
    return docx.render(doc, draft=draft)


@dataclass(frozen=True)
class FigureRow:
    """A kept figure with what the books say today where that differs (「现为 …」)."""

    shown: Shown
    entries: int
    now: Value | None


def figure_rows(document: Document, *, at: datetime) -> list[FigureRow]:
    """The figures of a signed document, each compared with the books of today."""
    links = DocumentFigure.objects.filter(document=document).select_related("figure", "figure__scope")
    return [
        FigureRow(values.of_kept(link), link.figure.entry_count, provenance.changed(link.figure, at=at))
        for link in links
    ]


def offered(at: datetime, town: Unit | None = None) -> list[PackVersion]:
    """The kinds that may be drafted from the desk for a town; corrections start from what they correct."""
    found = packs.all_in_force(clock.local_date(at), town)
    order = {group: place for place, group in enumerate(reading.GROUPS)}
    chosen = [row for row in found if packs.base(row.code) != "correction"]
    return sorted(chosen, key=lambda row: (order[row.facts["group"]], row.code))


def kinds_on(at: datetime, town: Unit | None = None) -> list[tuple[str, str]]:
    """(code, name) of the kinds that may be drafted from the desk."""
    return [(packs.base(row.code), row.title) for row in offered(at, town)]


def kind_texts(towns: Iterable[Unit]) -> QuerySet[KindText]:
    """Texts of kinds: shipped ones, those of the towns, and those of the county above them."""
    keys = {key for town in towns for key in (town.pk, town.parent_id) if key}
    found = KindText.objects.filter(Q(town__isnull=True) | Q(town__in=keys))
    return found.select_related("town", "pack", "written_by", "adopted_by")


# Whose turn it is in each state, and what is said to him.
TURNS = {states.CHECKING: "check", states.SIGNING: "sign", states.SIGNED: "issue", states.DRAFT: "submit"}


def papers_to_do(person: Person) -> list[tuple[Document, states.Step]]:
    """Papers of the person's own level that wait for his next step, the longest waiting first: to check, to sign, to
    issue, and his own drafts that were sent back."""
    needs = (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK, P.DOCUMENT_SIGN)
    paths = {path for need in needs for path in person.paths(need)}
    if not paths:
        return []
    back = Q(state=states.DRAFT, drafted_by=person) & ~Q(sent_back="")
    found = Document.objects.filter(
        back | Q(state__in=[states.CHECKING, states.SIGNING, states.SIGNED]), town__path__in=paths
    )
    waiting = found.select_related("town").defer("material").order_by("updated_at", "pk")[:_AT_HAND]
    return [
        (one, states.step(TURNS[one.state])) for one in waiting if rules.may(person, TURNS[one.state], one)
    ]


# Nobody has more papers than this on his desk at once; the list of papers has them all.
_AT_HAND = 40


# ---- receipts ----


def receipts(document: Document) -> list[Receipt]:
    """Everybody the document was sent to, in the order of the tree."""
    related = ("unit", "signed_by", "answered_by", "document__town")
    return list(document.receipts.select_related(*related).order_by("unit__path"))


def received(person: Person) -> QuerySet[Receipt]:
    """收文: what was sent to the person's units and stands, newest first."""
    found = Receipt.objects.filter(unit__in=receiving(person), document__state__in=states.PRINTED)
    return found.select_related("unit", "document__town", "document__pack").order_by("-sent_at", "-pk")


def receipts_to_do(person: Person) -> list[Receipt]:
    """What the person's units still have to sign for or to answer, the most urgent first."""
    waiting = Q(state=states.SENT) | Q(state=states.SIGNED_FOR, wanted=True)
    found = received(person).filter(waiting, document__state=states.ISSUED)
    return list(found.order_by(F("answer_due").asc(nulls_last=True), "sent_at")[:20])
