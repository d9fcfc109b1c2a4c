"""Background work. Handlers are idempotent: a worker that dies is followed by another."""

from datetime import datetime
from typing import Any

from wenming.ground.evidence import actions
from wenming.ground.evidence.models import Photo

# Days back that the nightly sweep looks at, so that a week of missed nights is made good.
SWEPT_DAYS = range(2, 10)


def derive(payload: dict[str, Any], at: datetime) -> None:
    """payload: {"photo": uuid}. A photo purged meanwhile needs no copies."""
    photo = Photo.objects.filter(uuid=payload["photo"]).first()
    if photo is not None:
        actions.derive(photo=photo, at=at)


def sweep(payload: dict[str, Any], at: datetime) -> None:  # noqa: ARG001  every handler takes a payload
    """Nightly: photos whose form never came, and files without a row."""
    while actions.purge(at=at):
        pass
    for days_ago in SWEPT_DAYS:
        actions.sweep_strays(at=at, days_ago=days_ago)


HANDLERS = {"evidence.derive": derive, "evidence.sweep": sweep}
