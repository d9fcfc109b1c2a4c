"""难点: up to three cases that need a leader's decision (handbook D9, D21).

The longest suspended come first, with the reason, how much money is wanted of whom, and the expected date; one line is kept for
the overdue case that was sent back most often. What the desk calls a description stays on the desk.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from wenming.common import clock, discreet
from wenming.faces.board import scope as scopes
from wenming.ground.audit.models import Record
from wenming.ground.people import queries as people
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.records.cases import queries, states
from wenming.records.cases.models import Case

LINES = 3
# At 30, 60 and 90 days the case goes up by one level (packs/escalation, handbook D21).
MARKS = [
    (90, "已满 90 天，请上级研究"),
    (60, "已满 60 天，请主要领导定"),
    (30, "已满 30 天，请分管领导定"),
]


@dataclass(frozen=True)
class Hard:
    """One case. `days` is how long it has been suspended or overdue."""

    number: str
    url: str
    suspended: bool
    where: str
    category: str
    unit: str
    days: int
    reason: str = ""
    takes_over: str = ""
    needs_yuan: Decimal | None = None
    until: date | None = None
    mark: str = ""
    rework: int = 0


def cases(person: Person, scope: Unit, at: datetime) -> list[Hard]:
    """The cases, at most `LINES`, in three statements beyond what `visible_to` costs."""
    seen = scopes.cases_in(Case.objects.visible_to(person), scope).filter(covert=False)
    seen = seen.select_related("unit", "lead_unit", "place")
    granted = Record.objects.filter(subject_uuid=OuterRef("uuid"), deed="case.grant_suspension").order_by(
        "-id"
    )
    waiting = list(
        seen.filter(state=states.SUSPENDED)
        .annotate(since=Subquery(granted.values("at")[:1]), ground=Subquery(granted.values("data")[:1]))
        .order_by("since", "id")[:LINES]
    )
    late = list(
        queries.with_light(seen, queries.RED, at).order_by("-rework_count", "due_at", "id")[: LINES - 1]
    )
    kept = LINES - 1 if late else LINES
    found = [_suspended(case, at) for case in waiting[:kept]]
    found += [_late(case, at) for case in late[: LINES - len(found)]]
    return _without_names(found)


def _suspended(case: Any, at: datetime) -> Hard:
    days = (clock.local_date(at) - clock.local_date(case.since)).days
    return Hard(
        **_facts(case),
        suspended=True,
        days=days,
        reason=case.ground.get("label", ""),
        takes_over=case.ground.get("takes_over", ""),
        needs_yuan=case.needs_yuan,
        until=case.suspended_until,
        mark=next((words for least, words in MARKS if days >= least), ""),
    )


def _late(case: Case, at: datetime) -> Hard:
    assert case.due_at is not None  # noqa: S101 -- the red light is filtered by it
    days = (clock.local_date(at) - clock.local_date(case.due_at)).days
    return Hard(**_facts(case), suspended=False, days=days, rework=case.rework_count)


def _facts(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "url": reverse("desk:case-detail", args=[case.uuid]),
        "where": case.where,
        "category": case.category_name,
        "unit": (case.lead_unit or case.unit).label,
    }


def _without_names(found: list[Hard]) -> list[Hard]:
    """Free words may name somebody: people we know appear with their family name only, 「王某」. One statement."""
    names = people.named_in("\n".join(f"{each.takes_over}\n{each.where}" for each in found))
    return [
        replace(
            each, takes_over=discreet.masked(each.takes_over, names), where=discreet.masked(each.where, names)
        )
        for each in found
    ]
