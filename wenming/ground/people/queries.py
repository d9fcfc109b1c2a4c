"""Reading people."""

from django.db.models import CharField, F, Value

from wenming.ground.people.models import Person


def named_in(text: str) -> list[str]:
    """Names of people we know that stand in `text`. One statement, none for an empty text."""
    if not text.strip():
        return []
    found = Person.objects.annotate(said=Value(text, output_field=CharField())).filter(
        said__contains=F("name")
    )
    return list(found.exclude(name="").values_list("name", flat=True).order_by().distinct())
