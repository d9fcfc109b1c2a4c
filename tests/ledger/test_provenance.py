from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods, posting, provenance, queries
from wenming.ledger.metrics import Filters
from wenming.ledger.models import Entry, Figure, MetricRow

MONDAY = date(2026, 11, 16)
WEEK = periods.of("week", MONDAY)


@pytest.fixture
def cases(books: SimpleNamespace, line: Any, voucher: Any, at: Any) -> list[posting.Voucher]:
    """Three problems of 东门 due on Monday, the first two put right."""
    papers = [voucher() for _ in range(3)]
    for number, paper in enumerate(papers):
        lines = [
            line("case.due", books.east, MONDAY),
            line("case.reported", books.east, MONDAY, source="town"),
        ]
        if number < 2:
            lines.append(line("case.fixed_due", books.east, MONDAY))
        posting.post(town=books.town, lines=lines, voucher=paper, at=at)
    return papers


def test_taken_figure_knows_everything_about_itself(books: Any, cases: Any, at: Any) -> None:
    document = uuid4()
    taken = provenance.take(metric="fix_rate", scope=books.town, period=WEEK, at=at, document=document)
    figure = Figure.objects.get(uuid=taken.uuid)
    assert (figure.value, figure.numerator, figure.denominator) == (Decimal("66.7"), 2, 3)
    assert (figure.name, figure.text, figure.measure, figure.entry_count) == ("整改率", "66.7%", "%", 5)
    assert (figure.scope, figure.as_of, figure.document_uuid) == (books.town, at, document)
    assert figure.definition == MetricRow.objects.get(code="fix_rate").spec["definition"]
    assert provenance.period_of(figure) == WEEK
    assert [entry.number for entry in provenance.entries(figure)] == [1, 3, 4, 6, 7]
    assert provenance.vouchers(figure) == sorted(
        [(cases[0], 1, 1), (cases[1], 1, 1), (cases[2], 0, 1)], key=lambda each: each[0].uuid.hex
    )
    assert provenance.intact(figure)
    assert provenance.changed(figure, at=at) is None


def test_figure_stays_when_the_books_are_corrected(books: Any, cases: Any, line: Any, at: Any) -> None:
    figure = provenance.take(metric="fix_rate", scope=books.town, period=WEEK, at=at)
    later = at + timedelta(days=1)
    posting.reverse(voucher=cases[1], accounts=["case.fixed_due"], at=later)

    figure.refresh_from_db()
    assert figure.text == "66.7%"
    assert provenance.intact(figure)
    assert provenance.now_value(figure, at=later).explained == "33.3%（1/3）"
    assert provenance.changed(figure, at=later) == provenance.now_value(figure, at=later)
    again = provenance.take(metric="fix_rate", scope=books.town, period=WEEK, at=later, as_of=at)
    assert (again.text, again.digest) == (figure.text, figure.digest)
    new = provenance.take(metric="fix_rate", scope=books.town, period=WEEK, at=later)
    # The corrected case stands in the denominator only; its fixing and the reversal cancel out.
    assert (cases[1], 0, 1) in provenance.vouchers(new)


def test_entries_posted_later_with_an_old_date_cannot_reach_a_figure(
    books: Any, cases: Any, line: Any, voucher: Any, at: Any
) -> None:
    figure = provenance.take(metric="due", scope=books.town, period=WEEK, at=at)
    before = at - timedelta(hours=1)
    posting.post(town=books.town, lines=[line("case.due", books.east, MONDAY)], voucher=voucher(), at=before)
    posting.post(
        town=books.other, lines=[line("case.due", books.bridge, MONDAY)], voucher=voucher(), at=before
    )
    assert (figure.value, provenance.entries(figure).count()) == (3, 3)
    assert provenance.intact(figure)
    assert provenance.now_value(figure, at=at).number == 4


def test_a_unit_moved_later_does_not_change_a_figure(books: Any, cases: Any, at: Any) -> None:
    figure = provenance.take(metric="due", scope=books.town, period=WEEK, at=at)
    Unit.objects.filter(pk=books.east.pk).update(path=f"{books.other.path}{books.east.pk}/")
    assert provenance.intact(figure)
    assert provenance.now_value(figure, at=at).number == 0


def test_metric_redefined_later_does_not_change_the_question(books: Any, cases: Any, at: Any) -> None:
    figure = provenance.take(metric="fix_rate", scope=books.town, period=WEEK, at=at)
    MetricRow.objects.filter(code="fix_rate").delete()
    assert provenance.intact(figure)
    assert provenance.changed(figure, at=at) is None


def test_filtered_figure_finds_only_its_entries(
    books: Any, cases: Any, line: Any, voucher: Any, at: Any
) -> None:
    lines = [
        line("case.reported", books.west, MONDAY, category="06010", source="self", party=books.police),
        line("case.reported", books.west, MONDAY, category="09001", source="chief"),
    ]
    posting.post(town=books.town, lines=lines, voucher=voucher(), at=at)
    figure = provenance.take(metric="self_found_rate", scope=books.town, period=WEEK, at=at)
    assert (figure.text, figure.numerator, figure.denominator) == ("40.0%", 2, 5)
    filtered = provenance.take(
        metric="found",
        scope=books.town,
        period=WEEK,
        at=at,
        filters=Filters("06", ("self",), books.police.pk),
    )
    assert (filtered.value, provenance.entries(filtered).get().category) == (1, "06010")
    assert sum(top for _paper, top, _bottom in provenance.vouchers(figure)) == 2
    assert sum(bottom for _paper, _top, bottom in provenance.vouchers(figure)) == 5


def test_a_stock_figure_reaches_back_to_the_beginning(books: Any, line: Any, voucher: Any, at: Any) -> None:
    gone, stays = voucher(), voucher()
    for paper in (gone, stays):
        posting.post(
            town=books.town, lines=[line("case.open", books.east, date(2025, 3, 1))], voucher=paper, at=at
        )
    posting.post(town=books.town, lines=[line("case.open", books.east, MONDAY, -1)], voucher=gone, at=at)
    figure = provenance.take(metric="open", scope=books.town, period=WEEK, at=at)
    assert (figure.text, figure.entry_count) == ("1处", 3)
    assert provenance.vouchers(figure) == [(stays, 1, 0)]


def test_figure_over_nothing(books: Any, at: Any) -> None:
    figure = provenance.take(metric="in_time_rate", scope=books.town, period=WEEK, at=at)
    assert (figure.value, figure.text, figure.entry_count) == (None, "无应整改", 0)
    assert provenance.intact(figure)
    assert provenance.changed(figure, at=at) is None


def test_tampering_shows_in_the_figure(books: Any, cases: Any, at: Any, tampered: Any) -> None:
    figure = provenance.take(metric="due", scope=books.town, period=WEEK, at=at)
    victim = Entry.objects.filter(account__code="case.due").first()
    tampered("UPDATE ledger_entry SET occurred_on = '2026-11-01' WHERE id = %s", victim.pk)
    assert not provenance.intact(figure)


def test_taking_a_figure_costs_five_statements(
    books: Any, cases: Any, at: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        provenance.take(metric="fix_rate", scope=books.town, period=WEEK, at=at)


def test_entries_of_a_rate_over_a_stock_are_those_it_counts(
    books: Any, line: Any, voucher: Any, at: Any
) -> None:
    lines = [
        line("volunteers", books.east, date(2025, 3, 1), 65),
        line("vol_first", books.east, date(2025, 5, 1), 30),
        line("vol_first", books.east, date(2026, 5, 1), 63),
    ]
    posting.post(town=books.town, lines=lines, voucher=voucher(), at=at)
    figure = provenance.take(metric="vol_rate", scope=books.town, period=periods.parse("2026"), at=at)
    assert (figure.text, figure.entry_count) == ("97%", 2)
    assert [(str(e.account), e.occurred_on.year) for e in provenance.entries(figure)] == [
        ("志愿者", 2025),
        ("有服务记录的志愿者", 2026),
    ]
    assert [(top, bottom) for _voucher, top, bottom in provenance.vouchers(figure)] == [(63, 65)]
    assert provenance.intact(figure)
    metric = figures.metric("vol_rate")
    shown = queries.within(Entry.objects.all(), metric, periods.parse("2026"), date(2026, 11, 22))
    assert set(shown) == set(provenance.entries(figure))


def test_entries_behind_a_number_of_communities_are_theirs(
    books: Any, line: Any, voucher: Any, at: Any
) -> None:
    papers = [voucher() for _ in range(3)]
    for paper, who in zip(papers, (books.east, books.east, books.police), strict=True):
        posting.post(town=books.town, lines=[line("order.issued", who, MONDAY)], voucher=paper, at=at)
    figure = provenance.take(metric="orders_units", scope=books.town, period=WEEK, at=at)
    assert (figure.text, figure.entry_count) == ("1个", 2)
    assert {paper.uuid for paper, _top, _bottom in provenance.vouchers(figure)} == {
        paper.uuid for paper in papers[:2]
    }
    metric = figures.metric("orders_units")
    assert queries.behind(Entry.objects.all(), metric).count() == 2
    posting.post(town=books.town, lines=[line("order.issued", books.west, MONDAY)], voucher=voucher(), at=at)
    assert provenance.changed(figure, at=at).text == "2个"
    assert provenance.intact(figure)
