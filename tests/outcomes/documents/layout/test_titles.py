import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenming.outcomes.documents.layout import measure, titles


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("第12期督查通报", ["第12期督查通报"]),
        (
            "关于2026年第12期创建全国文明城市工作督查情况的通报",
            ["关于2026年第12期创建", "全国文明城市工作督查情况的通报"],
        ),
        (
            "城关镇2026年度创建全国文明城市工作总结及2027年工作计划",
            ["城关镇2026年度创建全国文明城市", "工作总结及2027年工作计划"],
        ),
        ("关于整改的\n通报", ["关于整改的", "通报"]),
    ],
)
def test_lines_keep_words_together(title, lines):
    assert titles.lines(title) == lines


# A busy machine is no fault of the title.
@settings(deadline=None)
@given(st.text(alphabet="关于创建全国文明城市工作的通报2026年第期《》", min_size=1, max_size=60))
def test_lines_lose_nothing_and_fit_the_width(title):
    lines = titles.lines(title)
    assert "".join(lines) == title
    assert all(measure.characters(line) <= 20 for line in lines)
