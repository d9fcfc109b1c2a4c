"""`wenming ledger verify` and `wenming ledger query`."""

import argparse
from typing import Any

from wenming.cli import people as who
from wenming.cli.terminal import progress, say
from wenming.common import clock
from wenming.ground.audit import queries as audit
from wenming.ledger import figures, periods, provenance, verify
from wenming.ledger.metrics import plain


def run(args: argparse.Namespace) -> dict[str, Any]:
    return check_books() if args.verify else _query(args)


def check_books() -> dict[str, Any]:
    """Walk every book and every chain of history, and say what does not hold."""
    with progress("校验分录") as tell:
        report = verify.verify(progress=tell)
    broken = audit.verify()
    faults = [str(fault) for fault in report.faults]
    faults += [f"历史 {each.chain} 第 {each.number} 条：{each.reason}" for each in broken]
    for fault in faults:
        say(f"✗ {fault}")
    if not faults:
        say(
            f"✓ {report.books} 本账、{report.entries:,} 条分录完好：链条相接，日合计等于分录之和；历史链完好。"
        )
    return {"ok": not faults, "books": report.books, "entries": report.entries, "faults": faults}


def _query(args: argparse.Namespace) -> dict[str, Any]:
    at, unit, period = clock.now(), who.unit(args.unit), periods.parse(args.period)
    value = figures.value(args.metric, scope=unit, period=period, at=at)
    figure = provenance.asking(metric=args.metric, scope=unit, period=period, at=at)
    count = provenance.entries(figure).count()
    say(f"{unit.name} {period.label} {value.metric.name}：{value.explained}")
    say(f"口径：{value.metric.definition}")
    say(f"分录：{count} 条")
    number = None if value.number is None else plain(value.number)
    return {
        "metric": args.metric, "name": value.metric.name, "unit": unit.code, "period": period.key, "value": number,
        "measure": value.measure, "text": value.text, "numerator": plain(value.numerator) or None,
        "denominator": plain(value.denominator) or None, "entries": count, "definition": value.metric.definition,
    }  # fmt: skip
