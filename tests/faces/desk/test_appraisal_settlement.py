"""结算单 and 汇总表 of contractors, 告知书 of cleaners' posts: what they say, and that each sees his own."""

import io
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import Life
from tests.scored import SAMPLES, Contracted, ago
from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ledger import periods
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Outcome, Sheet
from wenming.records.cases.models import Case

BASE = "/desk/appraisals/"
SUMMARY = BASE + "settlements/"


def text(response: Any) -> str:
    return str(response.content.decode())


def cells(response: Any) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


@pytest.fixture
def contracted(town: SimpleNamespace) -> Contracted:
    return Contracted(town)


def paper_url(sheet: Sheet, kind: str = "settlement/") -> str:
    return f"{BASE}sheets/{sheet.uuid}/{kind}"


def test_paper_says_fee_weeks_lines_answers_and_sum(contracted: Contracted, log_in: Any) -> None:
    t = contracted.t
    sheet = contracted.sheet(contracted.shown(), t.cleaning)
    page = log_in(t.cleaner).get(paper_url(sheet))
    assert (page.context["contract"], page.context["score"]) == (Decimal("80000.00"), "97")
    assert [(row.line.title, row.line.signed, row.answer) for row in page.context["rows"]] == [
        ("派单没有按期整改", "−2", "还没有答复"), ("核查不通过退回返工", "−1", "还没有答复"),
    ]  # fmt: skip
    (pay,) = page.context["pays"]
    assert (pay.amount, pay.formula, pay.state) == (
        Decimal("80000"),
        "80000 × 100% = 80000",
        "公布后交领导定",
    )
    weeks = page.context["weeks"]
    assert (weeks[0].label.partition("—")[0], len(weeks) in (4, 5, 6)) == (
        f"{contracted.month.start.month}月26日",
        True,
    )
    assert sum(Decimal(week.points.replace("−", "-")) for week in weeks) == Decimal(-3)
    for word in ("净美保洁公司", "合同金额", "合同第八条", "承包单位（盖章）", "分管领导"):
        assert word in text(page)


def test_contractor_answers_by_line_and_the_decision_stands_on_the_paper(
    contracted: Contracted, log_in: Any
) -> None:
    t = contracted.t
    where = contracted.shown(days=15)
    sheet = contracted.sheet(where, t.cleaning)
    late = appraisals.appeal(sheet=sheet, line=0, ground="连日暴雨无法作业", by=t.cleaner, at=ago(14))
    rework = appraisals.appeal(sheet=sheet, line=1, ground="残留不在路段", by=t.cleaner, at=ago(14))
    appraisals.decide(appeal=late, upheld=True, decision="气象记录属实", by=t.director, at=ago(13))
    appraisals.decide(appeal=rework, upheld=False, decision="照片在路段内", by=t.director, at=ago(13))
    page = log_in(t.cleaner).get(paper_url(sheet))
    assert [(row.line.title, row.answer, row.decision) for row in page.context["rows"]] == [
        ("核查不通过退回返工", "申诉：残留不在路段", "维持原评：照片在路段内")
    ]
    assert [appeal.decision for appeal in page.context["taken_back"]] == ["气象记录属实"]
    appraisals.publish(where=where, by=t.clerk, at=ago(2))
    outcome = Outcome.objects.get(round=where, sheet=sheet)
    appraisals.settle(outcome=outcome, confirmed=True, ground="按合同支付", by=t.leader, at=ago(1))
    (pay,) = log_in(t.cleaner).get(paper_url(sheet)).context["pays"]
    assert (pay.amount, pay.state) == (Decimal("80000.00"), "已确认")


def test_agreement_and_silence_are_answers_too(contracted: Contracted, log_in: Any) -> None:
    t = contracted.t
    where = contracted.shown(days=15)
    sheet = contracted.sheet(where, t.cleaning)
    answers = {row.answer for row in log_in(t.clerk).get(paper_url(sheet)).context["rows"]}
    assert answers == {"到期没有申诉"}
    appraisals.agree(sheet=sheet, by=t.cleaner, at=ago(14))
    page = log_in(t.clerk).get(paper_url(sheet))
    assert {row.answer for row in page.context["rows"]} == {"无异议"}
    assert page.context["agreed"].startswith("钱洁")


@pytest.mark.parametrize(
    ("who", "status"),
    [("cleaner", 200), ("clerk", 200), ("leader", 200), ("county_clerk", 200), ("gardener", 404), ("secretary", 404),
     ("discipline", 404), ("outsider", 404), ("worker", 404)],
)  # fmt: skip
def test_contractor_sees_his_own_paper_only(
    contracted: Contracted, log_in: Any, who: str, status: int
) -> None:
    sheet = contracted.sheet(contracted.shown(), contracted.t.cleaning)
    client = log_in(getattr(contracted.t, who))
    for kind in ("settlement/", "settlement.xlsx", ""):
        answer = client.get(paper_url(sheet, kind))
        # A file that is neither read nor closed would be a warning; to close it unread would close the database too.
        b"".join(answer.streaming_content if answer.streaming else ())
        assert answer.status_code == status


def test_contractor_finds_himself_alone_in_round_and_summary(contracted: Contracted, log_in: Any) -> None:
    t = contracted.t
    where = contracted.shown()
    client = log_in(t.cleaner)
    groups = client.get(f"{BASE}rounds/{where.uuid}/").context["groups"]
    assert [[row.sheet.name for row in rows] for _group, rows in groups] == [["净美保洁公司"]]
    assert "绿洲" not in text(client.get(f"{BASE}rounds/{where.uuid}/"))

    def names(person: Person) -> list[str]:
        return [row.sheet.name for row in log_in(person).get(SUMMARY).context["found"].rows]

    assert names(t.cleaner) == ["净美保洁公司"]
    assert names(t.clerk) == ["净美保洁公司", "绿洲环卫公司"]
    assert names(t.secretary) == []


def test_summary_adds_up_all_contractors_of_a_month(contracted: Contracted, log_in: Any) -> None:
    t = contracted.t
    where = contracted.shown()
    appraisals.agree(sheet=contracted.sheet(where, t.oasis), by=t.gardener, at=ago(0))
    page = log_in(t.clerk).get(SUMMARY)
    found = page.context["found"]
    month = periods.of("month", contracted.month.end)
    assert (found.month, found.total) == (month, Decimal(160000))
    assert [(row.sheet.name, row.contract, row.score, row.due, row.answer) for row in found.rows] == [
        ("净美保洁公司", Decimal("80000.00"), "97", Decimal(80000), "没有答复"),
        ("绿洲环卫公司", Decimal("80000.00"), "100", Decimal(80000), "无异议"),
    ]
    assert "环境卫生一体化考评汇总表" in text(page)
    rows = cells(log_in(t.clerk).get(BASE + "settlements.xlsx"))
    assert rows[0][0] == f"{month.label}环境卫生一体化考评汇总表"
    assert rows[2][:2] == ["序号", "承包单位"]
    assert [(row[1], row[3], row[4], row[7]) for row in rows[3:6]] == [
        ("净美保洁公司", 80000, 97, 80000), ("绿洲环卫公司", 80000, 100, 80000), ("合计", "", "", 160000),
    ]  # fmt: skip
    empty = log_in(t.clerk).get(SUMMARY + "?month=1999-01").context["found"]
    assert empty.month == month


def test_paper_as_a_file(contracted: Contracted, log_in: Any) -> None:
    sheet = contracted.sheet(contracted.shown(), contracted.t.cleaning)
    rows = cells(log_in(contracted.t.cleaner).get(paper_url(sheet, "settlement.xlsx")))
    assert rows[0][0].startswith("净美保洁公司")
    assert [(row[1], row[4]) for row in rows[3:6]] == [
        ("派单没有按期整改", -2),
        ("核查不通过退回返工", -1),
        ("应付", 80000),
    ]


def test_fee_that_is_not_registered_is_asked_for_and_never_guessed(
    contracted: Contracted, log_in: Any
) -> None:
    t = contracted.t
    factories.unit("新绿环卫公司", "contractor", "AH-XL", t.town, dept="sanitation")
    where = appraisals.compute(town=t.town, code="contract", period=contracted.month, by=t.clerk, at=ago(1))
    page = log_in(t.clerk).get(f"{BASE}rounds/{where.uuid}/")
    assert [(each.name, each.question) for each in page.context["undecided"]] == [
        ("新绿环卫公司", "新绿环卫公司的金额是多少？")
    ]
    sheet = Sheet.objects.get(round=where, name="新绿环卫公司")
    assert "合同金额没有登记，算不出应付" in text(log_in(t.clerk).get(paper_url(sheet)))


def test_event_the_contractor_may_not_open_is_named_without_a_link(
    contracted: Contracted, log_in: Any
) -> None:
    """A case that is somebody else's by now: the office opens it, the contractor reads that it is there."""
    t = contracted.t
    sheet = contracted.sheet(contracted.shown(), t.cleaning)
    url = f"/desk/cases/{contracted.late.uuid}/"
    assert url in text(log_in(t.clerk).get(paper_url(sheet, "")))
    Case.objects.filter(pk=contracted.late.pk).update(lead_unit=t.chengguan, handler=t.chief)
    page = log_in(t.cleaner).get(paper_url(sheet, ""))
    events = [event for item in page.context["items"] for line in item.lines for event in line.events]
    hidden = next(event for event in events if event.ticket.label == "问题（不在您的查看范围）")
    assert (hidden.url, hidden.photos, hidden.where) == ("", [], "建设巷")


def test_summary_costs_the_same_for_one_and_three(contracted: Contracted, log_in: Any) -> None:
    t, client, counts = contracted.t, log_in(contracted.t.clerk), []
    factories.unit("三洁环卫公司", "contractor", "AH-SJ", t.town, dept="sanitation")
    where = contracted.shown()
    for kept in (1, 3):
        if kept == 1:
            Sheet.objects.filter(round=where).exclude(unit=t.cleaning).delete()
        else:
            where = appraisals.take_back(where=where, ground="再算", by=t.clerk, at=ago(0))
            where = appraisals.recompute(where=where, by=t.clerk, at=ago(0))
        assert where.sheets.count() == kept
        client.get(SUMMARY)
        with CaptureQueriesContext(connection) as statements:
            client.get(SUMMARY)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 18, counts


# --- 保洁岗位 -------------------------------------------------------------------------------------------------


def test_post_gets_a_notice_with_coefficient_and_floor_and_is_never_ranked(
    town: SimpleNamespace, log_in: Any, post: Any
) -> None:
    month = periods.previous(periods.previous(periods.of("month", clock.local_date(clock.now()))))
    tuesday = clock.monday(month.start + timedelta(days=7)) + timedelta(days=1)
    Life(town, at=clock.at_local(tuesday, 9)).closed()
    typed = (
        (SAMPLES / "r15.yaml")
        .read_text(encoding="utf-8")
        .replace("in_force: 2026-01-01", f"in_force: {month.start}")
    )
    draft = appraisals.write_book(town=town.town, text=typed, by=town.clerk, at=ago(30))
    appraisals.adopt(draft=draft, by=town.clerk, at=ago(30))
    where = appraisals.compute(town=town.town, code="r15", period=month, by=town.clerk, at=ago(16))
    where = appraisals.show(where=where, by=town.clerk, at=ago(0.01))
    sheet = Sheet.objects.get(round=where, place=town.lane)
    page = log_in(town.secretary).get(paper_url(sheet, "notice/"))
    for word in (
        "建设巷保洁岗位",
        "绩效系数 1",
        "当月工资的 20%",
        "扣减不超过当月工资的 20%",
        "岗位不排名、不罚款",
        "已告知，签收",
    ):
        assert word in text(page)
    assert log_in(town.west_secretary).get(paper_url(sheet, "notice/")).status_code == 404
    assert log_in(town.clerk).get(paper_url(sheet)).status_code == 404
    shown = log_in(town.clerk).get(f"{BASE}rounds/{where.uuid}/")
    assert '<th class="num">名次</th>' not in text(shown)
    assert {row.sheet.rank for _group, rows in shown.context["groups"] for row in rows} == {None}
    line = next(iter(sheet.keyed_lines))
    assert (
        post(
            town.secretary, f"{BASE}sheets/{sheet.uuid}/lines/{line}/appeal/", {"ground": "雨后当日已清"}
        ).status_code
        == 303
    )
