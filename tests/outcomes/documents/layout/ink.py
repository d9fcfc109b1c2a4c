"""Measuring rendered pages in millimetres: where ink begins and ends, red or black."""

from itertools import pairwise

from pdfplumber.page import Page
from PIL import Image, ImageChops

_DPI = 250
_MM = 25.4 / _DPI
POINT = 25.4 / 72  # millimetres in a point


def _picture(page: Page) -> Image.Image:
    return page.to_image(resolution=_DPI).original.convert("RGB")


def _red(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.split()
    return ImageChops.multiply(
        red.point(lambda value: 255 if value > 170 else 0),
        ImageChops.lighter(green, blue).point(lambda value: 255 if value < 110 else 0),
    )


def _bands(marks: list[int]) -> list[tuple[int, int]]:
    inked = [number for number, mark in enumerate(marks) if mark]
    if not inked:
        return []
    edges = [(inked[0], 0), *((after, before) for before, after in pairwise(inked) if after != before + 1)]
    starts = [edge[0] for edge in edges]
    ends = [edge[1] for edge in edges[1:]] + [inked[-1]]
    return list(zip(starts, ends, strict=True))


def red_bands(page: Page) -> list[tuple[float, float, float, float]]:
    """Top, bottom, left, right of every horizontal band of red ink, from the page's top."""
    mask = _red(_picture(page))
    _, down = mask.getprojection()
    bands = []
    for start, end in _bands(down):
        across, _ = mask.crop((0, start, mask.width, end + 1)).getprojection()
        inked = [number for number, mark in enumerate(across) if mark]
        bands.append((start * _MM, (end + 1) * _MM, inked[0] * _MM, (inked[-1] + 1) * _MM))
    return bands


def ink(page: Page, top: float = 0.0, bottom: float = 1000.0) -> tuple[float, float, float, float]:
    """Top, bottom, left, right of all ink between two heights."""
    picture = _picture(page).convert("L").point(lambda value: 255 if value < 110 else 0)
    start, end = round(top / _MM), min(round(bottom / _MM), picture.height)
    box = picture.crop((0, start, picture.width, end)).getbbox()
    assert box is not None, "no ink there"
    left, upper, right, lower = box
    return (upper + start) * _MM, (lower + start) * _MM, left * _MM, right * _MM
