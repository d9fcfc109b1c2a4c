"""A pack of kinds as YAML, in the language that `reading` reads: for kinds made at the desk, and for copies."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from wenming.ledger.models import FLOW, Account
from wenming.records.journals import states
from wenming.records.journals.kinds import Condition, Count, Field, Kind

_COMMENT = "# 本单位自设的台账类目。改了以后请换版本号（version）再装；装过的版本不再改。\n"


def as_yaml(
    *,
    code: str,
    version: str,
    title: str,
    in_force: date,
    unit: str,
    kinds: Iterable[Kind],
    accounts: Sequence[Mapping[str, Any]],
) -> str:
    """The whole pack. `accounts`: code, name, measure, nature, decimals, definition, group of each."""
    tree: dict[str, Any] = {
        "kind": "journals", "id": code, "version": Quoted(version), "title": title, "in_force": in_force,
    }  # fmt: skip
    if unit:
        tree["unit"] = Quoted(unit)
    if accounts:
        tree["accounts"] = [
            {"group": group, "items": rows} for group, rows in _grouped(accounts, _account).items()
        ]
    by_group: dict[str, list[dict[str, Any]]] = {}
    for kind in kinds:
        by_group.setdefault(kind.group, []).append(kind_as_tree(kind))
    tree["kinds"] = [{"group": group, "items": items} for group, items in by_group.items()]
    writer = YAML()
    writer.width, writer.allow_unicode = 10_000, True
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    writer.dump(tree, out)
    return _COMMENT + out.getvalue()


def account_row(account: Account) -> dict[str, Any]:
    """What `as_yaml` wants to know of an account."""
    names = ("code", "name", "measure", "nature", "decimals", "definition", "group")
    return {name: getattr(account, name) for name in names}


def kind_as_tree(kind: Kind) -> dict[str, Any]:
    """One kind as its item in the pack, without what is usual."""
    usual = Kind(code="", name="", group="", fields=(), counts=(), by=(states.OFFICE, states.RESIDENTIAL))
    tree: dict[str, Any] = {"code": kind.code, "name": kind.name}
    for name in ("hint", "title", "party", "decisions", "photos"):
        if getattr(kind, name) != getattr(usual, name):
            tree[name] = getattr(kind, name)
    if kind.tells:
        tree["tells"] = {code: list(options) for code, options in kind.tells}
    tree |= {"by": list(kind.by), "late_days": kind.late_days}
    tree["fields"] = [_field(field) for field in kind.fields]
    tree["counts"] = [_count(count) for count in kind.counts]
    return tree


def _grouped(rows: Sequence[Mapping[str, Any]], told: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(str(row["group"]), []).append(told(row))
    return found


def _account(row: Mapping[str, Any]) -> dict[str, Any]:
    usual = {"nature": FLOW, "decimals": 0}
    names = ("code", "name", "measure", "nature", "decimals", "definition")
    return {name: row[name] for name in names if row[name] != usual.get(name)}


def _field(field: Field) -> dict[str, Any]:
    tree: dict[str, Any] = {"code": field.code, "name": field.name, "kind": field.kind}
    for name in ("required", "hint", "longest", "measure", "group"):
        if getattr(field, name):
            tree[name] = getattr(field, name)
    if field.decimals != (2 if field.kind == states.MONEY else 0):
        tree["decimals"] = field.decimals
    if field.default:
        tree["default"] = Quoted(field.default)
    if field.needed_by:
        tree["needed_by"] = list(field.needed_by)
    if field.options:
        tree["options"] = {Quoted(code): name for code, name in field.options}
    return tree


def _count(count: Count) -> dict[str, Any]:
    tree: dict[str, Any] = (
        {"account": count.account} if count.account else {"by": count.by, "accounts": dict(count.accounts)}
    )
    if count.field:
        tree["field"] = count.field
    elif count.amount != Decimal(1):
        tree["amount"] = str(count.amount)
    for name in ("when", "minus"):
        condition: Condition = getattr(count, name)
        if condition:
            tree[name] = {code: list(options) for code, options in condition}
    if count.category:
        tree["category"] = count.category
    if count.overdraw:
        tree["overdraw"] = True
    return tree
