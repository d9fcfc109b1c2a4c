"""Reading the in-box."""

from datetime import datetime

from django.db.models import QuerySet

from wenming.ground.notices.models import Notice
from wenming.ground.people.models import Person


def inbox(person: Person, at: datetime) -> QuerySet[Notice]:
    """What has been delivered to the person, newest first."""
    return Notice.objects.filter(person=person, show_at__lte=at).order_by("-show_at", "-id")


def unread(person: Person, at: datetime) -> int:
    """How many delivered notices the person has not opened."""
    return Notice.objects.filter(person=person, show_at__lte=at, read_at__isnull=True).count()
