"""The page of a case: who sees it, what it says, in how many statements; and the first page of all."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import Life, photo
from wenming.common import clock
from wenming.ground.evidence import queries as photos
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case


def url(case: Case, step: str = "") -> str:
    return f"/desk/cases/{case.uuid}/" + (f"{step}/" if step else "")


def steps(response: Any) -> tuple[str, list[str]]:
    found = response.context["steps"]
    return (
        found.primary.code if found.primary else "",
        [step.code for step in [*found.others, *found.careful]],
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [("director", 200), ("clerk", 200), ("inspector", 200), ("secretary", 200), ("leader", 200), ("county_clerk", 200),
     ("discipline", 200), ("outsider", 404), ("west_secretary", 404), ("chief", 404), ("cleaner", 404), ("worker", 404),
     ("admin", 404), ("auditor", 404)],
)  # fmt: skip
def test_page_by_role(life: Life, town: SimpleNamespace, log_in: Any, who: str, status: int) -> None:
    case = life.handling()
    assert log_in(getattr(town, who)).get(url(case)).status_code == status


def test_unknown_case_is_404(town: SimpleNamespace, log_in: Any) -> None:
    assert log_in(town.director).get(f"/desk/cases/{uuid.uuid4()}/").status_code == 404


def test_covert_case_is_404_for_the_inspected(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    case = life.reported(covert=True)
    assert log_in(town.secretary).get(url(case)).status_code == 404
    assert steps(log_in(town.inspector).get(url(case)))[0] == "publish_covert"


@pytest.mark.parametrize("state", [code for code, _ in states.STATES])
def test_page_in_every_state(life: Life, town: SimpleNamespace, log_in: Any, state: str) -> None:
    case = life.in_state(state)
    page = log_in(town.director).get(url(case))
    assert page.status_code == 200
    assert states.LABELS[state] in page.content.decode()


@pytest.mark.parametrize(
    ("state", "who", "primary", "others"),
    [("reported", "clerk", "register", ["refuse", "merge"]),
     ("registered", "clerk", "dispatch", ["supervise", "merge", "split", "close"]),
     ("dispatched", "secretary", "sign", ["assign", "return", "hand_in"]),
     ("handling", "secretary", "hand_in", ["assign", "ask_extension", "ask_suspension", "return"]),
     ("verifying", "inspector", "accept", ["send_back"]), ("verifying", "secretary", "", []),
     ("returned", "director", "overrule_return", ["supervise", "uphold_return", "close"]),
     ("closed", "inspector", "revisit", []), ("handling", "leader", "", [])],
)  # fmt: skip
def test_only_allowed_steps_are_offered(
    life: Life, town: SimpleNamespace, log_in: Any, state: str, who: str, primary: str, others: list[str]
) -> None:
    case = life.in_state(state)
    first, rest = steps(log_in(getattr(town, who)).get(url(case)))
    assert (first, sorted(rest)) == (primary, sorted(others))


def test_page_tells_deadline_history_entries_neighbours(
    life: Life, town: SimpleNamespace, log_in: Any
) -> None:
    before = life.closed(photos=[photo(town.inspector, town.town)])
    case = life.verifying(photos=[photo(town.inspector, town.town)])
    page = log_in(town.director).get(url(case))
    text = page.content.decode()
    assert "为什么是这个期限" in text
    assert page.context["why"].steps[-1].running_total == page.context["why"].timing.term.count
    assert [row.sentence for row in page.context["history"]][-1] == "处置反馈（已清理）"
    assert "王芳（东门社区 社区（村）书记）" in text
    assert [item["entry"].account.code for item in page.context["entries"]][:2] == [
        "case.reported",
        "case.registered",
    ]
    assert page.context["same_spot"] == [before]
    [(old, new)] = page.context["pairs"]
    assert (old.role, new.role) == ("before", "after")


def test_statements_do_not_grow_with_the_case(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    first = life.verifying()
    for _ in range(2):
        life.closed()
    case = life.verifying(photos=[photo(town.inspector, town.town) for _ in range(3)])
    case.assist_units.set([town.chengguan, town.police])
    cases.orders.draft(case=case, reason="manual", by=town.director, at=life.tick())
    case = cases.accept(case=case, by=town.inspector, at=life.tick())
    client, counts = log_in(town.director), []
    for one in (first, case):
        client.get(url(one))
        with CaptureQueriesContext(connection) as statements:
            client.get(url(one))
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 15, counts


def test_photo_page_has_neighbours_and_hides_from_strangers(
    life: Life, town: SimpleNamespace, log_in: Any
) -> None:
    case = life.verifying(photos=[photo(town.inspector, town.town)])
    first, second = photos.of(case.uuid)
    page = log_in(town.director).get(f"{url(case)}photos/{first.uuid}/")
    assert (page.context["previous"], page.context["following"]) == (None, second)
    assert f"/photo/{first.uuid}/strip.jpg" in page.content.decode()
    # Nobody has made the copies yet: the first look makes them.
    client = log_in(town.director)
    assert client.get(f"/photo/{first.uuid}/strip.jpg").headers["Content-Type"] == "image/jpeg"
    assert log_in(town.outsider).get(f"{url(case)}photos/{first.uuid}/").status_code == 404
    other = life.verifying(place=town.market)
    stranger = photos.of(other.uuid).get()
    assert client.get(f"{url(case)}photos/{stranger.uuid}/").status_code == 404


# --- 首页 -------------------------------------------------------------------------------------------------


def test_home_of_everybody(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    life.handling()
    people = [value for value in vars(town).values() if hasattr(value, "phone")]
    assert len(people) > 15
    assert {person.name: log_in(person).get("/desk/").status_code for person in people} == {
        person.name: 200 for person in people
    }


def test_home_shows_what_waits_with_one_button(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    case = life.dispatched()
    page = log_in(town.secretary).get("/desk/")
    [(group, _, step, one_click)] = page.context["groups"]
    assert (group.code, group.cases, step, one_click) == ("dispatched", [case], "签收", True)
    assert f'action="{url(case, "sign")}"' in page.content.decode()


def test_home_of_a_new_office_says_where_work_will_appear(town: SimpleNamespace, log_in: Any) -> None:
    assert "现在没有等您办理的事" in log_in(town.clerk).get("/desk/").content.decode()


def test_home_counts_overdue_live_and_week_from_the_ledger(town: SimpleNamespace, log_in: Any) -> None:
    life = Life(town, at=clock.now() - timedelta(days=20))
    case = life.handling()
    life.at = clock.now() - timedelta(hours=1)
    life.reported()
    page = log_in(town.director).get("/desk/")
    assert page.context["overdue"] == (1, False)
    assert 'href="/desk/cases/?light=red"' in page.content.decode()
    assert log_in(town.director).get("/desk/cases/?light=red").context["rows"][0].case == case
    figures = {one.value.metric.code: one.value.text for one in page.context["figures"]}
    assert figures["found"] == "1处"
    assert figures["open"] == "1处"


def test_home_news_is_of_what_one_may_see(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    life.reported()
    assert [item["row"].by_name for item in log_in(town.secretary).get("/desk/").context["news"]] == ["周正"]
    assert log_in(town.west_secretary).get("/desk/").context["news"] == []
