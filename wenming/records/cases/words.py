"""Finding cases by words in number, address, category and description, and by the name of the place.

Chinese words are mostly two characters long and stand without blanks, so PostgreSQL is given an index of the pairs of
neighbouring characters (migration 0003); its own trigrams find nothing below three. Pairs alone may be scattered over
the text, so longer words are compared once more. SQLite compares row by row, which a township's books allow.
"""

from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q

from wenming.ground.places.models import Place

# The same text, joined the same way, as in the index: another expression would not use it.
_SAID = ("number", "address", "category_name", "description")
_TEXT = "cases_grams(" + " || ' ' || ".join(["%s"] * len(_SAID)) + ")"
_SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def saying(word: str) -> Q:
    """Cases that say `word`, or lie at a place named so (one statement for the places)."""
    said = Q()
    for field in _SAID:
        said |= Q(**{f"{field}__icontains": word})
    if connection.vendor == "postgresql" and len(word) > 1:
        pairs = Q(_Pairs(*(F(field) for field in _SAID), pairs=_pairs(word)))
        said = pairs if len(word) == 2 else pairs & said
    places = list(Place.objects.filter(name__icontains=word).values_list("pk", flat=True))
    return said | Q(place_id__in=places) if places else said


def _pairs(word: str) -> list[str]:
    low = word.translate(_SMALL)
    return [low[n : n + 2] for n in range(len(low) - 1)]


class _Pairs(Func):
    """Do the pairs of the row's text hold all of the word's?"""

    output_field = BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # noqa: ARG002
        """`cases_grams(number || ' ' || …) @> ARRAY[…]`."""
        names = [compiler.compile(column)[0] for column in self.source_expressions]
        pairs = list(self.extra["pairs"])
        marks = ", ".join(["%s"] * len(pairs))
        return f"{_TEXT % tuple(names)} @> ARRAY[{marks}]::text[]", pairs
