"""The same form twice is one deed: the second is answered with the first result.

The same is what has the same key, address, person and content. Other words under a spent key are neither done nor
passed over in silence: whoever wrote them is told.
"""

import hashlib
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
# What differs from one sending to the next by itself: made by the page, or measured again by the phone.
_BY_ITSELF = {"csrfmiddlewaretoken", "key", "sent_at"}
_MEASURED = {"lat", "lng", "accuracy_m", "found_at"}


def key_of(request: HttpRequest) -> uuid.UUID | None:
    """The key made when the form was opened: hidden field `key`, or the header Idempotency-Key."""
    text = request.headers.get("Idempotency-Key") or request.POST.get("key", "")
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def content_of(request: HttpRequest) -> str:
    """SHA-256 of what a person put into the form: every field in its order, files by field, name and size."""
    skipped = _BY_ITSELF | (_MEASURED if "accuracy_m" in request.POST else set())
    fields = [(name, values) for name, values in request.POST.lists() if name not in skipped]
    files = [(name, [(one.name, one.size) for one in sent]) for name, sent in request.FILES.lists()]
    return hashlib.sha256(repr((sorted(fields), sorted(files))).encode()).hexdigest()


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
                key=key,
                person_id=request.user.pk,
                path=request.path[:200],
                content=content_of(request),
                created_at=clock.now(),
            )
            if not _first(receipt):
                return _again(receipt)
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
    INSERT INTO kit_receipt (key, person_id, path, content, location, created_at) VALUES (%s, %s, %s, %s, '', %s)
    ON CONFLICT (key) DO NOTHING"""


def _first(receipt: Receipt) -> bool:
    """Write the receipt unless there is one. A second request waits here until the first is done."""
    values = [_prepared(receipt, name) for name in ("key", "person_id", "path", "content", "created_at")]
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


def _again(second: Receipt) -> HttpResponse:
    first = Receipt.objects.get(key=second.key)
    if (first.person_id, first.path) != (second.person_id, second.path):
        raise Conflict("key_reused", "这张表单已经在别处提交过，请刷新页面后重新填写。")
    # Receipts from before contents were kept have none.
    if first.content not in ("", second.content):
        raise Conflict(
            "key_spent",
            "这张表单已经提交过一次，这次填的与上次不同，没有办理。要再办一次，请返回上一页，刷新后重新填写。",
        )
    if first.body is not None:
        return HttpResponse(first.body["text"], status=first.body["status"], content_type="application/json")
    return HttpResponseRedirect(first.location or "/")
