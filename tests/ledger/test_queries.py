from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from wenming.ledger import periods, posting, queries
from wenming.ledger.models import Account, Entry

MONDAY = date(2026, 11, 16)
MONTHS = periods.last(periods.of("month", MONDAY), 2)


@pytest.fixture
def written(books: SimpleNamespace, line: Any, voucher: Any, at: Any) -> SimpleNamespace:
    """Banners in October and November, a length of drain, one problem still open."""
    books.paper = voucher("campaign")
    posting.post(
        town=books.town,
        lines=[line("banners", books.east, date(2026, 10, 5), 4), line("banners", books.west, MONDAY, 2, source="town"),
               line("drain_m", books.east, MONDAY, Decimal("1.5"), category="06010")],
        voucher=books.paper, at=at,
    )  # fmt: skip
    posting.post(
        town=books.town, lines=[line("case.open", books.east, date(2026, 10, 5))], voucher=voucher(), at=at
    )
    return books


def test_statement_is_accounts_by_periods(written: Any, at: Any, django_assert_num_queries: Any) -> None:
    chosen = Account.objects.filter(code__in=["banners", "drain_m", "case.open"])
    with django_assert_num_queries(3):
        found = queries.statement(scope=written.town, periods=MONTHS, at=at, accounts=chosen)
    assert [(row.account.code, [value.text for value in row.values]) for row in found] == [
        ("case.open", ["1处", "1处"]),
        ("banners", ["4条", "2条"]),
        ("drain_m", ["0.0米", "1.5米"]),
    ]


def test_statement_of_all_accounts(written: Any, at: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        found = queries.statement(scope=written.town, periods=periods.last(MONTHS[1], 6), at=at)
    assert len(found) == Account.objects.count()
    assert queries.statement(scope=written.town, periods=MONTHS, at=at, accounts=Account.objects.none()) == []


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [4, 3, 2, 1]),
        ({"account": "banners"}, [2, 1]),
        ({"source": "town"}, [2]),
        ({"category": "06"}, [3]),
        ({"voucher_kind": "case"}, [4]),
        ({"period": periods.of("month", MONDAY)}, [3, 2]),
        ({"period": periods.of("month", MONDAY), "account": "case.open"}, []),
    ],
)
def test_journal_filters(written: Any, reader: Any, filters: dict[str, Any], numbers: list[int]) -> None:
    found = queries.journal(person=reader([written.county.path]), **filters)
    assert [entry.number for entry in found] == numbers


def test_journal_shows_only_what_the_person_may_see(written: Any, reader: Any) -> None:
    secretary = reader([written.west.path])
    assert [entry.number for entry in queries.journal(person=secretary)] == [2]
    assert list(queries.journal(person=secretary, scope=written.east)) == []
    assert [
        entry.number for entry in queries.journal(person=reader([written.town.path]), scope=written.east)
    ] == [4, 3, 1]


@pytest.mark.parametrize("count", [1, 3])
def test_journal_rows_cost_one_statement(
    written: Any, reader: Any, django_assert_num_queries: Any, count: int
) -> None:
    with django_assert_num_queries(1):
        rows = [
            (entry.account.name, entry.unit.name, entry.place, entry.party, entry.reverses, getattr(entry, "reversed_by", None))
            for entry in queries.journal(person=reader([written.town.path]))[:count]
        ]  # fmt: skip
    assert len(rows) == count


def test_voucher_entries_show_reversals_too(written: Any, at: Any) -> None:
    posting.reverse(voucher=written.paper, accounts=["banners"], at=at + timedelta(1))
    found = list(queries.voucher_entries(written.paper))
    assert [(entry.account.name, entry.quantity) for entry in found] == [
        ("横幅", 4), ("横幅", 2), ("疏通排污道", Decimal("1.5")), ("横幅", -4), ("横幅", -2),
    ]  # fmt: skip
    assert found[0].reversed_by == found[3]
    assert Entry.objects.count() == 6


def test_find_accounts_by_word(written: Any) -> None:
    town = written.town
    assert [account.name for account in queries.find("横幅", unit=town)] == ["横幅"]
    assert [account.code for account in queries.find("drain", unit=town)] == ["drain_m"]
    assert {account.group for account in queries.find("会议", unit=town)} == {"会议"}
    assert queries.find("", unit=town).count() == Account.objects.count()
