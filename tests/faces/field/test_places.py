"""The page behind a QR code, and 「无问题」."""

import uuid
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import NOW, Life
from wenming.common import clock
from wenming.ground.audit.models import Record
from wenming.ground.places import actions as places
from wenming.ledger.models import Entry
from wenming.records.cases.models import PlaceCheck


def clears() -> int:
    return Record.objects.filter(deed="place.clear").count()


def test_place_page_holds_standards_duty_and_open_cases(
    on_duty: SimpleNamespace, log_in: Any, life: Life
) -> None:
    t, case = on_duty, life.dispatched()
    page = log_in(t.secretary).get(f"/field/p/{t.lane.token}/").content.decode()
    for text in ("建设巷", "网格员：刘强", "检查标准", case.description, "无问题", "上报问题"):
        assert text in page
    assert f"/field/report/?place={t.lane.token}" in page


def test_nothing_found_is_written_once_a_day(town: SimpleNamespace, log_in: Any) -> None:
    path = f"/field/p/{town.lane.token}/clear/"
    for who in (town.worker, town.worker, town.street_chief):
        answer = log_in(who).post(path, {"key": str(uuid.uuid4())})
        assert answer.status_code == 303
    assert clears() == 2
    page = log_in(town.worker).get(f"/field/p/{town.lane.token}/").content.decode()
    assert "上次确认无问题" in page
    # Who it was is nobody's business here.
    assert "吴巷长" not in page


@pytest.mark.parametrize("who", ["outsider"])
def test_other_towns_places_are_404(town: SimpleNamespace, log_in: Any, who: str) -> None:
    client = log_in(getattr(town, who))
    assert client.get(f"/field/p/{town.lane.token}/").status_code == 404
    assert client.post(f"/field/p/{town.lane.token}/clear/").status_code == 404
    assert client.get("/field/p/nonsense/").status_code == 404
    assert clears() == 0


def test_passer_by_comes_to_the_public_form(town: SimpleNamespace, client: Any) -> None:
    answer = client.get(f"/field/p/{town.lane.token}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/public/report/?place={town.lane.token}")
    page = client.get(answer["Location"]).content.decode()
    assert "建设巷" in page
    assert client.post(f"/field/p/{town.lane.token}/clear/").status_code == 302


def section(client: Any, *where: Any) -> Any:
    return client.post(
        "/field/clear/", {"key": str(uuid.uuid4()), "place": [place.token for place in where]}, follow=True
    )


def test_section_without_problems_is_said_in_one_go(on_duty: SimpleNamespace, log_in: Any) -> None:
    t, client = on_duty, log_in(on_duty.worker)
    page = client.get("/field/").content.decode()
    assert page.count('type="checkbox" name="place"') == 2
    assert "本段无问题" in page
    assert "已记下：2 处点位未发现问题。" in section(client, t.lane, t.market).content.decode()
    assert "这些点位今天都已经记过了，不用重复。" in section(client, t.market).content.decode()
    booked = Entry.objects.filter(account__code="place.checked").values_list("place__name", "source")
    assert sorted(booked) == [("东门农贸市场", "chief"), ("建设巷", "chief")]


def test_nothing_ticked_or_somebody_elses_place_is_told(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.worker)
    answer = section(client)
    assert (answer.status_code, "请先勾选看过的点位" in answer.content.decode()) == (422, True)
    assert section(log_in(town.outsider), town.lane).status_code == 422
    assert clears() == 0


def test_one_place_needs_no_tick(town: SimpleNamespace, log_in: Any) -> None:
    places.give_duty(
        place=town.lane, person=town.street_chief, kind="lane_chief", from_date=date(2026, 1, 1), at=NOW
    )
    page = log_in(town.street_chief).get("/field/").content.decode()
    assert f'<input type="hidden" name="place" value="{town.lane.token}">' in page
    assert 'type="checkbox" name="place"' not in page


@pytest.mark.parametrize(("covert", "source"), [("", "county"), ("on", "county")])
def test_places_of_a_tour_bear_its_level_and_its_secret(
    town: SimpleNamespace, log_in: Any, covert: str, source: str
) -> None:
    client = log_in(town.inspector)
    client.post("/field/tour/begin/", {"source": "county", "covert": covert})
    client.post(f"/field/p/{town.lane.token}/clear/", {"key": str(uuid.uuid4())})
    check = PlaceCheck.objects.get()
    assert (check.source, check.covert, check.inspection is not None) == (source, bool(covert), True)
    assert Entry.objects.filter(account__code="place.checked").count() == (0 if covert else 1)
    seen = log_in(town.worker).get(f"/field/p/{town.lane.token}/").content.decode()
    assert ("上次确认无问题" in seen) is not bool(covert)


def test_covert_tour_of_ones_own_level_is_called_covert(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.inspector)
    client.post("/field/tour/begin/", {"source": "town", "covert": "on"})
    client.post(f"/field/p/{town.lane.token}/clear/", {"key": str(uuid.uuid4())})
    assert PlaceCheck.objects.get().source == "covert"


def test_inspectors_are_told_when_their_level_has_been_there_often_enough(
    town: SimpleNamespace, log_in: Any
) -> None:
    """Handbook D12: at most four times a month; a word to the inspector, nothing to the others."""
    address = f"/field/p/{town.lane.token}/"
    for n in range(4):
        PlaceCheck.objects.create(
            uuid=uuid.uuid4(), place=town.lane, unit=town.east, party=(town.office, town.town, town.east, town.west)[n],
            day=clock.local_date(clock.now()), source="town",
        )  # fmt: skip
        page = log_in(town.inspector).get(address).content.decode()
        assert ("达到每月 4 次的上限" in page) is (n == 3)
    assert "达到每月" not in log_in(town.worker).get(address).content.decode()
    assert "达到每月" not in log_in(town.county_clerk).get(address).content.decode()
