"""The Word file opened again: fonts, sections, tables, order of elements, sameness."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from docx import Document
from docx.oxml.ns import qn
from PIL import Image

from wenming.common.errors import DomainError
from wenming.outcomes.documents.layout import docx, measure
from wenming.outcomes.documents.layout.spec import (
    Attachment,
    Column,
    Letterhead,
    Official,
    Paragraph,
    Photo,
    PhotoPair,
    PhotoRow,
    Run,
    Table,
    runs,
)

KINDS = ["bulletin", "letter", "minutes", "joint", "summary"]


@pytest.fixture(scope="module", params=KINDS)
def file(request, samples):
    return docx.render(getattr(samples, request.param)())


@pytest.fixture(scope="module")
def bulletin(samples):
    return docx.render(samples.bulletin())


def parts(file):
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def short(*blocks, **more):
    return Official(
        Letterhead(issuer="城关镇", suffix="文件"), "第1期通报", blocks, date(2026, 11, 22), **more
    )


def all_runs(document):
    yield from document.element.iter(qn("w:r"))
    for section in document.sections:
        for part in (
            section.first_page_header,
            section.footer,
            section.even_page_footer,
            section.first_page_footer,
        ):
            yield from part._element.iter(qn("w:r"))


def test_every_run_names_its_four_faces(file):
    seen = list(all_runs(Document(io.BytesIO(file))))
    assert len(seen) > 20
    for one in seen:
        fonts = one.find(qn("w:rPr")).find(qn("w:rFonts"))
        for kind in ("w:ascii", "w:hAnsi", "w:eastAsia"):
            assert fonts.get(qn(kind)), one.xml


def test_no_theme_and_no_theme_font_is_left(file):
    for name, data in parts(file).items():
        assert "theme" not in name
        if not name.endswith(".jpeg"):
            assert b"heme" not in data, name


def test_only_named_faces_are_used(file):
    faces = {face for data in parts(file).values() for face in re.findall(rb'w:eastAsia="([^"]+)"', data)}
    assert {face.decode() for face in faces} - {"zh-CN"} <= set(measure.NAMED)


def test_page_is_a4_with_the_margins_of_the_standard(bulletin):
    section = Document(io.BytesIO(bulletin)).sections[0]
    sizes = [section.page_width, section.page_height]
    sizes += [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round(size.mm) for size in sizes] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")


def test_odd_and_even_pages_differ_in_the_settings(bulletin):
    document = Document(io.BytesIO(bulletin))
    assert document.settings.odd_and_even_pages_header_footer is True
    section = document.sections[0]
    assert section.footer.paragraphs[0].paragraph_format.alignment == 2  # right
    assert section.even_page_footer.paragraphs[0].paragraph_format.alignment == 0  # left
    assert "PAGE" in section.footer._element.xml


def test_first_page_of_a_letter_has_no_number_but_a_header(samples):
    section = Document(io.BytesIO(docx.render(samples.letter()))).sections[0]
    assert section.different_first_page_header_footer is True
    assert "PAGE" not in section.first_page_footer._element.xml
    assert "城关镇人民政府" in section.first_page_header._element.xml


def test_ruled_tables_repeat_their_head_and_never_split_a_row(bulletin):
    table = next(table for table in Document(io.BytesIO(bulletin)).tables if len(table.rows) == 41)
    marks = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
    assert marks == [True] + [False] * 40
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert table.cell(1, 1).text == "新安街12号前"


def test_table_columns_fill_the_type_area(samples):
    for landscape, whole in ((False, 156.0), (True, 225.0)):
        document = Document(io.BytesIO(docx.render(short(samples.problem_table(3, landscape=landscape)))))
        widths = [column.width.mm for column in document.tables[0].columns]
        assert sum(widths) == pytest.approx(whole, abs=0.2)
        assert min(widths) > 8


def test_wide_table_turns_its_own_pages_only(samples):
    document = Document(io.BytesIO(docx.render(samples.joint())))
    assert [section.orientation for section in document.sections] == [0, 1, 0]


def test_headings_are_in_the_navigation_with_their_faces(bulletin):
    document = Document(io.BytesIO(bulletin))
    first = next(one for one in document.paragraphs if one.text == "一、督查情况")
    assert first.style.name.lower() == "heading 1"
    assert first.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"
    run_in = next(one for one in document.paragraphs if one.text.startswith("（一）点位检查情况。"))
    faces = [one._r.rPr.rFonts.get(qn("w:eastAsia")) for one in run_in.runs]
    assert faces[0] == "楷体_GB2312"
    assert faces[-1] == "仿宋_GB2312"


def test_first_line_is_indented_by_characters(bulletin):
    paragraph = next(
        one for one in Document(io.BytesIO(bulletin)).paragraphs if one.text.startswith("按照《")
    )
    indent = paragraph._p.pPr.find(qn("w:ind"))
    assert (indent.get(qn("w:firstLineChars")), indent.get(qn("w:firstLine"))) == ("200", "640")


def test_joint_mark_names_every_body(samples):
    table = Document(io.BytesIO(docx.render(samples.joint()))).tables[0]
    assert [row.cells[0].text for row in table.rows] == ["中共城关镇委员会", "城关镇人民政府"]
    assert table.cell(0, 1).text.strip() == "文件"


def indents(file, text):
    paragraph = next(one for one in Document(io.BytesIO(file)).paragraphs if one.text == text)
    return int(paragraph._p.pPr.find(qn("w:ind")).get(qn("w:rightChars"), "0"))


@pytest.mark.parametrize(
    ("name", "sealed", "name_right", "date_right"),
    [
        # The date 2026年11月22日 is seven characters wide.
        ("城关镇人民政府", True, 400, 400),
        ("城关镇", True, 600, 400),
        ("城关镇创建全国文明城市工作领导小组办公室", True, 200, 850),
        ("城关镇创城办公室", False, 200, 100),
        ("城关镇", False, 800, 200),
    ],
)
def test_signature_and_date_stand_where_the_standard_puts_them(name, sealed, name_right, date_right):
    file = docx.render(short(Paragraph(runs("正文。")), signature=name, sealed=sealed))
    assert (indents(file, name), indents(file, "2026年11月22日")) == (name_right, date_right)


def test_equal_documents_give_equal_bytes(samples):
    assert docx.render(samples.bulletin()) == docx.render(samples.bulletin())


def test_properties_carry_the_documents_own_date(bulletin):
    properties = Document(io.BytesIO(bulletin)).core_properties
    assert properties.created.date() == date(2026, 11, 22)
    assert properties.title == "关于2026年第12期创建全国文明城市工作督查情况的通报"


ORDER = [
    "pStyle",
    "keepNext",
    "keepLines",
    "pageBreakBefore",
    "framePr",
    "widowControl",
    "pBdr",
    "tabs",
    "kinsoku",
    "overflowPunct",
    "autoSpaceDE",
    "autoSpaceDN",
    "adjustRightInd",
    "snapToGrid",
    "spacing",
    "ind",
    "jc",
    "outlineLvl",
    "rPr",
    "sectPr",
]
RUN_ORDER = ["rFonts", "b", "color", "spacing", "w", "sz", "szCs", "highlight", "lang"]
CELL_ORDER = ["tcW", "gridSpan", "vMerge", "tcBorders", "textDirection", "vAlign"]
TABLE_ORDER = ["tblpPr", "tblOverlap", "tblW", "jc", "tblInd", "tblBorders", "tblLayout", "tblCellMar"]


@pytest.mark.parametrize(
    ("tag", "order"), [("pPr", ORDER), ("rPr", RUN_ORDER), ("tcPr", CELL_ORDER), ("tblPr", TABLE_ORDER)]
)
def test_children_stand_in_the_order_of_the_schema(file, tag, order):
    document = Document(io.BytesIO(file))
    roots = [document.element, document.styles.element]
    roots += [section.footer._element for section in document.sections]
    for root in roots:
        for element in root.iter(qn(f"w:{tag}")):
            names = [child.tag.rpartition("}")[2] for child in element]
            assert names == sorted(names, key=order.index), names


def test_drawing_numbers_are_different(bulletin):
    numbers = re.findall(rb'<wp:docPr id="(\d+)"', parts(bulletin)["word/document.xml"])
    assert len(numbers) == 9
    assert len(set(numbers)) == 9


def test_text_with_markup_and_control_characters_survives():
    text = '甲<b>&"乙\x00\x0b丙'
    document = Document(io.BytesIO(docx.render(short(Paragraph(runs(text))))))
    assert '甲<b>&"乙丙' in [one.text for one in document.paragraphs]


def test_hand_typed_is_painted_in_the_draft_only():
    doc = short(Paragraph(runs("共", Run("17", hand_typed=True), "处。")))
    assert b'w:highlight w:val="yellow"' in parts(docx.render(doc, draft=True))["word/document.xml"]
    assert b"highlight" not in parts(docx.render(doc))["word/document.xml"]


def test_digits_may_be_times(samples):
    assert b'w:ascii="Times New Roman"' in parts(docx.render(samples.joint()))["word/document.xml"]


def pictures(file):
    return [Image.open(io.BytesIO(data)) for name, data in parts(file).items() if name.endswith(".jpeg")]


def test_photos_are_scaled_turned_upright_and_stripped(samples):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    exif[0x010F] = "手机"
    source = io.BytesIO()
    Image.open(io.BytesIO(samples.picture(3000, 2000))).save(source, "JPEG", exif=exif)
    (picture,) = pictures(docx.render(short(PhotoPair(Photo(source.getvalue()), None))))
    assert picture.height > picture.width
    assert picture.width / picture.height == pytest.approx(2 / 3, abs=0.01)
    assert max(picture.size) <= 700
    assert not picture.getexif()


def test_pair_stands_at_one_height_uncropped(samples):
    pair = PhotoPair(Photo(samples.picture(1600, 1200)), Photo(samples.picture(1200, 1600, seed=2)))
    document = Document(io.BytesIO(docx.render(short(pair))))
    extents = [(int(one.get("cx")), int(one.get("cy"))) for one in document.element.iter(qn("wp:extent"))]
    assert extents[0][1] == extents[1][1]
    assert [round(wide / tall, 2) for wide, tall in extents] == [1.33, 0.75]


def test_picture_row_is_not_of_exact_height(samples):
    """Word cuts a picture off at an exact line height."""
    document = Document(io.BytesIO(docx.render(short(PhotoPair(Photo(samples.picture()), None)))))
    paragraph = document.tables[0].cell(0, 0).paragraphs[0]
    assert paragraph._p.pPr.find(qn("w:spacing")).get(qn("w:lineRule")) == "auto"


def test_one_picture_used_twice_is_stored_once(samples):
    data = samples.picture()
    file = docx.render(short(PhotoPair(Photo(data), Photo(data)), PhotoPair(None, Photo(data))))
    assert len(pictures(file)) == 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_of_pictures_become_jpeg(samples, kind):
    file = docx.render(short(PhotoPair(Photo(samples.picture(kind=kind)), None)))
    assert [picture.format for picture in pictures(file)] == ["JPEG"]


def test_photo_may_be_a_file(samples, tmp_path):
    path = tmp_path / "照片.jpg"
    path.write_bytes(samples.picture())
    assert len(pictures(docx.render(short(PhotoPair(Photo(path), None))))) == 1


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff\xe0broken"])
def test_broken_photo_is_named(data):
    with pytest.raises(DomainError) as refused:
        docx.render(short(PhotoPair(Photo(data, "凤山路整改前"), None)))
    assert refused.value.code == "photo_unreadable"
    assert "凤山路整改前" in refused.value.message


def test_one_attachment_has_no_number():
    file = docx.render(
        short(Paragraph(runs("正文。")), attachments=(Attachment("清单", (Paragraph(runs("一")),)),))
    )
    texts = [one.text for one in Document(io.BytesIO(file)).paragraphs]
    assert "附件：清单" in texts
    assert "附件" in texts


def test_imprint_is_tied_to_the_bottom_margin(bulletin):
    table = Document(io.BytesIO(bulletin)).tables[-1]
    place = table._tbl.tblPr.find(qn("w:tblpPr"))
    assert (place.get(qn("w:vertAnchor")), place.get(qn("w:tblpYSpec"))) == ("margin", "bottom")
    assert [row.cells[0].text[:3] for row in table.rows] == ["抄送：", "城关镇"]
    assert table.rows[1].cells[0].text.endswith("2026年11月22日印发")
    edges = [
        [
            (edge.tag.rpartition("}")[2], edge.get(qn("w:sz")))
            for edge in row.cells[0]._tc.tcPr.find(qn("w:tcBorders"))
        ]
        for row in table.rows
    ]
    assert edges == [[("top", "8"), ("bottom", "6")], [("top", "6"), ("bottom", "8")]]


def test_letter_has_no_printing_line(samples):
    doc = replace(samples.letter(), printed_by="城关镇党政办公室")
    table = Document(io.BytesIO(docx.render(doc))).tables[-1]
    assert [row.cells[0].text for row in table.rows] == ["抄送：县创城办。"]
    assert table.rows[0].cells[0]._tc.tcPr.find(qn("w:tcBorders")) is None


def test_table_needs_as_many_cells_as_columns():
    with pytest.raises(ValueError, match="row 2 has 1 cells"):
        Table((Column("甲"), Column("乙")), (("1", "2"), ("3",)))


def test_plain_document_begins_with_its_title(samples):
    paragraphs = Document(io.BytesIO(docx.render(samples.summary()))).paragraphs
    assert paragraphs[0].text == "城关镇创建全国文明城市\n工作总结及2027年工作计划"
    assert paragraphs[1].text == "（2026年度）"
    assert b"FF0000" not in parts(docx.render(samples.summary()))["word/document.xml"]


def test_row_of_two_problems_numbers_each(samples):
    data = samples.picture()
    row = PhotoRow(
        (Photo(data, "整改前 11月27日"), Photo(data, "整改前 11月26日")), ("建设巷杂物", "东门巷垃圾")
    )
    single = PhotoRow((Photo(data, "整改前"),), ("文昌巷小广告",))
    file = docx.render(short(PhotoPair(Photo(data), Photo(data), "已整改"), row, single))
    said = "".join(
        cell.text for table in Document(io.BytesIO(file)).tables for line in table.rows for cell in line.cells
    )
    for words in ("图2　建设巷杂物", "图3　东门巷垃圾", "图4　文昌巷小广告"):
        assert words in said


def test_only_paragraph_does_not_hold_on_to_the_signature():
    """It would move to the second page with it, and the first would have no text (GB/T 9704 §7.3.3)."""

    def held(*texts):
        document = Document(io.BytesIO(docx.render(short(*(Paragraph(runs(text)) for text in texts)))))
        last = next(one for one in document.paragraphs if one.text == texts[-1])
        return bool(last.paragraph_format.keep_with_next)

    assert (held("内容有误，现予更正。"), held("现更正如下。", "特此通知。")) == (False, True)
