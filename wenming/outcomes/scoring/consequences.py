"""Consequences as proposals (handbook §4.3, §4.4): the machine proposes, a person confirms with a ground."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from wenming.ledger import periods
from wenming.outcomes.scoring import amounts, standing
from wenming.outcomes.scoring.book import Band, Book, Selector
from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.operators.common import Question, Scene
from wenming.outcomes.scoring.sheet import Proposal, Sheet

HIGHEST_CUT = Decimal(20)
"""Percent of a month's wage: 工资支付规定 allows no more to be withheld (handbook §4.4)."""
BOARDS = {"red": "红榜", "black": "黑榜"}


@dataclass(frozen=True)
class Trigger:
    """All that is written must hold. Nothing holds for a unit that is undecided, except events."""

    first: int | None
    last: int | None
    below: Decimal | None
    at_least: Decimal | None
    grades: tuple[str, ...]
    groups: tuple[str, ...]
    events: Selector | None
    least: int
    condition: Condition | None


@dataclass(frozen=True)
class Consequence:
    """`share_by`: attribute of the unit with the number of persons an amount is shared among."""

    id: str
    title: str
    op: str
    trigger: Trigger | None
    action: str
    ground: str
    line: int
    prizes: tuple[Decimal, ...] = ()
    share_ties: bool = False
    share_by: str = ""
    per_point: Decimal = amounts.ZERO
    above: Decimal = amounts.ZERO
    steps: tuple[tuple[int, str], ...] = ()
    running: bool = True
    memory: int = 0
    skips: bool = False
    restart: bool = False
    amount: Decimal | None = None
    attribute: str = ""
    bands: tuple[Band, ...] = ()
    per_event: tuple[tuple[str, Selector, Decimal], ...] = ()
    floor: Decimal = amounts.ZERO
    target: Decimal | None = None
    percent: Decimal = amounts.ZERO
    performance: Decimal = amounts.ZERO
    minimum: Decimal = amounts.ZERO
    cut: Decimal = HIGHEST_CUT
    board: str = ""
    """RED or BLACK: the unit enters that list once a person has confirmed the proposal."""


def proposed(book: Book, sheets: Sequence[Sheet], scenes: Mapping[str, Scene]) -> list[Sheet]:
    """Sheets with their proposals, the ladders they stand on, and questions the ladders raise."""
    answer = []
    for each in sheets:
        done = each
        for rule in book.consequences:
            done = _one(rule, done, scenes[each.unit], sheets)
        answer.append(done)
    return answer


def _one(rule: Consequence, sheet: Sheet, scene: Scene, sheets: Sequence[Sheet]) -> Sheet:
    if rule.op == "prizes":
        return _with(sheet, _prize(rule, sheet, scene, sheets))
    why, asked = _why(rule.trigger, sheet, scene, rule.title) if rule.trigger else ("按成绩", [])
    if asked:
        sheet = replace(sheet, questions=(*sheet.questions, *asked))
    if rule.op == "ladder":
        return _ladder(rule, sheet, scene, why)
    if not why:
        return sheet
    if rule.op == "proposal":
        proposal = Proposal(rule.id, rule.title, rule.action, rule.ground, why, board=rule.board)
        return _with(sheet, proposal)
    if sheet.exact is None:
        return sheet
    if rule.op == "per_point":
        return _with(sheet, _per_point(rule, sheet, scene, why))
    money = _money(rule, scene)
    if money is None:
        question = Question(rule.title, f"{sheet.name}的金额（attrs.{rule.attribute}）是多少？")
        return replace(sheet, questions=(*sheet.questions, question))
    return _with(sheet, (_fee if rule.op == "fee" else _wage)(rule, sheet, scene, money))


def _with(sheet: Sheet, proposal: Proposal | None) -> Sheet:
    return sheet if proposal is None else replace(sheet, proposals=(*sheet.proposals, proposal))


def _why(trigger: Trigger, sheet: Sheet, scene: Scene, title: str) -> tuple[str, list[Question]]:
    """Why the trigger holds, in words; empty when it does not."""
    if trigger.groups and sheet.group not in trigger.groups:
        return "", []
    words = [_of_group(trigger), _of_place(trigger, sheet), _of_mark(trigger, sheet)]
    if trigger.condition is not None:
        words.append(
            f"符合「{trigger.condition.source}」" if standing.holds(trigger.condition, sheet) else None
        )
    if None in words:
        return "", []
    if trigger.events is not None:
        events, asked = standing.happened(scene, trigger.events, title)
        if asked or len(events) < trigger.least:
            return "", asked
        words.append(f"{len(events)} 件（{'、'.join(events[:5])}{'…' if len(events) > 5 else ''}）")
    return "；".join(word for word in words if word), []


def _of_group(trigger: Trigger) -> str | None:
    only = Trigger(None, None, None, None, (), trigger.groups, None, trigger.least, None)
    return f"属于{'、'.join(trigger.groups)}" if trigger == only else ""


def _of_place(trigger: Trigger, sheet: Sheet) -> str | None:
    """Words for the place; empty where no place is asked; None when it does not hold."""
    words = ""
    if trigger.first is not None:
        if sheet.prize_place is None or sheet.prize_place > trigger.first:
            return None
        words = f"第 {sheet.prize_place} 名"
    if trigger.last is not None:
        # Where all stand equal, or one stands alone, the first place is no bottom place.
        if sheet.from_last is None or sheet.from_last > trigger.last or sheet.place == 1:
            return None
        words = "末位" if sheet.from_last == 1 else f"倒数第 {sheet.from_last} 名"
    return words


def _of_mark(trigger: Trigger, sheet: Sheet) -> str | None:
    words = []
    for bound, under in ((trigger.below, True), (trigger.at_least, False)):
        if bound is not None:
            if sheet.total is None or (sheet.total < bound) is not under:
                return None
            words.append(
                f"{amounts.text(sheet.total)} 分，{'低于' if under else '不低于'} {amounts.text(bound)}"
            )
    if trigger.grades:
        if sheet.grade not in trigger.grades:
            return None
        words.append(f"等次「{sheet.grade}」")
    return "；".join(words)


def _prize(rule: Consequence, sheet: Sheet, scene: Scene, sheets: Sequence[Sheet]) -> Proposal | None:
    place = sheet.prize_place
    by_group = scene.book.ranking is None or scene.book.ranking.by_group
    if place is None or place > len(rule.prizes):
        return None
    if rule.trigger is not None and not _why(rule.trigger, sheet, scene, rule.title)[0]:
        return None
    tied = [s for s in sheets if s.prize_place == place and (s.group == sheet.group or not by_group)]
    why = f"第 {place} 名" + (f"（{len(tied)} 个并列）" if len(tied) > 1 else "")
    amount, formula = rule.prizes[place - 1], amounts.text(rule.prizes[place - 1])
    if rule.share_ties and len(tied) > 1:
        pool = rule.prizes[place - 1 : place - 1 + len(tied)]
        amount = amounts.ratio(sum(pool, amounts.ZERO), Decimal(len(tied)))
        formula = (
            f"({' + '.join(amounts.text(each) for each in pool)}) ÷ {len(tied)} = {amounts.text(amount)}"
        )
    return _paid(rule, scene, why, amount, formula)


def _paid(rule: Consequence, scene: Scene, why: str, amount: Decimal, formula: str) -> Proposal:
    """Money to the fen; the share of each person is written in the formula, never paid out by name."""
    amount = amounts.rounded(amount, 2, "half_up")
    if rule.share_by:
        persons = amounts.number(scene.unit.attrs.get(rule.share_by))
        if persons and persons > 0:
            each = amounts.rounded(amounts.ratio(amount, persons), 2, "down")
            formula += f"；{amounts.text(persons)} 人，每人 {amounts.text(each)}"
    return Proposal(rule.id, rule.title, rule.action, rule.ground, why, amount, formula)


def _per_point(rule: Consequence, sheet: Sheet, scene: Scene, why: str) -> Proposal | None:
    total = sheet.total if sheet.total is not None else amounts.ZERO
    points = max(total - rule.above, amounts.ZERO)
    if not points:
        return None
    amount = points * rule.per_point
    formula = f"({amounts.text(total)} − {amounts.text(rule.above)})" if rule.above else amounts.text(total)
    return _paid(
        rule, scene, why, amount, f"{formula} × {amounts.text(rule.per_point)} = {amounts.text(amount)}"
    )


def _ladder(rule: Consequence, sheet: Sheet, scene: Scene, why: str) -> Sheet:
    sheet = replace(sheet, ladders={**sheet.ladders, rule.id: bool(why)})
    if not why:
        return sheet
    count, lacking = _count(rule, scene)
    if lacking:
        question = Question(
            rule.title,
            f"没有 {lacking} 的成绩单，数不出{'连续' if rule.running else '累计'}几次，当时在不在列？",
        )
        return replace(sheet, questions=(*sheet.questions, question))
    top = rule.steps[-1][0]
    if rule.restart:
        count = (count - 1) % top + 1
    reached = [(number, action) for number, action in rule.steps if number <= count]
    if not reached:
        return sheet
    words = f"{why}，{'连续' if rule.running else '累计'}第 {count} 次"
    return _with(sheet, Proposal(rule.id, rule.title, reached[-1][1], rule.ground, words))


def _count(rule: Consequence, scene: Scene) -> tuple[int, str]:
    """How many times, this one included; or the label of a period whose sheet is lacking."""
    own = {sheet.period: sheet for sheet in scene.history if sheet.book == scene.book.id}
    count, period = 1, scene.period
    for _ in range(rule.memory):
        period = periods.previous(period)
        sheet = own.get(period.key)
        if sheet is None:
            # Before the book there was nothing to be last in; an earlier version of it left sheets.
            if period.start < scene.book.in_force:
                break
            return count, period.label
        if sheet.ladders.get(rule.id):
            count += 1
        elif rule.running and not (sheet.exact is None and rule.skips):
            break
    return count, ""


def _money(rule: Consequence, scene: Scene) -> Decimal | None:
    return rule.amount if rule.amount is not None else amounts.number(scene.unit.attrs.get(rule.attribute))


def _fee(rule: Consequence, sheet: Sheet, scene: Scene, money: Decimal) -> Proposal:
    """Contract fee by band, less so many percent per started or whole point below the target and per event."""
    total = sheet.total if sheet.total is not None else amounts.ZERO
    percent, words = amounts.HUNDRED, []
    if rule.bands:
        band = next(band for band in rule.bands if total in band)
        percent = band.value
        words.append(f"{amounts.text(total)} 分按 {amounts.text(percent)}%")
    if rule.target is not None and total < rule.target:
        short = rule.target - total
        percent -= short * rule.percent
        words.append(f"低 {amounts.text(short)} 分 × {amounts.text(rule.percent)}%")
    for title, selector, each in rule.per_event:
        events, _ = standing.happened(scene, selector, title)
        if events:
            percent -= each * len(events)
            words.append(f"{title} {len(events)} 次 × {amounts.text(each)}%")
    if percent < rule.floor:
        words.append(f"最少付 {amounts.text(rule.floor)}%")
        percent = rule.floor
    amount = amounts.ratio(money * percent, amounts.HUNDRED)
    why = "；".join(words) or "全额"
    formula = f"{amounts.text(money)} × {amounts.text(percent)}% = {amounts.text(amount)}"
    return _paid(rule, scene, why, amount, formula)


def _wage(rule: Consequence, sheet: Sheet, scene: Scene, money: Decimal) -> Proposal:
    """Performance part × coefficient, never below what the law leaves (handbook §4.4: 没有罚款)."""
    total = sheet.total if sheet.total is not None else amounts.ZERO
    band = next(band for band in rule.bands if total in band)
    part = amounts.ratio(money * rule.performance, amounts.HUNDRED)
    pay = money - part + part * band.value
    formula = f"{amounts.text(money - part)} + {amounts.text(part)} × {amounts.text(band.value)} = {amounts.text(pay)}"
    floor = max(
        amounts.ratio(money * (amounts.HUNDRED - rule.cut), amounts.HUNDRED), min(rule.minimum, money)
    )
    if pay < floor:
        formula += f"，不低于 {amounts.text(floor)}（扣减不超过 {amounts.text(rule.cut)}%，不低于最低工资 {amounts.text(rule.minimum)}）"
        pay = floor
    return _paid(rule, scene, f"{amounts.text(total)} 分，绩效系数 {amounts.text(band.value)}", pay, formula)
