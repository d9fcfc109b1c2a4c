"""The page behind a place's QR code: its standards, who answers for it, what is open there, two buttons."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.field import tours
from wenming.faces.field.access import worker
from wenming.faces.kit import answers, once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.places import queries as places
from wenming.ground.places.models import Place
from wenming.ground.places.rules import may_look
from wenming.ground.standards import queries as standards
from wenming.ground.standards.models import CheckItem
from wenming.records.cases import actions as cases
from wenming.records.cases import checks, settings, states
from wenming.records.cases import queries as case_queries
from wenming.records.cases.models import Case

# As many as one's own page shows.
MOST_AT_ONCE = 50


@login_not_required
@require_GET
def place(request: HttpRequest, token: str) -> HttpResponse:
    """For staff the place; a passer-by who scans the same code comes to the public report form."""
    found = get_object_or_404(Place.objects.in_force().select_related("unit"), token=token)
    if not request.user.is_authenticated:
        return redirect(f"{reverse('public:report')}?{urlencode({'place': token})}")
    return _staff(request, found)


@worker
def _staff(request: StaffRequest, found: Place) -> HttpResponse:
    if not may_look(request.user, found):
        raise Http404
    today = clock.local_date(clock.now())
    open_here = Case.objects.visible_to(request.user).open().filter(place=found)
    return render(
        request,
        "field/place.html",
        {
            "place": found,
            "items": _check_items(found),
            "duties": places.on_duty(found, today),
            "cases": list(case_queries.rows(open_here)[:20]),
            "found": _last_find(found),
            "clear": places.last_clear([found]).get(found.uuid),
            "may_report": request.user.may(P.CASE_REPORT),
            "often": _too_often(request, found, today),
        },
    )


def _too_often(request: StaffRequest, found: Place, today: date) -> dict[str, Any] | None:
    """For inspectors: their level has been here as often as it may in a month (handbook D12). A word, no bar."""
    if not tours.may_tour(request.user):
        return None
    tour = tours.current(request)
    level = tours.own_level(request.user)
    source = tours.source_of(request.user, tour.source or level, covert=tour.covert) if tour else level
    most, times = settings.current(today).visits_per_month, checks.this_month(found, source, today)
    return {"level": states.SOURCE_LABELS[source], "times": times, "most": most} if times >= most else None


def _last_find(found: Place) -> Case | None:
    return Case.objects.filter(place=found, covert=False).order_by("-reported_at").first()


def _check_items(found: Place) -> list[CheckItem]:
    if not found.point_type:
        return []
    try:
        return standards.check_items(standards.point_type(found.point_type, clock.local_date(clock.now())))
    except DomainError:
        # The register may name a type that a newer pack has dropped; the page is of use without its list.
        return []


@worker
@require_POST
@once.once
def clear(request: StaffRequest, token: str) -> HttpResponse:
    """无问题: one tap, once a day; nobody has to, nobody is counted."""
    found = get_object_or_404(Place.objects.in_force().select_related("unit"), token=token)
    if not may_look(request.user, found):
        raise Http404
    new = _confirm(request, [found])
    messages.success(request, "已记下：未发现问题。" if new else "今天已经记过了，不用重复。")
    return answers.done(request, reverse("field:place", args=[token]))


@worker
@require_POST
@once.once
def clear_section(request: StaffRequest) -> HttpResponse:
    """本段无问题: the places ticked on the first page, in one go."""
    tokens = request.POST.getlist("place")[:MOST_AT_ONCE]
    found = list(Place.objects.in_force().select_related("unit").filter(token__in=tokens))
    if not found or not all(may_look(request.user, place) for place in found):
        raise DomainError("places_missing", "请先勾选看过的点位，再点「本段无问题」。", field="place")
    new = _confirm(request, found)
    said = f"已记下：{new} 处点位未发现问题。" if new else "这些点位今天都已经记过了，不用重复。"
    messages.success(request, said)
    return answers.done(request, reverse("field:home"))


def _confirm(request: StaffRequest, found: list[Place]) -> int:
    """Of the tour under way, or by itself."""
    tour = tours.current(request)
    if tour is None:
        return cases.confirm_clear(places=found, by=request.user, at=clock.now())
    source = tours.source_of(request.user, tour.source, covert=tour.covert)
    return cases.confirm_clear(
        places=found,
        by=request.user,
        at=clock.now(),
        source=source,
        inspection=tour.inspection,
        covert=tour.covert,
    )
