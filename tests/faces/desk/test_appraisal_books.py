"""规则书 on the desk: from the sample to adoption, every fault by line, a trial against real entries, knobs, terms."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.scored import SAMPLES, SEED, Scored, book_text
from wenming.common import clock
from wenming.ground.units.models import Unit
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import RuleBook, Term

BOOKS = "/desk/appraisals/books/"
TERMS = "/desk/appraisals/terms/"


def url(row: RuleBook, *rest: str) -> str:
    return "/".join([f"{BOOKS}{row.uuid}", *rest, ""])


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def written(town: SimpleNamespace, month: Period) -> RuleBook:
    """A draft of the seed's rule, not adopted."""
    return appraisals.write_book(
        town=town.town, text=book_text(month), by=town.clerk, at=clock.now() - timedelta(days=1)
    )


@pytest.mark.parametrize(
    ("who", "draft", "adopted"),
    [("director", 200, 200), ("clerk", 200, 200), ("secretary", 404, 200), ("leader", 404, 200), ("cleaner", 404, 200),
     ("county_clerk", 404, 200), ("outsider", 404, 404), ("worker", 403, 403), ("admin", 403, 403)],
)  # fmt: skip
def test_book_by_role(
    written: RuleBook, town: SimpleNamespace, log_in: Any, who: str, draft: int, adopted: int
) -> None:
    client = log_in(getattr(town, who))
    pages = [url(written), url(written, "source")]
    assert [client.get(page).status_code for page in pages] == [draft, draft]
    appraisals.adopt(draft=written, by=town.clerk, at=clock.now())
    assert [client.get(page).status_code for page in pages] == [adopted, adopted]


@pytest.mark.parametrize(
    ("who", "status"), [("clerk", 200), ("secretary", 200), ("worker", 403), ("auditor", 403)]
)
def test_list_by_role(written: RuleBook, town: SimpleNamespace, log_in: Any, who: str, status: int) -> None:
    assert log_in(getattr(town, who)).get(BOOKS).status_code == status


def test_empty_list_offers_the_samples(town: SimpleNamespace, log_in: Any) -> None:
    assert "从样例新建" in text(log_in(town.clerk).get(BOOKS))
    page = log_in(town.clerk).get(BOOKS + "new/")
    assert page.context["samples"][0].name == "seed"
    assert {sample.book.rated for sample in page.context["samples"]} == {"unit", "contractor", "post"}
    assert log_in(town.secretary).get(BOOKS + "new/").status_code == 403


def test_from_sample_to_adopted_book_without_yaml(
    town: SimpleNamespace, log_in: Any, post: Any, month: Period
) -> None:
    """The seed's rule in the desk, step by step as the manual has it."""
    clerk = log_in(town.clerk)
    start = clerk.get(BOOKS + "new/?sample=seed").context["form"].initial
    assert (start["code"], start["title"]) == ("seed", "社区创城月考核")
    head = {
        "sample": "seed",
        "code": "community",
        "title": "社区月考核",
        "version": "2026.1",
        "in_force": month.start.isoformat(),
    }
    made = post(town.clerk, BOOKS + "new/", head)
    row = RuleBook.objects.get()
    assert made.headers["Location"] == url(row, "guide")
    form = clerk.get(url(row, "guide")).context["form"]
    typed = {name: form[name].value() if form[name].value() is not None else "" for name in form.fields}
    assert (typed["level_town"], typed["level_county"], typed["level_city"], typed["cap"]) == (
        "1",
        "2",
        "2",
        "20",
    )
    wrong = post(town.clerk, url(row, "guide"), {**typed, "times_1": "1", "seen": row.digest})
    assert (wrong.status_code, wrong.context["form"].errors["times_1"]) == (422, ["要比前一级的次数多。"])
    changed = {**typed, "level_city": "3", "cap": "30", "seen": row.digest}
    saved = post(town.clerk, url(row, "guide"), changed)
    assert saved.headers["Location"] == url(row)
    row.refresh_from_db()
    assert "map: {self: 0, town: -1, county: -2, city: -3, province: -2, national: -2}" in row.text
    assert "# 种子规则：自查自报不扣" in row.text
    table = text(clerk.get(url(row)))
    assert (
        "自查不计分，镇级扣 1 分，县级扣 2 分，市级扣 3 分，省级、国家级扣 2 分，其他不计分；当场整改的，减半；30 天内同一点位、同一类别再次发生的，加倍"
        in table
    )
    assert "最多扣 30 分" in table
    adopted = post(town.clerk, url(row, "adopt"))
    assert (adopted.status_code, adopted.headers["Location"]) == (303, url(row))
    row.refresh_from_db()
    assert (row.state, row.code) == ("adopted", "community")


def test_code_and_version_taken_are_told_at_the_field(
    written: RuleBook, town: SimpleNamespace, post: Any
) -> None:
    head = {"sample": "seed", "code": "seed", "title": "社区月考核", "version": "1", "in_force": "2026-01-01"}
    response = post(town.clerk, BOOKS + "new/", head)
    assert response.status_code == 422
    assert "已经有了" in response.context["form"].errors["version"][0]
    assert response.context["form"]["title"].value() == "社区月考核"
    wrong = post(town.clerk, BOOKS + "new/", {**head, "code": "有 空格"})
    assert "code" in wrong.context["form"].errors


def test_same_form_twice_is_one_draft(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    head = {
        "sample": "seed",
        "code": "a",
        "title": "甲",
        "version": "1",
        "in_force": "2026-01-01",
        "key": str(uuid.uuid4()),
    }
    places = [client.post(BOOKS + "new/", head).headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    assert RuleBook.objects.count() == 1


def test_check_tells_every_fault_with_its_line_and_loses_nothing(
    written: RuleBook, town: SimpleNamespace, post: Any
) -> None:
    typed = written.text.replace("op: per_event", "op: per_evnt").replace(
        "ties: competition", "ties: whatever"
    )
    response = post(town.clerk, url(written, "edit"), {"text": typed, "do": "check", "seen": written.digest})
    assert response.status_code == 200
    found = [(fault.line, fault.text) for fault in response.context["faults"]]
    lines = typed.splitlines()
    assert found == [
        (next(n for n, line in enumerate(lines, 1) if "per_evnt" in line), "op: per_evnt"),
        (
            next(n for n, line in enumerate(lines, 1) if "whatever" in line),
            "ranking: {by: group, ties: whatever}",
        ),
    ]
    assert response.context["form"]["text"].value() == typed
    written.refresh_from_db()
    assert "per_evnt" not in written.text


def test_check_of_a_sound_book_shows_it_as_a_table(
    written: RuleBook, town: SimpleNamespace, post: Any
) -> None:
    response = post(
        town.clerk, url(written, "edit"), {"text": written.text, "do": "check", "seen": written.digest}
    )
    assert "没有发现问题" in text(response)
    assert "「发现问题」每件按发现级别" in text(response)


@pytest.mark.parametrize(
    "broken", ["", "kind: [", "- 1\n- 2", "kind: scoring\n", "\x01", "kind: scoring\nid: a\nid: b\n"]
)
def test_text_that_is_no_book_comes_back(
    written: RuleBook, town: SimpleNamespace, post: Any, broken: str
) -> None:
    for do in ("check", "save", "adopt", "try"):
        response = post(town.clerk, url(written, "edit"), {"text": broken, "do": do, "seen": written.digest})
        assert response.status_code in (200, 422)
        assert response.context["faults"] or response.context["form"].errors
    written.refresh_from_db()
    assert written.text.startswith("# 种子规则")


def test_draft_with_faults_is_kept_but_not_adopted(
    written: RuleBook, town: SimpleNamespace, post: Any, log_in: Any
) -> None:
    typed = written.text.replace("op: per_event", "op: per_evnt")
    response = post(town.clerk, url(written, "edit"), {"text": typed, "do": "adopt", "seen": written.digest})
    assert response.status_code == 422
    assert "草稿已存，但还不能采用" in text(response)
    written.refresh_from_db()
    assert (written.state, "per_evnt" in written.text) == ("writing", True)
    page = log_in(town.clerk).get(url(written))
    assert [fault.line for fault in page.context["faults"]] == [response.context["faults"][0].line]
    assert "采用</button>" not in text(page)
    refused = post(town.clerk, url(written, "adopt"))
    assert refused.status_code == 422


def test_second_clerk_does_not_write_over_the_first(
    written: RuleBook, town: SimpleNamespace, post: Any
) -> None:
    seen = written.digest
    first = post(
        town.director,
        url(written, "edit"),
        {"text": written.text + "# 主任加的\n", "do": "save", "seen": seen},
    )
    assert first.status_code == 303
    mine = written.text + "# 干事加的\n"
    late = post(town.clerk, url(written, "edit"), {"text": mine, "do": "save", "seen": seen})
    assert late.status_code == 409
    assert late.context["form"]["text"].value() == mine
    written.refresh_from_db()
    assert "主任加的" in written.text
    again = post(town.clerk, url(written, "edit"), {"text": mine, "do": "save", "seen": late.context["seen"]})
    assert again.status_code == 303


def test_adopted_meanwhile_is_told_and_the_text_comes_back(
    written: RuleBook, town: SimpleNamespace, post: Any, log_in: Any
) -> None:
    appraisals.adopt(draft=written, by=town.director, at=clock.now())
    late = post(
        town.clerk, url(written, "edit"), {"text": SEED + "# 我的话\n", "do": "save", "seen": written.digest}
    )
    assert late.status_code == 409
    assert "# 我的话" in text(late)
    assert log_in(town.clerk).get(url(written, "edit")).status_code == 409
    assert post(town.clerk, url(written, "adopt")).status_code == 409


def test_trial_says_what_would_have_changed_for_whom_and_why(scored: Scored, post: Any) -> None:
    t = scored.t
    scored.published()
    typed = book_text(scored.month, "2", clock.local_date(clock.now()) + timedelta(days=40)).replace(
        "town: -1", "town: -3"
    )
    draft = appraisals.write_book(town=t.town, text=typed, by=t.clerk, at=scored.ago(1))
    page = post(
        t.clerk,
        url(draft, "edit"),
        {"text": typed, "do": "try", "period": scored.month.key, "seen": draft.digest},
    )
    trial = page.context["trial"]
    assert (trial.period, trial.against, trial.changed) == (scored.month, scored.book, 1)
    rows = {row.name: (row.old, row.new, row.words) for row in trial.rows}
    assert rows == {
        "东门社区": ("97，第 2 名", "91，第 2 名", "得分由 97 改为 91"),
        "西街社区": ("100，第 1 名", "100，第 1 名", ""),
    }
    east = next(row for row in trial.rows if row.name == "东门社区")
    assert [points for _title, _formula, points in (*east.gone, *east.added)] == ["−1", "−2", "−3", "−6"]
    assert "−3（镇级）" in [formula for _title, formula, _points in east.added]
    draft.refresh_from_db()
    assert draft.text == typed


def test_trial_of_a_kind_the_ledger_does_not_know_is_refused_in_words(
    written: RuleBook, town: SimpleNamespace, post: Any
) -> None:
    typed = written.text.replace("when: {kind: found}", "when: {kind: nonsense}")
    page = post(town.clerk, url(written, "edit"), {"text": typed, "do": "try", "seen": written.digest})
    assert page.status_code == 422
    assert "账上没有这个科目" in page.context["faults"][0].message


def test_new_version_is_a_copy_that_begins_later(scored: Scored, post: Any, log_in: Any) -> None:
    t = scored.t
    form = log_in(t.clerk).get(url(scored.book, "version")).context["form"]
    assert form.initial["version"] == "1.2"
    assert form.initial["in_force"] > clock.local_date(clock.now())
    given = {"version": "2026.2", "in_force": form.initial["in_force"].isoformat()}
    made = post(t.clerk, url(scored.book, "version"), given)
    new = RuleBook.objects.get(version="2026.2")
    assert made.headers["Location"] == url(new, "guide")
    assert (new.code, new.title, new.state) == ("seed", scored.book.title, "writing")
    taken = post(t.clerk, url(scored.book, "version"), given)
    assert taken.status_code == 422


def test_version_that_reaches_back_is_refused_when_adopted(scored: Scored, post: Any) -> None:
    t = scored.t
    scored.published()
    late = appraisals.write_book(town=t.town, text=book_text(scored.month, "2"), by=t.clerk, at=scored.ago(1))
    response = post(t.clerk, url(late, "adopt"))
    assert response.status_code == 422
    assert "已经按原来的规则公布" in text(response)


def test_adopted_book_is_retired(scored: Scored, post: Any) -> None:
    t = scored.t
    assert post(t.secretary, url(scored.book, "drop")).status_code == 403
    assert post(t.clerk, url(scored.book, "drop")).status_code == 303
    scored.book.refresh_from_db()
    assert scored.book.state == "retired"
    assert post(t.clerk, url(scored.book, "drop")).status_code == 409


def test_draft_is_deleted(written: RuleBook, town: SimpleNamespace, post: Any) -> None:
    assert post(town.clerk, url(written, "drop")).headers["Location"] == BOOKS
    assert not RuleBook.objects.exists()


@pytest.mark.parametrize("rest", ["edit", "guide", "version", "adopt", "drop"])
def test_units_and_strangers_do_not_write(
    written: RuleBook, town: SimpleNamespace, post: Any, rest: str
) -> None:
    for who in (town.secretary, town.leader, town.outsider):
        assert post(who, url(written, rest), {"text": "x"}).status_code == 403
    written.refresh_from_db()
    assert written.state == "writing"


def test_book_of_another_shape_has_no_guide(town: SimpleNamespace, month: Period, log_in: Any) -> None:
    typed = book_text(month).replace("by: by_level", "by: category")
    row = appraisals.write_book(town=town.town, text=typed, by=town.clerk, at=clock.now())
    assert log_in(town.clerk).get(url(row, "guide")).headers["Location"] == url(row, "edit")


def test_stale_guide_is_told(written: RuleBook, town: SimpleNamespace, post: Any, log_in: Any) -> None:
    form = log_in(town.clerk).get(url(written, "guide")).context["form"]
    typed = {name: form[name].value() if form[name].value() is not None else "" for name in form.fields}
    seen = written.digest
    appraisals.write_book(
        town=town.town, text=written.text + "# 改过\n", by=town.director, at=clock.now(), draft=written
    )
    late = post(town.clerk, url(written, "guide"), {**typed, "seen": seen})
    assert late.status_code == 409
    assert "刚被另一位同志改过" in text(late)


def test_list_costs_the_same_for_one_and_three(
    written: RuleBook, town: SimpleNamespace, month: Period, log_in: Any
) -> None:
    client, counts = log_in(town.clerk), []
    for versions in ((), ("2", "3")):
        for version in versions:
            appraisals.write_book(
                town=town.town, text=book_text(month, version), by=town.clerk, at=clock.now()
            )
        client.get(BOOKS)
        with CaptureQueriesContext(connection) as statements:
            client.get(BOOKS)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 14, counts


# --- 考核参数 -------------------------------------------------------------------------------------------------


@pytest.fixture
def contractor_book(town: SimpleNamespace, month: Period) -> RuleBook:
    sample = (SAMPLES / "r12.yaml").read_text(encoding="utf-8")
    return appraisals.write_book(town=town.town, text=sample, by=town.clerk, at=clock.now())


def term(unit: Unit, **more: Any) -> dict[str, Any]:
    return {
        "unit": str(unit.uuid),
        "name": "month_fee",
        "value": "80000",
        "from_date": "2026-01-01",
        "ground": "合同第八条",
    } | more


def test_terms_are_asked_for_by_books_and_registered_with_a_ground(
    contractor_book: RuleBook, town: SimpleNamespace, log_in: Any, post: Any
) -> None:
    clerk = log_in(town.clerk)
    assert "月服务费（元）" in text(clerk.get(TERMS))
    assert post(town.clerk, TERMS + "new/", term(town.cleaning)).headers["Location"] == TERMS
    post(town.clerk, TERMS + "new/", term(town.cleaning, value="90000", from_date="2026-06-01"))
    rows = clerk.get(TERMS).context["rows"]
    assert [(str(row.value), label, now) for row, label, now in rows] == [
        ("90000.00", "月服务费（元）", True), ("80000.00", "月服务费（元）", False),
    ]  # fmt: skip
    empty = post(town.clerk, TERMS + "new/", term(town.cleaning, ground=""))
    assert (empty.status_code, empty.context["form"]["value"].value()) == (422, "80000")
    assert post(town.clerk, TERMS + "new/", term(town.elsewhere)).status_code == 422
    assert Term.objects.count() == 2


@pytest.mark.parametrize("who", ["secretary", "leader", "cleaner", "outsider"])
def test_terms_are_the_office_s(
    contractor_book: RuleBook, town: SimpleNamespace, log_in: Any, post: Any, who: str
) -> None:
    person = getattr(town, who)
    assert log_in(person).get(TERMS).status_code == 403
    assert post(person, TERMS + "new/", term(town.cleaning)).status_code == 403


def test_terms_page_without_any_says_when_they_come(town: SimpleNamespace, log_in: Any) -> None:
    assert "现在的规则书都不要参数" in text(log_in(town.clerk).get(TERMS))
