"""工作台账 at the desk: the overview, the form, the record, the list, kinds, decisions."""

import io
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests import factories
from wenming.common import clock
from wenming.ledger.models import Account, Entry
from wenming.records.journals import actions as journals
from wenming.records.journals.actions import Resolution
from wenming.records.journals.models import Decision, Journal, OwnPack

TODAY = clock.local_date(clock.now())
WEEKLY = {"f_type": "weekly", "f_topic": "创城周例会", "f_people": "24"}


def enter(
    town: SimpleNamespace, code: str = "meeting", *, by: Any = None, unit: Any = None, **more: Any
) -> Journal:
    given = {"occurred_on": TODAY, "at": clock.now(), "by": by or town.clerk, "unit": unit or town.town}
    decisions = more.pop("decisions", ())
    said = more or {"type": "weekly", "topic": "创城周例会", "people": "24"}
    return journals.enter(kind=code, fields=said, decisions=decisions, **given)


def form(town: SimpleNamespace, **more: Any) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()),
        "occurred_on": TODAY.isoformat(),
        "unit": str(town.town.uuid),
        **WEEKLY,
        **more,
    }


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


# ---- entering ----


def test_a_meeting_is_entered_by_form_with_a_photo_and_a_decision(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    said = form(
        town, what_1="补齐烟头桶", due_unit_1=str(town.east.uuid), due_on_1=str(TODAY + timedelta(days=7))
    )
    said["photos"] = SimpleUploadedFile("会场.jpg", factories.picture(), "image/jpeg")
    answer = client.post(reverse("desk:work-enter", args=["meeting"]), said)
    row = Journal.objects.get()
    assert (answer.status_code, answer.url) == (303, reverse("desk:work-detail", args=[row.uuid]))
    assert (str(row.uuid), row.quantities, row.way) == (
        said["key"],
        {"mtg_weekly": "1", "mtg_persons": "24"},
        "form",
    )
    text = page(client, "desk:work-detail", row.uuid)
    for words in ("创城周例会", "周例会", "参会 24人次", "补齐烟头桶", "记台账：会议", "陈小雨"):
        assert words in text
    assert text.count("<figure") + text.count("thumb") > 0
    assert "补齐烟头桶" in page(log_in(town.secretary), "desk:home")


def test_the_same_form_sent_twice_is_one_record(town: SimpleNamespace, log_in: Any) -> None:
    client, said = log_in(town.clerk), form(town)
    url = reverse("desk:work-enter", args=["meeting"])
    assert client.post(url, said).url == client.post(url, said).url
    assert Journal.objects.count() == 1


def test_every_mistake_is_shown_at_its_field(town: SimpleNamespace, log_in: Any) -> None:
    said = form(town, f_topic="", f_people="两打", f_type="", occurred_on="")
    answer = log_in(town.clerk).post(reverse("desk:work-enter", args=["meeting"]), said)
    text = answer.content.decode()
    assert answer.status_code == 422
    for words in (
        "请填「议题」。",
        "「到会人数」应填数字，现在是「两打」。",
        "请填「会议类型」。",
        "请填日期。",
    ):
        assert text.count(words) == 1, words
    assert Journal.objects.count() == 0


def test_what_comes_late_asks_for_a_reason(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.clerk), reverse("desk:work-enter", args=["meeting"])
    late = form(town, occurred_on=str(TODAY - timedelta(days=30)))
    assert "请写补录原因" in client.post(url, late).content.decode()
    assert client.post(url, late | {"late_reason": "交接补记"}).status_code == 303
    assert "补录" in page(client, "desk:work-detail", Journal.objects.get().uuid)


def test_one_more_of_the_same_day(town: SimpleNamespace, log_in: Any) -> None:
    answer = log_in(town.clerk).post(reverse("desk:work-enter", args=["meeting"]), form(town, again="1"))
    assert answer.url.startswith(reverse("desk:work-enter", args=["meeting"]))
    assert str(town.town.uuid) in answer.url


def test_a_place_is_found_by_number_or_name(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.clerk), reverse("desk:work-enter", args=["chief_work"])
    said = {
        "occurred_on": TODAY.isoformat(),
        "unit": str(town.east.uuid),
        "f_topic": "电线下垂",
        "f_pieces": "1",
    }
    assert (
        client.post(
            url, said | {"key": str(uuid.uuid4()), "f_place": f"{town.lane.number} 建设巷"}
        ).status_code
        == 303
    )
    assert Journal.objects.get().place == town.lane
    answer = client.post(url, said | {"key": str(uuid.uuid4()), "f_place": "没有的巷"})
    assert (answer.status_code, "「街巷」里没有「没有的巷」" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(("who", "code", "status"), [
    ("secretary", "meeting", 200), ("secretary", "accountability", 404), ("worker", "handout", 200), ("worker", "meeting", 404),
    ("leader", "meeting", 404), ("clerk", "nothing", 404), ("cleaner", "handout", 404),
])  # fmt: skip
def test_forms_are_there_for_those_who_enter(
    who: str, code: str, status: int, town: SimpleNamespace, log_in: Any
) -> None:
    client = log_in(getattr(town, who))
    for name in ("desk:work-enter", "desk:work-paste"):
        assert client.get(reverse(name, args=[code])).status_code == status
    assert client.get(reverse("desk:import", args=[f"journal-{code}"])).status_code == status


# ---- correcting ----


def test_a_record_is_corrected_and_struck_out_at_the_desk(town: SimpleNamespace, log_in: Any) -> None:
    client, row = log_in(town.clerk), enter(town)
    url = reverse("desk:work-correct", args=[row.uuid])
    assert 'value="创城周例会"' in client.get(url).content.decode()
    refused = client.post(url, form(town, f_people="26", ground=""))
    assert (refused.status_code, "请写更正依据。" in refused.content.decode()) == (422, True)
    said = form(town, f_people="26", ground="实到 26 人")
    assert client.post(url, said).status_code == 303
    new = Journal.objects.get(uuid=said["key"])
    assert new.replaces == row
    assert "现在以" in page(client, "desk:work-detail", row.uuid)
    assert client.get(url).status_code == 404
    strike = reverse("desk:work-strike", args=[new.uuid])
    assert client.post(strike, {"ground": "", "key": str(uuid.uuid4())}).status_code == 422
    assert client.post(strike, {"ground": "重复", "key": str(uuid.uuid4())}).status_code == 303
    assert "这一条已冲销" in page(client, "desk:work-detail", new.uuid)
    assert sum(entry.quantity for entry in Entry.objects.filter(account__code="mtg_persons")) == 0


@pytest.mark.parametrize(
    "name", ["desk:work-detail", "desk:work-correct", "desk:work-strike", "desk:work-decide"]
)
def test_strangers_find_nothing(name: str, town: SimpleNamespace, log_in: Any) -> None:
    row = enter(town)
    for who in ("outsider", "west_secretary", "worker", "chief"):
        client = log_in(getattr(town, who))
        assert client.get(reverse(name, args=[row.uuid])).status_code == 404, who
        assert client.post(reverse(name, args=[row.uuid]), {"ground": "x"}).status_code in (404, 405), who
    row.refresh_from_db()
    assert row.state == "entered"


def test_who_reads_without_keeping_sees_no_buttons(town: SimpleNamespace, log_in: Any) -> None:
    row = enter(town)
    text = page(log_in(town.leader), "desk:work-detail", row.uuid)
    assert reverse("desk:work-strike", args=[row.uuid]) not in text
    assert log_in(town.leader).get(reverse("desk:work-strike", args=[row.uuid])).status_code == 404


# ---- overview and list ----


def test_the_overview_links_every_sum_to_its_metric(town: SimpleNamespace, log_in: Any) -> None:
    enter(town)
    enter(town, "handout", unit=town.east, flyers="120")
    text = page(log_in(town.leader), "desk:work-home")
    month = f"{TODAY:%Y-%m}"
    for code, said in (("mtg_weekly", "1次"), ("flyers", "120份")):
        url = f"{reverse('desk:metric', args=[code])}?unit={town.town.uuid}&amp;period={month}"
        assert url in text
        assert f">{said}</a>" in text
    east = page(log_in(town.secretary), "desk:work-home")
    assert "120份" in east
    assert "1次" not in east


def test_a_grid_worker_sees_his_kinds_and_no_sums(town: SimpleNamespace, log_in: Any) -> None:
    enter(town, "handout", unit=town.east, flyers="120")
    text = page(log_in(town.worker), "desk:work-home")
    assert "宣传品发放" in text
    assert "120份" not in text
    assert "问责" not in text


@pytest.mark.parametrize(
    "name", ["desk:work-list", "desk:work-print", "desk:work-home", "desk:decision-list", "desk:kind-list"]
)
def test_lists_cost_the_same_at_one_and_three_rows(
    name: str, town: SimpleNamespace, log_in: Any, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    client = log_in(town.clerk)
    counts = []
    for rows in (1, 2):
        for n in range(rows):
            enter(
                town,
                unit=(town.east, town.west)[n % 2],
                decisions=[Resolution(f"事项{rows}{n}", town.town)],
                type="weekly",
                topic=f"第{n}次",
                people="9",
            )
        page(client, name)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            page(client, name)
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_the_detail_page_costs_a_fixed_number_of_statements(
    town: SimpleNamespace, log_in: Any, django_assert_max_num_queries: Any
) -> None:
    row = enter(
        town,
        decisions=[Resolution(f"事项{n}", town.east) for n in range(4)],
        type="weekly",
        topic="会",
        people="3",
    )
    client = log_in(town.clerk)
    page(client, "desk:work-detail", row.uuid)
    with django_assert_max_num_queries(22):
        page(client, "desk:work-detail", row.uuid)


def test_the_list_is_filtered_and_exported_as_seen(town: SimpleNamespace, log_in: Any) -> None:
    enter(town)
    enter(town, "handout", unit=town.east, flyers="120", topic="=1+1")
    struck = enter(town, "handout", unit=town.west, flyers="7", topic="记错的")
    journals.strike(journal=struck, by=town.clerk, at=clock.now(), ground="记错")
    client = log_in(town.clerk)
    text = page(client, "desk:work-list")
    assert ("创城周例会" in text, "=1+1" in text, "记错的" in text) == (True, True, False)
    text = page(client, "desk:work-list", kind="handout", state="all")
    assert ("创城周例会" in text, "记错的" in text, "共 2 条" in text) == (False, True, True)
    assert "没有符合条件的记录" in page(client, "desk:work-list", words="不存在")
    answer = client.get(reverse("desk:work-export"), {"kind": "handout"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[3]]
    row = dict(zip(head, [cell.value for cell in sheet[4]], strict=True))
    assert (sheet.title, row["宣传单（份）"], row["摘要"]) == ("宣传品发放台账", 120, "=1+1")
    assert sheet[4][head.index("摘要")].data_type == "s"
    assert "宣传单（份）" in page(client, "desk:work-print", kind="handout")


def test_columns_are_remembered(town: SimpleNamespace, log_in: Any) -> None:
    enter(town)
    client = log_in(town.clerk)
    assert "填报方式" not in page(client, "desk:work-list").split("选择列")[0]
    client.post(reverse("desk:work-columns"), {"column": ["day", "way"]})
    assert "填报方式" in page(client, "desk:work-list").split("选择列")[0]
    client.post(reverse("desk:work-columns"), {"usual": "1"})
    assert "填报方式" not in page(client, "desk:work-list").split("选择列")[0]


def test_the_ledger_leads_to_the_record(town: SimpleNamespace, log_in: Any) -> None:
    row = enter(town)
    client = log_in(town.leader)
    text = page(client, "desk:metric", "mtg_persons")
    assert reverse("desk:work-detail", args=[row.uuid]) in text
    assert "周例会" in text


# ---- tables ----


def test_a_pasted_table_goes_through_the_same_check(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    text = f"日期\t单位\t标题\t篇数\n{TODAY}\t东门社区\t护河\t3\n{TODAY}\t东门社区\t讲堂\t三篇\n"
    sent = client.post(reverse("desk:work-paste", args=["wechat_post"]), {"text": text})
    assert sent.status_code == 303
    check = client.get(sent.url).content.decode()
    assert "应填数字" in check
    client.post(sent.url, {"partial": "1"})
    row = Journal.objects.get()
    assert (row.quantities, row.unit, row.way) == ({"wechat_posts": "3"}, town.east, "paste")


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [(b"", "表.xlsx", "0 字节"), (b"%PDF-1.4", "表.xlsx", "不是真正的 Excel"), (b"PK\x03\x04xx", "表.xlsx", "已损坏"),
     (b"a,b\n1,2\n", "表.csv", "找不到表头")],
)  # fmt: skip
def test_files_that_are_no_table_are_refused(
    data: bytes, name: str, said: str, town: SimpleNamespace, log_in: Any
) -> None:
    client, url = log_in(town.clerk), reverse("desk:import", args=["journal-meeting"])
    answer = client.post(url, {"file": SimpleUploadedFile(name, data)}, follow=True)
    assert said in answer.content.decode()
    assert Journal.objects.count() == 0


# ---- kinds ----


def test_a_clerk_makes_a_kind_enters_three_and_finds_them_counted(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    said = {
        "key": str(uuid.uuid4()), "name": "禁烟劝导", "group": "执法劝导", "each": "", "by": ["office", "community"], "photos": "optional",
        "late_days": "7", "name_1": "劝导人数", "kind_1": "number", "measure_1": "人次", "name_2": "场所", "kind_2": "choice",
        "options_2": "车站、医院，学校",
    }  # fmt: skip
    assert client.post(reverse("desk:kind-new"), said).status_code == 303
    text = page(client, "desk:work-home")
    assert "禁烟劝导" in text
    code = OwnPack.objects.get().pack.journal_kinds.get().code
    for people in ("3", "4", "5"):
        entry = {
            "key": str(uuid.uuid4()),
            "occurred_on": str(TODAY),
            "unit": str(town.east.uuid),
            "f_f1": people,
            "f_f2": "o1",
        }
        assert client.post(reverse("desk:work-enter", args=[code]), entry).status_code == 303
    account = Account.objects.get(name="禁烟劝导")
    assert "12人次" in page(client, "desk:metric", account.code, period=f"{TODAY:%Y-%m}")
    assert "12人次" in page(client, "desk:work-home")
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(client.get(reverse("desk:work-export"), {"kind": code}).streaming_content))
    )
    assert [cell.value for cell in book.worksheets[0][3]][-4:] != []
    yaml = client.get(reverse("desk:kind-file", args=[OwnPack.objects.get().pk]))
    assert "禁烟劝导" in yaml.content.decode()
    assert "own-350599100000-1.yaml" in yaml["Content-Disposition"]


def test_a_kind_is_changed_and_retired(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    kind = journals.kinds.define(
        unit=town.town, by=town.clerk, at=clock.now(),
        plan=journals.kinds.Plan("禁烟劝导", "执法劝导", (journals.kinds.Item("劝导人数", "number", measure="人次"),)),
    )  # fmt: skip
    text = page(client, "desk:kind-change", kind.code)
    assert 'value="劝导人数"' in text
    said = {
        "key": str(uuid.uuid4()), "name": "控烟劝导", "group": "执法劝导", "by": ["grid"], "photos": "none", "late_days": "3", "name_1": "劝导人数",
        "kind_1": "number", "account_1": kind.accounts[0], "code_1": "f1",
    }  # fmt: skip
    assert client.post(reverse("desk:kind-change", args=[kind.code]), said).status_code == 303
    assert Account.objects.get(code=kind.accounts[0]).name == "控烟劝导"
    assert (
        client.post(reverse("desk:kind-retire", args=[kind.code]), {"key": str(uuid.uuid4())}).status_code
        == 303
    )
    assert "「控烟劝导」已停用" in page(client, "desk:kind-list")
    assert "控烟劝导" not in page(client, "desk:work-home")
    assert client.get(reverse("desk:kind-change", args=[kind.code])).status_code == 404


def test_a_kind_that_counts_nothing_is_sent_back(town: SimpleNamespace, log_in: Any) -> None:
    said = {
        "key": str(uuid.uuid4()),
        "name": "劝导",
        "group": "执法劝导",
        "by": ["office"],
        "photos": "none",
        "late_days": "7",
        "name_1": "说明",
        "kind_1": "text",
    }
    answer = log_in(town.clerk).post(reverse("desk:kind-new"), said)
    assert (answer.status_code, "台账要数得出来" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("who", ["secretary", "leader", "worker", "outsider", "admin"])
def test_others_make_no_kinds(who: str, town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(getattr(town, who))
    assert client.get(reverse("desk:kind-new")).status_code == 403
    assert client.post(reverse("desk:kind-retire", args=["meeting"])).status_code == 404


# ---- decisions ----


def test_a_decision_is_carried_out_at_the_desk_of_its_unit(town: SimpleNamespace, log_in: Any) -> None:
    enter(town, decisions=[Resolution("补齐烟头桶", town.east, TODAY)], type="weekly", topic="会", people="3")
    one = Decision.objects.get()
    client, url = log_in(town.secretary), reverse("desk:decision", args=[one.uuid])
    assert "补齐烟头桶" in page(client, "desk:decision-list")
    assert client.post(url, {"step": "finish", "note": "", "key": str(uuid.uuid4())}).status_code == 422
    assert (
        client.post(url, {"step": "finish", "note": "装好 3 个", "key": str(uuid.uuid4())}).status_code == 303
    )
    assert "装好 3 个" in page(client, "desk:decision-list", state="closed")
    for who in ("west_secretary", "outsider", "cleaner"):
        assert log_in(getattr(town, who)).get(url).status_code == 404


def test_a_meeting_gets_more_decisions_and_drops_one(town: SimpleNamespace, log_in: Any) -> None:
    row = enter(town)
    client = log_in(town.clerk)
    said = {
        "what": "划停车线",
        "unit": str(town.chengguan.uuid),
        "due_on": str(TODAY),
        "key": str(uuid.uuid4()),
    }
    assert client.post(reverse("desk:work-decide", args=[row.uuid]), said).status_code == 303
    one = Decision.objects.get()
    answer = client.post(
        reverse("desk:decision", args=[one.uuid]),
        {"step": "drop", "note": "改由交警办", "key": str(uuid.uuid4())},
    )
    assert answer.status_code == 303
    one.refresh_from_db()
    assert (one.state, one.note) == ("dropped", "改由交警办")
