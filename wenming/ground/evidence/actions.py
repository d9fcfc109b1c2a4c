"""Deeds on photos.

A photo is stored before the form it came with is looked at, in a transaction of its own: when the form
fails, the photo is there and the form refers to it by its uuid. The deed of the record then attaches it.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Max

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.evidence import copies, images, likeness, rules, states, vault
from wenming.ground.evidence.images import Inspected
from wenming.ground.evidence.models import Photo
from wenming.ground.jobs import actions as jobs

if TYPE_CHECKING:
    from wenming.ground.people.models import Person
    from wenming.ground.units.models import Unit

MAX_PER_SUBJECT = 60
DERIVE = "evidence.derive"


def store(
    *,
    data: bytes | BinaryIO,
    name: str,
    by: "Person | None",
    at: datetime,
    town: "Unit | None",
    source: str = states.UNKNOWN,
    role: str = states.OTHER,
    place: tuple[float, float] | None = None,
    accuracy_m: float | None = None,
    covert: bool = False,
    subject: tuple[str, uuid.UUID] | None = None,
    taken_at: datetime | None = None,
    software: str = "",
) -> Photo:
    """Take in one picture: check it, write the original, then the row, then the job for its copies.

    `data` is bytes or an open binary file; `place` is the (lat, lng) in WGS-84 the browser told at the
    upload, used when the picture itself has none; `subject` is (kind, uuid) of the record when it is known
    already. The same picture by the same person for the same record and role, or still waiting for its
    form, is answered with the row that is there. `by` None: a citizen without an account.
    `taken_at` and `software` are what another office read from its original, for a clean copy that tells nothing itself.
    Raises photo_empty, photo_too_big, photo_too_many_pixels, photo_broken, photo_kind, photo_too_many,
    storage_full, storage_unavailable. After an error nothing is left behind.
    """
    content = images.read(data)
    seen = images.inspect(content)
    existing = _already_there(seen.sha256, by, role, subject)
    if existing is not None:
        return existing
    key = vault.put(
        content,
        kind=vault.ORIGINALS,
        day=clock.local_date(at),
        shard=seen.sha256[:2],
        suffix=states.SUFFIXES[seen.format],
    )
    photo = Photo(
        original=key,
        name=_clean_name(name),
        by=by,
        town=town,
        source=source,
        role=role,
        covert=covert,
        received_at=at,
        **(_facts(seen) | _located(seen, place, accuracy_m)),
    )
    photo.taken_at, photo.software = photo.taken_at or taken_at, photo.software or software[:100]
    try:
        with transaction.atomic():
            if subject is not None:
                _number([photo], subject)
            photo.save(force_insert=True)
            jobs.enqueue(kind=DERIVE, payload={"photo": str(photo.uuid)}, at=at, key=f"{DERIVE}:{photo.uuid}")
            if subject is not None:
                _record_attached([photo], subject, by, at)
    except BaseException as error:
        vault.drop(key)
        # The same upload sent twice at once: the second finds the row of the first.
        winner = _already_there(seen.sha256, by, role, subject) if isinstance(error, IntegrityError) else None
        if winner is None:
            raise
        return winner
    return photo


def attach(
    *,
    photos: Sequence[Photo],
    subject_kind: str,
    subject_uuid: uuid.UUID,
    role: str,
    by: "Person | None",
    at: datetime,
    covert: bool = False,
) -> list[Photo]:
    """Give kept photos to a record, in the order given; must be one's own. A repeat changes nothing.

    The history chain takes up each photo's SHA-256, so that an original cannot be exchanged later unseen.
    Raises photo_not_yours, photo_used (belongs to another record by now), photo_too_many.
    """
    subject = (subject_kind, subject_uuid)
    with transaction.atomic():
        wanted = Photo.objects.select_for_update(of=("self",)).select_related("town")
        rows = {row.pk: row for row in wanted.filter(pk__in=[p.pk for p in photos])}
        if len(rows) < len({photo.pk for photo in photos}):
            raise Conflict("photo_gone", "照片保留超过 7 天已清理，请重新拍摄或选择。", field="photos")
        there = {row.sha256: row for row in Photo.objects.of(subject_uuid).filter(role=role)}
        result, new = [], []
        for photo in photos:
            row = rows[photo.pk]
            _check_attachable(row, subject_uuid, by)
            if row.subject_uuid is None:
                # A second upload of the same picture stays kept and goes with the next sweep.
                first = there.setdefault(row.sha256, row)
                if first is row:
                    row.subject_uuid, row.role, row.covert = subject_uuid, role, row.covert or covert
                    new.append(row)
                result.append(first)
            else:
                result.append(row)
        if new:
            _number(new, subject)
            _save_attached(new)
            _record_attached(new, subject, by, at)
        return result


def _save_attached(rows: list[Photo]) -> None:
    fields = ["subject_kind", "subject_uuid", "role", "order", "covert"]
    if len(rows) == 1:  # the usual case, and a plain UPDATE is prepared much faster
        rows[0].save(update_fields=fields)
    else:
        Photo.objects.bulk_update(rows, fields)


def share(
    *, photos: Sequence[Photo], subject_kind: str, subject_uuid: uuid.UUID, by: "Person", at: datetime
) -> list[Photo]:
    """Show photos of one record in another too (a case is split or merged): new rows, the same files.

    The caller has checked that `by` may act on both records. Photos that are there already stay.
    """
    subject = (subject_kind, subject_uuid)
    with transaction.atomic():
        there = set(Photo.objects.of(subject_uuid).values_list("sha256", "role"))
        new = [_twin(photo) for photo in photos if (photo.sha256, photo.role) not in there]
        if new:
            _number(new, subject)
            Photo.objects.bulk_create(new)
            for row in new:  # copies may not be made yet; the job of the first row knows only that one
                jobs.enqueue(kind=DERIVE, payload={"photo": str(row.uuid)}, at=at, key=f"{DERIVE}:{row.uuid}")
            _record_attached(new, subject, by, at)
        return new


def derive(*, photo: Photo, at: datetime) -> Photo:
    """Make the clean copy and the thumbnail, once. Called by the job, and by a page that cannot wait for it.

    Two at once both draw; the one whose row comes second throws its files away.
    Raises photo_missing, storage_full, storage_unavailable.
    """
    photo.refresh_from_db()
    if photo.published and photo.thumb:
        return photo
    original = vault.get(photo.original)
    clean = copies.published(original)
    made = {
        "published": _put_copy(clean, photo, at),
        "thumb": _put_copy(copies.thumbnail(clean), photo, at),
    }
    if not Photo.objects.filter(pk=photo.pk, published="").update(**made):
        vault.drop(*made.values())
    photo.refresh_from_db()
    return photo


def set_public(
    *, photo: Photo, by: "Person", at: datetime, approve: bool, boxes: Iterable[Iterable[float]] = ()
) -> Photo:
    """Approve a photo for the public with faces, plates and house numbers covered, or take it back.

    `boxes` are (x, y, width, height) as fractions of the upright picture; none means that a person looked
    and found nothing to cover. Raises NotAllowed may_not_publish, photo_covert, photo_unattached, mask_invalid.
    """
    if not rules.may_publish(by, photo):
        raise NotAllowed("may_not_publish", "您没有审核公开内容的权限，请联系创城办的审核人员。")
    if not approve:
        return _publish_row(photo, by, at, key="", boxes=[])
    if photo.covert:
        raise DomainError("photo_covert", "暗访照片不能公开；须先由创城办公布暗访结果。")
    if photo.subject_uuid is None:
        raise DomainError("photo_unattached", "照片还没有归入任何记录，不能公开；请先提交表单。")
    checked = copies.check_boxes(boxes)
    # Drawn outside the transaction: decoding takes tenths of a second, and SQLite has one writer.
    key = _put_copy(copies.masked(vault.get(photo.original), checked), photo, at)
    try:
        return _publish_row(photo, by, at, key=key, boxes=checked)
    except BaseException:
        vault.drop(key)
        raise


def uncover(*, subject_uuids: Sequence[uuid.UUID], by: "Person", at: datetime) -> int:
    """A covert inspection has been announced: its photos are ordinary from now on. Returns how many."""
    with transaction.atomic():
        rows = list(Photo.objects.select_for_update().filter(subject_uuid__in=subject_uuids, covert=True))
        Photo.objects.filter(pk__in=[row.pk for row in rows]).update(covert=False)
        for subject in dict.fromkeys((row.subject_kind, row.subject_uuid, _chain(row)) for row in rows):
            audit.record(
                deed="evidence.uncovered", subject=subject[:2], at=at, by=by, chain=subject[2],
                sentence=f"{by.name}公布暗访照片",
            )  # fmt: skip
        return len(rows)


def purge(*, at: datetime) -> int:
    """Delete photos that waited more than seven days for their form. Returns how many."""
    with transaction.atomic():
        rows = list(Photo.objects.select_for_update().kept_too_long(at)[:1000])
        Photo.objects.filter(pk__in=[row.pk for row in rows]).delete()
        for chain in dict.fromkeys(map(_chain, rows)):
            number = sum(_chain(row) == chain for row in rows)
            audit.record(
                deed="evidence.purged", subject=("photo", None), at=at, chain=chain,
                sentence=f"清理超过 7 天未提交的照片 {number} 张",
                data={"sha256": [row.sha256 for row in rows if _chain(row) == chain]},
            )  # fmt: skip
        keys = [key for row in rows for key in (row.original, row.published, row.thumb)]
        # Should the storage fail now, the sweep of strays finds the files another night.
        transaction.on_commit(lambda: vault.drop(*keys), robust=True)
    return len(rows)


def sweep_strays(*, at: datetime, days_ago: int) -> int:
    """Delete files of one past day that no row knows: left when a process was killed between file and row.

    Never today or yesterday, whose deeds may still be running. Returns how many.
    """
    if days_ago < 2:
        raise ValueError("files of the last two days may still get their rows")
    day = clock.local_date(at).fromordinal(clock.local_date(at).toordinal() - days_ago)
    found = 0
    for kind, columns in ((vault.ORIGINALS, ["original"]), (vault.COPIES, ["published", "thumb", "public"])):
        keys = list(vault.of_day(kind, day))
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            known: set[str] = set()
            for column in columns:
                known.update(Photo.objects.filter(**{f"{column}__in": some}).values_list(column, flat=True))
            strays = [key for key in some if key not in known]
            vault.drop(*strays)
            found += len(strays)
    return found


def _already_there(
    sha256: str, by: "Person | None", role: str, subject: tuple[str, uuid.UUID] | None
) -> Photo | None:
    same = Photo.objects.filter(sha256=sha256, role=role)
    if subject is not None:
        same = same.filter(subject_uuid=subject[1])
    elif by is not None:
        same = same.kept().filter(by=by)
    else:
        return None  # two citizens are both nobody: they must not get each other's row
    # Asked at every upload and nearly always in vain: the key alone is asked for first.
    key = same.values_list("pk", flat=True).order_by("pk").first()
    return Photo.objects.filter(pk=key).first() if key is not None else None


def _facts(seen: Inspected) -> dict[str, Any]:
    bands = likeness.bands(seen.dhash) if seen.dhash else (None,) * 4
    return {
        "format": seen.format,
        "width": seen.width,
        "height": seen.height,
        "bytes": seen.bytes,
        "sha256": seen.sha256,
        "dhash": seen.dhash,
        "taken_at": seen.taken_at,
        "device": seen.device,
        "software": seen.software,
        "doubts": list(seen.doubts),
        **{f"band{number}": value for number, value in enumerate(bands, start=1)},
    }


def _located(seen: Inspected, place: tuple[float, float] | None, accuracy_m: float | None) -> dict[str, Any]:
    """The place of the photo, not of the person who uploads it from home (peers §2.2 row 36)."""
    if seen.lat is not None:
        return {
            "lat": seen.lat, "lng": seen.lng, "accuracy_m": seen.accuracy_m, "located_by": states.BY_EXIF
        }  # fmt: skip
    if place is None:
        return {}
    lat, lng = place
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        return {"doubts": [*seen.doubts, "gps_off_planet"]}
    return {"lat": lat, "lng": lng, "accuracy_m": accuracy_m, "located_by": states.BY_BROWSER}


def _clean_name(name: str) -> str:
    """The last part of a file name, printable, for the eyes of the uploader; never part of a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable())[-200:]


def _check_attachable(row: Photo, subject_uuid: uuid.UUID, by: "Person | None") -> None:
    if row.by_id != (by.pk if by is not None else None):
        raise NotAllowed("photo_not_yours", "这张照片不是您上传的，请重新上传。", field="photos")
    if row.subject_uuid not in (None, subject_uuid):
        raise Conflict("photo_used", "这张照片已用于另一条记录，请重新拍摄或重新上传。", field="photos")


def _number(rows: list[Photo], subject: tuple[str, uuid.UUID]) -> None:
    """Put rows behind the photos the record has."""
    have = Photo.objects.of(subject[1])
    last = have.aggregate(last=Max("order"))["last"]
    first = 0 if last is None else last + 1
    if first + len(rows) > MAX_PER_SUBJECT:
        raise DomainError(
            "photo_too_many", f"一条记录最多 {MAX_PER_SUBJECT} 张照片，请只留能说明问题的。", field="photos"
        )
    for number, row in enumerate(rows):
        row.subject_kind, row.subject_uuid = subject
        row.order = first + number


def _twin(photo: Photo) -> Photo:
    twin = Photo.objects.get(pk=photo.pk)
    twin.pk, twin.uuid, twin._state.adding = None, uuid.uuid4(), True
    # Approved for the public in one record is not approved in the other.
    twin.public, twin.public_state, twin.masks = "", states.HIDDEN, []
    return twin


def _record_attached(
    rows: list[Photo], subject: tuple[str, uuid.UUID], by: "Person | None", at: datetime
) -> None:
    who = by.name if by is not None else "群众"
    label = rows[0].get_role_display()
    audit.record(
        deed="evidence.attached",
        subject=subject,
        at=at,
        by=by,
        chain=_chain(rows[0]),
        sentence=f"{who}附{label}照片 {len(rows)} 张",
        data={"photos": [{"uuid": row.uuid, "sha256": row.sha256, "role": row.role} for row in rows]},
    )


def _put_copy(content: bytes, photo: Photo, at: datetime) -> str:
    return vault.put(
        content, kind=vault.COPIES, day=clock.local_date(at), shard=photo.sha256[:2], suffix="jpg"
    )


def _publish_row(photo: Photo, by: "Person", at: datetime, *, key: str, boxes: list[copies.Box]) -> Photo:
    with transaction.atomic():
        row = Photo.objects.select_for_update().get(pk=photo.pk)
        if key and row.covert:
            raise Conflict("photo_covert", "这张照片刚被列为暗访，不能公开。")
        old, row.public, row.masks = row.public, key, boxes
        row.public_state = states.APPROVED if key else states.HIDDEN
        row.save(update_fields=["public", "masks", "public_state"])
        audit.record(
            deed="evidence.approved" if key else "evidence.hidden",
            subject=(row.subject_kind or "photo", row.subject_uuid or row.uuid),
            at=at,
            by=by,
            chain=_chain(row),
            sentence=f"{by.name}审核照片可公开，遮挡 {len(boxes)} 处" if key else f"{by.name}撤下公开照片",
            data={"photo": row.uuid, "sha256": row.sha256, "boxes": boxes},
        )
        transaction.on_commit(lambda: vault.drop(old), robust=True)
    return row


def _chain(photo: Photo) -> str:
    return photo.town.chain if photo.town is not None else audit.COUNTY
