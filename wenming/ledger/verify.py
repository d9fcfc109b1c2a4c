"""Proof that nobody touched the books: chain, numbers, head, reversals, and totals equal to the entries.

Entries are streamed in the order of the chain, so memory stays constant; the comparison of totals is one
statement in the database.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q

from wenming.ground.audit import actions as audit
from wenming.ledger.appending import digest
from wenming.ledger.models import ALL_DAYS, STOCK, Account, Book, DailyTotal, Entry

Progress = Callable[[int, int], None]
_CHUNK = 2000
_WORST = 20


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold. `number` is the entry in the book, None for totals."""

    book: str
    number: int | None
    reason: str
    uuid: UUID | None = None

    def __str__(self) -> str:
        where = f"第 {self.number} 号分录" if self.number else "日合计"
        return f"{self.book} {where}：{self.reason}"


@dataclass
class Report:
    """What was looked at and what is wrong with it."""

    books: int = 0
    entries: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults


def verify(book: Book | None = None, progress: Progress | None = None) -> Report:
    """Check one book, or all. `progress(done, total)` is told how many entries have been read."""
    books = [book] if book else list(Book.objects.select_related("unit").order_by("pk"))
    report = Report(books=len(books))
    accounts = dict(Account.objects.values_list("pk", "code"))
    total = sum(each.entry_count for each in books)
    for each in books:
        report.faults += _chain(each, accounts, report, progress, total)
        report.faults += _reversals(each)
        report.faults += _totals(each)
    return report


def _chain(
    book: Book, accounts: dict[int, str], report: Report, progress: Progress | None, total: int
) -> Iterator[Fault]:
    """The first entry of the book where numbers or hashes do not hold; entries posted meanwhile are left out."""
    book.refresh_from_db()
    number, previous = 0, ""
    rows = Entry.objects.filter(book=book, number__lte=book.entry_count).order_by("number")
    for entry in rows.iterator(chunk_size=_CHUNK):
        number += 1
        report.entries += 1
        if progress and report.entries % _CHUNK == 0:
            progress(report.entries, total)
        reason = ""
        if entry.number != number:
            reason = "前面缺号，有分录被删去"
        elif entry.previous_hash != previous:
            reason = "与上一条接不上"
        elif digest(entry, accounts[entry.account_id]) != entry.hash:
            reason = "内容被改动过"
        if reason:
            yield Fault(str(book), entry.number, reason, entry.uuid)
            return
        previous = entry.hash
    if progress:
        progress(report.entries, total)
    if (number, previous) != (book.entry_count, book.head_hash):
        yield Fault(str(book), number + 1, "末尾的分录不见了，或账簿末条被改动")
    elif Entry.objects.filter(book=book, number__gt=F("book__entry_count")).exists():
        yield Fault(str(book), book.entry_count + 1, "账簿末条之后还有不在链上的分录")


def _reversals(book: Book) -> Iterator[Fault]:
    """The first reversal that does not take back, wholly, an entry of the same account, unit and voucher."""
    same = ("book", "account", "unit", "category", "source", "voucher_kind", "voucher_uuid")
    sound = Q(reverses__reverses__isnull=True, quantity=-F("reverses__quantity"))
    for name in same:
        sound &= Q(**{name: F(f"reverses__{name}")})
    wrong = Entry.objects.filter(~sound, book=book, reverses__isnull=False).order_by("number").first()
    if wrong:
        yield Fault(str(book), wrong.number, "冲销与原分录对不上", wrong.uuid)


_KEY = "account_id, unit_id, day, category, source, party"
# What the totals ought to be: every entry on its day, and for stock accounts once more in the balance.
_OUGHT = """
    SELECT e.book_id, e.account_id, e.unit_id, {day} AS day, e.category, e.source, COALESCE(e.party_id, 0) AS party,
        CASE WHEN e.reverses_id IS NULL THEN 1 ELSE -1 END AS count, e.quantity AS total
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE e.book_id = %s AND {which}"""


def _ought() -> tuple[str, list[str]]:
    """The SQL of `_OUGHT` for both kinds of rows, and its parameters without the book (which comes twice)."""
    days = _OUGHT.format(day="e.occurred_on", which="TRUE")
    cast = "CAST(%s AS date)" if connection.vendor == "postgresql" else "%s"
    balances = _OUGHT.format(day=cast, which="a.nature = %s")
    return f"{days} UNION ALL {balances}", [str(ALL_DAYS), STOCK]


def _totals(book: Book) -> Iterator[Fault]:
    """Daily totals that differ from the sums of the entries, the first few."""
    ought, (all_days, stock) = _ought()
    sql = (
        f"SELECT {_KEY}, SUM(count), SUM(total) FROM ("  # noqa: S608
        f" SELECT book_id, {_KEY}, count, total FROM ledger_dailytotal WHERE book_id = %s"
        f" UNION ALL SELECT book_id, {_KEY}, -count, -total FROM ({ought}) o) both_sides"
        f" GROUP BY {_KEY} HAVING SUM(count) <> 0 OR ROUND(SUM(total), 3) <> 0 ORDER BY {_KEY} LIMIT {_WORST}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [book.pk, book.pk, all_days, book.pk, stock])
        rows = cursor.fetchall()
    names = dict(Account.objects.filter(pk__in={row[0] for row in rows}).values_list("pk", "name"))
    for account, unit, day, *_rest, count, total in rows:
        when = "余额" if str(day) == str(ALL_DAYS) else day
        yield Fault(
            str(book),
            None,
            f"科目「{names[account]}」单位 {unit} {when} 与分录差 {count} 笔、{float(total):g}",
        )


def rebuild_totals(*, book: Book, at: datetime, by: audit.Actor | None = None) -> int:
    """Write the daily totals of a book anew from its entries; returns the number of rows."""
    ought, (all_days, stock) = _ought()
    with transaction.atomic():
        book = Book.objects.select_for_update().select_related("unit").get(pk=book.pk)
        DailyTotal.objects.filter(book=book).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO ledger_dailytotal (book_id, {_KEY}, count, total)"  # noqa: S608
                f" SELECT book_id, {_KEY}, SUM(count), ROUND(SUM(total), 3) FROM ({ought}) o"
                f" GROUP BY book_id, {_KEY}",
                [book.pk, all_days, book.pk, stock],
            )
            rows = int(cursor.rowcount)
        audit.record(
            deed="ledger.rebuild_totals", subject=("book", book.unit.uuid), at=at, by=by, chain=book.unit.chain,
            sentence=f"按分录重算「{book}」的日合计，共 {rows} 行",
        )  # fmt: skip
    return rows
