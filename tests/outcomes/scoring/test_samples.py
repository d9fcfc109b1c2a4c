"""The sample books R1–R10 of handbook §4.1, each with a case that can be followed by hand."""

from decimal import Decimal

from tests.outcomes.scoring.conftest import SAMPLES, Score, event, lines, units
from wenming.outcomes.scoring import reading

D = Decimal


def test_every_sample_book_is_sound_and_marked_as_sample() -> None:
    for path in sorted(SAMPLES.glob("*.yaml")):
        assert reading.faults_of(path) == []
        assert reading.read(path).sample, path.name


def test_seed_self_found_free_town_one_county_two_halved_doubled(score: Score) -> None:
    rows = [
        *units("社区", "east", "west", "north"),
        event("s", "found", "west", "10-12", by_level="self", place="西街口", category="乱停车"),
        event("a", "found", "east", "10-03", by_level="town", place="建设巷", category="暴露垃圾"),
        event("b", "found", "east", "10-12", by_level="county", place="建设巷", category="暴露垃圾", attrs={"spot": True}),
        event("c", "found", "east", "10-20", by_level="county", place="南湖路", category="暴露垃圾"),
        event("d", "found", "north", "10-21", by_level="town", place="北门", category="乱停车", attrs={"spot": True}),
    ]  # fmt: skip
    september = score("seed", [*units("社区", "east", "west"), event("z", "found", "east", "09-02", by_level="town",
                      place="老街", category="乱停车")], period="2026-09", as_of="2026-10-05")  # fmt: skip
    august = [
        score("seed", units("社区", "east", "west"), period=f"2026-0{month}", as_of="2026-09-05")
        for month in (7, 8)
    ]
    history = [sheet for sheets in (*august, september) for sheet in sheets.values()]
    found = score("seed", rows, history=history)
    assert lines(found["east"]) == [
        ("−1（town）", D(-1)),
        ("−2（county） × 0.5（当场整改减半） × 2（30 天内重复加倍，10月3日已有） = −2", D(-2)),
        ("−2（county）", D(-2)),
    ]
    assert {code: sheet.total for code, sheet in found.items()} == {
        "east": D(95),
        "west": D(100),
        "north": D("99.5"),
    }
    assert [(p.action, p.why) for p in found["east"].proposals] == [("约谈主要负责人", "末位，连续第 2 次")]
    assert found["west"].proposals == ()


def test_seed_cap_holds_at_twenty(score: Score) -> None:
    rows = [
        event(f"e{n:02}", "found", "east", "10-09", by_level="county", place=f"{n}号", category="乱停车")
        for n in range(13)
    ]
    found = score("seed", [*units("社区", "east"), *rows])["east"]
    assert found.total == D(80)
    assert lines(found)[-1] == ("封顶 20：−26 → −20", D(6))


def test_r01_third_party_marks_and_yellow_card_for_the_last(score: Score) -> None:
    rows = [*units("村居", "a", "b"), event("1", "third_party", "a", "01-20", quantity=91.8),
            event("2", "third_party", "b", "01-20", quantity=81.84)]  # fmt: skip
    found = score("r01", rows, period="2026-01")  # 施行的第一个月，没有以前可数
    assert (found["a"].total, found["b"].total, found["b"].place) == (D("91.80"), D("81.84"), 2)
    assert [p.action for p in found["b"].proposals] == ["黄牌警告"]
    # A later month without the sheets of the months before cannot be counted, and is asked.
    rows = [row | {"on": "2026-10-20"} if "on" in row else row for row in rows]
    found = score("r01", rows)
    assert [q.text for q in found["b"].undecided] == [
        "没有 2026年9月 的成绩单，数不出连续几次，当时在不在列？"
    ]
    assert found["b"].proposals == ()


def test_r01_year_pays_one_hundred_per_point_of_the_mean_of_the_months(score: Score) -> None:
    months = []
    for month, mark in (("08", 90), ("09", 87), ("10", 84)):
        rows = [*units("村居", "a"), event("1", "third_party", "a", f"{month}-20", quantity=mark)]
        months += score("r01", rows, period=f"2026-{month}").values()
    found = score("r01-year", units("村居", "a"), period="2026", as_of="2027-01-05", history=months)["a"]
    assert found.total == D(87)  # (90 + 87 + 84) ÷ 3
    assert [(p.amount, p.formula) for p in found.proposals] == [(D(8700), "87 × 100 = 8700")]


def test_r02_bonus_doubles_when_all_sites_were_clean_and_halved_on_the_spot(score: Score) -> None:
    rows = [
        *units("社区", "a"),
        event("p", "praise", "a", "10-02", by_level="city"),
        *[event(f"s{n}", "site", "a", "10-10", by_level="city", inspection="市检1", place=f"点{n}") for n in (1, 2, 3)],
        event("t1", "site", "a", "10-15", by_level="district", inspection="区检1", place="点1"),
        event("t2", "site", "a", "10-15", by_level="district", inspection="区检1", place="点2"),
        event("f1", "found", "a", "10-15", by_level="district", inspection="区检1", place="点2", category="乱停"),
        event("f2", "found", "a", "10-16", by_level="city", place="点9", category="垃圾", attrs={"spot": True}),
        event("o", "overdue", "a", "10-20"),
        event("m", "material_failed", "a", "10-21", by_level="city"),
    ]  # fmt: skip
    found = score("r02", rows)["a"]
    # 100 + 5 + 3 × (2 × 2) + 1 − 1 − 2 × 0.5 − 2 − 2
    assert found.total == D(112)
    assert ("点1：+2（city） × 2（3 处全无问题）= +4", D(4)) in lines(found)


def test_r03_rate_red_list_black_list_and_three_steps(score: Score) -> None:
    rows = units("镇街", "a", "b", "c", "d")
    for code, done in (("a", 10), ("b", 9), ("c", 5), ("d", 5)):
        rows += [event(f"{code}{n}", "due", code, "10-06", case=f"{code}{n}") for n in range(10)]
        rows += [event(f"{code}x{n}", "done", code, "10-07", case=f"{code}{n}") for n in range(done)]
    weeks = []
    for week, as_of in (("2026-W39", "2026-09-28"), ("2026-W40", "2026-10-05")):
        day = {"2026-W39": "09-22", "2026-W40": "09-29"}[week]
        moved = [row | {"on": f"2026-{day}"} if row["kind"] != "unit" else row for row in rows]
        weeks += score("r03", moved, period=week, as_of=as_of, history=weeks).values()
    found = score("r03", rows, period="2026-W41", as_of="2026-10-12", history=weeks)
    assert {code: (sheet.total, sheet.place) for code, sheet in found.items()} == {
        "a": (D(100), 1), "b": (D(90), 2), "c": (D(50), 3), "d": (D(50), 3)}  # fmt: skip
    # 并列同入: both last places enter the black list and the ladder.
    assert [[p.action for p in found[code].proposals] for code in "abcd"] == [
        ["列入红榜"], [], ["列入黑榜", "启动问责"], ["列入黑榜", "启动问责"]]  # fmt: skip


def test_r04_mean_of_sites_below_eighty_five_is_black(score: Score) -> None:
    rows = [*units("镇街", "a", "b"), *[event(f"a{n}", "site", "a", "10-08", place=f"{n}", quantity=q) for n, q in enumerate((80, 85, 89))],
            event("b1", "site", "b", "10-08", place="1", quantity=85)]  # fmt: skip
    found = score("r04", rows)
    assert found["a"].lines[0].formula == "(80 + 85 + 89) ÷ 3 = 84.666667…"
    assert found["a"].total == D("84.67")
    assert [p.action for p in found["a"].proposals] == ["列入黑榜"]
    assert found["b"].proposals == ()


def test_r05_counts_by_kind_never_below_zero(score: Score) -> None:
    rows = [*units("村", "a"),
            event("1", "found", "a", "10-08", category="垃圾", quantity=3),
            event("2", "found", "a", "10-09", category="乱贴", quantity=25),
            event("3", "found", "a", "10-10", category="乱停", quantity=3)]  # fmt: skip
    found = score("r05", rows)["a"]
    assert [(item.id, item.score) for item in found.items] == [
        ("hygiene", D(47)), ("tidy", D(0)), ("clear", D("8.5")), ("mechanism", D(20))]  # fmt: skip
    assert found.total == D("75.5")


def test_r06_veto_moves_the_next_up_and_prizes_by_place(score: Score) -> None:
    rows = units("村", "a", "b", "c", "d", "e")
    for code, mark in (("a", 99), ("b", 95), ("c", 90), ("d", 86), ("e", 80)):
        rows.append(event(f"{code}1", "mark", code, "10-30", quantity=mark))
    rows.append(event("v", "incident", "a", "10-11"))
    found = score("r06", rows)
    assert {code: [(p.id, p.amount) for p in sheet.proposals] for code, sheet in found.items()} == {
        "a": [], "b": [("prize", D(10000))], "c": [("prize", D(8000))], "d": [("prize", D(6000))],
        "e": [("cut", None)]}  # fmt: skip
    assert found["a"].vetoes == ("重大事故或造假（v）：取消本期评先，后面递补",)


def test_r07_prizes_shared_by_ties_and_no_fines(score: Score) -> None:
    rows = units("村", "a", "b", "c", "d")
    for code, mark in (("a", 95), ("b", 95), ("c", 90), ("d", 70)):
        rows.append(event(f"{code}1", "mark", code, "10-30", quantity=mark))
    found = score("r07", rows)
    assert [found[code].proposals[0].amount for code in "abc"] == [
        D(1750),
        D(1750),
        D(1000),
    ]  # (2000 + 1500) ÷ 2
    assert [p.action for p in found["d"].proposals] == ["后三名作整改交流发言"]


def test_r08_flag_given_kept_and_withdrawn_by_quarter(score: Score) -> None:
    def quarter(key: str, day: str, marks: dict[str, int], history: list) -> dict:
        rows = units("村", *marks) + [event(c, "mark", c, day, quantity=m) for c, m in marks.items()]
        return score("r08", rows, period=key, as_of="2026-12-31", history=history)

    first = quarter("2026-Q2", "06-20", {"a": 95, "b": 90, "c": 80, "d": 70, "e": 60}, [])
    assert first["a"].flag_notes == ("授予流动红旗",)
    second = quarter("2026-Q3", "09-20", {"a": 85, "b": 90, "c": 80, "d": 70, "e": 60}, list(first.values()))
    assert (second["a"].flag_notes, second["b"].flags) == (("收回流动红旗",), ("red_flag",))
    assert [p.action for p in second["e"].proposals] == ["书记、镇长约谈", "末位表态发言"]


def test_r09_five_sides_by_raters_without_highest_and_lowest(score: Score) -> None:
    rows = [*units("村", "a"), *[event(f"r{n}", "rating", "a", "10-28", category="环境", quantity=q) for n, q in enumerate((20, 16, 17, 18, 5))]]  # fmt: skip
    rows += [event(f"{side}{n}", "rating", "a", "10-28", category=side, quantity=18) for side in ("秩序", "乡风", "阵地", "档案") for n in range(5)]  # fmt: skip
    found = score("r09", rows)["a"]
    assert found.items[0].lines[0].formula == "5 人打分，去掉 1 个最高、1 个最低，(16 + 17 + 18) ÷ 3 = 17"
    assert found.total == D(89)


def test_r10_higher_step_replaces_the_lower_and_bulletin_numbers_count(score: Score) -> None:
    rows = [
        *units("中队", "a"),
        event("1", "found", "a", "10-02", by_level="city", case="甲"),
        event("2", "found", "a", "10-03", by_level="district", case="乙"),
        event("3", "overdue", "a", "10-08", case="乙"),
        event("4", "found", "a", "10-03", by_level="bureau", case="丙"),
        event("5", "named", "a", "10-09", case="丙", bulletin=8),
        event("6", "named", "a", "10-30", case="丙", bulletin=9),
        event("7", "named", "a", "10-09", case="甲", bulletin=7),
        event("8", "named", "a", "10-30", case="甲", bulletin=9),
        *[event(f"c{n}", "complaint", "a", f"10-{n:02}", case="丁") for n in (11, 12, 13)],
        event("r", "petition_red", "a", "10-15"),
        event("b", "petition_blue", "a", "10-16"),
    ]  # fmt: skip
    found = score("r10", rows)["a"]
    assert [(line.events, line.points) for line in found.lines] == [
        (("1",), D("-0.3")),
        (("3",), D("-0.5")),
        (("5", "6"), D("-0.6")),
        (("c11", "c12", "c13"), D(-1)),
        (("r",), D(-1)),
        (("b",), D("-0.5")),
        ((), D(100)),
    ]
    assert found.total == D("96.1")
