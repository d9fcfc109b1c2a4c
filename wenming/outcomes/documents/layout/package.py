"""The file around the text: parts, relationships and the zip, byte for byte the same for the same document.

Written directly and not through a template document, because a template brings a theme, hundreds of styles
and the time of day into every file (Open Packaging Conventions, ISO/IEC 29500-2).
"""

import hashlib
import io
import zipfile
from datetime import date

_STAMP = (1980, 1, 1, 0, 0, 0)
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{_RELATIONS}" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)


class Package:
    """Collects the parts of one .docx file."""

    def __init__(self) -> None:
        self._parts: dict[str, bytes] = {}
        self._overrides: list[tuple[str, str]] = []
        self._links: list[tuple[str, str, str]] = []
        self._pictures: dict[str, str] = {}

    def _link(self, kind: str, target: str) -> str:
        key = f"rId{len(self._links) + 1}"
        self._links.append((key, kind, target))
        return key

    def part(self, kind: str, name: str, xml: str) -> str:
        """Add a part beside the document (styles, settings, header, footer) and return its relationship id."""
        self._parts[f"word/{name}.xml"] = (_HEAD + xml).encode()
        self._overrides.append((f"/word/{name}.xml", f"{_TYPES}.{kind}+xml"))
        return self._link(kind, f"{name}.xml")

    def picture(self, data: bytes) -> str:
        """Add a JPEG, once however often it is used, and return its relationship id."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._pictures:
            name = f"media/image{len(self._pictures) + 1}.jpeg"
            self._parts[f"word/{name}"] = data
            self._pictures[digest] = self._link("image", name)
        return self._pictures[digest]

    def _content_types(self) -> str:
        overrides = "".join(
            f'<Override PartName="{name}" ContentType="{kind}"/>'
            for name, kind in [
                ("/word/document.xml", f"{_TYPES}.document.main+xml"),
                ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
                *self._overrides,
            ]
        )
        return (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Default Extension="jpeg" ContentType="image/jpeg"/>{overrides}</Types>'
        )

    def finish(self, document: str, *, core: str) -> bytes:
        """The file, from the text of the document part and of the core properties."""
        top = [
            ("rId1", f"{_RELATIONS}/officeDocument", "word/document.xml"),
            (
                "rId2",
                "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
                "docProps/core.xml",
            ),
        ]
        links = [(key, f"{_RELATIONS}/{kind}", target) for key, kind, target in self._links]
        parts = {
            "[Content_Types].xml": (_HEAD + self._content_types()).encode(),
            "_rels/.rels": (_HEAD + _relationships(top)).encode(),
            "docProps/core.xml": (_HEAD + core).encode(),
            "word/document.xml": (_HEAD + document).encode(),
            "word/_rels/document.xml.rels": (_HEAD + _relationships(links)).encode(),
            **self._parts,
        }
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in parts.items():
                entry = zipfile.ZipInfo(name, _STAMP)
                entry.external_attr = 0o600 << 16
                # A JPEG does not get smaller by packing it again.
                entry.compress_type = zipfile.ZIP_STORED if name.endswith(".jpeg") else zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        return file.getvalue()


def _relationships(links: list[tuple[str, str, str]]) -> str:
    body = "".join(
        f'<Relationship Id="{key}" Type="{kind}" Target="{target}"/>' for key, kind, target in links
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>'


def core_properties(*, title: str, author: str, dated: date) -> str:
    """Title, author and date of the file's properties; both arguments already escaped for XML."""
    when = f"{dated.isoformat()}T00:00:00Z"
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{when}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{when}</dcterms:modified></cp:coreProperties>'
    )
