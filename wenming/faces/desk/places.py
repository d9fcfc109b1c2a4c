"""点位责任: the register of places, who has duty there, and what happens there."""

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import access, ground_forms, links, paging, place_codes
from wenming.faces.desk.access import needs
from wenming.faces.desk.place_forms import CloseForm, DutyForm, FilterForm, PlaceForm
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person, Post
from wenming.ground.people.permissions import P
from wenming.ground.places import actions, states
from wenming.ground.places.models import Duty, Place, PlaceQuerySet
from wenming.ground.places.rules import may_look
from wenming.ground.standards import queries as standards
from wenming.ground.standards.models import PointType
from wenming.records.cases import queries as cases
from wenming.records.cases import states as case_states
from wenming.records.cases.models import Case

NEIGHBOURS = 200
RECENT = 20
GREY = "#7a8896"


def visible(person: Person) -> PlaceQuerySet:
    """Places the person may list."""
    return Place.objects.in_paths(person.paths(P.PLACES_READ))


def filtered(request: StaffRequest) -> tuple[FilterForm, QuerySet[Place]]:
    """The filter form and the places it leaves, by number."""
    own = access.units(request.user, P.PLACES_READ, grids=True)
    form = FilterForm(request.GET, own=own)
    return form, form.apply(visible(request.user)).select_related("unit", "manager").order_by("number")


def with_duties(found: QuerySet[Place], today: date) -> QuerySet[Place]:
    """The places with `held`: who has duty there today, deputies last."""
    held = Duty.objects.filter(Q(to_date__isnull=True) | Q(to_date__gte=today), from_date__lte=today)
    duties = Prefetch("duties", held.select_related("person").order_by("deputy", "id"), to_attr="held")
    return found.prefetch_related(duties)


@require_GET
@needs(P.PLACES_READ)
def place_list(request: StaffRequest) -> HttpResponse:
    """The register with who has duty today."""
    form, found = filtered(request)
    today = clock.local_date(clock.now())
    page = paging.page(request, with_duties(found, today))
    types = {row.code: row.name for row in standards.point_types(today)}
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form, "page": page, "types": types, "may_edit": request.user.may(P.PLACES_EDIT), "query": query.urlencode(),
        "import_url": links.to("desk:import", "places"),
    }  # fmt: skip
    return render(request, "desk/places/list.html", context)


def _get(request: StaffRequest, key: uuid.UUID, *, edit: bool = False) -> Place:
    """The place, 404 for strangers; for editing the person must hold the permission there (403)."""
    place = get_object_or_404(Place.objects.select_related("unit", "unit__town", "manager"), uuid=key)
    if not may_look(request.user, place):
        raise Http404
    if edit and not request.user.may(P.PLACES_EDIT, place.unit):
        raise PermissionDenied
    return place


@require_GET
@needs(P.PLACES_READ)
def place_detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Map, facts, check list, duties, cases, QR code."""
    place = _get(request, key)
    now = clock.now()
    today = clock.local_date(now)
    point_type = _type(place)
    duties = [
        {"duty": duty, "held": duty.from_date <= today and (duty.to_date is None or duty.to_date >= today)}
        for duty in place.duties.select_related("person").order_by("deputy", "-from_date", "id")
    ]
    there = cases.rows(Case.objects.visible_to(request.user).filter(place=place))
    may_edit = request.user.may(P.PLACES_EDIT, place.unit)
    context = {
        "place": place, "point_type": point_type, "items": standards.check_items(point_type) if point_type else [],
        "duties": duties, "may_edit": may_edit, "now": now, "today": today, "tianditu": settings.TIANDITU_KEY, "shapes": _shapes(request, place),
        "open": there.filter(state__in=case_states.OPEN)[:RECENT], "recent": there.exclude(state__in=case_states.OPEN)[:RECENT],
        "cases_url": links.to("desk:case-list", place=place.uuid), "code": place_code(request, place),
        "source": dict(states.SOURCES).get(place.position_source, ""),
    }  # fmt: skip
    return render(request, "desk/places/detail.html", context)


def _type(place: Place) -> PointType | None:
    if not place.point_type:
        return None
    try:
        return standards.point_type(place.point_type, clock.local_date(clock.now()))
    except DomainError:
        return None


def place_code(request: StaffRequest, place: Place) -> dict[str, str]:
    """The QR code of a place: the page it opens and the drawing."""
    url = request.build_absolute_uri(links.to("field:place", place.token))
    return {"url": url, **place_codes.drawing(url)}


def _feature(place: Place, colour: str | None = None) -> dict[str, Any]:
    shape = place.geometry or {"type": "Point", "coordinates": [place.lng, place.lat]}
    said = {"label": f"{place.number} {place.name}", "url": links.to("desk:place-detail", place.uuid)}
    return {"type": "Feature", "geometry": shape, "properties": said | ({"color": colour} if colour else {})}


def _shapes(request: StaffRequest, place: Place) -> dict[str, Any]:
    """The place on the map with its neighbours of the same unit in grey."""
    others = visible(request.user).in_force().filter(unit=place.unit, lat__isnull=False).exclude(pk=place.pk)
    features = [_feature(each, GREY) for each in others[:NEIGHBOURS]]
    if place.lat is not None:
        features.append(_feature(place))
    return {"type": "FeatureCollection", "features": features}


@require_GET
@needs(P.PLACES_EDIT)
def place_shapes(request: StaffRequest) -> HttpResponse:
    """Places around the one that is being drawn, as GeoJSON."""
    found = visible(request.user).in_force().filter(lat__isnull=False).order_by("number")[:NEIGHBOURS]
    return JsonResponse({"type": "FeatureCollection", "features": [_feature(each, GREY) for each in found]})


@require_http_methods(["GET", "POST"])
@needs(P.PLACES_EDIT)
@once
def place_add(request: StaffRequest) -> HttpResponse:
    """Put a place into the register."""
    own = access.units(request.user, P.PLACES_EDIT, grids=True)
    form = PlaceForm(request.POST or None, own=own, initial={"unit": request.GET.get("unit", "")})
    made: list[Place] = []

    def deed(data: dict[str, Any]) -> str:
        made.append(actions.register(by=request.user, at=clock.now(), **_with_source(data)))
        return f"已登记「{made[0].name}」，编号 {made[0].number}。"

    done = ground_forms.run(request, form, deed, lambda: links.to("desk:place-detail", made[0].uuid))
    return done or _form(request, form, "登记点位", links.to("desk:place-list"))


@require_http_methods(["GET", "POST"])
@needs(P.PLACES_EDIT)
@once
def place_change(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Change a place; its number and QR code stay."""
    place = _get(request, key, edit=True)
    own = access.units(request.user, P.PLACES_EDIT, grids=True)
    form = PlaceForm(request.POST or None, own=own, changing=True, initial=PlaceForm.shown(place))
    back = links.to("desk:place-detail", place.uuid)

    def deed(data: dict[str, Any]) -> str:
        actions.change(place=place, by=request.user, at=clock.now(), **_with_source(data))
        return "已保存。"

    return ground_forms.run(request, form, deed, back) or _form(request, form, f"修改「{place.name}」", back)


def _with_source(data: dict[str, Any]) -> dict[str, Any]:
    """A place without coordinates has no source of them."""
    source = "none" if data["lat"] is None else data["position_source"] or "map"
    return {**data, "position_source": source}


def _form(request: StaffRequest, form: PlaceForm, title: str, back: str) -> HttpResponse:
    return ground_forms.page(
        request, form, title=title, submit="保存", back=back, template="desk/places/form.html",
        tianditu=settings.TIANDITU_KEY,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(P.PLACES_EDIT)
@once
def place_close(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Take a place out of use; its cases and entries stay."""
    place = _get(request, key, edit=True)
    now = clock.now()
    form = CloseForm(request.POST or None, initial={"on": clock.local_date(now)})
    back = links.to("desk:place-detail", place.uuid)

    def deed(data: dict[str, Any]) -> str:
        actions.close(place=place, on=data["on"], at=now, by=request.user)
        return f"「{place.name}」已停用，二维码不再收新问题。"

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title=f"停用「{place.name}」", submit="确认停用", back=back, careful=True,
        hint="历史问题和账目都保留。停用后不再出现在巡查点位里。",
    )  # fmt: skip


def candidates(request: StaffRequest, place: Place) -> QuerySet[Person]:
    """Who may be given duty: active people with a post in the place's town that the editor may see."""
    today = clock.local_date(clock.now())
    held = Q(from_date__lte=today) & (Q(to_date__isnull=True) | Q(to_date__gte=today))
    paths = access.paths(request.user, P.PLACES_EDIT)
    posts = Post.objects.filter(held, unit__town=place.unit.town)
    inside = Q(pk__in=[])
    for path in paths:
        inside |= Q(unit__path__startswith=path)
    people = Person.objects.filter(is_active=True, pk__in=posts.filter(inside).values("person_id"))
    return people.order_by("sort_key", "name", "pk")


@require_http_methods(["GET", "POST"])
@needs(P.PLACES_EDIT)
@once
def duty_give(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Give somebody duty at the place."""
    place = _get(request, key, edit=True)
    now = clock.now()
    form = DutyForm(
        request.POST or None, people=candidates(request, place), initial={"from_date": clock.local_date(now)}
    )
    back = links.to("desk:place-detail", place.uuid)

    def deed(data: dict[str, Any]) -> str:
        duty = actions.give_duty(place=place, at=now, by=request.user, **data)
        return f"{duty.person.name} 任「{place.name}」{duty.get_kind_display()}。"

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title=f"「{place.name}」增加责任人", submit="保存", back=back,
        hint="只列出本镇在岗的人；没有的先到「人员岗位」新增。",
    )  # fmt: skip


@require_POST
@needs(P.PLACES_EDIT)
@once
def duty_end(request: StaffRequest, key: uuid.UUID, duty_id: int) -> HttpResponse:
    """End a duty on a day."""
    place = _get(request, key, edit=True)
    duty = get_object_or_404(place.duties.select_related("person", "place__unit"), pk=duty_id)
    form = CloseForm(request.POST)
    form.fields["on"].label = "最后一天"
    back = links.to("desk:place-detail", place.uuid)

    def deed(data: dict[str, Any]) -> str:
        actions.end_duty(duty=duty, on=data["on"], at=clock.now(), by=request.user)
        return f"{duty.person.name} 的责任到 {data['on']} 为止。"

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title=f"结束 {duty.person.name} 的责任", submit="结束责任", back=back
    )
