"""Every shipped kind at the desk, by forms alone: chosen, drafted, filled in, checked, signed, issued, signed for, answered."""

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from tests.factories import Life, photo
from wenming.common import clock
from wenming.outcomes.documents.models import Document
from wenming.records.cases import actions as cases

SHIPPED = {path.stem for path in (Path(__file__).parents[3] / "packs/documents").glob("*.yaml")}
# Kind → the period as the form offers it. 考核 and 红黑榜 want a month that was appraised and published: they are
# tried in tests/outcomes/documents; the correction is drafted from the document it corrects.
PERIODS = {
    "bulletin": "last-week", "covert": "last-week", "weekly": "last-week", "daily": "yesterday", "urge": "last-week", "deadline": "last-week",
    "reply": "last-week", "sanitation": "last-week", "summary": "range", "workplan": "year", "pledge": "year", "minutes": "last-week",
}  # fmt: skip
ASKED = {"basis": "县创城办《督查通报》第12期", "present": "李建国，陈小雨，王芳"}


def test_every_kind_of_a_clerk_is_tried_here() -> None:
    assert {*PERIODS, "boards", "appraisal", "correction"} == SHIPPED


@pytest.fixture
def busy(life: Life) -> SimpleNamespace:
    """Finds of the town, the county and a covert visit; one is overdue by the clock of the desk."""
    t = life.t
    life.at = clock.at_local(clock.monday(clock.local_date(clock.now())) - timedelta(days=6), 9)
    life.closed(photos=[photo(t.inspector, t.town)])
    life.handling(place=t.market, description="门前堆放杂物", photos=[photo(t.inspector, t.town)])
    life.handling(lead=t.west, place=t.west_lane, source="county", description="垃圾桶满溢")
    hidden = life.reported(
        covert=True, description="消防通道堆放杂物", place=t.market, photos=[photo(t.inspector, t.town)]
    )
    cases.publish_covert(case=hidden, by=t.inspector, at=life.tick())
    return t


class Office:
    """The people of the office, each with a browser."""

    def __init__(self, t: SimpleNamespace, post: Any, log_in: Any) -> None:
        self.t, self.post, self.log_in = t, post, log_in

    def page(self, person: Any, document: Document) -> str:
        return self.log_in(person).get(reverse("desk:document-detail", args=[document.uuid])).content.decode()

    def draft(self, kind: str) -> Document:
        url = f"{reverse('desk:document-new')}?kind={kind}"
        assert (
            url.partition("?")[2]
            in self.log_in(self.t.clerk).get(reverse("desk:document-new")).content.decode()
        )
        form = self.log_in(self.t.clerk).get(url).content.decode()
        today = clock.local_date(clock.now())
        asked = {
            name: ASKED.get(name.removeprefix("ask_"), "已核实")
            for name in set(re.findall(r'name="(ask_\w+)"', form))
        }
        data = {
            "kind": kind, "town": str(self.t.town.uuid), "period": PERIODS[kind], "units": [str(self.t.east.uuid)] if 'type="radio" name="units"' in form else [],
            "since": str(today - timedelta(days=20)), "until": str(today), **asked,
        }  # fmt: skip
        made = self.post(self.t.clerk, reverse("desk:document-new"), data)
        assert made.status_code == 303, made.content.decode().split("<form")[1][:1500]
        return Document.objects.latest("pk")

    def fill(self, document: Document) -> Document:
        """Every 【…】 filled in, every suggestion accepted."""
        for block in list(document.body["blocks"]):
            data = {"version": document.version, "block": block["id"]}
            if "【" in block["text"]:
                data |= {"deed": "save", "text": re.sub(r"【[^】]*】", "已核实", block["text"])}
            elif block.get("suggestion") == "open":
                data |= {"deed": "accept"}
            else:
                continue
            target = reverse("desk:document-block", args=[document.uuid])
            assert self.post(self.t.clerk, target, data).status_code == 303
            document.refresh_from_db()
        return document

    def step(self, person: Any, document: Document, code: str) -> None:
        answer = self.post(person, reverse("desk:document-step", args=[document.uuid, code]))
        assert answer.status_code == 303, re.findall(r"<li>.*?</li>", answer.content.decode())[:8]


@pytest.mark.parametrize("kind", list(PERIODS))
def test_kind_from_the_menu_to_the_answer(kind: str, busy: SimpleNamespace, post: Any, log_in: Any) -> None:
    t, office = busy, Office(busy, post, log_in)
    document = office.fill(office.draft(kind))
    for person, code in ((t.clerk, "submit"), (t.director, "check"), (t.leader, "sign"), (t.clerk, "issue")):
        office.step(person, document, code)
    document.refresh_from_db()
    assert document.state == "issued"
    listed = log_in(t.clerk).get(reverse("desk:document-list")).content.decode()
    assert document.shown_title in listed
    word = log_in(t.clerk).get(reverse("desk:document-file", args=[document.uuid, "docx"]))
    assert word.content.startswith(b"PK")
    row = document.receipts.filter(unit=t.east).first()
    assert (row is not None) == (document.pack.facts["receivers"] in ("all", "units"))
    if row is None:
        return
    assert document.shown_title in log_in(t.secretary).get(reverse("desk:home")).content.decode()
    target = reverse("desk:document-receipt-step", args=[document.uuid, row.uuid, "sign_for"])
    assert post(t.secretary, target).status_code == 303
    if row.wanted:
        target = reverse("desk:document-receipt-step", args=[document.uuid, row.uuid, "answer"])
        assert post(t.secretary, target, {"text": "1.已清理，落实专人。"}).status_code == 303
    row.refresh_from_db()
    assert row.done
    office_page = office.page(t.clerk, document).split('id="receipts"')[1]
    assert "已签收 1 个" in office_page
    assert document.shown_title in log_in(t.secretary).get(reverse("desk:document-inbox")).content.decode()
