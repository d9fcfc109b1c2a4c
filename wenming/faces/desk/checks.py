"""检查点位: the voucher behind 督查点位数, and covert visits whose places wait to be published."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.db.models import Min
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from wenming.common import clock
from wenming.faces.desk import links
from wenming.faces.desk.access import needs
from wenming.faces.desk.ledger_journal import rows as entry_rows
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger import queries as ledger
from wenming.ledger.posting import Voucher
from wenming.records.cases import actions as cases
from wenming.records.cases import checks, queries, states
from wenming.records.cases.models import Case, CaseQuerySet, PlaceCheck, PlaceCheckQuerySet

MOST = 50


@require_GET
@needs(P.LEDGER_READ)
def check_detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One check: place, day, who was there, what was found that day, and the entry it made."""
    found = PlaceCheck.objects.visible_to(request.user).select_related("place", "unit", "party")
    check = get_object_or_404(found, uuid=key)
    entries = ledger.voucher_entries(Voucher(checks.KIND, check.uuid))
    context = {
        "check": check, "cases": queries.rows(_finds(request.user, check)), "now": clock.now(),
        "rows": entry_rows(request.user, list(entries)),
    }  # fmt: skip
    return render(request, "desk/checks/detail.html", context)


def _finds(person: Person, check: PlaceCheck) -> CaseQuerySet:
    """What the same unit found there on the day, as far as the person may see it."""
    begin = clock.at_local(check.day)
    here = Case.objects.visible_to(person).filter(place_id=check.place_id, source__in=sorted(states.LOOKED))
    return here.filter(
        reported_at__gte=begin,
        reported_at__lt=begin + timedelta(days=1),
        found_by__path__startswith=check.party.path,
    )


@dataclass(frozen=True)
class Visit:
    """A covert visit that is not published yet."""

    inspection: uuid.UUID
    day: date
    checks: list[PlaceCheck]
    finds_left: int


@require_GET
@needs(P.CASE_COVERT)
def covert_list(request: StaffRequest) -> HttpResponse:
    """暗访待公开: covert visits, the oldest first, with their places and the finds to be published before."""
    return render(request, "desk/checks/covert.html", {"visits": visits(request.user), "now": clock.now()})


def visits(person: Person) -> list[Visit]:
    """Covert visits that the person may publish."""
    hidden = waiting(person)
    keys = hidden.order_by().values("inspection").annotate(first=Min("day")).order_by("first", "inspection")
    chosen = [row["inspection"] for row in keys[:MOST] if row["inspection"]]
    rows = hidden.filter(inspection__in=chosen).select_related("place", "unit", "party").order_by("day", "pk")
    grouped: dict[uuid.UUID, list[PlaceCheck]] = {key: [] for key in chosen}
    for row in rows:
        if row.inspection is not None:  # the database holds this for covert checks
            grouped[row.inspection].append(row)
    left = checks.finds_left(chosen)
    return [Visit(key, found[0].day, found, left.get(key, 0)) for key, found in grouped.items()]


def waiting(person: Person) -> PlaceCheckQuerySet:
    """Checks of covert visits that the person may publish."""
    return PlaceCheck.objects.visible_to(person).filter(covert=True)


@require_POST
@needs(P.CASE_COVERT)
@once
def covert_publish(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """公开 the places of a visit: they enter the books on the day they were looked at."""
    if not waiting(request.user).filter(inspection=key).exists():
        raise Http404
    count = cases.publish_visit(inspection=key, by=request.user, at=clock.now())
    messages.success(request, f"已公开，{count} 处点位计入检查点位。")
    return links.see_other("desk:covert-list")
