"""The index alone, on categories made up for the case."""

from dataclasses import dataclass, field

import pytest

from wenming.ground.standards.suggestions import Index, parts, plain


@dataclass
class Category:
    name: str
    component: str = ""
    aliases: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    excludes: list[str] = field(default_factory=list)


def search(categories: list[Category], text: str, limit: int = 3) -> list[tuple[str, str]]:
    return [(category.name, word) for category, word in Index(categories).search(text, limit)]


def test_longest_word_wins_and_hides_the_shorter_inside_it() -> None:
    both = [Category("机动车乱停放"), Category("非机动车乱停放")]
    assert search(both, "路口非机动车乱停放") == [("非机动车乱停放", "非机动车乱停放")]


def test_shorter_word_outside_the_longer_still_speaks() -> None:
    both = [Category("机动车乱停放"), Category("非机动车乱停放")]
    assert search(both, "非机动车乱停放，还有机动车乱停放") == [
        ("非机动车乱停放", "非机动车乱停放"),
        ("机动车乱停放", "机动车乱停放"),
    ]


def test_excluding_word_rules_out() -> None:
    both = [Category("暴露垃圾", words=["垃圾"], excludes=["桶满"]), Category("满溢", words=["桶满"])]
    assert search(both, "垃圾桶满") == [("满溢", "桶满")]
    assert search(both, "一堆垃圾") == [("暴露垃圾", "垃圾")]


def test_all_parts_must_be_said_in_any_order() -> None:
    one = [Category("满溢", words=["垃圾桶+满/溢"])]
    assert search(one, "满了，垃圾桶") == [("满溢", "满…垃圾桶")]
    assert search(one, "垃圾桶溢出来") == [("满溢", "垃圾桶…溢")]
    assert search(one, "垃圾桶") == []


def test_bare_component_comes_after_what_happened() -> None:
    both = [Category("公交站设施异常", component="公交站设施"), Category("小广告")]
    assert search(both, "公交站设施上有小广告") == [("小广告", "小广告"), ("公交站设施异常", "公交站设施")]


def test_limit_counts_categories() -> None:
    four = [Category(name) for name in ("甲事", "乙事", "丙事", "丁事")]
    assert search(four, "甲事乙事丙事丁事", limit=2) == [("甲事", "甲事"), ("乙事", "乙事")]


def test_brackets_of_a_name_need_not_be_said() -> None:
    assert search([Category("垃圾站（箱）满溢")], "这个垃圾站满溢了") == [("垃圾站（箱）满溢", "垃圾站满溢")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ＳＯＳ 报警", "sos报警"), ("井盖，坏了！", "井盖坏了"), ("（一）\n", "一"), ("", "")],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("小广告", (("小广告",),)),
        ("电动车+停/停在", (("电动车",), ("停在", "停"))),
        ("电动车+", ()),
        ("+", ()),
        ("甲//乙", ()),
        ("，", ()),
    ],
)
def test_parts(word: str, expected: tuple[tuple[str, ...], ...]) -> None:
    assert parts(word) == expected
