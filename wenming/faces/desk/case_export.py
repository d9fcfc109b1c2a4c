"""The case ledger as an Excel file: exactly the rows filtered and the columns chosen; every cell is words."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched

from django.http import FileResponse

from wenming.faces.desk import case_columns, list_export
from wenming.faces.desk.case_columns import Column
from wenming.faces.desk.case_filter import Chip
from wenming.ground.people.models import Person
from wenming.records.cases.models import CaseQuerySet

BATCH = 500


def answer(
    found: CaseQuerySet, columns: Sequence[Column], chips: Sequence[Chip], *, by: Person, at: datetime
) -> FileResponse:
    """The file as a download, written to a temporary file as the rows come from the database."""
    headings = [(column.label, column.width) for column in columns]
    said = "；".join(f"{chip.label}：{chip.value}" for chip in chips)
    return list_export.answer("问题台账", headings, _rows(found, columns, at), said=said, by=by, at=at)


def _rows(found: CaseQuerySet, columns: Sequence[Column], at: datetime) -> Iterator[list[str]]:
    for cases in batched(found.iterator(BATCH), BATCH):
        for row in case_columns.load(list(cases), columns, at):
            yield [column.text(row) for column in columns]
