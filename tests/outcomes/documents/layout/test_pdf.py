"""The converter as a process, and the rendered pages measured in millimetres (GB/T 9704, handbook §6)."""

import json
import os
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from wenming.common.errors import DomainError
from wenming.outcomes.documents.layout import docx, measure, pdf
from wenming.outcomes.documents.layout.spec import Attachment, Paragraph, runs

MM = 25.4 / 72


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine whose converter is the given shell script, or none."""

    def build(script: str | None) -> None:
        monkeypatch.setenv("WENMING_VAR", str(tmp_path))
        monkeypatch.delenv("WENMING_FONTS_CONF", raising=False)
        if script is None:
            monkeypatch.setenv("PATH", str(tmp_path))
            return
        program = tmp_path / "soffice"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        (tmp_path / "parts.json").write_text(json.dumps({"soffice": str(program), "fonts_conf": None}))

    return build


def test_convert_without_a_converter_says_what_to_install(machine):
    machine(None)
    with pytest.raises(DomainError) as refused:
        pdf.convert(b"")
    assert refused.value.code == "pdf_converter_missing"
    assert "libreoffice-writer" in refused.value.message


def test_convert_ends_a_hanging_converter_with_its_children(machine, tmp_path):
    machine(f"sleep 60 & echo $! > {tmp_path}/child; wait")
    before = time.monotonic()
    with pytest.raises(DomainError) as refused:
        pdf.convert(b"", timeout=1)
    assert refused.value.code == "pdf_converter_slow"
    assert "1 秒" in refused.value.message
    assert time.monotonic() - before < 10
    child = Path("/proc", (tmp_path / "child").read_text().strip(), "stat")
    # Gone, or a zombie that nobody has collected yet.
    assert not child.exists() or child.read_text().split()[2] == "Z"


def test_convert_that_writes_nothing_is_refused(machine):
    machine("exit 0")
    with pytest.raises(DomainError) as refused:
        pdf.convert(b"")
    assert refused.value.code == "pdf_converter_failed"


def test_convert_takes_the_font_settings_of_the_set_up(machine, tmp_path):
    machine(f'echo "$FONTCONFIG_FILE" > {tmp_path}/seen')
    (tmp_path / "fonts.conf").write_text("<fontconfig/>")
    with pytest.raises(DomainError):
        pdf.convert(b"")
    assert (tmp_path / "seen").read_text().strip() == str(tmp_path / "fonts.conf")


def test_convert_leaves_nothing_behind(machine, tmp_path, monkeypatch):
    machine("exit 0")
    (tmp_path / "work").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "work"))
    with pytest.raises(DomainError):
        pdf.convert(b"")
    assert os.listdir(tmp_path / "work") == []  # noqa: PTH208


# ---- measured on the page ----


@pytest.fixture(scope="module")
def bulletin(samples):
    return samples.bulletin()


@pytest.fixture(scope="module")
def full(samples):
    return samples.full_pages()


@pytest.fixture(scope="module")
def letter(samples):
    return samples.letter()


@pytest.fixture(scope="module")
def joint(samples):
    return samples.joint()


def body_lines(page):
    return Counter(round(char["bottom"]) for char in page.chars if abs(char["size"] - measure.BODY) < 0.1)


def rules(page):
    """Horizontal rules across the type area: their height from the page's top, in millimetres."""
    wide = measure.mm_points(measure.TYPE_WIDTH) - 3
    return [
        (one["top"] * MM, (one["x1"] - one["x0"]) * MM, one["linewidth"] or 0)
        for one in page.lines + page.rects
        if one["width"] > wide
    ]


@pytest.mark.office
def test_full_page_holds_22_lines_of_28_characters(rendered, full):
    for page in rendered(full).pages[1:4]:
        lines = body_lines(page)
        assert len(lines) == 22
        assert set(lines.values()) == {28}


@pytest.mark.office
def test_text_keeps_inside_the_type_area(rendered, ink, full):
    for page in rendered(full).pages[1:4]:
        top, bottom, left, right = ink.ink(page, 20, 262.8)
        assert left == pytest.approx(measure.LEFT, abs=1)
        assert right == pytest.approx(measure.PAGE_WIDTH - measure.RIGHT, abs=1)
        assert bottom == pytest.approx(measure.PAGE_HEIGHT - measure.BOTTOM, abs=1.3)
        # The leading of an exact line lies above the characters, so their ink begins lower than the line.
        leading = (0.8 * measure.LINE - 0.785 * measure.BODY) * MM
        assert top - leading == pytest.approx(measure.TOP, abs=1)


@pytest.mark.office
@pytest.mark.parametrize("name", ["bulletin", "full_pages", "minutes", "joint"])
def test_mark_begins_35_mm_below_the_type_area(rendered, ink, samples, name):
    mark, _line = ink.red_bands(rendered(getattr(samples, name)()).pages[0])
    assert mark[0] == pytest.approx(measure.TOP + measure.MARK_TOP, abs=1)
    assert mark[2] >= measure.LEFT - 0.2
    assert mark[3] <= measure.PAGE_WIDTH - measure.RIGHT + 0.2


@pytest.mark.office
def test_red_line_is_as_wide_as_the_type_area_4_mm_below_the_number(rendered, ink, bulletin, joint):
    for doc in (bulletin, joint):
        page = rendered(doc).pages[0]
        top, bottom, left, right = ink.red_bands(page)[1]
        assert right - left == pytest.approx(156, abs=0.5)
        assert left == pytest.approx(measure.LEFT, abs=0.5)
        assert 0.3 < bottom - top < 0.9
        number_foot = ink.ink(page, top - 12, top - 0.3)[1]
        assert top - number_foot == pytest.approx(measure.RED_GAP, abs=1)


@pytest.mark.office
def test_first_page_shows_body_text(rendered, bulletin):
    assert "按照《城关镇" in rendered(bulletin).pages[0].extract_text()


@pytest.mark.office
def test_page_numbers_stand_7_mm_below_odd_right_even_left(rendered, ink, full):
    for number, page in enumerate(rendered(full).pages, 1):
        top, bottom, left, right = ink.ink(page, 264, 275)
        assert (top + bottom) / 2 == pytest.approx(measure.PAGE_HEIGHT - measure.BOTTOM + 7, abs=0.7)
        empty = measure.SMALL * MM
        if number % 2:
            assert right == pytest.approx(measure.PAGE_WIDTH - measure.RIGHT - empty, abs=1)
        else:
            assert left == pytest.approx(measure.LEFT + empty, abs=1)
        text = page.crop((0, measure.mm_points(263), page.width, measure.mm_points(275))).extract_text()
        assert text.replace(" ", "") == f"—{number}—"


@pytest.mark.office
@pytest.mark.parametrize("lines", [3, 17, 19])
def test_imprint_ends_on_the_type_areas_foot_and_never_covers_text(rendered, samples, lines):
    """Whatever the last page holds; a page too full sends the imprint to the next."""
    body = tuple(Paragraph(runs(f"第{number}行")) for number in range(lines))
    doc = replace(samples.full_pages(), blocks=body[:1], attachments=(Attachment("说明", body),))
    pages = rendered(doc).pages
    page = pages[-1]
    first, inner, last = sorted(rules(page))
    assert last[0] == pytest.approx(measure.PAGE_HEIGHT - measure.BOTTOM, abs=1)
    assert [one[1] for one in (first, inner, last)] == pytest.approx([156, 156, 156], abs=0.5)
    assert [one[2] * MM for one in (first, inner, last)] == pytest.approx([0.35, 0.25, 0.35], abs=0.05)
    lowest = max((char["bottom"] for char in page.chars if char["size"] > 15.5), default=0) * MM
    assert lowest < first[0]
    assert sum(page.extract_text().count("行") for page in pages) == lines + 1


@pytest.mark.office
def test_letter_has_double_lines_170_mm_wide(rendered, ink, letter):
    mark, thick, thin, low_thin, low_thick = ink.red_bands(rendered(letter).pages[0])
    assert mark[0] == pytest.approx(30, abs=1)
    assert thick[0] - mark[1] == pytest.approx(4, abs=1)
    for line in (thick, thin, low_thin, low_thick):
        assert line[3] - line[2] == pytest.approx(170, abs=0.5)
        assert (line[2] + line[3]) / 2 == pytest.approx(105, abs=0.5)
    heights = [line[1] - line[0] for line in (thick, thin, low_thin, low_thick)]
    assert heights[0] > 2 * heights[1]
    assert heights[3] > 2 * heights[2]
    assert low_thick[1] == pytest.approx(277, abs=1)
    assert "— 1 —" not in rendered(letter).pages[0].extract_text()
    assert "—2—" in rendered(letter).pages[1].extract_text().replace(" ", "")


@pytest.mark.office
def test_turned_page_keeps_its_number_at_the_papers_foot(rendered, joint):
    pages = rendered(joint).pages
    turned = [page for page in pages if page.width > page.height]
    # Head and table upright, the problem list turned, the plan upright again; no empty page between them.
    assert [page.width > page.height for page in pages] == [False] * 2 + [True] * len(turned) + [False]
    assert all(page.extract_text().count("社区") > 1 for page in turned)
    for page in turned:
        digit = [
            char for char in page.chars if char["text"] == str(page.page_number) and char["x0"] * MM < 34
        ]
        assert len(digit) == 1
        middle = (digit[0]["x0"] + digit[0]["x1"]) / 2 * MM
        assert middle == pytest.approx(measure.BOTTOM - 7, abs=1.5)
        down = digit[0]["top"] / page.height
        # Odd: the right foot of the paper, which is the lower end of the turned page's left edge.
        assert (down > 0.7) == bool(page.page_number % 2)


@pytest.mark.office
def test_turned_table_at_the_end_leaves_the_imprint_an_upright_page(rendered, joint):
    page = rendered(replace(joint, attachments=joint.attachments[:1])).pages[-1]
    assert page.width < page.height
    assert [round(one[0]) for one in sorted(rules(page))] == [244, 253, 262]


@pytest.mark.office
def test_full_last_page_is_not_followed_by_an_empty_one(rendered, samples):
    annexes = (
        Attachment("说明", tuple(Paragraph(runs(f"第{number}行")) for number in range(17))),
        samples.joint().attachments[0],
    )
    for kept in (annexes, annexes[:1]):
        doc = replace(samples.minutes(), attachments=kept, cc=(), printed_by="")
        pages = rendered(doc).pages
        assert all(len(page.chars) > 20 for page in pages)
        assert (pages[-1].width > pages[-1].height) == (len(kept) == 2)


@pytest.mark.office
def test_table_head_stands_on_every_page_and_rows_stay_whole(rendered, bulletin):
    pages = [page for page in rendered(bulletin).pages if "责任单位" in page.extract_text()]
    assert len(pages) >= 3
    rows = [row[0] for page in pages for table in page.extract_tables() for row in table if len(row) == 6]
    numbers = [int(cell) for cell in rows if cell and cell.isdigit()]
    assert numbers == list(range(1, 41))


@pytest.mark.office
def test_signature_never_stands_alone_on_a_page(rendered, samples):
    for lines in (6, 7, 8):
        body = tuple(Paragraph(runs(f"第{number}行正文")) for number in range(lines))
        doc = replace(samples.full_pages(), blocks=body)
        signed = [
            text for page in rendered(doc).pages if "城关镇人民政府\n" in (text := page.extract_text() + "\n")
        ]
        assert "行正文" in signed[-1]


@pytest.mark.office
def test_no_character_is_lost_on_the_way(rendered, samples):
    """LibreOffice 7.4 swallows punctuation at a line's end where hanging punctuation is switched off."""
    text = "会议明确，因立项、权限等原因暂不能整改的问题，应当写明“接手单位”和预计时间（含2026年）。"
    body = tuple(Paragraph(runs(text[number:] + text * 3)) for number in range(25))
    found = Counter(
        char["text"]
        for page in rendered(replace(samples.full_pages(), blocks=body)).pages
        for char in page.chars
        if abs(char["size"] - measure.BODY) < 0.1
    )
    wanted = Counter("".join(one.runs[0].text for one in body))
    assert {char: count for char, count in wanted.items() if found[char] < count} == {}


@pytest.mark.office
def test_bulletin_of_50_problems_and_100_photos_stays_small(samples):
    file = docx.render(samples.bulletin(rows=50, pairs=50))
    assert len(file) < 20_000_000


@pytest.mark.office
def test_rate_before_a_bracket_stays_on_its_line(rendered, samples):
    """LibreOffice would carry 「66.7%（2/3）」 over whole and stretch the line before it; the Word file is not touched."""
    text = (
        "核查通过十五处。本周到期应整改十六处，整改率66.7%（2/3），比上期下降一点三个百分点，主要是新增较多。"
    )
    doc = replace(samples.minutes(), blocks=(Paragraph(runs(text)), Paragraph(runs("完。"))), attachments=())
    lines = [
        line["text"].replace(" ", "") for page in rendered(doc).pages for line in page.extract_text_lines()
    ]
    assert any(line.endswith("整改率66.7%") for line in lines)
    assert "\u200b" not in "".join(part.text for part in runs(text))
