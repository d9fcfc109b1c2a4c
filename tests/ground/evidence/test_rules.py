"""Who sees a photo: every kind of photo × every kind of person."""

import pytest

from wenming.ground.evidence import rules, states
from wenming.ground.evidence.models import Photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(wang, town, case):
    """A photo of 王网格员 in 安和镇."""
    given = {"by": wang, "town": town, "subject_kind": "case", "subject_uuid": case}
    return lambda **said: Photo(**(given | said))


@pytest.fixture
def people(wang, li, zhao):
    return {"wang": wang, "li": li, "zhao": zhao, "nobody": None}


@pytest.mark.parametrize(
    ("who", "record_visible", "seen"),
    [
        ("wang", True, [True, True, True]),  # his own, covert or not
        ("wang", False, [False, False, True]),
        ("li", True, [True, True, False]),  # the office may know of covert work
        ("li", False, [False, False, False]),
        ("zhao", True, [True, False, False]),  # covert work of another town is closed to him
        ("zhao", False, [False, False, False]),
        ("nobody", True, [False, False, False]),
    ],
)
def test_may_see(photo, people, who, record_visible, seen):
    ordinary, covert, kept = photo(), photo(covert=True), photo(subject_uuid=None, subject_kind="")
    person = people[who]
    answers = [rules.may_see(person, one, subject_visible=record_visible) for one in (ordinary, covert, kept)]
    assert answers == seen


def test_photo_of_a_citizen_belongs_to_nobody(photo, wang):
    citizens = photo(by=None, subject_uuid=None, subject_kind="")
    assert rules.may_see(None, citizens, subject_visible=True) is False
    assert rules.may_see(wang, citizens, subject_visible=True) is False


@pytest.mark.parametrize(
    ("state", "covert", "seen"),
    [(states.HIDDEN, False, False), (states.APPROVED, False, True), (states.APPROVED, True, False)],
)
def test_public_sees_only_approved_photos(photo, state, covert, seen):
    assert rules.may_see_public(photo(public_state=state, covert=covert)) is seen


def test_only_the_office_of_the_town_publishes(photo, wang, li, zhao):
    assert [rules.may_publish(person, photo()) for person in (wang, li, zhao)] == [False, True, False]
