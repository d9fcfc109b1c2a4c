"""指标: the dictionary of all metrics by group, each with its value, the period before and the same a year ago."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, ledger_period, list_export
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.desk.ledger import metric_url
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods, wording
from wenming.ledger.figures import Question
from wenming.ledger.metrics import Metric, Value
from wenming.ledger.models import MetricRow
from wenming.ledger.periods import Period
from wenming.records.journals.reading import KIND as OWN


@dataclass(frozen=True)
class Number:
    """One figure with its page and how it compares with the figure shown first."""

    value: Value
    url: str
    change: str = ""


@dataclass(frozen=True)
class Line:
    """One metric of the dictionary: now, 上期 (环比), 上年同期 (同比)."""

    metric: Metric
    group: str
    now: Number
    before: Number
    year_ago: Number

    @property
    def silent(self) -> bool:
        """Nothing in any of the three periods."""
        return not any(each.value.number for each in (self.now, self.before, self.year_ago))


@dataclass(frozen=True)
class Dictionary:
    """What a request asks for."""

    own: list[Unit]
    unit: Unit
    period: Period
    form: ledger_period.PeriodForm
    words: str
    group: str
    groups: list[str]
    lines: list[Line]


def ask(request: StaffRequest) -> Dictionary:
    """The metrics that the address asks for, all figures in one go. 404 for a unit the person may not look at."""
    now = clock.now()
    own = access.units(request.user, P.LEDGER_READ)
    unit = access.scope(request, own)
    period, form = ledger_period.chosen(request, periods.of(periods.MONTH, clock.local_date(now)))
    words, group = request.GET.get("q", "").strip(), request.GET.get("group", "")
    # What offices count by kinds of their own comes last.
    rows = sorted(
        MetricRow.objects.known_to(unit).select_related("pack"), key=lambda row: row.pack.kind == OWN
    )
    chosen = [row for row in rows if _wanted(row, words, group)]
    groups = list(dict.fromkeys(row.group for row in rows))
    three = (period, periods.previous(period), periods.year_before(period))
    metrics = [Metric.from_json(row.spec) for row in chosen]
    asked = [Question(metric, unit, each) for metric in metrics for each in three]
    values = figures.answer(asked, at=now) if asked else []
    lines = [
        _line(metric, row.group, unit, three, values[3 * place : 3 * place + 3])
        for place, (metric, row) in enumerate(zip(metrics, chosen, strict=True))
    ]
    return Dictionary(own, unit, period, form, words, group, groups, lines)


def _wanted(row: MetricRow, words: str, group: str) -> bool:
    """Searching looks at the name, the code and the definition."""
    text = f"{row.name} {row.code} {row.spec['definition']}".casefold()
    return group in ("", row.group) and words.casefold() in text


def _line(
    metric: Metric, group: str, unit: Unit, three: tuple[Period, Period, Period], values: list[Value]
) -> Line:
    now, *others = (
        Number(value, metric_url(metric.code, unit, period), wording.arrow(values[0], value))
        for value, period in zip(values, three, strict=True)
    )
    return Line(metric, group, now, *others)


@require_GET
@needs(P.LEDGER_READ)
def metric_list(request: StaffRequest) -> HttpResponse:
    """By group; metrics without a number are hidden until asked or searched for."""
    asked = ask(request)
    show_all = "all" in request.GET or bool(asked.words)
    shown = [line for line in asked.lines if show_all or not line.silent]
    blocks: dict[str, list[Line]] = {}
    for line in shown:
        blocks.setdefault(line.group, []).append(line)
    query = request.GET.copy()
    context = {
        "asked": asked, "unit": asked.unit, "units": parts.grouped(asked.own), "period": asked.period, "form": asked.form,
        "before": periods.previous(asked.period), "year_ago": periods.year_before(asked.period),
        "blocks": [{"group": group, "lines": lines} for group, lines in blocks.items()],
        "show_all": show_all, "hidden": len(asked.lines) - len(shown), "query": query.urlencode(),
    }  # fmt: skip
    return render(request, "desk/ledger/metrics.html", context)


_COLUMNS = [
    ("分组", 10), ("指标", 22), ("数值", 12), ("计量单位", 10), ("分子", 10), ("分母", 10), ("上期", 12), ("环比", 16),
    ("上年同期", 12), ("同比", 16), ("口径", 48), ("怎样累计", 30),
]  # fmt: skip


@require_GET
@needs(P.LEDGER_READ)
def metric_list_file(request: StaffRequest) -> FileResponse:
    """The dictionary as it is filtered, metrics without a number too, with every definition."""
    asked = ask(request)
    said = "；".join(word for word in (asked.unit.name, asked.period.label, asked.group, asked.words) if word)
    return list_export.answer(
        "指标", _COLUMNS, _cells(asked.lines), said=said, by=request.user, at=clock.now()
    )


def _cells(lines: list[Line]) -> Iterator[list[Any]]:
    for line in lines:
        value, whole = line.now.value, line.now.value.denominator
        yield [
            line.group, line.metric.name, value.number if value.number is not None else value.text, value.measure,
            value.numerator if whole is not None else None, whole, line.before.value.number, line.before.change,
            line.year_ago.value.number, line.year_ago.change, line.metric.definition, line.metric.added,
        ]  # fmt: skip
