"""The board in a real browser: the map and its list, a wall that renews itself, drawing into a form."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.factories import Life
from wenming.common import clock
from wenming.faces.board import actions
from wenming.faces.board.models import WallToken

pytestmark = pytest.mark.e2e
# Playwright's loop runs in the thread of the tests; Django would refuse to ask the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
BUILT = Path(__file__).resolve().parents[3] / "frontend" / "dist" / "wenming"
FORM = """<form><input id="lat"><input id="lng"><textarea id="shape"></textarea>
<div id="m" data-map data-draw="Point LineString Polygon" data-lat="lat" data-lng="lng" data-geometry="shape"
style="height: 300px"></div></form>"""


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
    return {**browser_context_args, "viewport": {"width": 1920, "height": 1080}, "locale": "zh-CN"}


@pytest.fixture
def screen(page: Page) -> Iterator[Page]:
    """A page that must not break: errors of scripts and of the content policy fail the test."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None
    )
    yield page
    assert broken == []


@pytest.fixture
def at_work(transactional_db: None) -> SimpleNamespace:
    """The town with one case in hand."""
    t = factories.build_town()
    life = Life(t, at=clock.now() - timedelta(hours=5))
    t.case = life.handling()
    t.life = life
    return t


def test_board_fits_one_screen_and_map_is_also_a_list(live_server: Any, screen: Page, at_work: Any) -> None:
    screen.goto(f"{live_server.url}/log-in/")
    screen.fill("[name=username]", at_work.leader.phone)
    screen.fill("[name=password]", factories.PASSWORD)
    screen.press("[name=password]", "Enter")
    screen.wait_for_load_state()
    screen.goto(f"{live_server.url}/board/")
    expect(screen.locator("[data-map-total]")).to_have_text("未结 1 处：在办 1")
    assert screen.evaluate("document.documentElement.scrollHeight") == 1080
    screen.locator(".mk-green").first.click()
    expect(screen.locator(".leaflet-popup")).to_contain_text(f"● 正常{at_work.case.number}")
    screen.get_by_role("button", name="列表").press("Enter")
    link = screen.locator("#board-map-list").get_by_role("link", name=at_work.case.number)
    expect(link).to_be_visible()
    screen.set_viewport_size({"width": 360, "height": 740})
    assert screen.evaluate("document.documentElement.scrollWidth") == 360
    link.click()
    screen.wait_for_url(f"**/{at_work.case.uuid}/")


def test_wall_renews_itself_and_ends_when_revoked(live_server: Any, screen: Page, at_work: Any) -> None:
    day = clock.local_date(clock.now())
    wall = actions.create(
        unit=at_work.town, label="大厅", expires_on=day, by=at_work.director, at=clock.now()
    )
    screen.clock.install()
    screen.goto(f"{live_server.url}/board/wall/{wall.token}/")
    number = screen.locator("#wall-numbers b").first
    expect(number).to_have_text("1")
    expect(screen.locator(".mk-green")).to_have_count(2)  # the mark and the legend
    at_work.life.handling()
    screen.clock.fast_forward(61_000)
    expect(number).to_have_text("2")
    expect(screen.locator(".mk-green")).to_have_count(3)
    actions.revoke(wall=WallToken.objects.get(), by=at_work.director, at=clock.now())
    screen.clock.fast_forward(61_000)
    expect(screen.locator("#wall-numbers")).to_have_count(0)


def test_drawing_by_click_by_typing_and_by_keyboard(screen: Page) -> None:
    screen.set_content(FORM)
    screen.add_style_tag(path=BUILT / "map.css")
    screen.add_script_tag(path=BUILT / "map.js")
    screen.fill("#m-typed", "118.38, 24.95")
    screen.press("#m-typed", "Tab")
    expect(screen.locator("#lat")).to_have_value("24.950000")
    expect(screen.locator("#lng")).to_have_value("118.380000")
    screen.get_by_role("button", name="画面").press("Enter")
    screen.fill("#m-typed", "118.38 24.95\n118.39，24.95\n118.39,24.96")
    screen.press("#m-typed", "Tab")
    expect(screen.locator("#shape")).to_have_value(
        '{"type":"Polygon","coordinates":[[[118.38,24.95],[118.39,24.95],[118.39,24.96],[118.38,24.95]]]}'
    )
    screen.get_by_role("button", name="撤销一点").click()
    expect(screen.locator("#shape")).to_have_value("")
    screen.fill("#m-typed", "不是坐标")
    screen.press("#m-typed", "Tab")
    expect(screen.locator("form .form-text")).to_contain_text("先经度后纬度")
    screen.get_by_role("button", name="清空").click()
    screen.get_by_role("button", name="画点").click()
    screen.locator("#m").click(position={"x": 200, "y": 150})
    assert screen.locator("#lat").input_value() != ""
    assert screen.locator(".map-corner").count() == 1
