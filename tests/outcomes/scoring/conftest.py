"""Scores on paper: a book, a few lines of events, and what a clerk would work out by hand."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from wenming.ledger import periods
from wenming.outcomes.scoring import engine, facts, reading
from wenming.outcomes.scoring.faults import BadInput
from wenming.outcomes.scoring.sheet import Sheet

SAMPLES = Path(__file__).resolve().parents[3] / "packs" / "scoring" / "samples"
Row = dict[str, Any]
Score = Callable[..., dict[str, Sheet]]


def units(group: str = "", *codes: str, **more: Any) -> list[Row]:
    """Lines of units of one group."""
    return [{"kind": "unit", "unit": code, "group": group, **more} for code in codes]


def event(name: str, kind: str, unit: str, on: str, **more: Any) -> Row:
    """One line; `on` is month-day of 2026."""
    return {"id": name, "kind": kind, "unit": unit, "on": f"2026-{on}", **more}


def lines(sheet: Sheet) -> list[tuple[str, Decimal]]:
    return [(line.formula, line.points) for line in sheet.lines]


def lines_of(rows: Sequence[Row]) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False).encode() for row in rows]


@pytest.fixture
def score() -> Score:
    """score("seed", rows) → sheets by unit, of October 2026 as of 5 November unless told otherwise."""

    def run(
        book: str | Path, rows: Sequence[Row], *, period: str = "2026-10", as_of: str = "2026-11-05",
        history: Sequence[Sheet] = (),
    ) -> dict[str, Sheet]:  # fmt: skip
        path = SAMPLES / f"{book}.yaml" if isinstance(book, str) else book
        sheets = engine.score(
            reading.read(path), facts.parse(lines_of(rows)), period=periods.parse(period),
            as_of=date.fromisoformat(as_of), history=history,
        )  # fmt: skip
        return {sheet.unit: sheet for sheet in sheets}

    return run


HEAD = """kind: scoring
id: test
version: "1"
title: 试验
in_force: 2026-01-01
rated: {kind: unit, groups: [社区]}
period: month
rounding: {places: 2, mode: half_up}
"""


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """book(text) writes a small book with the usual head."""

    def write(text: str, head: str = HEAD) -> Path:
        path = tmp_path / "book.yaml"
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def faults(book: Callable[..., Path]) -> Callable[..., list[str]]:
    """Faults of a book without the file name."""

    def read(text: str, head: str = HEAD) -> list[str]:
        return [each.removeprefix("book.yaml ") for each in reading.faults_of(book(text, head))]

    return read


def refusal(work: Callable[[], Any]) -> list[str]:
    """Sentences with which bad input is refused."""
    with pytest.raises(BadInput) as caught:
        work()
    return [str(fault) for fault in caught.value.faults]
