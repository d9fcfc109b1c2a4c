"""信函 and 纪要 on the rendered page, in millimetres (GB/T 9704 §10.1, §10.3; handbook §6.5)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from wenming.outcomes.documents.layout import measure
from wenming.outcomes.documents.layout.spec import Attendance, Column, Official, Paragraph, Table, runs

pytestmark = pytest.mark.office
MM = 25.4 / 72
FOOT = measure.PAGE_HEIGHT - measure.BOTTOM
RIGHT = measure.PAGE_WIDTH - measure.RIGHT
LINE = measure.LINE * MM


@pytest.fixture(scope="module")
def letter(samples: Any) -> Official:
    return samples.letter()


@pytest.fixture(scope="module")
def minutes(samples: Any) -> Official:
    return samples.minutes()


def lines(page: Any) -> list[list[dict[str, Any]]]:
    """Characters of the body's size, line by line from the top."""
    found: dict[int, list[dict[str, Any]]] = {}
    for char in page.chars:
        if abs(char["size"] - measure.BODY) < 0.1:
            found.setdefault(round(char["bottom"]), []).append(char)
    return [sorted(found[key], key=lambda char: char["x0"]) for key in sorted(found)]


def words(line: list[dict[str, Any]]) -> str:
    return "".join(char["text"] for char in line).replace(" ", "")


def line_with(pages: Any, text: str) -> list[dict[str, Any]]:
    return next(line for page in pages for line in lines(page) if text in words(line))


def wide_rules(page: Any) -> list[float]:
    wide = measure.mm_points(measure.TYPE_WIDTH) - 3
    return [one["top"] * MM for one in page.lines + page.rects if one["width"] > wide]


def test_letter_has_its_number_below_the_first_line_at_the_right_edge(
    rendered: Any, ink: Any, letter: Official
) -> None:
    page = rendered(letter).pages[0]
    _mark, thick, thin, *_foot = ink.red_bands(page)
    number = line_with([page], "城政函〔2026〕31号")
    assert number[-1]["x1"] * MM == pytest.approx(RIGHT, abs=1)
    assert number[0]["top"] * MM > thin[1]
    assert number[0]["top"] * MM - thin[1] < 1.5 * LINE
    # 特急 stands in the same line, at the left edge of the type area.
    assert words(number).startswith("特急")
    assert number[0]["x0"] * MM == pytest.approx(measure.LEFT, abs=1)
    assert thick[0] < thin[0]


def test_letter_has_its_text_between_the_lines(rendered: Any, ink: Any, letter: Official) -> None:
    page = rendered(letter).pages[0]
    low_thin = ink.red_bands(page)[3]
    printed = lines(page)
    assert printed[-1][0]["bottom"] * MM < low_thin[0]
    # The page is full to the last line that has room above the lower lines of the type area.
    assert printed[-1][0]["bottom"] * MM == pytest.approx(FOOT, abs=LINE)


def test_letter_has_copies_at_the_foot_without_lines_or_printing_office(
    rendered: Any, letter: Official
) -> None:
    page = rendered(letter).pages[-1]
    text = page.extract_text()
    assert "抄送：县创城办。" in text
    assert "印发" not in text
    assert wide_rules(page) == []
    copies = [char for char in page.chars if char["text"] == "抄"]
    assert copies[0]["size"] == pytest.approx(measure.SMALL, abs=0.1)
    assert copies[0]["bottom"] * MM == pytest.approx(FOOT, abs=4)


@pytest.mark.parametrize("repeats", [1, 3, 5, 7])
def test_letter_is_never_signed_on_a_page_without_text(rendered: Any, letter: Official, repeats: int) -> None:
    sentence = "近期督查发现，中山农贸市场北门连续两次出现占道经营、垃圾堆放问题，请完成整改并书面反馈。"
    docs = [letter]
    for before in (4, 5):
        body = [Paragraph(runs(sentence * 3)) for _ in range(before)]
        docs.append(replace(letter, blocks=(*body, Paragraph(runs(sentence * repeats)))))
    for doc in docs:
        signed = next(page for page in rendered(doc).pages if "2026 年 11 月 22 日" in page.extract_text())
        assert words(lines(signed)[0]) != "城关镇人民政府"


def test_minutes_have_their_mark_number_and_line_in_the_middle(
    rendered: Any, ink: Any, minutes: Official
) -> None:
    page = rendered(minutes).pages[0]
    mark, rule = ink.red_bands(page)
    assert (mark[2] + mark[3]) / 2 == pytest.approx((measure.LEFT + RIGHT) / 2, abs=1)
    assert rule[3] - rule[2] == pytest.approx(measure.TYPE_WIDTH, abs=0.5)
    number = line_with([page], "第18期")
    middle = (number[0]["x0"] + number[-1]["x1"]) / 2 * MM
    assert middle == pytest.approx((measure.LEFT + RIGHT) / 2, abs=1)
    foot = ink.ink(page, rule[0] - 12, rule[0] - 0.3)[1]
    assert rule[0] - foot == pytest.approx(measure.RED_GAP, abs=1)


def test_minutes_name_who_was_there_under_the_first_name(rendered: Any, minutes: Official) -> None:
    many = Attendance(
        present=tuple(f"第{n}社区王建国" for n in range(1, 12)),
        excused=("吴健（病假）",),
        sitting_in=("郑科长",),
    )
    pages = rendered(replace(minutes, attendance=many)).pages
    every = [line for page in pages for line in lines(page)]
    first = next(number for number, line in enumerate(every) if words(line).startswith("出席："))
    label, names = every[first][:3], every[first][3:]
    run_over = every[first + 1]
    assert {char["fontname"].split("+")[-1] for char in label} != {names[0]["fontname"].split("+")[-1]}
    assert run_over[0]["x0"] * MM == pytest.approx(names[0]["x0"] * MM, abs=0.5)
    # Two characters in, as every paragraph.
    assert label[0]["x0"] * MM == pytest.approx(measure.LEFT + 2 * measure.PITCH * MM, abs=0.7)
    for said in ("请假：吴健（病假）", "列席：郑科长"):
        line = line_with(pages, said)
        assert line[0]["x0"] == pytest.approx(label[0]["x0"], abs=1)
        assert line[3]["x0"] == pytest.approx(names[0]["x0"], abs=1)


def test_minutes_end_with_the_imprint_and_have_no_signature(rendered: Any, minutes: Official) -> None:
    pages = rendered(minutes).pages
    assert sorted(wide_rules(pages[-1]))[-1] == pytest.approx(FOOT, abs=1)
    dated = [page.extract_text().count("11月22日") for page in pages]
    # The day stands in the imprint only: minutes are not signed (§10.3).
    assert sum(dated) == 1
    assert "2026年11月22日印发" in pages[-1].extract_text()


def long_table() -> Table:
    columns = (Column("序号", 12), Column("议定事项", 0, "left"), Column("责任单位", 40))
    said = "对背街小巷的垃圾、杂物、乱停乱放逐处清理，明确专人管护，每周报一次进度"
    rows = tuple((str(n), said * (1 + n % 3), "东门社区、城管站") for n in range(1, 46))
    return Table(columns, rows, title="议定事项")


def cells(page: Any) -> Iterator[list[str]]:
    for table in page.extract_tables():
        yield from table


@pytest.mark.parametrize("name", ["letter", "minutes"])
def test_table_in_the_text_repeats_its_head_and_keeps_rows_whole(
    rendered: Any, samples: Any, name: str
) -> None:
    doc = replace(getattr(samples, name)(), blocks=(Paragraph(runs("议定如下。")), long_table()))
    pages = [page for page in rendered(doc).pages if "责任单位" in page.extract_text()]
    assert len(pages) >= 3
    numbers = []
    for page in pages:
        found = list(cells(page))
        assert found[0] == ["序号", "议定事项", "责任单位"]
        for number, said, unit in found[1:]:
            # A row cut in two would lack its number or its unit on one of the pages.
            assert number.isdigit()
            assert unit.replace("\n", "") == "东门社区、城管站"
            assert said.replace("\n", "").endswith("每周报一次进度")
            numbers.append(int(number))
    assert numbers == list(range(1, 46))
    for page in pages:
        lowest = max(
            char["bottom"]
            for char in page.chars
            if char["size"] < measure.BODY - 2 and char["bottom"] * MM < FOOT + 1
        )
        assert lowest * MM < FOOT + 0.5
