"""Shared by all tests: the town, the databases' guards, fresh caches, files in a folder of their own."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client

from tests import factories
from wenming.common import appendonly
from wenming.ground.calendar import queries as calendar
from wenming.ground.people.models import Person
from wenming.ground.standards import queries as standards
from wenming.records.journals.models import JournalKind

# Tables that loading the shipped packs fills, those that refer to others first.
SHIPPED = (
    "documents.KindText", "journals.JournalKind", "ledger.MetricRow", "ledger.Account",
    "standards.CheckItem", "standards.PointType", "standards.Exemption", "standards.EventCategory", "standards.Department",
    "standards.PackVersion", "calendar.CalendarDay", "calendar.OfficeHours", "calendar.CalendarYear", "calendar.MarketDay",
    "calendar.CalendarState", "calendar.CalendarChange",
)  # fmt: skip


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks as `pure` what opens no database: it need not run once for each engine."""
    opened = {"db", "transactional_db", "django_db_setup"}.intersection(getattr(item, "fixturenames", ()))
    if not opened and item.get_closest_marker("django_db") is None:
        item.add_marker(pytest.mark.pure)


@pytest.fixture(scope="session", autouse=True)
def _flush_keeps_packs() -> Iterator[None]:
    """Between transactional tests the database is emptied: the append-only guards would refuse it, and the
    shipped packs stay, because loading them anew takes longer than most tests."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def lifted(self: Any, sql_list: list[str]) -> None:
        # Kinds that a town made for itself belong to a unit, and go with it: then all is emptied and loaded anew.
        own = JournalKind.objects.filter(owner__isnull=False).exists()
        kept = set() if own else {apps.get_model(label)._meta.db_table for label in SHIPPED}
        tables = sorted({name for sql in sql_list for name in re.findall(r'"(\w+)"', sql)} - kept)
        with appendonly.lifted(self.connection):
            flush(self, [f'DELETE FROM "{table}"' for table in tables])  # noqa: S608 -- names from Django itself
        if own:
            factories.load_packs()

    BaseDatabaseOperations.execute_sql_flush = lifted
    yield
    BaseDatabaseOperations.execute_sql_flush = flush


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The shipped packs are loaded once; every test finds them there (a flushed database loads them again)."""
    with django_db_blocker.unblock():
        factories.load_packs()


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """What one test loaded must not be seen by the next."""
    calendar.forget()
    standards.forget()
    yield
    calendar.forget()
    standards.forget()


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Any) -> None:
    """Photos of a test lie in its own folder; static files need no build; hashing is quick."""
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def town(db: None) -> SimpleNamespace:
    """安和镇 of 平川县 with units, people and places (see tests/factories.py)."""
    return factories.build_town()


@pytest.fixture
def life(town: SimpleNamespace) -> factories.Life:
    return factories.Life(town)


@pytest.fixture
def log_in() -> Any:
    """log_in(person) → a client whose session is that person's."""

    def enter(person: Person) -> Client:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


@pytest.fixture
def empty_house(db: None) -> None:
    """A house in which nothing was loaded yet: packs, calendar and their history are taken out again."""
    with appendonly.lifted(connection):
        for label in ("audit.Record", "audit.Chain", *SHIPPED):
            apps.get_model(label).objects.all().delete()
    calendar.forget()
    standards.forget()
