"""Browser stories: a site with its own database file, one Chromium for all, and pages that fail on any error.

A module shares one town (`house`), built once; its tests write one after another like real people do. Pages opened
through `page_as` report every script error, refused resource and server error when the test ends.
"""

import gc
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from tests import factories
from wenming.common import clock
from wenming.ground.people.models import Person

# Playwright's loop runs in the thread of the tests; Django would refuse to ask the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# What every module of stories is marked with.
MARKS = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    # A thread of the live server that ends with its browser leaves its database connection to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
TIMEOUT_MS = 15_000
# A machine that serves three legs of tests at once is slow, and slowness alone is no fault.
expect.set_options(timeout=TIMEOUT_MS)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
HERE = Path(__file__).parent
# A page that refuses with 4xx says so in the console as well; what it says to the person is what tests look at.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests get a database in a file: one in memory would be one connection for all threads at once."""
    only_browser = config.option.markexpr == "e2e" or all(HERE in item.path.parents for item in items)
    if items and only_browser and connection.vendor == "sqlite":
        folder = tempfile.mkdtemp(prefix="wme2e-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        connection.settings_dict["TEST"]["NAME"] = f"{folder}/site.sqlite3"


def _chromium() -> str | None:
    found = os.environ.get("WENMING_CHROMIUM")
    for folder in (Path(settings.VAR_DIR), Path(settings.BASE_DIR) / "var"):
        if not found and (folder / "parts.json").exists():
            found = json.loads((folder / "parts.json").read_text(encoding="utf-8")).get("chromium")
    return (
        found or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )


@pytest.fixture(scope="session")
def chromium(playwright: Any) -> Iterator[Browser]:
    """One browser for all stories."""
    path = _chromium()
    if path is None:
        pytest.skip("没有找到 Chromium（可用 WENMING_CHROMIUM 指定）。")
    browser = playwright.chromium.launch(
        executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    )
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def _own_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """In place of the fixture for all tests: here photos live as long as the module's town."""
    folder = tmp_path_factory.mktemp("files")
    storages = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder)},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(STORAGES=storages, PASSWORD_HASHERS=hashers):
        yield


@pytest.fixture(scope="module")
def books(django_db_setup: None, django_db_blocker: Any, _own_files: None) -> Iterator[None]:
    """The database, open to a whole module, emptied after it."""
    with django_db_blocker.unblock():
        yield
        call_command(
            "flush", interactive=False, verbosity=0, reset_sequences=False, inhibit_post_migrate=True
        )


@pytest.fixture
def _django_db_helper(books: None) -> None:
    """In place of pytest-django's, which would empty the database after every test marked `django_db`."""


@pytest.fixture(scope="module")
def server(books: None) -> Iterator[str]:
    """The running site; its address."""
    live = LiveServer("localhost")
    yield live.url
    live.stop()
    # What the server's threads left is collected here, where it is expected, and not in the next module.
    gc.collect()


@pytest.fixture(scope="module")
def house(books: None) -> factories.Life:
    """安和镇, and deeds that began two days ago."""
    t = factories.build_town()
    return factories.Life(t, at=clock.now() - timedelta(days=2))


@pytest.fixture(scope="module")
def t(house: factories.Life) -> SimpleNamespace:
    """The people, units and places of the town."""
    return house.t


@pytest.fixture
def shot(tmp_path: Path) -> Callable[[str], Path]:
    """shot("巷口") → a photo on the phone, another one each time."""

    def take(words: str) -> Path:
        path = tmp_path / f"{words}.jpg"
        seed = int.from_bytes(words.encode()[-2:], "big") + len(list(tmp_path.iterdir())) * 7
        path.write_bytes(factories.picture(words, size=(1200, 900), seed=seed))
        return path

    return take


class Watch:
    """What went wrong on the pages of a test."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def over(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser reports what the content security policy refused as an error too.
        if message.type == "error" and not REFUSED.match(message.text):
            self.faults.append(f"{message.location.get('url')}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} {response.request.method} {response.url}")


def enter(context: BrowserContext, server: str, person: Person) -> None:
    """Logs the person in without the form."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server}])


PageAs = Callable[..., Page]


@pytest.fixture
def page_as(
    chromium: Browser, server: str, house: factories.Life, request: pytest.FixtureRequest
) -> Iterator[PageAs]:
    """page_as(person, phone=True) → a fresh browser window of that person; of a resident with None.

    Phones are clicked, not tapped: where the end of a tap comes late, the browser takes it for a long press.
    """
    watch, contexts = Watch(), []

    def open_(person: Person | None = None, *, phone: bool = False) -> Page:
        more: dict[str, Any] = {"viewport": DESK}
        if phone:
            more = {
                "viewport": PHONE, "has_touch": True, "is_mobile": True, "permissions": ["geolocation"],
                "geolocation": {"latitude": 24.9511, "longitude": 118.3811, "accuracy": 10},
            }  # fmt: skip
        context = chromium.new_context(
            base_url=server, locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True, **more
        )
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        if person is not None:
            enter(context, server, person)
        page = context.new_page()
        watch.over(page)
        return page

    yield open_
    folder = os.environ.get("WENMING_E2E_SHOTS")
    for n, context in enumerate(contexts):
        if folder and context.pages:
            context.pages[-1].screenshot(path=f"{folder}/{request.node.name}-{n}.png", full_page=True)
        context.close()
    assert watch.faults == []
