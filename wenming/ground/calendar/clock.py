"""The clock of a case: it runs for whoever holds the ball (peers.md 43, 45, 49).

A case's events give a list of segments: who held it, on which clock, from when to when. Everything here is
a function of that list, worked out afresh each time; nothing is stored and patched. Signing and fixing are
two clocks and never overrule each other; verification, suspension 挂账 and arbitration cost the handler nothing
(handbook §3.2, D9).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from wenming.common import clock as town
from wenming.ground.calendar.arithmetic import (
    DAY,
    Calendar,
    Deadline,
    Pause,
    Term,
    TermUnit,
    deadline,
    worked_minutes,
)

Clock = Literal["sign", "fix", "verify", "none"]
Light = Literal["green", "yellow", "red", "paused"]

_AWAY = {"verify": "核查期间停表", "none": "停表", "sign": "等待签收停表", "fix": "不在本单位停表"}


@dataclass(frozen=True, slots=True)
class Segment:
    """`holder` had the ball from `start` to `end` (None: has it still), while `clock` ran.

    `clock` "none" is suspension, arbitration or waiting: nobody's clock; `reason` is shown in the sum
    (挂账停表, 裁定停表).
    """

    holder: str
    clock: Clock
    start: datetime
    end: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Warn:
    """When a light turns yellow: less than `share` of the term is left, or less than `minutes` of its time.

    The minutes are office minutes for working terms and plain minutes for natural ones. They never reach
    beyond half of the term: a two-hour case must not be born yellow.
    """

    share: Decimal = Decimal("0.25")
    minutes: int = 240


def due(
    calendar: Calendar,
    term: Term,
    segments: Sequence[Segment],
    extension: Term | None = None,
    *,
    clock: Clock = "fix",
    holder: str | None = None,
) -> Deadline:
    """The deadline of `holder` on `clock`, counting only the segments in which he has the ball.

    `holder` defaults to the last one on that clock: after a re-dispatch the new unit has its full term.
    `at` is None when the clock has not started, or stands with no end in sight (an open segment on the clock
    "none" after the last own one). While a hand-in waits for its verifier the deadline stays as it is: if it
    is accepted that was the deadline, if it is sent back the time of verification is then taken out.
    An extension is counted on from the end of the term, in its own unit.
    """
    own = _held(segments, clock, holder)
    if not own:
        return Deadline(None)
    pauses = _pauses(own, segments)
    first = deadline(calendar, own[0].start, term, pauses)
    if extension is None or first.at is None:
        return first
    more = deadline(calendar, first.at, extension, pauses)
    warnings = tuple(dict.fromkeys((*first.warnings, *more.warnings)))
    opening = replace(more.steps[0], note=f"延期 {extension.text}，{more.steps[0].note}")
    return Deadline(more.at, (*first.steps, opening, *more.steps[1:]), warnings)


def held_minutes(
    calendar: Calendar,
    segments: Sequence[Segment],
    until: datetime,
    *,
    clock: Clock = "fix",
    holder: str | None = None,
) -> int:
    """Office minutes for which `holder` (default: the last on that clock) has had the ball, up to `until`."""
    return minutes_of(calendar, _held(segments, clock, holder), until)


def minutes_of(calendar: Calendar, segments: Sequence[Segment], until: datetime) -> int:
    """Office minutes of these segments up to `until`; an open one lasts until then."""
    total = 0
    for piece in segments:
        end = until if piece.end is None else min(piece.end, until)
        if end > piece.start:
            total += worked_minutes(calendar, piece.start, end)
    return total


def light(
    calendar: Calendar, due_at: datetime | None, now: datetime, total: Term, warn: Warn = Warn()
) -> Light:
    """The light of a running clock: red once `due_at` is past, yellow as `warn` says, green before.

    `total` is the term (with its extension, if it has one). Without a deadline the clock stands: "paused".
    """
    if due_at is None:
        return "paused"
    if now > due_at:
        return "red"
    left = worked_minutes(calendar, now, due_at) if total.in_work else (due_at - now).total_seconds() / 60
    whole = total_minutes(calendar, total, due_at)
    limit = max(whole * warn.share, min(Decimal(warn.minutes), Decimal(whole) / 2))
    return "yellow" if left < limit else "green"


def total_minutes(calendar: Calendar, term: Term, on: datetime) -> int:
    """The length of a term in minutes of its own time; a working day is as long as those in force at `on`."""
    if term.in_hours:
        return term.count
    if term.unit == TermUnit.DAY:
        return term.count * DAY
    return term.count * sum(span.minutes for span in calendar.spans_on(town.local_date(on)))


def _held(segments: Sequence[Segment], clock: Clock, holder: str | None) -> list[Segment]:
    """The segments of one holder on one clock, in order; those that touch or overlap run together."""
    running = sorted((piece for piece in segments if piece.clock == clock), key=lambda piece: piece.start)
    if not running:
        return []
    owner = running[-1].holder if holder is None else holder
    joined: list[Segment] = []
    for piece in running:
        if piece.holder != owner:
            continue
        if joined and (joined[-1].end is None or piece.start <= joined[-1].end):
            last = joined.pop()
            end = None if last.end is None or piece.end is None else max(last.end, piece.end)
            joined.append(Segment(owner, clock, last.start, end))
        else:
            joined.append(piece)
    return joined


def _pauses(own: Sequence[Segment], segments: Sequence[Segment]) -> list[Pause]:
    """The gaps between own segments, and the open end when the case is nobody's to fix."""
    pauses = []
    for before, after in itertools.pairwise(own):
        assert before.end is not None  # noqa: S101 -- only the last joined segment can be open
        pauses.append(Pause(before.end, after.start, _reason(before.end, segments)))
    last = own[-1].end
    if last is not None:
        for piece in segments:
            if piece.clock == "none" and piece.end is None and piece.start >= last:
                pauses.append(Pause(last, None, piece.reason or "停表"))
                break
    return pauses


def _reason(gap_start: datetime, segments: Sequence[Segment]) -> str:
    """What to call a gap: by the segment of somebody else that begins it."""
    others = [
        piece
        for piece in segments
        if piece.start <= gap_start and (piece.end is None or piece.end > gap_start)
    ]
    if not others:
        return "停表"
    latest = max(others, key=lambda piece: piece.start)
    return latest.reason or _AWAY[latest.clock]
