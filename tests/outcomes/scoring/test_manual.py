"""docs/scoring.md, followed literally: the ten-minute page and the worked example of every operator."""

import re
from pathlib import Path

import pytest

from tests.outcomes.scoring.conftest import HEAD, Score
from wenming.ledger import periods
from wenming.outcomes.scoring import engine, facts, reading
from wenming.outcomes.scoring.operators import OPERATORS

MANUAL = (Path(__file__).resolve().parents[3] / "docs" / "scoring.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(yaml|jsonl|text)\n(.*?)```", re.DOTALL)


def section(title: str) -> list[str]:
    """Texts of the blocks under a heading."""
    start = MANUAL.index(title)
    end = re.search(r"\n#{2,3} ", MANUAL[start + 4 :])
    return [
        text for _, text in BLOCK.findall(MANUAL[start : start + 4 + end.start()] if end else MANUAL[start:])
    ]


def test_the_ten_minute_page_gives_what_it_says(tmp_path: Path) -> None:
    book, events, formulas = section("## 十分钟写一本")
    path = tmp_path / "my.yaml"
    path.write_text(book, encoding="utf-8")
    assert reading.faults_of(path) == []
    history, found = [], {}
    for month in ("01", "02"):
        moved = events.replace("2026-01", f"2026-{month}")
        period = periods.parse(f"2026-{month}")
        sheets = engine.score(
            reading.read(path), facts.parse(moved.encode().splitlines()), period=period, as_of=period.end, history=history
        )  # fmt: skip
        history, found = [*history, *sheets], {sheet.unit: sheet for sheet in sheets}
        if month == "01":
            assert [line.formula for line in found["east"].lines] == formulas.splitlines()
            assert (str(found["east"].total), str(found["west"].total)) == ("94.00", "100.00")
            assert found["east"].proposals == ()
    assert [(p.title, p.action, p.why) for p in found["east"].proposals] == [
        ("连续末位约谈", "约谈主要负责人", "末位，连续第 2 次")
    ]


EXAMPLES = [name for name in OPERATORS if name not in ("of_item", "from_history", "opening")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_worked_example_of_an_operator(name: str, tmp_path: Path, score: Score) -> None:
    rule, events, formulas = section(f"### {name} ")
    attributes = "attributes:\n  - {name: length, title: 长, type: number}\n  - {name: vote, title: 选票, type: text}\n"
    body = "".join(f"      {line}\n" for line in rule.splitlines())
    path = tmp_path / "book.yaml"
    path.write_text(f"{HEAD}{attributes}items:\n  - id: a\n    title: 例\n    missing: not_ranked\n    rules:\n{body}", encoding="utf-8")  # fmt: skip
    lines = [b'{"kind":"unit","unit":"x","group":"\xe7\xa4\xbe\xe5\x8c\xba"}', *events.encode().splitlines()]
    period = periods.parse("2026-10")
    sheet = engine.score(reading.read(path), facts.parse(lines), period=period, as_of=period.end)[0]
    assert [line.formula for line in sheet.lines] == formulas.splitlines()


def test_every_operator_is_in_the_manual() -> None:
    assert [name for name in OPERATORS if name not in MANUAL] == []
