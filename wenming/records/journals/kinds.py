"""A kind of work log, pure: its fields, what it counts, and which ledger lines a filled form makes.

Kinds come from packs (`reading`) and travel as plain JSON. What is counted is said once, in `counts`: a fixed
amount (「一次记 1」) or a number field, on one account or on the account that a choice stands for, in or out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from wenming.records.journals import states

Values = Mapping[str, Any]
# Field → the options with which something holds.
Condition = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Field:
    """One field of a form. `needed_by` names the documents that a required field is for (handbook D1)."""

    code: str
    name: str
    kind: str
    required: bool = False
    needed_by: tuple[str, ...] = ()
    hint: str = ""
    default: str = ""
    longest: int = 0
    measure: str = ""
    decimals: int = 0
    options: tuple[tuple[str, str], ...] = ()
    group: str = ""

    @property
    def label(self) -> str:
        """Name with its unit of measure: 「参会人数（人）」."""
        return f"{self.name}（{self.measure}）" if self.measure else self.name


@dataclass(frozen=True)
class Count:
    """One thing that is counted.

    `account`, or one of `accounts` by the option chosen in the field `by` (no account for an option: nothing is
    counted); `amount` or the number in `field`; only `when` the options say so, taken off where `minus` says so.
    `category`: the choice field whose option becomes the category of the entry. `overdraw`: a stock that may fall
    below zero (money spent before the income was entered).
    """

    account: str = ""
    by: str = ""
    accounts: tuple[tuple[str, str], ...] = ()
    field: str = ""
    amount: Decimal = Decimal(1)
    when: Condition = ()
    minus: Condition = ()
    category: str = ""
    overdraw: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Every account this may post to."""
        return (self.account,) if self.account else tuple(dict.fromkeys(code for _, code in self.accounts))


@dataclass(frozen=True)
class Counted:
    """What one filled form brings to one account."""

    account: str
    quantity: Decimal
    category: str = ""
    overdraw: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind in one version. `pk` and `owner` (key of a unit) are those of its row.

    `tells`: under this condition the record goes to the unit named in `party`: it must be named, and is told.
    """

    code: str
    name: str
    group: str
    fields: tuple[Field, ...]
    counts: tuple[Count, ...]
    by: tuple[str, ...]
    hint: str = ""
    title: str = ""
    party: str = ""
    tells: Condition = ()
    decisions: bool = False
    photos: str = states.OPTIONAL
    late_days: int = 7
    pk: int = 0
    owner: int | None = None

    def field(self, code: str) -> Field:
        return next(field for field in self.fields if field.code == code)

    def of_kind(self, *kinds: str) -> list[Field]:
        return [field for field in self.fields if field.kind in kinds]

    @property
    def accounts(self) -> tuple[str, ...]:
        """Every account that the kind may post to, each once."""
        return tuple(dict.fromkeys(code for count in self.counts for code in count.codes))

    @property
    def blocks(self) -> Iterator[tuple[str, list[Field]]]:
        """Fields under the name of their part of the form, in the order of the pack."""
        names = dict.fromkeys(field.group for field in self.fields)
        for name in names:
            yield name, [field for field in self.fields if field.group == name]

    def to_json(self) -> dict[str, Any]:
        """Plain values for the JSON column (without what the row itself knows)."""
        tells = {"tells": [[field, list(options)] for field, options in self.tells]} if self.tells else {}
        return tells | {
            "hint": self.hint, "title": self.title, "party": self.party, "by": list(self.by), "photos": self.photos,
            "decisions": self.decisions, "late_days": self.late_days,
            "fields": [_plain(field, Field(code=field.code, name=field.name, kind=field.kind)) for field in self.fields],
            "counts": [_plain(count, Count()) for count in self.counts],
        }  # fmt: skip

    @classmethod
    def from_json(cls, spec: Mapping[str, Any], **head: Any) -> "Kind":
        """Of `to_json`; `head` is what the row knows: code, name, group, pk, owner."""
        told = dict(spec)
        fields = tuple(_field(one) for one in told.pop("fields"))
        counts = tuple(_count(one) for one in told.pop("counts"))
        told["by"] = tuple(told["by"])
        told["tells"] = tuple((field, tuple(options)) for field, options in told.get("tells", ()))
        return cls(**head, **told, fields=fields, counts=counts)


def counted(kind: Kind, values: Values) -> list[Counted]:
    """What a form with these (checked) values counts; nothing for empty and zero numbers."""
    found: dict[tuple[str, str], Counted] = {}
    for count in kind.counts:
        one = _counted(count, values)
        if one is not None:
            key = (one.account, one.category)
            before = found.get(key)
            found[key] = replace(one, quantity=one.quantity + before.quantity) if before else one
    return [one for one in found.values() if one.quantity]


def _counted(count: Count, values: Values) -> Counted | None:
    account = count.account or dict(count.accounts).get(str(values.get(count.by, "")), "")
    if not account or not holds(count.when, values):
        return None
    amount = Decimal(str(values.get(count.field) or 0)) if count.field else count.amount
    sign = -1 if count.minus and holds(count.minus, values) else 1
    category = str(values.get(count.category, "")) if count.category else ""
    return Counted(account, sign * amount, category, count.overdraw)


def holds(condition: Condition, values: Values) -> bool:
    """Do the chosen options meet the condition? An empty one is met."""
    return all(values.get(field) in options for field, options in condition)


def _plain(thing: Field | Count, usual: Field | Count) -> dict[str, Any]:
    """The attributes that differ from the usual, as JSON takes them."""
    found: dict[str, Any] = {}
    for name, value in vars(thing).items():
        if value != getattr(usual, name) or name in ("code", "name", "kind"):
            found[name] = str(value) if isinstance(value, Decimal) else value
    return found


def _field(spec: Mapping[str, Any]) -> Field:
    pairs = tuple((code, name) for code, name in spec.get("options", ()))
    return Field(**{**spec, "options": pairs, "needed_by": tuple(spec.get("needed_by", ()))})


def _count(spec: Mapping[str, Any]) -> Count:
    told = dict(spec)
    told["amount"] = Decimal(told.get("amount", 1))
    told["accounts"] = tuple((option, code) for option, code in told.get("accounts", ()))
    for name in ("when", "minus"):
        told[name] = tuple((field, tuple(options)) for field, options in told.get(name, ()))
    return Count(**told)
