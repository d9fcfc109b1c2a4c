"""Problems in words: by unit, by place, one by one with measure and result; places without problems; red and black."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from wenming.outcomes.documents import desk, material, records, values
from wenming.outcomes.documents import kinds as packs
from wenming.outcomes.documents.desk import Block, Desk
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.sentences import heading, own, paragraph

# Lists in running text stay readable up to here; the annex has the rest (handbook D15 「可附表」).
MOST_IN_TEXT = 8
Writer = Callable[[Desk, str, dict[str, Any]], list[Block]]


def written(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """The blocks of a list; none where there is nothing to tell."""
    return _LISTS[item["list"]](work, key, item)


def lines(work: Desk, found: Sequence[Problem]) -> str:
    """「1.文昌巷巷口两处垃圾未清（超期）；2.…」: what, where, and only what is grave about it; number, deadline and
    state stand in the list (handbook §5.3)."""
    told = _numbered([f"{one.phrase}{_graveness(one)}" for one in found[:MOST_IN_TEXT]])
    more = (f"；其余问题见{_list_of(work)}" if _list_of(work) else "等") if len(found) > MOST_IN_TEXT else ""
    return "；".join(told) + more + "。"


def _numbered(said: Sequence[str]) -> list[str]:
    """「1.…」, 「2.…」; one alone needs no number, and before a house number the point would make another of it."""
    if len(said) < 2:
        return list(said)
    marks = "（{}）" if any(text[:1].isdigit() for text in said) else "{}."
    return [marks.format(number) + text for number, text in enumerate(said, 1)]


def _graveness(one: Problem) -> str:
    return f"（{'、'.join(one.grave)}）" if one.grave else ""


def _list_of(work: Desk) -> str:
    """How the text names the annexed problem list; empty where there is none."""
    kinds_of = [annex["kind"] for annex in work.spec["annexes"]]
    if "problem_list" not in kinds_of:
        return ""
    return "附件1" if len(kinds_of) > 1 else "附件"


def _told(key: str, work: Desk, item: dict[str, Any], found: Sequence[Problem]) -> list[Block]:
    if not found:
        return []
    lead = packs.words(item["lead"], work.words)
    return [paragraph(key, lead + lines(work, found), cases=[one.uuid for one in found])]


def _by_unit(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """Units with most problems first, up to the limit; a heading each, or (`compact`) a paragraph each."""
    groups: dict[str, list[Problem]] = {}
    for one in work.problems:
        if not one.told_before:
            groups.setdefault(one.unit_code, []).append(one)
    order = sorted(groups, key=lambda code: -_count(work, item, code, groups[code]))
    told = order[: item["limit"] or len(order)]
    blocks: list[Block] = []
    for code in told:
        found, mine = groups[code], f"{key}.{code}"
        shown = work.shown.get(desk.at_unit(item["figure"], code))
        name = packs.words(item["text"] or "{unit}", {"unit": found[0].unit})
        # A unit without a figure of its own (the town itself) is named without a count.
        name = own(name, shown.key) if shown and shown.number else found[0].unit
        if not item.get("compact"):
            blocks.append(heading(mine, 2, name))
        text = f"{name}：{lines(work, found)}" if item.get("compact") else lines(work, found)
        blocks.append(paragraph(mine, text, cases=[one.uuid for one in found]))
    if len(order) > len(told) and _list_of(work):
        blocks.append(paragraph(f"{key}.rest", f"其余单位的问题见{_list_of(work)}。"))
    return blocks


def _count(work: Desk, item: dict[str, Any], code: str, found: Sequence[Problem]) -> Decimal:
    """By how much a unit comes first: its figure as printed, else the problems listed."""
    return work.number(desk.at_unit(item["figure"], code)) or Decimal(len(found))


def _still_open(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    return _told(key, work, item, [one for one in work.problems if one.told_before and one.open])


def _told_fixed(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    return _told(key, work, item, [one for one in work.problems if one.settled])


def _typical(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """Repeated, then overdue problems that have a photo: worth a place of their own."""
    worth = [one for one in work.problems if (one.repeated or one.overdue) and one.before]
    chosen = sorted(worth, key=lambda one: (not one.repeated, not one.overdue))[: item["limit"] or 3]
    if not chosen:
        return []
    text = "；".join(f"{one.lead or one.unit}：{one.phrase}，{'、'.join(one.grave)}" for one in chosen)
    pictured = any(annex["kind"] == "photos" for annex in work.spec["annexes"])
    text = packs.words(item["lead"], work.words) + text
    return [
        paragraph(key, text + ("。照片见附件。" if pictured else "。"), cases=[one.uuid for one in chosen])
    ]


def _by_place(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """One heading a place, those with most problems first: what it is, then what was found (handbook §5.3 暗访通报)."""
    groups: dict[str, list[Problem]] = {}
    for one in work.problems:
        if not one.settled:
            groups.setdefault(one.place or one.address or one.unit, []).append(one)
    order = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    blocks: list[Block] = []
    for number, (name, found) in enumerate(order[: item["limit"] or len(order)], 1):
        first = found[0]
        given = {
            "place": name, "unit": first.unit, "type": first.point_type or "公共区域", "lead": first.lead or "待明确",
        }  # fmt: skip
        mine = f"{key}.{number}"
        told = "；".join(_numbered([one.description.rstrip("。；，") for one in found]))
        text = packs.words(item["text"], {**work.words, **given})
        blocks.append(heading(mine, 2, name))
        blocks.append(paragraph(mine, f"{text}{told}。", cases=[one.uuid for one in found]))
    return blocks


def _measures(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """一问题一措施一结果 (handbook §5.1 step 4), a paragraph each."""
    found = [one for one in work.problems if not one.settled]
    blocks = []
    for number, one in enumerate(found[: item["limit"] or len(found)], 1):
        measure = one.measures.rstrip("。；，") or "【写明整改措施】"
        named = "" if _list_of(work) else f"（{one.number}）"
        text = f"{number}.问题：{one.phrase}{named}。措施：{measure}。结果：{one.result}。"
        blocks.append(paragraph(f"{key}.{one.uuid[:8]}", text, cases=[one.uuid]))
    return blocks


def _clean_places(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """Places that inspectors looked at and found in order."""
    found = material.clean_places(
        town=work.document.town, units=values.chosen(work.document), period=work.document.period,
        limit=item["limit"] or MOST_IN_TEXT,
    )  # fmt: skip
    if not found:
        return []
    return [paragraph(key, packs.words(item["text"], {**work.words, "list": "、".join(found)}))]


def _record(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
    """A long field of the record the document is written from, a paragraph for each of its lines."""
    said = records.paragraphs(work.document, item["field"])
    return [paragraph(f"{key}.{number}", text) for number, text in enumerate(said, 1)]


def _board(color: str) -> Writer:
    def listed(work: Desk, key: str, item: dict[str, Any]) -> list[Block]:
        """Units on the list by decision of a person, with their score."""
        blocks = []
        for one in work.boards[color]:
            score = desk.score_key(one.unit, one.book)
            text = packs.words(
                item["text"],
                {**work.words, "unit": one.unit.label, "why": one.why.rstrip("。"), "place": one.place},
            )
            blocks.append(paragraph(f"{key}.{one.unit.code}-{one.book}", own(text, score)))
        return blocks

    return listed


_LISTS: dict[str, Writer] = {
    "units": _by_unit, "still_open": _still_open, "told_fixed": _told_fixed, "typical": _typical, "places": _by_place,
    "measures": _measures, "clean_places": _clean_places, "record": _record, "red": _board("red"), "black": _board("black"),
}  # fmt: skip
