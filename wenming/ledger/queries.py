"""Reading the ledger for pages: account statement, journal, the entries of one record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, ExpressionWrapper, Max, Q, QuerySet, Sum
from django.db.models import Value as Constant
from django.db.models.functions import Coalesce

from wenming.ground.units.models import Unit
from wenming.ledger import figures
from wenming.ledger.metrics import DENOMINATOR, NUMERATOR, UNITS, Metric, Term, Value
from wenming.ledger.models import Account, Entry, counted_by, of_category
from wenming.ledger.periods import Period
from wenming.ledger.posting import Voucher


@dataclass(frozen=True)
class StatementRow:
    """One account: what happened in each period, or for a stock account the balance at its end."""

    account: Account
    values: list[Value]


def statement(
    *, scope: Unit, periods: Sequence[Period], at: datetime, accounts: QuerySet[Account] | None = None
) -> list[StatementRow]:
    """明细账的格子: accounts × periods for `scope` with all below it, in three statements (some 2,700 cells each)."""
    chosen = list(Account.objects.filter(active=True) if accounts is None else accounts)
    questions = [
        figures.Question(account.metric(), scope, period) for account in chosen for period in periods
    ]
    values = figures.answer(questions, at=at) if questions else []
    width = len(periods)
    return [
        StatementRow(account, values[row * width : (row + 1) * width]) for row, account in enumerate(chosen)
    ]


def journal(
    *,
    person: Any,
    scope: Unit | None = None,
    period: Period | None = None,
    account: str = "",
    category: str = "",
    source: str = "",
    voucher_kind: str = "",
) -> QuerySet[Entry]:
    """明细: the entries that `person` may see, newest first. Empty filters filter nothing."""
    found = Entry.objects.visible_to(person)
    if scope is not None:
        found = found.filter(unit__path__startswith=scope.path)
    if period is not None:
        found = found.filter(occurred_on__range=(period.start, period.end))
    exact = {"account__code": account, "source": source, "voucher_kind": voucher_kind}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if category:
        found = found.filter(of_category(category))
    return with_names(found).order_by("-id")


def voucher_entries(voucher: Voucher) -> QuerySet[Entry]:
    """All entries of one record, reversals too, in the order of posting; for the page of a case."""
    return with_names(Entry.objects.of_voucher(voucher.uuid).filter(voucher_kind=voucher.kind))


def with_names(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """With everything a row of the journal shows, in the same statement."""
    return entries.select_related("account", "unit", "place", "party", "reverses", "reversed_by")


def behind(entries: QuerySet[Entry], metric: Metric, *, side: int | None = None) -> QuerySet[Entry]:
    """Of `entries` those that the metric counts, on one side (`metrics.NUMERATOR`, `DENOMINATOR`) or on both."""
    wanted = Q(pk__in=[])
    for each, term in metric.sides:
        if side in (None, each):
            wanted |= counted_by(term)
    if metric.kind == UNITS:
        wanted &= Q(unit__kind__in=figures.COUNTED_UNITS)
    return entries.filter(wanted)


def within(entries: QuerySet[Entry], metric: Metric, period: Period, today: date) -> QuerySet[Entry]:
    """Of `entries` those on the days that the metric looks at in the period."""
    shown = figures.days(metric, period, today)
    if not any(term.balance for _side, term in metric.sides):
        return entries.filter(occurred_on__range=shown)
    wanted = Q(pk__in=[])
    for _side, term in metric.sides:
        wanted |= counted_by(term) & Q(occurred_on__range=figures.span(metric, term, shown))
    return entries.filter(wanted)


def vouchers(entries: QuerySet[Entry], metric: Metric) -> QuerySet[Entry, Any]:
    """The records behind `entries`, the latest first: voucher_kind, voucher_uuid, numerator, denominator, last.

    Records whose entries cancel out on both sides (booked and reversed) are left out.
    """
    rows: Any = behind(entries, metric).order_by().values("voucher_kind", "voucher_uuid")
    sums = {
        "numerator": _total(term for side, term in metric.sides if side == NUMERATOR),
        "denominator": _total(term for side, term in metric.sides if side == DENOMINATOR),
    }
    found = rows.annotate(last=Max("occurred_on"), **sums).exclude(numerator=0, denominator=0)
    ordered: QuerySet[Entry, Any] = found.order_by("-last", "voucher_uuid")
    return ordered


_NUMBER = DecimalField(max_digits=21, decimal_places=3)


def _total(terms: Iterable[Term]) -> Any:
    """The sum of terms as an expression; nothing counts as zero."""
    found: Any = Constant(Decimal(0), output_field=_NUMBER)
    for term in terms:
        part = Coalesce(Sum("quantity", filter=counted_by(term)), Constant(Decimal(0)), output_field=_NUMBER)
        found = found + part if term.sign > 0 else found - part
    return ExpressionWrapper(found, output_field=_NUMBER)


def find(text: str, *, unit: Unit) -> QuerySet[Account]:
    """Accounts that `unit` knows whose code, name, group or definition contains `text`."""
    found = Account.objects.known_to(unit)
    if text:
        found = found.filter(
            Q(code__icontains=text) | Q(name__icontains=text) | Q(group=text) | Q(definition__icontains=text)
        )
    return found
