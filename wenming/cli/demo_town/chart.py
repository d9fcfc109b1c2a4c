"""The map of 安和镇: an invented little town, laid out in metres around a point and turned into WGS-84.

Twelve territories in four columns and three rows share crooked borders, so that a board without tiles can draw
the town from them; streets run along the borders, lanes, estates and points lie inside.
"""

from collections.abc import Sequence
from math import cos, radians

CENTRE = (24.95, 118.38)
COLUMNS, ROWS = 4, 3
_EAST = (-2150, -930, 20, 960, 2080)
_NORTH = (1560, 560, -520, -1540)
# How far each crossing of the borders lies from the plain grid, in metres east and north.
_BENDS = (
    ((-60, 90), (40, -70), (-30, 60), (80, 20), (-90, -110)),
    ((120, -40), (-70, 50), (30, -30), (-50, 70), (110, -60)),
    ((-80, 60), (60, -40), (-40, 40), (70, -50), (-60, 90)),
    ((90, 30), (-30, -90), (50, 60), (-70, -40), (40, 80)),
)
Spot = tuple[float, float]


def lng_lat(spot: Spot) -> list[float]:
    """[lng, lat] in degrees of a point given in metres east and north of the centre."""
    lat = CENTRE[0] + spot[1] / 111_195
    return [round(CENTRE[1] + spot[0] / (111_195 * cos(radians(CENTRE[0]))), 6), round(lat, 6)]


def crossing(column: int, row: int) -> Spot:
    """Where two borders meet: columns 0–4 from the west, rows 0–3 from the north."""
    bend = _BENDS[row][column]
    return _EAST[column] + bend[0], _NORTH[row] + bend[1]


def inside(cell: tuple[int, int], u: float, v: float) -> Spot:
    """A point of the territory (column, row); `u` runs 0 to 1 from west to east, `v` from north to south."""
    column, row = cell
    nw, ne = crossing(column, row), crossing(column + 1, row)
    sw, se = crossing(column, row + 1), crossing(column + 1, row + 1)
    east = (1 - v) * ((1 - u) * nw[0] + u * ne[0]) + v * ((1 - u) * sw[0] + u * se[0])
    north = (1 - v) * ((1 - u) * nw[1] + u * ne[1]) + v * ((1 - u) * sw[1] + u * se[1])
    return east, north


def territory(cell: tuple[int, int]) -> dict[str, object]:
    """GeoJSON polygon of a whole territory, with its borders bent half-way so that it looks grown."""
    corners = [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.0, 1.0), (0.0, 0.5)]
    ring = [lng_lat(inside(cell, u, v)) for u, v in corners]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def line(cell: tuple[int, int], path: Sequence[Spot]) -> dict[str, object]:
    """GeoJSON line through (u, v) points of a territory; they may lie a little outside it."""
    return {"type": "LineString", "coordinates": [lng_lat(inside(cell, u, v)) for u, v in path]}


def block(
    cell: tuple[int, int], u: float, v: float, wide: float = 0.13, high: float = 0.11
) -> dict[str, object]:
    """GeoJSON polygon of an estate around (u, v)."""
    corners = [(u - wide, v - high), (u + wide, v - high), (u + wide, v + high), (u - wide, v + high)]
    ring = [lng_lat(inside(cell, *corner)) for corner in corners]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def scatter(number: int) -> Spot:
    """The n-th of a row of (u, v) that fill a territory evenly without a visible grid."""
    return 0.13 + 0.74 * ((0.31 + number * 0.7548776662) % 1), 0.13 + 0.74 * (
        (0.57 + number * 0.5698402910) % 1
    )
