"""Blocks + figures + problems → the described document (`layout.spec.Official`). Counts nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from wenming.outcomes.documents import annexes, desk, kinds, tables, tokens, values
from wenming.outcomes.documents.desk import OPEN
from wenming.outcomes.documents.ingredients import Ingredients, PhotoBytes
from wenming.outcomes.documents.layout import numbers
from wenming.outcomes.documents.layout.spec import (
    Attendance,
    Block,
    Cell,
    Column,
    Heading,
    Letterhead,
    Level,
    Official,
    Paragraph,
    Run,
    Table,
    runs,
)
from wenming.outcomes.documents.models import Document
from wenming.outcomes.documents.tokens import Piece
from wenming.outcomes.documents.values import Shown


def official(made_of: Ingredients, *, photo: PhotoBytes | None = None) -> Official:
    """The document ready for Word, preview and checks. Without `photo` pictures carry only their key."""
    document, head, facts = made_of.document, made_of.head, made_of.document.pack.facts
    parties = tuple(_words(made_of, text) for text in facts["parties"])
    return Official(
        letterhead=_letterhead(made_of),
        title=_filled(document.title, made_of),
        number=number(made_of),
        blocks=_blocks(made_of),
        dated=made_of.dated,
        addressee=document.addressee,
        attachments=annexes.attachments(made_of, photo),
        signature="" if parties else str(head["signature"] or head["issuer"]),
        sealed=bool(head["sealed"]),
        cc=tuple(document.cc),
        printed_by="" if facts["form"] == "plain" else str(head["printed_by"]),
        printed_on=made_of.printed_on,
        digits=head["digits"],
        signer=made_of.signer if facts["upward"] else "",
        attendance=_attendance(document) if facts["attendance"] else Attendance(),
        parties=parties,
    )


def _letterhead(made_of: Ingredients) -> Letterhead:
    """The mark of the office, or the one the kind has (「创城周报」, 「…纪要」)."""
    head, form = made_of.head, made_of.document.pack.facts["form"]
    if mark := head.get("mark"):
        return Letterhead(kind=form, issuer=mark)
    return Letterhead(
        kind=form, issuer=str(head["issuer"]), suffix=str(head["suffix"]) if form == "document" else ""
    )


def number(made_of: Ingredients) -> str:
    """发文字号, 「2026年第12期」, or nothing, as the kind is numbered."""
    given, facts = made_of.numbered, made_of.document.pack.facts
    if facts["number"] == "issue":
        return f"{given.year}年第{given.issue_no}期"
    word = code_word(made_of.head, facts)
    return f"{word}〔{given.year}〕{given.serial}号" if word else ""


def code_word(head: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """发文代字 of a kind; empty where the kind is not in the register or the office has none."""
    word = str(head["code_word"])
    return f"{word}{facts['code_suffix']}" if word and facts["number"] == "register" else ""


# 出席、请假、列席, as a kind with `attendance` asks for them.
ATTENDANCE = ("present", "excused", "sitting_in")


def _attendance(document: Document) -> Attendance:
    """Who was there, as the clerk gave it: names with commas or line ends between."""

    def names(key: str) -> tuple[str, ...]:
        text = document.given.get(key, "")
        for sign in "，,、；;\n":
            text = text.replace(sign, " ")
        return tuple(text.split())

    return Attendance(*map(names, ATTENDANCE))


def _words(made_of: Ingredients, text: str) -> str:
    document = made_of.document
    units = values.chosen(document)
    return kinds.words(
        text,
        {
            "town": document.town.label,
            "issuer": str(made_of.head["issuer"]),
            "unit_names": "、".join(unit.label for unit in units) or "【承办单位】",
            **document.given,
        },
    )


def keys(document: Document) -> list[str]:
    """Keys of the figures that will be printed in text, in order, with those they are compared to."""
    return _keys(document, table=False)


def suggested_keys(document: Document) -> list[str]:
    """Keys of the figures in suggestions that are not settled: shown, never kept."""
    open_ = [block for block in document.body["blocks"] if block.get("suggestion") == OPEN]
    return list(dict.fromkeys(key for block in open_ for key in tokens.keys(block["text"])))


def table_keys(document: Document) -> list[str]:
    """Keys of the figures in tables of the body. Nothing behind one is no fault: the cell says 「—」."""
    return _keys(document, table=True)


def _keys(document: Document, *, table: bool) -> list[str]:
    found: dict[str, None] = {}
    for block in document.body["blocks"]:
        if block.get("suggestion") != OPEN and (block["kind"] == "table") == table:
            found |= dict.fromkeys(tokens.keys(block["text"]))
    return list(found)


def ranking_keys(document: Document) -> list[str]:
    """Keys of the figures of the ranking table, whether they can be printed or not."""
    found = []
    for annex in document.pack.facts["annexes"]:
        if annex["kind"] == "ranking":
            for unit in desk.compared(document):
                found += [f"{annex['floor_figure']}@{unit.code}", f"{annex['figure']}@{unit.code}"]
    return found


def kept_keys(document: Document, shown: Mapping[str, Shown]) -> list[str]:
    """The figures to keep at signing: those of the text, and those of tables and ranking that say something."""
    said = [key for key in [*table_keys(document), *ranking_keys(document)] if key in shown]
    said = [key for key in said if shown[key].number or (shown[key].number is not None and shown[key].parts)]
    return list(dict.fromkeys([*keys(document), *said]))


def text_runs(text: str, drafted: str, made_of: Ingredients, *, lost: bool | None = None) -> tuple[Run, ...]:
    """Text with its figures filled in; what cannot be filled stays as a placeholder."""
    found: list[Run] = []
    for part in tokens.marked(text, drafted, made_of.measures, lost=lost):
        if isinstance(part, Piece):
            found.append(Run(part.text, hand_typed=part.typed))
        else:
            found.append(annexes.figure(part, made_of.figures))
    return tuple(found)


def _filled(text: str, made_of: Ingredients) -> str:
    return text.replace("{{issue}}", str(made_of.numbered.issue_no)).replace(
        "{year}", str(made_of.numbered.year)
    )


def _blocks(made_of: Ingredients) -> tuple[Block, ...]:
    counter, ordinal = numbers.Counter(), 0
    several = _several(made_of.document.body["blocks"])
    found: list[Block] = []
    for block in made_of.document.body["blocks"]:
        if block["kind"] == "table":
            found.append(_table(block, made_of))
            continue
        parts = text_runs(block["text"], block["drafted"], made_of)
        if block["kind"] == "heading":
            level: Level = block["level"]
            ordinal = 0
            found.append(Heading(level, runs(counter.next(level), *parts)))
            continue
        if block["id"] in several:
            ordinal += 1
            parts = runs(f"{numbers.chinese(ordinal)}是", *parts)
        if block.get("suggestion") == OPEN:
            parts = runs(Run("〔建议待定〕", bold=True), *parts)
        found.append(Paragraph(parts))
    return tuple(found)


def _several(blocks: Sequence[Mapping[str, Any]]) -> set[str]:
    """Ids of the 「一是、二是」 paragraphs: under a heading that has one only, nothing is counted."""
    groups: list[list[str]] = [[]]
    for block in blocks:
        if block["kind"] == "heading":
            groups.append([])
        elif block.get("ordinal"):
            groups[-1].append(block["id"])
    return {key for group in groups if len(group) > 1 for key in group}


def _table(block: Mapping[str, Any], made_of: Ingredients) -> Table:
    columns = tuple(Column(one["title"], one["width"], one["align"]) for one in block["columns"])
    lost = tokens.taken_out(block["text"], block["drafted"])
    rows = []
    for line in tables.lines(block["text"]):
        filled = [_cell(text, block["drafted"], made_of, lost=lost) for text in tables.cells(line)]
        rows.append(tuple(filled[: len(columns)]) + ("",) * (len(columns) - len(filled)))
    return Table(columns, tuple(rows), title=block["title"], unit_note=block["note"])


def _cell(text: str, drafted: str, made_of: Ingredients, *, lost: bool) -> Cell:
    """A cell; a figure behind which there is nothing is a dash."""
    for token in tokens.used(text):
        known = made_of.figures.get(token.key)
        if token.key in made_of.document.body["figures"] and (
            known is None or (not known.number and not known.parts)
        ):
            text = text.replace(str(token), "—")
    return text_runs(text, drafted, made_of, lost=lost)
