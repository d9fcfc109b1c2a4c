"""Log-in, first password, in-box, and the pages for what went wrong."""

import sys
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.paginator import Paginator
from django.db import InterfaceError, OperationalError, connection
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseNotFound,
    HttpResponseServerError,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.kit import middleware
from wenming.faces.kit.forms import LogInForm, PasswordForm, refuse
from wenming.faces.kit.photos import MAX_IN_FORM
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.notices import actions as notice_actions
from wenming.ground.notices import queries as notices
from wenming.ground.people import actions as people
from wenming.ground.people.permissions import P


@method_decorator(login_not_required, name="dispatch")
class LogIn(LoginView):
    template_name = "kit/log_in.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True
    # Django would show the address of the server as the name of the site.
    extra_context = {"site_name": settings.SITE_NAME}


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("kit:log-in")


@require_http_methods(["GET", "POST"])
def password(request: StaffRequest) -> HttpResponse:
    """Change one's own password; the only page open while a first password holds."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.change_password(
                person=request.user, password=form.cleaned_data["password"], at=clock.now()
            )
        except DomainError as error:
            refuse(form, error)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, "口令已修改。")
            return redirect("kit:home")
    return render(request, "kit/password.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the face that fits: leaders to the board, people in the street to the field, the rest to the desk."""
    user = request.user
    if not user.is_authenticated:
        return redirect("public:home")
    roles = {post.role for post in user.posts_now()}
    if roles and roles <= {"street_chief", "grid_worker"}:
        return redirect("field:home")
    if roles and roles <= {"town_leader", "county_leader"} and user.may(P.BOARD_READ):
        return redirect("board:home")
    return redirect("desk:home")


@require_http_methods(["GET", "POST"])
def inbox(request: StaffRequest) -> HttpResponse:
    """One's own notices; opening the page does not mark them, the button does."""
    now = clock.now()
    if request.method == "POST":
        notice_actions.mark_read(person=request.user, at=now)
        return redirect("kit:inbox")
    page = Paginator(notices.inbox(request.user, now), 20).get_page(request.GET.get("page"))
    return render(request, "kit/inbox.html", {"page": page})


@login_not_required
@require_GET
def health(_request: HttpRequest) -> HttpResponse:
    """For a supervisor: the process answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


@login_not_required
@require_GET
def old_browser(request: HttpRequest) -> HttpResponse:
    return render(request, "kit/old_browser.html")


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:  # noqa: ARG001 -- called by name
    return HttpResponseNotFound(render_to_string("kit/not_found.html", {"site_name": ""}, request))


def bad_request(request: HttpRequest, exception: Any) -> HttpResponse:
    """What Django itself refuses before any form sees it: too long, too many files, a broken request."""
    told = "请求不完整或已损坏，请返回上一页刷新后再试。"
    if isinstance(exception, RequestDataTooBig):
        told = "文字太长，一次最多 5 MB，请分几次提交。"
    elif isinstance(exception, TooManyFilesSent):
        told = f"一次选的文件太多，请每次不超过 {MAX_IN_FORM} 张。"
    elif isinstance(exception, TooManyFieldsSent):
        told = "一次提交的项目太多，请分几次提交。"
    context = {"error": {"message": told}, "back": middleware.back(request)}
    return HttpResponseBadRequest(render_to_string("kit/refused.html", context, request))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 -- called by name
    """A form whose page was open too long or belongs to another log-in; what was typed is given back."""
    context = {"typed": middleware.typed(request), "back": middleware.back(request)}
    return HttpResponseForbidden(render_to_string("kit/lost.html", context, request))


def forbidden(request: HttpRequest, exception: Any) -> HttpResponse:  # noqa: ARG001 -- called by name
    return HttpResponseForbidden(render_to_string("kit/forbidden.html", {}, request))


def broken(_request: HttpRequest) -> HttpResponse:
    """Also the answer while the database is away: then 503, so that a browser or a phone tries again later."""
    if isinstance(sys.exception(), (OperationalError, InterfaceError)):
        return HttpResponse(render_to_string("kit/outage.html"), status=503, headers={"Retry-After": "30"})
    return HttpResponseServerError(render_to_string("kit/broken.html"))
