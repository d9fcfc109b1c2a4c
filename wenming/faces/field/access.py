"""Who may use the phone face."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse

from wenming.common.errors import NotAllowed
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P

View = Callable[..., HttpResponse]


def worker(view: View) -> View:
    """Decorator: for people who report or rectify. Others get a 403 with the way out."""

    @wraps(view)
    def wrapped(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.may(P.CASE_REPORT) or request.user.may(P.CASE_HANDLE)):
            raise NotAllowed("field_not_allowed", "您的岗位不在现场上报或处置，请使用工作台。")
        return view(request, *args, **kwargs)

    return wrapped
