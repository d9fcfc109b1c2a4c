"""Who may use the phone face, and the answers its forms give to a browser and to its own script."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from wenming.common.errors import NotAllowed
from wenming.faces.kit import once, photos
from wenming.faces.kit.models import Receipt
from wenming.faces.kit.photos import Taken
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit

View = Callable[..., HttpResponse]


def worker(view: View) -> View:
    """Decorator: for people who report or rectify. Others get a 403 with the way out."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.may(P.CASE_REPORT) or request.user.may(P.CASE_HANDLE)):
            raise NotAllowed("field_not_allowed", "您的岗位不在现场上报或处置，请使用工作台。")
        return view(request, *args, **kwargs)

    return wrapped


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
