"""减负账 on the desk: one unit, its own month before, every number explained."""

import io
import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests.factories import NOW, Life
from tests.outcomes.documents.bulletins import LATER, WEEK, busy_week, pass_on
from wenming.common import clock
from wenming.faces.desk import burden_records, burden_review
from wenming.ground.notices.models import Notice
from wenming.outcomes.documents import actions as documents
from wenming.records.cases import actions as cases
from wenming.records.journals import actions as journals

MEETING = {"type": "weekly", "topic": "创城周例会", "people": "24"}

COUNTED = {
    "录入的事实", "其中上报问题", "其中工作台账", "成批导入的", "办理步骤", "用到本单位的数字", "夜间通知", "全部通知",
}  # fmt: skip


def sheet(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [[str(value or "") for value in row] for row in book.active.iter_rows(values_only=True)]


def lines(response: Any) -> dict[str, Any]:
    return {line.name: line for _title, rows in response.context["blocks"] for line in rows}


def test_the_page_says_what_was_typed_beside_the_month_before(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    life.reported()
    life.reported()
    found = lines(log_in(town.director).get("/desk/ledger/burden/?period=2026-12"))
    assert (found["其中上报问题"].now, found["其中上报问题"].before) == ("0件", "2件")
    assert (found["填写的格子"].now, found["填写的格子"].before) == ("0格", "6格")
    assert (found["每条事实填几格"].now, found["每条事实填几格"].before) == ("无", "3.0格")


def test_every_line_says_how_it_is_counted(town: SimpleNamespace, log_in: Any) -> None:
    response = log_in(town.director).get("/desk/ledger/burden/")
    assert all(line.means.endswith("。") for line in lines(response).values())
    assert "不排名，不比单位，不进考核，不看个人" in response.content.decode()


def test_work_logs_open_to_exactly_those_counted(town: SimpleNamespace, log_in: Any) -> None:
    for days in (0, 3, 40):
        day = NOW.date() - timedelta(days=days)
        more = {"late_reason": "会后补记"} if days else {}
        journals.enter(
            kind="meeting", unit=town.town, occurred_on=day, fields=MEETING, by=town.clerk, at=NOW, **more
        )
    client = log_in(town.director)
    line = lines(client.get("/desk/ledger/burden/?period=2026-11"))["其中工作台账"]
    assert line.now == "2条"
    assert client.get(line.url).context["page"].paginator.count == 2


def test_every_number_opens_to_as_many_records_as_it_says(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    week = busy_week(life)
    document = documents.draft(kind="bulletin", town=week.t.town, period=WEEK, at=LATER, by=week.t.clerk)
    pass_on(document, week.t, "issued", at=LATER)
    journals.enter(
        kind="meeting", unit=town.town, occurred_on=NOW.date(), fields=MEETING, by=town.clerk, at=NOW
    )
    for hour in (12, 23):
        Notice.objects.create(
            person=town.clerk,
            kind="test",
            sentence="请看",
            created_at=NOW,
            show_at=clock.at_local(NOW.date(), hour),
        )
    client = log_in(town.director)
    opened = 0
    for month in ("2026-11", "2026-12"):
        for line in lines(client.get(f"/desk/ledger/burden/?period={month}")).values():
            if line.name == "人均录入和办理":
                continue
            for said, url in ((line.now, line.url), (line.before, line.before_url)):
                assert url, line.name
                answer = client.get(url)
                assert answer.status_code == 200, url
                if line.name in COUNTED:
                    assert f"{answer.context['page'].paginator.count}" == re.match(r"\d+", said)[0], (
                        line.name,
                        url,
                    )
                    opened += 1
    assert opened == len(COUNTED) * 4


def test_boxes_and_uses_add_up_to_the_number_on_the_page(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    life.reported()
    week = busy_week(life)
    document = documents.draft(kind="bulletin", town=week.t.town, period=WEEK, at=LATER, by=week.t.clerk)
    pass_on(document, week.t, "issued", at=LATER)
    client = log_in(town.director)
    for month, name in (("2026-11", "填写的格子"), ("2026-11", "分录被取用")):
        line = lines(client.get(f"/desk/ledger/burden/?period={month}"))[name]
        amounts = [int(row.amount[:-1]) for row in client.get(f"{line.url}&size=100").context["rows"]]
        assert sum(amounts) == int(line.now[:-1]) > 0


def test_records_behind_a_number_name_nobody(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.handling()
    client = log_in(town.director)
    page = client.get("/desk/ledger/burden/steps/?period=2026-11")
    assert page.context["page"].paginator.count > 2
    assert not [
        row for row in page.context["rows"] if row.said.startswith((town.clerk.name, town.secretary.name))
    ]


def test_a_sentence_is_shown_only_to_whom_the_record_is_open(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    """The community's own inspector's covert find is the office's secret until it is published."""
    case = life.reported(place=town.west_lane)
    Notice.objects.create(
        person=town.secretary, kind="test", sentence="西街的事", created_at=NOW, show_at=NOW, subject_kind="case",
        subject_uuid=case.uuid,
    )  # fmt: skip
    client = log_in(town.secretary)
    (row,) = [
        one
        for one in client.get("/desk/ledger/burden/notices/?period=2026-11").context["rows"]
        if "不在" in one.label
    ]
    assert (row.label, row.url, row.said) == ("问题（不在您的查看范围）", "", "")


def test_lists_are_for_ones_own_units_and_known_names(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.secretary)
    assert client.get("/desk/ledger/burden/facts/").status_code == 200
    for url in (f"/desk/ledger/burden/facts/?unit={town.west.uuid}", "/desk/ledger/burden/salaries/"):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("what", burden_records.KINDS)
def test_lists_cost_the_same_for_one_row_and_for_many(
    what: str, town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    client = log_in(town.director)
    client.get(f"/desk/ledger/burden/{what}/?period=2026-10")  # the posts of the session are read once
    counts = []
    for _ in range(2):
        life.handling()
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/desk/ledger/burden/{what}/?period=2026-11").status_code == 200
        counts.append(len(found))
        for _more in range(2):
            life.handling()
    assert counts[0] == counts[1]


def test_the_account_as_a_file(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported()
    client = log_in(town.director)
    cells = sheet(client.get("/desk/ledger/burden.xlsx?period=2026-11"))
    assert ["1", "录入的事实", "1条", "0条"] in [row[:4] for row in cells]


def test_checks_open_to_their_metric(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported()
    client = log_in(town.director)
    line = lines(client.get("/desk/ledger/burden/?period=2026-11"))["被查点位"]
    assert client.get(line.url).context["value"].text == line.now == "1处次"


def test_no_other_unit_is_on_the_page(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported(place=town.west_lane)
    page = log_in(town.secretary).get("/desk/ledger/burden/").content.decode()
    text = unescape(re.sub(r"<[^>]+>", " ", page))
    assert "西街" not in text
    assert "名次" not in text


def test_a_strangers_account_is_not_there(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.secretary)
    assert client.get(f"/desk/ledger/burden/?unit={town.east.uuid}").status_code == 200
    for unit in (town.west, town.town, town.other_town):
        assert client.get(f"/desk/ledger/burden/?unit={unit.uuid}").status_code == 404


def test_any_period_leads_to_its_first_month(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    assert client.get("/desk/ledger/burden/?period=2026-H2").context["period"].key == "2026-07"
    assert client.get("/desk/ledger/burden/?period=nonsense").status_code == 422


def test_the_review_of_a_quarter_is_read_and_opens(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    """D30: 人均填报次数、字段数、重复数据项、夜间推送数、督查次数, with the quarters before."""
    kept, double = life.reported(), life.reported()
    cases.merge(case=double, into=kept, by=town.clerk, at=NOW)
    Notice.objects.create(
        person=town.clerk,
        kind="test",
        sentence="请看",
        created_at=NOW,
        show_at=clock.at_local(NOW.date(), 23),
        urgent=True,
    )
    client = log_in(town.director)
    page = client.get("/desk/ledger/burden/review/?period=2026-Q4")
    assert [quarter.period.key for quarter in page.context["quarters"]] == [
        "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4",
    ]  # fmt: skip
    last = {row.item.name: row.cells[-1] for row in page.context["rows"]}
    people = int(last["在岗人员"].text[:-1])
    assert last["人均填报次数"].text == f"{round(2 / people + 1e-9, 1)}次"
    said = {name: cell.text for name, cell in last.items()}
    assert {name: said[name] for name in ("逐条填写", "填写字段数", "重复数据项", "重复上报", "夜间推送数", "其中安全类")} == {
        "逐条填写": "2条", "填写字段数": "6格", "重复数据项": "1项", "重复上报": "1件", "夜间推送数": "1条", "其中安全类": "1条",
    }  # fmt: skip
    assert (said["督查次数"], said["看过的点位"]) == ("1次", "1处次")
    for name, count in (
        ("逐条填写", 2),
        ("重复上报", 1),
        ("夜间推送数", 1),
        ("督查次数", 1),
        ("在岗人员", None),
    ):
        found = client.get(last[name].url).context["page"].paginator.count
        assert found == count or (count is None and found >= people)
    cells = sheet(client.get("/desk/ledger/burden/review.xlsx?period=2026-Q4"))
    assert ["1条"] in [row[6:7] for row in cells if row[1] == "夜间推送数"]


def test_the_review_is_for_who_manages_a_town(town: SimpleNamespace, log_in: Any) -> None:
    assert log_in(town.leader).get("/desk/ledger/burden/review/").status_code == 200
    assert log_in(town.secretary).get("/desk/ledger/burden/review/").status_code == 404
    director = log_in(town.director)
    assert director.get(f"/desk/ledger/burden/review/?unit={town.other_town.uuid}").status_code == 404
    assert director.get("/desk/ledger/burden/").context["reviewed"] is True
    assert director.get(f"/desk/ledger/burden/?unit={town.east.uuid}").context["reviewed"] is False


def test_a_quarter_without_anything_draws_a_flat_line() -> None:
    assert burden_review.drawn([0, None, 0]) == "3.0,25.0 60.0,25.0 117.0,25.0"
    assert burden_review.drawn([0, 2]) == "3.0,25.0 117.0,3.0"
