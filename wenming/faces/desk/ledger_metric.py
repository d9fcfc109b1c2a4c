"""One metric: definition, value with n/N, trend, by unit, by category and source, and the vouchers with their photos."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, ledger_period, list_export, paging, vouchers
from wenming.faces.desk import forms as parts
from wenming.faces.desk import ledger_comparison as comparison
from wenming.faces.desk.access import needs
from wenming.faces.desk.ledger_journal import side_url
from wenming.faces.desk.vouchers import Ticket
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import metrics, periods, queries
from wenming.ledger.metrics import Metric, Value
from wenming.ledger.models import Account, Entry, MetricRow
from wenming.ledger.periods import Period

VOUCHERS = 20


@dataclass(frozen=True)
class Proof:
    """One voucher behind a figure: what it brings, how it is shown, its photos."""

    ticket: Ticket
    numerator: Decimal
    denominator: Decimal
    photos: list[Photo]


@dataclass(frozen=True)
class Asked:
    """What a request asks: the metric of a unit (with all below it) in a period, and the day it is asked on."""

    row: MetricRow
    metric: Metric
    own: list[Unit]
    unit: Unit
    period: Period
    form: ledger_period.PeriodForm
    at: datetime


def ask(request: StaffRequest, code: str) -> Asked:
    """404 for a metric that no pack defines and for a unit the person may not look at."""
    row = MetricRow.objects.select_related("pack").filter(code=code).first()
    if row is None:
        raise Http404
    now = clock.now()
    own = access.units(request.user, P.LEDGER_READ)
    unit = access.scope(request, own)
    period, form = ledger_period.chosen(request, periods.of(periods.MONTH, clock.local_date(now)))
    return Asked(row, Metric.from_json(row.spec), own, unit, period, form, now)


@require_GET
@needs(P.LEDGER_READ)
def metric_page(request: StaffRequest, code: str) -> HttpResponse:
    """The metric for a unit and a period: in words, beside other periods and units, and down to its vouchers."""
    asked = ask(request, code)
    metric, unit, period = asked.metric, asked.unit, asked.period
    found = comparison.of(metric, unit, period, at=asked.at)
    page = _vouchers(request, metric, unit, period)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "row": asked.row, "metric": metric, "unit": unit, "units": parts.grouped(asked.own), "period": period,
        "form": asked.form, "found": found, "value": found.value, "shared": not metric.denominator and bool(found.value.number),
        "previous": periods.previous(period), "following": periods.following(period),
        "sides": _sides(metric, found.value, unit, period), "page": page, "formula": formula(metric),
        "proofs": proofs(request.user, list(page.object_list)), "query": query.urlencode(),
    }  # fmt: skip
    return render(request, "desk/ledger/metric.html", context)


@require_GET
@needs(P.LEDGER_READ)
def metric_file(request: StaffRequest, code: str) -> FileResponse:
    """The tables of the page in one sheet: 走势, 单位, 类别, 来源, each line with numerator, denominator, share, rank."""
    asked = ask(request, code)
    found = comparison.of(asked.metric, asked.unit, asked.period, at=asked.at)
    said = f"{asked.unit.name}，{asked.period.label}；{asked.metric.definition}"
    return list_export.answer(
        asked.metric.name, _COLUMNS, _lines(found), said=said, by=request.user, at=asked.at
    )  # fmt: skip


_COLUMNS = [
    ("分项", 12), ("名称", 26), ("数值", 12), ("计量单位", 10), ("分子", 12), ("分母", 12), ("占比（%）", 10),
    ("名次", 8), ("说明", 24),
]  # fmt: skip


def _lines(found: comparison.Comparison) -> Iterator[list[Any]]:
    for title, bars in found.tables:
        for bar in bars:
            value = bar.value
            yield [
                title, bar.label, value.number, value.measure,
                value.numerator if value.denominator is not None else None, value.denominator, bar.share,
                str(bar.rank or ""), value.metric.empty if value.number is None else "",
            ]  # fmt: skip


def formula(metric: Metric) -> list[tuple[str, str]]:
    """Both sides of a metric in words: (分子, 「到期已整改」), with what narrows them."""
    names = dict(
        Account.objects.filter(code__in={term.account for _, term in metric.sides}).values_list(
            "code", "name"
        )
    )
    said: list[tuple[str, str]] = []
    for side, title in ((metrics.NUMERATOR, "分子"), (metrics.DENOMINATOR, "分母")):
        terms = [term for each, term in metric.sides if each == side]
        words = ""
        for term in terms:
            sign = "－" if term.sign < 0 else "＋" if words else ""
            narrow = f"（类别 {term.category}）" if term.category else ""
            words += (
                f"{sign}{names.get(term.account, term.account)}{narrow}{'（限来源）' if term.sources else ''}"
            )
        if words:
            said.append((title if metric.denominator else "取数", words))
    return said


def _sides(metric: Metric, value: Value, unit: Unit, period: Period) -> list[dict[str, Any]]:
    """Numerator and denominator with the entries behind each; one line for a metric without denominator."""
    if not metric.denominator:
        return []
    pairs = (("分子", value.numerator, metrics.NUMERATOR), ("分母", value.denominator, metrics.DENOMINATOR))
    return [
        {"title": title, "number": metrics.plain(number) or "0", "url": side_url(metric, unit, period, side)}
        for title, number, side in pairs
    ]


def _vouchers(request: StaffRequest, metric: Metric, unit: Unit, period: Period) -> Page:  # type: ignore[type-arg]
    today = clock.local_date(clock.now())
    seen = Entry.objects.visible_to(request.user).filter(unit__path__startswith=unit.path)
    found: QuerySet[Entry, Any] = queries.vouchers(queries.within(seen, metric, period, today), metric)
    return paging.page(request, found, VOUCHERS)


def proofs(person: Person, rows: Iterable[dict[str, Any]]) -> list[Proof]:
    """Vouchers of one page with their tickets and photos."""
    rows = list(rows)
    keys = [(row["voucher_kind"], row["voucher_uuid"]) for row in rows]
    found = vouchers.tickets(person, keys)
    pictures = vouchers.photos(found)
    return [
        Proof(found[key], row["numerator"], row["denominator"], pictures.get(key[1], []))
        for key, row in zip(keys, rows, strict=True)
    ]
