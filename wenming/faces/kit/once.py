"""The same form twice is one deed: the second is answered with the first result."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from wenming.common import clock
from wenming.common.errors import Conflict
from wenming.faces.kit.models import Receipt

View = Callable[..., HttpResponse]


def key_of(request: HttpRequest) -> uuid.UUID | None:
    """The key made when the form was opened: hidden field `key`, or the header Idempotency-Key."""
    text = request.headers.get("Idempotency-Key") or request.POST.get("key", "")
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def once(view: View) -> View:
    """Decorator for views that write. Success is a redirect or a JSON answer; only success is remembered.

    The receipt is written in the transaction of the deed: either both are there or neither.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = key_of(request) if request.method == "POST" else None
        if key is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            receipt = Receipt(
                key=key, person_id=request.user.pk, path=request.path[:200], created_at=clock.now()
            )
            if not _first(receipt):
                return _again(request, key)
            response = view(request, *args, **kwargs)
            if not _succeeded(response):
                receipt.delete()
                return response
            receipt.location = response.headers.get("Location", "")
            if isinstance(response, JsonResponse):
                receipt.body = {"status": response.status_code, "text": response.content.decode()}
            _remember(receipt)
            return response

    return wrapped


_FIELDS = {field.name: field for field in Receipt._meta.concrete_fields}
_ANSWERED = "UPDATE kit_receipt SET location = %s, body = %s WHERE key = %s"
_FIRST = """
    INSERT INTO kit_receipt (key, person_id, path, location, created_at) VALUES (%s, %s, %s, '', %s)
    ON CONFLICT (key) DO NOTHING"""


def _first(receipt: Receipt) -> bool:
    """Write the receipt unless there is one. A second request waits here until the first is done."""
    values = [_prepared(receipt, name) for name in ("key", "person_id", "path", "created_at")]
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, values)
        return bool(cursor.rowcount == 1)


def _remember(receipt: Receipt) -> None:
    """Write what was answered."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [_prepared(receipt, name) for name in ("location", "body", "key")])


def _prepared(receipt: Receipt, name: str) -> Any:
    """A value of the receipt as the engine in use takes it."""
    return _FIELDS[name].get_db_prep_save(getattr(receipt, name), connection)


def _succeeded(response: HttpResponse) -> bool:
    return response.status_code in (301, 302, 303) or (
        isinstance(response, JsonResponse) and response.status_code < 300
    )


def _again(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    first = Receipt.objects.get(key=key)
    if first.person_id != request.user.pk or first.path != request.path[:200]:
        raise Conflict("key_reused", "这张表单已经在别处提交过，请刷新页面后重新填写。")
    if first.body is not None:
        return HttpResponse(first.body["text"], status=first.body["status"], content_type="application/json")
    return HttpResponseRedirect(first.location or "/")
