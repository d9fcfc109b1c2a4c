"""Lists as Excel files: what is filtered, as words, for those who may see the list."""

import io
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from wenming.common import clock
from wenming.ground.places import actions as places
from wenming.ledger import periods
from wenming.outcomes.documents import actions as documents
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case
from wenming.records.journals import actions as journals
from wenming.records.journals.actions import Resolution
from wenming.records.journals.models import Decision, ListedCase, SuperiorList

TODAY = clock.local_date(clock.now())


def sheet(client: Client, name: str, *args: Any, **query: Any) -> list[list[Any]]:
    """The rows of the file from the heading down, without the foot."""
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = list(book.worksheets[0].iter_rows(min_row=3))
    assert all(cell.data_type in ("s", "n") for row in cells for cell in row)
    return [[cell.value for cell in row] for row in cells if row[1].value is not None]


def test_orders(town: SimpleNamespace, log_in: Any) -> None:
    life = factories.Life(town, at=clock.now())
    order = cases.orders.draft(
        case=life.handling(), reason="manual", at=life.tick(), by=town.director, matter="建设巷暴露垃圾问题"
    )
    client = log_in(town.clerk)
    head, row = sheet(client, "desk:order-file")
    assert head[1:5] == ["文号", "状态", "督办事项", "承办单位"]
    assert row[3] == order.matter
    assert sheet(client, "desk:order-file", state="issued")[1:] == []
    assert log_in(town.auditor).get(reverse("desk:order-file")).status_code == 403


def test_documents_and_their_register(town: SimpleNamespace, log_in: Any) -> None:
    documents.draft(
        kind="bulletin", town=town.town, period=periods.of(periods.WEEK, TODAY), at=clock.now(), by=town.clerk
    )
    client = log_in(town.clerk)
    head, row = sheet(client, "desk:document-list-file")
    assert head[1:3] == ["字号、期数", "标题"]
    assert "督查情况的通报" in row[2]
    assert sheet(client, "desk:document-list-file", state="issued")[1:] == []
    assert sheet(client, "desk:document-register-file", year=str(TODAY.year))[1:] == []
    assert log_in(town.worker).get(reverse("desk:document-list-file")).status_code == 403


def test_places_with_who_has_duty_and_no_formula(town: SimpleNamespace, log_in: Any) -> None:
    places.register(
        name='=cmd|"/c calc"!A1', kind="point", unit=town.west, at=clock.now(), position_source="map"
    )
    places.give_duty(
        place=town.lane,
        person=town.street_chief,
        kind="lane_chief",
        from_date=TODAY,
        at=clock.now(),
        by=town.clerk,
    )
    client = log_in(town.clerk)
    rows = {row[2]: row for row in sheet(client, "desk:place-file")[1:]}
    assert "吴巷长" in rows["建设巷"][8]
    assert '=cmd|"/c calc"!A1' in rows
    assert {row[2] for row in sheet(client, "desk:place-file", unit=str(town.east.uuid))[1:]} == {
        "东门农贸市场",
        "建设巷",
    }


def test_people_with_their_posts_and_masked_numbers(town: SimpleNamespace, log_in: Any) -> None:
    rows = {row[1]: row for row in sheet(log_in(town.director), "desk:person-file")[1:]}
    assert rows["王芳"][2] == "138****0004"
    assert "东门社区" in rows["王芳"][3]
    assert "赵外镇" not in rows
    assert log_in(town.worker).get(reverse("desk:person-file")).status_code == 403


def test_decisions_open_and_closed(town: SimpleNamespace, log_in: Any) -> None:
    journals.enter(
        kind="meeting", unit=town.town, occurred_on=TODAY, by=town.clerk, at=clock.now(),
        fields={"type": "weekly", "topic": "周例会", "people": "9"}, decisions=[Resolution("补齐烟头桶", town.east, TODAY)],
    )  # fmt: skip
    client = log_in(town.clerk)
    assert sheet(client, "desk:decision-file")[1][1] == "补齐烟头桶"
    assert sheet(client, "desk:decision-file", state="closed")[1:] == []
    assert sheet(log_in(town.outsider), "desk:decision-file")[1:] == []
    one = Decision.objects.get()
    journals.finish(decision=one, by=town.secretary, at=clock.now(), note="装好 3 个")
    client = log_in(town.clerk)
    assert sheet(client, "desk:decision-file")[1:] == []
    assert sheet(client, "desk:decision-file", state="closed")[1][7] == "装好 3 个"


def taken(town: SimpleNamespace, life: factories.Life, count: int) -> SuperiorList:
    made = SuperiorList.objects.create(
        town=town.town,
        sender="平川县创城办",
        title="《创城周报》第 12 期",
        source="county",
        received_on=TODAY,
        entered_by=town.clerk,
        entered_at=clock.now(),
    )
    for number in range(count):
        ListedCase.objects.create(
            list=made, case=life.handling(), number=f"18-{number + 1}", position=number + 1
        )
    return made


def test_a_list_goes_back_line_by_line(town: SimpleNamespace, log_in: Any) -> None:
    made = taken(town, factories.Life(town, at=clock.now()), 1)
    head, row = sheet(log_in(town.clerk), "desk:takeover-file", made.uuid)
    assert head[1:3] == ["清单编号", "问题编号"]
    assert (row[1], row[2], row[7]) == ("18-1", Case.objects.get().number, "处置中")
    assert log_in(town.secretary).get(reverse("desk:takeover-file", args=[made.uuid])).status_code == 403


def test_a_file_asks_as_often_for_one_row_as_for_three(town: SimpleNamespace, log_in: Any) -> None:
    life, client = factories.Life(town, at=clock.now()), log_in(town.clerk)

    def asked(made: SuperiorList) -> int:
        with CaptureQueriesContext(connection) as seen:
            sheet(client, "desk:takeover-file", made.uuid)
        return len(seen)

    one, three = taken(town, life, 1), taken(town, life, 3)
    asked(one)
    assert asked(one) == asked(three)


@pytest.mark.parametrize(
    "name", ["order-file", "document-list-file", "place-file", "person-file", "decision-file"]
)
def test_the_file_says_what_was_filtered(name: str, town: SimpleNamespace, log_in: Any) -> None:
    answer = log_in(town.director).get(
        reverse(f"desk:{name}"), {"state": "open", "words": "东门", "q": "东门"}
    )
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    said = book.worksheets[0]["A2"].value
    assert "填报单位：" in said
    assert "范围：" in said


def test_no_file_speaks_english(town: SimpleNamespace, log_in: Any) -> None:
    """File names, kinds and duties of units as the office calls them."""
    answer = log_in(town.director).get(reverse("desk:unit-file"), {"kind": "station"})
    assert unquote(answer["Content-Disposition"]).partition("''")[2].startswith("单位名册-20")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=5)]
    assert [(row[1], row[3], row[5]) for row in rows] == [
        ("安和城管站", "站所", "城市管理执法局/综合执法队"), ("安和派出所", "站所", "公安派出所"),
    ]  # fmt: skip
    assert sheet["A2"].value.endswith("范围：类别：站所")
    for name, who in (("journal-file", town.director), ("history-file", town.auditor)):
        answer = log_in(who).get(reverse(f"desk:{name}"))
        b"".join(answer.streaming_content)
        assert re.search(r"''[^a-z]", unquote(answer["Content-Disposition"]))
