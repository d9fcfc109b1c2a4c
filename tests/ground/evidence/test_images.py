"""Bad pictures of every kind, and what good ones tell."""

import struct
import zipfile
import zlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from wenming.common.errors import DomainError
from wenming.ground.evidence import images


def refusal(data: bytes) -> DomainError:
    with pytest.raises(DomainError) as caught:
        images.inspect(data)
    assert caught.value.field == "photos"
    assert "请" in caught.value.message
    return caught.value


def png(width: int, height: int, depth: int = 8, colour: int = 2, body: bytes | None = None) -> bytes:
    """A PNG written by hand, so that its size can be a lie."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 64) if body is None else body
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_inspect_reads_what_a_phone_wrote(draw):
    data = draw.photo(1, accuracy=8.5, software="Mate 60 4.2")
    seen = images.inspect(data)
    assert (seen.format, seen.width, seen.height, seen.bytes) == ("JPEG", 1200, 900, len(data))
    assert (len(seen.sha256), len(seen.dhash)) == (64, 16)
    assert seen.taken_at == datetime(2026, 11, 22, 6, 5, 9, tzinfo=UTC)  # 14:05:09 in the town
    assert (seen.lat, seen.lng, seen.accuracy_m) == (30.25, 120.125, 8.5)
    assert (seen.device, seen.software, seen.doubts) == ("HUAWEI Mate 60", "Mate 60 4.2", ())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_inspect_reads_time_and_place_from_every_format(draw, kind):
    seen = images.inspect(draw.photo(2, kind, (640, 480)))
    assert (seen.format, seen.lat, seen.lng) == (kind, 30.25, 120.125)
    assert seen.taken_at == datetime(2026, 11, 22, 6, 5, 9, tzinfo=UTC)


def test_inspect_accepts_an_open_file(draw):
    data = draw.photo(3)
    assert images.inspect(BytesIO(data)) == images.inspect(data)


def test_heic_is_turned_upright_once(draw):
    lying = Image.new("RGB", (400, 200), "blue")
    lying.paste("red", (0, 0, 100, 200))
    seen = images.inspect(draw.heic(lying, draw.exif(orientation=6)))
    assert (seen.format, seen.width, seen.height, seen.lat) == ("HEIF", 200, 400, 30.25)
    upright = images.upright(draw.heic(lying, draw.exif(orientation=6)))
    assert upright.size == (200, 400)
    red, green, blue = upright.getpixel((100, 20))  # the left edge lies at the top now
    assert red > 200
    assert blue < 60
    assert green < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_is_turned_upright(draw, orientation):
    upright = Image.new("RGB", (300, 200), "white")
    upright.paste("red", (0, 0, 100, 60))
    # The inverse of the turn that EXIF asks for.
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    lying = upright if orientation == 1 else upright.transpose(Image.Transpose(back[orientation]))
    data = draw.saved(lying, quality=95, exif=draw.exif(orientation=orientation).tobytes())
    seen, found = images.inspect(data), images.upright(data)
    assert (seen.width, seen.height, found.size) == (300, 200, (300, 200))
    assert found.getpixel((20, 20))[1] < 40
    assert found.getpixel((250, 150))[1] > 220


def test_multi_picture_jpeg_of_a_phone_is_a_jpeg(draw):
    out = BytesIO()
    draw.scene(4, (400, 300)).save(out, "MPO", save_all=True, append_images=[draw.scene(5, (100, 80))])
    seen = images.inspect(out.getvalue())
    assert (seen.format, seen.width, seen.height) == ("JPEG", 400, 300)


def test_camera_clock_with_offset_counts(draw):
    seen = images.inspect(draw.photo(taken="2026:11:22 08:00:00", offset="+00:00"))
    assert seen.taken_at == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "taken", ["0000:00:00 00:00:00", "0001:01:01 00:00:00", "昨天", "2026:13:40 99:00:00"]
)
def test_senseless_camera_time_is_no_time(draw, taken):
    assert images.inspect(draw.photo(taken=taken)).taken_at is None


@pytest.mark.parametrize(("lat", "lng"), [(91.5, 120.0), (30.0, 200.0), (4000.0, 4000.0)])
def test_gps_off_the_planet_is_dropped_with_a_doubt(draw, lat, lng):
    seen = images.inspect(draw.photo(lat=lat, lng=lng))
    assert (seen.lat, seen.lng, seen.doubts) == (None, None, ("gps_off_planet",))


def test_gps_on_the_southern_and_western_half(draw):
    seen = images.inspect(draw.photo(lat=-33.5, lng=-70.25))
    assert (seen.lat, seen.lng) == (-33.5, -70.25)


def test_gps_of_a_phone_without_fix_is_no_place(draw):
    seen = images.inspect(draw.photo(lat=0, lng=0))
    assert (seen.lat, seen.lng, seen.doubts) == (None, None, ())


def test_gps_with_a_zero_denominator_is_dropped_with_a_doubt(draw):
    data = draw.photo()
    # 30 degrees are written as 30/1; the denominator becomes 0.
    broken = data.replace(struct.pack("<II", 30, 1), struct.pack("<II", 30, 0))
    broken = broken.replace(struct.pack(">II", 30, 1), struct.pack(">II", 30, 0))
    assert broken != data
    seen = images.inspect(broken)
    assert (seen.lat, seen.lng, seen.doubts) == (None, None, ("gps_unreadable",))


def test_damaged_exif_does_not_lose_the_photo(draw):
    data = draw.saved(draw.scene(), exif=b"Exif\0\0" + b"\xff\x13garbage" * 9)
    seen = images.inspect(data)
    assert (seen.taken_at, seen.device, seen.doubts) == (None, "", ("exif_unreadable",))


def test_device_names_lose_their_padding(draw):
    tags = draw.exif()
    tags[271], tags[272] = "Xiaomi\0\0", "Xiaomi 14\0\n"
    assert images.inspect(draw.saved(draw.scene(), exif=tags.tobytes())).device == "Xiaomi 14"


def test_empty_file_is_refused():
    assert refusal(b"").code == "photo_empty"


def test_file_over_20_megabytes_is_refused_without_reading_on():
    endless = BytesIO(b"\xff\xd8\xff" + b"x" * (images.MAX_BYTES + 5000))
    with pytest.raises(DomainError) as caught:
        images.inspect(endless)
    assert caught.value.code == "photo_too_big"
    assert endless.tell() == images.MAX_BYTES + 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_truncated_picture_is_refused(draw, kind, share):
    data = draw.saved(draw.scene(), kind)
    assert refusal(data[: int(len(data) * share)]).code == "photo_broken"


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_truncated_heic_is_refused(draw, share):
    data = draw.heic(draw.scene(), draw.exif())
    assert refusal(data[: int(len(data) * share)]).code == "photo_broken"


def test_header_without_picture_is_refused():
    assert refusal(b"\xff\xd8\xff\xe0").code == "photo_broken"
    assert refusal(b"\x89PNG\r\n\x1a\n").code == "photo_broken"


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("bomb", b"\0" * 5_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"MZ\x90\x00" + b"\0" * 500, "程序文件"),
        (b"\x7fELF" + b"\0" * 500, "程序文件"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "网页或矢量图"),
        (b"\xef\xbb\xbf\n<svg xmlns='http://www.w3.org/2000/svg'/>", "网页或矢量图"),
        (b"<?xml version='1.0'?><svg/>", "网页或矢量图"),
        (archive(), "压缩包或 Office 文件"),
        (b"%PDF-1.7\n", "PDF 文件"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 90, "视频或不支持的图片"),
    ],
)
def test_disguised_file_is_refused_and_named(data, kind):
    error = refusal(data)
    assert error.code == "photo_kind"
    assert error.message.startswith(f"这个文件实际是{kind}，不是照片")


def test_any_other_file_is_refused():
    assert refusal("只是一段话".encode()).message.startswith("这个文件不是照片；")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_picture_formats_are_refused(draw, kind):
    assert refusal(draw.saved(draw.scene(size=(64, 64)), kind)).code == "photo_kind"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animation_is_refused(draw, kind):
    frames = [draw.scene(seed, (200, 160)) for seed in (1, 2, 3)]
    data = draw.saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert refusal(data).message == "动图不能作为照片，请上传相机拍摄的静态照片。"


@pytest.mark.parametrize("size", [(30_000, 30_000), (30_000, 4_000), (30_000, 1_700), (10_000, 5_001)])
def test_png_with_too_many_pixels_is_refused_before_decoding(size):
    assert refusal(png(*size)).code == "photo_too_many_pixels"


def test_thin_png_30000_pixels_wide_is_a_picture():
    seen = images.inspect(png(30_000, 10, 8, 0, zlib.compress(b"\0" * (30_001 * 10))))
    assert (seen.width, seen.height, seen.dhash) == (30_000, 10, "")


def test_png_that_says_less_than_it_holds_is_read_to_its_size():
    seen = images.inspect(png(100, 100, body=zlib.compress(b"\0" * 50_000_000)))
    assert (seen.width, seen.height) == (100, 100)


def test_text_bomb_in_a_png_is_refused():
    packed = b"Comment\0\0" + zlib.compress(b"x" * 30_000_000)
    chunk = struct.pack(">I", len(packed)) + b"zTXt" + packed
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + packed))
    plain = png(10, 10, body=zlib.compress(b"\0" * 310))
    assert refusal(plain[:33] + chunk + plain[33:]).code == "photo_broken"


def test_jpeg_of_countless_passes_is_refused(draw):
    data = draw.saved(draw.scene(size=(64, 64)), progressive=True)
    scan = data.index(b"\xff\xda")
    assert refusal(data[:scan] + data[scan : scan + 12] * 500 + data[scan:]).code == "photo_broken"


def test_cmyk_palette_grey_and_alpha_pictures_are_read(draw):
    scene = draw.scene(6, (320, 240))
    ways = [
        draw.saved(scene.convert("CMYK")),
        draw.saved(scene.convert("P"), "PNG"),
        draw.saved(scene.convert("P"), "PNG", transparency=0),
        draw.saved(scene.convert("P"), "PNG", transparency=bytes(range(256))),
        draw.saved(scene.convert("L")),
        draw.saved(scene.convert("1"), "PNG"),
        draw.saved(scene.convert("LA"), "PNG"),
        draw.saved(scene.convert("RGBA"), "WEBP"),
    ]
    assert [(seen.width, seen.height) for seen in map(images.inspect, ways)] == [(320, 240)] * len(ways)
    assert {images.upright(data).mode for data in ways} == {"RGB"}


def test_transparent_pixels_become_white(draw):
    glass = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert images.upright(draw.saved(glass, "PNG")).getpixel((20, 20)) == (255, 255, 255)


def test_sixteen_bit_grey_keeps_its_shades(draw):
    rows = b"".join(b"\0" + struct.pack(">100H", *(value * 650 for value in range(100))) for _ in range(100))
    picture = images.upright(png(100, 100, 16, 0, zlib.compress(rows)))
    assert [picture.getpixel((x, 50))[0] for x in (0, 50, 99)] == [0, 126, 251]


def test_upright_keeps_no_metadata_but_the_colours(draw):
    picture = images.upright(draw.photo(7))
    assert (picture.info, dict(picture.getexif())) == ({}, {})
