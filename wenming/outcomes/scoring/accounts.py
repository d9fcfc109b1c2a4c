"""志愿者积分账户 (handbook §7.2): balances with expiry, exchanges within limits, stars by hours. Never ranked."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from wenming.ledger.periods import Period, previous
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Selector
from wenming.outcomes.scoring.facts import Event
from wenming.outcomes.scoring.operators.common import Piece, Question, Scene, outside
from wenming.outcomes.scoring.sheet import Lot, Sheet


@dataclass(frozen=True)
class Star:
    star: int
    hours: Decimal
    points: Decimal


@dataclass(frozen=True)
class Account:
    """`months`: how long points live (0 = for ever). `restart`: after the highest star the hours count anew."""

    months: int
    exchange: Selector | None
    most: Decimal | None
    times: int
    days: tuple[int, int] | None
    hours: Selector | None
    stars: tuple[Star, ...]
    restart: bool


def settled(scene: Scene, sheet: Sheet) -> Sheet:
    """The sheet with its account: lots left, balance, hours, stars. Points of a period are its total.

    Exchanges take the oldest points first. One that breaks a limit is a question, and takes nothing.
    """
    account: Account = scene.book.account
    earlier = [s for s in scene.history if s.book == scene.book.id and s.end < scene.period.start]
    lots = list(earlier[-1].lots) if earlier else []
    questions = list(sheet.questions)
    if not earlier and previous(scene.period).start >= scene.book.in_force and scene.unit.opening is None:
        questions.append(Question("积分余额", f"{sheet.name}没有上期的成绩单，期初积分（opening）是多少？"))
    if not earlier and scene.unit.opening:
        lots = [Lot("期初", scene.unit.opening, _expiry(scene.period, account.months))]
    rule = outside("积分兑换")
    piece = Piece()
    spent, times = amounts.ZERO, 0
    for event in scene.select(account.exchange, piece, rule) if account.exchange else ():
        refusal = _refusal(account, event, lots, spent, times)
        if refusal:
            questions.append(Question("积分兑换", f"{refusal}，这次兑换不入账；是否退回？", (event.id,)))
            continue
        lots = _taken(lots, event)
        spent, times = spent + event.quantity, times + 1
    lots = [lot for lot in lots if lot.points and (lot.expires is None or lot.expires > scene.period.end)]
    if sheet.total:
        lots.append(Lot(scene.period.key, sheet.total, _expiry(scene.period, account.months)))
    hours, stars = _stars(scene, earlier, sheet, piece)
    questions += piece.questions
    balance = sum((lot.points for lot in lots), amounts.ZERO)
    return replace(
        sheet, lots=tuple(lots), balance=balance, hours=hours, stars=stars, questions=tuple(questions)
    )


def _expiry(period: Period, months: int) -> date | None:
    """The last day of the month so many months after the period."""
    if not months:
        return None
    index = period.end.year * 12 + period.end.month - 1 + months + 1
    return date.fromordinal(date(index // 12, index % 12 + 1, 1).toordinal() - 1)


def _alive(lots: list[Lot], day: date) -> Decimal:
    return sum((lot.points for lot in lots if lot.expires is None or lot.expires >= day), amounts.ZERO)


def _refusal(account: Account, event: Event, lots: list[Lot], spent: Decimal, times: int) -> str:
    alive = _alive(lots, event.on)
    if account.days and not account.days[0] <= event.on.day <= account.days[1]:
        return f"{event.on} 不在每月 {account.days[0]}—{account.days[1]} 日的兑换期"
    if account.times and times >= account.times:
        return f"本期已兑换 {times} 次，最多 {account.times} 次"
    if account.most is not None and spent + event.quantity > account.most:
        return f"本期已兑 {amounts.text(spent)} 分，再兑 {amounts.text(event.quantity)} 分超过 {amounts.text(account.most)}"
    if event.quantity > alive:
        return f"余额 {amounts.text(alive)}，不够兑 {amounts.text(event.quantity)}"
    return ""


def _taken(lots: list[Lot], event: Event) -> list[Lot]:
    left, answer = event.quantity, []
    for lot in lots:
        alive = lot.expires is None or lot.expires >= event.on
        used = min(lot.points, left) if alive else amounts.ZERO
        left -= used
        answer.append(replace(lot, points=lot.points - used))
    return answer


def _stars(
    scene: Scene, earlier: list[Sheet], sheet: Sheet, piece: Piece
) -> tuple[Decimal | None, int | None]:
    account: Account = scene.book.account
    rule = outside("星级")
    if account.hours is None or not scene.unit.assessed:
        return None, None
    before = earlier[-1].hours or amounts.ZERO if earlier else amounts.ZERO
    hours = before + sum((event.quantity for event in scene.select(account.hours, piece, rule)), amounts.ZERO)
    points = sum((s.total for s in earlier if s.total), amounts.ZERO) + (sheet.total or amounts.ZERO)
    counted = hours
    if account.restart and account.stars and counted >= account.stars[-1].hours:
        counted = counted % account.stars[-1].hours
    reached = [star.star for star in account.stars if counted >= star.hours and points >= star.points]
    return hours, max(reached, default=0)
