"""From a YAML file to a rule book, with every fault named by file and line."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from wenming.common import packs
from wenming.common.errors import PackError
from wenming.common.packs import Reader
from wenming.ledger import periods
from wenming.outcomes.scoring import amounts, checks, from_ledger, outcomes_reading
from wenming.outcomes.scoring.book import (
    MISSING,
    RATED,
    Attribute,
    Block,
    Book,
    Item,
    Mix,
    Rule,
    SharedCap,
)
from wenming.outcomes.scoring.faults import BadInput, Faults
from wenming.outcomes.scoring.operators import OPERATORS
from wenming.outcomes.scoring.operators.common import Reading, amount, optional, positive, table
from wenming.outcomes.scoring.operators.counting import CAP_UNIT

KIND = "scoring"
LEAST_APPEAL_DAYS = 3
"""Working days between showing and publishing (handbook §4.2)."""
_KINDS = {"flag": (bool,), "number": (int, float, Decimal), "text": (str,), "list": ()}


def read(path: Path, *, label: str | None = None) -> Book:
    """The book in a file. Raises BadInput with all its faults, or PackError when it is no pack at all."""
    return _book(packs.load(path, kind=KIND, label=label))


def read_text(text: str, *, label: str) -> Book:
    """The book that a clerk wrote or that is kept in the database; `label` names it in messages. Raises as `read`."""
    data = text.replace("\r\n", "\n").encode()
    if len(data) > packs.LARGEST:
        raise PackError("超过 5 MB，不像是规则书", path=label, line=None)
    return _book(packs.parse(data, kind=KIND, name=label))


@dataclass(frozen=True)
class Head:
    """What can be said of a book before it is sound: enough to keep a draft and list it."""

    id: str
    version: str
    title: str
    in_force: date
    digest: str
    rated: str
    period: str


def head(text: str, *, label: str) -> Head:
    """The head of a book, be the rest right or wrong. Raises PackError where even that cannot be read."""
    pack = packs.parse(text.replace("\r\n", "\n").encode(), kind=KIND, name=label)
    values = _head(pack.body, Faults(pack.path))
    return Head(
        pack.id, pack.version, pack.title, pack.in_force, pack.digest,
        str(values.get("rated", "")), str(values.get("period", "")),
    )  # fmt: skip


def _book(pack: packs.Pack) -> Book:
    faults = Faults(pack.path)
    body = pack.body
    attributes = _attributes(body, faults)
    reading = Reading(attributes)
    values: dict[str, Any] = _head(body, faults)
    values["items"] = tuple(_each(body, "items", faults, lambda r: _item(r, reading, faults)))
    if not values["items"]:
        faults.add("「items」至少要有一项", body.line("items"))
    values["blocks"] = tuple(_each(body, "blocks", faults, _block, []))
    values["shared_caps"] = tuple(_each(body, "shared_caps", faults, _shared_cap, []))
    values["mixes"] = tuple(_each(body, "combine", faults, _mix, []))
    values |= outcomes_reading.read(body, reading, faults, rated=values.get("rated", ""))
    values["from_ledger"] = from_ledger.read(body, faults)
    with faults.caught():
        body.done()
    if faults.found:
        faults.refuse()
    book = Book(
        id=pack.id, version=pack.version, title=pack.title, in_force=pack.in_force, sample=pack.sample,
        digest=pack.digest, path=pack.path, attributes=attributes, **values,
    )  # fmt: skip
    checks.check(book, body, faults)
    from_ledger.check(book, faults)
    faults.refuse()
    return book


def _each[T](
    body: Reader, key: str, faults: Faults, read_one: Callable[[Reader], T], default: Any = ...
) -> list[T]:
    """Every entry of a list; a fault in one does not hide faults in the next."""
    found: list[T] = []
    with faults.caught():
        readers = list(body.each(key) if default is ... else body.each(key, default))
        for each in readers:
            with faults.caught():
                one = read_one(each)
                each.done()
                found.append(one)
    return found


def _attributes(body: Reader, faults: Faults) -> dict[str, Attribute]:
    def one(reader: Reader) -> Attribute:
        kind = reader.choice("type", _KINDS)
        default = reader.raw("default", None)
        if default is not None and (
            not isinstance(default, _KINDS[kind]) or (kind == "number" and isinstance(default, bool))
        ):
            raise reader.fail("「default」和「type」对不上", "default")
        if kind == "flag" and default is not None:
            default = bool(default)
        return Attribute(reader.text("name"), reader.text("title"), kind, default)

    return {each.name: each for each in _each(body, "attributes", faults, one, [])}


def _head(body: Reader, faults: Faults) -> dict[str, Any]:
    values: dict[str, Any] = {}
    with faults.caught():
        rated = body.child("rated")
        with faults.caught():
            values["rated"] = _rated(rated)
        values["groups"] = tuple(rated.texts("groups", []))
        rated.done()
    with faults.caught():
        values["period"] = body.choice("period", [kind for kind in periods.KINDS if kind != periods.RANGE])
    with faults.caught():
        values["base"] = amount(body, "base", amounts.ZERO)
    with faults.caught():
        values["full"] = optional(body, "full")
    with faults.caught():
        values["low"] = optional(body, "min")
        values["high"] = optional(body, "max")
        if values["low"] is not None and values["high"] is not None and values["low"] > values["high"]:
            raise body.fail("「min」大于「max」", "min")
    with faults.caught():
        rounding = body.child("rounding")
        values["places"] = rounding.integer("places")
        values["mode"] = rounding.choice("mode", amounts.MODES)
        if not 0 <= values["places"] <= 6:
            raise rounding.fail("「places」（保留几位小数）在 0 到 6 之间", "places")
        rounding.done()
    with faults.caught():
        values["publication"] = body.text("publication", "")
    with faults.caught():
        values["appeal_days"] = body.integer("appeal_days", LEAST_APPEAL_DAYS)
        if not LEAST_APPEAL_DAYS <= values["appeal_days"] <= 30:
            raise body.fail(
                f"「appeal_days」（申诉期几个工作日）在 {LEAST_APPEAL_DAYS} 到 30 之间", "appeal_days"
            )
    return values


def _rated(reader: Reader) -> str:
    kind = reader.text("kind")
    if kind not in RATED:
        allowed = "、".join(f"{key}（{name}）" for key, name in RATED.items())
        raise reader.fail(
            f"考核对象不能是「{kind}」，只能是：{allowed}；不对干部个人排名打分（D6、D19）", "kind"
        )
    return kind


def _item(reader: Reader, reading: Reading, faults: Faults) -> Item:
    full = optional(reader, "full")
    start = reader.choice("start", ("full", "zero"), "zero" if full is None else "full")
    if start == "full" and full is None:
        raise reader.fail("start: full 要写「full」（满分）", "start")
    low, high = optional(reader, "min"), optional(reader, "max")
    if low is not None and high is not None and low > high:
        raise reader.fail("「min」大于「max」", "min")
    item = Item(
        id=reader.text("id"), title=reader.text("title"), full=full,
        start=full if start == "full" and full is not None else amounts.ZERO, low=low, high=high,
        block=reader.text("block", ""), groups=tuple(reader.texts("groups", [])),
        missing=reader.choice("missing", MISSING, "") if "missing" in reader.node else "",
        rules=tuple(_each(reader, "rules", faults, lambda r: _rule(r, reading))), line=reader.line(),
    )  # fmt: skip
    reader.raw("note", "")
    return item


def _rule(reader: Reader, reading: Reading) -> Rule:
    name = reader.text("op")
    operator = OPERATORS.get(name)
    if operator is None:
        known = "、".join(f"{key}（{each.title}）" for key, each in OPERATORS.items())
        raise reader.fail(f"不认识的算子「{name}」，可用：{known}", "op")
    spec = operator.read(reader, reading)
    rule = Rule(
        id=reader.text("id"), title=reader.text("title", ""), op=name, spec=spec, compute=operator.compute,
        line=reader.line(), ground=reader.text("ground", ""), lookback=operator.lookback(spec),
    )  # fmt: skip
    reader.raw("note", "")
    if "cap" in reader.node:
        rule = replace(rule, cap=positive(reader, "cap"))
    if "cap_each" in reader.node:
        caps = table(reader, "cap_each")
        strange = [key for key in caps if key not in CAP_UNIT]
        if strange or name != "per_event" or min(caps.values()) <= 0:
            raise reader.fail(
                f"「cap_each」只用于 per_event，可写：{'、'.join(CAP_UNIT)}，都大于 0", "cap_each"
            )
        # The narrower cap comes first, so that the wider one sees what the narrower left.
        rule = replace(rule, cap_each={key: caps[key] for key in CAP_UNIT[::-1] if key in caps and key not in ("day", "month")}
                       | {key: caps[key] for key in ("day", "month") if key in caps})  # fmt: skip
    if "cap_of" in reader.node:
        child = reader.child("cap_of")
        rule = replace(rule, cap_of=(reading.selector(child), positive(child, "points")))
        child.done()
    return rule


def _block(reader: Reader) -> Block:
    return Block(
        reader.text("id"), reader.text("title"), optional(reader, "full"), optional(reader, "min"),
        optional(reader, "max"), reader.line(),
    )  # fmt: skip


def _shared_cap(reader: Reader) -> SharedCap:
    found = SharedCap(
        reader.text("title"), tuple(reader.texts("rules")), positive(reader, "cap"), reader.line()
    )
    if len(found.rules) < 2:
        raise reader.fail("合并封顶至少两条规则", "rules")
    return found


def _mix(reader: Reader) -> Mix:
    weights = table(reader, "weights")
    if any(weight <= 0 for weight in weights.values()):
        raise reader.fail("权重要大于 0", "weights")
    total = sum(weights.values(), amounts.ZERO)
    if total != 1:
        raise reader.fail(f"权重合计 {amounts.plain(total)}，应当是 1", "weights")
    missing = reader.choice("missing", ("others", "zero", "ask"))
    return Mix(tuple(reader.texts("groups", [])), weights, missing, reader.line())


def faults_of(path: Path, *, label: str | None = None) -> list[str]:
    """Every fault of a book as a sentence with file and line; empty when the book is sound."""
    try:
        read(path, label=label)
    except BadInput as error:
        return [str(fault) for fault in error.faults]
    except PackError as error:
        return [error.message]
    return []
