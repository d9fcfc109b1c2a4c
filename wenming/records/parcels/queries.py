"""Reading parcels."""

from django.db.models import QuerySet

from wenming.ground.people.models import Person
from wenming.records.cases.models import Case
from wenming.records.parcels.models import Answer, Parcel


def answers_to(person: Person, case: Case) -> QuerySet[Answer]:
    """What the town has said of the case by parcel, newest first, where the person may open the parcel."""
    seen = Parcel.objects.visible_to(person)
    return Answer.objects.filter(case=case, parcel__in=seen).select_related("parcel").order_by("-pk")
