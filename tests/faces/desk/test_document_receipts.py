"""签收 and 回复 by forms alone: the unit's to-do, its panel, 收文, and the office's table."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import Life
from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ledger import periods
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Document, Receipt

Login = Callable[[Person], Client]


def issue(t: Any, kind: str = "bulletin") -> Document:
    """A document of this week through the whole office, just now."""
    now = clock.now()
    period = periods.between(clock.local_date(now) - timedelta(days=6), clock.local_date(now))
    document = documents.draft(kind=kind, town=t.town, period=period, at=now, by=t.clerk)
    for block in list(document.body["blocks"]):
        if block.get("suggestion"):
            document = documents.accept_suggestion(
                document=document, by=t.clerk, at=now, version=document.version, block=block["id"]
            )
    document = documents.submit(document=document, by=t.clerk, at=now)
    document = documents.check(document=document, by=t.director, at=now)
    document = documents.sign(document=document, by=t.leader, at=now)
    return documents.issue(document=document, by=t.clerk, at=now)


@pytest.fixture
def issued(life: Life) -> SimpleNamespace:
    life.closed()
    life.handling()
    return SimpleNamespace(t=life.t, document=issue(life.t))


def url(document: Document) -> str:
    return reverse("desk:document-detail", args=[document.uuid])


def step(post: Any, person: Person, receipt: Receipt, code: str, **data: Any) -> Any:
    target = reverse("desk:document-receipt-step", args=[receipt.document.uuid, receipt.uuid, code])
    return post(person, target, data)


def test_a_unit_signs_and_answers_from_its_home_page(
    issued: SimpleNamespace, log_in: Login, post: Any
) -> None:
    t, document = issued.t, issued.document
    row = document.receipts.get(unit=t.east)
    home = log_in(t.secretary).get(reverse("desk:home")).content.decode()
    assert document.title in home
    assert "待签收" in home
    assert step(post, t.secretary, row, "sign_for").status_code == 303
    page = log_in(t.secretary).get(url(document)).content.decode()
    assert "书面回复" in page
    assert "西街社区" not in page.split('id="receipts"')[1].split("</section>")[0]
    assert step(post, t.secretary, row, "answer", text="1.已清理。").status_code == 303
    assert document.title not in log_in(t.secretary).get(reverse("desk:home")).content.decode()
    office = log_in(t.clerk).get(url(document)).content.decode().split('id="receipts"')[1]
    assert "1.已清理。" in office
    assert "已签收 1 个，已回复 1 个" in office


def test_empty_answer_keeps_the_page_and_says_what_is_wanted(issued: SimpleNamespace, post: Any) -> None:
    t = issued.t
    row = issued.document.receipts.get(unit=t.east)
    step(post, t.secretary, row, "sign_for")
    answer = step(post, t.secretary, row, "answer", text="  ")
    assert answer.status_code == 422
    assert "一问题一措施一结果" in answer.content.decode()


def test_too_long_an_answer_keeps_what_was_typed(issued: SimpleNamespace, post: Any) -> None:
    t = issued.t
    row = issued.document.receipts.get(unit=t.east)
    step(post, t.secretary, row, "sign_for")
    answer = step(post, t.secretary, row, "answer", text="已清理。" * 1200)
    assert answer.status_code == 422
    assert "已清理。已清理。" in answer.content.decode()


def test_second_signature_hears_who_was_first(issued: SimpleNamespace, post: Any) -> None:
    t = issued.t
    row = issued.document.receipts.get(unit=t.east)
    assert step(post, t.secretary, row, "sign_for").status_code == 303
    again = step(post, t.secretary, row, "sign_for")
    assert again.status_code == 409
    assert "王芳已于" in again.content.decode()


def test_others_sign_for_nobody(issued: SimpleNamespace, post: Any) -> None:
    t = issued.t
    row = issued.document.receipts.get(unit=t.east)
    assert step(post, t.west_secretary, row, "sign_for").status_code == 403
    assert step(post, t.clerk, row, "sign_for").status_code == 403
    assert step(post, t.outsider, row, "sign_for").status_code == 404
    assert step(post, t.secretary, row, "nonsense").status_code == 404


def test_office_books_paper_and_returns_answers(issued: SimpleNamespace, post: Any) -> None:
    t = issued.t
    paper = issued.document.receipts.get(unit=t.cleaning)
    assert step(post, t.clerk, paper, "sign_on_paper", paper="").status_code == 422
    assert step(post, t.clerk, paper, "sign_on_paper", paper="钱洁签收").status_code == 303
    row = issued.document.receipts.get(unit=t.east)
    step(post, t.secretary, row, "sign_for")
    step(post, t.secretary, row, "answer", text="已改。")
    assert step(post, t.clerk, row, "return_answer", ground="没有写结果").status_code == 303
    row.refresh_from_db()
    assert (row.state, row.sent_back) == ("signed_for", "没有写结果")


@pytest.mark.parametrize(("who", "status"), [("secretary", 200), ("cleaner", 200), ("partner", 200), ("clerk", 200), ("worker", 403), ("leader", 403)])  # fmt: skip
def test_inbox(who: str, status: int, issued: SimpleNamespace, log_in: Login) -> None:
    answer = log_in(getattr(issued.t, who)).get(reverse("desk:document-inbox"))
    assert answer.status_code == status
    if status == 200:
        assert (issued.document.title in answer.content.decode()) == (who != "clerk")


def test_inbox_costs_the_same_at_one_and_three_rows(issued: SimpleNamespace, log_in: Login) -> None:
    client = log_in(issued.t.secretary)

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("desk:document-inbox")).status_code == 200
        return len(caught)

    cost()
    one = cost()
    for _ in range(2):
        issue(issued.t, "weekly")
    assert cost() == one


def test_head_form_chooses_receivers(life: Life, log_in: Login, post: Any) -> None:
    t = life.t
    life.closed()
    now = clock.now()
    period = periods.of(periods.WEEK, clock.local_date(now))
    draft = documents.draft(kind="bulletin", town=t.town, period=period, at=now, by=t.clerk)
    page = log_in(t.clerk).get(url(draft) + "?block=head").content.decode()
    assert "送达单位" in page
    data = {
        "version": draft.version, "title": draft.title, "addressee": "东门社区", "cc": "", "receivers": [str(t.east.uuid)],
        "answer_due": (clock.local_date(now) + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    assert post(t.clerk, reverse("desk:document-head", args=[draft.uuid]), data).status_code == 303
    draft.refresh_from_db()
    assert (draft.receivers, draft.answer_due) == ([t.east.pk], clock.local_date(now) + timedelta(days=9))
