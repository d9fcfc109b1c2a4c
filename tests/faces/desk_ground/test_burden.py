"""减负账 on the desk: one unit, its own month before, every number explained."""

import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

from tests.factories import NOW, Life
from wenming.records.journals import actions as journals

MEETING = {"type": "weekly", "topic": "创城周例会", "people": "24"}


def lines(response: Any) -> dict[str, Any]:
    return {line.name: line for _title, rows in response.context["blocks"] for line in rows}


def test_the_page_says_what_was_typed_beside_the_month_before(
    town: SimpleNamespace, life: Life, log_in: Any
) -> None:
    life.reported()
    life.reported()
    found = lines(log_in(town.director).get("/desk/ledger/burden/?period=2026-12"))
    assert (found["其中上报问题"].now, found["其中上报问题"].before) == ("0件", "2件")
    assert (found["填写的格子"].now, found["填写的格子"].before) == ("0格", "6格")
    assert (found["每条事实填几格"].now, found["每条事实填几格"].before) == ("无", "3.0格")


def test_every_line_says_how_it_is_counted(town: SimpleNamespace, log_in: Any) -> None:
    response = log_in(town.director).get("/desk/ledger/burden/")
    assert all(line.means.endswith("。") for line in lines(response).values())
    assert "不排名，不比单位，不进考核，不看个人" in response.content.decode()


def test_work_logs_open_to_exactly_those_counted(town: SimpleNamespace, log_in: Any) -> None:
    for days in (0, 3, 40):
        day = NOW.date() - timedelta(days=days)
        more = {"late_reason": "会后补记"} if days else {}
        journals.enter(
            kind="meeting", unit=town.town, occurred_on=day, fields=MEETING, by=town.clerk, at=NOW, **more
        )
    client = log_in(town.director)
    line = lines(client.get("/desk/ledger/burden/?period=2026-11"))["其中工作台账"]
    assert line.now == "2条"
    assert client.get(line.url).context["page"].paginator.count == 2


def test_checks_open_to_their_metric(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported()
    client = log_in(town.director)
    line = lines(client.get("/desk/ledger/burden/?period=2026-11"))["被查点位"]
    assert client.get(line.url).context["value"].text == line.now == "1处次"


def test_no_other_unit_is_on_the_page(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported(place=town.west_lane)
    page = log_in(town.secretary).get("/desk/ledger/burden/").content.decode()
    text = unescape(re.sub(r"<[^>]+>", " ", page))
    assert "西街" not in text
    assert "名次" not in text


def test_a_strangers_account_is_not_there(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.secretary)
    assert client.get(f"/desk/ledger/burden/?unit={town.east.uuid}").status_code == 200
    for unit in (town.west, town.town, town.other_town):
        assert client.get(f"/desk/ledger/burden/?unit={unit.uuid}").status_code == 404


def test_any_period_leads_to_its_first_month(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    assert client.get("/desk/ledger/burden/?period=2026-H2").context["period"].key == "2026-07"
    assert client.get("/desk/ledger/burden/?period=nonsense").status_code == 422
