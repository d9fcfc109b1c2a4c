"""The head of the first page: mark, number, red line; the letter's double lines (GB/T 9704 §7.2, §10.1, §10.3)."""

from dataclasses import dataclass, replace

from wenming.outcomes.documents.layout import measure, titles, wordml
from wenming.outcomes.documents.layout.press import Press
from wenming.outcomes.documents.layout.spec import Letterhead, Official, runs
from wenming.outcomes.documents.layout.wordml import Box, Look, Setting

_WIDTH = measure.mm_points(measure.TYPE_WIDTH)
_CENTRED = Setting(align="center")
_FLUSH = Setting(align="left")

# Below this share of its width a character looks squeezed; then the mark gets smaller instead.
_NARROWEST = 66
# In an exact line the baseline lies at 80 % of its height, and the ink of a Chinese character begins
# 0.76 (Fandol) to 0.83 (foundry fonts) of its size above the baseline: the middle serves both within 1 mm.
_BASELINE, _INK = 0.8, 0.785
_MARK_LINE = 1.2  # height of the mark's line in sizes
_INK_HEIGHT = 0.93  # from the top to the foot of a character, in sizes
# From the foot of a 16 pt character down to the end of its exact line.
_UNDER_NUMBER = 4.0
_RED_LINE_EIGHTHS = 12  # 1.5 pt


@dataclass(frozen=True, slots=True)
class Mark:
    """Size in points and width in percent at which a mark fits the width."""

    size: float
    scale: int


def fit(text: str, width: float = _WIDTH, largest: float = measure.MARK_MAX) -> Mark:
    """The largest mark that fits: full size first, then narrower, then smaller."""
    share = width / max(measure.characters(text), 1)
    if share >= largest:
        return Mark(largest, 100)
    scale = max(_NARROWEST, int(share / largest * 100))
    return Mark(min(largest, int(share / scale * 200) / 2), scale)


def _mark_look(mark: Mark, colour: str) -> Look:
    return Look(face=measure.TITLE_SONG, size=mark.size, colour=colour, scale=mark.scale)


def document(press: Press, doc: Official) -> str:
    """Head of a document or of minutes: copy number, secrecy, urgency; mark; number; red line; title."""
    slots = [
        wordml.paragraph(press.text(runs(text), face), _FLUSH)
        for text, face in (
            (doc.copy_no, measure.FANGSONG),
            (doc.secrecy, measure.HEI),
            (doc.urgency, measure.HEI),
        )
        if text
    ]
    slots += [wordml.blank()] * (3 - len(slots))
    mark = _joint_mark(doc.letterhead) if len(doc.letterhead.issuers) > 1 else _single_mark(doc.letterhead)
    return "".join(slots) + mark + wordml.blank(2) + _number_line(press, doc) + wordml.blank(2) + title(doc)


def _before(size: float, line: float) -> float:
    """Space above a line of the mark, after three body lines, so that its ink begins 35 mm down."""
    return measure.mm_points(measure.MARK_TOP) - 3 * measure.LINE - _BASELINE * line + _INK * size


def _single_mark(letterhead: Letterhead) -> str:
    mark = fit(letterhead.mark)
    line = mark.size * _MARK_LINE
    setting = replace(_CENTRED, line=line, before=_before(mark.size, line))
    return wordml.paragraph(wordml.run(letterhead.mark, _mark_look(mark, letterhead.colour)), setting)


def _joint_mark(letterhead: Letterhead) -> str:
    """Several bodies under one another, spread to one width, the suffix at their right in the middle (§7.2.4)."""
    suffix = letterhead.suffix
    tail = measure.MARK_MAX * 0.8 * len(suffix)
    width = _WIDTH - tail
    longest = max(letterhead.issuers, key=measure.characters)
    mark = fit(longest, width, 40.0)
    line = mark.size * _MARK_LINE
    look = _mark_look(mark, letterhead.colour)
    names = Setting(align="distribute", line=line)
    right = Look(face=measure.TITLE_SONG, size=measure.MARK_MAX * 0.75, colour=letterhead.colour)
    rows = []
    for number, issuer in enumerate(letterhead.issuers):
        cells = [Box(wordml.paragraph(wordml.run(issuer, look), names), width)]
        if suffix:
            text = wordml.run(suffix, right) if number == 0 else ""
            setting = Setting(align="center", line=right.size * _MARK_LINE if number == 0 else line)
            cells.append(
                Box(wordml.paragraph(text, setting), tail, merge="restart" if number == 0 else "continue")
            )
        rows.append(wordml.row(cells))
    gap = wordml.paragraph("", Setting(line=_before(mark.size, line)))
    return gap + wordml.table(rows, [width, tail] if suffix else [width])


def _number_line(press: Press, doc: Official) -> str:
    """The number with the red line under it; to a superior the number stands left and the signer right (§7.2.6)."""
    space = measure.mm_points(measure.RED_GAP) - _UNDER_NUMBER
    red = wordml.border("bottom", _RED_LINE_EIGHTHS, space=space, colour=doc.letterhead.colour)
    if not doc.signer:
        return wordml.paragraph(press.text(runs(doc.number)), replace(_CENTRED, bottom_border=red))
    # The line must begin at the type area's edge, so the empty character before the number is no indent.
    stops = (("left", measure.BODY), ("right", _WIDTH - measure.BODY))
    content = press.text(runs(f"\t{doc.number}\t签发人：")) + press.text(runs(doc.signer), measure.KAI)
    return wordml.paragraph(content, Setting(align="left", tabs=stops, bottom_border=red))


def plain(press: Press, doc: Official) -> str:
    """No mark: the title, and below it the issue or number where there is one."""
    number = wordml.paragraph(press.text(runs(doc.number), measure.KAI), _CENTRED) if doc.number else ""
    return title(doc) + number


def title(doc: Official) -> str:
    """The title in 22 pt, broken into even lines."""
    text = "\n".join(titles.lines(doc.title))
    setting = Setting(align="center", line=measure.TITLE_LINE, style="Title")
    return wordml.paragraph(wordml.run(text, title_look()), setting)


def title_look() -> Look:
    """小标宋 22 pt."""
    return Look(face=measure.TITLE_SONG, size=measure.TITLE)


# ---- the letter (信函格式) ----

_THICK, _THIN, _BETWEEN = 0.8, 0.3, 0.5  # millimetres of the two lines and of the white between them
_LETTER_MARK_MAX = 44.0


def _letter_line_top(letterhead: Letterhead) -> float:
    """Where the first double line begins, in millimetres from the page's top: 4 mm below the mark."""
    ink = fit(letterhead.mark, _WIDTH, _LETTER_MARK_MAX).size * _INK_HEIGHT * 25.4 / 72
    return measure.LETTER_MARK_TOP + ink + measure.RED_GAP


def letter_header(press: Press, letterhead: Letterhead) -> str:
    """The first page's header of a letter: the mark in a frame, the double lines as drawn bars."""
    mark = fit(letterhead.mark, _WIDTH, _LETTER_MARK_MAX)
    line = mark.size * _MARK_LINE
    top = measure.mm_points(measure.LETTER_MARK_TOP) - _BASELINE * line + _INK * mark.size
    frame = (
        f'<w:framePr w:w="{measure.mm_twips(measure.TYPE_WIDTH)}" w:hSpace="0" w:wrap="around" w:vAnchor="page" '
        f'w:hAnchor="page" w:x="{measure.mm_twips(measure.LEFT)}" w:y="{measure.twips(top)}"/>'
    )
    first = _letter_line_top(letterhead)
    last = measure.PAGE_HEIGHT - measure.LETTER_LINE_BOTTOM - _THICK
    bars = (
        (first, _THICK),
        (first + _THICK + _BETWEEN, _THIN),
        (last - _BETWEEN - _THIN, _THIN),
        (last, _THICK),
    )
    drawn = "".join(_bar(press, top, thick, letterhead.colour) for top, thick in bars)
    return wordml.paragraph(
        wordml.run(letterhead.mark, _mark_look(mark, letterhead.colour)),
        Setting(align="center", line=line, frame=frame),
    ) + wordml.paragraph(drawn, Setting(align="left", line=1))


def _bar(press: Press, top: float, thick: float, colour: str) -> str:
    """A filled bar 170 mm wide, centred on the page, `top` millimetres down."""
    number = press.drawing_id()
    wide, tall = measure.mm_emu(measure.LETTER_LINE_WIDTH), measure.mm_emu(thick)
    left = measure.mm_emu((measure.PAGE_WIDTH - measure.LETTER_LINE_WIDTH) / 2)
    anchor = (
        '<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1" behindDoc="1" '
        'locked="0" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        f'<wp:positionH relativeFrom="page"><wp:posOffset>{left}</wp:posOffset></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{measure.mm_emu(top)}</wp:posOffset></wp:positionV>'
        f'<wp:extent cx="{wide}" cy="{tall}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>'
        f'<wp:docPr id="{number}" name="红线{number}"/><wp:cNvGraphicFramePr/><a:graphic>'
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr/>'
        f'<wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{tall}"/></a:xfrm>'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
        "<a:ln><a:noFill/></a:ln></wps:spPr><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:anchor>"
    )
    return (
        f'<w:r>{press.look().xml()}<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{anchor}</w:drawing>'
        "</mc:Choice></mc:AlternateContent></w:r>"
    )


def letter(press: Press, doc: Official) -> str:
    """What follows a letter's first double line: copy number, secrecy, urgency left, the number right; the title."""
    line_end = _letter_line_top(doc.letterhead) + _THICK + _BETWEEN + _THIN
    ink_gap = (_BASELINE * measure.LINE) - _INK * measure.BODY
    room = measure.mm_points(line_end - measure.TOP) + measure.BODY * 7 / 8 - ink_gap
    marks = [
        (text, face)
        for text, face in (
            (doc.copy_no, measure.FANGSONG),
            (doc.secrecy, measure.HEI),
            (doc.urgency, measure.HEI),
        )
        if text
    ]
    first = press.text(runs(marks[0][0]), marks[0][1]) if marks else ""
    stops = (("right", _WIDTH),)
    number = press.text(runs(f"\t{doc.number}")) if doc.number else ""
    lines = [wordml.paragraph(first + number, Setting(align="left", tabs=stops))]
    lines += [wordml.paragraph(press.text(runs(text), face), _FLUSH) for text, face in marks[1:]]
    return (
        wordml.paragraph("", Setting(align="left", line=room)) + "".join(lines) + wordml.blank(2) + title(doc)
    )
