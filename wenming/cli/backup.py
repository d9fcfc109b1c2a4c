"""`wenming backup`: one .tar with the database, the files and the packs, and a list of them with their SHA-256.

The database is copied while people work: SQLite by its own backup, PostgreSQL by one transaction that sees a
single moment. Photos are written once and never changed, so copying them afterwards misses nothing that
the copied rows speak of.
"""

import argparse
import hashlib
import io
import json
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from wenming.cli import tables
from wenming.cli.terminal import progress, say, size
from wenming.common import clock
from wenming.common.errors import DomainError

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE = "database.sqlite3"
_CHUNK = 1 << 20


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Raises DomainError when the file is already there. A backup that fails leaves no file behind."""
    out, at = Path(args.file), clock.now()
    if out.exists() and not args.force:
        raise DomainError("file_exists", f"{out} 已存在；要覆盖请加 --force。")
    half = out.with_name(out.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=out.parent) as folder, tarfile.open(half, "w") as tar:
            made = Backup(tar)
            if connection.vendor == "sqlite" and not args.portable:
                made.sqlite(Path(folder), at)
            else:
                made.portable(Path(folder), at)
            if not args.no_files:
                made.files(storages["default"], at)
            made.packs(Path(settings.PACKS_DIR), at)
            made.finish(at, with_files=not args.no_files)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    say(f"备份完成：{out}（{size(out.stat().st_size)}，{made.photos} 个文件）。请把它复制到别的机器上保存。")
    return {
        "file": str(out),
        "bytes": out.stat().st_size,
        "database": made.database,
        "files": made.photos,
        "members": len(made.sums),
    }


class Backup:
    """The archive being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.sums: dict[str, str] = {}
        self.database = ""
        self.photos = 0

    def add(self, name: str, stream: IO[bytes], length: int, at: datetime) -> None:
        """One member, hashed as it is copied."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = length, int(at.timestamp()), 0o600
        hashed = _Hashed(stream)
        self.tar.addfile(info, hashed)
        self.sums[name] = hashed.sum.hexdigest()

    def sqlite(self, folder: Path, at: datetime) -> None:
        """A consistent copy, made page by page while others write."""
        self.database = "sqlite"
        copy = folder / SQLITE
        connection.ensure_connection()
        target = sqlite3.connect(copy)
        try:
            connection.connection.backup(target, pages=5000, sleep=0.01)
        finally:
            target.close()
        with copy.open("rb") as stream:
            self.add(SQLITE, stream, copy.stat().st_size, at)

    def portable(self, folder: Path, at: datetime) -> None:
        """Every table as JSON lines, all of one moment."""
        self.database = "portable"
        models = tables.in_order()
        with transaction.atomic(), progress("数据库") as tell:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for number, model in enumerate(models, start=1):
                path = folder / "table"
                with path.open("wb") as out:
                    tables.write(model, out)
                with path.open("rb") as stream:
                    self.add(f"database/{model._meta.label_lower}.jsonl", stream, path.stat().st_size, at)
                tell(number, len(models))

    def files(self, storage: Storage, at: datetime) -> None:
        """Everything in the storage, whatever it is kept in."""
        names = list(walk(storage))
        with progress("文件") as tell:
            for number, name in enumerate(names, start=1):
                try:
                    with storage.open(name, "rb") as stream:
                        self.add(f"files/{name}", stream, storage.size(name), at)
                except FileNotFoundError:  # taken away by the nightly sweep meanwhile
                    continue
                self.photos += 1
                tell(number, len(names))

    def packs(self, folder: Path, at: datetime) -> None:
        for path in sorted(folder.rglob("*.yaml")):
            with path.open("rb") as stream:
                self.add(f"packs/{path.relative_to(folder)}", stream, path.stat().st_size, at)

    def finish(self, at: datetime, *, with_files: bool) -> None:
        """The list comes last, when all sums are known."""
        said = {
            "format": FORMAT, "made_at": at.isoformat(), "database": self.database, "files": with_files,
            "site": settings.SITE_NAME, "migrations": applied(), "members": self.sums,
        }  # fmt: skip
        data = json.dumps(said, ensure_ascii=False, indent=1).encode()
        self.add(MANIFEST, io.BytesIO(data), len(data), at)


def applied() -> list[str]:
    """Names of the applied migrations: a backup can only be restored by a version that knows them."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def walk(storage: Storage, top: str = "") -> Iterator[str]:
    """Names of all files in a storage; half-written ones are passed over."""
    try:
        folders, files = storage.listdir(top)
    except FileNotFoundError:
        return
    for name in sorted(files):
        if not name.endswith((".part", ".tmp")):
            yield f"{top}/{name}".lstrip("/")
    for folder in sorted(folders):
        yield from walk(storage, f"{top}/{folder}".lstrip("/"))


class _Hashed:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.sum = hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        data = self.stream.read(count)
        self.sum.update(data)
        return data
