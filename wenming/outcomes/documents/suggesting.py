"""Suggestions drawn from the data. Each is the writer's to accept or delete before the document can be signed."""

from collections import Counter
from decimal import Decimal
from typing import Any

from wenming.ground.units import states as unit_states
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import desk, tokens
from wenming.outcomes.documents import kinds as packs
from wenming.outcomes.documents.desk import OPEN, Block, Desk
from wenming.outcomes.documents.sentences import own, paragraph
from wenming.outcomes.documents.tokens import CHANGE, Token
from wenming.outcomes.documents.values import Shown

_MARKS = {"repeated_places": "repeated", "overdue": "overdue", "suspended": "suspended"}
# Below this number of units nobody is the lowest.
_LEAST_GROUP = 3


def written(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """The suggestion, where the data give one."""
    if item["suggest"] == "lowest_rate":
        return _lowest(work, key, item)
    if item["suggest"] in _MARKS:
        return _marked(work, key, item, _MARKS[item["suggest"]])
    return _classes(work, key, item, growing=item["suggest"] == "growing_classes")


def _suggested(work: Desk, key: str, item: dict[str, Any], given: dict[str, str]) -> Block:
    return paragraph(key, packs.words(item["text"], {**work.words, **given}), suggestion=OPEN)


def _marked(work: Desk, key: str, item: dict[str, Any], mark: str) -> list[Block]:
    """Places and units of the problems that are repeated, overdue or suspended."""
    found = [one for one in work.problems if getattr(one, mark)]
    if not found:
        return []
    places = list(dict.fromkeys(one.where for one in found))[: item["limit"]]
    units = list(dict.fromkeys(one.lead or one.unit for one in found))[: item["limit"]]
    return [
        _suggested(work, key, item, {"list": "、".join(places), "unit": "、".join(units), "place": places[0]})
    ]


def _classes(work: Desk, key: str, item: dict[str, Any], *, growing: bool) -> list[Block]:
    """Classes with most of a figure, or those that grew, each with its live figure."""
    found: list[tuple[Decimal, str, str]] = []
    for code, name in work.names("class"):
        mine = desk.split_key(item["figure"], "class", code)
        now, before = work.number(mine), work.number(mine + tokens.BEFORE)
        if growing and not (before and now > before):
            continue
        if now:
            change = f"，{Token(mine, CHANGE)}" if growing else ""
            found.append((now - before if growing else now, f"{name}（{Token(mine)}{change}）", name))
    found.sort(key=lambda row: (-row[0], row[2]))
    if not found:
        return []
    return [_suggested(work, key, item, {"list": "、".join(row[1] for row in found[: item["limit"]])})]


def _lowest(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """The unit with the lowest rate of a group of at least three that can be compared."""
    floor = next((annex["floor"] for annex in work.spec["annexes"] if annex["kind"] == "ranking"), 3)
    groups: dict[str, list[tuple[Decimal, Unit, Shown]]] = {}
    for unit in work.units:
        shown = work.shown.get(desk.at_unit(item["figure"], unit.code))
        if shown is not None and shown.number is not None and int(shown.parts.split("/")[1]) >= floor:
            groups.setdefault(unit_states.GROUPS[unit.kind], []).append((shown.number, unit, shown))
    blocks = []
    for group in groups.values():
        rate, unit, shown = min(group, key=lambda row: row[0])
        if len(group) < _LEAST_GROUP or rate == Decimal(100) or Counter(row[0] for row in group)[rate] > 1:
            continue
        block = _suggested(work, f"{key}.{unit.code}", item, {"unit": unit.label})
        block["text"] = block["drafted"] = own(block["text"], shown.key)
        blocks.append(block)
    return blocks
