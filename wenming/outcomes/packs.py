"""Which kinds of packs this installation knows: the one place that joins the loaders of all rooms.

It stands above every room that has kinds of its own; the command line and the desk both load through it.
"""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from wenming.common import packs
from wenming.ground.audit import actions as audit
from wenming.ground.calendar import actions as calendar
from wenming.ground.jobs import actions as jobs
from wenming.ground.people.models import Person
from wenming.ground.standards import actions as standards
from wenming.ground.standards.loaders import LOADERS as STANDARDS
from wenming.ground.standards.models import PackVersion
from wenming.ledger.loading import LOADERS as LEDGER
from wenming.outcomes.documents.reading import LOADERS as DOCUMENTS
from wenming.records.cases.settings import LOADERS as CASES
from wenming.records.journals.reading import LOADERS as JOURNALS

LOADERS = {**STANDARDS, **LEDGER, **CASES, **JOURNALS, **DOCUMENTS}
CALENDAR = "calendar"
# In the order in which they refer to each other.
LOADER_FOLDERS = (
    "departments", "events", "points", "accounts", "metrics", "journals", "escalation", "documents",
)  # fmt: skip


def load_all(*, at: datetime, folder: Path | None = None, by: Person | None = None) -> list[tuple[str, bool]]:
    """Load every shipped pack; a repeat changes nothing. Returns (title and version, was it new)."""
    folder = folder or Path(settings.PACKS_DIR)
    done = [_told(*pair) for kind in LOADER_FOLDERS for pair in _folder(folder / kind, at, by)]
    for path in sorted((folder / CALENDAR).glob("*.yaml")):
        result = calendar.load_calendar_pack(path=path, at=at, by=by)
        done.append((f"工作日历 {path.stem}", result.changed))
    return done


def load_one(*, path: Path, at: datetime, by: Person | None, label: str) -> tuple[str, bool]:
    """Load one file of any kind; returns (title and version, was anything new). Raises PackError, DomainError.

    `label` is how complaints name the file.
    """
    pack = packs.load(path, label=label)
    if pack.kind == CALENDAR:
        with transaction.atomic():
            changed = calendar.load_calendar_pack(path=path, at=at, by=by).changed
            if changed:
                # Other working days are other deadlines.
                jobs.enqueue(kind="cases.reproject", payload={}, at=at)
        return f"{pack.title} {pack.version}", changed
    return _told(*standards.load_pack(path=path, at=at, by=by, loaders=LOADERS, label=label))


def _folder(folder: Path, at: datetime, by: audit.Actor | None) -> list[tuple[PackVersion, bool]]:
    return standards.load_folder(folder=folder, at=at, by=by, loaders=LOADERS) if folder.is_dir() else []


def _told(pack: PackVersion, created: bool) -> tuple[str, bool]:
    return f"{pack.title} {pack.version}", created
