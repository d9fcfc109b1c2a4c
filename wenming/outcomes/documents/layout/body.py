"""The body of a document: headings, paragraphs, tables, photo pairs (GB/T 9704 §7.3.3, handbook §6.4)."""

import re
from dataclasses import replace

from wenming.outcomes.documents.layout import measure, photos, wordml
from wenming.outcomes.documents.layout.photos import Prepared
from wenming.outcomes.documents.layout.press import Press
from wenming.outcomes.documents.layout.spec import (
    Cell,
    Heading,
    PageBreak,
    Paragraph,
    Photo,
    PhotoPair,
    PhotoRow,
    Table,
    plain,
    runs,
)
from wenming.outcomes.documents.layout.styles import HEADING_FACES
from wenming.outcomes.documents.layout.wordml import Box, Setting

_CENTRED = Setting(align="center")
# LibreOffice leaves a quarter of a character between Chinese and digits even where it is told not to.
_SEAM = re.compile(r"(?<=[^\x00-\x7f])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])(?=[^\x00-\x7f])")
_CELL_MARGIN = 3.0  # points at each side of a table cell


def heading(press: Press, block: Heading) -> str:
    """一、黑体 （一）楷体 1.（1）仿宋, two characters in; a run-in heading goes on in body text."""
    setting = Setting(
        first_characters=2, keep_next=not block.body, style="" if block.body else f"Heading{block.level}"
    )
    return wordml.paragraph(
        press.text(block.runs, HEADING_FACES[block.level]) + press.text(block.body), setting
    )


def paragraph(press: Press, block: Paragraph, *, keep_next: bool = False) -> str:
    """Body text: justified, first line two characters in, unless the block says otherwise."""
    setting = Setting(
        align=block.align or "both",
        first_characters=2 if block.indent and block.align in (None, "left") else 0,
        keep_next=keep_next,
    )
    return wordml.paragraph(press.text(block.runs), setting)


def page_break() -> str:
    """An (almost) heightless paragraph that begins a page."""
    return wordml.paragraph("", Setting(line=measure.HAIRLINE, new_page=True))


def spacer(points: float = 6.0) -> str:
    """Air after a table or a pair of pictures; also keeps two tables from growing together."""
    return wordml.paragraph("", Setting(line=points))


def _words(cell: Cell) -> str:
    return cell if isinstance(cell, str) else plain(cell)


def column_widths(block: Table, whole: float) -> list[float]:
    """Widths in points that fill `whole`: narrow columns get what their longest cell needs, wide ones share the rest."""
    needs = []
    for number, column in enumerate(block.columns):
        longest = max(
            measure.characters(text) + 0.25 * len(_SEAM.findall(text))
            for text in (column.title, *(_words(row[number]) for row in block.rows))
        )
        natural = max(longest, 1.5) * block.size + 2 * _CELL_MARGIN + 2
        needs.append(measure.mm_points(column.width) if column.width else natural)
    room, widths = whole, [0.0] * len(needs)
    # From the narrowest: whoever needs no more than an even share gets just that; the others share what is left,
    # by the root of their need, so that one very long column does not starve the rest.
    # What was said in millimetres is said on purpose, and comes before all.
    told = {number for number, column in enumerate(block.columns) if column.width}
    if sum(needs[number] for number in told) > whole:
        told = set()
    for number in told:
        widths[number] = needs[number]
        room -= needs[number]
    waiting = sorted(set(range(len(needs))) - told, key=needs.__getitem__)
    while waiting and needs[waiting[0]] <= room / len(waiting):
        first = waiting.pop(0)
        widths[first] = needs[first]
        room -= needs[first]
    if waiting:
        roots = sum(needs[number] ** 0.5 for number in waiting)
        for number in waiting:
            widths[number] = room * needs[number] ** 0.5 / roots
    else:
        widths = [width * whole / (whole - room) for width in widths]
    return widths


def table(press: Press, block: Table, *, width: float | None = None) -> str:
    """A ruled table over the whole width (points): title, unit note, repeated head row, unsplit rows.

    Two tables in a row would grow together in Word: the caller puts a `spacer` after each.
    """
    whole = measure.mm_points(measure.TYPE_WIDTH) if width is None else width
    widths = column_widths(block, whole)
    setting = Setting(line=round(block.size * 1.5))
    parts = []
    if block.title:
        parts.append(
            wordml.paragraph(press.text(runs(block.title), measure.HEI), replace(_CENTRED, keep_next=True))
        )
    if block.unit_note:
        note = Setting(align="right", line=20, keep_next=True)
        parts.append(wordml.paragraph(press.text(runs(block.unit_note), size=measure.TABLE), note))

    def cell(content: Cell, number: int, *, head: bool = False) -> Box:
        filled = runs(content) if isinstance(content, str) else content
        text = press.text(filled, measure.HEI if head else measure.FANGSONG, block.size)
        align = "center" if head else block.columns[number].align
        return Box(wordml.paragraph(text, replace(setting, align=align)), widths[number])

    head = wordml.row(
        [cell(column.title, number, head=True) for number, column in enumerate(block.columns)],
        height=26,
        head=True,
    )
    body = [
        wordml.row([cell(one, number) for number, one in enumerate(line)], height=23) for line in block.rows
    ]
    edges = "".join(
        wordml.border(kind, 8 if kind in ("top", "left", "bottom", "right") else 4)
        for kind in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    parts.append(wordml.table([head, *body], widths, borders=edges, margin=_CELL_MARGIN))
    return "".join(parts)


def _picture(press: Press, ready: Prepared, height: float, words: str) -> str:
    """An inline picture `height` millimetres high, with a hairline round it."""
    number = press.drawing_id()
    relation = press.package.picture(ready.jpeg)
    across, down = measure.mm_emu(height * ready.width / ready.height), measure.mm_emu(height)
    label = wordml.escape(words)
    return (
        f"<w:r>{press.look(size=measure.TABLE).xml()}<w:drawing>"
        '<wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{across}" cy="{down}"/><wp:docPr id="{number}" name="照片{number}" descr="{label}"/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="照片{number}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{across}" cy="{down}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        '<a:ln w="6350"><a:solidFill><a:srgbClr val="7F7F7F"/></a:solidFill></a:ln></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def photo_pair(press: Press, block: PhotoPair) -> str:
    """Two pictures of one height, each with its words below, then the caption of the pair with its number."""
    press.pairs += 1
    sides = ((block.before, "整改前"), (block.after, "整改后"))
    ready = [press.photos[id(photo)] for photo, _ in sides if photo is not None]
    height = photos.common_height(ready) if ready else FRAME_EMPTY
    column = measure.mm_points(photos.COLUMN_WIDTH)
    small = Setting(align="center", line=18, keep_next=True)

    def frame(photo: Photo | None, name: str) -> Box:
        if photo is None:
            text = press.text(runs(f"（暂无{name}照片）"), size=measure.TABLE)
            edges = "".join(
                wordml.border(kind, 4, colour="7F7F7F") for kind in ("top", "left", "bottom", "right")
            )
            return Box(wordml.paragraph(text, small), column, borders=edges)
        content = _picture(press, press.photos[id(photo)], height, photo.caption or name)
        return Box(wordml.paragraph(content, replace(small, line=0)), column)

    def words(photo: Photo | None, name: str) -> Box:
        text = photo.caption if photo is not None and photo.caption else name
        return Box(wordml.paragraph(press.text(runs(text), size=measure.TABLE), small), column)

    caption = f"图{press.pairs}" + (f"　{block.caption}" if block.caption else "")
    last = Box(
        wordml.paragraph(
            press.text(runs(caption), measure.HEI, measure.TABLE), replace(small, keep_next=False)
        ),
        column * 2,
        span=2,
    )
    rows = [
        wordml.row([frame(*side) for side in sides], height=measure.mm_points(height)),
        wordml.row([words(*side) for side in sides], height=20),
        wordml.row([last]),
    ]
    return wordml.table(rows, [column, column]) + spacer()


def photo_row(press: Press, block: PhotoRow) -> str:
    """Pictures of one height beside each other, below each its words and its caption with its own number."""
    ready = [press.photos[id(photo)] for photo in block.photos]
    height = min(photos.common_height(ready), ROW_HEIGHT)
    column = measure.mm_points(photos.COLUMN_WIDTH)
    small = Setting(align="center", line=18, keep_next=True)
    empty = [Box(wordml.paragraph("", small), column)] * (2 - len(ready))
    frames, words, captions = [], [], []
    for photo, picture, caption in zip(block.photos, ready, block.captions, strict=True):
        press.pairs += 1
        drawn = _picture(press, picture, height, photo.caption)
        frames.append(Box(wordml.paragraph(drawn, replace(small, line=0)), column))
        words.append(
            Box(wordml.paragraph(press.text(runs(photo.caption), size=measure.TABLE), small), column)
        )
        text = press.text(runs(f"图{press.pairs}　{caption}"), measure.HEI, measure.TABLE)
        captions.append(Box(wordml.paragraph(text, replace(small, keep_next=False)), column))
    rows = [
        wordml.row([*frames, *empty], height=measure.mm_points(height)),
        wordml.row([*words, *empty], height=20),
        wordml.row([*captions, *empty]),
    ]
    return wordml.table(rows, [column, column]) + spacer()


ROW_HEIGHT = 50.0  # millimetres: three rows to a page, captions of two lines included
FRAME_EMPTY = 40.0  # millimetres, when neither picture is there


def block_xml(press: Press, block: Heading | Paragraph | PhotoPair | PhotoRow | PageBreak) -> str:
    """Any block that stays on upright pages; tables are placed by `docx`, which knows the sections."""
    match block:
        case Heading():
            return heading(press, block)
        case Paragraph():
            return paragraph(press, block)
        case PhotoPair():
            return photo_pair(press, block)
        case PhotoRow():
            return photo_row(press, block)
        case PageBreak():
            return page_break()
