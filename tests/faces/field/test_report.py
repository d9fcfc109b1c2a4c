"""上报 from the street: three taps, the same form twice one case, nothing lost when it fails."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faces.field.conftest import JSON, upload
from tests.factories import Life, photo
from wenming.common import clock
from wenming.faces.field import spots
from wenming.ground.evidence.models import Photo
from wenming.records.cases import states
from wenming.records.cases.models import Case

Send = Callable[..., Any]


def test_three_taps_make_a_case(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    """Camera, one of the large buttons, 提交: everything else is on the page already."""
    life.reported()  # 暴露垃圾 is usual here
    client = log_in(town.worker)
    page = client.get(f"/field/report/?place={town.lane.token}").content.decode()
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', page)
    likely = re.search(r'type="radio" name="category" value="(\w+)"', page)
    place = re.search(r'<option value="(p:[0-9a-f-]+)" selected>', page)
    assert key
    assert likely
    assert place
    answer = client.post(
        "/field/report/",
        {"key": key[1], "before": upload(), "category": likely[1], "place": place[1], "keep_place": "1"},
    )
    assert (answer.status_code, answer["Location"]) == (303, f"/field/report/?place={town.lane.token}")
    case = Case.objects.get(uuid=key[1])
    assert (case.place, case.category, case.state, case.reporter) == (
        town.lane, "06010", states.REPORTED, town.worker,
    )  # fmt: skip
    assert case.source == "chief"
    assert [p.role for p in Photo.objects.of(case.uuid)] == ["before"]
    told = client.get(answer["Location"]).content.decode()
    assert f"已送达，编号 {case.number}" in told


def test_same_key_twice_is_one_case(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    client, key = log_in(town.worker), str(uuid.uuid4())
    first = send(client, key=key, script=True)
    second = send(client, key=key, script=True)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Case.objects.count() == 1
    assert Photo.objects.count() == 1


def test_failed_form_keeps_photos_and_text(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    client, key = log_in(town.worker), str(uuid.uuid4())
    answer = send(client, key=key, category="", description="巷口两袋垃圾没清")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请选择问题类别" in page
    assert 'value="巷口两袋垃圾没清"' in page
    kept = re.search(r'name="before_kept" value="([0-9a-f-]{36})"', page)
    assert kept
    assert f'name="key" value="{key}"' in page
    # The words were understood: the category is offered as a button now.
    assert 'name="category" value="06010"' in page
    again = client.post(
        "/field/report/",
        {"key": key, "category": "06010", "before_kept": kept[1], "description": "巷口两袋垃圾没清"},
    )
    assert again.status_code == 303
    assert [str(p.uuid) for p in Photo.objects.of(uuid.UUID(key))] == [kept[1]]


def test_broken_photo_is_told_by_name(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    broken = upload(name="坏的.jpg")
    broken.file.seek(0)
    broken.file.truncate(200)
    broken.size = 200
    answer = send(log_in(town.worker), before=broken, script=True)
    assert answer.status_code == 422
    assert answer.json()["errors"][""][0].startswith("「坏的.jpg」：")
    assert Case.objects.count() == 0


def test_find_is_dated_by_the_phone_corrected_by_its_sending(
    town: SimpleNamespace, log_in: Any, send: Send
) -> None:
    """A phone whose clock is a day ahead, and a find that waited ten minutes for the network."""
    found = clock.now() + timedelta(days=1)
    sent = found + timedelta(minutes=10)
    send(log_in(town.worker), found_at=found.isoformat(), sent_at=sent.isoformat())
    late = clock.now() - Case.objects.get().reported_at
    assert timedelta(minutes=10) <= late < timedelta(minutes=11)


def test_find_in_the_future_is_refused(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    ahead = (clock.now() + timedelta(days=1)).isoformat()
    answer = send(log_in(town.worker), found_at=ahead, script=True)
    assert answer.status_code == 422
    assert "发现时间在将来" in str(answer.json())


def test_position_off_the_planet_is_refused(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    answer = send(log_in(town.worker), lat="124.9", lng="118.3", script=True)
    assert answer.status_code == 422
    assert "不在地球上" in str(answer.json())


def test_fixed_on_the_spot_has_both_photos(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    send(log_in(town.worker), path="on_spot", after=upload(2), measures="已清理")
    case = Case.objects.get()
    assert (case.state, case.path, case.measures) == (states.VERIFYING, states.ON_SPOT, "已清理")
    assert sorted(p.role for p in Photo.objects.of(case.uuid)) == ["after", "before"]


def test_fixed_on_the_spot_without_after_photo_is_refused(
    town: SimpleNamespace, log_in: Any, send: Send
) -> None:
    answer = send(log_in(town.worker), path="on_spot", script=True)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [""])
    assert Case.objects.count() == 0


def test_community_takes_its_own_find(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    place = spots.value(town.lane)
    send(log_in(town.secretary), path="community", place=place)
    case = Case.objects.get()
    assert (case.state, case.lead_unit, case.self_found) == (states.HANDLING, town.east, True)


@pytest.mark.parametrize("who", ["west_lane", "elsewhere", "nonsense"])
def test_place_of_others(town: SimpleNamespace, log_in: Any, send: Send, who: str) -> None:
    """The whole town may be chosen, another town not."""
    value = {
        "west_lane": spots.value(town.west_lane),
        "elsewhere": spots.value(town.elsewhere),
        "nonsense": "p:nonsense",
    }
    answer = send(log_in(town.worker), place=value[who], script=True)
    assert answer.status_code == (201 if who == "west_lane" else 422)


# --- inspections -----------------------------------------------------------------------------------------


def test_tour_is_one_inspection(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    client = log_in(town.inspector)
    client.post("/field/tour/begin/", {"source": "county"})
    for n in range(3):
        send(client, before=upload(n + 10), place=spots.value(town.lane))
    page = client.get("/field/report/").content.decode()
    assert "<b data-tour-count>3</b>" in page
    client.post("/field/tour/end/")
    send(client, before=upload(20), place=spots.value(town.lane), source="town")
    visits = list(Case.objects.order_by("id").values_list("inspection", "source"))
    assert visits[0][0] is not None
    assert visits[:3] == [(visits[0][0], "county")] * 3
    assert visits[3] == (None, "town")


def test_covert_find_leaves_no_trace(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    client = log_in(town.inspector)
    client.post("/field/tour/begin/", {"source": "town", "covert": "1"})
    place = spots.value(town.market)
    assert send(client, place=place, category="07001").status_code == 303
    case = Case.objects.get()
    assert (case.covert, case.source) == (True, "covert")
    picture = Photo.objects.of(case.uuid).get()
    other = log_in(town.secretary)
    assert other.get(f"/field/case/{case.uuid}/").status_code == 404
    assert other.get(f"/photo/{picture.uuid}/thumb.jpg").status_code == 404
    assert case.number not in other.get("/field/").content.decode()
    place_page = other.get(f"/field/p/{town.market.token}/").content.decode()
    assert "还没有发现过问题" in place_page
    near = other.get("/field/report/nearby/", {"category": "07001", "place": place})
    assert near.json() == {"items": []}
    likely = other.get("/field/report/suggest/", {"place": place}).json()["items"]
    assert "07001" not in [item["code"] for item in likely]


def test_worker_can_neither_tour_nor_report_covertly(town: SimpleNamespace, log_in: Any, send: Send) -> None:
    client = log_in(town.worker)
    assert client.post("/field/tour/begin/", {"source": "town"}).status_code == 403
    send(client, covert="1", source="city")
    case = Case.objects.get()
    assert (case.covert, case.source) == (False, "chief")


# --- what the page's script asks -------------------------------------------------------------------------


def test_words_are_recognised_before_what_is_usual(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    life.reported()
    client = log_in(town.worker)
    place = spots.value(town.lane)
    items = client.get("/field/report/suggest/", {"words": "墙上小广告", "place": place}).json()["items"]
    assert len(items) == 3
    assert (items[0]["word"], items[0]["name"]) == ("小广告", items[0]["name"])
    assert "06010" in [item["code"] for item in items]


def test_nearest_place_comes_first(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.worker)
    items = client.get("/field/report/nearest/", {"lat": "24.9509", "lng": "118.3809"}).json()["items"]
    assert [item["text"] for item in items] == ["建设巷", "东门农贸市场"]
    assert items[0]["value"] == spots.value(town.lane)
    assert client.get("/field/report/nearest/", {"lat": "nan", "lng": "x"}).json() == {"items": []}


def test_duplicate_hint_informs_and_never_blocks(
    town: SimpleNamespace, log_in: Any, life: Life, send: Send
) -> None:
    case = life.registered(photos=[photo(town.inspector, town.town)])
    client, place = log_in(town.worker), spots.value(town.lane)
    items = client.get("/field/report/nearby/", {"category": "06010", "place": place}).json()["items"]
    assert len(items) == 1
    assert items[0]["text"].startswith("建设巷，暴露垃圾，11月16日 周一上报，待派遣")
    # 网格员 does not see others' records, so there is nothing to open.
    assert items[0]["url"] == ""
    seen = log_in(town.secretary).get("/field/report/nearby/", {"category": "06010", "place": place}).json()
    assert seen["items"][0]["url"] == f"/field/case/{case.uuid}/"
    assert send(client, place=place, script=True).status_code == 201


@pytest.mark.parametrize(
    ("who", "status"),
    [("worker", 200), ("secretary", 200), ("street_chief", 200), ("chief", 200), ("inspector", 200),
     ("clerk", 200), ("county_clerk", 200), ("partner", 200), ("cleaner", 403), ("discipline", 403),
     ("auditor", 403), ("admin", 403)],
)  # fmt: skip
def test_who_may_report(town: SimpleNamespace, log_in: Any, who: str, status: int) -> None:
    assert log_in(getattr(town, who)).get("/field/report/").status_code == status


def test_stranger_is_sent_to_log_in(client: Any, db: None) -> None:
    answer = client.get("/field/report/")
    assert (answer.status_code, answer["Location"]) == (302, "/log-in/?next=/field/report/")


def test_lost_session_is_told_in_json_paths(client: Any, db: None) -> None:
    """The script must see that it was not a receipt: a redirect to the log-in page, no JSON."""
    answer = client.post("/field/report/", {"key": str(uuid.uuid4())}, headers=JSON)
    assert answer.status_code == 302
