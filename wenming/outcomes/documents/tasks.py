"""Background work on documents: the PDF of an issued Word file."""

from datetime import datetime
from typing import Any

from wenming.outcomes.documents import actions, files, states
from wenming.outcomes.documents.layout import pdf
from wenming.outcomes.documents.models import Document

# A bulletin with a hundred photos takes some ten seconds; what takes longer than this hangs.
PDF_SECONDS = 60.0


def make_pdf(payload: dict[str, Any], at: datetime) -> None:
    """Convert the issued Word file. Raises DomainError (the queue tries again) when LibreOffice is missing or hangs."""
    document = Document.objects.get(uuid=payload["document"])
    if document.files.filter(format=states.PDF).exists():
        return
    word = files.get(document.files.get(format=states.DOCX))
    data = pdf.convert(word, timeout=PDF_SECONDS)
    actions.keep_pdf(document=document, data=data, at=at)


HANDLERS = {"documents.pdf": make_pdf}
