"""一本账: the accounts of a year by month. Every number opens to its entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, ledger_period, links
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import periods, queries
from wenming.ledger.metrics import Value
from wenming.ledger.models import STOCK, Account
from wenming.ledger.periods import Period
from wenming.ledger.queries import StatementRow

FIRST_YEAR = 2000


@dataclass(frozen=True)
class Cell:
    """One number of the grid with the address of its entries; `text` is empty where nothing happened."""

    text: str
    url: str
    negative: bool


@dataclass(frozen=True)
class Line:
    """One account of the grid."""

    account: Account
    url: str
    cells: list[Cell]
    silent: bool


@require_GET
@needs(P.LEDGER_READ)
def statement(request: StaffRequest) -> HttpResponse:
    """明细账: accounts by group, months of a year, the year's sum."""
    now = clock.now()
    today = clock.local_date(now)
    own = access.units(request.user, P.LEDGER_READ)
    unit = access.scope(request, own)
    year = _year(request.GET.get("year", ""), today)
    months = [*_months(year), periods.of(periods.YEAR, date(year, 1, 1))]
    found = queries.find(request.GET.get("q", "").strip(), unit=unit)
    group = request.GET.get("group", "")
    rows = queries.statement(
        scope=unit, periods=months, at=now, accounts=found.filter(group=group) if group else found
    )
    lines = [_line(row, unit, months, today) for row in rows]
    show_all = "all" in request.GET or bool(request.GET.get("q"))
    context = {
        "unit": unit, "units": parts.grouped(own), "year": year, "years": range(today.year + 1, FIRST_YEAR, -1)[:8],
        "groups": _groups(unit), "group": group, "q": request.GET.get("q", ""), "months": range(1, 13), "show_all": show_all,
        "hidden": 0 if show_all else sum(line.silent for line in lines),
        "blocks": _blocks([line for line in lines if show_all or not line.silent]),
    }  # fmt: skip
    return render(request, "desk/ledger/statement.html", context)


def metric_url(code: str, unit: Unit, period: Period) -> str:
    """The page of a metric."""
    return links.to("desk:metric", code, unit=unit.uuid, period=period.key)


def account_url(account: Account, unit: Unit, period: Period) -> str:
    """The entries of an account in a period; of a balance all entries up to its end."""
    wanted = ledger_period.until(period.end) if account.nature == STOCK else period
    return links.to("desk:journal", unit=unit.uuid, account=account.code, period=wanted.key)


def _line(row: StatementRow, unit: Unit, months: Sequence[Period], today: date) -> Line:
    stock = row.account.nature == STOCK
    cells = []
    for period, value in zip(months, row.values, strict=True):
        ahead = stock and period.start > today
        cells.append(_cell(value, "" if ahead else account_url(row.account, unit, period)))
    silent = all(not value.number for value in row.values)
    return Line(row.account, account_url(row.account, unit, months[-1]), cells, silent)


def _cell(value: Value, url: str) -> Cell:
    if not url or not value.number:
        return Cell("", "", False)
    return Cell(f"{value.number:,f}", url, value.number < 0)


def _blocks(lines: list[Line]) -> list[dict[str, Any]]:
    """Lines under the name of their group; several packs may add to one group."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.account.group, []).append(line)
    return [{"group": group, "lines": each} for group, each in groups.items()]


def _groups(unit: Unit) -> list[str]:
    """Names of the groups of accounts, in the order of the pack."""
    rows = Account.objects.known_to(unit).values_list("group", flat=True)
    return list(dict.fromkeys(rows))


def _months(year: int) -> list[Period]:
    return [periods.of(periods.MONTH, date(year, month, 1)) for month in range(1, 13)]


def _year(said: str, today: date) -> int:
    return int(said) if said.isdecimal() and FIRST_YEAR <= int(said) <= today.year + 1 else today.year
