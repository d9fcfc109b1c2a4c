"""Writing the first draft: kind + figures + problems → blocks. Rules that a person can read; nothing is guessed.

Every block has an id that stays the same when the draft is written anew, so that what the writer changed is
kept and the rest follows the books.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wenming.common.errors import DomainError
from wenming.outcomes.documents import conditions, desk, listing, sentences, suggesting, tables, values, words
from wenming.outcomes.documents import kinds as packs
from wenming.outcomes.documents.desk import ACCEPTED, Block, Desk
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.models import Document, Letterhead


def write(
    document: Document, spec: dict[str, Any], problems: Sequence[Problem], *, head: Letterhead, at: datetime
) -> dict[str, Any]:
    """The body of a fresh draft: {"blocks", "figures", "removed"}. Costs four statements for all figures, and a
    few more where places are told by type or published standings are printed. Raises DomainError nothing_to_tell."""
    work = Desk(document, spec, problems, words.of(document, spec, head, at), at)
    work.figures = dict(desk.asked(work))
    document.body = {"blocks": [], "figures": work.figures, "removed": []}
    work.shown = values.comparable(document, values.live(document, work.figures, at=at))
    if not conditions.holds(spec.get("needs", ""), work.numbers):
        refused = (
            f"{document.period.label}没有可以写进《{document.pack.title}》的情况，不用写；请换期间或单位。"
        )
        raise DomainError("nothing_to_tell", refused, field="period")
    blocks: list[Block] = []
    for section in spec["sections"]:
        if not conditions.holds(section["when"], work.numbers):
            continue
        inner: list[Block] = []
        for item in section["items"]:
            _append(inner, _item(work, section["id"], item), joined=item.get("joined", False))
        if not inner:
            continue
        if section["heading"]:
            blocks.append(heading(section["id"], 1, packs.words(section["heading"], work.words)))
        blocks += inner
    return {"blocks": blocks, "figures": desk.needed(work, blocks), "removed": []}


def _append(blocks: list[Block], more: list[Block], *, joined: bool) -> None:
    """Add what an item says; a `joined` one goes on in the paragraph before it, if both are nothing but text."""
    if joined and blocks and more and _plain(blocks[-1]) and _plain(more[0]):
        last = blocks[-1]
        blocks[-1] = sentences.paragraph(last["id"], last["text"] + more[0]["text"])
        more = more[1:]
    blocks += more


def _plain(block: Block) -> bool:
    """A paragraph without a suggestion to settle, a number of its own or cases that it names."""
    return block["kind"] == "paragraph" and set(block) == {"id", "kind", "text", "drafted"}


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """A fresh draft with what the writer did to the old one: edited, added, removed and accepted blocks stay."""
    before = {block["id"]: block for block in old["blocks"]}
    removed = set(old.get("removed", []))
    blocks: list[Block] = []
    for block in new["blocks"]:
        mine = before.get(block["id"], block)
        if block["id"] not in removed:
            touched = mine["text"] != mine["drafted"] or mine.get("suggestion") == ACCEPTED
            blocks.append(mine if touched else block)
    known = {block["id"] for block in blocks}
    for position, block in enumerate(old["blocks"]):
        if block["id"] in known or not (block.get("own") or block["text"] != block["drafted"]):
            continue
        earlier = [one["id"] for one in old["blocks"][:position]]
        place = max((i + 1 for i, one in enumerate(blocks) if one["id"] in earlier), default=len(blocks))
        blocks.insert(place, block)
    return {
        "blocks": blocks,
        "figures": old["figures"] | new["figures"],
        "removed": sorted(removed),
    }


heading, paragraph = sentences.heading, sentences.paragraph
_WRITERS = {
    "list": listing.written, "suggest": suggesting.written, "table": tables.written, "each": sentences.each,
    "phrases": sentences.phrases, "parts": sentences.parts,
}  # fmt: skip


def _item(work: Desk, section: str, item: dict[str, Any]) -> list[Block]:
    key = f"{section}.{item['id']}"
    if not conditions.holds(item["when"], work.numbers):
        return []
    blocks = next(write(work, key, item) for name, write in _WRITERS.items() if name in item)
    if blocks and item["ordinal"]:
        blocks[0]["ordinal"] = True
    if blocks and item["heading"]:
        blocks.insert(0, heading(key, 2, packs.words(item["heading"], work.words)))
    return blocks
