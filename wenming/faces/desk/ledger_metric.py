"""One metric: definition, value with n/N, trend, by unit, by category, and the vouchers with their photos."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, ledger_period, paging, vouchers
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.desk.ledger import metric_url
from wenming.faces.desk.ledger_journal import category_name, side_url
from wenming.faces.desk.vouchers import Ticket
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import queries as units
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import figures, metrics, periods, queries
from wenming.ledger.metrics import LATEST, Metric, Value
from wenming.ledger.models import Account, Entry, MetricRow
from wenming.ledger.periods import Period

TREND = 8
VOUCHERS = 20


@dataclass(frozen=True)
class Bar:
    """A value with a bar of `width` per cent, and the page behind it."""

    label: str
    value: Value
    width: str
    url: str
    entries_url: str = ""


@dataclass(frozen=True)
class Proof:
    """One voucher behind a figure: what it brings, how it is shown, its photos."""

    ticket: Ticket
    numerator: Decimal
    denominator: Decimal
    photos: list[Photo]


@require_GET
@needs(P.LEDGER_READ)
def metric_page(request: StaffRequest, code: str) -> HttpResponse:
    """The metric for a unit and a period. 404 for a metric that no pack defines."""
    row = MetricRow.objects.select_related("pack").filter(code=code).first()
    if row is None:
        raise Http404
    now = clock.now()
    today = clock.local_date(now)
    metric = Metric.from_json(row.spec)
    own = access.units(request.user, P.LEDGER_READ)
    unit = access.scope(request, own)
    period, form = ledger_period.chosen(request, periods.of(periods.MONTH, today))
    trend = figures.series(code, scope=unit, periods=periods.last(period, TREND), at=now)
    value = trend[-1][1]
    page = _vouchers(request, metric, unit, period)
    context = {
        "row": row, "metric": metric, "unit": unit, "units": parts.grouped(own), "period": period, "form": form,
        "value": value, "previous": periods.previous(period), "following": periods.following(period),
        "sides": _sides(metric, value, unit, period), "trend": _trend(code, unit, trend),
        "groups": _by_unit(code, metric, unit, period, value), "categories": _by_category(code, metric, unit, period),
        "page": page, "proofs": proofs(request.user, list(page.object_list)), "formula": formula(metric),
        "latest": metric.kind == LATEST,
    }  # fmt: skip
    return render(request, "desk/ledger/metric.html", context)


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


def _trend(code: str, unit: Unit, rows: Sequence[tuple[Period, Value]]) -> list[Bar]:
    full = _full(value for _period, value in rows)
    return [
        Bar(period.label, value, _width(value, full), metric_url(code, unit, period))
        for period, value in rows
    ]


def _by_unit(code: str, metric: Metric, unit: Unit, period: Period, whole: Value) -> list[dict[str, Any]]:
    """Units below by comparison group, never in one pot (handbook §4.3); what lies with none of them is said."""
    groups = {name: rows for name, rows in _groups(unit).items() if rows}
    found = figures.by_unit(
        code, units=[each for rows in groups.values() for each in rows], period=period, at=clock.now()
    )
    values = {each.pk: value for each, value in found}
    full = _full(values.values())
    tables: list[dict[str, Any]] = [
        {"name": name, "rows": [
            Bar(each.label, values[each.pk], _width(values[each.pk], full), metric_url(code, each, period),
                side_url(metric, each, period))
            for each in rows
        ]}
        for name, rows in groups.items()
    ]  # fmt: skip
    rest = (whole.numerator or 0) - sum(value.numerator or 0 for value in values.values())
    if tables and rest:
        tables[-1]["rest"] = metrics.plain(Decimal(rest))
    return tables


_ORDER = list(dict.fromkeys(kinds.GROUPS.values()))


def _groups(unit: Unit) -> dict[str, list[Unit]]:
    if unit.kind == kinds.TOWN:
        return dict(sorted(units.compared(unit).items(), key=lambda pair: _ORDER.index(pair[0])))
    below = list(unit.children.filter(valid_to__isnull=True).order_by("path"))
    if unit.kind == kinds.COUNTY:
        found: dict[str, list[Unit]] = {"镇（街道）": [each for each in below if each.kind == kinds.TOWN]}
        for each in below:
            if each.kind in kinds.GROUPS:
                found.setdefault(kinds.GROUPS[each.kind], []).append(each)
        return found
    return {"网格": below}


def _by_category(code: str, metric: Metric, unit: Unit, period: Period) -> list[Bar]:
    """The metric for every category that occurs, the largest numerator first."""
    found = figures.by_category(code, scope=unit, period=period, at=clock.now())
    rows = [(name, value) for name, value in found.items() if name and (value.numerator or value.denominator)]
    rows.sort(key=lambda row: (-(row[1].denominator or row[1].numerator or 0), row[0]))
    full = _full(value for _name, value in rows)
    accounts = {term.account for _side, term in metric.sides}
    return [
        Bar(category_name(name, period.end, accounts), value, _width(value, full),
            side_url(metric, unit, period, category=_only(name, found)))
        for name, value in rows
    ]  # fmt: skip


def _only(name: str, names: Iterable[str]) -> str:
    """The filter for this category and no other: bus would bring bus_stop along."""
    longer = any(other != name and other.startswith(name) for other in names)
    return f"{metrics.EXACT}{name}" if longer else name


def _full(values: Any) -> Decimal:
    """What a full bar stands for: 100 for rates, else the largest value."""
    found = list(values)
    largest = max((abs(value.number or Decimal(0)) for value in found), default=Decimal(0))
    return max(Decimal(100), largest) if found and found[0].measure == "%" else largest


def _width(value: Value, full: Decimal) -> str:
    return f"{abs(value.number or Decimal(0)) * 100 / full:.1f}" if full else "0"


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
