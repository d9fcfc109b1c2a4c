"""A week of 安和镇 that is worth a bulletin, and the way of a document through the office."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests import factories
from tests.factories import Life
from wenming.ledger import periods
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Document

WEEK = periods.of(periods.WEEK, factories.NOW.date())
# Monday 30 November, 10:00 in the town: every deadline of the week before has come.
LATER = factories.NOW + timedelta(days=14, hours=1)


def busy_week(life: Life) -> SimpleNamespace:
    """Four finds: one fixed with photos, one overdue, one fixed on the other side of town, one waiting."""
    t = life.t
    fixed = life.closed(photos=[factories.photo(t.inspector, t.town)])
    late = life.handling(
        description="门前堆放杂物", place=t.market, photos=[factories.photo(t.inspector, t.town)]
    )
    west = life.closed(
        lead=t.west, description="墙面小广告五处", place=t.west_lane, source="county", category="06036"
    )
    waiting = life.registered(description="路灯一盏不亮")
    return SimpleNamespace(t=t, life=life, fixed=fixed, late=late, west=west, waiting=waiting)


def settle(document: Document, t: Any, at: datetime = LATER) -> Document:
    """Accept every suggestion."""
    for block in list(document.body["blocks"]):
        if block.get("suggestion") == "open":
            document = documents.accept_suggestion(
                document=document, by=t.clerk, at=at, version=document.version, block=block["id"]
            )
    return document


def pass_on(document: Document, t: Any, to: str, at: datetime = LATER) -> Document:
    """Bring a draft to a state through the ordinary deeds, a quarter of an hour apart."""
    document = settle(document, t, at)
    way = [
        ("checking", lambda d, n: documents.submit(document=d, by=t.clerk, at=n)),
        ("signing", lambda d, n: documents.check(document=d, by=t.director, at=n)),
        ("signed", lambda d, n: documents.sign(document=d, by=t.leader, at=n)),
        ("issued", lambda d, n: documents.issue(document=d, by=t.clerk, at=n)),
        ("withdrawn", lambda d, n: documents.withdraw(document=d, by=t.leader, at=n, ground="数字有误")),
    ]
    if to in ("draft", "dropped"):
        return documents.drop(document=document, by=t.clerk, at=at) if to == "dropped" else document
    for number, (state, deed) in enumerate(way, 1):
        document = deed(document, at + timedelta(minutes=15 * number))
        if state == to:
            break
    return document
