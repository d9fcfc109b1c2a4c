"""Sentences of a draft: conditional parts, phrases that drop out, one phrase for each of something."""

from typing import Any

from wenming.outcomes.documents import conditions, desk, tokens
from wenming.outcomes.documents import kinds as packs
from wenming.outcomes.documents.desk import Block, Desk
from wenming.outcomes.documents.values import Shown

_MARKS = "，、；"


def heading(key: str, level: int, text: str) -> Block:
    return {"id": f"{key}.h", "kind": "heading", "level": level, "text": text, "drafted": text}


def paragraph(key: str, text: str, **more: Any) -> Block:
    return {"id": key, "kind": "paragraph", "text": text, "drafted": text, **more}


def own(text: str, key: str) -> str:
    """`{{figure:figure…}}` of a list becomes the figure of this entry."""
    return text.replace("{{figure:figure", f"{{{{figure:{key}")


def parts(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """The parts whose conditions hold, run together."""
    held = [part["text"] for part in item["parts"] if conditions.holds(part["when"], work.numbers)]
    text = packs.words("".join(held), work.words)
    return [paragraph(key, text)] if text else []


def phrases(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """The phrases whose figures all say something; no phrase, no sentence (handbook D15: nothing to say, not said)."""
    said = [text for text in item["phrases"] if says_something(work, text)]
    if not said:
        return []
    # A phrase that begins with a mark of its own (「，参会25人次」 after 「召开周例会1次、培训会1次」) brings its joint.
    # It does not go with the lead, which is about what it only adds to.
    lead = "" if said[0][0] in _MARKS else item["lead"]
    rest = [text if text[0] in _MARKS else item["joint"] + text for text in said[1:]]
    text = lead + said[0].lstrip(_MARKS) + "".join(rest) + item["end"]
    return [paragraph(key, packs.words(text, work.words))]


def says_something(work: Desk, text: str) -> bool:
    """Whether every figure of a text is more than nothing, those it compares with included."""
    return all(work.number(key) for key in tokens.keys(text))


def each(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """One phrase for each class, source, type of point or unit, the largest first; metrics in their own order."""
    if item["each"] == "metric":
        found = _metrics(work, item)
    else:
        found = []
        for code, name in work.names(item["each"]):
            shown = work.shown.get(desk.split_key(item["figure"], item["each"], code))
            if shown is not None and shown.number:
                found.append((shown, name))
        found.sort(key=lambda pair: -(pair[0].number or 0))
    if len(found) < item["least"]:
        return []  # one class of one: the sentence before has said it
    told = found[: item["limit"] or len(found)]
    said = [own(packs.words(item["text"], {"name": name}), shown.key) for shown, name in told]
    lead = packs.words(item["lead"], {**work.words, "count": str(len(told))})
    more = (
        packs.words(item.get("more", ""), {**work.words, "count": str(len(found))})
        if len(told) < len(found)
        else ""
    )
    return [paragraph(key, lead + item.get("joint", "，").join(said) + more + item["end"])]


def _metrics(work: Desk, item: dict[str, Any]) -> list[tuple[Shown, str]]:
    found, last = [], ""
    for code in desk.metrics_of(work, item):
        shown = work.shown.get(f"metric@{code}")
        if shown is not None and shown.number:
            # 「店铺检查（检查店数）」 after 「店铺检查」 goes on with 「检查店数」: the kind has just been named.
            kind, _, detail = shown.label.removesuffix(f"（{code}）").removesuffix("）").partition("（")
            found.append((shown, detail if detail and kind == last else kind + detail))
            last = kind
    return found
