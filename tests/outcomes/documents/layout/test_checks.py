from dataclasses import replace
from datetime import date

import pytest

from wenming.outcomes.documents.layout import checks
from wenming.outcomes.documents.layout.spec import (
    Attachment,
    Column,
    Heading,
    Letterhead,
    Official,
    Paragraph,
    PhotoPair,
    Run,
    Table,
    runs,
)

CLEAN = Official(
    Letterhead(issuer="城关镇创城办", suffix="文件"),
    "第12期督查通报",
    (Heading(1, runs("一、督查情况")), Paragraph(runs("检查点位86处。")), Heading(1, runs("二、有关要求"))),
    date(2026, 11, 22),
    number="城创城办〔2026〕12号",
)


def codes(doc, **more):
    return [found.code for found in checks.check(doc, **more)]


def test_clean_document_has_no_findings():
    assert codes(CLEAN, limit="policy") == []


def test_samples_are_clean_but_for_the_hand_typed_numbers(samples):
    assert codes(samples.bulletin(pairs=1)) == ["hand_typed"]
    assert [codes(make()) for make in (samples.letter, samples.minutes, samples.joint)] == [[], [], []]


@pytest.mark.parametrize(
    "text",
    [
        "召开会议××次",
        "召开会议**次",
        "清理垃圾***余车",
        "时间＿＿＿",
        "共{{ total }}处",
        "【单位名称】",
        "XX社区",
        "待补充",
    ],
)
def test_placeholder_stops_the_signing(text):
    (found,) = checks.check(replace(CLEAN, blocks=(Paragraph(runs(text)),)))
    assert (found.code, found.blocking) == ("placeholder_left", True)


@pytest.mark.parametrize("text", ["3×4米的展板", "5*6", "（一）", "APP下载", "第X期"])
def test_ordinary_signs_are_no_placeholder(text):
    assert codes(replace(CLEAN, blocks=(Paragraph(runs(text)),))) == []


def test_placeholder_is_found_across_runs_and_in_every_place():
    table = Table((Column("项目"), Column("数量")), (("会议", "**"),))
    doc = replace(
        CLEAN,
        title="××年通报",
        blocks=(
            Paragraph(runs("会议×", Run("×"), "次")),
            table,
            PhotoPair(None, None, "××路"),
            Heading(1, runs("一、好"), runs("约＿＿处")),
        ),
        attachments=(Attachment("附", (Paragraph(runs("{{x}}")),)),),
        cc=("××局",),
    )
    assert codes(doc) == ["placeholder_left"] * 7


def test_finding_says_where():
    (found,) = checks.check(replace(CLEAN, blocks=(Paragraph(runs("全年召开专题会议**次。")),)))
    assert "召开专题会议**次" in found.message


@pytest.mark.parametrize(
    ("title", "found"),
    [("通报。", ["title_punctuation"]), ("", ["title_missing"]), ("关于印发《办法》的通知", [])],
)
def test_title(title, found):
    assert codes(replace(CLEAN, title=title)) == found


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("城创城办[2026]12号", ["number_brackets"]),
        ("城创城办（2026）12号", ["number_brackets"]),
        ("城创城办〔2026〕012号", ["number_form"]),
        ("城创城办〔2026〕第12号", ["number_form"]),
        ("城创城办〔26〕12号", ["number_form"]),
        ("城创城办〔2026〕12号", []),
        ("", []),
    ],
)
def test_number(number, found):
    assert codes(replace(CLEAN, number=number)) == found


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (
            [
                (1, "一、甲"),
                (2, "（一）乙"),
                (2, "（二）丙"),
                (1, "二、丁"),
                (2, "（一）戊"),
                (3, "1.己"),
                (4, "（1）庚"),
            ],
            [],
        ),
        ([(1, "一、甲"), (1, "三、乙"), (1, "四、丙")], ["level_gap"]),
        ([(1, "二、甲")], ["level_gap"]),
        ([(1, "一、甲"), (2, "（一）乙"), (1, "二、丙"), (2, "（二）丁")], ["level_gap"]),
        ([(2, "(一)甲")], ["level_form"]),
        ([(1, "1.甲")], ["level_form"]),
        ([(1, "点位一")], []),
    ],
)
def test_levels(headings, found):
    blocks = tuple(Heading(level, runs(text)) for level, text in headings)
    assert codes(replace(CLEAN, blocks=blocks)) == found


def test_levels_of_attachments_are_counted_by_themselves():
    annex = Attachment("方案", (Heading(1, runs("一、目标")), Heading(1, runs("三、步骤"))))
    (found,) = checks.check(replace(CLEAN, attachments=(annex,)))
    assert found.code == "level_gap"
    assert "附件「方案」" in found.message
    assert "「二、」" in found.message


def test_attachments():
    blocks = (Paragraph(runs("见附件1、附件 3。")),)
    annexes = (
        Attachment("问题清单", (Paragraph(runs("一")),), name="问题汇总表"),
        Attachment("照片。", (Paragraph(runs("二")),)),
        Attachment("空"),
    )
    doc = replace(CLEAN, blocks=blocks, attachments=annexes)
    assert codes(doc) == ["attachment_name", "attachment_punctuation", "attachment_empty"]
    assert codes(replace(doc, attachments=annexes[:1])) == ["attachment_name", "attachment_unknown"]


def test_hand_typed_numbers_are_counted():
    (found,) = checks.check(
        replace(CLEAN, blocks=(Paragraph((Run("3", hand_typed=True), Run("5", hand_typed=True))),))
    )
    assert (found.code, found.blocking) == ("hand_typed", False)
    assert "2处" in found.message


@pytest.mark.parametrize(("limit", "most"), [("policy", 5000), ("special", 4000)])
def test_length_limit(limit, most):
    at = replace(CLEAN, blocks=(Paragraph(runs("字" * most)),))
    over = replace(CLEAN, blocks=(Paragraph(runs("字" * most + " 多")),))
    assert codes(at, limit=limit) == []
    assert codes(over, limit=limit) == ["too_long"]
    assert codes(over) == []
    assert checks.length(over) == most + 1
