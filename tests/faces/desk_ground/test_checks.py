"""检查点位 on the desk: the voucher page behind the figure, and covert visits to be published."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import Life
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases.models import PlaceCheck

VISIT = uuid.UUID("6a3f0a52-58b4-4c1a-9f6e-0d5b86f0f001")


def covertly(life: Life, *where: Any, visit: uuid.UUID = VISIT) -> None:
    cases.confirm_clear(places=where, by=life.t.inspector, at=life.tick(), covert=True, inspection=visit)


def publish(client: Any, visit: uuid.UUID = VISIT) -> Any:
    return client.post(f"/desk/places/covert/{visit}/publish/", {"key": str(uuid.uuid4())}, follow=True)


def test_figure_opens_to_entry_to_check_to_finds(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    case = life.reported()
    client = log_in(town.clerk)
    entry = Entry.objects.get(account__code="place.checked")
    page = client.get("/desk/ledger/journal/?account=place.checked").content.decode()
    link = f"/desk/places/checks/{entry.voucher_uuid}/"
    assert link in page
    assert ">背街小巷</td>" in page
    check = client.get(link).content.decode()
    for said in ("建设巷", "安和镇创城办", "镇级督查", "发现问题 1 处", case.number, "处次"):
        assert said in check
    # The page counts places, not people (handbook D4).
    assert town.inspector.name not in check


def test_clean_check_says_so(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    cases.confirm_clear(places=[town.lane], by=town.inspector, at=life.tick())
    check = PlaceCheck.objects.get()
    page = log_in(town.secretary).get(f"/desk/places/checks/{check.uuid}/").content.decode()
    assert "未发现问题" in page
    assert log_in(town.west_secretary).get(f"/desk/places/checks/{check.uuid}/").status_code == 404


def test_filter_of_a_type_opens_to_that_type_only(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    for kind in ("bus", "bus_stop"):
        spot = life.t.market.__class__.objects.get(pk=(town.market if kind == "bus" else town.lane).pk)
        spot.point_type = kind
        spot.save(update_fields=["point_type"])
        cases.confirm_clear(places=[spot], by=town.inspector, at=life.tick())
    client = log_in(town.clerk)
    page = client.get("/desk/ledger/metrics/places_inspected/?period=2026-11").content.decode()
    assert "category=%3Dbus&amp;" in page or 'category=%3Dbus"' in page
    assert (
        client.get("/desk/ledger/journal/?account=place.checked&category=bus").content.decode().count('id="e')
        == 2
    )
    assert (
        client.get("/desk/ledger/journal/?account=place.checked&category=%3Dbus")
        .content.decode()
        .count('id="e')
        == 1
    )


def test_covert_visit_is_published_from_the_desk(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    hidden = life.reported(covert=True, inspection=VISIT)
    covertly(life, town.market)
    client = log_in(town.clerk)
    assert "暗访待公开 1" in client.get("/desk/").content.decode()
    page = client.get("/desk/places/covert/").content.decode()
    assert "2 处点位" in page
    assert "1 处问题</a>没有公开" in page
    assert "/publish/" not in page
    refused = publish(client)
    assert (refused.status_code, "还有 1 处问题没有公开" in refused.content.decode()) == (422, True)
    cases.publish_covert(case=hidden, by=town.clerk, at=life.tick())
    assert "/publish/" in client.get("/desk/places/covert/").content.decode()
    assert "已公开，1 处点位计入检查点位。" in publish(client).content.decode()
    assert "没有待公开的暗访" in client.get("/desk/places/covert/").content.decode()
    assert "暗访待公开" not in client.get("/desk/").content.decode()
    assert Entry.objects.filter(account__code="place.checked").count() == 2


@pytest.mark.parametrize(("who", "status"), [("secretary", 403), ("worker", 403), ("outsider", 403)])
def test_the_inspected_see_no_covert_visit(
    life: Life, town: SimpleNamespace, log_in: Any, who: str, status: int
) -> None:
    covertly(life, town.lane)
    client = log_in(getattr(town, who))
    assert client.get("/desk/places/covert/").status_code == status
    assert client.post(f"/desk/places/covert/{VISIT}/publish/").status_code == status
    assert client.get(f"/desk/places/checks/{PlaceCheck.objects.get().uuid}/").status_code in (403, 404)


def test_a_visit_that_is_not_there_is_404(town: SimpleNamespace, log_in: Any) -> None:
    assert log_in(town.clerk).post(f"/desk/places/covert/{VISIT}/publish/").status_code == 404


def test_covert_list_costs_the_same_at_one_and_three_visits(
    life: Life, town: SimpleNamespace, log_in: Any
) -> None:
    client, counts = log_in(town.clerk), []
    for spots in ([town.lane], [town.market, town.west_lane]):
        for spot in spots:
            covertly(life, spot, visit=uuid.uuid4())
        client.get("/desk/places/covert/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/desk/places/covert/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
