"""Reading the ledger for pages: account statement, journal, the entries of one record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from wenming.ground.units.models import Unit
from wenming.ledger import figures
from wenming.ledger.metrics import Value
from wenming.ledger.models import Account, Entry
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
    """明细账的格子: accounts × periods for `scope` with all below it, in three statements."""
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
        found = found.filter(category__startswith=category)
    return with_names(found).order_by("-id")


def voucher_entries(voucher: Voucher) -> QuerySet[Entry]:
    """All entries of one record, reversals too, in the order of posting; for the page of a case."""
    return with_names(Entry.objects.of_voucher(voucher.uuid).filter(voucher_kind=voucher.kind))


def with_names(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """With everything a row of the journal shows, in the same statement."""
    return entries.select_related("account", "unit", "place", "party", "reverses", "reversed_by")


def find(text: str) -> QuerySet[Account]:
    """Accounts in use whose code, name, group or definition contains `text`."""
    found = Account.objects.filter(active=True)
    if text:
        found = found.filter(
            Q(code__icontains=text) | Q(name__icontains=text) | Q(group=text) | Q(definition__icontains=text)
        )
    return found
