"""Clean copies of a picture: pure functions from bytes to JPEG bytes.

Every copy is drawn anew from the pixels, so nothing of the file's metadata can come along: no EXIF, no GPS,
no XMP, no comment, no hidden preview (handbook §9.4). The colours are turned into sRGB before the profile
is dropped, otherwise photos of newer phones would look pale.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageCms, ImageDraw

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.evidence import fonts, images

# x, y, width, height as fractions of the upright picture, 0 to 1, so that a box fits every size of copy.
Box = tuple[float, float, float, float]
QUALITY = 85
_SRGB = ImageCms.createProfile("sRGB")


def published(data: bytes, max_side: int = 2048) -> bytes:
    """An upright JPEG without any metadata, no side longer than `max_side` pixels. Raises like `inspect`."""
    return _jpeg(_fitted(data, max_side))


def thumbnail(data: bytes, side: int = 320) -> bytes:
    """The whole picture, never cropped, within `side` × `side` pixels."""
    return _jpeg(_fitted(data, side), quality=78)


def masked(data: bytes, boxes: Iterable[Box], max_side: int = 2048) -> bytes:
    """A published copy in which the given rectangles cannot be read any more.

    A rectangle keeps at most four patches along its longer side, so that a plate or a face cannot be
    guessed back from the pattern. Boxes come from a person who looked (handbook §9.4, D17, D28).
    """
    picture = _fitted(data, max_side)
    for box in boxes:
        _pixelate(picture, box)
    return _jpeg(picture)


def check_boxes(boxes: Iterable[Iterable[float]]) -> list[Box]:
    """Boxes as tuples, cut to the picture. Raises DomainError mask_invalid."""
    checked: list[Box] = []
    for box in boxes:
        try:
            x, y, width, height = (float(value) for value in box)
        except (TypeError, ValueError):
            raise _wrong_box() from None
        left, top, right, bottom = max(x, 0.0), max(y, 0.0), min(x + width, 1.0), min(y + height, 1.0)
        if not (left < right and top < bottom):  # also false for NaN
            raise _wrong_box()
        checked.append((left, top, right - left, bottom - top))
    return checked


def with_strip(
    data: bytes, *, number: str, when: datetime | None, where: str, check: str = "", max_side: int = 2048
) -> bytes:
    """A published copy with a white strip **below** it: 编号 · 时间 · 地点 · 校验; nothing is covered.

    `check` is a short code of the original (first eight hex digits of its SHA-256), so that a printed
    photo can be held against the record (peers §2.2 rows 37, 38). Raises font_missing, and like `inspect`.
    """
    return _jpeg(strip_below(_fitted(data, max_side), number=number, when=when, where=where, check=check))


def strip_below(
    picture: Image.Image, *, number: str, when: datetime | None, where: str, check: str = ""
) -> Image.Image:
    """The picture, pixel for pixel, and a white strip under it."""
    size = max(12, min(36, picture.width // 40))
    font = fonts.chinese(size)
    margin, line_height = size // 2, size * 3 // 2
    parts = [
        f"编号 {number}" if number else "",
        f"时间 {clock.show_full(when) if when else '不详'}",
        f"地点 {where or '不详'}",
        f"校验 {check}" if check else "",
    ]
    lines = _wrapped([part for part in parts if part], picture.width - 2 * margin, font.getlength)
    whole = Image.new("RGB", (picture.width, picture.height + 2 * margin + line_height * len(lines)), "white")
    whole.paste(picture, (0, 0))
    pen = ImageDraw.Draw(whole)
    for index, line in enumerate(lines):
        pen.text((margin, picture.height + margin + index * line_height), line, fill="black", font=font)
    return whole


def _wrapped(parts: list[str], width: float, length: Callable[[str], float]) -> list[str]:
    """Parts side by side while they fit; a part that is too long by itself is broken at a character."""
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]}　{part}" if lines else part
        if lines and length(joined) <= width:
            lines[-1] = joined
            continue
        lines.append("")
        for char in part:
            if lines[-1] and length(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return lines


def _fitted(data: bytes, max_side: int) -> Image.Image:
    # Twice the size leaves enough for a sharp reduction and spares three quarters of a big JPEG's decoding.
    picture = images.upright(data, near=max_side * 2)
    profile = picture.info.get("icc_profile")
    if max(picture.size) > max_side:
        picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    return _srgb(picture, profile) if profile else picture


def _srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the camera meant them; a damaged profile leaves the numbers as they are."""
    try:
        turned = ImageCms.profileToProfile(picture, BytesIO(profile), _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
    return turned or picture


def _pixelate(picture: Image.Image, box: Box) -> None:
    x, y, width, height = box
    left, top = int(x * picture.width), int(y * picture.height)
    right = min(picture.width, max(left + 1, round((x + width) * picture.width)))
    bottom = min(picture.height, max(top + 1, round((y + height) * picture.height)))
    piece = picture.crop((left, top, right, bottom))
    patch = max(piece.size) / 4
    few = (max(1, int(piece.width / patch)), max(1, int(piece.height / patch)))
    coarse = piece.resize(few, Image.Resampling.BOX).resize(piece.size, Image.Resampling.NEAREST)
    picture.paste(coarse, (left, top))


def _jpeg(picture: Image.Image, quality: int = QUALITY) -> bytes:
    out = BytesIO()
    plain = Image.frombytes("RGB", picture.size, picture.tobytes()) if picture.info else picture
    plain.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _wrong_box() -> DomainError:
    return DomainError("mask_invalid", "遮挡框不在照片内或大小为零，请重新框选人脸、车牌。", field="boxes")
