"""Rates drawn to the mean of the group: worked by hand, and what the drawing is for."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tests.outcomes.scoring.conftest import HEAD, Score, event, units
from wenming.outcomes.scoring import reading

D = Decimal
BOOK = """items:
  - id: clean
    title: 问题率
    full: 60
    start: zero
    missing: not_ranked
    rules:
      - {id: r, op: pooled_rate, numerator: {kind: found}, denominator: {kind: site}, draw: 6, best: 0, worst: 40, full: 60%s}
"""
Book = Callable[..., Path]


def visits(unit: str, sites: int, found: int) -> list[dict[str, object]]:
    rows = [event(f"{unit}s{n}", "site", unit, "10-05", place=f"{n}") for n in range(sites)]
    return rows + [event(f"{unit}f{n}", "found", unit, "10-05", place=f"{n}") for n in range(found)]


def test_rate_is_drawn_to_the_mean_of_the_group_by_so_many_places(book: Book, score: Score) -> None:
    rows = [*units("社区", "x", "y"), *visits("x", 4, 1), *visits("y", 36, 11)]
    sheets = score(book(BOOK % ""), rows)
    # Group 12/40 = 0.3. x: (1 + 6 × 0.3) ÷ 10 = 28 %, 12/40 of the way from 40 to 0. y: (11 + 1.8) ÷ 42.
    assert sheets["x"].items[0].score == D(18)
    assert sheets["x"].lines[0].formula == (
        "1 ÷ 4，向本组 12 ÷ 40 收缩：(1 + 6 × 0.3) ÷ (4 + 6) = 28%；0% 满分，40% 零分，60 × 0.3 = 18"
    )
    exact = D(60) * (D(40) - D("1280") / D(42)) / D(40)
    assert abs(sheets["y"].items[0].score - exact) < D("1e-20")  # type: ignore[operator]


def test_one_lucky_visit_does_not_beat_a_long_good_record(book: Book, score: Score) -> None:
    rows = [*units("社区", "lucky", "proved", "bad")]
    rows += [*visits("lucky", 1, 0), *visits("proved", 40, 1), *visits("bad", 20, 9)]
    sheets = score(book(BOOK % ""), rows)
    assert sheets["proved"].items[0].score > sheets["lucky"].items[0].score > sheets["bad"].items[0].score  # type: ignore[operator]


def test_groups_are_drawn_to_their_own_mean_and_those_left_out_pull_nobody(book: Book, score: Score) -> None:
    rows = [*units("社区", "x"), *units("村", "v"), *units("社区", "away", assessed=False)]
    rows += [*visits("x", 10, 2), *visits("v", 10, 4), *visits("away", 100, 100)]
    sheets = score(book(BOOK % "", HEAD.replace("[社区]", "[社区, 村]")), rows)
    assert "向本组 2 ÷ 10 收缩" in sheets["x"].lines[0].formula
    assert "向本组 4 ÷ 10 收缩" in sheets["v"].lines[0].formula


def test_too_few_places_are_missing_not_zero(book: Book, score: Score) -> None:
    rows = [*units("社区", "x", "y"), *visits("x", 2, 0), *visits("y", 9, 3)]
    ranked = BOOK % ", least: 3" + "ranking: {by: group, ties: competition}\n"
    sheets = score(book(ranked), rows)
    assert (sheets["x"].total, sheets["x"].place, sheets["x"].not_ranked) == (
        None,
        None,
        "「问题率」没有可算的数据",
    )
    assert sheets["y"].place == 1


def test_book_without_strength_or_with_equal_ends_is_refused_by_line(book: Book) -> None:
    lacking = reading.faults_of(book(BOOK.replace("draw: 6, ", "") % ""))
    assert len(lacking) == 1
    assert "缺少「draw」" in lacking[0]
    equal = reading.faults_of(book(BOOK.replace("worst: 40", "worst: 0") % ""))
    assert "要不同" in equal[0]
    silent = reading.faults_of(book(BOOK.replace("    missing: not_ranked\n", "") % ""))
    assert "要写「missing」" in silent[0]
