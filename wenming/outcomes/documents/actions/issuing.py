"""印发: number, files, ledger. The number is given last, so that no failure can leave a hole in the register."""

from datetime import date, datetime

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import NotAllowed
from wenming.ground.evidence import vault
from wenming.ground.jobs import actions as jobs
from wenming.ground.people.models import Person
from wenming.ground.units import numbers
from wenming.ground.units import states as kinds
from wenming.ledger import accounts, posting
from wenming.ledger.posting import Line, Voucher
from wenming.outcomes.documents import annexes, deed, files, material, problem_list, queries, rules, states
from wenming.outcomes.documents.actions import receipts
from wenming.outcomes.documents.ingredients import Ingredients, Numbered
from wenming.outcomes.documents.models import Document, DocumentCase, IssuedFile

PDF_JOB = "documents.pdf"


def issue(*, document: Document, by: Person, at: datetime) -> Document:
    """Number the signed document, keep its Word file and problem list byte for byte, post it, order its PDF.

    The Word file is written before the transaction, with the numbers it will probably get, so that nobody
    waits for photos; only if somebody else took those numbers meanwhile is it written once more inside.
    Works without LibreOffice: the PDF follows by job. Raises Conflict, NotAllowed, DomainError (storage).
    """
    step = states.step("issue")
    document = Document.objects.select_related("town", "pack").get(pk=document.pk)
    if document.state not in step.from_states:
        raise deed.stale(document, step.name)
    if refused := rules.refusal(by, step, document):
        raise NotAllowed("document_not_allowed", refused)
    expected = queries.next_numbers(document, at)
    made_of = queries.ingredients(document, at=at, numbered=expected)
    word = queries.render(made_of)
    written: list[IssuedFile] = []
    try:
        with deed.on(document, "issue", by=by) as document:
            given = _take_numbers(document, at)
            if given != expected:
                made_of = queries.ingredients(document, at=at, numbered=given)
                word = queries.render(made_of)
            document.year, document.serial, document.issue_no = given.year, given.serial, given.issue_no
            document.issued_by, document.issued_at = by, at
            document.title = document.shown_title
            label = document.number or document.issue_label
            deed.done(document, "issue", by=by, at=at, sentence=f"印发《{document.shown_title}》，{label}")
            written.extend(_write_files(document, made_of, word, at))
            _list_cases(document, made_of)
            receipts.send(document, made_of.problems, at=at)
            _post(document, at)
            jobs.enqueue(
                kind=PDF_JOB,
                payload={"document": str(document.uuid)},
                at=at,
                key=f"{PDF_JOB}:{document.uuid}",
            )
    except Exception:
        vault.drop(*(file.key for file in written))
        raise
    return document


def ask_pdf(*, document: Document, by: Person, at: datetime) -> Document:
    """Try the PDF once more, after LibreOffice was mended."""
    with deed.on(document, "ask_pdf", by=by) as document:
        deed.done(document, "ask_pdf", by=by, at=at, sentence="重新生成 PDF")
        jobs.enqueue(kind=PDF_JOB, payload={"document": str(document.uuid)}, at=at)
    return document


def keep_pdf(*, document: Document, data: bytes, at: datetime) -> None:
    """Put the PDF beside the Word file; a second one changes nothing (jobs may run twice)."""
    with transaction.atomic():
        locked = Document.objects.select_for_update(of=("self",), no_key=True).get(pk=document.pk)
        if not locked.files.filter(format=states.PDF).exists():
            files.put(locked, format=states.PDF, name=file_name(locked), data=data, at=at)


def file_name(document: Document) -> str:
    """「安创城办〔2026〕7号 关于…的通报」, without signs that file systems refuse."""
    name = f"{document.number} {document.shown_title}".strip().replace("\n", "")
    return "".join("_" if sign in '\\/:*?"<>|' else sign for sign in name)[:100]


def _take_numbers(document: Document, at: datetime) -> Numbered:
    year = clock.local(at).year
    serial = numbers.take(unit=document.town, kind=queries.serial_kind(document), year=year)
    return Numbered(
        year, serial, numbers.take(unit=document.town, kind=queries.issue_kind(document), year=year)
    )


def _write_files(document: Document, made_of: Ingredients, word: bytes, at: datetime) -> list[IssuedFile]:
    name = file_name(document)
    made = [files.put(document, format=states.DOCX, name=name, data=word, at=at)]
    if rows := annexes.listed(made_of):
        book = problem_list.workbook(
            rows, title=f"{document.shown_title.removeprefix('关于')}问题清单", unit=str(made_of.head["issuer"]),
            at=document.signed_at or at,
        )  # fmt: skip
        made.append(files.put(document, format=states.XLSX, name=f"{name} 问题清单", data=book, at=at))
    return made


def _list_cases(document: Document, made_of: Ingredients) -> None:
    keys = material.case_keys(annexes.listed(made_of))
    DocumentCase.objects.bulk_create([DocumentCase(document=document, case_id=key) for key in keys])


def _post(document: Document, at: datetime) -> None:
    """印发公文 and, where the kind has one, its own account, on the day of signing."""
    assert document.signed_at is not None  # noqa: S101  the database holds this for every signed state
    day = clock.local_date(document.signed_at)
    codes = [
        accounts.DOCUMENT_ISSUED,
        *([document.pack.facts["account"]] if document.pack.facts["account"] else []),
    ]
    lines = [Line(account=code, unit=document.town, quantity=1, occurred_on=day) for code in codes]
    if document.pack.facts["account"] in (accounts.DOCUMENT_BULLETIN, accounts.DOCUMENT_COVERT_BULLETIN):
        lines += _named(document, day)
    posting.post(town=document.town, lines=lines, voucher=Voucher(deed.SUBJECT, document.uuid), at=at)


def _named(document: Document, day: date) -> list[Line]:
    """通报点名: every problem the bulletin lists, charged to the unit that answers for it, under the case's voucher.

    The source is the level of the office that names it, so that rules may weigh the county's bulletin more.
    """
    level = "county" if document.town.kind == kinds.COUNTY else "town"
    listed = document.cases.select_related("case__lead_unit", "case__unit")
    return [
        Line(account=accounts.CASE_NAMED, unit=case.lead_unit or case.unit, quantity=1, occurred_on=day,
             place_id=case.place_id, category=case.category, source=level, party=document.town,
             voucher=Voucher("case", case.uuid))
        for case in (row.case for row in listed)
    ]  # fmt: skip
