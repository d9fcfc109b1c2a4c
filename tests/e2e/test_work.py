"""A new clerk's first week: a kind of her own, three records, the weekly report, a county list of thirty problems."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import xlsxwriter
from playwright.sync_api import Page, expect

from tests import factories
from tests.e2e.conftest import MARKS, PageAs
from wenming.common import clock
from wenming.ledger.models import Entry
from wenming.records.cases.models import Case
from wenming.records.journals.models import Journal

pytestmark = MARKS
PHONE = {"width": 360, "height": 780}


def county_list(path: Path) -> Path:
    """Thirty problems as a county sends them: a title above, its own headings, deadlines in words."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("问题清单")
    sheet.merge_range(0, 0, 0, 5, "平川县创建全国文明城市督查问题清单（第 18 期）")
    sheet.write_row(1, 0, ["序号", "督查点位", "问题描述", "所属社区", "整改责任单位", "整改时限"])
    what = ["巷口堆放生活垃圾未清运", "墙面小广告", "非机动车乱停放"]
    for n in range(30):
        place, unit = (("建设巷", "东门社区"), ("文昌巷", "西街社区"))[n % 2]
        term = ("3天", "5个工作日", "立行立改")[n % 3]
        sheet.write_row(n + 2, 0, [str(n + 1), place, f"{what[n % 3]}{n + 1}处", unit, unit, term])
    book.close()
    return path


def define(page: Page) -> None:
    """「禁烟劝导」 with a count, made at the desk."""
    page.goto("/desk/")
    page.get_by_role("link", name="工作台账").click()
    page.get_by_role("link", name="类目", exact=True).click()
    page.get_by_role("link", name="新设类目").click()
    page.get_by_label("类目名称").fill("禁烟劝导")
    page.get_by_label("分组").fill("执法劝导")
    page.get_by_label("每记一条算 1").fill("")
    page.get_by_label("第 1 项名称").fill("劝导人数")
    page.locator("#id_kind_1").select_option(label="数量")
    page.locator("#id_measure_1").fill("人次")
    page.get_by_role("button", name="设立").click()
    expect(page.locator("main")).to_contain_text("「禁烟劝导」已设立，现在就可以填报、取数、导出。")


def test_a_kind_of_her_own_is_in_the_weekly_report(
    page_as: PageAs, t: SimpleNamespace, house: factories.Life, shot: Callable[[str], Path]
) -> None:
    house.registered(place=t.lane, description="巷口垃圾一堆")
    page = page_as(t.clerk)
    define(page)
    for people in ("3", "4"):
        page.get_by_role("link", name="工作台账").first.click()
        page.get_by_role("link", name="禁烟劝导", exact=True).click()
        page.get_by_label(re.compile("劝导人数")).fill(people)
        page.get_by_role("button", name="记账", exact=True).click()
        expect(page.locator("main")).to_contain_text("已记账：禁烟劝导。")
    # The third from the phone of a community, with a photo.
    phone = page_as(t.secretary)
    phone.set_viewport_size(PHONE)
    phone.goto("/field/work/")
    phone.locator("summary", has_text="执法劝导").click()
    phone.get_by_role("link", name="禁烟劝导").click()
    phone.get_by_label(re.compile("劝导人数")).fill("5")
    phone.locator("input[type=file][name=photos]").first.set_input_files(shot("禁烟劝导"))
    phone.get_by_role("button", name="记账", exact=True).click()
    expect(phone.locator("main")).to_contain_text("已记账：禁烟劝导")
    assert Journal.objects.filter(way="phone", unit=t.east).count() == 1
    # The number stands in the overview and opens its entries.
    page.goto("/desk/work/")
    page.locator("a.figure", has_text="12人次").click()
    expect(page.locator("main")).to_contain_text("禁烟劝导")
    expect(page.locator("main")).to_contain_text("12人次")
    # Nobody types it again: the weekly report has it.
    page.goto("/desk/documents/new/")
    page.get_by_role("link", name=re.compile("创城周报")).click()
    page.get_by_role("button", name="起草").click()
    expect(page.locator(".gw-sheets")).to_contain_text("禁烟劝导12人次")
    page.locator(".gw-sheets a", has_text="12人次").first.click()
    expect(page.locator("main")).to_contain_text("12人次")


def test_a_county_list_is_taken_over_with_one_mapping(
    page_as: PageAs, t: SimpleNamespace, tmp_path: Path
) -> None:
    page = page_as(t.clerk)
    before = Case.objects.count()
    page.goto("/desk/work/")
    page.get_by_role("link", name="接收上级清单").click()
    page.get_by_label("清单文件").set_input_files(county_list(tmp_path / "第18期.xlsx"))
    page.get_by_label("来文单位").fill("平川县创城办")
    page.get_by_label("清单名称").fill("《督查通报》第 18 期")
    page.get_by_role("button", name="下一步：对列").click()
    # The headings are guessed; the clerk only looks.
    expect(page.get_by_label("「督查点位」是什么")).to_have_value("place")
    expect(page.get_by_label("「所属社区」是什么")).to_have_value("unit")
    page.get_by_role("button", name="下一步：预检").click()
    expect(page.locator("main")).to_contain_text("30 件可以接收")
    page.get_by_label(re.compile("同时立案")).check()
    page.get_by_role("button", name="接收 30 件").click()
    expect(page.locator("main")).to_contain_text("新增问题 30 件")
    assert Case.objects.count() == before + 30
    assert Case.objects.filter(source="county", state="dispatched", place=t.lane).count() == 15
    assert (
        Entry.objects.filter(
            account__code="case.dispatched", occurred_on=clock.local_date(clock.now())
        ).count()
        >= 30
    )


def test_her_ledger_goes_out_as_it_is_filtered(page_as: PageAs, t: SimpleNamespace, tmp_path: Path) -> None:
    page = page_as(t.clerk)
    page.goto("/desk/work/new/meeting/")
    page.get_by_label(re.compile("会议类型")).select_option(label="周例会")
    page.get_by_label(re.compile("议题")).fill("=创城周例会")
    page.get_by_label(re.compile("到会人数")).fill("24")
    page.get_by_label("议定事项 1").fill("建设巷补齐烟头桶")
    page.get_by_role("button", name="记账", exact=True).click()
    expect(page.locator("main")).to_contain_text("建设巷补齐烟头桶")
    page.get_by_role("link", name="同类记录").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="导出").click()
    download.value.save_as(tmp_path / "会议.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "会议.xlsx").worksheets[0]
    cells = {
        str(cell.value): cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None
    }
    assert cells["=创城周例会"] == "s"
    assert cells["24"] == "n"
