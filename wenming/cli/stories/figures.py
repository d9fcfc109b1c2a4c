"""Every figure of a seed as the ledger gives it: value, and how many entries stand behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from wenming.cli.stories import book
from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods, provenance
from wenming.ledger.metrics import Filters

# (metric, code of the scope, category, period) → paragraphs of the summary.
Printed = Mapping[tuple[str, str, str, str], list[str]]


@dataclass(frozen=True)
class Found:
    """One figure, read."""

    part: book.Part
    asked: book.Asked
    scope: Unit
    period: periods.Period
    value: Decimal | None
    name: str
    text: str
    unit: str
    entries: int

    def row(self, printed: Printed) -> dict[str, Any]:
        """As a line of figures.json; `printed`: where the summary says it. JSON has no decimals: whole numbers stay
        whole."""
        value = self.value
        place = (self.asked.metric, self.scope.code, self.asked.category, self.period.key)
        return {
            "story": self.part.code,
            "sentence": self.asked.says,
            "metric": self.asked.metric,
            "name": self.name,
            "scope": self.scope.name,
            "scope_code": self.scope.code,
            "category": self.asked.category,
            "period": self.period.key,
            "value": None if value is None else int(value) if value == int(value) else float(value),
            "unit": self.unit,
            "text": self.text,
            "entries": self.entries,
            "in_summary": printed.get(place, []),
        }


def read(part: book.Part, home: Unit, *, at: datetime) -> list[Found]:
    """The figures that the part asks for, in its order. Raises DomainError for an unknown metric."""
    return [_one(part, asked, home, at) for asked in part.figures]


def _one(part: book.Part, asked: book.Asked, home: Unit, at: datetime) -> Found:
    scope = Unit.objects.below(home).get(name=asked.unit) if asked.unit else home
    period = periods.parse(asked.period) if asked.period else part.period
    filters = Filters(category=asked.category, sources=asked.sources)
    value = figures.value(asked.metric, scope=scope, period=period, at=at, filters=filters)
    behind = provenance.entries(
        provenance.asking(metric=asked.metric, scope=scope, period=period, at=at, filters=filters)
    )
    return Found(
        part, asked, scope, period, value.number, value.metric.name, value.text, value.measure, behind.count()
    )
