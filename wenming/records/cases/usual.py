"""What is usually found at a place: the order of the big buttons on a phone. A suggestion, never a figure."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.db.models import Count, Max

from wenming.common.errors import DomainError
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.standards.models import EventCategory
from wenming.ground.units.models import Unit
from wenming.records.cases.models import Case, CaseQuerySet

# Older finds say little about what lies there today, and reading them all would cost more each year.
_LATEST = 300


def categories(*, place: Place | None, unit: Unit | None, on: date, limit: int = 3) -> list[EventCategory]:
    """Up to `limit` categories: most frequent at the place, then its check list, then on the
    unit's ground, then in the town.

    Covert finds are left out, so that no button betrays them.
    """
    active = {row.code: row for row in standards.categories(on)}
    chosen: dict[str, EventCategory] = {}
    seen = Case.objects.filter(covert=False)
    groups: list[Callable[[], list[str]]] = []
    if place is not None:
        groups.append(lambda: _frequent(seen.filter(place=place)))
        groups.append(lambda: _of_point_type(place, on))
    if unit is not None:
        groups.append(lambda: _frequent(seen.filter(unit__path__startswith=unit.path)))
        groups.append(lambda: _frequent(seen.filter(town_id=unit.town_id)))
    for group in groups:
        for code in group():
            if code in active:
                chosen.setdefault(code, active[code])
        if len(chosen) >= limit:
            break
    return list(chosen.values())[:limit]


def _frequent(found: CaseQuerySet) -> list[str]:
    latest = found.order_by("-reported_at", "-id").values("pk")[:_LATEST]
    counted = Case.objects.filter(pk__in=list(latest.values_list("pk", flat=True))).values("category")
    ranked = counted.annotate(n=Count("id"), last=Max("reported_at")).order_by("-n", "-last", "category")
    return [row["category"] for row in ranked[:10]]


def _of_point_type(place: Place, on: date) -> list[str]:
    if not place.point_type:
        return []
    try:
        kind = standards.point_type(place.point_type, on)
    except DomainError:
        # The register may name a type that a newer pack has dropped.
        return []
    items = sorted(standards.check_items(kind), key=lambda item: -item.weight)
    return [item.event_code for item in items]


def last_finds(places: Iterable[Place]) -> dict[int, datetime]:
    """{place key: when a problem was last found there}, covert finds left out."""
    keys = [place.pk for place in places]
    found = Case.objects.filter(place_id__in=keys, covert=False).order_by()
    return dict(found.values_list("place_id").annotate(last=Max("reported_at")))
