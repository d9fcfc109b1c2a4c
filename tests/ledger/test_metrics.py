from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.common.errors import DomainError
from wenming.ledger.metrics import AVERAGE, COUNT, RATIO, SUM, Filters, Metric, Tally, Term

D = Decimal


def metric(kind: str, measure: str = "处", decimals: int = 0, empty: str = "无数据") -> Metric:
    return Metric("m", "指标", kind, measure, decimals, "口径", (Term("a"),), (Term("b"),), empty=empty)


def tally(*added: tuple[int, int, str]) -> Tally:
    """(side, count, total) …"""
    made = Tally()
    for side, count, total in added:
        made.add(side, 1, count, D(total))
    return made


@pytest.mark.parametrize(
    ("made", "added", "number", "explained"),
    [
        (metric(SUM), [(0, 3, "12")], D(12), "12处"),
        (metric(SUM), [(0, 3, "12345")], D(12345), "12,345处"),
        (metric(SUM, "米", 1), [(0, 1, "2.5")], D("2.5"), "2.5米"),
        (metric(COUNT), [(0, 3, "12")], D(3), "3处"),
        (metric(AVERAGE, "小时", 1), [(0, 3, "10")], D("3.3"), "3.3小时（10/3）"),
        (metric(AVERAGE, "小时", 1), [], None, "无数据"),
        (metric(RATIO, "%", 1), [(0, 1, "19"), (1, 1, "20")], D("95.0"), "95.0%（19/20）"),
        (metric(RATIO, "%", 1), [(0, 1, "1"), (1, 1, "8")], D("12.5"), "12.5%（1/8）"),
        (metric(RATIO, "%", 0), [(0, 1, "1"), (1, 1, "8")], D("13"), "13%（1/8）"),
        (metric(RATIO, "处/人", 2), [(0, 1, "7"), (1, 1, "4")], D("1.75"), "1.75处/人（7/4）"),
        (metric(RATIO, "%", 1), [(0, 1, "100"), (1, 1, "100")], D("100.0"), "100.0%（100/100）"),
        (metric(RATIO, "%", 1, "无应整改"), [(0, 1, "1")], None, "无应整改"),
    ],
)
def test_value(
    made: Metric, added: list[tuple[int, int, str]], number: Decimal | None, explained: str
) -> None:
    value = made.value(tally(*added))
    assert (value.number, value.explained) == (number, explained)


def test_subtracted_terms_lower_the_sum() -> None:
    made = tally((0, 5, "5"))
    made.add(0, -1, 2, D(2))
    assert metric(SUM).value(made).number == 3


@pytest.mark.parametrize(
    ("term", "matches"),
    [
        (Term("a"), True),
        (Term("b"), False),
        (Term("a", category="06"), True),
        (Term("a", category="06020"), False),
        (Term("a", sources=("self", "town")), True),
        (Term("a", sources=("self",)), False),
        (Term("a", party=7), True),
        (Term("a", party=8), False),
    ],
)
def test_term_matches_an_entry(term: Term, matches: bool) -> None:
    assert term.matches("a", "06010", "town", 7) is matches


def test_narrowing_keeps_what_the_metric_says() -> None:
    found = Term("a", category="06").narrowed(Filters(sources=("self",), party=7))
    assert found == Term("a", category="06", sources=("self",), party=7)
    with pytest.raises(DomainError) as refused:
        found.narrowed(Filters(category="09"))
    assert refused.value.code == "filters_conflict"


terms = st.builds(
    Term,
    account=st.text(min_size=1),
    sign=st.sampled_from([1, -1]),
    category=st.text(),
    sources=st.lists(st.text()).map(tuple),
    party=st.integers(0, 10**9),
)


@given(st.lists(terms, min_size=1).map(tuple), st.lists(terms).map(tuple), st.booleans())
def test_json_gives_the_same_metric_back(
    top: tuple[Term, ...], bottom: tuple[Term, ...], capped: bool
) -> None:
    made = Metric("m", "指标", RATIO, "%", 1, "口径", top, bottom, capped=capped)
    assert Metric.from_json(made.to_json()) == made
