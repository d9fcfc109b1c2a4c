"""Tables that people fill in: templates out, filled tables in with every error at once, bad rows given back.

Pure: no models, no HTTP. A room describes its table with a `Template`, reads with `read`, adds its own faults
with `Checked.fault`, and writes the rows that are right through its ordinary deeds.
"""

from wenming.common.sheets.cells import plain_heading
from wenming.common.sheets.export import table, write
from wenming.common.sheets.inspection import LARGEST_BYTES, LARGEST_ROWS
from wenming.common.sheets.lists import Foreign, likely_columns, likely_heading, mapped, open_foreign
from wenming.common.sheets.model import Checked, Column, Done, Fault, Progress, Row, Template, no_progress
from wenming.common.sheets.reading import heading_at, read
from wenming.common.sheets.writing import csv_text, given_back, template_file
from wenming.common.xmltext import printable

__all__ = [
    "LARGEST_BYTES", "LARGEST_ROWS", "Checked", "Column", "Done", "Fault", "Foreign", "Progress", "Row", "Template",
    "csv_text", "given_back", "heading_at", "likely_columns", "likely_heading", "mapped", "no_progress", "open_foreign", "plain_heading",
    "printable", "read", "table", "template_file", "write",
]  # fmt: skip
