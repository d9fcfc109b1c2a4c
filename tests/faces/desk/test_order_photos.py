"""A supervision order shows both photo pairs to the unit that has to answer it."""

from typing import Any

from tests.factories import Life, photo
from wenming.ground.evidence.models import Photo
from wenming.records.cases import actions as cases


def test_the_unit_sees_the_photos_its_order_shows(life: Life, log_in: Any) -> None:
    """The second find lies on another's ground until it is dispatched: the station sees it through its order only."""
    t = life.t
    case = life.registered(photos=[photo(t.inspector, t.town)])
    order = cases.orders.draft(case=case, reason="manual", at=life.tick(), by=t.clerk)
    type(order).objects.filter(pk=order.pk).update(unit=t.chengguan)
    order.refresh_from_db()
    url = f"/photo/{Photo.objects.of(case.uuid).get().uuid}/page.jpg"
    chief = log_in(t.chief)
    assert chief.get(url).status_code == 404
    cases.orders.issue(order=order, by=t.director, at=life.tick())
    assert (chief.get(url).status_code, chief.get(f"/desk/cases/{case.uuid}/").status_code) == (200, 404)
    assert log_in(t.cleaner).get(url).status_code == log_in(t.outsider).get(url).status_code == 404
