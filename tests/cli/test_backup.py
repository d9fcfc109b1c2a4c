"""Backup, restore and proof: SQLite as a file, any engine in the portable form, and every way to be damaged."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection

from tests.factories import Life, build_town
from wenming.cli import tables
from wenming.common import appendonly
from wenming.ground.evidence.models import Photo
from wenming.ledger.models import Entry
from wenming.records.cases.models import Case

from .conftest import Said, Site

Run = Callable[..., Said]


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar.getmembers()}


def rewritten(path: Path, change: dict[str, bytes | None]) -> Path:
    """The same archive with some members changed or left out."""
    out = path.with_name("changed.tar")
    with tarfile.open(out, "w") as tar:
        for name, data in (members(path) | change).items():
            if data is not None:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return out


def rows_of_everything() -> dict[str, list[tuple[Any, ...]]]:
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in tables.in_order()
    }


@pytest.mark.django_db(transaction=True)
def test_portable_backup_restores_every_row_exactly(wenming: Run, tmp_path: Path) -> None:
    life = Life(build_town())
    life.closed()
    life.suspended()
    before, file = rows_of_everything(), tmp_path / "b.tar"
    said = wenming("backup", file, "--portable", "--json")
    assert (said.code, said.json["database"], said.json["files"]) == (0, "portable", 1), said.err
    # What happens after the backup is gone again after the restore, and lost files come back.
    life.reported()
    photo = Photo.objects.first()
    storages["default"].delete(photo.original)
    said = wenming("restore", file, "--force", "--json")
    assert (said.code, said.json["ok"], said.json["faults"]) == (0, True, []), said.err
    assert rows_of_everything() == before
    assert storages["default"].exists(photo.original)
    # Work goes on: counters and guards are in place.
    life.reported()
    assert Case.objects.count() == 3
    with pytest.raises(Exception, match="只许追加"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_entry")


@pytest.mark.django_db(transaction=True)
def test_restore_refuses_a_database_that_is_not_empty(wenming: Run, tmp_path: Path) -> None:
    Life(build_town()).reported()
    file = tmp_path / "b.tar"
    wenming("backup", file, "--portable")
    said = wenming("restore", file, "--json")
    assert (said.code, said.json["code"], Case.objects.count()) == (1, "not_empty", 1)


@pytest.mark.django_db(transaction=True)
def test_restore_of_spoilt_books_says_so(wenming: Run, tmp_path: Path) -> None:
    Life(build_town()).reported()
    with appendonly.lifted(connection):
        Entry.objects.update(quantity=7)
    file = tmp_path / "b.tar"
    wenming("backup", file, "--portable")
    said = wenming("restore", file, "--force", "--json")
    assert (said.code, said.json["ok"]) == (1, False)
    assert "内容被改动过" in said.err


@pytest.fixture
def backup(town: Any, wenming: Run, tmp_path: Path) -> Path:
    file = tmp_path / "b.tar"
    Path(storages["default"].path("photo.jpg")).parent.mkdir(parents=True, exist_ok=True)
    Path(storages["default"].path("photo.jpg")).write_bytes(b"picture")
    manifest = {
        "format": 1, "made_at": "2026-11-22T00:00:00", "database": "portable", "files": True, "site": "", "migrations": [],
        "members": {"files/photo.jpg": "f8dd3c3de9bd5ea1a4b4d6a1b8b0b8b9"},
    }  # fmt: skip
    with tarfile.open(file, "w") as tar:
        for name, data in (("files/photo.jpg", b"picture"), ("manifest.json", json.dumps(manifest).encode())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def _manifest(**change: Any) -> dict[str, bytes]:
    said = {
        "format": 1,
        "made_at": "",
        "database": "portable",
        "files": True,
        "migrations": [],
        "members": {},
    }
    return {"manifest.json": json.dumps(said | change).encode()}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "backup_broken"),
        ({"files/photo.jpg": None}, "backup_broken"),
        ({"manifest.json": None}, "backup_unreadable"),
        ({"manifest.json": b"{"}, "backup_unreadable"),
        (_manifest(format=9), "backup_unreadable"),
        (_manifest(members={"../x": "0"}), "backup_broken"),
        (_manifest(migrations=["cases.9999_future"]), "backup_newer"),
        (_manifest(), "not_empty"),
    ],
)
def test_restore_touches_nothing_when_the_backup_is_damaged(
    change: dict[str, bytes | None], code: str, backup: Path, wenming: Run
) -> None:
    said = wenming("restore", rewritten(backup, change), "--json")
    assert (said.code, said.json["code"]) == (1, code)


def test_restore_refuses_what_is_no_archive(town: Any, wenming: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    file.write_bytes(b"hello")
    assert wenming("restore", file, "--json").json["code"] == "backup_unreadable"


def test_backup_does_not_overwrite_unasked(town: Any, wenming: Run, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    file.write_bytes(b"precious")
    assert wenming("backup", file, "--json").json["code"] == "file_exists"
    assert file.read_bytes() == b"precious"


@pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="has a SQLite database of its own: once is enough"
)
def test_sqlite_round_trip_into_a_fresh_folder(sqlite_site: Site, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    said = sqlite_site.run("backup", file, "--json")
    assert (said.code, said.json["database"], said.json["files"]) == (0, "sqlite", 1), said.err
    assert not list(tmp_path.glob("*.part"))
    sums = json.loads(members(file)["manifest.json"])["members"]
    assert {name.split("/")[0] for name in sums} == {"database.sqlite3", "files", "packs"}
    fresh = Site(tmp_path / "fresh", f"sqlite:///{tmp_path}/fresh/db.sqlite3")
    fresh.folder.mkdir()
    said = fresh.run("restore", file, "--json")
    assert (said.code, said.json["ok"], said.json["old_database"]) == (0, True, ""), said.err
    look = "from wenming.records.cases.models import Case; from wenming.ground.evidence.models import Photo\n"
    look += "from wenming.ground.evidence import vault\n"
    look += "p = Photo.objects.get(); print(Case.objects.get().state, len(vault.get(p.original)) == p.bytes)"
    assert fresh.python(look) == "closed True"
    assert fresh.run("check").code == 0
    # A second time only with --force, and the old file is kept.
    assert fresh.run("restore", file, "--json").json["code"] == "not_empty"
    said = fresh.run("restore", file, "--force", "--json")
    assert (said.code, Path(said.json["old_database"]).exists()) == (0, True)
