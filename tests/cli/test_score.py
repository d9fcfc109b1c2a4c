"""`wenming score`: books and scores on paper, no database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import ROOT

Run = Callable[..., Any]
SEED = ROOT / "packs" / "scoring" / "samples" / "seed.yaml"
ROWS = [
    {"kind": "unit", "unit": "east", "name": "东门社区", "group": "社区"},
    {"kind": "unit", "unit": "west", "name": "西街社区", "group": "社区"},
    {
        "id": "e1",
        "kind": "found",
        "unit": "east",
        "on": "2026-01-03",
        "by_level": "county",
        "place": "建设巷",
    },
]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_score_run_and_its_answer_is_the_history_of_the_next_month(wenming: Run, tmp_path: Path) -> None:
    january = written(tmp_path / "1.jsonl", ROWS)
    said = wenming(
        "score", "run", SEED, "--events", january, "--period", "2026-01", "--as-of", "2026-02-05", "--json"
    )
    assert said.code == 0
    assert [(s["unit"], s["total"], s["place"]) for s in said.json["sheets"]] == [
        ("west", "100", 1),
        ("east", "98", 2),
    ]
    assert [p["action"] for p in said.json["sheets"][1]["proposals"]] == ["提醒"]
    history = written(tmp_path / "history.jsonl", [said.json])
    february = written(tmp_path / "2.jsonl", [*ROWS[:2], ROWS[2] | {"on": "2026-02-03"}])
    said = wenming("score", "run", SEED, "--events", february, "--period", "2026-02", "--as-of", "2026-03-05",
                   "--history", history, "--json")  # fmt: skip
    assert [p["action"] for p in said.json["sheets"][1]["proposals"]] == ["约谈主要负责人"]
    assert (said.json["sheets"][1]["change"], said.json["sheets"][1]["change_places"]) == ("0", 0)


def test_score_run_shows_formulas_to_people(wenming: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "1.jsonl", ROWS)
    said = wenming("score", "run", SEED, "--events", file, "--period", "2026-01", "--as-of", "2026-02-05")
    assert "发现问题：−2（county）［e1］" in said.out


def test_score_refuses_bad_books_and_events_with_lines(wenming: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(SEED.read_text(encoding="utf-8").replace("op: per_event", "op: fine"), encoding="utf-8")
    said = wenming("score", "check", SEED, bad, "--json")
    assert (said.code, said.json["ok"], said.json["books"], len(said.json["faults"])) == (1, False, 2, 1)
    assert "bad.yaml 第 26 行：不认识的算子「fine」" in said.json["faults"][0]
    events = written(tmp_path / "e.jsonl", [*ROWS, ROWS[2]])
    said = wenming("score", "run", SEED, "--events", events, "--period", "2026-01", "--json")
    assert (said.code, said.json["code"]) == (1, "scoring_invalid")
    assert said.json["message"] == "e.jsonl 第 4 行：事件编号「e1」重复（第 3 行已有）"
    said = wenming(
        "score", "run", SEED, "--events", events, "--period", "2026-01", "--as-of", "soon", "--json"
    )
    assert said.json["code"] == "as_of_invalid"
