"""The kinds of pack this room knows: chart of accounts and metrics, composed with those of `standards`.

    standards.load_pack(path=…, at=…, loaders={**standards.LOADERS, **ledger.LOADERS})

There is one row for each code, that of the newest version in force: entries of all years stand on it, so its
unit of measure never changes. A figure keeps the definition it was taken with.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.db import models
from ruamel.yaml.comments import CommentedMap

from wenming.common.errors import PackError
from wenming.common.packs import Pack, Reader
from wenming.ground.standards.loaders import Loader
from wenming.ground.standards.models import PackVersion
from wenming.ledger.accounts import CODED
from wenming.ledger.metrics import COUNT, HIGH, KINDS, LATEST, LOW, RATIO, Metric, Term
from wenming.ledger.models import FLOW, NATURES, STOCK, Account, Entry, MetricRow

ACCOUNTS, METRICS = "accounts", "metrics"
_NATURES = [code for code, _label in NATURES]

# Fields of the rows by code, in the order of the file.
Rows = dict[str, dict[str, Any]]


def read_accounts(pack: Pack) -> Rows:
    """Accounts of a pack. Raises PackError, also when an account in use would change its meaning."""
    rows = _accounts(pack)
    pack.body.done()
    taken = _taken(Account, pack)
    for code in CODED:
        if code not in rows and code not in taken:
            raise pack.body.fail(f"缺少系统记账要用的科目「{code}」", "accounts")
    return rows


def own_accounts(pack: Pack) -> Rows:
    """Accounts that a pack of another kind brings along under `accounts` (a journal made at the desk); none when
    it has no such list. Raises PackError as `read_accounts`, and where a metric has the code already."""
    if "accounts" not in pack.body.node:
        return {}
    rows = _accounts(pack)
    taken = _taken(MetricRow, pack)
    for code in rows:
        if code in taken:
            raise pack.body.fail(f"「{code}」已由《{taken[code]}》定义，请换一个代码", "accounts")
    return rows


def save_own(version: PackVersion, rows: Rows) -> None:
    """Keep them, each as a metric of its own too: what a new journal counts can be reported at once."""
    _save(Account, version, rows)
    metrics = {
        code: {
            "name": fields["name"],
            "spec": Account(code=code, **fields).metric().to_json(),
            "group": fields["group"],
        }
        for code, fields in rows.items()
    }
    _save(MetricRow, version, metrics)


def _accounts(pack: Pack) -> Rows:
    taken = _taken(Account, pack)
    used = _used_accounts()
    rows: Rows = {}
    for group, item in _grouped(pack, "accounts", taken):
        code = item.text("code")
        decimals = item.integer("decimals", default=0)
        fields = {
            "name": item.text("name"),
            "measure": item.text("measure"),
            "nature": item.choice("nature", _NATURES, default=FLOW),
            "decimals": decimals,
            "definition": item.text("definition"),
            "group": group,
        }
        if not 0 <= decimals <= 3:
            raise item.fail("小数位应在 0 到 3 之间", "decimals")
        _keep_meaning(item, used.get(code), fields)
        item.done()
        rows[code] = fields
    return rows


def read_metrics(pack: Pack) -> Rows:
    """Metrics of a pack, with one for each account of the groups under `each_account_of`. Raises PackError."""
    accounts = {account.code: account for account in Account.objects.filter(active=True)}
    taken = _taken(MetricRow, pack)
    rows: Rows = {}
    for group, item in _grouped(pack, "metrics", taken):
        metric = _metric(item, accounts)
        rows[metric.code] = {"name": metric.name, "spec": metric.to_json(), "group": group}
    groups = pack.body.texts("each_account_of", default=[])
    known = {account.group for account in accounts.values()}
    for name in groups:
        if name not in known:
            raise pack.body.fail(f"没有名为「{name}」的科目分组", "each_account_of")
    for account in accounts.values():
        if account.group in groups and account.code not in rows and account.code not in taken:
            metric = account.metric()
            rows[metric.code] = {"name": metric.name, "spec": metric.to_json(), "group": account.group}
    pack.body.done()
    return rows


def _save(model: type[models.Model], version: PackVersion, rows: Rows) -> None:
    """Bring the table in line with `rows`; what an earlier version of the same pack had is put out of use."""
    newer = PackVersion.objects.filter(kind=version.kind, code=version.code, in_force__gt=version.in_force)
    if newer.exists():
        return  # an old version loaded late explains the past; it does not rule the present
    table: Any = model._default_manager
    own = table.select_for_update(of=("self",)).filter(pack__kind=version.kind, pack__code=version.code)
    present = {row.code: row for row in own}
    for position, (code, fields) in enumerate(rows.items(), start=1):
        row = present.setdefault(code, model(code=code))
        for name, value in (fields | {"position": position, "pack": version, "active": True}).items():
            setattr(row, name, value)
    for code, row in present.items():
        row.active = code in rows
    table.bulk_create(row for row in present.values() if row.pk is None)
    changing = [field.name for field in model._meta.fields if field.name not in ("id", "code")]
    table.bulk_update([row for row in present.values() if row.pk is not None], changing)


LOADERS: Mapping[str, Loader] = {
    ACCOUNTS: Loader(read=read_accounts, save=lambda version, rows: _save(Account, version, rows)),
    METRICS: Loader(
        read=read_metrics, save=lambda version, rows: _save(MetricRow, version, rows), after=(ACCOUNTS,)
    ),
}


def _taken(model: type[models.Model], pack: Pack) -> dict[str, str]:
    """Codes that other packs define, with the title of the pack."""
    table: Any = model._default_manager
    found = table.filter(active=True).exclude(pack__kind=pack.kind, pack__code=pack.id)
    return dict(found.values_list("code", "pack__title"))


def _grouped(pack: Pack, key: str, taken: dict[str, str]) -> Iterator[tuple[str, Reader]]:
    """(group, item) of `key: [{group, items: […]}]`, each code once."""
    seen: set[str] = set()
    for group in pack.body.each(key):
        name = group.text("group")
        for item in group.each("items"):
            code = item.text("code")
            if code in seen:
                raise item.fail(f"代码「{code}」重复", "code")
            if code in taken:
                raise item.fail(f"「{code}」已由《{taken[code]}》定义，请换一个代码", "code")
            seen.add(code)
            yield name, item
        group.done()


def _used_accounts() -> dict[str, Account]:
    entries = Entry.objects.filter(account=models.OuterRef("pk"))
    return {account.code: account for account in Account.objects.filter(models.Exists(entries))}


def _keep_meaning(item: Reader, used: Account | None, fields: dict[str, Any]) -> None:
    """What has been counted in 处 cannot become 米 afterwards."""
    if used is None:
        return
    for name, label in (("measure", "计量单位"), ("nature", "性质")):
        if getattr(used, name) != fields[name]:
            raise item.fail(f"科目「{used.code}」已有分录，{label}不能再改，请另设新科目", name)
    if fields["decimals"] < used.decimals:
        raise item.fail(f"科目「{used.code}」已有分录，小数位不能减少", "decimals")


def _metric(item: Reader, accounts: dict[str, Account]) -> Metric:
    kind = item.choice("kind", KINDS)
    top = "numerator" if kind == RATIO else "of"
    metric = Metric(
        code=item.text("code"),
        name=item.text("name"),
        kind=kind,
        measure=item.text("measure"),
        decimals=item.integer("decimals", default=0),
        definition=item.text("definition"),
        numerator=tuple(_terms(item, top, kind, accounts)),
        denominator=tuple(_terms(item, "denominator", kind, accounts)) if kind == RATIO else (),
        capped=item.flag("capped", default=False),
        empty=item.text("empty", default="无数据"),
        better=item.text("better", default="") and item.choice("better", (HIGH, LOW)),
    )
    if metric.better and kind != RATIO:
        raise item.fail("只有比率（ratio）可以写 better：件数多少与单位大小有关，不排名次", "better")
    if not 0 <= metric.decimals <= 3:
        raise item.fail("小数位应在 0 到 3 之间", "decimals")
    item.done()
    return metric


def _terms(item: Reader, key: str, kind: str, accounts: dict[str, Account]) -> Iterator[Term]:
    """Terms written as `case.due`, `-case.fixed_due` or `{account: case.reported, sources: [self]}`."""
    nodes = item.raw(key)
    if not isinstance(nodes, list) or not nodes:
        raise item.fail(f"「{key}」应当是至少一个科目的列表", key)
    measures = set()
    for index, node in enumerate(nodes):
        line = nodes.lc.item(index)[0] + 1 if hasattr(nodes, "lc") else item.line(key)
        term = _term(node, item.path)
        account = accounts.get(term.account)
        if account is None:
            raise PackError(f"没有科目「{term.account}」", path=item.path, line=line)
        if kind == RATIO:
            term = replace(term, balance=account.nature == STOCK)
        elif (account.nature == STOCK) != (kind == LATEST) and kind != COUNT:
            wanted = "时点数（stock）" if kind == LATEST else "发生数（flow）"
            raise PackError(f"{kind} 指标要用{wanted}科目，「{term.account}」不是", path=item.path, line=line)
        measures.add(account.measure)
        if len(measures) > 1 and kind != COUNT:
            raise PackError(
                f"「{key}」里的计量单位不一致：{'、'.join(sorted(measures))}", path=item.path, line=line
            )
        yield term


def _term(node: Any, path: str) -> Term:
    if not isinstance(node, CommentedMap):
        text = str(node)
        return Term(text.removeprefix("-"), sign=-1 if text.startswith("-") else 1)
    reader = Reader(node, path)
    text = reader.text("account")
    term = Term(
        account=text.removeprefix("-"),
        sign=-1 if text.startswith("-") else 1,
        category=reader.text("category", default=""),
        sources=tuple(reader.texts("sources", default=[])),
    )
    reader.done()
    return term
