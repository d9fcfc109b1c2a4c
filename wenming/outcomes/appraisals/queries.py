"""Reading appraisals: who scored, what stands behind a line, what a correction changed, lists, and the proof by replay."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import accounts
from wenming.ledger.models import Entry
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import arithmetic, states
from wenming.outcomes.appraisals.models import Outcome, Round, RuleBook, Sheet
from wenming.outcomes.scoring import amounts, ledger_facts
from wenming.outcomes.scoring.book import Book
from wenming.outcomes.scoring.sheet import Sheet as Scored

CASE = "case"


def titles(codes: Collection[str]) -> dict[str, str]:
    """Titles of rule books by code, the latest version's; one statement, none for no codes."""
    if not codes:
        return {}
    rows = RuleBook.objects.filter(code__in=codes).order_by("in_force", "pk")
    return dict(rows.values_list("code", "title"))


def entries_of(events: Iterable[str]) -> QuerySet[Entry]:
    """The ledger entries that events of a sheet stand for."""
    return Entry.objects.filter(uuid__in=[ledger_facts.entry_of(event) for event in events]).select_related(
        "account", "unit", "place", "party"
    )


def vouchers_of(events: Iterable[str]) -> set[uuid.UUID]:
    """Keys of the records behind events."""
    return set(entries_of(events).values_list("voucher_uuid", flat=True))


def scorer(events: Sequence[str]) -> Unit | None:
    """The unit that found what a line is about: the party of most of its entries, None where nobody is named."""
    counted = (
        entries_of(events)
        .filter(party__isnull=False)
        .values("party")
        .annotate(n=Count("id"))
        .order_by("-n", "party")
        .first()
    )
    return Unit.objects.get(pk=counted["party"]) if counted else None


def sheets_for(person: Person, where: Round) -> QuerySet[Sheet]:
    """Sheets of a round that the person may open line by line: the office and the leaders all, others their own."""
    return where.sheets.visible_to(person).select_related("unit", "place__unit", "agreed_by")


def reads_all(person: Person, where: Round) -> bool:
    """The office, those who decide and the leaders read everything of a round."""
    return any(person.may(need, where.town) for need in (P.SCORE_MANAGE, P.SCORE_DECIDE, P.SCORE_CONFIRM))


def reads_places(person: Person, where: Round) -> bool:
    """Places of all are told once they are published; what contractors and posts got stays between them and the town."""
    return reads_all(person, where) or (where.state in states.FINAL and where.book.rated == "unit")


def standings(where: Round) -> list[tuple[str, list[Sheet]]]:
    """Sheets by group, in the order of places, those not ranked last: what is told to everybody once published."""
    groups: dict[str, list[Sheet]] = {}
    for sheet in where.sheets.select_related("unit", "place__unit"):
        groups.setdefault(sheet.group, []).append(sheet)
    return list(groups.items())


@dataclass(frozen=True)
class Change:
    """What became different for one who is rated between two rounds, in words."""

    subject: str
    name: str
    unit: Unit | None
    words: str


def changes(old: Round, new: Round) -> list[Change]:
    """Whose total or place differs, and how; equal ones are left out."""
    before = {sheet.subject: sheet for sheet in old.sheets.all()}
    found = []
    for sheet in new.sheets.select_related("unit"):
        was = before.get(sheet.subject)
        words = _difference(was.total if was else None, sheet.total, was.rank if was else None, sheet.rank)
        if words:
            found.append(Change(sheet.subject, sheet.name, sheet.unit, words))
    return found


def _difference(old: Decimal | None, new: Decimal | None, was: int | None, now: int | None) -> str:
    words = []
    if old != new:
        words.append(f"得分由 {_mark(old)} 改为 {_mark(new)}")
    if was != now:
        words.append(f"名次由{_rank(was)}改为{_rank(now)}")
    return "，".join(words)


def _mark(total: Decimal | None) -> str:
    return "无" if total is None else amounts.text(total)


def _rank(place: int | None) -> str:
    return "不排名" if place is None else f"第 {place} 名"


@dataclass(frozen=True)
class Compared:
    """One unit under two books: totals, places, and the lines that only one of them has."""

    name: str
    group: str
    old: Scored | None
    new: Scored
    gone: tuple[Any, ...]
    added: tuple[Any, ...]

    @property
    def words(self) -> str:
        """What would have changed, in words; empty when nothing."""
        return _difference(
            self.old.total if self.old else None, self.new.total, self.old.place if self.old else None, self.new.place
        )  # fmt: skip


def preview(*, book: Book, town: Unit, period: Period, at: datetime, against: Book | None) -> list[Compared]:
    """试算: what `book` would have given for `period` from the real entries, beside what `against` gives.

    A draft is tried on a past period although it will only be in force later. Writes nothing. Raises BadInput
    when book and ledger do not fit.
    """
    if book.in_force > period.start:
        book = replace(book, in_force=period.start)
    new = arithmetic.sheets(book=book, town=town, period=period, as_of=at, left_out={})
    old = {}
    if against is not None:
        old = {each.unit: each for each in arithmetic.sheets(book=against, town=town, period=period, as_of=at, left_out={})}  # fmt: skip
    found = []
    for each in new:
        was = old.get(each.unit)
        before = {(line.title, line.formula) for line in was.lines} if was else set()
        after = {(line.title, line.formula) for line in each.lines}
        gone = tuple(line for line in was.lines if (line.title, line.formula) not in after) if was else ()
        added = tuple(line for line in each.lines if (line.title, line.formula) not in before)
        found.append(Compared(each.name, each.group, was, each, gone, added))
    return found


def board(town: Unit, color: str) -> QuerySet[Outcome]:
    """The red or black list of a town as it stands: confirmed, published, and for black not yet cleared (D17)."""
    found = Outcome.objects.filter(
        round__town=town, round__state=states.PUBLISHED, board=color, state=states.CONFIRMED
    ).select_related("sheet__unit", "round__book")
    if color == "black":
        found = found.filter(cleared_at__isnull=True)
    return found.order_by("-round__period_end", "sheet__rank")


def cases_behind(outcomes: Iterable[Outcome], *, deducted: bool) -> dict[int, set[uuid.UUID]]:
    """By key of an outcome the cases on its sheet; with `deducted` only those that cost points. One statement."""
    entries = {
        outcome.pk: {
            ledger_facts.entry_of(event)
            for line in outcome.sheet.lines
            if not deducted or line["points"].startswith("-")
            for event in line["events"]
        }
        for outcome in outcomes
    }
    every = {entry for found in entries.values() for entry in found}
    case_of = dict(
        Entry.objects.filter(uuid__in=every, voucher_kind=CASE).values_list("uuid", "voucher_uuid")
    )
    return {key: {case_of[entry] for entry in found if entry in case_of} for key, found in entries.items()}


def problems(outcomes: Iterable[Outcome]) -> dict[int, tuple[set[uuid.UUID], set[uuid.UUID]]]:
    """By key of an outcome: (cases behind the deductions of its sheet, those of them not yet proved fixed).

    Two statements however many outcomes there are.
    """
    cases = cases_behind(outcomes, deducted=True)
    every = {case for found in cases.values() for case in found}
    settled = (accounts.CASE_FIXED, accounts.CASE_CLOSED_OTHER)
    proved = Entry.objects.filter(voucher_uuid__in=every, account__code__in=settled).live()
    fixed = set(proved.values_list("voucher_uuid", flat=True))
    return {key: (found, found - fixed) for key, found in cases.items()}


def problems_of(outcome: Outcome) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """The same of one outcome."""
    return problems([outcome])[outcome.pk]


def replayed(where: Round) -> list[str]:
    """Names of those whose sheet, computed once more from book and ledger of then, differs from the one kept."""
    kept = {sheet.subject: sheet for sheet in where.sheets.all()}
    found = []
    for each in arithmetic.of_round(where):
        row = kept.pop(each.unit, None)
        if row is None or row.digest != arithmetic.digest(each.data()):
            found.append(each.name)
    return found + [row.name for row in kept.values()]
