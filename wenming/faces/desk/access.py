"""Who may open a page of the desk, and which units it may be opened for."""

import uuid
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase

from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit

View = Callable[..., HttpResponseBase]


def needs(*permissions: P) -> Callable[[View], View]:
    """Decorator: a 403 for whoever holds none of `permissions` anywhere."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not any(request.user.may(each) for each in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def paths(person: Person, *permissions: P) -> list[str]:
    """Path prefixes for which the person holds one of `permissions`."""
    return sorted({path for each in permissions for path in person.paths(each)})


def units(person: Person, *permissions: P, grids: bool = False) -> list[Unit]:
    """Units for which the person holds one of `permissions`, in the order of the tree. One statement."""
    found = Unit.objects.in_paths(paths(person, *permissions)).order_by("path")
    return list(found if grids else found.exclude(kind=kinds.GRID))


def scope(request: StaffRequest, own: list[Unit]) -> Unit:
    """The unit named by `?unit=`, or the person's town, or the highest of `own`. 404 for any other unit."""
    said = request.GET.get("unit", "")
    if said:
        return pick(own, said)
    home = request.user.town
    return next((unit for unit in own if home and unit.pk == home.pk), None) or highest(own)


def highest(own: list[Unit]) -> Unit:
    """The unit nearest to the root. 404 when there is none."""
    if not own:
        raise Http404
    return min(own, key=lambda unit: (unit.depth, unit.path))


def pick(own: Iterable[Unit], said: str) -> Unit:
    """The unit of `own` with the uuid `said`, or 404."""
    key = as_uuid(said)
    for unit in own:
        if unit.uuid == key:
            return unit
    raise Http404


def as_uuid(said: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(said)
    except ValueError:
        return None
