"""Importing tables at the desk."""

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.common.sheet_rows import csv_of
from wenming.common import clock
from wenming.faces.desk import import_files, import_job, import_kinds
from wenming.ground.jobs import actions as jobs
from wenming.ground.jobs.models import Job
from wenming.ground.people import importing as people
from wenming.ground.people.models import Person
from wenming.ground.units import importing as units
from wenming.ground.units.models import Unit
from wenming.records.journals import importing as journals
from wenming.records.journals.models import Journal

GOOD = {"code": "350599100009", "name": "南湖社区", "kind": "社区", "parent": "安和镇"}
BAD = GOOD | {"code": "12", "name": "坏社区"}


def send(client: Client, data: bytes, kind: str = "units", name: str = "表.csv") -> Any:
    return client.post(reverse("desk:import", args=[kind]), {"file": SimpleUploadedFile(name, data)})


def test_a_good_table_is_checked_and_then_imported(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    sent = send(client, csv_of(units.TEMPLATE, GOOD))
    assert sent.status_code == 302
    page = client.get(sent.url)
    assert "确认导入 1 行" in page.content.decode()
    assert not Unit.objects.filter(code=GOOD["code"]).exists()
    done = client.post(sent.url)
    assert (done.status_code, done.url) == (302, reverse("desk:unit-list"))
    assert Unit.objects.get(code=GOOD["code"]).name == "南湖社区"
    # The same confirmation a second time writes nothing and says why.
    again = client.post(sent.url, follow=True)
    assert "已经导入过" in again.content.decode()


def test_all_errors_are_listed_and_the_rest_can_be_imported(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    sent = send(client, csv_of(units.TEMPLATE, GOOD, BAD))
    page = client.get(sent.url).content.decode()
    assert "区划代码「12」是 2 位，这一级应当是 12 位。" in page
    assert "确认导入" not in page
    refused = client.post(sent.url)
    assert refused.status_code == 422
    assert not Unit.objects.filter(code=GOOD["code"]).exists()
    client.post(sent.url, {"partial": "1"})
    assert Unit.objects.filter(code=GOOD["code"]).exists()


def test_bad_rows_come_back_to_be_corrected_and_uploaded(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    sent = send(client, csv_of(units.TEMPLATE, GOOD, BAD))
    token = sent.url.rstrip("/").split("/")[-1]
    data = client.get(reverse("desk:import-bad", args=["units", token])).content
    book = openpyxl.load_workbook(io.BytesIO(data))
    book.worksheets[0]["A2"] = "350599100010"
    out = io.BytesIO()
    book.save(out)
    sent = send(client, out.getvalue(), name="有错的行.xlsx")
    assert client.post(sent.url).status_code == 302
    assert Unit.objects.get(name="坏社区").code == "350599100010"


def test_first_passwords_are_shown_once_and_not_cached(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    row = {"name": "林静", "phone": "13900001111", "unit": "西街社区", "role": "网格员"}
    sent = send(client, csv_of(people.TEMPLATE, row), kind="people")
    done = client.post(sent.url)
    assert done.status_code == 200
    assert "no-store" in done.headers["Cache-Control"]
    password = done.content.decode().split("<td><code>")[1].split("</code>")[0]
    assert Person.objects.get(phone="13900001111").check_password(password)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "文件是空的（0 字节），请重新选择文件。"),
        (b"%PDF-1.4", "不是表格文件"),
    ],
)
def test_a_file_that_is_no_table_is_refused_at_the_field(
    data: bytes, sentence: str, town: SimpleNamespace, log_in: Any
) -> None:
    answer = send(log_in(town.director), data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_nothing_chosen_is_said_plainly(town: SimpleNamespace, log_in: Any) -> None:
    answer = log_in(town.director).post(reverse("desk:import", args=["units"]), {"x": "1"})
    assert (answer.status_code, "请选择填好的表格。" in answer.content.decode()) == (422, True)


def test_long_tables_are_for_the_command_line(
    town: SimpleNamespace, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_kinds, "MOST_ROWS", 1)
    answer = send(log_in(town.director), csv_of(units.TEMPLATE, GOOD, BAD))
    assert (answer.status_code, "网页上一次最多 1 行" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("kind", ["units", "people", "places", "cases"])
def test_every_kind_has_page_and_template(kind: str, town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    assert client.get(reverse("desk:import", args=[kind])).status_code == 200
    data = client.get(reverse("desk:import-template", args=[kind])).content
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames[-1] == "填写说明"


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("director", {"units", "people", "places", "cases"}),
        ("secretary", {"places"}),
        ("worker", set()),
        ("admin", {"units", "people"}),
        ("leader", set()),
    ],
)
def test_only_those_who_maintain_it_may_import(
    who: str, allowed: set[str], town: SimpleNamespace, log_in: Any
) -> None:
    client = log_in(getattr(town, who))
    for kind in ("units", "people", "places", "cases"):
        status = client.get(reverse("desk:import", args=[kind])).status_code
        assert status == (200 if kind in allowed else 403), kind


def test_an_unknown_kind_is_not_found(town: SimpleNamespace, log_in: Any) -> None:
    assert log_in(town.director).get("/desk/import/cats/").status_code == 404


def test_an_upload_belongs_to_who_made_it(town: SimpleNamespace, log_in: Any) -> None:
    sent = send(log_in(town.director), csv_of(units.TEMPLATE, GOOD, BAD))
    other = log_in(town.clerk)
    assert other.get(sent.url).status_code == 302
    assert other.get(f"{sent.url}bad.xlsx").status_code == 404
    assert other.post(sent.url).status_code == 302
    assert not Unit.objects.filter(code=GOOD["code"]).exists()


def test_uploads_nobody_confirms_are_purged_after_a_day(town: SimpleNamespace, log_in: Any) -> None:
    send(log_in(town.director), csv_of(units.TEMPLATE, GOOD))
    assert import_files.purge(at=clock.now() + timedelta(hours=23)) == 0
    assert import_files.purge(at=clock.now() + timedelta(hours=25)) == 2
    assert storages["default"].listdir(f"imports/{town.director.uuid}")[1] == []


# ---- long tables, written by the worker ----


def posts(town: SimpleNamespace, rows: int) -> bytes:
    """A table of posts, one a line."""
    found = journals.importer(town.clerk, "wechat_post", on=clock.local_date(clock.now()))
    assert found is not None
    day = str(clock.local_date(clock.now()))
    lines = [
        {"occurred_on": day, "topic": f"创城动态{n}", "pieces": str(n + 1), "external": str(n)}
        for n in range(rows)
    ]
    return csv_of(found.TEMPLATE, *lines)


@pytest.fixture
def long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows are a long table, written two at a time."""
    monkeypatch.setattr(import_job, "AT_ONCE", 2)
    monkeypatch.setattr(journals, "BATCH", 2)


def confirmed(client: Client, town: SimpleNamespace, rows: int = 5) -> Any:
    sent = send(client, posts(town, rows), "journal-wechat_post")
    assert f"确认导入 {rows} 行" in client.get(sent.url).content.decode()
    return client.post(sent.url)


def test_a_long_table_is_written_by_the_worker(town: SimpleNamespace, log_in: Any, long_ones: None) -> None:
    client = log_in(town.clerk)
    done = confirmed(client, town)
    assert (done.status_code, Journal.objects.count()) == (303, 0)
    page = client.get(done.url).content.decode()
    assert "正在排队" in page
    assert "every 2s" in page
    # Confirmed a second time it still is one job, and the 预检 page leads to it.
    again = client.post(done.url.replace("progress/", ""))
    assert (again.status_code, again.url, Job.objects.filter(kind=import_job.KIND).count()) == (
        302,
        done.url,
        1,
    )
    assert jobs.run_due(worker="w", at=clock.now()) >= 1
    page = client.get(done.url).content.decode()
    assert "公众号推文台账导入完成：新增 5" in page
    assert "every 2s" not in page
    assert Journal.objects.count() == 5
    assert {row.way for row in Journal.objects.all()} == {"sheet"}


def test_a_worker_who_was_killed_goes_on_where_he_stopped(
    town: SimpleNamespace, log_in: Any, long_ones: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in(town.clerk)
    done = confirmed(client, town)
    tell = jobs.tell

    def power_cut(*, key: str, done: int, **more: Any) -> None:
        tell(key=key, done=done, **more)
        if done == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "tell", power_cut)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_due(worker="w", at=clock.now())
    assert "已写入 <b>4</b> 行，共 5 行" in client.get(done.url).content.decode()
    assert Journal.objects.count() == 4
    monkeypatch.setattr(jobs, "tell", tell)
    later = clock.now() + jobs.LEASE + timedelta(minutes=1)
    assert jobs.run_due(worker="other", at=later) >= 1
    assert Journal.objects.count() == 5
    assert "新增 1" in client.get(done.url).content.decode()


def test_what_became_wrong_meanwhile_is_said(town: SimpleNamespace, log_in: Any, long_ones: None) -> None:
    client = log_in(town.clerk)
    done = confirmed(client, town)
    for post in town.clerk.posts.all():
        post.delete()
    jobs.run_due(worker="w", at=clock.now())
    job = Job.objects.get(kind=import_job.KIND)
    assert (job.state, job.said) == ("done", "您现在没有导入这种表格的权限，没有导入。")
    assert Journal.objects.count() == 0
    assert log_in(town.director).get(done.url).status_code == 404
