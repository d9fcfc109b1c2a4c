"""What forms that keep their photos answer to a browser and to their own script, and how they take photos in."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from wenming.faces.kit import once, photos
from wenming.faces.kit.models import Receipt
from wenming.faces.kit.photos import Taken
from wenming.ground.units.models import Unit


class Number(forms.FloatField):
    """A number the phone fills in. What cannot be read is as if the phone had told nothing."""

    def clean(self, value: Any) -> float | None:
        try:
            number: float | None = super().clean(value)
        except forms.ValidationError:
            return None
        return number


def by_script(request: HttpRequest) -> bool:
    """Does the page's own script ask? It wants JSON and keeps the form until it has the receipt."""
    return request.headers.get("Accept", "").startswith("application/json")


def take(request: HttpRequest, *names: str, town: Unit | None, covert: bool = False) -> dict[str, Taken]:
    """The photos of each file field, stored before the deed and outside its transaction.

    Decoding takes tenths of a second, and SQLite has one writer. A form that was answered before brings
    its photos a second time: they are not stored again.
    """
    key = once.key_of(request)
    if key is not None and Receipt.objects.filter(key=key).exists():
        return {name: Taken() for name in names}
    return {name: photos.take(request, name, town=town, source="unknown", covert=covert) for name in names}


def done(request: HttpRequest, url: str, *, status: int = 201, **facts: Any) -> HttpResponse:
    """Success: a receipt for the script, a redirect for the browser."""
    if by_script(request):
        return JsonResponse({"next": url, **facts}, status=status)
    return HttpResponseRedirect(url, status=303)


def refused(errors: dict[str, list[str]], *, status: int = 422) -> JsonResponse:
    """Failure for the script: sentences by field; "" is the whole form."""
    return JsonResponse({"errors": errors}, status=status)
