"""Choosing a kind, answering what it asks, editing its tables; copying a kind and making it one's own, by forms."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import Life
from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.people.models import Person
from wenming.ledger import periods
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Document, KindText
from wenming.records.journals import actions as journals

Login = Callable[[Person], Client]
NEW = "desk:document-new"


def draft(post: Any, person: Person, kind: str, period: str = "week", **data: Any) -> Any:
    town = person.town
    assert town is not None
    return post(person, reverse(NEW), {"kind": kind, "town": town.uuid, "period": period, **data})


def test_kinds_are_offered_by_group(town: SimpleNamespace, log_in: Login) -> None:
    page = log_in(town.clerk).get(reverse(NEW)).content.decode()
    for said in (
        "通报",
        "简报",
        "函件",
        "考核",
        "总结计划",
        "会议",
        "创城周报",
        "督办函",
        "会议纪要",
        "责任书",
    ):
        assert said in page
    assert "更正通知" not in page
    assert page.index("督查通报") < page.index("创城周报") < page.index("会议纪要")


def test_form_asks_what_the_kind_wants_and_offers_its_periods(town: SimpleNamespace, log_in: Login) -> None:
    client = log_in(town.clerk)
    minutes = client.get(reverse(NEW) + "?kind=minutes").content.decode()
    for label in ("会议时间", "主持人", "出席", "请假"):
        assert label in minutes
    summary = client.get(reverse(NEW) + "?kind=summary").content.decode()
    assert "今年" in summary
    assert 'value="week"' not in summary
    daily = client.get(reverse(NEW) + "?kind=daily").content.decode()
    assert 'name="since"' not in daily
    assert client.get(reverse(NEW) + "?kind=nonsense").status_code == 200


def test_letter_without_a_unit_is_refused_in_words(life: Life, post: Any) -> None:
    life.handling()
    answer = draft(post, life.t.clerk, "deadline")
    assert answer.status_code == 422
    assert "要写明发给谁，请选一个单位" in answer.content.decode()
    made = draft(post, life.t.clerk, "deadline", units=[str(life.t.east.uuid)])
    assert made.status_code == 303
    assert Document.objects.get().addressee == "东门社区"


def test_answers_go_into_the_text_and_what_is_missing_stays_open(
    life: Life, post: Any, log_in: Login
) -> None:
    draft(
        post, life.t.clerk, "minutes", ask_held="11月27日下午", ask_chair="李建国", ask_present="陈小雨，王芳"
    )
    document = Document.objects.get()
    opening = document.body["blocks"][0]["text"]
    assert opening.startswith("11月27日下午，李建国在【地点】主持召开")
    page = log_in(life.t.clerk).get(reverse("desk:document-detail", args=[document.uuid])).content.decode()
    assert "还没有填的地方" in page or "还有没填的地方「【地点】」" in page
    assert "陈小雨，王芳" in page


def test_a_table_is_edited_line_by_line(life: Life, post: Any, log_in: Login) -> None:
    t = life.t
    draft(post, t.clerk, "workplan", "year", ask_leader="孙明", ask_office_head="李建国")
    document = Document.objects.get()
    target = reverse("desk:document-block", args=[document.uuid])
    form = log_in(t.clerk).get(reverse("desk:document-detail", args=[document.uuid]) + "?block=tasks.table")
    assert "改表格" in form.content.decode()
    wrong = {"version": 1, "block": "tasks.table", "deed": "save", "text": "1 | 只有两格"}
    refused = post(t.clerk, target, wrong)
    assert refused.status_code == 422
    assert "第 1 行有 2 格，表格是 5 栏" in refused.content.decode()
    rows = "1｜整治背街小巷｜创城办｜各社区｜6月底\n2 | 更新公益广告 | 文化站 | 各社区 | 9月底"
    assert post(t.clerk, target, wrong | {"text": rows}).status_code == 303
    page = log_in(t.clerk).get(reverse("desk:document-detail", args=[document.uuid])).content.decode()
    assert "更新公益广告" in page


def test_any_metric_can_be_named_while_writing(life: Life, post: Any) -> None:
    t = life.t
    life.closed()
    draft(post, t.clerk, "bulletin")
    document = Document.objects.get()
    data = {"version": 1, "block": "basis.basis", "deed": "save", "text": "本周{{派遣件次}}，另有58处。"}
    assert post(t.clerk, reverse("desk:document-block", args=[document.uuid]), data).status_code == 303
    document.refresh_from_db()
    assert document.body["blocks"][0]["text"] == "本周{{figure:dispatched}}，另有58处。"
    assert document.body["figures"]["dispatched"]["label"] == "派遣件次"


def test_a_clerk_makes_a_kind_the_towns_own(life: Life, post: Any, log_in: Login) -> None:
    t, client = life.t, log_in(life.t.clerk)
    life.closed()
    assert "随系统" in client.get(reverse("desk:document-kinds")).content.decode()
    copied = post(t.clerk, reverse("desk:document-kind-copy", args=["daily"]))
    row = KindText.objects.get(town=t.town)
    target = reverse("desk:document-kind", args=[row.uuid])
    assert (copied.status_code, copied.url) == (303, target)
    wrong = row.text.replace("{{figure:rework}}", "{{figure:reworkk}}")
    answer = post(t.clerk, target, {"text": wrong, "do": "try"})
    line = next(n for n, each in enumerate(wrong.splitlines(), 1) if "reworkk" in each)
    assert answer.status_code == 422
    assert f'data-line="{line}"' in answer.content.decode()
    assert "没有取数键「reworkk」" in answer.content.decode()
    good = row.text.replace("发现问题{{figure:found}}", "共发现问题{{figure:found}}", 1)
    tried = post(t.clerk, target, {"text": good, "do": "try", "period": "today"})
    assert tried.status_code == 200
    assert "共发现问题" in tried.content.decode()
    assert Document.objects.count() == 0
    assert post(t.clerk, target, {"text": good, "do": "adopt"}).status_code == 303
    assert "安和镇" in client.get(reverse("desk:document-kinds")).content.decode()
    draft(post, t.clerk, "daily", "today")
    assert Document.objects.get().pack == KindText.objects.get(town=t.town).pack
    shown = client.get(target).content.decode()
    assert "采用以后不再改" in shown
    assert post(t.clerk, target, {"do": "drop"}).status_code == 303
    assert KindText.objects.get(town=t.town).state == "retired"


@pytest.mark.parametrize(("who", "status"), [("clerk", 200), ("director", 200), ("county_clerk", 200), ("secretary", 403), ("leader", 403), ("outsider", 403)])  # fmt: skip
def test_kinds_are_for_those_who_draft(who: str, status: int, town: SimpleNamespace, log_in: Login) -> None:
    assert log_in(getattr(town, who)).get(reverse("desk:document-kinds")).status_code == status


def test_another_towns_text_is_not_there(town: SimpleNamespace, post: Any, log_in: Login) -> None:
    t = town
    text = documents.copied(kind="daily", town=t.town, at=clock.now())
    row = documents.write_kind(town=t.county, text=text, by=t.county_clerk, at=clock.now())
    target = reverse("desk:document-kind", args=[row.uuid])
    assert "本地" not in log_in(t.clerk).get(target).content.decode()
    assert post(t.clerk, target, {"text": text, "do": "adopt"}).status_code == 403
    own = documents.write_kind(town=t.town, text=text, by=t.clerk, at=clock.now())
    assert log_in(t.clerk).get(reverse("desk:document-kind", args=[own.uuid])).status_code == 200


def test_kinds_page_costs_the_same_with_more_versions(
    town: SimpleNamespace, post: Any, log_in: Login
) -> None:
    client = log_in(town.clerk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("desk:document-kinds")).status_code == 200
        return len(caught)

    post(town.clerk, reverse("desk:document-kind-copy", args=["daily"]))
    cost()
    one = cost()
    for code in ("weekly", "urge"):
        post(town.clerk, reverse("desk:document-kind-copy", args=[code]))
    assert cost() == one


def test_a_letter_about_nothing_is_not_written(life: Life, post: Any) -> None:
    life.handling()
    answer = draft(post, life.t.clerk, "deadline", units=[str(life.t.west.uuid)])
    assert answer.status_code == 422
    assert "西街社区现在没有要写进《限期整改通知书》的问题" in answer.content.decode()
    assert not Document.objects.exists()


def test_the_county_writes_for_a_town_or_for_itself(life: Life, post: Any, log_in: Login) -> None:
    t, client = life.t, log_in(life.t.county_clerk)
    life.handling()
    choose = client.get(reverse(NEW)).content.decode()
    assert "替哪里起草" in choose
    assert f'value="{t.county.uuid}" selected' in choose
    own = client.get(reverse(NEW) + "?kind=pledge").content.decode()
    assert "石桥镇" in own.split("发给哪个单位")[1]
    assert "东门社区" not in own
    page = client.get(f"{reverse(NEW)}?kind=deadline&town={t.town.uuid}").content.decode()
    assert "东门社区" in page.split("发给哪个单位")[1]
    data = {"kind": "deadline", "town": t.town.uuid, "period": "week", "units": [str(t.east.uuid)]}
    assert post(t.county_clerk, reverse(NEW), data).status_code == 303
    assert (Document.objects.get().town, Document.objects.get().addressee) == (t.town, "东门社区")
    # 桥头社区 is not 安和镇's.
    wrong = data | {"units": [str(t.elsewhere.uuid)]}
    assert post(t.county_clerk, reverse(NEW), wrong).status_code == 422


def test_minutes_come_from_the_meeting_in_the_work_log(life: Life, post: Any, log_in: Login) -> None:
    t, client, today = life.t, log_in(life.t.clerk), clock.local_date(clock.now())
    fields = {
        "type": "weekly", "topic": "部署迎检", "people": "3", "place_name": "镇三楼会议室", "host": "李建国", "present": "陈小雨、王芳、孙明",
        "minutes": "一、通报一周督查情况。\n二、研究挂账问题。",
    }  # fmt: skip
    meeting = journals.enter(
        kind="meeting", unit=t.town, occurred_on=today, by=t.clerk, at=clock.now(), fields=fields,
        decisions=[journals.Resolution("建设巷补齐烟头桶|两处", t.east, today), journals.Resolution("清理卫生死角", t.west)],
    )  # fmt: skip
    page = client.get(reverse("desk:work-detail", args=[meeting.uuid])).content.decode()
    assert f"kind=minutes&amp;town={t.town.uuid}&amp;record={meeting.uuid}" in page
    form = client.get(f"{reverse(NEW)}?kind=minutes&record={meeting.uuid}").content.decode()
    assert f'value="{meeting.uuid}" selected' in form
    made = draft(post, t.clerk, "minutes", record=str(meeting.uuid), ask_topics="迎检和挂账")
    assert made.status_code == 303
    document = Document.objects.get()
    said = {block["id"]: block["text"] for block in document.body["blocks"]}
    day = f"{today.month}月{today.day}日"
    assert said["opening.opening"].startswith(
        f"{day}，李建国在镇三楼会议室主持召开创城工作例会，主要议题：迎检和挂账。"
    )
    assert (said["said.said.1"], said["said.said.2"]) == ("通报一周督查情况。", "研究挂账问题。")
    assert (
        said["decided.table"]
        == f"1 | 建设巷补齐烟头桶／两处 | 东门社区 | {day}\n2 | 清理卫生死角 | 西街社区 | —"
    )
    shown = client.get(reverse("desk:document-detail", args=[document.uuid])).content.decode()
    assert reverse("desk:work-detail", args=[meeting.uuid]) in shown
    assert "陈小雨，王芳，孙明" in shown
    # A correction of the meeting is what a draft written anew follows.
    journals.correct(
        journal=meeting, unit=t.town, occurred_on=today, by=t.clerk, at=clock.now(), ground="漏记一句",
        fields=fields | {"minutes": "三、部署下周工作。"},
    )  # fmt: skip
    again = {"version": document.version, "block": "", "deed": "again"}
    assert post(t.clerk, reverse("desk:document-block", args=[document.uuid]), again).status_code == 303
    document.refresh_from_db()
    assert [b["text"] for b in document.body["blocks"] if b["id"].startswith("said.said.")] == [
        "部署下周工作。"
    ]


def test_minutes_are_not_written_from_what_is_no_meeting_or_not_ones_own(life: Life, post: Any) -> None:
    t, today = life.t, clock.local_date(clock.now())
    given = {"town": t.town, "period": periods.of(periods.WEEK, today), "by": t.clerk, "at": clock.now()}
    leaflets = journals.enter(
        kind="handout", unit=t.east, occurred_on=today, by=t.worker, at=clock.now(), fields={"flyers": "60", "topic": "集市"}
    )  # fmt: skip
    with pytest.raises(DomainError) as refused:
        documents.draft(kind="minutes", record=leaflets, **given)
    assert refused.value.code == "record_unfit"
    answer = draft(post, t.clerk, "minutes", record=str(leaflets.uuid))
    assert answer.status_code == 422
    elsewhere = journals.enter(
        kind="meeting", unit=t.county, occurred_on=today, by=t.county_clerk, at=clock.now(),
        fields={"type": "weekly", "topic": "县里的会"},
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        documents.draft(kind="minutes", record=elsewhere, **given)
    assert not Document.objects.exists()


def test_who_was_there_is_filled_in_before_signing(life: Life, post: Any, log_in: Login) -> None:
    t = life.t
    draft(
        post,
        t.clerk,
        "minutes",
        ask_held="11月27日",
        ask_venue="镇会议室",
        ask_chair="李建国",
        ask_topics="迎检",
    )
    document = Document.objects.get()
    target = reverse("desk:document-detail", args=[document.uuid])
    assert "还没有写谁出席" in log_in(t.clerk).get(target).content.decode()
    assert document.addressee == ""
    form = log_in(t.clerk).get(target + "?block=head").content.decode()
    assert 'name="sitting_in"' in form
    data = {
        "version": document.version, "title": document.title, "present": "李建国，陈小雨", "excused": "", "sitting_in": "何县办",
        "receivers": [str(t.east.uuid)],
    }  # fmt: skip
    assert post(t.clerk, reverse("desk:document-head", args=[document.uuid]), data).status_code == 303
    page = log_in(t.clerk).get(target).content.decode()
    assert "还没有写谁出席" not in page
    assert "李建国，陈小雨" in page
    assert "何县办" in page
