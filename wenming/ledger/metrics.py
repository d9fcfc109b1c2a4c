"""Metrics: named expressions over accounts, pure. They come from packs/metrics and travel as plain JSON.

`sum` and `count` add up what happened, `latest` is the balance at the end of the period, `average` divides
the sum by the number of entries, `ratio` divides one expression by another (stock accounts in it count by their
balance at the end of the period), `units` counts the communities and villages in which something happened: 「督办单
下发到 4 个社区」. A metric that is `capped` counts only deadlines that have come: 未到期不计,
已到期未办要计 (handbook §3.4).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from wenming.common.errors import DomainError

SUM, COUNT, RATIO, AVERAGE, LATEST, UNITS = "sum", "count", "ratio", "average", "latest", "units"
KINDS = (SUM, COUNT, RATIO, AVERAGE, LATEST, UNITS)
# How the metric is added up over time, for its page: a clerk must not add up balances or average rates.
ADDED = {
    SUM: "累计数：期内合计，各期可以相加。",
    COUNT: "累计数：期内笔数，各期可以相加。",
    RATIO: "比率：分子、分母各自取数再相除，各期、各单位的比率不能相加，也不能平均。",
    AVERAGE: "平均数：期内合计除以笔数，各期、各单位的平均不能再平均。",
    LATEST: "时点数：期末有多少就是多少，各期不能相加。",
    UNITS: "社区（村）个数：期内净数大于零的社区、村有几个，一个社区只算一次，各期、各单位不能相加。",
}
# Which end is the better one, of metrics by which units are ranked; all others are not ranked.
HIGH, LOW = "high", "low"
# A filter on categories is a prefix ("06"), because classes of events are; "=bus" means that code and no other.
EXACT = "="
NUMERATOR, DENOMINATOR = 0, 1


@dataclass(frozen=True)
class Filters:
    """Narrow a metric further: category ("06", "06010", or exactly "=bus"), sources, party (key of a unit)."""

    category: str = ""
    sources: tuple[str, ...] = ()
    party: int = 0


@dataclass(frozen=True)
class Term:
    """One account of an expression, added or subtracted, with its own filters.

    `balance`: of a rate, a stock account: what there is at the end of the period counts, not what came in it.
    """

    account: str
    sign: int = 1
    category: str = ""
    sources: tuple[str, ...] = ()
    party: int = 0
    balance: bool = False

    def narrowed(self, filters: Filters) -> "Term":
        """This term with further filters. Raises DomainError when both filter the same thing differently."""
        found = replace(self)
        for name in ("category", "sources", "party"):
            mine, other = getattr(self, name), getattr(filters, name)
            if mine and other and mine != other:
                raise DomainError("filters_conflict", f"指标本身已限定「{mine}」，不能再筛选「{other}」。")
            found = replace(found, **{name: mine or other})
        return found

    def matches(self, account: str, category: str, source: str, party: int) -> bool:
        """Does an entry with these properties count?"""
        return (
            account == self.account
            and in_category(category, self.category)
            and (not self.sources or source in self.sources)
            and self.party in (0, party)
        )


def in_category(category: str, wanted: str) -> bool:
    """Does the filter `wanted` take in this category? `models.of_category` says the same for the database."""
    if wanted.startswith(EXACT):
        return category == wanted.removeprefix(EXACT)
    return category.startswith(wanted)


@dataclass(frozen=True)
class Metric:
    code: str
    name: str
    kind: str
    measure: str
    decimals: int
    definition: str
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...] = ()
    capped: bool = False
    empty: str = "无数据"
    better: str = ""

    @property
    def added(self) -> str:
        """Cumulative or not, in words; a rate over a balance says so."""
        if any(term.balance for _side, term in self.sides):
            return f"{ADDED[self.kind]}其中时点数科目取期末数。"
        return ADDED[self.kind]

    def is_balance(self, term: Term) -> bool:
        """Does the term look at all days up to the end of the period?"""
        return self.kind == LATEST or term.balance

    @property
    def sides(self) -> Iterator[tuple[int, Term]]:
        """All terms with the side they stand on."""
        yield from ((NUMERATOR, term) for term in self.numerator)
        yield from ((DENOMINATOR, term) for term in self.denominator)

    def narrowed(self, filters: Filters) -> "Metric":
        return replace(
            self,
            numerator=tuple(term.narrowed(filters) for term in self.numerator),
            denominator=tuple(term.narrowed(filters) for term in self.denominator),
        )

    def value(self, tally: "Tally") -> "Value":
        """The number that comes out of the added-up sides."""
        top: Decimal | None = tally.total[NUMERATOR]
        bottom: Decimal | None = None
        if self.kind == COUNT:
            top = Decimal(tally.count[NUMERATOR])
        elif self.kind == UNITS:
            top = Decimal(sum(total > 0 for total in tally.by_unit.values()))
        elif self.kind == AVERAGE:
            bottom = Decimal(tally.count[NUMERATOR])
        elif self.kind == RATIO:
            bottom = tally.total[DENOMINATOR]
        number = top
        if bottom is not None:
            scale = 100 if self.measure == "%" else 1
            number = top * scale / bottom if top is not None and bottom else None
        return Value(self, None if number is None else _rounded(number, self.decimals), top, bottom)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as a JSON column gives them back: versions of a pack can be compared."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, spec: dict[str, Any]) -> "Metric":
        return cls(
            **{**spec, "numerator": _terms(spec["numerator"]), "denominator": _terms(spec["denominator"])}
        )


class Tally:
    """Counts and sums of both sides of a metric, as they are added up; of one that counts units the sum of each."""

    def __init__(self) -> None:
        self.count = [0, 0]
        self.total = [Decimal(0), Decimal(0)]
        self.by_unit: dict[int, Decimal] = defaultdict(Decimal)

    def add(self, side: int, sign: int, count: int, total: Decimal, unit: int = 0) -> None:
        """`unit`: the community or village whose it is; only metrics that count units look at it."""
        self.count[side] += sign * count
        self.total[side] += sign * total
        self.by_unit[unit] += sign * total


@dataclass(frozen=True)
class Value:
    """What a metric gives. `number` is None where there is nothing to divide by."""

    metric: Metric
    number: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None

    @property
    def measure(self) -> str:
        return self.metric.measure

    @property
    def text(self) -> str:
        """「95.0%」, 「12处」 or, without a denominator, 「无应整改」."""
        return self.metric.empty if self.number is None else f"{self.number:,f}{self.measure}"

    @property
    def explained(self) -> str:
        """「95.0%（19/20）」: never a rate without what it was made of."""
        if self.number is None or self.denominator is None:
            return self.text
        return f"{self.text}（{plain(self.numerator)}/{plain(self.denominator)}）"


def plain(number: Decimal | None) -> str:
    """Without trailing zeros: 12.000 → 12."""
    return "" if number is None else f"{number.normalize():f}"


def _rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _terms(specs: Iterable[dict[str, Any]]) -> tuple[Term, ...]:
    return tuple(Term(**{**spec, "sources": tuple(spec["sources"])}) for spec in specs)
