"""Scores of samples, raters and votes (handbook §1.4 汇总公式, §2.1, §8.3; R13, R18)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from wenming.common.packs import Reader
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Rule, Selector
from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.facts import Event
from wenming.outcomes.scoring.operators.common import (
    Ask,
    Line,
    Operator,
    Piece,
    Question,
    Reading,
    Scene,
    grouped,
    positive,
    table,
)
from wenming.outcomes.scoring.operators.rates import ids

MISSING_KIND = ("others", "zero", "not_ranked", "ask")


def draw(places: Iterable[str], *, seed: str, number: int) -> tuple[str, ...]:
    """A random draw anybody can repeat: places in order of SHA-256(seed|place), the first `number` of them."""
    ordered = sorted(set(places), key=lambda place: hashlib.sha256(f"{seed}|{place}".encode()).digest())
    return tuple(ordered[:number])


@dataclass(frozen=True)
class Sample:
    """Marks of sampled sites (quantity out of `out_of`) → mean per kind → weighted mean → marks."""

    when: Selector
    by: tuple[str, ...]
    weights: Mapping[str, Decimal]
    missing_kind: str
    failure: Condition | None
    least: int
    out_of: Decimal
    full: Decimal
    draw: Selector | None


def _read_sample(reader: Reader, reading: Reading) -> Sample:
    weights = table(reader, "weights") if "weights" in reader.node else {}
    found = Sample(
        when=reading.selector(reader),
        by=reading.fields(reader, "by") if weights else (),
        weights=weights,
        missing_kind=reader.choice("missing_kind", MISSING_KIND) if weights else "others",
        failure=reading.condition(reader, "any_failure"),
        least=reader.integer("least", 1),
        out_of=positive(reader, "out_of", amounts.HUNDRED),
        full=positive(reader, "full"),
        draw=reading.selectors(reader, "draw"),
    )
    if any(weight <= 0 for weight in weights.values()):
        raise reader.fail("权重要大于 0", "weights")
    if found.least < 1:
        raise reader.fail("「least」（至少几个样本）至少是 1", "least")
    return found


def _compute_sample(scene: Scene, rule: Rule) -> Piece:
    spec: Sample = rule.spec
    piece = Piece()
    events = scene.select(spec.when, piece, rule)
    if spec.draw is not None:
        _check_draw(scene.select(spec.draw, piece, rule), events)
    piece.samples = len(events)
    if len(events) < spec.least:
        piece.missing = True
        return piece
    _refuse_over(events, spec.out_of)
    if spec.failure is not None:
        failed = [event for event in events if scene.holds(spec.failure, event)]
        if failed:
            words = f"抽查 {len(events)} 个，{len(failed)} 个不合格，整项 0 分"
            piece.lines.append(Line(rule.id, rule.name, ids(failed), words, amounts.ZERO))
            return piece
    mark, words = _mark(scene, spec, events, piece)
    if mark is None:
        return piece
    points = amounts.ratio(mark * spec.full, spec.out_of)
    if spec.full != spec.out_of:
        words += f"，÷ {amounts.text(spec.out_of)} × {amounts.text(spec.full)} = {amounts.text(points)}"
    piece.lines.append(Line(rule.id, rule.name, ids(events), words, points))
    return piece


def _check_draw(draws: list[Event], events: list[Event]) -> None:
    """Only sites of the recorded draw count; the draw is repeated from its seed."""
    if len(draws) != 1:
        raise Ask(f"应有一次抽签记录，现有 {len(draws)} 次，以哪一次为准？", *ids(draws))
    attrs = draws[0].attrs
    places, seed, number = attrs.get("places"), attrs.get("seed"), amounts.number(attrs.get("number"))
    if not isinstance(places, list) or not isinstance(seed, str) or number is None:
        raise Ask("抽签记录要写 places（名单）、seed（种子）和 number（抽几个）", draws[0].id)
    drawn = draw([str(place) for place in places], seed=seed, number=int(number))
    strange = [event for event in events if event.place not in drawn]
    if strange:
        raise Ask(
            f"{strange[0].place} 不在按种子「{seed}」抽出的名单（{'、'.join(drawn)}）里，算不算？",
            *ids(strange),
        )
    lacking = [place for place in drawn if place not in {event.place for event in events}]
    if lacking:
        raise Ask(f"抽中的 {lacking[0]} 没有成绩，怎么算？", draws[0].id)


def _refuse_over(events: list[Event], out_of: Decimal) -> None:
    over = [event for event in events if event.quantity > out_of]
    if over:
        raise Ask(
            f"得分 {amounts.text(over[0].quantity)} 超过满分 {amounts.text(out_of)}，是多少？", over[0].id
        )


def _mark(scene: Scene, spec: Sample, events: list[Event], piece: Piece) -> tuple[Decimal | None, str]:
    if not spec.weights:
        mark = amounts.mean(event.quantity for event in events)
        return mark, _mean_words([event.quantity for event in events], mark)
    kinds = dict(grouped(events, lambda event: "/".join(scene.field(event, name) for name in spec.by)))
    strange = [kind for kind in kinds if kind not in spec.weights]
    if strange:
        raise Ask(f"「{strange[0]}」没有权重，算不算、算多少？", *ids(kinds[strange[0]]))
    lacking = [kind for kind in spec.weights if kind not in kinds]
    if lacking and spec.missing_kind == "ask":
        raise Ask(f"没有「{'、'.join(lacking)}」的样本，怎么算？")
    if lacking and spec.missing_kind == "not_ranked":
        piece.missing = True
        return None, ""
    counted = (
        spec.weights if spec.missing_kind == "zero" else {k: w for k, w in spec.weights.items() if k in kinds}
    )
    means = {
        kind: amounts.mean(e.quantity for e in kinds[kind]) if kind in kinds else amounts.ZERO
        for kind in counted
    }
    total = sum(counted.values(), amounts.ZERO)
    mark = amounts.ratio(sum((means[kind] * weight for kind, weight in counted.items()), amounts.ZERO), total)
    parts = [
        f"{kind} {amounts.text(means[kind])} × {amounts.text(weight)}" for kind, weight in counted.items()
    ]
    words = f"({' + '.join(parts)}) ÷ {amounts.text(total)} = {amounts.text(mark)}"
    if lacking:
        words += (
            f"（没有{'、'.join(lacking)}，{'按 0 分' if spec.missing_kind == 'zero' else '取其余的均分'}）"
        )
    return mark, words


def _mean_words(values: list[Decimal], mark: Decimal) -> str:
    if len(values) == 1:
        return f"{amounts.text(mark)}（1 个样本）"
    shown = " + ".join(amounts.text(value) for value in values[:8]) + (" + …" if len(values) > 8 else "")
    return f"({shown}) ÷ {len(values)} = {amounts.text(mark)}"


@dataclass(frozen=True)
class Raters:
    """Mean of raters without the n highest and lowest."""

    when: Selector
    high: int
    low: int
    least: int
    out_of: Decimal
    full: Decimal


def _read_raters(reader: Reader, reading: Reading) -> Raters:
    found = Raters(
        reading.selector(reader), reader.integer("drop_highest", 0), reader.integer("drop_lowest", 0),
        reader.integer("least"), positive(reader, "out_of", amounts.HUNDRED), positive(reader, "full"),
    )  # fmt: skip
    if min(found.high, found.low) < 0 or found.least <= found.high + found.low:
        raise reader.fail("「least」（至少几人打分）要大于去掉的最高、最低之和", "least")
    return found


def _compute_raters(scene: Scene, rule: Rule) -> Piece:
    spec: Raters = rule.spec
    piece = Piece()
    events = scene.select(spec.when, piece, rule)
    piece.samples = len(events)
    if len(events) < spec.least:
        piece.missing = True
        return piece
    _refuse_over(events, spec.out_of)
    values = sorted(event.quantity for event in events)
    kept = values[spec.low : len(values) - spec.high]
    mark = amounts.mean(kept)
    words = f"{len(values)} 人打分"
    if spec.high or spec.low:
        words += f"，去掉 {spec.high} 个最高、{spec.low} 个最低"
    words += f"，{_mean_words(kept, mark)}"
    points = amounts.ratio(mark * spec.full, spec.out_of)
    if spec.full != spec.out_of:
        words += f"，÷ {amounts.text(spec.out_of)} × {amounts.text(spec.full)} = {amounts.text(points)}"
    piece.lines.append(Line(rule.id, rule.name, ids(events), words, points))
    return piece


@dataclass(frozen=True)
class Votes:
    """Ballots of several answers, each worth a share of the marks; `unsure` answers leave the denominator."""

    when: Selector
    by: tuple[str, ...]
    values: Mapping[str, Decimal]
    unsure: tuple[str, ...]
    least: int
    full: Decimal


def _read_votes(reader: Reader, reading: Reading) -> Votes:
    found = Votes(
        reading.selector(reader), reading.fields(reader, "by"), table(reader, "values"),
        tuple(reader.texts("unsure", [])), reader.integer("least", 1), positive(reader, "full"),
    )  # fmt: skip
    if any(not 0 <= value <= 1 for value in found.values.values()):
        raise reader.fail("「values」是每种票值满分的几成，在 0 到 1 之间", "values")
    return found


def _compute_votes(scene: Scene, rule: Rule) -> Piece:
    spec: Votes = rule.spec
    piece = Piece()
    counts: dict[str, Decimal] = dict.fromkeys(spec.values, amounts.ZERO)
    events = scene.select(spec.when, piece, rule)
    for event in events:
        answer = "/".join(scene.field(event, name) for name in spec.by)
        if answer in spec.unsure:
            continue
        if answer not in counts:
            piece.questions.append(Question(rule.name, f"选票「{answer}」算哪一种？", (event.id,)))
            continue
        counts[answer] += event.quantity
    total = sum(counts.values(), amounts.ZERO)
    piece.samples = int(total)
    if total < spec.least:
        piece.missing = True
        return piece
    share = amounts.ratio(sum((n * spec.values[answer] for answer, n in counts.items()), amounts.ZERO), total)
    points = share * spec.full
    parts = [
        f"{answer} {amounts.text(n)} × {amounts.text(spec.values[answer])}" for answer, n in counts.items()
    ]
    words = (
        f"({' + '.join(parts)}) ÷ {amounts.text(total)} × {amounts.text(spec.full)} = {amounts.text(points)}"
    )
    piece.lines.append(Line(rule.id, rule.name, ids(events), words, points))
    return piece


OPERATORS = {
    "sample": Operator("抽样均分", _read_sample, _compute_sample),
    "raters": Operator("评委打分", _read_raters, _compute_raters),
    "votes": Operator("民主测评", _read_votes, _compute_votes),
}
