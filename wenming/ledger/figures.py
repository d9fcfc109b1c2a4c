"""Figures: what a metric says about a unit with all below it, in a period.

Present figures are read from the daily totals, so their cost does not grow with history; figures as of a
past moment are read from the entries posted until then. However many figures are asked for at once, the
number of statements stays the same: all questions travel as one table that is joined to the totals. Metrics that
count communities and villages take one statement more, because they add up unit by unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from wenming.common.clock import local_date
from wenming.common.errors import DomainError
from wenming.ground.units import states as units
from wenming.ground.units.models import Unit
from wenming.ledger.metrics import LATEST, UNITS, Filters, Metric, Tally, Term, Value
from wenming.ledger.models import ALL_DAYS, Account, DailyTotal, MetricRow
from wenming.ledger.periods import Period

ALL = Filters()
BIG_BANG = date(1900, 1, 1)
# What a metric that counts communities and villages looks at: what is a grid's belongs to its community.
COUNTED_UNITS = (*sorted(units.RESIDENTIAL), units.GRID)
_DAY = timedelta(days=1)
# SQLite takes 32,766 parameters in older builds; eight a sum.
_AT_ONCE = 2700


@dataclass(frozen=True)
class Question:
    """One figure to be read: which metric, of which unit (with all below it), in which period.

    `within` narrows the scope to some units below it (path prefixes, none inside another): a bulletin on
    four of twelve communities is one figure and not the sum of four.
    """

    metric: Metric
    scope: Unit
    period: Period
    filters: Filters = ALL
    within: tuple[str, ...] = ()


def metrics(codes: Iterable[str]) -> dict[str, Metric]:
    """Metrics by code, in one statement. Raises DomainError for a code that no pack defines."""
    wanted = set(codes)
    found = {row.code: Metric.from_json(row.spec) for row in MetricRow.objects.filter(code__in=wanted)}
    for code in sorted(wanted - found.keys()):
        raise DomainError("metric_unknown", f"没有指标「{code}」，请先载入指标表。")
    return found


def kept_by(scope: Unit, day: date) -> bool:
    """Whether the books of a unit tell anything of this day or an earlier one."""
    return DailyTotal.objects.filter(unit__path__startswith=scope.path, day__lte=day).exists()


def metric(code: str) -> Metric:
    return metrics([code])[code]


def value(
    code: str,
    *,
    scope: Unit,
    period: Period,
    at: datetime,
    as_of: datetime | None = None,
    filters: Filters = ALL,
) -> Value:
    """The value of metric `code` for `scope` in `period`, asked at `at`; as the books stood at `as_of`."""
    return many([(code, scope, period)], at=at, as_of=as_of, filters=filters)[0]


def many(
    asked: Sequence[tuple[str, Unit, Period]],
    *,
    at: datetime,
    as_of: datetime | None = None,
    filters: Filters = ALL,
) -> list[Value]:
    """Values of many (metric code, scope, period), in the order asked, in three statements."""
    found = metrics(code for code, _scope, _period in asked)
    return answer(
        [Question(found[code], scope, period, filters) for code, scope, period in asked], at=at, as_of=as_of
    )


def by_unit(
    code: str,
    *,
    units: Sequence[Unit],
    period: Period,
    at: datetime,
    as_of: datetime | None = None,
    filters: Filters = ALL,
) -> list[tuple[Unit, Value]]:
    """The metric for each of `units`, each with all below it, in the order given."""
    values = many([(code, unit, period) for unit in units], at=at, as_of=as_of, filters=filters)
    return list(zip(units, values, strict=True))


def series(
    code: str,
    *,
    scope: Unit,
    periods: Sequence[Period],
    at: datetime,
    as_of: datetime | None = None,
    filters: Filters = ALL,
) -> list[tuple[Period, Value]]:
    """The metric in each of `periods`, for a trend."""
    values = many([(code, scope, period) for period in periods], at=at, as_of=as_of, filters=filters)
    return list(zip(periods, values, strict=True))


def by_category(code: str, **asked: Any) -> dict[str, Value]:
    """The metric for every category code that occurs. Arguments as for `value`."""
    return _split(code, "category", **asked)


def by_source(code: str, **asked: Any) -> dict[str, Value]:
    """The metric for every source that occurs. Arguments as for `value`."""
    return _split(code, "source", **asked)


def _split(
    code: str,
    column: str,
    *,
    scope: Unit,
    period: Period,
    at: datetime,
    as_of: datetime | None = None,
    filters: Filters = ALL,
) -> dict[str, Value]:
    wanted = metric(code)
    tallies = _read([Question(wanted, scope, period, filters)], at=at, as_of=as_of, split=column)
    return {name: wanted.value(tally) for (_index, name), tally in sorted(tallies.items())}


def answer(questions: Sequence[Question], *, at: datetime, as_of: datetime | None = None) -> list[Value]:
    """Values of `questions` whose metrics are already at hand, in two statements."""
    tallies = _read(questions, at=at, as_of=as_of)
    return [question.metric.value(tallies[index, ""]) for index, question in enumerate(questions)]


def days(metric: Metric, period: Period, today: date) -> tuple[date, date]:
    """First and last day of the entries that count. A capped metric stops at `today`: 未到期不计."""
    last = min(period.end, today) if metric.capped else period.end
    return (BIG_BANG if metric.kind == LATEST else period.start, last)


def span(metric: Metric, term: Term, shown: tuple[date, date]) -> tuple[date, date]:
    """First and last day of one term of a metric whose `days` are `shown`: a balance begins with the books."""
    return (BIG_BANG if metric.is_balance(term) else shown[0], shown[1])


# What is summed: account, days, path, category, sources, party.
Sum = tuple[int, date, date, str, str, str, int]
# For which question and side, and with which sign.
Use = tuple[int, int, int]


def _rows(questions: Sequence[Question], *, today: date, totals: bool) -> list[tuple[Use, Sum]]:
    """What the questions ask to be summed."""
    narrowed = [question.metric.narrowed(question.filters) for question in questions]
    codes = {term.account for one in narrowed for _side, term in one.sides}
    accounts = dict(Account.objects.filter(code__in=codes).values_list("code", "pk"))
    rows: list[tuple[Use, Sum]] = []
    for index, (question, metric) in enumerate(zip(questions, narrowed, strict=True)):
        shown = days(metric, question.period, today)
        for side, term in metric.sides:
            spans = _spans(metric, term, shown, totals=totals)
            sources = f",{','.join(term.sources)}," if term.sources else ""
            rows += [
                ((index, side, sign * term.sign),
                 (accounts[term.account], start, end, path, term.category, sources, term.party))
                for sign, start, end in spans
                for path in question.within or (question.scope.path,)
            ]  # fmt: skip
    return rows


def _spans(
    metric: Metric, term: Term, shown: tuple[date, date], *, totals: bool
) -> list[tuple[int, date, date]]:
    first, last = span(metric, term, shown)
    if metric.is_balance(term) and totals:
        # The balance of all days, less what came after: no walk through the whole history.
        return [(1, ALL_DAYS, ALL_DAYS), (-1, last + _DAY, ALL_DAYS - _DAY)]
    return [(1, first, last)]


_TOTALS = "ledger_dailytotal"
_ENTRIES = """(SELECT account_id, unit_id, occurred_on AS day, category, source, COALESCE(party_id, 0) AS party,
    CASE WHEN reverses_id IS NULL THEN 1 ELSE -1 END AS count, quantity AS total
    FROM ledger_entry WHERE posted_at <= %s)"""

# CROSS JOIN keeps the order question → unit → total on SQLite, so that each step uses an index.
_SUMS = """
    WITH q (i, account, first, last, path, category, sources, party) AS (VALUES {questions})
    SELECT q.i, {name}, SUM(t.count), SUM(t.total), {unit}
    FROM q CROSS JOIN units_unit u CROSS JOIN {source} t
    WHERE u.path LIKE q.path || '%%' AND t.unit_id = u.id AND t.account_id = q.account
        AND t.day BETWEEN q.first AND q.last
        AND (q.category = '' OR t.category LIKE q.category || '%%' OR '=' || t.category = q.category)
        AND (q.sources = '' OR q.sources LIKE '%%,' || t.source || ',%%')
        AND (q.party = 0 OR t.party = q.party){only}
    GROUP BY 1, 2, 5"""
_NO_UNIT = {"unit": "0", "only": ""}
_RESIDENTIAL = ", ".join(f"'{kind}'" for kind in COUNTED_UNITS)
_EACH_UNIT = {
    "unit": f"CASE WHEN u.kind = '{units.GRID}' THEN u.parent_id ELSE u.id END",
    "only": f" AND u.kind IN ({_RESIDENTIAL})",
}


def _read(
    questions: Sequence[Question], *, at: datetime, as_of: datetime | None, split: str = ""
) -> dict[tuple[int, str], Tally]:
    """Add up both sides of every question: {(index, value of `split`): tally}.

    Rates and shares ask again for what other metrics ask, so every sum is asked of the books once.
    """
    asked = _rows(questions, today=local_date(as_of or at), totals=as_of is None)
    tallies: dict[tuple[int, str], Tally] = defaultdict(Tally)
    for unit_by_unit in (False, True):
        uses: dict[Sum, list[Use]] = defaultdict(list)
        for use, wanted in asked:
            if (questions[use[0]].metric.kind == UNITS) is unit_by_unit:
                uses[wanted].append(use)
        sums = list(uses)
        form = _EACH_UNIT if unit_by_unit else _NO_UNIT
        for start in range(0, len(sums), _AT_ONCE):
            for place, name, count, total, unit in _sums(sums[start : start + _AT_ONCE], as_of, split, form):
                for index, side, sign in uses[sums[start + place]]:
                    tallies[index, name].add(side, sign, int(count), _decimal(total), unit)
    return tallies


def _sums(
    sums: Sequence[Sum], as_of: datetime | None, split: str, form: dict[str, str]
) -> list[tuple[Any, ...]]:
    """One statement: (place in `sums`, split, count, total, unit)."""
    source = _TOTALS if as_of is None else _ENTRIES
    name = f"t.{split}" if split else "''"
    adapt = connection.ops.adapt_datefield_value
    values = [v for n, row in enumerate(sums) for v in (n, row[0], adapt(row[1]), adapt(row[2]), *row[3:])]
    if as_of is not None:
        values.append(connection.ops.adapt_datetimefield_value(as_of))
    questions = ", ".join([f"({', '.join(['%s'] * 8)})"] * len(sums))
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(questions=questions, source=source, name=name, **form), values)
        return list(cursor.fetchall())


def _decimal(total: Any) -> Decimal:
    """Sums come as Decimal from PostgreSQL and as a floating point number from SQLite."""
    return Decimal(str(total)).quantize(Decimal("0.001"))
