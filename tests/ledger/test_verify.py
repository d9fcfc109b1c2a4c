from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from wenming.ground.audit.models import Record
from wenming.ledger import appending, posting, verify
from wenming.ledger.models import ALL_DAYS, Book, DailyTotal, Entry

MONDAY = date(2026, 11, 16)


@pytest.fixture
def kept(books: SimpleNamespace, line: Any, voucher: Any, at: Any) -> SimpleNamespace:
    """Five entries in the book of 安和镇 (one reversed, one of a stock account), one in that of 石桥镇."""
    paper = voucher()
    posting.post(
        town=books.town,
        lines=[line("case.due", books.east, MONDAY, category="06010", source="town", party=books.police),
               line("case.open", books.east, MONDAY), line("drain_m", books.west, MONDAY, 3)],
        voucher=paper, at=at,
    )  # fmt: skip
    posting.reverse(voucher=paper, accounts=["case.due"], at=at)
    posting.post(town=books.town, lines=[line("banners", books.west, MONDAY)], voucher=voucher(), at=at)
    posting.post(town=books.other, lines=[line("banners", books.bridge, MONDAY)], voucher=voucher(), at=at)
    books.book = Book.objects.get(unit=books.town)
    return books


def said(book: Book | None = None) -> list[str]:
    return [str(fault) for fault in verify.verify(book).faults]


def test_untouched_books_verify(kept: Any) -> None:
    report = verify.verify()
    assert (report.ok, report.books, report.entries, report.faults) == (True, 2, 6, [])
    assert verify.verify(kept.book).entries == 5


def test_empty_ledger_verifies(books: Any) -> None:
    assert verify.verify() == verify.Report(books=0, entries=0, faults=[])


def test_progress_is_told(kept: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(verify, "_CHUNK", 2)
    told: list[tuple[int, int]] = []
    verify.verify(progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 6), (4, 6), (5, 6), (6, 6), (6, 6)]


@pytest.mark.parametrize(
    "change",
    [
        "quantity = 99", "occurred_on = '2026-11-17'", "posted_at = '2026-11-22 02:00:01+00:00'",
        "category = '09001'", "source = 'self'", "party_id = NULL", "voucher_kind = 'order'",
        "uuid = '00000000000000000000000000000000'", "hash = 'f'",
    ],
)  # fmt: skip
def test_a_changed_entry_is_named(kept: Any, tampered: Any, change: str) -> None:
    first = Entry.objects.get(book=kept.book, number=1)
    tampered(f"UPDATE ledger_entry SET {change} WHERE id = {first.pk}")  # noqa: S608
    assert said(kept.book)[0] == "安和镇账簿 第 1 号分录：内容被改动过"
    assert verify.verify().faults[0].number == 1


def test_an_entry_rehashed_by_hand_breaks_the_next(kept: Any, tampered: Any) -> None:
    second = Entry.objects.get(book=kept.book, number=2)
    second.quantity = 9
    forged = appending.digest(second, "case.open")
    tampered("UPDATE ledger_entry SET quantity = 9, hash = %s WHERE id = %s", forged, second.pk)
    assert said()[0] == "安和镇账簿 第 3 号分录：与上一条接不上"


def test_a_missing_entry_is_named(kept: Any, tampered: Any) -> None:
    tampered("DELETE FROM ledger_entry WHERE book_id = %s AND number = 3", kept.book.pk)
    assert said()[0] == "安和镇账簿 第 4 号分录：前面缺号，有分录被删去"


def test_a_missing_tail_is_found(kept: Any, tampered: Any) -> None:
    tampered("DELETE FROM ledger_entry WHERE book_id = %s AND number = 5", kept.book.pk)
    assert said()[0] == "安和镇账簿 第 5 号分录：末尾的分录不见了，或账簿末条被改动"


def test_a_rewound_book_is_found(kept: Any) -> None:
    fourth = Entry.objects.get(book=kept.book, number=4)
    Book.objects.filter(pk=kept.book.pk).update(entry_count=4, head_hash=fourth.hash)
    assert said()[0] == "安和镇账簿 第 5 号分录：账簿末条之后还有不在链上的分录"


def test_a_reversal_that_does_not_fit_is_named(kept: Any, tampered: Any) -> None:
    tampered("UPDATE ledger_entry SET quantity = -2 WHERE reverses_id IS NOT NULL")
    assert "安和镇账簿 第 4 号分录：冲销与原分录对不上" in said()


def test_totals_that_differ_are_named(kept: Any) -> None:
    DailyTotal.objects.filter(account__code="drain_m").update(total=4)
    DailyTotal.objects.filter(account__code="case.open", day=ALL_DAYS).delete()
    DailyTotal.objects.filter(account__code="banners", unit=kept.west).update(count=3)
    unit = kept.west.pk
    assert sorted(said()) == sorted([
        f"安和镇账簿 日合计：科目「疏通排污道」单位 {unit} 2026-11-16 与分录差 0 笔、1",
        f"安和镇账簿 日合计：科目「在办」单位 {kept.east.pk} 余额 与分录差 -1 笔、-1",
        f"安和镇账簿 日合计：科目「横幅」单位 {unit} 2026-11-16 与分录差 2 笔、0",
    ])  # fmt: skip


def test_rebuilt_totals_are_what_posting_made(kept: Any, at: Any) -> None:
    def rows() -> list[tuple[Any, ...]]:
        found = DailyTotal.objects.exclude(count=0, total=0)
        return sorted(
            found.values_list(
                "book", "account", "unit", "day", "category", "source", "party", "count", "total"
            )
        )

    posted = rows()
    DailyTotal.objects.filter(book=kept.book).update(total=77, count=5)
    assert not verify.verify(kept.book).ok
    assert verify.rebuild_totals(book=kept.book, at=at + timedelta(1)) == 5
    assert rows() == posted
    assert verify.verify().ok
    assert (
        Record.objects.get(deed="ledger.rebuild_totals").sentence
        == "按分录重算「安和镇账簿」的日合计，共 5 行"
    )
