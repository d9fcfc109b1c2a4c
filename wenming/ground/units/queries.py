"""Reading units."""

from wenming.ground.units import states
from wenming.ground.units.models import Unit, UnitQuerySet


def by_code(code: str) -> Unit | None:
    """The unit with this code, or None."""
    return Unit.objects.filter(code=code).select_related("town", "parent").first()


def compared(town: Unit) -> dict[str, list[Unit]]:
    """Units in force of a town by comparison group (社区, 村, 部门站所 …), never all in one pot."""
    groups: dict[str, list[Unit]] = {}
    for unit in Unit.objects.below(town).in_force().filter(kind__in=states.GROUPS):
        groups.setdefault(states.GROUPS[unit.kind], []).append(unit)
    return groups


def for_dept(town: Unit, dept: str) -> Unit | None:
    """The unit in the town that answers for a trade (`dept` of an event category): town first, then county."""
    found = list(
        Unit.objects.in_force()
        .filter(dept=dept)
        .filter(path__startswith=town.path)
        .order_by("depth", "id")[:1]
    )
    if not found and town.parent_id:
        found = list(Unit.objects.in_force().filter(dept=dept, parent_id=town.parent_id).order_by("id")[:1])
    return found[0] if found else None


def residential(town: Unit) -> UnitQuerySet:
    """Communities and villages of a town, in force."""
    return Unit.objects.below(town).in_force().filter(kind__in=states.RESIDENTIAL)
