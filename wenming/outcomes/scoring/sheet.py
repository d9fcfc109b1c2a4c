"""成绩单: the answer of the engine for one unit and one period, and the memory of later periods."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from wenming.common.errors import DomainError
from wenming.ledger import periods
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.faults import Faults
from wenming.outcomes.scoring.operators.common import Line, Question


@dataclass(frozen=True)
class ItemScore:
    """One item: `score` None while a question is open, or when there was nothing to score (`missing`)."""

    id: str
    title: str
    full: Decimal | None
    score: Decimal | None
    lines: Sequence[Line] = ()
    questions: tuple[Question, ...] = ()
    missing: bool = False
    policy: str = ""
    note: str = ""
    samples: int = 0


@dataclass(frozen=True)
class Proposal:
    """后果建议: never carried out by the machine; a person confirms it and writes the ground."""

    id: str
    title: str
    action: str
    ground: str
    why: str
    amount: Decimal | None = None
    formula: str = ""
    board: str = ""


@dataclass(frozen=True)
class Lot:
    """Points of one period still in an account, until the day they expire."""

    period: str
    points: Decimal
    expires: date | None


@dataclass(frozen=True)
class Sheet:
    """`exact` is what ranking and later periods use, `total` what is shown; both None while undecided."""

    book: str
    version: str
    digest: str
    period: str
    start: date
    end: date
    as_of: date
    unit: str
    name: str
    group: str
    total: Decimal | None
    exact: Decimal | None
    items: tuple[ItemScore, ...]
    adjustments: tuple[Line, ...] = ()
    questions: tuple[Question, ...] = ()
    vetoes: tuple[str, ...] = ()
    barred: bool = False
    grade: str = ""
    place: int | None = None
    from_last: int | None = None
    prize_place: int | None = None
    """The place among those not barred from prizes: behind a barred unit the next moves up (递补)."""
    ranked: int = 0
    not_ranked: str = ""
    change: Decimal | None = None
    change_places: int | None = None
    flags: tuple[str, ...] = ()
    flag_notes: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    ladders: dict[str, bool] = field(default_factory=dict)
    lots: tuple[Lot, ...] = ()
    balance: Decimal | None = None
    hours: Decimal | None = None
    stars: int | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for item in self.items for line in item.lines) + self.adjustments

    @property
    def undecided(self) -> tuple[Question, ...]:
        return tuple(question for item in self.items for question in item.questions) + self.questions

    def data(self) -> dict[str, Any]:
        """For JSON: numbers as exact texts, absent things left out only where they cannot be meant."""
        return {
            "book": self.book, "version": self.version, "digest": self.digest, "period": self.period,
            "as_of": self.as_of.isoformat(), "unit": self.unit, "name": self.name, "group": self.group,
            "total": _number(self.total), "exact": _number(self.exact), "grade": self.grade, "place": self.place,
            "from_last": self.from_last, "prize_place": self.prize_place, "ranked": self.ranked, "not_ranked": self.not_ranked,
            "change": _number(self.change), "change_places": self.change_places,
            "items": [
                {"id": item.id, "title": item.title, "full": _number(item.full), "score": _number(item.score),
                 "missing": item.missing, "note": item.note, "samples": item.samples}
                for item in self.items
            ],
            "lines": [
                {"item": item, "rule": line.rule, "title": line.title, "events": list(line.events),
                 "formula": line.formula, "points": _number(line.points)}
                for item, line in self._placed_lines()
            ],
            "undecided": [
                {"where": each.where, "question": each.text, "events": list(each.events)} for each in self.undecided
            ],
            "vetoes": list(self.vetoes), "barred": self.barred, "flags": list(self.flags),
            "flag_notes": list(self.flag_notes),
            "proposals": [
                {"id": each.id, "title": each.title, "action": each.action, "ground": each.ground, "why": each.why,
                 "amount": _number(each.amount), "formula": each.formula, "board": each.board, "state": "待确认"}
                for each in self.proposals
            ],
            "ladders": self.ladders,
            "lots": [
                {"period": lot.period, "points": _number(lot.points),
                 "expires": lot.expires.isoformat() if lot.expires else None}
                for lot in self.lots
            ],
            "balance": _number(self.balance), "hours": _number(self.hours), "stars": self.stars,
        }  # fmt: skip

    def _placed_lines(self) -> list[tuple[str, Line]]:
        placed = [(item.id, line) for item in self.items for line in item.lines]
        return placed + [("", line) for line in self.adjustments]


def with_changes(sheet: Sheet, **changes: Any) -> Sheet:
    return replace(sheet, **changes)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else amounts.plain(amounts.settled(value))


def read_history(path: Path) -> list[Sheet]:
    """Earlier sheets: one JSON object a line, as `data` wrote them, or whole answers of a run with "sheets".

    Raises BadInput with every fault and its line.
    """
    faults = Faults(path.name)
    found: dict[tuple[str, str, str], Sheet] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        faults.add("打不开文件，或不是 UTF-8", None)
        lines = []
    for index, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows = row.get("sheets", [row])
            for each in rows:
                sheet = from_data(each)
                key = (sheet.book, sheet.unit, sheet.period)
                if key in found:
                    faults.add(f"{sheet.unit} 的 {sheet.period} 成绩单写了两次", index)
                found[key] = sheet
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, DomainError):
            faults.add("不是一张成绩单（wenming score run --json 的输出）", index)
    faults.refuse()
    return sorted(found.values(), key=lambda sheet: (sheet.end, sheet.book, sheet.unit))


def from_data(row: dict[str, Any]) -> Sheet:
    """What later periods need of a sheet that `Sheet.data` wrote. Raises ValueError, KeyError, TypeError."""
    period = periods.parse(row["period"])
    exact = _amount(row.get("exact", row.get("total")))
    return Sheet(
        book=str(row["book"]), version=str(row.get("version", "")), digest=str(row.get("digest", "")),
        period=period.key, start=period.start, end=period.end,
        as_of=date.fromisoformat(row.get("as_of") or period.end.isoformat()),
        unit=str(row["unit"]), name=str(row.get("name", row["unit"])), group=str(row.get("group", "")),
        total=_amount(row.get("total")), exact=exact,
        items=tuple(
            ItemScore(str(item["id"]), str(item.get("title", "")), _amount(item.get("full")), _amount(item["score"]))
            for item in row.get("items", [])
        ),
        place=_whole(row.get("place")), from_last=_whole(row.get("from_last")), ranked=int(row.get("ranked") or 0),
        grade=str(row.get("grade", "")), flags=tuple(row.get("flags", [])),
        ladders={str(key): bool(value) for key, value in row.get("ladders", {}).items()},
        lots=tuple(
            Lot(lot["period"], _amount(lot["points"]) or amounts.ZERO,
                date.fromisoformat(lot["expires"]) if lot["expires"] else None)
            for lot in row.get("lots", [])
        ),
        balance=_amount(row.get("balance")), hours=_amount(row.get("hours")), stars=_whole(row.get("stars")),
    )  # fmt: skip


def _whole(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError
    return value


def _amount(value: Any) -> Decimal | None:
    """Sheets carry up to thirty places, more than an input may have."""
    if value is None:
        return None
    found = Decimal(str(value))
    if not found.is_finite() or abs(found) > amounts.LARGEST:
        raise ValueError
    return found
