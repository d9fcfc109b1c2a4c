"""The entries: filtered journal with its sum, one entry in full, the journal as an Excel file."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet, Sum
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import access, ledger_period, links, list_export, paging, vouchers
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.desk.vouchers import Ticket
from wenming.faces.kit.forms import offer
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ground.units.models import Unit
from wenming.ledger import figures, metrics, periods, queries
from wenming.ledger.metrics import Metric
from wenming.ledger.models import Account, Entry
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import queries as appraisals
from wenming.records.cases import states as case_states
from wenming.records.journals import queries as journals

MOST_EXPORTED = 100_000
SCORES = "score."
SIDES = {str(metrics.NUMERATOR): "分子", str(metrics.DENOMINATOR): "分母"}
SOURCES = dict(case_states.SOURCES)


class JournalForm(parts.DeskForm):
    """The filter bar. Only what is filled in filters."""

    account = forms.ChoiceField(label="科目", required=False)
    unit = forms.ChoiceField(label="单位（含下级）", required=False)
    since = parts.day("发生日期从", required=False)
    until = parts.day("到", required=False)
    category = forms.CharField(label="类别代码（前几位即可）", required=False, max_length=20)
    source = forms.ChoiceField(label="来源", choices=[("", "不限"), *case_states.SOURCES], required=False)
    voucher = forms.ChoiceField(
        label="凭证种类", choices=[("", "不限"), *vouchers.KINDS.items()], required=False
    )

    def __init__(self, *args: Any, units: list[Unit], accounts: list[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: dict[str, list[tuple[str, str]]] = {}
        for account in accounts:
            groups.setdefault(account.group, []).append((account.code, account.name))
        offer(self, "account", [("", "全部科目"), *groups.items()])
        offer(self, "unit", parts.grouped(units))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", "结束日期早于开始日期，请对调。")
        return data


@dataclass(frozen=True)
class Asked:
    """What a request asks of the journal."""

    unit: Unit
    period: Period
    account: Account | None
    metric: Metric | None
    side: str
    form: JournalForm
    found: QuerySet[Entry]

    @property
    def title(self) -> str:
        if self.metric:
            return self.metric.name + (f"的{SIDES[self.side]}" if self.side else "")
        return self.account.name if self.account else "全部科目"

    @property
    def said(self) -> str:
        """What is filtered, for the head of the Excel file."""
        more = [
            str(self.form[name].value())
            for name in ("category", "source", "voucher")
            if self.form[name].value()
        ]
        return "；".join([self.title, ledger_period.said(self.period), *more])


@dataclass(frozen=True)
class Row:
    """One entry as it is shown."""

    entry: Entry
    ticket: Ticket
    category: str
    source: str

    @property
    def reversal(self) -> Entry | None:
        """The entry that takes this one back, if there is one."""
        return getattr(self.entry, "reversed_by", None)


def ask(request: StaffRequest) -> Asked:
    """The entries the person may see, filtered as the address says. Raises DomainError, 404."""
    person = request.user
    today = clock.local_date(clock.now())
    own = access.units(person, P.LEDGER_READ)
    unit = access.scope(request, own)
    accounts = list(Account.objects.all())
    account = next((each for each in accounts if each.code == request.GET.get("account")), None)
    metric = figures.metric(request.GET["metric"]) if request.GET.get("metric") else None
    side = request.GET.get("side", "") if request.GET.get("side") in SIDES else ""
    dates = _dates(request, today)
    said = {name: request.GET.get(name, "") for name in ("category", "source", "voucher")}
    shown = {**said, **dates, "account": account.code if account else "", "unit": str(unit.uuid)}
    form = JournalForm(shown, units=own, accounts=accounts)
    data = form.cleaned_data if form.is_valid() else {}
    period = _period(request, data, today)
    found = queries.journal(
        person=person, scope=unit, period=None if metric else period, account=account.code if account else "",
        category=data.get("category", ""), source=data.get("source", ""), voucher_kind=data.get("voucher", ""),
    )  # fmt: skip
    if metric:
        found = queries.behind(found, metric, side=int(side) if side else None)
        found = queries.within(found, metric, period, today)
    return Asked(unit, period, account, metric, side, form, found)


@require_GET
@needs(P.LEDGER_READ)
def journal(request: StaffRequest) -> HttpResponse:
    """Entries, the latest first, with the sum of what is filtered."""
    asked = ask(request)
    page = paging.page(request, asked.found)
    total = None
    if asked.account is not None and not asked.metric:
        total = asked.found.order_by().aggregate(total=Sum("quantity"))["total"] or Decimal(0)
    value = None
    if asked.metric:
        value = figures.value(asked.metric.code, scope=asked.unit, period=asked.period, at=clock.now())
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "asked": asked, "page": page, "rows": rows(request.user, list(page.object_list)), "total": total,
        "value": value, "query": query.urlencode(), "period_said": ledger_period.said(asked.period),
    }  # fmt: skip
    return render(request, "desk/ledger/journal.html", context)


@require_GET
@needs(P.LEDGER_READ)
def entry_detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One entry in full: everything its hash covers, its voucher, and what takes it back."""
    found = queries.with_names(Entry.objects.visible_to(request.user)).select_related("book__unit")
    entry = get_object_or_404(found, uuid=key)
    row = rows(request.user, [entry])[0]
    same = queries.with_names(Entry.objects.visible_to(request.user).of_voucher(entry.voucher_uuid))
    context = {"row": row, "entry": entry, "same": rows(request.user, list(same[:50]))}
    return render(request, "desk/ledger/entry.html", context)


@require_GET
@needs(P.LEDGER_READ)
def journal_file(request: StaffRequest) -> FileResponse:
    """Exactly the entries that are filtered, as xlsx."""
    asked = ask(request)
    if asked.found.order_by()[: MOST_EXPORTED + 1].count() > MOST_EXPORTED:
        raise DomainError("too_many", f"超过 {MOST_EXPORTED} 条，请先缩小日期或单位范围再导出。")
    now = clock.now()
    headings = [
        "序号",
        "发生日期",
        "科目",
        "单位",
        "点位",
        "类别",
        "来源",
        "经办单位",
        "数量",
        "计量单位",
        "凭证",
        "冲销",
        "入账时间",
    ]
    return list_export.sheet(
        file="一本账明细", title=f"一本账明细（{asked.title}）", headings=headings, rows=_lines(request.user, asked.found), at=now,
        unit=asked.unit.name, filters=asked.said, widths=[8, 12, 14, 16, 20, 20, 10, 16, 10, 8, 18, 16, 16],
    )  # fmt: skip


def _lines(person: Person, found: QuerySet[Entry]) -> Iterator[list[Any]]:
    batch: list[Entry] = []
    for entry in found.iterator(500):
        batch.append(entry)
        if len(batch) == 500:
            yield from map(_cells, rows(person, batch))
            batch = []
    yield from map(_cells, rows(person, batch))


def _cells(row: Row) -> list[Any]:
    entry = row.entry
    mark = ""
    if entry.reverses:
        mark = f"冲销第 {entry.reverses.number} 号"
    elif row.reversal:
        mark = f"已被第 {row.reversal.number} 号冲销"
    return [
        entry.number, entry.occurred_on, entry.account.name, entry.unit.label, str(entry.place or ""), row.category,
        row.source, entry.party.label if entry.party else "", entry.quantity, entry.account.measure, row.ticket.label,
        mark, entry.posted_at,
    ]  # fmt: skip


def rows(person: Person, entries: list[Entry]) -> list[Row]:
    """Entries with the words of their vouchers, categories and sources."""
    found = vouchers.tickets(person, ((each.voucher_kind, each.voucher_uuid) for each in entries))
    books = appraisals.titles({each.category for each in entries if each.account.code.startswith(SCORES)})
    return [
        Row(each, found[each.voucher_kind, each.voucher_uuid], category_name(each.category, each.occurred_on, (each.account.code,), books),
            SOURCES.get(each.source, each.source))
        for each in entries
    ]  # fmt: skip


def category_name(
    code: str, on: date, accounts: Collection[str] = (), books: Mapping[str, str] | None = None
) -> str:
    """Code and name of a category, the name of a type of point, or what a work log on one of `accounts` says.

    Scores are filed under their rule book; `books`: its titles by code, where the caller has read them already.
    """
    if not code:
        return ""
    if any(account.startswith(SCORES) for account in accounts):
        return (appraisals.titles([code]) if books is None else books).get(code, code)
    said = journals.category_name(code, accounts, on)
    if said:
        return said
    with suppress(DomainError):
        return f"{code} {standards.category(code, on).name}"
    with suppress(DomainError):
        return standards.point_type(code, on).name
    return code


def side_url(metric: Metric, unit: Unit, period: Period, side: int | None = None, category: str = "") -> str:
    """The entries behind one side of a metric."""
    return links.to(
        "desk:journal", metric=metric.code, side=side, unit=unit.uuid, period=period.key, category=category
    )


def _dates(request: StaffRequest, today: date) -> dict[str, str]:
    """What stands in the two date fields."""
    typed = {name: request.GET.get(name, "") for name in ("since", "until")}
    if request.GET.get("period") or not any(typed.values()):
        period = _period(request, {}, today)
        start = "" if period.start <= ledger_period.EARLIEST else period.start.isoformat()
        return {"since": start, "until": period.end.isoformat()}
    return typed


def _period(request: StaffRequest, data: dict[str, Any], today: date) -> Period:
    """By key, by the two dates of the form, or this year."""
    if request.GET.get("period"):
        return periods.parse(request.GET["period"])
    if not data.get("since") and not data.get("until"):
        return periods.of(periods.YEAR, today)
    since = data.get("since") or ledger_period.EARLIEST
    return periods.between(since, data.get("until") or max(since, date(today.year + 1, 12, 31)))
