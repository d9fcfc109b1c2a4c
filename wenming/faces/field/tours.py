"""One tour is one inspection: the finds made between 开始 and 结束 share its uuid (两次即督办 counts visits)."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people import roles
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.records.cases.models import Case

_KEY = "field_tour"


@dataclass(frozen=True)
class Tour:
    inspection: uuid.UUID
    source: str
    covert: bool
    began_at: datetime


def may_tour(person: Person) -> bool:
    """Tours belong to those who inspect others."""
    return person.may(P.CASE_COVERT)


def current(request: StaffRequest) -> Tour | None:
    """The tour under way in this session; it ends with the log-out, too."""
    kept = request.session.get(_KEY)
    if not kept or not may_tour(request.user):
        return None
    return Tour(
        uuid.UUID(kept["inspection"]), kept["source"], kept["covert"], datetime.fromisoformat(kept["at"])
    )


def begin(request: StaffRequest, *, source: str, covert: bool, at: datetime) -> None:
    """Start a tour; a tour that runs already goes on."""
    if current(request) is None:
        request.session[_KEY] = {
            "inspection": str(uuid.uuid4()), "source": source, "covert": covert, "at": at.isoformat(),
        }  # fmt: skip


def end(request: StaffRequest) -> Tour | None:
    """End the tour; returns it."""
    tour = current(request)
    request.session.pop(_KEY, None)
    return tour


def found_so_far(tour: Tour, person: Person) -> int:
    """How many finds the person has made on the tour, so that he knows they have arrived."""
    return Case.objects.filter(inspection=tour.inspection, reporter=person).count()


def own_level(person: Person) -> str:
    """The level of the person's own office."""
    return "county" if any(post.role in roles.COUNTY_FINDERS for post in person.posts_now()) else "town"


def source_of(person: Person, source: str, *, covert: bool) -> str:
    """What the case says about its origin: 暗访 unless a level above one's own was chosen."""
    if covert and source in ("", own_level(person)):
        return "covert"
    return source
