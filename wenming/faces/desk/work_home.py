"""工作台账: what a unit has done this month, by group; every number opens its metric, every kind its form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, ledger_period
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.desk.ledger import metric_url
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger import queries as ledger
from wenming.ledger.metrics import Value
from wenming.ledger.models import Account, MetricRow
from wenming.ledger.periods import Period
from wenming.records.journals import queries, rules, takeover
from wenming.records.journals.kinds import Kind

READERS = (P.JOURNAL_ENTER, P.JOURNAL_MANAGE, P.LEDGER_READ)


@dataclass(frozen=True)
class Sum:
    """What happened in the period on one account; `url` is its metric's page."""

    value: Value
    url: str


@dataclass
class Block:
    """One group: its kinds with the last day of each, and what was counted."""

    group: str
    kinds: list[tuple[Kind, date | None, bool]] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)


@require_GET
@needs(*READERS)
def home(request: StaffRequest) -> HttpResponse:
    """The overview of a unit and period; those who may not read the ledger see their kinds alone."""
    person, now = request.user, clock.now()
    today = clock.local_date(now)
    own = access.units(person, P.LEDGER_READ)
    unit = access.scope(request, own) if own else person.town
    period, form = ledger_period.chosen(request, periods.of(periods.MONTH, today))
    mine = {kind.code for kind in queries.for_person(person, today)}
    kinds = list(queries.kinds((unit.town or unit) if unit else None, today).values())
    if not own:
        kinds = [kind for kind in kinds if kind.code in mine]
    last = queries.latest(person, unit) if unit is not None else {}
    blocks = [
        Block(group, [(kind, last.get(kind.code), kind.code in mine) for kind in each])
        for group, each in queries.grouped(kinds)
    ]
    if own and unit is not None:
        _add_sums(blocks, unit, period)
    context = {
        "unit": unit, "units": parts.grouped(own), "period": period, "form": form, "blocks": blocks,
        "may_define": bool(rules.definable(person)), "decisions": list(queries.decisions_to_do(person)[:5]), "today": today,
        "may_parcel": person.may(P.CASE_REGISTER) or person.may(P.CASE_SUPERVISE), "may_take_over": any(takeover.may_dispatch(person, town) for town in rules.books(person)),
    }  # fmt: skip
    return render(request, "desk/work/home.html", context)


def _add_sums(blocks: Sequence[Block], unit: Unit, period: Period) -> None:
    """Every account once, under the first group that counts it; three statements for all of them."""
    codes: dict[str, Block] = {}
    for block in blocks:
        for kind, _, _ in block.kinds:
            for code in kind.accounts:
                codes.setdefault(code, block)
    accounts = Account.objects.filter(code__in=codes)
    known = set(MetricRow.objects.filter(code__in=codes).values_list("code", flat=True))
    for row in ledger.statement(scope=unit, periods=[period], at=clock.now(), accounts=accounts):
        if row.values[0].number and row.account.code in known:
            codes[row.account.code].sums.append(
                Sum(row.values[0], metric_url(row.account.code, unit, period))
            )
