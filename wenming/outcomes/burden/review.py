"""减负自评 (handbook D30): what a town asks of its people in a quarter, read from the books and never typed.

人均填报次数, 字段数, 重复数据项, 夜间推送数, 督查次数, and how they went over the last quarters. For those who manage a
town or a county, to improve their own ways; no unit beside another, nobody by name.
"""

from dataclasses import dataclass

from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.burden import queries, rows

QUARTERS = 5


@dataclass(frozen=True)
class Quarter:
    """One quarter. `forms`: facts written box by box; `doubles`: what was told again though the books had it:
    numbers typed into documents where a figure belongs, and reports that turned out to be double."""

    period: Period
    people: int
    forms: int
    boxes: int
    typed_numbers: int
    double_reports: int
    night: int
    safety: int
    visits: int
    places: int

    @property
    def doubles(self) -> int:
        return self.typed_numbers + self.double_reports


def quarters(last: Period, count: int = QUARTERS) -> list[Period]:
    """The quarter in which `last` begins and those before it, the earliest first."""
    return periods.last(periods.of(periods.QUARTER, last.start), count)


def of(unit: Unit, period: Period) -> Quarter:
    """The quarter of `unit` with all below it. The number of statements depends neither on rows nor on units."""
    typed = queries.typed(unit, period)
    night = rows.at_night(rows.notices(unit, period))
    visits = list(rows.visits(unit, period))
    return Quarter(
        period=period,
        people=typed.people,
        forms=typed.by_hand,
        boxes=typed.boxes,
        typed_numbers=sum(paper.typed for paper in queries.papers(unit, period)),
        double_reports=rows.doubles(unit, period).count(),
        night=night.count(),
        safety=night.filter(urgent=True).count(),
        visits=len(visits),
        places=sum(visit["places"] for visit in visits),
    )
