"""What every page's frame needs: the menu the person may open, his unit, the count of his notices."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from wenming.common import clock
from wenming.faces.kit import menu
from wenming.ground.notices import queries as notices


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html. Costs one statement (unread notices) for people, none for strangers."""
    found: dict[str, Any] = {"site_name": settings.SITE_NAME, "now": clock.now()}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return found
    unread: list[int] = []

    def count() -> int:
        # Only pages that draw the frame ask; partial answers do not.
        if not unread:
            unread.append(notices.unread(user, found["now"]))
        return unread[0]

    return found | {"menu": menu.for_person(user, request.path), "home_unit": user.home_unit, "unread": count}
