"""The recommended book finds the truth better than counting problems, and hiding them does not pay under it."""

import statistics

import pytest

from bench import fairness
from wenming.outcomes.scoring import reading
from wenming.outcomes.scoring.book import Book

WORLDS = range(20)
RAW, SEED, FAIR = (reading.read(path) for path in fairness.BOOKS.values())


def mean(values: list[float]) -> float:
    return statistics.fmean(values)


def agreements(book: Book) -> list[float]:
    return [fairness.agreement(book, world) for world in WORLDS]


def test_fair_book_agrees_with_the_streets_far_better_than_raw_counts() -> None:
    raw, fair = agreements(RAW), agreements(FAIR)
    assert mean(fair) > 0.5
    assert mean(fair) > mean(raw) + 0.2
    assert mean([f > r for f, r in zip(fair, raw, strict=True)]) > 0.8


@pytest.mark.parametrize("book", [SEED, FAIR], ids=["seed", "fair"])
def test_hiding_problems_does_not_pay(book: Book) -> None:
    assert mean([fairness.hiding_pays(book, world) for world in WORLDS]) <= 0


def test_hiding_pays_where_problems_are_merely_counted() -> None:
    """The simulation can tell the difference: this is what unfair rules reward."""
    assert mean([fairness.hiding_pays(RAW, world) for world in WORLDS]) > 1


def test_a_flood_of_trivial_reports_gains_nothing_under_the_fair_book() -> None:
    gains = []
    for world in WORLDS:
        members = fairness.communities(world)
        chosen = next(n for n, who in enumerate(members) if who.behaviour == fairness.HONEST)
        flooded = list(members)
        flooded[chosen] = fairness.Community(**{**vars(members[chosen]), "behaviour": fairness.FLOODS})
        code = members[chosen].code
        before, _ = fairness.places_by(FAIR, members, world)
        after, _ = fairness.places_by(FAIR, flooded, world)
        gains.append(fairness.place(before, code) - fairness.place(after, code))
    assert abs(mean(gains)) < 0.5


def test_what_is_told_changes_nothing_in_the_street() -> None:
    who = fairness.communities(1)[0]
    told = [
        fairness.Community(**{**vars(who), "behaviour": kind}) for kind in (fairness.HONEST, fairness.HIDES)
    ]
    first, second = ([(p.place, p.since, p.gone) for p in fairness.streets(each, 1)] for each in told)
    assert first == second
