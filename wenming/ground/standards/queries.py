"""Reading what is in force on a day.

Rows of a pack never change once loaded, so they are kept in the process for as long as it lives; only the list of
packs can grow. That list is read again at most once in `FRESH_FOR` seconds (one statement of a few rows), and at
once in the process that loads a pack. So a request costs no statement here, and a pack loaded by another process is
seen everywhere within half a minute — a pack comes into force by the day, not by the second.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from wenming.common.errors import DomainError
from wenming.ground.standards.models import (
    CheckItem,
    Department,
    EventCategory,
    Exemption,
    PackVersion,
    PointType,
)
from wenming.ground.standards.suggestions import Index

FRESH_FOR = 30.0
"""Seconds for which the list of packs is believed."""


class _Book:
    """The rows of one pack, each table read when it is first asked for."""

    def __init__(self, pack: PackVersion) -> None:
        self.pack = pack

    @cached_property
    def departments(self) -> dict[str, Department]:
        return {row.code: row for row in self.pack.departments.all()}

    @cached_property
    def categories(self) -> dict[str, EventCategory]:
        rows = {row.code: row for row in self.pack.categories.all()}
        for row in rows.values():
            row.pack = self.pack
        return rows

    @cached_property
    def exemptions(self) -> list[Exemption]:
        return list(self.pack.exemptions.all())

    @cached_property
    def index(self) -> Index:
        return Index(row for row in self.categories.values() if row.active)

    @cached_property
    def point_types(self) -> dict[str, PointType]:
        return {row.code: row for row in self.pack.point_types.all()}

    @cached_property
    def items(self) -> dict[int, list[CheckItem]]:
        items: dict[int, list[CheckItem]] = {row.pk: [] for row in self.point_types.values()}
        for item in CheckItem.objects.filter(point_type__pack=self.pack):
            items[item.point_type_id].append(item)
        return items


@dataclass
class _Shelf:
    """The packs of this process and when their list was last read."""

    seconds: Callable[[], float] = time.monotonic
    read_at: float | None = None
    packs: list[PackVersion] = field(default_factory=list)
    books: dict[tuple[int, str], _Book] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def all(self) -> list[PackVersion]:
        """All packs, the county's own before samples, the newest first."""
        if self.read_at is None or self.seconds() - self.read_at > FRESH_FOR:
            now = self.seconds()
            self.packs = list(PackVersion.objects.order_by("sample", "-in_force", "-pk"))
            self.read_at = now
        return self.packs

    def book(self, pack: PackVersion) -> _Book:
        with self.lock:
            return self.books.setdefault((pack.pk, pack.digest), _Book(pack))

    def clear(self) -> None:
        with self.lock:
            self.read_at, self.packs, self.books = None, [], {}


_shelf = _Shelf()


def forget() -> None:
    """Read everything anew at the next question. For the load of a pack, and between tests."""
    _shelf.clear()


def current_pack(kind: str, on: date) -> PackVersion | None:
    """The pack of `kind` in force on the day `on`; None when no pack of the kind is loaded.

    A county's own pack goes before a sample. A day before the first version is read by the first version:
    records older than the system (an imported register) are better explained by it than by nothing.
    """
    packs = packs_of(kind)
    for pack in packs:
        if pack.in_force <= on:
            return pack
    return min(packs, key=lambda pack: (pack.in_force, pack.sample, pack.pk), default=None)


def packs_of(kind: str) -> list[PackVersion]:
    """All packs of a kind, a county's own before samples, the newest first. The objects are shared: do not change."""
    return [pack for pack in _shelf.all() if pack.kind == kind]


def departments(on: date) -> dict[str, Department]:
    """Departments by code, in the order of the pack."""
    book = _book("departments", on)
    return book.departments if book else {}


def categories(on: date) -> list[EventCategory]:
    """Categories that may be chosen on the day `on`, in the order of the pack."""
    book = _book("event_categories", on)
    return [row for row in book.categories.values() if row.active] if book else []


def category(code: str, on: date) -> EventCategory:
    """The category `code` in the version of the day. Raises DomainError `category_unknown`."""
    book = _book("event_categories", on)
    row = book.categories.get(code) if book else None
    if row is None:
        raise DomainError(
            "category_unknown", f"没有问题类别「{code}」，请从类别表里选一个。", field="category"
        )
    return row


def suggest(text: str, *, on: date, limit: int = 3) -> list[tuple[EventCategory, str]]:
    """At most `limit` categories for a reporter's words, best first, each with the word that was recognised."""
    book = _book("event_categories", on)
    return book.index.search(text, limit) if book else []


def exemptions_for(code: str, on: date) -> list[Exemption]:
    """When a problem of the category `code` must not be registered, in the version of the day."""
    book = _book("event_categories", on)
    return [row for row in book.exemptions if row.covers(code)] if book else []


def point_types(on: date) -> list[PointType]:
    """Point types of the day, in the order of the pack."""
    book = _book("point_types", on)
    return list(book.point_types.values()) if book else []


def point_type(code: str, on: date) -> PointType:
    """The point type `code` in the version of the day. Raises DomainError `point_type_unknown`."""
    book = _book("point_types", on)
    row = book.point_types.get(code) if book else None
    if row is None:
        raise DomainError(
            "point_type_unknown", f"没有点位类型「{code}」，请从点位类型表里选一个。", field="point_type"
        )
    return row


def check_items(point_type: PointType) -> list[CheckItem]:
    """The check list of a point type, in the order of the pack, in the version the type belongs to."""
    pack = next((pack for pack in _shelf.all() if pack.pk == point_type.pack_id), None)
    if pack is None:  # loaded a moment ago by another process
        return list(point_type.items.all())
    return list(_shelf.book(pack).items[point_type.pk])


def pack_versions() -> list[PackVersion]:
    """All packs ever loaded, for the settings page: by kind, the newest first. Always read fresh."""
    return list(PackVersion.objects.order_by("kind", "-in_force", "-pk"))


def _book(kind: str, on: date) -> _Book | None:
    pack = current_pack(kind, on)
    return _shelf.book(pack) if pack else None
