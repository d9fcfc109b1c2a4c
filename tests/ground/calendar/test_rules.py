"""Only posts that maintain the calendar may change it."""

from datetime import UTC, date, datetime

import pytest

from wenming.ground.calendar import rules
from wenming.ground.people import roles
from wenming.ground.people.models import Person, Post
from wenming.ground.units import actions as units

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 1, tzinfo=UTC)
EDITORS = {"county_office", "office_director", "office_clerk", "system_admin"}


@pytest.mark.parametrize("role", [code for code, _ in roles.CHOICES])
def test_may_edit_by_role(role):
    town = units.create(
        name="城关镇", kind="town", code="350581100000", parent=None, at=AT, valid_from=date(2026, 1, 1)
    )
    person = Person.objects.create(name="王明", phone="13800000002", created_at=AT)
    Post.objects.create(person=person, role=role, unit=town, from_date=date(2020, 1, 1))
    assert rules.may_edit(person) is (role in EDITORS)
