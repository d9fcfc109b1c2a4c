"""首页: what waits for this person, most urgent first; the week's figures from the ledger; what happened last."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import checks, links
from wenming.faces.desk.step_table import ONE_CLICK
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit.models import Record
from wenming.ground.calendar import queries as calendar
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods
from wenming.ledger.metrics import Value
from wenming.ledger.periods import Period
from wenming.outcomes.documents import queries as documents
from wenming.records.cases import queries, states
from wenming.records.cases.models import Case, Order
from wenming.records.journals import queries as journals

WEEK_METRICS = ["found", "in_time_rate", "fixed", "open", "relapsed"]
NEWS = 10
# The list a group opens when it holds more than the home page shows.
_GROUP_FILTER = {
    "reported": "state=reported", "registered": "state=registered", "verifying": "state=verifying",
    "returned": "state=returned", "pending": "only=pending", "dispatched": "state=dispatched", "handling": "state=handling",
    "revisit": "state=closed",
}  # fmt: skip
_ORDER_WORDS = {
    "issue": "督办单待签发",
    "sign": "督办单待签收",
    "answer": "督办单待答复",
    "check": "督办单待核查",
}


@dataclass(frozen=True)
class Figure:
    """A number of the week: its value, the page behind it, and the change against the week before."""

    value: Value
    url: str
    change: str


@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """The page everybody opens first."""
    person = request.user
    now = clock.now()
    today = clock.local_date(now)
    seen = Case.objects.visible_to(person)
    due_end = clock.at_local(today, 23, 59)
    soon = seen.filter(state__in=states.RUNNING, due_at__gte=now, due_at__lte=due_end)
    groups = queries.to_do(person, now)
    context = {
        "groups": [(group, f"{reverse('desk:case-list')}?{_GROUP_FILTER[group.code]}", states.step(group.step).name, group.step in ONE_CLICK) for group in groups],
        "orders": [(_ORDER_WORDS[code], states.ORDER_STEPS[code].name, rows) for code, rows in queries.orders_to_do(person).items()],
        "documents": documents.receipts_to_do(person) if person.may(P.DOCUMENT_RECEIVE) else [],
        "papers": documents.papers_to_do(person),
        "now": now, "today": today, "overdue": queries.count(queries.with_light(seen, queries.RED, now)),
        "due_today": queries.count(soon), "news": news(person),
        "warnings": calendar.warnings(today) if person.may(P.CALENDAR_EDIT) else [],
        "covert_visits": checks.waiting(person).values("inspection").distinct().count() if person.may(P.CASE_COVERT) else 0,
        "decisions": list(journals.decisions_to_do(person)[:10]) if person.may(P.JOURNAL_ENTER) else [],
        "may_read": person.may(P.CASE_READ) or person.may(P.CASE_READ_OWN),
        "may_report": person.may(P.CASE_REPORT),
    }  # fmt: skip
    scope = scope_of(person)
    if person.may(P.LEDGER_READ) and scope is not None:
        week = periods.of(periods.WEEK, today)
        context |= {"scope": scope, "week": week, "figures": week_figures(scope, week, now)}
    return render(request, "desk/home.html", context)


def scope_of(person: Person) -> Unit | None:
    """The unit whose figures the person sees first: the town for its office, else the own unit."""
    unit = person.home_unit
    if unit is None:
        return None
    return unit.town or unit if unit.kind == kinds.OFFICE else unit


def week_figures(scope: Unit, week: Period, at: datetime) -> list[Figure]:
    """This week's figures with the change against last week, read from the ledger in three statements."""
    before = periods.previous(week)
    asked = [(code, scope, period) for period in (week, before) for code in WEEK_METRICS]
    values = figures.many(asked, at=at)
    half = len(WEEK_METRICS)
    return [
        Figure(
            value,
            links.to("desk:metric", value.metric.code, unit=str(scope.uuid), period=week.key),
            _change(value, last),
        )
        for value, last in zip(values[:half], values[half:], strict=True)
    ]


def _change(value: Value, last: Value) -> str:
    """「↑ 1.8 个百分点」, 「↓ 3 处」, or nothing where there is nothing to compare."""
    if value.number is None or last.number is None or value.number == last.number:
        return ""
    more = value.number - last.number
    measure = "个百分点" if value.measure == "%" else value.measure
    return f"比上周{'↑' if more > 0 else '↓'} {abs(Decimal(more)).normalize():f} {measure}"


def news(person: Person) -> list[dict[str, Any]]:
    """The last deeds on cases and orders the person may see, as sentences. Covert work leaves no trace."""
    town = person.town
    if town is None:
        return []
    rows = list(
        Record.objects.filter(chain=town.chain, subject_kind__in=["case", "order"]).order_by("-number")[
            : NEWS * 4
        ]
    )
    keys = {
        kind: {row.subject_uuid for row in rows if row.subject_kind == kind and row.subject_uuid}
        for kind in ("case", "order")
    }
    cases = dict(Case.objects.visible_to(person).filter(uuid__in=keys["case"]).values_list("uuid", "number"))
    orders = set(
        Order.objects.visible_to(person).filter(uuid__in=keys["order"]).values_list("uuid", flat=True)
    )
    found = []
    for row in rows:
        if row.subject_kind == "case" and row.subject_uuid in cases:
            url, number = reverse("desk:case-detail", args=[row.subject_uuid]), cases[row.subject_uuid]
        elif row.subject_uuid in orders:
            url, number = reverse("desk:order-detail", args=[row.subject_uuid]), ""
        else:
            continue
        found.append({"row": row, "url": url, "number": number})
    return found[:NEWS]
