"""Marks taken as they are, from another item, or from earlier periods (handbook §1.4 周期总分; monthly and yearly)."""

from dataclasses import dataclass
from decimal import Decimal

from wenming.common.packs import Reader
from wenming.ledger import periods
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Rule, Selector
from wenming.outcomes.scoring.operators.common import (
    Ask,
    Line,
    Operator,
    Piece,
    Reading,
    Scene,
    amount,
    optional,
)
from wenming.outcomes.scoring.operators.rates import ids


@dataclass(frozen=True)
class Value:
    """A mark somebody gave (quantity): the last one, the mean, or the sum, within a range, times a factor."""

    when: Selector
    take: str
    low: Decimal
    high: Decimal
    times: Decimal


def _read_value(reader: Reader, reading: Reading) -> Value:
    found = Value(
        reading.selector(reader), reader.choice("take", ("last", "mean", "sum")), amount(reader, "from", amounts.ZERO),
        amount(reader, "to"), amount(reader, "times", amounts.ONE),
    )  # fmt: skip
    if found.low >= found.high:
        raise reader.fail("「from」应当小于「to」", "to")
    return found


def _compute_value(scene: Scene, rule: Rule) -> Piece:
    spec: Value = rule.spec
    piece = Piece()
    events = scene.select(spec.when, piece, rule)
    piece.samples, piece.missing = len(events), not events
    if not events:
        return piece
    values = [event.quantity for event in events]
    if spec.take == "last":
        same = {event.quantity for event in events if event.on == events[-1].on and event.at == events[-1].at}
        if len(same) > 1:
            raise Ask(
                f"同一时间有几个不同的分数（{'、'.join(amounts.text(v) for v in sorted(same))}），以哪个为准？",
                *ids(events),
            )
        mark, words = values[-1], amounts.text(values[-1])
    elif spec.take == "sum":
        mark = sum(values, amounts.ZERO)
        words = " + ".join(amounts.text(value) for value in values)
    else:
        mark = amounts.mean(values)
        words = f"({' + '.join(amounts.text(value) for value in values)}) ÷ {len(values)}"
    if not spec.low <= mark <= spec.high:
        raise Ask(
            f"{amounts.text(mark)} 不在 {amounts.text(spec.low)} 到 {amounts.text(spec.high)} 之间，是多少？",
            *ids(events),
        )
    points = mark * spec.times
    words += f" × {amounts.text(spec.times)}" if spec.times != 1 else ""
    words += f" = {amounts.text(points)}" if words != amounts.text(points) else ""
    piece.lines.append(Line(rule.id, rule.name, ids(events), words, points))
    return piece


@dataclass(frozen=True)
class OfItem:
    """A share of another item's score."""

    item: str
    times: Decimal


def _read_of_item(reader: Reader, _reading: Reading) -> OfItem:
    return OfItem(reader.text("item"), amount(reader, "times"))


def _compute_of_item(scene: Scene, rule: Rule) -> Piece:
    spec: OfItem = rule.spec
    other = scene.done[spec.item]
    if other.score is None:
        if other.missing:
            return Piece(missing=True)
        raise Ask(f"「{other.title}」还有待定的问题")
    points = other.score * spec.times
    words = (
        f"{other.title} {amounts.text(other.score)} × {amounts.text(spec.times)} = {amounts.signed(points)}"
    )
    return Piece([Line(rule.id, rule.name, (), words, points)])


WITHIN = ("year", "last")


@dataclass(frozen=True)
class FromHistory:
    """Totals (or one item) of earlier sheets of a book: of this year, or the last n; mean, sum or weighted."""

    book: str
    item: str
    last: int
    take: str
    weights: tuple[Decimal, ...]
    least: int
    times: Decimal


def _read_history(reader: Reader, _reading: Reading) -> FromHistory:
    weights = reader.raw("weights", [])
    if not isinstance(weights, list) or any(amounts.number(each) is None for each in weights):
        raise reader.fail("「weights」应当是一列数，先写最早的", "weights")
    found = FromHistory(
        book=reader.text("book", ""),
        item=reader.text("item", ""),
        last=reader.integer("last", 0),
        take=reader.choice("take", ("mean", "sum", "weighted", "previous")),
        weights=tuple(amounts.number(each) or amounts.ZERO for each in weights),
        least=reader.integer("least", 1),
        times=amount(reader, "times", amounts.ONE),
    )
    if (found.take == "weighted") != bool(found.weights):
        raise reader.fail("「weights」和 take: weighted 要一起写", "take")
    if found.weights and found.last != len(found.weights):
        raise reader.fail(f"「weights」有 {len(found.weights)} 个，「last」要一样多", "weights")
    return found


def _compute_history(scene: Scene, rule: Rule) -> Piece:
    spec: FromHistory = rule.spec
    book = spec.book or scene.book.id
    # A book that looks at itself sees only what came before; a yearly book sees the months within its year.
    sheets = [
        sheet
        for sheet in scene.history
        if sheet.book == book
        and (sheet.start < scene.period.start or spec.book)
        and sheet.end <= scene.period.end
    ]
    if spec.take == "previous":
        before = periods.previous(scene.period)
        sheets = [sheet for sheet in sheets if sheet.period == before.key]
    elif spec.last:
        sheets = sheets[-spec.last :]
    else:
        sheets = [sheet for sheet in sheets if sheet.end.year == scene.period.end.year]
    found = [(sheet.period, _of(sheet, spec.item)) for sheet in sheets]
    values = [(period, value) for period, value in found if value is not None]
    piece = Piece(samples=len(values))
    if len(values) < max(spec.least, len(spec.weights)):
        piece.missing = True
        return piece
    numbers = [value for _, value in values]
    if spec.take == "weighted":
        total = sum(spec.weights, amounts.ZERO)
        mark = amounts.ratio(
            sum((v * w for v, w in zip(numbers, spec.weights, strict=True)), amounts.ZERO), total
        )
        parts = [
            f"{p} {amounts.text(v)} × {amounts.text(w)}"
            for (p, v), w in zip(values, spec.weights, strict=True)
        ]
        words = f"({' + '.join(parts)}) ÷ {amounts.text(total)}"
    elif spec.take == "mean":
        mark = amounts.mean(numbers)
        words = f"({' + '.join(f'{p} {amounts.text(v)}' for p, v in values)}) ÷ {len(values)}"
    else:
        mark = sum(numbers, amounts.ZERO)
        words = " + ".join(f"{p} {amounts.text(v)}" for p, v in values)
    points = mark * spec.times
    words += f" × {amounts.text(spec.times)}" if spec.times != 1 else ""
    piece.lines.append(Line(rule.id, rule.name, (), f"{words} = {amounts.text(points)}", points))
    return piece


def _of(sheet: object, item: str) -> Decimal | None:
    if not item:
        return sheet.exact  # type: ignore[attr-defined, no-any-return]
    return next((each.score for each in sheet.items if each.id == item), None)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Opening:
    """A running balance: what the period before left, or the opening balance of the unit's line."""

    default: Decimal | None


def _read_opening(reader: Reader, _reading: Reading) -> Opening:
    return Opening(optional(reader, "default"))


def _compute_opening(scene: Scene, rule: Rule) -> Piece:
    """`default` is for the first period of the book only; a lost sheet in between is asked for."""
    spec: Opening = rule.spec
    before = periods.previous(scene.period)
    for sheet in scene.history:
        if sheet.book == scene.book.id and sheet.period == before.key and sheet.exact is not None:
            return Piece(
                [Line(rule.id, rule.name, (), f"{before.label}结转 {amounts.text(sheet.exact)}", sheet.exact)]
            )
    opening = scene.unit.opening
    if opening is None and before.start < scene.book.in_force:
        opening = spec.default
    if opening is None:
        raise Ask(f"{scene.unit.name}没有{before.label}的成绩单，期初分（opening）是多少？")
    return Piece([Line(rule.id, rule.name, (), f"期初 {amounts.text(opening)}", opening)])


OPERATORS = {
    "value": Operator("直接得分", _read_value, _compute_value),
    "of_item": Operator("按另一项计", _read_of_item, _compute_of_item),
    "from_history": Operator("取以前各期", _read_history, _compute_history),
    "opening": Operator("结转与期初", _read_opening, _compute_opening),
}
