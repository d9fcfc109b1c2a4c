"""对表: the form as a table on the page; every cell is a link, and the cell chosen is said below it.

No script is needed: the keyboard goes from cell to cell with Tab, Enter chooses, and the answer is a small form.
"""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.common.sheets.inspection import position
from wenming.faces.desk import links, superior_forms
from wenming.faces.desk.superior_form_fields import FigureForm, RowsForm, WordForm, rows_initial
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.outcomes.forms import actions as deeds
from wenming.outcomes.forms import mapping, narrowing, queries, workbook
from wenming.outcomes.forms.mapping import FIGURE, ROWS, WORD, Item
from wenming.outcomes.forms.models import SuperiorForm
from wenming.outcomes.forms.queries import Said
from wenming.outcomes.forms.workbook import Table, Window

# What a line of sums says of itself.
_SUMS = ("合计", "小计", "总计", "共计")
_ITEM_FIELDS = ("metric", "unit", "period", "category", "source", "append", "word", "text")


class _Page:
    """The sheet and the cell that the address names."""

    def __init__(self, request: StaffRequest, form: SuperiorForm) -> None:
        self.form, self.version = form, form.current
        self.items = mapping.read(self.version.mapping)
        self.book = workbook.load(deeds.content(self.version))
        said = request.GET.get("sheet", "")
        number = int(said) if said.isascii() and said.isdigit() and len(said) < 3 else 0
        if number >= len(self.book.worksheets):
            raise Http404
        self.number, self.sheet = number, self.book.worksheets[number]
        cell = request.GET.get("cell", "").strip().upper()
        try:
            self.cell = workbook.anchor(self.sheet, cell).coordinate if cell else ""
        except (DomainError, ValueError):
            self.cell = ""

        self.pieces = workbook.windows(self.sheet)
        self.window = self._window(request.GET.get("at", "").strip().upper() or self.cell)

    def _window(self, address: str) -> Window:
        """The piece of the sheet that holds the address; the first for what is none."""
        rows, columns = workbook.extent(self.sheet)
        try:
            row, column = (one + 1 for one in position(address))
        except (DomainError, ValueError):
            row = column = 1
        return Window.around(row, column, rows, columns)

    @property
    def title(self) -> str:
        return str(self.sheet.title)

    def item(self, *, rows: bool) -> Item | None:
        """What is mapped at the cell."""
        return next((one for one in self.items if one.place == (self.title, self.cell, rows)), None)

    def url(self, name: str, **query: Any) -> str:
        return (
            f"{reverse(f'desk:{name}', args=[self.form.uuid])}?{urlencode({'sheet': self.number, **query})}"
        )


@require_http_methods(["GET", "POST"])
@once
def map_cell(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The table; with `?cell=` the forms for that cell. POST says what stands in it."""
    form = superior_forms.kept(request.user, key)
    page = _Page(request, form)
    given = page.item(rows=False)
    initial = {name: getattr(given, name) for name in _ITEM_FIELDS} if given else {}
    posted = request.POST.get("kind", "") if request.method == "POST" else ""
    today = clock.local_date(clock.now())
    figure = FigureForm(request.POST if posted == FIGURE else None, form=form, on=today, initial=initial)
    word = WordForm(request.POST if posted == WORD else None, initial=initial)
    bound: FigureForm | WordForm = figure if posted == FIGURE else word
    if posted and page.cell and bound.is_valid():
        try:
            deeds.map_item(form=form, item=bound.item(page.title, page.cell), by=request.user, at=clock.now())
        except (NotAllowed, Conflict):
            raise
        except DomainError as error:
            refuse(bound, error)
        else:
            messages.success(request, f"{page.cell} 已对好。")
            return links.see_other(page.url("form-map", cell=page.cell) + "#edit")
    context = _context(page) | {
        "figure": figure, "word": word, "given": given, "rows_given": page.item(rows=True),
        "open": posted or (given.kind if given else FIGURE), "key": request.POST.get("key", ""),
        "rows_url": page.url("form-rows", cell=page.cell), "narrow": _categories(today),
    }  # fmt: skip
    return render(request, "desk/forms/map.html", context, status=422 if request.method == "POST" else 200)


def _context(page: _Page) -> dict[str, Any]:
    table = workbook.table(page.sheet, page.window)
    said = queries.described(page.items, clock.now())
    here = [one for one in said if one.item.sheet == page.title]
    names = [sheet.title for sheet in page.book.worksheets]
    return {
        "one": page.form, "version": page.version, "sheets": list(enumerate(names)), "number": page.number, "cell": page.cell,
        "title": page.title, "letters": table.letters, "rows": _rows(table, here, page.cell),
        "window": page.window, "pieces": page.pieces if len(page.pieces) > 1 else [],
        "said": [(one, names.index(one.item.sheet) if one.item.sheet in names else 0) for one in said],
    }  # fmt: skip


def _rows(table: Table, said: Sequence[Said], chosen: str) -> list[tuple[int, list[dict[str, Any]]]]:
    """The cells of the table with what is mapped to them."""
    cells = {one.item.cell: one.what for one in said if one.item.kind != ROWS}
    for one in said:
        if one.item.kind == ROWS:
            for row in range(one.item.row, one.item.last_row + 1):
                cells |= dict.fromkeys((f"{letter}{row}" for letter in one.item.columns), "清单")
    return [
        (number, [{"cell": cell, "said": cells.get(cell.address, ""), "chosen": cell.address == chosen} for cell in line])
        for number, line in table.rows
    ]  # fmt: skip


@require_http_methods(["GET", "POST"])
@once
def map_rows(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """A list that begins in the row of `?cell=`: which one (`?list=`), and what every column holds."""
    form = superior_forms.kept(request.user, key)
    page = _Page(request, form)
    if not page.cell:
        return links.see_other(page.url("form-map"))
    given = page.item(rows=True)
    what = request.GET.get("list", "") or (given.list if given else mapping.UNITS)
    if what not in dict(mapping.LISTS):
        raise Http404
    # Columns of another piece of a wide sheet stay mapped when those of this one change.
    letters = list(dict.fromkeys([*page.window.letters, *(given.columns if given else ())]))
    usual = mapping.letters_of(page.cell)
    row = int(page.cell.removeprefix(usual))
    today = clock.local_date(clock.now())
    initial = rows_initial(given) if given and given.list == what else {"last_row": row}
    fields = RowsForm(
        request.POST if request.method == "POST" else None,
        letters=letters,
        what=what,
        town=page.form.town,
        on=today,
        initial=initial,
    )
    if request.method == "POST" and fields.is_valid():
        try:
            deeds.map_item(
                form=form, item=fields.item(page.title, page.cell), by=request.user, at=clock.now()
            )
        except (NotAllowed, Conflict):
            raise
        except DomainError as error:
            refuse(fields, error)
        else:
            messages.success(request, f"从第 {row} 行起的清单已对好。")
            return links.see_other(page.url("form-map", cell=page.cell) + "#edit")
    columns = [
        {"letter": letter, "heading": _heading(page, letter, row), "content": fields[f"c_{letter}"],
         "period": fields[f"p_{letter}"], "category": fields[f"k_{letter}"], "source": fields[f"s_{letter}"]}
        if what == mapping.UNITS
        else {"letter": letter, "heading": _heading(page, letter, row), "content": fields[f"c_{letter}"]}
        for letter in letters
    ]  # fmt: skip
    context = {
        "one": form, "page": page, "fields": fields, "columns": columns, "what": what, "row": row, "given": given,
        "lists": [(code, name, page.url("form-rows", cell=page.cell, list=code)) for code, name in mapping.LISTS],
        "narrow": _categories(today) if what == mapping.UNITS else [], "back": page.url("form-map", cell=page.cell) + "#edit", "key": request.POST.get("key", ""),
    }  # fmt: skip
    return render(request, "desk/forms/rows.html", context, status=422 if request.method == "POST" else 200)


def _categories(on: date) -> list[str]:
    """What can be chosen beside the field of the category."""
    return [narrowing.shown(code, name) for code, name in narrowing.offered(on)]


def _heading(page: _Page, letter: str, row: int) -> str:
    """The nearest words above the row in that column, with the head they stand under; sums are no heading."""
    said: list[str] = []
    for above in range(row - 1, max(0, row - 8), -1):
        cell = workbook.anchor(page.sheet, f"{letter}{above}")
        text = "" if cell.data_type == "f" else workbook.text_of(cell)
        if not said and (not text or text in _SUMS):
            continue
        # Above the heading itself only what reaches over it and its neighbours belongs to it, and no title.
        if said and not (text and workbook.heads(page.sheet, cell)):
            break
        if text not in said:
            said.append(text)
    return " · ".join(reversed(said))


@require_POST
@once
def clear(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Take the mapping of one cell, or of one list, away."""
    form = superior_forms.kept(request.user, key)
    sheet, cell, rows = (request.POST.get(name, "") for name in ("sheet_name", "at", "rows"))
    deeds.clear_item(form=form, sheet=sheet, cell=cell, rows=rows == "1", by=request.user, at=clock.now())
    messages.success(request, f"{cell} 的对应已取消。")
    return links.see_other("desk:form-map", form.uuid)
