"""Every operator as a Chinese sentence: what a rule counts, what it costs or earns, how it is held in bounds."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from wenming.outcomes.scoring import amounts, wording
from wenming.outcomes.scoring.amounts import text
from wenming.outcomes.scoring.book import Band, Item, Rule
from wenming.outcomes.scoring.operators.common import Points
from wenming.outcomes.scoring.operators.counting import Modifier, PerEvent, Repeat
from wenming.outcomes.scoring.operators.periods import FromHistory, OfItem, Opening, Value
from wenming.outcomes.scoring.operators.pooling import Pooled
from wenming.outcomes.scoring.operators.rates import MEASURES, Banded, Density, FullOrZero, Rate
from wenming.outcomes.scoring.operators.sampling import Raters, Sample, Votes
from wenming.outcomes.scoring.operators.stepping import CleanSites, Step, Steps
from wenming.outcomes.scoring.wording import Words

_EACH = {
    "event": "每件", "quantity": "按数量每 1 ", "case": "同一问题只计一次（取最重的），每件", "place": "同一点位只计一次（取最重的），每处",
    "inspection": "同一次检查只计一次（取最重的），每次", "category": "同一类别只计一次（取最重的），每类",
    "day": "同一天只计一次（取最重的），每天", "bulletin": "同一期通报只计一次（取最重的），每期",
}  # fmt: skip
_CAP_EACH = {"day": "每天", "month": "每月", "place": "每个点位", "case": "每件问题", "inspection": "每次检查", "category": "每个类别"}  # fmt: skip
_NOTHING = {"full": "按满分", "zero": "按零分", "ask": "待定，由人回答", "missing": "算没有数据"}
_MISSING_KIND = {"others": "取其余各类的均分", "zero": "那一类按 0 分", "not_ranked": "不参加排名", "ask": "待定，由人回答"}  # fmt: skip
_COUNTED = {"count": "件", "cases": "件", "places": "处", "quantity": ""}


def sentence(rule: Rule, words: Words) -> str:
    """计分办法 of one rule."""
    return _SENTENCES[rule.op](rule, words)


def caps(rule: Rule, words: Words) -> str:
    """封顶 of one rule; empty where there is none."""
    said = []
    way = _way(rule)
    for unit, most in rule.cap_each.items():
        said.append(f"{_CAP_EACH[unit]}最多{way} {text(most)} 分")
    if rule.cap is not None:
        said.append(f"最多{way} {text(rule.cap)} 分")
    if rule.cap_of is not None:
        selector, each = rule.cap_of
        said.append(f"不超过 {words.events(selector)} 件数 × {text(each)} 分")
    return "；".join(said)


def _way(rule: Rule) -> str:
    """扣, 加, or both: a cap holds in the direction in which the rule can go."""
    values: Sequence[Decimal] = ()
    if isinstance(rule.spec, PerEvent):
        values = rule.spec.points.values
    elif isinstance(rule.spec, Steps):
        values = [value for step in rule.spec.steps for value in step.points.values]
    elif isinstance(rule.spec, Banded) and rule.spec.full is None:
        values = [band.value for band in rule.spec.bands]
    elif isinstance(rule.spec, Density):
        values = (rule.spec.points,)
    elif isinstance(rule.spec, CleanSites):
        values = rule.spec.points.values
    if values and max(values) <= 0:
        return "扣"
    return "加" if values and min(values) >= 0 else "加减"


def priced(points: Points, words: Words) -> str:
    """Points of one event: fixed, by a table, or within a range."""
    if points.fixed is not None:
        return wording.points(points.fixed)
    if points.chosen:
        low, high = sorted((abs(points.low), abs(points.high)))
        if points.low < 0 < points.high:
            return f"由检查人在扣 {text(abs(points.low))} 分到加 {text(points.high)} 分之间定"
        way = "扣" if points.high <= 0 else "加"
        return f"由检查人在{way} {text(low)} 到 {text(high)} 分之间定"
    rows: list[tuple[str, Decimal]] = []
    for key, value in points.table.items():
        said = words.key(key, points.fields)
        if rows and len(points.fields) == 1 and rows[-1][1] == value:
            rows[-1] = (f"{rows[-1][0]}、{said}", value)
        else:
            rows.append((said, value))
    table = "，".join(f"{said}{wording.points(value)}" for said, value in rows)
    rest = "，没有列出的待定" if points.otherwise is None else f"，其他{wording.points(points.otherwise)}"
    return f"按{'、'.join(words.field(name) for name in points.fields)}：{table}{rest}"


def banded(bands: Sequence[Band], shown: Callable[[Band], str], *, whole: bool, unit: str = "") -> str:
    """A table of stretches, from the lowest. `whole`: only whole numbers come in, so that 1 to below 2 is 1."""
    found = []
    for band in bands:
        title = f"（{band.title}）" if band.title else ""
        found.append(f"{stretch(band, whole=whole, unit=unit)}{title}{shown(band)}")
    return "，".join(found)


def stretch(band: Band, *, whole: bool = False, unit: str = "") -> str:
    """「不到 60」, 「60 到不足 90」, 「90 及以上」; of whole numbers 「0 件」, 「1 件」, 「3 件及以上」."""
    more = f" {unit}" if unit and unit != "%" else unit
    low, high = band.low, band.high
    if low is None and high is None:
        return "一律"
    if high is None:
        return f"{text(low or amounts.ZERO)}{more}及以上"
    if whole and high == high.to_integral_value():
        first = amounts.ZERO if low is None else low
        if high - first == 1:
            return f"{text(first)}{more}"
        if low is not None:
            return f"{text(first)} 到 {text(high - 1)}{more}"
    if low is None:
        return f"不到 {text(high)}{more}"
    return f"{text(low)} 到不足 {text(high)}{more}"


def _per_event(rule: Rule, words: Words) -> str:
    spec: PerEvent = rule.spec
    each = _EACH.get(spec.per) or f"按数量每 {text(spec.size)} 计一次（不足也计），每次"
    said = f"{words.events(spec.when)}{each}{priced(spec.points, words)}"
    if spec.most is not None:
        said += f"；单次数量最多计 {text(spec.most)}"
    for modifier in spec.modifiers:
        said += f"；{_modified(modifier, words)}"
    return said


def _modified(modifier: Modifier, words: Words) -> str:
    conditions = []
    if modifier.condition is not None:
        conditions.append(words.condition(modifier.condition))
    if modifier.repeat is not None:
        conditions.append(_repeated(modifier.repeat, words))
    if modifier.by:
        rows = [f"{words.key(key, modifier.by)} × {text(value)}" for key, value in modifier.table.items()]
        how = f"按{'、'.join(words.field(name) for name in modifier.by)}：{'，'.join(rows)}，没有列出的待定"
    else:
        how = {Decimal(0): "免计", Decimal("0.5"): "减半", Decimal(2): "加倍"}.get(
            modifier.times, f"× {text(modifier.times)}"
        )
    when = "，并且".join(conditions)
    if when:
        how = f"{when.removesuffix('的')}的，{how}"
    return how + ("，到此为止，不再看后面的调整" if modifier.last else "")


def _repeated(repeat: Repeat, words: Words) -> str:
    same = "、".join(words.same(name) for name in repeat.same)
    span = f"{repeat.days} 天内" if repeat.days else f"前 {repeat.bulletins} 期通报内"
    only = f"（前一次{words.condition(repeat.condition)}）" if repeat.condition else ""
    return f"{span}{same}再次发生{only}"


def _steps(rule: Rule, words: Words) -> str:
    spec: Steps = rule.spec
    mode = "各级累加" if spec.adds else "重的一级代替轻的"
    earlier = f"减去以前各期已计的（往前看 {spec.days} 天）" if spec.subtract else "只看本期到达的级"
    of = words.same(spec.of)
    steps = "；".join(_step(step, words) for step in spec.steps)
    return f"{of}逐级加重，{mode}，{earlier}：{steps}"


def _step(step: Step, words: Words) -> str:
    when = words.events(step.when)
    if step.running:
        when = f"连续 {step.running} 期{when}"
    elif step.times > 1:
        when = f"{when}满 {step.times} 次"
    return f"{step.title}（{when}）{priced(step.points, words)}"


def _clean_sites(rule: Rule, words: Words) -> str:
    spec: CleanSites = rule.spec
    said = f"{words.events(spec.sites)}中没有{words.events(spec.problems)}的，每个点位{priced(spec.points, words)}"
    if spec.times != 1:
        said += f"；同一次检查至少 {spec.least} 个点位、全部没有问题的，{_by(spec.times)}"
    return said


def _by(times: Decimal) -> str:
    return "加倍" if times == 2 else f"× {text(times)}"


def _bands(rule: Rule, words: Words) -> str:
    spec: Banded = rule.spec
    whose = f"{words.same(spec.each).replace('同一', '每个')}分别" if spec.each else ""
    table = banded(
        spec.bands, lambda band: wording.points(band.value), whole=spec.measure != "quantity", unit=_COUNTED[spec.measure]
    )  # fmt: skip
    return f"{words.events(spec.when)}按{MEASURES[spec.measure]}{whose}分档：{table}"


def _grade_by_count(rule: Rule, words: Words) -> str:
    spec: Banded = rule.spec
    full = spec.full or amounts.ZERO
    table = banded(
        spec.bands, lambda band: f"得 {text(band.value * 100)}%", whole=spec.measure != "quantity", unit=_COUNTED[spec.measure]
    )  # fmt: skip
    return f"{words.events(spec.when)}按{MEASURES[spec.measure]}定级，满分 {text(full)} 分：{table}"


def _rate(rule: Rule, words: Words) -> str:
    spec: Rate = rule.spec
    less = f"（两边都去掉{words.events(spec.less)}的）" if spec.less else ""
    by = "" if spec.measure == "count" else f"，按{MEASURES[spec.measure]}计"
    rate = f"{words.events(spec.top)} ÷ {words.events(spec.bottom)}{less}{by}"
    said = f"比率 = {rate}" + ("，取反向（100% 减去它）" if spec.reverse else "")
    said += f"；{_rate_points(spec)}；分母为零{_NOTHING[spec.zero]}"
    if spec.least:
        said += f"；分母不足 {spec.least} 的算没有数据"
    if spec.days:
        said += f"；分子往前看 {spec.days} 天"
    return said


def _rate_points(spec: Rate) -> str:
    if spec.bands:
        table = banded(spec.bands, lambda band: wording.points(band.value), whole=False, unit="%")
        return f"分档：{table}"
    full = text(spec.full)
    if spec.target is None:
        return f"得分 = {full} × 比率"
    target = text(spec.target)
    if spec.proportional:
        return f"达到 {target}% 得 {full} 分，不到的得 {full} × 比率 ÷ {target}%"
    whole = "（只计整点）" if spec.whole else ""
    slope = text(spec.slope or amounts.ZERO)
    return f"达到 {target}% 得 {full} 分，每低 1 个百分点{whole}扣 {slope} 分，扣完为止"


def _pooled_rate(rule: Rule, words: Words) -> str:
    spec: Pooled = rule.spec
    by = "" if spec.measure == "count" else f"，按{MEASURES[spec.measure]}计"
    said = (
        f"比率 = {words.events(spec.top)} ÷ {words.events(spec.bottom)}{by}，先向本组的比率收缩（相当于再加 "
        f"{text(spec.draw)} 个本组平均水平的）；{text(spec.best)}% 得 {text(spec.full)} 分，{text(spec.worst)}% 不得分，中间按比例"
    )
    return said + (f"；分母不足 {spec.least} 的算没有数据" if spec.least > 1 else "；分母为零算没有数据")


def _density(rule: Rule, words: Words) -> str:
    spec: Density = rule.spec
    length = words.field(f"attrs.{spec.attribute}")
    return (
        f"{words.events(spec.when)}逐个点位算：{length}每 {text(spec.length)} 应有 {text(spec.number)} 个（不足也算），"
        f"每少 1 个{wording.points(spec.points)}，这里多的不能补那里少的"
    )


def _full_or_zero(rule: Rule, words: Words) -> str:
    spec: FullOrZero = rule.spec
    bounds = [] if spec.least is None else [f"至少 {text(spec.least)}"]
    bounds += [] if spec.most is None else [f"最多 {text(spec.most)}"]
    return f"{words.events(spec.when)}的{MEASURES[spec.measure]}{'、'.join(bounds)}，{wording.points(spec.full)}，否则不计分"


def _sample(rule: Rule, words: Words) -> str:
    spec: Sample = rule.spec
    said = f"{words.events(spec.when)}的各样本得分（满分 {text(spec.out_of)}）"
    if spec.weights:
        rows = "、".join(f"{words.key(key, spec.by)} {text(weight)}" for key, weight in spec.weights.items())
        said += f"按{'、'.join(words.field(name) for name in spec.by)}取均分再加权（权重：{rows}；缺一类时{_MISSING_KIND[spec.missing_kind]}）"
    else:
        said += "取均分"
    if spec.full != spec.out_of:
        said += f"，折成 {text(spec.full)} 分"
    if spec.failure is not None:
        said += f"；有一个{words.condition(spec.failure).removesuffix('的')}的，整项 0 分"
    if spec.least > 1:
        said += f"；至少 {spec.least} 个样本，不足的算没有数据"
    if spec.draw is not None:
        said += f"；样本必须是{words.events(spec.draw)}里按种子抽出的"
    return said


def _raters(rule: Rule, words: Words) -> str:
    spec: Raters = rule.spec
    said = f"{words.events(spec.when)}（满分 {text(spec.out_of)}）"
    if spec.high or spec.low:
        said += f"去掉 {spec.high} 个最高分、{spec.low} 个最低分，"
    said += "取均分"
    if spec.full != spec.out_of:
        said += f"，折成 {text(spec.full)} 分"
    return f"{said}；至少 {spec.least} 人打分，不足的算没有数据"


def _votes(rule: Rule, words: Words) -> str:
    spec: Votes = rule.spec
    rows = "，".join(f"{words.key(key, spec.by)} {text(value * 100)}%" for key, value in spec.values.items())
    said = f"{words.events(spec.when)}按{'、'.join(words.field(name) for name in spec.by)}计，满分 {text(spec.full)} 分：{rows}"
    if spec.unsure:
        said += f"；{'、'.join(f'「{each}」' for each in spec.unsure)}不进分母"
    return f"{said}；至少 {spec.least} 票，不足的算没有数据"


def _value(rule: Rule, words: Words) -> str:
    spec: Value = rule.spec
    take = {"last": "取最后一次", "mean": "取平均", "sum": "相加"}[spec.take]
    times = "" if spec.times == 1 else f"，× {text(spec.times)}"
    return f"{words.events(spec.when)}{take}（{text(spec.low)} 到 {text(spec.high)} 分）{times}"


def _of_item(rule: Rule, words: Words) -> str:
    spec: OfItem = rule.spec
    return f"「{item_title(words.book.items, spec.item)}」的得分 × {text(spec.times)}"


def item_title(items: Sequence[Item], code: str) -> str:
    """The title of an item by its code."""
    return next((item.title for item in items if item.id == code), code)


def _from_history(rule: Rule, words: Words) -> str:
    spec: FromHistory = rule.spec
    whose = "本规则书" if not spec.book or spec.book == words.book.id else f"规则书“{spec.book}”"
    what = f"「{item_title(words.book.items, spec.item)}」的得分" if spec.item else "总分"
    if spec.take == "previous":
        said = f"{whose}上一期的{what}"
    else:
        span = f"最近 {spec.last} 期" if spec.last else "本年各期（真正考核过的）"
        said = f"{whose}{span}的{what}"
        said += {"mean": "取平均", "sum": "相加", "weighted": ""}[spec.take]
    if spec.weights:
        said += f"加权平均，从最早的一期起权重为 {'、'.join(text(each) for each in spec.weights)}"
    if spec.times != 1:
        said += f"，× {text(spec.times)}"
    if spec.least > 1:
        said += f"；不足 {spec.least} 期的算没有数据"
    return said


def _opening(rule: Rule, _words: Words) -> str:
    spec: Opening = rule.spec
    first = "" if spec.default is None else f"，施行后的第一期为 {text(spec.default)} 分"
    return f"上期总分结转；没有上期的用登记的期初分{first}"


_SENTENCES: dict[str, Callable[[Rule, Words], str]] = {
    "per_event": _per_event, "steps": _steps, "clean_sites": _clean_sites, "bands": _bands, "grade_by_count": _grade_by_count,
    "rate": _rate, "pooled_rate": _pooled_rate, "density": _density, "full_or_zero": _full_or_zero, "sample": _sample, "raters": _raters, "votes": _votes,
    "value": _value, "of_item": _of_item, "from_history": _from_history, "opening": _opening,
}  # fmt: skip
