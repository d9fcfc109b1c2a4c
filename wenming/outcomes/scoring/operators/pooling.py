"""Rates of small samples, drawn to the mean of their group before they become points.

Three visits tell little: who had three clean ones is not better than who had sixty with one fault. The rate is
therefore x ÷ n of the unit taken together with m places at the rate of its group, (x + m·p̄) ÷ (n + m). This is the
m-estimate (Cestnik 1990), the same shape as the empirical-Bayes estimate of Efron and Morris (1975): a unit with many
places keeps its own rate, one with few is judged like its group. m is written in the book and shown in the formula.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from wenming.common.packs import Reader
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Book, Rule, Selector
from wenming.outcomes.scoring.operators.common import Line, Operator, Piece, Reading, Scene, amount, positive
from wenming.outcomes.scoring.operators.rates import ids, measure

OP = "pooled_rate"


@dataclass(frozen=True)
class Pooled:
    """`draw`: m, in units of the denominator. `best` and `worst`: rates (in percent) that give full marks and none;
    what lies between gives marks in proportion. `best` may be above `worst` (整改率) or below (问题率)."""

    top: Selector
    bottom: Selector
    measure: str
    draw: Decimal
    best: Decimal
    worst: Decimal
    full: Decimal
    least: int


def _read(reader: Reader, reading: Reading) -> Pooled:
    found = Pooled(
        top=reading.selector(reader, "numerator"),
        bottom=reading.selector(reader, "denominator"),
        measure=reader.choice("measure", ("count", "quantity"), "count"),
        draw=positive(reader, "draw"),
        best=amount(reader, "best"),
        worst=amount(reader, "worst"),
        full=positive(reader, "full"),
        least=reader.integer("least", 1),
    )
    if found.best == found.worst or min(found.best, found.worst) < 0:
        raise reader.fail("「best」（满分的百分数）和「worst」（零分的百分数）要不同，都不小于 0", "worst")
    if found.least < 1:
        raise reader.fail("「least」（至少几个）至少是 1", "least")
    return found


def with_pools(book: Book, scenes: Mapping[str, Scene]) -> dict[str, Scene]:
    """The scenes with the sums of their groups, for the rules that draw to them; as they are where no rule does."""
    rules = [rule for item in book.items for rule in item.rules if rule.op == OP]
    if not rules:
        return dict(scenes)
    sums: dict[str, dict[str, tuple[Decimal, Decimal]]] = {}
    for scene in scenes.values():
        if not scene.unit.assessed:
            continue
        pools = sums.setdefault(scene.unit.group, {})
        for rule in rules:
            top, bottom = pools.get(rule.id, (amounts.ZERO, amounts.ZERO))
            more, places = _counted(scene, rule, Piece())
            pools[rule.id] = (top + more, bottom + places)
    return {code: _in_pool(scene, sums.get(scene.unit.group, {})) for code, scene in scenes.items()}


def _in_pool(scene: Scene, pools: dict[str, tuple[Decimal, Decimal]]) -> Scene:
    """The scene itself where nothing changed, so that it need not be computed again."""
    return scene if scene.pools == pools else replace(scene, pools=pools)


def _counted(scene: Scene, rule: Rule, piece: Piece) -> tuple[Decimal, Decimal]:
    spec: Pooled = rule.spec
    return (
        measure(spec.measure, scene.select(spec.top, piece, rule)),
        measure(spec.measure, scene.select(spec.bottom, piece, rule)),
    )


def _compute(scene: Scene, rule: Rule) -> Piece:
    spec: Pooled = rule.spec
    piece = Piece()
    events = scene.select(spec.top, piece, rule)
    top, bottom = _counted(scene, rule, Piece())
    all_top, all_bottom = scene.pools[rule.id]
    piece.samples = int(bottom)
    if bottom < spec.least:
        piece.missing = True
        return piece
    mean = amounts.ratio(all_top, all_bottom)
    drawn = amounts.ratio(top + spec.draw * mean, bottom + spec.draw)
    percent = drawn * amounts.HUNDRED
    share = amounts.clamp(
        amounts.ratio(percent - spec.worst, spec.best - spec.worst), amounts.ZERO, amounts.ONE
    )
    points = spec.full * share
    formula = (
        f"{amounts.text(top)} ÷ {amounts.text(bottom)}，向本组 {amounts.text(all_top)} ÷ {amounts.text(all_bottom)} 收缩："
        f"({amounts.text(top)} + {amounts.text(spec.draw)} × {amounts.text(mean)}) ÷ ({amounts.text(bottom)} + {amounts.text(spec.draw)})"
        f" = {amounts.text(percent)}%；{amounts.text(spec.best)}% 满分，{amounts.text(spec.worst)}% 零分，"
        f"{amounts.text(spec.full)} × {amounts.text(share)} = {amounts.text(points)}"
    )
    piece.lines.append(Line(rule.id, rule.name, ids(events), formula, points))
    return piece


OPERATORS = {OP: Operator("向组均值收缩的比率", _read, _compute)}
