"""Reporting from the street: camera first, the rest filled in as far as it can be known."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.field import forms, spots, tours
from wenming.faces.field.access import worker
from wenming.faces.kit import answers, once
from wenming.faces.kit.forms import faults, refuse
from wenming.faces.kit.photos import Taken
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.places import queries as places
from wenming.ground.places.models import Place
from wenming.ground.places.rules import may_look
from wenming.ground.standards import queries as standards
from wenming.records.cases import actions as cases
from wenming.records.cases import queries as case_queries
from wenming.records.cases import states, usual
from wenming.records.cases.models import Case

# Beyond this a place is not 「这里」 any more.
HERE_M = 500


@worker
@require_http_methods(["GET", "POST"])
def report(request: StaffRequest) -> HttpResponse:
    """The form, and its sending: 上报, 随手整, or 社区自改."""
    if not request.user.may(P.CASE_REPORT):
        raise NotAllowed("case_not_allowed", "您的岗位没有上报问题的权限，请联系镇创城办。")
    if request.method != "POST":
        return _page(request, None, {})
    tour = tours.current(request)
    covert = tour.covert if tour else bool(request.POST.get("covert"))
    taken = answers.take(request, "before", "after", town=request.user.town, covert=covert)
    return _send(request, taken)


@once.once
def _send(request: StaffRequest, taken: dict[str, Taken]) -> HttpResponse:
    form = forms.ReportForm(request.user, request.POST)
    for kept in taken.values():
        for sentence in kept.errors:
            form.add_error(None, sentence)
    status = 422
    if form.is_valid():
        try:
            case = _report(request, form, taken)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            return _sent(request, case)
    if answers.by_script(request):
        return answers.refused(faults(form), status=status)
    return _page(request, form, taken, status=status)


def _report(request: StaffRequest, form: forms.ReportForm, taken: dict[str, Taken]) -> Case:
    data, now = form.cleaned_data, clock.now()
    common: dict[str, Any] = {
        "at": now, "by": request.user, "category": data["category"], "description": data["description"],
        "key": once.key_of(request), "place": form.spot.place, "unit": form.spot.unit, "address": data["address"],
        "lat": data["lat"], "lng": data["lng"], "accuracy_m": data["accuracy_m"], "found_at": form.found(now),
    }  # fmt: skip
    if data["path"] == states.ON_SPOT:
        return cases.report_fixed(
            **common,
            before=taken["before"].photos,
            after=taken["after"].photos,
            measures=data["measures"],
        )
    tour = tours.current(request)
    source, covert, inspection = "", False, None
    if tour is not None:
        source, covert, inspection = tour.source, tour.covert, tour.inspection
    elif tours.may_tour(request.user):
        source, covert = data["source"], data["covert"]
    source = tours.source_of(request.user, source, covert=covert)
    return cases.report(
        **common, photos=taken["before"].photos, path=data["path"], source=source, covert=covert,
        inspection=inspection,
    )  # fmt: skip


def _sent(request: HttpRequest, case: Case) -> HttpResponse:
    again = reverse("field:report")
    if case.place is not None and request.POST.get("keep_place"):
        again += "?" + urlencode({"place": case.place.token})
    sentence = f"已送达，编号 {case.number}（{case.where}，{case.category_name}）"
    if not answers.by_script(request):
        messages.success(request, sentence)
    link = reverse("field:case", args=[case.uuid])
    return answers.done(request, again, number=case.number, message=sentence, case=link)


def _page(
    request: StaffRequest, form: forms.ReportForm | None, taken: dict[str, Taken], *, status: int = 200
) -> HttpResponse:
    person, today = request.user, clock.local_date(clock.now())
    given = _given_place(request)
    tour = tours.current(request)
    chosen = form["place"].value() if form else (spots.value(given) if given else "")
    groups = spots.groups(person, today, given)
    if not chosen and groups and groups[0][0] == "我的点位" and len(groups[0][1]) == 1:
        chosen = groups[0][1][0][0]
    likely = _likely(person, chosen, form)
    return render(
        request,
        "field/report.html",
        {
            "form": form,
            "groups": groups,
            "chosen": chosen,
            "given": given,
            "likely": likely,
            "classes": _by_class(today),
            "paths": forms.paths_for(person),
            "measures": forms.MEASURES,
            "tour": tour,
            "tour_found": tours.found_so_far(tour, person) if tour else 0,
            "may_tour": tours.may_tour(person),
            "levels": forms.level_choices(),
            "own_level": tours.own_level(person),
            "taken": taken,
            "key": request.POST.get("key") or str(uuid.uuid4()),
        },
        status=status,
    )


def _given_place(request: StaffRequest) -> Place | None:
    """The place of a QR code, when the person may look at it."""
    token = request.GET.get("place", "")
    if not token:
        return None
    place = Place.objects.in_force().select_related("unit").filter(token=token).first()
    return place if place is not None and may_look(request.user, place) else None


def _likely(person: Any, chosen: str, form: forms.ReportForm | None) -> list[Any]:
    """Three categories as large buttons: recognised in the words, else usual at the place."""
    today = clock.local_date(clock.now())
    try:
        spot = spots.read(person, chosen)
    except DomainError:
        spot = spots.Spot(unit=spots.ground_of(person))
    rows = list(form.suggested) if form else []
    rows += usual.categories(place=spot.place, unit=spot.ground, on=today)
    found = {row.code: row for row in rows}
    code = (form.cleaned_data if form and form.is_bound else {}).get("category", "")
    if code and code not in found:
        known = {row.code: row for row in standards.categories(today)}
        found = ({code: known[code]} if code in known else {}) | found
    return list(found.values())[:3]


def _by_class(today: Any) -> list[tuple[str, list[Any]]]:
    grouped: dict[str, list[Any]] = {}
    for row in standards.categories(today):
        grouped.setdefault(row.class_name, []).append(row)
    return list(grouped.items())


@worker
@require_GET
def suggest(request: StaffRequest) -> HttpResponse:
    """JSON: up to three categories for the words typed, filled up with those usual at the place."""
    today = clock.local_date(clock.now())
    found = [
        {"code": row.code, "name": row.name, "word": word}
        for row, word in standards.suggest(request.GET.get("words", "")[:100], on=today)
    ]
    try:
        spot = spots.read(request.user, request.GET.get("place", ""))
    except DomainError:
        spot = spots.Spot(unit=spots.ground_of(request.user))
    for row in usual.categories(place=spot.place, unit=spot.ground, on=today):
        if len(found) < 3 and row.code not in {one["code"] for one in found}:
            found.append({"code": row.code, "name": row.name, "word": ""})
    return JsonResponse({"items": found})


@worker
@require_GET
def nearest(request: StaffRequest) -> HttpResponse:
    """JSON: places around a position, nearest first, as values of the place field."""
    position = _position(request)
    if position is None:
        return JsonResponse({"items": []})
    found = places.nearest(*position, within_m=HERE_M, limit=5)
    return JsonResponse(
        {
            "items": [
                {"value": spots.value(place), "text": place.name, "metres": round(metres)}
                for place, metres in found
                if may_look(request.user, place)
            ]
        }
    )


@worker
@require_GET
def nearby(request: StaffRequest) -> HttpResponse:
    """JSON: open cases of the category close by. For information: 「这是同一处」 is the person's to say."""
    try:
        spot = spots.read(request.user, request.GET.get("place", ""))
    except DomainError:
        spot = spots.Spot()
    town, position = request.user.town, _position(request) or (None, None)
    category = request.GET.get("category", "")
    if town is None or not category:
        return JsonResponse({"items": []})
    found = case_queries.nearby_open(town, category, spot.place.pk if spot.place else None, *position)
    seen = set(
        Case.objects.visible_to(request.user)
        .filter(pk__in=[case.pk for case in found])
        .values_list("pk", flat=True)
    )
    return JsonResponse({"items": [_hint(case, open_=case.pk in seen) for case in found]})


def _hint(case: Case, *, open_: bool) -> dict[str, str]:
    """Enough to tell whether it is the same spot; the page itself only for those who may open it."""
    return {
        "text": f"{case.where}，{case.category_name}，{clock.show_date(clock.local_date(case.reported_at))}上报，{case.state_label}",
        "url": reverse("field:case", args=[case.uuid]) if open_ else "",
    }


def _position(request: HttpRequest) -> tuple[float, float] | None:
    try:
        lat, lng = float(request.GET["lat"]), float(request.GET["lng"])
    except (KeyError, ValueError):
        return None
    return (lat, lng) if -90 <= lat <= 90 and -180 <= lng <= 180 else None


@worker
@require_POST
def begin_tour(request: StaffRequest) -> HttpResponse:
    """开始一次督查: what is found from now on belongs to one visit."""
    if not tours.may_tour(request.user):
        raise NotAllowed("tour_not_allowed", "只有督查人员可以开始督查，您可以直接上报。")
    form = forms.TourForm(request.POST)
    if not form.is_valid():
        raise DomainError("tour_level", "请选择督查级别。", field="source")
    covert = form.cleaned_data["covert"]
    tours.begin(request, source=form.cleaned_data["source"], covert=covert, at=clock.now())
    return redirect("field:report")


@worker
@require_POST
def end_tour(request: StaffRequest) -> HttpResponse:
    """结束: the next find is another visit."""
    tour = tours.end(request)
    if tour is not None:
        n = tours.found_so_far(tour, request.user)
        messages.success(request, f"本次督查结束，共记录 {n} 处问题。")
    return redirect("field:home")
