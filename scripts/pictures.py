"""Takes the pictures of README and manual from a running demo: docs/pictures/*.png, at most 150 kB each.

Start the demo first (`make demo`), then `make pictures`. Everything in the pictures is invented: drawn photos, drawn
people. Forms are filled in for the picture and left again; only where the demo has no bulletin in draft, one is drafted.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import system_parts
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
LARGEST = 150_000
DESK, PHONE, WALL, PAPER = (1440, 900), (390, 844), (1600, 900), (1500, 1150)
# A paper of several pages would be a picture as long as a street.
TALLEST = 1500


# A Chromium without its Chinese language pack shows empty days in English; an office's browser does not.
LIKE_CHINESE = """() => document.querySelectorAll("input[type=date]").forEach((field) => {
  if (!field.value) { field.type = "text"; field.placeholder = "年/月/日"; }
})"""


@dataclass(frozen=True)
class Shot:
    """One picture: who looks (a role, or empty for the public), at which page, in which window."""

    name: str
    role: str
    path: str
    size: tuple[int, int] = DESK
    prepare: Callable[[Page], None] | None = None
    whole: bool = False  # the whole page, down to TALLEST


@dataclass(frozen=True)
class Things:
    """What the pictures are of, looked up beforehand: the browser and the database do not mix."""

    phones: dict[str, str]
    password: str
    closed: str
    register: str
    dispatch: str
    verify: str
    returned: str
    due: str
    unsigned: str
    order: str
    draft: str
    issued: str
    figure: str
    round: str
    sheet: str
    book: str
    settlement: str
    place: str
    spot: tuple[float, float]  # latitude, longitude of the place
    photo: bytes


def look_up() -> Things:
    """The cases, documents and people of the demo that are worth a picture."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # Only now, when Django is set up.
    from wenming.cli.demo_town import ground  # noqa: PLC0415
    from wenming.ground.evidence import vault  # noqa: PLC0415
    from wenming.ground.evidence.models import Photo  # noqa: PLC0415
    from wenming.ground.places.models import Place  # noqa: PLC0415
    from wenming.ledger.models import Figure  # noqa: PLC0415
    from wenming.outcomes.appraisals.models import Round, RuleBook, Sheet  # noqa: PLC0415
    from wenming.outcomes.documents.models import Document  # noqa: PLC0415
    from wenming.records.cases.models import Case, Order  # noqa: PLC0415

    accounts = {account.role: account for account in ground.accounts()}
    if not accounts:
        sys.exit("这里没有演示数据。请先运行 make demo。")

    def case(**wanted: Any) -> str:
        found = (
            Case.objects.filter(town__name="安和镇", covert=False, **wanted).order_by("-reported_at").first()
        )
        if found is None:
            sys.exit(f"演示数据里没有这样的问题：{wanted}。请运行 make demo FRESH=1。")
        return str(found.uuid)

    def sheet(book: str, **wanted: Any) -> Any:
        found = Sheet.objects.filter(round__book__code=book, round__state="published", **wanted)
        return found.order_by("-round__period_end", "-pk").first()

    def key(found: Any) -> str:
        return str(found.uuid) if found is not None else ""

    town = {"town__name": "安和镇"}
    finished = case(state="closed", close_reason="fixed", rework_count=1, source="town")
    photo = Photo.objects.of(finished).order_by("pk").first()  # type: ignore[attr-defined]
    checked = Order.objects.filter(state="checked", **town).order_by("-year", "-serial").first()
    issued = Document.objects.filter(state="issued", **town).order_by("-pk").first()
    lane = Place.objects.filter(name="建设巷", unit__name="东门社区").get()
    return Things(
        phones={role: account.phone for role, account in accounts.items()},
        password=ground.PASSWORD,
        closed=finished,
        register=case(state="reported"),
        dispatch=case(state="registered"),
        verify=case(state="verifying", path="community"),
        returned=case(state="returned"),
        due=case(state="handling", lead_unit__name="东门社区"),
        unsigned=case(state="dispatched", lead_unit__name="东门社区"),
        order=key(checked),
        draft=key(Document.objects.filter(state="draft", **town).order_by("-pk").first()),
        issued=key(issued),
        figure=key(Figure.objects.filter(metric="fix_rate", scope__name="安和镇").order_by("-pk").first()),
        round=key(
            Round.objects.filter(book__code="community", **town).order_by("-period_end", "-pk").first()
        ),
        sheet=key(sheet("community", unit__name="东门社区")),
        book=key(RuleBook.objects.filter(code="community", **town).order_by("-pk").first()),
        settlement=key(sheet("cleaning")),
        place=lane.token,
        spot=(lane.lat, lane.lng),
        photo=vault.get(photo.original),
    )


def shots(of: Things) -> Iterable[Shot]:
    """Every picture of README and manual."""

    def photo_taken(page: Page) -> None:
        page.set_input_files(
            "input[type=file]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": of.photo}
        )
        page.wait_for_timeout(1200)
        page.fill("input[name=description]", "巷口两袋垃圾没清")
        page.wait_for_timeout(1500)
        page.evaluate("window.scrollTo(0, 0)")

    def said(page: Page) -> None:
        page.fill("textarea[name=text]", "巷口垃圾堆了两天没人清")

    def lower(page: Page) -> None:
        page.evaluate("window.scrollTo(0, 330)")

    def drafted(page: Page) -> None:
        with page.expect_navigation():
            page.click("main form button.btn-primary")
        page.wait_for_load_state("networkidle")
        lower(page)

    draft = f"/desk/documents/{of.draft}/" if of.draft else "/desk/documents/new/?kind=bulletin"
    clerk, leader, worker, secretary = "office_clerk", "town_leader", "grid_worker", "community_secretary"
    return [
        Shot("log-in", "", "/log-in/", (1024, 560)),
        Shot("home", clerk, "/desk/"),
        Shot("case", clerk, f"/desk/cases/{of.closed}/", whole=True),
        Shot("cases", clerk, "/desk/cases/"),
        Shot("register", clerk, f"/desk/cases/{of.register}/register/"),
        Shot("dispatch", clerk, f"/desk/cases/{of.dispatch}/dispatch/"),
        Shot("verify", clerk, f"/desk/cases/{of.verify}/accept/", whole=True),
        Shot("returned", "office_director", f"/desk/cases/{of.returned}/"),
        Shot("order", clerk, f"/desk/orders/{of.order}/", whole=True),
        Shot("document-new", clerk, "/desk/documents/new/"),
        Shot("bulletin", clerk, draft, PAPER, lower if of.draft else drafted),
        Shot("bulletin-issued", leader, f"/desk/documents/{of.issued}/", PAPER, lower),
        Shot("appraisal-round", clerk, f"/desk/appraisals/rounds/{of.round}/"),
        Shot("appraisal-sheet", secretary, f"/desk/appraisals/sheets/{of.sheet}/"),
        Shot("appraisal-book", clerk, f"/desk/appraisals/books/{of.book}/"),
        Shot("settlement", clerk, f"/desk/appraisals/sheets/{of.settlement}/settlement/"),
        Shot("work", clerk, "/desk/work/"),
        Shot("ledger", clerk, "/desk/ledger/"),
        Shot("figure", clerk, f"/desk/ledger/figures/{of.figure}/"),
        Shot("moderation", clerk, "/desk/moderation/"),
        Shot("places", clerk, "/desk/places/"),
        Shot("qr", clerk, "/desk/places/codes/"),
        Shot("calendar", clerk, "/desk/calendar/"),
        Shot("board", leader, "/board/", WALL),
        Shot("people", "system_admin", "/desk/people/"),
        Shot("security", "security_admin", "/desk/people/"),
        Shot("history", "audit_admin", "/desk/history/"),
        Shot("jobs", "system_admin", "/desk/jobs/"),
        Shot("phone-home", worker, "/field/", PHONE),
        Shot("phone-report", worker, "/field/report/", PHONE, photo_taken, whole=True),
        Shot("phone-tasks", secretary, "/field/tasks/", PHONE),
        Shot("phone-hand-in", secretary, f"/field/case/{of.due}/hand-in/", PHONE),
        Shot("phone-case", secretary, f"/field/case/{of.unsigned}/", PHONE),
        Shot("phone-place", worker, f"/field/p/{of.place}/", PHONE),
        Shot("phone-tour", "inspector", "/field/", PHONE, lambda page: page.click("summary")),
        Shot("station", "dept_contact", "/desk/"),
        Shot("public-home", "", "/public/", PHONE),
        Shot("public-report", "", "/public/report/", PHONE, said),
    ]


def take(browser: Browser, address: str, shot: Shot, of: Things) -> bytes:
    """The picture as PNG. A page that does not answer 200 stops the run."""
    width, height = shot.size
    phone = shot.size == PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai",
        has_touch=phone, is_mobile=phone, geolocation={"latitude": of.spot[0], "longitude": of.spot[1]}, permissions=["geolocation"],
    )  # fmt: skip
    try:
        page = context.new_page()
        if shot.role:
            page.goto(f"{address}/log-in/")
            page.fill("#id_username", of.phones[shot.role])
            page.fill("#id_password", of.password)
            page.click("button.btn-primary")
        answer = page.goto(f"{address}{shot.path}")
        if answer is None or answer.status != 200:
            sys.exit(f"{shot.name}：{shot.path} 回答 {answer.status if answer else '无'}，没有拍成。")
        page.wait_for_load_state("networkidle")
        if shot.prepare is not None:
            shot.prepare(page)
        if shot.whole:
            page.set_viewport_size({"width": width, "height": _height(page, height)})
        page.evaluate(LIKE_CHINESE)
        page.wait_for_timeout(400)
        return page.screenshot()
    finally:
        context.close()


def _height(page: Page, least: int) -> int:
    tall = int(page.evaluate("document.documentElement.scrollHeight"))
    return max(least, min(tall, TALLEST))


def squeeze(png: bytes) -> bytes:
    """The same picture in fewer colours, and smaller if need be, below LARGEST."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours, width in ((256, 1440), (128, 1440), (128, 1200), (64, 1200), (64, 1000), (32, 900)):
        scaled = picture
        if picture.width > width:
            scaled = picture.resize(
                (width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS
            )
        out = io.BytesIO()
        scaled.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            break
    return out.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description="从运行中的演示拍文档里的图片")
    parser.add_argument("--address", default="http://127.0.0.1:8000", help="演示网站的地址")
    parser.add_argument("--only", nargs="*", default=[], metavar="名称", help="只拍这几张")
    wanted = parser.parse_args()
    chromium = system_parts.find_chromium(os.environ)
    if chromium is None:
        print("没有找到 Chromium。请先运行 make test 准备，或设 WENMING_CHROMIUM。", file=sys.stderr)
        return 1
    of = look_up()
    FOLDER.mkdir(parents=True, exist_ok=True)
    # The rows were read; from here on only the browser speaks to the site.
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--lang=zh-CN"],
        )
        for shot in shots(of):
            if wanted.only and shot.name not in wanted.only:
                continue
            data = squeeze(take(browser, wanted.address.rstrip("/"), shot, of))
            (FOLDER / f"{shot.name}.png").write_bytes(data)
            print(f"{shot.name}.png  {len(data) // 1000} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
