"""系统管理员, 安全管理员, 审计管理员: accounts are made, reset and watched by three different people."""

from types import SimpleNamespace

from playwright.sync_api import Page, expect

from tests.e2e.conftest import MARKS, PageAs
from wenming.common import clock
from wenming.ground.people.models import Person

pytestmark = MARKS
PHONE_NUMBER = "13800000099"


def log_in(page: Page, password: str) -> None:
    page.goto("/log-in/")
    page.get_by_label("手机号").fill(PHONE_NUMBER)
    page.get_by_label("口令").fill(password)
    page.get_by_role("button", name="登录").click()


def change(page: Page, password: str) -> None:
    page.get_by_label("新口令").fill(password)
    page.get_by_label("再输一遍").fill(password)
    page.get_by_role("button", name="保存").click()


def test_account_is_made_forced_to_change_reset_and_all_of_it_proved(
    page_as: PageAs, t: SimpleNamespace
) -> None:
    system = page_as(t.admin)
    system.goto("/desk/")
    system.get_by_role("link", name="人员岗位").click()
    system.get_by_role("link", name="新增", exact=True).click()
    system.get_by_label("姓名").fill("新网格员")
    system.get_by_label("手机号").fill(PHONE_NUMBER)
    system.get_by_label("岗位", exact=False).first.select_option(label="网格员")
    system.get_by_label("单位", exact=False).first.select_option(label="东门社区")
    system.get_by_label("任职起日").fill(clock.local_date(clock.now()).isoformat())
    system.get_by_role("button", name="保存").click()
    expect(system.get_by_role("heading", level=1)).to_contain_text("新网格员")
    first = system.locator(".g-once code").inner_text()
    system.reload()
    expect(system.locator(".g-once")).to_have_count(0)

    new = page_as()
    log_in(new, first)
    expect(new.get_by_role("heading", level=1)).to_have_text("修改口令")
    new.goto("/field/")
    expect(new.get_by_role("heading", level=1)).to_have_text("修改口令")
    change(new, "short")
    expect(new.locator(".field-error, .alert-danger").first).to_be_visible()
    change(new, "Dongmen-2026-wg")
    expect(new.get_by_role("heading", level=1)).to_contain_text("今天")

    person = Person.objects.get(phone=PHONE_NUMBER)
    security = page_as(t.security)
    security.goto(f"/desk/people/{person.uuid}/")
    security.get_by_role("button", name="重置口令").click()
    expect(security.locator("main")).to_contain_text("口令已重置")
    second = security.locator(".g-once code").inner_text()
    assert second != first

    again = page_as()
    log_in(again, "Dongmen-2026-wg")
    expect(again.get_by_role("alert")).to_contain_text("手机号或口令不对")
    log_in(again, second)
    expect(again.get_by_role("heading", level=1)).to_have_text("修改口令")

    audit = page_as(t.auditor)
    audit.goto("/desk/")
    audit.get_by_role("link", name="历史与校验").click()
    expect(audit.locator("main")).to_contain_text("新网格员")
    audit.get_by_role("button", name="校验历史与账簿").click()
    expect(audit.locator("main")).to_contain_text("全部相符")


def test_administrators_do_no_business(page_as: PageAs, t: SimpleNamespace) -> None:
    for person in (t.admin, t.security, t.auditor):
        page = page_as(person)
        page.goto("/desk/")
        expect(page.get_by_role("link", name="问题台账")).to_have_count(0)
        answer = page.goto("/desk/cases/new/")
        assert answer is not None
        assert answer.status == 403
