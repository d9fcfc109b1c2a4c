"""大屏: a board without log-in under a read-only address, and the page where the office keeps these addresses."""

import uuid
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.board import actions, geo, numbers, ranking, rules
from wenming.faces.board import scope as scopes
from wenming.faces.board.models import WallToken
from wenming.faces.desk import links
from wenming.faces.kit import forms as kit_forms
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.units.models import Unit
from wenming.ledger import periods

# Usual life of an address: a quarter of a year.
USUAL_DAYS = 90
# Lines of units on a screen that is read from afar.
LINES = 18


def _live(token: str) -> WallToken:
    wall = get_object_or_404(WallToken.objects.select_related("unit"), token=token)
    if not wall.live(clock.now()):
        raise Http404
    return wall


@require_GET
@login_not_required
@never_cache
def wall(request: HttpRequest, token: str) -> HttpResponse:
    """The screen itself: totals, units, points without names; it asks again every minute."""
    at, scope = clock.now(), _live(token).unit
    week = periods.of(periods.WEEK, clock.local_date(at))
    board = numbers.board(scope, week, at)
    context = {
        "scope": scope, "period": week, "at": at, "board": board, "groups": numbers.folded(board.groups, LINES),
        "ranked": ranking.folded(ranking.for_everybody(scope)),
        "map_url": reverse("board:wall-map", args=[token]), "shapes_url": reverse("board:wall-shapes", args=[token]),
        "tianditu": settings.TIANDITU_KEY,
    }  # fmt: skip
    return _hidden(render(request, "board/wall.html", context))


@require_GET
@login_not_required
@never_cache
def wall_map(request: HttpRequest, token: str) -> HttpResponse:
    """Lights and positions, nothing else."""
    scope = _live(token).unit
    part = geo.box(request.GET.get("box", ""))
    data = geo.cases(geo.seen_by_all(scope), scope, clock.now(), part=part, named=False)
    return _hidden(JsonResponse(data))


@require_GET
@login_not_required
@never_cache
def wall_shapes(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """The ground below the lights; only communities are named."""
    return _hidden(JsonResponse(geo.shapes(_live(token).unit, named=False)))


def _hidden(response: HttpResponse) -> HttpResponse:
    """No search engine keeps the address, no other site learns it."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


class WallForm(forms.Form):
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label="范围", to_field_name="uuid", empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    label = forms.CharField(
        label="放在哪里", max_length=40, help_text="例如：一楼大厅、指挥中心。",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )  # fmt: skip
    expires_on = forms.DateField(
        label="有效期至",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Unit]", self.fields["unit"])
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units]).order_by("path")


def _units(request: StaffRequest) -> list[Unit]:
    """Units whose board this person may put on a wall. 403 when there are none."""
    person = request.user
    found = [unit for unit in scopes.own(person) if rules.may_hang(person, unit)]
    if not found:
        raise PermissionDenied
    return found


@require_http_methods(["GET", "POST"])
@once
def walls(request: StaffRequest) -> HttpResponse:
    """The addresses in use, and a new one."""
    person = request.user
    units, at = _units(request), clock.now()
    usual: date = clock.local_date(at) + timedelta(days=USUAL_DAYS)
    form = WallForm(request.POST or None, units=units, initial={"unit": units[0].uuid, "expires_on": usual})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                actions.create(**form.cleaned_data, by=person, at=at)
            except DomainError as error:
                kit_forms.refuse(form, error)
            else:
                messages.success(request, "大屏链接已建立，在大屏的浏览器里打开即可。")
                return links.see_other("board:walls")
        status = 422
    rows = WallToken.objects.filter(unit__in=units).select_related("unit")
    lines = [
        (row, row.live(at), request.build_absolute_uri(reverse("board:wall", args=[row.token])))
        for row in rows[:100]
    ]
    return render(request, "board/walls.html", {"form": form, "lines": lines}, status=status)


@require_POST
@once
def revoke(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """停用: the address answers 404 from now on."""
    found = get_object_or_404(WallToken.objects.select_related("unit"), uuid=key, unit__in=_units(request))
    person = request.user
    actions.revoke(wall=found, by=person, at=clock.now())
    messages.success(request, f"「{found.label}」的大屏链接已停用。")
    return links.see_other("board:walls")
