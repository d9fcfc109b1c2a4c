"""Reading places and duties."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from math import asin, cos, radians, sin, sqrt

from django.db.models import Max, Q, QuerySet

from wenming.ground.audit.models import Record
from wenming.ground.people.models import Person
from wenming.ground.places.models import Duty, Place
from wenming.ground.units.models import Unit

EARTH_M = 6_371_008.8


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance in metres between two (lat, lng) in degrees."""
    lat_a, lat_b = radians(a[0]), radians(b[0])
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def nearest(
    lat: float, lng: float, *, within_m: float = 500, limit: int = 3, town: Unit | None = None
) -> list[tuple[Place, float]]:
    """Places in force near a point with their distance in metres, nearest first."""
    dlat = within_m / 111_000
    dlng = dlat / max(0.1, cos(radians(lat)))
    found = Place.objects.in_force().filter(
        lat__range=(lat - dlat, lat + dlat), lng__range=(lng - dlng, lng + dlng)
    )
    if town is not None:
        found = found.filter(unit__town=town)
    measured = [
        (place, distance_m((lat, lng), there))
        for place in found.select_related("unit")[:500]
        if (there := place.position) is not None
    ]
    return sorted([pair for pair in measured if pair[1] <= within_m], key=lambda pair: pair[1])[:limit]


def duties_of(person: Person, day: date) -> QuerySet[Duty]:
    """Duties the person holds on `day`, with their places."""
    return (
        Duty.objects.filter(person=person, from_date__lte=day, place__closed_on__isnull=True)
        .filter(Q(to_date__isnull=True) | Q(to_date__gte=day))
        .select_related("place", "place__unit")
        .order_by("place__number")
    )


def on_duty(place: Place, day: date) -> list[Duty]:
    """Who has duty at the place on `day`, deputies last."""
    found = place.duties.filter(from_date__lte=day).filter(Q(to_date__isnull=True) | Q(to_date__gte=day))
    return list(found.select_related("person").order_by("deputy", "id"))


def last_clear(places: Iterable[Place]) -> dict[uuid.UUID, datetime]:
    """When somebody last confirmed 无问题 at each place; by whom is nobody's business here (handbook D4)."""
    keys = [place.uuid for place in places]
    found = Record.objects.filter(subject_uuid__in=keys, deed="place.clear")
    return dict(found.order_by().values_list("subject_uuid").annotate(last=Max("at")))
