"""Lists that others have made: workbooks with titles and merged cells, tables in letters, and files that are neither."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
import xlsxwriter

from wenming.common import sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Column, Template, lists, word

TEMPLATE = Template(
    kind="things", title="清单",
    columns=(
        Column("what", "存在问题", required=True, longest=30, aliases=("问题描述",)), Column("unit", "责任单位"),
        Column("day", "日期", kind="date"),
    ),
)  # fmt: skip


def workbook(
    *rows: list[Any], merges: tuple[tuple[str, str], ...] = (), formulas: tuple[str, ...] = ()
) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("清单")
    for number, row in enumerate(rows):
        for at, value in enumerate(row):
            sheet.write(number, at, value)
    for area, text in merges:
        sheet.merge_range(area, text)
    for cell in formulas:
        sheet.write_formula(cell, "=A1&B1")
    book.close()
    return out.getvalue()


def letter(*rows: list[str], merge: tuple[tuple[int, int], tuple[int, int]] | None = None) -> bytes:
    made = docx.Document()
    made.add_paragraph("关于第 12 期督查情况的通报")
    table = made.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = text
    if merge:
        (top, left), (bottom, right) = merge
        kept = table.cell(top, left).text
        table.cell(top, left).merge(table.cell(bottom, right)).text = kept
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def rewritten(data: bytes, **members: bytes) -> bytes:
    """The archive with some members replaced or added (names with __ for /)."""
    out = io.BytesIO()
    named = {name.replace("__", "/"): content for name, content in members.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            if item.filename not in named:
                new.writestr(item, old.read(item.filename))
        for name, content in named.items():
            new.writestr(name, content)
    return out.getvalue()


ROWS = [["序号", "问题描述", "责任单位"], ["1", "巷口垃圾", "东门社区"], ["2", "墙面小广告", "西街社区"]]


def test_a_workbook_with_title_and_merged_units_is_read_whole() -> None:
    data = workbook(
        ["县创城办问题清单"], ROWS[0], ["1", "巷口垃圾", ""], ["2", "墙面小广告", ""],
        merges=(("A1:C1", "县创城办问题清单"), ("C3:C4", "东门社区")),
    )  # fmt: skip
    [table] = sheets.open_foreign(data, "清单.xlsx")
    heading = sheets.likely_heading(table, TEMPLATE)
    columns = sheets.likely_columns(table, heading, TEMPLATE)
    assert (heading, columns) == (1, {1: "what", 2: "unit"})
    checked = sheets.mapped(table, heading=heading, columns=columns, template=TEMPLATE, fixed={})
    assert [(row.number, row["what"], row["unit"]) for row in checked.rows] == [
        (3, "巷口垃圾", "东门社区"), (4, "墙面小广告", "东门社区"),
    ]  # fmt: skip


def test_a_table_in_a_letter_is_read_with_its_merged_cells() -> None:
    data = letter(*ROWS, merge=((1, 2), (2, 2)))
    [table] = sheets.open_foreign(data, "通报.docx")
    assert table.name == "表 1"
    assert [table.texts(n) for n in range(3)] == [
        ["序号", "问题描述", "责任单位"], ["1", "巷口垃圾", "东门社区"], ["2", "墙面小广告", "东门社区"],
    ]  # fmt: skip


def test_cells_that_reach_over_columns_keep_the_columns_in_line() -> None:
    data = letter(["一、环境卫生", "", ""], *ROWS, merge=((0, 0), (0, 2)))
    [table] = sheets.open_foreign(data, "通报.docx")
    assert table.texts(0) == ["一、环境卫生"] * 3
    assert sheets.likely_heading(table, TEMPLATE) == 1


def test_sections_and_repeated_headings_are_no_problems() -> None:
    data = letter(*ROWS, ["二、市容", "二、市容", "二、市容"], ROWS[0], ["3", "占道经营", "东门社区"])
    [table] = sheets.open_foreign(data, "通报.docx")
    checked = sheets.mapped(table, heading=0, columns={1: "what"}, template=TEMPLATE, fixed={"day": None})
    assert [row["what"] for row in checked.rows] == ["巷口垃圾", "墙面小广告", "占道经营"]


def test_a_list_without_a_known_heading_takes_the_first_filled_row() -> None:
    [table] = sheets.open_foreign(workbook(["清单"], ["甲", "乙"], ["巷口", "东门"]), "清单.xlsx")
    assert sheets.likely_heading(table, TEMPLATE) == 1
    assert sheets.likely_columns(table, 1, TEMPLATE) == {}
    assert sheets.likely_columns(table, 1, TEMPLATE, {"甲": "what", "乙": "unit"}) == {0: "what", 1: "unit"}


def test_a_heading_that_ends_in_a_known_name_is_guessed_after_the_names() -> None:
    head = ["督查点问题描述", "问题描述", "整改责任单位", "点"]
    [table] = sheets.open_foreign(workbook(head, ["巷口", "垃圾", "东门", "甲"]), "清单.xlsx")
    assert sheets.likely_columns(table, 0, TEMPLATE) == {1: "what", 2: "unit"}
    assert sheets.likely_columns(table, 0, TEMPLATE, {"问题描述": "what"}) == {1: "what"}


def test_faults_name_the_cell_and_fixed_values_fill_what_is_empty() -> None:
    data = workbook(["问题描述", "日期"], ["长" * 31, "2026-02-30"], ["巷口垃圾", ""])
    [table] = sheets.open_foreign(data, "清单.xlsx")
    day = TEMPLATE.columns[2]
    assert day.kind == "date"
    checked = sheets.mapped(
        table, heading=0, columns={0: "what", 1: "day"}, template=TEMPLATE, fixed={"day": "2026-11-01"}
    )
    assert [str(fault) for fault in checked.in_order()] == [
        "第 2 行「存在问题」：最多 30 个字，现在是 31 个字。", "第 2 行「日期」：没有这一天，请核对日期。",
    ]  # fmt: skip
    assert checked.rows[1]["day"] == "2026-11-01"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
NO_TABLE = b"<w:document xmlns:w='w'><w:body/></w:document>"


def with_text(content: bytes) -> bytes:
    return rewritten(letter(*ROWS), **{"word__document.xml": content})


BROKEN: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "清单.docx", "sheet_empty"),
    "pdf": (lambda: b"%PDF-1.7 ...", "清单.pdf", "sheet_disguised"),
    "cut off": (lambda: letter(*ROWS)[:2000], "清单.docx", "sheet_broken"),
    "old word": (lambda: OLE + "WordDocument".encode("utf-16le"), "清单.doc", "sheet_old"),
    "locked": (lambda: OLE + "EncryptedPackage".encode("utf-16le"), "清单.docx", "sheet_locked"),
    "macros": (lambda: rewritten(letter(*ROWS), **{"word__vbaProject.bin": b"x"}), "清单.docm", "sheet_macros"),
    "macro type": (lambda: rewritten(letter(*ROWS), **{"[Content_Types].xml": b"macroEnabled"}), "清单.docx", "sheet_macros"),
    "bomb": (lambda: rewritten(letter(*ROWS), **{"word__media__a.png": b"\0" * (210 * 1024 * 1024)}), "清单.docx", "sheet_bomb"),
    "huge text": (lambda: with_text(b" " * (61 * 1024 * 1024)), "清单.docx", "sheet_bomb"),
    "no table": (lambda: with_text(NO_TABLE), "清单.docx", "sheet_empty"),
    "doctype": (lambda: with_text(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), "清单.docx", "sheet_disguised"),
    "no xml": (lambda: with_text(b"<w:tbl><w:tr>"), "清单.docx", "sheet_broken"),
    "other archive": (lambda: b"PK\x05\x06" + b"\0" * 18, "清单.zip", "sheet_disguised"),
    "too large": (lambda: b"PK\x03\x04" + b"\0" * (21 * 1024 * 1024), "清单.xlsx", "sheet_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_list_is_refused_in_words(name: str) -> None:
    make, file, code = BROKEN[name]
    data = make()
    with pytest.raises(DomainError) as error:
        sheets.open_foreign(data, file)
    assert (error.value.code, error.value.field) == (code, "file")
    assert "请" in error.value.message or "拒绝" in error.value.message


def test_too_many_tables_rows_and_columns_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word, "MOST_TABLES", 0)
    with pytest.raises(DomainError) as error:
        sheets.open_foreign(letter(*ROWS), "通报.docx")
    assert error.value.code == "sheet_many"
    monkeypatch.undo()
    monkeypatch.setattr(word, "_WIDEST", 2)
    with pytest.raises(DomainError) as error:
        sheets.open_foreign(letter(*ROWS), "通报.docx")
    assert error.value.code == "sheet_wide"


def test_a_formula_without_a_value_is_a_fault() -> None:
    table = lists.Foreign("清单", [["问题描述"], [None]], {(1, 0)})
    assert sheets.mapped(table, heading=0, columns={0: "what"}, template=TEMPLATE, fixed={}).rows == []
    table = lists.Foreign("清单", [["问题描述", "责任单位"], [None, "东门社区"]], {(1, 0)})
    checked = sheets.mapped(table, heading=0, columns={0: "what", 1: "unit"}, template=TEMPLATE, fixed={})
    assert "是公式" in str(checked.faults[0])
