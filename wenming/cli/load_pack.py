"""`wenming load-pack`: check and load pack files, or a whole folder of them in the order they refer to each other."""

import argparse
from pathlib import Path
from typing import Any

from django.db import transaction

from wenming.cli.terminal import say
from wenming.common import clock
from wenming.outcomes import packs


def run(args: argparse.Namespace) -> dict[str, Any]:
    """All files or none. Raises PackError naming file and line."""
    at, done = clock.now(), []
    with transaction.atomic():
        for name in args.files:
            path = Path(name)
            if path.is_dir():
                loaded = packs.load_all(at=at, folder=path)
            else:
                loaded = [packs.load_one(path=path, at=at, by=None, label=name)]
            done += [{"file": name, "pack": title, "new": new} for title, new in loaded]
    for each in done:
        say(f"{each['pack']}：{'已装入' if each['new'] else '已是这一版，没有变化'}")
    return {"packs": done}
