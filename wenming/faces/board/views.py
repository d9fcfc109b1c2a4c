"""The board of leaders: one page, its printed comparison, and the data of its map."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.board import geo, hard, numbers, rules
from wenming.faces.board import scope as scopes
from wenming.faces.desk import access, links
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import figures


@require_GET
@access.needs(P.BOARD_READ)
def home(request: StaffRequest) -> HttpResponse:
    """看板. `?unit=` one of one's own units, `?period=` any period of the ledger."""
    person, at = request.user, clock.now()
    own = scopes.own(person)
    scope = access.scope(request, own)
    period = scopes.period_of(request, clock.local_date(at))
    board = numbers.board(scope, period, at)
    said = {"unit": str(scope.uuid)}
    context = _frame(scope, own, period, at) | {
        "board": board,
        "groups": numbers.folded(board.groups),
        "hard": hard.cases(person, scope, at),
        "suspended_url": links.to("desk:case-list", state="suspended", **said),
        "overdue_url": links.to("desk:case-list", light="red", **said),
        "list_url": links.to("desk:case-list", **said),
        "compare_url": links.to("board:compare", period=period.key, **said),
        "map_url": links.to("board:map", **said),
        "shapes_url": links.to("board:shapes", **said),
        "tianditu": settings.TIANDITU_KEY,
        "may_hang": rules.may_hang(person),
    }
    return render(request, "board/home.html", context)


@require_GET
@access.needs(P.BOARD_READ)
def compare(request: StaffRequest) -> HttpResponse:
    """单位对比表, made to be printed on A4."""
    person, at = request.user, clock.now()
    own = scopes.own(person)
    scope = access.scope(request, own)
    period = scopes.period_of(request, clock.local_date(at))
    context = _frame(scope, own, period, at) | {
        "groups": numbers.comparison(scope, period, at),
        "columns": [name for _code, name in numbers.COMPARED],
        "definitions": _definitions(),
        "enough": numbers.ENOUGH,
        "back_url": links.to("board:home", unit=str(scope.uuid), period=period.key),
    }
    return render(request, "board/compare.html", context)


@require_GET
@access.needs(P.BOARD_READ)
def map_data(request: StaffRequest) -> HttpResponse:
    """GeoJSON of open cases. `?box=west,south,east,north` for a part of it."""
    person = request.user
    scope = access.scope(request, scopes.own(person))
    found = geo.seen_by(person, scope)
    return JsonResponse(geo.cases(found, scope, clock.now(), part=geo.box(request.GET.get("box", ""))))


@require_GET
@cache_control(private=True, max_age=300)
@access.needs(P.BOARD_READ)
def shapes(request: StaffRequest) -> HttpResponse:
    """GeoJSON of the places: it changes rarely, so a browser may keep it for five minutes."""
    return JsonResponse(geo.shapes(access.scope(request, scopes.own(request.user))))


def _frame(scope: Unit, own: list[Unit], period: Any, at: Any) -> dict[str, Any]:
    choices = scopes.choices(clock.local_date(at), period)
    offered = scopes.offered(own, scope)
    return {
        "scope": scope,
        "units": offered if len(offered) > 1 else [],
        "period": period,
        "choices": choices,
        "chosen": next(each for each in choices if each.here),
        "at": at,
        "desk_url": reverse("kit:home"),
    }


def _definitions() -> list[tuple[str, str]]:
    """Names of the table's columns with their 口径. One statement."""
    found = figures.metrics(code for code, _name in numbers.COMPARED)
    return [(name, found[code].definition) for code, name in numbers.COMPARED]
