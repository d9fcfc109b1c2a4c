"""What the board is asked for: whose figures, and for which period."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.http import HttpRequest

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.records.cases.models import CaseQuerySet

# A board is about a piece of ground; stations and contractors appear on it as bars.
_GROUND = [kinds.COUNTY, kinds.TOWN, kinds.COMMUNITY, kinds.VILLAGE]
_WORDS = {periods.WEEK: "周", periods.MONTH: "月", periods.QUARTER: "季", periods.YEAR: "年"}


def own(person: Person) -> list[Unit]:
    """Units whose board the person may open, in the order of the tree. One statement."""
    found = Unit.objects.in_paths(person.paths(P.BOARD_READ)).in_force().filter(kind__in=_GROUND)
    return list(found.order_by("path"))


def offered(units: list[Unit], scope: Unit) -> list[Unit]:
    """Of one's own units those worth a line in the picker: counties, towns, and the communities of this town."""
    wide = (kinds.COUNTY, kinds.TOWN)
    return [unit for unit in units if unit.kind in wide or unit.town_id == scope.town_id]


def cases_in(found: CaseQuerySet, scope: Unit) -> CaseQuerySet:
    """Of `found` the cases of the unit: in the books of the town, or on the ground or in the hands of others."""
    if scope.kind == kinds.COUNTY:
        return found.filter(town__path__startswith=scope.path)
    if scope.kind == kinds.TOWN:
        return found.filter(town=scope)
    return found.filter(Q(unit__path__startswith=scope.path) | Q(lead_unit__path__startswith=scope.path))


@dataclass(frozen=True)
class Choice:
    """One button of the period switch. `before` names the period it is compared with."""

    word: str
    period: Period
    before: str
    here: bool = False


def choices(today: date, chosen: Period) -> list[Choice]:
    """本周 上周 本月 本季 本年, and the period of the address where it is none of these."""
    week = periods.of(periods.WEEK, today)
    found = [Choice("本周", week, "上周"), Choice("上周", periods.previous(week), "前一周")]
    found += [
        Choice(f"本{_WORDS[kind]}", periods.of(kind, today), f"上{_WORDS[kind]}")
        for kind in (periods.MONTH, periods.QUARTER, periods.YEAR)
    ]
    if chosen not in [each.period for each in found]:
        word = _WORDS.get(chosen.kind)
        found.append(Choice(chosen.label, chosen, f"前一{word}" if word else "前一期"))
    return [Choice(each.word, each.period, each.before, each.period == chosen) for each in found]


def period_of(request: HttpRequest, today: date) -> Period:
    """The period of the address, this week without one. Raises DomainError for a key that cannot be read."""
    key = request.GET.get("period", "")
    return periods.parse(key) if key else periods.of(periods.WEEK, today)
