"""Tables as people have them, pasted at the desk; records that begin as an earlier one."""

import uuid
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from tests.faces.desk.test_work import TODAY, enter
from wenming.common import clock
from wenming.faces.desk import work_entry
from wenming.ground.notices.models import Notice
from wenming.records.journals import importing, queries
from wenming.records.journals.models import Journal


def test_a_paste_without_heading_is_read_in_the_order_of_the_template(town: SimpleNamespace) -> None:
    template = importing.template(queries.kinds(town.town, TODAY)["wechat_post"])
    assert work_entry.as_table("2026-11-16\t东门社区\t护河\t3", template).decode("utf-8-sig") == (
        "日期,单位,标题,篇数（篇）\r\n2026-11-16,东门社区,护河,3\r\n"
    )
    assert work_entry.as_table('日期\t标题\r\n2026-11-16\t"两行\n标题"\r\n', template).decode(
        "utf-8-sig"
    ) == ('日期,标题\r\n2026-11-16,"两行\n标题"\r\n')


DAYS = [TODAY - timedelta(3), TODAY - timedelta(2), TODAY]
PASTED = {
    "a sheet with days as people write them": "日期\t单位\t标题\t篇数\n{a.month}月{a.day}日\t东门社区\t甲\t２\n{b:%Y.%m.%d}\t东门\t乙\t1篇\n{serial}\t东门社区\t丙\t1",
    "headings of one's own": "序号\t时间\t社区\t推文标题\t数量\t备注\n1\t{a.month}/{a.day}\t东门社区\t甲\t2\t\n2\t{b.month}-{b.day}\t东门社区\t乙\t1\t好\n3\t{c.month}月{c.day}日（周一）\t东门社区\t丙\t1\t",
    "lines of a chat": "{a.month}月{a.day}日 东门社区 甲 2\n{b.month}月{b.day}日 东门社区 乙 1\n{c.month}月{c.day}日　东门社区　丙　1",
    "a title and a sum": "推文统计表\n日期\t单位\t标题\t篇数\n{a}\t东门社区\t甲\t2\n{b}\t东门社区\t乙\t1\n{c}\t东门社区\t丙\t1\n合计\t\t\t4",
    "bars between the cells": "日期|单位|标题|篇数\n{a}|东门社区|甲|2\n{b}|东门社区|乙|1\n{c}|东门社区|丙|1",
}


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED)
def test_tables_are_read_as_people_have_them(text: str, town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    serial = (DAYS[2] - date(1899, 12, 30)).days
    text = text.format(a=DAYS[0], b=DAYS[1], c=DAYS[2], serial=serial)
    sent = client.post(reverse("desk:work-paste", args=["wechat_post"]), {"text": text})
    page = client.get(sent.url)
    assert page.context["faults"] == []
    shown = [clock.show_date(day) if day.year == TODAY.year else day.isoformat() for day in DAYS]
    assert [cells[0] for _line, cells in page.context["preview"]["rows"]] == shown
    client.post(sent.url)
    found = Journal.objects.order_by("occurred_on")
    assert [(row.occurred_on, row.title, row.quantities["wechat_posts"], row.unit) for row in found] == [
        (DAYS[0], "甲", "2", town.east), (DAYS[1], "乙", "1", town.east), (DAYS[2], "丙", "1", town.east),
    ]  # fmt: skip


def test_a_day_left_empty_by_a_merge_is_that_of_the_line_above_and_said_so(
    town: SimpleNamespace, log_in: Any
) -> None:
    client = log_in(town.clerk)
    text = f"日期\t单位\t标题\t篇数\n{DAYS[0]}\t东门社区\t甲\t2\n\t\t乙\t1\n{DAYS[1]}\t\t丙\t1"
    page = client.get(client.post(reverse("desk:work-paste", args=["wechat_post"]), {"text": text}).url)
    assert "第 3 行的日期空着，按上一行的日期读。" in page.context["checked"].notes
    units = [cells[1] for _line, cells in page.context["preview"]["rows"]]
    assert units == ["东门社区", "东门社区", ""]
    client.post(page.request["PATH_INFO"])
    assert list(Journal.objects.order_by("pk").values_list("occurred_on", "unit__name")) == [
        (DAYS[0], "东门社区"), (DAYS[0], "东门社区"), (DAYS[1], town.town.name),
    ]  # fmt: skip


WEAK = {"stage": "found", "type": "road", "where": "建设巷中段", "pieces": "3"}


def test_a_weak_spot_goes_on_to_the_department_without_typing_it_again(
    town: SimpleNamespace, log_in: Any
) -> None:
    found = enter(town, "weak_spot", by=town.secretary, unit=town.east, **WEAK)
    client = log_in(town.secretary)
    page = client.get(reverse("desk:work-detail", args=[found.uuid])).content.decode()
    assert "接着记：已推送部门" in page
    assert "接着记：已解决" in page
    url = reverse("desk:work-enter", args=["weak_spot"])
    start = client.get(f"{url}?like={found.uuid}&stage=pushed").context["form"]
    said = {field.html_name: field.value() for field in start if field.value()}
    assert (said["f_stage"], said["f_where"], said["f_type"], said["f_pieces"]) == (
        "pushed",
        "建设巷中段",
        "road",
        "3",
    )
    # To whom it goes has to be said; then that unit is told, and may open it.
    refused = client.post(url, said | {"key": str(uuid.uuid4())})
    assert (refused.status_code, "记账后告知该单位" in refused.content.decode()) == (422, True)
    client.post(url, said | {"key": str(uuid.uuid4()), "f_to": str(town.chengguan.uuid)})
    pushed = Journal.objects.latest("pk")
    assert (pushed.quantities, pushed.party) == ({"weak_pushed": "3"}, town.chengguan)
    notice = Notice.objects.get(kind="journal.tell")
    assert (notice.person, notice.subject_uuid) == (town.chief, pushed.uuid)
    assert notice.sentence.startswith("东门社区推送本单位：薄弱点位摸排 建设巷中段")
    station = log_in(notice.person)
    assert station.get(reverse("desk:work-detail", args=[pushed.uuid])).status_code == 200
    assert station.get(reverse("desk:work-detail", args=[found.uuid])).status_code == 404


def test_a_record_is_entered_again_without_its_numbers(town: SimpleNamespace, log_in: Any) -> None:
    old = enter(town, by=town.clerk)
    client = log_in(town.clerk)
    assert (
        f'?like={old.uuid}">照此再记'
        in client.get(reverse("desk:work-detail", args=[old.uuid])).content.decode()
    )
    url = reverse("desk:work-enter", args=["meeting"])
    form = client.get(f"{url}?like={old.uuid}").context["form"]
    assert (form["f_topic"].value(), form["f_type"].value(), form["f_people"].value()) == (
        "创城周例会",
        "weekly",
        None,
    )
    assert client.get(f"{url}?like={uuid.uuid4()}").status_code == 404
    assert client.get(f"{url}?like=nonsense").status_code == 404
    assert client.get(f"{reverse('desk:work-enter', args=['campaign'])}?like={old.uuid}").status_code == 404


def test_one_reason_serves_a_whole_table_of_old_records(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.clerk), reverse("desk:work-paste", args=["wechat_post"])
    old = TODAY - timedelta(40)
    text = f"推文统计表\n日期\t标题\t篇数\n{old}\t甲\t1\n\t乙\t2\n合计\t\t3"
    page = client.get(client.post(url, {"text": text}).url)
    assert {fault.column for fault in page.context["faults"]} == {"补录原因"}
    sent = client.post(url, {"text": text, "late_reason": "系统启用前的台账"})
    page = client.get(sent.url)
    assert page.context["faults"] == []
    client.post(sent.url)
    found = Journal.objects.order_by("pk")
    assert [(row.occurred_on, row.late, row.late_reason) for row in found] == [
        (old, True, "系统启用前的台账")
    ] * 2


def test_a_table_with_reasons_of_its_own_keeps_them(town: SimpleNamespace) -> None:
    template = importing.template(queries.kinds(town.town, TODAY)["wechat_post"])
    made = work_entry.as_table("日期\t标题\t篇数\t补录原因\n11月3日\t甲\t1\t漏记", template, "另一句")
    assert made.decode("utf-8-sig").splitlines()[1] == "11月3日,甲,1,漏记"
