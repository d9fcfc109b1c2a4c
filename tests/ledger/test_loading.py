from datetime import date
from pathlib import Path
from typing import Any

import pytest

from wenming.common import packs
from wenming.common.errors import PackError
from wenming.ground.standards.actions import load_pack
from wenming.ledger import accounts, figures, posting
from wenming.ledger.loading import LOADERS
from wenming.ledger.metrics import LATEST, RATIO, SUM, Term
from wenming.ledger.models import Account, MetricRow

ROOT = Path(__file__).parents[2]
# 附录 A of the handbook: every identifier of the dictionary answers as a metric.
APPENDIX_A = """
mtg_mobilize mtg_special mtg_training mtg_weekly mtg_internal study_trip_persons
wechat_posts community_daily town_daily feature_articles media_pub_county media_pub_city media_pub_province boards
led_screens psa_sites flyers gifts stair_posters slogans banners no_smoking_signs
activities talks door_visits moral_lectures audience_persons
labor_cadre labor_hired labor_chengguan labor_partner campaigns funds_yuan
garbage_loads ads_removed piles_cleared parking_fixed debris_spots haystacks walls_repaired hoardings_removed
sewage_fixed drain_m stalls_handled goods_seized awnings_removed signboards_fixed extinguishers lanes_paved
unmanaged_estates
bulletins covert_bulletins oral_notices orders accountability_persons revisits grid_cases frontage_letters
frontage_penalties
vol_teams volunteers vol_events vol_hours good_people county_good star_households civ_families civ_units
""".split()  # noqa: SIM905 - a list as the handbook prints it

ACCOUNTS = """kind: accounts
id: county-accounts
version: "1"
title: 本县科目
in_force: 2026-01-01
accounts:
  - group: 宣传
    items:
      - {code: drums, name: 锣鼓队, measure: 场, definition: 锣鼓队宣传。}
      - {code: drummers, name: 锣鼓手, measure: 人, nature: stock, definition: 在册锣鼓手。}
"""
METRICS = """kind: metrics
id: county-metrics
version: "1"
title: 本县指标
in_force: 2026-01-01
metrics:
  - group: 宣传
    items:
      - {code: drum_days, name: 锣鼓场次, kind: sum, measure: 场, of: [drums], definition: 场次。}
"""


# What is written in a pack, what a clerk writes instead, the line, and the complaint.
Case = tuple[str, str, int, str]


def load(folder: Path, text: str, at: Any, name: str = "county.yaml") -> bool:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_pack(path=path, at=at, loaders=LOADERS)[1]


def test_shipped_packs_hold_all_that_code_posts_to(books: Any) -> None:
    held = set(Account.objects.filter(active=True).values_list("code", flat=True))
    assert set(accounts.CODED) - held == set()


def test_code_posts_to_every_account_of_cases(books: Any) -> None:
    cases = set(Account.objects.filter(code__startswith="case.").values_list("code", flat=True))
    assert cases == {code for code in accounts.CODED if code.startswith("case.")}


def test_dictionary_of_the_handbook_is_complete(books: Any) -> None:
    assert len(APPENDIX_A) == 68
    assert set(APPENDIX_A) - set(MetricRow.objects.values_list("code", flat=True)) == set()


def test_every_account_and_metric_says_what_it_counts(books: Any) -> None:
    for account in Account.objects.all():
        assert account.definition.endswith("。"), account.code
    for metric in figures.metrics(MetricRow.objects.values_list("code", flat=True)).values():
        assert metric.definition.endswith("。"), metric.code


def test_every_rate_is_read_on_matching_days(books: Any) -> None:
    """A rate over deadlines has numerator and denominator on deadlines, and stops at today (handbook §3.4)."""
    for metric in figures.metrics(MetricRow.objects.values_list("code", flat=True)).values():
        over_deadlines = any(term.account == accounts.CASE_DUE for _side, term in metric.sides)
        assert metric.capped == over_deadlines, metric.code


def test_rates_of_the_handbook_are_metrics(books: Any) -> None:
    """§3.4: each formula of the table; §7.3: 注册率, 活跃率, 人均时长."""
    asked = [
        "dispose_rate",
        "dispose_in_time_rate",
        "rework_rate",
        "overdue_rate",
        "extended_rate",
        "close_rate",
        "close_in_time_rate",
        "relapse_rate",
        "register_right_rate",
        "dispatch_right_rate",
        "vol_share",
        "vol_rate",
        "vol_hours_active",
        "funds_each",
    ]
    found = figures.metrics(asked)
    assert {metric.kind for metric in found.values()} == {RATIO}
    assert [term.balance for term in found["funds_each"].denominator] == [True]


def test_volunteers_are_never_ranked(books: Any) -> None:
    """Hours and numbers of volunteers say nothing about a unit's merit (handbook D19); nor does finding much (D5)."""
    ranked = [
        metric
        for metric in figures.metrics(MetricRow.objects.values_list("code", flat=True)).values()
        if metric.better
    ]
    used = {term.account for metric in ranked for _side, term in metric.sides}
    assert ranked
    assert {account for account in used if not account.startswith(("case.", "place."))} == set()


def test_accounts_make_metrics_of_their_own(books: Any) -> None:
    loads = figures.metric("garbage_loads")
    assert (loads.kind, loads.measure, loads.numerator) == (SUM, "车", (Term("garbage_loads"),))
    assert figures.metric("volunteers").kind == LATEST


def test_loading_again_changes_nothing(books: Any, at: Any) -> None:
    before = list(Account.objects.values()), list(MetricRow.objects.values())
    for name in ("accounts", "metrics"):
        assert not load_pack(path=ROOT / "packs" / name / "2026.yaml", at=at, loaders=LOADERS)[1]
    assert (list(Account.objects.values()), list(MetricRow.objects.values())) == before


def test_county_adds_accounts_and_metrics(books: Any, at: Any, tmp_path: Path) -> None:
    assert load(tmp_path, ACCOUNTS, at)
    assert load(tmp_path, METRICS, at)
    assert Account.objects.get(code="drums").pack.title == "本县科目"
    assert figures.metric("drum_days").numerator == (Term("drums"),)


def test_new_version_changes_and_retires(books: Any, at: Any, tmp_path: Path) -> None:
    load(tmp_path, ACCOUNTS, at)
    newer = ACCOUNTS.replace('version: "1"', 'version: "2"').replace("2026-01-01", "2026-07-01")
    newer = newer.replace("锣鼓队宣传", "锣鼓队下乡宣传").replace("code: drummers", "code: dancers")
    drums = Account.objects.get(code="drums")
    load(tmp_path, newer, at)
    drums.refresh_from_db()
    assert (drums.definition, drums.active, drums.pack.version) == ("锣鼓队下乡宣传。", True, "2")
    assert [Account.objects.get(code=code).active for code in ("drummers", "dancers")] == [False, True]


def test_old_version_loaded_late_does_not_rule_the_present(books: Any, at: Any, tmp_path: Path) -> None:
    load(tmp_path, ACCOUNTS, at)
    older = ACCOUNTS.replace('version: "1"', 'version: "0"').replace("2026-01-01", "2023-01-01")
    assert load(tmp_path, older.replace("锣鼓队宣传", "旧口径"), at)
    assert Account.objects.get(code="drums").definition == "锣鼓队宣传。"


@pytest.mark.parametrize(
    "case",
    [
        ("measure: 场", "measure: 次", 9, "科目「drums」已有分录，计量单位不能再改，请另设新科目"),
        ("measure: 场", "measure: 场, nature: stock", 9, "科目「drums」已有分录，性质不能再改，请另设新科目"),
    ],
)
def test_an_account_in_use_keeps_its_meaning(
    books: Any, line: Any, voucher: Any, at: Any, tmp_path: Path, case: Case
) -> None:
    load(tmp_path, ACCOUNTS, at)
    posting.post(
        town=books.town, lines=[line("drums", books.east, date(2026, 11, 16))], voucher=voucher(), at=at
    )
    newer = ACCOUNTS.replace('version: "1"', 'version: "2"').replace(case[0], case[1], 1)
    with pytest.raises(PackError) as refused:
        load(tmp_path, newer, at)
    assert refused.value.message == f"county.yaml 第 {case[2]} 行：{case[3]}"


@pytest.mark.parametrize(
    "case",
    [
        ("code: drummers", "code: drums", 10, "代码「drums」重复"),
        ("code: drummers", "code: banners", 10, "「banners」已由《创城一本账通用科目表》定义，请换一个代码"),
        ("nature: stock", "nature: heap", 10, "「nature」不认识「heap」，只能是：flow、stock"),
        ("nature: stock", "decimals: 4", 10, "小数位应在 0 到 3 之间"),
        ("nature: stock", "natur: stock", 10, "不认识的键「natur」"),
        (", definition: 在册锣鼓手。", "", 10, "缺少「definition」"),
    ],
)
def test_wrong_accounts_are_named_with_their_line(books: Any, at: Any, tmp_path: Path, case: Case) -> None:
    with pytest.raises(PackError) as refused:
        load(tmp_path, ACCOUNTS.replace(case[0], case[1]), at)
    assert refused.value.message == f"county.yaml 第 {case[2]} 行：{case[3]}"
    assert not Account.objects.filter(pack__code="county-accounts").exists()


def test_a_chart_without_the_accounts_of_the_software_is_refused(db: None, at: Any, tmp_path: Path) -> None:
    Account.objects.all().delete()
    with pytest.raises(PackError) as refused:
        load(tmp_path, ACCOUNTS, at)
    assert refused.value.message == "county.yaml 第 6 行：缺少系统记账要用的科目「case.closed_other」"


@pytest.mark.parametrize(
    "case",
    [
        ("of: [drums]", "of: [drum]", 9, "没有科目「drum」"),
        ("of: [drums]", "of: [drummers]", 9, "sum 指标要用发生数（flow）科目，「drummers」不是"),
        ("kind: sum", "kind: latest", 9, "latest 指标要用时点数（stock）科目，「drums」不是"),
        ("of: [drums]", "of: [drums, banners]", 9, "「of」里的计量单位不一致：场、条"),
        ("of: [drums]", "of: []", 9, "「of」应当是至少一个科目的列表"),
        ("of: [drums]", "of: drums", 9, "「of」应当是至少一个科目的列表"),
        ("of: [drums]", "of: [{account: drums, sorce: [self]}]", 9, "不认识的键「sorce」"),
        (
            "kind: sum",
            "kind: median",
            9,
            "「kind」不认识「median」，只能是：sum、count、ratio、average、latest、units",
        ),
        ("kind: sum", "kind: ratio", 9, "缺少「numerator」"),
        ("of: [drums]", "of: [drums], decimals: 9", 9, "小数位应在 0 到 3 之间"),
        (
            "code: drum_days",
            "code: fix_rate",
            9,
            "「fix_rate」已由《创城一本账通用指标表》定义，请换一个代码",
        ),
        (
            "of: [drums]",
            "of: [drums], better: high",
            9,
            "只有比率（ratio）可以写 better：件数多少与单位大小有关，不排名次",
        ),
        ("metrics:\n", "each_account_of: [锣鼓]\nmetrics:\n", 6, "没有名为「锣鼓」的科目分组"),
    ],
)
def test_wrong_metrics_are_named_with_their_line(books: Any, at: Any, tmp_path: Path, case: Case) -> None:
    load(tmp_path, ACCOUNTS, at)
    with pytest.raises(PackError) as refused:
        load(tmp_path, METRICS.replace(case[0], case[1]), at)
    assert refused.value.message == f"county.yaml 第 {case[2]} 行：{case[3]}"


def test_packs_of_this_room_are_read_in_order() -> None:
    assert LOADERS["metrics"].after == ("accounts",)
    assert packs.load(ROOT / "packs/accounts/2026.yaml", kind="accounts").id == "national-accounts"
