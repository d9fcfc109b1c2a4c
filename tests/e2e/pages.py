"""Every address of the site: which are pages and who opens them, which are files, which only take forms.

The tests of accessibility walk `PAGES`; one of them holds these lists and the resolver together.
"""

import io
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import factories
from tests.common.sheet_rows import csv_of
from tests.outcomes.forms.county_form import mapped
from tests.scored import Contracted, Scored, book_text, ended_month, finds
from wenming.common import clock
from wenming.faces.board import actions as board
from wenming.faces.desk import import_job
from wenming.ground.audit.models import Record
from wenming.ground.evidence import actions as evidence
from wenming.ground.people.models import Person, Post
from wenming.ground.places import actions as places
from wenming.ground.units import importing as units
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger import tasks as ledger_tasks
from wenming.ledger.models import Entry, Figure
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Outcome, Sheet, line_key
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import KindText
from wenming.outcomes.forms import actions as forms
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Order, PlaceCheck
from wenming.records.journals import actions as journals
from wenming.records.journals.models import SuperiorList
from wenming.records.parcels import receiving
from wenming.records.parcels import sending as parcels
from wenming.records.parcels.models import Answer, Parcel

World = SimpleNamespace
# name, or name:variant → (who opens it, the words of its address, what follows the address)
Args = Callable[[World], list[Any]]
Row = tuple[str, Args, Callable[[World], str]]


def _none(_w: World) -> list[Any]:
    return []


def _page(who: str, args: Args = _none, query: Callable[[World], str] | str = "") -> Row:
    return who, args, query if callable(query) else (lambda _w, said=query: said)


def _step(who: str, code: str, state: str) -> Row:
    return _page(who, lambda w: [w.by_state[state].uuid, code])


PAGES: dict[str, Row] = {
    "kit:log-in": _page(""),
    "kit:password": _page("clerk"),
    "kit:inbox": _page("secretary"),
    "kit:old-browser": _page(""),
    "public:home": _page(""),
    "public:report": _page(""),
    "public:report:place": _page("", query=lambda w: f"?place={w.t.lane.token}"),
    "public:follow": _page(""),
    "public:follow:case": _page("", query=lambda w: f"?code={w.resident.follow_code}"),
    "public:suggest": _page(""),
    "public:suggestion": _page("", lambda w: [w.said.uuid]),
    "public:privacy": _page(""),
    "public:appraisals": _page(""),
    "public:rules": _page("", lambda w: [w.told.book.uuid]),
    "field:home": _page("worker"),
    "field:home:secretary": _page("secretary"),
    "field:mine": _page("inspector"),
    "field:report": _page("worker"),
    "field:tasks": _page("secretary"),
    "field:work": _page("worker"),
    "field:work-enter": _page("worker", lambda _w: ["handout"]),
    "field:case": _page("secretary", lambda w: [w.by_state["handling"].uuid]),
    "field:hand-in": _page("secretary", lambda w: [w.by_state["handling"].uuid]),
    "field:check": _page("inspector", lambda w: [w.by_state["verifying"].uuid]),
    "field:revisit": _page("inspector", lambda w: [w.by_state["closed"].uuid]),
    "field:place": _page("worker", lambda w: [w.t.lane.token]),
    "board:home": _page("leader"),
    "board:compare": _page("leader"),
    "board:ranking": _page("leader"),
    "board:ranking:county": _page("county_clerk"),
    "board:walls": _page("director"),
    "board:wall": _page("", lambda w: [w.wall.token]),
    "desk:home": _page("clerk"),
    "desk:home:empty": _page("partner"),
    "desk:case-list": _page("clerk"),
    "desk:case-print": _page("clerk"),
    "desk:case-new": _page("clerk"),
    "desk:case-batch": _page("clerk", lambda _w: ["register"], lambda w: f"?case={w.resident.uuid}"),
    "desk:case-batch-result": _page("clerk"),
    "desk:case-detail": _page("clerk", lambda w: [w.by_state["registered"].uuid]),
    "desk:case-detail:closed": _page("clerk", lambda w: [w.by_state["closed"].uuid]),
    "desk:case-detail:handling": _page("secretary", lambda w: [w.by_state["handling"].uuid]),
    "desk:case-photo": _page("clerk", lambda w: [w.by_state["closed"].uuid, w.picture.uuid]),
    "desk:case-step:register": _step("clerk", "register", "reported"),
    "desk:case-step:refuse": _step("clerk", "refuse", "reported"),
    "desk:case-step:merge": _step("clerk", "merge", "reported"),
    "desk:case-step:split": _step("clerk", "split", "registered"),
    "desk:case-step:dispatch": _step("clerk", "dispatch", "registered"),
    "desk:case-step:assign": _step("secretary", "assign", "handling"),
    "desk:case-step:return": _step("secretary", "return", "handling"),
    "desk:case-step:hand_in": _step("secretary", "hand_in", "handling"),
    "desk:case-step:ask_extension": _step("secretary", "ask_extension", "handling"),
    "desk:case-step:ask_suspension": _step("secretary", "ask_suspension", "handling"),
    "desk:case-step:overrule_return": _step("director", "overrule_return", "returned"),
    "desk:case-step:accept": _step("inspector", "accept", "verifying"),
    "desk:case-step:send_back": _step("inspector", "send_back", "verifying"),
    "desk:case-step:close": _step("director", "close", "handling"),
    "desk:case-step:resume": _step("director", "resume", "suspended"),
    "desk:case-step:revisit": _step("inspector", "revisit", "closed"),
    "desk:case-step:supervise": _step("director", "supervise", "closed"),
    "desk:order-list": _page("director"),
    "desk:order-detail": _page("secretary", lambda w: [w.order.uuid]),
    "desk:order-detail:draft": _page("director", lambda w: [w.draft_order.uuid]),
    "desk:order-print": _page("director", lambda w: [w.order.uuid]),
    "desk:order-step": _page("director", lambda w: [w.draft_order.uuid, "issue"]),
    "desk:ledger": _page("clerk"),
    "desk:metric-list": _page("clerk"),
    "desk:metric": _page("clerk", lambda _w: ["found"]),
    "desk:burden": _page("clerk"),
    "desk:burden-review": _page("director"),
    "desk:burden-records": _page("clerk", lambda _w: ["facts"]),
    "desk:journal": _page("clerk"),
    "desk:entry": _page("clerk", lambda w: [w.entry.uuid]),
    "desk:figure": _page("clerk", lambda w: [w.figure.uuid]),
    "desk:unit-list": _page("director"),
    "desk:unit-add": _page("director"),
    "desk:unit-detail": _page("director", lambda w: [w.t.east.uuid]),
    "desk:unit-change": _page("director", lambda w: [w.t.east.uuid]),
    "desk:unit-dissolve": _page("director", lambda w: [w.t.east.uuid]),
    "desk:person-list": _page("director"),
    "desk:role-list": _page("director"),
    "desk:person-add": _page("director"),
    "desk:person-detail": _page("director", lambda w: [w.t.worker.uuid]),
    "desk:person-correct": _page("director", lambda w: [w.t.worker.uuid]),
    "desk:post-give": _page("director", lambda w: [w.t.worker.uuid]),
    "desk:place-list": _page("clerk"),
    "desk:place-sheet": _page("clerk"),
    "desk:place-add": _page("clerk"),
    "desk:place-detail": _page("clerk", lambda w: [w.t.lane.uuid]),
    "desk:check-detail": _page("clerk", lambda w: [w.check.uuid]),
    "desk:covert-list": _page("clerk"),
    "desk:place-change": _page("clerk", lambda w: [w.t.lane.uuid]),
    "desk:place-close": _page("clerk", lambda w: [w.t.lane.uuid]),
    "desk:duty-give": _page("clerk", lambda w: [w.t.lane.uuid]),
    "desk:calendar": _page("director"),
    "desk:calendar-year": _page("director", lambda w: [w.year]),
    "desk:calendar-month": _page("director", lambda w: [w.year, 11]),
    "desk:calendar-day": _page("director", query=lambda w: f"?day={w.year}-11-02"),
    "desk:calendar-hours": _page("director"),
    "desk:calendar-market": _page("director"),
    "desk:standards": _page("director"),
    "desk:pack-load": _page("admin"),
    "desk:category-list": _page("director"),
    "desk:category-detail": _page("director", lambda _w: ["06010"]),
    "desk:point-list": _page("director"),
    "desk:point-detail": _page("director", lambda _w: ["road_main"]),
    "desk:ladder": _page("director"),
    "desk:history": _page("auditor"),
    "desk:proof": _page("auditor", lambda w: [w.proof.pk]),
    "desk:jobs": _page("admin"),
    "desk:document-list": _page("clerk"),
    "desk:document-register": _page("clerk"),
    "desk:document-new": _page("clerk"),
    "desk:document-new:letter": _page("clerk", query="?kind=urge"),
    "desk:document-new:meeting": _page("clerk", query=lambda w: f"?kind=minutes&record={w.meeting.uuid}"),
    "desk:document-new:county": _page("county_clerk"),
    "desk:document-new:minutes": _page("clerk", query="?kind=minutes"),
    "desk:document-inbox": _page("secretary"),
    "desk:document-kinds": _page("clerk"),
    "desk:document-kind": _page("clerk", lambda w: [w.kind_draft.uuid]),
    "desk:document-kind:shipped": _page("clerk", lambda w: [w.kind_shipped.uuid]),
    "desk:document-settings": _page("director"),
    "desk:document-detail": _page("clerk", lambda w: [w.drafted.uuid]),
    "desk:document-detail:issued": _page("clerk", lambda w: [w.issued.uuid]),
    "desk:document-detail:received": _page("secretary", lambda w: [w.issued.uuid]),
    "desk:document-detail:table": _page("clerk", lambda w: [w.plan.uuid], "?block=tasks.table"),
    "desk:appraisal-home": _page("clerk"),
    "desk:appraisal-home:secretary": _page("secretary"),
    "desk:appraisal-home:empty": _page("county_clerk", query="?state=dropped"),
    "desk:appraisal-compute": _page("clerk"),
    "desk:appraisal-board": _page("secretary"),
    "desk:appraisal-round": _page("clerk", lambda w: [w.round.uuid]),
    "desk:appraisal-round:leader": _page("leader", lambda w: [w.told.uuid]),
    "desk:appraisal-round:secretary": _page("west_secretary", lambda w: [w.told.uuid]),
    "desk:appraisal-step": _page("clerk", lambda w: [w.round.uuid, "take_back"]),
    "desk:appraisal-sheet": _page("secretary", lambda w: [w.sheet.uuid]),
    "desk:appraisal-sheet:clerk": _page("clerk", lambda w: [w.told_sheet.uuid]),
    "desk:appraisal-sheet-print": _page("secretary", lambda w: [w.sheet.uuid]),
    "desk:appraisal-appeal-new": _page("secretary", lambda w: [w.sheet.uuid, line_key(w.sheet.lines[1])]),
    "desk:appraisal-appeal": _page("director", lambda w: [w.appeal.uuid]),
    "desk:appraisal-settle": _page("leader", lambda w: [w.outcome.uuid]),
    "desk:appraisal-clear": _page("clerk", lambda w: [w.black.uuid]),
    "desk:appraisal-settlement": _page("cleaner", lambda w: [w.paper.uuid]),
    "desk:appraisal-settlements": _page("clerk"),
    "desk:appraisal-notice": _page("secretary", lambda w: [w.post_sheet.uuid]),
    "desk:appraisal-round:contractor": _page("cleaner", lambda w: [w.paper.round.uuid]),
    "desk:appraisal-round:posts": _page("clerk", lambda w: [w.post_sheet.round.uuid]),
    "desk:appraisal-sheet:post": _page("secretary", lambda w: [w.post_sheet.uuid]),
    "desk:appraisal-books": _page("clerk"),
    "desk:appraisal-book-new": _page("clerk"),
    "desk:appraisal-book-new:head": _page("clerk", query="?sample=seed"),
    "desk:appraisal-book": _page("secretary", lambda w: [w.told.book.uuid]),
    "desk:appraisal-book:draft": _page("clerk", lambda w: [w.draft_book.uuid]),
    "desk:appraisal-book:broken": _page("clerk", lambda w: [w.broken_book.uuid]),
    "desk:appraisal-book-source": _page("secretary", lambda w: [w.told.book.uuid]),
    "desk:appraisal-book-version": _page("clerk", lambda w: [w.told.book.uuid]),
    "desk:appraisal-book-edit": _page("clerk", lambda w: [w.draft_book.uuid]),
    "desk:appraisal-book-guide": _page("clerk", lambda w: [w.draft_book.uuid]),
    "desk:appraisal-terms": _page("clerk"),
    "desk:appraisal-term-new": _page("clerk"),
    "desk:moderation": _page("clerk", query="?tab=reports"),
    "desk:moderation:worth": _page("clerk", query="?tab=worth"),
    "desk:moderation-case": _page("clerk", lambda w: [w.by_state["closed"].uuid]),
    "desk:suggestion-list": _page("county_clerk"),
    "desk:work-home": _page("clerk"),
    "desk:work-home:worker": _page("worker"),
    "desk:work-list": _page("clerk"),
    "desk:work-list:kind": _page("clerk", query="?kind=meeting"),
    "desk:work-print": _page("clerk"),
    "desk:work-enter": _page("clerk", lambda _w: ["meeting"]),
    "desk:work-enter:campaign": _page("secretary", lambda _w: ["campaign"]),
    "desk:work-paste": _page("clerk", lambda _w: ["wechat_post"]),
    "desk:work-detail": _page("clerk", lambda w: [w.meeting.uuid]),
    "desk:work-correct": _page("clerk", lambda w: [w.meeting.uuid]),
    "desk:work-strike": _page("clerk", lambda w: [w.meeting.uuid]),
    "desk:work-decide": _page("clerk", lambda w: [w.meeting.uuid]),
    "desk:decision-list": _page("secretary"),
    "desk:decision": _page("clerk", lambda w: [w.decision.uuid]),
    "desk:kind-list": _page("clerk"),
    "desk:kind-new": _page("clerk"),
    "desk:kind-change": _page("clerk", lambda w: [w.own_kind]),
    "desk:parcel-list": _page("clerk"),
    "desk:parcel-list:county": _page("county_clerk"),
    "desk:parcel": _page("county_clerk", lambda w: [w.parcel.uuid]),
    "desk:parcel:records": _page("county_clerk", lambda w: [w.reported.uuid]),
    "desk:form-list": _page("clerk"),
    "desk:form-new": _page("clerk"),
    "desk:form-detail": _page("clerk", lambda w: [w.form.uuid]),
    "desk:form-map": _page("clerk", lambda w: [w.form.uuid]),
    "desk:form-map:cell": _page("clerk", lambda w: [w.form.uuid], "?sheet=0&cell=C6"),
    "desk:form-rows": _page("clerk", lambda w: [w.form.uuid], "?sheet=0&cell=A4"),
    "desk:form-rows:problems": _page("clerk", lambda w: [w.form.uuid], "?sheet=1&cell=A3&list=problems"),
    "desk:filled-form": _page("clerk", lambda w: [w.filled.uuid]),
    "desk:takeover": _page("clerk"),
    "desk:takeover-list": _page("clerk", lambda w: [w.superior.uuid]),
    "desk:takeover-map": _page("clerk", lambda w: [w.list_token], lambda w: f"?{w.list_query}"),
    "desk:takeover-check": _page("clerk", lambda w: [w.list_token], lambda w: f"?{w.list_query}&heading=1&c0=description&c1=unit"),
    "desk:import": _page("director", lambda _w: ["units"]),
    "desk:import:journal": _page("clerk", lambda _w: ["journal-meeting"]),
    "desk:import-check": _page("director", lambda w: ["units", w.upload]),
    "desk:import-progress": _page("clerk", lambda w: ["journal-wechat_post", w.long_upload]),
}  # fmt: skip

# Answered with a file, with data for a script, or by sending the browser on.
FILES = {
    "kit:home", "kit:health", "kit:photo", "public:ground", "public:large-type", "field:suggest", "field:nearest",
    "field:nearby", "board:map", "board:shapes", "board:wall-map", "board:wall-shapes", "desk:case-export",
    "desk:journal-file", "desk:unit-file", "desk:place-shapes", "desk:history-file", "desk:document-file",
    "desk:import-template", "desk:import-bad", "desk:work-export", "desk:kind-file", "desk:takeover-bad", "desk:appraisal-settlement-file", "desk:appraisal-settlements-file",
    "desk:metric-list-file", "desk:metric-file", "desk:burden-file", "desk:burden-review-file", "desk:order-file", "desk:document-list-file", "desk:document-register-file", "desk:place-file", "desk:person-file", "desk:decision-file", "desk:takeover-file",
    "desk:form-sample", "desk:filled-form-file",
}  # fmt: skip

# They take a form and show nothing of their own; asked for a page they answer 405.
FORMS: dict[str, tuple[str, Args]] = {
    "kit:log-out": ("clerk", _none),
    "public:contest": ("", _none),
    "public:rate": ("", _none),
    "field:tour-begin": ("inspector", _none),
    "field:tour-end": ("inspector", _none),
    "field:sign": ("secretary", lambda w: [w.by_state["dispatched"].uuid]),
    "field:return": ("secretary", lambda w: [w.by_state["handling"].uuid]),
    "field:ask-extension": ("secretary", lambda w: [w.by_state["handling"].uuid]),
    "field:ask-suspension": ("secretary", lambda w: [w.by_state["handling"].uuid]),
    "field:clear": ("worker", _none),
    "field:place-clear": ("worker", lambda w: [w.t.lane.token]),
    "board:wall-revoke": ("director", lambda w: [w.wall.uuid]),
    "desk:case-columns": ("clerk", _none),
    "desk:work-columns": ("clerk", _none),
    "desk:parcel-send": ("clerk", _none),
    "desk:parcel-receive": ("clerk", _none),
    "desk:kind-retire": ("clerk", lambda w: [w.own_kind]),
    "desk:form-fill": ("clerk", lambda w: [w.form.uuid]),
    "desk:form-replace": ("clerk", lambda w: [w.form.uuid]),
    "desk:form-retire": ("clerk", lambda w: [w.form.uuid]),
    "desk:form-clear": ("clerk", lambda w: [w.form.uuid]),
    "desk:appraisal-agree": ("secretary", lambda w: [w.sheet.uuid]),
    "desk:appraisal-book-adopt": ("clerk", lambda w: [w.draft_book.uuid]),
    "desk:appraisal-book-drop": ("clerk", lambda w: [w.draft_book.uuid]),
    "desk:appraisal-withdraw": ("secretary", lambda w: [w.appeal.uuid]),
    "desk:person-secure": ("security", lambda w: [w.t.worker.uuid, "unlock"]),
    "desk:post-end": ("director", lambda w: [w.t.worker.uuid, w.post.pk]),
    "desk:duty-end": ("clerk", lambda w: [w.t.lane.uuid, w.duty.pk]),
    "desk:covert-publish": ("clerk", lambda w: [w.visit]),
    "desk:calendar-clear": ("director", _none),
    "desk:calendar-announced": ("director", lambda w: [w.year]),
    "desk:verify": ("auditor", _none),
    "desk:job-retry": ("admin", lambda _w: [1]),
    "desk:document-head": ("clerk", lambda w: [w.drafted.uuid]),
    "desk:document-block": ("clerk", lambda w: [w.drafted.uuid]),
    "desk:document-step": ("clerk", lambda w: [w.drafted.uuid, "submit"]),
    "desk:document-receipt-step": ("secretary", lambda w: [w.issued.uuid, w.receipt.uuid, "sign_for"]),
    "desk:document-kind-copy": ("clerk", lambda _w: ["daily"]),
    "desk:moderation-withdraw": ("clerk", lambda w: [w.by_state["closed"].uuid]),
    "desk:moderation-preview": ("clerk", lambda w: [w.by_state["closed"].uuid, w.picture.uuid]),
    "desk:suggestion-answer": ("county_clerk", lambda w: [w.said.uuid]),
}


def names() -> set[str]:
    """Every url name of the site, with its face."""

    def walk(found: list[Any], face: str) -> Iterator[str]:
        for one in found:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, one.namespace or face)
            elif isinstance(one, URLPattern):
                yield f"{face}:{one.name}"

    return set(walk(get_resolver().url_patterns, ""))


def address(world: World, row: str) -> str:
    """The address of a row of PAGES."""
    _, args, query = PAGES[row]
    return reverse(":".join(row.split(":")[:2]), args=args(world)) + query(world)


def person(world: World, who: str) -> Person | None:
    found: Person | None = getattr(world.t, who) if who else None
    return found


def build(life: factories.Life) -> World:
    """A town in which every page has something to show."""
    t, w = life.t, World()
    w.t, w.year = t, clock.local(life.at).year
    first = factories.photo(t.inspector, t.town, at=life.at)
    w.picture = first
    w.by_state = {"closed": life.closed(photos=[first])}
    for state in ("reported", "registered", "dispatched", "handling", "returned", "verifying", "suspended"):
        taken = factories.photo(t.inspector, t.town, at=life.at)
        w.by_state[state] = life.in_state(state, photos=[taken], place=t.market)
    w.resident = cases.report(
        by=None, at=life.tick(1), source="public", category="06010", description="巷口垃圾堆了两天", place=t.lane,
        photos=[factories.photo(None, t.town, at=life.at)],
    )  # fmt: skip
    w.said = cases.suggestions.suggest(text="台账太多，希望少填表。", contact="", at=life.tick(1))
    w.order, w.draft_order = _order(life, issue=True), _order(life, issue=False)
    w.duty = places.give_duty(
        place=t.lane,
        person=t.worker,
        kind="grid_worker",
        from_date=factories.SINCE,
        by=t.clerk,
        at=life.tick(1),
    )
    w.wall = board.create(
        unit=t.town, label="一楼大厅", by=t.director, at=clock.now(),
        expires_on=clock.local_date(clock.now()) + timedelta(days=30),
    )  # fmt: skip
    w.check, w.visit = PlaceCheck.objects.earliest("pk"), uuid.uuid4()
    cases.confirm_clear(
        places=[t.lane, t.west_lane], by=t.inspector, at=clock.now(), covert=True, inspection=w.visit
    )
    w.post = Post.objects.get(person=t.worker)
    _documents(w)
    _appraisals(w)
    _journals(w)
    w.form = mapped(t)
    w.filled = forms.fill(
        key=uuid.uuid4(), form=w.form, period=periods.of(periods.WEEK, clock.local_date(clock.now())), by=t.clerk, at=clock.now()
    )  # fmt: skip
    w.entry, w.figure = Entry.objects.latest("pk"), Figure.objects.latest("pk")
    _sessions(w)
    return w


def _order(life: factories.Life, *, issue: bool) -> Order:
    t = life.t
    case = life.handling()
    order = cases.orders.draft(
        case=case, by=t.director, at=life.tick(1), reason="manual", matter="建设巷暴露垃圾问题"
    )
    return cases.orders.issue(order=order, by=t.director, at=life.tick(1)) if issue else order


def _documents(w: World) -> None:
    t, now = w.t, clock.now()
    period = periods.between(clock.local_date(now) - timedelta(days=6), clock.local_date(now))
    w.drafted = documents.draft(kind="bulletin", town=t.town, period=period, at=now, by=t.clerk)
    one = documents.draft(kind="bulletin", town=t.town, period=period, at=now, by=t.clerk)
    for block in list(one.body["blocks"]):
        if block.get("suggestion") == "open":
            one = documents.accept_suggestion(
                document=one, by=t.clerk, at=now, version=one.version, block=block["id"]
            )
    for deed, by in (("submit", t.clerk), ("check", t.director), ("sign", t.leader), ("issue", t.clerk)):
        one = getattr(documents, deed)(document=one, by=by, at=now)
    w.issued, w.receipt = one, one.receipts.get(unit=t.east)
    w.receipt = documents.sign_for(receipt=w.receipt, by=t.secretary, at=now)
    year = periods.of(periods.YEAR, clock.local_date(now))
    w.plan = documents.draft(kind="workplan", town=t.town, period=year, at=now, by=t.clerk)
    text = documents.copied(kind="daily", town=t.town, at=now)
    w.kind_draft = documents.write_kind(town=t.town, text=text, by=t.clerk, at=now)
    w.kind_shipped = KindText.objects.get(code="weekly", town=None)


def _appraisals(w: World) -> None:
    """A month that is shown with an appeal, and one that was published before it, its black list confirmed."""
    t, now = w.t, clock.now()
    month = Scored(t, periods.previous(ended_month()))
    w.told = month.published()
    w.told_sheet = month.sheet(w.told, t.east)
    found = {row.proposal: row for row in Outcome.objects.filter(round=w.told)}
    w.outcome = found["last"]
    for code in ("red", "black"):
        appraisals.settle(outcome=found[code], confirmed=True, ground="办法第八条", by=t.leader, at=now)
    w.black = found["black"]
    finds(t, ended_month())
    text = book_text(month.month, "2026.2")
    w.draft_book = appraisals.write_book(town=t.town, text=text, by=t.clerk, at=now)
    broken = text.replace("op: per_event", "op: per_evnt").replace("2026.2", "2026.3")
    w.broken_book = appraisals.write_book(town=t.town, text=broken, by=t.clerk, at=now)
    shown = appraisals.compute(town=t.town, code="seed", period=ended_month(), by=t.clerk, at=month.ago(1))
    w.round = appraisals.show(where=shown, by=t.clerk, at=now)
    w.sheet = month.sheet(w.round, t.east)
    w.appeal = appraisals.appeal(
        sheet=w.sheet, line=0, ground="不在我社区地界，请核对界址", by=t.secretary, at=now
    )

    contracted = Contracted(t)
    w.paper = contracted.sheet(contracted.shown(), t.cleaning)
    contracted.adopt("r15", ended_month().start)
    w.post_sheet = Sheet.objects.get(round=contracted.shown(code="r15", period=ended_month()), place=t.lane)


def _journals(w: World) -> None:
    """A meeting with a decision, records of other kinds, an own kind, a superior's list on its way and one taken over."""
    t, now = w.t, clock.now()
    today = clock.local_date(now)
    w.meeting = journals.enter(
        kind="meeting", unit=t.town, occurred_on=today, by=t.clerk, at=now, photos=[factories.photo(t.clerk, t.town, at=now)],
        fields={"type": "weekly", "topic": "创城周例会", "people": "24", "minutes": "一、通报上周整改。\n二、布置本周任务。"},
        decisions=[journals.Resolution("建设巷补齐烟头桶", t.east, today)],
    )  # fmt: skip
    w.decision = w.meeting.decisions.get()
    journals.enter(
        kind="handout",
        unit=t.east,
        occurred_on=today,
        by=t.worker,
        at=now,
        fields={"flyers": "60", "topic": "东门集市"},
    )
    journals.enter(
        kind="campaign", unit=t.east, occurred_on=today - timedelta(days=40), by=t.secretary, at=now, late_reason="交接补记",
        fields={"topic": "环境卫生集中整治", "theme": "sanitation", "cadre": "12", "garbage_loads": "6", "piles": "9"},
    )  # fmt: skip
    plan = journals.kinds.Plan(
        "禁烟劝导", "执法劝导", (journals.kinds.Item("劝导人数", "number", measure="人次"),)
    )
    w.own_kind = journals.kinds.define(unit=t.town, plan=plan, by=t.clerk, at=now).code
    client = Client()
    client.force_login(t.clerk, backend="django.contrib.auth.backends.ModelBackend")
    cover = {
        "sender": "平川县创城办",
        "title": "《创城周报》第 12 期",
        "source": "county",
        "received_on": str(today),
        "unit": str(t.town.uuid),
        "split": "on",
    }
    data = "存在问题,责任单位\n巷口两处垃圾未清,东门社区\n墙面小广告,西街社区\n".encode()
    for _ in range(2):
        sent = client.post(reverse("desk:takeover"), cover | {"file": SimpleUploadedFile("清单.csv", data)})
        w.list_token, w.list_query = (
            sent.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1],
            sent.url.split("?")[1],
        )
        if not SuperiorList.objects.exists():
            url = f"{reverse('desk:takeover-check', args=[w.list_token])}?{w.list_query}&heading=1&c0=description&c1=unit"
            client.post(url)
    w.superior = SuperiorList.objects.get()
    w.parcel, w.reported = _parcel(w), _reported(w)


def _reported(w: World) -> Parcel:
    """What the town reported of its own problems, as the county received it."""
    out = io.BytesIO()
    parcels.send_records(town=w.t.town, by=w.t.clerk, at=clock.now(), word="桂花开在东门桥外", out=out)
    out.seek(0)
    done = receiving.receive(file=out, word="桂花开在东门桥外", by=w.t.county_clerk, at=clock.now())
    found: Parcel = Parcel.objects.get(pk=done.parcel.pk)
    return found


def _parcel(w: World) -> Parcel:
    """A town's answer as the county has it, with a photo, and one problem that was not taken in."""
    t, now = w.t, clock.now()
    case = cases.report(
        at=now,
        by=t.county_clerk,
        category="06010",
        description="桥头垃圾未清",
        unit=t.east,
        source="county",
        address="桥头",
    )
    row = Parcel.objects.create(
        direction="in", kind="answers", town=t.town, other_code="350599100", other_name="安和镇", made_at=now, rows=2,
        by=t.county_clerk, at=now, skipped=["第 2 件（〔2026〕督-0009）：县里没有这个问题，可能不是从本系统下发的。"],
    )  # fmt: skip
    said = {
        "own_number": "〔2026〕督-0007",
        "state": "closed",
        "state_name": "已结案",
        "lead": "东门社区",
        "measures": "已清运",
        "reason": "",
    }
    answer = Answer.objects.create(parcel=row, case=case, said=said)
    shots = [factories.photo(t.county_clerk, t.town, at=now)]
    evidence.attach(
        photos=shots, subject_kind="parcel", subject_uuid=answer.uuid, role="after", by=t.county_clerk, at=now
    )
    return row


def _sessions(w: World) -> None:
    """What only a form can make: a result of a batch, an uploaded table, a proof."""
    client = Client()
    client.force_login(w.t.auditor, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("desk:verify"))
    w.proof = Record.objects.filter(deed=ledger_tasks.PROOF).latest("pk")
    client = Client()
    client.force_login(w.t.director, backend="django.contrib.auth.backends.ModelBackend")
    good = {"code": "350599100009", "name": "南湖社区", "kind": "社区", "parent": "安和镇"}
    sent = client.post(
        reverse("desk:import", args=["units"]), {"file": _file(csv_of(units.TEMPLATE, good, good))}
    )
    w.upload = sent.url.rstrip("/").rsplit("/", 1)[-1]
    w.long_upload = uuid.uuid4().hex
    import_job.enqueue(
        person=w.t.clerk,
        kind="journal-wechat_post",
        token=w.long_upload,
        partial=False,
        rows=800,
        at=clock.now(),
    )
    assert not Unit.objects.filter(code=good["code"]).exists()


def _file(data: bytes) -> Any:
    return SimpleUploadedFile("单位.csv", data)
