"""Tables uploaded for an import, kept between 预检 and 确认 in the storage, each under its owner's own folder."""

import re
import secrets
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from wenming.ground.people.models import Person

KEPT_FOR = timedelta(days=1)
PASTED = "粘贴的表格.csv"
"""The name of a table that was pasted instead of uploaded."""
_TOP = "imports"
_TOKEN = re.compile(r"^[0-9a-f]{32}$")


def keep(*, person: Person, data: bytes, name: str) -> str:
    """Store an upload; returns the token by which only this person finds it again."""
    token = secrets.token_hex(16)
    storage = storages["default"]
    storage.save(f"{_folder(person)}/{token}.name", ContentFile(name[:200].encode()))
    storage.save(f"{_folder(person)}/{token}.data", ContentFile(data))
    return token


def find(*, person: Person, token: str) -> tuple[bytes, str] | None:
    """(data, file name) of the person's own upload, None when it is not there (any more)."""
    if not _TOKEN.match(token):
        return None
    storage = storages["default"]
    try:
        with storage.open(f"{_folder(person)}/{token}.name", "rb") as file:
            name = file.read().decode()
        with storage.open(f"{_folder(person)}/{token}.data", "rb") as file:
            return file.read(), name
    except FileNotFoundError:
        return None


def drop(*, person: Person, token: str) -> None:
    """Forget an upload."""
    if _TOKEN.match(token):
        for part in ("name", "data"):
            storages["default"].delete(f"{_folder(person)}/{token}.{part}")


def purge(*, at: datetime) -> int:
    """Delete uploads that nobody confirmed within a day; returns how many files."""
    storage, gone = storages["default"], 0
    try:
        folders, _ = storage.listdir(_TOP)
    except FileNotFoundError:
        return 0
    for folder in folders:
        for name in storage.listdir(f"{_TOP}/{folder}")[1]:
            path = f"{_TOP}/{folder}/{name}"
            if storage.get_modified_time(path) < at - KEPT_FOR:
                storage.delete(path)
                gone += 1
    return gone


def _folder(person: Person) -> str:
    return f"{_TOP}/{person.uuid}"
