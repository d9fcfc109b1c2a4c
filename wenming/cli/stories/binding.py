"""Several papers in one Word file, each beginning on a page of its own.

All come from the same writer, so styles, header and footer are the same parts in every one: the text of the later
papers goes behind that of the first, with a section break between.
"""

import io
import re
import zipfile
from collections.abc import Sequence

_TEXT = "word/document.xml"
_BODY = re.compile(r"(?s)^(.*<w:body>)(.*)(<w:sectPr\b.*</w:sectPr>)(</w:body>.*)$")


def bound(papers: Sequence[bytes]) -> bytes:
    """One file; a single paper comes back as it is. Raises ValueError for a file of another writer."""
    if len(papers) == 1:
        return papers[0]
    with zipfile.ZipFile(io.BytesIO(papers[0])) as first:
        parts = {info: first.read(info) for info in first.infolist()}
    texts = [_parts(paper) for paper in papers]
    head, _body, section, tail = texts[0]
    breaks = f"<w:p><w:pPr>{section}</w:pPr></w:p>"
    whole = head + breaks.join(body for _head, body, _section, _tail in texts) + section + tail
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info, data in parts.items():
            made.writestr(info, whole.encode() if info.filename == _TEXT else data)
    return out.getvalue()


def _parts(paper: bytes) -> tuple[str, str, str, str]:
    """Head, body, section, tail of the document part."""
    with zipfile.ZipFile(io.BytesIO(paper)) as file:
        text = file.read(_TEXT).decode()
    found = _BODY.match(text)
    if found is None:
        raise ValueError("no body with one section at its end")
    head, body, section, tail = found.groups()
    return head, body, section, tail
