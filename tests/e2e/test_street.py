"""People in the street with a phone: 网格员, 社区书记, 督查员, 保洁公司, and a resident without an account."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, Route, expect

from tests import factories
from tests.e2e.conftest import MARKS, PageAs
from wenming.common import clock
from wenming.ground.evidence.models import Photo
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case, Suggestion

pytestmark = MARKS
Shot = Callable[[str], Path]


@pytest.fixture(scope="module")
def house(house: factories.Life) -> factories.Life:
    """Here 暴露垃圾 is usual at 建设巷, so the phone offers it first."""
    house.closed()
    return house


def photograph(page: Page, path: Path, name: str = "before") -> None:
    """The camera button of a form; waits until the picture is there."""
    shots = page.locator(f'[data-photos="{name}"] .shot')
    before = shots.count()
    page.locator(f'[data-photos="{name}"] input[type=file]').set_input_files(path)
    expect(shots).to_have_count(before + 1)


def newest() -> Case:
    return Case.objects.latest("pk")


def test_grid_worker_reports_from_the_first_page(page_as: PageAs, shot: Shot, t: SimpleNamespace) -> None:
    phone = page_as(phone=True)
    phone.goto("/log-in/")
    phone.get_by_label("手机号").fill(t.worker.phone)
    phone.get_by_label("口令").fill(factories.PASSWORD)
    phone.get_by_label("口令").press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("今天")
    phone.locator(".camera input[type=file]").set_input_files(shot("巷口垃圾"))
    phone.wait_for_url("**/field/report/")
    expect(phone.get_by_label("点位")).to_have_value(f"p:{t.lane.uuid}")
    phone.get_by_text("暴露垃圾", exact=True).first.click()
    phone.get_by_role("button", name="提交").click()
    expect(phone.locator("[data-sent]")).to_contain_text("已送达，编号")
    case = newest()
    assert (case.place, case.category, case.reporter, case.state) == (
        t.lane,
        "06010",
        t.worker,
        states.REPORTED,
    )
    assert [photo.role for photo in Photo.objects.of(case.uuid)] == ["before"]
    phone.goto("/field/")
    phone.get_by_role("link", name="我的记录").click()
    expect(phone.locator(".list .row").first).to_contain_text(case.number)
    expect(phone.locator(".list .row").first).to_contain_text("待受理")


def test_a_suggestion_that_arrives_under_the_finger_waits(
    page_as: PageAs, shot: Shot, t: SimpleNamespace
) -> None:
    phone = page_as(t.worker, phone=True)
    held: list[Route] = []
    phone.route("**/field/report/suggest/**", lambda route: held.append(route))  # noqa: PLW0108 -- playwright marks what it calls
    phone.goto("/field/report/")
    photograph(phone, shot("巷口纸箱"))
    expect(phone.get_by_label("点位")).to_have_value(f"p:{t.lane.uuid}")
    offered = phone.locator("[data-likely] .choice")
    expect(offered.first).to_have_text("暴露垃圾")
    offered.first.dispatch_event("touchstart")
    with phone.expect_response("**/field/report/suggest/**"):
        held[0].fulfill(json={"items": [{"code": "06013", "name": "道路破损", "word": ""}]})
    phone.wait_for_timeout(100)
    offered.first.dispatch_event("touchend")
    offered.first.click()
    expect(phone.get_by_role("radio", name="暴露垃圾")).to_be_checked()
    phone.wait_for_timeout(500)
    expect(offered.first).to_have_text("暴露垃圾")


def test_grid_worker_fixes_on_the_spot_with_two_photos(
    page_as: PageAs, shot: Shot, t: SimpleNamespace
) -> None:
    phone = page_as(t.worker, phone=True)
    phone.goto("/field/report/")
    photograph(phone, shot("散落垃圾"))
    phone.get_by_text("暴露垃圾", exact=True).first.click()
    phone.get_by_text("更多：具体位置、整改方式").click()
    phone.get_by_text(re.compile("^随手整")).first.click()
    photograph(phone, shot("已经捡净"), "after")
    phone.get_by_label("怎么整改的").fill("当场捡净")
    phone.get_by_role("button", name="提交").click()
    expect(phone.locator("[data-sent]")).to_contain_text("已送达，编号")
    case = newest()
    assert (case.path, case.self_found, case.measures) == (states.ON_SPOT, True, "当场捡净")
    assert sorted(photo.role for photo in Photo.objects.of(case.uuid)) == ["after", "before"]
    phone.goto("/field/mine/")
    expect(phone.locator(".list .row").first).to_contain_text(case.number)


def test_secretary_signs_and_hands_in_with_photo_and_quantity(
    page_as: PageAs, shot: Shot, t: SimpleNamespace, house: factories.Life
) -> None:
    taken = factories.photo(t.inspector, t.town, at=house.at)
    case = house.dispatched(place=t.market, description="市场门口两堆垃圾", photos=[taken])
    phone = page_as(t.secretary, phone=True)
    phone.goto("/field/tasks/")
    phone.locator(".task", has_text="市场门口两堆垃圾").get_by_role("link").first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("东门农贸市场")
    phone.get_by_text("为什么是这个期限").click()
    phone.get_by_role("button", name="签收").click()
    expect(phone.locator("main")).to_contain_text("已签收。")
    phone.get_by_role("link", name="处置反馈").click()
    photograph(phone, shot("整改后"), "photos")
    phone.locator(".phrases .phrase").first.click()
    phone.get_by_text("填数量、或拍不了照片").click()
    phone.get_by_label(re.compile("^清运垃圾")).first.fill("2")
    phone.get_by_role("button", name="提交反馈").click()
    expect(phone.locator("main")).to_contain_text(f"{case.number} 已反馈，等待核查。")
    case.refresh_from_db()
    assert (case.state, case.handler) == (states.VERIFYING, t.secretary)
    assert case.measures
    assert list(case.quantities.values()) == ["2"]
    # The books take it up when somebody else has looked.
    cases.accept(case=case, by=t.inspector, at=clock.now())
    (account,) = case.quantities
    assert [
        entry.quantity for entry in Entry.objects.of_voucher(case.uuid).filter(account__code=account)
    ] == [2]


def test_inspector_tours_checks_sends_back_accepts_and_looks_back(
    page_as: PageAs, shot: Shot, t: SimpleNamespace
) -> None:
    phone = page_as(t.inspector, phone=True)
    phone.goto("/field/")
    phone.get_by_text("开始一次督查").click()
    phone.get_by_label("督查级别").select_option(label="镇级督查")
    phone.get_by_role("button", name="开始督查").click()
    for n, words in enumerate(("墙角垃圾", "门前垃圾"), start=1):
        photograph(phone, shot(words))
        phone.get_by_text("暴露垃圾", exact=True).first.click()
        phone.get_by_label("一句话说明").fill(words)
        phone.get_by_role("button", name="提交").click()
        expect(phone.locator("[data-sent]")).to_contain_text("已送达，编号")
        expect(phone.locator("[data-tour-count]")).to_have_text(str(n))
    phone.get_by_role("button", name="结束").click()
    expect(phone.locator("main")).to_contain_text("本次督查结束，共记录 2 处问题。")
    first, second = Case.objects.order_by("-pk")[:2]
    assert first.inspection == second.inspection is not None
    assert {first.source, second.source} == {"town"}
    case = _handled(first, t)
    phone.goto("/field/tasks/")
    phone.locator(".task", has_text=case.description).get_by_role("link", name="去核查").click()
    expect(phone.locator("figure", has_text="整改前").locator("img")).to_have_count(1)
    expect(phone.locator("figure", has_text="整改后").locator("img")).to_have_count(1)
    phone.get_by_role("button", name="退回返工").click()
    expect(phone.get_by_text("退回时必填")).to_be_visible()
    case.refresh_from_db()
    assert case.state == states.VERIFYING
    phone.get_by_label("说明").fill("墙角还有残留")
    phone.get_by_role("button", name="退回返工").click()
    expect(phone.locator("main")).to_contain_text(f"{case.number} 已退回返工。")
    case = _handled(Case.objects.get(pk=case.pk), t)
    phone.goto(f"/field/case/{case.uuid}/")
    phone.get_by_role("link", name="核查").click()
    # What was delivered does not come back as a draft, nor its spent key with it.
    expect(phone.locator("[data-saved]")).to_have_text("")
    expect(phone.get_by_label("说明")).to_have_value("")
    phone.get_by_role("button", name="核查通过").click()
    expect(phone.locator("main")).to_contain_text(f"{case.number} 核查通过，已结案。")
    case.refresh_from_db()
    assert (case.state, case.close_reason, case.rework_count) == (states.CLOSED, states.FIXED, 1)


def test_inspector_looks_back_at_a_closed_case(page_as: PageAs, t: SimpleNamespace) -> None:
    long_ago = factories.Life(t, at=clock.now() - timedelta(days=9))
    case = long_ago.closed(place=t.market, description="摊位外溢一处")
    phone = page_as(t.inspector, phone=True)
    phone.goto("/field/")
    phone.locator(".task", has_text="摊位外溢一处").get_by_role("link", name="回头看").click()
    phone.get_by_role("button", name="未反弹").click()
    expect(phone.locator("main")).to_contain_text(f"{case.number} 回头看：未反弹。")
    assert [visit.relapsed for visit in case.revisits.filter(done_at__isnull=False)] == [False]


def _handled(case: Case, t: SimpleNamespace) -> Case:
    """What office and community do in their own stories: on to 待核查."""
    if case.state == states.REPORTED:
        case = cases.register(case=case, by=t.clerk, at=clock.now())
        case = cases.dispatch(case=case, by=t.clerk, at=clock.now(), lead=t.east)
        case = cases.sign(case=case, by=t.secretary, at=clock.now())
    after = [factories.photo(t.secretary, t.town, at=clock.now())]
    return cases.hand_in(case=case, by=t.secretary, at=clock.now(), photos=after, measures="已清扫")


def test_contractor_sees_only_own_cases_and_hands_in(
    page_as: PageAs, shot: Shot, t: SimpleNamespace, house: factories.Life
) -> None:
    own = house.dispatched(lead=t.cleaning, place=t.west_lane, description="文昌巷垃圾未清运")
    other = house.dispatched(place=t.lane, description="别的单位的垃圾")
    phone = page_as(t.cleaner, phone=True)
    phone.goto("/field/tasks/")
    expect(phone.locator("main")).to_contain_text("文昌巷垃圾未清运")
    expect(phone.locator("main")).not_to_contain_text("别的单位的垃圾")
    for face in ("field/case", "desk/cases"):
        answer = phone.goto(f"/{face}/{other.uuid}/")
        assert answer is not None
        assert answer.status == 404
        expect(phone.locator("body")).not_to_contain_text(other.description)
    phone.goto(f"/field/case/{own.uuid}/")
    phone.get_by_role("button", name="签收").click()
    phone.get_by_role("link", name="处置反馈").click()
    photograph(phone, shot("清运后"), "photos")
    phone.get_by_role("button", name="提交反馈").click()
    expect(phone.locator("main")).to_contain_text(f"{own.number} 已反馈，等待核查。")
    own.refresh_from_db()
    assert (own.state, own.handler) == (states.VERIFYING, t.cleaner)


def test_resident_reports_follows_and_contests_once(page_as: PageAs, shot: Shot, t: SimpleNamespace) -> None:
    phone = page_as(phone=True)
    phone.goto("/public/")
    phone.get_by_role("link", name="我要上报").click()
    photograph(phone, shot("楼下垃圾"), "photos")
    phone.get_by_label("什么问题").fill("楼下垃圾堆了两天没人清")
    phone.get_by_label("在哪个社区（村）").select_option(label="东门社区")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("status").first).to_contain_text("已收到")
    code = phone.locator(".code").inner_text()
    case = newest()
    assert (case.follow_code, case.source, case.unit) == (code, "public", t.east)
    case = _handled(case, t)
    cases.accept(case=case, by=t.inspector, at=clock.now())
    phone.goto("/public/")
    phone.get_by_label("查进度").fill(code.lower())
    phone.get_by_label("查进度").press("Enter")
    expect(phone.locator("main")).to_contain_text("楼下垃圾堆了两天没人清")
    for person in (t.secretary, t.inspector, t.clerk):
        expect(phone.locator("main")).not_to_contain_text(person.name)
    phone.get_by_text("没有整改好？退回一次").click()
    phone.get_by_label("哪里没有整改好").fill("楼道里还有一袋")
    phone.get_by_role("button", name="不满意，退回").click()
    expect(phone.get_by_role("heading", level=1)).not_to_contain_text("已办结")
    expect(phone.get_by_text("没有整改好？退回一次")).to_have_count(0)
    case.refresh_from_db()
    assert case.state == states.VERIFYING
    cases.accept(case=case, by=t.director, at=clock.now())
    phone.reload()
    expect(phone.get_by_text("没有整改好？退回一次")).to_have_count(0)


def test_resident_complains_and_the_county_answers(page_as: PageAs, t: SimpleNamespace) -> None:
    resident = page_as(phone=True)
    resident.goto("/public/")
    resident.get_by_role("link", name=re.compile("投诉建议（")).click()
    resident.get_by_label("意见、建议或投诉").fill("同一件事要填三张表，太折腾。")
    resident.get_by_role("button", name="提交").click()
    expect(resident.get_by_role("heading", level=1)).to_have_text("已送达县创城办")
    assert Suggestion.objects.get().text == "同一件事要填三张表，太折腾。"
    desk = page_as(t.county_clerk)
    desk.goto("/desk/")
    desk.get_by_role("link", name="意见与投诉").click()
    said = desk.locator("li", has_text="同一件事要填三张表").last
    said.get_by_label("答复").fill("下月起只记一次，报表自动汇总。")
    said.get_by_role("button", name="答复").click()
    expect(desk.locator("main")).to_contain_text("下月起只记一次")
    resident.reload()
    expect(resident.get_by_role("heading", level=1)).to_have_text("已答复")
    expect(resident.locator("main")).to_contain_text("下月起只记一次")
    town = page_as(t.clerk)
    answer = town.goto("/desk/suggestions/")
    assert answer is not None
    assert answer.status in (403, 404)
