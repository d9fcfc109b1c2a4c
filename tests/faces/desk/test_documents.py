"""The document pages: who may open what, what the editor shows, and the whole way by forms alone."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from tests.factories import Life
from wenming.common import clock
from wenming.ground.jobs.models import Job
from wenming.ground.people.models import Person
from wenming.ledger import periods
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import files
from wenming.outcomes.documents.models import Document

Login = Callable[[Person], Client]


@pytest.fixture
def week(life: Life) -> SimpleNamespace:
    t = life.t
    return SimpleNamespace(
        t=t,
        fixed=life.closed(photos=[factories.photo(t.inspector, t.town, at=life.at)]),
        waiting=life.registered(description="路灯一盏不亮"),
    )


@pytest.fixture
def drafted(week: SimpleNamespace) -> Document:
    now = clock.now()
    # 起止日期: on a Monday morning the finds of five hours ago lie in the week before.
    period = periods.between(clock.local_date(now) - timedelta(days=6), clock.local_date(now))
    return documents.draft(kind="bulletin", town=week.t.town, period=period, at=now, by=week.t.clerk)


def url(document: Document) -> str:
    return reverse("desk:document-detail", args=[document.uuid])


def take(post: Any, person: Person, document: Document, code: str, **data: Any) -> Any:
    return post(person, reverse("desk:document-step", args=[document.uuid, code]), data)


def change(post: Any, person: Person, document: Document, **data: Any) -> Any:
    version = Document.objects.get(pk=document.pk).version
    return post(person, reverse("desk:document-block", args=[document.uuid]), {"version": version} | data)


def test_a_bulletin_goes_from_new_to_issued_by_forms_alone(
    week: SimpleNamespace, post: Any, log_in: Login
) -> None:
    t, today = week.t, clock.local_date(clock.now())
    data = {
        "kind": "bulletin",
        "town": t.town.uuid,
        "period": "range",
        "since": today - timedelta(days=6),
        "until": today,
    }
    made = post(t.clerk, reverse("desk:document-new"), data)
    document = Document.objects.get()
    assert (made.status_code, made.url) == (303, url(document))
    for code, person in (("submit", t.clerk), ("check", t.director), ("sign", t.leader), ("issue", t.clerk)):
        answer = take(post, person, document, code)
        assert answer.status_code == 303, answer.content.decode()
    document.refresh_from_db()
    assert (document.state, document.issue_no) == ("issued", 1)
    page = log_in(t.clerk).get(url(document)).content.decode()
    assert "2026年第1期" in page or f"{today.year}年第1期" in page
    for file in document.files.all():
        answer = log_in(t.clerk).get(reverse("desk:document-file", args=[document.uuid, file.format]))
        assert answer.content == files.get(file)
    for link in document.figures.select_related("figure"):
        assert reverse("desk:figure", args=[link.figure.uuid]) in page


def test_editor_shows_paper_figures_outline_and_checks(
    drafted: Document, week: SimpleNamespace, log_in: Login
) -> None:
    documents.add_block(
        document=drafted, by=week.t.clerk, at=clock.now(), version=1, after="", text="共有99处，请【填写】。"
    )
    page = log_in(week.t.clerk).get(url(drafted)).content.decode()
    metric = f"{reverse('desk:metric', args=['found'])}?unit={week.t.town.uuid}&amp;period="
    assert f'<a class="figure" href="{metric}' in page
    assert '<mark class="hand-typed"' in page
    assert "还有没填的地方「【填写】」" in page
    assert "手填" in page
    assert "送审" in page


def test_block_form_shows_names_and_saves_keys(
    drafted: Document, week: SimpleNamespace, log_in: Login, post: Any
) -> None:
    page = log_in(week.t.clerk).get(url(drafted) + "?block=situation.total").content.decode()
    assert "本周" in page or "本期" in page
    assert "{{发现问题数}}" in page
    saved = change(
        post, week.t.clerk, drafted, block="situation.total", deed="save", text="共{{发现问题数}}。"
    )
    assert saved.status_code == 303
    drafted.refresh_from_db()
    texts = {block["id"]: block["text"] for block in drafted.body["blocks"]}
    assert texts["situation.total"] == "共{{figure:found}}。"


def test_stale_form_keeps_what_was_typed(drafted: Document, week: SimpleNamespace, post: Any) -> None:
    change(post, week.t.clerk, drafted, block="basis.basis", deed="save", text="别人先改了。")
    data = {"version": 1, "block": "basis.basis", "deed": "save", "text": "我写了很久的话"}
    answer = post(week.t.clerk, reverse("desk:document-block", args=[drafted.uuid]), data)
    assert answer.status_code == 409
    assert "我写了很久的话" in answer.content.decode()
    assert "已被别人改到第 2 稿" in answer.content.decode()


def test_same_form_twice_adds_one_block(drafted: Document, week: SimpleNamespace, log_in: Login) -> None:
    client, before = log_in(week.t.clerk), len(drafted.body["blocks"])
    data = {
        "key": str(uuid.uuid4()),
        "version": 1,
        "block": "",
        "deed": "add",
        "text": "加一句。",
        "level": "0",
    }
    target = reverse("desk:document-block", args=[drafted.uuid])
    assert [client.post(target, data).status_code for _ in range(2)] == [303, 302]
    drafted.refresh_from_db()
    assert len(drafted.body["blocks"]) == before + 1


def test_issue_sent_twice_gives_one_number(drafted: Document, week: SimpleNamespace, post: Any) -> None:
    t = week.t
    for code, person in (("submit", t.clerk), ("check", t.director), ("sign", t.leader), ("issue", t.clerk)):
        take(post, person, drafted, code)
    assert take(post, t.clerk, drafted, "issue").status_code == 303
    assert Document.objects.get().serial == 1


def test_refused_signature_shows_why(drafted: Document, week: SimpleNamespace, post: Any) -> None:
    t = week.t
    change(post, t.clerk, drafted, block="basis.basis", deed="save", text="由××组织。")
    take(post, t.clerk, drafted, "submit")
    answer = take(post, t.director, drafted, "check")
    assert answer.status_code == 422
    assert "还不能审核通过" in answer.content.decode()
    back = take(post, t.director, drafted, "send_back", ground="把空填上")
    assert back.status_code == 303
    drafted.refresh_from_db()
    assert (drafted.state, drafted.sent_back) == ("draft", "把空填上")


def test_sending_back_without_words_keeps_the_page(
    drafted: Document, week: SimpleNamespace, post: Any
) -> None:
    take(post, week.t.clerk, drafted, "submit")
    assert take(post, week.t.director, drafted, "send_back", ground=" ").status_code == 422


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("clerk", 200),
        ("director", 200),
        ("leader", 200),
        ("secretary", 404),
        ("outsider", 404),
        ("worker", 404),
    ],
)
def test_draft_is_hidden_from_strangers(
    who: str, status: int, drafted: Document, week: SimpleNamespace, log_in: Login
) -> None:
    client = log_in(getattr(week.t, who))
    assert client.get(url(drafted)).status_code == status
    assert client.get(reverse("desk:document-file", args=[drafted.uuid, "docx"])).status_code == 404


def test_roles_are_refused_steps_that_are_not_theirs(
    drafted: Document, week: SimpleNamespace, post: Any
) -> None:
    take(post, week.t.clerk, drafted, "submit")
    assert take(post, week.t.clerk, drafted, "check").status_code == 403
    assert take(post, week.t.leader, drafted, "check").status_code == 403
    assert take(post, week.t.secretary, drafted, "check").status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("clerk", 200), ("secretary", 200), ("worker", 403), ("admin", 403)]
)
def test_list_page(who: str, status: int, drafted: Document, week: SimpleNamespace, log_in: Login) -> None:
    client = log_in(getattr(week.t, who))
    assert client.get(reverse("desk:document-list")).status_code == status
    assert client.get(reverse("desk:document-register")).status_code == status


def test_list_costs_the_same_at_one_and_three_rows(
    drafted: Document, week: SimpleNamespace, log_in: Login
) -> None:
    client = log_in(week.t.clerk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("desk:document-list")).status_code == 200
        return len(caught)

    cost()
    one = cost()
    for _ in range(2):
        documents.draft(
            kind="bulletin", town=week.t.town, period=drafted.period, at=clock.now(), by=week.t.clerk
        )
    assert cost() == one


def test_letterhead_is_set_by_those_above_the_writing_desk(
    week: SimpleNamespace, log_in: Login, post: Any
) -> None:
    t = week.t
    target = reverse("desk:document-settings")
    assert log_in(t.clerk).get(target).status_code == 403
    data = {
        "issuer": "安和镇创城办",
        "suffix": "文件",
        "code_word": "安创城办",
        "digits": "fangsong",
        "cc_lines": "县创城办\n镇纪委",
    }
    assert post(t.director, target, data).status_code == 303
    draft = documents.draft(
        kind="bulletin", town=t.town, period=periods.of(periods.WEEK, clock.local_date(clock.now())), at=clock.now(), by=t.clerk
    )  # fmt: skip
    assert (draft.cc, draft.code_word) == (["县创城办", "镇纪委"], "安创城办")
    wrong = post(t.director, target, data | {"code_word": "安创城办〔2026〕"})
    assert wrong.status_code == 422
    assert "发文代字只填字" in wrong.content.decode()


def test_new_form_with_dates_the_wrong_way_round(week: SimpleNamespace, post: Any) -> None:
    data = {
        "kind": "bulletin",
        "town": week.t.town.uuid,
        "period": "range",
        "since": "2026-11-22",
        "until": "2026-11-16",
    }
    answer = post(week.t.clerk, reverse("desk:document-new"), data)
    assert answer.status_code == 422
    assert "结束日期早于开始日期" in answer.content.decode()
    assert Document.objects.count() == 0


def test_ticket_of_an_issued_document_shows_its_title(
    drafted: Document, week: SimpleNamespace, post: Any
) -> None:
    t = week.t
    for code, person in (("submit", t.clerk), ("check", t.director), ("sign", t.leader), ("issue", t.clerk)):
        take(post, person, drafted, code)
    assert "{{" not in Document.objects.get().title


def test_a_second_paper_about_the_same_days_is_pointed_out(
    drafted: Document, week: SimpleNamespace, log_in: Login
) -> None:
    data = {
        "kind": "bulletin", "town": week.t.town.uuid, "period": "range", "key": uuid.uuid4().hex,
        "since": drafted.period_start, "until": drafted.period_end,
    }  # fmt: skip
    page = log_in(week.t.clerk).post(reverse("desk:document-new"), data, follow=True).content.decode()
    assert f"这个期间已有《{drafted.shown_title}》（起草中）" in page


def test_page_says_how_far_the_pdf_is(drafted: Document, week: SimpleNamespace, log_in: Login) -> None:
    t = week.t
    for deed, person in (
        (documents.submit, t.clerk), (documents.check, t.director), (documents.sign, t.leader), (documents.issue, t.clerk),
    ):  # fmt: skip
        document = deed(document=drafted, by=person, at=clock.now())
    job = Job.objects.get(kind="documents.pdf")
    page = {}
    for state, attempts in (("waiting", 0), ("running", 1), ("waiting", 1), ("failed", 3)):
        Job.objects.filter(pk=job.pk).update(state=state, attempts=attempts)
        page[state, attempts] = log_in(t.clerk).get(url(document)).content.decode()
    assert all("正在后台生成" in page[found] for found in (("waiting", 0), ("running", 1)))
    assert "第 1 次没有成，稍后再试" in page["waiting", 1]
    assert "重新生成 PDF" in page["failed", 3]


def test_home_shows_a_paper_to_whom_it_waits_for_and_to_nobody_else(
    drafted: Document, week: SimpleNamespace, log_in: Login
) -> None:
    t = week.t

    def waiting() -> list[str]:
        people = ("clerk", "director", "leader", "secretary", "inspector", "county_clerk", "county_leader")
        shown = {name: log_in(getattr(t, name)).get("/desk/").content.decode() for name in people}
        return [name for name, page in shown.items() if 'id="papers"' in page]

    def on_the_board() -> bool:
        return "公文待签发" in log_in(t.leader).get("/board/").content.decode()

    turns = [waiting()]
    board = [on_the_board()]
    for deed, by in (
        (documents.submit, t.clerk), (documents.check, t.director), (documents.sign, t.leader), (documents.issue, t.clerk),
    ):  # fmt: skip
        deed(document=drafted, by=by, at=clock.now())
        turns.append(waiting())
        board.append(on_the_board())
    assert board == [False, False, True, False, False]
    assert turns == [[], ["director"], ["leader"], ["clerk", "director"], []]


def test_home_shows_the_writer_what_was_sent_back(
    drafted: Document, week: SimpleNamespace, log_in: Login
) -> None:
    t, now = week.t, clock.now()
    drafted = documents.submit(document=drafted, by=t.clerk, at=now)
    documents.send_back(document=drafted, by=t.director, at=now, ground="请核对第二段")
    assert "退回意见：请核对第二段" in log_in(t.clerk).get("/desk/").content.decode()
    assert "请核对第二段" not in log_in(t.director).get("/desk/").content.decode().partition('id="papers"')[2]
