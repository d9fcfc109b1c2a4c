"""「今天」 and 「我的记录」: one's own work and nothing about others; no streaks, ranks or tracks (handbook D4, D6)."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.field import tours
from wenming.faces.field.access import worker
from wenming.faces.field.forms import level_choices
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places import queries as places
from wenming.records.cases import queries as case_queries
from wenming.records.cases import usual
from wenming.records.cases.models import Case

# Steps that can be taken with a phone in the street; the others wait on the desk.
HERE = {"sign", "hand_in", "accept", "revisit"}


@worker
@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """My places with the last find, what waits for me, and the camera."""
    now = clock.now()
    duties = list(places.duties_of(request.user, clock.local_date(now))[:50])
    mine = list({duty.place_id: duty.place for duty in duties}.values())
    finds, clears = usual.last_finds(mine), places.last_clear(mine)
    rows = [{"place": place, "found": finds.get(place.pk), "clear": clears.get(place.uuid)} for place in mine]
    todo = case_queries.to_do(request.user, now, limit=3)
    return render(
        request,
        "field/home.html",
        {
            "places": rows,
            "todo": [group for group in todo if group.step in HERE],
            "elsewhere": sum(group.total for group in todo if group.step not in HERE),
            "tour": tours.current(request),
            "may_tour": tours.may_tour(request.user),
            "levels": level_choices(),
            "own_level": tours.own_level(request.user),
            "user_may_report": request.user.may(P.CASE_REPORT),
            "user_may_enter": request.user.may(P.JOURNAL_ENTER),
        },
    )


def mine(person: Person) -> "Paginator[Case]":
    """What the person has reported, newest first."""
    found = Case.objects.filter(reporter=person)
    return Paginator(case_queries.rows(found), 20)


@worker
@require_GET
def records(request: StaffRequest) -> HttpResponse:
    page = mine(request.user).get_page(request.GET.get("page"))
    return render(request, "field/mine.html", {"page": page})
