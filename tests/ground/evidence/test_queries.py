"""Finding the same and the similar, and saying what is doubtful."""

import uuid
from datetime import timedelta

import pytest
from PIL import Image

from wenming.ground.evidence import actions, likeness, queries, states
from wenming.ground.evidence.models import Photo

pytestmark = pytest.mark.django_db
HERE = (30.25, 120.125)


@pytest.fixture
def store(files, wang, town, at, draw):
    def store(data: bytes, subject: uuid.UUID | None = None, **said) -> Photo:
        given = {"name": "a.jpg", "by": wang, "town": town, "at": at, "source": states.CAMERA}
        return actions.store(data=data, subject=("case", subject or uuid.uuid4()), **(given | said))

    return store


def codes(photo: Photo, **said) -> list[str]:
    found = queries.doubts(photo, **({"place": HERE, "case_opened_at": photo.received_at} | said))
    assert all(doubt.sentence.startswith("疑点：") for doubt in found)
    return [doubt.code for doubt in found]


def test_photos_of_many_records_cost_one_query(store, draw, django_assert_num_queries):
    subjects = [uuid.uuid4() for _ in range(3)]
    first, second = (store(draw.photo(seed, size=(320, 240)), subjects[0]) for seed in (1, 2))
    third = store(draw.photo(3, size=(320, 240)), subjects[1])
    with django_assert_num_queries(1):
        found = queries.for_subjects(subjects)
    assert found == {subjects[0]: [first, second], subjects[1]: [third], subjects[2]: []}


def test_twins_are_the_same_file_elsewhere(store, draw):
    data = draw.photo(1, size=(640, 480))
    photo, twin = store(data), store(data)
    store(draw.photo(2, size=(640, 480)))
    assert list(queries.twins(photo)) == [twin]


def test_similar_finds_a_resaved_copy_but_not_another_street(store, draw):
    scene = draw.scene(1)
    photo = store(draw.saved(scene, quality=92))
    small = store(draw.saved(scene.resize((640, 480)), quality=30))
    for seed in (2, 3, 4):
        store(draw.saved(draw.scene(seed)))
    ((bits, found),) = queries.similar(photo)
    assert (found, bits) == (small, likeness.distance(photo.dhash, small.dhash))


def test_similar_is_complete_up_to_the_limit_and_stops_there(store, draw):
    photo = store(draw.photo(1, size=(320, 240)))
    value = int(photo.dhash, 16)
    # Spread over the four bands as evenly as can be: the hardest case for an index on bands.
    flips = {bits: sum(1 << (16 * (i % 4) + i // 4) for i in range(bits)) for bits in (1, 7, 11, 12, 13)}
    rows = {}
    for bits, mask in flips.items():
        row = store(draw.photo(10 + bits, size=(320, 240)))
        dhash = f"{value ^ mask:016x}"
        bands = {f"band{n}": band for n, band in enumerate(likeness.bands(dhash), start=1)}
        Photo.objects.filter(pk=row.pk).update(dhash=dhash, **bands)
        rows[bits] = row
    assert queries.similar(photo) == [(bits, rows[bits]) for bits in (1, 7, 11, 12)]
    assert [bits for bits, _ in queries.similar(photo, max_bits=2)] == [1]


def test_black_pictures_are_not_similar_to_each_other(store, draw):
    one = store(draw.saved(Image.new("RGB", (300, 200), "black")))
    store(draw.saved(Image.new("RGB", (200, 300), "black")))
    assert queries.similar(one) == []


def test_covert_photos_leave_no_trace_in_likeness(store, draw):
    scene = draw.scene(1, (640, 480))
    photo = store(draw.saved(scene, quality=90))
    same = store(draw.saved(scene, quality=90), covert=True)
    near = store(draw.saved(scene, quality=60), covert=True)
    assert (list(queries.twins(photo)), queries.similar(photo), codes(photo)) == ([], [], [])
    assert list(queries.twins(photo, covert=True)) == [same]
    assert [row for _, row in queries.similar(photo, covert=True)] == [near]
    assert codes(photo, covert=True) == ["same_photo", "near_same"]


def test_honest_photo_has_no_doubts_in_few_queries(store, draw, at, django_assert_max_num_queries):
    photo = store(draw.photo(1, size=(640, 480)))
    with django_assert_max_num_queries(4):
        assert codes(photo) == []


def test_same_photo_for_another_record_is_doubtful(store, draw):
    data = draw.photo(1, size=(640, 480))
    photo = store(data)
    store(data), store(data)
    doubts = queries.doubts(photo, place=None, case_opened_at=None)
    assert [doubt.sentence for doubt in doubts] == ["疑点：同一张照片还用在另外 2 条记录里。"]


def test_nearly_same_photo_for_another_record_is_doubtful(store, draw):
    scene, tags = draw.scene(1), draw.exif().tobytes()
    photo = store(draw.saved(scene, quality=92, exif=tags))
    store(draw.saved(scene, quality=40, exif=tags))
    assert codes(photo) == ["near_same"]


@pytest.mark.parametrize("quality", [92, 70])
def test_after_photo_that_is_the_before_photo_is_doubtful(store, draw, case, quality):
    scene = draw.scene(1)
    before = store(draw.saved(scene, quality=92), case, role=states.BEFORE)
    after = store(draw.saved(scene, quality=quality), case, role=states.AFTER)
    assert (codes(before), codes(after)) == (["before_is_after"], ["before_is_after"])


def test_real_pair_of_before_and_after_is_no_doubt(store, draw, case):
    scene = draw.scene(1)
    dirty = scene.copy()
    dirty.paste((60, 40, 20), (500, 550, 900, 850))
    store(draw.saved(dirty), case, role=states.BEFORE)
    assert codes(store(draw.saved(scene), case, role=states.AFTER)) == []


def test_after_photo_older_than_the_case_is_doubtful(store, draw, at):
    # Taken at 14:05:09 in the town; the case was opened at 14:30.
    data = draw.photo(1, size=(320, 240))
    assert codes(store(data, role=states.AFTER), case_opened_at=at) == ["older_than_case"]
    fresh = draw.photo(2, size=(320, 240))
    assert codes(store(fresh, role=states.BEFORE), case_opened_at=at) == []
    assert codes(store(fresh, role=states.FAR), case_opened_at=at + timedelta(days=2)) == [
        "older_than_case",
        "same_photo",
    ]


def test_photo_from_the_future_is_doubtful(store, draw):
    photo = store(draw.photo(1, size=(320, 240), taken="2031:01:01 08:00:00"))
    doubts = queries.doubts(photo, place=HERE, case_opened_at=None)
    assert [doubt.sentence for doubt in doubts] == [
        "疑点：照片自带的拍摄时间（2031年1月1日 08:00）晚于收到的时间，手机时钟可能不准。"
    ]


@pytest.mark.parametrize(
    ("metres", "accuracy", "doubtful"),
    [
        (0, None, False),
        (195, None, False),
        (205, None, True),
        (205, 50, False),
        (255, 50, True),
        (205, 0, True),
    ],
)
def test_distance_counts_beyond_200_metres_and_the_error(store, draw, metres, accuracy, doubtful):
    photo = store(draw.photo(1, size=(320, 240), accuracy=accuracy))
    north = (HERE[0] + metres / 111_195, HERE[1])
    assert codes(photo, place=north) == (["far_from_place"] if doubtful else [])


def test_distance_is_told_in_words(store, draw):
    photo = store(draw.photo(1, size=(320, 240)))
    (doubt,) = queries.doubts(photo, place=(HERE[0] + 0.1, HERE[1]), case_opened_at=None)
    assert doubt.sentence == "疑点：照片位置离点位约 11.1 公里（超过 200 米加定位误差）。"


def test_album_editor_and_false_gps_are_doubtful(store, draw):
    data = draw.photo(1, size=(320, 240), software="Adobe Photoshop 25.0 (Windows)", lat=95, lng=10)
    doubts = queries.doubts(store(data, source=states.ALBUM), place=HERE, case_opened_at=None)
    assert [(doubt.code, doubt.sentence) for doubt in doubts] == [
        ("gps_off_planet", "疑点：照片自带的位置不在地球上，已不采用。"),
        ("from_album", "疑点：照片从相册选取，不是现场拍摄。"),
        ("edited", "疑点：照片经图像软件处理过（Adobe Photoshop 25.0 (Windows)）。"),
    ]


def test_changed_original_is_found_out(store, draw, files):
    photo = store(draw.photo(1, size=(320, 240)))
    assert queries.intact(photo) is True
    (files / photo.original).write_bytes(draw.photo(2, size=(320, 240)))
    assert queries.intact(photo) is False
