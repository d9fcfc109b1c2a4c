"""安和镇 with its communities, and the chart of accounts as shipped."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from wenming.common import appendonly
from wenming.ground.standards.actions import load_pack
from wenming.ground.units.models import Unit
from wenming.ledger.loading import LOADERS
from wenming.ledger.posting import Line, Voucher

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # Sunday 10:00 in the town


@dataclass
class Reader:
    """A person as far as the ledger asks him: where may he read?"""

    prefixes: list[str]

    def paths(self, _permission: Any) -> list[str]:
        return self.prefixes


def load_shipped() -> None:
    """The packs that come with the software."""
    for name in ("accounts", "metrics"):
        load_pack(path=ROOT / "packs" / name / "2026.yaml", at=AT, loaders=LOADERS)


def unit(name: str, kind: str, code: str, parent: Unit | None = None) -> Unit:
    """A bare row of the tree; the deeds of the units room have their own tests."""
    row = Unit.objects.create(name=name, kind=kind, code=code, parent=parent, valid_from=date(2020, 1, 1))
    row.path = f"{parent.path if parent else '/'}{row.pk}/"
    row.town = row if kind in ("county", "town") else parent.town
    row.save()
    return row


def build_tree() -> SimpleNamespace:
    county = unit("平川县", "county", "350000000000")
    town = unit("安和镇", "town", "350000100000", county)
    other = unit("石桥镇", "town", "350000101000", county)
    return SimpleNamespace(
        county=county,
        town=town,
        east=unit("东门社区", "community", "350000100001", town),
        west=unit("西街社区", "community", "350000100002", town),
        police=unit("安和派出所", "station", "an-pcs", town),
        other=other,
        bridge=unit("桥头社区", "community", "350000101001", other),
    )


@pytest.fixture
def tree(db: None) -> SimpleNamespace:
    """平川县 with 安和镇 (东门、西街 and a station) and 石桥镇 (桥头)."""
    return build_tree()


@pytest.fixture
def books(tree: SimpleNamespace) -> SimpleNamespace:
    """The tree, with the packs loaded."""
    load_shipped()
    return tree


@pytest.fixture
def line() -> Callable[..., Line]:
    """line(account, unit, day, quantity=1, …)."""

    def build(account: str, unit: Unit, on: date, quantity: Any = 1, **more: Any) -> Line:
        return Line(account=account, unit=unit, quantity=quantity, occurred_on=on, **more)

    return build


@pytest.fixture
def voucher() -> Callable[..., Voucher]:
    """A new record of some kind."""
    return lambda kind="case": Voucher(kind, uuid4())


@pytest.fixture
def reader() -> type[Reader]:
    return Reader


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def tampered() -> Callable[..., Any]:
    """Somebody with the keys of the database takes the guard off and runs SQL."""

    def run(sql: str, *values: Any) -> None:
        connection.check_constraints()
        with appendonly.lifted(connection), connection.cursor() as cursor:
            cursor.execute(sql, values)

    return run
