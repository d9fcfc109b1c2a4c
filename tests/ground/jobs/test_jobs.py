"""Jobs: in the deed's transaction, by lease, with retry; a killed worker's job is taken again."""

import importlib
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from tests.factories import NOW
from wenming.ground.jobs import actions, states
from wenming.ground.jobs.models import Job

done: list[dict[str, Any]] = []


def work(payload: dict[str, Any], _at: Any) -> None:
    if payload.get("break"):
        raise ValueError("打印机没纸")
    done.append(payload)


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    done.clear()
    monkeypatch.setattr(actions, "handlers", lambda: {"test.work": work})


def put(**payload: Any) -> None:
    actions.enqueue(kind="test.work", payload=payload, at=NOW)


def test_job_is_lost_with_its_deed_and_only_with_it(db: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        put(n=1)
        raise RuntimeError("deed failed")
    put(n=2)
    assert actions.run_due(worker="w", at=NOW) == 1
    assert done == [{"n": 2}]


def test_two_jobs_with_one_key_are_one(db: None) -> None:
    for _ in range(2):
        actions.enqueue(kind="test.work", payload={}, at=NOW, key="digest-2026-11-16")
    assert Job.objects.count() == 1


def test_killed_workers_job_is_taken_after_its_lease(db: None) -> None:
    put(n=1)
    assert actions.claim(worker="killed", at=NOW) is not None
    assert actions.claim(worker="next", at=NOW + timedelta(minutes=1)) is None
    again = actions.claim(worker="next", at=NOW + actions.LEASE)
    assert again is not None
    assert (again.worker, again.attempts) == ("next", 2)


def test_failed_job_waits_longer_each_time_and_then_stays(db: None) -> None:
    actions.enqueue(kind="test.work", payload={"break": True}, at=NOW)
    at, waits = NOW, []
    for _ in range(actions.MAX_ATTEMPTS):
        assert actions.run_due(worker="w", at=at) == 1
        job = Job.objects.get()
        waits.append((job.run_at - at).total_seconds() / 60 if job.state == states.WAITING else None)
        at = job.run_at
    assert waits == [1, 2, 4, 8, 16, None]
    assert job.state == states.FAILED
    assert "打印机没纸" in job.error
    actions.retry(job=job, at=at)
    assert Job.objects.get().state == states.WAITING


def test_job_is_not_run_before_its_time(db: None) -> None:
    actions.enqueue(kind="test.work", payload={}, at=NOW, run_at=NOW + timedelta(hours=1))
    assert actions.run_due(worker="w", at=NOW) == 0
    assert actions.run_due(worker="w", at=NOW + timedelta(hours=1)) == 1


def test_all_kinds_have_one_handler() -> None:

    kinds = [kind for name in settings.JOB_MODULES for kind in importlib.import_module(name).HANDLERS]
    assert len(kinds) == len(set(kinds))
