"""Writing and reading files of photos in the configured storage (a folder, or S3-compatible).

Files are written once under a fresh random name and never overwritten. In a folder the content goes to a
temporary name, is forced to the disk and then renamed, so that a half-written original can never be
taken for a whole one, whatever is killed in between.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

from wenming.common.errors import DomainError

ORIGINALS, COPIES = "originals", "copies"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def day_folder(kind: str, day: date) -> str:
    """`originals/2026/11/22`: files of one day lie together, so that strays can be looked for day by day."""
    return f"{kind}/{day:%Y/%m/%d}"


def put(data: bytes, *, kind: str, day: date, shard: str, suffix: str) -> str:
    """Write a new file and return its key (128 random bits: not to be guessed).

    Raises DomainError storage_full when the disk is full and storage_unavailable when the store cannot be
    reached; in both cases nothing is left behind.
    """
    key = f"{day_folder(kind, day)}/{shard}/{secrets.token_hex(16)}.{suffix}"
    storage = _storage()
    try:
        if isinstance(storage, FileSystemStorage):
            _write_whole(Path(storage.path(key)), data)
        else:
            key = storage.save(key, ContentFile(data))
    except OSError as error:
        if error.errno in _FULL:
            raise DomainError(
                "storage_full",
                "磁盘空间不足，照片没有存上；照片已保留在手机/表单，请联系管理员后重试。",
                field="photos",
            ) from error
        raise _unavailable() from error
    except Exception as error:  # an S3 library has its own family of errors; none of them may lose the form
        raise _unavailable() from error
    return key


def get(key: str) -> bytes:
    """The content of a file. Raises DomainError photo_missing when it is gone from the storage."""
    try:
        with _storage().open(key, "rb") as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError as error:
        raise DomainError("photo_missing", "照片文件不在存储里，请管理员从备份恢复。") from error
    except Exception as error:
        raise _unavailable() from error


def drop(*keys: str) -> None:
    """Delete files; empty keys and files already gone are passed over."""
    for key in keys:
        if key:
            _storage().delete(key)


def of_day(kind: str, day: date) -> Iterator[str]:
    """Keys of all files written on `day`, half-written ones included."""
    top = day_folder(kind, day)
    try:
        shards, _ = _storage().listdir(top)
    except FileNotFoundError:
        return
    for shard in shards:
        for name in _storage().listdir(f"{top}/{shard}")[1]:
            yield f"{top}/{shard}/{name}"


def _storage() -> Storage:
    """The configured storage itself, not Django's lazy name for it (whose class tells nothing)."""
    return storages["default"]


_forced = True


@contextmanager
def unforced() -> Iterator[None]:
    """Leave it to the system when files reach the disk: only for what can be built again, such as the demo."""
    global _forced  # noqa: PLW0603 -- a switch for the whole process, like the database's synchronous
    _forced = False
    try:
        yield
    finally:
        _forced = True


def _write_whole(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            if _forced:
                os.fsync(file.fileno())
        part.rename(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _unavailable() -> DomainError:
    return DomainError(
        "storage_unavailable",
        "照片存储暂时连不上，照片没有存上；照片已保留在手机/表单，请稍后重试，仍不行请联系管理员。",
        field="photos",
    )
