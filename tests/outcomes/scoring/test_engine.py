"""Operators, totals, vetoes and ranking in small books of one idea each."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.outcomes.scoring.conftest import Score, event, lines, units
from wenming.outcomes.scoring.operators.sampling import draw

D = Decimal
Book = Callable[..., Path]


def item(name: str, rules: str, **more: object) -> str:
    extra = "".join(f"    {key}: {value}\n" for key, value in more.items())
    body = "".join(f"      - {rule}\n" for rule in rules.splitlines())
    return f"  - id: {name}\n    title: {name}\n{extra}    rules:\n{body}"


def test_grade_by_count_a_b_c_and_c_sharp(book: Book, score: Score) -> None:
    rule = (
        "{id: g, op: grade_by_count, when: {kind: found}, full: 10, grades: [{below: 1, rate: 1, title: A}, "
        "{below: 2, rate: 0.66, title: B}, {below: 3, rate: 0.33, title: C}, {rate: 0, title: C#}]}"
    )
    path = book("items:\n" + item("a", rule, full=10, start="zero"))
    rows = units("社区", "n0", "n1", "n2", "n3")
    rows += [event(f"{n}{k}", "found", f"n{n}", "10-05") for n in range(4) for k in range(n)]
    found = score(path, rows)
    assert [found[f"n{n}"].total for n in range(4)] == [D(10), D("6.60"), D("3.30"), D(0)]
    assert lines(found["n1"]) == [("件数 1，B，10 × 0.66 = 6.6", D("6.6"))]


def test_full_or_zero_and_points_per_percent_in_whole_points(book: Book, score: Score) -> None:
    rules = (
        "{id: f, op: full_or_zero, when: {kind: meeting}, least: 2, full: 5}\n"
        "{id: r, op: rate, numerator: {kind: closed}, denominator: {kind: due}, minus: {kind: suspended}, "
        "zero_denominator: ask, full: 50, target: 70, points_per_percent: 1, whole_points: true}"
    )
    path = book("items:\n" + item("a", rules, full=55, start="zero"))
    rows = [
        *units("社区", "x", "y"),
        event("m1", "meeting", "x", "10-05"),
        event("m2", "meeting", "x", "10-06"),
    ]
    rows += [event(f"d{n}", "due", "x", "10-07", case=f"案{n}") for n in range(10)]
    rows += [event(f"c{n}", "closed", "x", "10-08", case=f"案{n}") for n in range(6)]
    rows += [event("s", "suspended", "x", "10-02", case="案9")]
    found = score(path, rows)
    # 6 ÷ (10 − 1) = 66.67 %: 3.33 points below 70, three whole ones.
    assert found["x"].total == D(52)
    assert [q.text for q in found["y"].undecided] == ["分母为零，这一项按多少分？"]
    assert (found["y"].total, found["y"].not_ranked) == (None, "有待定的问题")


def test_mix_by_group_from_unrounded_parts(book: Book, score: Score) -> None:
    head = (
        'kind: scoring\nid: mix\nversion: "1"\ntitle: 合成\nin_force: 2026-01-01\n'
        "rated: {kind: unit, groups: [社区, 村]}\nperiod: month\nrounding: {places: 2, mode: half_up}\n"
    )
    rules = "{id: %s, op: value, when: {kind: %s}, take: mean, to: 100}"
    text = "items:\n" + "".join(
        item(name, rules % (name, name), full=100, start="zero", missing="not_counted")
        for name in ("site", "survey")
    )
    text += (
        "combine:\n  - {groups: [社区], weights: {site: 0.85, survey: 0.15}, missing: ask}\n"
        "  - {weights: {site: 0.7, survey: 0.3}, missing: others}\n"
    )
    rows = [*units("社区", "x", "z"), *units("村", "y", "w")]
    for unit in "xy":
        rows += [event(f"{unit}{n}", "site", unit, "10-05", quantity=q) for n, q in enumerate((80, 80, 81))]
        rows.append(event(f"{unit}s", "survey", unit, "10-05", quantity=90))
    rows += [event("w1", "site", "w", "10-05", quantity=77), event("z1", "site", "z", "10-05", quantity=77)]
    found = score(book(text, head), rows)
    # 80.3333… × 0.85 + 90 × 0.15 = 81.7833…; × 0.7 + 90 × 0.3 = 83.2333…
    assert (found["x"].total, found["y"].total, found["w"].total) == (D("81.78"), D("83.23"), D(77))
    assert (found["z"].total, found["z"].undecided[0].text) == (None, "「survey」没有成绩，总分怎样合成？")
    assert sum(points for _, points in lines(found["x"])).quantize(D("1e-20")) == found["x"].exact.quantize(
        D("1e-20")
    )


def test_sample_weighted_by_kind_with_a_recorded_draw(book: Book, score: Score) -> None:
    rule = (
        "{id: s, op: sample, when: {kind: site}, by: category, weights: {主干道: 2, 集市: 1, 广场: 1}, "
        "missing_kind: others, draw: {kind: draw}, any_failure: attrs.failed, full: 40}"
    )
    text = "attributes:\n  - {name: failed, title: 不合格, type: flag, default: false}\nitems:\n"
    path = book(text + item("a", rule, full=40, start="zero", missing="mean"))
    places = [f"点{n}" for n in range(1, 10)]
    drawn = draw(places, seed="2026-10-01 甲子", number=3)
    rows = [*units("社区", "x", "y"), event("d", "draw", "x", "10-01", attrs={"places": places, "seed": "2026-10-01 甲子", "number": 3})]  # fmt: skip
    kinds = ("主干道", "主干道", "集市")
    rows += [event(f"s{n}", "site", "x", "10-05", place=p, category=k, quantity=q)
             for n, (p, k, q) in enumerate(zip(drawn, kinds, (90, 80, 70), strict=True))]  # fmt: skip
    found = score(path, rows)["x"]
    formula = "(主干道 85 × 2 + 集市 70 × 1) ÷ 3 = 80（没有广场，取其余的均分），÷ 100 × 40 = 32"
    assert lines(found) == [(formula, D(32))]
    other = next(place for place in places if place not in drawn)
    rows[-1] = rows[-1] | {"place": other}
    assert (
        score(path, rows)["x"]
        .undecided[0]
        .text.startswith(f"{other} 不在按种子「2026-10-01 甲子」抽出的名单")
    )


def test_any_failure_in_the_sample_is_zero(book: Book, score: Score) -> None:
    rule = "{id: s, op: sample, when: {kind: site}, any_failure: 'quantity < 60.0', full: 100}"
    path = book("items:\n" + item("a", rule, full=100, start="zero", missing="not_ranked"))
    rows = [*units("社区", "x"), *[event(f"{q}", "site", "x", "10-05", quantity=q) for q in (100, 95, 59)]]
    assert lines(score(path, rows)["x"]) == [("抽查 3 个，1 个不合格，整项 0 分", D(0))]


def test_missing_kind_takes_the_mean_of_the_group(book: Book, score: Score) -> None:
    rule = "{id: s, op: sample, when: {kind: school}, full: 100}"
    path = book("items:\n" + item("a", rule, full=100, start="zero", missing="mean"))
    rows = [*units("社区", "x", "y", "z"), event("1", "school", "x", "10-05", quantity=80), event("2", "school", "y", "10-05", quantity=91)]  # fmt: skip
    found = score(path, rows)
    assert (found["z"].total, found["z"].items[0].note) == (
        D("85.5"),
        "没有可算的数据，取本组 2 个单位的均分 85.5",
    )
    nobody = score(path, units("社区", "x"))["x"]
    assert (nobody.total, nobody.undecided[0].text) == (
        None, "本组没有一个单位有成绩，取不出均分，这一项怎么算？")  # fmt: skip


def test_three_years_weighted_fifteen_twenty_five_sixty(book: Book, score: Score) -> None:
    def yearly(name: str) -> str:
        return (
            f'kind: scoring\nid: {name}\nversion: "1"\ntitle: 年度\nin_force: 2024-01-01\n'
            "rated: {kind: unit, groups: [社区]}\nperiod: year\nrounding: {places: 2, mode: half_up}\n"
        )

    mark = "{id: m, op: value, when: {kind: mark}, take: last, to: 100}"
    annual = book(
        "items:\n" + item("a", mark, full=100, start="zero", missing="not_ranked"), yearly("annual")
    )
    history = []
    for year, value in (("2024", 80), ("2025", 84), ("2026", 87.12)):
        row = event("1", "mark", "x", "06-01", quantity=value) | {"on": f"{year}-06-01"}
        history += score(annual, [*units("社区", "x"), row], period=year, as_of=f"{year}-12-31").values()
    rule = "{id: c, op: from_history, book: annual, last: 3, take: weighted, weights: [15, 25, 60]}"
    cycle = book("items:\n" + item("a", rule, full=100, start="zero", missing="ask"),
                 yearly("cycle").replace("year\n", "cycle\n", 1).replace("places: 2", "places: 3"))  # fmt: skip
    found = score(cycle, units("社区", "x"), period="2024-2026", as_of="2027-01-31", history=history)["x"]
    assert found.total == D("85.272")  # handbook §1.4 算例


RANKED = (
    "items:\n  - id: a\n    title: a\n    full: 100\n    rules:\n"
    "      - {id: r, op: per_event, when: {kind: found}, points: -1}\n"
    "  - id: b\n    title: b\n    rules:\n      - {id: s, op: per_event, when: {kind: site}, points: 0}\n"
)


def test_not_assessed_and_small_samples_are_shown_unranked_never_zero(book: Book, score: Score) -> None:
    path = book(RANKED + "ranking: {by: group, ties: competition, least_samples: {item: b, number: 2}}\n")
    rows = [*units("社区", "x", "y"), *units("社区", "z", assessed=False), event("1", "site", "y", "10-05")]
    rows += [event("2", "site", "x", "10-05"), event("3", "site", "x", "10-05")]
    found = score(path, rows)
    assert {code: (s.total, s.place, s.not_ranked) for code, s in found.items()} == {
        "x": (D(100), 1, ""), "y": (D(100), None, "样本 1 个，少于 2 个"), "z": (None, None, "本期未考核")}  # fmt: skip


def test_ties_by_the_declared_rule_and_tie_breaker(book: Book, score: Score) -> None:
    rows = [
        *units("社区", "p", "q", "r", "s"),
        event("1", "found", "r", "10-05"),
        event("2", "site", "q", "10-05"),
    ]
    rows += [event("3", "found", "s", "10-05"), event("4", "found", "s", "10-06")]

    def places(ranking: str, text: str = RANKED) -> list[int | None]:
        found = score(book(f"{text}ranking: {ranking}\n"), rows)
        return [found[code].place for code in "pqrs"]

    assert places("{by: group, ties: competition}") == [1, 1, 3, 4]
    assert places("{by: group, ties: dense}") == [1, 1, 2, 3]
    assert places("{by: group, ties: ask}") == [None, None, 3, 4]
    # The same total of 100, but p has more in item a.
    broken = RANKED.replace("points: 0}", "points: 1}") + "base: 0\n"
    rows.append(event("5", "found", "q", "10-05"))
    assert places("{by: group, ties: competition, tie_breakers: [{item: a, better: more}]}", broken) == [
        1,
        2,
        3,
        4,
    ]


def test_vetoes_zero_cancel_and_lower_grade(book: Book, score: Score) -> None:
    text = RANKED + (
        "grades: [{title: 差, below: 60}, {title: 良, below: 90}, {title: 优}]\n"
        "vetoes:\n  - {id: v1, title: 造假, when: {kind: fake}, effect: cancel}\n"
        "  - {id: v2, title: 拒检, when: {kind: refuse}, effect: zero}\n"
        "  - {id: v3, title: 通报, when: {kind: named}, least: 2, effect: lower_grade}\n"
        "ranking: {by: group, ties: competition}\n"
    )
    rows = [*units("社区", "a", "b", "c", "d"), event("1", "fake", "a", "10-05"), event("2", "refuse", "b", "10-05"),
            *[event(f"n{n}", "named", "c", "10-05") for n in range(2)], event("n9", "named", "d", "10-05")]  # fmt: skip
    found = score(book(text), rows)
    assert {code: (s.total, s.grade, s.place, s.not_ranked) for code, s in found.items()} == {
        "a": (D(100), "优", None, "一票否决：造假"), "b": (D(0), "差", 3, ""),
        "c": (D(100), "良", 1, ""), "d": (D(100), "优", 1, "")}  # fmt: skip


def test_exempt_status_is_kept_until_an_event_takes_it(book: Book, score: Score) -> None:
    text = RANKED + (
        "flags: [{id: free, title: 免检, exempt: true, gain: {when: {kind: exempted}}, lose: {when: {kind: found}}}]\n"
        "ranking: {by: group, ties: competition}\n"
    )
    path = book(text)
    first = score(path, [*units("社区", "x", "y"), event("1", "exempted", "x", "08-05")], period="2026-08")
    assert (first["x"].place, first["x"].flags) == (1, ("free",))
    second = score(path, units("社区", "x", "y"), period="2026-09", history=list(first.values()))
    assert (second["x"].not_ranked, second["y"].place) == ("免检，不参加排名", 1)
    history = [*first.values(), *second.values()]
    third = score(path, [*units("社区", "x", "y"), event("2", "found", "x", "10-05")], history=history)
    assert (third["x"].place, third["x"].flags, third["x"].flag_notes) == (2, (), ("收回免检",))
    assert (third["y"].change, third["y"].change_places) == (D(0), 0)


def test_steps_subtract_what_earlier_periods_took(book: Book, score: Score) -> None:
    text = (
        "items:\n  - id: a\n    title: a\n    full: 100\n    rules:\n      - id: s\n        op: steps\n        of: case\n"
        "        mode: %s\n        earlier: subtract\n        lookback_days: 60\n        steps:\n"
        "          - {title: 发现, when: {kind: found}, points: -1}\n"
        "          - {title: 逾期, when: {kind: overdue}, points: -3}\n"
    )
    rows = [*units("社区", "x"), event("1", "found", "x", "09-20", case="甲"), event("2", "overdue", "x", "10-02", case="甲")]  # fmt: skip
    assert lines(score(book(text % "replace"), rows)["x"]) == [("逾期 −3 − 以前各期已计 −1 = −2", D(-2))]
    assert score(book(text % "add"), rows)["x"].total == D(97)
    assert score(book(text % "add"), rows[:2], period="2026-09")["x"].total == D(99)


@pytest.mark.parametrize("mode", ["replace", "add"])
def test_a_step_is_priced_by_its_heaviest_find_whoever_came_last(book: Book, score: Score, mode: str) -> None:
    text = (
        "items:\n  - id: a\n    title: a\n    full: 100\n    rules:\n      - id: s\n        op: steps\n        of: case\n"
        f"        mode: {mode}\n        earlier: ignore\n        steps:\n"
        "          - {title: 发现, when: {kind: found}, points: {by: by_level, map: {city: -3, town: -1}}}\n"
        "          - {title: 逾期, when: {kind: overdue}, points: {by: by_level, map: {city: -6, town: -2}}}\n"
    )
    rows = [*units("社区", "x"), event("1", "found", "x", "10-05", case="甲", by_level="city"),
            event("2", "found", "x", "10-06", case="甲", by_level="town")]  # fmt: skip
    assert lines(score(book(text), rows)["x"]) == [("发现 −3（city）", D(-3))]
    rows.append(event("3", "overdue", "x", "10-07", case="甲", by_level="town"))
    assert score(book(text), rows)["x"].total == (D(97) if mode == "replace" else D(95))


def test_shared_cap_and_share_of_another_item(book: Book, score: Score) -> None:
    text = "items:\n" + item("late", "{id: o, op: of_item, item: a, times: 0.5}")
    text += item(
        "a",
        "{id: p, op: per_event, when: {kind: one}, points: 3}\n{id: q, op: per_event, when: {kind: two}, points: 4}",
    )
    text += "shared_caps: [{title: 加分合并, rules: [p, q], cap: 5}]\n"
    rows = [*units("社区", "x"), event("1", "one", "x", "10-05"), event("2", "two", "x", "10-05")]
    found = score(book(text), rows)["x"]
    assert [(each.id, each.score) for each in found.items] == [("late", D("2.5")), ("a", D(5))]
    assert found.total == D("7.5")
    assert ("合并封顶 5：+7 → +5", D(-2)) in lines(found)


def test_reversed_and_later_entries_do_not_count_as_of_an_earlier_day(book: Book, score: Score) -> None:
    path = book(RANKED)
    rows = [*units("社区", "x"), event("1", "found", "x", "10-05"),
            event("2", "found", "x", "10-05", at="2026-11-20T09:00:00+08:00"),
            event("r", "reverse", "x", "10-05", at="2026-11-10T09:00:00+08:00", attrs={"reverses": "1"})]  # fmt: skip
    totals = [score(path, rows, as_of=day)["x"].total for day in ("2026-11-05", "2026-11-10", "2026-11-20")]
    assert totals == [D(99), D(100), D(99)]


def test_a_rate_counts_only_cases_of_its_denominator_and_early_work(book: Book, score: Score) -> None:
    rule = (
        "{id: r, op: rate, numerator: {kind: done}, denominator: {kind: due}, zero_denominator: ask, full: 100, "
        "lookback_days: 30}"
    )
    path = book("items:\n" + item("a", rule, full=100, start="zero"))
    rows = [*units("社区", "x"), event("1", "due", "x", "10-03", case="甲"), event("2", "due", "x", "10-04", case="乙"),
            event("3", "done", "x", "09-29", case="甲"), event("4", "done", "x", "10-09", case="丙")]  # fmt: skip
    assert lines(score(path, rows)["x"]) == [("1 ÷ 2 = 50%，100 × 50% = 50", D(50))]


def test_behind_a_barred_unit_the_next_moves_up_in_all_that_goes_by_first_places(
    book: Book, score: Score
) -> None:
    text = RANKED + (
        "vetoes: [{id: v, title: 通报, when: {kind: named}, effect: bar_prize}]\n"
        "ranking: {by: all, ties: competition}\n"
        "flags: [{id: red, title: 红旗, gain: {first: 1}, lose: {not_gained_again: true}}]\n"
        "consequences: [{id: list, title: 红榜, op: proposal, if: {first: 1}, action: 列入红榜}]\n"
    )
    rows = [*units("社区", "a", "b"), event("1", "found", "b", "10-05"), event("2", "named", "a", "10-05")]
    found = score(book(text), rows)
    assert {code: (s.place, s.prize_place, s.flags, len(s.proposals)) for code, s in found.items()} == {
        "a": (1, None, (), 0), "b": (2, 1, ("red",), 1)}  # fmt: skip
