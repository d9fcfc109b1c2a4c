"""For residents: report, follow, see what was done, complain. No log-in, no names of staff anywhere."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError
from wenming.faces.kit import answers, once
from wenming.faces.kit.forms import faults, refuse
from wenming.faces.kit.photos import Taken
from wenming.faces.public import forms, limits
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods
from wenming.ledger.metrics import Filters, Value
from wenming.records.cases import actions as cases
from wenming.records.cases import queries as case_queries
from wenming.records.cases import residents
from wenming.records.cases.models import Case, Suggestion

ENOUGH = "今天从这个网络提交的次数已经很多了，请明天再来，或者直接联系社区（村）。"
NOT_FOUND = "没有查到这个查询码，请核对后再试；字母不分大小写。"


@login_not_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this is, the three ways in, and what has been put right lately."""
    page = Paginator(residents.published(), 10).get_page(request.GET.get("page"))
    photos = residents.approved_photos(page.object_list)
    now = clock.now()
    shown = [
        {
            "where": residents.where(case),
            "category": case.category_name,
            "note": case.public_note,
            "progress": residents.progress(case, now),
            "closed_at": case.closed_at,
            "reported_at": case.reported_at,
            **photos[case.uuid],
        }
        for case in page.object_list
    ]
    return render(request, "public/home.html", {"page": page, "shown": shown, "rates": _rates(now)})


def _rates(at: datetime) -> list[tuple[Unit, Value, Value]]:
    """公开办理率 (handbook D20): what residents reported this month and how much of what is due was put right,
    for each county (or town that stands alone). From the ledger, like every number; nothing for nothing."""
    roots = list(Unit.objects.in_force().filter(parent__isnull=True).order_by("path"))
    month = periods.of(periods.MONTH, clock.local_date(at))
    asked = [(code, unit, month) for unit in roots for code in ("found", "fix_rate")]
    values = figures.many(asked, at=at, filters=Filters(sources=("public",))) if asked else []
    rows = zip(roots, values[::2], values[1::2], strict=True)
    return [(unit, found, rate) for unit, found, rate in rows if found.number]


@login_not_required
@require_GET
def large_type(request: HttpRequest) -> HttpResponse:
    """The switch between ordinary and large type, kept for a year."""
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("public:home")
    response = HttpResponseRedirect(back)
    if request.COOKIES.get("big"):
        response.delete_cookie("big")
    else:
        response.set_cookie("big", "1", max_age=365 * 86400, samesite="Lax", httponly=True)
    return response


# --- report ----------------------------------------------------------------------------------------------


@login_not_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """One screen: photo, place, words. The answer is a code to follow it by."""
    if request.method != "POST":
        return _report_page(request, None, Taken())
    now = clock.now()
    if request.POST.get("website"):
        # A robot: it is told nothing that would help it, and nothing is kept.
        return answers.done(request, reverse("public:home"))
    if limits.used_up(request, limits.REPORT, now):
        return _too_many(request, "public/report.html")
    form = forms.ReportForm(request.POST)
    town = form.ground.town if form.is_valid() and form.ground else None
    taken = answers.take(request, "photos", town=town)["photos"]
    return _report(request, taken)


@once.once
def _report(request: HttpRequest, taken: Taken) -> HttpResponse:
    form, now, status = forms.ReportForm(request.POST), clock.now(), 422
    for sentence in taken.errors:
        form.add_error(None, sentence)
    if form.is_valid():
        data = form.cleaned_data
        try:
            case = cases.report(
                at=now, by=None, source="public", category=data["category"], description=data["text"],
                unit=form.ground, place=form.spot, key=once.key_of(request), address=data["address"],
                lat=data["lat"], lng=data["lng"], accuracy_m=data["accuracy_m"], photos=taken.photos,
                contact=data["contact"],
            )  # fmt: skip
        except DomainError as error:
            refuse(form, error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            limits.count(request, limits.REPORT, now)
            return answers.done(request, _follow_url(case.follow_code, new=True), code=case.follow_code)
    if answers.by_script(request):
        return answers.refused(faults(form), status=status)
    return _report_page(request, form, taken, status=status)


def _report_page(
    request: HttpRequest, form: forms.ReportForm | None, taken: Taken, *, status: int = 200
) -> HttpResponse:
    token = request.GET.get("place") or request.POST.get("place") or ""
    place = Place.objects.in_force().select_related("unit").filter(token=token).first() if token else None
    grouped: dict[str, list[Any]] = {}
    for row in standards.categories(clock.local_date(clock.now())):
        grouped.setdefault(row.class_name, []).append(row)
    context = {
        "form": form,
        "taken": taken,
        "given": place,
        "towns": forms.towns(),
        "classes": list(grouped.items()),
        "key": request.POST.get("key") or str(uuid.uuid4()),
    }
    return render(request, "public/report.html", context, status=status)


def _too_many(request: HttpRequest, template: str) -> HttpResponse:
    if answers.by_script(request):
        return answers.refused({"": [ENOUGH]}, status=429)
    return render(request, "public/too_many.html", {"sentence": ENOUGH, "template": template}, status=429)


@login_not_required
@require_GET
def ground(request: HttpRequest) -> HttpResponse:
    """JSON: the community around a position, to fill in the list."""
    try:
        found = forms.ground_near(float(request.GET["lat"]), float(request.GET["lng"]))
    except (KeyError, ValueError):
        found = None
    return JsonResponse({"code": found.code if found else "", "name": found.name if found else ""})


# --- follow ----------------------------------------------------------------------------------------------


def _follow_url(code: str, *, new: bool = False) -> str:
    return f"{reverse('public:follow')}?{urlencode({'code': code} | ({'new': '1'} if new else {}))}"


def _found(request: HttpRequest, code: str) -> Case | None:
    """The case of a code. Wrong codes are counted, and after too many even a right one is not found."""
    now = clock.now()
    if limits.used_up(request, limits.WRONG_CODE, now):
        return None
    case = case_queries.by_follow_code(code)
    if case is None:
        limits.count(request, limits.WRONG_CODE, now)
    return case


@login_not_required
@never_cache
@require_GET
def follow(request: HttpRequest) -> HttpResponse:
    """The state of a report in plain words, by its code."""
    code = request.GET.get("code", "").strip()
    if not code:
        return render(request, "public/follow.html", {"form": forms.FollowForm()})
    case = _found(request, code)
    if case is None:
        return _no_such_code(request, code)
    return _case_page(request, case)


def _no_such_code(request: HttpRequest, code: str) -> HttpResponse:
    context = {"form": forms.FollowForm({"code": code}), "sentence": NOT_FOUND}
    return render(request, "public/follow.html", context, status=404)


def _case_page(
    request: HttpRequest, case: Case, *, error: str = "", note: str = "", status: int = 200
) -> HttpResponse:
    now = clock.now()
    # A merged report is answered by what becomes of the case it went into.
    shown = case.merged_into if case.merged_into and not case.merged_into.covert else case
    rating = residents.rating(case)
    context = {
        "case": case,
        "where": residents.where(case),
        "progress": residents.progress(case, now),
        "other": residents.progress(shown, now) if shown.pk != case.pk else None,
        "closed_at": shown.closed_at,
        "photos": residents.approved_photos([shown])[shown.uuid],
        "ratings": residents.RATINGS,
        "rating": dict(residents.RATINGS).get(rating, ""),
        "new": request.GET.get("new") == "1",
        "error": error,
        "note": note,
    }
    return render(request, "public/case.html", context, status=status)


@login_not_required
@require_POST
@once.once
def contest(request: HttpRequest) -> HttpResponse:
    """「不满意，退回一次」."""
    return _answer(request, forms.ContestForm(request.POST), "note", cases.contest)


@login_not_required
@require_POST
@once.once
def rate(request: HttpRequest) -> HttpResponse:
    """满意, 基本满意 or 不满意, once."""
    return _answer(request, forms.RateForm(request.POST), "rating", cases.rate)


def _answer(request: HttpRequest, form: Any, field: str, deed: Any) -> HttpResponse:
    code = request.POST.get("code", "")
    case = _found(request, code)
    if case is None:
        return _no_such_code(request, code)
    typed = request.POST.get(field, "")
    if not form.is_valid():
        return _case_page(request, case, error=next(iter(form.errors.values()))[0], note=typed, status=422)
    try:
        deed(case=case, follow_code=case.follow_code, at=clock.now(), **form.cleaned_data)
    except DomainError as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _case_page(request, case, error=error.message, note=typed, status=status)
    return answers.done(request, _follow_url(case.follow_code))


# --- 投诉建议 ----------------------------------------------------------------------------------------------


@login_not_required
@require_http_methods(["GET", "POST"])
def suggest(request: HttpRequest) -> HttpResponse:
    """意见、建议或投诉, straight to the county."""
    if request.method == "POST":
        if request.POST.get("website"):
            return answers.done(request, reverse("public:home"))
        if limits.used_up(request, limits.SUGGEST, clock.now()):
            return _too_many(request, "public/suggest.html")
        return _suggest(request)
    return render(request, "public/suggest.html", {"form": forms.SuggestForm(), "key": str(uuid.uuid4())})


@once.once
def _suggest(request: HttpRequest) -> HttpResponse:
    form, now = forms.SuggestForm(request.POST), clock.now()
    if form.is_valid():
        try:
            made = cases.suggestions.suggest(
                text=form.cleaned_data["text"], contact=form.cleaned_data["contact"], at=now
            )
        except DomainError as error:
            refuse(form, error)
        else:
            limits.count(request, limits.SUGGEST, now)
            return answers.done(request, reverse("public:suggestion", args=[made.uuid]))
    context = {"form": form, "key": request.POST.get("key") or str(uuid.uuid4())}
    return render(request, "public/suggest.html", context, status=422)


@login_not_required
@never_cache
@require_GET
def suggestion(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What was handed in and the county's answer, for whoever has the address of this page."""
    found = get_object_or_404(Suggestion, uuid=key)
    return render(request, "public/suggestion.html", {"suggestion": found})


@login_not_required
@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "public/privacy.html")
