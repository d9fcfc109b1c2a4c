"""A list as an Excel file: exactly the rows filtered and the columns chosen (peers.md §3.3), numbered.

Words are written as text, so that numbers of papers keep their zeros and a description that begins with "=" is only
words; quantities are written as numbers, so that they can be added up. The rows are written as they come.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django import forms
from django.http import FileResponse

from wenming.common import clock, sheets
from wenming.ground.people.models import Person

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Heading and width of each column.
Columns = Sequence[tuple[str, int]]


def sheet(*, file: str, at: datetime, **told: Any) -> FileResponse:
    """A table of its own make as a download, written to a temporary file as its rows come; `told` as for `sheets.write`."""
    out = TemporaryFile()  # noqa: SIM115 -- the response closes it
    sheets.write(out, at=at, **told)
    return _download(out, f"{file}-{clock.local(at):%Y%m%d-%H%M}.xlsx")


def _download(out: IO[bytes], name: str) -> FileResponse:
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=name, content_type=XLSX)


def answer(
    name: str, columns: Columns, rows: Iterable[Sequence[Any]], *, said: str, by: Person, at: datetime
) -> FileResponse:
    """The file as a download; `said` tells what was filtered."""
    out = TemporaryFile()  # noqa: SIM115 -- the response closes it
    write(out, name, columns, rows, said=said, by=by, at=at)
    return _download(out, f"{name}-{clock.local(at):%Y%m%d-%H%M}.xlsx")


def write(
    out: IO[bytes],
    name: str,
    columns: Columns,
    rows: Iterable[Sequence[Any]],
    *,
    said: str,
    by: Person,
    at: datetime,
) -> int:
    """Write the workbook to `out`; returns the number of rows in it."""
    unit = by.home_unit
    town = by.town or unit
    return sheets.write(
        out, title=f"{town.name if town else ''}文明创建{name}", headings=["序号", *(heading for heading, _ in columns)],
        rows=_numbered(rows), unit=unit.name if unit else "", at=at, filters=said or "全部",
        widths=[6, *(width for _, width in columns)], tab=name,
    )  # fmt: skip


def _numbered(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    for number, cells in enumerate(rows, 1):
        yield [str(number), *cells]


def filter_said(form: forms.Form) -> str:
    """What the filter says: 「状态：已下发；年份：2026」."""
    form.is_valid()
    found = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if value in (None, ""):
            continue
        words = dict(_flat(field.choices)).get(value, value) if hasattr(field, "choices") else value
        found.append(f"{field.label}：{words}")
    return "；".join(found)


def _flat(choices: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield value, label
