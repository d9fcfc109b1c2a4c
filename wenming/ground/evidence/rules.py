"""Who may see a photo and who may do what with it. Every face asks here before it serves a byte."""

from typing import TYPE_CHECKING

from wenming.ground.evidence import states
from wenming.ground.people.permissions import P

if TYPE_CHECKING:
    from wenming.ground.evidence.models import Photo
    from wenming.ground.people.models import Person


def may_see(person: "Person | None", photo: "Photo", *, subject_visible: bool) -> bool:
    """May this person see the staff copy (thumbnail, published picture, strip)? Originals are never served.

    `subject_visible` is the answer of the record's own room: does `visible_to(person)` contain the record?
    A photo that belongs to no record is seen by the one who uploaded it alone. A covert photo needs the
    covert permission besides, or to be one's own, even where the record is open (architecture.md §6).
    """
    if person is None:
        return False
    own = photo.by_id == person.pk
    if photo.subject_uuid is None:
        return own
    if not subject_visible:
        return False
    return not photo.covert or own or may_see_covert(person, photo)


def may_see_covert(person: "Person", photo: "Photo") -> bool:
    """Covert work of the photo's town."""
    return person.may(P.CASE_COVERT, photo.town)


def may_see_public(photo: "Photo") -> bool:
    """May anybody at all see the public (masked) copy?"""
    return photo.public_state == states.APPROVED and not photo.covert


def may_publish(person: "Person", photo: "Photo") -> bool:
    """May this person approve a photo for the public?"""
    return person.may(P.PUBLIC_MODERATE, photo.town)
