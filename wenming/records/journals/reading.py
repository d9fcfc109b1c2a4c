"""Packs of kinds (packs/journals): checked whole, every complaint with file and line, then kept as rows.

    late_days: 7                 # later than this after the day it happened, an entry is 补录 and needs a reason
    kinds:
      - group: 宣传
        items:
          - code: handout
            name: 宣传品发放
            by: [office, community, grid, partner]
            fields:
              - {code: flyers, name: 宣传单, kind: number, measure: 份}
            counts:
              - {account: flyers, field: flyers}

A pack made at the desk also names its `unit` and brings its own `accounts`, each of which is a metric at once.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wenming.common.packs import Pack, Reader
from wenming.ground.standards.loaders import Loader
from wenming.ground.standards.models import PackVersion
from wenming.ground.standards.references import fits
from wenming.ground.units.models import Unit
from wenming.ledger import loading
from wenming.ledger.accounts import CODED
from wenming.ledger.models import STOCK, Account
from wenming.records.journals import states
from wenming.records.journals.kinds import Condition, Count, Field, Kind
from wenming.records.journals.models import JournalKind

KIND = "journals"
# The day and the unit are asked of every record: with them no form has more than seven (handbook D1).
MOST_REQUIRED = 5
MOST_FIELDS = 60
LATE_DAYS = 7
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,29}")
# The category of a ledger entry holds twenty characters.
_OPTION = re.compile(r"[a-z0-9_]{1,20}")
# Columns and names that the table and the form use for themselves.
TITLES = {"日期", "单位", "补录原因", "原编号", "序号", "错误原因"}
RESERVED = {
    "key",
    "unit",
    "occurred_on",
    "late_reason",
    "photos",
    "ground",
    "external",
    "kind",
    "decisions",
    "way",
}


@dataclass(frozen=True)
class Content:
    """What a pack says."""

    owner: Unit | None
    kinds: tuple[Kind, ...]
    accounts: loading.Rows


def read(pack: Pack) -> Content:
    """The whole pack. Raises PackError."""
    body = pack.body
    owner = _owner(body)
    accounts = loading.own_accounts(pack)
    late_days = _days(body, LATE_DAYS)
    known = _known_accounts(accounts)
    kinds: list[Kind] = []
    for group in body.each("kinds"):
        name = group.text("group")
        for item in group.each("items"):
            kind = _kind(item, name, known, late_days)
            if kind.code in {each.code for each in kinds}:
                raise item.fail(f"类目代码「{kind.code}」重复", "code")
            fits(item, JournalKind(code=kind.code, name=kind.name, group=name, position=0))
            kinds.append(kind)
        group.done()
    body.done()
    return Content(owner, tuple(kinds), accounts)


def save(version: PackVersion, content: Content) -> None:
    """The accounts and metrics a pack brings along, then its kinds."""
    loading.save_own(version, content.accounts)
    JournalKind.objects.bulk_create(
        JournalKind(
            pack=version, owner=content.owner, code=kind.code, name=kind.name, group=kind.group, position=position,
            spec=kind.to_json(),
        )
        for position, kind in enumerate(content.kinds, start=1)
    )  # fmt: skip


def facts(content: Content) -> dict[str, Any]:
    return {"unit": content.owner.code if content.owner else "", "kinds": len(content.kinds)}


LOADERS: Mapping[str, Loader] = {
    KIND: Loader(read=read, save=save, facts=facts, after=(loading.ACCOUNTS, loading.METRICS))
}


@dataclass(frozen=True)
class _Known:
    """An account that a kind may post to."""

    measure: str
    decimals: int
    stock: bool


def _owner(body: Reader) -> Unit | None:
    code = body.text("unit", default="")
    if not code:
        return None
    found = Unit.objects.filter(code=code, kind__in=("county", "town")).first()
    if found is None:
        raise body.fail(f"没有编码为「{code}」的县或镇，请先录入单位", "unit")
    return found


def _known_accounts(own: loading.Rows) -> dict[str, _Known]:
    rows = Account.objects.filter(active=True).exclude(code__in=CODED)
    found = {row.code: _Known(row.measure, row.decimals, row.nature == STOCK) for row in rows}
    for code, row in own.items():
        found[code] = _Known(row["measure"], row["decimals"], row["nature"] == STOCK)
    return found


def _days(reader: Reader, usual: int) -> int:
    days = reader.integer("late_days", default=usual)
    if not 0 <= days <= 366:
        raise reader.fail("「late_days」应在 0 到 366 之间", "late_days")
    return days


def _kind(item: Reader, group: str, known: Mapping[str, _Known], late_days: int) -> Kind:
    code = item.text("code")
    if not _CODE.fullmatch(code):
        raise item.fail(f"类目代码「{code}」只能用小写字母、数字、下划线和连字符，字母开头", "code")
    fields: list[Field] = []
    for each in item.each("fields", default=[]):
        field = _field(each)
        if field.code in {one.code for one in fields}:
            raise each.fail(f"字段代码「{field.code}」重复", "code")
        if field.name in {*TITLES, *(one.name for one in fields)}:
            raise each.fail(f"字段名「{field.name}」重复，请换一个", "name")
        fields.append(field)
    _few_required(item, fields)
    by_code = {field.code: field for field in fields}
    counts = tuple(_count(each, by_code, known) for each in item.each("counts"))
    if not counts:
        raise item.fail("至少要数一样东西，请写「counts」", "counts")
    kind = Kind(
        code=code, name=item.text("name"), group=group, counts=counts, by=_by(item), hint=item.text("hint", default=""),
        fields=tuple(_measured(field, counts, known) for field in fields),
        title=_one_of(item, "title", by_code, (states.TEXT, states.LONG, states.CHOICE, states.UNIT)),
        party=_one_of(item, "party", by_code, (states.UNIT,)),
        tells=_condition(item, "tells", by_code), decisions=item.flag("decisions", default=False),
        photos=item.choice("photos", [name for name, _ in states.PHOTOS], default=states.OPTIONAL),
        late_days=_days(item, late_days),
    )  # fmt: skip
    if kind.tells and not kind.party:
        raise item.fail("写了「tells」（告知对象单位），还要写「party」：告知哪个单位字段里的单位", "tells")
    if len(kind.of_kind(states.PLACE)) > 1:
        raise item.fail("一个类目最多一个点位字段", "fields")
    item.done()
    return kind


def _few_required(item: Reader, fields: list[Field]) -> None:
    required = [field for field in fields if field.required]
    if len(required) > MOST_REQUIRED:
        raise item.fail(
            f"必填 {len(required)} 项；日期、单位以外最多 {MOST_REQUIRED} 项（手册 D1：必填不超过 7 项）",
            "fields",
        )
    if len(fields) > MOST_FIELDS:
        raise item.fail(f"字段有 {len(fields)} 个，最多 {MOST_FIELDS} 个", "fields")


def _by(item: Reader) -> tuple[str, ...]:
    known = [code for code, _ in states.GROUPS]
    said = item.texts("by", default=[states.OFFICE, states.RESIDENTIAL])
    for code in said:
        if code not in known:
            raise item.fail(f"「by」不认识「{code}」，只能是：{'、'.join(known)}", "by")
    if not said:
        raise item.fail("「by」至少写一类填报人", "by")
    return tuple(said)


def _one_of(item: Reader, key: str, fields: Mapping[str, Field], kinds: Collection[str]) -> str:
    """A field of one of these kinds named under `key`; empty when left out."""
    code = item.text(key, default="")
    if code and (code not in fields or fields[code].kind not in kinds):
        raise item.fail(f"「{key}」写的「{code}」不是本类目里合适的字段", key)
    return code


def _field(item: Reader) -> Field:
    code = item.text("code")
    if not _FIELD.fullmatch(code) or code in RESERVED:
        raise item.fail(
            f"字段代码「{code}」只能用小写字母、数字、下划线，字母开头，也不能用系统的名称", "code"
        )
    kind = item.choice("kind", [name for name, _ in states.FIELD_KINDS])
    required = item.flag("required", default=False)
    needed_by = tuple(item.texts("needed_by", default=[]))
    if required and not needed_by:
        raise item.fail("必填的字段要写明哪份文书要用（needed_by，手册 D1）", "required")
    options = tuple(item.table("options", default={}).items())
    if (kind in (states.CHOICE, states.CHOICES)) != bool(options):
        raise item.fail("单选、多选要写「options」，别的字段不写", "options" if options else "kind")
    for option, _ in options:
        if not _OPTION.fullmatch(option):
            raise item.fail(f"选项代码「{option}」只能用小写字母、数字、下划线，最多 20 个", "options")
    field = Field(
        code=code, name=item.text("name"), kind=kind, required=required, needed_by=needed_by,
        hint=item.text("hint", default=""), default=item.text("default", default=""), options=options,
        longest=item.integer("longest", default=0), measure=item.text("measure", default=""),
        decimals=item.integer("decimals", default=2 if kind == states.MONEY else 0), group=item.text("group", default=""),
    )  # fmt: skip
    if field.default and options and field.default not in dict(options):
        raise item.fail(f"默认值「{field.default}」不在选项里", "default")
    if not 0 <= field.decimals <= 3 or not 0 <= field.longest <= 5000 or len(field.name) > 30:
        raise item.fail("小数位 0—3，字数 0—5000，字段名最多 30 个字", "code")
    item.done()
    return field


def _count(item: Reader, fields: Mapping[str, Field], known: Mapping[str, _Known]) -> Count:
    by = _one_of(item, "by", fields, (states.CHOICE,))
    accounts = tuple(item.table("accounts", default={}).items())
    account = item.text("account", default="")
    if bool(account) == bool(by) or bool(by) != bool(accounts):
        raise item.fail("写「account」，或者写「by」加「accounts」，二选一", "account" if account else None)
    for option, _ in accounts:
        if option not in dict(fields[by].options):
            raise item.fail(f"「accounts」写的「{option}」不是「{by}」的选项", "accounts")
    count = Count(
        account=account, by=by, accounts=accounts, field=_one_of(item, "field", fields, states.COUNTABLE),
        amount=item.decimal("amount", default="1"), when=_condition(item, "when", fields),
        minus=_condition(item, "minus", fields), category=_one_of(item, "category", fields, (states.CHOICE,)),
        overdraw=item.flag("overdraw", default=False),
    )  # fmt: skip
    _check_accounts(item, count, fields, known)
    item.done()
    return count


def _check_accounts(
    item: Reader, count: Count, fields: Mapping[str, Field], known: Mapping[str, _Known]
) -> None:
    for code in count.codes:
        if code in CODED:
            raise item.fail(f"科目「{code}」由系统自己记账，台账不能再记（不重复填报）")
        account = known.get(code)
        if account is None:
            raise item.fail(f"没有科目「{code}」，请先装科目表，或者写在本包的「accounts」里")
        if count.minus and not account.stock:
            raise item.fail(f"「{code}」是发生数，不能减；要减的请用时点数科目", "minus")
        if not count.field and count.amount != round(count.amount, account.decimals):
            raise item.fail(f"科目「{code}」{account.decimals} 位小数，「amount」不合适", "amount")
        measure = fields[count.field].measure if count.field else ""
        if measure and measure != account.measure:
            raise item.fail(
                f"字段「{count.field}」按{measure}计，科目「{code}」按{account.measure}计，不能记到一起"
            )
    if not count.field and count.amount <= 0:
        raise item.fail("「amount」应大于 0；要减的写「minus」", "amount")
    decimals = {known[code].decimals for code in count.codes}
    if count.field and len(decimals) > 1:
        raise item.fail("同一个数要记到小数位相同的科目", "accounts")


def _condition(item: Reader, key: str, fields: Mapping[str, Field]) -> Condition:
    if key not in item.node:
        return ()
    child = item.child(key)
    found = []
    for code in child.node:
        code = str(code)  # noqa: PLW2901 -- YAML's own string type
        field = fields.get(code)
        if field is None or field.kind != states.CHOICE:
            raise item.fail(f"「{key}」写的「{code}」不是本类目的单选字段", key)
        options = tuple(child.texts(code))
        wrong = [option for option in options if option not in dict(field.options)]
        if wrong or not options:
            raise item.fail(f"「{key}」写的「{'、'.join(wrong)}」不是「{code}」的选项", key)
        found.append((code, options))
    return tuple(found)


def _measured(field: Field, counts: tuple[Count, ...], known: Mapping[str, _Known]) -> Field:
    """A number that is counted is measured as its account is."""
    if field.kind not in states.COUNTABLE:
        return field
    bound = [known[code] for count in counts if count.field == field.code for code in count.codes]
    if not bound:
        return field
    return replace(
        field, measure=field.measure or bound[0].measure, decimals=min(one.decimals for one in bound)
    )
