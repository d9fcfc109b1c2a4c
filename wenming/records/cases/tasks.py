"""Background work on cases: the ladder, and rebuilding clock columns when the calendar changes."""

from datetime import datetime
from typing import Any

from wenming.records.cases import escalation


def climb(_payload: dict[str, Any], at: datetime) -> None:
    """Walk the escalation ladder once."""
    escalation.climb(at=at)


def reproject(payload: dict[str, Any], at: datetime) -> None:
    """Recompute the clocks of open cases after a change of the calendar."""
    escalation.reproject(at=at, after=int(payload.get("after", 0)))


HANDLERS = {"cases.climb": climb, "cases.reproject": reproject}
