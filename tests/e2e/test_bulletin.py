"""《督查通报》 from the desk to the signed file, every figure down to its photos; the leaders' board."""

import re
from datetime import timedelta
from types import SimpleNamespace

import docx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests import factories
from tests.e2e.conftest import MARKS, PageAs
from wenming.common import clock
from wenming.ground.jobs import actions as jobs
from wenming.outcomes.documents.models import Document

pytestmark = MARKS


@pytest.fixture(scope="module")
def house(house: factories.Life) -> factories.Life:
    """Days worth a bulletin: two finds fixed with photos, one being handled, one waiting."""
    t = house.t
    for place in (t.lane, t.market):
        house.closed(place=place, photos=[factories.photo(t.inspector, t.town, at=house.at)])
    house.handling(place=t.lane, description="杂物堆放一处", category="06036")
    house.registered(description="路灯一盏不亮")
    jobs.run_due(worker="e2e", at=clock.now())
    return house


def step(page: Page, document: Document, name: str) -> None:
    page.goto(f"/desk/documents/{document.uuid}/")
    page.locator(".page-actions").get_by_role("button", name=name, exact=True).click()


def test_bulletin_is_drafted_edited_passed_issued_and_proved(page_as: PageAs, t: SimpleNamespace) -> None:
    clerk = page_as(t.clerk)
    clerk.goto("/desk/")
    clerk.get_by_role("link", name="公文", exact=True).click()
    clerk.get_by_role("link", name="新建公文").click()
    clerk.get_by_role("link", name=re.compile("督查通报")).click()
    clerk.get_by_label("起止日期").check()
    today = clock.local_date(clock.now())
    clerk.get_by_label("起", exact=True).fill((today - timedelta(days=6)).isoformat())
    clerk.get_by_label("止", exact=True).fill(today.isoformat())
    clerk.get_by_role("button", name="起草").click()
    expect(clerk.locator("main")).to_contain_text("草稿已按一本账和案卷写好")
    document = Document.objects.get()
    suggestions = clerk.locator(".doc-lines li", has_text="建议待定")
    while suggestions.count():
        left = suggestions.count()
        suggestions.first.get_by_role("link").click()
        clerk.get_by_role("button", name="照样采纳").click()
        expect(suggestions).to_have_count(left - 1)
    clerk.get_by_role("link", name="在最前加一段").click()
    clerk.locator("#edit textarea").fill("请各单位{{随便写的}}抓好整改。")
    clerk.get_by_role("button", name="加上").click()
    expect(clerk.locator("main")).to_contain_text("随便写的")
    expect(clerk.locator(".doc-side")).to_contain_text("要先处理")
    clerk.locator(".doc-lines li", has_text="请各单位").get_by_role("link").click()
    clerk.locator("#edit textarea").fill("请各单位抓好整改。")
    clerk.get_by_role("button", name="保存").click()
    expect(clerk.locator(".doc-side")).to_contain_text("没有挡住签发的问题")
    step(clerk, document, "送审")
    step(page_as(t.director), document, "审核通过")
    leader = page_as(t.leader)
    step(leader, document, "签发")
    expect(leader.locator("main .state").first).to_have_text("已签发待印发")
    step(clerk, document, "印发")
    expect(clerk.locator("main .state").first).to_have_text("已印发")
    with clerk.expect_download() as download:
        clerk.get_by_role("link", name="Word 文件").click()
    word = docx.Document(download.value.path())
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "请各单位抓好整改。" in text
    assert "{{" not in text
    document.refresh_from_db()
    figures = list(document.figures.select_related("figure").order_by("position"))
    assert len(figures) >= 3
    _down_to_photos(clerk, document)


def shown(picture: Locator) -> None:
    """The picture really came."""
    picture.scroll_into_view_if_needed()
    picture.evaluate("el => el.complete || new Promise(done => { el.onload = el.onerror = done; })")
    assert picture.evaluate("el => el.naturalWidth") > 0


def _down_to_photos(page: Page, document: Document) -> None:
    """Three figures with vouchers: figure → entries and vouchers → case → photo."""
    seen = 0
    links = page.locator("#figures td:nth-child(2) a.figure")
    for n in range(links.count()):
        page.goto(f"/desk/documents/{document.uuid}/")
        number = links.nth(n).inner_text()
        links.nth(n).click()
        # A paper writes 「2处」 where the ledger shows all decimals of the metric.
        whole = re.fullmatch(r"(\d+)(\D+)", number)
        expect(page.locator(".g-big")).to_have_text(
            re.compile(rf"{whole[1]}(\.0+)?{re.escape(whole[2])}") if whole else number
        )
        expect(page.locator("main")).to_contain_text("凭证完整")
        assert page.locator(".g-entries tbody tr").count() > 0
        proof = page.locator(".g-proofs li", has=page.locator("img")).first
        if not proof.count():
            continue
        shown(proof.locator("img").first)
        proof.locator("p a").click()
        shown(page.locator(".photo img").first)
        seen += 1
        if seen == 3:
            break
    assert seen == 3


def test_every_number_of_the_board_opens(page_as: PageAs, t: SimpleNamespace) -> None:
    page = page_as(t.leader)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("安和镇")
    numbers = page.locator(".bd-number .bd-value a")
    expect(page.locator(".bd-number")).to_have_count(6)
    addresses = [link.get_attribute("href") for link in numbers.all()]
    assert len(addresses) >= 4
    for address in addresses:
        answer = page.goto(str(address))
        assert answer is not None
        assert answer.status == 200
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/board/")
    page.get_by_role("button", name="列表").click()
    expect(page.locator("#board-map-list")).to_contain_text("杂物")
    page.get_by_role("link", name="全部对比、打印").click()
    expect(page.locator(".bd-compared").first).to_contain_text("东门社区")
