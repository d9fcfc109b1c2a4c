"""A county's weekly form: uploaded, mapped with the keyboard alone, filled, and downloaded; looked at on a phone."""

from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.e2e.conftest import MARKS, PageAs
from tests.outcomes.forms.county_form import SHEET, form_bytes
from wenming.common import clock
from wenming.ground.jobs import actions as jobs
from wenming.ledger import figures, periods

pytestmark = MARKS


@pytest.fixture(scope="module")
def house(house: factories.Life) -> factories.Life:
    """One find put right and one that waits."""
    t = house.t
    house.closed(photos=[factories.photo(t.inspector, t.town, at=house.at)])
    house.registered(description="路灯一盏不亮", place=t.market)
    jobs.run_due(worker="e2e", at=clock.now())
    return house


def tab_to(page: Page, start: str) -> None:
    """Press Tab until something whose name begins so has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => { const e = document.activeElement; return e.getAttribute('aria-label') || e.name || e.textContent || '' }"
        )
        if str(name).strip().startswith(start):
            return
    raise AssertionError(f"no Tab leads to {start}")


def test_form_is_mapped_by_keyboard_filled_and_downloaded(
    page_as: PageAs, t: SimpleNamespace, tmp_path: Path
) -> None:
    file = tmp_path / "周报表.xlsx"
    file.write_bytes(form_bytes())
    clerk = page_as(t.clerk)
    clerk.goto("/desk/forms/")
    clerk.get_by_role("link", name="上传表样").click()
    clerk.get_by_label("表格文件").set_input_files(file)
    clerk.get_by_label("表名").fill("创城工作周报表")
    clerk.get_by_label("制表单位").fill("平川县创城办")
    clerk.get_by_role("button", name="上传，去对表").click()
    expect(clerk.locator("main")).to_contain_text("平川县文明城市创建工作周报表")
    # From here on no mouse: to the cell, into its form, to the metric, and off.
    tab_to(clerk, "D6 ")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#edit h2")).to_have_text("D6 填什么")
    tab_to(clerk, "figure-metric")
    clerk.keyboard.press("ArrowDown")
    tab_to(clerk, "就填这个数")
    clerk.keyboard.press("Enter")
    expect(clerk.locator(".is-chosen")).to_contain_text("本镇 · 发现问题数 · 本期")
    clerk.get_by_role("link", name="对好了，去填表").click()
    week = periods.of(periods.WEEK, clock.local_date(clock.now()))
    clerk.get_by_label("期间").select_option(label=week.label)
    clerk.get_by_role("button", name="填好并留存").click()
    expect(clerk.locator("main")).to_contain_text("填表时本期还没有结束")
    with clerk.expect_download() as download:
        clerk.get_by_role("link", name="下载 Excel").click()
    download.value.save_as(tmp_path / "填好的.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "填好的.xlsx")[SHEET]
    found = figures.value("found", scope=t.town, period=week, at=clock.now())
    assert sheet["D6"].value == found.number
    assert sheet["A1"].font.sz == 20
    clerk.locator("a.figure").first.click()
    expect(clerk.locator("main")).to_contain_text("发现问题数")


def test_form_is_looked_at_and_mapped_on_a_phone(page_as: PageAs, t: SimpleNamespace) -> None:
    phone = page_as(t.clerk, phone=True)
    phone.goto("/desk/forms/")
    phone.get_by_role("link", name="创城工作周报表").click()
    phone.get_by_role("link", name="对表", exact=True).click()
    cell = phone.get_by_role("link", name="A2 填报单位：")
    box = cell.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    cell.click()
    phone.get_by_text("一段文字", exact=True).click()
    phone.get_by_label("填什么").select_option(label="填报单位（填表人所在单位）")
    phone.locator("#edit details", has_text="一段文字").get_by_label("接在这一格原有的字后面").check()
    phone.get_by_role("button", name="就填这些字").click()
    expect(phone.locator(".form-said")).to_contain_text("填报单位（填表人所在单位）")
    # The mapping was used, so this is the second version; the first file stays what it was.
    expect(phone.locator("h1")).to_contain_text("第 2 版")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
