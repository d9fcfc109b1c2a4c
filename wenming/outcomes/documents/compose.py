"""Blocks + figures + problems → the described document (`layout.spec.Official`). Counts nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from wenming.ground.units import states as kinds
from wenming.outcomes.documents import drafting, tokens, values
from wenming.outcomes.documents import kinds as packs
from wenming.outcomes.documents.layout import numbers
from wenming.outcomes.documents.layout.spec import (
    Attachment,
    Block,
    Cell,
    Column,
    Heading,
    Letterhead,
    Level,
    Official,
    Paragraph,
    Photo,
    PhotoPair,
    Run,
    Table,
    runs,
)
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.models import Document
from wenming.outcomes.documents.tokens import Piece, Token
from wenming.outcomes.documents.values import Shown

PhotoBytes = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Numbered:
    """The numbers a document has or, before issue, would get next."""

    year: int
    serial: int
    issue_no: int


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that a document is made of at one moment."""

    document: Document
    head: Mapping[str, Any]
    figures: Mapping[str, Shown]
    problems: Sequence[Problem]
    measures: frozenset[str]
    numbered: Numbered
    dated: date
    printed_on: date


def official(made_of: Ingredients, *, photo: PhotoBytes | None = None) -> Official:
    """The document ready for Word, preview and checks. Without `photo` pictures carry only their key."""
    document, head = made_of.document, made_of.head
    suffix = str(head["suffix"])
    number = made_of.numbered
    return Official(
        letterhead=Letterhead(issuer=str(head["issuer"]), suffix=suffix),
        title=_filled(document.title, made_of),
        number=f"{head['code_word']}〔{number.year}〕{number.serial}号" if head["code_word"] else "",
        blocks=_blocks(made_of),
        dated=made_of.dated,
        addressee=document.addressee,
        attachments=_attachments(made_of, photo),
        signature=str(head["signature"] or head["issuer"]),
        sealed=bool(head["sealed"]),
        cc=tuple(document.cc),
        printed_by=str(head["printed_by"]),
        printed_on=made_of.printed_on,
        digits=head["digits"],
    )


def keys(document: Document) -> list[str]:
    """Keys of the figures that will be printed in text and tables, in order, with those they are compared to."""
    found: dict[str, None] = {}
    for block in document.body["blocks"]:
        if block.get("suggestion") == drafting.OPEN:
            continue
        for token in tokens.used(block["text"]):
            found.setdefault(token.key)
            if token.view == tokens.CHANGE:
                found.setdefault(token.key + tokens.BEFORE)
    return list(found)


def ranking_keys(document: Document) -> list[str]:
    """Keys of the figures of the ranking table, whether they can be printed or not."""
    found = []
    for annex in document.pack.facts["annexes"]:
        if annex["kind"] == "ranking":
            for unit in drafting.compared(document):
                found += [f"{annex['floor_figure']}@{unit.code}", f"{annex['figure']}@{unit.code}"]
    return found


def kept_keys(document: Document, shown: Mapping[str, Shown]) -> list[str]:
    """The figures to keep at signing: those of the text, and those of the ranking that say something."""
    ranked = [key for key in ranking_keys(document) if key in shown and shown[key].number]
    rates = [
        key for key in ranking_keys(document)
        if key in shown and shown[key].number is not None and shown[key].parts
    ]  # fmt: skip
    return list(dict.fromkeys([*keys(document), *ranked, *rates]))


def text_runs(text: str, drafted: str, made_of: Ingredients) -> tuple[Run, ...]:
    """Text with its figures filled in; what cannot be filled stays as a placeholder."""
    found: list[Run] = []
    for part in tokens.marked(text, drafted, made_of.measures):
        if isinstance(part, Piece):
            found.append(Run(part.text, hand_typed=part.typed))
        else:
            found.append(_figure(part, made_of.figures))
    return tuple(found)


def _figure(token: Token, figures: Mapping[str, Shown]) -> Run:
    words = values.printed(token, figures)
    return Run(str(token)) if words is None else Run(words, figure=token.key)


def _filled(text: str, made_of: Ingredients) -> str:
    return text.replace("{{issue}}", str(made_of.numbered.issue_no)).replace(
        "{year}", str(made_of.numbered.year)
    )


def _blocks(made_of: Ingredients) -> tuple[Block, ...]:
    counter = numbers.Counter()
    found: list[Block] = []
    for block in made_of.document.body["blocks"]:
        parts = text_runs(block["text"], block["drafted"], made_of)
        if block["kind"] == "heading":
            level: Level = block["level"]
            found.append(Heading(level, runs(counter.next(level), *parts)))
        elif block.get("suggestion") == drafting.OPEN:
            found.append(Paragraph(runs(Run("〔建议待定〕", bold=True), *parts)))
        else:
            found.append(Paragraph(parts))
    return tuple(found)


# ---- annexes ----


def _attachments(made_of: Ingredients, photo: PhotoBytes | None) -> tuple[Attachment, ...]:
    found = []
    for annex in made_of.document.pack.facts["annexes"]:
        title = _filled(packs.words(annex["title"], {"year": str(made_of.numbered.year)}), made_of)
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
        Column("序号", 12), Column("编号", 38), Column("来源", 20), Column("点位及位置", 28, "left"),
        Column("存在问题", 35, "left"), Column("类别", 20), Column("责任单位", 20), Column("时限", 24),
        Column("情况", 16), Column("备注", 12),
    )  # fmt: skip
    rows = tuple(
        (
            str(n), one.number, one.source, one.where, one.description, one.category, one.lead or "待派遣",
            _short(one.due) or "—", one.marks, one.remark or "—",
        )
        for n, one in enumerate(made_of.problems, 1)
    )  # fmt: skip
    return (Table(columns, rows, landscape=True),) if rows else ()


def _ranking(made_of: Ingredients, annex: Mapping[str, Any]) -> tuple[Block, ...]:
    """Units by rate within their group, numerator and denominator beside it; too few deadlines: unranked."""
    groups: dict[str, list[tuple[str, Shown | None, Shown | None]]] = {}
    for unit in drafting.compared(made_of.document):
        due = made_of.figures.get(f"{annex['floor_figure']}@{unit.code}")
        rate = made_of.figures.get(f"{annex['figure']}@{unit.code}")
        if due is not None and due.number:
            groups.setdefault(kinds.GROUPS[unit.kind], []).append((unit.label, due, rate))
    blocks: list[Block] = []
    for group, found in groups.items():
        found.sort(key=lambda row: (-_ranked(row, annex["floor"]), -_number(row[1]), row[0]))
        rows = tuple(_ranking_row(made_of, row, found, annex["floor"]) for row in found)
        columns = (
            Column("名次", 20),
            Column("单位", 56, "left"),
            Column("应整改", 26),
            Column("已整改/应整改", 30),
            Column("整改率", 24),
        )
        blocks.append(Table(columns, rows, title=f"{group}组"))
    if blocks:
        words = f"说明：按应整改数（截止日在期内且已到期）计；应整改不足{annex['floor']}处的列出不排名。"
        blocks.append(Paragraph(runs(words)))
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
        *(_cell(made_of, shown, view) for shown, view in ((due, ""), (rate, tokens.PARTS), (rate, ""))),
    )


def _cell(made_of: Ingredients, shown: Shown | None, view: str) -> Cell:
    return (_figure(Token(shown.key, view), made_of.figures),) if shown is not None else "—"


def _photos(made_of: Ingredients, annex: Mapping[str, Any], photo: PhotoBytes | None) -> tuple[Block, ...]:
    """A pair for every problem that has a photo, up to the pack's limit."""
    found = [one for one in made_of.problems if one.before or one.after][: annex["limit"]]
    return tuple(
        PhotoPair(_photo(one.before, photo), _photo(one.after, photo), f"{one.phrase}（{one.number}）")
        for one in found
    )


def _photo(side: tuple[str, str] | None, photo: PhotoBytes | None) -> Photo | None:
    if side is None:
        return None
    key, words = side
    return Photo(photo(key) if photo else b"", words, key)


def _short(day: str) -> str:
    """2026-11-25 → 11月25日."""
    if not day:
        return ""
    _year, month, number = day.split("-")
    return f"{int(month)}月{int(number)}日"
