"""`wenming restore`: every member is proved before anything is touched, and the books are proved afterwards."""

import argparse
import hashlib
import json
import os
import sqlite3
import tarfile
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from wenming.cli import ledger, tables
from wenming.cli.backup import FORMAT, MANIFEST, SQLITE
from wenming.cli.terminal import progress, say
from wenming.common import appendonly, clock
from wenming.common.errors import DomainError
from wenming.ground.calendar import queries as calendar
from wenming.ground.standards import queries as standards

_CHUNK = 1 << 20


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Raises DomainError: no backup, damaged, made by a newer version, or the database is not empty."""
    path, at = Path(args.file), clock.now()
    try:
        tar = tarfile.open(path)  # noqa: SIM115 -- closed below, whatever kind of error comes
    except (tarfile.TarError, EOFError):
        raise DomainError(
            "backup_unreadable", f"{path} 不是 wenming backup 写出的备份文件，或者已损坏。"
        ) from None
    with tar:
        manifest = _manifest(tar, path)
        _prove(tar, manifest)
        _refuse_newer(manifest)
        if not args.force and not database_is_empty():
            raise DomainError(
                "not_empty", "当前数据库里已有数据，没有恢复。确实要用备份代替它，请加 --force。"
            )
        kept = _database(tar, manifest, at)
        files, packs = _files(tar, manifest), _packs(tar, manifest)
    calendar.forget()
    standards.forget()
    proved = ledger.check_books()
    say(
        f"恢复完成：备份于 {manifest['made_at'][:16]}，{files} 个文件。"
        + (f"原来的库保留在 {kept}。" if kept else "")
    )
    for name in packs:
        say(f"规则包 {name} 与备份里的不同，没有覆盖；要用备份里的，请自行取出。")
    return {
        "ok": proved["ok"], "made_at": manifest["made_at"], "files": files, "packs_differ": packs, "old_database": kept,
        "entries": proved["entries"], "faults": proved["faults"],
    }  # fmt: skip


def _manifest(tar: tarfile.TarFile, path: Path) -> dict[str, Any]:
    try:
        stream = tar.extractfile(MANIFEST)
        manifest: dict[str, Any] = json.load(stream) if stream else {}
    except (KeyError, ValueError, tarfile.TarError, EOFError, OSError):
        raise DomainError("backup_unreadable", f"{path} 里没有清单，不是完整的备份文件。") from None
    if manifest.get("format") != FORMAT or not isinstance(manifest.get("members"), dict):
        raise DomainError("backup_unreadable", f"{path} 的格式认不出来，请用写出它的版本恢复。")
    return manifest


def _prove(tar: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    """Every member of the list is there, is what it was, and stays inside its folder."""
    members = manifest["members"]
    with progress("校验备份") as tell:
        for number, (name, wanted) in enumerate(members.items(), start=1):
            parts = PurePosixPath(name).parts
            if not parts or parts[0] == "/" or ".." in parts:
                raise DomainError("backup_broken", f"备份里有不合规的路径「{name}」，没有恢复。")
            if _sum(tar, name) != wanted:
                raise DomainError(
                    "backup_broken", f"备份已损坏：「{name}」与清单不符，没有恢复任何内容。请换一份备份。"
                )
            tell(number, len(members))


def _sum(tar: tarfile.TarFile, name: str) -> str:
    found = hashlib.sha256()
    try:
        stream = tar.extractfile(name)
        while stream and (data := stream.read(_CHUNK)):
            found.update(data)
    except (KeyError, tarfile.TarError, EOFError, OSError):
        return ""
    return found.hexdigest()


def _refuse_newer(manifest: dict[str, Any]) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    unknown = sorted(set(manifest["migrations"]) - known)
    if unknown:
        raise DomainError("backup_newer", f"备份是更新的版本做的（{unknown[0]}），请先升级软件再恢复。")


def database_is_empty() -> bool:
    """No tables yet, or no unit and nobody in them."""
    names = set(connection.introspection.table_names())
    if not {"units_unit", "people_person"} <= names:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT COUNT(*) FROM units_unit) + (SELECT COUNT(*) FROM people_person)")
        return int(cursor.fetchone()[0]) == 0


def _database(tar: tarfile.TarFile, manifest: dict[str, Any], at: datetime) -> str:
    """Put the rows in place; returns where an old SQLite file was moved to."""
    if manifest["database"] == "sqlite":
        if connection.vendor != "sqlite":
            raise DomainError(
                "backup_engine",
                "这份备份是 SQLite 格式，不能恢复到 PostgreSQL；请在原机器上用 wenming backup --portable 重做一份。",
            )
        kept = _replace_sqlite(tar, at)
        call_command("migrate", interactive=False, verbosity=0)
        return kept
    _load_tables(tar, manifest)
    return ""


def _replace_sqlite(tar: tarfile.TarFile, at: datetime) -> str:
    path = Path(connection.settings_dict["NAME"])
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh, kept = path.with_name(path.name + ".restoring"), ""
    stream = tar.extractfile(SQLITE)
    with fresh.open("wb") as out:
        while stream and (data := stream.read(_CHUNK)):
            out.write(data)
        out.flush()
        os.fsync(out.fileno())
    worth_keeping = not database_is_empty()
    connection.close()
    if path.exists() and worth_keeping:
        # The log of the old file is folded into it first; beside the new one it would be poison.
        old = sqlite3.connect(path)
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.close()
        kept = f"{path}.before-restore-{clock.local(at):%Y%m%d%H%M%S}"
        path.rename(kept)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    fresh.replace(path)
    return kept


def _load_tables(tar: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    """Empty every table and fill it again, in one transaction: all of it or nothing."""
    call_command("migrate", interactive=False, verbosity=0)
    models = {model._meta.label_lower: model for model in tables.in_order()}
    wanted = [name for name in manifest["members"] if name.startswith("database/")]
    with transaction.atomic(), progress("恢复数据库") as tell:
        with appendonly.lifted(connection), connection.cursor() as cursor:
            for model in reversed(models.values()):
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
            # The guards cannot be put back while checks of deleted keys are still waiting.
            connection.check_constraints()
        for number, name in enumerate(wanted, start=1):
            label = name.removeprefix("database/").removesuffix(".jsonl")
            stream = tar.extractfile(name)
            if label in models and stream is not None:
                tables.read(models[label], stream)
            tell(number, len(wanted))
        tables.restart_counters(models.values())


def _files(tar: tarfile.TarFile, manifest: dict[str, Any]) -> int:
    storage, names = storages["default"], [name for name in manifest["members"] if name.startswith("files/")]
    with progress("恢复文件") as tell:
        for number, name in enumerate(names, start=1):
            _put(storage, name.removeprefix("files/"), tar, name, manifest["members"][name])
            tell(number, len(names))
    return len(names)


def _put(storage: Storage, key: str, tar: tarfile.TarFile, name: str, wanted: str) -> None:
    """Write one file under its own name; the same file already there is left alone."""
    if storage.exists(key):
        found = hashlib.sha256()
        with storage.open(key, "rb") as stream:
            while data := stream.read(_CHUNK):
                found.update(data)
        if found.hexdigest() == wanted:
            return
        storage.delete(key)
    member = tar.extractfile(name)
    saved = storage.save(key, File(member)) if member else ""
    if saved != key:
        raise DomainError(
            "storage_name", f"存储把文件「{key}」改名为「{saved}」，照片会对不上；请检查存储设置。"
        )


def _packs(tar: tarfile.TarFile, manifest: dict[str, Any]) -> list[str]:
    """Packs that are missing here are written; those that differ are only named."""
    differ = []
    for name in manifest["members"]:
        if not name.startswith("packs/"):
            continue
        path = Path(settings.PACKS_DIR) / name.removeprefix("packs/")
        stream = tar.extractfile(name)
        data = stream.read() if stream else b""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        elif path.read_bytes() != data:
            differ.append(name.removeprefix("packs/"))
    return differ
