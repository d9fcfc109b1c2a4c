"""Every address of the site, asked for by everybody, with sense and with nonsense."""

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import factories
from tests.factories import Life, photo
from tests.outcomes.forms.county_form import mapped
from tests.scored import Contracted, Scored, book_text, ended_month
from wenming.common import clock
from wenming.faces.board import actions as walls
from wenming.ledger import periods
from wenming.ledger.models import Entry
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Outcome, line_key
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Receipt
from wenming.outcomes.forms import actions as forms
from wenming.records.cases import actions as cases
from wenming.records.cases.models import PlaceCheck
from wenming.records.journals import actions as journals
from wenming.records.journals.models import OwnPack, SuperiorList

# Pages that say the same to everybody, or nothing but what their secret address opens.
OPEN = {
    "kit:home", "kit:log-in", "kit:health", "kit:old-browser", "public:home", "public:report", "public:ground", "public:follow",
    "public:suggest", "public:suggestion", "public:privacy", "public:large-type", "public:appraisals", "public:rules", "board:wall", "board:wall-map", "board:wall-shapes",
    "field:place", "kit:photo",
}  # fmt: skip
# Addresses of one thing of 安和镇: to somebody of another town they are not there.
OF_THE_TOWN = (
    "desk:case-detail", "desk:case-photo", "desk:case-step", "desk:order-detail", "desk:order-print", "desk:order-step",
    "desk:document-detail", "desk:document-file", "desk:document-receipt-step", "desk:document-kind", "desk:entry", "desk:unit-detail", "desk:unit-change", "desk:unit-dissolve",
    "desk:person-detail", "desk:person-correct", "desk:post-give", "desk:place-detail", "desk:place-change", "desk:place-close",
    "desk:duty-give", "desk:duty-end", "desk:check-detail", "desk:moderation-case",
    "desk:appraisal-round", "desk:appraisal-step", "desk:appraisal-sheet",
    "desk:appraisal-sheet-print", "desk:appraisal-agree", "desk:appraisal-appeal-new", "desk:appraisal-appeal", "desk:appraisal-withdraw",
    "desk:appraisal-settle", "desk:appraisal-clear", "desk:appraisal-book", "desk:appraisal-book-source", "desk:appraisal-book-version",
    "desk:appraisal-book-edit", "desk:appraisal-book-guide", "desk:appraisal-book-adopt", "desk:appraisal-book-drop",
    "desk:appraisal-settlement", "desk:appraisal-settlement-file", "desk:appraisal-notice", "field:case", "field:hand-in", "field:check", "field:revisit",
    "field:place", "kit:photo", "desk:work-detail", "desk:work-correct", "desk:work-strike", "desk:work-decide", "desk:decision",
    "desk:takeover-list", "desk:kind-file", "desk:form-detail", "desk:form-sample", "desk:form-fill", "desk:form-replace", "desk:form-retire",
    "desk:form-map", "desk:form-rows", "desk:form-clear", "desk:filled-form", "desk:filled-form-file",
    "desk:takeover-file", "desk:document-head", "desk:document-block", "desk:document-step", "desk:post-end", "desk:person-secure",
    "desk:covert-publish", "desk:moderation-withdraw", "desk:moderation-preview", "desk:kind-change", "desk:kind-retire", "desk:parcel",
    "desk:job-retry", "desk:proof", "desk:figure", "field:sign", "field:return", "field:ask-extension", "field:ask-suspension",
    "board:wall-revoke",
)  # fmt: skip
DAYS = {
    "since", "until", "day", "start", "from_date", "due_date", "valid_from", "expires_on", "occurred_on", "received_on", "due_on",
    "due_on_1",
}  # fmt: skip
ASKED = [
    "page", "words", "q", "year", "unit", "account", "period", "category", "since", "until", "day", "who", "place", "source", "lead",
    "code", "box", "group", "case", "from", "to", "subject", "metric", "voucher", "term_value", "start", "round", "town",
]  # fmt: skip
NAMES = [
    *ASKED, "size", "sort", "month", "state", "kind", "deed", "light", "only", "lat", "lng", "bbox", "block", "add", "token", "next",
    "proofs", "end", "text", "side", "step", "column", "query", "scope",
    "reason", "found_at", "sent_at", "description", "address", "accuracy_m", "contact", "title", "name", "phone", "role", "from_date",
    "until_date", "due_date", "term_value", "term_unit", "into", "category_1", "description_1", "category_2", "description_2", "ground",
    "takes_over", "verdict", "relapsed", "note", "number", "valid_from", "spans", "geometry", "population", "expires_on", "label",
    "matter", "facts", "demands", "answer", "opinion", "quantity_1", "account_1", "measures", "no_photo", "q_garbage_loads", "parent",
    "what", "subject", "upheld", "decision", "confirmed", "do", "seen", "sample", "in_force", "value",
    "photos_kept", "before_kept", "path", "version", "units", "boxes", "rating", "password", "again", "username", "hours", "days",
    "occurred_on", "late_reason", "f_topic", "f_people", "f_type", "f_flyers", "what", "due_on", "what_1", "due_unit_1", "due_on_1", "each",
    "late_days", "name_1", "kind_1", "measure_1", "options_1", "needed_1", "code_1", "sender", "received_on", "split", "heading", "table", "c0",
    "late", "file", "receivers", "answer_due", "ask_held", "paper",
    "sheet", "cell", "list", "figure-metric", "figure-unit", "figure-period", "word-word", "word-text", "last_row", "take", "mark",
    "c_A", "p_A", "c_B", "sheet_name", "rows", "period_kind",
]  # fmt: skip


def routes(patterns: Any = None, space: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(name with its namespace, converters of the address) of every address of the site."""
    for one in patterns or get_resolver().url_patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern):
            yield f"{space}{one.name}", one.pattern.converters


ROUTES = list(routes())


@pytest.fixture
def world(town: SimpleNamespace) -> SimpleNamespace:
    """A little of everything in 安和镇, made in the last hours."""
    life = Life(town, at=clock.now() - timedelta(hours=8))
    t = town
    w = SimpleNamespace(t=t, life=life)
    w.case = life.closed(photos=[photo(t.inspector, t.town)])
    w.photo = factories.Photo.objects.of(w.case.uuid).first()
    w.order = cases.orders.draft(case=life.handling(), reason="manual", at=life.tick(), by=t.clerk)
    w.order = cases.orders.issue(order=w.order, by=t.director, at=life.tick())
    week = periods.of(periods.WEEK, clock.local_date(clock.now()))
    w.document = documents.draft(kind="bulletin", town=t.town, period=week, at=life.tick(), by=t.clerk)
    w.receipt = Receipt.objects.create(document=w.document, unit=t.east, sent_at=life.at, wanted=True)
    text = documents.copied(kind="daily", town=t.town, at=clock.now())
    w.own_document = documents.write_kind(town=t.town, text=text, by=t.clerk, at=clock.now())
    w.wall = walls.create(
        unit=t.town, label="一楼大厅", expires_on=clock.local_date(clock.now()), by=t.director, at=life.tick()
    )
    w.suggestion = cases.suggestions.suggest(text="多设垃圾桶", contact="", at=life.tick())
    w.public = cases.report(
        at=life.tick(), by=None, category="06010", description="垃圾没人清", unit=t.east, source="public"
    )
    month = Scored(t, ended_month())
    w.round = month.shown()
    w.sheet = month.sheet(w.round, t.east)
    w.appeal = appraisals.appeal(sheet=w.sheet, line=0, ground="不实", by=t.secretary, at=life.tick())
    w.draft_book = appraisals.write_book(
        town=t.town, text=book_text(month.month, "2"), by=t.clerk, at=life.tick()
    )
    contracted = Contracted(t)
    w.paper = contracted.sheet(contracted.shown(), t.cleaning)
    w.outcome = Outcome.objects.create(
        round=w.round, sheet=w.sheet, proposal="x", title="黑榜", action="列入", why="末位", board="black"
    )
    w.journal = journals.enter(
        kind="meeting", unit=t.town, occurred_on=clock.local_date(clock.now()), by=t.clerk, at=clock.now(),
        fields={"type": "weekly", "topic": "周例会"}, decisions=[journals.Resolution("补齐烟头桶", t.east)],
    )  # fmt: skip
    w.decision = w.journal.decisions.get()
    plan = journals.kinds.Plan("禁烟劝导", "执法劝导", (), each="次")
    w.own_kind = journals.kinds.define(unit=t.town, plan=plan, by=t.clerk, at=clock.now()).code
    w.superior = SuperiorList.objects.create(
        town=t.town, sender="平川县创城办", title="周报", source="county", received_on=clock.local_date(clock.now()),
        entered_by=t.clerk, entered_at=clock.now(),
    )  # fmt: skip
    w.form = mapped(t)
    w.filled = forms.fill(key=uuid4(), form=w.form, period=week, by=t.clerk, at=clock.now())
    w.nobody, _ = factories.people.add(
        name="无岗位", phone="13899999999", at=life.at, password=factories.PASSWORD, must_change=False
    )
    return w


def address(world: SimpleNamespace, name: str, converters: dict[str, Any]) -> str:
    """The address with the world's own things in it."""
    t, short = world.t, name.partition(":")[2]
    keys = {
        "case": world.case, "order": world.order, "document": world.document, "unit": t.east, "person": t.worker, "post": t.worker,
        "place": t.market, "duty": t.market, "moderation": world.public, "suggestion": world.suggestion, "wall": world.wall,
        "check": PlaceCheck.objects.earliest("pk"), "work": world.journal, "decision": world.decision, "takeover": world.superior,
        "form": world.form, "filled": world.filled,
    }  # fmt: skip
    thing = keys.get(short.partition("-")[0], world.case)
    if name == "kit:photo":
        thing = world.photo
    elif name == "desk:document-kind":
        thing = world.own_document
    elif name == "public:rules":
        thing = world.round.book
    elif name.startswith("desk:appraisal"):
        thing = _appraised(world, short)
    elif name == "desk:entry":
        thing = Entry.objects.filter(voucher_uuid=world.case.uuid).first()
    said = {
        "key": thing.uuid, "receipt": world.receipt.uuid, "photo_key": world.photo.uuid, "size": "page", "pk": OwnPack.objects.latest("pk").pk if name == "desk:kind-file" else 1, "post_id": 1, "duty_id": 1, "year": 2026, "month": 11,
        "token": world.wall.token if "wall" in name else t.market.token if name.startswith("field:") else "nothing",
        "kind": "docx" if "document" in name else "cases", "deed": "reset",
        "line": line_key(world.sheet.lines[0]), "what": "facts",
        "code": {"desk:appraisal-step": "publish", "desk:case-step": "revisit", "desk:order-step": "sign", "desk:case-batch": "register", "desk:metric": "in_time_rate", "desk:metric-file": "in_time_rate",
                 "desk:work-enter": "meeting", "desk:work-paste": "meeting", "field:work-enter": "handout",
                 "desk:kind-change": world.own_kind, "desk:kind-retire": world.own_kind, "desk:document-kind-copy": "daily", "desk:document-receipt-step": "sign_for", "desk:category-detail": "06010", "desk:point-detail": "farmers_market"}.get(name, "submit"),
    }  # fmt: skip
    return reverse(name, kwargs={part: said[part] for part in converters})


def _appraised(world: SimpleNamespace, short: str) -> Any:
    """The row of the appraisals that an address is about."""
    rows = {
        "appraisal-round": world.round, "appraisal-step": world.round, "appraisal-appeal": world.appeal,
        "appraisal-withdraw": world.appeal, "appraisal-settle": world.outcome, "appraisal-clear": world.outcome,
    }  # fmt: skip
    if short.startswith("appraisal-settlement"):
        return world.paper
    if short.startswith("appraisal-book"):
        return world.round.book if short == "appraisal-book-version" else world.draft_book
    return rows.get(short, world.sheet)


def asked(client: Client, method: str, url: str, data: Any = None) -> int | str:
    """The status, or what broke."""
    try:
        response = getattr(client, method)(url, data)
        if response.streaming:
            b"".join(response.streaming_content)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    return response.status_code


def test_every_address_answers_everybody(world: SimpleNamespace, log_in: Any) -> None:
    t, wrong = world.t, []
    for person in (
        t.director,
        t.secretary,
        t.worker,
        t.chief,
        t.cleaner,
        t.leader,
        t.auditor,
        t.admin,
        world.nobody,
    ):
        client = log_in(person)
        for name, converters in ROUTES:
            url = address(world, name, converters)
            status = asked(client, "get", url)
            if status not in (200, 302, 303, 403, 404, 405, 409, 422):
                wrong.append((person.name, url, status))
    assert wrong == []


def test_nobody_else_gets_in_without_logging_in(world: SimpleNamespace) -> None:
    wrong = []
    for name, converters in ROUTES:
        if name in OPEN:
            continue
        url = address(world, name, converters)
        for method in ("get", "post"):
            response = getattr(Client(), method)(url)
            shut = response.status_code == 302 and response["Location"].startswith("/log-in/")
            if not shut and not name.startswith("public:"):
                wrong.append((method, url, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_thing_of_one_town_is_not_there_for_another(
    world: SimpleNamespace, log_in: Any, method: str
) -> None:
    office = factories.unit("石桥镇创城办", "office", "350599101900", world.t.other_town)
    # Whoever may do most in a town of his own: what keeps him out is the town, not a missing permission.
    clerk = factories.person("钱外办", "13800000098", ("office_director", office), ("inspector", office))
    for client in (log_in(world.t.outsider), log_in(clerk)):
        found = {
            name: asked(client, method, address(world, name, converters))
            for name, converters in ROUTES
            if name in OF_THE_TOWN
        }
        assert set(found) == set(OF_THE_TOWN)
        assert {name: status for name, status in found.items() if status not in (403, 404, 405)} == {}


def reader(world: SimpleNamespace, name: str) -> Any:
    """Somebody who may open the address."""
    return world.t.auditor if "history" in name else world.t.admin if "job" in name else world.t.director


def fields(client: Client, url: str) -> list[str]:
    """Names of the fields that the page's own forms send, and those that any list may carry.

    Of rows that are alike (field_1, field_2 …) the first speaks for all.
    """
    page = client.get(url)
    content = b"".join(page.streaming_content) if page.streaming else page.content
    text = content.decode(errors="ignore")
    found = {*re.findall(r'name="([a-z_0-9]+)"', text), "page", "period", "unit"} - {"csrfmiddlewaretoken"}
    return sorted({re.sub(r"\d+", "#", name): name for name in sorted(found, reverse=True)}.values())


def test_nonsense_in_a_query_is_no_breakdown(world: SimpleNamespace, log_in: Any) -> None:
    wrong = []
    for name, converters in ROUTES:
        url, client = address(world, name, converters), log_in(reader(world, name))
        tries = [dict.fromkeys(NAMES, "\x00"), dict.fromkeys(NAMES, "9" * 30)]
        if not converters and "report" not in name:
            # One at a time: beside a field with an error the others are often not looked at.
            tries += [{key: "9999-12-31" if key in DAYS else "²²²²"} for key in fields(client, url)]
        for said in tries:
            status = asked(client, "get", url, said)
            if not isinstance(status, int) or status >= 500:
                wrong.append((url, said if len(said) == 1 else "all", status))
    assert wrong == []


@pytest.mark.parametrize("nonsense", ["²²²²", "9999-12-31", "\x00", "𠮷😀"])
def test_nonsense_in_a_form_is_no_breakdown(world: SimpleNamespace, log_in: Any, nonsense: str) -> None:
    director, worker, nobody = log_in(world.t.director), log_in(world.t.worker), Client()
    wrong = []
    for name, converters in ROUTES:
        if name in ("kit:log-out", "kit:log-in", "kit:password"):
            continue
        url = address(world, name, converters)
        for who in (director, worker, nobody):
            status = asked(who, "post", url, dict.fromkeys(NAMES, nonsense))
            if not isinstance(status, int) or status >= 500:
                wrong.append((url, status))
    assert wrong == []
