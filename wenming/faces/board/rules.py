"""Who may put a board on a wall."""

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit


def may_hang(person: Person, unit: Unit | None = None) -> bool:
    """Whoever reads the board and keeps the units there (the office): it shows totals without log-in."""
    return person.may(P.BOARD_READ, unit) and person.may(P.UNITS_EDIT, unit)
