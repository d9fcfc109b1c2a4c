"""Python's search for garbage in circles, and when to let it rest."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """No search for circles inside the block.

    For work that makes millions of small things at once, none of which can be part of a circle: looking through
    them again and again takes longer than making them. What is no longer used is freed as ever.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
