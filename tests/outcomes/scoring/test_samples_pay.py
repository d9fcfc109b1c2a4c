"""The sample books R11–R20 of handbook §4.1 and the volunteers' book, each with a case to follow by hand."""

from decimal import Decimal

from tests.outcomes.scoring.conftest import Score, event, lines, units

D = Decimal


def test_r11_fee_by_band_and_five_times_below_seventy_five(score: Score) -> None:
    history = []
    for year, quarter, day in ((2026, "Q1", "02-20"), (2026, "Q2", "05-20")):
        rows = [
            *units("环卫公司", "a", attrs={"quarter_fee": 100000}),
            event("1", "mark", "a", day, quantity=74),
        ]
        history += score(
            "r11", rows, period=f"{year}-{quarter}", as_of="2026-07-01", history=history
        ).values()
    rows = units("环卫公司", "a", "b", "c", attrs={"quarter_fee": 100000})
    rows += [
        event(code, "mark", code, "08-20", quantity=mark) for code, mark in (("a", 70), ("b", 90), ("c", 96))
    ]
    others = [s for q in ("Q1", "Q2") for s in score("r11", units("环卫公司", "b", "c"), period=f"2026-{q}", as_of="2026-07-01").values()]  # fmt: skip
    found = score("r11", rows, period="2026-Q3", history=history + others)
    assert [found[code].proposals[0].amount for code in "abc"] == [D(90000), D(100000), D(102000)]
    assert [(p.action, p.why) for p in found["a"].proposals[1:]] == [
        ("书面警示", "70 分，低于 75，累计第 3 次")
    ]


def test_r12_five_percent_a_point_and_percents_per_event(score: Score) -> None:
    rows = [
        *units("保洁公司", "a", attrs={"month_fee": 30000}),
        *[event(f"f{n}", "found", "a", "10-08", attrs={"points": 4}) for n in range(3)],
        event("n", "not_rectified", "a", "10-09"),
        event("c", "named", "a", "10-10", by_level="county"),
    ]
    found = score("r12", rows)["a"]
    assert found.total == D(88)
    # 100% − 2 分 × 5% − 2% − 10% = 78%
    assert [(p.amount, p.formula) for p in found.proposals] == [(D(23400), "30000 × 78% = 23400")]


def test_r12_chosen_points_outside_the_range_are_asked_never_guessed(score: Score) -> None:
    rows = [*units("保洁公司", "a", attrs={"month_fee": 30000}), event("f", "found", "a", "10-08", attrs={"points": 9}),
            event("g", "found", "a", "10-09")]  # fmt: skip
    found = score("r12", rows)["a"]
    assert (found.total, found.proposals) == (None, ())
    assert [(q.text, q.events) for q in found.undecided] == [
        ("检查人给的 −9 不在 −5 到 −0.5 之间，按多少计？", ("f",)),
        ("检查人没有写分值（attrs.points），扣（加）几分？", ("g",)),
    ]


def test_r13_hundred_and_ten_points_with_thirty_ballots(score: Score) -> None:
    rows = [
        *units("环卫公司", "a"),
        event("s", "found", "a", "08-08", category="清扫", attrs={"points": 5}),
        event("g", "ballot", "a", "09-08", quantity=20, attrs={"vote": "好"}),
        event("m", "ballot", "a", "09-08", quantity=5, attrs={"vote": "一般"}),
        event("b", "ballot", "a", "09-08", quantity=5, attrs={"vote": "差"}),
    ]
    found = score("r13", rows, period="2026-Q3")["a"]
    assert found.items[-1].lines[0].formula == "(好 20 × 1 + 一般 5 × 0.6 + 差 5 × 0) ÷ 30 × 30 = 23"
    assert found.total == D(98)  # 45 + 20 + 10 + 23


def test_r14_started_units_and_density_without_help_from_other_roads(score: Score) -> None:
    rows = [
        *units("保洁公司", "a"),
        event("r", "rubbish", "a", "08-08", quantity=21),
        event("b1", "bins", "a", "08-09", place="东路", quantity=9, attrs={"length": 1000}),
        event("b2", "bins", "a", "08-09", place="西路", quantity=3, attrs={"length": 1200}),
        event("s", "staff_missing", "a", "08-10", quantity=7),
    ]
    found = score("r14", rows, period="2026-Q3")["a"]
    assert [formula for formula, _ in lines(found)] == [
        "−1 × 7 = −7",
        "封顶 5：−7 → −5",
        "−0.5 × 3（每 10 计一次，不足也计，共 21） = −1.5",
        "东路：1000 按每 500 2 个应有 4，实有 9，够数",
        "西路：1200 按每 500 2 个应有 5，实有 3，少 2 × −1 = −2",
    ]
    assert found.total == D("91.5")
    assert found.proposals[0].amount == D("84637.5")  # 92500 × 91.5%


def test_r15_only_the_performance_part_moves_and_the_legal_floor_holds(score: Score) -> None:
    rows = [*units("保洁岗位", "a", "b"), *[event(f"{n}", "found", "a", "10-08", place=f"路{n}") for n in range(9)],
            event("same", "found", "a", "10-09", place="路1")]  # fmt: skip
    found = score("r15", rows)
    assert (found["a"].total, found["a"].place) == (D(55), None)
    assert [(p.amount, p.formula) for p in found["a"].proposals] == [
        (D(1900), "1600 + 400 × 0.5 = 1800，不低于 1900（扣减不超过 20%，不低于最低工资 1900）")
    ]
    assert found["b"].proposals[0].amount == D(2000)


def test_r16_a_photo_is_needed_and_a_day_counts_once(score: Score) -> None:
    rows = [
        *units("保洁岗位", "a", attrs={"wage": 2500}),
        event("1", "rubbish", "a", "10-08", attrs={"photo": True}),
        event("2", "rubbish", "a", "10-08", attrs={"photo": True}),
        event("3", "rubbish", "a", "10-09", attrs={"photo": False}),
    ]
    found = score("r16", rows)["a"]
    assert found.total == D(90)
    assert ("2026-10-08 最多 10：−20 → −10", D(10)) in lines(found)
    open_ = score("r16", [*rows, event("4", "rubbish", "a", "10-11")])["a"]
    assert open_.total is None
    assert open_.undecided[0].text == "事件没有写「有照片」（attrs.photo），是怎样的？"


def test_r17_thousand_points_and_grades(score: Score) -> None:
    rows = [*units("临街单位", "a", "b"), event("1", "found", "a", "10-08", category="卫生", attrs={"points": 100}),
            event("2", "found", "a", "10-09", category="绿化", attrs={"points": 20})]  # fmt: skip
    found = score("r17", rows)
    assert {code: (s.total, s.grade, len(s.proposals)) for code, s in found.items()} == {
        "a": (D(880), "合格", 0), "b": (D(1000), "优秀", 1)}  # fmt: skip


def test_r18_satisfaction_by_band(score: Score) -> None:
    rows = [*units("村", "a"), event("1", "found", "a", "08-08", category="私搭", quantity=2),
            event("y", "survey", "a", "08-10", quantity=85, attrs={"answer": "满意"}),
            event("n", "survey", "a", "08-10", quantity=15, attrs={"answer": "不满意"})]  # fmt: skip
    found = score("r18", rows, period="2026-Q3")["a"]
    assert found.total == D(89)  # 100 − 2 × 5 − 1
    assert found.items[-1].lines[0].formula == "85 ÷ 100 = 85%，低于 90 → −1"
    without = score("r18", rows[:2], period="2026-Q3")["a"]
    assert (without.total, without.undecided[0].text) == (None, "没有可算的数据，这一项怎么算？")


def test_r19_false_rectification_never_costs_more_than_was_found(score: Score) -> None:
    rows = [
        *units("街道", "a"),
        *[event(f"f{n}", "found", "a", "10-03", case=f"案{n}", attrs={"points": 0.5}) for n in range(4)],
        *[event(f"r{n}", "rectified", "a", "10-09", case=f"案{n}") for n in range(3)],
        *[event(f"x{n}", "faked", "a", "10-11", case=f"案{n}") for n in range(3)],
        *[event(f"y{n}", "not_rectified", "a", "10-12", case=f"案{n}") for n in range(3)],
        *[event(f"c{n}", "complaint", "a", "10-13", place="桥头") for n in range(3)],
        *[event(f"d{n}", "demolished", "a", "10-14", category="重点") for n in range(5)],
    ]
    found = score("r19", rows)["a"]
    # 100 − 4 × 0.5 − 1（桥头）− 0.1（整改率 75%）− min(6 × 0.3, 4 × 0.3) + 20（25 封顶）
    assert found.total == D("115.7")
    assert ("封顶 1.2（4 件 × 0.3）：−1.8 → −1.2", D("0.6")) in lines(found)
    assert ("板块最多 20：25 → 20", D(-5)) in lines(found)


def test_r20_balance_is_carried_over_and_yellow_flags_cost_nothing(score: Score) -> None:
    january = score(
        "r20", [*units("街巷", "a"), event("1", "red_flag", "a", "01-08", quantity=3)], period="2026-01"
    )
    assert january["a"].total == D(15)
    rows = [
        *units("街巷", "a"),
        event("2", "best_lane", "a", "02-08"),
        event("3", "yellow_flag", "a", "02-09"),
    ]
    found = score("r20", rows, period="2026-02", history=list(january.values()))["a"]
    assert lines(found) == [("+20", D(20)), ("2026年1月结转 15", D(15))]
    assert (found.total, [p.action for p in found.proposals]) == (D(35), ["上门提示整改"])


def test_volunteers_hours_caps_rating_exchange_and_stars(score: Score) -> None:
    rows = [
        {"kind": "unit", "unit": "v", "group": "志愿者", "opening": 40},
        event("1", "service", "v", "10-08", category="普通", quantity=3),
        event("2", "service", "v", "10-09", category="急难", quantity=2, attrs={"rating": "优秀"}),
        event("3", "service", "v", "10-10", category="普通", quantity=2, attrs={"rating": "不合格"}),
        event("4", "referral", "v", "10-11"),
        event("x", "exchange", "v", "10-05", quantity=30),
        event("y", "exchange", "v", "10-25", quantity=5),
    ]
    found = score("volunteers", rows)["v"]
    assert [formula for formula, _ in lines(found)] == [
        "+1（普通） × 2（单次最多 2） × 1（合格） = +2",
        "+1.5（急难） × 2 × 1.2（优秀） = +3.6",
        "+1（普通） × 2 × 0（不合格） = 0",
        "+2",
    ]
    assert (found.total, found.balance, found.hours, found.stars) == (D("7.6"), D("17.6"), D(7), 0)
    assert [q.text for q in found.undecided] == [
        "2026-10-25 不在每月 1—10 日的兑换期，这次兑换不入账；是否退回？"
    ]
    assert found.place is None


def test_contract_is_settled_from_what_the_ledger_tells(score: Score) -> None:
    rows = [
        *units("承包单位", "a", "b", attrs={"month_fee": 80000}),
        *[event(f"l{n}", "late", "a", "10-08", case=f"c{n}") for n in range(3)],
        event("w", "rework", "a", "10-09", case="c1"),
        event("r", "relapsed", "b", "10-10", case="c9"),
    ]
    found = score("contract", rows, period="2026-10@26")
    assert {code: sheet.total for code, sheet in found.items()} == {"a": D(93), "b": D(99)}
    # 93 lies two points below the target of 95: 2 % of the month's fee.
    pays = [(found[code].proposals[0].amount, found[code].proposals[0].formula) for code in "ab"]
    assert pays == [(D(78400), "80000 × 98% = 78400"), (D(80000), "80000 × 100% = 80000")]
