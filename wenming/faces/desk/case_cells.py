"""The table of the case ledger as HTML.

Written by hand rather than in a template: fifty rows of ten cells, each with its questions of kind, took a template
most of the time of the whole page. Every text that is not ours goes through `escape`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from wenming.faces.kit.templatetags import kit
from wenming.ground.evidence.models import Photo

if TYPE_CHECKING:
    from wenming.faces.desk.case_columns import Cell, Column, Row

NOTHING = "—"
SHOWN = 2
_ANY = UUID(int=0)


def head(columns: Sequence["Column"]) -> SafeString:
    """The headings of the columns."""
    made = (
        f'<th class="c-{column.code}{" fixed" if column.kind == "link" else ""}">{escape(column.label)}</th>'
        for column in columns
    )
    return mark_safe("".join(made))  # noqa: S308 - every piece has been escaped


def choice(columns: Sequence["Column"], shown: set[str]) -> SafeString:
    """A box for every column; the number is always there."""
    made = (
        f'<label><input type="checkbox" name="column" value="{column.code}"'
        f"{' checked' if column.code in shown else ''}{' disabled' if column.kind == 'link' else ''}> "
        f"{escape(column.label)}</label>"
        for column in columns
    )
    return mark_safe("".join(made))  # noqa: S308 - every piece has been escaped


def body(rows: Sequence["Row"], *, start: int, pick: bool) -> SafeString:
    """The rows of one page, counted from `start`; `pick` puts a box before each, for what is done to many."""
    # One address is worked out and the others are like it: fifty rows name their case twice.
    address = reverse("desk:case-detail", args=[_ANY])
    made = (
        _row(row, address.replace(str(_ANY), str(row.case.uuid)), start + n, pick=pick)
        for n, row in enumerate(rows)
    )
    return mark_safe("\n".join(made))  # noqa: S308 - every piece has been escaped


def _row(row: "Row", url: str, number: int, *, pick: bool) -> str:
    box = (
        f'<td class="pick"><input type="checkbox" name="case" value="{row.case.uuid}" '
        f'aria-label="选 {escape(row.case.number)}"></td>'
        if pick
        else ""
    )
    cells = "".join(_KINDS.get(cell.kind, _text)(row, cell, url) for cell in row.cells)
    return f'<tr data-href="{url}">{box}<td class="n">{number}</td>{cells}</tr>'


def _text(_row: "Row", cell: "Cell", _url: str) -> str:
    return f"<td>{escape(cell.text or NOTHING)}</td>"


def _looking(look: str) -> Callable[["Row", "Cell", str], str]:
    return lambda _row, cell, _url: f'<td class="{look}">{escape(cell.text or NOTHING)}</td>'


def _link(_row: "Row", cell: "Cell", url: str) -> str:
    return f'<th scope="row" class="fixed c-number"><a href="{url}">{escape(cell.text)}</a></th>'


def _light(row: "Row", cell: "Cell", _url: str) -> str:
    return f"<td>{kit.light(row.case, row.at) if cell.text else NOTHING}</td>"


def _moment(read: Callable[["Row"], datetime | None]) -> Callable[["Row", "Cell", str], str]:
    return lambda row, _cell, _url: f'<td class="time">{kit.when(read(row))}</td>'


def _photos(_row: "Row", cell: "Cell", _url: str) -> str:
    shown = "".join(_thumb(photo) for photo in cell.photos[:SHOWN])
    more = f" <small>{escape(cell.text)}</small>" if len(cell.photos) > SHOWN else ""
    return f'<td class="c-photos">{shown}{more}</td>'


def _thumb(photo: Photo) -> str:
    if not photo.thumb:
        return "<small>处理中</small>"
    return f'<img src="{kit.photo_url(photo, "thumb")}" alt="" width="64" height="48" loading="lazy">'


_KINDS: dict[str, Callable[["Row", "Cell", str], str]] = {
    "link": _link,
    "light": _light,
    "when": _moment(lambda row: row.case.reported_at),
    "due": _moment(lambda row: row.case.due_at),
    "handed_in": _moment(lambda row: row.case.handed_in_at),
    "photos": _photos,
    "number": _looking("num"),
    "words": _looking("c-words"),
}
