"""The request of somebody who is logged in, with the person as a Person.

Every page asks for a log-in unless it says `login_not_required` (`kit.middleware.LogInFirst`), so a view takes a
StaffRequest and reads `request.user`; pages open to everybody take an HttpRequest and ask `is_authenticated` first.
"""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from wenming.ground.people.models import Person


class StaffRequest(HttpRequest):
    """Never made here: it names what the middleware has made of the request."""

    user: Person
    htmx: HtmxDetails
