"""Builds the years of a story, once each, and tells them: the command calls `tell`."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from wenming.cli import packs
from wenming.cli.stories import binding, book, figures, logs, telling, tours
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
    parts = parts_of(story)
    there = {
        unit.code: unit for unit in Unit.objects.filter(code__in=[home_code(part.ground) for part in parts])
    }
    missing = [part for part in parts if home_code(part.ground) not in there]
    for part in parts:
        if part not in missing:
            told(f"{part.title}已在库里，原样保留，只重写文件。")
    if missing:
        # A database of an earlier version lacks kinds that the story enters; what is loaded already stays.
        told("载入标准和规则包…")
        packs.load_all(at=clock.at_local(min(part.period.start for part in missing) - timedelta(days=30), 9))
    for part in missing:
        told(f"{part.title}…")
        with vault.unforced(), transaction.atomic():
            there[home_code(part.ground)] = _built(part)
    return [(part, there[home_code(part.ground)]) for part in parts]


def _built(part: book.Part) -> Unit:
    series = [code for codes in book.STORIES.values() if len(codes) == 1 for code in codes].index(part.code)
    builder = Builder(part, series)
    cast = builder.cast()
    first = clock.at_local(part.period.start, 8)
    for form in sorted({tour.form for tour in part.tours} - {"none"}):
        telling.adopt_missing(part, cast, form, first)
    deeds: list[tours.Deed] = [(page.at, page.enter) for page in logs.pages(part, cast)]
    deeds += tours.deeds(part, cast)
    for _at, act in sorted(deeds, key=lambda deed: deed[0]):
        act()
    telling.summed_up(part, cast)
    audit.record(
        deed="story.done", subject=(SUBJECT, None), at=clock.at_local(part.told_on), chain=cast.home.chain,
        sentence=f"示例数据「{part.code}」已建好，全部是虚构的", data={"story": part.code},
    )  # fmt: skip
    return cast.home


def tell(story: str, out: Path, *, at: datetime, told: Told = lambda _text: None) -> dict[str, Any]:
    """Build what is missing, write the files of the story into `out`; returns what the command prints last."""
    made = build(story, told)
    out.mkdir(parents=True, exist_ok=True)
    rows, papers = [], {}
    for part, home in made:
        document = telling.summary(part, home)
        told_at = clock.at_local(part.told_on, 12)
        printed = telling.paragraphs(document, at=told_at)
        rows += [figure.row(printed) for figure in figures.read(part, home, at=at)]
        papers[part.code] = telling.word(document, at=told_at)
    listed = out / "figures.json"
    listed.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    homes = [home for _part, home in made]
    return {
        "story": story,
        "records": Journal.objects.filter(town__in=homes).count(),
        "cases": Case.objects.filter(town__in=homes).count(),
        "entries": Entry.objects.filter(book__unit__in=homes).count(),
        "figures": len(rows),
        "figures_json": str(listed),
        **_papers(papers, out),
    }


def _papers(papers: dict[str, bytes], out: Path) -> dict[str, str | None]:
    """summary.docx and summary.pdf; of a story of several offices each paper too, and all bound in one."""
    if len(papers) > 1:
        for code, data in papers.items():
            (out / f"{code.removeprefix('seed-')}.docx").write_bytes(data)
    whole = binding.bound(list(papers.values()))
    word, pdf = out / "summary.docx", out / "summary.pdf"
    word.write_bytes(whole)
    printed = telling.as_pdf(whole)
    if printed is None:
        pdf.unlink(missing_ok=True)
        return {"summary_docx": str(word), "summary_pdf": None}
    pdf.write_bytes(printed)
    return {"summary_docx": str(word), "summary_pdf": str(pdf)}
