from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from wenming.common.errors import Conflict, DomainError
from wenming.ledger import accounts, appending, posting
from wenming.ledger.models import ALL_DAYS, Account, Book, DailyTotal, Entry

MONDAY = date(2026, 11, 16)


def totals() -> list[tuple[Any, ...]]:
    rows = DailyTotal.objects.order_by("account__code", "unit__name", "day", "category", "source")
    return list(
        rows.values_list("account__code", "unit__name", "day", "category", "source", "count", "total")
    )


def test_post_numbers_and_chains_in_the_book_of_the_town(
    books: Any, line: Any, voucher: Any, at: Any
) -> None:
    paper = voucher()
    first, second = posting.post(
        town=books.east,
        lines=[
            line(
                accounts.CASE_REPORTED,
                books.east,
                MONDAY,
                category="06010",
                source="town",
                party=books.police,
            ),
            line("drain_m", books.east, MONDAY, Decimal("12.5")),
        ],
        voucher=paper,
        at=at,
    )
    (third,) = posting.post(
        town=books.town, lines=[line("banners", books.west, MONDAY)], voucher=paper, at=at
    )
    (elsewhere,) = posting.post(
        town=books.other, lines=[line("banners", books.bridge, MONDAY)], voucher=paper, at=at
    )

    assert [first.number, second.number, third.number, elsewhere.number] == [1, 2, 3, 1]
    assert first.previous_hash == elsewhere.previous_hash == ""
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    book = Book.objects.get(unit=books.town)
    assert (book.entry_count, book.head_hash) == (3, third.hash)
    stored = Entry.objects.get(pk=first.pk)
    assert appending.digest(stored, accounts.CASE_REPORTED) == first.hash
    assert (stored.party, stored.category, stored.quantity) == (books.police, "06010", 1)


def test_post_adds_to_daily_totals(books: Any, line: Any, voucher: Any, at: Any) -> None:
    for quantity in ("0.1", "0.2", "12.5"):
        posting.post(
            town=books.town,
            lines=[line("drain_m", books.east, MONDAY, Decimal(quantity))],
            voucher=voucher(),
            at=at,
        )
    posting.post(
        town=books.town,
        lines=[line("case.open", books.east, MONDAY, source="town"),
               line("case.open", books.east, MONDAY + timedelta(1), -1, source="town")],
        voucher=voucher(), at=at,
    )  # fmt: skip
    assert totals() == [
        ("case.open", "东门社区", MONDAY, "", "town", 1, 1),
        ("case.open", "东门社区", MONDAY + timedelta(1), "", "town", 1, -1),
        ("case.open", "东门社区", ALL_DAYS, "", "town", 2, 0),
        ("drain_m", "东门社区", MONDAY, "", "", 3, Decimal("12.8")),
    ]


def test_reverse_takes_back_on_the_same_day(books: Any, line: Any, voucher: Any, at: Any) -> None:
    paper, later = voucher(), at + timedelta(days=9)
    originals = posting.post(
        town=books.town,
        lines=[line("case.due", books.east, MONDAY, category="06010"), line("case.fixed", books.east, MONDAY)],
        voucher=paper, at=at,
    )  # fmt: skip
    (back,) = posting.reverse(voucher=paper, accounts=["case.due"], at=later)
    assert (back.reverses, back.quantity, back.occurred_on, back.posted_at) == (
        originals[0],
        -1,
        MONDAY,
        later,
    )
    assert totals() == [
        ("case.due", "东门社区", MONDAY, "06010", "", 0, 0),
        ("case.fixed", "东门社区", MONDAY, "", "", 1, 1),
    ]
    assert list(posting.live_entries(paper)) == [originals[1]]
    (rest,) = posting.reverse(voucher=paper, at=later)
    assert rest.reverses == originals[1]
    assert posting.reverse(voucher=paper, at=later) == []


def test_reverse_on_another_day(books: Any, line: Any, voucher: Any, at: Any) -> None:
    paper, tuesday = voucher(), MONDAY + timedelta(1)
    posting.post(town=books.town, lines=[line("case.fixed", books.east, MONDAY)], voucher=paper, at=at)
    posting.reverse(voucher=paper, at=at, occurred_on=tuesday)
    assert totals() == [
        ("case.fixed", "东门社区", MONDAY, "", "", 1, 1),
        ("case.fixed", "东门社区", tuesday, "", "", -1, -1),
    ]


def test_reverse_leaves_other_vouchers_alone(books: Any, line: Any, voucher: Any, at: Any) -> None:
    mine, yours = voucher(), voucher()
    for paper in (mine, yours):
        posting.post(town=books.town, lines=[line("banners", books.east, MONDAY)], voucher=paper, at=at)
    posting.reverse(voucher=mine, at=at)
    assert posting.live_entries(yours).count() == 1
    assert posting.reverse(voucher=posting.Voucher("order", yours.uuid), at=at) == []


def test_post_reversing_moves_a_deadline_in_one_go(books: Any, line: Any, voucher: Any, at: Any) -> None:
    paper, friday = voucher(), MONDAY + timedelta(4)
    posting.post(
        town=books.town, lines=[line("case.due", books.east, MONDAY), line("case.dispatched", books.east, MONDAY)],
        voucher=paper, at=at,
    )  # fmt: skip
    back, new = posting.post(
        town=books.town,
        lines=[line("case.due", books.east, friday)],
        voucher=paper,
        at=at,
        reversing=["case.due"],
    )
    assert (back.quantity, back.occurred_on, new.quantity, new.occurred_on) == (-1, MONDAY, 1, friday)
    assert totals() == [
        ("case.dispatched", "东门社区", MONDAY, "", "", 1, 1),
        ("case.due", "东门社区", MONDAY, "", "", 0, 0),
        ("case.due", "东门社区", friday, "", "", 1, 1),
    ]


def test_an_entry_is_reversed_only_once(books: Any, line: Any, voucher: Any, at: Any) -> None:
    paper = voucher()
    posting.post(town=books.town, lines=[line("banners", books.east, MONDAY)], voucher=paper, at=at)
    pending = posting._taken_back(paper, at, None, None)
    posting.reverse(voucher=paper, at=at)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        posting._write(pending, voucher=paper, at=at)
    assert refused.value.code == "already_reversed"


@pytest.mark.parametrize(
    ("account", "quantity", "code"),
    [
        ("case.nothing", 1, "account_unknown"),
        ("case.fixed", 0, "quantity_zero"),
        ("case.fixed", Decimal("NaN"), "quantity_zero"),
        ("case.fixed", Decimal("0.5"), "quantity_decimals"),
        ("drain_m", Decimal("0.25"), "quantity_decimals"),
        ("drain_m", Decimal("1e40"), "quantity_too_large"),
        ("slogans", 1, "account_retired"),
    ],
)
def test_post_refuses(
    books: Any, line: Any, voucher: Any, at: Any, account: str, quantity: Any, code: str
) -> None:
    Account.objects.filter(code="slogans").update(active=False)
    with pytest.raises(DomainError) as refused:
        posting.post(
            town=books.town, lines=[line(account, books.east, MONDAY, quantity)], voucher=voucher(), at=at
        )
    assert refused.value.code == code
    assert Entry.objects.count() == DailyTotal.objects.count() == 0


@pytest.mark.parametrize(
    ("code", "typed", "refusal"),
    [
        ("garbage_loads", "三车", "quantity_invalid"),
        ("garbage_loads", "-3", "quantity_invalid"),
        ("garbage_loads", "inf", "quantity_invalid"),
        ("garbage_loads", "0", "quantity_zero"),
        ("garbage_loads", "1.5", "quantity_decimals"),
        ("garbage_loads", "9999999999", "quantity_too_large"),
        ("case.fixed", "1", "account_unknown"),
        ("gold_bars", "1", "account_unknown"),
    ],
)
def test_check_quantities_refuses(books: Any, code: str, typed: str, refusal: str) -> None:
    with pytest.raises(DomainError) as refused:
        posting.check_quantities({code: typed})
    assert refused.value.code == refusal


def test_check_quantities_reads_what_people_type(books: Any) -> None:
    typed = {"garbage_loads": " 3 ", "drain_m": "2.5"}
    assert posting.check_quantities(typed) == {"garbage_loads": 3, "drain_m": Decimal("2.5")}


@pytest.mark.parametrize("count", [1, 30])
def test_post_costs_the_same_however_many_lines(
    books: Any, line: Any, voucher: Any, at: Any, django_assert_num_queries: Any, count: int
) -> None:
    posting.post(town=books.town, lines=[line("banners", books.east, MONDAY)], voucher=voucher(), at=at)
    codes = list(Account.objects.values_list("code", flat=True)[:count])
    lines = [line(code, books.west, MONDAY, place_id=None) for code in codes]
    # The book with the accounts; entries, totals and head, which PostgreSQL takes in one message.
    with django_assert_num_queries(2 if connection.vendor == "postgresql" else 4):
        posting.post(town=books.town, lines=lines, voucher=voucher(), at=at)


@pytest.mark.parametrize("count", [1, 30])
def test_reverse_costs_the_same_however_many_lines(
    books: Any, line: Any, voucher: Any, at: Any, django_assert_num_queries: Any, count: int
) -> None:
    paper = voucher()
    codes = list(Account.objects.values_list("code", flat=True)[:count])
    posting.post(
        town=books.town, lines=[line(code, books.west, MONDAY) for code in codes], voucher=paper, at=at
    )
    with django_assert_num_queries(3 if connection.vendor == "postgresql" else 5):
        posting.reverse(voucher=paper, at=at)


def test_post_without_lines_asks_nothing(
    tree: Any, voucher: Any, at: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert posting.post(town=tree.town, lines=[], voucher=voucher(), at=at) == []


@pytest.mark.django_db(transaction=True)
def test_post_outside_a_deed_is_a_mistake(books: Any, line: Any, voucher: Any, at: Any) -> None:
    with pytest.raises(RuntimeError):
        posting.post(town=books.town, lines=[line("banners", books.east, MONDAY)], voucher=voucher(), at=at)
    with pytest.raises(RuntimeError):
        posting.reverse(voucher=voucher(), at=at)


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_fails_leaves_nothing(books: Any, line: Any, voucher: Any, at: Any) -> None:
    def deed() -> None:
        with transaction.atomic():
            posting.post(
                town=books.town, lines=[line("banners", books.east, MONDAY)], voucher=voucher(), at=at
            )
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        deed()
    assert (Entry.objects.count(), DailyTotal.objects.count(), Book.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET quantity = 5",
        "UPDATE ledger_entry SET posted_at = posted_at",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry CASCADE",
        "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry",
    ],
)
def test_database_refuses_to_change_entries(books: Any, line: Any, voucher: Any, at: Any, sql: str) -> None:
    if sql.startswith("TRUNCATE") and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    if sql.startswith("INSERT") and connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no REPLACE")
    (entry,) = posting.post(
        town=books.town, lines=[line("banners", books.east, MONDAY)], voucher=voucher(), at=at
    )
    connection.check_constraints()  # PostgreSQL would complain of waiting checks before it comes to the guard
    with pytest.raises(DatabaseError, match="只许追加"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Entry.objects.values_list("hash", "quantity").get() == (entry.hash, 1)


def test_models_cannot_change_entries_either(books: Any, line: Any, voucher: Any, at: Any) -> None:
    (entry,) = posting.post(
        town=books.town, lines=[line("banners", books.east, MONDAY)], voucher=voucher(), at=at
    )
    entry.quantity = Decimal(7)
    with pytest.raises(DatabaseError, match="只许追加"), transaction.atomic():
        entry.save()
    with pytest.raises(DatabaseError, match="只许追加"), transaction.atomic():
        Entry.objects.all().delete()


def test_database_refuses_a_zero_quantity(books: Any, line: Any, voucher: Any, at: Any) -> None:
    (entry,) = posting.post(
        town=books.town, lines=[line("banners", books.east, MONDAY)], voucher=voucher(), at=at
    )
    entry.pk, entry.uuid, entry.number, entry.quantity = None, uuid4(), 2, Decimal(0)
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.save(force_insert=True)


def test_entries_are_visible_by_unit(
    books: SimpleNamespace, line: Any, voucher: Any, reader: Any, at: Any
) -> None:
    for town, unit in ((books.town, books.east), (books.town, books.west), (books.other, books.bridge)):
        posting.post(town=town, lines=[line("banners", unit, MONDAY)], voucher=voucher(), at=at)

    def seen(*units: Any) -> list[str]:
        found = Entry.objects.visible_to(reader([unit.path for unit in units]))
        return list(found.order_by("id").values_list("unit__name", flat=True))

    assert seen(books.county) == ["东门社区", "西街社区", "桥头社区"]
    assert seen(books.town) == ["东门社区", "西街社区"]
    assert seen(books.west, books.bridge) == ["西街社区", "桥头社区"]
    assert seen() == []
