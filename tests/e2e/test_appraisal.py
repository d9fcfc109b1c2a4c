"""考核 from the sample to the black list: a rule without YAML, a month computed, shown, appealed, decided, published,
and one line clicked down to the photo of its case."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.e2e.conftest import MARKS, PageAs
from tests.scored import ended_month, finds
from wenming.common import clock
from wenming.ground.jobs import actions as jobs
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, RuleBook, Sheet

pytestmark = MARKS
BLACK = "  - {id: black, title: 黑榜, op: proposal, board: black, if: {last: 1, below: 100}, action: 列入黑榜, ground: 办法第八条}\n"


@pytest.fixture(scope="module")
def house(house: factories.Life) -> factories.Life:
    """A month that is over: two finds of the town in 东门社区, the second of the same kind at the same place."""
    finds(house.t, ended_month())
    jobs.run_due(worker="e2e", at=clock.now())
    return house


def told(page: Page, words: str) -> None:
    expect(page.locator("main .messages")).to_contain_text(words)


def adopt_from_sample(page: Page) -> RuleBook:
    """The clerk: from the sample, by the form, one line of text for the black list, checked and adopted."""
    page.goto("/desk/")
    page.get_by_role("link", name="考核", exact=True).click()
    page.get_by_role("link", name="从样例新建一本规则书").click()
    page.get_by_role("link", name="用「社区创城月考核（样例）」").click()
    page.get_by_label("施行日期").fill(ended_month().start.isoformat())
    page.get_by_role("button", name="建草稿").click()
    told(page, "草稿已建好")
    page.get_by_label("市级发现，每件扣几分").fill("3")
    page.get_by_role("button", name="存草稿").click()
    expect(page.locator(".ap-book")).to_contain_text("市级扣 3 分")
    page.get_by_role("link", name="改文字、试算").click()
    area = page.get_by_label("规则书（YAML）")
    text = area.input_value()
    area.fill(text.rstrip("\n") + "\n" + BLACK.replace("op: proposal", "op: propos"))
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#faults")).to_contain_text("不认识的后果「propos」")
    line = len(text.rstrip("\n").splitlines()) + 1
    page.get_by_role("link", name=f"第 {line} 行").click()
    area.fill(text.rstrip("\n") + "\n" + BLACK)
    page.get_by_role("button", name="检查").click()
    expect(page.locator("main")).to_contain_text("没有发现问题")
    page.locator("#try-period").select_option(label=ended_month().label)
    page.get_by_role("button", name="试算").click()
    expect(page.locator("#trial")).to_contain_text("97，第 2 名")
    page.get_by_role("button", name="采用").click()
    told(page, "已采用")
    return RuleBook.objects.get()


def compute_and_show(page: Page) -> Round:
    page.goto("/desk/appraisals/")
    page.get_by_role("link", name="计算一期").click()
    page.get_by_label("规则书和考核期").select_option(label=ended_month().label)
    page.get_by_role("button", name="计算").click()
    told(page, "请核对后公示")
    page.get_by_role("button", name="公示", exact=True).click()
    told(page, "已公示")
    return Round.objects.get()


def down_to_the_photo(page: Page, sheet: Sheet) -> None:
    """Line → case → photo."""
    page.goto(f"/desk/appraisals/sheets/{sheet.uuid}/")
    line = page.locator(".ap-line").first
    expect(line).to_contain_text("−1（镇级）")
    thumb = line.locator("img").first
    thumb.evaluate("el => el.complete || new Promise(done => { el.onload = el.onerror = done; })")
    assert thumb.evaluate("el => el.naturalWidth") > 0
    line.locator(".ap-event-words a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("督-")
    picture = page.locator(".photo img").first
    picture.scroll_into_view_if_needed()
    picture.evaluate("el => el.complete || new Promise(done => { el.onload = el.onerror = done; })")
    assert picture.evaluate("el => el.naturalWidth") > 0


def agree(page: Page) -> None:
    page.get_by_role("button", name="确认无异议").click()
    told(page, "已确认无异议")


def test_rule_from_sample_to_black_list(page_as: PageAs, t: SimpleNamespace) -> None:
    clerk = page_as(t.clerk)
    adopt_from_sample(clerk)
    where = compute_and_show(clerk)

    secretary = page_as(t.secretary, phone=True)
    secretary.goto("/desk/appraisals/")
    secretary.locator("#tasks").get_by_role("link", name="查看").click()
    expect(secretary.locator(".ap-big")).to_contain_text("97")
    secretary.locator(".ap-line", has_text="重复加倍").get_by_role("link", name="申诉", exact=True).click()
    secretary.get_by_label("申诉理由").fill("第二处在石桥镇地界，附界址图")
    secretary.get_by_role("button", name="提交申诉").click()
    told(secretary, "申诉已提交")
    appeal = Appeal.objects.get()

    director = page_as(t.director)
    director.goto("/desk/appraisals/")
    director.locator("#tasks").get_by_role("link", name="裁定").click()
    expect(director.locator("main")).to_contain_text("第二处在石桥镇地界")
    director.get_by_label("申诉成立：这一行的事件不再计分，全体名次重算").check()
    director.get_by_label("裁定理由").fill("经核界址，属石桥镇")
    director.get_by_role("button", name="裁定").click()
    told(director, "已裁定")

    east = Sheet.objects.get(round=where, unit=t.east)
    secretary.goto(f"/desk/appraisals/sheets/{east.uuid}/")
    expect(secretary.locator(".ap-big")).to_contain_text("99")
    expect(secretary.locator("#appeals")).to_contain_text("经核界址，属石桥镇")
    agree(secretary)
    west = page_as(t.west_secretary)
    west.goto(f"/desk/appraisals/sheets/{Sheet.objects.get(round=where, unit=t.west).uuid}/")
    agree(west)

    clerk.goto(f"/desk/appraisals/rounds/{where.uuid}/")
    clerk.get_by_role("button", name="公布", exact=True).click()
    told(clerk, "已公布并入账")
    expect(clerk.locator("#places")).to_contain_text("全镇平均 99.50分")

    leader = page_as(t.leader)
    leader.goto("/desk/appraisals/")
    leader.locator("#tasks").get_by_role("link", name="办理").click()
    leader.locator(".ap-outcome", has_text="黑榜").get_by_role("link", name="定", exact=True).click()
    leader.get_by_label("采纳建议").check()
    leader.get_by_label("依据和理由").fill("办法第八条，末位且不满分")
    leader.get_by_role("button", name="确定").click()
    told(leader, "已定")
    leader.goto("/desk/appraisals/board/")
    expect(leader.locator(".ap-black")).to_contain_text("东门社区")

    down_to_the_photo(clerk, east)
    where.refresh_from_db()
    appeal.refresh_from_db()
    assert (where.state, appeal.state) == ("published", "upheld")
    assert Outcome.objects.get(board="black").state == "confirmed"
