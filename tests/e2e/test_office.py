"""The office at its desk: taking up, dispatching, arbitrating, supervising, and two people on one case."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import openpyxl
from playwright.sync_api import Page, expect

from tests import factories
from tests.e2e.conftest import MARKS, PageAs
from wenming.common import clock
from wenming.faces.kit.templatetags.kit import when
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case, Order

pytestmark = MARKS
Shot = Callable[[str], Path]


def take_step(page: Page, name: str) -> None:
    """Press a step on the case page and wait for its form beside it."""
    page.get_by_role("region", name="下一步").get_by_role("link", name=name, exact=True).click()
    expect(page.locator("#step-form form")).to_be_visible()


def confirm(page: Page, name: str) -> None:
    page.locator("#step-form").get_by_role("button", name=name, exact=True).click()


def taken(t: SimpleNamespace) -> list[object]:
    return [factories.photo(t.inspector, t.town, at=clock.now())]


def test_clerk_takes_up_dispatches_and_exports(
    page_as: PageAs, t: SimpleNamespace, house: factories.Life, tmp_path: Path
) -> None:
    near = house.registered(place=t.market, description="市场东侧垃圾一堆")
    case = house.reported(place=t.market, description="市场门口垃圾两堆")
    page = page_as(t.clerk)
    page.goto("/desk/")
    todo = page.locator("#todo-reported")
    expect(todo).to_contain_text("市场门口垃圾两堆")
    todo.get_by_role("link", name=re.compile("市场门口垃圾两堆")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(case.number)
    take_step(page, "立案")
    expect(page.locator("#step-form")).to_contain_text("附近同类、还在办理的问题")
    expect(page.locator("#step-form")).to_contain_text(near.number)
    confirm(page, "立案")
    expect(page.locator("main")).to_contain_text(f"{case.number} 已立案。")
    take_step(page, "派遣")
    expect(page.locator("#deadline")).to_contain_text("现在派遣，整改期限为")
    before = page.locator("#deadline b").inner_text()
    page.locator("#id_term_value").fill("20")
    page.locator("#id_term_unit").select_option(label="工作日")
    expect(page.locator("#deadline b")).not_to_have_text(before)
    page.get_by_label("责任单位（主办）").select_option(label="东门社区")
    confirm(page, "派遣")
    expect(page.locator("main")).to_contain_text(f"{case.number} 已派遣。")
    page.get_by_text("为什么是这个期限").click()
    expect(page.locator(".why-table")).to_be_visible()
    case.refresh_from_db()
    assert (case.state, case.lead_unit) == (states.DISPATCHED, t.east)
    expect(page.locator(".due-line")).to_contain_text(when(case.due_at))
    page.get_by_role("link", name="问题台账").click()
    page.get_by_text("筛选", exact=True).click()
    page.get_by_label("编号、地点、词", exact=True).fill("门口垃圾两堆")
    page.get_by_role("button", name="查询").click()
    expect(page.locator(".total")).to_have_text("共 1 条")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    download.value.save_as(tmp_path / "台账.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "台账.xlsx").active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "安和镇文明创建问题台账"
    assert rows[2][0] == "序号"
    assert [row[0] for row in rows[3:] if row[0] and row[0].isdigit()] == ["1"]
    assert case.number in rows[3]


def test_station_returns_office_upholds_its_dispatch_then_suspends(
    page_as: PageAs, t: SimpleNamespace, house: factories.Life
) -> None:
    case = house.dispatched(lead=t.chengguan, place=t.west_lane, description="巷内路面破损需改造")
    station = page_as(t.chief)
    station.goto("/desk/")
    station.locator(".todo-case", has_text="巷内路面破损").click()
    station.get_by_role("button", name="签收").click()
    expect(station.locator("main")).to_contain_text("已签收，请按期整改。")
    take_step(station, "退单")
    confirm(station, "退单")
    expect(station.locator("#step-form, main").first).to_be_visible()
    case.refresh_from_db()
    assert case.state == states.HANDLING
    station.goto(f"/desk/cases/{case.uuid}/return/")
    station.get_by_label("退单理由").select_option(label="不属本单位职责")
    station.get_by_label("依据").fill("道路养护由村镇建设所负责")
    station.get_by_role("button", name="退单").click()
    expect(station.locator("main")).to_contain_text("已退单，等创城办 4 个工作时内裁定")
    office = page_as(t.director)
    office.goto("/desk/")
    office.locator("#todo-returned li", has_text="巷内路面破损").get_by_role("link", name="裁定").click()
    expect(office.locator(".timeline")).to_contain_text("道路养护由村镇建设所负责")
    take_step(office, "维持派遣")
    office.get_by_label("理由").fill("占道破损由城管站牵头")
    confirm(office, "维持派遣")
    expect(office.locator("main")).to_contain_text("已维持派遣。")
    station.goto(f"/desk/cases/{case.uuid}/")
    take_step(station, "申请挂账")
    station.get_by_label("挂账原因").select_option(label="需立项")
    station.get_by_label("情况说明").fill("需列入明年道路改造")
    station.get_by_label("请谁解决（接手）").fill("县住建局")
    until = clock.local_date(clock.now()) + timedelta(days=60)
    station.get_by_label("预计完成日期").fill(until.isoformat())
    confirm(station, "申请挂账")
    expect(station.locator("main")).to_contain_text("已提交挂账申请。")
    office.goto("/desk/")
    office.locator("#todo-pending li", has_text="巷内路面破损").get_by_role("link", name="审批").click()
    expect(office.locator(".pending")).to_contain_text("由县住建局接手")
    office.get_by_role("button", name="批准挂账").click()
    expect(office.locator(".due-line")).to_contain_text("挂账停表")
    case.refresh_from_db()
    assert (case.state, case.suspended_until) == (states.SUSPENDED, until)


def test_second_find_becomes_an_order_that_the_community_answers(
    page_as: PageAs, shot: Shot, t: SimpleNamespace
) -> None:
    first = factories.Life(t, at=clock.now() - timedelta(days=9)).closed(
        lead=t.west, place=t.west_lane, source="town", photos=taken(t), description="文昌巷口垃圾一堆"
    )
    second = cases.report(
        by=t.inspector, at=clock.now(), source="town", category="06010", place=t.west_lane,
        description="文昌巷口又有垃圾", photos=taken(t),
    )  # fmt: skip
    second = cases.register(case=second, by=t.clerk, at=clock.now())
    cases.dispatch(case=second, by=t.clerk, at=clock.now(), lead=t.west)
    order = Order.objects.get(case=second)
    office = page_as(t.director)
    office.goto("/desk/")
    office.locator("#orders li", has_text="文昌巷").get_by_role("link").last.click()
    for case in (first, second):
        expect(office.locator("main")).to_contain_text(case.number)
    expect(office.locator(".photo-pair")).to_have_count(2)
    office.get_by_role("link", name="修改").click()
    office.get_by_label("整改要求").fill("三日内清理到位，明确一名保洁员专管。")
    office.get_by_role("button", name="保存").click()
    office.get_by_role("button", name="签发").click()
    expect(office.locator("main")).to_contain_text("已签发并编号。")
    order.refresh_from_db()
    assert (order.state, order.unit) == (states.ISSUED, t.west)
    expect(office.get_by_role("heading", level=1)).to_contain_text(order.number)
    community = page_as(t.west_secretary)
    community.goto("/desk/")
    community.locator("#orders li", has_text="文昌巷").get_by_role("link").last.click()
    community.get_by_role("button", name="签收").click()
    community.get_by_role("link", name="书面答复").click()
    community.get_by_label("办理情况").fill("垃圾已清，保洁员张三每日两扫。")
    community.get_by_label("照片（整改后）").set_input_files(shot("文昌巷整改后"))
    community.get_by_role("button", name="书面答复").click()
    expect(community.locator("main")).to_contain_text("已答复，等待核查。")
    office.goto(f"/desk/orders/{order.uuid}/")
    expect(office.locator("main")).to_contain_text("每日两扫")
    office.get_by_role("link", name="核查销号").click()
    office.get_by_label("核查意见").fill("现场已清，同意销号。")
    office.get_by_role("button", name="核查销号").click()
    expect(office.locator("main")).to_contain_text("已核查销号。")
    order.refresh_from_db()
    assert order.state == states.CHECKED


def test_covert_find_stays_hidden_from_the_community_until_published(
    page_as: PageAs, shot: Shot, t: SimpleNamespace
) -> None:
    county = page_as(t.county_clerk)
    county.goto("/desk/cases/new/")
    county.get_by_label("照片（现状）").set_input_files(shot("暗访"))
    county.get_by_label("来源").select_option(label="暗访")
    county.get_by_label("点位").fill("东门农贸市场")
    county.get_by_label("问题类别").fill("暴露垃圾")
    county.get_by_label("存在问题").fill("市场后门垃圾外溢")
    county.get_by_label(re.compile("暗访问题")).check()
    county.get_by_role("button", name="上报").click()
    similar = county.get_by_label("确实是另一处问题，仍要上报")
    expect(similar.or_(county.get_by_text("已上报，编号")).first).to_be_visible()
    if similar.count():
        # The photo that was sent is kept, so it is not chosen again.
        similar.check()
        county.get_by_role("button", name="上报").click()
    expect(county.locator("main")).to_contain_text("已上报，编号")
    case = Case.objects.latest("pk")
    assert case.covert
    community = page_as(t.secretary)
    answer = community.goto(f"/desk/cases/{case.uuid}/")
    assert answer is not None
    assert answer.status == 404
    community.goto("/desk/cases/?words=市场后门")
    expect(community.locator("main")).not_to_contain_text("市场后门垃圾外溢")
    take_step(county, "公开暗访问题")
    confirm(county, "公开暗访问题")
    expect(county.locator("main")).to_contain_text("已公开，可以立案。")
    community.reload()
    expect(community.locator("main")).to_contain_text("市场后门垃圾外溢")


def test_county_sees_every_town(page_as: PageAs, t: SimpleNamespace) -> None:
    other = cases.report(
        by=t.outsider, at=clock.now(), category="06010", unit=t.elsewhere, description="桥头垃圾一堆"
    )
    county = page_as(t.county_clerk)
    county.goto("/desk/cases/")
    expect(county.locator(".ledger")).to_contain_text(other.number)
    town = page_as(t.clerk)
    town.goto("/desk/cases/")
    expect(town.locator("main")).not_to_contain_text("桥头垃圾一堆")


def test_second_person_is_told_what_the_first_did(
    page_as: PageAs, t: SimpleNamespace, house: factories.Life
) -> None:
    case = house.registered(place=t.lane, description="两人同时派遣的一件")
    first, second = page_as(t.clerk), page_as(t.director)
    for page in (first, second):
        page.goto(f"/desk/cases/{case.uuid}/")
        take_step(page, "派遣")
        page.get_by_label("责任单位（主办）").select_option(label="东门社区")
    confirm(first, "派遣")
    expect(first.locator("main")).to_contain_text("已派遣。")
    confirm(second, "派遣")
    expect(second.locator("main")).to_contain_text(t.clerk.name)
    expect(second.get_by_role("heading", level=1)).to_contain_text("待签收")
    case.refresh_from_db()
    assert [case.state, case.lead_unit] == [states.DISPATCHED, t.east]
