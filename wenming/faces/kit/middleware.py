"""Middleware of all faces: idle time-out, first password, and turning refusals into pages."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.people.models import usable

Answer = Callable[[HttpRequest], HttpResponse]
# The session row is rewritten at most this often, so that reading pages does not write to the database.
TOUCH_SECONDS = 60


class IdleTimeout:
    """Logs out after settings.IDLE_MINUTES without a request, and at once when the account was switched off."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "_auth_user_id" in request.session:
            now, seen = int(time.time()), request.session.get("seen", 0)
            idle = seen and now - seen > settings.IDLE_MINUTES * 60
            if idle or not usable(request.user, clock.now()):
                auth.logout(request)
                return redirect(f"{reverse('kit:log-in')}?next={request.path}&idle=1")
            if now - seen > TOUCH_SECONDS:
                request.session["seen"] = now
        return self.answer(request)


class FirstPassword:
    """A first password, given by somebody else, must be changed before anything else."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.must_change_password:
            allowed = {reverse("kit:password"), reverse("kit:log-out")}
            if request.path not in allowed and not request.path.startswith(settings.STATIC_URL):
                return redirect("kit:password")
        return self.answer(request)


class Refusals:
    """A DomainError that no form has caught becomes a page (or JSON) with the sentence and the way back."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        return refusal(request, error)


def status_of(error: DomainError) -> int:
    """403 for the wrong person, 409 for the wrong moment, 422 for the wrong input."""
    if isinstance(error, NotAllowed):
        return 403
    return 409 if isinstance(error, Conflict) else 422


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to a refused deed."""
    status = status_of(error)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse(
            {"code": error.code, "message": error.message, "field": error.field}, status=status
        )
    context = {"error": error, "back": request.headers.get("Referer", "")}
    return render(request, "kit/refused.html", context, status=status)
