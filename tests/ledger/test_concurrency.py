"""Several desks post to one book at the same moment."""

import threading
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction

from wenming.common.errors import Conflict
from wenming.ledger import posting, verify
from wenming.ledger.models import Book, DailyTotal, Entry

MONDAY = date(2026, 11, 16)


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """Run the deeds in threads that start at once; what each returned or raised."""
    gate, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(index: int, deed: Callable[[], Any]) -> None:
        try:
            gate.wait()
            results[index] = deed()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def shared(request: Any) -> None:
    """Threads need one database: SQLite's in-memory test database is shared with nobody."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads cannot share SQLite's database in memory")


@pytest.mark.django_db(transaction=True)
def test_chain_holds_when_desks_post_together(
    shared: None, books: SimpleNamespace, line: Any, voucher: Any, at: Any
) -> None:
    def desk() -> int:
        for _ in range(10):
            with transaction.atomic():
                lines = [line("case.open", unit, MONDAY) for unit in (books.east, books.west)]
                posting.post(town=books.town, lines=lines, voucher=voucher(), at=at)
        return 10

    assert together(*[desk] * 4) == [10] * 4
    assert (Entry.objects.count(), Book.objects.get().entry_count) == (80, 80)
    assert sorted(DailyTotal.objects.values_list("count", "total")) == [(40, 40)] * 4
    assert verify.verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_a_voucher_is_reversed_by_one_desk_only(
    shared: None, books: SimpleNamespace, line: Any, voucher: Any, at: Any
) -> None:
    paper = voucher()
    with transaction.atomic():
        posting.post(town=books.town, lines=[line("case.fixed", books.east, MONDAY)], voucher=paper, at=at)

    def desk() -> int:
        with transaction.atomic():
            return len(posting.reverse(voucher=paper, at=at))

    done = together(*[desk] * 4)
    assert sum(one for one in done if isinstance(one, int)) == 1
    assert [one.code for one in done if isinstance(one, Conflict)] == ["already_reversed"] * sum(
        not isinstance(one, int) for one in done
    )
    assert list(DailyTotal.objects.values_list("count", "total")) == [(0, 0)]
    assert verify.verify().faults == []
