"""Issued files in the storage: written once under a fresh random name, read back byte for byte."""

import hashlib
from datetime import datetime

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.evidence import vault
from wenming.outcomes.documents.models import Document, IssuedFile

FOLDER = "documents"


def put(document: Document, *, format: str, name: str, data: bytes, at: datetime) -> IssuedFile:  # noqa: A002
    """Store a file and its row. Raises DomainError storage_full or storage_unavailable."""
    try:
        key = vault.put(
            data, kind=FOLDER, day=clock.local_date(at), shard=str(document.town_id), suffix=format
        )
    except DomainError as error:
        words = "磁盘空间不足" if error.code == "storage_full" else "文件存储暂时连不上"
        raise DomainError(error.code, f"{words}，公文没有印发，请联系管理员后再印发。") from error
    try:
        return IssuedFile.objects.create(
            document=document, format=format, name=f"{name}.{format}", key=key,
            sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), made_at=at,
        )  # fmt: skip
    except Exception:
        vault.drop(key)
        raise


def get(file: IssuedFile) -> bytes:
    """The bytes as issued. Raises DomainError `file_missing` or `file_changed`: a changed file is never served."""
    try:
        data = vault.get(file.key)
    except DomainError as error:
        raise DomainError("file_missing", f"「{file.name}」不在存储里，请管理员从备份恢复。") from error
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise DomainError("file_changed", f"「{file.name}」与印发时不一致，已停止下载，请管理员从备份恢复。")
    return data
