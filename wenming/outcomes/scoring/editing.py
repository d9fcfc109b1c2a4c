"""Changing single places in the text of a rule book: its head, and the knobs most towns turn.

Only the characters of those values are replaced; comments, order and layout of everything else stay as the clerk
wrote them. Pure: text in, text out. Whether the result is sound is asked of `reading` afterwards.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wenming.common.errors import PackError
from wenming.outcomes.scoring import amounts

_PLAIN = re.compile(r"[一-鿿（）《》、，。；：A-Za-z][\w（）《》、，。；：一-鿿 -]*")
LEVELS = ("self", "town", "county", "city", "province", "national")
"""Who found it, in the order in which a form asks for it (`wording.LEVELS` says the words)."""


def head(text: str, *, code: str, version: str, title: str, in_force: date) -> str:
    """The text as a book of that head, no longer marked as a sample. Raises PackError where there is no head."""
    tree = _Tree(text)
    for name, value in (
        ("id", _quoted(code)), ("version", json.dumps(version)), ("title", _quoted(title)), ("in_force", in_force.isoformat()),
    ):  # fmt: skip
        tree.replace(tree.must(name), value)
    tree.drop_line("sample")
    return tree.done()


@dataclass(frozen=True)
class Knobs:
    """What can be turned without reading YAML. Deductions are positive here: `levels` is what each level costs."""

    levels: Mapping[str, Decimal]
    otherwise: Decimal | None
    on_spot: Decimal
    days: int
    repeated: Decimal
    cap: Decimal
    last: int
    steps: tuple[tuple[int, str], ...]


def knobs(text: str) -> Knobs | None:
    """The knobs of a book that has the shape of the seed's rule; None for any other, and for broken text."""
    try:
        return _Shape(text).read()
    except (PackError, _Other):
        return None


def turned(text: str, to: Knobs) -> str:
    """The text with its knobs turned `to`. Levels it did not have are added beside the others; the ladder's memory
    is stretched when its last step would be out of reach. Raises PackError when it has not the seed's shape."""
    try:
        return _Shape(text).write(to)
    except _Other:
        raise PackError("这本规则书的写法不同，请直接改文字", path="规则书", line=None) from None


class _Other(Exception):
    """The text has another shape than the one that is looked for."""


class _Tree:
    """A parsed text that remembers where every value stands, and the replacements made in it."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        try:
            root = YAML(typ="rt", pure=True).compose(self.text)
        except YAMLError:
            root = None
        if not isinstance(root, MappingNode):
            raise PackError("YAML 写法不对，请先改好再换版本", path="规则书", line=None)
        self.root = root
        self._changes: list[tuple[int, int, str]] = []

    def find(self, *path: str | int, start: Node | None = None) -> Node | None:
        """The node under keys and indexes, or None."""
        node: Node | None = start or self.root
        for step in path:
            if isinstance(step, int) and isinstance(node, SequenceNode):
                node = node.value[step] if step < len(node.value) else None
            elif isinstance(step, str) and isinstance(node, MappingNode):
                node = next((value for key, value in node.value if key.value == step), None)
            else:
                return None
        return node

    def must(self, *path: str | int) -> ScalarNode:
        """A scalar that has to be there. Raises PackError."""
        node = self.find(*path)
        if not isinstance(node, ScalarNode):
            raise PackError(f"缺少「{path[-1]}」", path="规则书", line=None)
        return node

    def replace(self, node: Node, value: str) -> None:
        self._changes.append((node.start_mark.index, node.end_mark.index, value))

    def insert(self, at: int, value: str) -> None:
        self._changes.append((at, at, value))

    def drop_line(self, name: str) -> None:
        """Take out a key of the head with its value: the whole line."""
        for key, value in self.root.value:
            if key.value == name:
                start = self.text.rfind("\n", 0, key.start_mark.index) + 1
                end = self.text.find("\n", value.end_mark.index)
                self._changes.append((start, len(self.text) if end < 0 else end + 1, ""))

    def done(self) -> str:
        """The text with everything put in, from the end so that places stay good."""
        text = self.text
        for start, end, value in sorted(self._changes, reverse=True):
            text = text[:start] + value + text[end:]
        return text


class _Shape:
    """The seed's rule: events priced by who found them, halved on the spot, repeated ones multiplied, a cap, a ladder."""

    def __init__(self, text: str) -> None:
        self.tree = _Tree(text)
        self.rule = self._rule()
        self.ladder = self._ladder()

    def _rule(self) -> Node:
        found: list[Node] = []
        items = self.tree.find("items")
        for item in items.value if isinstance(items, SequenceNode) else []:
            rules = self.tree.find("rules", start=item)
            for rule in rules.value if isinstance(rules, SequenceNode) else []:
                if self._said(rule, "op") == "per_event" and self._said(rule, "points", "by") == "by_level":
                    found.append(rule)
        if len(found) != 1:
            raise _Other
        return found[0]

    def _ladder(self) -> Node:
        rows = self.tree.find("consequences")
        found: list[Node] = [
            row
            for row in (rows.value if isinstance(rows, SequenceNode) else [])
            if self._said(row, "op") == "ladder" and self.tree.find("if", "last", start=row) is not None
        ]
        if len(found) != 1:
            raise _Other
        return found[0]

    def _said(self, node: Node, *path: str | int) -> str:
        found = self.tree.find(*path, start=node)
        return str(found.value) if isinstance(found, ScalarNode) else ""

    def _scalar(self, node: Node, *path: str | int) -> ScalarNode:
        found = self.tree.find(*path, start=node)
        if not isinstance(found, ScalarNode):
            raise _Other
        return found

    def _number(self, node: Node, *path: str | int) -> Decimal:
        found = amounts.number(self._scalar(node, *path).value)
        if found is None:
            raise _Other
        return found

    def _modifiers(self) -> tuple[Node, Node]:
        """The modifier for what was fixed on the spot, and the one for repetition within days."""
        rows = self.tree.find("modifiers", start=self.rule)
        every = list(rows.value) if isinstance(rows, SequenceNode) else []
        spot = [row for row in every if self._said(row, "if") == "attrs.spot"]
        again = [row for row in every if self._said(row, "repeat", "days")]
        if len(spot) != 1 or len(again) != 1:
            raise _Other
        return spot[0], again[0]

    def _levels(self) -> MappingNode:
        table = self.tree.find("points", "map", start=self.rule)
        if not isinstance(table, MappingNode) or any(key.value not in LEVELS for key, _value in table.value):
            raise _Other
        return table

    def _steps(self) -> list[Node]:
        rows = self.tree.find("steps", start=self.ladder)
        if not isinstance(rows, SequenceNode) or not rows.value:
            raise _Other
        return list(rows.value)

    def read(self) -> Knobs:
        spot, again = self._modifiers()
        levels = {key.value: -self._number(value) for key, value in self._levels().value}
        rest = self.tree.find("points", "otherwise", start=self.rule)
        days, last = self._number(again, "repeat", "days"), self._number(self.ladder, "if", "last")
        steps = [
            (int(self._number(row, "times")), self._scalar(row, "action").value) for row in self._steps()
        ]
        return Knobs(
            levels=levels, otherwise=None if rest is None else -self._number(rest), on_spot=self._number(spot, "times"),
            days=int(days), repeated=self._number(again, "times"), cap=self._number(self.rule, "cap"), last=int(last),
            steps=tuple(steps),
        )  # fmt: skip

    def write(self, to: Knobs) -> str:
        spot, again = self._modifiers()
        tree = self.tree
        self._write_levels(to.levels)
        rest = tree.find("points", "otherwise", start=self.rule)
        if rest is not None and to.otherwise is not None:
            tree.replace(rest, _amount(-to.otherwise))
        tree.replace(self._scalar(spot, "times"), _amount(to.on_spot))
        tree.replace(self._scalar(again, "repeat", "days"), str(to.days))
        tree.replace(self._scalar(again, "times"), _amount(to.repeated))
        tree.replace(self._scalar(self.rule, "cap"), _amount(to.cap))
        tree.replace(self._scalar(self.ladder, "if", "last"), str(to.last))
        self._write_steps(to.steps)
        return tree.done()

    def _write_levels(self, levels: Mapping[str, Decimal]) -> None:
        table = self._levels()
        there = {key.value: value for key, value in table.value}
        for name, node in there.items():
            if name in levels:
                self.tree.replace(node, _amount(-levels[name]))
        new = [f"{name}: {_amount(-value)}" for name, value in levels.items() if name not in there]
        if new:
            last_key, last = table.value[-1]
            between = ", " if table.flow_style else "\n" + " " * last_key.start_mark.column
            self.tree.insert(last.end_mark.index, "".join(between + each for each in new))

    def _write_steps(self, steps: Sequence[tuple[int, str]]) -> None:
        for row, (times, action) in zip(self._steps(), steps, strict=True):
            self.tree.replace(self._scalar(row, "times"), str(times))
            self.tree.replace(self._scalar(row, "action"), _quoted(action))
        memory = self.tree.find("memory", "periods", start=self.ladder)
        if isinstance(memory, ScalarNode) and int(memory.value) < steps[-1][0] - 1:
            self.tree.replace(memory, str(steps[-1][0] - 1))


def _amount(value: Decimal) -> str:
    return amounts.plain(value)


def _quoted(text: str) -> str:
    """A text as a YAML scalar that is good in a flow mapping as well."""
    plain = _PLAIN.fullmatch(text) and text.strip() == text and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
