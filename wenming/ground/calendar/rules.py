"""Who may change the calendar."""

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P


def may_edit(person: Person) -> bool:
    """Days, hours and years hold for the whole county; whoever maintains the calendar may set them."""
    return person.may(P.CALENDAR_EDIT)
