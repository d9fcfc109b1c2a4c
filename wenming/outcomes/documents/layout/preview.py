"""The same document as HTML: an A4 look on the screen, with every figure a link to its vouchers.

The text is escaped, nothing is inlined (no styles, no scripts, no picture data), so that the page keeps a
strict content security policy. `frontend/src/document.css` draws it; pages are not cut as on paper.
"""

import re
from collections.abc import Callable
from html import escape

from wenming.outcomes.documents.layout import body, checks, mastheads, measure, numbers, pages, titles
from wenming.outcomes.documents.layout.spec import (
    Attachment,
    Block,
    Cell,
    Heading,
    Official,
    PageBreak,
    Paragraph,
    Photo,
    PhotoPair,
    PhotoRow,
    Run,
    Runs,
    Table,
    runs,
)

FigureAddress = Callable[[str], str]
PhotoAddress = Callable[[Photo], str]


def html(doc: Official, figure_url: FigureAddress, photo_url: PhotoAddress | None = None) -> str:
    """The document as a string of safe HTML.

    `figure_url` gives the address of a figure's page from its key, `photo_url` that of a photo; without
    `photo_url` photos are shown as empty frames with their captions.
    """
    return _Preview(doc, figure_url, photo_url).html()


class _Preview:
    def __init__(self, doc: Official, figure_url: FigureAddress, photo_url: PhotoAddress | None) -> None:
        self._doc = doc
        self._figure_url = figure_url
        self._photo_url = photo_url
        self._pairs = 0

    def html(self) -> str:
        doc = self._doc
        kind = doc.letterhead.kind
        main = ["" if kind == "plain" else self._head(), self._title(doc.title, "p")]
        if kind == "plain" and doc.number:
            main.append(f'<p class="gw-issue">{_marked(doc.number)}</p>')
        if doc.addressee:
            main.append(f'<p class="gw-addressee">{self._text(runs(doc.addressee.rstrip("：:") + "："))}</p>')
        main += [self._block(block) for block in doc.blocks]
        main += [self._attachment_list(), "" if kind == "minutes" else self._signature()]
        if doc.note:
            inside = doc.note.strip().removeprefix("（").removesuffix("）")
            main.append(f'<p class="gw-note">{self._text(runs(f"（{inside}）"))}</p>')
        main.append(self._attendance())
        several = len(doc.attachments) > 1
        sheets = ["".join(main)] + [
            self._attachment(one, f"附件{number}" if several else "附件")
            for number, one in enumerate(doc.attachments, 1)
        ]
        sheets[-1] += self._imprint()
        face = " gw-times" if doc.digits == "times" else ""
        turned = [False, *(_turned(one) for one in doc.attachments)]
        articles = "".join(
            f'<article class="gw-page gw-{kind}{" gw-first" if number == 0 else ""}'
            f'{" gw-turned" if turned[number] else ""}{face}">{sheet}</article>'
            for number, sheet in enumerate(sheets)
        )
        return f'<div class="gw-sheets" lang="zh-CN">{articles}</div>'

    # ---- text ----

    def _text(self, parts: Runs) -> str:
        return "".join(self._run(part) for part in parts)

    def _run(self, part: Run) -> str:
        text = _marked(part.text)
        if part.bold:
            text = f"<b>{text}</b>"
        if part.figure is not None:
            address = escape(self._figure_url(part.figure))
            return f'<a class="figure" href="{address}">{text}</a>'
        if part.hand_typed:
            return f'<mark class="hand-typed" title="手填数字，账上没有凭证">{text}</mark>'
        return text

    # ---- head ----

    def _head(self) -> str:
        doc = self._doc
        marks = "".join(
            f'<p class="gw-{name}">{_marked(text)}</p>'
            for name, text in (("copy-no", doc.copy_no), ("secrecy", doc.secrecy), ("urgency", doc.urgency))
            if text
        )
        signer = f'<span class="gw-signer">签发人：<i>{_marked(doc.signer)}</i></span>' if doc.signer else ""
        number = f'<p class="gw-number{" gw-upward" if signer else ""}"><span>{_marked(doc.number)}</span>{signer}</p>'
        slots = f'<div class="gw-slots">{marks}</div>'
        if doc.letterhead.kind == "letter":
            return f'<header class="gw-head">{self._mark()}<div class="gw-lines"></div><div class="gw-under">{slots}{number}</div></header>'
        return f'<header class="gw-head">{slots}{self._mark()}{number}</header>'

    def _mark(self) -> str:
        """The red mark as a drawing, since its size follows from its length and inline styles are not allowed."""
        letterhead = self._doc.letterhead
        width = measure.mm_points(measure.TYPE_WIDTH)
        lines = letterhead.issuers if len(letterhead.issuers) > 1 else (letterhead.mark,)
        tail = letterhead.suffix if len(lines) > 1 else ""
        room = width - measure.MARK_MAX * len(tail)
        fitted = mastheads.fit(
            max(lines, key=measure.characters), room, measure.MARK_MAX if not tail else 40.0
        )
        step = fitted.size * 1.2
        height = step * len(lines)
        drawn = "".join(
            _svg_text(line, room / 2, step * (number + 0.8), fitted, room if tail else None)
            for number, line in enumerate(lines)
        )
        if tail:
            big = mastheads.Mark(measure.MARK_MAX * 0.75, 100)
            drawn += _svg_text(tail, (width + room) / 2, height / 2 + big.size * 0.3, big, None)
        return (
            f'<svg class="gw-mark" viewBox="0 0 {width:.1f} {height:.1f}" role="img" '
            f'aria-label="{escape(letterhead.mark)}">{drawn}</svg>'
        )

    def _title(self, text: str, tag: str) -> str:
        lines = "<br>".join(_marked(line) for line in titles.lines(text))
        return f'<{tag} class="gw-title">{lines}</{tag}>'

    # ---- blocks ----

    def _block(self, block: Block) -> str:
        match block:
            case Heading():
                return self._heading(block)
            case Paragraph():
                name = "gw-p" if block.indent and block.align in (None, "left") else "gw-p gw-flush"
                side = f" gw-{block.align}" if block.align else ""
                return f'<p class="{name}{side}">{self._text(block.runs)}</p>'
            case Table():
                return self._table(block)
            case PhotoPair():
                return self._photo_pair(block)
            case PhotoRow():
                return self._photo_row(block)
            case PageBreak():
                return '<hr class="gw-break">'

    def _heading(self, block: Heading) -> str:
        # The page around the sheets carries the title as its h1, so the first level is h2.
        if not block.body:
            return (
                f'<h{block.level + 1} class="gw-h{block.level}">{self._text(block.runs)}</h{block.level + 1}>'
            )
        return f'<p class="gw-p"><span class="gw-h{block.level}">{self._text(block.runs)}</span>{self._text(block.body)}</p>'

    def _table(self, block: Table) -> str:
        room = pages.LANDSCAPE_WIDTH if block.landscape else measure.mm_points(measure.TYPE_WIDTH)
        widths = body.column_widths(block, room)
        total = sum(widths)
        columns = "".join(f'<col width="{width / total:.1%}">' for width in widths)
        head = "".join(f'<th scope="col">{_marked(column.title)}</th>' for column in block.columns)
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td class="gw-{column.align}">{self._cell(cell)}</td>'
                for column, cell in zip(block.columns, row, strict=True)
            )
            + "</tr>"
            for row in block.rows
        )
        title = f'<p class="gw-table-title">{_marked(block.title)}</p>' if block.title else ""
        note = f'<p class="gw-unit-note">{_marked(block.unit_note)}</p>' if block.unit_note else ""
        size = " gw-large" if block.size >= measure.SMALL else ""
        return (
            f'{title}{note}<table class="gw-table{size}"><colgroup>{columns}</colgroup>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _cell(self, cell: Cell) -> str:
        return self._text(runs(cell) if isinstance(cell, str) else cell)

    def _photo_pair(self, block: PhotoPair) -> str:
        self._pairs += 1
        sides = "".join(
            self._photo(photo, name) for photo, name in ((block.before, "整改前"), (block.after, "整改后"))
        )
        words = f"图{self._pairs}" + (f"　{block.caption}" if block.caption else "")
        return f'<figure class="gw-pair">{sides}<figcaption>{_marked(words)}</figcaption></figure>'

    def _photo_row(self, block: PhotoRow) -> str:
        sides = ""
        for photo, caption in zip(block.photos, block.captions, strict=True):
            self._pairs += 1
            words = _marked(f"图{self._pairs}　{caption}")
            sides += f'<figure class="gw-single">{self._photo(photo, "照片")}<figcaption>{words}</figcaption></figure>'
        return f'<div class="gw-pair">{sides}</div>'

    def _photo(self, photo: Photo | None, name: str) -> str:
        if photo is None:
            frame, words = f'<div class="gw-no-photo">（暂无{name}照片）</div>', name
        else:
            words = photo.caption or name
            address = self._photo_url(photo) if self._photo_url else ""
            frame = (
                f'<img src="{escape(address)}" alt="{escape(words)}" loading="lazy">'
                if address
                else f'<div class="gw-no-photo">{escape(words)}</div>'
            )
        return f'<div class="gw-photo">{frame}<p>{_marked(words)}</p></div>'

    # ---- closing ----

    def _attachment_list(self) -> str:
        attachments = self._doc.attachments
        if not attachments:
            return ""
        if len(attachments) == 1:
            items = f"<li>{_marked(attachments[0].listed_as)}</li>"
        else:
            items = "".join(
                f"<li>{number}. {_marked(one.listed_as)}</li>" for number, one in enumerate(attachments, 1)
            )
        return f'<div class="gw-attachments"><span>附件：</span><ul>{items}</ul></div>'

    def _signature(self) -> str:
        doc = self._doc
        if doc.parties:
            signed = "".join(
                f"<div><p>{_marked(name)}（盖章）</p><p>负责人（签字）：</p><p>　　　年　　月　　日</p></div>"
                for name in doc.parties
            )
            return f'<div class="gw-parties">{signed}</div>'
        name = f"<p>{_marked(doc.signature)}</p>" if doc.signature else ""
        kind = "sealed" if doc.sealed else "unsealed"
        if measure.characters(doc.signature) > measure.characters(numbers.day(doc.dated)) + 4:
            kind += " gw-long-name"
        return f'<div class="gw-signature gw-{kind}"><div>{name}<p>{numbers.day(doc.dated)}</p></div></div>'

    def _attendance(self) -> str:
        lists = self._doc.attendance
        lines = "".join(
            f"<dt>{label}：</dt><dd>{_marked('，'.join(names))}</dd>"
            for label, names in (("出席", lists.present), ("请假", lists.excused), ("列席", lists.sitting_in))
            if names
        )
        return f'<dl class="gw-attendance">{lines}</dl>' if lines else ""

    def _attachment(self, one: Attachment, label: str) -> str:
        return (
            f'<p class="gw-attachment-label">{label}</p>{self._title(one.title, "h2")}'
            f"{''.join(self._block(block) for block in one.blocks)}"
        )

    def _imprint(self) -> str:
        doc = self._doc
        if not doc.has_imprint:
            return ""
        lines: list[str] = []
        if doc.cc:
            lines.append(
                f'<p class="gw-cc"><span>抄送：</span><span>{_marked("，".join(doc.cc))}。</span></p>'
            )
        if doc.printed_by and doc.letterhead.kind != "letter":
            printed = numbers.day(doc.printed_on or doc.dated)
            lines.append(
                f'<p class="gw-printed"><span>{_marked(doc.printed_by)}</span><span>{printed}印发</span></p>'
            )
        return f'<footer class="gw-imprint">{"".join(lines)}</footer>'


def _turned(one: Attachment) -> bool:
    """Whether the attachment is a landscape table and nothing else."""
    return bool(one.blocks) and all(isinstance(block, Table) and block.landscape for block in one.blocks)


def _marked(text: str) -> str:
    """Escaped text in which what is still to be filled in stands out."""
    pieces: list[str] = []
    last = 0
    for found in checks.PLACEHOLDER.finditer(text):
        pieces.append(_lines(text[last : found.start()]))
        pieces.append(f'<mark class="gw-blank" title="还没有填">{_lines(found.group())}</mark>')
        last = found.end()
    return "".join([*pieces, _lines(text[last:])])


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")


def _lines(text: str) -> str:
    return escape(_CONTROL.sub("", text)).replace("\n", "<br>")


def _svg_text(text: str, middle: float, baseline: float, mark: mastheads.Mark, spread: float | None) -> str:
    """A line of the mark; narrowed as on paper, or spread to a width."""
    length = spread if spread is not None else measure.characters(text) * mark.size * mark.scale / 100
    adjust = "spacing" if spread is not None and mark.scale == 100 else "spacingAndGlyphs"
    return (
        f'<text x="{middle:.1f}" y="{baseline:.1f}" font-size="{mark.size:g}" text-anchor="middle" '
        f'textLength="{length:.1f}" lengthAdjust="{adjust}">{escape(text)}</text>'
    )
