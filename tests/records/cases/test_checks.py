"""检查点位: once a place, day and party; by finds and by 「无问题」; covert ones when they are published."""

import threading
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from tests.factories import NOW, Life, build_town, photo
from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Record
from wenming.ground.people.models import Person
from wenming.ground.places import actions as places
from wenming.ground.places import queries as place_queries
from wenming.ledger import figures, periods, verify
from wenming.ledger.metrics import Filters
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases import checks
from wenming.records.cases.models import PlaceCheck

TODAY = clock.local_date(NOW)
WEEK = periods.of(periods.WEEK, TODAY)
VISIT = uuid.UUID("6a3f0a52-58b4-4c1a-9f6e-0d5b86f0f001")


def booked() -> list[tuple[str, str, str, str, str]]:
    """(place, charged, category, source, party) of every check in the books, in the order of posting."""
    rows = (
        Entry.objects.filter(account__code="place.checked")
        .select_related("place", "unit", "party")
        .order_by("id")
    )
    return [(e.place.name, e.unit.name, e.category, e.source, e.party.name) for e in rows]


def clear(life: Life, by: Person, *where: Any, **more: Any) -> int:
    return cases.confirm_clear(places=where, by=by, at=life.tick(), **more)


def test_a_find_is_a_check_of_its_place(life: Life, town: SimpleNamespace) -> None:
    case = life.reported()
    assert booked() == [("建设巷", "东门社区", "back_alley", "town", "安和镇创城办")]
    entry = Entry.objects.get(account__code="place.checked")
    check = PlaceCheck.objects.get()
    assert (entry.voucher_kind, entry.voucher_uuid, entry.quantity) == ("check", check.uuid, 1)
    assert check.uuid == checks.key(town.lane, town.office, TODAY)
    assert (
        Entry.objects.filter(voucher_uuid=case.uuid).values_list("account__code", flat=True).get()
        == "case.reported"
    )


def test_more_finds_people_and_taps_of_a_day_are_one_check(life: Life, town: SimpleNamespace) -> None:
    life.reported()
    life.reported(description="墙面小广告五处", category="06036")
    life.reported(by=town.director)
    assert clear(life, town.clerk, town.lane) == 1  # said, but the office has looked there today already
    assert len(booked()) == 1
    life.tick(24 * 60)
    life.reported(description="又一处")
    assert len(booked()) == 2


def test_every_party_counts_for_itself(life: Life, town: SimpleNamespace) -> None:
    clear(life, town.inspector, town.lane)
    clear(life, town.county_clerk, town.lane)
    clear(life, town.worker, town.lane)
    clear(life, town.street_chief, town.lane)  # of the same community as the grid worker
    assert booked() == [
        ("建设巷", "东门社区", "back_alley", "town", "安和镇创城办"),
        ("建设巷", "东门社区", "back_alley", "county", "平川县创城办"),
        ("建设巷", "东门社区", "back_alley", "chief", "东门社区"),
    ]


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ({"source": "county"}, 1),
        ({"source": "bulletin"}, 0),
        ({"source": "media"}, 0),
        ({"source": "hotline"}, 0),
        ({"place": None}, 0),
    ],
    ids=["inspection", "typed from a bulletin", "papers", "hotline", "no registered place"],
)
def test_only_finds_by_somebody_who_looked_at_a_place_count(
    life: Life, town: SimpleNamespace, given: dict[str, Any], counted: int
) -> None:
    life.reported(**({"unit": town.east} | given))
    assert len(booked()) == counted


def test_residents_check_nothing(life: Life) -> None:
    life.reported(by=None)
    assert booked() == []
    assert PlaceCheck.objects.count() == 0


def test_spot_fixes_and_relapses_are_checks_too(life: Life, town: SimpleNamespace) -> None:
    shots = {role: [photo(town.worker, town.town)] for role in ("before", "after")}
    cases.report_fixed(
        at=life.tick(), by=town.worker, category="06010", description="纸屑", place=town.market, **shots
    )
    closed = life.closed()
    life.tick(3 * 24 * 60)
    again = [photo(town.inspector, town.town)]
    cases.revisit(
        case=closed, by=town.inspector, at=life.tick(), relapsed=True, note="又堆回来了", photos=again
    )
    assert [(row[0], row[3]) for row in booked()] == [
        ("东门农贸市场", "chief"),
        ("建设巷", "town"),
        ("建设巷", "town"),
    ]


def test_a_refused_find_leaves_the_check(life: Life) -> None:
    """Somebody was there, whatever the office thinks of his photo."""
    life.refused()
    live = Entry.objects.live().values_list("account__code", flat=True)
    assert sorted(live) == ["case.refused", "place.checked"]


def test_many_places_in_one_go_are_said_once(life: Life, town: SimpleNamespace) -> None:
    assert clear(life, town.street_chief, town.market, town.lane) == 2
    assert clear(life, town.street_chief, town.lane, town.market, town.west_lane) == 1
    assert [row[0] for row in booked()] == ["东门农贸市场", "建设巷", "文昌巷"]
    said = Record.objects.filter(deed="place.clear").values_list("sentence", flat=True)
    assert list(said) == [f"到「{name}」查看，未发现问题" for name in ("东门农贸市场", "建设巷", "文昌巷")]
    assert set(place_queries.last_clear([town.lane, town.market])) == {town.lane.uuid, town.market.uuid}
    assert verify.verify().ok
    assert history.verify() == []


def test_places_of_two_towns_go_to_two_books(life: Life, town: SimpleNamespace) -> None:
    far = places.register(name="桥头市场", kind="point", unit=town.elsewhere, at=NOW, point_type="market")
    assert clear(life, town.county_clerk, town.lane, far) == 2
    rows = Entry.objects.filter(account__code="place.checked").values_list("book__unit__name", "place__name")
    assert dict(rows) == {"安和镇": "建设巷", "石桥镇": "桥头市场"}
    assert verify.verify().ok


def test_grid_ground_is_charged_to_its_community(life: Life, town: SimpleNamespace) -> None:
    yard = places.register(name="一网格小院", kind="point", unit=town.grid, at=NOW)
    clear(life, town.inspector, yard)
    assert booked() == [("一网格小院", "东门社区", "", "town", "安和镇创城办")]


def test_a_code_too_long_for_the_books_is_left_out(life: Life, town: SimpleNamespace) -> None:
    yard = places.register(name="小院", kind="point", unit=town.east, at=NOW, point_type="a" * 21)
    clear(life, town.inspector, yard)
    assert [row[2] for row in booked()] == [""]


def test_strangers_and_closed_places_are_refused(life: Life, town: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed) as stranger:
        clear(life, town.outsider, town.lane)
    assert stranger.value.code == "place_not_allowed"
    places.close(place=town.market, on=TODAY, at=NOW, by=town.clerk)
    with pytest.raises(Conflict) as closed:
        clear(life, town.worker, town.lane, town.market)
    assert closed.value.code == "place_closed"
    assert "东门农贸市场" in closed.value.message
    assert (booked(), Record.objects.filter(deed="place.clear").count()) == ([], 0)


@pytest.mark.parametrize(
    ("who", "source"), [("secretary", "self"), ("cleaner", "self"), ("leader", "town"), ("worker", "chief")]
)
def test_level_follows_from_the_post(life: Life, town: SimpleNamespace, who: str, source: str) -> None:
    clear(life, getattr(town, who), town.lane)
    assert [row[3] for row in booked()] == [source]


def test_units_cannot_claim_to_be_inspectors(life: Life, town: SimpleNamespace) -> None:
    clear(life, town.secretary, town.lane, source="county")
    assert [row[3] for row in booked()] == ["self"]
    with pytest.raises(NotAllowed):
        clear(life, town.secretary, town.market, covert=True)


# --- covert visits ----------------------------------------------------------------------------------------


def covertly(life: Life, *where: Any, visit: uuid.UUID = VISIT) -> int:
    return clear(life, life.t.inspector, *where, covert=True, inspection=visit)


def test_covert_visit_shows_nowhere_until_it_is_published(life: Life, town: SimpleNamespace) -> None:
    hidden = life.reported(covert=True, inspection=VISIT, source="covert")
    assert covertly(life, town.market, town.west_lane) == 2
    assert covertly(life, town.market) == 0
    assert booked() == []
    assert place_queries.last_clear([town.market]) == {}
    assert history.of(town.market.uuid).filter(deed="place.clear").count() == 0
    assert PlaceCheck.objects.visible_to(town.secretary).count() == 0
    assert PlaceCheck.objects.visible_to(town.clerk).count() == 3
    with pytest.raises(DomainError) as early:
        cases.publish_visit(inspection=VISIT, by=town.clerk, at=life.tick())
    assert (early.value.code, early.value.message) == (
        "covert_finds_left",
        "这次暗访还有 1 处问题没有公开，请先逐件公开。",
    )
    life.tick(24 * 60)
    cases.publish_covert(case=hidden, by=town.clerk, at=life.tick())
    assert booked() == [("建设巷", "东门社区", "back_alley", "covert", "安和镇创城办")]
    assert cases.publish_visit(inspection=VISIT, by=town.clerk, at=life.tick()) == 2
    assert [(row[0], row[3]) for row in booked()] == [
        ("建设巷", "covert"), ("东门农贸市场", "covert"), ("文昌巷", "covert"),
    ]  # fmt: skip
    # They lie on the day of the visit, not on that of the publication.
    assert set(Entry.objects.filter(account__code="place.checked").values_list("occurred_on", flat=True)) == {
        TODAY
    }
    assert PlaceCheck.objects.visible_to(town.secretary).count() == 2  # of 东门社区
    assert verify.verify().ok


def test_visit_is_published_once_and_by_those_who_may(life: Life, town: SimpleNamespace) -> None:
    covertly(life, town.market)
    with pytest.raises(NotAllowed):
        cases.publish_visit(inspection=VISIT, by=town.secretary, at=life.tick())
    cases.publish_visit(inspection=VISIT, by=town.inspector, at=life.tick())
    with pytest.raises(Conflict) as twice:
        cases.publish_visit(inspection=VISIT, by=town.inspector, at=life.tick())
    assert twice.value.code == "visit_published"
    assert len(booked()) == 1


def test_a_refused_covert_find_does_not_hold_its_visit(life: Life, town: SimpleNamespace) -> None:
    hidden = life.reported(covert=True)
    cases.refuse(case=hidden, by=town.clerk, at=life.tick(), reason="not_true")
    visit = PlaceCheck.objects.get().inspection
    assert visit is not None
    assert cases.publish_visit(inspection=visit, by=town.clerk, at=life.tick()) == 1


def test_find_outside_a_tour_waits_for_itself_only(life: Life, town: SimpleNamespace) -> None:
    life.reported(covert=True)
    covertly(life, town.market)
    assert checks.finds_left([VISIT]) == {}
    own = PlaceCheck.objects.get(place=town.lane).inspection
    assert own is not None
    assert checks.finds_left([own, VISIT]) == {own: 1}


def test_an_open_look_of_the_same_day_counts_at_once_and_once(life: Life, town: SimpleNamespace) -> None:
    hidden = life.reported(covert=True)
    clear(life, town.clerk, town.lane)
    assert [row[3] for row in booked()] == ["town"]
    cases.publish_covert(case=hidden, by=town.clerk, at=life.tick())
    assert [row[3] for row in booked()] == ["town"]


def test_covert_after_an_open_look_adds_nothing(life: Life, town: SimpleNamespace) -> None:
    clear(life, town.clerk, town.lane)
    covertly(life, town.lane)
    assert len(booked()) == 1
    assert PlaceCheck.objects.filter(covert=True).count() == 0


# --- figures ----------------------------------------------------------------------------------------------


def test_metrics_count_places_and_finds_for_each(life: Life, town: SimpleNamespace) -> None:
    life.reported()
    life.reported(description="第二处")
    life.reported(description="墙上涂写", by=town.worker)
    clear(life, town.inspector, town.market, town.west_lane)
    clear(life, town.street_chief, town.lane)
    codes = ("places_checked", "places_inspected", "finds_per_place")
    found = figures.many([(code, town.town, WEEK) for code in codes], at=life.at)
    assert [value.explained for value in found] == ["4处次", "3处次", "0.67处（2/3）"]
    east = figures.value("finds_per_place", scope=town.west, period=WEEK, at=life.at)
    assert east.explained == "0.00处（0/1）"


def test_no_inspected_place_is_no_rate(life: Life, town: SimpleNamespace) -> None:
    clear(life, town.street_chief, town.lane)
    assert figures.value("finds_per_place", scope=town.town, period=WEEK, at=life.at).text == "无督查点位"


def test_types_of_point_are_told_apart_exactly(life: Life, town: SimpleNamespace) -> None:
    """bus, bus_stop and bus_station begin alike: a prefix would mix them."""
    for number, kind in enumerate(("bus", "bus_stop", "bus_stop", "")):
        spot = places.register(name=f"点位{number}", kind="point", unit=town.east, at=NOW, point_type=kind)
        clear(life, town.inspector, spot)

    def count(category: str, **more: Any) -> Any:
        asked = {"scope": town.town, "period": WEEK, "at": life.at, "filters": Filters(category=category)}
        return figures.value("places_inspected", **asked, **more).number

    assert [count(c) for c in ("bus", "=bus", "=bus_stop", "=", "")] == [3, 1, 2, 1, 4]
    assert [count(c, as_of=life.at) for c in ("bus", "=bus", "=bus_stop", "=", "")] == [3, 1, 2, 1, 4]


@pytest.mark.django_db(transaction=True)
def test_two_people_at_one_place_at_once_make_one_check() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer; nothing can happen at once")
    t = build_town()
    people, gate, faults = [t.inspector, t.clerk, t.director, t.inspector], threading.Barrier(4), []

    def look(by: Person, number: int) -> None:
        try:
            gate.wait()
            at = NOW + timedelta(minutes=number)
            if number % 2:
                cases.confirm_clear(places=[t.lane, t.market], by=by, at=at)
            else:
                cases.report(at=at, by=by, category="06010", description=f"垃圾{number}", place=t.lane)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=look, args=(by, number)) for number, by in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(row[0] for row in booked()) == ["东门农贸市场", "建设巷"]
    assert verify.verify().ok
