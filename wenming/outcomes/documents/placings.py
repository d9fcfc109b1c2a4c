"""Places and lists out of published appraisals: the one module of documents that looks into the room next door.

The written exception to 「rooms of one floor do not import each other」 (docs/architecture.md): who stands where, and
who is on the red or the black list, is read from appraisals; the points themselves are figures of the ledger.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wenming.ground.units.models import Unit
from wenming.outcomes.appraisals import queries as appraisals
from wenming.outcomes.appraisals import standings
from wenming.outcomes.documents.models import Document


@dataclass(frozen=True, slots=True)
class Placed:
    """One unit in a published round; `rank` None: not ranked, `why` says why."""

    unit: Unit
    rank: int | None
    why: str
    moved: int | None


@dataclass(frozen=True, slots=True)
class Standings:
    """A published round by groups, each in the order of places."""

    book: str
    title: str
    groups: tuple[tuple[str, tuple[Placed, ...]], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A unit on the red or black list by decision of a person; never a person (handbook D17)."""

    unit: Unit
    book: str
    title: str
    why: str
    place: str


def published(document: Document) -> list[Standings]:
    """The rounds of just the document's period that are published and not corrected, without firms."""
    rounds = standings.published([document.town], firms=False).filter(period_end__lte=document.period_end)
    return [
        Standings(table.round.code, table.round.book.title, tuple(_group(group) for group in table.groups))
        for table in standings.tables(rounds, open_to_all=True)
        if (table.round.period_start, table.round.period_end) == (document.period_start, document.period_end)
    ]


def _group(group: standings.Group) -> tuple[str, tuple[Placed, ...]]:
    return group.name, tuple(Placed(one.unit, one.rank, one.not_ranked, one.moved) for one in group.standings)


def listed(document: Document, color: str) -> list[Listed]:
    """Who was confirmed onto a list for the document's period; a black one that was cleared since is left out."""
    found = appraisals.board(document.town, color).filter(
        round__period_start=document.period_start, round__period_end=document.period_end
    )
    # The best of the red list first, the worst of the black one.
    found = found.order_by("-sheet__total" if color == "red" else "sheet__total", "sheet__unit__path")
    return [
        Listed(
            one.sheet.unit, one.round.code, one.round.book.title, one.why.replace(" ", ""), _place(one.sheet)
        )
        for one in found
        if one.sheet.unit is not None
    ]


def _place(sheet: Any) -> str:
    """「社区组第1名」; 「不排名」 for who was not ranked."""
    if sheet.rank is None:
        return "不排名"
    return f"{sheet.group}组第{sheet.rank}名" if sheet.group else f"第{sheet.rank}名"


def rated(
    tables: Sequence[Standings], boards: Mapping[str, Sequence[Listed]]
) -> Iterator[tuple[str, str, Unit]]:
    """(book, title, unit) of everybody whose score a document may print."""
    for table in tables:
        for _group, rows in table.groups:
            for row in rows:
                yield table.book, table.title, row.unit
    for rows_of in boards.values():
        for each in rows_of:
            yield each.book, each.title, each.unit
