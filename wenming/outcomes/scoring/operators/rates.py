"""Points by counts, rates and norms (handbook §1.4, §3.4, §4.2 grade_by_count, deduct_tiered, ratio_score)."""

import decimal
from dataclasses import dataclass
from decimal import Decimal

from wenming.common.packs import Reader
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Band, Rule, Selector
from wenming.outcomes.scoring.facts import Event
from wenming.outcomes.scoring.operators.common import (
    Ask,
    Line,
    Operator,
    Piece,
    Reading,
    Scene,
    amount,
    grouped,
    optional,
    positive,
)

MEASURES = {"count": "件数", "quantity": "数量", "cases": "案件数", "places": "点位数"}
ZERO_DENOMINATOR = ("full", "zero", "ask", "missing")


def bands(reader: Reader, key: str, *, value: str, least: Decimal | None = None) -> tuple[Band, ...]:
    """A table of stretches, from the lowest: each `below` (outside) until the last, which has none.

    Refuses tiers out of order (they would overlap), and tiers nothing can reach.
    """
    found: list[Band] = []
    low: Decimal | None = None
    for each in reader.each(key):
        high = optional(each, "below")
        if found and found[-1].high is None:
            raise each.fail("前一档没有写「below」，已经包住了后面所有的数，这一档永远到不了")
        if high is not None and low is not None and high <= low:
            raise each.fail(f"这一档到 {high} 为止，前一档已到 {low}，两档重叠或次序颠倒", "below")
        if high is not None and least is not None and high <= least:
            raise each.fail(f"不会有小于 {high} 的数，这一档永远到不了", "below")
        found.append(Band(low, high, amount(each, value), each.text("title", "")))
        each.done()
        low = high
    if not found or found[-1].high is not None:
        raise reader.fail(f"「{key}」的最后一档不写「below」，表示以上全部", key)
    return tuple(found)


def measure(name: str, events: list[Event]) -> Decimal:
    """How much there is of it."""
    if name == "quantity":
        return sum((event.quantity for event in events), amounts.ZERO)
    if name == "cases":
        return Decimal(len({event.case or f"\0{event.id}" for event in events}))
    if name == "places":
        return Decimal(len({event.place or f"\0{event.id}" for event in events}))
    return Decimal(len(events))


def ids(events: list[Event]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([event.id for event in events]))


@dataclass(frozen=True)
class Banded:
    """One figure looked up in a table. `each`: of every place, case …, not of all together."""

    when: Selector
    measure: str
    each: str
    bands: tuple[Band, ...]
    full: Decimal | None
    with_none: bool


def _read_bands(reader: Reader, reading: Reading) -> Banded:
    return Banded(
        when=reading.selector(reader),
        measure=reader.choice("measure", MEASURES, "count"),
        each=reading.fields(reader, "each")[0] if "each" in reader.node else "",
        bands=bands(reader, "bands", value="points", least=amounts.ZERO),
        full=None,
        with_none=True,
    )


def _read_grades(reader: Reader, reading: Reading) -> Banded:
    rates = bands(reader, "grades", value="rate", least=amounts.ZERO)
    for band, each in zip(rates, reader.each("grades"), strict=True):
        if not 0 <= band.value <= 1:
            raise each.fail("「rate」是得分率，在 0 到 1 之间", "rate")
    return Banded(
        when=reading.selector(reader),
        measure=reader.choice("measure", MEASURES, "count"),
        each="",
        bands=rates,
        full=positive(reader, "full"),
        with_none=True,
    )


def _compute_bands(scene: Scene, rule: Rule) -> Piece:
    spec: Banded = rule.spec
    piece = Piece()
    events = scene.select(spec.when, piece, rule)
    piece.samples = len(events)
    groups = list(grouped(events, lambda e: str(e.value(spec.each) or e.id))) if spec.each else [("", events)]
    for key, found in groups:
        amount_found = measure(spec.measure, found)
        band = next(band for band in spec.bands if amount_found in band)
        words = f"{key}：" if key else ""
        words += f"{MEASURES[spec.measure]} {amounts.text(amount_found)}"
        words += f"，{band.title}" if band.title else ""
        points = band.value
        if spec.full is not None:
            points = band.value * spec.full
            words += f"，{amounts.text(spec.full)} × {amounts.text(band.value)} = {amounts.text(points)}"
        else:
            words += f" → {amounts.signed(points)}"
        if points or found or spec.full is not None:
            piece.lines.append(Line(rule.id, rule.name, ids(found), words, points))
    return piece


@dataclass(frozen=True)
class Rate:
    """Numerator ÷ denominator, turned into points.

    `share`: rate × full; `target`: full at the target and `slope` points off per percentage point below it
    (`whole`: only whole points count); `bands`: points looked up by the rate in percent.
    """

    top: Selector
    bottom: Selector
    less: Selector | None
    measure: str
    reverse: bool
    zero: str
    least: int
    full: Decimal
    target: Decimal | None
    slope: Decimal | None
    whole: bool
    proportional: bool
    bands: tuple[Band, ...]
    days: int


def _read_rate(reader: Reader, reading: Reading) -> Rate:
    tiers = bands(reader, "bands", value="points", least=amounts.ZERO) if "bands" in reader.node else ()
    target, slope = optional(reader, "target"), optional(reader, "points_per_percent")
    found = Rate(
        top=reading.selector(reader, "numerator"),
        bottom=reading.selector(reader, "denominator"),
        less=reading.selectors(reader, "minus"),
        measure=reader.choice("measure", MEASURES, "count"),
        reverse=reader.flag("reverse", default=False),
        zero=reader.choice("zero_denominator", ZERO_DENOMINATOR),
        least=reader.integer("least", 0),
        full=amounts.ZERO if tiers else positive(reader, "full"),
        target=target,
        slope=slope,
        whole=reader.flag("whole_points", default=False),
        proportional=reader.flag("proportional", default=False),
        bands=tiers,
        days=reader.integer("lookback_days", 0),
    )
    if not 0 <= found.days <= 1100:
        raise reader.fail("「lookback_days」应当在 0 到 1100 之间", "lookback_days")
    if tiers and (target is not None or slope is not None or found.proportional):
        raise reader.fail("「bands」和 target、points_per_percent、proportional 只能用一种", "bands")
    if tiers and any(band.low is not None and band.low > 100 for band in tiers):
        raise reader.fail("比率按百分数比，超过 100 的档永远到不了", "bands")
    if target is not None and not 0 < target <= 100:
        raise reader.fail("「target」写百分数，在 0 到 100 之间，如 90", "target")
    if target is not None and (slope is None) != found.proportional:
        raise reader.fail(
            "写了「target」，还要写「points_per_percent」（每低一个百分点扣几分）或 proportional: true",
            "target",
        )
    if slope is not None and (slope <= 0 or target is None):
        raise reader.fail("「points_per_percent」要大于 0，并和「target」一起写", "points_per_percent")
    if found.whole and slope is None:
        raise reader.fail("「whole_points」要和「points_per_percent」一起用", "whole_points")
    return found


def _compute_rate(scene: Scene, rule: Rule) -> Piece:
    spec: Rate = rule.spec
    piece = Piece()
    bottom_events = scene.select(spec.bottom, piece, rule)
    if spec.less is not None:
        # Suspended, not applicable, not yet due: cases named here leave the denominator and the numerator.
        off = {event.case or event.id for event in scene.select(spec.less, piece, rule, earlier=True)}
        bottom_events = [event for event in bottom_events if (event.case or event.id) not in off]
    else:
        off = set()
    top_events = _numerator(scene, rule, piece, bottom_events, off)
    bottom, top = measure(spec.measure, bottom_events), measure(spec.measure, top_events)
    piece.samples = int(bottom)
    used = ids(bottom_events + top_events)
    if bottom < spec.least:
        piece.missing = True
        return piece
    if not bottom:
        return _no_denominator(spec, rule, piece)
    if top > bottom:
        raise Ask(f"分子 {amounts.text(top)} 大于分母 {amounts.text(bottom)}，漏记了哪些？", *used)
    percent = amounts.settled(amounts.ratio(top * 100, bottom))
    words = f"{amounts.text(top)} ÷ {amounts.text(bottom)} = {amounts.text(percent)}%"
    if spec.reverse:
        percent = 100 - percent
        words += f"，反向 {amounts.text(percent)}%"
    points, more = _rate_points(spec, percent)
    piece.lines.append(Line(rule.id, rule.name, used, f"{words}，{more}", points))
    return piece


def _numerator(scene: Scene, rule: Rule, piece: Piece, bottom: list[Event], off: set[str]) -> list[Event]:
    """Where cases are counted, only cases of the denominator: work on other cases must not mend the rate,
    and a case done before the period in which it falls due is done."""
    spec: Rate = rule.spec
    cases = {event.case for event in bottom if event.case}
    found = scene.select(spec.top, piece, rule, earlier=bool(cases))
    if cases:
        return [event for event in found if event.case in cases]
    return [event for event in found if (event.case or event.id) not in off]


def _no_denominator(spec: Rate, rule: Rule, piece: Piece) -> Piece:
    if spec.zero == "ask":
        raise Ask("分母为零，这一项按多少分？")
    if spec.zero == "missing":
        piece.missing = True
    elif spec.zero == "full":
        points = max((band.value for band in spec.bands), default=spec.full)
        piece.lines.append(Line(rule.id, rule.name, (), f"分母为零，按满分 {amounts.text(points)}", points))
    else:
        piece.lines.append(Line(rule.id, rule.name, (), "分母为零，按零分", amounts.ZERO))
    return piece


def _rate_points(spec: Rate, percent: Decimal) -> tuple[Decimal, str]:
    full = amounts.text(spec.full)
    if spec.bands:
        band = next(band for band in spec.bands if percent in band)
        return band.value, f"{band.title or '按档'} → {amounts.signed(band.value)}"
    if spec.target is None:
        points = amounts.ratio(spec.full * percent, amounts.HUNDRED)
        return points, f"{full} × {amounts.text(percent)}% = {amounts.text(points)}"
    if percent >= spec.target:
        return spec.full, f"达到 {amounts.text(spec.target)}%，得满分 {full}"
    if spec.proportional:
        points = amounts.ratio(spec.full * percent, spec.target)
        return (
            points,
            f"{full} × {amounts.text(percent)} ÷ {amounts.text(spec.target)} = {amounts.text(points)}",
        )
    short = spec.target - percent
    words = f"低 {amounts.text(short)} 个百分点"
    if spec.whole:
        short = short.to_integral_value(rounding=decimal.ROUND_FLOOR)
        words += f"，计 {short} 个"
    points = max(spec.full - short * (spec.slope or amounts.ZERO), amounts.ZERO)
    return (
        points,
        f"{words}，{full} − {amounts.text(short)} × {amounts.text(spec.slope or amounts.ZERO)} = {amounts.text(points)}",
    )


@dataclass(frozen=True)
class Density:
    """So many per stretch at every place; too many at one place never helps another."""

    when: Selector
    number: Decimal
    length: Decimal
    attribute: str
    points: Decimal


def _read_density(reader: Reader, reading: Reading) -> Density:
    attribute = reader.text("length_attribute")
    if attribute not in reading.attributes:
        raise reader.fail(f"attributes 里没有声明「{attribute}」", "length_attribute")
    found = Density(
        reading.selector(reader), positive(reader, "number"), positive(reader, "per_length"), attribute,
        amount(reader, "points_per_missing"),
    )  # fmt: skip
    if found.points >= 0:
        raise reader.fail("「points_per_missing」是扣分，写负数", "points_per_missing")
    return found


def _compute_density(scene: Scene, rule: Rule) -> Piece:
    spec: Density = rule.spec
    piece = Piece()
    found = scene.select(spec.when, piece, rule)
    piece.samples, piece.missing = len(found), not found
    for place, events in grouped(found, lambda event: event.place or event.id):
        lengths = {amounts.number(event.attrs.get(spec.attribute)) for event in events}
        length = lengths.pop()
        if lengths or length is None or length <= 0:
            raise Ask(f"{place} 没有写长度（attrs.{spec.attribute}），或前后不一，是多长？", *ids(events))
        need = (amounts.ratio(length, spec.length) * spec.number).to_integral_value(
            rounding=decimal.ROUND_CEILING
        )
        there = measure("quantity", events)
        short = max(need - there, amounts.ZERO)
        points = short * spec.points
        words = f"{place}：{amounts.text(length)} 按每 {amounts.text(spec.length)} {amounts.text(spec.number)} 个应有 {need}，实有 {amounts.text(there)}"
        words += (
            f"，少 {amounts.text(short)} × {amounts.signed(spec.points)} = {amounts.signed(points)}"
            if short
            else "，够数"
        )
        piece.lines.append(Line(rule.id, rule.name, ids(events), words, points))
    return piece


@dataclass(frozen=True)
class FullOrZero:
    """All or nothing: full marks when the count of matching events is within bounds, otherwise none."""

    when: Selector
    measure: str
    least: Decimal | None
    most: Decimal | None
    full: Decimal


def _read_full(reader: Reader, reading: Reading) -> FullOrZero:
    found = FullOrZero(
        reading.selector(reader), reader.choice("measure", MEASURES, "count"),
        optional(reader, "least"), optional(reader, "most"), amount(reader, "full"),
    )  # fmt: skip
    if found.least is None and found.most is None:
        raise reader.fail("要写「least」（至少几件才得分）或「most」（最多几件仍得分）")
    if found.least is not None and found.most is not None and found.least > found.most:
        raise reader.fail("「least」大于「most」，永远得不到分", "least")
    return found


def _compute_full(scene: Scene, rule: Rule) -> Piece:
    spec: FullOrZero = rule.spec
    piece = Piece()
    events = scene.select(spec.when, piece, rule)
    piece.samples = len(events)
    there = measure(spec.measure, events)
    good = (spec.least is None or there >= spec.least) and (spec.most is None or there <= spec.most)
    asked = f"要求 ≥{amounts.text(spec.least)}" if spec.least is not None else ""
    asked += (" " if asked else "要求 ") + f"≤{amounts.text(spec.most)}" if spec.most is not None else ""
    points = spec.full if good else amounts.ZERO
    words = f"{MEASURES[spec.measure]} {amounts.text(there)}，{asked}，{'得' if good else '不得'} {amounts.text(spec.full)}"
    piece.lines.append(Line(rule.id, rule.name, ids(events), words, points))
    return piece


OPERATORS = {
    "bands": Operator("分档计分", _read_bands, _compute_bands),
    "grade_by_count": Operator("计例定级", _read_grades, _compute_bands),
    "rate": Operator("比率计分", _read_rate, _compute_rate, lambda spec: spec.days),
    "density": Operator("密度达标", _read_density, _compute_density),
    "full_or_zero": Operator("达标给分", _read_full, _compute_full),
}
