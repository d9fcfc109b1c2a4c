"""A rule book as data: what `reading` makes of the YAML file and the engine computes by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.facts import Event

if TYPE_CHECKING:
    from wenming.outcomes.scoring.operators.common import Piece, Scene

# Who may be rated (handbook D6, D19). Cadres as persons are not in the list, and never will be.
RATED = {"unit": "单位", "contractor": "承包商", "post": "保洁岗位", "account": "志愿者账户"}
RANKED = ("unit", "contractor")
# What to do where there is nothing to compute from.
MISSING = {
    "full": "按满分",
    "zero": "按零分",
    "others": "取其他各项的得分率",
    "mean": "取同组其他单位的均分",
    "not_counted": "不计入",
    "not_ranked": "不参加排名",
    "ask": "待定，由人回答",
}


@dataclass(frozen=True)
class Attribute:
    """A declared attribute of events: its type and what an event without it means (None = it must be asked)."""

    name: str
    title: str
    kind: str
    default: Any = None


@dataclass(frozen=True)
class Selector:
    """Which events a rule looks at: their kinds and, when given, a condition."""

    kinds: tuple[str, ...]
    condition: Condition | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of an item. `spec` is the operator's own dataclass, `compute` its pure function."""

    id: str
    title: str
    op: str
    spec: Any
    compute: "Callable[[Scene, Rule], Piece]"
    line: int
    ground: str = ""
    cap: Decimal | None = None
    cap_each: Mapping[str, Decimal] = field(default_factory=dict)
    cap_of: tuple[Selector, Decimal] | None = None
    lookback: int = 0

    @property
    def name(self) -> str:
        return self.title or self.id


@dataclass(frozen=True)
class Item:
    """考核项. `full` its marks; `start` what stands before any rule (the full marks, or nothing)."""

    id: str
    title: str
    full: Decimal | None
    start: Decimal
    low: Decimal | None
    high: Decimal | None
    block: str
    groups: tuple[str, ...]
    missing: str
    rules: tuple[Rule, ...]
    line: int


@dataclass(frozen=True)
class Block:
    """板块: items added up and held between bounds."""

    id: str
    title: str
    full: Decimal | None
    low: Decimal | None
    high: Decimal | None
    line: int


@dataclass(frozen=True)
class SharedCap:
    """Several rules under one cap."""

    title: str
    rules: tuple[str, ...]
    cap: Decimal
    line: int


@dataclass(frozen=True)
class Mix:
    """A weighted mix of items, for some groups or (groups empty) all others. Weights sum to one."""

    groups: tuple[str, ...]
    weights: Mapping[str, Decimal]
    missing: str
    line: int


@dataclass(frozen=True)
class Veto:
    """一票否决: `effect` is zero, cancel, lower_grade or bar_prize."""

    id: str
    title: str
    when: Selector
    least: int
    effect: str
    line: int


@dataclass(frozen=True)
class Flag:
    """A standing that lasts over periods: gained by an event, a place or a mark, lost by another; remembered."""

    id: str
    title: str
    gain_event: Selector | None
    gain_places: int
    gain_if: Condition | None
    lose_event: Selector | None
    lose_if: Condition | None
    lose_otherwise: bool
    exempt: bool
    line: int


@dataclass(frozen=True)
class Ranking:
    """How places are given. `ties`: competition (1 1 3), dense (1 1 2), or ask."""

    by_group: bool
    ties: str
    tie_breakers: tuple[tuple[str, bool], ...]
    least_samples: tuple[str, int] | None
    missing: str
    line: int


@dataclass(frozen=True)
class Band:
    """A stretch of marks: from `low` (inside) up to `high` (outside), None is no bound."""

    low: Decimal | None
    high: Decimal | None
    value: Decimal
    title: str

    def __contains__(self, mark: Decimal) -> bool:
        return (self.low is None or mark >= self.low) and (self.high is None or mark < self.high)


@dataclass(frozen=True)
class Source:
    """Where a kind of event comes from: entries of `account`, on the side of `sign` (−1: what a stock account lost).

    `passed_without`: only entries whose day has passed while this account does not stand on their voucher.
    """

    account: str
    sign: int = 1
    passed_without: str = ""


@dataclass(frozen=True)
class FromLedger:
    """What the book says about reading the ledger: kinds of unit (or units) of a group, accounts (or kinds of the
    default table) of a kind, levels of a source. What it leaves out goes by `from_ledger.py`."""

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Book:
    """The whole 考核办法 as data."""

    id: str
    version: str
    title: str
    in_force: date
    sample: bool
    digest: str
    path: str
    rated: str
    groups: tuple[str, ...]
    period: str
    base: Decimal
    full: Decimal | None
    low: Decimal | None
    high: Decimal | None
    places: int
    mode: str
    attributes: Mapping[str, Attribute]
    items: tuple[Item, ...]
    blocks: tuple[Block, ...]
    shared_caps: tuple[SharedCap, ...]
    mixes: tuple[Mix, ...]
    grades: tuple[Band, ...]
    vetoes: tuple[Veto, ...]
    flags: tuple[Flag, ...]
    ranking: Ranking | None
    consequences: tuple[Any, ...]
    account: Any
    publication: str
    appeal_days: int
    from_ledger: FromLedger = FromLedger()

    @property
    def lookback(self) -> int:
        """Days before the period from which events may still matter (repetition, earlier steps)."""
        return max((rule.lookback for item in self.items for rule in item.rules), default=0)


def completed(book: Book, event: Event) -> dict[str, Any]:
    """The event as conditions see it, with the declared defaults of attributes it does not carry."""
    view = event.view
    missing = {
        name: attribute.default
        for name, attribute in book.attributes.items()
        if attribute.default is not None and name not in view["attrs"]
    }
    return view | {"attrs": view["attrs"] | missing} if missing else view
