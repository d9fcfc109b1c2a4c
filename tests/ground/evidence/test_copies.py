"""Copies carry pixels and nothing else."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageCms

from wenming.common.errors import DomainError
from wenming.ground.evidence import copies, images

WHEN = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRETPLACE</x:xmpmeta>"


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def talkative(draw) -> bytes:
    """A photo that carries everything a file can tell."""
    return draw.saved(
        draw.scene(1, (1600, 1200)),
        quality=90,
        exif=draw.exif(software="SECRETSOFT").tobytes(),
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        xmp=XMP,
        comment=b"SECRETCOMMENT",
    )


def strip(data: bytes) -> bytes:
    return copies.with_strip(data, number="AH-2026-0001", when=WHEN, where="解放路 12 号", check="0a1b2c3d")


@pytest.mark.parametrize(
    "make", [copies.published, copies.thumbnail, strip, lambda data: copies.masked(data, [(0, 0, 0.2, 0.2)])]
)
def test_copy_has_no_metadata(draw, make):
    data = talkative(draw)
    assert b"SECRETPLACE" in data  # the original does tell
    copy = make(data)
    picture = opened(copy)
    assert (picture.format, picture.mode, dict(picture.getexif())) == ("JPEG", "RGB", {})
    told = set(picture.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert told == set()
    assert [word for word in (b"Exif", b"ICC_PROFILE", b"SECRET", b"HUAWEI", b"http") if word in copy] == []


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIC"])
def test_copy_of_any_format_is_a_bare_jpeg(draw, kind):
    scene = draw.scene(2, (800, 600))
    tags = draw.exif()
    data = draw.heic(scene, tags) if kind == "HEIC" else draw.saved(scene, kind, exif=tags.tobytes())
    picture = opened(copies.published(data))
    assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (800, 600), {})


@pytest.mark.parametrize(
    ("size", "result"),
    [
        ((4000, 3000), (2048, 1536)),
        ((3000, 4000), (1536, 2048)),
        ((800, 600), (800, 600)),
        ((5000, 50), (2048, 20)),
    ],
)
def test_published_copy_fits_and_never_grows(draw, size, result):
    assert opened(copies.published(draw.saved(Image.new("RGB", size, "green")))).size == result


def test_published_copy_stands_upright(draw):
    data = draw.photo(3, size=(4000, 3000), orientation=6)
    assert opened(copies.published(data)).size == (1536, 2048)


def test_thumbnail_shows_the_whole_picture(draw):
    assert opened(copies.thumbnail(draw.photo(4, size=(2400, 1200)))).size == (320, 160)


def test_published_copy_looks_like_the_picture(draw):
    scene = draw.scene(5, (1600, 1200))
    difference = ImageChops.difference(scene, opened(copies.published(draw.saved(scene, "PNG"))))
    worst = max(
        sum(i * n for i, n in enumerate(band.histogram())) / (1600 * 1200) for band in difference.split()
    )
    assert worst < 6


def test_wide_colours_are_turned_into_srgb_before_the_profile_goes(draw):
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ", 128), profile.index(b"gXYZ", 128)
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"  # red and green change places
    data = draw.saved(Image.new("RGB", (64, 64), (250, 10, 10)), "PNG", icc_profile=bytes(profile))
    red_value, green_value, _ = opened(copies.published(data)).getpixel((30, 30))
    assert green_value > 200
    assert red_value < 60


def test_damaged_profile_does_not_lose_the_photo(draw):
    data = draw.saved(Image.new("RGB", (64, 64), (250, 10, 10)), "PNG", icc_profile=b"nonsense")
    red_value, green_value, _ = opened(copies.published(data)).getpixel((30, 30))
    assert red_value > 230
    assert green_value < 40


@pytest.mark.parametrize("size", [(1200, 900), (900, 1200), (160, 120)])
def test_strip_covers_no_pixel(draw, size):
    scene = draw.scene(6, size)
    whole = copies.strip_below(
        scene, number="AH-2026-0001", when=WHEN, where="解放路 12 号", check="0a1b2c3d"
    )
    assert whole.width == scene.width
    assert whole.height > scene.height
    assert whole.crop((0, 0, *size)).tobytes() == scene.tobytes()
    below = whole.crop((0, scene.height, *whole.size)).convert("L")
    assert below.getextrema()[0] < 60  # words
    assert below.crop((0, 0, whole.width, 4)).getextrema() == (255, 255)  # white margin


def test_strip_shows_every_fact(draw):
    scene = draw.scene(7)
    facts = {"number": "1", "when": WHEN, "where": "解放路", "check": "0a1b2c3d"}
    whole = copies.strip_below(scene, **facts).tobytes()
    others = [
        copies.strip_below(scene, **(facts | change)).tobytes()
        for change in ({"number": "2"}, {"when": None}, {"where": "和平路"}, {"check": "ffffffff"})
    ]
    assert len({whole, *others}) == 5


def test_long_place_is_wrapped_and_nothing_leaves_the_strip(draw):
    scene = draw.scene(8, (600, 400))
    short = copies.strip_below(scene, number="1", when=WHEN, where="路口")
    long = copies.strip_below(scene, number="1", when=WHEN, where="解放路与人民路交叉口东北角" * 6)
    assert long.height > short.height
    edge = long.crop((long.width - 3, scene.height, long.width, long.height)).convert("L")
    assert edge.getextrema() == (255, 255)


def test_wrapping_keeps_every_character_and_the_width():
    where = "安和镇解放社区第三网格背街小巷东段" * 3
    lines = copies._wrapped(["编号 1", "时间 不详", f"地点 {where}"], 20, len)
    assert max(map(len, lines)) <= 20
    assert lines[0] == "编号 1　时间 不详"
    assert "".join(lines[1:]) == f"地点 {where}"


def stripes() -> Image.Image:
    """A pattern as fine as the characters of a plate."""
    picture = Image.new("L", (400, 200), 255)
    for x in range(0, 400, 8):
        picture.paste(0, (x, 0, x + 4, 200))
    return picture.convert("RGB")


def test_masked_place_cannot_be_read_and_the_rest_stays(draw):
    data = draw.saved(stripes(), "PNG")
    plain, masked = opened(copies.published(data)), opened(copies.masked(data, [(0.25, 0.25, 0.5, 0.5)]))
    hidden = masked.convert("L").crop((104, 54, 296, 146))
    assert hidden.getextrema()[1] - hidden.getextrema()[0] < 60
    outside = ImageChops.difference(plain, masked).crop((0, 0, 400, 40))
    assert max(high for _, high in outside.getextrema()) < 12
    assert plain.convert("L").getextrema() == (0, 255)


def test_masks_follow_the_upright_picture(draw):
    lying = stripes().transpose(Image.Transpose.ROTATE_90)
    data = draw.saved(lying, quality=95, exif=draw.exif(orientation=6).tobytes())
    masked = opened(copies.masked(data, [(0, 0, 0.5, 1)])).convert("L")
    assert masked.size == (400, 200)
    left, right = masked.crop((8, 8, 192, 192)).getextrema(), masked.crop((208, 8, 392, 192)).getextrema()
    assert left[1] - left[0] < 40
    assert right[1] - right[0] > 150


def test_boxes_are_cut_to_the_picture():
    assert copies.check_boxes([(-0.5, 0.5, 1.0, 2.0), [0, 0, 1, 1]]) == [(0, 0.5, 0.5, 0.5), (0, 0, 1, 1)]


@pytest.mark.parametrize(
    "box", [(0, 0, 0, 0.5), (2, 2, 1, 1), (float("nan"), 0, 1, 1), (0, 0, 1), ("a", 0, 1, 1), (0, 0, -1, 1)]
)
def test_box_outside_the_picture_is_refused(box):
    with pytest.raises(DomainError) as caught:
        copies.check_boxes([box])
    assert caught.value.code == "mask_invalid"


def test_copies_refuse_what_inspect_refuses(draw):
    with pytest.raises(DomainError) as caught:
        copies.published(draw.photo(9)[:4000])
    assert caught.value.code == "photo_broken"
    assert images.inspect(draw.photo(9)).format == "JPEG"
