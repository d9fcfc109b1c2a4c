"""The table cells of the case ledger as HTML.

Written by hand rather than in a template: fifty rows of ten cells, each with its questions of kind, took a template
most of the time of the whole page.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from wenming.faces.kit.templatetags import kit
from wenming.ground.evidence.models import Photo

if TYPE_CHECKING:
    from wenming.faces.desk.case_columns import Cell, Row

NOTHING = "—"
SHOWN = 2


def html(row: "Row", cells: Sequence["Cell"]) -> SafeString:
    """The cells of one row, from the second on of its table."""
    made = "".join(_KINDS.get(cell.kind, _text)(row, cell) for cell in cells)
    return mark_safe(made)  # noqa: S308 - every piece has been escaped


def _text(_row: "Row", cell: "Cell", look: str = "") -> str:
    return f"<td{look}>{conditional_escape(cell.text or NOTHING)}</td>"


def _link(row: "Row", cell: "Cell") -> str:
    url = reverse("desk:case-detail", args=[row.case.uuid])
    return format_html('<th scope="row" class="fixed c-number"><a href="{}">{}</a></th>', url, cell.text)


def _light(row: "Row", cell: "Cell") -> str:
    return f"<td>{kit.light(row.case, row.at) if cell.text else NOTHING}</td>"


def _moment(read: Callable[["Row"], datetime | None]) -> Callable[["Row", "Cell"], str]:
    def told(row: "Row", _cell: "Cell") -> str:
        return f'<td class="time">{kit.when(read(row))}</td>'

    return told


def _photos(_row: "Row", cell: "Cell") -> str:
    shown = format_html_join("", "{}", ((_thumb(photo),) for photo in cell.photos[:SHOWN]))
    more = format_html(" <small>{}</small>", cell.text) if len(cell.photos) > SHOWN else ""
    return f'<td class="c-photos">{shown}{more}</td>'


def _thumb(photo: Photo) -> str:
    if not photo.thumb:
        return mark_safe("<small>处理中</small>")
    url = kit.photo_url(photo, "thumb")
    return format_html('<img src="{}" alt="" width="64" height="48" loading="lazy">', url)


_KINDS: dict[str, Callable[["Row", "Cell"], str]] = {
    "link": _link,
    "light": _light,
    "when": _moment(lambda row: row.case.reported_at),
    "due": _moment(lambda row: row.case.due_at),
    "handed_in": _moment(lambda row: row.case.handed_in_at),
    "photos": _photos,
    "number": lambda row, cell: _text(row, cell, ' class="num"'),
    "words": lambda row, cell: _text(row, cell, ' class="c-words"'),
}
