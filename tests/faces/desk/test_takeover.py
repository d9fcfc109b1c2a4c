"""接收上级清单 at the desk: a workbook or a letter becomes cases after one screen."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.common.test_lists import letter, workbook
from wenming.common import clock
from wenming.records.cases.models import Case
from wenming.records.journals.models import SuperiorList

TODAY = clock.local_date(clock.now())
HEAD = ["序号", "点位名称", "主要问题", "责任单位"]
LINES = [[str(n), "建设巷", f"巷口{n}处垃圾未清", "东门社区"] for n in range(1, 31)]


def send(client: Client, town: SimpleNamespace, data: bytes, name: str = "清单.xlsx", **more: Any) -> Any:
    said = {
        "sender": "平川县创城办", "title": "《创城周报》第 12 期", "source": "county", "received_on": TODAY.isoformat(),
        "unit": str(town.town.uuid), "split": "on", "file": SimpleUploadedFile(name, data), **more,
    }  # fmt: skip
    return client.post(reverse("desk:takeover"), said)


def checked(client: Client, sent: Any, **columns: str) -> str:
    """The address of 预检 with the columns as the mapping page proposes them, or as said."""
    page = client.get(sent.url)
    assert page.status_code == 200
    chosen = {f"c{one['at']}": one["key"] for one in page.context["columns"]} | columns
    query = {
        **dict(page.context["hidden"]),
        "table": page.context["table"],
        "heading": page.context["heading"],
        **chosen,
    }
    token = sent.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    request = client.get(reverse("desk:takeover-check", args=[token]), query)
    assert request.status_code == 200
    return request.request["PATH_INFO"] + "?" + request.request["QUERY_STRING"]


@pytest.mark.parametrize("kind", ["xlsx", "docx"])
def test_thirty_problems_become_cases_after_one_screen(kind: str, town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    data = workbook(["县创城办问题清单"], HEAD, *LINES) if kind == "xlsx" else letter(HEAD, *LINES)
    sent = send(client, town, data, f"清单.{kind}")
    assert sent.status_code == 302
    page = client.get(sent.url).content.decode()
    assert "主要问题" in page
    url = checked(client, sent)
    shown = client.get(url).content.decode()
    assert "接收 30 件" in shown
    assert "巷口17处垃圾未清" in shown
    assert "None" not in shown
    done = client.post(url, {"dispatch": "1"})
    made = SuperiorList.objects.get()
    assert (done.status_code, done.url) == (303, reverse("desk:takeover-list", args=[made.uuid]))
    assert set(Case.objects.values_list("state", "lead_unit__name")) == {("dispatched", "东门社区")}
    assert [line.number for line in made.lines.all()] == [str(n) for n in range(1, 31)]
    assert Case.objects.count() == 30
    assert client.get(done.url).content.decode().count("东门社区") >= 30
    # The same file again: the columns are remembered, and nothing is doubled.
    sent = send(client, town, data, f"清单.{kind}")
    assert "已按上次" in client.get(sent.url).content.decode()
    client.post(checked(client, sent))
    assert Case.objects.count() == 30


def test_the_cover_is_filled_in_as_far_as_it_is_known(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    form = client.get(reverse("desk:takeover")).context["form"]
    assert form.initial["sender"] == "平川县创城办"
    sent = send(
        client, town, workbook(HEAD, LINES[0]), "县督查通报28期.xlsx", title="", sender="平川县文明办"
    )
    client.post(checked(client, sent))
    assert str(SuperiorList.objects.get()) == "平川县文明办县督查通报28期"
    assert client.get(reverse("desk:takeover")).context["form"].initial["sender"] == "平川县文明办"


def test_the_running_numbers_of_two_lists_are_two_things(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    client.post(checked(client, send(client, town, workbook(HEAD, *LINES[:2]))))
    week_before = str(TODAY - timedelta(days=7))
    client.post(
        checked(
            client,
            send(
                client,
                town,
                workbook(HEAD, *LINES[:2]),
                received_on=week_before,
                title="《创城周报》第 11 期",
            ),
        )
    )
    assert Case.objects.count() == 4


def test_without_dispatch_they_wait_for_the_office(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    client.post(checked(client, send(client, town, workbook(HEAD, *LINES[:2]))))
    assert set(Case.objects.values_list("state", flat=True)) == {"reported"}


def test_wrong_lines_are_listed_given_back_and_the_rest_taken(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    url = checked(client, send(client, town, workbook(HEAD, LINES[0], ["2", "建设巷", "", "东门社区"])))
    page = client.get(url).content.decode()
    assert "必填，现在是空的" in page
    assert client.post(url).status_code == 422
    bad = client.get(url.replace("/?", "/bad.xlsx?"))
    assert (bad.status_code, bad["Content-Disposition"].startswith("attachment")) == (200, True)
    assert client.post(url, {"partial": "1"}).status_code == 303
    assert Case.objects.count() == 1


def test_the_problem_column_has_to_be_named(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    sent = send(client, town, workbook(["甲", "乙"], ["巷口垃圾", "东门社区"]))
    token = sent.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    query = sent.url.split("?")[1]
    answer = client.get(
        f"{reverse('desk:takeover-check', args=[token])}?{query}&table=0&heading=1&c1=unit", follow=True
    )
    assert "请指明哪一列是「存在问题」" in answer.content.decode()


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [(b"", "清单.xlsx", "0 字节"), (b"%PDF-1.4", "清单.pdf", "不是表格文件"), (b"hello", "清单.docx", ""), (b"PK\x03\x04", "清单.docx", "已损坏")],
)  # fmt: skip
def test_what_is_no_list_is_refused_at_the_field(
    data: bytes, name: str, said: str, town: SimpleNamespace, log_in: Any
) -> None:
    answer = send(log_in(town.clerk), town, data, name)
    assert answer.status_code in (302, 422)
    assert said in (answer.content.decode() if answer.status_code == 422 else "")


def test_nonsense_in_the_address_is_no_breakdown(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    sent = send(client, town, workbook(HEAD, *LINES[:1]))
    token = sent.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    for name in ("desk:takeover-map", "desk:takeover-check", "desk:takeover-bad"):
        for query in (
            "",
            "?heading=99999&table=-1",
            sent.url.partition("?")[1] + sent.url.partition("?")[2] + "&heading=²&table=x&c0=colour",
        ):
            assert client.get(reverse(name, args=[token]) + query).status_code in (200, 302, 404, 422)
        assert client.get(reverse(name, args=["0" * 32])).status_code in (302, 404)


@pytest.mark.parametrize(
    ("who", "status"),
    [("secretary", 403), ("leader", 403), ("worker", 403), ("county_clerk", 403), ("director", 200)],
)
def test_only_the_office_takes_over(who: str, status: int, town: SimpleNamespace, log_in: Any) -> None:
    assert log_in(getattr(town, who)).get(reverse("desk:takeover")).status_code == status


def test_a_list_of_one_town_is_not_there_for_another(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    client.post(checked(client, send(client, town, workbook(HEAD, *LINES[:1]))))
    made = SuperiorList.objects.get()
    assert log_in(town.outsider).get(reverse("desk:takeover-list", args=[made.uuid])).status_code in (
        403,
        404,
    )
