"""A rule book as a readable Chinese table: what a clerk lays before the leaders, and what a unit reads on its sheet.

Pure functions from `Book` to rows of words; nothing is computed and nothing is left in the language of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wenming.ledger import periods
from wenming.outcomes.scoring import describe_outcomes, describe_rules
from wenming.outcomes.scoring.amounts import text
from wenming.outcomes.scoring.book import MISSING, RATED, Book, Item, Mix
from wenming.outcomes.scoring.describe_outcomes import Note
from wenming.outcomes.scoring.wording import Words

_ROUNDING = {"half_up": "四舍五入", "half_even": "四舍六入五成双", "down": "只舍不入", "up": "只入不舍"}
_MIX_MISSING = {"others": "其余部分按比例放大", "zero": "缺的按 0 分", "ask": "待定，由人回答"}


@dataclass(frozen=True)
class RuleRow:
    """One rule: the item it belongs to, its name, how it counts, its caps, its ground."""

    id: str
    title: str
    how: str
    cap: str
    ground: str


@dataclass(frozen=True)
class ItemRow:
    """One 考核项 with its rules. `facts`: marks, where it starts, bounds, groups, what happens without data."""

    id: str
    title: str
    full: str
    facts: str
    rules: tuple[RuleRow, ...]


@dataclass(frozen=True)
class Described:
    """The whole book in words, in the order of a printed 办法."""

    title: str
    version: str
    facts: tuple[tuple[str, str], ...]
    items: tuple[ItemRow, ...]
    total: tuple[Note, ...]
    ranking: tuple[Note, ...]
    consequences: tuple[Note, ...]
    publication: str

    def rule(self, code: str) -> RuleRow | None:
        """The rule of that id."""
        return next((row for item in self.items for row in item.rules if row.id == code), None)


@dataclass(frozen=True)
class Asked:
    """A fact about a unit that the book wants and no record tells (see 考核参数)."""

    name: str
    label: str


def described(book: Book, kinds: Mapping[str, str] | None = None) -> Described:
    """`book` in words. `kinds`: names of further kinds of events (accounts of the ledger by their codes)."""
    words = Words(book, kinds or {})
    return Described(
        title=book.title,
        version=book.version,
        facts=tuple(_facts(book)),
        items=tuple(_item(item, words) for item in book.items),
        total=tuple(_total(book)),
        ranking=tuple(describe_outcomes.standing(words)),
        consequences=tuple(describe_outcomes.consequences(words)),
        publication=book.publication,
    )


def asked(book: Book) -> list[Asked]:
    """Facts about units that the book wants: sums of money, numbers of persons, opening balances."""
    found: dict[str, str] = {}
    for each in book.consequences:
        if each.attribute:
            found.setdefault(each.attribute, f"{each.title}（元）")
        if each.share_by:
            found.setdefault(each.share_by, f"{each.title}：按多少人分")
    if book.account is not None or any(rule.op == "opening" for item in book.items for rule in item.rules):
        found["opening"] = "期初分"
    return [Asked(name, label) for name, label in found.items()]


def _facts(book: Book) -> list[tuple[str, str]]:
    groups = f"：{'、'.join(book.groups)}" if book.groups else ""
    found = [
        ("考核对象", RATED[book.rated] + groups),
        (
            "考核期",
            f"每{periods.KINDS[book.period]}" if book.period != "custom" else "每月（26 日至次月 25 日）",
        ),
        ("施行", f"{book.in_force.year} 年 {book.in_force.month} 月 {book.in_force.day} 日起，不溯及以前"),
    ]
    if book.base:
        found.append(("基准分", f"{text(book.base)} 分"))
    if book.full is not None:
        found.append(("满分", f"{text(book.full)} 分"))
    bounds = [] if book.low is None else [f"最少 {text(book.low)} 分"]
    bounds += [] if book.high is None else [f"最多 {text(book.high)} 分"]
    if bounds:
        found.append(("总分", "，".join(bounds)))
    places = f"保留 {book.places} 位小数" if book.places else "取整数"
    found.append(("进位", f"最后{_ROUNDING[book.mode]}，{places}，只舍入一次"))
    found.append(("申诉期", f"公示后 {book.appeal_days} 个工作日"))
    return found


def _item(item: Item, words: Words) -> ItemRow:
    said = []
    if item.full is not None:
        said.append(
            f"从满分 {text(item.full)} 分起扣" if item.start else f"从 0 分起加，满分 {text(item.full)} 分"
        )
    if item.low is not None:
        said.append(f"最少 {text(item.low)} 分")
    if item.high is not None:
        said.append(f"最多 {text(item.high)} 分")
    if item.block:
        block = next((each for each in words.book.blocks if each.id == item.block), None)
        said.append(f"属「{block.title if block else item.block}」")
    if item.groups:
        said.append(f"只用于{'、'.join(item.groups)}")
    if item.missing:
        said.append(f"没有数据时{MISSING[item.missing]}")
    rows = tuple(
        RuleRow(rule.id, rule.name, describe_rules.sentence(rule, words), describe_rules.caps(rule, words), rule.ground)
        for rule in item.rules
    )  # fmt: skip
    return ItemRow(item.id, item.title, "" if item.full is None else text(item.full), "，".join(said), rows)


def _total(book: Book) -> list[Note]:
    """How items become the total: blocks, shared caps, weighted mixes."""
    found = []
    for block in book.blocks:
        bounds = [] if block.full is None else [f"满分 {text(block.full)} 分"]
        bounds += [] if block.low is None else [f"最少 {text(block.low)} 分"]
        bounds += [] if block.high is None else [f"最多 {text(block.high)} 分"]
        names = "、".join(item.title for item in book.items if item.block == block.id)
        found.append(Note(block.title, f"{names}合计，{'，'.join(bounds) or '不另封顶'}"))
    titles = {rule.id: rule.name for item in book.items for rule in item.rules}
    for shared in book.shared_caps:
        names = "、".join(titles.get(name, name) for name in shared.rules)
        found.append(Note(shared.title, f"{names}合并，加减最多 {text(shared.cap)} 分"))
    found += [_mix(mix, book) for mix in book.mixes]
    return found


def _mix(mix: Mix, book: Book) -> Note:
    parts = " + ".join(
        f"{describe_rules.item_title(book.items, name)} × {text(weight)}"
        for name, weight in mix.weights.items()
    )
    whose = f"总分（{'、'.join(mix.groups)}）" if mix.groups else "总分"
    return Note(whose, f"{parts}；缺一部分时{_MIX_MISSING[mix.missing]}")
