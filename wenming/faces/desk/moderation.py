"""公众上报审核: residents' reports that wait, results worth showing, faces and plates covered before they are shown.

And 意见与投诉, which only the county reads.
"""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.kit import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.evidence import copies, vault
from wenming.ground.evidence import queries as photos
from wenming.ground.evidence.models import Photo
from wenming.ground.people.permissions import P
from wenming.records.cases import actions as cases
from wenming.records.cases import residents
from wenming.records.cases.models import Case, Suggestion

TABS = {"reports": "群众上报待受理", "worth": "可以公开的结果", "public": "已公开"}


def _moderator(request: StaffRequest) -> None:
    if not request.user.may(P.PUBLIC_MODERATE):
        raise PermissionDenied


@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """Three lists: reports to take on or refuse, results worth showing, what is shown."""
    _moderator(request)
    person, tab = request.user, request.GET.get("tab", "reports")
    tab = tab if tab in TABS else "reports"
    lists = {
        "reports": residents.waiting_reports(person),
        "worth": residents.worth_showing(person),
        "public": residents.published().filter(pk__in=residents.moderated(person).values("pk")),
    }
    page = Paginator(lists[tab], 20).get_page(request.GET.get("page"))
    pictures = photos.for_subjects([case.uuid for case in page.object_list])
    return render(
        request,
        "desk/moderation/queue.html",
        {
            "tab": tab,
            "tabs": [(code, label, found.count()) for (code, label), found in zip(TABS.items(), lists.values(), strict=True)],
            "page": page,
            "rows": [(case, pictures[case.uuid][:2]) for case in page.object_list],
        },
    )  # fmt: skip


def _case(request: StaffRequest, key: uuid.UUID) -> Case:
    _moderator(request)
    found = residents.moderated(request.user).select_related("place", "unit", "town")
    return get_object_or_404(found, uuid=key)


@require_http_methods(["GET", "POST"])
def case(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Choose photos, cover what must not be seen, write the sentence, publish."""
    found = _case(request, key)
    if request.method == "POST":
        return _publish(request, found)
    return _case_page(request, found)


@once.once
def _publish(request: StaffRequest, found: Case) -> HttpResponse:
    shown = request.POST.getlist("show")
    try:
        boxes = {uuid.UUID(key): read_boxes(request.POST.getlist(f"box_{key}")) for key in shown}
        cases.publish(
            case=found, by=request.user, at=clock.now(), note=request.POST.get("note", ""), photos_boxes=boxes
        )
    except NotAllowed:
        raise
    except ValueError:
        error = DomainError("photo_foreign", "表单里的照片认不出，请刷新页面后重试。")
    except DomainError as refused:
        error = refused
    else:
        messages.success(request, f"{found.number} 已公开。")
        return HttpResponseRedirect(reverse("desk:moderation") + "?tab=public", status=303)
    status = 409 if isinstance(error, Conflict) else 422
    return _case_page(request, found, error=error.message, status=status)


def _case_page(request: StaffRequest, found: Case, *, error: str = "", status: int = 200) -> HttpResponse:
    typed = request.method == "POST"
    pictures = [photo for photo in photos.of(found.uuid) if photo.role in ("before", "after")]
    rows = [
        {
            "photo": photo,
            "shown": str(photo.uuid) in request.POST.getlist("show") if typed else bool(photo.public),
            "boxes": _typed_boxes(request, photo) if typed else _percents(photo.masks),
        }
        for photo in pictures
    ]
    context = {
        "case": found,
        "rows": rows,
        "error": error,
        "note": request.POST.get("note", "") if typed else (found.public_note if found.public else ""),
        "key": request.POST.get("key") or str(uuid.uuid4()),
    }
    return render(request, "desk/moderation/case.html", context, status=status)


def read_boxes(numbers: list[str]) -> list[list[float]]:
    """Rectangles from the form's numbers: four at a time (left, top, width, height in per cent of the photo).

    Rows left empty do not count. Raises DomainError mask_invalid for a half-filled row.
    Whether they lie on the picture is checked where they are drawn.
    """
    found = []
    for start in range(0, len(numbers) - 3, 4):
        four = [text.strip() for text in numbers[start : start + 4]]
        if not any(four):
            continue
        try:
            found.append([float(text) / 100 for text in four])
        except ValueError:
            raise DomainError(
                "mask_invalid", "遮挡框的四个数（左、上、宽、高）都要填，单位是百分比。", field="boxes"
            ) from None
    return found


def _percents(masks: list[list[float]]) -> list[list[str]]:
    return [[f"{value * 100:.1f}" for value in box] for box in masks]


def _typed_boxes(request: StaffRequest, photo: Photo) -> list[list[str]]:
    numbers = request.POST.getlist(f"box_{photo.uuid}")
    rows = [numbers[start : start + 4] for start in range(0, len(numbers) - 3, 4)]
    return [row for row in rows if any(text.strip() for text in row)]


@never_cache
@require_POST
def preview(request: StaffRequest, key: uuid.UUID, photo_key: uuid.UUID) -> HttpResponse:
    """The masked copy as everybody would see it; nothing is stored."""
    found = _case(request, key)
    photo = photos.of(found.uuid).filter(uuid=photo_key, covert=False).first()
    if photo is None:
        raise Http404
    boxes = copies.check_boxes(read_boxes(request.POST.getlist(f"box_{photo_key}")))
    picture = copies.masked(vault.get(photo.original), boxes, max_side=1024)
    return HttpResponse(picture, content_type="image/jpeg")


@require_POST
@once.once
def withdraw(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """撤下: the case leaves the public list, its public copies are gone."""
    found = _case(request, key)
    cases.unpublish(case=found, by=request.user, at=clock.now())
    messages.success(request, f"{found.number} 已撤下。")
    return HttpResponseRedirect(reverse("desk:moderation") + "?tab=public", status=303)


# --- 意见与投诉 --------------------------------------------------------------------------------------------


def _county(request: StaffRequest) -> None:
    if not request.user.may(P.COMPLAINTS_READ):
        raise PermissionDenied


@require_GET
def suggestions(request: StaffRequest) -> HttpResponse:
    """What residents told the county, unanswered first."""
    _county(request)
    return _suggestions_page(request)


def _suggestions_page(request: StaffRequest, *, status: int = 200, **failed: Any) -> HttpResponse:
    found = Suggestion.objects.order_by(F("answered_at").asc(nulls_first=True), "-created_at")
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    return render(request, "desk/moderation/suggestions.html", {"page": page, **failed}, status=status)


@require_POST
@once.once
def answer(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The county's answer, which the resident reads on his page."""
    _county(request)
    found = get_object_or_404(Suggestion, uuid=key)
    text = request.POST.get("answer", "")
    try:
        cases.suggestions.answer(suggestion=found, by=request.user, at=clock.now(), text=text)
    except Conflict:
        raise
    except DomainError as error:
        return _suggestions_page(request, status=422, failed=found.uuid, error=error.message, typed=text)
    messages.success(request, "已答复。")
    return HttpResponseRedirect(reverse("desk:suggestion-list"), status=303)
