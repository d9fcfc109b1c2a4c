"""Figures that are kept: taken once with all that is needed to find the same entries again, for ever.

The books go on after a document is issued. A figure therefore remembers the units in its scope and, for every
book, the number of the last entry then posted; whatever comes later cannot reach it, not even with an old
date. The issued number stays, and the page says 「现为 …」 where the books say something else now.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from wenming.common.clock import local_date
from wenming.ground.units import states as units
from wenming.ground.units.models import Unit
from wenming.ledger import figures
from wenming.ledger.metrics import UNITS, Filters, Metric, Tally, Value
from wenming.ledger.models import Book, Entry, Figure, counted_by
from wenming.ledger.periods import Period
from wenming.ledger.posting import Voucher


def take(**asked: Any) -> Figure:
    """Compute the figure that `asked` describes (arguments as for `asking`) and keep it."""
    figure = asking(**asked)
    found = _computed(figure)
    figure.value, figure.text = found.value.number, found.value.text
    figure.numerator, figure.denominator = found.value.numerator, found.value.denominator
    figure.digest, figure.entry_count = found.digest, found.count
    figure.save(force_insert=True)
    return figure


def asking(
    *,
    metric: str,
    scope: Unit,
    period: Period,
    at: datetime,
    as_of: datetime | None = None,
    filters: Filters = figures.ALL,
    document: uuid.UUID | None = None,
    within: tuple[str, ...] = (),
) -> Figure:
    """The figure before it is computed or kept: which entries, posted up to `as_of` (default `at`).

    `within` narrows the scope to some units below it (see `figures.Question`).
    """
    asked = figures.metric(metric).narrowed(filters)
    as_of = as_of or at
    first, last = figures.days(asked, period, local_date(as_of))
    return Figure(
        metric=asked.code, name=asked.name, definition=asked.definition, measure=asked.measure, scope=scope,
        period_kind=period.kind, period_start=period.start, period_end=period.end, as_of=as_of, taken_at=at,
        document_uuid=document,
        query={
            "metric": asked.to_json(),
            "days": [first.isoformat(), last.isoformat()],
            "units": list(_looked_at(asked, within or (scope.path,)).values_list("pk", flat=True)),
            "within": list(within),
            "heads": [list(head) for head in Book.objects.order_by("pk").values_list("pk", "entry_count")],
        },
    )  # fmt: skip


def _looked_at(metric: Metric, paths: tuple[str, ...]) -> QuerySet[Unit]:
    """The units whose entries count: one that counts communities and villages looks at no others."""
    found = Unit.objects.in_paths(list(paths)).order_by("pk")
    return found.filter(kind__in=figures.COUNTED_UNITS) if metric.kind == UNITS else found


def entries(figure: Figure) -> QuerySet[Entry]:
    """The entries behind a figure, as they were when it was taken, in the order of posting."""
    metric = Metric.from_json(figure.query["metric"])
    wanted, posted = Q(pk__in=[]), Q(pk__in=[])
    first, last = (date.fromisoformat(day) for day in figure.query["days"])
    spans = [figures.span(metric, term, (first, last)) for _side, term in metric.sides]
    for (_side, term), days in zip(metric.sides, spans, strict=True):
        wanted |= counted_by(term) & (Q(occurred_on__range=days) if min(spans) != max(spans) else Q())
    for book, number in figure.query["heads"]:
        posted |= Q(book_id=book, number__lte=number)
    return Entry.objects.filter(
        wanted,
        posted,
        unit_id__in=figure.query["units"],
        occurred_on__range=min(spans),
        posted_at__lte=figure.as_of,
    ).order_by("book_id", "number")


def vouchers(figure: Figure) -> list[tuple[Voucher, Decimal, Decimal]]:
    """The records behind a figure with what each brings to numerator and denominator, reversed ones left out."""
    metric = Metric.from_json(figure.query["metric"])
    columns = {f"term{index}": term for index, (_side, term) in enumerate(metric.sides)}
    sums = {name: Sum("quantity", filter=counted_by(term)) for name, term in columns.items()}
    rows: Any = entries(figure).order_by().values("voucher_kind", "voucher_uuid").annotate(**sums)
    found: list[tuple[Voucher, Decimal, Decimal]] = []
    for row in rows.order_by("voucher_kind", "voucher_uuid"):
        tally = Tally()
        for name, (side, term) in zip(columns, metric.sides, strict=True):
            tally.add(side, term.sign, 0, row[name] or Decimal(0))
        if any(tally.total):
            top, bottom = tally.total
            found.append((Voucher(row["voucher_kind"], row["voucher_uuid"]), top, bottom))
    return found


def now_value(figure: Figure, *, at: datetime) -> Value:
    """What the same question gives today: same definition, the books as they stand now."""
    metric = Metric.from_json(figure.query["metric"])
    within = tuple(figure.query.get("within", ()))
    question = figures.Question(metric, figure.scope, period_of(figure), within=within)
    return figures.answer([question], at=at)[0]


def changed(figure: Figure, *, at: datetime) -> Value | None:
    """The present value where it differs from the figure (「现为 …」), None where it does not."""
    present = now_value(figure, at=at)
    same = (present.number, present.numerator, present.denominator) == (
        figure.value, figure.numerator, figure.denominator,
    )  # fmt: skip
    return None if same else present


def intact(figure: Figure) -> bool:
    """Do the entries still give exactly this figure and its digest? False means somebody changed the books."""
    found = _computed(figure)
    return (found.digest, found.count, found.value.number) == (
        figure.digest,
        figure.entry_count,
        figure.value,
    )


def period_of(figure: Figure) -> Period:
    """The period a figure was taken for."""
    return Period(figure.period_start, figure.period_end, figure.period_kind)


@dataclass(frozen=True)
class _Computed:
    value: Value
    digest: str
    count: int


def _computed(figure: Figure) -> _Computed:
    """Value, digest and number of entries from one pass over the entries, so that the three belong together."""
    metric = Metric.from_json(figure.query["metric"])
    tally, seal, count = Tally(), hashlib.sha256(), 0
    columns: list[Any] = [
        "hash",
        "account__code",
        "category",
        "source",
        "party_id",
        "reverses_id",
        "quantity",
        "unit_id",
        "unit__kind",
        "unit__parent_id",
    ]
    for hash_, account, category, source, party, reverses, quantity, unit, kind, parent in (
        entries(figure).values_list(*columns).iterator(chunk_size=2000)
    ):
        seal.update(hash_.encode())
        count += 1
        for side, term in metric.sides:
            if term.matches(account, category, source, party or 0):
                community = parent if kind == units.GRID else unit
                tally.add(side, term.sign, -1 if reverses else 1, quantity, community)
    return _Computed(metric.value(tally), seal.hexdigest(), count)
