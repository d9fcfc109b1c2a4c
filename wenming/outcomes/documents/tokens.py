"""Live figures in text. Pure: knows how a token is written, not what it says.

A token is `{{figure:KEY}}`, or with a view: `:number` (without its unit of measure), `:parts` (numerator over
denominator), `:numerator` (the upper one alone), `:change` (「比上期增加3处」), `:yoy` (「比上年同期增加3处」), `:wan` (「2.8万元」) or `:about` (「50余场」,
never more than the figure, only where the kind says by which step). Writers see names instead of keys:
`{{发现问题数}}`, `{{整改率·分子分母}}`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TEXT, NUMBER, PARTS, NUMERATOR, CHANGE, YOY, WAN, ABOUT = (
    "", "number", "parts", "numerator", "change", "yoy", "wan", "about",
)  # fmt: skip
VIEWS = {
    NUMBER: "数",
    PARTS: "分子分母",
    NUMERATOR: "分子",
    CHANGE: "环比",
    YOY: "同比",
    WAN: "万",
    ABOUT: "约数",
}
_VIEW_CODES = {label: code for code, label in VIEWS.items()}
TOKEN = re.compile(rf"\{{\{{figure:([\w.@-]+)(?::({'|'.join(VIEWS)}))?\}}\}}")
_NAMED = re.compile(rf"\{{\{{([^{{}}:]+?)(?:·({'|'.join(VIEWS.values())}))?\}}\}}")
BEFORE, YEAR = ".before", ".year"
# The views that compare two figures, and the key of the other one.
COMPARED = {CHANGE: BEFORE, YOY: YEAR}

_DIGITS = r"\d+(?:[.,]\d+)*"
# Single Chinese numbers (「一处」, 「两次」) are words more often than counts.
_CHINESE = r"[零〇一二两三四五六七八九十百千]{2,}|[一二两三四五六七八九十百千](?=[余多几])"
_NUMBER = re.compile(f"{_DIGITS}|{_CHINESE}")
_ANY_NUMBER = re.compile(f"{_DIGITS}|[零〇一二两三四五六七八九十百千]+")
_SHARE = re.compile(r"百分之[零〇一二三四五六七八九十百点]+")
# 「50余场」, 「2.8万元」: what may stand between the number and its unit of measure.
_TAIL = re.compile(r"\s*[十百千万亿]*[余多几]?[十百千万亿]*\s*")
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


def names(text: str) -> set[str]:
    """The names that a writer put into double braces."""
    return {found.group(1).strip() for found in _NAMED.finditer(text)}


def keys(text: str) -> list[str]:
    """The keys of all figures a text needs, those that its comparisons refer to with them."""
    found: dict[str, None] = {}
    for token in used(text):
        found.setdefault(token.key)
        if token.view in COMPARED:
            found.setdefault(token.key + COMPARED[token.view])
    return list(found)


def numbers(text: str, measures: frozenset[str], *, lost: bool = False) -> list[tuple[int, int]]:
    """Places of the counts in plain text: numbers that are not dates, clauses or references.

    With `lost` (a figure was taken out of this text) single Chinese numbers count too, and Arabic ones need no
    unit of measure behind them.
    """
    found = [match.span() for match in _SHARE.finditer(text)]
    for match in (_ANY_NUMBER if lost else _NUMBER).finditer(text):
        after = text[match.end() :]
        if _NOT_A_COUNT.match(after) or text[: match.start()].rstrip().endswith(_REFERRING):
            continue
        tail = after[_end(_TAIL, after) :]
        arabic = match.group()[0].isdigit()
        if (lost and arabic) or any(tail.startswith(m) or after.lstrip().startswith(m) for m in measures):
            found.append(match.span())
    return sorted(found)


_REFERRING = ("附件", "第", "〔", "-", "百分之")


def _end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


def marked(
    text: str, drafted: str, measures: frozenset[str], *, lost: bool | None = None
) -> Iterator[Token | Piece]:
    """`split`, with numbers marked that were typed by hand: counts that stand in `text` but not in `drafted`.

    Where a figure was taken out (`lost`; by default looked up), any new number counts.
    """
    if lost is None:
        lost = taken_out(text, drafted)
    known = [drafted_piece.text for drafted_piece in split(drafted) if isinstance(drafted_piece, Piece)]
    before = {match.group() for piece in known for match in _ANY_NUMBER.finditer(piece)}
    for part in split(text):
        if isinstance(part, Token):
            yield part
            continue
        last = 0
        for start, end in numbers(part.text, measures, lost=lost):
            if part.text[start:end] in before:
                continue
            if start > last:
                yield Piece(part.text[last:start])
            yield Piece(part.text[start:end], typed=True)
            last = end
        if last < len(part.text):
            yield Piece(part.text[last:])


def taken_out(text: str, drafted: str) -> bool:
    """Whether a figure of the draft is missing in the text of now."""
    return bool(set(used(drafted)) - set(used(text)))
