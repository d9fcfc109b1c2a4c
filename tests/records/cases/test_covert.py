"""暗访: what was found leaves no trace for those inspected until it is published (architecture §6)."""

import re
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from tests.factories import Life, photo
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.evidence import queries as evidence
from wenming.ground.notices.models import Notice
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases import queries
from wenming.records.cases.models import Case

# What differs from one request to the next for other reasons.
_FRESH = re.compile(rb'name="csrf(?:middlewaretoken)?" (?:value|content)="[^"]*"|name="key" value="[^"]*"')


@pytest.fixture
def life(town: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Life:
    """The clock of the pages stands an hour after the last ordinary deed."""
    made = Life(town)
    monkeypatch.setattr(clock, "now", lambda: clock.at_local(clock.local_date(made.at), 16))
    return made


def found_covertly(life: Life, **more: Any) -> Case:
    seen = [photo(life.t.inspector, life.t.town, at=life.at)]
    given = {"covert": True, "description": "夜间垃圾满溢无人清", "photos": seen} | more
    return life.reported(**given)


def test_numbers_of_everybody_have_no_hole_where_a_covert_find_lies(life: Life) -> None:
    first, hidden, second = life.reported(), found_covertly(life), life.reported()
    assert [first.number, second.number] == ["〔2026〕督-0001", "〔2026〕督-0002"]
    assert hidden.number == f"暗访-{hidden.uuid.hex[:10].upper()}"
    published = cases.publish_covert(case=hidden, by=life.t.inspector, at=life.tick())
    assert published.number == "〔2026〕督-0003"


def test_nothing_is_merged_into_a_covert_find(life: Life) -> None:
    hidden = found_covertly(life)
    told = life.reported(by=life.t.secretary)
    notices = Notice.objects.count()
    with pytest.raises(DomainError) as refused:
        cases.merge(case=told, into=hidden, by=life.t.clerk, at=life.tick())
    assert refused.value.code == "merge_covert"
    assert Notice.objects.count() == notices
    assert hidden.number not in Case.objects.get(pk=told.pk).public_note


def test_a_refused_covert_find_leaves_nothing_in_books_and_inboxes(life: Life) -> None:
    hidden = found_covertly(life)
    cases.refuse(case=hidden, by=life.t.clerk, at=life.tick(), reason="not_true")
    assert Entry.objects.filter(voucher_uuid=hidden.uuid).count() == 0
    assert Notice.objects.exclude(person=life.t.inspector).count() == 0


ADDRESSES = [
    "/desk/", "/desk/cases/", "/desk/cases/?words=垃圾", "/desk/cases/?words=夜间", "/desk/cases/?words=暗访", "/desk/cases/?state=reported",
    "/desk/cases/?source=covert", "/desk/cases/?only=safety", "/desk/cases/?size=100&page=2", "/desk/cases/print/", "/desk/cases/new/",
    "/desk/orders/", "/desk/ledger/", "/desk/ledger/?all=1", "/desk/ledger/journal/", "/desk/ledger/journal/?account=case.reported",
    "/desk/ledger/journal/?source=covert", "/desk/ledger/metrics/", "/desk/ledger/metrics/found/", "/desk/ledger/metrics/in_time_rate/",
    "/desk/places/", "/desk/places/shapes.json", "/desk/documents/", "/desk/documents/register/", "/board/", "/board/map.json",
    "/board/map.json?box=118,24,119,25", "/board/shapes.json", "/board/compare/", "/field/", "/field/mine/", "/field/tasks/",
    "/field/report/", "/field/report/suggest/?words=垃圾", "/notices/", "/public/", "/public/follow/?code=ABCDEFGH",
]  # fmt: skip


def test_random_requests_are_answered_as_if_there_were_no_covert_find(life: Life, log_in: Any) -> None:
    """Over 300 requests of the inspected, before and after two covert finds at their places: byte for byte the same."""
    t, dice = life.t, Random(20261116)
    open_case, closed = life.handling(), life.closed(place=t.market)
    order = cases.orders.draft(case=life.dispatched(), reason="manual", at=life.tick(), by=t.clerk)
    cases.orders.issue(order=order, by=t.director, at=life.tick())
    urls = [
        *ADDRESSES, f"/desk/cases/?place={t.lane.uuid}", f"/desk/places/{t.lane.uuid}/", f"/desk/places/{t.market.uuid}/",
        "/desk/places/covert/", "/desk/ledger/metrics/places_checked/", f"/field/p/{t.west_lane.token}/",
        f"/desk/cases/{open_case.uuid}/", f"/desk/cases/{closed.uuid}/", f"/field/case/{open_case.uuid}/", f"/desk/orders/{order.uuid}/",
        f"/desk/orders/{order.uuid}/print/", f"/field/p/{t.lane.token}/", f"/field/p/{t.market.token}/", f"/public/report/?place={t.lane.token}",
        f"/field/report/?place={t.lane.token}", "/field/report/nearest/?lat=24.951&lng=118.381",
        f"/field/report/nearby/?place=p:{t.lane.uuid}&category=06010", f"/field/report/nearby/?place=p:{t.lane.uuid}&category=06036",
    ]  # fmt: skip
    people = [t.secretary, t.worker, t.street_chief, t.chief, t.west_secretary, t.partner, t.cleaner]
    asked = dice.sample([(person, url) for person in people for url in urls], 310)
    clients = {person.pk: log_in(person) for person in people}

    def answers() -> list[tuple[int, bytes]]:
        found = []
        for person, url in asked:
            response = clients[person.pk].get(url)
            found.append((response.status_code, _FRESH.sub(b"", response.content)))
        return found

    for client in clients.values():
        client.get("/desk/")  # whatever a first request remembers in the session
    before = answers()
    hidden = found_covertly(life, place=t.lane)
    other = found_covertly(life, place=t.market, category="06036", source="county")
    cases.confirm_clear(places=[t.west_lane, t.lane], by=t.inspector, at=life.at, covert=True)
    after = answers()
    assert [(str(p), u) for (p, u), was, now in zip(asked, before, after, strict=True) if was != now] == []
    assert {status for status, _ in before} <= {200, 302, 403, 404}
    assert sum(status == 200 for status, _ in before) > 180
    for case in (hidden, other):
        the_addresses_of(case, clients.values())


def the_addresses_of(case: Case, clients: Any) -> None:
    """The find itself, its steps and its photos are not there, in any way of asking."""
    pictures = [one.uuid for one in evidence.of(case.uuid)]
    urls = [
        reverse("desk:case-detail", args=[case.uuid]), reverse("field:case", args=[case.uuid]),
        *(reverse("desk:case-step", args=[case.uuid, code]) for code in ("register", "merge", "publish_covert", "refuse")),
        *(reverse("kit:photo", args=[key, size]) for key in pictures for size in ("thumb", "page", "strip", "public")),
        *(reverse("desk:case-photo", args=[case.uuid, key]) for key in pictures),
    ]  # fmt: skip
    assert {client.get(url).status_code for client in clients for url in urls} <= {403, 404}
    assert {client.post(url).status_code for client in clients for url in urls} <= {403, 404, 405}


def test_a_covert_find_is_no_neighbour_and_no_earlier_find(life: Life) -> None:
    t = life.t
    hidden = found_covertly(life)
    assert queries.nearby_open(t.town, hidden.category, t.lane.pk, t.lane.lat, t.lane.lng) == []
    second = life.registered()
    assert queries.same_spot(second, t.secretary) == []
    assert [one.pk for one in queries.same_spot(second, t.inspector)] == [hidden.pk]
    assert second.orders.count() == 0
