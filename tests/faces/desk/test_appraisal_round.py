"""考核 home and the page of a round: who sees what, every step once, 409 for the second, 404 for strangers."""

import html
import re
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.scored import Scored
from wenming.common import clock
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.notices.models import Notice
from wenming.ledger import periods
from wenming.ledger.models import Entry
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import tasks
from wenming.outcomes.appraisals.models import Outcome, Round

HOME = "/desk/appraisals/"


def url(where: Round, step: str = "") -> str:
    return f"{HOME}rounds/{where.uuid}/" + (f"{step}/" if step else "")


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize(
    ("who", "status"),
    [("director", 200), ("clerk", 200), ("secretary", 200), ("leader", 200), ("cleaner", 200), ("county_clerk", 200),
     ("discipline", 200), ("partner", 200), ("worker", 403), ("admin", 403), ("auditor", 403)],
)  # fmt: skip
def test_home_by_role(town: SimpleNamespace, log_in: Any, who: str, status: int) -> None:
    assert log_in(getattr(town, who)).get(HOME).status_code == status


def test_empty_home_offers_the_first_step(town: SimpleNamespace, log_in: Any) -> None:
    assert "从样例新建一本规则书" in text(log_in(town.clerk).get(HOME))
    assert "还没有公示过的考核" in text(log_in(town.secretary).get(HOME))


def test_home_with_a_book_offers_to_compute(scored: Scored, log_in: Any) -> None:
    assert "计算第一期" in text(log_in(scored.t.clerk).get(HOME))


@pytest.mark.parametrize(
    ("who", "computed", "shown", "published"),
    [("director", 200, 200, 200), ("clerk", 200, 200, 200), ("leader", 200, 200, 200), ("county_clerk", 200, 200, 200),
     ("secretary", 404, 200, 200), ("west_secretary", 404, 200, 200), ("discipline", 404, 200, 200),
     ("outsider", 404, 404, 404), ("worker", 404, 404, 404), ("admin", 404, 404, 404)],
)  # fmt: skip
def test_round_by_role(
    scored: Scored, log_in: Any, who: str, computed: int, shown: int, published: int
) -> None:
    client, t = log_in(getattr(scored.t, who)), scored.t
    where = scored.computed()
    found = [client.get(url(where)).status_code]
    where = appraisals.show(where=where, by=t.clerk, at=scored.ago(15))
    found.append(client.get(url(where)).status_code)
    where = appraisals.publish(where=where, by=t.clerk, at=scored.ago(2))
    found.append(client.get(url(where)).status_code)
    assert found == [computed, shown, published]


def test_unit_sees_its_own_mark_only_until_all_are_published(scored: Scored, log_in: Any) -> None:
    t = scored.t
    client = log_in(t.secretary)
    where = scored.shown(days=15)

    def names() -> list[list[str]]:
        groups = client.get(url(where)).context["groups"]
        return [[row.sheet.name for row in rows] for _group, rows in groups]

    assert names() == [["东门社区"]]
    appraisals.publish(where=where, by=t.clerk, at=scored.ago(2))
    assert names() == [["西街社区", "东门社区"]]
    rows = client.get(url(where)).context["groups"][0][1]
    assert [(row.score, bool(row.url)) for row in rows] == [("100", False), ("97", True)]


def test_page_offers_the_steps_of_the_moment(scored: Scored, log_in: Any) -> None:
    t = scored.t
    where = scored.computed()
    offered = {
        who: [step.code for step in log_in(getattr(t, who)).get(url(where)).context["steps"]]
        for who in ("clerk", "director", "leader", "county_clerk")
    }
    assert offered == {
        "clerk": ["recompute", "leave_out", "drop", "show"],
        "director": ["recompute", "leave_out", "drop", "show"],
        "leader": [],
        "county_clerk": [],
    }


def test_whole_life_of_a_round(scored: Scored, log_in: Any, post: Any) -> None:
    t = scored.t
    client = log_in(t.clerk)
    options = client.get(HOME + "compute/").context["form"].offered
    key = next(key for key, (_town, _code, period) in options.items() if period == scored.month)
    made = post(t.clerk, HOME + "compute/", {"what": key})
    where = Round.objects.get()
    assert (made.status_code, made.headers["Location"]) == (303, url(where))
    assert (
        post(t.clerk, url(where, "leave_out"), {"subject": t.west.code, "ground": "整体拆迁"}).status_code
        == 303
    )
    assert "本期未考核" in text(client.get(url(where)))
    assert post(t.clerk, url(where, "leave_out"), {"subject": t.west.code, "ground": ""}).status_code == 303
    assert post(t.clerk, url(where, "show")).status_code == 303
    assert "申诉期到" in text(client.get(url(where)))
    assert post(t.clerk, url(where, "take_back"), {"ground": "漏算一处"}).status_code == 303
    assert post(t.clerk, url(where, "recompute")).status_code == 303
    where.refresh_from_db()
    appraisals.show(where=where, by=t.clerk, at=scored.ago(10))
    assert post(t.clerk, url(where, "publish")).status_code == 303
    assert Entry.objects.filter(account__code="score.total").count() == 2
    page = client.get(url(where))
    assert [row.title for row in page.context["outcomes"]] == ["红榜", "连续末位约谈", "黑榜"]
    assert page.context["figure"][0].text == "98.50分"
    corrected = post(t.clerk, url(where, "correct"), {"ground": "核错一处"})
    new = Round.objects.get(corrects=where)
    assert corrected.headers["Location"] == url(new)
    assert "得分和名次都没有变化" in text(client.get(url(new)))
    assert post(t.clerk, url(new, "drop")).status_code == 303


def test_publishing_too_early_is_refused_in_words(scored: Scored, post: Any) -> None:
    where = scored.shown()
    response = post(scored.t.clerk, url(where, "publish"))
    assert response.status_code == 422
    assert "申诉期到" in text(response)
    where.refresh_from_db()
    assert where.state == "shown"


def test_ground_is_kept_when_it_is_refused(scored: Scored, post: Any) -> None:
    where = scored.shown()
    response = post(scored.t.clerk, url(where, "take_back"), {"ground": "长" * 301})
    assert response.status_code == 422
    assert "长" * 301 in text(response)


def test_same_key_twice_is_one_deed(scored: Scored, log_in: Any) -> None:
    where = scored.computed()
    client, sent = log_in(scored.t.clerk), {"key": str(uuid.uuid4())}
    first = client.post(url(where, "show"), sent)
    again = client.post(url(where, "show"), sent)
    assert (first.status_code, again.headers["Location"]) == (303, url(where))


def test_second_person_is_told_who_was_first(scored: Scored, post: Any, log_in: Any) -> None:
    where = scored.shown()
    late = post(scored.t.director, url(where, "show"))
    assert late.status_code == 409
    assert "陈小雨已办理：公示" in text(late)
    assert log_in(scored.t.director).get(url(where, "show")).headers["Location"] == url(where)


@pytest.mark.parametrize(
    ("who", "step", "status"),
    [("secretary", "publish", 403), ("leader", "publish", 403), ("inspector", "take_back", 404), ("outsider", "publish", 404),
     ("clerk", "settle", 404), ("clerk", "burn", 404)],
)  # fmt: skip
def test_step_is_refused(scored: Scored, post: Any, who: str, step: str, status: int) -> None:
    where = scored.shown()
    if who == "inspector":
        where = appraisals.take_back(where=where, ground="漏算", by=scored.t.clerk, at=scored.ago(0))
    assert post(getattr(scored.t, who), url(where, step), {"ground": "x"}).status_code == status


def test_history_of_others_appeals_is_not_told_to_units(scored: Scored, log_in: Any) -> None:
    t = scored.t
    where = scored.shown()
    appraisals.appeal(
        sheet=scored.sheet(where, t.east), line=0, ground="不是我社区地界", by=t.secretary, at=scored.ago(0)
    )
    assert "不是我社区地界" in text(log_in(t.clerk).get(url(where)))
    assert "不是我社区地界" not in text(log_in(t.west_secretary).get(url(where)))


def test_home_tells_each_what_waits_for_him(scored: Scored, log_in: Any) -> None:
    t = scored.t

    def labels(who: str) -> list[str]:
        return [task.label for task in log_in(getattr(t, who)).get(HOME).context["tasks"]]

    where = scored.computed()
    assert [labels(who) for who in ("clerk", "secretary", "leader")] == [["待公示"], [], []]
    appraisals.show(where=where, by=t.clerk, at=scored.ago(0.1))
    appraisals.appeal(
        sheet=scored.sheet(where, t.east), line=0, ground="不实", by=t.secretary, at=scored.ago(0)
    )
    assert labels("director") == ["申诉待裁定"]
    assert labels("west_secretary") == ["公示中"]
    assert labels("county_clerk") == ["申诉待裁定"]


def test_home_tells_leaders_of_consequences_and_the_office_of_ended_appeals(
    scored: Scored, log_in: Any
) -> None:
    t = scored.t
    where = scored.shown(days=15)
    assert [task.label for task in log_in(t.clerk).get(HOME).context["tasks"]] == ["公示已满"]
    appraisals.publish(where=where, by=t.clerk, at=scored.ago(2))
    tasks = log_in(t.leader).get(HOME).context["tasks"]
    assert [(task.label, task.words.partition(" ")[0], "3 条建议" in task.small) for task in tasks] == [
        ("后果待定", "社区创城月考核（样例）", True)
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 1), ("state=published", 1), ("state=shown", 0), ("book=seed", 1), ("book=none", 1), ("year=1999", 1), ("year=2005", 0)],
)  # fmt: skip
def test_filter(scored: Scored, log_in: Any, query: str, found: int) -> None:
    scored.published()
    assert len(log_in(scored.t.clerk).get(f"{HOME}?{query}").context["page"].object_list) == found


def test_row_tells_first_and_last(scored: Scored, log_in: Any) -> None:
    scored.published()
    row = log_in(scored.t.secretary).get(HOME).context["rows"][0]
    assert (row.first, row.last, row.rated) == ("西街社区 100", "东门社区 97", 2)


def test_list_costs_the_same_for_one_and_three(scored: Scored, log_in: Any) -> None:
    t, client, counts = scored.t, log_in(scored.t.clerk), []
    where = scored.published()
    for more in (0, 2):
        for _ in range(more):
            new = appraisals.correct(where=where, ground="核错", by=t.clerk, at=scored.ago(1))
            appraisals.drop(where=new, by=t.clerk, at=scored.ago(1))
        client.get(HOME)
        with CaptureQueriesContext(connection) as statements:
            client.get(HOME)
        counts.append(len(statements))
    assert Round.objects.count() == 3
    assert counts[0] == counts[1] <= 20, counts


def test_consequence_is_decided_once_by_a_leader_with_a_ground(
    scored: Scored, post: Any, log_in: Any
) -> None:
    t = scored.t
    where = scored.published()
    black = Outcome.objects.get(round=where, board="black")
    page = f"{HOME}outcomes/{black.uuid}/"
    assert log_in(t.clerk).get(page).status_code == 403
    assert log_in(t.outsider).get(page).status_code == 404
    assert post(t.leader, page, {"confirmed": "yes", "ground": ""}).status_code == 422
    done = post(t.leader, page, {"confirmed": "yes", "ground": "办法第八条"})
    assert (done.status_code, done.headers["Location"]) == (303, url(where) + "#outcomes")
    late = post(t.leader, page, {"confirmed": "no", "ground": "改主意"})
    assert late.status_code == 409
    assert "已确认，理由：办法第八条" in text(late)


def test_black_list_shows_places_until_it_is_cleared(scored: Scored, post: Any, log_in: Any) -> None:
    t = scored.t
    where = scored.published()
    black = Outcome.objects.get(round=where, board="black")
    appraisals.settle(outcome=black, confirmed=True, ground="办法第八条", by=t.leader, at=scored.ago(1))
    board = HOME + "board/"
    rows = log_in(t.secretary).get(board).context["towns"][0][1]
    assert [(row.outcome.sheet.name, row.problems, row.left, row.photos, row.hidden) for row in rows] == [
        ("东门社区", 2, 0, [], 3)
    ]
    clear = f"{HOME}outcomes/{black.uuid}/clear/"
    assert post(t.secretary, clear, {"ground": "x"}).status_code == 403
    assert post(t.clerk, clear, {"ground": "2 处问题已全部整改"}).status_code == 303
    assert log_in(t.secretary).get(board).context["towns"][0][1] == []
    late = post(t.director, clear, {"ground": "再下一次"})
    assert late.status_code == 409
    assert "已经下榜" in text(late)


def test_black_list_shows_only_photos_approved_for_the_public(scored: Scored, log_in: Any) -> None:
    t = scored.t
    black = Outcome.objects.get(round=scored.published(), board="black")
    appraisals.settle(outcome=black, confirmed=True, ground="办法第八条", by=t.leader, at=scored.ago(1))
    before, _after = Photo.objects.of(scored.first.uuid)
    evidence.set_public(
        photo=before, by=t.clerk, at=scored.ago(0), approve=True, boxes=[[0.1, 0.1, 0.2, 0.2]]
    )
    page = log_in(t.west_secretary).get(HOME + "board/")
    (row,) = page.context["towns"][0][1]
    assert ([(photo.pk, where) for photo, where in row.photos], row.hidden) == ([(before.pk, "建设巷")], 2)
    assert f"{before.uuid}/public" in text(page)
    assert "page/" not in text(page).partition('class="ap-listed"')[2].partition("</article>")[0]


def test_red_list_and_empty_lists(scored: Scored, log_in: Any) -> None:
    t = scored.t
    board = HOME + "board/"
    assert "现在没有单位在黑榜上" in text(log_in(t.clerk).get(board))
    red = Outcome.objects.get(round=scored.published(), board="red")
    appraisals.settle(outcome=red, confirmed=True, ground="办法第七条", by=t.leader, at=scored.ago(1))
    rows = log_in(t.west_secretary).get(board).context["towns"][0][2]
    assert [(row.outcome.sheet.name, bool(row.url)) for row in rows] == [("西街社区", True)]


def test_board_costs_the_same_for_one_and_three(scored: Scored, log_in: Any) -> None:
    t, client, counts = scored.t, log_in(scored.t.clerk), []
    where = scored.published()
    for proposals in (["black"], ["red", "last"]):
        for row in Outcome.objects.filter(round=where, proposal__in=proposals):
            Outcome.objects.filter(pk=row.pk).update(board="black")
            appraisals.settle(outcome=row, confirmed=True, ground="第八条", by=t.leader, at=scored.ago(1))
        client.get(HOME + "board/")
        with CaptureQueriesContext(connection) as statements:
            client.get(HOME + "board/")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16, counts


LACKING = """
kind: scoring
id: praised
version: "1"
title: 表扬考核
in_force: {since}
rated: {{kind: unit, groups: [社区]}}
period: month
full: 100
rounding: {{places: 2, mode: half_up}}
items:
  - id: a
    title: 表扬
    full: 100
    rules:
      - {{id: f, title: 逐次, op: per_event, when: {{kind: banners_won}}, points: 1}}
"""


def test_what_the_night_could_not_compute_stays_in_sight(town: SimpleNamespace, log_in: Any) -> None:
    t, now = town, clock.now()
    month = periods.of("month", clock.local_date(now))
    text_ = LACKING.format(since=month.start)
    book, _ = appraisals.enact(town=t.town, text=text_, by=t.clerk, at=now)
    tasks.refresh({}, now)
    home = text(log_in(t.director).get(HOME))
    assert "没算出来" in home
    assert "账上没有这个科目" in home
    again = re.search(r'href="(/desk/appraisals/compute/\?[^"]+)">再算', home)
    assert again is not None
    form = text(log_in(t.director).get(html.unescape(again[1])))
    assert f'<option value="{t.town.pk}|praised|month|{month.key}" selected>' in form
    page = text(log_in(t.director).get(f"{HOME}books/{book.uuid}/"))
    assert f"{month.label}没有算出来" in page
    assert "没算出来" not in text(log_in(t.secretary).get(HOME))
    assert "没有算出来" not in text(log_in(t.secretary).get(f"{HOME}books/{book.uuid}/"))
    Notice.objects.update(show_at=now)
    assert f'href="{HOME}books/{book.uuid}/"' in text(log_in(t.director).get(reverse("kit:inbox")))
