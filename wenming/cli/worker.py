"""`wenming worker`: takes jobs by lease, one after the other, and puts periodic work in the queue.

It lives through restarts of the database: it waits, longer each time, and goes on. Killed in the middle of a
job it leaves the lease behind; when that has run out another worker takes the job again.
"""

import argparse
import contextlib
import logging
import os
import signal
import socket
import threading
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from wenming.cli import schedule
from wenming.cli.terminal import complain, say
from wenming.common import clock
from wenming.ground.jobs import actions as jobs

log = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
SCHEDULE_SECONDS = 30.0
LONGEST_WAIT = 30.0


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Works until SIGTERM or SIGINT (after the job in hand), or with --once until nothing is due."""
    if args.lease:
        jobs.LEASE = timedelta(seconds=args.lease)
    worker = Worker(parent=args.parent, scheduled=not args.no_schedule)
    if args.once:
        return {"done": worker.once()}
    with contextlib.suppress(ValueError):  # only the main thread may listen to signals
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
    say(f"后台任务开始（{worker.name}）。")
    worker.work()
    say("后台任务已停止。")
    return {"done": worker.done}


class Worker:
    """One worker process. `parent`: stop when this process is no longer our parent."""

    def __init__(self, *, parent: int | None = None, scheduled: bool = True) -> None:
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}"
        self.parent = parent
        self.scheduled = scheduled
        self.done = 0
        self._stop = threading.Event()
        self._next_schedule = 0.0
        self._wait = 0.0

    def stop(self) -> None:
        self._stop.set()

    def once(self) -> int:
        """Everything that is due now."""
        if self.scheduled:
            schedule.enqueue_due(at=clock.now())
        while jobs.run_due(worker=self.name, at=clock.now(), limit=1):
            self.done += 1
        return self.done

    def work(self) -> None:
        while not self._stop.is_set() and not self._orphaned():
            try:
                close_old_connections()
                taken = self._step()
            except (DatabaseError, InterfaceError) as error:
                self._back_off(error)
                continue
            self._wait = 0.0
            if not taken:
                self._stop.wait(IDLE_SECONDS)

    def _step(self) -> int:
        at = clock.now()
        if self.scheduled and at.timestamp() >= self._next_schedule:
            schedule.enqueue_due(at=at)
            self._next_schedule = at.timestamp() + SCHEDULE_SECONDS
        # One at a time, so that a stop need not wait for a long queue.
        taken = jobs.run_due(worker=self.name, at=at, limit=1)
        self.done += taken
        return taken

    def _back_off(self, error: Exception) -> None:
        self._wait = min(max(1.0, self._wait * 2), LONGEST_WAIT)
        complain(
            f"数据库暂时用不了（{str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__}），{self._wait:.0f} 秒后再试。"
        )
        with contextlib.suppress(Exception):  # closing what is already broken may fail in any way
            connection.close()
        self._stop.wait(self._wait)

    def _orphaned(self) -> bool:
        return self.parent is not None and os.getppid() != self.parent
