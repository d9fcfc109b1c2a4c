"""Imports, exports, ledger and check on the test's own database."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.apps import apps
from django.db import connection

from tests.common.sheet_rows import csv_of
from tests.factories import Life
from tests.outcomes.documents.bulletins import LATER, WEEK
from tests.outcomes.forms.county_form import mapped
from wenming.common import appendonly
from wenming.ground.people import importing as people
from wenming.ground.people.models import Person
from wenming.ground.units import importing as units
from wenming.ground.units.models import Unit
from wenming.ledger.models import DailyTotal
from wenming.outcomes.forms import actions as forms
from wenming.records.cases import importing as cases
from wenming.records.cases.models import Case
from wenming.records.journals.models import Journal

Run = Callable[..., Any]
UNIT = {"code": "350599100009", "name": "南湖社区", "kind": "社区", "parent": "安和镇"}
WASTE = {
    "external": "市督-1", "source": "市级督查", "unit": "东门社区", "place": "建设巷", "category": "06010",
    "description": "巷口两处垃圾未清", "found_on": "2026-11-12",
}  # fmt: skip


def test_import_units_dry_run_writes_nothing(town: Any, wenming: Run, tmp_path: Path) -> None:
    file = tmp_path / "单位.csv"
    file.write_bytes(csv_of(units.TEMPLATE, UNIT))
    said = wenming("import", "units", file, "--dry-run", "--json")
    assert (said.code, said.json["good"], said.json["bad"]) == (0, 1, 0)
    assert not Unit.objects.filter(code=UNIT["code"]).exists()
    said = wenming("import", "units", file, "--json")
    assert (said.code, said.json["created"]) == (0, 1)
    assert wenming("import", "units", file, "--json").json["unchanged"] == 1


def test_import_with_faults_imports_nothing_unless_partial(town: Any, wenming: Run, tmp_path: Path) -> None:
    file, bad = tmp_path / "单位.csv", tmp_path / "bad.xlsx"
    file.write_bytes(csv_of(units.TEMPLATE, UNIT, UNIT | {"code": "12", "name": "坏社区"}))
    said = wenming("import", "units", file, "--bad", bad, "--json")
    assert (said.code, said.json["ok"], said.json["good"], said.json["bad"]) == (1, False, 1, 1)
    assert [fault["row"] for fault in said.json["faults"]] == [3]
    assert "第 3 行「编码」" in said.err
    assert not Unit.objects.filter(code=UNIT["code"]).exists()
    assert openpyxl.load_workbook(bad).worksheets[0]["B2"].value == "坏社区"
    said = wenming("import", "units", file, "--partial", "--json")
    assert (said.code, said.json["created"]) == (0, 1)


def test_import_people_shows_first_passwords(town: Any, wenming: Run, tmp_path: Path) -> None:
    file = tmp_path / "人员.csv"
    row = {"name": "林静", "phone": "13900001111", "unit": "西街社区", "role": "网格员"}
    file.write_bytes(csv_of(people.TEMPLATE, row))
    said = wenming("import", "people", file)
    assert said.code == 0
    password = said.out.split("初始口令 ")[1].split("（")[0]
    assert Person.objects.get(phone="13900001111").check_password(password)


def test_import_cases_needs_somebody_who_reports(town: Any, wenming: Run, tmp_path: Path) -> None:
    file = tmp_path / "清单.csv"
    file.write_bytes(csv_of(cases.TEMPLATE, WASTE))
    assert wenming("import", "cases", file, "--json").json["code"] == "by_missing"
    assert wenming("import", "cases", file, "--by", "13999999999", "--json").json["code"] == "by_unknown"
    said = wenming("import", "cases", file, "--by", town.clerk.phone, "--json")
    assert (said.code, said.json["created"], Case.objects.get().reporter) == (0, 1, town.clerk)


def test_import_says_when_the_file_is_no_table(town: Any, wenming: Run, tmp_path: Path) -> None:
    file = tmp_path / "单位.xlsx"
    file.write_bytes(b"not a workbook")
    said = wenming("import", "units", file, "--json")
    assert (said.code, said.json["code"]) == (1, "sheet_disguised")
    assert wenming("import", "units", tmp_path / "没有.xlsx").code == 1


@pytest.mark.parametrize("kind", ["units", "people", "places", "cases"])
def test_import_writes_templates(kind: str, wenming: Run, tmp_path: Path) -> None:
    file = tmp_path / "模板.xlsx"
    assert wenming("import", kind, file, "--template").code == 0
    assert openpyxl.load_workbook(file).sheetnames[-1] == "填写说明"


@pytest.mark.parametrize(
    ("kind", "first"), [("cases", "编号"), ("ledger", "账簿"), ("units", "编码"), ("places", "编号")]
)
def test_export_lists_end_with_a_foot(
    kind: str, first: str, life: Life, wenming: Run, tmp_path: Path
) -> None:
    life.closed()
    file = tmp_path / "表.xlsx"
    said = wenming("export", kind, file, "--json")
    assert said.code == 0
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(file).active.iter_rows()]
    assert rows[2][0] == first
    assert len(rows) == 3 + said.json["rows"] + 2
    assert rows[-1][0].startswith("填报人")
    assert wenming("export", kind, file, "--json").json["code"] == "file_exists"
    assert wenming("export", kind, file, "--force").code == 0


def test_export_of_one_unit_leaves_out_the_others(life: Life, wenming: Run, tmp_path: Path) -> None:
    said = wenming("export", "places", tmp_path / "表.xlsx", "--unit", "350599100002", "--json")
    assert said.json["rows"] == 1


def test_export_all_takes_everything_but_passwords(life: Life, wenming: Run, tmp_path: Path) -> None:
    case = life.closed()
    file = tmp_path / "全部.zip"
    said = wenming("export", "all", file, "--json")
    assert (said.code, said.json["photos"], said.json["photos_missing"]) == (0, 1, 0)
    with zipfile.ZipFile(file) as archive:
        lines = archive.read("data/cases.case.jsonl").splitlines()
        assert [json.loads(line)["number"] for line in lines] == [case.number]
        rows = list(csv.DictReader(io.StringIO(archive.read("data/cases.case.csv").decode("utf-8-sig"))))
        assert rows[0]["description"] == case.description
        person = json.loads(archive.read("data/people.person.jsonl").splitlines()[0])
        assert "password" not in person
        [photo] = [name for name in archive.namelist() if name.startswith("photos/")]
        assert archive.read(photo)[:2] == b"\xff\xd8"


def test_export_all_leaves_no_room_of_the_house_out(life: Life, wenming: Run, tmp_path: Path) -> None:
    form = mapped(life.t)
    one = forms.fill(key=uuid4(), form=form, period=WEEK, by=life.t.clerk, at=LATER)
    file = tmp_path / "全部.zip"
    said = wenming("export", "all", file, "--json")
    ours = {
        model._meta.label_lower
        for model in apps.get_models()
        if model.__module__.startswith("wenming.") and not model.__module__.startswith("wenming.faces.")
    }
    # Messages on their way and work of the machine are nobody's records.
    wanted = {label for label in ours if label.partition(".")[0] not in ("jobs", "notices")}
    assert wanted - set(said.json["tables"]) == set()
    assert (said.json["files"], said.json["files_missing"]) == (2, 0)
    with zipfile.ZipFile(file) as archive:
        assert archive.read(f"files/{one.key}") == forms.file_of(one)


def test_ledger_verify_and_query(life: Life, wenming: Run) -> None:
    life.closed()
    said = wenming("ledger", "verify", "--json")
    assert (said.code, said.json["ok"], said.json["books"], said.json["faults"]) == (0, True, 1, [])
    said = wenming("ledger", "query", "found", "--unit", "350599100", "--period", "2026-W47", "--json")
    assert said.code == 0, said.err
    assert (said.json["value"], said.json["entries"], said.json["unit"]) == ("1", 1, "350599100000")


def test_ledger_query_refuses_what_does_not_exist(life: Life, wenming: Run) -> None:
    at = ("--period", "2026-W47", "--json")
    assert wenming("ledger", "query", "nothing", "--unit", "350599100", *at).json["code"] == "metric_unknown"
    assert wenming("ledger", "query", "found", "--unit", "999", *at).json["code"] == "unit_unknown"
    wrong = wenming("ledger", "query", "found", "--unit", "350599", "--period", "soon", "--json")
    assert (wrong.code, wrong.json["code"]) == (1, "period_invalid")


def test_ledger_verify_fails_on_spoilt_totals(life: Life, wenming: Run) -> None:
    life.reported()
    row = DailyTotal.objects.first()
    DailyTotal.objects.filter(pk=row.pk).update(total=row.total + 1)
    said = wenming("ledger", "verify", "--json")
    assert (said.code, said.json["ok"], len(said.json["faults"])) == (1, False, 1)


def test_check_finds_nothing_wrong_in_a_good_installation(life: Life, wenming: Run) -> None:
    life.handling()
    said = wenming("check", "--all", "--json")
    assert said.code == 0, said.err
    assert "✓ 案卷期限：核对 1 件，都与历史推算一致。" in said.err


def test_check_names_what_is_wrong(life: Life, wenming: Run, settings: Any, tmp_path: Path) -> None:
    case = life.handling()
    Case.objects.filter(pk=case.pk).update(due_at=case.reported_at)
    settings.PACKS_DIR = tmp_path / "packs"
    settings.PACKS_DIR.mkdir()
    (settings.PACKS_DIR / "x.yaml").write_text(
        "kind: nothing\nid: x\nversion: '1'\ntitle: 甲\nin_force: 2026-01-01\n"
    )
    with connection.cursor() as cursor:
        for sql in appendonly.drop_sql("ledger_entry", connection.vendor):
            cursor.execute(sql)
    said = wenming("check", "--json")
    wrong = [each["what"] for each in said.json["checks"] if not each["ok"]]
    assert (said.code, wrong) == (1, ["规则包", "触发器", "案卷期限"])
    assert "x.yaml 第 1 行：不认识的种类「nothing」" in said.err
    assert f"（{case.number}）" in said.err


def test_load_pack_says_whether_anything_was_new(town: Any, wenming: Run, settings: Any) -> None:
    file = settings.PACKS_DIR / "points" / "2026.yaml"
    assert wenming("load-pack", file, "--json").json["packs"][0]["new"] is False


def test_load_pack_takes_a_whole_folder(town: Any, wenming: Run, settings: Any) -> None:
    packs = wenming("load-pack", settings.PACKS_DIR, "--json").json["packs"]
    files = [
        path for path in Path(settings.PACKS_DIR).rglob("*.yaml") if "scoring" not in path.parts
    ]  # run on paper
    assert [pack["new"] for pack in packs] == [False] * len(files)


def test_load_pack_names_file_and_line(town: Any, wenming: Run, tmp_path: Path) -> None:
    file = tmp_path / "坏.yaml"
    file.write_text("kind: points\nid: [\n")
    said = wenming("load-pack", file, "--json")
    assert (said.code, said.json["code"]) == (1, "pack_invalid")
    assert "坏.yaml 第" in said.err


def test_import_journals_wants_a_kind_and_somebody_who_enters(
    town: Any, wenming: Run, tmp_path: Path
) -> None:
    file = tmp_path / "推文.xlsx"
    assert wenming("import", "journals", file, "--json").json["code"] == "by_missing"
    said = wenming("import", "journals", file, "--by", town.secretary.phone, "--json")
    assert said.json["code"] == "journal_missing"
    by = ("--by", town.secretary.phone, "--journal", "公众号推文")
    assert wenming("import", "journals", file, "--template", *by).code == 0
    book = openpyxl.load_workbook(file)
    book.worksheets[0].append(["2020-11-12", "", "护河志愿", "3", "", "补录 2020 年旧账"])
    book.save(file)
    assert wenming("import", "journals", file, *by, "--json").json["created"] == 1
    assert Journal.objects.get().quantities == {"wechat_posts": "3"}
