"""Where a problem lies, as a phone offers it: my places, those of my ground, or just a community."""

import uuid
from dataclasses import dataclass
from datetime import date

from wenming.common.errors import DomainError
from wenming.ground.people.models import Person
from wenming.ground.places import queries as places
from wenming.ground.places.models import Place
from wenming.ground.places.rules import may_look
from wenming.ground.units import queries as units
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit

# A longer list cannot be used with a thumb; position, QR code and search find the others.
MOST = 400


@dataclass(frozen=True)
class Spot:
    """A place of the register, or only the ground it lies on."""

    place: Place | None = None
    unit: Unit | None = None

    @property
    def ground(self) -> Unit | None:
        return self.place.unit if self.place else self.unit


def value(thing: Place | Unit) -> str:
    """What the form carries: "p:<uuid>" for a place, "u:<uuid>" for a unit."""
    return f"{'p' if isinstance(thing, Place) else 'u'}:{thing.uuid}"


def ground_of(person: Person) -> Unit | None:
    """Own community, else the town."""
    unit = person.home_unit
    if unit is not None and unit.kind == kinds.GRID:
        unit = unit.parent
    return unit if unit is not None and unit.kind in kinds.RESIDENTIAL else person.town


def groups(person: Person, day: date, given: Place | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """The choices of the place field: (heading, [(value, text)]), the likeliest first."""
    ground, town = ground_of(person), person.town
    mine = list(dict.fromkeys(duty.place for duty in places.duties_of(person, day)))
    known = {place.pk for place in mine}
    found = []
    if given is not None:
        found.append(("当前点位", [(value(given), given.name)]))
        known.add(given.pk)
    found.append(("我的点位", [(value(p), p.name) for p in mine if given is None or p.pk != given.pk]))
    if ground is not None:
        near = Place.objects.in_force().filter(unit__path__startswith=ground.path).select_related("unit")
        others = [p for p in near.order_by("number")[:MOST] if p.pk not in known]
        whole = ground.kind not in kinds.RESIDENTIAL
        texts = [(value(p), f"{p.unit.label} · {p.name}" if whole else p.name) for p in others]
        found.append((f"{ground.label}的点位", texts))
    if town is not None:
        communities = [(value(u), f"{u.label}（不在点位上）") for u in units.residential(town)]
        found.append(("只选社区（村）", communities))
    return [(heading, choices) for heading, choices in found if choices]


def read(person: Person, text: str) -> Spot:
    """The spot of a form value; an empty one lies on the person's own ground. Raises DomainError."""
    if not text:
        return Spot(unit=ground_of(person))
    kind, _, key = text.partition(":")
    try:
        wanted = uuid.UUID(key)
    except ValueError:
        raise _unknown() from None
    if kind == "p":
        place = Place.objects.in_force().select_related("unit", "unit__parent").filter(uuid=wanted).first()
        if place is None or not may_look(person, place):
            raise _unknown()
        return Spot(place=place)
    unit = Unit.objects.in_force().select_related("town", "parent").filter(uuid=wanted).first()
    if unit is None or unit.kind not in kinds.RESIDENTIAL or person.town is None:
        raise _unknown()
    if not person.town.contains(unit):
        raise _unknown()
    return Spot(unit=unit)


def _unknown() -> DomainError:
    return DomainError("place_unknown", "没有这个点位，或不在您的范围内，请重新选择。", field="place")
