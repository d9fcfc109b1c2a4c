"""A town with enough in its books that every shipped kind has something to say."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from tests import factories
from tests.factories import Life
from wenming.ledger import periods, posting
from wenming.ledger.periods import Period
from wenming.ledger.posting import Line, Voucher
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Document

WEEK = periods.of(periods.WEEK, factories.NOW.date())
# Monday 30 November, 10:00 in the town: every deadline of the week before has come.
LATER = factories.NOW + timedelta(days=14, hours=1)
YEAR = periods.of(periods.YEAR, factories.NOW.date())
DAY = periods.of(periods.DAY, factories.NOW.date())
REPORT_MONTH = periods.parse("2026-11@26")

# What the town's work logs hold by then: (account, quantity).
LOGGED = [
    ("mtg_mobilize", 2), ("mtg_special", 9), ("mtg_training", 4), ("mtg_weekly", 40), ("study_trip_persons", 18),
    ("wechat_posts", 372), ("community_daily", 1460), ("town_daily", 320), ("boards", 68), ("led_screens", 92),
    ("flyers", 28400), ("gifts", 5200), ("activities", 53), ("moral_lectures", 12), ("audience_persons", 2350),
    ("campaigns", 36), ("labor_cadre", 1250), ("labor_hired", 430), ("vehicles", 220), ("funds_yuan", 28456),
    ("garbage_loads", 372), ("ads_removed", 50000), ("piles_cleared", 500), ("drain_m", 236), ("signboards_fixed", 480),
    ("vol_teams", 83), ("volunteers", 2780), ("vol_events", 176), ("good_people", 220), ("oral_notices", 6),
    ("frontage_letters", 370), ("frontage_penalties", 7), ("no_smoking_signs", 15),
]  # fmt: skip


def log(t: Any, logged: list[tuple[str, int]], day: date, *, number: int = 1) -> None:
    """Post what a work log would post for 东门社区 on a day."""
    lines = [Line(account=code, unit=t.east, quantity=n, occurred_on=day) for code, n in logged]
    with transaction.atomic():
        posting.post(town=t.town, lines=lines, voucher=Voucher("journal", UUID(int=number)), at=factories.NOW)


def busy(life: Life) -> Any:
    """A week of finds from the town, the county and on the spot; what the work logs hold; an order."""
    t = life.t
    for number, words in enumerate(["巷口两处垃圾未清", "墙角堆放杂物", "树池里烟头杂物"]):
        life.closed(description=words, category=["06010", "06036", "06010"][number],
                    photos=[factories.photo(t.inspector, t.town)])  # fmt: skip
    life.closed(
        lead=t.west, place=t.west_lane, source="county", category="06036", description="墙面小广告五处"
    )
    life.handling(place=t.market, description="门前堆放杂物", photos=[factories.photo(t.inspector, t.town)])
    life.handling(lead=t.west, place=t.west_lane, source="county", description="垃圾桶满溢")
    life.handling(description="巷口两处垃圾未清", photos=[factories.photo(t.inspector, t.town)])
    life.suspended(lead=t.chengguan, category="06010", place=t.market, description="下水道破损积水")
    life.registered(description="路灯一盏不亮")
    log(t, LOGGED, factories.NOW.date())
    return t


def period_for(kind: str) -> Period:
    """A period that the kind is written about."""
    return {
        "daily": DAY, "summary": YEAR, "workplan": YEAR, "pledge": YEAR, "sanitation": REPORT_MONTH,
    }.get(kind, WEEK)  # fmt: skip


GIVEN = {
    "minutes": {
        "held": "11月27日下午", "venue": "镇三楼会议室", "chair": "镇党委副书记李建国", "topics": "通报一周督查情况，研究挂账问题",
        "present": "李建国，陈小雨，王芳，马丽，赵刚", "excused": "周正（外出）", "sitting_in": "何县办",
    },
    "reply": {"basis": "县创城办《督查通报》（2026年第12期）"},
    "workplan": {"leader": "镇党委书记孙明", "office_head": "李建国"},
}  # fmt: skip


def drafted(kind: str, t: Any, at: Any = LATER) -> Document:
    """The first draft of a kind by 陈小雨."""
    units = [t.east] if kind in ("urge", "deadline", "pledge") else []
    return documents.draft(
        kind=kind, town=t.town, period=period_for(kind), at=at, by=t.clerk, units=units, given=GIVEN.get(kind, {}),
    )  # fmt: skip


def filled(document: Document, t: Any, at: Any = LATER) -> Document:
    """Every 【…】 of the draft filled in, every suggestion accepted, as the clerk would do by hand."""
    for block in list(document.body["blocks"]):
        if "【" in block["text"]:
            text = re.sub(r"【([^】]*)】", "已核实", block["text"])
            document = documents.edit_block(
                document=document, by=t.clerk, at=at, version=document.version, block=block["id"], text=text
            )
        elif block.get("suggestion") == "open":
            document = documents.accept_suggestion(
                document=document, by=t.clerk, at=at, version=document.version, block=block["id"]
            )
    return document


def issued(document: Document, t: Any, at: Any = LATER) -> Document:
    """The draft filled in, checked by 李建国, signed by 孙明 and issued, a quarter of an hour apart."""
    document = filled(document, t, at)
    document = documents.submit(document=document, by=t.clerk, at=at + timedelta(minutes=15))
    document = documents.check(document=document, by=t.director, at=at + timedelta(minutes=30))
    document = documents.sign(document=document, by=t.leader, at=at + timedelta(minutes=45))
    return documents.issue(document=document, by=t.clerk, at=at + timedelta(minutes=60))
