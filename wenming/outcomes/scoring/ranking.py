"""Places by group, ties by the declared rule (handbook §1.4: 并列名次同名), nobody ranked on nothing."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from wenming.ledger import periods
from wenming.outcomes.scoring.book import Book, Ranking
from wenming.outcomes.scoring.operators.common import Question, Scene
from wenming.outcomes.scoring.sheet import Sheet

TIES = {"competition": "并列，占位（1、1、3）", "dense": "并列，不占位（1、1、2）", "ask": "由人定"}
Key = tuple[Decimal, ...]


def ranked(book: Book, sheets: Sequence[Sheet], scenes: Mapping[str, Scene]) -> list[Sheet]:
    """Sheets with place, place from the last, number of ranked, and change against the period before."""
    if book.ranking is not None:
        sheets = placed(book.ranking, [_few(book.ranking, each) for each in sheets])
    return [_changed(book, sheet, scenes[sheet.unit]) for sheet in sheets]


def placed(rule: Ranking, sheets: Sequence[Sheet]) -> list[Sheet]:
    """Sheets with places by group; those with a reason not to be ranked stay without."""
    groups: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        groups.setdefault(sheet.group if rule.by_group else "", []).append(sheet)
    return [found for group in groups.values() for found in _places(rule, group)]


def _few(rule: Ranking, sheet: Sheet) -> Sheet:
    """Too few samples: shown, not ranked."""
    if rule.least_samples is None or sheet.not_ranked:
        return sheet
    name, least = rule.least_samples
    item = next((item for item in sheet.items if item.id == name), None)
    if item is None or item.samples < least:
        return replace(sheet, not_ranked=f"样本 {item.samples if item else 0} 个，少于 {least} 个")
    return sheet


def _key(rule: Ranking, sheet: Sheet) -> Key:
    """Best first. An undecided or missing tie-breaker counts as the least."""
    scores = {item.id: item.score for item in sheet.items}
    key = [-(sheet.total or Decimal(0))]
    for name, more_is_better in rule.tie_breakers:
        score = scores.get(name) or Decimal(0)
        key.append(-score if more_is_better else score)
    return tuple(key)


def _places(rule: Ranking, group: list[Sheet]) -> list[Sheet]:
    inside = [sheet for sheet in group if not sheet.not_ranked and sheet.exact is not None]
    keys = {sheet.unit: _key(rule, sheet) for sheet in inside}
    marks = sorted(keys.values())
    order = sorted(set(marks)) if rule.ties == "dense" else marks
    eligible = sorted(keys[sheet.unit] for sheet in inside if not sheet.barred)
    equal: dict[Key, list[Sheet]] = {}
    for sheet in inside:
        equal.setdefault(keys[sheet.unit], []).append(sheet)
    answer = [sheet for sheet in group if sheet.unit not in keys]
    for sheet in inside:
        key = keys[sheet.unit]
        tied = [other.name for other in equal[key] if other.unit != sheet.unit]
        if tied and rule.ties == "ask":
            question = Question("排名", f"与{'、'.join(tied)}同分，名次怎么定？")
            answer.append(replace(sheet, questions=(*sheet.questions, question), not_ranked="同分，名次待定"))
            continue
        answer.append(
            replace(
                sheet,
                place=bisect_left(order, key) + 1,
                from_last=len(order) - bisect_right(order, key) + 1,
                prize_place=None if sheet.barred else bisect_left(eligible, key) + 1,
                ranked=len(inside),
            )
        )
    return answer


def _changed(book: Book, sheet: Sheet, scene: Scene) -> Sheet:
    before = periods.previous(scene.period).key
    earlier = next((s for s in scene.history if s.book == book.id and s.period == before), None)
    if earlier is None:
        return sheet
    change = None
    if sheet.total is not None and earlier.total is not None:
        change = sheet.total - earlier.total
    places = earlier.place - sheet.place if sheet.place and earlier.place else None
    return replace(sheet, change=change, change_places=places)
