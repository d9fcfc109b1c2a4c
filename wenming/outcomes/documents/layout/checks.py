"""Reading a document over before it is signed (handbook §6.6.9–10).

Each finding is a code and a Chinese sentence for the writer. Findings marked `blocking` stop the signing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from wenming.outcomes.documents.layout import numbers
from wenming.outcomes.documents.layout.spec import (
    Block,
    Heading,
    Level,
    Official,
    Paragraph,
    PhotoPair,
    PhotoRow,
    Run,
    Table,
    plain,
)

# What a writer leaves to be filled in: ××, **, ＿＿, {{…}}, 【…】 and their look-alikes.
PLACEHOLDER = re.compile(r"[×✕ＸX]{2,}|[*＊]{2,}|[_＿]{2,}|\{\{.*?\}\}|\{%.*?%\}|【[^】]*】|待填|待补充")
LIMITS: dict[str, tuple[int, str]] = {"policy": (5000, "政策性文件"), "special": (4000, "专项文件")}

_END_MARKS = "。，、；：！？.,;:!?…"
_ISSUE = re.compile(r"\d{4}年第[1-9]\d*期")
_NUMBER = re.compile(r"[^〔〕\[\]（）()【】\s]+〔\d{4}〕[1-9]\d*号")
_LABELS: dict[Level, re.Pattern[str]] = {
    1: re.compile(r"([一二三四五六七八九十百零]+)、"),
    2: re.compile(r"（([一二三四五六七八九十百零]+)）"),
    3: re.compile(r"(\d+)[.．]"),
    4: re.compile(r"（(\d+)）"),
}
_LEVEL_NAMES = {1: "一、", 2: "（一）", 3: "1.", 4: "（1）"}
_LOOSE_LABEL = re.compile(r"\s*[（(]?[一二三四五六七八九十百零\d]+(?:[、.．）)]|\s*,)")
_REFERENCE = re.compile(r"附件\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right, in words; `blocking` says that the document must not be signed with it."""

    code: str
    message: str
    blocking: bool = False


def check(doc: Official, *, limit: Literal["policy", "special"] | None = None) -> list[Finding]:
    """Everything found in a document, in reading order of the rules; empty when there is nothing to say.

    `limit` chooses the length rule of the burden-reduction provisions, None for kinds without one.
    """
    return [
        *_placeholders(doc),
        *_title(doc),
        *_number(doc),
        *_levels(doc.blocks, "正文"),
        *(found for one in doc.attachments for found in _levels(one.blocks, f"附件「{one.listed_as}」")),
        *_attachments(doc),
        *_hand_typed(doc),
        *_length(doc, limit),
    ]


def _block_runs(block: Block) -> Iterator[tuple[Run, ...]]:
    match block:
        case Heading():
            yield (*block.runs, *block.body)
        case Paragraph():
            yield block.runs
        case Table():
            yield (Run(block.title), Run(" "), Run(block.unit_note))
            yield tuple(Run(column.title + " ") for column in block.columns)
            for row in block.rows:
                yield from ((Run(cell),) if isinstance(cell, str) else cell for cell in row)
        case PhotoRow():
            yield from (
                (Run(text),) for text in (*(photo.caption for photo in block.photos), *block.captions)
            )
        case PhotoPair():
            sides = [photo.caption for photo in (block.before, block.after) if photo is not None]
            yield from ((Run(text),) for text in (*sides, block.caption))


def _all_runs(blocks: Iterable[Block]) -> Iterator[tuple[Run, ...]]:
    for block in blocks:
        yield from _block_runs(block)


def _body_runs(doc: Official) -> Iterator[tuple[Run, ...]]:
    yield from _all_runs(doc.blocks)
    for one in doc.attachments:
        yield from _all_runs(one.blocks)


def length(doc: Official) -> int:
    """Characters of the body without spaces; attachments and tables of the body do not count as text."""
    text = "".join(
        plain(parts)
        for block in doc.blocks
        if isinstance(block, Heading | Paragraph)
        for parts in _block_runs(block)
    )
    return len(re.sub(r"\s", "", text))


def _placeholders(doc: Official) -> Iterator[Finding]:
    texts = [doc.title, doc.number, doc.addressee, doc.signature, doc.note, doc.letterhead.mark, doc.signer]
    texts += [*doc.cc, doc.printed_by]
    texts += [text for one in doc.attachments for text in (one.title, one.name)]
    texts += [plain(parts) for parts in _body_runs(doc)]
    for text in texts:
        for found in PLACEHOLDER.finditer(text):
            around = text[max(0, found.start() - 8) : found.end() + 8].replace("\n", "")
            words = f"还有没填的地方「{found.group()}」，在「{around}」处，填好后才能送签。"
            yield Finding("placeholder_left", words, blocking=True)


def _title(doc: Official) -> Iterator[Finding]:
    title = doc.title.strip()
    if not title:
        yield Finding("title_missing", "公文没有标题，请先写标题。", blocking=True)
    elif title[-1] in _END_MARKS:
        yield Finding("title_punctuation", f"标题末尾不用标点，请删去「{title[-1]}」。")


def _number(doc: Official) -> Iterator[Finding]:
    if not doc.number or doc.letterhead.kind == "minutes" or _ISSUE.fullmatch(doc.number):
        return
    if re.search(r"[\[\]（）()【】]", doc.number):
        words = f"发文字号「{doc.number}」的年份要用六角括号〔〕，不用其他括号。"
        yield Finding("number_brackets", words, blocking=True)
    elif not _NUMBER.fullmatch(doc.number):
        words = f"发文字号「{doc.number}」应写成「代字〔四位年份〕序号号」，序号不加“第”、不补零。"
        yield Finding("number_form", words)


def _levels(blocks: tuple[Block, ...], where: str) -> Iterator[Finding]:
    """Labels of each level count on from one, and start anew below every higher heading."""
    counts = [0, 0, 0, 0]
    for block in blocks:
        if not isinstance(block, Heading):
            continue
        text = plain(block.runs).strip()
        counts[block.level :] = [0] * (4 - block.level)
        found = _LABELS[block.level].match(text)
        if found is None:
            if _LOOSE_LABEL.match(text):
                words = (
                    f"{where}标题「{text[:16]}」的序号写法不对，这一层应写成「{_LEVEL_NAMES[block.level]}」。"
                )
                yield Finding("level_form", words)
            continue
        counts[block.level - 1] += 1
        expected = numbers.label(block.level, counts[block.level - 1])
        if found.group().replace("．", ".") != expected:
            words = f"{where}标题「{text[:16]}」的序号不连续，这里应是「{expected}」。"
            yield Finding("level_gap", words)
            counts[block.level - 1] = _value(block.level, found.group(1)) or counts[block.level - 1]


def _value(level: Level, label: str) -> int | None:
    """The number a label says, so that one gap is reported once and not for all that follow."""
    if level in (3, 4):
        return int(label)
    return next((number for number in range(1, 1000) if numbers.chinese(number) == label), None)


def _attachments(doc: Official) -> Iterator[Finding]:
    for position, one in enumerate(doc.attachments, 1):
        if one.name and one.name != one.title.replace("\n", ""):
            words = f"附件{position}在正文后叫「{one.name}」，附件页上叫「{one.title}」，请改成一致。"
            yield Finding("attachment_name", words)
        if one.listed_as and one.listed_as[-1] in _END_MARKS:
            words = f"附件名称「{one.listed_as}」后不加标点。"
            yield Finding("attachment_punctuation", words)
        if not one.blocks:
            yield Finding("attachment_empty", f"附件「{one.listed_as}」没有内容。", blocking=True)
    count = len(doc.attachments)
    mentioned = {int(number) for parts in _body_runs(doc) for number in _REFERENCE.findall(plain(parts))}
    for number in sorted(mentioned):
        if not 1 <= number <= count:
            words = f"正文提到附件{number}，但公文只有{count}个附件。"
            yield Finding("attachment_unknown", words)


def _hand_typed(doc: Official) -> Iterator[Finding]:
    typed = [part.text for parts in _body_runs(doc) for part in parts if part.hand_typed]
    if typed:
        shown = "、".join(typed[:5]) + ("等" if len(typed) > 5 else "")
        words = f"有{len(typed)}处手填数字（{shown}），没有账上的凭证，请核实或改用账上的数。"
        yield Finding("hand_typed", words)


def _length(doc: Official, limit: Literal["policy", "special"] | None) -> Iterator[Finding]:
    if limit is None:
        return
    most, name = LIMITS[limit]
    count = length(doc)
    if count > most:
        yield Finding("too_long", f"正文{count}字，超过{name}{most}字的上限，请压减{count - most}字。")
