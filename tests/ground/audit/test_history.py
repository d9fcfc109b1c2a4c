"""History is append-only, chained, and any change of it is found."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import NOW
from wenming.common import appendonly
from wenming.ground.audit import actions, queries
from wenming.ground.audit.models import Chain, Record


def test_chain_of_a_fresh_town_holds(town: SimpleNamespace) -> None:
    assert queries.verify() == []
    assert (
        Chain.objects.get(key=town.town.chain).count == Record.objects.filter(chain=town.town.chain).count()
    )


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_record SET sentence = '没有这回事'", "DELETE FROM audit_record"]
)
def test_database_refuses_change(town: SimpleNamespace, statement: str) -> None:
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert "只许追加" in str(refused.value)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE audit_record SET sentence = '没有这回事' WHERE chain = %s AND number = 2", "内容被改动过"),
        ("UPDATE audit_record SET by_name = '张三' WHERE chain = %s AND number = 2", "内容被改动过"),
        ("DELETE FROM audit_record WHERE chain = %s AND number = 2", "缺了这一条"),
        ("DELETE FROM audit_record WHERE chain = %s AND number >= 2", "末尾少了记录"),
    ],
)
def test_tampering_is_found_and_named(town: SimpleNamespace, statement: str, reason: str) -> None:
    with appendonly.lifted(connection), connection.cursor() as cursor:
        cursor.execute(statement, [town.town.chain])
    assert [(b.chain, b.number, b.reason) for b in queries.verify()] == [(town.town.chain, 2, reason)]


def test_record_outside_a_deed_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        actions.record(deed="x.y", subject=("x", None), at=NOW, sentence="不在事务里")


def test_data_keeps_dates_and_decimals_as_text(town: SimpleNamespace) -> None:

    row = actions.record(
        deed="x.y",
        subject=("x", None),
        at=NOW,
        sentence="s",
        data={"on": date(2026, 1, 2), "n": Decimal("1.50")},
    )
    assert Record.objects.get(pk=row.pk).data == {"on": "2026-01-02", "n": "1.50"}
    assert queries.verify() == []
