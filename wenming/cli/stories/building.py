"""Builds the years of a story, once each, and tells them: the command calls `tell`."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from wenming.cli import packs
from wenming.cli.stories import book, figures, logs, tours
from wenming.cli.stories.ground import Builder, home_code
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.audit import actions as audit
from wenming.ground.audit.models import Record
from wenming.ground.evidence import vault
from wenming.ground.units.models import Unit
from wenming.ledger.models import Entry
from wenming.records.cases.models import Case
from wenming.records.journals.models import Journal

SUBJECT = "story"
Told = Callable[[str], None]


def parts_of(story: str) -> list[book.Part]:
    """Raises DomainError `story_unknown`, PackError."""
    if story not in book.STORIES:
        raise DomainError(
            "story_unknown", f"没有故事「{story}」，可写：{'、'.join(book.STORIES)}。", field="story"
        )
    return [book.read(code) for code in book.STORIES[story]]


def told_here() -> bool:
    """Is anything of a story in this database?"""
    return Record.objects.filter(subject_kind=SUBJECT).exists()


def build(story: str, told: Told = lambda _text: None) -> list[tuple[book.Part, Unit]]:
    """The years of the story are in the database; those that are there already stay as they are."""
    made = []
    for part in parts_of(story):
        home = Unit.objects.filter(code=home_code(part.ground)).first()
        if home is None:
            told(f"{part.title}…")
            with vault.unforced(), transaction.atomic():
                home = _built(part)
        made.append((part, home))
    return made


def _built(part: book.Part) -> Unit:
    series = [code for codes in book.STORIES.values() if len(codes) == 1 for code in codes].index(part.code)
    builder = Builder(part, series)
    packs.load_all(at=builder.at)
    cast = builder.cast()
    deeds: list[tours.Deed] = [(page.at, page.enter) for page in logs.pages(part, cast)]
    deeds += tours.deeds(part, cast)
    for _at, act in sorted(deeds, key=lambda deed: deed[0]):
        act()
    audit.record(
        deed="story.done", subject=(SUBJECT, None), at=clock.at_local(part.told_on), chain=cast.home.chain,
        sentence=f"示例数据「{part.code}」已建好，全部是虚构的", data={"story": part.code},
    )  # fmt: skip
    return cast.home


def tell(story: str, out: Path, *, at: datetime, told: Told = lambda _text: None) -> dict[str, Any]:
    """Build what is missing, write the files of the story into `out`; returns what the command prints last."""
    made = build(story, told)
    found = [figure for part, home in made for figure in figures.read(part, home, at=at)]
    out.mkdir(parents=True, exist_ok=True)
    listed = out / "figures.json"
    listed.write_text(
        json.dumps([figure.row() for figure in found], ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    homes = [home for _part, home in made]
    return {
        "story": story,
        "records": Journal.objects.filter(town__in=homes).count(),
        "cases": Case.objects.filter(town__in=homes).count(),
        "entries": Entry.objects.filter(book__unit__in=homes).count(),
        "figures": len(found),
        "figures_json": str(listed),
    }
