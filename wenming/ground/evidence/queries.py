"""Reading photos. None of these asks who wants to know: faces ask `rules.may_see` first."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from wenming.ground.evidence import doubts as doubt_rules
from wenming.ground.evidence import likeness, states, vault
from wenming.ground.evidence.doubts import Doubt
from wenming.ground.evidence.models import Photo

if TYPE_CHECKING:
    from wenming.ground.people.models import Person

# Near enough for a person to look (handbook D8, stack.md §6).
NEAR_BITS = 12
# Of a wall photographed a thousand times the nearest few say enough.
MOST = 50


def of(subject_uuid: uuid.UUID) -> QuerySet[Photo]:
    """Photos of one record, in the order they are shown."""
    return Photo.objects.of(subject_uuid)


def for_subjects(subject_uuids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Photo]]:
    """Photos of many records in one query; every record asked for has its list, though it be empty."""
    found: dict[uuid.UUID, list[Photo]] = {subject: [] for subject in subject_uuids}
    for photo in Photo.objects.filter(subject_uuid__in=list(found)).order_by("order", "id"):
        assert photo.subject_uuid is not None  # noqa: S101  the filter says so
        found[photo.subject_uuid].append(photo)
    return found


def kept(*, by: "Person | None", uuids: Sequence[uuid.UUID]) -> list[Photo]:
    """Photos of a form that failed, in the order asked for; those of others and used ones are left out."""
    rows = {photo.uuid: photo for photo in Photo.objects.kept().filter(by=by, uuid__in=uuids)}
    return [rows[one] for one in uuids if one in rows]


def twins(photo: Photo, *, covert: bool = False) -> QuerySet[Photo]:
    """Other uploads of exactly this file. Covert ones are left out unless `covert` (they must leave no trace).

    A photo that was copied to a second record by a split is the same upload and no twin.
    """
    return _others(photo, covert).filter(sha256=photo.sha256).order_by("id")


def similar(photo: Photo, max_bits: int = NEAR_BITS, *, covert: bool = False) -> list[tuple[int, Photo]]:
    """(bits of difference, photo) of pictures that look nearly the same, nearest first, at most 50.

    Complete within `max_bits` (see `likeness.probes`); costs two queries, and some 20,000 index entries of
    a million photos. Exact twins are not repeated here. Empty for a picture without features.
    """
    if not photo.dhash:
        return []
    within = Q(pk__in=[])
    for number, values in enumerate(likeness.probes(photo.dhash, max_bits), start=1):
        if values:
            within |= Q(**{f"band{number}__in": values})
    # Only the hashes first, straight from the band indexes; the rows of the few that are near afterwards.
    hashes = set(Photo.objects.filter(within).values_list("dhash", flat=True))
    near = {one: likeness.distance(one, photo.dhash) for one in hashes}
    near = {one: bits for one, bits in near.items() if bits <= max_bits}
    rows = _others(photo, covert).filter(_with_hash(near)).exclude(sha256=photo.sha256)
    return sorted(
        ((near[row.dhash], row) for row in rows.order_by("id")[: MOST * 4]), key=lambda pair: pair[0]
    )[:MOST]


def doubts(
    photo: Photo,
    *,
    place: tuple[float, float] | None,
    case_opened_at: datetime | None,
    covert: bool = False,
) -> list[Doubt]:
    """Everything about a photo that a person should look at; four queries at most.

    `place` is the (lat, lng) the record gives, WGS-84. Pass `covert=True` only when the reader may know of
    covert work: otherwise a doubt would betray it. Suspicion only: nothing may be decided from this (D8).
    """
    found = [*doubt_rules.at_reading(photo), *doubt_rules.of_time(photo, case_opened_at)]
    found += doubt_rules.of_place(photo, place)
    covert = covert or photo.covert  # who sees a covert photo may know of its like
    same, near = list(twins(photo, covert=covert)), similar(photo, covert=covert)
    if _before_is_after(photo, same, near):
        found.append(Doubt("before_is_after", "疑点：整改前和整改后是同一张照片。"))
    elsewhere = {row.subject_uuid for row in same if row.subject_uuid not in (None, photo.subject_uuid)}
    if elsewhere:
        found.append(Doubt("same_photo", f"疑点：同一张照片还用在另外 {len(elsewhere)} 条记录里。"))
    alike = {row.subject_uuid for _, row in near} - elsewhere - {None, photo.subject_uuid}
    if alike:
        found.append(Doubt("near_same", f"疑点：与另外 {len(alike)} 条记录的照片几乎一样。"))
    return found


def content(photo: Photo, copy: str) -> bytes:
    """Bytes of a JPEG copy: "published" and "thumb" for staff, "public" for everybody.

    Raises DomainError photo_missing. There is no way to serve the original: it carries time and place.
    """
    if copy not in ("published", "thumb", "public"):
        raise ValueError(f"no such copy: {copy}")
    return vault.get(getattr(photo, copy))


def intact(photo: Photo) -> bool:
    """Is the original still byte for byte what came in? Raises photo_missing when it is gone."""
    return hashlib.sha256(vault.get(photo.original)).hexdigest() == photo.sha256


def _others(photo: Photo, covert: bool) -> QuerySet[Photo]:
    rows = Photo.objects.exclude(pk=photo.pk).exclude(original=photo.original)
    return rows if covert else rows.filter(covert=False)


def _with_hash(hashes: Iterable[str]) -> Q:
    """Rows with one of the hashes, found through the first band's index."""
    hashes = list(hashes)
    return Q(band1__in={likeness.bands(one)[0] for one in hashes}, dhash__in=hashes)


def _before_is_after(photo: Photo, same: list[Photo], near: list[tuple[int, Photo]]) -> bool:
    pair = {states.BEFORE, states.AFTER}
    if photo.role not in pair or photo.subject_uuid is None:
        return False
    suspects = same + [row for bits, row in near if bits <= doubt_rules.SAME_SHOT_BITS]
    return any(row.subject_uuid == photo.subject_uuid and {row.role, photo.role} == pair for row in suspects)
