"""Posting: the only way into the ledger. Entries, chain and daily totals change in the deed's own transaction.

However many lines a deed posts, it costs four statements (see `appending`); taking back costs one more. The
lock on the book is the last a deed takes, so that nobody in the town waits longer than the commit.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import QuerySet

from wenming.common.errors import Conflict, DomainError
from wenming.ground.units.models import Unit
from wenming.ledger import appending
from wenming.ledger.accounts import CODED
from wenming.ledger.models import Account, Entry


@dataclass(frozen=True)
class Voucher:
    """凭证: the record that the entries come from, by kind (`case`, `order`, `document` …) and uuid."""

    kind: str
    uuid: uuid.UUID


@dataclass(frozen=True)
class Line:
    """One line to post: `unit` is charged with `quantity` (never zero) of `account`; `party` found or did it.

    `voucher` where a line belongs to another record than the deed's: a bulletin names fifty cases in one go, a
    find is also the check of its place.
    """

    account: str
    unit: Unit
    quantity: Decimal | int
    occurred_on: date
    place_id: int | None = None
    category: str = ""
    source: str = ""
    party: Unit | None = None
    voucher: Voucher | None = None


def post(
    *, town: Unit, lines: Sequence[Line], voucher: Voucher, at: datetime, reversing: Collection[str] = ()
) -> list[Entry]:
    """Append `lines` to the book of `town` (any unit of it will do) and return the new entries.

    `reversing` names accounts whose standing entries of the voucher are taken back in the same go. Call it
    last in the deed, inside its transaction. Raises DomainError: account_unknown, account_retired,
    quantity_zero, quantity_decimals, quantity_too_large; Conflict: already_reversed.
    """
    _must_be_in_deed()
    back = _taken_back(voucher, at, reversing, None) if reversing else []
    return _write(back, voucher=voucher, at=at, owner=town.town_id or town.pk, lines=lines)


def reverse(
    *,
    voucher: Voucher,
    at: datetime,
    accounts: Collection[str] | None = None,
    occurred_on: date | None = None,
    posted_at: datetime | None = None,
) -> list[Entry]:
    """红字冲销: take back what still stands of `voucher` (only `accounts`, only what was posted at `posted_at`, if
    given); returns the reversals.

    A reversal lies on the day of the entry it reverses, so that the period is put right; `posted_at` tells
    when it was learnt. `occurred_on` puts it on another day. Raises Conflict when somebody was faster.
    """
    _must_be_in_deed()
    return _write(_taken_back(voucher, at, accounts, occurred_on, posted_at), voucher=voucher, at=at)


def live_entries(voucher: Voucher) -> QuerySet[Entry]:
    """Queryset: what still stands of a voucher, neither reversed nor a reversal."""
    found = Entry.objects.of_voucher(voucher.uuid).live().filter(voucher_kind=voucher.kind)
    return found.select_related("account", "book")


def check_quantities(quantities: Mapping[str, Any]) -> dict[str, Decimal]:
    """Read what people typed, {account code: number}; in one statement, for forms.

    Raises DomainError (quantity_invalid, quantity_zero, quantity_decimals, quantity_too_large, account_unknown)
    for what could not be posted, and for the accounts that only the software posts to.
    """
    accounts = Account.objects.filter(active=True).in_bulk(list(quantities), field_name="code")
    clean: dict[str, Decimal] = {}
    for code, typed in quantities.items():
        account = accounts.get(code)
        if account is None or code in CODED:
            raise DomainError(
                "account_unknown", f"没有可以填报的科目「{code}」，请刷新页面重填。", field="quantity"
            )
        try:
            number = Decimal(str(typed).strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0:
            raise DomainError(
                "quantity_invalid", f"「{account.name}」应填正数，现在是「{typed}」。", field="quantity"
            )
        clean[code] = _checked(account, number)
    return clean


def _must_be_in_deed() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("the ledger must be posted to inside the transaction of the deed")


def _entry(line: Line, accounts: dict[str, Account], voucher: Voucher, at: datetime) -> Entry:
    account = accounts.get(line.account)
    if account is None:
        raise DomainError("account_unknown", f"没有科目「{line.account}」，请先载入科目表。")
    if not account.active:
        raise DomainError("account_retired", f"科目「{account.name}」已停用，请改用现行科目表里的科目。")
    quantity = _checked(account, Decimal(line.quantity))
    voucher = line.voucher or voucher
    return Entry(
        account=account,
        unit_id=line.unit.pk,
        place_id=line.place_id,
        category=line.category,
        source=line.source,
        party_id=line.party.pk if line.party else None,
        occurred_on=line.occurred_on,
        posted_at=at,
        quantity=quantity,
        voucher_kind=voucher.kind,
        voucher_uuid=voucher.uuid,
    )


def _checked(account: Account, quantity: Decimal) -> Decimal:
    """A quantity that the account can hold."""
    if not quantity.is_finite() or quantity == 0:
        raise DomainError(
            "quantity_zero", f"「{account.name}」的数量不能是零，请填实际数量。", field="quantity"
        )
    # The largest first: rounding a huge number would overflow the context of decimals.
    if abs(quantity) >= Decimal(10) ** 9:
        raise DomainError(
            "quantity_too_large", f"「{account.name}」的数量过大，请核对单位。", field="quantity"
        )
    if quantity != round(quantity, account.decimals):
        allowed = f"最多 {account.decimals} 位小数" if account.decimals else "只能是整数"
        raise DomainError(
            "quantity_decimals", f"「{account.name}」按{account.measure}计，{allowed}。", field="quantity"
        )
    return quantity


def _taken_back(
    voucher: Voucher,
    at: datetime,
    accounts: Collection[str] | None,
    occurred_on: date | None,
    posted_at: datetime | None = None,
) -> list[Entry]:
    """Reversals of what still stands, not yet written."""
    standing = live_entries(voucher)
    if posted_at is not None:
        standing = standing.filter(posted_at=posted_at)
    if accounts is not None:
        standing = standing.filter(account__code__in=accounts)
    return [
        Entry(
            book=entry.book,
            account=entry.account,
            unit_id=entry.unit_id,
            place_id=entry.place_id,
            category=entry.category,
            source=entry.source,
            party_id=entry.party_id,
            occurred_on=occurred_on or entry.occurred_on,
            posted_at=at,
            quantity=-entry.quantity,
            voucher_kind=entry.voucher_kind,
            voucher_uuid=entry.voucher_uuid,
            reverses=entry,
        )
        for entry in standing
    ]


def _write(
    reversals: list[Entry],
    *,
    voucher: Voucher,
    at: datetime,
    owner: int | None = None,
    lines: Sequence[Line] = (),
) -> list[Entry]:
    """Append reversals to the books of their originals and lines to that of `owner`, book after book in the
    order of their units, so that two deeds cannot wait for each other in a ring.
    """
    made: list[Entry] = []
    owners = {entry.book.unit_id for entry in reversals} | ({owner} if lines and owner else set())
    for unit_id in sorted(owners):
        new = lines if unit_id == owner else ()
        book, accounts = appending.open_book(unit_id, {line.account for line in new})
        entries = [entry for entry in reversals if entry.book.unit_id == unit_id]
        entries += [_entry(line, accounts, voucher, at) for line in new]
        try:
            made += appending.append(book, entries)
        except IntegrityError as error:
            if "reverses" in str(error):
                raise Conflict("already_reversed", "这笔账刚刚已被冲销，请刷新后再看。") from error
            raise
    return made
