"""`wenming score check` and `wenming score run`: rule books on paper, no database."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from wenming.cli.terminal import say
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ledger import periods
from wenming.outcomes.scoring import amounts, engine, facts, reading, sheet
from wenming.outcomes.scoring.sheet import Sheet


def run(args: argparse.Namespace) -> dict[str, Any]:
    return _check(args) if args.check else _run(args)


def _check(args: argparse.Namespace) -> dict[str, Any]:
    """Every fault of every book, with file and line."""
    faults = []
    for name in args.books:
        found = reading.faults_of(Path(name), label=name)
        faults += found
        for fault in found:
            say(f"✗ {fault}")
        if not found:
            say(f"✓ {name}：没有发现问题")
    return {"ok": not faults, "books": len(args.books), "faults": faults}


def _run(args: argparse.Namespace) -> dict[str, Any]:
    book = reading.read(Path(args.book), label=args.book)
    period = periods.parse(args.period)
    history = sheet.read_history(Path(args.history)) if args.history else []
    as_of = _day(args.as_of)
    sheets = engine.score(book, facts.read(Path(args.events)), period=period, as_of=as_of, history=history)
    for each in sheets:
        _show(each)
    return {
        "book": book.id, "version": book.version, "digest": book.digest, "sample": book.sample, "period": period.key,
        "as_of": as_of.isoformat(), "sheets": [each.data() for each in sheets],
    }  # fmt: skip


def _day(text: str | None) -> date:
    if text is None:
        return clock.local_date(clock.now())
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DomainError("as_of_invalid", f"看不懂 --as-of「{text}」，请写日期，如 2026-11-05。") from None


def _show(each: Sheet) -> None:
    total = (
        "待定"
        if each.undecided and each.total is None
        else "—"
        if each.total is None
        else amounts.text(each.total)
    )
    place = f"第 {each.place} 名（共 {each.ranked}）" if each.place else each.not_ranked
    say(f"{each.group} {each.name}：{total}  {each.grade}  {place}".replace("    ", "  "))
    for line in each.lines:
        events = (
            f"［{'、'.join(line.events[:6])}{'…' if len(line.events) > 6 else ''}］" if line.events else ""
        )
        say(f"    {line.title}：{line.formula}{events}")
    for question in each.undecided:
        events = f"［{'、'.join(question.events)}］" if question.events else ""
        say(f"    待定 {question.where}：{question.text}{events}")
    for word in each.vetoes + each.flag_notes:
        say(f"    {word}")
    for proposal in each.proposals:
        amount = (
            "" if proposal.amount is None else f" {amounts.text(proposal.amount)} 元（{proposal.formula}）"
        )
        say(f"    建议 {proposal.title}：{proposal.action}{amount}——{proposal.why}")
    if each.balance is not None:
        say(f"    积分余额 {amounts.text(each.balance)}")
