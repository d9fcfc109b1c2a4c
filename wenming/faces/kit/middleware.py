"""Middleware of all faces: idle time-out, first password, and turning refusals into pages."""

import re
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

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
                return log_in_first(request) or redirect(
                    f"{reverse('kit:log-in')}?{urlencode({'next': request.path, 'idle': '1'})}"
                )
            if now - seen > TOUCH_SECONDS:
                request.session["seen"] = now
        return self.answer(request)


class LogInFirst(LoginRequiredMiddleware):
    """To the log-in page; what a form brought that was open too long is shown, so that it can be copied."""

    def handle_no_permission(  # type: ignore[override]  # a page instead of a redirect is as good
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        return log_in_first(request) or super().handle_no_permission(request, view_func)


class Private:
    """Pages of people who have logged in stay in no cache: after 退出 on a shared phone, 返回 shows none of them."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if "Cache-Control" not in response and request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response


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
        if isinstance(error, ValueError | DataError) and "NUL (0x00)" in str(error):
            error = DomainError("text_broken", "提交的文字里有不能识别的字符（空字符），请重新输入。")
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
    context = {"error": error, "back": back(request), "typed": typed(request)}
    return render(request, "kit/refused.html", context, status=status)


def back(request: HttpRequest) -> str:
    """The page the person came from, if it is one of ours."""
    said = request.headers.get("Referer", "")
    return said if url_has_allowed_host_and_scheme(said, {request.get_host()}) else ""


# Never shown again: what is secret, and what nobody typed.
_NOT_TYPED = {"csrfmiddlewaretoken", "key", "password", "again", "website", "next"}
# The codes behind choices: states, kinds, keys.
_CHOSEN = re.compile(r"(?:\w:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z_]+")


def typed(request: HttpRequest) -> list[str]:
    """What a person typed into a form of ours that cannot be taken now, the longest first."""
    if request.method != "POST" or not back(request):
        return []
    said = {
        value.strip()
        for name, values in request.POST.lists()
        if name not in _NOT_TYPED and not name.endswith("_kept")
        for value in values
        if len(value.strip()) > 1 and not _CHOSEN.fullmatch(value.strip())
    }
    return sorted(said, key=len, reverse=True)[:30]


def log_in_first(request: HttpRequest) -> HttpResponse | None:
    """The page that gives back what was typed; None where nothing was (or a script keeps it by itself)."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return None
    words = typed(request)
    if not words:
        return None
    log_in = f"{reverse('kit:log-in')}?{urlencode({'next': request.path})}"
    return render(request, "kit/lost.html", {"typed": words, "log_in": log_in}, status=403)
