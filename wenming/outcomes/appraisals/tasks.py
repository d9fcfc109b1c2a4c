"""Nightly: scores of running and just ended periods are computed anew; black lists whose problems are fixed end."""

import logging
from datetime import datetime
from typing import Any

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.outcomes.appraisals import actions, queries, states
from wenming.outcomes.appraisals.models import Outcome, Round, RuleBook

log = logging.getLogger(__name__)
BROKEN = "程序出错，详情在运行日志里，请联系系统管理员"


def refresh(_payload: dict[str, Any], at: datetime) -> None:
    """Every adopted book, for the period that runs and for the one before it while nobody was told of it."""
    for town, code, kind in set(
        RuleBook.objects.filter(state=states.ADOPTED).values_list("town_id", "code", "period")
    ):
        running = periods.of(kind, clock.local_date(at))
        for period in (periods.previous(running), running):
            _refresh(town, code, period, at)


def _refresh(town: int, code: str, period: periods.Period, at: datetime) -> None:
    unit = Unit.objects.get(pk=town)
    there = Round.objects.filter(town=unit, code=code, period_kind=period.kind, period_start=period.start)
    if there.filter(state__in=states.TOLD).exists():
        return
    book = RuleBook.objects.in_force(unit, code, period)
    if book is None:
        return
    try:
        actions.compute(town=unit, code=code, period=period, by=None, at=at)
    except DomainError as error:
        log.warning("book %s of %s, %s: %s", code, unit, period.key, error)
        actions.could_not(book=book, period=period, reason=error.message, at=at)
    except Exception:
        # One book at which the engine breaks must not stop the others, and the office has to hear of it.
        log.exception("book %s of %s, %s", code, unit, period.key)
        actions.could_not(book=book, period=period, reason=BROKEN, at=at)


def clear_boards(_payload: dict[str, Any], at: datetime) -> None:
    """下黑榜 by default when all problems are proved fixed (handbook §4.3)."""
    listed = Outcome.objects.filter(
        board="black", state=states.CONFIRMED, cleared_at__isnull=True, round__state=states.PUBLISHED
    )
    for outcome in listed.select_related("round", "sheet"):
        cases, left = queries.problems_of(outcome)
        if cases and not left:
            actions.clear(outcome=outcome, ground=f"{len(cases)} 处问题已全部整改核查通过", by=None, at=at)


HANDLERS = {"appraisals.refresh": refresh, "appraisals.clear_boards": clear_boards}
