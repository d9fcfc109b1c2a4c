"""What a camera wrote into a picture: time, place, device. Nothing here is proof (handbook D8, peers §2.2).

Every value is hostile until shown otherwise: a wrong one is dropped, with a doubt where a person should know.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from PIL import ExifTags, Image

from wenming.common.clock import SHANGHAI

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_WRONG = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, ArithmeticError, AttributeError,
          RuntimeError, Warning)  # fmt: skip
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


@dataclass(frozen=True)
class Facts:
    """EXIF in our terms; see `images.Inspected` for the units."""

    orientation: int = 1
    taken_at: datetime | None = None
    lat: float | None = None
    lng: float | None = None
    accuracy_m: float | None = None
    device: str = ""
    software: str = ""
    doubts: tuple[str, ...] = field(default=())


def read(picture: Image.Image) -> Facts:
    """The facts of a loaded picture. Damaged EXIF gives empty facts and a doubt, never an error."""
    try:
        tags = picture.getexif()
        main: dict[int, Any] = dict(tags)
        camera: dict[int, Any] = dict(tags.get_ifd(ExifTags.IFD.Exif))
        gps: dict[int, Any] = dict(tags.get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:
        return Facts(doubts=("exif_unreadable",))
    if not main and not _sound(picture.info.get("exif")):
        return Facts(doubts=("exif_unreadable",))
    lat, lng, doubts = _place(gps)
    return Facts(
        orientation=_orientation(main),
        taken_at=_taken_at(camera),
        lat=lat,
        lng=lng,
        accuracy_m=_accuracy(gps) if lat is not None else None,
        device=_device(main),
        software=_words(main.get(ExifTags.Base.Software)),
        doubts=doubts,
    )


def _sound(block: Any) -> bool:
    """Absent, or beginning as TIFF tags must; Pillow passes over a block it cannot read without a word."""
    return not isinstance(block, bytes) or block.removeprefix(b"Exif\0\0")[:4] in (b"II*\0", b"MM\0*", b"")


def _orientation(main: Mapping[int, Any]) -> int:
    value = main.get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and value in TURNS else 1


def _words(value: Any, limit: int = 100) -> str:
    """Printable text; cameras pad with NUL, which PostgreSQL refuses."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())[:limit]


def _device(main: Mapping[int, Any]) -> str:
    make, model = _words(main.get(ExifTags.Base.Make), 50), _words(main.get(ExifTags.Base.Model), 50)
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _taken_at(camera: Mapping[int, Any]) -> datetime | None:
    """Moment of exposure in UTC. Without an offset the camera's clock is taken as Asia/Shanghai."""
    text = _words(camera.get(ExifTags.Base.DateTimeOriginal) or camera.get(ExifTags.Base.DateTimeDigitized))
    offset = _OFFSET.fullmatch(
        _words(camera.get(ExifTags.Base.OffsetTimeOriginal) or camera.get(ExifTags.Base.OffsetTime))
    )
    try:
        if offset and int(offset[2]) <= 14:
            text, form = text + "".join(offset.groups()), "%Y:%m:%d %H:%M:%S%z"
            return datetime.strptime(text, form).astimezone(UTC)
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _place(gps: Mapping[int, Any]) -> tuple[float | None, float | None, tuple[str, ...]]:
    """(lat, lng, doubts). Phones without a fix write 0,0 or nothing: that is no place, and no doubt."""
    if ExifTags.GPS.GPSLatitude not in gps and ExifTags.GPS.GPSLongitude not in gps:
        return None, None, ()
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude])
        lng = _degrees(gps[ExifTags.GPS.GPSLongitude])
    except _WRONG:
        return None, None, ("gps_unreadable",)
    if _words(gps.get(ExifTags.GPS.GPSLatitudeRef)).upper().startswith("S"):
        lat = -lat
    if _words(gps.get(ExifTags.GPS.GPSLongitudeRef)).upper().startswith("W"):
        lng = -lng
    if not (math.isfinite(lat) and math.isfinite(lng)):
        return None, None, ("gps_unreadable",)
    if abs(lat) > 90 or abs(lng) > 180:
        return None, None, ("gps_off_planet",)
    if lat == 0 and lng == 0:
        return None, None, ()
    return round(lat, 7), round(lng, 7), ()


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _accuracy(gps: Mapping[int, Any]) -> float | None:
    try:
        metres = float(gps[ExifTags.GPS.GPSHPositioningError])
    except _WRONG:
        return None
    return round(metres, 1) if math.isfinite(metres) and 0 <= metres < 1e6 else None
