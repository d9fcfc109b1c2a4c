"""What all operators share: the scene they compute in, what they answer, and readers of common parts."""

import itertools
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wenming.common.errors import DomainError
from wenming.common.packs import Reader
from wenming.ledger.periods import Period
from wenming.outcomes.scoring import amounts, conditions
from wenming.outcomes.scoring.book import Attribute, Book, Rule, Selector, completed
from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.facts import ORDER, VIEW, Event, Unit
from wenming.outcomes.scoring.lines import Line, Part, total

__all__ = ["Line"]  # operators take it from here, with all they share
if TYPE_CHECKING:
    from wenming.outcomes.scoring.sheet import ItemScore, Sheet

_ON = attrgetter("on")


@dataclass(frozen=True)
class Question:
    """Something only a person can decide. The score it touches stays open until it is answered."""

    where: str
    text: str
    events: tuple[str, ...] = ()


class Ask(Exception):
    """Raised inside an operator where the book does not say; becomes a Question, never a guess."""

    def __init__(self, text: str, *events: str) -> None:
        super().__init__(text)
        self.text = text
        self.events = events


@dataclass
class Piece:
    """What one rule contributes. `missing` true: there was nothing to compute from (the item's policy decides)."""

    lines: list[Part] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    missing: bool = False
    samples: int = 0

    @property
    def points(self) -> Decimal:
        return total(self.lines)


@dataclass(frozen=True)
class Scene:
    """All a rule may look at: one unit, one period, what was known by `as_of`, and earlier sheets, oldest first."""

    book: Book
    unit: Unit
    period: Period
    as_of: date
    by_kind: Mapping[str, Sequence[Event]]
    history: "Sequence[Sheet]" = ()
    done: "Mapping[str, ItemScore]" = field(default_factory=dict)
    pools: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Numerator and denominator of the whole group by rule, for the rules that draw to them (`pooling`)."""
    known: dict[int, dict[Any, Any]] = field(default_factory=dict)
    """What operators have worked out in this run, by `id` of their data, for all units alike."""

    @cached_property
    def days(self) -> dict[str, str]:
        """The days a condition may compare with."""
        return {
            "as_of": self.as_of.isoformat(),
            "period_start": self.period.start.isoformat(),
            "period_end": self.period.end.isoformat(),
        }

    def holds(self, condition: Condition, event: Event) -> bool:
        """Raises Ask when the event lacks an attribute that the condition needs and that has no default."""
        view = completed(self.book, event) | self.days
        try:
            return condition.holds(view)
        except DomainError:
            lacking = sorted(condition.attributes - set(view["attrs"]))
            if not lacking:
                raise
            title = self.book.attributes[lacking[0]].title
            raise Ask(f"事件没有写「{title}」（attrs.{lacking[0]}），是怎样的？", event.id) from None

    def worked_out[T, S](
        self, what: object, keys: Sequence[Hashable], things: Sequence[S], work: Callable[[S], T]
    ) -> dict[Hashable, T | Ask]:
        """`work` for every key, done once in a run: things of one key give the same. What must be asked is there
        as the Ask, so that it can be asked of each event by itself. `what`: whose work it is."""
        known: dict[Hashable, T | Ask] = self.known.setdefault(id(what), {})
        for key, thing in dict(zip(keys, things, strict=True)).items():
            if key not in known:
                try:
                    known[key] = work(thing)
                except Ask as ask:
                    known[key] = ask
        return known

    def select(self, selector: Selector, piece: Piece, rule: Rule, *, earlier: bool = False) -> list[Event]:
        """Events of the selector in order of time; with `earlier`, also those before the period."""
        found: list[Event] = []
        for kind in selector.kinds:
            events = self.by_kind.get(kind, ())
            if events and not earlier and events[0].on < self.period.start:
                events = events[bisect_left(events, self.period.start, key=_ON) :]
            found += events
        if len(selector.kinds) > 1:
            found.sort(key=ORDER)
        condition = selector.condition
        if condition is None or not found:
            return found
        return list(itertools.compress(found, self.verdicts(condition, found, piece, rule)))

    def verdicts(self, condition: Condition, events: Sequence[Event], piece: Piece, rule: Rule) -> list[bool]:
        """Whether the condition holds, event by event; where it must be asked, it does not hold."""
        keys = condition.values(events)
        answers = self.worked_out(condition, keys, events, lambda event: self.holds(condition, event))
        return asked(rule, piece, events, [answers[key] for key in keys])

    def field(self, event: Event, name: str) -> str:
        """A field as text, with the declared default; Ask when it is empty."""
        value = event.value(name)
        if value is None and name.startswith("attrs."):
            value = self.book.attributes[name[6:]].default
        if value is None or value == "":
            raise Ask(f"事件没有写「{name}」，是哪一种？", event.id)
        if isinstance(value, bool):
            return "是" if value else "否"
        return amounts.plain(value) if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True)
class Points:
    """Points of one event: fixed, by a table of fields, or chosen by the inspector within a range."""

    fixed: Decimal | None = None
    fields: tuple[str, ...] = ()
    table: Mapping[str, Decimal] = field(default_factory=dict)
    otherwise: Decimal | None = None
    chosen: str = ""
    low: Decimal = amounts.ZERO
    high: Decimal = amounts.ZERO

    @property
    def values(self) -> tuple[Decimal, ...]:
        """Every value it can give at the ends of its range."""
        if self.fixed is not None:
            return (self.fixed,)
        if self.chosen:
            return (self.low, self.high)
        return (*self.table.values(), *([] if self.otherwise is None else [self.otherwise]))

    @property
    def names(self) -> tuple[str, ...]:
        """Fields of an event that its points depend on."""
        return (f"attrs.{self.chosen}",) if self.chosen else self.fields

    def of(self, scene: Scene, event: Event) -> tuple[Decimal, str]:
        """Points and how to write them, such as −2（county）. Raises Ask."""
        if self.fixed is not None:
            return self.fixed, amounts.signed(self.fixed)
        if self.chosen:
            return self._chosen(event)
        key = "/".join(scene.field(event, name) for name in self.fields)
        points = self.table.get(key, self.otherwise)
        if points is None:
            raise Ask(f"「{key}」在规则里没有分值，按哪一档？", event.id)
        return points, f"{amounts.signed(points)}（{key}）"

    def _chosen(self, event: Event) -> tuple[Decimal, str]:
        given = amounts.number(event.attrs.get(self.chosen))
        if given is None:
            raise Ask(f"检查人没有写分值（attrs.{self.chosen}），扣（加）几分？", event.id)
        # Inspectors write 扣 0.5 as 0.5: in a range of deductions the sign is understood.
        points = -given if self.high <= 0 < given else given
        if not self.low <= points <= self.high:
            span = f"{amounts.text(self.low)} 到 {amounts.text(self.high)}"
            raise Ask(f"检查人给的 {amounts.text(points)} 不在 {span} 之间，按多少计？", event.id)
        return points, f"{amounts.signed(points)}（检查人裁量）"


@dataclass(frozen=True)
class Operator:
    """How to read an operator's part of a rule, and how to compute it. `signs`: may it add, may it deduct."""

    title: str
    read: "Callable[[Reader, Reading], Any]"
    compute: Callable[[Scene, Rule], Piece]
    lookback: Callable[[Any], int] = lambda _spec: 0


@dataclass(frozen=True)
class Reading:
    """What readers of parts need to know of the book read so far."""

    attributes: Mapping[str, Attribute]

    def condition(self, reader: Reader, key: str = "if") -> Condition | None:
        """The condition under `key`, or None. Raises PackError with the line of the key."""
        if key not in reader.node:
            return None
        try:
            return conditions.compiled(reader.text(key), variables=VIEW, attributes=self.attributes)
        except DomainError as error:
            raise reader.fail(error.message, key) from None

    def selector(self, reader: Reader, key: str = "when") -> Selector:
        child = reader.child(key)
        kinds = child.texts("kind") if isinstance(child.node.get("kind"), list) else [child.text("kind")]
        if not kinds:
            raise child.fail("「kind」不能是空的", "kind")
        found = Selector(tuple(dict.fromkeys(kinds)), self.condition(child))
        child.done()
        return found

    def selectors(self, reader: Reader, key: str) -> Selector | None:
        return self.selector(reader, key) if key in reader.node else None

    def fields(self, reader: Reader, key: str) -> tuple[str, ...]:
        """Names of event fields, each known. Text or a list."""
        names = reader.texts(key) if isinstance(reader.node.get(key), list) else [reader.text(key)]
        for name in names:
            known = (
                name[6:] in self.attributes if name.startswith("attrs.") else name in VIEW and name != "attrs"
            )
            if not known:
                raise reader.fail(
                    f"「{key}」里不认识「{name}」；自定的项写 attrs.名称，并在 attributes 里声明", key
                )
        return tuple(names)

    def points(self, reader: Reader, key: str = "points") -> Points:
        if not isinstance(reader.raw(key), dict):
            return Points(fixed=amount(reader, key))
        child = reader.child(key)
        if "chosen" in child.node:
            found = Points(chosen=child.text("chosen"), low=amount(child, "from"), high=amount(child, "to"))
            if found.low > found.high:
                raise child.fail("「from」应当不大于「to」（扣分写负数，如 from: -3、to: -0.5）", "from")
        else:
            found = Points(
                fields=self.fields(child, "by"),
                table=table(child, "map"),
                otherwise=amount(child, "otherwise") if "otherwise" in child.node else None,
            )
        child.done()
        return found


def amount(reader: Reader, key: str, default: Any = None) -> Decimal:
    """An exact bounded number; `default` (a Decimal) when the key is absent and a default is given."""
    if key not in reader.node and default is not None:
        reader.raw(key, default)
        return Decimal(default)
    found = amounts.number(reader.decimal(key))
    if found is None:
        raise reader.fail(f"「{key}」应当在 10¹² 以内，小数不超过 12 位", key)
    return found


def optional(reader: Reader, key: str) -> Decimal | None:
    return amount(reader, key) if key in reader.node else None


def positive(reader: Reader, key: str, default: Any = None) -> Decimal:
    found = amount(reader, key, default)
    if found <= 0:
        raise reader.fail(f"「{key}」应当大于 0", key)
    return found


def table(reader: Reader, key: str) -> dict[str, Decimal]:
    """A mapping of texts to amounts."""
    child = reader.child(key)
    if not child.node:
        raise reader.fail(f"「{key}」不能是空的", key)
    found: dict[str, Decimal] = {}
    for name in child.node:
        found[("是" if name else "否") if isinstance(name, bool) else str(name)] = amount(child, name)
    return found


def _nothing(_scene: Scene, _rule: Rule) -> Piece:
    return Piece()


def outside(name: str) -> Rule:
    """A rule outside all items, for selecting events of vetoes and accounts: it only lends its name."""
    return Rule(id="", title=name, op="", spec=None, compute=_nothing, line=0)


def asked(rule: Rule, piece: Piece, events: Sequence[Event], answers: Sequence[object]) -> list[bool]:
    """Which events have an answer that is not no. An answer that is an Ask becomes a question about its event."""
    if any(isinstance(answer, Ask) for answer in set(answers)):
        for event, answer in zip(events, answers, strict=True):
            if isinstance(answer, Ask):
                piece.questions.append(Question(rule.name, answer.text, (event.id,)))
        return [bool(answer) and not isinstance(answer, Ask) for answer in answers]
    return list(map(bool, answers))


def ask(piece: Piece, rule: Rule, problem: Ask) -> None:
    piece.questions.append(Question(rule.name, problem.text, problem.events))


def grouped(events: Sequence[Event], key: Callable[[Event], str]) -> Iterator[tuple[str, list[Event]]]:
    """Events by key, keys in order of first appearance in time."""
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(key(event), []).append(event)
    yield from found.items()
