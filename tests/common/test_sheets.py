"""Reading filled tables: every kind of broken file, every error at once, and bad rows that come back."""

import io
import struct
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from wenming.common import sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Column, Template, inspection, old_excel

TEMPLATE = Template(
    kind="things",
    title="物品导入表",
    columns=(
        Column("code", "编码", required=True, example="A-001", kind="code", longest=12),
        Column("name", "名称", required=True, example="垃圾桶", longest=10, aliases=("物品名称",)),
        Column("phone", "手机号", example="13800000000", kind="code"),
        Column("amount", "数量", example="3", kind="integer"),
        Column("price", "单价", example="12.5", kind="number"),
        Column("bought", "购置日期", example="2026-01-05", kind="date"),
        Column(
            "state",
            "状态",
            example="在用",
            choices={"在用": "used", "停用": "gone", "报废": "gone"},
            listed=2,
        ),
    ),
    notes=("这是一张测试用的表。",),
)
HEADINGS = [column.title for column in TEMPLATE.columns]
GOOD = ["B-1", "扫把", "13900000001", 2, 3.5, "2026-02-03", "在用"]


def workbook(*rows: list[object], name: str = "Sheet1", merges: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": True})
    sheet = book.add_worksheet(name)
    for number, row in enumerate(rows):
        for at, value in enumerate(row):
            if isinstance(value, (date, datetime)):
                sheet.write_datetime(number, at, value, book.add_format({"num_format": "yyyy-mm-dd"}))
            else:
                sheet.write(number, at, value)
    for area in merges:
        sheet.merge_range(area, "合并")
    book.close()
    return out.getvalue()


def read(data: bytes, name: str = "表.xlsx") -> sheets.Checked:
    return sheets.read(data, name, TEMPLATE)


def told(checked: sheets.Checked) -> list[str]:
    return [str(fault) for fault in checked.in_order()]


def test_read_types_every_kind_of_cell() -> None:
    checked = read(workbook(HEADINGS, GOOD, ["B-2", "拖把", 13900000002, 1.0, 4, date(2026, 3, 4), "报废"]))
    assert told(checked) == []
    assert [row.values for row in checked.good] == [
        {
            "code": "B-1",
            "name": "扫把",
            "phone": "13900000001",
            "amount": 2,
            "price": Decimal("3.5"),
            "bought": date(2026, 2, 3),
            "state": "used",
        },
        {
            "code": "B-2",
            "name": "拖把",
            "phone": "13900000002",
            "amount": 1,
            "price": Decimal(4),
            "bought": date(2026, 3, 4),
            "state": "gone",
        },
    ]
    assert [row.number for row in checked.good] == [2, 3]


def test_read_finds_the_heading_below_a_title_and_in_any_order() -> None:
    checked = read(
        workbook(
            ["二〇二六年物品表"], [], ["序号", "物品名称", "编码 *"], [1, "扫把", "B-1"], merges=("A1:C1",)
        )
    )
    assert told(checked) == []
    assert [(row.number, row["code"], row["name"]) for row in checked.good] == [(4, "B-1", "扫把")]


def test_read_collects_all_errors_of_all_rows_at_once() -> None:
    checked = read(
        workbook(
            HEADINGS,
            ["", "扫把", "1.39E+10", "两个", "贵", "2026-02-30", "坏了"],
            GOOD,
            ["B-3", "名字特别特别特别特别长", 1.39e16, 1.5, "1e99", "昨天", ""],
        )
    )
    assert told(checked) == [
        "第 2 行「编码」：必填，现在是空的。",
        "第 2 行「手机号」：长数字被 Excel 改成了科学计数法，末几位可能已丢失；请把这一列设为文本格式后重填。",
        "第 2 行「数量」：应填数字。",
        "第 2 行「单价」：应填数字。",
        "第 2 行「购置日期」：没有这一天，请核对日期。",
        "第 2 行「状态」：只能填：在用、停用。",
        "第 4 行「名称」：最多 10 个字，现在是 11 个字。",
        "第 4 行「手机号」：长数字被 Excel 改成了科学计数法，末几位可能已丢失；请把这一列设为文本格式后重填。",
        "第 4 行「数量」：应填整数。",
        "第 4 行「单价」：数字太大或写法不对。",
        "第 4 行「购置日期」：应填日期，如 2026-11-22。",
    ]
    assert [row.number for row in checked.good] == [3]
    assert [row.number for row in checked.bad] == [2, 4]


def test_read_names_unknown_missing_and_double_columns() -> None:
    checked = read(workbook(["名称", "名称", "数量", "颜色"], ["扫把", "扫把", 1, "红"]))
    assert told(checked) == [
        "表头「编码」：缺少这一列（必填），请补上。",
        "表头「名称」：这一列出现了两次，请只留一列。",
        "表头「颜色」：不认识这一列，请删掉它，或者改成模板里的列名。",
    ]
    assert checked.blocked
    assert checked.good == []


@pytest.mark.parametrize("rows", [[["甲", "乙"], [1, 2]], [["编码"], ["B-1"]]])
def test_read_without_a_heading_says_what_it_should_be(rows: list[list[object]]) -> None:
    assert told(read(workbook(*rows))) == [
        "表头：找不到表头。表头应有：编码、名称；请下载模板，把内容贴进去再导入。"
    ]


def test_read_refuses_formulas_cell_by_cell() -> None:
    checked = read(workbook(HEADINGS, ["B-1", '="扫"&"把"', "", "=1+1", "", "", ""], GOOD))
    said = "是公式，请复制后「选择性粘贴」为数值，再导入。"
    assert told(checked) == [f"第 2 行「名称」：{said}", f"第 2 行「数量」：{said}"]
    assert [row.number for row in checked.good] == [3]


def test_read_refuses_merged_cells_in_every_row_they_cover() -> None:
    checked = read(workbook(HEADINGS, GOOD, GOOD, GOOD, merges=("B3:B4",)))
    said = "是合并单元格，请取消合并，并在每一行都填上内容。"
    assert told(checked) == [f"第 3 行「名称」：{said}", f"第 4 行「名称」：{said}"]


LOOSE = Template(
    kind="posts", title="推文", loose=True, today=date(2026, 11, 28), down=("day", "unit"),
    columns=(
        Column("day", "日期", required=True, kind=sheets.model.DATE), Column("unit", "单位"), Column("topic", "标题"),
        Column("pieces", "篇数（篇）", kind=sheets.model.NUMBER, measure="篇"),
    ),
)  # fmt: skip


def loose(*lines: str) -> sheets.Checked:
    return sheets.read("\n".join(["日期,单位,标题,篇数", *lines]).encode(), "推文.csv", LOOSE)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("11月3日", date(2026, 11, 3)), ("11/28", date(2026, 11, 28)), ("12月1日", date(2025, 12, 1)), ("2月29日", date(2024, 2, 29)),
        ("11.25", date(2026, 11, 25)), ("2026.11.3", date(2026, 11, 3)), ("2026年11月3日 周二", date(2026, 11, 3)), ("46329", date(2026, 11, 3)),
        ("１１月３日", date(2026, 11, 3)), ("11月3号", date(2026, 11, 3)), ("11月3日 9:30", date(2026, 11, 3)),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(said: str, day: date) -> None:
    checked = loose(f"{said},东门,甲,1")
    assert ([str(fault) for fault in checked.faults], checked.rows[0]["day"]) == ([], day)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("11.3", "分不清是 3 日还是 30 日"),
        ("2月30日", "没有这一天"),
        ("13/45", "没有这一天"),
        ("上周五", "应填日期"),
    ],
)
def test_a_day_that_could_be_two_or_none_is_asked_about(said: str, reason: str) -> None:
    [fault] = loose(f"{said},东门,甲,1").faults
    assert reason in fault.reason


@pytest.mark.parametrize(
    ("said", "number"),
    [("3篇", "3"), ("３", "3"), ("2.8万", "28000"), ("1.5万篇", "15000"), ("1 200", "1200")],
)
def test_numbers_are_read_with_their_measure(said: str, number: str) -> None:
    assert loose(f"11月3日,东门,甲,{said}").rows[0]["pieces"] == Decimal(number)


@pytest.mark.parametrize(
    ("said", "reason"), [("50余篇", "约数"), ("约50", "数"), ("3人次", "应填数字"), ("1.2.3篇", "应填数字")]
)
def test_what_is_no_exact_number_of_the_measure_is_refused(said: str, reason: str) -> None:
    [fault] = loose(f"11月3日,东门,甲,{said}").faults
    assert reason in fault.reason


def test_a_strict_template_wants_the_year() -> None:
    strict = Template(kind="x", title="x", columns=LOOSE.columns)
    [fault] = sheets.read("日期,标题\n11月3日,甲".encode(), "x.csv", strict).faults
    assert fault.reason == "应填日期，如 2026-11-22。"


def test_a_loose_heading_is_one_column_or_none() -> None:
    data = "发布日期,推文标题,篇数,标题党指数,说明\n11月3日,甲,1,9,好".encode()
    checked = sheets.read(data, "x.csv", LOOSE)
    assert checked.faults == []
    assert checked.rows[0].values | {"unit": None} == {
        "day": date(2026, 11, 3), "topic": "甲", "pieces": Decimal(1), "unit": None,
    }  # fmt: skip
    assert checked.notes == [
        "「标题党指数」这一列没有对应的项，没有读。",
        "「说明」这一列没有对应的项，没有读。",
    ]


def test_cells_merged_down_say_the_same_in_every_line() -> None:
    book = openpyxl.Workbook()
    for row in (
        ["日期", "单位", "标题", "篇数"],
        ["11月3日", "东门", "甲", 1],
        [None, None, "乙", 2],
        ["11月4日", None, "丙", 3],
    ):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B2:B4")
    out = io.BytesIO()
    book.save(out)
    checked = sheets.read(out.getvalue(), "x.xlsx", LOOSE)
    assert checked.faults == []
    assert [(row["day"].day, row["unit"], row["topic"]) for row in checked.rows] == [
        (3, "东门", "甲"), (3, "东门", "乙"), (4, "东门", "丙"),
    ]  # fmt: skip


def test_read_refuses_a_merged_heading() -> None:
    checked = read(workbook(HEADINGS, GOOD, merges=("C1:D1",)))
    assert "表头：表头有合并单元格（C1:D1），请取消合并，每列一个表头。" in told(checked)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_read_csv_in_the_encodings_of_the_office(encoding: str, delimiter: str) -> None:
    text = "\r\n".join(delimiter.join(map(str, row)) for row in (HEADINGS, GOOD)) + "\r\n"
    checked = read(text.encode(encoding), "表.csv")
    assert told(checked) == []
    assert checked.good[0]["name"] == "扫把"


def test_read_csv_refuses_what_looks_like_a_formula() -> None:
    checked = read("编码,名称\nB-1,=cmd|'/c calc'!A1\nB-2,@SUM(1)\n".encode(), "表.csv")
    said = "以「=」或「@」开头，像是公式；请改成普通文字。"
    assert told(checked) == [f"第 2 行「名称」：{said}", f"第 3 行「名称」：{said}"]


def test_read_skips_the_example_and_says_so() -> None:
    data = sheets.template_file(TEMPLATE)
    book = openpyxl.load_workbook(io.BytesIO(data))
    for at, value in enumerate(GOOD, start=1):
        book.worksheets[0].cell(3, at, value)
    out = io.BytesIO()
    book.save(out)
    checked = read(out.getvalue())
    assert told(checked) == []
    assert checked.notes == ["第 2 行是模板里的示例，已跳过。"]
    assert [row["code"] for row in checked.good] == ["B-1"]


def test_read_an_empty_template_asks_for_rows() -> None:
    assert told(read(sheets.template_file(TEMPLATE))) == ["表头：表头下面没有数据行，请填写后再导入。"]


def test_read_tells_of_a_column_without_heading() -> None:
    checked = read(workbook(["编码", "名称", ""], ["B-1", "扫把", "红的"]))
    assert checked.notes == ["C 列有内容但没有表头，没有读这一列。"]


def test_refuse_repeats_points_to_the_first() -> None:
    checked = read(workbook(HEADINGS, GOOD, GOOD))
    checked.refuse_repeats(["code"])
    assert told(checked) == ["第 3 行「编码」：与第 2 行重复，请只留一行。"]


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _repacked(change: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook(HEADINGS, GOOD))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return _zip(members | change)


BOMB = _repacked({"xl/media/picture.bin": b"\0" * (201 * 1024 * 1024)})
FAR = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>%s</sheetData></worksheet>'
)
DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "表.xlsx", "sheet_empty"),
        (b"x" * (sheets.LARGEST_BYTES + 1), "表.csv", "sheet_large"),
        (BOMB, "表.xlsx", "sheet_bomb"),
        (_zip({f"a{n}": b"" for n in range(2001)}), "表.xlsx", "sheet_bomb"),
        (_zip({"word/document.xml": b"<w/>"}), "表.xlsx", "sheet_disguised"),
        (_repacked({"xl/vbaProject.bin": b"x"}), "表.xlsm", "sheet_macros"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16le"), "表.xls", "sheet_macros"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16le"),
            "a.xlsx",
            "sheet_locked",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "表.xls", "sheet_broken"),
        (workbook(HEADINGS, GOOD)[:-200], "表.xlsx", "sheet_broken"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "表.xls", "sheet_disguised"),
        (b"%PDF-1.7 ...", "表.csv", "sheet_disguised"),
        (b"\x89PNG\r\n\x1a\n", "表.csv", "sheet_disguised"),
        (b"ab\x00cd", "表.csv", "sheet_disguised"),
        (b"\xff\xff\xff,\xff", "表.csv", "sheet_encoding"),
        (_repacked({"xl/worksheets/sheet1.xml": DTD}), "表.xlsx", "sheet_disguised"),
        (_repacked({"xl/worksheets/sheet1.xml": b"<worksheet><a>"}), "表.xlsx", "sheet_broken"),
        (
            _repacked(
                {"xl/worksheets/sheet1.xml": FAR % b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'}
            ),
            "表.xlsx",
            "sheet_long",
        ),
        (
            _repacked({"xl/worksheets/sheet1.xml": FAR % b'<row r="2"><c r="XFD2"><v>1</v></c></row>'}),
            "表.xlsx",
            "sheet_wide",
        ),
        (
            _repacked({"xl/worksheets/sheet1.xml": FAR % b'<row r="2"><c r="99"><v>1</v></c></row>'}),
            "表.xlsx",
            "sheet_broken",
        ),
        ("编码,名称\n".encode() + b"B,x\n" * 20_100, "表.csv", "sheet_long"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_read_refuses_files_that_are_no_table(data: bytes, name: str, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        read(data, name)
    assert (refusal.value.code, refusal.value.field) == (code, "file")
    assert refusal.value.message


def test_read_refuses_a_member_that_lies_about_its_size() -> None:
    data = bytearray(workbook(HEADINGS, GOOD))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)  # the unpacked size in the central directory
    with pytest.raises(DomainError) as refusal:
        read(bytes(data))
    assert refusal.value.code == "sheet_broken"


def test_given_back_rows_can_be_corrected_and_read_again() -> None:
    checked = read(workbook(HEADINGS, GOOD, ["B-2", "", "", "两个", "", "", ""]))
    data = sheets.given_back(checked)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]][-1] == "错误原因"
    assert sheet.cell(2, 8).value == "名称：必填，现在是空的。；数量：应填数字。"
    red = {cell.column for cell in sheet[2] if cell.fill.fgColor.rgb == "FFFFC7CE"}
    assert red == {2, 4, 8}
    sheet.cell(2, 2, "拖把")
    sheet.cell(2, 4, "2")
    out = io.BytesIO()
    book.save(out)
    again = read(out.getvalue())
    assert told(again) == []
    assert [(row["code"], row["name"], row["amount"]) for row in again.good] == [("B-2", "拖把", 2)]


def test_given_back_never_writes_a_formula() -> None:
    checked = read("编码,名称\n,=1+1\n".encode(), "表.csv")
    book = openpyxl.load_workbook(io.BytesIO(sheets.given_back(checked)))
    assert (book.worksheets[0].cell(2, 2).value, book.worksheets[0].cell(2, 2).data_type) == ("=1+1", "s")


def test_template_explains_itself() -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheets.template_file(TEMPLATE)))
    assert book.sheetnames == ["物品导入表", "填写说明"]
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == [
        "编码*",
        "名称*",
        "手机号",
        "数量",
        "单价",
        "购置日期",
        "状态",
    ]
    assert [cell.value for cell in sheet[2]] == [column.example for column in TEMPLATE.columns]
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    menus = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert menus == ['"在用,停用"']
    said = [cell.value for row in book["填写说明"].iter_rows() for cell in row if cell.value]
    assert "这是一张测试用的表。" in said


def test_template_keeps_long_menus_on_a_hidden_sheet() -> None:
    names = {f"第{n}种情形的说明文字": str(n) for n in range(60)}
    template = Template("x", "长下拉", (Column("a", "情形", choices=names), Column("b", "备注")))
    book = openpyxl.load_workbook(io.BytesIO(sheets.template_file(template)))
    assert book["选项"].sheet_state == "hidden"
    assert [cell.value for cell in book["选项"]["A"]] == list(names)
    assert book.worksheets[0].data_validations.dataValidation[0].formula1 == "选项!$A$1:$A$60"


def test_table_is_ready_to_be_handed_on() -> None:
    at = datetime.fromisoformat("2026-11-22T03:00:00+00:00")
    data = sheets.table(
        title="问题清单",
        headings=["编号", "电话"],
        rows=[["=1+1", "13800000000"], [None, 3]],
        unit="安和镇",
        at=at,
    )
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["问题清单", None],
        ["填报单位：安和镇　　日期：2026年11月22日", None],
        ["编号", "电话"],
        ["=1+1", "13800000000"],
        ["", 3],
        [None, None],
        ["填报人：　　　　　　　　审核人：　　　　　　　　填报日期：　　　　年　　月　　日", None],
    ]
    assert sheet["A4"].data_type == "s"
    assert sheet.print_title_rows == "$3:$3"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.freeze_panes) == (
        "landscape",
        9,
        "A4",
    )


def test_a_table_holds_nothing_that_makes_excel_call_it_damaged() -> None:
    data = sheets.table(
        title="清\x02单", headings=["描述"], rows=[["一\x00行\x0b二\ufffe行\n三行"]], unit="东\x1f门"
    )
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert [sheet[cell].value for cell in ("A1", "A2", "A4")] == ["清单", "填报单位：东门", "一行二行\n三行"]


def test_columns_are_as_wide_as_what_does_not_wrap() -> None:
    rows = [["〔2026〕督-0001", "13800000000", "巷口垃圾" * 40, "短"]]
    data = sheets.table(
        title="表", headings=["编号", "责任单位联系电话", "描述", "甲"], rows=rows, widths=[4]
    )
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    wide = {letter: round(sheet.column_dimensions[letter].width) for letter in "ABCD"}
    # The number of a paper may break between its Chinese parts, a phone nowhere; words wrap at 36.
    assert wide == {"A": 8, "B": 19, "C": 37, "D": 9}
    # 160 characters in a column of 18: the row is high enough for all of them, on paper, too.
    assert sheet.row_dimensions[4].height >= 9 * 10


def test_table_tells_text_from_numbers_and_is_never_cut_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    data = sheets.table(title="表", headings=["甲", "乙"], rows=[["13800000000", Decimal("2.5")]])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert (sheet["A4"].data_type, sheet["A4"].number_format) == ("s", "@")
    assert (sheet["B4"].value, sheet["B4"].number_format) == (2.5, "General")
    monkeypatch.setattr(sheets.export, "_LAST_LINE", 5)
    with pytest.raises(DomainError) as refusal:
        sheets.table(title="表", headings=["甲"], rows=[[n] for n in range(4)])
    assert refusal.value.code == "sheet_full"


def test_csv_text_is_harmless_in_a_spreadsheet() -> None:
    data = sheets.csv_text(["名称"], [["=1+1"], ["-x"], ["平常"], [None], [-3]])
    assert data.decode("utf-8-sig") == "名称\r\n'=1+1\r\n'-x\r\n平常\r\n\"\"\r\n-3\r\n"
    assert data.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(("address", "expected"), [("A1", (0, 0)), ("Z10", (9, 25)), ("AB3", (2, 27))])
def test_position_and_letters_agree(address: str, expected: tuple[int, int]) -> None:
    assert inspection.position(address) == expected
    assert f"{inspection.letters(expected[1])}{expected[0] + 1}" == address


def repeated(cells: int, text: str) -> bytes:
    """A small workbook in which many cells share one long text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number in range(cells):
        sheet.write_string(number // 50, number % 50, text)
    book.close()
    return out.getvalue()


def test_a_text_shared_by_all_cells_does_not_fill_the_memory() -> None:
    """Laid out anew for every cell, two megabytes of file would be more than a machine holds."""
    data = repeated(1100, "垃" * 30_000)
    assert len(data) < 100_000
    with pytest.raises(DomainError) as caught:
        sheets.open_foreign(data, "清单.xlsx")
    assert caught.value.code == "sheet_bomb"
    assert sheets.open_foreign(repeated(900, "垃圾未清"), "清单.xlsx")[0].texts(0)[:2] == ["垃圾未清"] * 2


def test_an_old_workbook_is_read_apart_and_may_not_swell() -> None:
    """The reader apart takes any format of the library: here a new one, because nothing of ours writes old ones."""
    [(name, cells, merged)] = old_excel.sheets(repeated(60, "垃圾未清"))
    assert (name, len(cells), cells[0][0], merged) == ("Sheet1", 2, "垃圾未清", [])
    with pytest.raises(DomainError) as caught:
        old_excel.sheets(repeated(36_000, "x" * 32_000))
    assert caught.value.code == "sheet_bomb"
    with pytest.raises(DomainError) as caught:
        old_excel.sheets(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert caught.value.code == "sheet_broken"


def test_a_long_list_keeps_no_rows_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even their heights: what is left of a thousand high rows is what the library needs to end the file."""
    kept: list[int] = []
    close = xlsxwriter.Workbook.close

    def counted(book: xlsxwriter.Workbook) -> None:
        sheet = book.worksheets()[0]
        kept.append(len(sheet.row_info) + len(sheet.row_sizes))
        close(book)

    monkeypatch.setattr(xlsxwriter.Workbook, "close", counted)
    rows = [[str(n), "巷口垃圾未清" * 12] for n in range(1000)]
    data = sheets.table(title="表", headings=["甲", "乙"], rows=rows, widths=[6, 20])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert {sheet.row_dimensions[row].height for row in (4, 500, 1003)} == {sheet.row_dimensions[4].height}
    assert sheet.row_dimensions[4].height > 60
    assert kept[0] < 10
