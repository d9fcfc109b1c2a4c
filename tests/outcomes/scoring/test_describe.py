"""A book in Chinese: every operator, every modifier, every consequence; nothing of the file's language is left."""

import re
from pathlib import Path

import pytest

from tests.outcomes.scoring.conftest import SAMPLES
from wenming.outcomes.scoring import describe, describe_rules, reading, wording
from wenming.outcomes.scoring.book import Book, Rule
from wenming.outcomes.scoring.describe import Described
from wenming.outcomes.scoring.operators import OPERATORS

HEAD = """kind: scoring
id: test
version: "1"
title: 试验
in_force: 2026-01-01
rated: {kind: %s, groups: [甲, 乙]}
period: month
rounding: {places: 2, mode: half_up}
attributes:
  - {name: spot, title: 当场整改, type: flag, default: false}
  - {name: vote, title: 选票, type: text}
  - {name: length, title: 路长（米）, type: number}
  - {name: due, title: 到期日, type: text}
"""
ITEM = """items:
  - id: a
    title: 甲项
    missing: not_ranked
    rules:
      - {id: r, title: 规则, %s}
  - {id: b, title: 乙项, rules: []}
"""
# op → (the rule as it is written, 计分办法, 封顶)
SAID = {
    "per_event": (
        "op: per_event, when: {kind: found}, per: started_unit, size: 10, most_quantity: 40, cap: 3, "
        "cap_each: {day: 2, month: 10}, cap_of: {when: {kind: found}, points: 0.3}, "
        "points: {by: [by_level, category], map: {county/垃圾: -1, self/垃圾: 0}, otherwise: -0.5}, modifiers: ["
        "{title: 减半, if: attrs.spot, times: 0.5}, {repeat: {days: 30, same: [place, category]}, times: 2}, "
        "{repeat: {bulletins: 2, same: [case]}, times: 3, last: true}, "
        "{if: 'by_level == \"self\"', times: 0}, {by: [by_level], map: {city: 2, county: 1}}]",
        "「发现问题」按数量每 10 计一次（不足也计），每次按发现级别、类别：县级、垃圾扣 1 分，自查、垃圾不计分，其他扣 0.5 分；单次数量最多计 40；"
        "当场整改的，减半；30 天内同一点位、同一类别再次发生的，加倍；前 2 期通报内同一问题再次发生的，× 3，到此为止，不再看后面的调整；"
        "自查发现的，免计；按发现级别：市级 × 2，县级 × 1，没有列出的待定",
        "每天最多扣 2 分；每月最多扣 10 分；最多扣 3 分；不超过 「发现问题」 件数 × 0.3 分",
    ),
    "steps": (
        "op: steps, of: case, mode: replace, earlier: subtract, lookback_days: 92, cap: 5, steps: ["
        "{title: 发现, when: {kind: found}, points: -0.3}, {title: 三次, when: {kind: complaint}, times: 3, points: -1}, "
        "{title: 连续通报, when: {kind: named}, bulletins_running: 2, points: -2}]",
        "同一问题逐级加重，重的一级代替轻的，减去以前各期已计的（往前看 92 天）：发现（「发现问题」）扣 0.3 分；"
        "三次（「投诉」满 3 次）扣 1 分；连续通报（连续 2 期「被通报点名」）扣 2 分",
        "最多扣 5 分",
    ),
    "clean_sites": (
        "op: clean_sites, sites: {kind: site}, problems: {kind: found}, points: 1, all_clean: {least_sites: 3, times: 2}, cap: 6",
        "「检查点位」中没有「发现问题」的，每个点位加 1 分；同一次检查至少 3 个点位、全部没有问题的，加倍",
        "最多加 6 分",
    ),
    "bands": (
        "op: bands, when: {kind: complaint}, each: place, cap: 4, bands: [{below: 3, points: 0}, {below: 5, points: -1}, {points: -2, title: 多次}]",
        "「投诉」按件数每个点位分别分档：不到 3 件不计分，3 到 4 件扣 1 分，5 件及以上（多次）扣 2 分",
        "最多扣 4 分",
    ),
    "grade_by_count": (
        "op: grade_by_count, when: {kind: found}, full: 10, grades: [{below: 1, rate: 1, title: A}, "
        "{below: 2, rate: 0.66, title: B}, {rate: 0, title: C}]",
        "「发现问题」按件数定级，满分 10 分：0 件（A）得 100%，1 件（B）得 66%，2 件及以上（C）得 0%",
        "",
    ),
    "rate": (
        "op: rate, numerator: {kind: fixed_in_time}, denominator: {kind: due}, minus: {kind: suspended}, "
        "zero_denominator: full, full: 20, target: 90, points_per_percent: 1, whole_points: true, measure: cases",
        "比率 = 「按期整改」 ÷ 「到期应整改」（两边都去掉「挂账」的），按案件数计；达到 90% 得 20 分，每低 1 个百分点（只计整点）扣 1 分，扣完为止；"
        "分母为零按满分",
        "",
    ),
    "pooled_rate": (
        "op: pooled_rate, numerator: {kind: fixed_in_time}, denominator: {kind: due}, draw: 6, best: 100, worst: 40, full: 25, least: 3",
        "比率 = 「按期整改」 ÷ 「到期应整改」，先向本组的比率收缩（相当于再加 6 个本组平均水平的）；100% 得 25 分，40% 不得分，中间按比例；"
        "分母不足 3 的算没有数据",
        "",
    ),
    "density": (
        "op: density, when: {kind: bins}, number: 2, per_length: 500, length_attribute: length, points_per_missing: -1, cap: 9",
        "「垃圾桶」逐个点位算：路长（米）每 500 应有 2 个（不足也算），每少 1 个扣 1 分，这里多的不能补那里少的",
        "最多扣 9 分",
    ),
    "full_or_zero": (
        "op: full_or_zero, when: {kind: meeting}, least: 2, full: 5",
        "「会议」的件数至少 2，加 5 分，否则不计分",
        "",
    ),
    "sample": (
        "op: sample, when: {kind: site}, by: category, weights: {主干道: 2, 集市: 1}, missing_kind: others, full: 40, "
        "any_failure: attrs.spot, least: 3, draw: {kind: draw}",
        "「检查点位」的各样本得分（满分 100）按类别取均分再加权（权重：主干道 2、集市 1；缺一类时取其余各类的均分），折成 40 分；"
        "有一个当场整改的，整项 0 分；至少 3 个样本，不足的算没有数据；样本必须是「抽签记录」里按种子抽出的",
        "",
    ),
    "raters": (
        "op: raters, when: {kind: rating}, drop_highest: 1, drop_lowest: 1, least: 5, out_of: 20, full: 10",
        "「评委打分」（满分 20）去掉 1 个最高分、1 个最低分，取均分，折成 10 分；至少 5 人打分，不足的算没有数据",
        "",
    ),
    "votes": (
        "op: votes, when: {kind: ballot}, by: attrs.vote, values: {好: 1, 一般: 0.6, 差: 0}, unsure: [不了解], least: 30, full: 30",
        "「选票」按选票计，满分 30 分：好 100%，一般 60%，差 0%；「不了解」不进分母；至少 30 票，不足的算没有数据",
        "",
    ),
    "value": (
        "op: value, when: {kind: mark}, take: mean, to: 100, times: 0.5",
        "「考核得分」取平均（0 到 100 分），× 0.5",
        "",
    ),
    "of_item": ("op: of_item, item: b, times: 0.2", "「乙项」的得分 × 0.2", ""),
    "from_history": (
        "op: from_history, last: 3, take: weighted, weights: [15, 25, 60]",
        "本规则书最近 3 期的总分加权平均，从最早的一期起权重为 15、25、60",
        "",
    ),
    "opening": (
        "op: opening, default: 0",
        "上期总分结转；没有上期的用登记的期初分，施行后的第一期为 0 分",
        "",
    ),
}


def a_book(body: str, rated: str = "unit") -> Book:
    return reading.read_text(HEAD % rated + body, label="试验.yaml")


def first_rule(book: Book) -> Rule:
    return book.items[0].rules[0]


@pytest.mark.parametrize("op", OPERATORS)
def test_every_operator_is_said_in_chinese(op: str) -> None:
    written, how, cap = SAID[op]
    book = a_book(ITEM % written)
    words = wording.Words(book)
    rule = first_rule(book)
    assert rule.op == op
    assert (describe_rules.sentence(rule, words), describe_rules.caps(rule, words)) == (how, cap)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("full: 20", "得分 = 20 × 比率"),
        ("full: 20, target: 90, proportional: true", "达到 90% 得 20 分，不到的得 20 × 比率 ÷ 90%"),
        ("bands: [{below: 80, points: -5}, {points: 0, title: 达标}]", "分档：不到 80%扣 5 分，80%及以上（达标）不计分"),
    ],
)  # fmt: skip
def test_every_way_of_a_rate(written: str, said: str) -> None:
    rule = f"op: rate, numerator: {{kind: fixed}}, denominator: {{kind: due}}, zero_denominator: missing, {written}"
    book = a_book(ITEM % rule)
    assert describe_rules.sentence(first_rule(book), wording.Words(book)) == (
        f"比率 = 「已整改」 ÷ 「到期应整改」；{said}；分母为零算没有数据"
    )


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("attrs.spot", "当场整改"),
        ("!attrs.spot", "不是当场整改"),
        ("attrs.spot == false", "不是当场整改"),
        ('by_level == "county"', "县级发现的"),
        ('by_level != "self"', "不是自查发现的"),
        ('by_level in ["city", "province"]', "市级、省级发现的"),
        ('category == "垃圾" || category == "乱贴"', "类别是「垃圾」，或者类别是「乱贴」"),
        ("quantity >= 3 && attrs.spot", "数量不小于 3，并且当场整改"),
        ("attrs.due <= as_of", "到期日不晚于计算日"),
        ('(category == "a" && attrs.spot) || quantity > 2', "（类别是「a」，并且当场整改），或者数量大于 2"),
        ('category.startsWith("060")', "符合条件“category.startsWith(\"060\")”"),
        ("quantity + 1.0 > 3.0", "符合条件“quantity + 1.0 > 3.0”"),
        ('["a"].exists(x, x == category)', "符合条件“[\"a\"].exists(x, x == category)”"),
    ],
)  # fmt: skip
def test_conditions_are_put_into_words_or_left_as_they_are(condition: str, said: str) -> None:
    quoted = condition.replace("'", "''")
    book = a_book(ITEM % f"op: per_event, when: {{kind: found, if: '{quoted}'}}, points: -1")
    assert wording.Words(book).condition(first_rule(book).spec.when.condition) == said


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("place <= 3", "前 3 名"), ("from_last <= 1", "后 1 名"), ("place > 1", "名次大于 1"), ("total < 75.0", "总分小于 75.0"),
        ('group == "甲" && !barred', "组是「甲」，并且不是已取消评先"),
    ],
)  # fmt: skip
def test_conditions_on_sheets(condition: str, said: str) -> None:
    book = a_book(
        ITEM % "op: opening" + "ranking: {by: group, ties: competition}\nconsequences:\n"
        f"  - {{id: c, title: 后果, op: proposal, if: {{condition: '{condition}'}}, action: 提醒}}\n"
    )
    assert [note.how for note in describe.described(book).consequences] == [f"{said}：提醒"]


CONSEQUENCES = """ranking: {by: all, ties: dense, tie_breakers: [{item: b, better: less}], least_samples: {item: a, number: 3}}
grades: [{title: 不合格, below: 60}, {title: 合格, below: 90}, {title: 优秀}]
vetoes: [{id: v, title: 造假, when: {kind: faked}, least: 2, effect: lower_grade}]
flags: [{id: f, title: 流动红旗, exempt: true, gain: {first: 3, if: 'total >= 95.0'}, lose: {when: {kind: incident}, not_gained_again: true}}]
consequences:
  - {id: black, title: 黑榜, op: proposal, board: black, if: {last: 3, below: 75, groups: [甲]}, action: 挂出}
  - {id: prize, title: 奖, op: prizes, if: {at_least: 86, grades: [优秀]}, prizes: [200, 100], ties: each, share_by: staff, action: 发奖}
  - {id: point, title: 按分, op: per_point, per_point: 100, above: 80, action: 核发, ground: 第九条}
  - {id: events, title: 提示, op: proposal, if: {events: {kind: yellow_flag}, least: 2}, action: 上门提示}
  - id: ladder
    title: 阶梯
    op: ladder
    if: {last: 1}
    memory: {count: cumulative, periods: 3, not_assessed: break, restart: true}
    steps: [{times: 1, action: 提醒}, {times: 3, action: 约谈}]
publication: 每月公示
appeal_days: 5
"""


def test_everything_that_follows_from_the_marks() -> None:
    found = describe.described(a_book(ITEM % "op: opening" + CONSEQUENCES))
    assert [(note.title, note.how, note.ground) for note in (*found.ranking, *found.consequences)] == [
        ("一票否决：造假", "发生 2 件以上「虚假整改」，等次降一级", ""),
        ("等次", "不到 60 分为不合格，60 到不足 90 分为合格，90 分及以上为优秀", ""),
        ("排名", "不分组，一起排名；同分时「乙项」低的在前；同分并列，不占位（1、1、2）；「甲项」样本不足 3 个的不排名；没有考核的不排名、不算零分", ""),
        ("旗帜：流动红旗", "授予：前 3 名，或者总分不小于 95.0；收回：发生「重大事故或造假」，或者下一期没有再得到；持有期间免检，不参加排名", ""),
        ("黑榜", "甲组，并且后 3 名，并且低于 75 分：挂出（黑榜）", ""),
        ("奖", "不低于 86 分，并且等次为优秀：发奖：第 1 名 200 元，第 2 名 100 元；并列的各得；按登记的人数分到每人", ""),
        ("按分", "核发：超过 80 分的部分每分 100 元", "第九条"),
        ("提示", "发生 2 件以上「黄旗」：上门提示", ""),
        ("阶梯", "末位：累计第 1 次，提醒；累计第 3 次，约谈（往前记 3 期，没有考核的期算中断；到顶以后重新数）", ""),
    ]  # fmt: skip
    assert (found.publication, dict(found.facts)["申诉期"]) == ("每月公示", "公示后 5 个工作日")


def test_money_of_contractors_and_posts() -> None:
    fee = """consequences:
  - {id: fee, title: 月服务费, op: fee, amount_attribute: month_fee, bands: [{below: 90, percent: 90}, {percent: 100}],
     below_target: {target: 90, percent_per_point: 5}, per_event: [{title: 通报, when: {kind: named}, percent: 10}],
     floor_percent: 60, action: 支付, ground: 合同第八条}
"""
    wage = """consequences:
  - {id: wage, title: 工资, op: wage, amount: 2000, performance_percent: 20, coefficients: [{below: 60, coefficient: 0.5}, {coefficient: 1}],
     minimum_wage: 1900, action: 核发}
"""
    contractor, post = (
        a_book(ITEM % "op: opening" + fee, "contractor"),
        a_book(ITEM % "op: opening" + wage, "post"),
    )
    assert describe.described(contractor).consequences[0].how == (
        "支付：合同金额（按考核参数登记的数）；不到 90 分付 90%，90 分及以上付 100%；低于 90 分的，每低 1 分扣 5%；"
        "通报（「被通报点名」）每次扣 10%；最少付 60%"
    )
    assert describe.described(post).consequences[0].how == (
        "核发：当月工资 2000 元，其中绩效 20% 乘系数；不到 60 分系数 0.5，60 分及以上系数 1；扣减不超过当月工资的 20%，不低于最低工资 1900 元"
    )
    assert [(each.name, each.label) for each in describe.asked(contractor)] == [
        ("month_fee", "月服务费（元）"), ("opening", "期初分"),
    ]  # fmt: skip


def test_blocks_shared_caps_and_mixes_make_the_total() -> None:
    book = a_book("""blocks: [{id: k, title: 板块一, min: -10, max: 20}]
shared_caps: [{title: 合并, rules: [r, s], cap: 8}]
combine: [{weights: {a: 0.7, b: 0.3}, missing: others}]
items:
  - id: a
    title: 甲项
    block: k
    groups: [甲]
    rules:
      - {id: r, title: 一, op: per_event, when: {kind: found}, points: -1}
      - {id: s, title: 二, op: per_event, when: {kind: rework}, points: {chosen: points, from: -3, to: 2}}
  - {id: b, title: 乙项, full: 10, min: 0, max: 10, rules: []}
""")
    found = describe.described(book)
    assert [(note.title, note.how) for note in found.total] == [
        ("板块一", "甲项合计，最少 −10 分，最多 20 分"),
        ("合并", "一、二合并，加减最多 8 分"),
        ("总分", "甲项 × 0.7 + 乙项 × 0.3；缺一部分时其余部分按比例放大"),
    ]
    assert [item.facts for item in found.items] == [
        "属「板块一」，只用于甲", "从满分 10 分起扣，最少 0 分，最多 10 分",
    ]  # fmt: skip
    assert found.items[0].rules[1].how == "「返工」每件由检查人在扣 3 分到加 2 分之间定"


def test_a_kind_of_its_own_is_called_by_the_account_it_comes_from() -> None:
    body = ITEM % "op: per_event, when: {kind: problem}, points: -1"
    named = a_book(body + "from_ledger: {kinds: {problem: [found, grid_cases]}}\n")
    assert wording.Words(named, {"grid_cases": "网格案件"}).kind("problem") == "「发现问题」、「网格案件」"
    assert wording.Words(a_book(body)).kind("problem") == "「problem」"


def _words(found: Described) -> str:
    said = [*(f"{name}{value}" for name, value in found.facts), found.publication]
    said += [
        part
        for item in found.items
        for row in item.rules
        for part in (row.title, row.how, row.cap, row.ground)
    ]
    said += [item.facts for item in found.items]
    said += [
        part
        for note in (*found.total, *found.ranking, *found.consequences)
        for part in (note.title, note.how)
    ]
    return "\n".join(said)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_sample_book_leaves_a_word_of_the_file(path: Path) -> None:
    text = re.sub(r"“[^”]*”", "", _words(describe.described(reading.read(path))))
    assert re.findall(r"[A-Za-z_]{2,}|&&|\|\||==", text) == []


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("−2（county） × 0.5（当场整改减半） = −1", "−2（县级） × 0.5（当场整改减半） = −1"),
        ("−1（county/垃圾）", "−1（县级、垃圾）"),
        ("88（1 个样本）", "88（1 个样本）"),
        ("2 件（found:0b0ad1d2-9f3e-4c61-8a52-0f0f2f7a4f11、found:0b0ad1d2-9f3e-4c61-8a52-0f0f2f7a4f12…）", "2 件"),
        ("净美的金额（attrs.month_fee）是多少？", "净美的金额是多少？"),
        ("期初分（opening）是多少？", "期初分是多少？"),
    ],
)  # fmt: skip
def test_formulas_reasons_and_questions_are_shown_without_codes(formula: str, said: str) -> None:
    assert wording.plainly(formula) == said
