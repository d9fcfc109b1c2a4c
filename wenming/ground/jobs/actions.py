"""Putting jobs in the queue and taking them out by lease."""

import importlib
import logging
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from wenming.ground.jobs import states
from wenming.ground.jobs.models import Job

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 6
Handler = Callable[[dict[str, Any], datetime], None]


@cache
def handlers() -> dict[str, Handler]:
    """Kind → function, read from the HANDLERS of the modules in settings.JOB_MODULES."""
    found: dict[str, Handler] = {}
    for name in settings.JOB_MODULES:
        for kind, handler in importlib.import_module(name).HANDLERS.items():
            if kind in found:
                raise RuntimeError(f"job kind {kind} has two handlers")
            found[kind] = handler
    return found


def enqueue(
    *,
    kind: str,
    payload: dict[str, Any],
    at: datetime,
    key: str | None = None,
    run_at: datetime | None = None,
) -> None:
    """Put a job in the queue, inside the caller's transaction. An open or done job with `key` is kept as it is."""
    job = Job(kind=kind, payload=payload, key=key, run_at=run_at or at, created_at=at)
    if key is None:
        job.save(force_insert=True)
    else:
        Job.objects.bulk_create([job], ignore_conflicts=True)


def claim(*, worker: str, at: datetime) -> Job | None:
    """Take the oldest job that is due and not under a live lease; None when there is none."""
    with transaction.atomic():
        due = Job.objects.filter(state__in=states.OPEN, run_at__lte=at).filter(
            Q(leased_until__isnull=True) | Q(leased_until__lte=at)
        )
        skip = connection.features.has_select_for_update_skip_locked
        job = due.select_for_update(skip_locked=skip).order_by("run_at", "id").first()
        if job is None:
            return None
        job.state = states.RUNNING
        job.attempts += 1
        job.worker = worker
        job.leased_until = at + LEASE
        job.save(update_fields=["state", "attempts", "worker", "leased_until"])
        return job


def run(*, job: Job, at: datetime) -> bool:
    """Run a claimed job. True when it is done; after a failure it waits 1, 2, 4 … minutes for its next try."""
    try:
        handler = handlers()[job.kind]
        handler(job.payload, at)
    except Exception:
        # A job may fail in any way its handler can; whatever it was is kept for the administrator to read.
        log.exception("job %s %s failed", job.pk, job.kind)
        job.error = traceback.format_exc()[-4000:]
        job.leased_until = None
        if job.attempts >= MAX_ATTEMPTS:
            job.state, job.finished_at = states.FAILED, at
        else:
            job.state, job.run_at = states.WAITING, at + timedelta(minutes=2 ** (job.attempts - 1))
        job.save(update_fields=["state", "error", "leased_until", "run_at", "finished_at"])
        return False
    job.state, job.finished_at, job.error, job.leased_until = states.DONE, at, "", None
    job.save(update_fields=["state", "finished_at", "error", "leased_until"])
    return True


def tell(*, key: str, done: int, total: int, at: datetime) -> None:
    """A running job says how far it is, and keeps its lease: it is alive."""
    Job.objects.filter(key=key).update(done=done, total=total, leased_until=at + LEASE)


def conclude(*, key: str, said: str) -> None:
    """What a job has to say to whoever waits for it (at most 300 characters)."""
    Job.objects.filter(key=key).update(said=said[:300])


def run_due(*, worker: str, at: datetime, limit: int = 100) -> int:
    """Run what is due now, at most `limit` jobs. Returns how many were taken."""
    taken = 0
    while taken < limit:
        job = claim(worker=worker, at=at)
        if job is None:
            break
        run(job=job, at=at)
        taken += 1
    return taken


def retry(*, job: Job, at: datetime) -> None:
    """An administrator sends a failed job round again."""
    Job.objects.filter(pk=job.pk, state=states.FAILED).update(
        state=states.WAITING, run_at=at, attempts=0, finished_at=None
    )


def forget_done(*, before: datetime) -> int:
    """Delete finished jobs older than `before`; failed ones stay for the administrator."""
    return Job.objects.filter(state=states.DONE, finished_at__lt=before, key__isnull=True).delete()[0]
