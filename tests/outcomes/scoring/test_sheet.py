"""Sheets as files: what is written is read back, what is no sheet is refused by line."""

import json
from pathlib import Path

from tests.outcomes.scoring.conftest import Score, event, refusal, units
from wenming.outcomes.scoring import sheet


def test_a_sheet_is_read_back_as_it_was(score: Score, tmp_path: Path) -> None:
    rows = [*units("街巷", "a"), event("1", "red_flag", "a", "01-08", quantity=0.1)]
    found = score("r20", rows, period="2026-01")["a"]
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({"sheets": [found.data()]}) + "\n", encoding="utf-8")
    back = sheet.read_history(path)[0]
    assert (back.exact, back.place, back.period, back.items[0].score) == (
        found.exact, 1, "2026-01", found.items[0].score)  # fmt: skip
    again = score("r20", units("街巷", "a"), period="2026-02", history=[back])["a"]
    assert again.total == found.total


def test_history_with_faults_is_refused_by_line(score: Score, tmp_path: Path) -> None:
    found = score("r20", units("街巷", "a"), period="2026-01")["a"].data()
    path = tmp_path / "history.jsonl"
    bad = [
        found,
        found,
        found | {"period": "2026-13"},
        found | {"unit": "b", "place": "first"},
        {"x": 1},
        [found],
    ]
    bad.append(found | {"unit": "c", "exact": "1e40"})
    path.write_text("\n".join(json.dumps(row) for row in bad), encoding="utf-8")
    said = "不是一张成绩单（wenming score run --json 的输出）"
    assert refusal(lambda: sheet.read_history(path)) == [
        "history.jsonl 第 2 行：a 的 2026-01 成绩单写了两次",
        *[f"history.jsonl 第 {line} 行：{said}" for line in (3, 4, 5, 6, 7)],
    ]
