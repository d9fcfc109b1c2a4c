"""The ledger on the desk: every number opens to its entries, every entry to its voucher."""

import io
import re
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from tests import factories
from tests.factories import NOW, Life
from wenming.faces.desk import ledger_journal
from wenming.ground.units.models import Unit
from wenming.ledger import periods, posting, provenance
from wenming.ledger.models import Entry, Figure
from wenming.outcomes.appraisals.models import RuleBook
from wenming.records.cases import booking


def text_of(response: Any) -> str:
    """The page without tags, blanks run together."""
    plain = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(plain))


def sheet(response: Any) -> list[list[Any]]:
    """The rows of the first sheet of a downloaded workbook."""
    data = b"".join(response.streaming_content)
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def post(unit: Any, account: str, quantity: int, day: date, life: Life) -> None:
    """So much on the books of the town, as a work log posts it."""
    with transaction.atomic():
        posting.post(
            town=life.t.town,
            lines=[posting.Line(account, unit, Decimal(quantity), day)],
            voucher=posting.Voucher("journal", uuid.uuid4()),
            at=NOW,
        )


def one_line(page: Any, code: str) -> Any:
    return next(
        line for block in page.context["blocks"] for line in block["lines"] if line.metric.code == code
    )


def test_a_number_of_the_grid_opens_to_exactly_its_entries(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    life.closed()
    life.closed(category="06036")
    client = log_in(town.director)
    page = client.get("/desk/ledger/?year=2026").content.decode()
    link = f"/desk/ledger/journal/?unit={town.town.uuid}&amp;account=case.fixed&amp;period=2026-11"
    assert re.search(re.escape(f'<a href="{link}">2</a>'), page)
    journal = client.get(unescape(link))
    assert "合计 2 处" in text_of(journal)
    assert journal.context["page"].paginator.count == 2


def test_a_balance_opens_to_everything_up_to_the_end_of_the_month(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    life.handling()
    client = log_in(town.director)
    page = client.get("/desk/ledger/?year=2026").content.decode()
    link = re.search(r'href="([^"]*account=case\.open&amp;period=1950-01-01\.\.2026-11-30)">1<', page)
    assert link
    assert "合计 1 处" in text_of(client.get(unescape(link[1])))


def test_an_account_without_entries_is_hidden_until_asked_for(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    life.reported()
    client = log_in(town.director)
    assert "公众号推文" not in text_of(client.get("/desk/ledger/?year=2026"))
    assert "公众号推文" in text_of(client.get("/desk/ledger/?year=2026&all=1"))


def test_an_empty_year_says_what_will_appear(town: SimpleNamespace, log_in: Any) -> None:
    assert "这里就自动记一笔" in text_of(log_in(town.director).get("/desk/ledger/?year=2025"))


def test_a_voucher_is_a_link_only_for_who_may_open_it(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    case = life.handling()
    url = "/desk/ledger/journal/?account=case.reported"
    assert f"/desk/cases/{case.uuid}/" in log_in(town.director).get(url).content.decode()
    auditors = log_in(town.auditor).get(f"{url}&unit={town.town.uuid}").content.decode()
    assert "问题（不在您的查看范围）" in auditors
    assert str(case.uuid) not in auditors
    assert case.number not in auditors


def test_a_reversal_is_red_and_points_to_its_original(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.suspended()
    reversal = Entry.objects.get(account__code="case.due", reverses__isnull=False)
    client = log_in(town.director)
    page = client.get("/desk/ledger/journal/?account=case.due").content.decode()
    row = re.search(rf'<tr id="e{reversal.number}" class="red-letter">.*?</tr>', page, flags=re.S)
    assert row
    assert f"/desk/ledger/entries/{reversal.reverses.uuid}/" in row[0]
    original = text_of(client.get(f"/desk/ledger/entries/{reversal.reverses.uuid}/"))
    assert f"这一笔已被 第 {reversal.number} 号 冲销" in original
    assert "抵掉" in text_of(client.get(f"/desk/ledger/entries/{reversal.uuid}/"))


def test_an_entry_of_another_unit_is_not_there(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported(place=town.west_lane)
    entry = Entry.objects.get(account__code="case.reported")
    assert log_in(town.west_secretary).get(f"/desk/ledger/entries/{entry.uuid}/").status_code == 200
    assert log_in(town.secretary).get(f"/desk/ledger/entries/{entry.uuid}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("period=2026-13", "看不懂期间「2026-13」"),
        ("metric=nonsense", "没有指标「nonsense」"),
    ],
)
def test_a_bad_address_says_what_is_wrong(query: str, words: str, town: SimpleNamespace, log_in: Any) -> None:
    response = log_in(town.director).get(f"/desk/ledger/journal/?{query}")
    assert response.status_code == 422
    assert words in text_of(response)


def test_dates_the_wrong_way_round_are_said_at_their_field(town: SimpleNamespace, log_in: Any) -> None:
    response = log_in(town.director).get("/desk/ledger/journal/?since=2026-11-10&until=2026-11-01")
    assert response.status_code == 200
    assert "结束日期早于开始日期，请对调。" in text_of(response)


def test_the_file_holds_exactly_what_is_filtered(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported(description="=HYPERLINK(1)")
    life.reported(place=town.west_lane)
    client = log_in(town.director)
    response = client.get(f"/desk/ledger/journal.xlsx?account=case.reported&unit={town.west.uuid}")
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert rows[0][0] == "一本账明细（发现问题）"
    assert [row[2:5] for row in rows if row[2] == "发现问题"] == [["发现问题", "西街社区", "文昌巷"]]


def test_the_metric_page_shows_parts_trend_units_and_vouchers(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    fixed = life.closed()
    life.handling(place=town.west_lane, lead=town.west)
    client = log_in(town.director)
    response = client.get("/desk/ledger/metrics/in_time_rate/?period=2026-11")
    context, found = response.context, response.context["found"]
    assert context["value"].explained == "50.0%（1/2）"
    assert len(found.trend) == 12
    groups = {group.name: [(bar.label, bar.value.explained) for bar in group.rows] for group in found.groups}
    assert groups["社区"] == [("东门社区", "100.0%（1/1）"), ("西街社区", "0.0%（0/1）")]
    assert list(groups) == ["社区", "部门站所", "共建单位", "承包单位"]
    assert {proof.ticket.label for proof in context["proofs"]} >= {fixed.number}
    sides = context["sides"]
    assert [(side["title"], side["number"]) for side in sides] == [("分子", "1"), ("分母", "2")]
    assert client.get(sides[1]["url"]).context["page"].paginator.count == 2


def test_the_metric_page_says_how_the_value_compares(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    post(town.east, "wechat_posts", 3, date(2025, 11, 3), life)
    post(town.east, "wechat_posts", 20, date(2026, 10, 3), life)
    post(town.east, "wechat_posts", 9, date(2026, 11, 3), life)
    page = log_in(town.director).get("/desk/ledger/metrics/wechat_posts/?period=2026-11")
    found = page.context["found"]
    assert (found.value.text, found.before.text, found.year_ago.text) == ("9篇", "20篇", "3篇")
    assert (found.before_said, found.year_ago_said) == ("比上期减少11篇", "比上年同期增加6篇")
    assert found.to_date.text == "29篇"
    assert "累计数：期内合计，各期可以相加。" in text_of(page)
    last = page.content.decode().count("<circle")
    assert last == 12


def test_half_year_and_cycle_are_compared_with_their_own_kind(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    post(town.east, "wechat_posts", 4, date(2023, 5, 1), life)
    post(town.east, "wechat_posts", 5, date(2026, 3, 1), life)
    post(town.east, "wechat_posts", 6, date(2026, 8, 1), life)
    client = log_in(town.director)
    half = client.get("/desk/ledger/metrics/wechat_posts/?period=2026-H2").context["found"]
    assert [each.text for each in (half.value, half.before, half.to_date)] == ["6篇", "5篇", "11篇"]
    cycle = client.get("/desk/ledger/metrics/wechat_posts/?period=2024-2026").context["found"]
    assert [each.text for each in (cycle.value, cycle.before, cycle.year_ago)] == ["11篇", "4篇", "4篇"]
    assert cycle.to_date is None


def test_shares_are_of_the_whole_and_counts_are_not_ranked(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    post(town.east, "wechat_posts", 2, date(2026, 11, 3), life)
    post(town.west, "wechat_posts", 1, date(2026, 11, 3), life)
    page = log_in(town.director).get("/desk/ledger/metrics/wechat_posts/?period=2026-11")
    bars = next(group for group in page.context["found"].groups if group.name == "社区").rows
    assert [(bar.label, str(bar.share), bar.rank) for bar in bars] == [
        ("东门社区", "66.7", None), ("西街社区", "33.3", None),
    ]  # fmt: skip
    assert "不排名次" in text_of(page)
    assert ">名次<" not in page.content.decode()


def test_a_large_sum_is_also_written_in_ten_thousands(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    post(town.east, "funds_yuan", 28000, date(2026, 11, 3), life)
    page = log_in(town.director).get("/desk/ledger/metrics/funds_yuan/?period=2026-11")
    assert "写作 2.8万元" in text_of(page)


def test_sources_open_to_their_entries(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported()
    client = log_in(town.director)
    (bar,) = client.get("/desk/ledger/metrics/found/?period=2026-11").context["found"].sources
    assert (bar.value.text, str(bar.share)) == ("1处", "100.0")
    assert client.get(bar.url).context["page"].paginator.count == 1


@pytest.mark.parametrize("path", ["", "found/", "found/export.xlsx"])
def test_a_strangers_metrics_are_not_there(path: str, town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.secretary)
    for unit in (town.west, town.town, town.other_town):
        assert client.get(f"/desk/ledger/metrics/{path}?unit={unit.uuid}").status_code == 404
    assert client.get(f"/desk/ledger/metrics.xlsx?unit={town.west.uuid}").status_code == 404


def test_the_file_of_a_metric_holds_the_tables_of_its_page(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    life.closed()
    life.handling(place=town.west_lane, lead=town.west)
    rows = sheet(log_in(town.director).get("/desk/ledger/metrics/in_time_rate/export.xlsx?period=2026-11"))
    assert rows[2][1:] == ["分项", "名称", "数值", "计量单位", "分子", "分母", "占比（%）", "名次", "说明"]
    now = next(row for row in rows if row[1:3] == ["走势", "2026年11月"])
    assert now[3:7] == [50.0, "%", 1.0, 2.0]
    assert next(row for row in rows if row[2] == "西街社区")[3:7] == [0.0, "%", 0.0, 1.0]


def test_the_dictionary_sets_three_periods_side_by_side(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    post(town.east, "wechat_posts", 3, date(2025, 11, 3), life)
    post(town.east, "wechat_posts", 20, date(2026, 10, 3), life)
    post(town.east, "wechat_posts", 9, date(2026, 11, 3), life)
    client = log_in(town.director)
    page = client.get("/desk/ledger/metrics/?period=2026-11")
    line = one_line(page, "wechat_posts")
    assert [each.value.text for each in (line.now, line.before, line.year_ago)] == ["9篇", "20篇", "3篇"]
    assert (line.before.change, line.year_ago.change) == ("↓ 11 篇", "↑ 6 篇")
    assert client.get(line.year_ago.url).context["value"].text == "3篇"
    rows = sheet(client.get("/desk/ledger/metrics.xlsx?period=2026-11&q=推文"))
    assert [row[2:5] for row in rows if row[1] == "宣传"] == [["公众号推文", 9.0, "篇"]]


def test_the_dictionary_is_searched_and_narrowed_to_a_group(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    lines = [
        line
        for block in client.get("/desk/ledger/metrics/?q=反弹").context["blocks"]
        for line in block["lines"]
    ]
    assert [line.metric.code for line in lines] == ["relapsed", "relapse_rate"]
    blocks = client.get("/desk/ledger/metrics/?group=巩固&all=1").context["blocks"]
    assert [block["group"] for block in blocks] == ["巩固"]
    assert "没有名称或口径里带「火箭」的指标" in text_of(client.get("/desk/ledger/metrics/?q=火箭"))


def test_the_dictionary_costs_the_same_however_many_metrics_and_entries(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    client = log_in(town.director)
    counts = []
    for url in ("?group=监督&all=1", "?all=1"):
        client.get(f"/desk/ledger/metrics/{url}")
        with CaptureQueriesContext(connection) as found:
            client.get(f"/desk/ledger/metrics/{url}")
        counts.append(len(found))
    for day in range(1, 20):
        post(town.east, "wechat_posts", 1, date(2026, 11, day), life)
    with CaptureQueriesContext(connection) as found:
        client.get("/desk/ledger/metrics/?all=1")
    assert [*counts, len(found)] == [counts[0]] * 3


def test_what_cancels_out_is_no_voucher_of_a_metric(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.closed()
    late = life.handling()
    page = log_in(town.director).get("/desk/ledger/metrics/overdue/?period=2026-11")
    assert page.context["value"].text == "1处"
    assert [proof.ticket.label for proof in page.context["proofs"]] == [late.number]


def test_what_lies_with_no_listed_unit_is_said(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.closed()

    with transaction.atomic():
        posting.post(
            town=town.town, voucher=posting.Voucher("case", life.reported().uuid), at=life.at,
            lines=[posting.Line("case.reported", town.town, 3, life.at.date())],
        )  # fmt: skip
    page = log_in(town.director).get("/desk/ledger/metrics/found/?period=2026-11")
    assert "另有 3 记在本级或其他单位名下" in text_of(page)


def test_an_unknown_metric_is_not_there(town: SimpleNamespace, log_in: Any) -> None:
    assert log_in(town.director).get("/desk/ledger/metrics/nonsense/").status_code == 404


def test_a_range_wants_both_ends(town: SimpleNamespace, log_in: Any) -> None:
    response = log_in(town.director).get("/desk/ledger/metrics/found/?kind=range&since=2026-11-01")
    assert "起、止两天都要填" in text_of(response)


def figure(town: SimpleNamespace, life: Life) -> Figure:
    return provenance.take(
        metric="in_time_rate",
        scope=town.town,
        period=periods.parse("2026-11"),
        at=datetime(2026, 11, 20, tzinfo=UTC),
    )


def test_a_figure_stays_as_issued_and_says_what_it_is_now(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    case = life.closed()
    taken = figure(town, life)
    client = log_in(town.director)
    before = text_of(client.get(f"/desk/ledger/figures/{taken.uuid}/"))
    assert "100.0%" in before
    assert "凭证完整" in before
    assert "现在的账与当时一致" in before

    with transaction.atomic():
        posting.reverse(voucher=booking.voucher(case), at=life.tick(), accounts=["case.fixed_in_time"])
    after = text_of(client.get(f"/desk/ledger/figures/{taken.uuid}/"))
    assert "100.0%" in after
    assert "现为 0.0%（0/1）" in after
    assert "凭证完整" in after


def test_a_figure_that_does_not_match_its_digest_says_so(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    life.closed()
    taken = figure(town, life)
    Figure.objects.filter(pk=taken.pk).update(digest="0" * 64)
    assert "对不上" in text_of(log_in(town.director).get(f"/desk/ledger/figures/{taken.uuid}/"))


def test_a_figure_is_not_there_for_strangers(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.closed()
    taken = figure(town, life)
    for who in (town.secretary, town.outsider, town.worker):
        assert log_in(who).get(f"/desk/ledger/figures/{taken.uuid}/").status_code == 404


def test_scores_are_filed_under_the_title_of_their_book(town: SimpleNamespace) -> None:
    RuleBook.objects.create(
        town=town.town, code="seed", version="1", title="社区创城月考核", in_force=date(2026, 1, 1), rated="unit",
        period="month", text="", digest="", written_by=town.clerk, written_at=NOW,
    )  # fmt: skip
    day = date(2026, 10, 31)
    assert ledger_journal.category_name("seed", day, ("score.total",)) == "社区创城月考核"
    assert ledger_journal.category_name("gone", day, ("score.total",)) == "gone"


def test_cycles_before_the_books_are_not_drawn(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    post(town.east, "wechat_posts", 3, date(2026, 11, 5), life)
    client = log_in(town.director)
    page = client.get("/desk/ledger/metrics/wechat_posts/?period=2024-2026")
    assert [bar.label for bar in page.context["found"].trend] == [
        "2021—2023年创建周期",
        "2024—2026年创建周期",
    ]
    post(town.east, "wechat_posts", 3, date(2019, 11, 5), life)
    page = client.get("/desk/ledger/metrics/wechat_posts/?period=2024-2026")
    assert [bar.value.text for bar in page.context["found"].trend] == ["3篇", "0篇", "3篇"]
    months = client.get("/desk/ledger/metrics/wechat_posts/?period=2026-11").context["found"].trend
    assert len(months) == 12


def test_of_many_units_those_without_a_number_are_only_counted(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    for number in range(13):
        factories.unit(f"第{number}共建单位", "partner", f"P{number}", town.town)
    post(Unit.objects.get(code="P3"), "partner_help", 2, date(2026, 11, 5), life)
    client = log_in(town.director)
    page = client.get("/desk/ledger/metrics/partner_help/?period=2026-11")
    group = next(each for each in page.context["found"].groups if each.name == "共建单位")
    assert [bar.label for bar in group.shown] == ["第3共建单位"]
    assert f"其余 {group.silent} 个单位本期没有数。" in text_of(page)
    # Nothing is left out of the file.
    rows = sheet(client.get("/desk/ledger/metrics/partner_help/export.xlsx?period=2026-11"))
    assert sum("共建单位" in row for row in rows) == len(group.rows) == group.silent + 1
