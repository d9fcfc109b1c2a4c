"""The journals of a story: records shared out over days and units, entered by the people whose work they are."""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wenming.cli.stories import book, spreading
from wenming.cli.stories.ground import Cast
from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.records.journals import actions as journals
from wenming.records.journals import queries, rules, states
from wenming.records.journals.drafting import Draft
from wenming.records.journals.kinds import Kind

SPACE = uuid.UUID("0e0e8c3e-3a2f-5d52-9a2c-2c8f0a4f6d11")


@dataclass(frozen=True)
class Page:
    """What one person enters at the end of one day."""

    at: datetime
    by: Person
    drafts: tuple[Draft, ...]

    def enter(self) -> None:
        journals.enter_many(drafts=self.drafts, by=self.by, at=self.at, way=states.FORM)


def pages(part: book.Part, cast: Cast) -> list[Page]:
    """The whole year's journals, day by day and person by person."""
    known = queries.kinds(cast.home, part.period.start)
    found: dict[tuple[datetime, int], list[Draft]] = defaultdict(list)
    people: dict[int, Person] = {}
    for number, records in enumerate(part.records):
        for draft in _drafts(part, cast, known[records.kind], records, number):
            by = _enters(cast, known[records.kind], draft.unit)
            people[by.pk] = by
            found[_evening(part, draft.occurred_on), by.pk].append(draft)
    return [
        Page(at, people[by], tuple(drafts))
        for (at, by), drafts in sorted(found.items(), key=lambda one: one[0])
    ]


def _drafts(part: book.Part, cast: Cast, kind: Kind, records: book.Records, number: int) -> Iterator[Draft]:
    last = min(part.period.end, part.told_on - timedelta(days=1))
    when = records.days or spreading.days(
        part.period.start, last, records.times, months=records.months, shift=number
    )
    units = cast.units(records.units)
    parts = {key: spreading.shares(total, records.times, shift=number) for key, total in records.sums.items()}
    for nth, day in enumerate(when):
        fields = dict(records.fields)
        fields |= {key: str(share[nth]) for key, share in parts.items() if share[nth]}
        fields |= {key: texts[nth % len(texts)] for key, texts in records.words.items()}
        fields |= {key: _pick(cast, group, nth) for key, group in records.party.items()}
        yield Draft(
            kind=kind.code, unit=units[nth % len(units)], occurred_on=day, fields=fields, late_reason=records.late,
            key=uuid.uuid5(SPACE, f"{part.code}/{number}/{nth}"),
        )  # fmt: skip


def _pick(cast: Cast, group: str, nth: int) -> Unit:
    units = cast.units((group,))
    return units[nth % len(units)]


def _enters(cast: Cast, kind: Kind, unit: Unit) -> Person:
    """The unit's own person where the kind is his to enter, else the office."""
    own = cast.answers.get(unit.pk)
    return cast.clerk if own is None or rules.refusal(own, kind, unit) else own


def _evening(part: book.Part, day: date) -> datetime:
    """When it is written down: the same evening; what was before the period, on its first day (补录)."""
    return clock.at_local(max(day, part.period.start), 17, 30)
