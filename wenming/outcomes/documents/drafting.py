"""Writing the first draft: pack + figures + problems → blocks. Rules that a person can read; nothing is guessed.

Every block has an id that stays the same when the draft is written anew, so that what the writer changed is
kept and the rest follows the books.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from wenming.common import clock
from wenming.ground.calendar import queries as calendar
from wenming.ground.calendar.arithmetic import Term, TermUnit, deadline
from wenming.ground.standards import queries as standards
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods
from wenming.ledger.metrics import EXACT
from wenming.outcomes.documents import kinds as packs
from wenming.outcomes.documents import tokens, values
from wenming.outcomes.documents.layout import numbers
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.models import Document, Letterhead
from wenming.outcomes.documents.values import Shown
from wenming.records.cases import states as case_states

Block = dict[str, Any]
# Lists in running text stay readable up to here; the annex has the rest (handbook D15 「可附表」).
MOST_IN_TEXT = 8
OPEN, ACCEPTED = "open", "accepted"
POINT_TYPE = "point_type"
# In keys of figures: places of which the register names no type.
_UNTYPED = "untyped"


@dataclass
class Desk:
    """What one drafting works with."""

    document: Document
    spec: dict[str, Any]
    problems: Sequence[Problem]
    words: dict[str, str]
    at: datetime
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    shown: Mapping[str, Shown] = field(default_factory=dict)
    types: list[tuple[str, str]] = field(default_factory=list)

    @property
    def numbers(self) -> dict[str, Decimal | None]:
        """Figure values by key, for conditions."""
        return {key: one.number for key, one in self.shown.items()}


def write(
    document: Document, spec: dict[str, Any], problems: Sequence[Problem], *, head: Letterhead, at: datetime
) -> dict[str, Any]:
    """The body of a fresh draft: {"blocks", "figures", "removed"}. Costs four statements for all figures,
    and three more where places are told by type."""
    desk = Desk(document, spec, problems, words_of(document, spec, head, at), at)
    desk.figures = dict(_figures(desk))
    document.body = {"blocks": [], "figures": desk.figures, "removed": []}
    desk.shown = values.live(document, desk.figures, at=at)
    blocks: list[Block] = []
    for section in spec["sections"]:
        inner = [block for item in section["items"] for block in _item(desk, section["id"], item)]
        if not inner:
            continue
        if section["heading"]:
            blocks.append(_heading(section["id"], 1, section["heading"]))
        blocks += inner
    return {"blocks": blocks, "figures": _needed(desk, blocks), "removed": []}


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


def words_of(document: Document, spec: dict[str, Any], head: Letterhead, at: datetime) -> dict[str, str]:
    """The single-brace words of a pack."""
    period, units = document.period, values.chosen(document)
    names = "、".join(unit.label for unit in units)
    corrected = document.corrects
    return {
        "year": str(clock.local(at).year),
        "period": period_name(period),
        "previous": "上期",
        "span": span(period),
        "town": document.town.label,
        "units": f"对{names}" if units else "对全镇",
        "issuer": head.printed_by or head.signature or head.issuer or "镇创城办",
        "feedback_day": numbers.day(_feedback_day(spec, at)) if spec["feedback_work_days"] else "",
        "corrected_title": corrected.shown_title if corrected else "",
        "corrected_number": corrected.number if corrected else "",
    }


def period_name(period: periods.Period) -> str:
    """「本周」, 「本月」 or 「本期」."""
    return {periods.WEEK: "本周", periods.MONTH: "本月", periods.QUARTER: "本季度", periods.YEAR: "本年"}.get(
        period.kind, "本期"
    )


def span(period: periods.Period) -> str:
    """「11月16日至22日」, the way a bulletin names its days."""
    start, end = period.start, period.end
    if start == end:
        return f"{start.month}月{start.day}日"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.month}月{start.day}日至{end.day}日"
    first = f"{start.year}年" if start.year != end.year else ""
    last = f"{end.year}年" if start.year != end.year else ""
    return f"{first}{start.month}月{start.day}日至{last}{end.month}月{end.day}日"


def _feedback_day(spec: dict[str, Any], at: datetime) -> date:
    term = Term(spec["feedback_work_days"], TermUnit.WORK_DAY)
    due = deadline(calendar.calendar(), at, term).at
    return clock.local_date(due) if due else clock.local_date(at) + timedelta(days=7)


# ---- figures ----


def _figures(desk: Desk) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every figure the draft may need: those of the pack, and those split by unit, class and source."""
    for key, spec in desk.spec["figures"].items():
        if spec["scope"] == "document":
            yield key, spec
            continue
        for unit in compared(desk.document):
            label = spec["label"].replace("本单位", unit.label)
            yield f"{key}@{unit.code}", spec | {"unit": unit.code, "label": label}
    for section in desk.spec["sections"]:
        for item in section["items"]:
            if "each" in item:
                yield from _split(desk, item["each"], item["figure"])


def _split(desk: Desk, what: str, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A figure narrowed to each class or source that the problems have, or to each type of point that was looked at."""
    base = desk.spec["figures"][key]
    if what == POINT_TYPE:
        desk.types = _types(desk.document, base["metric"], desk.at)
    for code, name in _names(desk, what):
        narrow = {"sources": [code]} if what == "source" else {"category": code}
        if what == POINT_TYPE:
            narrow = {"category": f"{EXACT}{code.removeprefix(_UNTYPED)}"}
        yield f"{key}@{what}-{code}", base | narrow | {"label": f"{name}{base['label']}"}


def compared(document: Document) -> list[Unit]:
    """Units that the document compares or groups by: of the town, or those chosen with all below them."""
    found = Unit.objects.below(document.town).in_force().filter(kind__in=kinds.GROUPS)
    units = values.chosen(document)
    if units:
        found = found.in_paths([unit.path for unit in units])
    return list(found.order_by("path"))


def _names(desk: Desk, what: str) -> list[tuple[str, str]]:
    """(code, name) of the classes or sources that the problems have; which are big the ledger says later."""
    if what == POINT_TYPE:
        return desk.types
    if what == "class":
        return list(dict.fromkeys((one.class_code, one.class_name) for one in desk.problems))
    return list(
        dict.fromkeys((one.source_code, case_states.SOURCE_LABELS[one.source_code]) for one in desk.problems)
    )


def _types(document: Document, metric: str, at: datetime) -> list[tuple[str, str]]:
    """(code, name) of the types of point on which the ledger has entries: most places have no problem to go by.

    A type that the pack does not know is named with its code, so that the clerk puts the register right.
    """
    found = figures.by_category(metric, scope=document.town, period=document.period, at=at)
    names = {row.code: row.name for row in standards.point_types(document.period.end)}
    return [
        (code or _UNTYPED, names.get(code) or (f"其他点位（{code}）" if code else "其他点位"))
        for code in found
    ]


def _needed(desk: Desk, blocks: Sequence[Block]) -> dict[str, dict[str, Any]]:
    """All figures of the pack, so that the writer may use any; split ones only where they say something."""
    used = {token.key for block in blocks for token in tokens.used(block["text"])}
    used |= {key + tokens.BEFORE for key in used}
    annexed = {annex.get("figure") for annex in desk.spec["annexes"]}
    annexed |= {annex.get("floor_figure") for annex in desk.spec["annexes"]}
    return {
        key: spec
        for key, spec in desk.figures.items()
        if "@" not in key or key in used or key.split("@")[0] in annexed
    }


# ---- blocks ----


def _heading(key: str, level: int, text: str) -> Block:
    return {"id": f"{key}.h", "kind": "heading", "level": level, "text": text, "drafted": text}


def _paragraph(key: str, text: str, **more: Any) -> Block:
    return {"id": key, "kind": "paragraph", "text": text, "drafted": text, **more}


def _item(desk: Desk, section: str, item: dict[str, Any]) -> list[Block]:
    key = f"{section}.{item['id']}"
    if not packs.holds(item["when"], desk.numbers):
        return []
    if "list" in item:
        blocks = {"units": _by_unit, "still_open": _still_open, "typical": _typical}[item["list"]](
            desk, key, item
        )
    elif "suggest" in item:
        blocks = _suggestion(desk, key, item)
    elif "each" in item:
        blocks = _each(desk, key, item)
    else:
        parts = [part["text"] for part in item["parts"] if packs.holds(part["when"], desk.numbers)]
        text = packs.words("".join(parts), desk.words)
        blocks = [_paragraph(key, text)] if text else []
    if blocks and item["heading"]:
        blocks.insert(0, _heading(key, 2, item["heading"]))
    return blocks


def _each(desk: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """One phrase for each class, source or type of point, the largest first."""
    found = []
    for code, name in _names(desk, item["each"]):
        shown = desk.shown.get(f"{item['figure']}@{item['each']}-{code}")
        if shown is not None and shown.number:
            found.append((shown, name))
    found.sort(key=lambda pair: -(pair[0].number or 0))
    if len(found) < 2:
        return []  # one class of one: the sentence before has said it
    if item["limit"]:
        found = found[: item["limit"]]
    phrases = [_own(packs.words(item["text"], {"name": name}), shown.key) for shown, name in found]
    return [_paragraph(key, item["lead"] + "，".join(phrases) + item["end"])]


def _own(text: str, key: str) -> str:
    """`{{figure:figure…}}` of a list becomes the figure of this entry."""
    return text.replace("{{figure:figure", f"{{{{figure:{key}")


def _by_unit(desk: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """Units with most problems first; each problem one line with its case number."""
    groups: dict[str, list[Problem]] = {}
    for one in desk.problems:
        if not one.told_before:
            groups.setdefault(one.unit_code, []).append(one)
    blocks: list[Block] = []
    for code, found in groups.items():
        shown = desk.shown.get(f"{item['figure']}@{code}")
        name = packs.words(item["text"], {"unit": found[0].unit})
        # A unit without a figure of its own (the town itself) is named without a count.
        name = _own(name, shown.key) if shown and shown.number else found[0].unit
        blocks.append(_heading(f"{key}.{code}", 2, name))
        blocks.append(_paragraph(f"{key}.{code}", _lines(found), cases=[one.uuid for one in found]))
    return blocks


def _lines(found: Sequence[Problem]) -> str:
    """「1.文昌巷巷口两处垃圾未清（〔2026〕督-0012，超期）；2.…」"""
    told = [f"{n}.{one.phrase}（{one.number}，{one.marks}）" for n, one in enumerate(found[:MOST_IN_TEXT], 1)]
    more = "；其余问题见附件1" if len(found) > MOST_IN_TEXT else ""
    return "；".join(told) + more + "。"


def _still_open(desk: Desk, key: str, _item: dict[str, Any]) -> list[Block]:
    found = [one for one in desk.problems if one.told_before and one.open]
    return [_paragraph(key, _lines(found), cases=[one.uuid for one in found])] if found else []


def _typical(desk: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """Repeated, then overdue problems that have a photo: worth a place of their own."""
    worth = [one for one in desk.problems if (one.repeated or one.overdue) and one.before]
    chosen = sorted(worth, key=lambda one: (not one.repeated, not one.overdue))[: item["limit"]]
    if not chosen:
        return []
    text = (
        "；".join(f"{one.lead or one.unit}：{one.phrase}，{one.marks}" for one in chosen) + "。照片见附件。"
    )
    return [_paragraph(key, text, cases=[one.uuid for one in chosen])]


def _suggestion(desk: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """A sentence drawn from the data. It is the writer's to accept or delete before the document can be signed."""
    if item["suggest"] == "lowest_rate":
        return _lowest(desk, key, item)
    mark = {"repeated_places": "repeated", "overdue": "overdue", "suspended": "suspended"}[item["suggest"]]
    found = [one for one in desk.problems if getattr(one, mark)]
    if not found:
        return []
    places = list(dict.fromkeys(one.where for one in found))[:3]
    units = list(dict.fromkeys(one.lead or one.unit for one in found))[:3]
    given = {"list": "、".join(places), "unit": "、".join(units), "place": places[0]}
    return [_paragraph(key, packs.words(item["text"], given), suggestion=OPEN)]


def _lowest(desk: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """The unit with the lowest rate of a group of at least three that can be compared."""
    floor = next((annex["floor"] for annex in desk.spec["annexes"] if annex["kind"] == "ranking"), 3)
    groups: dict[str, list[tuple[Decimal, Unit, Shown]]] = {}
    for unit in compared(desk.document):
        shown = desk.shown.get(f"{item['figure']}@{unit.code}")
        if shown is not None and shown.number is not None and int(shown.parts.split("/")[1]) >= floor:
            groups.setdefault(kinds.GROUPS[unit.kind], []).append((shown.number, unit, shown))
    blocks = []
    for group in groups.values():
        rate, unit, shown = min(group, key=lambda row: row[0])
        if len(group) < 3 or rate == Decimal(100) or Counter(row[0] for row in group)[rate] > 1:
            continue
        text = _own(packs.words(item["text"], {"unit": unit.label}), shown.key)
        blocks.append(_paragraph(f"{key}.{unit.code}", text, suggestion=OPEN))
    return blocks
