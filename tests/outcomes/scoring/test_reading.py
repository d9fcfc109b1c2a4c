"""Faults of rule books: every one, with its line."""

from collections.abc import Callable

import pytest

from tests.outcomes.scoring.conftest import HEAD

Faults = Callable[..., list[str]]
ITEM = "items:\n  - id: a\n    title: 甲\n    full: 100\n    rules:\n      - %s\n"
SOUND = "{id: r, op: per_event, when: {kind: found}, points: -1}"


def test_a_sound_book_has_no_faults(faults: Faults) -> None:
    assert faults(ITEM % SOUND) == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{id: r, op: fine, when: {kind: found}}", "不认识的算子「fine」"),
        ("{id: r, op: per_event, when: {kind: found}, points: -1, capp: 3}", "不认识的键「capp」"),
        ("{id: r, op: per_event, when: {kind: found}, points: 1e30}", "「points」应当在 10¹² 以内"),
        ("{id: r, op: per_event, when: {kind: found, if: 'by_levle == \"x\"'}, points: -1}", "条件里有不认识的名字「by_levle」"),
        ("{id: r, op: per_event, when: {kind: found, if: 'attrs.spot'}, points: -1}", "attributes 里没有声明「spot」"),
        ("{id: r, op: per_event, when: {kind: found, if: 'quantity >'}, points: -1}", "条件写法不对"),
        ("{id: r, op: per_event, when: {kind: found}, points: -1, modifiers: [{times: -1, if: 'quantity > 1.0'}]}", "倍率不能小于 0"),
        ("{id: r, op: per_event, when: {kind: found}, points: -1, modifiers: [{times: 0.5, repeat: {days: 9, same: [place]}}]}", "重复发生的倍率不能小于 1"),
        ("{id: r, op: bands, when: {kind: found}, bands: [{below: 3, points: 0}, {below: 2, points: -1}, {points: -2}]}", "两档重叠或次序颠倒"),
        ("{id: r, op: bands, when: {kind: found}, bands: [{points: 0}, {below: 2, points: -1}]}", "这一档永远到不了"),
        ("{id: r, op: bands, when: {kind: found}, bands: [{below: 0, points: 0}, {points: -1}]}", "这一档永远到不了"),
        ("{id: r, op: bands, when: {kind: found}, bands: [{below: 3, points: 0}]}", "最后一档不写「below」"),
        ("{id: r, op: rate, numerator: {kind: a}, denominator: {kind: b}, full: 10}", "缺少「zero_denominator」"),
        ("{id: r, op: value, when: {kind: m}, take: mean, to: 100}", "要写「missing」：没有数据时怎么办"),
        ("{id: r, op: of_item, item: a, times: 1}", "考核项互相引用成了圈：a → a"),
        ("{id: r, op: of_item, item: z, times: 1}", "没有考核项「z」"),
        ("{id: r, op: steps, of: case, mode: replace, earlier: ignore, steps: [{title: 重, when: {kind: x}, points: -3}, {title: 轻, when: {kind: y}, points: -1}]}", "级别应当由轻到重"),
        ("{id: r, op: raters, when: {kind: m}, drop_highest: 1, drop_lowest: 1, least: 2, full: 10}", "要大于去掉的最高、最低之和"),
    ],
)  # fmt: skip
def test_a_fault_in_a_rule_is_named_with_its_line(faults: Faults, rule: str, said: str) -> None:
    found = faults(ITEM % rule)
    assert len(found) == 1, found
    assert said in found[0]
    assert found[0].startswith(("第 10 行", "第 14 行"))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("full: 90\n", 15, "各项满分加基准分共 100，与总分 full: 90 不符"),
        ("ranking: {by: group, ties: coin}\n", 15, "「ties」不认识「coin」"),
        ("combine: [{weights: {a: 0.9}, missing: ask}]\n", 15, "权重合计 0.9，应当是 1"),
        ("consequences: [{id: c, title: 约谈, op: ladder, if: {last: 1}, steps: [{times: 2, action: 约谈}]}]\n", 15,
         "阶梯没有写「memory」"),
        ("consequences: [{id: c, title: 约谈, op: ladder, if: {below: 60}, memory: {count: running, periods: 1, "
         "not_assessed: skip}, steps: [{times: 3, action: 约谈}]}]\n", 15, "数不到第 3 次"),
        ("consequences: [{id: c, title: 黑榜, op: proposal, if: {last: 1}, action: 黑榜}]\n", 15, "没有写 ranking"),
        ("consequences: [{id: c, title: 黑榜, op: proposal, if: {below: 60, at_least: 70}, action: 黑榜}]\n", 15,
         "永远到不了"),
        ("shared_caps: [{title: 合并, rules: [r, q], cap: 3}]\n", 15, "没有规则「q」"),
        ("grades: [{title: 差, below: 90}, {title: 良, below: 60}, {title: 优}]\n", 15, "两档不能重叠"),
        ("account: {expires_after_months: 1}\n", 15, "只用于 rated.kind: account"),
        ("colour: red\n", 15, "不认识的键「colour」"),
    ],
)  # fmt: skip
def test_a_fault_of_the_book_is_named_with_its_line(faults: Faults, text: str, line: int, said: str) -> None:
    found = faults(ITEM % SOUND + text)
    assert len(found) == 1, found
    assert found[0].startswith(f"第 {line} 行"), found
    assert said in found[0]


def test_all_faults_are_told_at_once(faults: Faults) -> None:
    text = (
        ITEM % "{id: r, op: fine}"
        + "      - {id: q, op: per_event, when: {kind: x}}\n"
        + "ranking: {ties: no}\n"
    )
    found = faults(text)
    assert [each.split("：")[0] for each in found] == ["第 14 行", "第 15 行", "第 16 行"]


def test_a_cycle_between_items_is_named(faults: Faults) -> None:
    text = "items:\n"
    for name, other in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")):
        text += f"  - {{id: {name}, title: {name}, rules: [{{id: r{name}, op: of_item, item: {other}, times: 1}}]}}\n"
    assert faults(text) == ["第 10 行：考核项互相引用成了圈：a → b → c → a"]


@pytest.mark.parametrize("kind", ["person", "cadre", "干部"])
def test_cadres_as_persons_are_never_rated(faults: Faults, kind: str) -> None:
    found = faults(ITEM % SOUND, HEAD.replace("kind: unit", f"kind: {kind}"))
    assert len(found) == 1
    assert found[0].startswith(f"第 6 行：考核对象不能是「{kind}」")


@pytest.mark.parametrize("kind", ["post", "account"])
def test_posts_and_accounts_are_never_ranked(faults: Faults, kind: str) -> None:
    found = faults(
        ITEM % SOUND + "ranking: {by: all, ties: dense}\n", HEAD.replace("kind: unit", f"kind: {kind}")
    )
    assert len(found) == 1
    assert "排名只对单位的结果" in found[0]


def test_a_cleaner_never_loses_more_than_a_fifth(faults: Faults) -> None:
    text = ITEM % SOUND + (
        "consequences: [{id: w, title: 工资, op: wage, amount: 2000, performance_percent: 50, minimum_wage: 1000, "
        "most_cut_percent: 40, coefficients: [{coefficient: 1}], action: 发放}]\n"
    )
    found = faults(text, HEAD.replace("kind: unit", "kind: post"))
    assert len(found) == 1
    assert "不能超过当月工资的 20%" in found[0]


def test_a_rule_that_may_miss_stands_alone_in_its_item(faults: Faults) -> None:
    text = (
        "items:\n  - id: a\n    title: 甲\n    full: 100\n    missing: full\n    rules:\n      - "
        + SOUND
        + "\n"
        "      - {id: v, op: value, when: {kind: m}, take: mean, to: 100}\n"
    )
    found = faults(text)
    assert len(found) == 1
    assert found[0].startswith("第 16 行：「v」可能没有数据，而「甲」还有别的规则")
    assert faults(text.replace("missing: full", "missing: ask")) == []
