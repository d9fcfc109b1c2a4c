"""Pictures drawn ahead by a second process, so that the books need not wait for the pencil."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from wenming.cli.demo_town import pictures
from wenming.cli.demo_town.pictures import Scene
from wenming.cli.demo_town.plan import Find
from wenming.cli.demo_town.play import draw_now

AHEAD = 60


class Album:
    """Gives the pictures of finds in the order of the plan; what was not drawn ahead is drawn on the spot."""

    def __init__(self, pool: ProcessPoolExecutor | None, finds: list[Find]) -> None:
        self._pool = pool
        self._waiting = iter(finds)
        self._drawn: dict[Scene, Future[tuple[bytes, bytes]]] = {}
        self._more(AHEAD)

    def __call__(self, find: Find, role: str) -> bytes:
        """The picture of a find, by its role."""
        future = self._drawn.get(find.scene) if role in ("before", "after") and not find.take else None
        if future is None:
            return draw_now(find, role)
        try:
            if role == "before":
                self._more(1)
            return future.result()[0 if role == "before" else 1]
        except BrokenProcessPool:
            self._pool, self._drawn = None, {}
            return draw_now(find, role)

    def forget(self, find: Find) -> None:
        """The find needs no more pictures."""
        self._drawn.pop(find.scene, None)

    def _more(self, number: int) -> None:
        for find in (next(self._waiting, None) for _ in range(number)):
            if self._pool is not None and find is not None:
                self._drawn[find.scene] = self._pool.submit(pictures.both, find.scene)


@contextmanager
def album(finds: list[Find], *, ahead: bool) -> Iterator[Album]:
    """An album for the plan, with a drawing process if wanted and where there is a second core for it."""
    if not ahead or (os.cpu_count() or 1) < 2:
        yield Album(None, finds)
        return
    # A fresh process: a forked one would share the database connection.
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        yield Album(pool, finds)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
