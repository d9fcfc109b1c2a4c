"""Filled tables for tests of importers."""

import csv
import io
from typing import Any

from wenming.common import sheets
from wenming.common.sheets import Checked, Template


def csv_of(template: Template, *rows: dict[str, Any]) -> bytes:
    """A CSV of the template with these rows (by column key)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.title for column in template.columns])
    for row in rows:
        writer.writerow([row.get(column.key, "") for column in template.columns])
    return out.getvalue().encode()


def read(template: Template, *rows: dict[str, Any]) -> Checked:
    return sheets.read(csv_of(template, *rows), "表.csv", template)


def told(checked: Checked) -> list[str]:
    return [str(fault) for fault in checked.in_order()]
