"""The few pieces of WordprocessingML that an official document needs, as text.

Element order follows the schema (ISO/IEC 29500-1 §17.3): Word refuses files whose children are out of order.
Every run names its four faces itself, so that no theme and no template can change them (handbook §6.6.1).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wenming.common.xmltext import printable
from wenming.outcomes.documents.layout import measure


def escape(text: str) -> str:
    """Text for an XML element or a double-quoted attribute."""
    clean = printable(text)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@dataclass(frozen=True, slots=True)
class Look:
    """How a run looks: face, face of digits and Latin letters, size and spacing in points, scale in percent."""

    face: str = measure.FANGSONG
    latin: str = ""
    size: float = measure.BODY
    colour: str = ""
    bold: bool = False
    spacing: float = 0.0
    scale: int = 100
    highlight: str = ""

    def xml(self) -> str:
        """The run properties."""
        face, latin = escape(self.face), escape(self.latin or self.face)
        parts = [
            f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{face}" w:cs="{latin}" w:hint="eastAsia"/>',
            "<w:b/>" if self.bold else "",
            f'<w:color w:val="{self.colour}"/>' if self.colour else "",
            f'<w:spacing w:val="{measure.twips(self.spacing)}"/>' if self.spacing else "",
            f'<w:w w:val="{self.scale}"/>' if self.scale != 100 else "",
            f'<w:sz w:val="{round(self.size * 2)}"/><w:szCs w:val="{round(self.size * 2)}"/>',
            f'<w:highlight w:val="{self.highlight}"/>' if self.highlight else "",
        ]
        return f"<w:rPr>{''.join(parts)}</w:rPr>"


def run(text: str, look: Look) -> str:
    """A run. Line breaks in the text become line breaks, tabs become tabs."""
    properties = look.xml()
    pieces = []
    for number, line in enumerate(text.split("\n")):
        if number:
            pieces.append("<w:br/>")
        for column, piece in enumerate(line.split("\t")):
            if column:
                pieces.append("<w:tab/>")
            if piece:
                pieces.append(f'<w:t xml:space="preserve">{escape(piece)}</w:t>')
    return f"<w:r>{properties}{''.join(pieces)}</w:r>"


def page_field(look: Look) -> str:
    """The page number as a field."""
    properties = look.xml()
    return (
        f'<w:r>{properties}<w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r>{properties}<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
        f'<w:r>{properties}<w:fldChar w:fldCharType="separate"/></w:r>'
        f"<w:r>{properties}<w:t>1</w:t></w:r>"
        f'<w:r>{properties}<w:fldChar w:fldCharType="end"/></w:r>'
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """How a paragraph is set. Indents in points; those named `…_characters` in 16 pt characters.

    `line` is the exact line height in points, 0 for a line as high as its picture.
    """

    align: str = "both"
    line: float = measure.LINE
    before: float = 0.0
    after: float = 0.0
    left: float = 0.0
    right: float = 0.0
    hanging: float = 0.0
    first_characters: float = 0.0
    right_characters: float = 0.0
    keep_next: bool = False
    new_page: bool = False
    style: str = ""
    tabs: tuple[tuple[str, float], ...] = ()
    bottom_border: str = ""
    frame: str = ""
    outline: int | None = None

    def _indent(self) -> str:
        marks = []
        if self.left:
            marks.append(f'w:left="{measure.twips(self.left)}"')
        if self.right_characters:
            marks.append(f'w:rightChars="{round(self.right_characters * 100)}"')
        if self.right or self.right_characters:
            marks.append(f'w:right="{measure.twips(self.right or self.right_characters * measure.BODY)}"')
        if self.hanging:
            marks.append(f'w:hanging="{measure.twips(self.hanging)}"')
        elif self.first_characters:
            # Word goes by characters; programs that do not know them go by the points.
            marks.append(f'w:firstLineChars="{round(self.first_characters * 100)}"')
            marks.append(f'w:firstLine="{measure.twips(self.first_characters * measure.BODY)}"')
        return f"<w:ind {' '.join(marks)}/>" if marks else ""

    def _spacing(self) -> str:
        marks = [f'w:before="{measure.twips(self.before)}" w:after="{measure.twips(self.after)}"']
        if self.line:
            marks.append(f'w:line="{measure.twips(self.line)}" w:lineRule="exact"')
        else:
            marks.append('w:line="240" w:lineRule="auto"')
        return f"<w:spacing {' '.join(marks)}/>"

    def xml(self, section: str = "") -> str:
        """The paragraph properties; `section` ends a section here."""
        stops = "".join(f'<w:tab w:val="{kind}" w:pos="{measure.twips(at)}"/>' for kind, at in self.tabs)
        parts = [
            f'<w:pStyle w:val="{self.style}"/>' if self.style else "",
            "<w:keepNext/>" if self.keep_next else "",
            "<w:pageBreakBefore/>" if self.new_page else "",
            self.frame,
            f"<w:pBdr>{self.bottom_border}</w:pBdr>" if self.bottom_border else "",
            f"<w:tabs>{stops}</w:tabs>" if stops else "",
            self._spacing(),
            self._indent(),
            f'<w:jc w:val="{self.align}"/>',
            f'<w:outlineLvl w:val="{self.outline}"/>' if self.outline is not None else "",
            section,
        ]
        return f"<w:pPr>{''.join(parts)}</w:pPr>"


BODY_TEXT = Setting(first_characters=2)


def paragraph(content: str, setting: Setting = BODY_TEXT, *, section: str = "") -> str:
    """A paragraph around runs."""
    return f"<w:p>{setting.xml(section)}{content}</w:p>"


def blank(lines: int = 1, height: float = measure.LINE) -> str:
    """Empty lines of an exact height."""
    return paragraph("", Setting(align="left", line=height)) * lines


def border(kind: str, eighths: int, *, space: float = 0, colour: str = "000000") -> str:
    """One border element; `kind` is its element name, the width in eighths of a point."""
    return f'<w:{kind} w:val="single" w:sz="{eighths}" w:space="{round(space)}" w:color="{colour}"/>'


@dataclass(frozen=True, slots=True)
class Box:
    """A table cell: its paragraphs, its width in points, columns spanned, borders and vertical place."""

    content: str
    width: float
    span: int = 1
    borders: str = ""
    middle: bool = True
    direction: str = ""
    merge: str = ""

    def xml(self) -> str:
        """The cell element."""
        parts = [
            f'<w:tcW w:w="{measure.twips(self.width)}" w:type="dxa"/>',
            f'<w:gridSpan w:val="{self.span}"/>' if self.span > 1 else "",
            f'<w:vMerge w:val="{self.merge}"/>' if self.merge else "",
            f"<w:tcBorders>{self.borders}</w:tcBorders>" if self.borders else "",
            f'<w:textDirection w:val="{self.direction}"/>' if self.direction else "",
            '<w:vAlign w:val="center"/>' if self.middle else "",
        ]
        return f"<w:tc><w:tcPr>{''.join(parts)}</w:tcPr>{self.content}</w:tc>"


def row(cells: Iterable[Box], *, height: float = 0, exact: bool = False, head: bool = False) -> str:
    """A table row that is never split over pages; `head` repeats it on every page."""
    rule = "exact" if exact else "atLeast"
    tall = f'<w:trHeight w:val="{measure.twips(height)}" w:hRule="{rule}"/>' if height else ""
    mark = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{tall}{mark}</w:trPr>{''.join(cell.xml() for cell in cells)}</w:tr>"


_FOOT = 3.0


def table(
    rows: Iterable[str], widths: list[float], *, borders: str = "", place: str = "", margin: float = 0
) -> str:
    """A table of fixed column widths (points). `place` anchors it to the page, `margin` is the cells' side margin."""
    centred = "" if place else '<w:jc w:val="center"/>'
    grid = "".join(f'<w:gridCol w:w="{measure.twips(width)}"/>' for width in widths)
    side = measure.twips(margin)
    # The leading of an exact line lies above its characters; the same below keeps them off the rule.
    foot = f'<w:bottom w:w="{measure.twips(_FOOT)}" w:type="dxa"/>' if margin else ""
    return (
        f'<w:tbl><w:tblPr>{place}<w:tblW w:w="{measure.twips(sum(widths))}" w:type="dxa"/>'
        f"{centred}"
        f"{f'<w:tblBorders>{borders}</w:tblBorders>' if borders else ''}"
        '<w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar><w:left w:w="{side}" w:type="dxa"/>{foot}<w:right w:w="{side}" w:type="dxa"/></w:tblCellMar>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
