"""Whatever is posted and reversed, in whatever order: the totals equal the entries, the chain holds, and the
figures equal those of a model that simply remembers every line."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenming.ledger import figures, periods, posting, provenance, verify
from wenming.ledger.metrics import Filters
from wenming.ledger.models import DailyTotal

START = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
DAYS = [date(2026, 11, 9) + timedelta(days) for days in range(0, 21, 4)]
ACCOUNTS = ["case.due", "case.fixed_due", "case.open", "drain_m"]
PERIODS = [periods.of("week", DAYS[2]), periods.of("month", DAYS[0]), periods.between(DAYS[1], DAYS[4])]
ASKED = ["fix_rate", "overdue", "open", "drain_m"]


@dataclass(frozen=True)
class Told:
    """A line as the model remembers it."""

    voucher: UUID
    account: str
    unit: str
    day: date
    category: str
    source: str
    quantity: Decimal
    posted_at: datetime


def tenths(account: str) -> st.SearchStrategy[Decimal]:
    numbers = st.integers(-5000, 5000).filter(bool)
    return numbers.map(lambda n: Decimal(n) / 10 if account == "drain_m" else Decimal(n))


lines = st.sampled_from(ACCOUNTS).flatmap(
    lambda account: st.tuples(
        st.just(account),
        st.sampled_from(["east", "west", "bridge"]),
        st.sampled_from(DAYS),
        st.sampled_from(["06010", "06020", "09001", ""]),
        st.sampled_from(["self", "town"]),
        tenths(account),
    )
)
posts = st.tuples(st.just("post"), st.integers(0, 3), st.lists(lines, min_size=1, max_size=6))
reversals = st.tuples(
    st.just("reverse"), st.integers(0, 3), st.none() | st.sets(st.sampled_from(ACCOUNTS), min_size=1)
)
stories = st.lists(posts | reversals, min_size=1, max_size=10)


def play(story: list[Any], books: SimpleNamespace) -> list[Told]:
    """Post the story to the ledger, hour by hour, and remember it; returns what the model holds."""
    told: list[Told] = []
    for hour, (deed, number, what) in enumerate(story):
        at, paper = START + timedelta(hours=hour), posting.Voucher("case", UUID(int=number + 1))
        if deed == "post":
            posting.post(
                town=books.town,
                lines=[
                    posting.Line(account, getattr(books, unit), quantity, day, category=category, source=source)
                    for account, unit, day, category, source, quantity in what
                ],
                voucher=paper, at=at,
            )  # fmt: skip
            told += [Told(paper.uuid, account, unit, day, category, source, quantity, at)
                     for account, unit, day, category, source, quantity in what]  # fmt: skip
            continue
        standing: dict[tuple[Any, ...], int] = defaultdict(int)
        for one in told:
            if one.voucher == paper.uuid and (what is None or one.account in what):
                standing[one.account, one.unit, one.day, one.category, one.source, one.quantity] += 1
        made = posting.reverse(voucher=paper, accounts=what, at=at)
        back = []
        for (account, unit, day, category, source, quantity), count in standing.items():
            # A line and its reversal stand at n and m; what is left of n − m is taken back now.
            left = count - standing.get((account, unit, day, category, source, -quantity), 0)
            back += [Told(paper.uuid, account, unit, day, category, source, -quantity, at)] * max(0, left)
        assert sum(entry.quantity for entry in made) == sum(one.quantity for one in back)
        told += back
    return told


def expected(told: list[Told], metric: str, period: periods.Period, as_of: datetime, filters: Filters) -> Any:
    """The same figure, the plain way."""
    seen = [
        one for one in told
        if one.posted_at <= as_of and one.category.startswith(filters.category)
        and (not filters.sources or one.source in filters.sources)
    ]  # fmt: skip

    def total(account: str, first: date, last: date) -> Decimal:
        return sum(
            (one.quantity for one in seen if one.account == account and first <= one.day <= last), Decimal(0)
        )

    today = min(period.end, as_of.date() if as_of.hour < 16 else as_of.date() + timedelta(1))
    due, fixed = (total(f"case.{name}", period.start, today) for name in ("due", "fixed_due"))
    return {
        "fix_rate": (fixed, due),
        "overdue": (due - fixed, None),
        "open": (total("case.open", date.min, period.end), None),
        "drain_m": (total("drain_m", period.start, period.end), None),
    }[metric]


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    story=stories,
    back=st.integers(0, 10),
    filters=st.builds(
        Filters, st.sampled_from(["", "06", "06010"]), st.sampled_from([(), ("self",), ("self", "town")])
    ),
)
def test_ledger_equals_a_plain_memory(
    story: list[Any], back: int, filters: Filters, books: SimpleNamespace
) -> None:
    with transaction.atomic():
        told = play(story, books)
        assert verify.verify().faults == []
        now = START + timedelta(hours=len(story) + 12)
        then = START + timedelta(hours=back)
        for period in PERIODS:
            for metric in ASKED:
                asked: dict[str, Any] = {"scope": books.county, "period": period, "filters": filters}
                present = figures.value(metric, at=now, **asked)
                past = figures.value(metric, at=now, as_of=then, **asked)
                assert (present.numerator, present.denominator) == expected(
                    told, metric, period, now, filters
                )
                assert (past.numerator, past.denominator) == expected(told, metric, period, then, filters)
        kept = provenance.take(metric="fix_rate", at=now, as_of=then, **asked)
        assert (kept.numerator, kept.denominator) == expected(told, "fix_rate", period, then, filters)
        assert provenance.intact(kept)
        book_totals = DailyTotal.objects.exclude(count=0, total=0)
        before = sorted(
            book_totals.values_list("account", "unit", "day", "category", "source", "count", "total")
        )
        for book in verify.Book.objects.all():
            verify.rebuild_totals(book=book, at=now)
        assert (
            sorted(book_totals.values_list("account", "unit", "day", "category", "source", "count", "total"))
            == before
        )
        transaction.set_rollback(True)
