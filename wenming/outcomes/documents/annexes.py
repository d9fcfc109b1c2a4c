"""Attachments: the problem list, the ranking of units, photos before and after."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from wenming.ground.units import states as unit_states
from wenming.outcomes.documents import desk, kinds, tokens, values, words
from wenming.outcomes.documents.ingredients import Ingredients, PhotoBytes
from wenming.outcomes.documents.layout.spec import (
    Attachment,
    Block,
    Cell,
    Column,
    Paragraph,
    Photo,
    PhotoPair,
    PhotoRow,
    Run,
    Table,
    runs,
)
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.tokens import Token
from wenming.outcomes.documents.values import Shown


def figure(token: Token, figures: Mapping[str, Shown]) -> Run:
    """A figure as printed; the bare token where it is unknown."""
    text = values.printed(token, figures)
    return Run(str(token)) if text is None else Run(text, figure=token.key)


def listed(made_of: Ingredients) -> list[Problem]:
    """The problems that the document lists: not those told earlier and done since (handbook D15)."""
    return [one for one in made_of.problems if not one.settled]


def attachments(made_of: Ingredients, photo: PhotoBytes | None) -> tuple[Attachment, ...]:
    """The attachments that have something in them."""
    found = []
    for annex in made_of.document.pack.facts["annexes"]:
        given = {"year": str(made_of.numbered.year), "label": words.label(made_of.document.period)}
        title = kinds.words(annex["title"], given).replace("{{issue}}", str(made_of.numbered.issue_no))
        if annex["kind"] == "problem_list":
            blocks = _problem_list(made_of)
        elif annex["kind"] == "ranking":
            blocks = _ranking(made_of, annex)
        else:
            blocks = _photos(made_of, annex, photo)
        if blocks:
            found.append(Attachment(title, blocks))
    return tuple(found)


def _problem_list(made_of: Ingredients) -> tuple[Block, ...]:
    """Annex 1 in landscape: the columns of handbook §5.2 that fit a page; the Excel file has all of them."""
    columns = (
        Column("序号", 11), Column("编号", 36), Column("来源", 20), Column("点位及位置", 25, "left"),
        Column("存在问题", 34, "left"), Column("类别", 20), Column("责任单位", 20), Column("时限", 22),
        Column("情况", 19), Column("备注", 18),
    )  # fmt: skip
    rows = tuple(
        (
            str(n), one.number, one.source, one.where, one.description, one.category, one.lead or "待派遣",
            one.due_day or "—", one.marks, one.remark or "—",
        )
        for n, one in enumerate(listed(made_of), 1)
    )  # fmt: skip
    return (Table(columns, rows, landscape=True),) if rows else ()


def _ranking(made_of: Ingredients, annex: Mapping[str, Any]) -> tuple[Block, ...]:
    """Units by rate within their group, numerator and denominator beside it; too few deadlines: unranked, and a
    group in which nobody is ranked is left out."""
    groups: dict[str, list[tuple[str, Shown | None, Shown | None]]] = {}
    for unit in desk.compared(made_of.document):
        due = made_of.figures.get(f"{annex['floor_figure']}@{unit.code}")
        rate = made_of.figures.get(f"{annex['figure']}@{unit.code}")
        if due is not None and due.number:
            groups.setdefault(unit_states.GROUPS[unit.kind], []).append((unit.label, due, rate))
    blocks: list[Block] = []
    for group, found in groups.items():
        if all(_ranked(row, annex["floor"]) < 0 for row in found):
            continue  # nobody of the group can be compared: no table of dashes
        found.sort(key=lambda row: (-_ranked(row, annex["floor"]), -_number(row[1]), row[0]))
        rows = tuple(_ranking_row(made_of, row, found, annex["floor"]) for row in found)
        columns = (
            Column("名次", 20),
            Column("单位", 56, "left"),
            Column("应整改", 27),
            Column("已整改", 27),
            Column("整改率", 26),
        )
        blocks.append(Table(columns, rows, title=f"{group}组"))
    if blocks:
        note = f"说明：按应整改数（截止日在期内且已到期）计；应整改不足{annex['floor']}处的列出不排名。"
        blocks.append(Paragraph(runs(note)))
    return tuple(blocks)


def _number(shown: Shown | None) -> Decimal:
    return shown.number if shown is not None and shown.number is not None else Decimal(0)


def _ranked(row: tuple[str, Shown | None, Shown | None], floor: int) -> Decimal:
    """The rate by which a row is ranked; below all rates for those that are not ranked."""
    return _number(row[2]) if _number(row[1]) >= floor else Decimal(-1)


def _ranking_row(
    made_of: Ingredients,
    row: tuple[str, Shown | None, Shown | None],
    found: Sequence[tuple[str, Shown | None, Shown | None]],
    floor: int,
) -> tuple[Cell, ...]:
    name, due, rate = row
    mine = _ranked(row, floor)
    place = "—" if mine < 0 else str(1 + sum(_ranked(other, floor) > mine for other in found))
    return (
        place,
        name,
        *(
            _cell(made_of, shown, view)
            for shown, view in ((due, tokens.NUMBER), (rate, tokens.NUMERATOR), (rate, ""))
        ),
    )


def _cell(made_of: Ingredients, shown: Shown | None, view: str) -> Cell:
    return (figure(Token(shown.key, view), made_of.figures),) if shown is not None else "—"


def _photos(made_of: Ingredients, annex: Mapping[str, Any], photo: PhotoBytes | None) -> tuple[Block, ...]:
    """Up to the pack's limit: a pair for every problem that can be compared, then the others two to a row."""
    found = [one for one in listed(made_of) if one.before or one.after][: annex["limit"]]
    pairs = [
        PhotoPair(_photo(one.before, photo), _photo(one.after, photo), _caption(one))
        for one in found
        if one.before and one.after
    ]
    single = [
        (shown, _caption(one))
        for one in found
        if not (one.before and one.after)
        if (shown := _photo(one.before or one.after, photo)) is not None
    ]
    rows = [PhotoRow(*zip(*single[at : at + 2], strict=True)) for at in range(0, len(single), 2)]
    return (*pairs, *rows)


def _caption(one: Problem) -> str:
    return f"{one.phrase}（{one.number}）"


def _photo(side: tuple[str, str] | None, photo: PhotoBytes | None) -> Photo | None:
    if side is None:
        return None
    key, words = side
    return Photo(photo(key) if photo else b"", words, key)
