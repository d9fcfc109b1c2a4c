"""The phone face in a real browser: three taps, and a network that fails in the middle.

360 × 640, touch, position told by the phone.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import factories
from wenming.common import clock
from wenming.ground.evidence.models import Photo
from wenming.records.cases import states
from wenming.records.cases.models import Case

pytestmark = pytest.mark.e2e
# Playwright's loop runs in the thread of the tests; Django would refuse to ask the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PHONE = {"width": 360, "height": 640}


@pytest.fixture(scope="session", autouse=True)
def _database_first(django_db_setup: None) -> None:
    """A live server that starts before the test database would open connections of its own, never closed."""


@pytest.fixture(scope="session")
def base_url() -> str:
    """In place of the plugin's own, whose definition pytest 9 warns about; tests name the server themselves."""
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = os.environ.get("WENMING_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    more: dict[str, Any] = {"executable_path": found} if found else {}
    args = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
    return {**browser_type_launch_args, **more, "args": args}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args, "viewport": PHONE, "has_touch": True, "is_mobile": True, "locale": "zh-CN",
        "geolocation": {"latitude": 24.9511, "longitude": 118.3811, "accuracy": 10},
        "permissions": ["geolocation"],
    }  # fmt: skip


@pytest.fixture
def street(transactional_db: None) -> SimpleNamespace:
    """The town, where 暴露垃圾 is usual at 建设巷."""
    t = factories.build_town()
    life = factories.Life(t)
    life.reported(description="常见")
    Case.objects.update(state=states.REFUSED)
    return t


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "现场.jpg"
    path.write_bytes(factories.picture("现场", size=(2400, 1800), seed=9))
    return path


@pytest.fixture
def phone(page: Page, live_server: Any, street: SimpleNamespace) -> Iterator[Page]:
    """网格员刘强's phone, logged in."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{live_server.url}/log-in/?next=/field/")
    page.fill("[name=username]", street.worker.phone)
    page.fill("[name=password]", factories.PASSWORD)
    page.click("main button")
    page.wait_for_url("**/field/")
    yield page
    assert errors == []


def new_cases() -> list[Case]:
    return list(Case.objects.exclude(description="常见").order_by("id"))


def test_worker_reports_with_two_taps_after_the_photo(
    phone: Page, live_server: Any, street: SimpleNamespace, picture: Path
) -> None:
    """The camera lies on the first page; then the category, then 提交."""
    taps = 0
    phone.set_input_files(".camera input[type=file]", picture)
    phone.wait_for_url("**/field/report/")
    expect(phone.locator(".shot img")).to_have_count(1)
    expect(phone.locator("[data-place]")).to_have_value(f"p:{street.lane.uuid}")
    phone.tap('.choice:has(input[value="06010"])')
    taps += 1
    phone.tap("text=提交")
    taps += 1
    expect(phone.locator("[data-sent]")).to_contain_text("已送达，编号")
    expect(phone.locator(".camera-text").first).to_have_text("连拍下一处")
    assert taps <= 3
    (case,) = new_cases()
    assert (case.place, case.category, case.reporter) == (street.lane, "06010", street.worker)
    assert (case.lat, case.lng) == (24.9511, 118.3811)
    assert case.number in phone.locator("[data-sent]").inner_text()
    stored = Photo.objects.of(case.uuid).get()
    # Made smaller on the phone.
    assert (stored.width, stored.height) == (1920, 1440)
    assert clock.now() >= case.reported_at


def test_network_failure_keeps_everything_and_a_retry_makes_one_case(
    phone: Page, context: BrowserContext, live_server: Any, street: SimpleNamespace, picture: Path
) -> None:
    phone.goto(f"{live_server.url}/field/report/")
    phone.set_input_files('[data-photos="before"] input', picture)
    expect(phone.locator(".shot img")).to_have_count(1)
    phone.fill("[name=description]", "巷口两袋垃圾没清")
    phone.tap('.choice:has(input[value="06010"])')
    context.set_offline(True)
    phone.tap("text=提交")
    expect(phone.locator("[data-saved]")).to_contain_text("没有送出：网络不通")
    assert new_cases() == []
    context.set_offline(False)
    # The phone was switched off meanwhile: a fresh page has it all again.
    phone.goto(f"{live_server.url}/field/report/")
    expect(phone.locator(".shot img")).to_have_count(1)
    expect(phone.locator("[name=description]")).to_have_value("巷口两袋垃圾没清")
    # The answer to the first sending gets lost on its way; the server has the case already.
    phone.route(
        "**/field/report/",
        lambda route: (route.fetch(), route.abort()) if route.request.method == "POST" else route.continue_(),
    )
    phone.tap("text=提交")
    expect(phone.locator("[data-saved]")).to_contain_text("没有送出：网络不通")
    phone.unroute("**/field/report/")
    assert len(new_cases()) == 1
    phone.tap("text=提交")
    expect(phone.locator("[data-sent]")).to_contain_text("已送达，编号")
    (case,) = new_cases()
    assert case.description == "巷口两袋垃圾没清"
    assert Photo.objects.count() == 1
    # With the receipt in hand the phone has forgotten the draft.
    phone.goto(f"{live_server.url}/field/report/")
    expect(phone.locator(".shot img")).to_have_count(0)


def test_expired_session_keeps_the_draft(
    phone: Page, context: BrowserContext, live_server: Any, street: SimpleNamespace, picture: Path
) -> None:
    phone.goto(f"{live_server.url}/field/report/")
    phone.set_input_files('[data-photos="before"] input', picture)
    expect(phone.locator(".shot img")).to_have_count(1)
    phone.tap('.choice:has(input[value="06010"])')
    context.clear_cookies(name="sessionid")
    phone.tap("text=提交")
    expect(phone.locator("[data-saved]")).to_contain_text("内容和照片已存在手机里")
    assert new_cases() == []


def test_form_works_without_script(
    browser: Any, live_server: Any, street: SimpleNamespace, picture: Path
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/log-in/?next=/field/report/")
    page.fill("[name=username]", street.worker.phone)
    page.fill("[name=password]", factories.PASSWORD)
    page.click("main button")
    page.set_input_files('[data-photos="before"] input', picture)
    page.check('input[name="category"][value="06010"]', force=True)
    page.click("text=提交")
    assert "已送达，编号" in page.inner_text("main")
    assert len(new_cases()) == 1
    context.close()
