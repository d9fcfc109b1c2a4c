"""The board of leaders: one page, its printed comparison, and the data of its map."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.board import geo, hard, numbers, ranking, rules
from wenming.faces.board import scope as scopes
from wenming.faces.desk import access, links
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import comparing, figures
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import standings
from wenming.outcomes.appraisals.models import Round, RoundQuerySet
from wenming.outcomes.documents import queries as documents
from wenming.outcomes.documents.models import Document

# Rounds of towns on the panel of a county's board.
TOWN_LINES = 6


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
        "papers": [
            (paper.shown_title, links.to("desk:document-detail", paper.uuid)) for paper in _to_sign(person)
        ],
        "suspended_url": links.to("desk:case-list", state="suspended", **said),
        "overdue_url": links.to("desk:case-list", light="red", **said),
        "list_url": links.to("desk:case-list", **said),
        "compare_url": links.to("board:compare", period=period.key, **said),
        "map_url": links.to("board:map", **said),
        "shapes_url": links.to("board:shapes", **said),
        "tianditu": settings.TIANDITU_KEY,
        "may_hang": rules.may_hang(person),
        "ranking_url": links.to("board:ranking", **said),
    }
    context |= _standing(person, scope)
    return render(request, "board/home.html", context)


def _to_sign(person: Person) -> list[Document]:
    """Papers that wait for the leader's signature: what he must decide first."""
    return [paper for paper, step in documents.papers_to_do(person) if step.code == "sign"]


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
        "enough": comparing.ENOUGH,
        "back_url": links.to("board:home", unit=str(scope.uuid), period=period.key),
    }
    return render(request, "board/compare.html", context)


@require_GET
@access.needs(P.BOARD_READ)
def ranking_page(request: StaffRequest) -> HttpResponse:
    """考核排名. `?round=` one published round; without it the latest of every book, for a county of every town."""
    person, at = request.user, clock.now()
    own = scopes.own(person)
    scope = access.scope(request, own)
    every = ranking.rounds(person, scope)
    older = _chosen(every, request.GET.get("round", ""))
    found = standings.tables(ranking.until(every, older))
    shown = ranking.with_rates(ranking.ranked(person, scope, found), at)
    said = {"unit": str(scope.uuid)}
    context = _frame(scope, own, None, at) | {
        "sections": ranking.by_town(shown),
        "several": scope.kind == kinds.COUNTY,
        "joined": standings.joined(found) if scope.kind == kinds.COUNTY else [],
        "past": ranking.past(every, scope, [each.round for each in shown]),
        "older": older,
        "newest_url": links.to("board:ranking", **said),
        "back_url": links.to("board:home", **said),
    }
    return render(request, "board/ranking.html", context)


def _chosen(every: RoundQuerySet, said: str) -> Round | None:
    """The round of the address, None without one. 404 for one that may not be seen or is no more in force."""
    return get_object_or_404(every, uuid=access.as_uuid(said)) if said else None


def _standing(person: Person, scope: Unit) -> dict[str, Any]:
    """The panel: places of the town, or of a county which town has published what."""
    found = ranking.ranked(person, scope, standings.tables(ranking.rounds(person, scope)))
    if scope.kind == kinds.COUNTY:
        return {"town_rounds": [each for each in found if each.round.book.rated == "unit"][:TOWN_LINES]}
    return {"ranked": ranking.folded(found)}


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


def _frame(scope: Unit, own: list[Unit], period: Period | None, at: datetime) -> dict[str, Any]:
    """What stands in the head of every page; `period` None: a page without the switch of periods."""
    offered = scopes.offered(own, scope)
    found: dict[str, Any] = {
        "scope": scope, "units": offered if len(offered) > 1 else [], "period": period, "at": at,
        "desk_url": reverse("kit:home"),
    }  # fmt: skip
    if period is None:
        return found
    choices = scopes.choices(clock.local_date(at), period)
    return found | {"choices": choices, "chosen": next(each for each in choices if each.here)}


def _definitions() -> list[tuple[str, str]]:
    """Names of the table's columns with their 口径. One statement."""
    found = figures.metrics(code for code, _name in numbers.COMPARED)
    return [(name, found[code].definition) for code, name in numbers.COMPARED]
