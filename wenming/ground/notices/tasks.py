"""Background work on notices."""

from datetime import datetime
from typing import Any

from wenming.ground.notices import actions


def digest(_payload: dict[str, Any], at: datetime) -> None:
    """Make the summaries of the day."""
    actions.make_digests(at=at)


HANDLERS = {"notices.digest": digest}
