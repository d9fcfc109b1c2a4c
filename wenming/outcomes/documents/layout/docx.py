"""An official document as a Word file (GB/T 9704-2012; handbook §6)."""

from collections.abc import Iterable

from wenming.outcomes.documents.layout import (
    body,
    closing,
    mastheads,
    measure,
    package,
    pages,
    photos,
    styles,
    wordml,
)
from wenming.outcomes.documents.layout.press import Press
from wenming.outcomes.documents.layout.spec import Block, Heading, Official, Paragraph, Table, plain, runs
from wenming.outcomes.documents.layout.wordml import Setting

_SHORT = 12  # lines
_HAIRLINE = wordml.paragraph("", Setting(line=measure.HAIRLINE))

# A stretch of the document that is upright or turned.
Stretch = tuple[bool, str]


def render(doc: Official, *, draft: bool = False) -> bytes:
    """The document as .docx bytes; equal documents give equal bytes.

    With `draft` hand-typed numbers are painted yellow; without it nothing shows them.
    Raises DomainError `photo_unreadable` for a picture that cannot be opened.
    """
    press = Press(
        latin=measure.TIMES if doc.digits == "times" else "",
        draft=draft,
        photos=photos.prepare_all(doc.blocks, doc.attachments),
    )
    press.package.part("styles", "styles", styles.styles())
    press.package.part("settings", "settings", styles.settings())
    press.package.part("fontTable", "fontTable", styles.font_table())
    letter = doc.letterhead.kind == "letter"
    header = mastheads.letter_header(press, doc.letterhead) if letter else ""
    sections = pages.Sections(press, first_header=header)
    stretches = [*_main(press, doc), *_attachments(press, doc)]
    if doc.has_imprint:
        # It hangs on the paragraph after it; and a section must not begin with it, or LibreOffice
        # would leave it on the turned page before.
        stretches.append((False, _HAIRLINE + closing.imprint(press, doc) + _HAIRLINE))
    text = _joined(stretches, sections)
    document = f"<w:document {package.NAMESPACES}><w:body>{text}</w:body></w:document>"
    core = package.core_properties(
        title=wordml.escape(doc.title.replace("\n", "")),
        author=wordml.escape("、".join(doc.letterhead.issuers)),
        dated=doc.dated,
    )
    return press.package.finish(document, core=core)


_HEADS = {
    "document": mastheads.document,
    "minutes": mastheads.document,
    "letter": mastheads.letter,
    "plain": mastheads.plain,
}


def _main(press: Press, doc: Official) -> list[Stretch]:
    """Everything before the attachments."""
    head = _HEADS[doc.letterhead.kind](press, doc)
    if doc.addressee:
        name = doc.addressee.rstrip("：:")
        head += wordml.blank() + wordml.paragraph(press.text(runs(f"{name}：")), Setting())
    elif doc.blocks:
        head += wordml.blank()
    tail = closing.attachment_note(press, doc.attachments)
    if doc.letterhead.kind != "minutes":
        tail += closing.signature(press, doc)
    tail += closing.note(press, doc.note) + closing.attendance(press, doc)
    return [
        (False, head),
        *_blocks(press, doc.blocks, signed=doc.letterhead.kind != "minutes"),
        (False, tail),
    ]


def _blocks(press: Press, blocks: tuple[Block, ...], *, signed: bool = False) -> Iterable[Stretch]:
    """Blocks one by one. The last paragraph before a signature holds on to it, so that none stands alone; not the
    only one, or the first page would be without a line of text (GB/T 9704 §7.3.3)."""
    texts = sum(not isinstance(block, Heading) for block in blocks)
    for number, block in enumerate(blocks, 1):
        if isinstance(block, Table):
            width = pages.LANDSCAPE_WIDTH if block.landscape else None
            if number > 1 and not block.landscape and not block.title:
                yield False, body.spacer()  # a bare table would touch the line above
            yield block.landscape, body.table(press, block, width=width)
        elif isinstance(block, Paragraph) and signed and number == len(blocks) and texts > 1:
            # Half a page at most: LibreOffice moves such a paragraph whole to the next page.
            short = measure.characters(plain(block.runs)) < _SHORT * measure.CHARACTERS
            yield False, body.paragraph(press, block, keep_next=short)
        else:
            yield False, body.block_xml(press, block)


def _attachments(press: Press, doc: Official) -> Iterable[Stretch]:
    several = len(doc.attachments) > 1
    for number, one in enumerate(doc.attachments, 1):
        turned = bool(one.blocks) and isinstance(one.blocks[0], Table) and one.blocks[0].landscape
        yield turned, closing.attachment_head(press, one, f"附件{number}" if several else "附件")
        yield from _blocks(press, one.blocks)


def _joined(stretches: list[Stretch], sections: pages.Sections) -> str:
    """The stretches in order, with a section break wherever the page turns.

    Nothing stands between a table and a section break, and nothing after the last line of text: one line
    more would make an empty page after a full one.
    """
    parts: list[str] = []
    turned = False
    for landscape, text in stretches:
        if not text:
            continue
        if landscape != turned:
            parts.append(sections.break_here(landscape=turned))
        elif parts and parts[-1].endswith("</w:tbl>"):
            parts.append(body.spacer())
        turned = landscape
        parts.append(text)
    if parts[-1].endswith("</w:tbl>"):
        parts.append(_HAIRLINE)  # Word wants a paragraph after the last table
    return "".join(parts) + sections.properties(landscape=turned)
