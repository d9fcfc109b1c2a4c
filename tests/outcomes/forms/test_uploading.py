"""What a clerk uploads: broken, disguised, dangerous and merely large files, each refused in a sentence."""

import io
import zipfile
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from openpyxl.workbook import Workbook

from tests.outcomes.documents.bulletins import LATER
from tests.outcomes.forms.county_form import (
    LIST_SHEET,
    SHEET,
    UNIT_ROWS,
    added,
    form_bytes,
    mapped,
    with_members,
)
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit.models import Record
from wenming.outcomes.forms import actions as forms
from wenming.outcomes.forms import workbook
from wenming.outcomes.forms.mapping import Column, Item
from wenming.outcomes.forms.models import SuperiorForm


def _formula(text: str) -> bytes:
    def change(made: Workbook) -> None:
        made[SHEET]["E6"] = text

    return form_bytes(change)


def _types(replaced: bytes, by: bytes) -> bytes:
    data = form_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
    assert replaced in types
    return with_members(data, {"[Content_Types].xml": types.replace(replaced, by)})


def _doctype() -> bytes:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    return with_members(form_bytes(), {"docProps/core.xml": bomb})


BROKEN: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "周报.xlsx", "sheet_empty"),
    "200 MB": (lambda: b"PK\x03\x04" + bytes(200 * 1024 * 1024), "周报.xlsx", "sheet_large"),
    "6 MB": (lambda: b"PK\x03\x04" + bytes(6 * 1024 * 1024), "周报.xlsx", "sheet_large"),
    "not a table": (lambda: b"%PDF-1.7 ...", "周报.pdf", "sheet_disguised"),
    "called xlsx": (lambda: b"<html><table></table></html>", "周报.xlsx", "sheet_disguised"),
    "csv": ("社区,问题\n东门,1\n".encode, "周报.csv", "sheet_kind"),
    "old xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "周报.xls", "sheet_kind"),
    "locked": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16le"), "周报.xlsx", "sheet_locked"),
    "cut off": (lambda: form_bytes()[:3000], "周报.xlsx", "sheet_broken"),
    "any archive": (lambda: with_members(form_bytes(), {"xl/workbook.xml": b""}), "周报.xlsx", "sheet_broken"),
    "macros": (lambda: with_members(form_bytes(), {"xl/vbaProject.bin": b"x"}), "周报.xlsx", "sheet_macros"),
    "xlsm": (lambda: _types(b"spreadsheetml.sheet.main", b"macroEnabled.main"), "周报.xlsm", "sheet_macros"),
    "bomb": (lambda: with_members(form_bytes(), {"xl/media/a.bin": bytes(250 * 1024 * 1024)}), "周报.xlsx", "sheet_bomb"),
    "long sheet": (
        lambda: with_members(form_bytes(), {"xl/worksheets/sheet1.xml": b"<a>" + b" " * (13 * 1024 * 1024) + b"</a>"}),
        "周报.xlsx", "sheet_bomb",
    ),
    "entities": (_doctype, "周报.xlsx", "sheet_disguised"),
    "sheet of nonsense": (lambda: with_members(form_bytes(), {"xl/worksheets/sheet1.xml": b"<worksheet><"}), "周报.xlsx", "sheet_broken"),
    "styles of nonsense": (lambda: with_members(form_bytes(), {"xl/styles.xml": b"<styleSheet><cellXfs><xf fontId='99999999999'/>"}), "周报.xlsx", "sheet_broken"),
    "other program": (lambda: _formula("=cmd|'/C calc'!A0"), "周报.xlsx", "sheet_outside"),
    "net": (lambda: _formula('=WEBSERVICE("http://a")'), "周报.xlsx", "sheet_outside"),
    "other file": (lambda: _formula("=[1]Sheet1!A1"), "周报.xlsx", "sheet_outside"),
}  # fmt: skip


@pytest.mark.parametrize("which", BROKEN)
def test_upload_refuses(town: SimpleNamespace, which: str) -> None:
    make, name, code = BROKEN[which]
    with pytest.raises(DomainError) as error:
        forms.add(
            key=town.town.uuid, town=town.town, name="周报", sender="", period_kind="week", data=make(), file_name=name,
            by=town.clerk, at=LATER,
        )  # fmt: skip
    assert (error.value.code, error.value.field) == (code, "file")
    assert error.value.message.endswith("。")
    assert not SuperiorForm.objects.exists()


def test_upload_leaves_nothing_behind_when_history_fails(
    town: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError("no room for history")

    monkeypatch.setattr(Record, "__init__", fails)
    with pytest.raises(RuntimeError):
        added(town)
    assert not SuperiorForm.objects.exists()
    assert list((tmp_path / "files").rglob("*.xlsx")) == []  # type: ignore[operator]


def test_upload_twice_with_the_same_key_is_one_form(town: SimpleNamespace) -> None:
    given = {"town": town.town, "name": "周报", "sender": "", "period_kind": "week", "file_name": "a.xlsx"}
    made = {
        forms.add(key=town.town.uuid, data=form_bytes(), by=town.clerk, at=LATER, **given).pk  # type: ignore[arg-type]
        for _ in range(2)
    }
    assert len(made) == 1


def test_upload_says_what_will_be_lost(town: SimpleNamespace) -> None:
    data = with_members(
        form_bytes(), {"xl/ctrlProps/ctrlProp1.xml": b"<a/>", "xl/printerSettings/p.bin": b"x"}
    )
    assert added(town, data).current.lost == ["按钮、勾选框等控件", "打印机型号（纸张、方向、页边距保留）"]
    assert added(town).current.lost == []


@pytest.mark.parametrize("who", ["secretary", "outsider", "inspector", "leader"])
def test_upload_only_by_those_who_draft(town: SimpleNamespace, who: str) -> None:
    with pytest.raises(NotAllowed):
        added(town, by=getattr(town, who))


BAD_ITEMS = {
    "no cell": (Item("figure", SHEET, "5B", metric="found"), "form_cell"),
    "far cell": (Item("figure", SHEET, "CZ9000", metric="found"), "form_cell"),
    "no sheet": (Item("figure", "没有", "C6", metric="found"), "sheet_sheet"),
    "no metric": (Item("figure", SHEET, "C6"), "form_metric"),
    "unknown metric": (Item("figure", SHEET, "C6", metric="nonsense"), "metric_unknown"),
    "unit of another town": (Item("figure", SHEET, "C6", metric="found", unit="350599101001"), "form_unit"),
    "unknown period": (Item("figure", SHEET, "C6", metric="found", period="ever"), "form_period"),
    "unknown word": (Item("word", SHEET, "C6", word="secret"), "form_word"),
    "no text": (Item("word", SHEET, "C6", word="fixed", text=" "), "form_text"),
    "long text": (Item("word", SHEET, "C6", word="fixed", text="字" * 201), "form_text"),
    "unknown kind": (Item("macro", SHEET, "C6"), "form_kind"),
    "formula": (Item("figure", SHEET, "C5", metric="found"), "form_formula"),
    "rows without columns": (Item("rows", SHEET, "A4", last_row=4, list="units"), "form_columns"),
    "rows that end before they begin": (
        Item("rows", SHEET, "A4", last_row=3, list="units", columns={"A": Column("name")}), "form_rows",
    ),
    "rows of something else": (Item("rows", SHEET, "A4", last_row=4, list="x", columns={"A": Column("name")}), "form_list"),
    "column of the other list": (
        Item("rows", SHEET, "A4", last_row=4, list="problems", columns={"A": Column("name")}), "form_columns",
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", BAD_ITEMS)
def test_map_refuses(town: SimpleNamespace, which: str) -> None:
    item, code = BAD_ITEMS[which]
    with pytest.raises(DomainError) as error:
        forms.map_item(form=added(town), item=item, by=town.clerk, at=LATER)
    assert error.value.code == code


def test_map_lists_and_cells_must_not_overlap(town: SimpleNamespace) -> None:
    form = mapped(town, [UNIT_ROWS])
    for item in (
        Item("figure", SHEET, "C4", metric="found"),
        Item("rows", SHEET, "B3", last_row=6, list="units", columns={"E": Column("name")}),
    ):
        with pytest.raises(DomainError) as error:
            forms.map_item(form=form, item=item, by=town.clerk, at=LATER)
        assert error.value.code == "form_overlap"


def test_map_again_replaces_what_stood_there_and_can_be_cleared(town: SimpleNamespace) -> None:
    form = mapped(
        town, [Item("figure", SHEET, "C6", metric="found"), Item("figure", SHEET, "C6", metric="open")]
    )
    assert [row["metric"] for row in form.current.mapping] == ["open"]
    forms.clear_item(form=form, sheet=SHEET, cell="C6", rows=False, by=town.clerk, at=LATER)
    assert form.current.mapping == []


def test_map_of_a_merged_cell_goes_to_its_first(town: SimpleNamespace) -> None:
    form = mapped(town, [Item("word", SHEET, "B8", word="person")])
    assert form.current.mapping[0]["cell"] == "A8"


def test_table_shows_merged_cells_and_empty_frames() -> None:
    shown = workbook.table(workbook.safe(form_bytes(), "周报.xlsx")[SHEET])
    assert shown.letters == ["A", "B", "C", "D", "E"]
    rows = dict(shown.rows)
    assert [(cell.address, cell.across) for cell in rows[1]] == [("A1", 5)]
    assert [cell.address for cell in rows[8]] == ["A8", "C8", "D8", "E8"]
    assert [cell.formula for cell in rows[5]] == [False, False, True, True, False]
    assert len(workbook.windows(workbook.safe(form_bytes(), "周报.xlsx")[SHEET])) == 1


def test_a_large_sheet_is_shown_piece_by_piece() -> None:
    def far(made: Workbook) -> None:
        made[LIST_SHEET].cell(900, 90, "x")
        made[LIST_SHEET]["AM198"] = "跨页的说明"
        made[LIST_SHEET].merge_cells("AM198:AP203")

    sheet = workbook.safe(form_bytes(far), "周报.xlsx")[LIST_SHEET]
    pieces = workbook.windows(sheet)
    assert (len(pieces), pieces[0].rows_said, pieces[0].columns_said) == (15, "第 1—200 行", "A—AN 列")
    assert (pieces[-1].cell, pieces[-1].rows_said, pieces[-1].columns_said) == (
        "CC801",
        "第 801—900 行",
        "CC—CL 列",
    )
    first, right, below, last = (workbook.table(sheet, pieces[n]) for n in (0, 1, 3, -1))
    assert (len(first.letters), len(first.rows)) == (40, 200)
    assert dict(last.rows)[900][-1].text == "x"
    # The area that reaches over four pieces is seen in each, and leads to the cell that stands for it.
    seen = [
        next(cell for _row, line in piece.rows for cell in line if cell.address == "AM198")
        for piece in (first, right, below)
    ]
    assert [(cell.text, cell.down, cell.across) for cell in seen] == [
        ("跨页的说明", 3, 2), ("跨页的说明（接上）", 3, 2), ("跨页的说明（接上）", 3, 2),
    ]  # fmt: skip
    for piece, size in ((first, 40), (right, 40), (below, 40)):
        held = [sum(cell.across for cell in line) for _row, line in piece.rows[:1]]
        assert held == [size]
