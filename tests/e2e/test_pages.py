"""Every page, in a wide window and at 360 px: WCAG 2 A and AA by axe, nothing wider than the window, no English."""

import re
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page

from tests import factories
from tests.e2e import pages
from tests.e2e.conftest import DESK, MARKS, PHONE, TIMEOUT_MS, Watch, enter
from wenming.common import clock
from wenming.ground.jobs import actions as jobs

pytestmark = MARKS
# Only what is broken is told in full: a list of all that is well takes longer to hand over than to find.
RULES: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa"]},
    "resultTypes": ["violations"],
}
# Colours are judged once, in the wide window, and on the phone's own faces in the narrow one: they take the longest.
NARROW = RULES | {"rules": {"color-contrast": {"enabled": False}}}
# Latin words an office knows: kinds of files, and what is written in letters on the bin and on the road.
KNOWN = {
    "excel",
    "word",
    "xlsx",
    "docx",
    "jpeg",
    "heic",
    "webp",
    "libreoffice",
    "geojson",
    "json",
    "yaml",
    "ctrl",
}
# Visible text and what a screen reader says, without codes, file names and addresses, which are marked as such.
WORDS = """() => {
  const said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const of = walk.currentNode.parentElement;
    if (of.closest('script,style,code,[translate=no]') || !of.checkVisibility({visibilityProperty: true})) continue;
    said.push(walk.currentNode.textContent);
  }
  for (const el of document.querySelectorAll('[alt],[title],[aria-label],[placeholder]'))
    if (!el.closest('code,[translate=no]'))
      for (const name of ['alt', 'title', 'aria-label', 'placeholder']) said.push(el.getAttribute(name) || '');
  return said;
}"""


@pytest.fixture(scope="module")
def world(house: factories.Life) -> pages.World:
    """The town of `pages`, its photos ready."""
    built = pages.build(house)
    jobs.run_due(worker="e2e", at=clock.now(), limit=500)
    return built


@pytest.fixture(scope="module")
def people(chromium: Browser, server: str, world: pages.World) -> Any:
    """people("clerk") → the window of that person, kept for the whole module."""
    open_: dict[str, BrowserContext] = {}

    def window(who: str) -> BrowserContext:
        if who not in open_:
            open_[who] = chromium.new_context(base_url=server, locale="zh-CN", viewport=DESK)
            open_[who].set_default_timeout(TIMEOUT_MS)
            if who:
                enter(open_[who], server, pages.person(world, who))
        return open_[who]

    yield window
    for context in open_.values():
        context.close()


def broken_rules(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe finds, a line for each kind with the elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options).then(said => said.violations)", options)
    return [
        f"{one['id']}: {one['help']}: " + " | ".join(node["html"][:160] for node in one["nodes"][:4])
        for one in found
    ]


def english(page: Page) -> list[str]:
    words = re.findall(r"[A-Za-z]{4,}", " ".join(page.evaluate(WORDS)))
    return sorted({word for word in words if word.lower() not in KNOWN})


def too_wide(page: Page) -> list[str]:
    """The elements that stick out of a window which can be scrolled sideways."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
        [document.documentElement.scrollWidth + ' px'].concat([...document.querySelectorAll('body *')]
          .filter(el => el.getBoundingClientRect().right > window.innerWidth + 1)
          .map(el => el.tagName + '.' + el.className).slice(0, 6))"""
    )


def test_every_address_is_a_page_a_file_or_a_form() -> None:
    shown = {":".join(row.split(":")[:2]) for row in pages.PAGES}
    listed = [*shown, *pages.FILES, *pages.FORMS]
    assert sorted(pages.names()) == sorted(listed)


def look_at(row: str, world: pages.World, people: Any) -> None:
    """Opens the page in both windows and holds what was found against what should be."""
    who = pages.PAGES[row][0]
    context = people(who)
    page, watch = context.new_page(), Watch()
    watch.over(page)
    page.set_viewport_size(DESK)
    try:
        if row == "desk:case-batch-result":
            page.goto(pages.address(world, "desk:case-batch"))
            page.get_by_role("button", name="立案").click()
        answer = page.goto(pages.address(world, row))
        assert answer is not None
        assert (answer.status, page.url.split("://")[1].split("/", 1)[1]) == (
            200,
            pages.address(world, row).lstrip("/"),
        )
        wide = broken_rules(page, RULES)
        headings, title = page.locator("h1").all_inner_texts(), page.title()
        language, foreign = page.locator("html").get_attribute("lang"), english(page)
        page.set_viewport_size(PHONE)
        narrow = NARROW if row.startswith("desk:") else RULES
        assert {
            "axe": wide, "axe 360": broken_rules(page, narrow), "h1": len(headings), "title": bool(title.strip()),
            "lang": language, "english": foreign, "wide": too_wide(page), "faults": watch.faults,
        } == {
            "axe": [], "axe 360": [], "h1": 1, "title": True,
            "lang": "zh-Hans", "english": [], "wide": [], "faults": [],
        }  # fmt: skip
    finally:
        page.close()


# Two scopes, so that two processes share the pages; each builds its own town.
ROWS = list(pages.PAGES)


class TestPagesAtEvenPlaces:
    @pytest.mark.parametrize("row", ROWS[::2])
    def test_page_is_accessible_narrow_and_chinese(self, row: str, world: pages.World, people: Any) -> None:
        look_at(row, world, people)


class TestPagesAtOddPlaces:
    @pytest.mark.parametrize("row", ROWS[1::2])
    def test_page_is_accessible_narrow_and_chinese(self, row: str, world: pages.World, people: Any) -> None:
        look_at(row, world, people)

    def test_forms_answer_405_to_who_opens_their_address(self, world: pages.World) -> None:
        answers = {}
        for name, (who, args) in pages.FORMS.items():
            client = Client()
            if who:
                client.force_login(
                    pages.person(world, who), backend="django.contrib.auth.backends.ModelBackend"
                )
            answers[name] = client.get(reverse(name, args=args(world))).status_code
        assert answers == dict.fromkeys(pages.FORMS, 405)
