"""Static files for the web process: gathered under hashed names whenever what they are made from has changed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

_STAMP = ".gathered"


def gather_if_stale() -> bool:
    """Run collectstatic when needed; returns whether it was."""
    stamp = Path(settings.STATIC_ROOT) / _STAMP
    wanted = _digest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(wanted, encoding="utf-8")
    return True


def _digest() -> str:
    """Names, sizes and times of all sources: cheap, and it changes with every build."""
    total = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            total.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return total.hexdigest()
