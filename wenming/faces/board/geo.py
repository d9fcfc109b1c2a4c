"""GeoJSON for the map (WGS-84, RFC 7946): open cases with their light, and the town's own shapes.

Up to MOST cases are points; beyond that the database counts them on a grid, and the page asks again for
the part it is zoomed into. Covert finds are never on a map: a board hangs where everybody passes.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, CharField, Count, F, Q, Value, When
from django.db.models import Case as Choose
from django.db.models.functions import Coalesce, Floor
from django.urls import reverse

from wenming.common import clock
from wenming.faces.board import scope as scopes
from wenming.ground.people.models import Person
from wenming.ground.places import states as places
from wenming.ground.places.models import Place
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.cases import queries, states
from wenming.records.cases.models import Case, CaseQuerySet

MOST = 2000
SHAPES = 3000
# Degrees: about 1 km for a county, 300 m for a town, when no part is named.
_CELL = {kinds.COUNTY: 0.01}
_TOWN_CELL = 0.003
_ORDER = {queries.RED: 0, queries.YELLOW: 1, queries.GREEN: 2, queries.STILL: 3}
# Open, but not 在办 in the books: nobody leads them yet, or they are suspended. Told apart, so
# that the map agrees with the number above it.
_APART = {
    "reported": (states.REPORTED,),
    "waiting": (states.REGISTERED,),
    "suspended": (states.SUSPENDED,),
}
_ROW = (
    "uuid", "number", "at_lat", "at_lng", "place__name", "unit__name", "category_name", "state", "due_at", "colour",
)  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A part of the map in degrees, and how many cells wide it is counted."""

    west: float
    south: float
    east: float
    north: float
    across: int = 14


def box(text: str) -> Box | None:
    """Read 「west,south,east,north」, with 「,cells」 after it or not; None for anything else."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    if len(numbers) not in (4, 5) or not all(math.isfinite(each) for each in numbers):
        return None
    across = int(min(24, max(4, numbers[4]))) if len(numbers) == 5 else 14
    found = Box(numbers[0], numbers[1], numbers[2], numbers[3], across)
    return found if found.west < found.east and found.south < found.north else None


def seen_by(person: Person, scope: Unit) -> CaseQuerySet:
    """Open cases of the unit that the person may see; no covert ones."""
    return _open(Case.objects.visible_to(person), scope)


def seen_by_all(scope: Unit) -> CaseQuerySet:
    """Open cases of the unit, for a wall that names none of them."""
    return _open(Case.objects.all(), scope)


def _open(found: CaseQuerySet, scope: Unit) -> CaseQuerySet:
    return scopes.cases_in(found, scope).open().filter(covert=False)


def cases(
    found: CaseQuerySet, scope: Unit, at: datetime, *, part: Box | None = None, named: bool = True
) -> dict[str, Any]:
    """A FeatureCollection of `found`, one statement, or two where there are more than MOST.

    Cases without a position have no geometry (they stand in the list only). With `named` false a point
    carries its light and nothing else, to four decimals (about 10 m).
    """
    placed: Any = found.annotate(
        at_lat=Coalesce("lat", "place__lat"), at_lng=Coalesce("lng", "place__lng"), colour=light(at)
    ).order_by()
    if part is not None:
        placed = placed.filter(at_lat__range=(part.south, part.north), at_lng__range=(part.west, part.east))
    rows = list(placed.values(*_ROW)[: MOST + 1])
    if len(rows) > MOST:
        return _grid(placed, scope, part)
    rows.sort(
        key=lambda row: (_ORDER[row["colour"]], row["due_at"] is None, row["due_at"] or at, row["number"])
    )
    features = [_named(row) if named else _bare(row) for row in rows]
    counts = {name: sum(row["state"] in apart for row in rows) for name, apart in _APART.items()}
    nowhere = sum(feature["geometry"] is None for feature in features)
    return _collection(features, total=len(rows), grid=False, nowhere=nowhere, **counts)


def light(at: datetime) -> Choose:
    """The light of a case as the database computes it; the same as `queries.light`."""
    running = Q(state__in=states.RUNNING, due_at__isnull=False)
    return Choose(
        When(~running, then=Value(queries.STILL)),
        When(due_at__lt=at, then=Value(queries.RED)),
        When(warn_at__lte=at, then=Value(queries.YELLOW)),
        default=Value(queries.GREEN),
        output_field=CharField(),
    )


def _grid(found: Any, scope: Unit, part: Box | None) -> dict[str, Any]:
    """Counts in square cells, each at the middle of its cases."""
    step = (part.east - part.west) / part.across if part else _CELL.get(scope.kind, _TOWN_CELL)
    cells: Any = (
        found.annotate(row=Floor(F("at_lat") / step), column=Floor(F("at_lng") / step))
        .values("row", "column")
        .annotate(
            n=Count("pk"),
            red=Count("pk", filter=Q(colour=queries.RED)),
            yellow=Count("pk", filter=Q(colour=queries.YELLOW)),
            **{name: Count("pk", filter=Q(state__in=apart)) for name, apart in _APART.items()},
            lat_mean=Avg("at_lat"),
            lng_mean=Avg("at_lng"),
        )
        .order_by("row", "column")
    )
    features, total, nowhere = [], 0, 0
    counts = dict.fromkeys(_APART, 0)
    for cell in cells:
        total += cell["n"]
        counts = {name: counts[name] + cell[name] for name in counts}
        if cell["lat_mean"] is None or cell["lng_mean"] is None:
            nowhere += cell["n"]
            continue
        said = {"count": cell["n"], "red": cell["red"], "yellow": cell["yellow"]}
        features.append(_feature(cell["lat_mean"], cell["lng_mean"], said))
    return _collection(features, total=total, grid=True, nowhere=nowhere, **counts)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    running = row["state"] in states.RUNNING
    said = {
        "number": row["number"],
        "place": row["place__name"] or row["unit__name"],
        "category": row["category_name"],
        "state": states.LABELS[row["state"]],
        "due": clock.show_time(row["due_at"]) if running and row["due_at"] else "",
        "light": row["colour"],
        "url": reverse("desk:case-detail", args=[row["uuid"]]),
    }
    return _feature(row["at_lat"], row["at_lng"], said)


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return _feature(row["at_lat"], row["at_lng"], {"light": row["colour"]}, decimals=4)


def shapes(scope: Unit, *, named: bool = True) -> dict[str, Any]:
    """Places in force below the unit: zones, streets and lanes as drawn, points as dots. One statement.

    With `named` false only zones keep their names.
    """
    found = (
        Place.objects.in_force()
        .filter(unit__path__startswith=scope.path)
        .filter(Q(geometry__isnull=False) | Q(lat__isnull=False))
        .order_by("id")
        .values("name", "kind", "geometry", "lat", "lng")[:SHAPES]
    )
    features = []
    for row in found:
        name = row["name"] if named or row["kind"] == places.ZONE else ""
        said = {"name": name, "kind": row["kind"]}
        if row["geometry"]:
            features.append({"type": "Feature", "geometry": row["geometry"], "properties": said})
        elif row["lat"] is not None:
            features.append(_feature(row["lat"], row["lng"], said))
    return {"type": "FeatureCollection", "features": features}


def _feature(
    lat: float | None, lng: float | None, said: dict[str, Any], *, decimals: int = 6
) -> dict[str, Any]:
    geometry = None
    if lat is not None and lng is not None:
        geometry = {"type": "Point", "coordinates": [round(lng, decimals), round(lat, decimals)]}
    return {"type": "Feature", "geometry": geometry, "properties": said}


def _collection(features: list[Any], **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features, **more}
