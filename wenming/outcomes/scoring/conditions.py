"""Conditions of a rule book, written in CEL (Common Expression Language), with limits of size and time.

CEL has no loops except its five macros over lists, so an expression of bounded size with at most one macro
costs a bounded time; the clock is only the second guard.
"""

import re
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cel

from wenming.common.errors import DomainError
from wenming.outcomes.scoring import facts

LONGEST = 500
"""Characters of one condition."""
DEEPEST = 20
SLOWEST = 1_000_000_000
"""Nanoseconds of processor time for one evaluation; an honest one takes some ten thousand."""
DAYS = ("as_of", "period_start", "period_end")
_STRINGS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(")
_ATTRIBUTE = re.compile(r"\battrs\s*\.\s*([A-Za-z_]\w*)|\battrs\b")
_NATIVE = {"size", "has", "int", "double", "string", "bool", "contains", "startsWith", "endsWith", "matches",
           "all", "exists", "exists_one", "map", "filter", "max", "min", "in"}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """A compiled condition. `holds(view)` answers true or false, or raises DomainError."""

    source: str
    program: Any = field(compare=False, repr=False)
    attributes: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    """Names of an event it looks at; the days of the period are the same for all events of a run."""
    values: Callable[[Sequence[facts.Event]], list[Hashable]] = field(
        default=facts.values(()), compare=False, repr=False
    )
    """For events what they say under `names`: it answers the same to those that agree."""

    def holds(self, view: Mapping[str, Any]) -> bool:
        """Evaluate on plain values. Raises DomainError `condition_failed` (wrong types, division by zero) or
        `condition_slow`, both with the text of the condition."""
        start = time.thread_time_ns()
        try:
            value = self.program.execute(view)
        except (ValueError, TypeError, RuntimeError, KeyError, ZeroDivisionError, OverflowError) as error:
            raise DomainError(
                "condition_failed", f"条件「{self.source}」算不出来：{_reason(error)}"
            ) from None
        if time.thread_time_ns() - start > SLOWEST:
            raise DomainError("condition_slow", f"条件「{self.source}」算了超过 1 秒，请写简单些。")
        if not isinstance(value, bool):
            raise DomainError("condition_failed", f"条件「{self.source}」的结果不是“是”或“否”。")
        return value


def compiled(source: str, *, variables: Iterable[str], attributes: Iterable[str] | None = None) -> Condition:
    """Compile a condition that may use `variables`, and of `attrs` only the declared `attributes`.

    Raises DomainError `condition_wrong` with one Chinese sentence: too long, too deep, more than one macro,
    a syntax fault with its column, an unknown name.
    """
    if len(source) > LONGEST:
        raise _wrong(f"条件有 {len(source)} 个字符，最多 {LONGEST} 个，请拆成几条规则")
    bare = _STRINGS.sub('""', source)
    if _depth(bare) > DEEPEST:
        raise _wrong(f"条件的括号超过 {DEEPEST} 层，请写简单些")
    if len(_MACRO.findall(bare)) > 1:
        raise _wrong("一个条件里 all、exists、map、filter 合起来只许用一次（防止算不完）")
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise _wrong(_syntax(str(error))) from None
    known = set(variables)
    bound = set(re.findall(r"(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,", bare))
    unknown = sorted(name for name in program.variables() if name not in known and name not in bound)
    if unknown:
        raise _wrong(f"条件里有不认识的名字「{unknown[0]}」，可用：{'、'.join(sorted(known))}")
    strange = sorted(
        name for name in program.functions() if re.match(r"[A-Za-z]", name) and name not in _NATIVE
    )
    if strange:
        raise _wrong(f"条件里有不支持的函数「{strange[0]}」")
    used = _attributes(bare)
    missing = sorted(used - set(attributes)) if attributes is not None else []
    if missing:
        raise _wrong(f"条件用了 attrs.{missing[0]}，但 attributes 里没有声明「{missing[0]}」")
    own = set(program.variables()) & known - {"attrs", *DAYS}
    names = (*sorted(own), *sorted(f"attrs.{name}" for name in used))
    return Condition(source, program, used, names, facts.values(names))


def _attributes(bare: str) -> frozenset[str]:
    found = [match.group(1) for match in _ATTRIBUTE.finditer(bare)]
    if None in found:
        raise _wrong("条件里 attrs 后面要写 .名称，不用方括号")
    return frozenset(found)


def _wrong(message: str) -> DomainError:
    return DomainError("condition_wrong", message)


def _depth(text: str) -> int:
    depth = most = 0
    for mark in text:
        if mark in "([{":
            depth += 1
            most = max(most, depth)
        elif mark in ")]}":
            depth -= 1
    return most


def _syntax(message: str) -> str:
    found = re.search(r"<input>:(\d+):(\d+)", message)
    where = f"（第 {found.group(2)} 个字符附近）" if found else ""
    return f'条件写法不对{where}；例：by_level == "county" && quantity >= 3'


def _reason(error: Exception) -> str:
    if isinstance(error, ZeroDivisionError):
        return "除数为零"
    if isinstance(error, TypeError):
        return "比较的两边不是同一类（文字要加引号，数字不加）"
    if isinstance(error, KeyError) or "key" in str(error).lower():
        return "事件上没有这一项"
    return "表达式不成立"
