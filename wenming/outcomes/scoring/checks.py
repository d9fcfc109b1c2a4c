"""Faults of a book as a whole: sums of marks, names that lead nowhere, cycles, missing policies."""

from wenming.common.packs import Reader
from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Book, Item
from wenming.outcomes.scoring.faults import Faults

# Operators that can find nothing to compute from; their item must say what then.
_MAY_MISS = {"rate", "pooled_rate", "density", "sample", "raters", "votes", "value", "from_history"}


def check(book: Book, body: Reader, faults: Faults) -> None:
    """Add every fault of the whole book to `faults`."""
    _refuse_twins(book, faults)
    _check_marks(book, body, faults)
    _check_names(book, faults)
    _check_cycles(book, faults)
    for item in book.items:
        _check_missing(book, item, faults)


def _refuse_twins(book: Book, faults: Faults) -> None:
    rules = [(rule.id, rule.line) for item in book.items for rule in item.rules]
    for what, found in (
        ("考核项", [(each.id, each.line) for each in book.items]),
        ("规则", rules),
        ("板块", [(each.id, each.line) for each in book.blocks]),
        ("否决", [(each.id, each.line) for each in book.vetoes]),
        ("旗帜", [(each.id, each.line) for each in book.flags]),
        ("后果", [(each.id, each.line) for each in book.consequences]),
    ):
        seen: dict[str, int] = {}
        for name, line in found:
            if name in seen:
                faults.add(f"{what}编号「{name}」重复（第 {seen[name]} 行已有）", line)
            seen.setdefault(name, line)


def _check_marks(book: Book, body: Reader, faults: Faults) -> None:
    """Items must sum to their block's and the book's stated full marks, for every group apart."""
    if book.full is not None and not book.mixes:
        for group in book.groups or ("",):
            items = [item for item in book.items if not item.groups or group in item.groups]
            total = sum((item.full or amounts.ZERO for item in items), book.base)
            if total != book.full:
                whose = f"「{group}」组" if group else ""
                faults.add(
                    f"{whose}各项满分加基准分共 {amounts.plain(total)}，与总分 full: {amounts.plain(book.full)} 不符",
                    body.line("full"),
                )
    for block in book.blocks:
        items = [item for item in book.items if item.block == block.id]
        total = sum((item.full or amounts.ZERO for item in items), amounts.ZERO)
        if not items:
            faults.add(f"板块「{block.title}」里没有考核项", block.line)
        elif block.full is not None and total != block.full:
            faults.add(
                f"板块「{block.title}」各项满分共 {amounts.plain(total)}，与 {amounts.plain(block.full)} 不符",
                block.line,
            )
        if block.low is not None and block.high is not None and block.low > block.high:
            faults.add(f"板块「{block.title}」的 min 大于 max", block.line)


def _check_names(book: Book, faults: Faults) -> None:
    items, blocks = {item.id for item in book.items}, {block.id for block in book.blocks}
    for item in book.items:
        if item.block and item.block not in blocks:
            faults.add(f"「{item.title}」的板块「{item.block}」没有写在 blocks 里", item.line)
        for group in item.groups:
            if group not in book.groups:
                faults.add(f"「{item.title}」的组「{group}」不在 rated.groups 里", item.line)
        for rule in item.rules:
            if rule.op == "of_item" and rule.spec.item not in items:
                faults.add(f"没有考核项「{rule.spec.item}」", rule.line)
    _check_shared_caps(book, faults)
    _check_mixes(book, items, faults)
    if book.ranking is not None:
        names = [name for name, _ in book.ranking.tie_breakers]
        names += [book.ranking.least_samples[0]] if book.ranking.least_samples else []
        for name in names:
            if name not in items:
                faults.add(f"ranking 里没有考核项「{name}」", book.ranking.line)
    _check_consequences(book, faults)


def _check_shared_caps(book: Book, faults: Faults) -> None:
    owner = {rule.id: item.id for item in book.items for rule in item.rules}
    for shared in book.shared_caps:
        strange = [name for name in shared.rules if name not in owner]
        for name in strange:
            faults.add(f"「{shared.title}」里没有规则「{name}」", shared.line)
        if not strange and len({owner[name] for name in shared.rules}) > 1:
            faults.add(
                f"「{shared.title}」的规则要在同一个考核项里；跨项封顶请用 blocks 的 min、max", shared.line
            )


def _check_mixes(book: Book, items: set[str], faults: Faults) -> None:
    seen: set[str] = set()
    for mix in book.mixes:
        for name in mix.weights:
            if name not in items:
                faults.add(f"combine 里没有考核项「{name}」", mix.line)
        for group in mix.groups or ("",):
            if group and group not in book.groups:
                faults.add(f"combine 里的组「{group}」不在 rated.groups 里", mix.line)
            if group in seen:
                faults.add(f"「{group or '其余各组'}」写了两种合成", mix.line)
            seen.add(group)


def _check_consequences(book: Book, faults: Faults) -> None:
    grades = {band.title for band in book.grades}
    for each in book.consequences:
        trigger = each.trigger
        for grade in trigger.grades if trigger else ():
            if grade not in grades:
                faults.add(f"没有等次「{grade}」", each.line)
        by_place = each.op == "prizes" or (trigger is not None and bool(trigger.first or trigger.last))
        if by_place and book.ranking is None:
            faults.add(f"「{each.title}」按名次，但没有写 ranking", each.line)
    if any(veto.effect == "lower_grade" for veto in book.vetoes) and not book.grades:
        faults.add("有降等次的否决，但没有写 grades", book.vetoes[0].line)


def _check_cycles(book: Book, faults: Faults) -> None:
    needs = {item.id: {rule.spec.item for rule in item.rules if rule.op == "of_item"} for item in book.items}
    lines = {item.id: item.line for item in book.items}
    left = dict(needs)
    while left:
        ready = [name for name, wanted in left.items() if not wanted & left.keys()]
        if not ready:
            # Everything left either is in the circle or waits for it; name one that comes back to itself.
            path = [next(iter(left))]
            while (step := sorted(left[path[-1]] & left.keys())[0]) not in path:
                path.append(step)
            circle = path[path.index(step) :]
            faults.add(f"考核项互相引用成了圈：{' → '.join([*circle, step])}", lines[step])
            return
        for name in ready:
            del left[name]


def _check_missing(book: Book, item: Item, faults: Faults) -> None:
    may = [rule for rule in item.rules if rule.op in _MAY_MISS and _can_miss(rule.op, rule.spec)]
    if may and not item.missing:
        faults.add(
            f"「{item.title}」可能没有数据（{may[0].name}），要写「missing」：没有数据时怎么办", item.line
        )
    if may and len(item.rules) > 1 and item.missing not in ("ask", "not_ranked"):
        faults.add(
            f"「{may[0].name}」可能没有数据，而「{item.title}」还有别的规则：请把它单独写成一项，"
            "否则没有数据时别的扣分加分也一起没了",
            may[0].line,
        )
    if item.missing in ("full", "others", "zero") and item.full is None:
        faults.add(f"「{item.title}」写了 missing: {item.missing}，要写「full」（满分）", item.line)
    if item.missing == "others" and book.mixes:
        faults.add(
            f"「{item.title}」：有 combine 时，缺一部分怎么办写在 combine 的 missing 里，这里写 not_counted",
            item.line,
        )
    if item.full is not None and item.high is not None and item.high > item.full and item.start:
        faults.add(
            f"「{item.title}」从满分 {amounts.plain(item.full)} 起扣，max {amounts.plain(item.high)} 到不了",
            item.line,
        )


def _can_miss(op: str, spec: object) -> bool:
    if op == "rate":
        return spec.zero == "missing" or spec.least > 0  # type: ignore[attr-defined, no-any-return]
    return True
