"""What an official document is made of, before it becomes Word, PDF or HTML.

Plain frozen dataclasses: whoever composes a document (a bulletin, a letter, minutes) fills an `Official`
and hands it to `docx.render`, `preview.html` and `checks.check`. Nothing here knows a database row.
Source of the elements and their order: GB/T 9704-2012 §7 and §10, handbook §6.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

Align = Literal["left", "center", "right"]
Level = Literal[1, 2, 3, 4]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one look.

    `figure` is the key of a stored figure that this text prints; `hand_typed` marks a number that a
    person typed where a figure belongs (shown as 手填 until the document is signed).
    """

    text: str
    figure: str | None = None
    hand_typed: bool = False
    bold: bool = False


Runs = tuple[Run, ...]


def runs(*parts: "str | Run") -> Runs:
    """Make a run list from strings and runs, so that composers write `runs("共", Run("12", figure="a"))`."""
    return tuple(part if isinstance(part, Run) else Run(part) for part in parts)


def plain(parts: Runs) -> str:
    """The bare text of a run list."""
    return "".join(part.text for part in parts)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1–4, its number (一、（一）1.（1）) included in the runs.

    `body` is text that goes on in the same paragraph after a run-in heading (「（一）高度重视。今年以来…」).
    """

    level: Level
    runs: Runs
    body: Runs = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of body text. `indent` is the two-character first line; `align` None means justified."""

    runs: Runs
    align: Align | None = None
    indent: bool = True


@dataclass(frozen=True, slots=True)
class Column:
    """A table column. `width` is in millimetres, 0 lets the contents decide; together they fill the type area."""

    title: str
    width: float = 0.0
    align: Align = "center"


Cell = str | Runs


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table. The head row repeats on every page and no row is split.

    `title` stands above it, `unit_note` (「单位：处」) at its upper right. `size` is the point size
    (12 小四, 14 四号). `landscape` turns the table's pages (横排).
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    unit_note: str = ""
    size: float = 12
    landscape: bool = False

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("a table needs at least one column")
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} has {len(row)} cells, the table has {len(self.columns)} columns"
                )


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture: its bytes or its file, the words below it, and a `key` from which the preview makes its address."""

    source: bytes | Path
    caption: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class PhotoPair:
    """Before and after, side by side at one height, never cropped. A missing side is shown as missing."""

    before: Photo | None
    after: Photo | None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One or two problems side by side that have nothing to compare yet, each with its number and caption."""

    photos: tuple[Photo, ...]
    captions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Table | PhotoPair | PhotoRow | PageBreak


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The red mark of the issuing body (发文机关标志).

    `plain` has no mark at all: internal forms, summaries, plans (handbook §6.5). `issuer` is one name, or several for a joint document (the lead first); `suffix` is 「文件」, 「纪要」 or empty.
    """

    kind: Literal["document", "letter", "minutes", "plain"] = "document"
    issuer: str | tuple[str, ...] = ""
    suffix: str = ""
    colour: str = "FF0000"

    @property
    def issuers(self) -> tuple[str, ...]:
        """The issuing bodies, lead first."""
        return (self.issuer,) if isinstance(self.issuer, str) else self.issuer

    @property
    def mark(self) -> str:
        """The mark as one line of text."""
        return "".join(self.issuers) + self.suffix


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment on pages of its own. `name` is how the note after the body calls it; by default the title."""

    title: str
    blocks: tuple[Block, ...] = ()
    name: str = ""

    @property
    def listed_as(self) -> str:
        """The name in the note after the body."""
        return self.name or self.title


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who was at the meeting, printed at the end of minutes (GB/T 9704 §10.3)."""

    present: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()
    sitting_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Official:
    """A whole official document. Empty elements are simply not printed.

    `number` is the document number with six-cornered brackets, 「安创城办〔2026〕7号」; `signer` makes it a
    document to a superior (上行文); `sealed` chooses the place of signature and date (§7.3.5.1 or .2);
    `digits` is the face of digits and Latin letters, which differs from office to office (handbook §6.6.8).
    `parties` sign side by side instead of one signature (责任书).
    `title` may hold line breaks; without them long titles are broken by themselves.
    """

    letterhead: Letterhead
    title: str
    blocks: tuple[Block, ...]
    dated: date
    number: str = ""
    copy_no: str = ""
    secrecy: str = ""
    urgency: str = ""
    signer: str = ""
    addressee: str = ""
    attachments: tuple[Attachment, ...] = ()
    signature: str = ""
    sealed: bool = True
    note: str = ""
    attendance: Attendance = field(default_factory=Attendance)
    cc: tuple[str, ...] = ()
    printed_by: str = ""
    printed_on: date | None = None
    digits: Literal["fangsong", "times"] = "fangsong"
    parties: tuple[str, ...] = ()

    @property
    def has_imprint(self) -> bool:
        """Whether the last page carries an imprint (版记); a letter's has no printing line."""
        return bool(self.cc) or (bool(self.printed_by) and self.letterhead.kind != "letter")
