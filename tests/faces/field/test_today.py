"""「今天」, 「待办」, 「我的记录」."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import Life
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case


def test_home_shows_my_places_and_work(on_duty: SimpleNamespace, log_in: Any, life: Life) -> None:
    t = on_duty
    case = cases.assign(case=life.dispatched(), by=t.secretary, at=life.tick(), to=t.worker)
    page = log_in(t.worker).get("/field/").content.decode()
    assert "安和镇 · 刘强" in page
    assert "待整改 <b>1</b> 处" in page
    assert f"/field/case/{case.uuid}/hand-in/" in page
    assert f"/field/p/{t.lane.token}/" in page
    assert "上次发现问题 11月16日 周一 09:15" in page
    assert "退出" in page
    assert "工作台" in page


def test_home_without_work_says_what_will_come(town: SimpleNamespace, log_in: Any) -> None:
    page = log_in(town.worker).get("/field/").content.decode()
    assert "现在没有要办的事" in page
    assert "还没有给您安排点位" in page


def test_home_counts_no_days_and_ranks_nobody(on_duty: SimpleNamespace, log_in: Any) -> None:
    page = log_in(on_duty.worker).get("/field/").content.decode()
    assert [word for word in ("连续", "排名", "第1名", "积分", "签到", "打卡", "轨迹") if word in page] == []


@pytest.mark.parametrize("path", ["/field/", "/field/tasks/", "/field/mine/"])
def test_lists_cost_the_same_at_one_and_three_rows(
    on_duty: SimpleNamespace, log_in: Any, life: Life, path: str
) -> None:
    t, counts = on_duty, []
    client = log_in(t.worker)
    for more in (1, 2):
        for _ in range(more):
            cases.report(at=life.tick(), by=t.worker, category="06010", description="", place=t.lane)
            cases.assign(case=life.dispatched(), by=t.secretary, at=life.tick(), to=t.worker)
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(path)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_my_records_are_mine(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    own = cases.report(at=life.tick(), by=town.worker, category="06010", description="我的", place=town.lane)
    other = life.reported(description="别人的")
    page = log_in(town.worker).get("/field/mine/").content.decode()
    assert own.number in page
    assert other.number not in page
    assert Case.objects.count() == 2


def test_tasks_hold_only_what_can_be_done_here(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    """受理 and 派遣 are desk work; 核查 is not."""
    life.reported()
    life.verifying()
    page = log_in(town.clerk).get("/field/tasks/").content.decode()
    assert "待核查 <small>1 处" in page
    assert "待受理" not in page
    assert "另有 1 件要在" in log_in(town.clerk).get("/field/").content.decode()


def test_first_page_lists_three_of_a_kind_and_leads_to_all(life: Life, log_in: Any) -> None:
    for n in range(3):
        life.handling(description=f"第 {n + 1} 处")
    client = log_in(life.t.secretary)
    assert "看全部" not in client.get("/field/").content.decode()
    life.handling(description="第 4 处")
    page = client.get("/field/").content.decode()
    assert page.count("去反馈") == 3
    assert "看全部 4 处待整改" in page
    assert client.get("/field/tasks/").content.decode().count("去反馈") == 4
