"""Months of 安和镇 that were appraised and published: for pages and commands that read what is there."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from tests.factories import Life
from tests.outcomes.appraisals.conftest import seed_book
from wenming.common import clock
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Outcome, Round, RuleBook


def month(back: int = 1, *, today: datetime | None = None) -> Period:
    """The month that ended `back` months ago, long enough for its days of appeal to be over by today."""
    period = periods.of(periods.MONTH, clock.local_date((today or clock.now()) - timedelta(days=14)))
    for _ in range(back):
        period = periods.previous(period)
    return period


def morning(period: Period, day: int = 12) -> datetime:
    """Nine in the morning of a day of the month."""
    return clock.at_local(period.start + timedelta(days=day - 1), 9).astimezone(UTC)


def adopted(t: SimpleNamespace, text: str | None = None, *, since: Period | None = None) -> RuleBook:
    """The seed's book, or `text`, in force from the first day of `since` (last month when not said): its ladder asks
    for every month since then."""
    day = (since or month()).start
    said = seed_book(in_force=day.isoformat()) if text is None else text
    return appraisals.enact(town=t.town, text=said, by=t.clerk, at=clock.at_local(day, 9).astimezone(UTC))[0]


def found(t: SimpleNamespace, period: Period, *, day: int = 12, times: int = 1) -> Life:
    """`times` finds by the town in 建设巷 (东门社区), rectified and accepted; the second one costs double."""
    life = Life(t, at=morning(period, day))
    for _ in range(times):
        life.closed(by=t.inspector)
        life.tick(24 * 60)
    return life


def shown(t: SimpleNamespace, period: Period, *, code: str = "seed") -> Round:
    """Computed and shown two days after the month."""
    at = clock.at_local(period.end + timedelta(days=2), 9).astimezone(UTC)
    where = appraisals.compute(town=t.town, code=code, period=period, by=t.clerk, at=at)
    return appraisals.show(where=where, by=t.clerk, at=at)


def published(t: SimpleNamespace, period: Period, *, code: str = "seed") -> Round:
    """Shown, the days of appeal over, published."""
    where = shown(t, period, code=code)
    assert where.appeals_until is not None
    return appraisals.publish(where=where, by=t.clerk, at=where.appeals_until + timedelta(minutes=1))


def confirmed(t: SimpleNamespace, where: Round, board: str) -> Outcome:
    """The place on the red or black list that the leader confirms."""
    assert where.published_at is not None
    outcome = Outcome.objects.get(round=where, board=board)
    return appraisals.settle(
        outcome=outcome, confirmed=True, ground="镇长办公会研究", by=t.leader, at=where.published_at
    )
