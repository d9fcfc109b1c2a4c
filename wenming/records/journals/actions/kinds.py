"""Kinds made at the desk: a clerk says what is counted, in which unit of measure, and which other fields there are.

Each change is a new version of the town's (or county's) own pack, so that records of before keep their form. What
is counted becomes an account and a metric of its own, so that a new kind is countable, reportable and exportable
from the moment it is made.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.people.models import Person
from wenming.ground.standards import actions as standards
from wenming.ground.standards.models import PackVersion
from wenming.ground.units.models import Unit
from wenming.ledger.models import FLOW, Account
from wenming.records.journals import queries, reading, rules, states, writing
from wenming.records.journals.kinds import Count, Field, Kind
from wenming.records.journals.models import JournalKind, OwnPack

MOST_ITEMS = 20


@dataclass(frozen=True)
class Item:
    """One thing the clerk asks for. Numbers are counted: on `account`, or on a new one when that is empty.

    `code` is that of the field in the version before, empty for a new one; `options` are the words to choose from.
    """

    name: str
    kind: str
    measure: str = ""
    decimals: int = 0
    options: tuple[str, ...] = ()
    needed_by: str = ""
    account: str = ""
    code: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Plan:
    """What a kind shall be. `each`: the measure in which every record counts one (「次」), empty for not at all."""

    name: str
    group: str
    items: tuple[Item, ...]
    each: str = ""
    by: tuple[str, ...] = (states.OFFICE, states.RESIDENTIAL)
    hint: str = ""
    photos: str = states.OPTIONAL
    decisions: bool = False
    late_days: int = reading.LATE_DAYS


def define(*, unit: Unit, plan: Plan, by: Person, at: datetime, code: str = "") -> Kind:
    """Make a kind for a town or county, or a new version of its own kind `code`.

    Raises NotAllowed; DomainError with the field: name_missing, name_taken, counts_missing, item_unfit; PackError.
    """
    if not rules.may_define(by, unit):
        raise NotAllowed("journal_not_allowed", "台账类目由镇（县）创城办设立，请联系创城办。")
    with transaction.atomic():
        own = _Own.locked(unit)
        before = own.kind(code) if code else None
        kind = own.build(_checked(plan), before, on=clock.local_date(at))
        _refuse_name(own, kind, code)
        kinds = [kind if one.code == kind.code else one for one in own.kinds]
        own.kinds = kinds if before else [*kinds, kind]
        own.write(by=by, at=at)
        verb = "修改" if before else "设立"
        _record(unit, f"{verb}台账类目「{kind.name}」", kind, by, at)
    return JournalKind.objects.get(pack=own.pack, code=kind.code).read()


def retire(*, unit: Unit, code: str, by: Person, at: datetime) -> None:
    """Put a kind of one's own out of use. Its records, accounts and figures stay. Raises NotAllowed, DomainError."""
    if not rules.may_define(by, unit):
        raise NotAllowed("journal_not_allowed", "台账类目由镇（县）创城办设立，请联系创城办。")
    with transaction.atomic():
        own = _Own.locked(unit)
        kind = own.kind(code)
        own.kinds = [one for one in own.kinds if one.code != code]
        own.write(by=by, at=at)
        _record(unit, f"停用台账类目「{kind.name}」", kind, by, at)


def plan_of(kind: Kind) -> Plan:
    """The plan that makes this kind again, to be shown in the form."""
    bound = {count.field: count for count in kind.counts if count.field and count.account}
    items = tuple(
        Item(
            name=field.name, kind=field.kind, measure=field.measure, decimals=field.decimals, code=field.code,
            options=tuple(name for _, name in field.options), needed_by="、".join(field.needed_by), hint=field.hint,
            account=bound[field.code].account if field.code in bound else "",
        )
        for field in kind.fields
    )  # fmt: skip
    each = next((count.account for count in kind.counts if not count.field and count.account), "")
    measure = Account.objects.filter(code=each).values_list("measure", flat=True).first() if each else ""
    return Plan(
        name=kind.name, group=kind.group, items=items, each=measure or "", by=kind.by, hint=kind.hint,
        photos=kind.photos, decisions=kind.decisions, late_days=kind.late_days,
    )  # fmt: skip


def is_simple(kind: Kind) -> bool:
    """Can the form at the desk show all that the kind does?"""
    return all(
        count.account and not count.when and not count.minus and not count.category for count in kind.counts
    )


class _Own:
    """The pack of a town or county as it stands, being changed."""

    def __init__(self, unit: Unit, pack: PackVersion | None) -> None:
        self.unit, self.pack = unit, pack
        self.account_group = ""
        rows = (
            JournalKind.objects.filter(pack=pack).order_by("position") if pack else JournalKind.objects.none()
        )
        self.kinds = [row.read() for row in rows]
        used = {code for kind in self.kinds for code in kind.accounts}
        own = Account.objects.filter(pack__kind=reading.KIND, pack__code=self.code)
        self.accounts = [writing.account_row(row) for row in own.filter(code__in=used, active=True)]
        # Numbers of retired kinds and accounts are never given again.
        self.last = max((_number(code) for code in own.values_list("code", flat=True)), default=0)
        earlier = JournalKind.objects.filter(pack__kind=reading.KIND, pack__code=self.code)
        self.last_kind = max((_number(code) for code in earlier.values_list("code", flat=True)), default=0)

    @classmethod
    def locked(cls, unit: Unit) -> "_Own":
        """Two clerks who make kinds at once do it one after the other."""
        unit = (
            Unit.objects.select_for_update(of=("self",), no_key=True).select_related("town").get(pk=unit.pk)
        )
        packs = PackVersion.objects.filter(kind=reading.KIND, code=f"own-{unit.code}")
        return cls(unit, packs.order_by("-in_force", "-pk").first())

    @property
    def code(self) -> str:
        return f"own-{self.unit.code}"

    def kind(self, code: str) -> Kind:
        for one in self.kinds:
            if one.code == code:
                return one
        raise DomainError("kind_unknown", f"「{code}」不是本单位自设的类目，不能在这里改。", field="name")

    def build(self, plan: Plan, before: Kind | None, *, on: date) -> Kind:
        """The kind that the plan describes, with the accounts it needs."""
        self.account_group = self._account_group(plan.group, on)
        code = before.code if before else f"{self.code}-{self.last_kind + 1}"
        numbers = [item for item in plan.items if item.kind in states.COUNTABLE]
        alone = len(numbers) + bool(plan.each) == 1
        fields, counts = [], []
        if plan.each:
            counts.append(Count(account=self._each(plan, before)))
        for number, item in enumerate(plan.items, start=1):
            field = _field(item, before, number, {each.code for each in plan.items})
            fields.append(field)
            if item.kind in states.COUNTABLE:
                counts.append(Count(account=self._account(plan, item, alone=alone), field=field.code))
        titles = [field.code for field in fields if field.kind == states.TEXT]
        return Kind(
            code=code, name=plan.name, group=plan.group, fields=tuple(fields), counts=tuple(counts), by=plan.by,
            hint=plan.hint, title=titles[0] if titles else "", decisions=plan.decisions, photos=plan.photos,
            late_days=plan.late_days,
        )  # fmt: skip

    def _each(self, plan: Plan, before: Kind | None) -> str:
        """The account that every record adds one to."""
        for count in before.counts if before else ():
            if not count.field and count.account:
                self._rename(count.account, plan.name)
                return count.account
        return self._new(plan, plan.name, plan.each, 0)

    def _account(self, plan: Plan, item: Item, *, alone: bool) -> str:
        name = plan.name if alone else f"{plan.name}（{item.name}）"
        if not item.account:
            measure = "元" if item.kind == states.MONEY else item.measure
            return self._new(plan, name, measure, 2 if item.kind == states.MONEY else item.decimals)
        self._rename(item.account, name)
        return item.account

    def _new(self, plan: Plan, name: str, measure: str, decimals: int) -> str:
        self.last += 1
        code = f"own.{self.unit.code}.{self.last}"
        self.accounts.append(
            {
                "code": code, "name": name[:40], "measure": measure, "nature": FLOW, "decimals": decimals,
                "definition": f"{self.unit.name}自设台账「{plan.name}」里记的{name}，按发生日。", "group": self.account_group,
            }
        )  # fmt: skip
        return code

    def _rename(self, code: str, name: str) -> None:
        """An account of our own follows the name of its kind; what it counts never changes."""
        for row in self.accounts:
            if row["code"] == code:
                row |= {"name": name[:40], "group": self.account_group}

    def _account_group(self, group: str, on: date) -> str:
        """The group of accounts on which the other kinds of this group count most (宣传报道 counts on 宣传), so that
        papers tell of the new kind beside them; a group with a new name is a group of accounts as well."""
        beside = [
            code
            for kind in queries.kinds(self.unit, on).values()
            if kind.group == group and not kind.owner
            for code in kind.accounts
        ]
        named = Account.objects.filter(code__in=beside, active=True).values_list("group", flat=True)
        found = Counter(named.order_by("position", "code"))
        return group if group in found or not found else found.most_common(1)[0][0]

    def write(self, *, by: Person, at: datetime) -> None:
        """Load the changed pack as its next version."""
        used = {code for kind in self.kinds for code in kind.accounts}
        last = max((int(v) for v in self._versions() if v.isdecimal()), default=0)
        text = writing.as_yaml(
            code=self.code, version=str(last + 1), title=f"{self.unit.name}自设台账类目"[:120],
            in_force=clock.local_date(at), unit=self.unit.code, kinds=self.kinds,
            accounts=[row for row in self.accounts if row["code"] in used],
        )  # fmt: skip
        self.pack, _ = standards.load_text(
            text=text, name="自设台账类目", at=at, by=by, loaders=reading.LOADERS
        )
        OwnPack.objects.create(pack=self.pack, unit=self.unit, text=text)

    def _versions(self) -> list[str]:
        found = PackVersion.objects.filter(kind=reading.KIND, code=self.code)
        return list(found.values_list("version", flat=True))


def _checked(plan: Plan) -> Plan:
    name, group = " ".join(plan.name.split()), " ".join(plan.group.split())
    if not name or len(name) > 30:
        raise DomainError("name_missing", "请填类目名称，最多 30 个字，例如「禁烟劝导」。", field="name")
    if not group or len(group) > 20:
        raise DomainError("group_missing", "请选分组，或填一个新的分组，最多 20 个字。", field="group")
    items = tuple(_checked_item(item) for item in plan.items)
    if len(items) > MOST_ITEMS:
        raise DomainError("item_unfit", f"最多 {MOST_ITEMS} 项，请把不常用的并到说明里。", field="items")
    if len({item.name for item in items}) < len(items):
        raise DomainError("item_unfit", "有两项同名，请改一个名称。", field="items")
    if not plan.each and not any(item.kind in states.COUNTABLE for item in items):
        raise DomainError(
            "counts_missing", "台账要数得出来：请填「每条记 1」的单位，或者加一项「数量」。", field="each"
        )
    return replace(plan, name=name, group=group, items=items, each=plan.each.strip()[:10])


def _checked_item(item: Item) -> Item:
    name = " ".join(item.name.split())
    if not name or len(name) > 30:
        raise DomainError("item_unfit", "每一项都要有名称，最多 30 个字。", field="items")
    if item.kind not in dict(states.FIELD_KINDS):
        raise DomainError("item_unfit", f"「{name}」请选类型。", field="items")
    if item.kind == states.NUMBER and not item.measure.strip() and not item.account:
        raise DomainError("item_unfit", f"「{name}」是数量，请填计量单位，例如 人次、处、份。", field="items")
    options = tuple(dict.fromkeys(one.strip() for one in item.options if one.strip()))
    if item.kind in (states.CHOICE, states.CHOICES) and len(options) < 2:
        raise DomainError("item_unfit", f"「{name}」是选择项，请至少写两个选项，用顿号隔开。", field="items")
    keep = item.kind in (states.CHOICE, states.CHOICES)
    return replace(
        item, name=name, measure=item.measure.strip()[:10], options=options if keep else (),
        needed_by=item.needed_by.strip(),
    )  # fmt: skip


def _field(item: Item, before: Kind | None, number: int, taken: set[str]) -> Field:
    """The field of an item. Options that were there keep their codes, so that old records stay readable."""
    old = next((one for one in before.fields if one.code == item.code), None) if before else None
    code = old.code if old else next(f"f{n}" for n in range(number, number + 100) if f"f{n}" not in taken)
    taken.add(code)
    known = {name: option for option, name in old.options} if old else {}
    last = max((_number(option) for option in known.values()), default=0)
    options = []
    for name in item.options:
        if name not in known:
            last += 1
        options.append((known.get(name, f"o{last}"), name))
    needed = tuple(one for one in re.split(r"[、,，;；\s]+", item.needed_by) if one)
    measured = item.kind == states.NUMBER and not item.account
    return Field(
        code=code, name=item.name, kind=item.kind, required=bool(needed), needed_by=needed, hint=item.hint,
        measure=item.measure if measured else "", decimals=2 if item.kind == states.MONEY else item.decimals,
        options=tuple(options),
    )  # fmt: skip


def _refuse_name(own: _Own, kind: Kind, code: str) -> None:
    for one in own.kinds:
        if one.name == kind.name and one.code != code:
            raise DomainError(
                "name_taken", f"已有自设类目「{kind.name}」，请换个名称，或者直接修改它。", field="name"
            )


def _number(code: str) -> int:
    found = re.search(r"(\d+)$", code)
    return int(found[1]) if found else 0


def _record(unit: Unit, sentence: str, kind: Kind, by: Person, at: datetime) -> None:
    data: dict[str, Any] = {"kind": kind.code, "accounts": list(kind.accounts)}
    audit.record(deed="journal.kind", subject=("unit", unit.uuid), at=at, by=by, post=by.title(unit),
                 chain=unit.chain, sentence=sentence, data=data)  # fmt: skip
