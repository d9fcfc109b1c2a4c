"""`wenming document make`: a document of a period, as Word, PDF and problem list."""

import argparse
from pathlib import Path
from typing import Any

from wenming.cli import people as who
from wenming.cli.terminal import say
from wenming.common import clock
from wenming.ledger import periods
from wenming.outcomes.documents import export


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Raises DomainError (unknown kind, period, unit)."""
    made = export.make(
        kind=args.kind, town=who.town(args.unit), period=periods.parse(args.period), out=Path(args.out), at=clock.now(),
        by=who.named(args.by),
    )  # fmt: skip
    for key in ("docx", "pdf", "problem_list"):
        if made.get(key):
            say(str(made[key]))
    if not made.get("pdf"):
        say("没有 PDF：本机没有 LibreOffice，或者转换失败；Word 文件可用 WPS 打开。")
    return made
