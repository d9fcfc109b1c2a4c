"""A document into a folder, for the command line: Word, PDF where there is a converter, the problem list."""

from datetime import datetime
from pathlib import Path
from typing import Any

from wenming.common.errors import DomainError
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.ledger.periods import Period
from wenming.outcomes.documents import actions, files, problem_list, queries, states
from wenming.outcomes.documents.actions.issuing import file_name
from wenming.outcomes.documents.layout import pdf
from wenming.outcomes.documents.models import Document
from wenming.outcomes.documents.tasks import PDF_SECONDS


def make(
    *, kind: str, town: Unit, period: Period, out: Path, at: datetime, by: Person | None = None
) -> dict[str, Any]:
    """Write the town's document of `kind` about `period` into `out`.

    An issued one is copied byte for byte; an unissued one, found or drafted now (by `by`, else the system), is
    written as it stands. Returns {"document", "state", "number", "docx", "pdf" or None, "problem_list" or
    None (paths), "problems", "figures"}. Raises DomainError.
    """
    document = _found(kind, town, period) or actions.draft(kind=kind, town=town, period=period, at=at, by=by)
    made_of = queries.ingredients(document, at=at)
    kept = {file.format: files.get(file) for file in document.files.all()}
    word = kept.get(states.DOCX) or queries.render(made_of, draft=not document.frozen)
    out.mkdir(parents=True, exist_ok=True)
    name = file_name(document)
    paths: dict[str, Path | None] = {
        states.DOCX: _written(out / f"{name}.docx", word),
        states.PDF: _written(out / f"{name}.pdf", kept.get(states.PDF) or _pdf(word)),
    }
    book = kept.get(states.XLSX)
    if book is None and made_of.problems:
        title = f"{document.shown_title}问题清单"
        book = problem_list.workbook(made_of.problems, title=title, unit=str(made_of.head["issuer"]), at=at)
    paths[states.XLSX] = _written(out / f"{name} 问题清单.xlsx", book)
    return {
        "document": str(document.uuid),
        "state": document.state,
        "number": document.number,
        "docx": str(paths[states.DOCX]),
        "pdf": str(paths[states.PDF]) if paths[states.PDF] else None,
        "problem_list": str(paths[states.XLSX]) if paths[states.XLSX] else None,
        "problems": len(made_of.problems),
        "figures": len(made_of.figures),
    }


def _found(kind: str, town: Unit, period: Period) -> Document | None:
    """The newest issued document of just this period, else the newest at work."""
    same = Document.objects.filter(
        kind=kind, town=town, period_start=period.start, period_end=period.end, units=[]
    ).select_related("town", "pack")
    issued = same.filter(state=states.ISSUED).order_by("-issued_at").first()
    return issued or same.filter(state__in=states.WORKING).order_by("-drafted_at").first()


def _pdf(word: bytes) -> bytes | None:
    """None where LibreOffice is missing or fails: the Word file is what counts."""
    try:
        return pdf.convert(word, timeout=PDF_SECONDS)
    except DomainError:
        return None


def _written(path: Path, data: bytes | None) -> Path | None:
    if data is None:
        return None
    path.write_bytes(data)
    return path
