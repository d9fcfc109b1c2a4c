"""Items and the total of one unit: pure functions from a scene to marks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Book, Item, Mix, Rule
from wenming.outcomes.scoring.lines import Line, Lines, Part, total
from wenming.outcomes.scoring.operators.common import Ask, Piece, Question, Scene
from wenming.outcomes.scoring.sheet import ItemScore, Sheet

Items = Mapping[str, ItemScore]


def items(scene: Scene) -> Items:
    """All items that apply to the unit; one that looks at another comes after it (reading refused cycles)."""
    if not scene.unit.assessed:
        return {}
    done: dict[str, ItemScore] = {}
    waiting = [item for item in scene.book.items if not item.groups or scene.unit.group in item.groups]
    while waiting:
        ready = next(item for item in waiting if all(need in done for need in _needs(item, waiting)))
        waiting.remove(ready)
        done[ready.id] = _item(replace(scene, done=done), ready)
    return {item.id: done[item.id] for item in scene.book.items if item.id in done}


def _needs(item: Item, waiting: Sequence[Item]) -> set[str]:
    left = {each.id for each in waiting}
    return {rule.spec.item for rule in item.rules if rule.op == "of_item"} & left


def _item(scene: Scene, item: Item) -> ItemScore:
    lines: list[Part] = []
    questions: list[Question] = []
    missing, samples = False, 0
    for rule in item.rules:
        piece = _piece(scene, rule)
        lines += piece.lines
        questions += piece.questions
        missing = missing or piece.missing
        samples += piece.samples
    _share_caps(scene.book, item, lines)
    if missing and not questions:
        return _nothing(item, samples)
    points = item.start + total(lines)
    held = amounts.clamp(points, item.low, item.high)
    if held != points:
        bound = f"最多 {amounts.text(held)}" if held < points else f"最少 {amounts.text(held)}"
        formula = f"本项{bound}：{amounts.text(points)} → {amounts.text(held)}"
        lines.append(Line("", f"{item.title}（封顶保底）", (), formula, held - points))
    score = None if questions else held
    return ItemScore(
        item.id, item.title, item.full, score, Lines(lines), tuple(questions), missing=False, samples=samples
    )


def _piece(scene: Scene, rule: Rule) -> Piece:
    try:
        piece = rule.compute(scene, rule)
    except Ask as ask:
        return Piece(questions=[Question(rule.name, ask.text, ask.events)])
    caps = [] if rule.cap is None else [(rule.cap, "")]
    if rule.cap_of is not None:
        selector, each = rule.cap_of
        count = len(scene.select(selector, piece, rule))
        caps.append((each * count, f"（{count} 件 × {amounts.text(each)}）"))
    for cap, why in caps:
        held = amounts.clamp(piece.points, -cap, cap)
        if held != piece.points:
            formula = (
                f"封顶 {amounts.text(cap)}{why}：{amounts.signed(piece.points)} → {amounts.signed(held)}"
            )
            piece.lines.append(Line(rule.id, f"{rule.name}（封顶）", (), formula, held - piece.points))
    return piece


def _share_caps(book: Book, item: Item, lines: list[Part]) -> None:
    for shared in book.shared_caps:
        if shared.rules[0] not in {rule.id for rule in item.rules}:
            continue
        found = total(line for line in lines if line.rule in shared.rules)
        held = amounts.clamp(found, -shared.cap, shared.cap)
        if held != found:
            formula = f"合并封顶 {amounts.text(shared.cap)}：{amounts.signed(found)} → {amounts.signed(held)}"
            lines.append(Line("", shared.title, (), formula, held - found))


def _nothing(item: Item, samples: int) -> ItemScore:
    """The item's declared answer to having nothing to compute from."""
    made = ItemScore(item.id, item.title, item.full, None, missing=True, policy=item.missing, samples=samples)
    if item.missing == "full":
        points = item.full or amounts.ZERO
        line = Line("", item.title, (), f"没有可算的数据，按满分 {amounts.text(points)}", points)
        return replace(made, score=points, lines=(line,), note="没有可算的数据，按满分")
    if item.missing == "zero":
        return replace(made, score=amounts.ZERO, note="没有可算的数据，按零分")
    if item.missing == "ask":
        question = Question(item.title, "没有可算的数据，这一项怎么算？")
        return replace(made, questions=(question,), missing=False)
    return replace(made, note="没有可算的数据")


def with_means(book: Book, scenes: Mapping[str, Scene], scored: Mapping[str, Items]) -> dict[str, Items]:
    """无该类点位取其他单位均分 (肥东, handbook §1.4): items without anything to score get the mean of the group."""
    filled = dict(scored)
    for item in book.items:
        if item.missing == "mean":
            _fill_mean(item.id, scenes, filled)
    return filled


def _fill_mean(item: str, scenes: Mapping[str, Scene], scored: dict[str, Items]) -> None:
    real: dict[str, list[Decimal]] = {}
    for code, found in scored.items():
        if item in found and (score := found[item].score) is not None and not found[item].missing:
            real.setdefault(scenes[code].unit.group, []).append(score)
    for code, found in scored.items():
        if item in found and found[item].missing and found[item].score is None:
            values = real.get(scenes[code].unit.group)
            scored[code] = {**found, item: _mean(found[item], values)}


def _mean(found: ItemScore, values: list[Decimal] | None) -> ItemScore:
    if not values:
        question = Question(found.title, "本组没有一个单位有成绩，取不出均分，这一项怎么算？")
        return replace(found, questions=(question,), missing=False)
    mean = amounts.mean(values)
    note = f"没有可算的数据，取本组 {len(values)} 个单位的均分 {amounts.text(mean)}"
    return replace(found, score=mean, note=note, lines=(Line("", found.title, (), note, mean),))


def sheet(scene: Scene, items: Items) -> Sheet:
    """The unit's sheet with its exact total, before vetoes and ranking."""
    book, unit, period = scene.book, scene.unit, scene.period
    found = Sheet(
        book=book.id, version=book.version, digest=book.digest, period=period.key, start=period.start,
        end=period.end, as_of=scene.as_of, unit=unit.code, name=unit.name, group=unit.group, total=None,
        exact=None, items=tuple(items.values()),
    )  # fmt: skip
    if not unit.assessed:
        return replace(found, not_ranked="本期未考核")
    if found.undecided:
        return replace(found, not_ranked="有待定的问题")
    refused = [item for item in items.values() if item.missing and item.policy == "not_ranked"]
    if refused:
        return replace(found, not_ranked=f"「{refused[0].title}」没有可算的数据")
    try:
        exact, lines = _total(scene, items)
    except Ask as ask:
        return replace(found, questions=(Question("总分", ask.text, ask.events),), not_ranked="有待定的问题")
    return replace(found, exact=exact, adjustments=tuple(lines))


def _total(scene: Scene, items: Items) -> tuple[Decimal, list[Line]]:
    book = scene.book
    lines: list[Line] = []
    mix = next((m for m in book.mixes if scene.unit.group in m.groups), None)
    mix = mix or next((m for m in book.mixes if not m.groups), None)
    if book.mixes:
        if mix is None:
            raise Ask(f"「{scene.unit.group}」组没有写怎样合成（combine）")
        total = _mixed(mix, items, lines)
    else:
        total = _summed(scene, items, lines)
    held = amounts.clamp(total, book.low, book.high)
    if held != total:
        formula = f"总分{'最多' if held < total else '最少'} {amounts.text(held)}：{amounts.text(total)} → {amounts.text(held)}"
        lines.append(Line("", "总分（封顶保底）", (), formula, held - total))
    return amounts.settled(held), lines


def _summed(scene: Scene, items: Items, lines: list[Line]) -> Decimal:
    book = scene.book
    total = book.base
    if book.base:
        lines.append(Line("", "基准分", (), f"基准 {amounts.text(book.base)}", book.base))
    blocks: dict[str, Decimal] = {}
    for item in book.items:
        found = items.get(item.id)
        if found is not None and found.score is not None:
            blocks[item.block] = blocks.get(item.block, amounts.ZERO) + found.score
    for block in book.blocks:
        there = blocks.get(block.id, amounts.ZERO)
        held = amounts.clamp(there, block.low, block.high)
        if held != there:
            formula = f"板块{'最多' if held < there else '最少'} {amounts.text(held)}：{amounts.text(there)} → {amounts.text(held)}"
            lines.append(Line("", f"{block.title}（封顶保底）", (), formula, held - there))
        blocks[block.id] = held
    total += sum(blocks.values(), amounts.ZERO)
    return _others(items, total, lines)


def _others(items: Items, total: Decimal, lines: list[Line]) -> Decimal:
    """Items with nothing to score and the policy `others` get the rate of marks of all the others."""
    lacking = [
        item for item in items.values() if item.missing and item.policy == "others" and item.score is None
    ]
    if not lacking:
        return total
    counted = [item for item in items.values() if item.score is not None and item.full]
    full = sum((item.full or amounts.ZERO for item in counted), amounts.ZERO)
    got = sum((item.score or amounts.ZERO for item in counted), amounts.ZERO)
    if not full:
        raise Ask("各项都没有可算的数据，总分怎么算？")
    for item in lacking:
        points = amounts.ratio((item.full or amounts.ZERO) * got, full)
        formula = f"{amounts.text(item.full or amounts.ZERO)} × 其他各项 {amounts.text(got)} ÷ {amounts.text(full)} = {amounts.text(points)}"
        lines.append(Line("", f"{item.title}（没有数据，取其他各项得分率）", (), formula, points))
        total += points
    return total


def _mixed(mix: Mix, items: Items, lines: list[Line]) -> Decimal:
    there = {name: items[name].score for name in mix.weights if name in items}
    lacking = [name for name in mix.weights if there.get(name) is None]
    if lacking and mix.missing == "ask":
        raise Ask(f"「{lacking[0]}」没有成绩，总分怎样合成？")
    weights = dict(mix.weights)
    if lacking and mix.missing == "others":
        weights = {name: weight for name, weight in weights.items() if name not in lacking}
    total_weight = sum(weights.values(), amounts.ZERO)
    if not total_weight:
        raise Ask("各部分都没有成绩，总分怎样合成？")
    total = amounts.ratio(
        sum(((there.get(name) or amounts.ZERO) * weight for name, weight in weights.items()), amounts.ZERO),
        total_weight,
    )
    parts = [
        f"{items[name].title if name in items else name} {amounts.text(there.get(name) or amounts.ZERO)} × {amounts.text(weight)}"
        for name, weight in weights.items()
    ]
    formula = " + ".join(parts)
    if total_weight != 1:
        formula = f"({formula}) ÷ {amounts.text(total_weight)}"
    summed = sum((item.score for item in items.values() if item.score is not None), amounts.ZERO)
    lines.append(Line("", "加权合成", (), f"{formula} = {amounts.text(total)}", total - summed))
    return total
