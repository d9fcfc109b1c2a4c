"""Deadlines of a case, worked out from its whole history every time.

The history is the audit rows of the case. Two clocks: signing runs from dispatch to signing; fixing runs
from dispatch to hand-in and again from every send-back. While the case lies with the verifier, the
arbitrator, or is suspended, neither runs (handbook §3.2; D9; peers.md 42–49).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from wenming.ground.calendar import arithmetic, clock
from wenming.ground.calendar.arithmetic import Calendar, Deadline, Term
from wenming.ground.calendar.clock import Segment

OFFICE = "office"
PREFIX = "case."


class Event(Protocol):
    """A row of the history: what was done, when, with which data."""

    deed: str
    at: datetime
    data: Any


@dataclass(frozen=True)
class Timing:
    """What the history says about time."""

    segments: tuple[Segment, ...]
    term: Term | None
    sign_term: Term | None
    extension: Term | None
    due: Deadline
    sign_due: Deadline
    warn_at: datetime | None


def term_data(term: Term) -> dict[str, str]:
    """A term as it is kept in the history."""
    return {"value": str(term.value), "unit": str(term.unit)}


def term_of(data: dict[str, str] | None) -> Term | None:
    """A term that was kept in the history, or told by another office."""
    return Term(Decimal(data["value"]), arithmetic.TermUnit(data["unit"])) if data else None


class _Tape:
    """Reads the events one after the other and keeps the open segments."""

    def __init__(self) -> None:
        self.done: list[Segment] = []
        self.open: list[Segment] = []
        self.holder = ""
        self.term: Term | None = None
        self.sign_term: Term | None = None
        self.extension: Term | None = None

    def stop(self, at: datetime, *clocks: str) -> None:
        for piece in [piece for piece in self.open if not clocks or piece.clock in clocks]:
            self.open.remove(piece)
            self.done.append(
                Segment(piece.holder, piece.clock, piece.start, max(at, piece.start), piece.reason)
            )

    def start(self, which: clock.Clock, at: datetime, holder: str, reason: str = "") -> None:
        self.open.append(Segment(holder, which, at, None, reason))

    def read(self, event: Event) -> None:
        step = event.deed.removeprefix(PREFIX)
        data = event.data
        if data.get("lead"):
            # A dispatch, or a report that a community takes on at once.
            self.stop(event.at)
            self.holder, self.extension = str(data["lead"]), None
            self.term, self.sign_term = term_of(data.get("term")), term_of(data.get("sign_term"))
            self.start("fix", event.at, self.holder)
            if not data.get("signed"):
                self.start("sign", event.at, self.holder)
        elif step in ("sign", "assign"):
            self.stop(event.at, "sign")
        elif step == "grant_extension":
            self.extension = term_of(data.get("term"))
        else:
            self._hand_over(step, event.at)

    def _hand_over(self, step: str, at: datetime) -> None:
        if step in ("hand_in", "contest"):
            self.stop(at)
            self.start("verify", at, OFFICE)
        elif step == "return":
            self.stop(at)
            self.start("none", at, OFFICE, "退单裁定停表")
        elif step == "grant_suspension":
            self.stop(at)
            self.start("none", at, OFFICE, "挂账停表")
        elif step in ("send_back", "overrule_return", "resume"):
            self.stop(at)
            self.start("fix", at, self.holder)
        elif step in ("accept", "close", "merge", "split", "refuse", "uphold_return"):
            self.stop(at)


def read(history: Iterable[Event], calendar: Calendar) -> Timing:
    """The timing that follows from the history (oldest first)."""
    tape = _Tape()
    for event in history:
        tape.read(event)
    segments = tuple(sorted([*tape.done, *tape.open], key=lambda piece: piece.start))
    due = sign_due = Deadline(None)
    warn_at = None
    if tape.term is not None:
        due = clock.due(calendar, tape.term, segments, tape.extension, holder=tape.holder)
        warn_at = turns_yellow(calendar, due.at, tape.term)
    if tape.sign_term is not None:
        sign_due = clock.due(calendar, tape.sign_term, segments, clock="sign", holder=tape.holder)
    return Timing(segments, tape.term, tape.sign_term, tape.extension, due, sign_due, warn_at)


@dataclass(frozen=True)
class Spent:
    """How long a case took, in office minutes: `fixing` the unit that led, `whole` all from the report on."""

    fixing: int
    whole: int


def spent(told: Timing, calendar: Calendar, reported_at: datetime, at: datetime) -> Spent:
    """The time up to `at`. While nobody's clock runs (挂账, 裁定) it counts for neither; nights and holidays neither.

    A case that took no office minute is counted as one minute: it has to stand in the books.
    """
    idle = clock.minutes_of(calendar, [each for each in told.segments if each.clock == "none"], at)
    return Spent(
        fixing=max(1, clock.held_minutes(calendar, told.segments, at)),
        whole=max(1, arithmetic.worked_minutes(calendar, reported_at, at) - idle),
    )


def turns_yellow(calendar: Calendar, due_at: datetime | None, term: Term) -> datetime | None:
    """The moment at which the light of a running clock turns from green to yellow, to the minute."""
    if due_at is None:
        return None
    # The light only ever goes green → yellow → red as time passes, so the change is found by halving.
    early, late = (
        due_at - timedelta(days=3 * int(clock.total_minutes(calendar, term, due_at) / 60 / 24 * 4 + 10)),
        due_at,
    )
    while late - early > timedelta(minutes=1):
        half = early + (late - early) / 2
        if clock.light(calendar, due_at, half, term) == "green":
            early = half
        else:
            late = half
    return late.replace(second=0, microsecond=0)
