"""Drawn street scenes in place of photos: what was wrong before, and the same corner afterwards.

Only flat shapes, a light-and-shade field and JPEG noise; but every scene differs enough from all others that the
search for re-used photos finds none. Needs Pillow and nothing else, so that another process can draw.
"""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

SIZE = (800, 600)
QUALITY = 80
Pen = ImageDraw.ImageDraw
Dice = random.Random
Colour = tuple[int, int, int]

_WALLS: list[Colour] = [
    (214, 203, 184), (190, 178, 160), (222, 214, 205), (176, 160, 142), (205, 190, 170), (168, 176, 178), (226, 205, 180),
]  # fmt: skip
_BRIGHT: list[Colour] = [
    (196, 62, 52), (38, 102, 166), (226, 160, 40), (44, 128, 84), (120, 72, 140), (222, 108, 60), (60, 150, 170),
]  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """One corner of the town: `ground` and `problem` are keys of the two tables below, `amount` how many."""

    ground: str
    problem: str
    amount: int
    seed: int


def before(scene: Scene, take: int = 0) -> bytes:
    """The corner as it was found, as a JPEG of 800 × 600; another `take` is another day."""
    return _shot(scene, take, tidy=False)


def after(scene: Scene, take: int = 0) -> bytes:
    """The same corner put right, taken from nearly the same spot."""
    return _shot(scene, take, tidy=True)


def both(scene: Scene) -> tuple[bytes, bytes]:
    """Before and after."""
    return before(scene), after(scene)


def _shot(scene: Scene, take: int, *, tidy: bool) -> bytes:
    # Background and problem throw their own dice: what is added or left out must not move the houses.
    image = Image.new("RGB", SIZE, (188, 206, 220))
    pen = ImageDraw.Draw(image)
    GROUNDS[scene.ground](pen, _dice(scene.seed, 1))
    PROBLEMS[scene.problem](pen, _dice(scene.seed, 2, take), scene.amount, tidy)
    _light(image, _dice(scene.seed, 3, take), evening=scene.problem == "lamp", later=tidy)
    if tidy:
        image = image.transform(SIZE, Image.Transform.AFFINE, (0.985, 0, 5, 0, 0.985, 4))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _dice(seed: int, purpose: int, take: int = 0) -> Dice:
    return random.Random((seed * 32 + take) * 4 + purpose)  # noqa: S311 -- pictures must come out the same again


def _light(image: Image.Image, dice: Dice, *, evening: bool, later: bool) -> None:
    """Shade in patches, as trees and houses throw it; later in the day it is a little weaker."""
    deep = (170 if evening else 105) - (18 if later else 0)
    field = Image.frombytes("L", (9, 8), bytes(dice.randrange(deep) for _ in range(72)))
    image.paste((24, 26, 38), mask=field.resize(SIZE, Image.Resampling.BICUBIC))


def _box(  # noqa: PLR0917 -- called two hundred times; the order is that of every drawing library
    pen: Pen, x: float, y: float, wide: float, high: float, fill: Colour, edge: Colour | None = None
) -> None:
    pen.rectangle((x, y, x + wide, y + high), fill=fill, outline=edge)


def _oval(pen: Pen, x: float, y: float, wide: float, high: float, fill: Colour) -> None:  # noqa: PLR0917
    pen.ellipse((x, y, x + wide, y + high), fill=fill)


def _shade(colour: Colour, by: int) -> Colour:
    red, green, blue = (max(0, min(255, part + by)) for part in colour)
    return red, green, blue


# --- backgrounds --------------------------------------------------------------------------------------------


def _street(pen: Pen, dice: Dice) -> None:
    x = -dice.randrange(60)
    while x < 800:
        wide, top = dice.randrange(120, 230), dice.randrange(30, 130)
        wall = dice.choice(_WALLS)
        _box(pen, x, top, wide, 320 - top, wall, _shade(wall, -30))
        for row in range(top + 18, 210, 46):
            for column in range(x + 14, x + wide - 28, 44):
                _box(pen, column, row, 24, 28, (92, 110, 126), _shade(wall, 25))
        sign = dice.choice(_BRIGHT)
        _box(pen, x + 4, 222, wide - 8, 26, sign)
        for letter in range(x + 20, x + wide - 40, 30):
            _box(pen, letter, 229, 16, 12, (250, 244, 230))
        _box(pen, x + 12, 252, wide - 24, 68, (128, 128, 132), (86, 86, 90))
        for slat in range(260, 318, 10):
            pen.line((x + 12, slat, x + wide - 12, slat), fill=(104, 104, 110))
        x += wide
    _pavement(pen, 320)
    _box(pen, 0, 448, 800, 10, (206, 204, 198))
    _box(pen, 0, 458, 800, 142, (92, 94, 98))
    for dash in range(dice.randrange(60) - 60, 800, 120):
        _box(pen, dash, 560, 64, 8, (226, 224, 214))
    for _ in range(dice.randrange(1, 3)):
        _tree(pen, dice.randrange(40, 740), 340, dice)


def _pavement(pen: Pen, top: int) -> None:
    _box(pen, 0, top, 800, 448 - top, (172, 166, 158))
    for line in range(top, 448, 32):
        pen.line((0, line, 800, line), fill=(150, 144, 138))
    for line in range(-200, 1000, 52):
        pen.line((line + 60, top, line, 448), fill=(150, 144, 138))


def _tree(pen: Pen, x: int, foot: int, dice: Dice) -> None:
    _box(pen, x - 7, foot - 150, 14, 160, (96, 74, 54))
    for _ in range(7):
        green = dice.choice([(62, 104, 58), (78, 122, 62), (52, 92, 60)])
        _oval(pen, x - 70 + dice.randrange(70), foot - 250 + dice.randrange(80), 76, 66, green)


def _lane(pen: Pen, dice: Dice) -> None:
    left, right = dice.choice(_WALLS), dice.choice(_WALLS)
    end = dice.randrange(330, 470)
    pen.polygon([(0, 0), (end - 60, 190), (end - 60, 330), (0, 600)], fill=left)
    pen.polygon([(800, 0), (end + 60, 190), (end + 60, 330), (800, 600)], fill=right)
    _box(pen, end - 60, 150, 120, 180, _shade(dice.choice(_WALLS), -20))
    pen.polygon([(0, 600), (end - 60, 330), (end + 60, 330), (800, 600)], fill=(158, 154, 148))
    for step in range(6):
        y = 345 + step * step * 9
        pen.line(
            (end - 60 - (y - 330) * (end - 60) / 270, y, end + 60 + (y - 330) * (740 - end) / 270, y),
            fill=(136, 132, 128),
        )
    for side, wall in ((0, left), (1, right)):
        for number in range(2):
            x = (
                60 + number * 130 + dice.randrange(30)
                if side == 0
                else 700 - number * 130 - dice.randrange(30)
            )
            high = 210 - number * 60
            _box(pen, x - 28, 420 - number * 50 - high, 56, high, _shade(wall, -62), _shade(wall, 20))
            _box(pen, x - 22, 130 + number * 40, 44, 48, (96, 112, 124), _shade(wall, 24))
    for _ in range(dice.randrange(2, 5)):
        y = dice.randrange(20, 120)
        pen.line((0, y, end, y + 60, 800, y + dice.randrange(-20, 30)), fill=(58, 58, 62), width=2)


def _estate(pen: Pen, dice: Dice) -> None:
    wall = dice.choice(_WALLS)
    split = dice.randrange(300, 520)
    for x, wide, tone in ((0, split, 0), (split, 800 - split, -24)):
        _box(pen, x, 20, wide, 300, _shade(wall, tone))
        for row in range(44, 270, 54):
            for column in range(x + 22, x + wide - 40, 66):
                _box(pen, column, row, 40, 32, (96, 116, 132), (232, 228, 220))
                if dice.random() < 0.25:
                    _box(pen, column + 4, row + 34, 24, 12, (214, 214, 214))
    door = dice.randrange(120, 640)
    _box(pen, door, 236, 74, 84, (86, 92, 98), (210, 206, 200))
    _box(pen, 0, 320, 800, 74, (96, 132, 78))
    for _ in range(26):
        _oval(
            pen,
            dice.randrange(800),
            320 + dice.randrange(56),
            30,
            18,
            dice.choice([(82, 118, 66), (108, 144, 86)]),
        )
    _box(pen, 0, 394, 800, 206, (168, 164, 158))
    pen.polygon([(door, 320), (door + 74, 320), (door + 150, 394), (door - 80, 394)], fill=(168, 164, 158))
    _tree(pen, dice.randrange(40, 760), 384, dice)


def _market(pen: Pen, dice: Dice) -> None:
    _box(pen, 0, 0, 800, 110, (120, 134, 146))
    for beam in range(0, 800, 100):
        pen.line((beam, 0, beam + 40, 110), fill=(90, 100, 112), width=5)
    x = -dice.randrange(50)
    while x < 800:
        wide, colour = dice.randrange(110, 170), dice.choice(_BRIGHT)
        _box(pen, x, 110, wide - 6, 40, colour)
        for stripe in range(x, x + wide - 16, 28):
            _box(pen, stripe, 150, 14, 16, (244, 240, 232))
        _box(pen, x, 166, wide - 6, 104, (150, 140, 128))
        _box(pen, x, 270, wide - 6, 78, (112, 98, 84), (80, 70, 60))
        for _ in range(14):
            green = dice.choice([(90, 140, 60), (210, 80, 50), (230, 180, 70), (150, 170, 80)])
            _oval(pen, x + dice.randrange(max(1, wide - 30)), 250 + dice.randrange(18), 22, 18, green)
        x += wide
    _box(pen, 0, 348, 800, 252, (182, 178, 170))
    for line in range(348, 600, 42):
        pen.line((0, line, 800, line), fill=(156, 152, 146))
    for line in range(-300, 1100, 78):
        pen.line((line + 70, 348, line, 600), fill=(156, 152, 146))


def _water(pen: Pen, dice: Dice) -> None:
    for x in range(0, 800, 100):
        _box(pen, x, dice.randrange(90, 150), 100, 200, dice.choice(_WALLS))
    _box(pen, 0, 230, 800, 70, (100, 136, 84))
    _tree(pen, dice.randrange(60, 700), 270, dice)
    pen.polygon([(0, 300), (800, 300), (800, 360), (0, 350)], fill=(168, 160, 150))
    _box(pen, 0, 350, 800, 250, (104, 130, 136))
    for _ in range(22):
        y, x = dice.randrange(360, 590), dice.randrange(700)
        pen.line((x, y, x + dice.randrange(40, 140), y), fill=(132, 156, 160), width=3)


GROUNDS: dict[str, Callable[[Pen, Dice], None]] = {
    "street": _street, "lane": _lane, "estate": _estate, "market": _market, "water": _water,
}  # fmt: skip


# --- what is wrong, and what it looks like put right --------------------------------------------------------


def _bags(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    x, y = dice.randrange(80, 460), dice.randrange(400, 460)
    if tidy:
        _oval(pen, x, y + 40, 190, 40, (146, 142, 138))
        return
    for number in range(max(3, amount)):
        colour = dice.choice([(36, 36, 40), (40, 62, 110), (196, 196, 190), (160, 40, 44)])
        left, top = x + number % 4 * 52 + dice.randrange(18), y + number // 4 * -34 + dice.randrange(20)
        _oval(pen, left, top, 72, 64, colour)
        pen.polygon(
            [(left + 28, top + 6), (left + 44, top + 6), (left + 50, top - 14), (left + 22, top - 14)],
            fill=colour,
        )
    _scraps(pen, dice, x, y + 60)


def _scraps(pen: Pen, dice: Dice, x: int, y: int, many: int = 26) -> None:
    for _ in range(many):
        colour = dice.choice([(240, 238, 230), (210, 60, 50), (80, 120, 60), (222, 190, 90), (60, 60, 60)])
        _box(
            pen,
            x + dice.randrange(-40, 260),
            y + dice.randrange(-20, 40),
            dice.randrange(5, 16),
            dice.randrange(4, 10),
            colour,
        )


def _bin(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    x, y = dice.randrange(140, 480), dice.randrange(300, 350)
    for number in range(min(3, max(1, amount))):
        left = x + number * 104
        body = (46, 122, 74) if number % 2 == 0 else (70, 82, 92)
        pen.polygon(
            [(left, y + 30), (left + 86, y + 30), (left + 76, y + 150), (left + 10, y + 150)], fill=body
        )
        _oval(pen, left + 8, y + 142, 18, 18, (30, 30, 30))
        _oval(pen, left + 60, y + 142, 18, 18, (30, 30, 30))
        if tidy:
            _box(pen, left - 6, y + 14, 98, 20, _shade(body, -24))
        else:
            for _ in range(5):
                _oval(
                    pen,
                    left + dice.randrange(52),
                    y - 20 + dice.randrange(36),
                    42,
                    34,
                    dice.choice([(40, 40, 44), (210, 208, 200), (60, 90, 150)]),
                )
    if not tidy:
        _scraps(pen, dice, x - 10, y + 150, 34)


def _bikes(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    y = dice.randrange(396, 430)
    count = max(2, min(5, amount))
    if tidy:
        _box(pen, 60, y + 64, 600, 5, (240, 238, 228))
        for line in range(60, 700, 120):
            pen.line((line, y + 64, line - 16, y + 6), fill=(240, 238, 228), width=4)
    for number in range(count):
        x = 80 + number * 120 if tidy else dice.randrange(40, 640)
        _bike(pen, x, y if tidy else y + dice.randrange(-20, 60), dice.choice(_BRIGHT))


def _bike(pen: Pen, x: int, y: int, colour: Colour) -> None:
    for wheel in (x, x + 66):
        _oval(pen, wheel, y + 26, 38, 38, (34, 34, 36))
        _oval(pen, wheel + 11, y + 37, 16, 16, (150, 150, 154))
    pen.polygon(
        [
            (x + 16, y + 34),
            (x + 34, y + 8),
            (x + 60, y + 12),
            (x + 86, y + 36),
            (x + 60, y + 46),
            (x + 30, y + 46),
        ],
        fill=colour,
    )
    _box(pen, x + 26, y, 34, 9, (28, 28, 30))
    pen.line((x + 78, y + 30, x + 70, y - 14, x + 60, y - 16), fill=(50, 50, 52), width=5)


def _cars(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    if tidy:
        for line in range(90, 760, 150):
            pen.line((line, 470, line - 50, 560), fill=(238, 236, 226), width=5)
        return
    for number in range(max(1, min(3, amount))):
        x, y, colour = (
            60 + number * 240 + dice.randrange(40),
            388 + dice.randrange(50),
            dice.choice([*_BRIGHT, (230, 230, 232), (40, 42, 46)]),
        )
        pen.polygon([(x + 36, y), (x + 130, y), (x + 168, y + 36), (x + 8, y + 36)], fill=(70, 84, 96))
        _box(pen, x - 8, y + 34, 206, 44, colour, _shade(colour, -40))
        for wheel in (x + 16, x + 134):
            _oval(pen, wheel, y + 58, 40, 40, (28, 28, 30))
        _box(pen, x + 76, y + 58, 40, 12, (40, 70, 160))


def _posters(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    x, y = dice.randrange(60, 420), dice.randrange(180, 240)
    _box(pen, x - 20, y - 20, 300, 190, (206, 200, 190))
    if tidy:
        _box(pen, x - 12, y - 10, 284, 170, (216, 211, 203))
        return
    for _ in range(max(5, min(16, amount))):
        left, top = x + dice.randrange(220), y + dice.randrange(130)
        _box(
            pen,
            left,
            top,
            38,
            46,
            dice.choice([(246, 240, 200), (250, 250, 248), (236, 120, 110), (250, 214, 80)]),
            (120, 116, 110),
        )
        for line in range(3):
            pen.line(
                (left + 5, top + 10 + line * 11, left + 32, top + 10 + line * 11), fill=(60, 50, 50), width=3
            )


def _stall(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    if tidy:
        return
    for number in range(max(1, min(3, amount))):
        x, y, colour = 60 + number * 230 + dice.randrange(50), dice.randrange(330, 370), dice.choice(_BRIGHT)
        pen.polygon([(x - 20, y - 70), (x + 80, y - 130), (x + 180, y - 70)], fill=colour)
        _box(pen, x + 76, y - 84, 7, 110, (120, 116, 110))
        _box(pen, x, y + 20, 160, 16, (150, 110, 70))
        _box(pen, x + 8, y + 36, 10, 60, (110, 80, 50))
        _box(pen, x + 142, y + 36, 10, 60, (110, 80, 50))
        for _ in range(16):
            _oval(
                pen,
                x + dice.randrange(136),
                y - 2 + dice.randrange(14),
                24,
                20,
                dice.choice([(220, 60, 40), (230, 160, 50), (100, 150, 60), (240, 220, 120)]),
            )


def _clutter(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    if tidy:
        return
    x, y = dice.randrange(60, 400), dice.randrange(330, 400)
    for _ in range(max(4, min(9, amount + 3))):
        wide, high = dice.randrange(50, 110), dice.randrange(36, 80)
        left, top, colour = (
            x + dice.randrange(240),
            y + dice.randrange(90),
            dice.choice([(176, 138, 92), (150, 112, 74), (120, 120, 124), (190, 160, 120)]),
        )
        _box(pen, left, top, wide, high, colour, _shade(colour, -50))
        pen.line((left, top + high / 2, left + wide, top + high / 2), fill=_shade(colour, -36), width=3)
    for _ in range(4):
        left, top = x + dice.randrange(200), y + dice.randrange(60)
        pen.line((left, top + 120, left + dice.randrange(60, 200), top), fill=(128, 96, 62), width=8)


def _puddle(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    x, y = dice.randrange(80, 360), dice.randrange(420, 480)
    _oval(pen, x + 100, y - 20, 70, 26, (70, 70, 72))
    for line in range(4):
        pen.line((x + 108 + line * 15, y - 16, x + 104 + line * 15, y + 2), fill=(40, 40, 42), width=3)
    if tidy:
        return
    for _ in range(6 + min(6, amount)):
        _oval(
            pen,
            x + dice.randrange(-60, 200),
            y + dice.randrange(60),
            dice.randrange(90, 220),
            dice.randrange(24, 60),
            dice.choice([(74, 78, 66), (88, 86, 70), (64, 70, 66)]),
        )


def _hole(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    x, y = dice.randrange(140, 480), dice.randrange(430, 500)
    shape = [(x + dice.randrange(-70, 200), y + dice.randrange(-10, 80)) for _ in range(9)]
    shape.sort(key=lambda spot: ((spot[1] > y + 35), spot[0] if spot[1] <= y + 35 else -spot[0]))
    pen.polygon(shape, fill=(70, 72, 76) if tidy else (58, 50, 44))
    if tidy:
        return
    for _ in range(5 + min(6, amount)):
        left, top = x + dice.randrange(-60, 180), y + dice.randrange(-10, 70)
        pen.line(
            (left, top, left + dice.randrange(-90, 90), top + dice.randrange(-40, 40)),
            fill=(40, 38, 36),
            width=3,
        )
        _oval(pen, left, top, 22, 12, (140, 132, 122))


def _wires(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    x = dice.randrange(160, 560)
    _bike(pen, x - 40, 430, dice.choice(_BRIGHT))
    if tidy:
        _box(pen, x + 140, 330, 50, 130, (232, 234, 236), (90, 110, 130))
        _box(pen, x + 150, 342, 30, 24, (40, 120, 170))
        return
    for number in range(max(1, min(4, amount))):
        top = x + dice.randrange(-60, 100)
        pen.line(
            (top, 60, top + 30, 200, top - 20 + number * 14, 330, x + 20, 446), fill=(190, 40, 36), width=4
        )
    _box(pen, x + 4, 440, 46, 20, (240, 240, 236), (90, 90, 90))


def _laundry(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    if tidy:
        return
    y = dice.randrange(200, 250)
    pen.line((60, y, 740, y + 16), fill=(70, 70, 70), width=3)
    for number in range(max(4, min(9, amount + 3))):
        x = 90 + number * 72 + dice.randrange(14)
        colour = dice.choice([*_BRIGHT, (244, 244, 240)])
        _box(pen, x, y + 4, 46, dice.randrange(60, 110), colour, _shade(colour, -40))


def _weeds(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    if tidy:
        for _ in range(30):
            _oval(pen, dice.randrange(800), 400 + dice.randrange(50), 40, 20, (98, 138, 80))
        return
    x = dice.randrange(40, 400)
    for _ in range(60 + amount * 3):
        left, foot = x + dice.randrange(330), 430 + dice.randrange(60)
        pen.line(
            (left, foot, left + dice.randrange(-14, 14), foot - dice.randrange(20, 60)),
            fill=dice.choice([(110, 120, 50), (70, 104, 50), (150, 140, 70)]),
            width=4,
        )
    _scraps(pen, dice, x, 440)


def _lamp(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    for number in range(max(1, min(3, amount))):
        x = 160 + number * 220 + dice.randrange(60)
        _box(pen, x, 130, 9, 300, (70, 74, 80))
        pen.line((x + 4, 132, x + 70, 110), fill=(70, 74, 80), width=7)
        _oval(pen, x + 60, 104, 40, 18, (255, 240, 170) if tidy else (60, 60, 58))
        if tidy:
            pen.polygon([(x + 70, 122), (x + 92, 122), (x + 180, 430), (x - 20, 430)], fill=(216, 206, 160))


def _board(pen: Pen, dice: Dice, amount: int, tidy: bool) -> None:
    x, y = dice.randrange(100, 440), dice.randrange(220, 270)
    face = (196, 40, 34) if tidy else (206, 164, 150)
    _box(pen, x - 8, y - 8, 316, 146, (120, 116, 110))
    _box(pen, x, y, 300, 130, face)
    _box(pen, x + 40, y + 138, 10, 90, (110, 106, 100))
    _box(pen, x + 250, y + 138, 10, 90, (110, 106, 100))
    ink = (252, 226, 120) if tidy else (222, 196, 170)
    for row in range(2):
        for letter in range(6):
            _box(pen, x + 24 + letter * 44, y + 24 + row * 46, 28, 30, ink)
    if not tidy:
        for _ in range(2 + min(3, amount)):
            left, top = x + dice.randrange(220), y + dice.randrange(90)
            pen.polygon(
                [(left, top), (left + 70, top + 10), (left + 40, top + 44), (left - 10, top + 30)],
                fill=(168, 160, 150),
            )


PROBLEMS: dict[str, Callable[[Pen, Dice, int, bool], None]] = {
    "bags": _bags, "bin": _bin, "bikes": _bikes, "cars": _cars, "posters": _posters, "stall": _stall, "clutter": _clutter,
    "puddle": _puddle, "hole": _hole, "wires": _wires, "laundry": _laundry, "weeds": _weeds, "lamp": _lamp, "board": _board,
}  # fmt: skip
