"""成绩单: every line opens to its cases and photos; appeals, agreement, decisions; the paper."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import Life
from tests.scored import Scored
from wenming.common import clock
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Appeal, Round, Sheet, line_key
from wenming.records.cases import actions as cases

BASE = "/desk/appraisals/"


def url(sheet: Sheet, *rest: str) -> str:
    return "/".join([f"{BASE}sheets/{sheet.uuid}", *rest, ""])


def appeal_url(sheet: Sheet, number: int) -> str:
    return url(sheet, "lines", line_key(sheet.lines[number]), "appeal")


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def shown(scored: Scored) -> Round:
    return scored.shown()


@pytest.fixture
def east(scored: Scored, shown: Round) -> Sheet:
    return scored.sheet(shown, scored.t.east)


@pytest.mark.parametrize(
    ("who", "status"),
    [("secretary", 200), ("clerk", 200), ("leader", 200), ("director", 200), ("west_secretary", 404), ("discipline", 404),
     ("outsider", 404), ("worker", 404), ("cleaner", 404)],
)  # fmt: skip
def test_sheet_and_its_paper_by_role(east: Sheet, scored: Scored, log_in: Any, who: str, status: int) -> None:
    client = log_in(getattr(scored.t, who))
    assert [client.get(page).status_code for page in (url(east), url(east, "print"))] == [status, status]


def test_sheet_of_a_round_not_shown_is_the_office_s_own(scored: Scored, log_in: Any) -> None:
    sheet = scored.sheet(scored.computed(), scored.t.east)
    assert log_in(scored.t.secretary).get(url(sheet)).status_code == 404
    assert log_in(scored.t.clerk).get(url(sheet)).status_code == 200


def test_every_line_opens_to_its_case_and_photos(east: Sheet, scored: Scored, log_in: Any) -> None:
    page = log_in(scored.t.secretary).get(url(east))
    (item,) = page.context["items"]
    found = [
        (line.signed, line.formula, [event.url for event in line.events], [len(event.photos) for event in line.events])
        for line in item.lines
    ]  # fmt: skip
    day = clock.local_date(scored.first.reported_at)
    assert found == [
        ("−1", "−1（镇级）", [f"/desk/cases/{scored.first.uuid}/"], [2]),
        ("−2", f"−1（镇级） × 2（30 天内重复加倍，{day.month}月{day.day}日已有） = −2",
         [f"/desk/cases/{scored.second.uuid}/"], [1]),
    ]  # fmt: skip
    assert (
        "「发现问题」每件按发现级别：自查不计分，镇级扣 1 分，县级、市级、省级、国家级扣 2 分，其他不计分"
        in text(page)
    )
    assert f'id="line-{line_key(east.lines[0])}"' in text(page)


def test_address_of_a_line_stays_when_the_sheet_is_computed_again(scored: Scored) -> None:
    where = scored.computed()
    before = list(scored.sheet(where, scored.t.east).keyed_lines)
    appraisals.recompute(where=where, by=scored.t.clerk, at=scored.ago(1))
    assert list(scored.sheet(where, scored.t.east).keyed_lines) == before
    assert len(set(before)) == 2


def test_appeal_decision_and_what_both_sides_read(
    east: Sheet, scored: Scored, log_in: Any, post: Any
) -> None:
    t = scored.t
    assert text(log_in(t.secretary).get(url(east))).count(">申诉</a>") == 2
    sent = post(t.secretary, appeal_url(east, 1), {"ground": "第二处不在我社区地界"})
    row = Appeal.objects.get()
    assert sent.headers["Location"] == url(east) + f"#line-{line_key(east.lines[1])}"
    page = f"{BASE}appeals/{row.uuid}/"
    assert row.points == "-2"
    assert log_in(t.inspector).get(page).status_code == 404
    assert log_in(t.west_secretary).get(page).status_code == 404
    director = log_in(t.director).get(page)
    assert (director.context["may_decide"], director.context["party"]) == (True, None)
    assert post(t.director, page, {"upheld": "yes", "decision": ""}).status_code == 422
    assert post(t.director, page, {"upheld": "yes", "decision": "经核界址属石桥镇"}).status_code == 303
    east.refresh_from_db()
    assert (str(east.total.normalize()), len(east.lines)) == ("99", 1)
    told = text(log_in(t.secretary).get(url(east)))
    assert "经核界址属石桥镇" in told
    assert "李建国" not in text(log_in(t.secretary).get(page))


def test_appeal_is_kept_when_it_is_refused_and_told_when_stale(
    east: Sheet, scored: Scored, post: Any
) -> None:
    t = scored.t
    empty = post(t.secretary, appeal_url(east, 0), {"ground": " "})
    assert empty.status_code == 422
    long = post(t.secretary, appeal_url(east, 0), {"ground": "理" * 501})
    assert "理" * 501 in text(long)
    assert post(t.secretary, appeal_url(east, 0), {"ground": "当场已清"}).status_code == 303
    again = post(t.secretary, appeal_url(east, 0), {"ground": "再提一次"})
    assert again.status_code == 409
    assert "正等裁定" in text(again)
    gone = post(t.secretary, url(east, "lines", "0123456789", "appeal"), {"ground": "哪一行"})
    assert gone.status_code == 409
    assert Appeal.objects.count() == 1


def test_same_appeal_sent_twice_is_one(east: Sheet, scored: Scored, log_in: Any) -> None:
    client, sent = log_in(scored.t.secretary), {"key": str(uuid.uuid4()), "ground": "当场已清"}
    places = [client.post(appeal_url(east, 0), sent).headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    assert Appeal.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("clerk", 403), ("leader", 403), ("west_secretary", 404), ("outsider", 404)]
)
def test_only_the_unit_itself_appeals_and_agrees(
    east: Sheet, scored: Scored, post: Any, who: str, status: int
) -> None:
    person = getattr(scored.t, who)
    assert post(person, appeal_url(east, 0), {"ground": "不服"}).status_code == status
    assert post(person, url(east, "agree")).status_code == status


def test_late_appeal_is_refused_in_words(scored: Scored, post: Any, log_in: Any) -> None:
    sheet = scored.sheet(scored.shown(days=15), scored.t.east)
    assert ">申诉</a>" not in text(log_in(scored.t.secretary).get(url(sheet)))
    late = post(scored.t.secretary, appeal_url(sheet, 0), {"ground": "当场已清"})
    assert late.status_code == 422
    assert "已经过了" in text(late)


def test_agreement_is_given_once_and_shown(east: Sheet, scored: Scored, post: Any, log_in: Any) -> None:
    assert post(scored.t.secretary, url(east, "agree")).status_code == 303
    assert "王芳" in text(log_in(scored.t.clerk).get(url(east)))
    assert "确认无异议</button>" not in text(log_in(scored.t.secretary).get(url(east)))


def test_party_may_not_decide_and_is_told_why(
    east: Sheet, scored: Scored, log_in: Any, post: Any, town: SimpleNamespace
) -> None:
    row = appraisals.appeal(sheet=east, line=0, ground="当场已清", by=town.secretary, at=scored.ago(0))
    page = f"{BASE}appeals/{row.uuid}/"
    life = Life(town, at=scored.ago(0.01))
    # The director looks at the same case once more: from now on he is party to it.
    cases.revisit(case=scored.first, by=town.director, at=life.tick(), relapsed=False, note="")
    told = log_in(town.director).get(page).context["party"]
    assert "您经手过这件事" in told
    assert post(town.director, page, {"upheld": "no", "decision": "维持"}).status_code == 403
    assert post(town.clerk, page, {"upheld": "no", "decision": "维持"}).status_code == 403
    assert post(town.leader, page, {"upheld": "no", "decision": "照片显示次日才清"}).status_code == 303
    late = post(town.county_clerk, page, {"upheld": "yes", "decision": "再看"})
    assert late.status_code == 409
    assert "照片显示次日才清" in text(late)


def test_withdrawn_by_who_filed_it_only(east: Sheet, scored: Scored, post: Any) -> None:
    t = scored.t
    row = appraisals.appeal(sheet=east, line=0, ground="当场已清", by=t.secretary, at=scored.ago(0))
    page = f"{BASE}appeals/{row.uuid}/withdraw/"
    assert post(t.clerk, page).status_code == 403
    assert post(t.secretary, page).status_code == 303
    again = post(t.secretary, page)
    assert again.status_code == 409


def test_decisions_are_told_to_all_units_after_publication(scored: Scored, log_in: Any) -> None:
    t = scored.t
    where = scored.shown(days=15)
    row = appraisals.appeal(
        sheet=scored.sheet(where, t.east), line=0, ground="当场已清", by=t.secretary, at=scored.ago(14)
    )
    appraisals.decide(appeal=row, upheld=False, decision="照片显示次日才清", by=t.director, at=scored.ago(13))
    page = f"{BASE}appeals/{row.uuid}/"
    assert log_in(t.west_secretary).get(page).status_code == 404
    appraisals.publish(where=where, by=t.clerk, at=scored.ago(2))
    assert "照片显示次日才清" in text(log_in(t.west_secretary).get(page))
    assert "王芳" not in text(log_in(t.west_secretary).get(page))


def test_paper_has_lines_rules_and_a_place_to_sign(east: Sheet, scored: Scored, log_in: Any) -> None:
    paper = text(log_in(scored.t.secretary).get(url(east, "print")))
    for word in ("东门社区", "−2", scored.second.number, "被考核单位确认", "计分规则", "最多扣 20 分"):
        assert word in paper


def test_sheet_costs_the_same_for_one_and_three_lines(
    town: SimpleNamespace, scored: Scored, log_in: Any
) -> None:
    t, client, counts = scored.t, log_in(scored.t.clerk), []
    where = scored.computed()
    for n in (0, 2):
        for _ in range(n):
            Life(town, at=scored.second.reported_at).closed(place=town.market)
        where = appraisals.recompute(where=where, by=t.clerk, at=scored.ago(1))
        sheet = scored.sheet(where, t.east)
        client.get(url(sheet))
        with CaptureQueriesContext(connection) as statements:
            client.get(url(sheet))
        counts.append((len(sheet.lines), len(statements)))
    (few, first), (many, second) = counts
    assert (few, many) == (2, 4)
    assert first == second <= 24, counts
