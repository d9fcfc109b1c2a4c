"""Photos are taken in whole or not at all, belong to one record, and show the public nothing unapproved."""

import resource
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit.models import Record
from wenming.ground.evidence import actions, images, queries, states, tasks, vault
from wenming.ground.evidence.models import Photo
from wenming.ground.jobs import actions as jobs
from wenming.ground.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(files, wang, town, at, draw):
    """Store a drawn photo of 王网格员; anything can be said otherwise."""

    def store(seed: int = 1, **said) -> Photo:
        given = {"data": said.pop("data", None) or draw.photo(seed, size=(640, 480)), "name": "路口.jpg"}
        return actions.store(**(given | {"by": wang, "town": town, "at": at} | said))

    return store


def refused(code: str, kind: type[DomainError] = DomainError):
    return pytest.raises(kind, check=lambda error: error.code == code)


def test_store_keeps_the_original_byte_for_byte(store, draw, written, wang, at):
    data = draw.photo(1, accuracy=6)
    photo = store(data=data, name="C:\\照片\\解放路 口.jpg", source=states.CAMERA)
    seen = images.inspect(data)
    assert written() == [photo.original]
    assert vault.get(photo.original) == data
    assert queries.intact(photo) is True
    photo.refresh_from_db()
    assert (photo.sha256, photo.dhash, photo.format) == (seen.sha256, seen.dhash, "JPEG")
    assert (photo.width, photo.height, photo.bytes) == (1200, 900, len(data))
    assert (photo.lat, photo.lng, photo.accuracy_m, photo.located_by) == (30.25, 120.125, 6, states.BY_EXIF)
    assert (photo.taken_at, photo.received_at, photo.device) == (seen.taken_at, at, "HUAWEI Mate 60")
    assert (photo.name, photo.by, photo.town, photo.subject_uuid) == ("解放路 口.jpg", wang, wang.town, None)
    assert photo.public_state == states.HIDDEN


def test_keys_tell_nothing_and_lie_by_day(store):
    one, other = store(1), store(2)
    assert one.original.startswith(f"originals/2026/11/22/{one.sha256[:2]}/")
    assert len(one.original.rpartition("/")[2]) == len("0" * 32 + ".jpg")
    assert one.sha256[2:] not in one.original
    assert one.original != other.original


def test_place_of_the_browser_counts_where_the_photo_has_none(store, draw):
    bare = draw.saved(draw.scene(size=(300, 200)))
    photo = store(data=bare, place=(30.5, 120.5), accuracy_m=25)
    assert (photo.lat, photo.lng, photo.accuracy_m, photo.located_by) == (30.5, 120.5, 25, states.BY_BROWSER)
    own = store(data=draw.photo(2), place=(10, 10))
    assert (own.lat, own.lng, own.located_by) == (30.25, 120.125, states.BY_EXIF)


def test_browser_place_off_the_planet_is_dropped_with_a_doubt(store, draw):
    photo = store(data=draw.saved(draw.scene(size=(300, 200))), place=(300, 20))
    assert (photo.lat, photo.lng, photo.doubts) == (None, None, ["gps_off_planet"])


def test_repeated_upload_changes_nothing(store, written, case):
    first = store(subject=("case", case), role=states.BEFORE)
    again = store(subject=("case", case), role=states.BEFORE)
    assert again == first
    assert (Photo.objects.count(), Job.objects.count(), len(written())) == (1, 1, 1)


def test_repeated_upload_of_a_kept_photo_changes_nothing(store):
    assert store() == store()
    assert Photo.objects.count() == 1


def test_same_photo_as_before_and_after_is_kept_twice(store, case):
    before = store(subject=("case", case), role=states.BEFORE)
    after = store(subject=("case", case), role=states.AFTER)
    assert (before == after, before.order, after.order) == (False, 0, 1)


def test_two_citizens_do_not_share_a_row(store):
    assert store(by=None) != store(by=None)


def test_store_for_a_record_writes_the_sha256_into_history(store, case, town):
    photo = store(subject=("case", case), role=states.BEFORE)
    record = Record.objects.get(subject_uuid=case)
    assert record.sentence == "王网格员附整改前照片 1 张"
    assert record.chain == town.chain
    assert record.data == {"photos": [{"uuid": str(photo.uuid), "sha256": photo.sha256, "role": "before"}]}


def test_refused_picture_leaves_nothing(store, written):
    with refused("photo_kind"):
        store(data=b"MZ not a photo")
    assert (written(), Photo.objects.count(), Job.objects.count()) == ([], 0, 0)


def test_full_disk_is_told_and_leaves_nothing(store, draw, written):
    data = draw.photo(1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A limit on file size makes the write fail half-way, as a full disk does, without needing one.
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(data) // 2, hard))
    try:
        with refused("storage_full") as caught:
            store(data=data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "照片已保留在手机/表单，请联系管理员后重试" in caught.value.message
    assert (written(), Photo.objects.count(), Job.objects.count()) == ([], 0, 0)
    assert store(data=data).pk  # room again: the same photo goes through


def test_unreachable_storage_is_told(store, files):
    files.rmdir()
    files.write_text("a file where the folder should be")
    with refused("storage_unavailable"):
        store()
    assert Photo.objects.count() == 0


def test_failing_row_takes_its_file_along(store, written, town, at):
    nobody = type(town)(pk=None)
    with pytest.raises(ValueError, match="unsaved related object"):
        store(town=nobody)
    assert written() == []


def test_derive_job_makes_both_copies_once(store, written, at):
    photo = store()
    assert jobs.run_due(worker="w", at=at) == 1
    photo.refresh_from_db()
    assert written() == sorted([photo.original, photo.published, photo.thumb])
    assert queries.content(photo, "published")[:2] == queries.content(photo, "thumb")[:2] == b"\xff\xd8"
    assert len(queries.content(photo, "thumb")) < len(queries.content(photo, "published"))
    tasks.derive({"photo": str(photo.uuid)}, at)  # the worker died after its work and another takes over
    assert written() == sorted([photo.original, photo.published, photo.thumb])


def test_derive_of_a_purged_photo_is_no_error(at):
    tasks.derive({"photo": str(uuid.uuid4())}, at)


def test_original_cannot_be_asked_for(store):
    with pytest.raises(ValueError, match="no such copy"):
        queries.content(store(), "original")


def test_attach_gives_kept_photos_to_a_record_in_order(store, case, wang, at):
    one, two = store(1), store(2)
    got = actions.attach(
        photos=[two, one], subject_kind="case", subject_uuid=case, role=states.BEFORE, by=wang, at=at
    )
    assert [photo.uuid for photo in got] == [two.uuid, one.uuid]
    rows = list(queries.of(case))
    assert [(row.uuid, row.order, row.role, row.subject_kind) for row in rows] == [
        (two.uuid, 0, "before", "case"),
        (one.uuid, 1, "before", "case"),
    ]
    assert Record.objects.get(deed="evidence.attached").sentence == "王网格员附整改前照片 2 张"


def test_attach_again_changes_nothing(store, case, wang, at):
    photo = store()
    said = {"subject_kind": "case", "subject_uuid": case, "role": states.BEFORE, "by": wang, "at": at}
    assert actions.attach(photos=[photo], **said) == actions.attach(photos=[photo], **said) == [photo]
    assert Record.objects.filter(deed="evidence.attached").count() == 1
    # The phone lost the answer and uploads the same file once more.
    again = store()
    assert again != photo
    assert actions.attach(photos=[again], **said) == [photo]
    assert queries.of(case).count() == 1


def test_attach_after_the_first_ones_counts_on(store, case, wang, at):
    for seed, role in ((1, states.BEFORE), (2, states.AFTER)):
        actions.attach(
            photos=[store(seed)], subject_kind="case", subject_uuid=case, role=role, by=wang, at=at
        )
    assert [row.order for row in queries.of(case)] == [0, 1]


def test_attach_of_a_strangers_photo_is_refused(store, case, zhao, at):
    photo = store()
    with refused("photo_not_yours", NotAllowed):
        actions.attach(
            photos=[photo], subject_kind="case", subject_uuid=case, role=states.BEFORE, by=zhao, at=at
        )
    assert Photo.objects.kept().count() == 1


def test_attach_of_a_used_photo_is_refused(store, case, wang, at):
    photo = store(subject=("case", uuid.uuid4()))
    with refused("photo_used", Conflict):
        actions.attach(
            photos=[photo], subject_kind="case", subject_uuid=case, role=states.OTHER, by=wang, at=at
        )


def test_attach_of_a_purged_photo_is_told(store, case, wang, at):
    photo = store()
    assert actions.purge(at=at + timedelta(days=8)) == 1
    with refused("photo_gone", Conflict):
        actions.attach(
            photos=[photo], subject_kind="case", subject_uuid=case, role=states.BEFORE, by=wang, at=at
        )


def test_failing_deed_leaves_its_photos_kept(store, case, wang, at):
    photo = store()

    def report() -> None:
        with transaction.atomic():
            actions.attach(
                photos=[photo], subject_kind="case", subject_uuid=case, role=states.BEFORE, by=wang, at=at
            )
            raise RuntimeError("the case could not be written")

    with pytest.raises(RuntimeError):
        report()
    assert queries.kept(by=wang, uuids=[photo.uuid]) == [photo]
    assert not Record.objects.filter(deed__startswith="evidence.").exists()


def test_kept_photos_are_shown_only_to_their_owner_in_order(store, wang, zhao):
    one, two = store(1), store(2)
    used = store(3, subject=("case", uuid.uuid4()))
    asked = [two.uuid, uuid.uuid4(), used.uuid, one.uuid]
    assert queries.kept(by=wang, uuids=asked) == [two, one]
    assert queries.kept(by=zhao, uuids=asked) == []


def test_record_takes_at_most_sixty_photos(store, case):
    photo = store(1, subject=("case", case))
    Photo.objects.filter(pk=photo.pk).update(order=59)
    with refused("photo_too_many"):
        store(2, subject=("case", case))


def test_purge_takes_only_unattached_photos_older_than_a_week(
    store, case, written, at, django_capture_on_commit_callbacks
):
    old = store(1, at=at - timedelta(days=7, minutes=1))
    young = store(2, at=at - timedelta(days=6, hours=23))
    used = store(3, at=at - timedelta(days=90), subject=("case", case))
    actions.derive(photo=old, at=at)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.purge(at=at) == 1
    assert set(Photo.objects.all()) == {young, used}
    assert written() == sorted([young.original, used.original])
    record = Record.objects.get(deed="evidence.purged")
    assert (record.sentence, record.data) == ("清理超过 7 天未提交的照片 1 张", {"sha256": [old.sha256]})
    assert actions.purge(at=at) == 0


def test_sweep_deletes_only_files_without_a_row_and_not_of_today(store, files, written, at):
    photo = store(1)
    actions.derive(photo=photo, at=at)
    photo.refresh_from_db()
    stray = vault.put(b"x", kind=vault.ORIGINALS, day=at.date(), shard="ab", suffix="jpg")
    half = files / stray.replace(".jpg", ".part")
    half.write_bytes(b"half")
    tasks.sweep({}, at)
    assert len(written()) == 5
    tasks.sweep({}, at + timedelta(days=2))
    assert written() == sorted([photo.original, photo.published, photo.thumb])
    with pytest.raises(ValueError, match="two days"):
        actions.sweep_strays(at=at, days_ago=1)


def test_share_shows_photos_in_a_second_record_without_a_second_file(store, case, li, at, written):
    photo = store(1, subject=("case", case), role=states.BEFORE)
    other = uuid.uuid4()
    (copy,) = actions.share(photos=[photo], subject_kind="case", subject_uuid=other, by=li, at=at)
    assert actions.share(photos=[photo], subject_kind="case", subject_uuid=other, by=li, at=at) == []
    assert [row.sha256 for row in queries.of(other)] == [photo.sha256]
    assert (copy.original, copy.by, copy.role) == (photo.original, photo.by, states.BEFORE)
    assert written() == [photo.original]
    assert list(queries.twins(photo)) == []  # one upload is no suspicion against itself


def test_approved_photo_has_a_copy_of_its_own(store, case, li, at, django_capture_on_commit_callbacks):
    photo = store(1, subject=("case", case))
    approved = actions.set_public(photo=photo, by=li, at=at, approve=True, boxes=[[0.1, 0.1, 0.2, 0.2]])
    assert (approved.public_state, approved.masks) == (
        states.APPROVED,
        [(0.1, 0.1, pytest.approx(0.2), pytest.approx(0.2))],
    )
    first = approved.public
    assert queries.content(approved, "public")[:2] == b"\xff\xd8"
    assert vault.get(photo.original) == vault.get(approved.original)
    with django_capture_on_commit_callbacks(execute=True):
        again = actions.set_public(photo=photo, by=li, at=at, approve=True)
    assert again.public != first
    with refused("photo_missing"):
        vault.get(first)
    with django_capture_on_commit_callbacks(execute=True):
        hidden = actions.set_public(photo=again, by=li, at=at, approve=False)
    assert (hidden.public_state, hidden.public, hidden.masks) == (states.HIDDEN, "", [])
    with refused("photo_missing"):
        vault.get(again.public)
    assert [row.sentence for row in Record.objects.filter(subject_uuid=case).order_by("id")][1:] == [
        "李主任审核照片可公开，遮挡 1 处",
        "李主任审核照片可公开，遮挡 0 处",
        "李主任撤下公开照片",
    ]


def test_publishing_needs_the_permission_in_this_town(store, case, wang, zhao, at):
    photo = store(1, subject=("case", case))
    for person in (wang, zhao):
        with refused("may_not_publish", NotAllowed):
            actions.set_public(photo=photo, by=person, at=at, approve=True)


def test_covert_and_unattached_photos_cannot_be_published(store, case, li, at, written):
    kept, covert = store(1), store(2, subject=("case", case), covert=True)
    before = written()
    for photo, code in ((kept, "photo_unattached"), (covert, "photo_covert")):
        with refused(code):
            actions.set_public(photo=photo, by=li, at=at, approve=True)
    assert written() == before


def test_wrong_box_changes_nothing(store, case, li, at, written):
    photo = store(1, subject=("case", case))
    with refused("mask_invalid"):
        actions.set_public(photo=photo, by=li, at=at, approve=True, boxes=[(0, 0, 0, 0)])
    photo.refresh_from_db()
    assert (photo.public_state, written()) == (states.HIDDEN, [photo.original])


def test_uncover_opens_the_photos_of_an_announced_inspection(store, case, li, at):
    store(1, subject=("case", case), covert=True)
    other = store(2, subject=("case", uuid.uuid4()), covert=True)
    assert actions.uncover(subject_uuids=[case], by=li, at=at) == 1
    assert actions.uncover(subject_uuids=[case], by=li, at=at) == 0
    assert [row.covert for row in queries.of(case)] == [False]
    other.refresh_from_db()
    assert other.covert is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": 91, "lng": 0},
        {"lat": 0, "lng": 181},
        {"lat": 30, "lng": None},
        {"subject_uuid": uuid.uuid4()},
        {"subject_kind": "case"},
        {"public_state": "approved"},
        {"public_state": "approved", "public": "x", "covert": True},
        {"width": 0},
    ],
)
def test_database_refuses_impossible_photos(store, wrong):
    photo = store()
    with pytest.raises(IntegrityError), transaction.atomic():
        Photo.objects.filter(pk=photo.pk).update(**wrong)
