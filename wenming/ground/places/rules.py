"""Who may look at a place. Predicates only."""

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place


def may_look(person: Person, place: Place) -> bool:
    """Staff may open the places of their town: a grid worker's problem may lie across the lane."""
    if person.may(P.PLACES_READ, place.unit):
        return True
    towns = {post.unit.town_id for post in person.posts_now() if P.PLACES_READ in post.permissions}
    return place.unit.town_id is not None and place.unit.town_id in towns
