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
from wenming.faces.desk import import_files, imports
from wenming.ground.people import importing as people
from wenming.ground.people.models import Person
from wenming.ground.units import importing as units
from wenming.ground.units.models import Unit

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
    monkeypatch.setattr(imports, "MOST_ROWS", 1)
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
