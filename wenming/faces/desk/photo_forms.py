"""Photos in a form of the desk: what is sent is kept even when the form is refused."""

from collections.abc import Iterable

from django.http import HttpRequest

from wenming.faces.kit import photos
from wenming.faces.kit.photos import Taken
from wenming.ground.evidence import queries as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.units.models import Unit


def take(request: HttpRequest, *, town: Unit | None, covert: bool = False) -> Taken:
    """Photos of the field `photos`; nothing for a request that sends none."""
    if request.method != "POST":
        return Taken()
    return photos.take(request, "photos", town=town, covert=covert)


def by_role(found: Iterable[Photo]) -> dict[str, list[Photo]]:
    """Photos of one record by their use."""
    roles: dict[str, list[Photo]] = {"before": [], "after": [], "other": []}
    for photo in found:
        roles[photo.role if photo.role in ("before", "after") else "other"].append(photo)
    return roles


def of_many(uuids: Iterable[object]) -> dict[object, dict[str, list[Photo]]]:
    """Photos of many records by record and use, in one statement."""
    return {key: by_role(rows) for key, rows in evidence.for_subjects(uuids).items()}  # type: ignore[arg-type]
