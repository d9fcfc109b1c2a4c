"""Pictures drawn by code: no binary file lies in the repository."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from random import Random

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageDraw, ImageFilter

from wenming.ground.evidence import fonts
from wenming.ground.people.models import Person, Post
from wenming.ground.units.models import Unit

AT = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


class Draw:
    """Draws street scenes and saves them as a phone would."""

    @staticmethod
    def scene(seed: int = 1, size: tuple[int, int] = (1200, 900), words: str = "文明") -> Image.Image:
        """Sky, houses, road, a heap and a sign; another seed is another street."""
        dice = Random(seed)
        width, height = size
        picture = Image.new("RGB", size)
        pen = ImageDraw.Draw(picture)
        horizon = int(height * dice.uniform(0.25, 0.6))
        for row in range(height):
            shade = 235 - row * 120 // height if row < horizon else 90 + (row - horizon) * 60 // height
            pen.line((0, row, width, row), fill=(shade, shade, min(255, shade + 20)))
        left = 0
        while left < width:
            wide = dice.randint(width // 12, width // 4)
            top = dice.randint(height // 12, horizon)
            colour = tuple(dice.randint(30, 230) for _ in range(3))
            pen.rectangle((left, top, left + wide, dice.randint(horizon, int(height * 0.8))), fill=colour)
            for window in range(left + 10, left + wide - 20, max(24, width // 30)):
                pen.rectangle((window, top + 20, window + 12, top + 45), fill=(250, 240, 170))
            left += wide + dice.randint(0, width // 20)
        for _ in range(25):
            x, y, r = dice.randint(0, width), dice.randint(horizon, height), dice.randint(3, width // 14)
            pen.ellipse(
                (x - r, y - r // 2, x + r, y + r // 2), fill=tuple(dice.randint(0, 255) for _ in range(3))
            )
        font = fonts.chinese(max(20, height // 12))
        spot = (dice.randint(0, width // 2), dice.randint(horizon, int(height * 0.85)))
        pen.text(spot, f"{words}{seed}", fill="white", font=font, stroke_width=3, stroke_fill="red")
        grain = Image.frombytes("L", size, dice.randbytes(width * height)).convert("RGB")
        return Image.blend(picture.filter(ImageFilter.GaussianBlur(1)), grain, 0.06)

    @staticmethod
    def exif(
        *,
        taken: str | None = "2026:11:22 14:05:09",
        offset: str | None = None,
        lat: float | None = 30.25,
        lng: float | None = 120.125,
        orientation: int | None = None,
        software: str | None = None,
        accuracy: float | None = None,
    ) -> Image.Exif:
        tags = Image.Exif()
        tags[ExifTags.Base.Make], tags[ExifTags.Base.Model] = "HUAWEI", "Mate 60"
        if orientation:
            tags[ExifTags.Base.Orientation] = orientation
        if software:
            tags[ExifTags.Base.Software] = software
        camera = tags.get_ifd(ExifTags.IFD.Exif)
        if taken:
            camera[ExifTags.Base.DateTimeOriginal] = taken
        if offset:
            camera[ExifTags.Base.OffsetTimeOriginal] = offset
        if lat is not None and lng is not None:
            gps = tags.get_ifd(ExifTags.IFD.GPSInfo)
            gps[ExifTags.GPS.GPSLatitudeRef] = "N" if lat >= 0 else "S"
            gps[ExifTags.GPS.GPSLatitude] = Draw.degrees(abs(lat))
            gps[ExifTags.GPS.GPSLongitudeRef] = "E" if lng >= 0 else "W"
            gps[ExifTags.GPS.GPSLongitude] = Draw.degrees(abs(lng))
            if accuracy is not None:
                gps[ExifTags.GPS.GPSHPositioningError] = Fraction(accuracy)
        return tags

    @staticmethod
    def degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
        whole = int(value)
        minutes = int((value - whole) * 60)
        seconds = Fraction(round((value - whole - minutes / 60) * 3600 * 10_000), 10_000)
        return Fraction(whole), Fraction(minutes), seconds

    @staticmethod
    def saved(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
        out = BytesIO()
        picture.save(out, kind, **options)
        return out.getvalue()

    @staticmethod
    def photo(
        seed: int = 1, kind: str = "JPEG", size: tuple[int, int] = (1200, 900), **exif: object
    ) -> bytes:
        return Draw.saved(Draw.scene(seed, size), kind, quality=90, exif=Draw.exif(**exif).tobytes())

    @staticmethod
    def heic(picture: Image.Image, exif: Image.Exif) -> bytes:
        out = BytesIO()
        pillow_heif.from_pillow(picture).save(out, quality=80, exif=exif.tobytes())
        return out.getvalue()


@pytest.fixture
def draw() -> type[Draw]:
    return Draw


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def files(tmp_path: Path, settings: object) -> Path:
    """Photos go to an empty folder."""
    folder = tmp_path / "files"
    folder.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder)},
        },
    }
    return folder


@pytest.fixture
def written(files: Path) -> Callable[[], list[str]]:
    """Keys of all files in the folder."""
    return lambda: sorted(str(path.relative_to(files)) for path in files.rglob("*") if path.is_file())


@pytest.fixture
def town(db: None) -> Unit:
    """安和镇, its own town."""
    unit = Unit.objects.create(
        name="安和镇", kind="town", code="350521100000", path="/t/", valid_from=date(2020, 1, 1)
    )
    unit.path, unit.town = f"/{unit.pk}/", unit
    unit.save()
    return unit


def _person(name: str, phone: str, role: str, unit: Unit) -> Person:
    person = Person.objects.create(name=name, phone=phone, created_at=AT)
    Post.objects.create(person=person, role=role, unit=unit, from_date=date(2024, 1, 1))
    return Person.objects.get(pk=person.pk)


@pytest.fixture
def wang(town: Unit) -> Person:
    """王网格员 takes photos."""
    return _person("王网格员", "13800000001", "grid_worker", town)


@pytest.fixture
def li(town: Unit) -> Person:
    """李主任 runs the town's office."""
    return _person("李主任", "13800000002", "office_director", town)


@pytest.fixture
def zhao(town: Unit) -> Person:
    """赵外镇 is from elsewhere."""
    other = Unit.objects.create(
        name="平川镇", kind="town", code="350521101000", path="/x/", valid_from=date(2020, 1, 1)
    )
    other.path, other.town = f"/{other.pk}/", other
    other.save()
    return _person("赵外镇", "13800000003", "office_director", other)


@pytest.fixture
def case() -> Iterator[uuid.UUID]:
    """The uuid of some record above."""
    return uuid.UUID("11111111-1111-4111-8111-111111111111")
