"""Background work on the ledger: proving that nobody touched the books or the history.

The proof is itself a line of history, with everything that was found, so that the next auditor sees when it
was made and what came out.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Chain, Record
from wenming.ground.people.models import Person
from wenming.ledger.models import Book
from wenming.ledger.verify import Report, verify

PROOF = "audit.verify"
KIND = "ledger.verify"
MOST_SAID = 50


def prove(*, at: datetime, by: Person | None, towns: list[int] | None, chain: str) -> Record:
    """Walk the chains of history and the books of `towns` (None: all) and write what came out into `chain`."""
    chains, books = Chain.objects.order_by("key"), Book.objects.select_related("unit").order_by("pk")
    if towns is not None:
        chains = chains.filter(key__in=[f"town-{pk}" for pk in towns])
        books = books.filter(unit_id__in=towns)
    rows = list(chains)
    lines = sum(row.count for row in rows)
    broken = history.verify(rows)
    report = Report()
    for book in books:
        found = verify(book)
        report.books += found.books
        report.entries += found.entries
        report.faults += found.faults
    said = [f"历史「{each.chain}」第 {each.number} 条：{each.reason}" for each in broken]
    said += [str(fault) for fault in report.faults]
    result = f"发现 {len(said)} 处不符，第一处：{said[0]}" if said else "全部相符"
    with transaction.atomic():
        return audit.record(
            deed=PROOF, subject=("book", None), at=at, by=by, chain=chain,
            sentence=f"校验历史 {len(rows)} 条链 {lines} 条、账簿 {report.books} 本 {report.entries} 条分录：{result}",
            data={"ok": not said, "faults": said[:MOST_SAID], "chains": len(rows), "lines": lines,
                  "books": report.books, "entries": report.entries},
        )  # fmt: skip


def run(payload: dict[str, Any], at: datetime) -> None:
    """The proof as a job. A person who has gone meanwhile leaves it to the system."""
    by = Person.objects.filter(pk=payload.get("by") or 0).first()
    prove(at=at, by=by, towns=payload.get("towns"), chain=payload.get("chain", audit.COUNTY))


HANDLERS = {KIND: run}
