"""The page behind a QR code, and 「无问题」."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import Life
from wenming.ground.audit.models import Record


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
