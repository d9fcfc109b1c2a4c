"""Photos in forms, and serving them only to who may see them.

A form with photos carries the keys of photos already stored (`kept`), so that a form that fails, and a
page that is reloaded, lose none of them.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence import copies, rules
from wenming.ground.evidence import queries as photos
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.records.cases.models import Case, Order
from wenming.records.journals.models import Journal
from wenming.records.parcels.models import Answer, Parcel, TownRecord

MAX_IN_FORM = 9


@dataclass
class Taken:
    """Photos of a submitted form: those that are stored, and a sentence for each that was refused."""

    photos: list[Photo] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [str(photo.uuid) for photo in self.photos]


def take(
    request: HttpRequest,
    name: str = "photos",
    *,
    town: Unit | None = None,
    source: str = "unknown",
    covert: bool = False,
) -> Taken:
    """Store the uploaded files of a form field and join them with those kept from the last try (`<name>_kept`)."""
    person = request.user if request.user.is_authenticated else None
    found = Taken()
    kept = [key for key in map(_uuid, request.POST.getlist(f"{name}_kept")) if key]
    if kept:
        found.photos += photos.kept(by=person, uuids=kept)
    uploads = request.FILES.getlist(name)
    if len(uploads) > MAX_IN_FORM:
        found.errors.append(
            f"一次最多 {MAX_IN_FORM} 张，前 {MAX_IN_FORM} 张已收下，其余 {len(uploads) - MAX_IN_FORM} 张没有收，请确认后再提交。"
        )
    given: dict[str, Any] = {
        "by": person, "at": clock.now(), "town": town, "source": source, "covert": covert,
        "place": _position(request), "accuracy_m": _number(request, "accuracy_m"),
    }  # fmt: skip
    for upload in uploads[:MAX_IN_FORM]:
        try:
            found.photos.append(
                evidence.store(data=cast(BinaryIO, upload.file), name=upload.name or "", **given)
            )
        except DomainError as error:
            found.errors.append(f"「{upload.name}」：{error.message}")
    unique = {photo.pk: photo for photo in found.photos}
    found.photos = list(unique.values())
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _number(request: HttpRequest, name: str) -> float | None:
    try:
        return float(request.POST.get(name, ""))
    except ValueError:
        return None


def _position(request: HttpRequest) -> tuple[float, float] | None:
    lat, lng = _number(request, "lat"), _number(request, "lng")
    return (lat, lng) if lat is not None and lng is not None else None


def subject_visible(person: Person, photo: Photo) -> bool:
    """May the person see the record the photo belongs to? Asks the record's own room."""
    key = photo.subject_uuid
    if key is None:
        return False
    if photo.subject_kind == "journal":
        return Journal.objects.visible_to(person).filter(uuid=key).exists()
    if photo.subject_kind == "parcel":
        if TownRecord.objects.filter(uuid=key, parcel__in=Parcel.objects.visible_to(person)).exists():
            return True
        return Answer.objects.filter(uuid=key, case__in=Case.objects.visible_to(person)).exists()
    if photo.subject_kind == "order":
        return Order.objects.visible_to(person).filter(uuid=key).exists()
    if photo.subject_kind != "case":
        return False
    if Case.objects.visible_to(person).filter(uuid=key).exists():
        return True
    # A supervision order shows both photo pairs to the unit that answers it, though the second find be another's.
    shown = Q(case__uuid=key) | Q(earlier__uuid=key)
    return Order.objects.visible_to(person).filter(shown).exists()


@login_not_required
@require_GET
def show(request: HttpRequest, key: uuid.UUID, size: str) -> HttpResponse:
    """A copy of a photo: thumb, page, strip for people who may see the record; public for everybody once approved."""
    photo = get_object_or_404(Photo.objects.select_related("town"), uuid=key)
    if size == "public":
        if not rules.may_see_public(photo):
            raise Http404
        return _jpeg(photos.content(photo, "public"), public=True)
    if size not in ("thumb", "page", "strip") or not request.user.is_authenticated:
        raise Http404
    if not rules.may_see(request.user, photo, subject_visible=subject_visible(request.user, photo)):
        raise Http404
    if not photo.published:
        # Somebody looks before the worker came round: the copies are made now.
        photo = evidence.derive(photo=photo, at=clock.now())
    if size == "strip":
        return _jpeg(_with_strip(photo))
    return _jpeg(photos.content(photo, "published" if size == "page" else "thumb"))


def _with_strip(photo: Photo) -> bytes:
    case = (
        Case.objects.select_related("place", "unit").filter(uuid=photo.subject_uuid).first()
        if photo.subject_kind == "case" and photo.subject_uuid
        else None
    )
    when = photo.taken_at or photo.received_at
    number, where = (case.number, case.where) if case else ("未归档", "")
    data = photos.content(photo, "published")
    return copies.with_strip(data, number=number, when=when, where=where, check=photo.check_code)


def _jpeg(data: bytes, *, public: bool = False) -> HttpResponse:
    response = HttpResponse(data, content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=300" if public else "private, max-age=3600"
    return response
