"""Live figures in text. Pure: knows how a token is written, not what it says.

A token is `{{figure:KEY}}`, `{{figure:KEY:number}}` (without its unit of measure), `{{figure:KEY:parts}}`
(numerator/denominator) or `{{figure:KEY:change}}` (「比上期增加 3 处」). Writers see names instead of keys:
`{{发现问题数}}`, `{{整改率·分子分母}}`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TEXT, NUMBER, PARTS, CHANGE = "", "number", "parts", "change"
VIEWS = {NUMBER: "数", PARTS: "分子分母", CHANGE: "环比"}
_VIEW_CODES = {label: code for code, label in VIEWS.items()}
TOKEN = re.compile(r"\{\{figure:([\w.@-]+)(?::(number|parts|change))?\}\}")
_NAMED = re.compile(r"\{\{([^{}:]+?)(?:·(数|分子分母|环比))?\}\}")
BEFORE = ".before"

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# A number before one of these is a date, a clause or a reference, not a count.
_NOT_A_COUNT = re.compile(r"\s*(?:年|月|日|时|分|号|期|天内|日内|个工作日|点|[.．、）)\-—/])")


@dataclass(frozen=True, slots=True)
class Token:
    """One live figure: which, and how it is printed."""

    key: str
    view: str = TEXT

    def __str__(self) -> str:
        return f"{{{{figure:{self.key}{':' + self.view if self.view else ''}}}}}"


@dataclass(frozen=True, slots=True)
class Piece:
    """Plain text between tokens; `typed` marks a number that a person typed where figures belong."""

    text: str
    typed: bool = False


def split(text: str) -> Iterator[Token | Piece]:
    """Text as pieces and tokens, in order."""
    last = 0
    for found in TOKEN.finditer(text):
        if found.start() > last:
            yield Piece(text[last : found.start()])
        yield Token(found.group(1), found.group(2) or TEXT)
        last = found.end()
    if last < len(text):
        yield Piece(text[last:])


def used(text: str) -> list[Token]:
    """The tokens of a text, in order, each as often as it stands there."""
    return [part for part in split(text) if isinstance(part, Token)]


def shown(text: str, labels: Mapping[str, str]) -> str:
    """For the writer's form: keys become names."""

    def name(found: re.Match[str]) -> str:
        label = labels.get(found.group(1))
        view = f"·{VIEWS[found.group(2)]}" if found.group(2) else ""
        return f"{{{{{label}{view}}}}}" if label else found.group()

    return TOKEN.sub(name, text)


def stored(text: str, labels: Mapping[str, str]) -> str:
    """From the writer's form: names become keys. An unknown name stays as it is and stops the signing."""
    keys = {label: key for key, label in labels.items()}

    def key(found: re.Match[str]) -> str:
        known = keys.get(found.group(1).strip())
        return str(Token(known, _VIEW_CODES.get(found.group(2) or "", TEXT))) if known else found.group()

    return _NAMED.sub(key, text)


def numbers(text: str, measures: frozenset[str]) -> list[tuple[int, int]]:
    """Places of the counts in plain text: numbers that are not dates, clauses or references."""
    found = []
    for match in _NUMBER.finditer(text):
        after = text[match.end() :]
        if _NOT_A_COUNT.match(after) or text[: match.start()].rstrip().endswith(("附件", "第", "〔", "-")):
            continue
        if any(after.lstrip().startswith(measure) for measure in measures):
            found.append(match.span())
    return found


def marked(text: str, drafted: str, measures: frozenset[str]) -> Iterator[Token | Piece]:
    """`split`, with numbers marked that were typed by hand: counts that stand in `text` but not in `drafted`.

    Where a figure was taken out, any new number counts, with or without a unit of measure behind it.
    """
    lost = set(used(drafted)) - set(used(text))
    known = [drafted_piece.text for drafted_piece in split(drafted) if isinstance(drafted_piece, Piece)]
    before = {match.group() for piece in known for match in _NUMBER.finditer(piece)}
    wanted = measures | {""} if lost else measures
    for part in split(text):
        if isinstance(part, Token):
            yield part
            continue
        last = 0
        for start, end in numbers(part.text, wanted):
            if part.text[start:end] in before:
                continue
            if start > last:
                yield Piece(part.text[last:start])
            yield Piece(part.text[start:end], typed=True)
            last = end
        if last < len(part.text):
            yield Piece(part.text[last:])
