"""The summary of a story: a kind of document of the town's own, drafted, checked, signed and issued like any other."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from wenming.cli.stories import book
from wenming.cli.stories.ground import Cast
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import desk, files, kinds, queries, states, tokens, values
from wenming.outcomes.documents.layout import pdf
from wenming.outcomes.documents.models import Document
from wenming.outcomes.documents.tasks import PDF_SECONDS

KIND = "summary"
TEXTS = Path(__file__).parent / "summaries"
_MINUTE = timedelta(minutes=1)


def adopt(part: book.Part, cast: Cast, form: str, at: datetime) -> None:
    """The town adopts its own way of writing: of the summary the one that its seed has, of others the shipped one.

    Shipped kinds are not in force before 2020; a town of an earlier year takes them over from its first day.
    """
    shipped = Path(settings.PACKS_DIR) / "documents" / f"{form}.yaml"
    path = TEXTS / f"{part.code}.yaml" if form == KIND else shipped
    head = f"in_force: {clock.local_date(at).isoformat()}"
    text = re.sub(r"(?m)^in_force:.*$", head, path.read_text(encoding="utf-8"), count=1)
    draft = documents.write_kind(town=cast.home, text=text, by=cast.clerk, at=at)
    documents.adopt_kind(draft=draft, by=cast.clerk, at=at)


def adopt_missing(part: book.Part, cast: Cast, form: str, at: datetime) -> None:
    """`adopt`, where no version of the kind is in force on the day."""
    try:
        kinds.of(form, clock.local_date(at), cast.home)
    except DomainError:
        adopt(part, cast, form, at)


def issued(document: Document, cast: Cast, at: datetime, *, nature: str = "") -> Document:
    """Suggestions taken over, what only a person can say said (`nature`), then checked, signed and issued."""
    for block in list(document.body["blocks"]):
        version = document.version
        if block.get("suggestion") == desk.OPEN:
            document = documents.accept_suggestion(
                document=document, by=cast.clerk, at=at, version=version, block=block["id"]
            )
        elif "【" in block["text"]:
            document = documents.edit_block(
                document=document, by=cast.clerk, at=at, version=version, block=block["id"], text=nature
            )
    document = documents.submit(document=document, by=cast.clerk, at=at + 10 * _MINUTE)
    document = documents.check(document=document, by=cast.director, at=at + 30 * _MINUTE)
    if cast.leader is None:
        return document  # a county's papers are signed outside: nobody here holds that post
    document = documents.sign(document=document, by=cast.leader, at=at + 50 * _MINUTE)
    return documents.issue(document=document, by=cast.clerk, at=at + 60 * _MINUTE)


def summed_up(part: book.Part, cast: Cast) -> Document:
    """The summary of the part, on the day it is told."""
    at = clock.at_local(part.told_on, 9)
    adopt(part, cast, KIND, at)
    document = documents.draft(kind=KIND, town=cast.home, period=part.period, at=at, by=cast.clerk)
    return issued(document, cast, at)


def summary(part: book.Part, home: Unit) -> Document:
    """The summary that was written when the part was built."""
    return Document.objects.get(
        kind=KIND, town=home, period_start=part.period.start, period_end=part.period.end, corrects=None
    )


def word(document: Document, *, at: datetime) -> bytes:
    """As issued, byte for byte; one that waits for its signature as it stands."""
    issued_file = document.files.filter(format=states.DOCX).first()
    return files.get(issued_file) if issued_file else queries.render(queries.ingredients(document, at=at))


def as_pdf(data: bytes) -> bytes | None:
    """None where LibreOffice is missing or fails: the Word file is what counts."""
    try:
        return pdf.convert(data, timeout=PDF_SECONDS)
    except DomainError:
        return None


def paragraphs(document: Document, *, at: datetime) -> dict[tuple[str, str, str, str], list[str]]:
    """Where each figure is printed: (metric, scope, category, period) → texts of the paragraphs, tokens filled in."""
    shown = queries.ingredients(document, at=at).figures
    specs = document.body["figures"]
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for block in document.body["blocks"]:
        said = "".join(
            one.text if isinstance(one, tokens.Piece) else str(values.printed(one, shown) or "")
            for one in tokens.split(block["text"])
        )
        for key in tokens.keys(block["text"]):
            if key in shown and key in specs:
                one = shown[key]
                place = (one.metric, one.scope.code, specs[key]["category"], one.period.key)
                found.setdefault(place, []).append(said)
    return found
