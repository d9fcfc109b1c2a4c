"""Places on the planet, shapes, nearest ones, duty."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.factories import NOW
from wenming.common.errors import Conflict, DomainError
from wenming.ground.places import actions, queries

HERE = (24.95, 118.38)


@pytest.mark.parametrize(
    ("lat", "lng", "code"),
    [(124.9, 118.4, "position_range"), (24.9, 218.4, "position_range"), (24.9, None, "position_half")],
)
def test_position_off_the_planet_is_told(lat: float, lng: float | None, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        actions.check_position(lat, lng)
    assert refused.value.code == code


def test_failed_fix_is_no_position() -> None:
    assert actions.check_position(0, 0) == (None, None)


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Circle", "coordinates": [1, 2]},
        {"type": "Point", "coordinates": ["东", "西"]},
        {"type": "LineString", "coordinates": [[118.4, 95]]},
        {"type": "Polygon", "coordinates": [[118.4, 24.9]]},
    ],
)
def test_broken_shape_is_told(shape: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refused:
        actions.check_geometry(shape)
    assert refused.value.field in ("geometry", "lat")


def test_line_gives_the_place_its_position(town: SimpleNamespace) -> None:
    line = {"type": "LineString", "coordinates": [[118.1, 24.1], [118.2, 24.2], [118.3, 24.3]]}
    made = factories.place("新华路", town.east, kind="street", geometry=line)
    assert (made.lat, made.lng) == (24.2, 118.2)
    assert made.number == "100001-003"


def test_number_is_used_once(town: SimpleNamespace) -> None:
    with pytest.raises(Conflict):
        factories.place("重号", town.east, number=town.lane.number)


def test_nearest_places_come_first(town: SimpleNamespace) -> None:
    found = queries.nearest(24.9502, 118.3801, town=town.town)
    assert [place.name for place, _ in found] == ["东门农贸市场", "建设巷"]
    assert round(found[0][1]) == 24
    assert queries.nearest(10.0, 10.0) == []


@given(st.floats(-80, 80), st.floats(-179, 179), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_distance_is_symmetric_and_small_nearby(lat: float, lng: float, dlat: float, dlng: float) -> None:
    a, b = (lat, lng), (lat + dlat, lng + dlng)
    assert queries.distance_m(a, b) == pytest.approx(queries.distance_m(b, a), abs=1e-6)
    assert queries.distance_m(a, a) == 0
    assert queries.distance_m(a, b) < 1600


def test_one_degree_of_latitude_is_111_km() -> None:
    assert queries.distance_m((24, 118), (25, 118)) == pytest.approx(111_195, abs=1)


def test_duty_with_deputy_and_end(town: SimpleNamespace) -> None:
    chief = actions.give_duty(
        place=town.lane,
        person=town.street_chief,
        kind="lane_chief",
        from_date=date(2026, 1, 1),
        at=NOW,
        hours="8:00—10:00",
    )
    actions.give_duty(
        place=town.lane,
        person=town.worker,
        kind="lane_chief",
        from_date=date(2026, 1, 1),
        at=NOW,
        deputy=True,
    )
    day = date(2026, 11, 16)
    assert [(d.person.name, d.deputy) for d in queries.on_duty(town.lane, day)] == [
        ("吴巷长", False),
        ("刘强", True),
    ]
    actions.end_duty(duty=chief, on=date(2026, 11, 15), at=NOW)
    assert [d.person.name for d in queries.on_duty(town.lane, day)] == ["刘强"]
    assert [d.place.name for d in queries.duties_of(town.worker, day)] == ["建设巷"]
    with pytest.raises(Conflict):
        actions.give_duty(
            place=town.lane, person=town.worker, kind="lane_chief", from_date=date(2026, 1, 1), at=NOW
        )
