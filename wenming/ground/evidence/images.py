"""Reading uploaded pictures: pure functions over bytes, no database, no storage.

Every picture is checked by decoding it, never by its name. Limits of size come first, then the pixel size
from the header, only then the pixels: a picture that would fill the memory is refused before it can.
The picture itself is untrusted, so nothing below may fail with anything but a DomainError.
"""

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

import pillow_heif
from PIL import Image, UnidentifiedImageError

from wenming.common.errors import DomainError
from wenming.ground.evidence import exif, likeness

pillow_heif.register_heif_opener()

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
# A progressive JPEG can ask for hundreds of passes over 50 megapixels in a few kilobytes; cameras use about 10.
MAX_SCANS = 100
# One picture of 50 megapixels takes 150 to 200 MB while it is decoded, so a process takes them one by one.
_BIG = 16_000_000
_one_big_at_a_time = threading.Lock()

ACCEPTED = ("JPEG", "PNG", "WEBP", "HEIF")
# What Pillow and libheif raise on hostile or damaged input, warnings included (tests turn them into errors).
_DAMAGE = (OSError, ValueError, SyntaxError, TypeError, EOFError, KeyError, IndexError, ArithmeticError,
           AttributeError, RuntimeError, MemoryError, Warning)  # fmt: skip
_OTHER_KINDS = (
    (b"GIF8", "动图（GIF）"),
    (b"MZ", "程序文件"),
    (b"\x7fELF", "程序文件"),
    (b"PK\x03\x04", "压缩包或 Office 文件"),
    (b"%PDF", "PDF 文件"),
    (b"BM", "BMP 图片"),
    (b"II*\x00", "TIFF 图片"),
    (b"MM\x00*", "TIFF 图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
)


@dataclass(frozen=True)
class Inspected:
    """What a picture tells about itself. Sizes are those of the upright picture, in pixels.

    `taken_at` is UTC; `lat`, `lng` are WGS-84 degrees and come together or not at all; `accuracy_m` is the
    phone's own estimate in metres. `dhash` is 16 hex digits, or empty for a picture without any feature
    (all black). `doubts` holds codes of `doubts.SENTENCES`.
    """

    format: str
    width: int
    height: int
    bytes: int
    sha256: str
    dhash: str
    taken_at: datetime | None
    lat: float | None
    lng: float | None
    accuracy_m: float | None
    device: str
    software: str
    doubts: tuple[str, ...]


def read(source: bytes | BinaryIO) -> bytes:
    """The content of an upload. Raises photo_empty and photo_too_big (over 20 MB) before reading more."""
    data = source if isinstance(source, bytes) else source.read(MAX_BYTES + 1)
    if not data:
        raise DomainError(
            "photo_empty", "照片是空文件（0 字节），请重新拍摄或重新选择后再上传。", field="photos"
        )
    if len(data) > MAX_BYTES:
        raise DomainError(
            "photo_too_big", "照片超过 20 MB，请在手机相机设置里调低分辨率，或压缩后再上传。", field="photos"
        )
    return data


def inspect(source: bytes | BinaryIO) -> Inspected:
    """Check a picture by decoding it and read what it says.

    Raises DomainError photo_empty, photo_too_big, photo_too_many_pixels, photo_broken or photo_kind
    (issue 2 point 2: JPEG, PNG, WebP, HEIC; at most 20 MB and 50 megapixels).
    """
    data = read(source)
    picture = _opened(data)
    # Taken before decoding: a JPEG that is decoded at a fraction of its size reports the fraction.
    size, kind = picture.size, "JPEG" if picture.format == "MPO" else str(picture.format)
    with _turn(size):
        # The entropy-coded data is read to its end all the same, so a cut file is still found out.
        upright_picture, facts = _decoded(picture, near=720)
        dhash = likeness.dhash(upright_picture)
    width, height = size if facts.orientation < 5 else (size[1], size[0])
    return Inspected(
        format=kind,
        width=width,
        height=height,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        dhash=dhash,
        taken_at=facts.taken_at,
        lat=facts.lat,
        lng=facts.lng,
        accuracy_m=facts.accuracy_m,
        device=facts.device,
        software=facts.software,
        doubts=facts.doubts,
    )


def upright(source: bytes | BinaryIO, *, near: int | None = None) -> Image.Image:
    """The picture as an RGB image the right way up, on white where it was transparent.

    `near` allows a JPEG to be decoded at a fraction of its size, its longer side never below that. The colour
    profile is left in `info["icc_profile"]`; nothing else of the file's metadata is kept.
    Raises like `inspect`.
    """
    picture = _opened(read(source))
    with _turn(picture.size):
        return _decoded(picture, near=near)[0]


def _turn(size: tuple[int, int]) -> threading.Lock | threading.Semaphore:
    """The lock that keeps big pictures one behind the other; small ones pass at once."""
    return _one_big_at_a_time if size[0] * size[1] > _BIG else threading.Semaphore()


def _opened(data: bytes) -> Image.Image:
    """Open by content and check the header; no pixel is decoded yet."""
    try:
        picture = Image.open(BytesIO(data), formats=ACCEPTED)
    except UnidentifiedImageError:
        raise _not_identified(data) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except _DAMAGE:
        raise _broken() from None
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _too_many_pixels()
    if picture.format in ("PNG", "WEBP") and getattr(picture, "is_animated", False):
        raise DomainError("photo_kind", "动图不能作为照片，请上传相机拍摄的静态照片。", field="photos")
    if picture.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > MAX_SCANS:
        raise _broken()
    return picture


def _decoded(picture: Image.Image, near: int | None) -> tuple[Image.Image, exif.Facts]:
    try:
        if near and picture.format in ("JPEG", "MPO"):
            share = near / max(picture.size)
            picture.draft(None, (int(picture.width * share), int(picture.height * share)))
        picture.load()
        facts = exif.read(picture)
        profile = picture.info.get("icc_profile") if picture.mode in ("RGB", "RGBA") else None
        plain = _rgb(picture)
        turn = exif.TURNS.get(facts.orientation)
        if turn is not None:
            plain = plain.transpose(turn)
        # The picture may still be the file's own object: its metadata goes, its 150 MB are not copied for that.
        plain.info = {"icc_profile": profile} if profile else {}
        plain.getexif().clear()
    except _DAMAGE:
        raise _broken() from None
    return plain, facts


def _rgb(picture: Image.Image) -> Image.Image:
    """Any mode a camera, a scanner or a screenshot makes → RGB."""
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I"):  # 16 bits a pixel; a plain conversion would clip it to white
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(coloured, mask=coloured.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _not_identified(data: bytes) -> DomainError:
    """Ours but damaged from the start, or another kind of file with a picture's name?"""
    if data.startswith((b"\xff\xd8", b"\x89PNG")) or data[8:12] == b"WEBP" or data[4:12] in _HEIF_BRANDS:
        return _broken()
    kind = next((name for magic, name in _OTHER_KINDS if data.startswith(magic)), "")
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html", b"<script")):
        kind = "网页或矢量图"
    elif data[4:8] == b"ftyp" and not kind:
        kind = "视频或不支持的图片"
    what = f"这个文件实际是{kind}，不是照片" if kind else "这个文件不是照片"
    return DomainError(
        "photo_kind",
        f"{what}；只收 JPG、PNG、WebP、HEIC，请用相机重新拍摄或另存为 JPG 后上传。",
        field="photos",
    )


_HEIF_BRANDS = tuple(b"ftyp" + brand for brand in (b"heic", b"heix", b"hevc", b"heim", b"mif1"))


def _broken() -> DomainError:
    return DomainError(
        "photo_broken", "照片不完整或已损坏，打不开；请在手机上确认能看到整张照片后重新上传。", field="photos"
    )


def _too_many_pixels() -> DomainError:
    return DomainError(
        "photo_too_many_pixels",
        "照片超过 5000 万像素，请在手机相机设置里调低分辨率，或截取需要的部分后再上传。",
        field="photos",
    )
