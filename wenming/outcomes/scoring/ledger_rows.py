"""What the ledger says, as plain rows: the entries of a window, and what stands on their vouchers.

Plain SQL, because a county's month has a million entries: texts come as texts, and nothing is turned into an
object that the engine does not need. The same statements run on both engines.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from wenming.ledger.models import Account

AT_ONCE = 5000


Row = tuple[str, int, int, int | None, str, str, int | None, str, str, str, str, str]
"""One entry: uuid, account, unit, place, category, source, party, day, moment of posting on the town's clock (so
that texts compare as moments), quantity, kind and uuid of the voucher."""


@dataclass(frozen=True)
class Window:
    """Which entries: of these accounts, charged to units below `path` (or lying at places there), on the days from
    `first` to `last`, as the books stood at `as_of`."""

    accounts: Collection[int]
    path: str
    by_place: bool
    first: date
    last: date
    as_of: datetime

    def where(self) -> tuple[str, list[Any]]:
        """The condition on `ledger_entry e` with its values: posted by then, no reversal, not yet reversed."""
        as_of = connection.ops.adapt_datetimefield_value(self.as_of)
        days = map(connection.ops.adapt_datefield_value, (self.first, self.last))
        sql = _WHERE.format(accounts=_numbers(self.accounts), ground=_PLACES if self.by_place else _UNITS)
        return sql, [f"{self.path}%", *days, as_of, as_of]


_UNITS = "e.unit_id IN (SELECT u.id FROM units_unit u WHERE u.path LIKE %s)"
_PLACES = """e.place_id IN (SELECT p.id FROM places_place p JOIN units_unit u ON u.id = p.unit_id
        WHERE u.path LIKE %s)"""
_WHERE = """WHERE {ground} AND e.account_id IN ({accounts}) AND e.occurred_on BETWEEN %s AND %s
    AND e.posted_at <= %s AND e.reverses_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM ledger_entry r
        WHERE r.reverses_id = e.id AND r.reverses_id IS NOT NULL AND r.posted_at <= %s)"""
_ROWS = """
    SELECT {uuid}, e.account_id, e.unit_id, e.place_id, e.category, e.source, e.party_id, {on}, {at}, {quantity},
        e.voucher_kind, {voucher}
    FROM ledger_entry e {where}
    ORDER BY e.unit_id, e.account_id, e.occurred_on, e.posted_at, e.uuid"""
_STANDING = """
    SELECT {voucher}, {sums} FROM ledger_entry e
    WHERE e.account_id IN ({accounts}) AND e.posted_at <= %s
        AND e.voucher_uuid IN (SELECT e.voucher_uuid FROM ledger_entry e {where})
    GROUP BY e.voucher_uuid"""
# A problem is found once; one that was split off another keeps the moment of that one (`found_at`).
_HOURS = """
    SELECT {subject}, {hour} FROM (
        SELECT r.subject_uuid, COALESCE({said}, CASE WHEN r.data->>'parent' IS NULL THEN r.at END) AS at
        FROM audit_record r
        WHERE r.deed IN ('case.report', 'case.report_fixed') AND r.posted_at <= %s
            AND r.subject_uuid IN (SELECT e.voucher_uuid FROM ledger_entry e {where})) found
    WHERE found.at IS NOT NULL"""
# What is watched is counted in whole cases.
_SUM = "CAST(SUM(CASE WHEN e.account_id = {account} THEN e.quantity ELSE 0 END) AS integer)"
# The town's clock never changes: Asia/Shanghai is eight hours before UTC all the year.
_TEXTS = {
    "postgresql": {
        "uuid": "e.uuid::text", "voucher": "e.voucher_uuid::text", "on": "e.occurred_on::text",
        "at": "(e.posted_at AT TIME ZONE 'UTC' + interval '8 hours')::text", "quantity": "trim_scale(e.quantity)::text",
    },
    "sqlite": {
        "uuid": "e.uuid", "voucher": "e.voucher_uuid", "on": "CAST(e.occurred_on AS text)",
        "at": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', e.posted_at, '+8 hours')", "quantity": "CAST(e.quantity AS text)",
    },
}  # fmt: skip


def rows(window: Window) -> Iterator[Row]:
    """The entries of the window: all of a unit and account together, in order of time, as the engine needs them."""
    found = _all(*rows_statement(window, **_TEXTS[connection.vendor]))
    return found if connection.vendor == "postgresql" else map(_with_dashes, found)


def rows_statement(window: Window, **columns: str) -> tuple[str, list[Any]]:
    """The statement of `rows` with its values; `columns`: how uuid, voucher, on, at and quantity are asked for."""
    where, values = window.where()
    return _ROWS.format(where=where, **columns), values


def standing(window: Window, watched: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """For every voucher of the window what stands of each account `watched`, whenever it was posted: a reversal
    takes off what it reverses. Vouchers on which nothing was ever watched are left out."""
    if not watched:
        return {}
    sql, values = standing_statement(window, watched, voucher=_TEXTS[connection.vendor]["voucher"])
    return {_dashed(row[0]): row[1:] for row in _all(sql, values)}


def standing_statement(window: Window, watched: Mapping[str, int], *, voucher: str) -> tuple[str, list[Any]]:
    """The statement of `standing` with its values; `voucher`: how the uuid is asked for."""
    where, values = window.where()
    sums = ", ".join(_SUM.format(account=account) for account in watched.values())
    as_of = connection.ops.adapt_datetimefield_value(window.as_of)
    sql = _STANDING.format(where=where, sums=sums, accounts=_numbers(watched.values()), voucher=voucher)
    return sql, [as_of, *values]


_CLOCK = {
    "postgresql": {
        "subject": "found.subject_uuid::text", "said": "(r.data->>'found_at')::timestamptz",
        "hour": "EXTRACT(HOUR FROM found.at AT TIME ZONE 'UTC' + interval '8 hours')::integer",
    },
    "sqlite": {
        "subject": "found.subject_uuid", "said": "r.data->>'found_at'",
        "hour": "CAST(strftime('%%H', found.at, '+8 hours') AS integer)",
    },
}  # fmt: skip


def hours(window: Window) -> dict[str, int]:
    """At what hour of the town's clock the problem of each voucher of the window was found, as its history says."""
    where, values = window.where()
    sql = _HOURS.format(where=where, **_CLOCK[connection.vendor])
    as_of = connection.ops.adapt_datetimefield_value(window.as_of)
    return {_dashed(voucher): hour for voucher, hour in _all(sql, [as_of, *values])}


def accounts() -> dict[str, int]:
    """Keys of all accounts of the chart, by code."""
    return dict(Account.objects.order_by().values_list("code", "pk"))


def _with_dashes(row: Row) -> Row:
    """SQLite keeps uuids without dashes."""
    return (_dashed(row[0]), *row[1:-1], _dashed(row[-1]))


def _dashed(stored: str) -> str:
    return stored if len(stored) == 36 else str(UUID(stored))


def _all(sql: str, values: Collection[Any]) -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        while found := cursor.fetchmany(AT_ONCE):
            yield from found


def _numbers(keys: Collection[int]) -> str:
    return ", ".join(map(str, keys)) or "NULL"
