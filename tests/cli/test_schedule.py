"""What the worker puts in the queue by the clock, and what it does there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError

from tests.factories import NOW, Life
from wenming.cli import schedule, upkeep
from wenming.cli.worker import Worker
from wenming.common import clock
from wenming.ground.calendar import queries as calendar
from wenming.ground.jobs import actions as jobs
from wenming.ground.jobs.models import Job
from wenming.ground.notices.models import Notice
from wenming.ledger.models import DailyTotal


def keys(local: str) -> list[str]:
    at = datetime.fromisoformat(f"{local}+08:00").astimezone(UTC)
    return [key for _, key in schedule.due(at, calendar.calendar())]


KINDS = ("appraisals.refresh", "appraisals.clear_boards", "evidence.sweep", "upkeep.verify", "upkeep.tidy")
NIGHT = [f"{kind}:2026-11-16" for kind in KINDS]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-16T00:59", []),
        ("2026-11-16T01:59", NIGHT[:2]),
        ("2026-11-16T02:00", NIGHT[:3]),
        ("2026-11-16T08:29", NIGHT),
        ("2026-11-16T08:30", ["cases.climb:2026-11-16T08", "notices.digest:2026-11-16", *NIGHT]),
        ("2026-11-16T12:30", ["notices.digest:2026-11-16", *NIGHT]),
        ("2026-11-16T15:10", ["cases.climb:2026-11-16T15", "notices.digest:2026-11-16", *NIGHT]),
        # A Sunday: no digest, no ladder.
        ("2026-11-22T10:00", [f"{kind}:2026-11-22" for kind in KINDS]),
    ],
)
def test_due_follows_the_working_calendar(db: None, local: str, expected: list[str]) -> None:
    assert keys(local) == expected


def test_enqueued_once_however_many_workers(db: None) -> None:
    for _ in range(3):
        schedule.enqueue_due(at=NOW)
    assert sorted(Job.objects.values_list("kind", flat=True)) == sorted(schedule.PERIODIC)


def test_every_periodic_kind_has_a_handler() -> None:
    assert set(jobs.handlers()) >= schedule.PERIODIC


def test_worker_does_what_is_due(life: Life) -> None:
    life.handling()
    assert Worker().once() >= 1
    assert not Job.objects.exclude(state="done").exists()


def test_verify_tells_the_audit_administrators_of_spoilt_books(life: Life) -> None:
    life.reported()
    upkeep.verify({}, NOW)
    assert not Notice.objects.filter(kind="upkeep.verify").exists()
    DailyTotal.objects.update(total=99)
    upkeep.verify({}, NOW)
    notice = Notice.objects.get(kind="upkeep.verify")
    assert (notice.person, notice.urgent) == (life.t.auditor, True)
    assert notice.sentence.startswith("账目或历史校验不通过")


def test_tidy_forgets_old_sessions_and_periodic_jobs(town: Any) -> None:
    old = clock.now() - timedelta(days=40)
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=old)
    schedule.enqueue_due(at=old)
    Job.objects.update(state="done", finished_at=old)
    jobs.enqueue(kind="evidence.derive", payload={}, at=old, key="kept")
    upkeep.tidy({}, clock.now())
    assert (Session.objects.count(), list(Job.objects.values_list("key", flat=True))) == (0, ["kept"])


def test_worker_waits_longer_each_time_up_to_half_a_minute() -> None:
    worker, waits = Worker(), []
    worker.stop()  # so that the test itself need not wait
    for _ in range(7):
        worker._back_off(OperationalError("gone"))
        waits.append(worker._wait)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
