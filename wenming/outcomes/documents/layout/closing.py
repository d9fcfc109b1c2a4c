"""What follows the body: list of attachments, signature, note, attendance, imprint, attachment heads.

GB/T 9704 §7.3.4–7.3.7, §7.4, §10.3; handbook §6.3, §6.4.
"""

from dataclasses import replace

from wenming.outcomes.documents.layout import mastheads, measure, numbers, titles, wordml
from wenming.outcomes.documents.layout.press import Press
from wenming.outcomes.documents.layout.spec import Attachment, Official, runs
from wenming.outcomes.documents.layout.wordml import Box, Setting

_FLUSH = Setting(align="left")
_KEPT = Setting(align="left", keep_next=True)


def attachment_note(press: Press, attachments: tuple[Attachment, ...]) -> str:
    """「附件：1. ×××」 one line below the body, two characters in, run-over lines under the name's first character."""
    if not attachments:
        return ""
    above = wordml.paragraph("", _KEPT)
    lead = 2 * measure.BODY + 3 * measure.PITCH
    if len(attachments) == 1:
        setting = replace(_KEPT, left=lead, hanging=3 * measure.PITCH)
        return above + wordml.paragraph(press.text(runs(f"附件：{attachments[0].listed_as}")), setting)
    label = measure.BODY * (1.5 if len(attachments) < 10 else 2)
    lines = []
    for number, one in enumerate(attachments, 1):
        intro = "附件：" if number == 1 else ""
        hanging = label + (3 * measure.PITCH if number == 1 else 0)
        setting = replace(_KEPT, left=lead + label, hanging=hanging)
        lines.append(wordml.paragraph(press.text(runs(f"{intro}{number}.\t{one.listed_as}")), setting))
    return above + "".join(lines)


def signature(press: Press, doc: Official) -> str:
    """Signature and date, sealed (§7.3.5.1) or not (§7.3.5.2). Kept on the page of the text above."""
    if doc.parties:
        return _parties(press, doc)
    dated = numbers.day(doc.dated)
    name_width, date_width = measure.characters(doc.signature), measure.characters(dated)
    if doc.sealed:
        # Date four characters from the right, the name centred on it; a long name stays two characters
        # from the edge and moves the date inwards.
        overhang = (name_width - date_width) / 2
        name_right, date_right = (4 - overhang, 4.0) if overhang <= 2 else (2.0, 2 + overhang)
        lines = 2
    else:
        # The date begins two characters right of the name; a date longer than the name keeps two
        # characters from the edge and pushes the name inwards.
        name_right, date_right = 2.0, name_width - date_width
        if date_right < 0:
            name_right, date_right = date_width - name_width + 4, 2.0
        lines = 1
    above = wordml.paragraph("", _KEPT) * lines
    name = wordml.paragraph(
        press.text(runs(doc.signature)), Setting(align="right", right_characters=name_right, keep_next=True)
    )
    return (
        above
        + (name if doc.signature else "")
        + wordml.paragraph(press.text(runs(dated)), Setting(align="right", right_characters=date_right))
    )


def _parties(press: Press, doc: Official) -> str:
    """Those who sign a pledge, side by side: name, seal, hand, and a day that is written in by hand."""
    width = measure.mm_points(measure.TYPE_WIDTH) / len(doc.parties)
    rows = []
    for words in ((f"{name}（盖章）" for name in doc.parties), ("负责人（签字）：",) * len(doc.parties)):
        cells = [
            Box(wordml.paragraph(press.text(runs(text)), Setting(align="left", keep_next=True)), width)
            for text in words
        ]
        rows.append(wordml.row(cells, height=2.2 * measure.LINE))
    dated = [
        Box(wordml.paragraph(press.text(runs("　　　年　　月　　日")), Setting(align="left")), width)
        for _ in doc.parties
    ]
    rows.append(wordml.row(dated, height=measure.LINE))
    return wordml.paragraph("", _KEPT) + wordml.table(rows, [width] * len(doc.parties))


def note(press: Press, text: str) -> str:
    """附注: the line below the date, two characters in, in round brackets."""
    if not text:
        return ""
    inside = text.strip().removeprefix("（").removesuffix("）")
    return wordml.paragraph(press.text(runs(f"（{inside}）")), Setting(align="left", first_characters=2))


def attendance(press: Press, doc: Official) -> str:
    """出席、请假、列席: names in one block whose run-over lines stand under the first name (§10.3)."""
    lists = (
        ("出席：", doc.attendance.present),
        ("请假：", doc.attendance.excused),
        ("列席：", doc.attendance.sitting_in),
    )
    setting = replace(_FLUSH, left=5 * measure.BODY, hanging=3 * measure.PITCH)
    lines = [
        wordml.paragraph(press.text(runs(label), measure.HEI) + press.text(runs("，".join(names))), setting)
        for label, names in lists
        if names
    ]
    return wordml.blank() + "".join(lines) if lines else ""


def attachment_head(press: Press, attachment: Attachment, label: str) -> str:
    """「附件 1」 flush in the first line of a new page, the title centred on the third."""
    head = wordml.paragraph(
        press.text(runs(label), measure.HEI), replace(_FLUSH, new_page=True, keep_next=True)
    )
    text = "\n".join(titles.lines(attachment.title))
    setting = Setting(align="center", line=measure.TITLE_LINE, keep_next=True, outline=0)
    return (
        head
        + wordml.blank()
        + wordml.paragraph(wordml.run(text, mastheads.title_look()), setting)
        + wordml.blank()
    )


# ---- imprint (版记) ----

_OUTER, _INNER = 8, 6  # eighths of a point: 0.35 mm and 0.25 mm
_ROW = 24.0  # points


def imprint_height(doc: Official) -> float:
    """About how much of the page the imprint needs, in points."""
    printed = bool(doc.printed_by) and doc.letterhead.kind != "letter"
    return _ROW * (_cc_lines(doc) + printed)


def _cc_lines(doc: Official) -> int:
    if not doc.cc:
        return 0
    room = measure.mm_points(measure.TYPE_WIDTH) / measure.SMALL - 5
    return int(-(-measure.characters("，".join(doc.cc) + "。") // room))


def imprint(press: Press, doc: Official) -> str:
    """Copies to, printed by and when, tied to the bottom edge of the type area of the last page (§7.4)."""
    if not doc.has_imprint:
        return ""
    whole = measure.mm_points(measure.TYPE_WIDTH)
    size = measure.SMALL
    letter = doc.letterhead.kind == "letter"
    lines = []
    if doc.cc:
        setting = Setting(align="both", line=_ROW, left=4 * size, right=size, hanging=3 * size)
        lines.append(wordml.paragraph(press.text(runs(f"抄送：{'，'.join(doc.cc)}。"), size=size), setting))
    if doc.printed_by and not letter:
        printed = numbers.day(doc.printed_on or doc.dated)
        setting = Setting(align="left", line=_ROW, left=size, right=size, tabs=(("right", whole - size),))
        lines.append(
            wordml.paragraph(press.text(runs(f"{doc.printed_by}\t{printed}印发"), size=size), setting)
        )
    rows = []
    for number, line in enumerate(lines):
        edges = ""
        if not letter:
            edges = wordml.border("top", _OUTER if number == 0 else _INNER)
            edges += wordml.border("bottom", _OUTER if number == len(lines) - 1 else _INNER)
        rows.append(wordml.row([Box(line, whole, borders=edges)]))
    place = (
        '<w:tblpPr w:leftFromText="0" w:rightFromText="0" w:vertAnchor="margin" w:horzAnchor="page" '
        f'w:tblpX="{measure.mm_twips(measure.LEFT)}" w:tblpYSpec="bottom"/><w:tblOverlap w:val="never"/>'
    )
    return wordml.table(rows, [whole], place=place)
