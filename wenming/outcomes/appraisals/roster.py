"""Who was rated, and what places were called, when a round was read from the books.

Units are renamed, merged and dissolved, grids move, contracts get new terms; a published sheet must come out the
same for ever (handbook D16). So a round keeps what it saw, as plain JSON, and a replay reads it there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wenming.ground.places.models import Place
from wenming.outcomes.scoring import from_ledger
from wenming.outcomes.scoring.facts import Event, Unit
from wenming.outcomes.scoring.ledger_units import Rated

_DECIMAL = "decimal"


@dataclass(frozen=True)
class Roster:
    """`rated`: units with their terms, and to whom an entry counts. `spots`: name and type of places by number.
    `tells`: what the ledger could tell of an event when it was read."""

    rated: Rated
    spots: Mapping[str, tuple[str, str]]
    tells: tuple[str, ...] = tuple(from_ledger.ATTRIBUTES)

    def data(self) -> dict[str, Any]:
        """For the JSON column; `read` gives it back."""
        return {
            "units": {
                code: {
                    "name": unit.name, "group": unit.group, "population": _said(unit.population),
                    "opening": _said(unit.opening), "attrs": {key: _said(value) for key, value in unit.attrs.items()},
                }
                for code, unit in self.rated.units.items()
            },
            "owners": {str(key): code for key, code in self.rated.owners.items()},
            "by_place": self.rated.by_place,
            "spots": {number: list(spot) for number, spot in self.spots.items()},
            "tells": list(self.tells),
        }  # fmt: skip


def read(data: Mapping[str, Any]) -> Roster:
    """What `Roster.data` wrote."""
    units = {
        code: Unit(
            code=code, name=row["name"], group=row["group"], population=_value(row["population"]),
            opening=_value(row["opening"]), attrs={key: _value(value) for key, value in row["attrs"].items()},
        )
        for code, row in data["units"].items()
    }  # fmt: skip
    owners = {int(key): code for key, code in data["owners"].items()}
    spots = {number: (name, kind) for number, (name, kind) in data["spots"].items()}
    # Rounds of the first versions do not say it.
    tells = tuple(data.get("tells", from_ledger.AT_FIRST))
    return Roster(Rated(units, owners, by_place=data["by_place"]), spots, tells)


def taken(rated: Rated, units: Mapping[str, Unit], events: Iterable[Event]) -> Roster:
    """The roster of what was just read: `units` with their terms, and the places that stand in events."""
    numbers = {event.place.rpartition("（")[2].removesuffix("）") for event in events if event.place}
    rows = Place.objects.filter(number__in=numbers).order_by("number")
    spots = {number: (name, kind) for number, name, kind in rows.values_list("number", "name", "point_type")}
    return Roster(Rated(units, rated.owners, by_place=rated.by_place), spots)


def _said(value: Any) -> Any:
    return {_DECIMAL: str(value)} if isinstance(value, Decimal) else value


def _value(value: Any) -> Any:
    return Decimal(value[_DECIMAL]) if isinstance(value, dict) else value
