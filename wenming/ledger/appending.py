"""Writing entries: lock the book, number and chain, insert, add to the totals, move the head.

Plain SQL, because every deed of every town passes here: four statements whatever the number of lines (book
and accounts, entries, totals, head), of which the last three go to PostgreSQL in one message.
Only `posting` calls this.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC
from decimal import Decimal
from typing import Any

from django.db import connection

from wenming.ledger.models import ALL_DAYS, STOCK, Account, Book, Entry

_BOOK_FIELDS = ["id", "unit_id", "entry_count", "head_hash"]
_ACCOUNT_FIELDS = ["id", "code", "name", "measure", "nature", "decimals", "active"]
_ENTRY_FIELDS = [field for field in Entry._meta.concrete_fields if not field.primary_key]
_ENTRY_COLUMNS = ", ".join(str(field.column) for field in _ENTRY_FIELDS)
_TOTAL_KEY = "book_id, account_id, unit_id, day, category, source, party"

_OPEN = """
    SELECT {columns} FROM ledger_book b LEFT JOIN ledger_account a ON a.code IN ({codes})
    WHERE b.unit_id = %s {lock}"""
_INSERT = "INSERT INTO ledger_entry ({columns}) VALUES {rows} RETURNING number, id"
_HEAD = "UPDATE ledger_book SET entry_count = %s, head_hash = %s WHERE id = %s"
# SQLite keeps decimals as floating point; rounding after every step keeps them exact to 0.001.
_TOTALS = """
    INSERT INTO ledger_dailytotal AS t ({columns}, count, total) VALUES {rows} ON CONFLICT ({columns})
    DO UPDATE SET count = t.count + excluded.count, total = ROUND(t.total + excluded.total, 3)"""


def open_book(unit_id: int, codes: Collection[str]) -> tuple[Book, dict[str, Account]]:
    """The book of a town or county, locked until the deed is committed, and the accounts with `codes`.

    A book is opened at its first entry.
    """
    columns = [f"b.{name}" for name in _BOOK_FIELDS] + [f"a.{name}" for name in _ACCOUNT_FIELDS]
    lock = "FOR UPDATE OF b" if connection.features.has_select_for_update_of else ""
    wanted = sorted(codes) or [""]
    with connection.cursor() as cursor:
        sql = _OPEN.format(columns=", ".join(columns), codes=_marks(len(wanted)), lock=lock)
        cursor.execute(sql, [*wanted, unit_id])
        rows = cursor.fetchall()
    if not rows:
        Book.objects.get_or_create(unit_id=unit_id)
        return open_book(unit_id, codes)
    width = len(_BOOK_FIELDS)
    book = Book.from_db(connection.alias, _BOOK_FIELDS, rows[0][:width])
    accounts = [Account.from_db(connection.alias, _ACCOUNT_FIELDS, row[width:]) for row in rows if row[width]]
    return book, {account.code: account for account in accounts}


def append(book: Book, entries: list[Entry]) -> list[Entry]:
    """Put `entries` at the end of the locked book; they come back with number, hash and key."""
    for entry in entries:
        book.entry_count += 1
        entry.book, entry.number, entry.previous_hash = book, book.entry_count, book.head_hash
        entry.hash = book.head_hash = digest(entry, entry.account.code)
    values = [
        field.get_db_prep_save(getattr(entry, field.attname), connection)
        for entry in entries
        for field in _ENTRY_FIELDS
    ]
    sums = _sums(entries)
    keys = _run(
        (_INSERT.format(columns=_ENTRY_COLUMNS, rows=_rows(len(entries), len(_ENTRY_FIELDS))), values),
        (
            _TOTALS.format(columns=_TOTAL_KEY, rows=_rows(len(sums), 9)),
            [value for row in sums for value in row],
        ),
        (_HEAD, [book.entry_count, book.head_hash, book.pk]),
    )
    for entry in entries:
        entry.pk, entry._state.adding, entry._state.db = keys[entry.number], False, connection.alias
    return entries


def digest(entry: Entry, account_code: str) -> str:
    """SHA-256 over every field of the entry, with the hash of the entry before it, as canonical JSON."""
    said = {
        "account": account_code,
        "book": entry.book_id,
        "category": entry.category,
        "number": entry.number,
        "occurred_on": entry.occurred_on.isoformat(),
        "party": entry.party_id,
        "place": entry.place_id,
        "posted_at": entry.posted_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous_hash": entry.previous_hash,
        "quantity": f"{entry.quantity:.3f}",
        "reverses": entry.reverses_id,
        "source": entry.source,
        "unit": entry.unit_id,
        "uuid": str(entry.uuid),
        "voucher": f"{entry.voucher_kind}:{entry.voucher_uuid}",
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sums(entries: list[Entry]) -> list[tuple[Any, ...]]:
    """Rows to add to the daily totals, one for each key; sorted, so that all writers take them in one order."""
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    for entry in entries:
        for key in _total_keys(entry):
            sums[key][0] += -1 if entry.reverses_id else 1
            sums[key][1] += entry.quantity
    return [(*key, count, total) for key, (count, total) in sorted(sums.items())]


def _total_keys(entry: Entry) -> Iterator[tuple[Any, ...]]:
    """Keys of the daily totals that an entry belongs to: its day, and the balance for a stock account."""
    days = [entry.occurred_on, ALL_DAYS] if entry.account.nature == STOCK else [entry.occurred_on]
    for day in days:
        yield (
            entry.book_id, entry.account_id, entry.unit_id, connection.ops.adapt_datefield_value(day),
            entry.category, entry.source, entry.party_id or 0,
        )  # fmt: skip


def _run(*statements: tuple[str, list[Any]]) -> dict[Any, Any]:
    """Run the statements, on PostgreSQL in one message; returns what the first one gives back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            texts, values = zip(*statements, strict=True)
            cursor.execute(";".join(texts), [value for each in values for value in each])
            return dict(cursor.fetchall())
        (first, values), *rest = statements
        cursor.execute(first, values)
        given = dict(cursor.fetchall())
        for text, values in rest:
            cursor.execute(text, values)
        return given


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)


def _rows(count: int, width: int) -> str:
    return ", ".join([f"({_marks(width)})"] * count)
