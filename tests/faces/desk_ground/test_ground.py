"""Units, places, calendar, standards, history and jobs on the desk: forms, refusals, and what is shown."""

import json
import re
import uuid
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import qrcode
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tests import factories
from tests.factories import NOW, Life
from wenming.common import appendonly, clock
from wenming.faces.desk import jobs as job_page
from wenming.faces.desk import place_codes
from wenming.ground.audit.models import Record
from wenming.ground.calendar.models import CalendarDay, CalendarYear, MarketDay, OfficeHours
from wenming.ground.jobs import actions as jobs
from wenming.ground.jobs.models import Job
from wenming.ground.people.models import Person
from wenming.ground.places.models import Duty, Place
from wenming.ground.standards.models import PackVersion
from wenming.ground.units.models import Unit
from wenming.ledger.models import Entry


def post(client: Any, url: str, data: dict[str, Any] | None = None) -> Any:
    return client.post(url, {"key": str(uuid.uuid4())} | (data or {}))


def words(response: Any) -> str:
    plain = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(plain))


# ---- units


def unit_form(town: SimpleNamespace, **more: str) -> dict[str, str]:
    return {
        "kind": "community",
        "parent": str(town.town.uuid),
        "name": "南湖社区",
        "code": "350599100003",
        "valid_from": "2026-01-01",
    } | more


def test_a_unit_is_added(town: SimpleNamespace, log_in: Any) -> None:
    assert post(log_in(town.clerk), "/desk/units/new/", unit_form(town)).status_code == 303
    assert Unit.objects.get(code="350599100003").parent == town.town


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "350599100"}, "是 9 位，这一级应当是 12 位"), ({"code": "350599101009"}, "前 9 位应当与上级代码"),
        ({"code": "350599100001"}, "已经有单位在用"), ({"kind": "grid"}, "网格不能放在镇（街道）下面"),
        ({"name": ""}, "这个字段是必填项"), ({"credit_code": "91350100M000100Y4A"}, "校验位不对"),
    ],
)  # fmt: skip
def test_a_wrong_unit_is_said(change: dict[str, str], said: str, town: SimpleNamespace, log_in: Any) -> None:
    response = post(log_in(town.clerk), "/desk/units/new/", unit_form(town, **change))
    assert response.status_code == 422
    assert said in words(response)


def test_a_clerk_adds_nothing_below_another_town(town: SimpleNamespace, log_in: Any) -> None:
    form = unit_form(town, parent=str(town.other_town.uuid), code="350599101009")
    assert post(log_in(town.clerk), "/desk/units/new/", form).status_code == 422
    assert not Unit.objects.filter(code="350599101009").exists()


def test_a_community_is_merged_into_another(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.clerk), f"/desk/units/{town.west.uuid}/"
    assert "在任岗位 1 个、在用点位 1 处" in words(client.get(f"{url}dissolve/"))
    assert (
        post(client, f"{url}dissolve/", {"on": "2026-11-20", "successor": str(town.east.uuid)}).status_code
        == 303
    )
    town.west.refresh_from_db()
    assert (town.west.valid_to, town.west.successor) == (date(2026, 11, 20), town.east)
    assert "已于 2026年11月20日 停用，并入 东门社区" in words(client.get(url))
    assert client.get("/desk/units/?off=off").context["page"].paginator.count == 1


def test_a_unit_with_others_below_is_not_dissolved(town: SimpleNamespace, log_in: Any) -> None:
    response = post(log_in(town.clerk), f"/desk/units/{town.east.uuid}/dissolve/", {"on": "2026-11-20"})
    assert response.status_code == 422
    assert "下面还有在用的单位" in words(response)


def test_nobody_dissolves_his_own_town(town: SimpleNamespace, log_in: Any) -> None:
    assert (
        post(log_in(town.clerk), f"/desk/units/{town.town.uuid}/dissolve/", {"on": "2026-11-20"}).status_code
        == 403
    )


def test_a_unit_is_changed(town: SimpleNamespace, log_in: Any) -> None:
    data = {"name": "东门社区", "short_name": "东门", "population": "5300"}
    assert post(log_in(town.clerk), f"/desk/units/{town.east.uuid}/change/", data).status_code == 303
    town.east.refresh_from_db()
    assert (town.east.short_name, town.east.population) == ("东门", 5300)


# ---- places


def place_form(town: SimpleNamespace, **more: str) -> dict[str, str]:
    return {
        "name": "南门街",
        "kind": "street",
        "unit": str(town.east.uuid),
        "same_radius_m": "30",
        "position_source": "map",
    } | more


def test_a_street_is_drawn_as_a_line(town: SimpleNamespace, log_in: Any) -> None:
    line = {"type": "LineString", "coordinates": [[118.38, 24.95], [118.381, 24.951], [118.382, 24.952]]}
    response = post(log_in(town.clerk), "/desk/places/new/", place_form(town, geometry=json.dumps(line)))
    assert response.status_code == 303
    place = Place.objects.get(name="南门街")
    assert (place.geometry, place.lat, place.lng, place.position_source) == (line, 24.951, 118.381, "map")


def test_a_place_without_coordinates_has_no_source_of_them(town: SimpleNamespace, log_in: Any) -> None:
    assert post(log_in(town.clerk), "/desk/places/new/", place_form(town)).status_code == 303
    assert Place.objects.get(name="南门街").position_source == "none"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lat": "118.38", "lng": "24.95"}, "不在地球上"), ({"lat": "24.95"}, "要么都填，要么都不填"),
        ({"geometry": "{oops"}, "图形写法不完整"), ({"geometry": "[1,2]"}, "图形只能是一个点、一条线或一个面"),
        ({"geometry": '{"type":"LineString","coordinates":[["a","b"]]}'}, "图形的坐标写法不对"),
        ({"number": "100001-001"}, "已经在用"), ({"name": ""}, "这个字段是必填项"),
    ],
)  # fmt: skip
def test_a_wrong_place_is_said(change: dict[str, str], said: str, town: SimpleNamespace, log_in: Any) -> None:
    response = post(log_in(town.clerk), "/desk/places/new/", place_form(town, **change))
    assert response.status_code == 422
    assert said in words(response)
    assert not Place.objects.filter(name="南门街").exists()


def test_only_ones_own_places_are_changed(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.secretary)
    assert client.get(f"/desk/places/{town.lane.uuid}/change/").status_code == 200
    assert client.get(f"/desk/places/{town.west_lane.uuid}/").status_code == 200
    assert client.get(f"/desk/places/{town.west_lane.uuid}/change/").status_code == 403
    assert log_in(town.outsider).get(f"/desk/places/{town.lane.uuid}/").status_code == 404
    moved = place_form(town, name="建设巷", kind="lane", unit=str(town.west.uuid))
    assert post(client, f"/desk/places/{town.lane.uuid}/change/", moved).status_code == 422


def test_duty_is_given_and_ended(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.clerk), f"/desk/places/{town.lane.uuid}/"
    data = {
        "person": str(town.worker.uuid),
        "kind": "lane_chief",
        "from_date": "2026-11-01",
        "hours": "早 8:00—10:00",
    }
    assert post(client, f"{url}duties/new/", data).status_code == 303
    duty = Duty.objects.get()
    assert "刘强" in words(client.get(url))
    again = post(client, f"{url}duties/new/", data)
    assert again.status_code == 422
    assert "已有这项责任" in words(again)
    assert post(client, f"{url}duties/{duty.pk}/end/", {"on": "2026-10-01"}).status_code == 422
    assert post(client, f"{url}duties/{duty.pk}/end/", {"on": "2026-11-20"}).status_code == 303
    duty.refresh_from_db()
    assert duty.to_date == date(2026, 11, 20)


def test_duty_goes_to_nobody_from_elsewhere(town: SimpleNamespace, log_in: Any) -> None:
    data = {"person": str(town.outsider.uuid), "kind": "lane_chief", "from_date": "2026-11-01"}
    assert post(log_in(town.clerk), f"/desk/places/{town.lane.uuid}/duties/new/", data).status_code == 422
    assert not Duty.objects.exists()


def test_lists_of_what_is_missing(town: SimpleNamespace, log_in: Any) -> None:
    factories.place("无坐标巷", town.east, kind="lane")
    Duty.objects.create(place=town.lane, person=town.worker, kind="lane_chief", from_date=date(2026, 1, 1))
    client = log_in(town.director)

    def names(query: str) -> list[str]:
        return sorted(place.name for place in client.get(f"/desk/places/?{query}").context["page"])

    assert names("only=no_duty") == ["东门农贸市场", "文昌巷", "无坐标巷"]
    assert names("only=no_position") == ["无坐标巷"]
    assert names(f"unit={town.west.uuid}") == ["文昌巷"]
    assert names("kind=lane&q=巷 建设") == ["建设巷"]


def test_a_closed_place_leaves_the_list(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    assert post(client, f"/desk/places/{town.lane.uuid}/close/", {"on": "2026-11-20"}).status_code == 303
    assert "建设巷" not in [place.name for place in client.get("/desk/places/").context["page"]]
    assert [place.name for place in client.get("/desk/places/?only=closed").context["page"]] == ["建设巷"]


def test_a_covert_case_leaves_no_trace_at_its_place(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    case = life.reported(source="covert", covert=True)
    page = log_in(town.secretary).get(f"/desk/places/{town.lane.uuid}/").content.decode()
    assert str(case.uuid) not in page
    assert str(case.uuid) in log_in(town.inspector).get(f"/desk/places/{town.lane.uuid}/").content.decode()


def test_codes_twelve_to_a_sheet_open_the_place_on_the_phone(town: SimpleNamespace, log_in: Any) -> None:
    for n in range(11):
        factories.place(f"小巷{n}", town.east, kind="lane")
    response = log_in(town.clerk).get("/desk/places/codes/")
    assert [len(sheet) for sheet in response.context["sheets"]] == [12, 2]
    first = response.context["codes"][0]
    assert first["url"] == f"http://testserver/field/p/{first['place'].token}/"


def test_the_drawing_is_the_code_itself() -> None:

    code = qrcode.QRCode(error_correction=place_codes.ERROR_CORRECT_M, border=4)
    code.add_data("http://testserver/field/p/abc/")
    code.make(fit=True)
    drawn = place_codes.drawing("http://testserver/field/p/abc/")
    dark = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", drawn["path"]):
        dark |= {(int(x) + n, int(y)) for n in range(int(width))}
    wanted = {(x, y) for y, row in enumerate(code.get_matrix()) for x, on in enumerate(row) if on}
    assert (dark, drawn["size"]) == (wanted, len(code.get_matrix()))


# ---- calendar


def waiting() -> int:
    return Job.objects.filter(kind="cases.reproject").count()


def test_a_day_is_set_and_cleared_and_deadlines_are_queued(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    data = {"day": "2026-11-18", "kind": "off", "name": "台风停工"}
    response = client.post("/desk/calendar/day/", {"key": str(uuid.uuid4())} | data, follow=True)
    assert "期限正在后台重新计算" in words(response)
    assert CalendarDay.objects.get(day=date(2026, 11, 18)).name == "台风停工"
    assert waiting() == 1
    assert post(client, "/desk/calendar/day/clear/", {"day": "2026-11-18"}).status_code == 303
    assert not CalendarDay.objects.filter(day=date(2026, 11, 18)).exists()
    assert waiting() == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"day": "2026-11-18", "kind": "off", "name": "休", "spans": "08:30-12:00"}, "休息的日子不填时段"),
        ({"day": "2026-11-18", "kind": "work", "name": "半天", "spans": "12:00-08:30"}, "结束要晚于开始"),
        ({"day": "2026-02-30", "kind": "off", "name": "休"}, "输入一个有效的日期"),
    ],
)
def test_a_wrong_day_is_said_and_nothing_is_queued(
    data: dict[str, str], said: str, town: SimpleNamespace, log_in: Any
) -> None:
    response = post(log_in(town.clerk), "/desk/calendar/day/", data)
    assert response.status_code == 422
    assert said in words(response)
    assert waiting() == 0


def test_hours_years_and_markets(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    assert (
        post(
            client, "/desk/calendar/hours/", {"valid_from": "2026-06-01", "spans": "08:00-12:00、15:00-18:00"}
        ).status_code
        == 303
    )
    assert OfficeHours.objects.get(valid_from=date(2026, 6, 1)).spans == ["08:00-12:00", "15:00-18:00"]
    assert post(client, "/desk/calendar/2027/announced/", {"announced": "1"}).status_code == 303
    assert CalendarYear.objects.get(year=2027).announced
    market = {"town": str(town.town.uuid), "kind": "solar", "numbers": "2、5、8"}
    assert post(client, "/desk/calendar/markets/", market).status_code == 303
    assert MarketDay.objects.get(town=town.town).numbers == [2, 5, 8]
    assert "公历逢二、五、八" in words(client.get("/desk/calendar/"))
    assert "赶集 安和镇" in words(client.get("/desk/calendar/2026/11/"))
    bad = post(client, "/desk/calendar/markets/", market | {"numbers": "2、x"})
    assert (bad.status_code, "请填数字" in words(bad)) == (422, True)
    assert (
        post(client, "/desk/calendar/markets/", market | {"town": str(town.other_town.uuid)}).status_code
        == 422
    )


def test_a_deadline_is_tried_out_day_by_day(town: SimpleNamespace, log_in: Any) -> None:
    page = log_in(town.clerk).get(
        "/desk/calendar/?start=2026-11-20&time=16:00&term_value=2&term_unit=work_day"
    )
    answer = page.context["answer"]
    assert clock.show_time(answer["found"].at) == "11月24日 周二 18:00"
    assert [step.running_total for step in answer["found"].steps] == [0, 0, 1, 2]
    assert "时限 2 个工作日 → 期限 11月24日 周二 18:00" in words(page)


def test_a_term_that_is_no_term_is_said(town: SimpleNamespace, log_in: Any) -> None:
    page = log_in(town.clerk).get(
        "/desk/calendar/?start=2026-11-20&time=16:00&term_value=1.5&term_unit=work_day"
    )
    assert "不是整一天的倍数" in words(page)


def test_a_month_that_does_not_exist_is_said(town: SimpleNamespace, log_in: Any) -> None:
    assert log_in(town.clerk).get("/desk/calendar/2026/13/").status_code == 422


# ---- standards


@pytest.mark.parametrize("said", ["06010", "暴露垃圾", "0110"])
def test_a_category_is_found_by_code_old_code_and_name(said: str, town: SimpleNamespace, log_in: Any) -> None:
    rows = log_in(town.clerk).get(f"/desk/standards/categories/?q={said}").context["rows"]
    assert "06010" in [row.code for row in rows]


def test_unknown_codes_are_not_there(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    assert client.get("/desk/standards/categories/99999/").status_code == 404
    assert client.get("/desk/standards/points/nonsense/").status_code == 404


def pack(name: str, change: Any = lambda text: text) -> SimpleUploadedFile:
    path = next((Path(django_settings.PACKS_DIR) / name).glob("*.yaml"))
    return SimpleUploadedFile("我的规则.yaml", change(path.read_text(encoding="utf-8")).encode())


def load(client: Any, upload: SimpleUploadedFile) -> Any:
    return client.post("/desk/standards/load/", {"key": str(uuid.uuid4()), "file": upload}, follow=True)


def test_a_pack_is_loaded_beside_the_old_one(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    newer = pack("departments", lambda text: text.replace('version: "2026.1"', 'version: "2026.9"'))
    assert "已装入" in words(load(client, newer))
    assert set(PackVersion.objects.filter(kind="departments").values_list("version", flat=True)) == {
        "2026.1",
        "2026.9",
    }
    assert "没有变化" in words(load(client, pack("departments")))


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("departments", lambda text: text.replace("title:", "titel:", 1), "我的规则.yaml 第"),
        ("departments", lambda text: text + "\n# 多一行", "已经装过，内容不同"),
        ("departments", lambda _text: "kind: [", "我的规则.yaml 第 1 行"),
        (
            "escalation",
            lambda text: text.replace("2026.2", "2026.9").replace("contest_days: 7", "contest_days: 一周"),
            "「contest_days」应当是整数",
        ),
    ],
)
def test_a_wrong_pack_is_refused_with_file_and_line(
    name: str, change: Any, said: str, town: SimpleNamespace, log_in: Any
) -> None:
    before = PackVersion.objects.count()
    response = load(log_in(town.director), pack(name, change))
    assert response.status_code == 422
    assert said in words(response)
    assert PackVersion.objects.count() == before


# ---- history


def test_history_is_searched(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    case = life.registered()
    client = log_in(town.auditor)
    by_clerk = client.get(f"/desk/history/?who=陈小雨&subject={case.uuid}").context["page"]
    assert [row.deed for row in by_clerk] == ["case.register"]
    assert client.get("/desk/history/?deed=case.&kind=case").context["page"].paginator.count == 2
    assert client.get("/desk/history/?words=没有这样的话").context["page"].paginator.count == 0
    wrong = client.get("/desk/history/?since=2026-11-20&until=2026-11-01")
    assert "结束日期早于开始日期，请对调。" in words(wrong)
    assert wrong.context["page"].paginator.count == 0


def test_a_towns_auditor_reads_his_towns_history_only(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.registered()
    local = factories.person("镇审管", "13800000070", ("audit_admin", town.other_town))
    chains = {row.chain for row in log_in(local).get("/desk/history/").context["page"]}
    assert chains == {town.other_town.chain}


def test_a_proof_of_untouched_books(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.closed()
    client = log_in(town.auditor)
    response = client.post("/desk/history/verify/", {"key": str(uuid.uuid4())}, follow=True)
    assert response.status_code == 200
    assert "全部相符" in words(response)
    assert Record.objects.get(deed="audit.verify").data["ok"]
    assert "最近一次校验" in words(client.get("/desk/history/"))


def test_a_proof_names_the_first_bad_entry(town: SimpleNamespace, life: Life, log_in: Any) -> None:

    life.closed()
    bad = Entry.objects.order_by("number")[1]
    with appendonly.lifted(connection):
        Entry.objects.filter(pk=bad.pk).update(quantity=7)
    response = log_in(town.auditor).post("/desk/history/verify/", {"key": str(uuid.uuid4())}, follow=True)
    assert f"第 {bad.number} 号分录：内容被改动过" in words(response)


def test_long_books_are_proved_by_the_worker(
    town: SimpleNamespace, life: Life, log_in: Any, monkeypatch: Any
) -> None:
    life.closed()
    monkeypatch.setattr("wenming.faces.desk.history.AT_ONCE", 1)
    client = log_in(town.auditor)
    assert "正在后台校验" in words(
        client.post("/desk/history/verify/", {"key": str(uuid.uuid4())}, follow=True)
    )
    assert not Record.objects.filter(deed="audit.verify").exists()
    jobs.run_due(worker="试", at=clock.now() + timedelta(minutes=1))
    row = Record.objects.get(deed="audit.verify")
    assert (row.data["ok"], row.by_name) == (True, "审管员")


# ---- jobs


def failed(error: str) -> Job:
    return Job.objects.create(
        kind="cases.climb",
        state="failed",
        run_at=NOW,
        created_at=NOW,
        finished_at=NOW,
        attempts=6,
        error=error,
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            "Traceback\nwenming.common.errors.DomainError: 工作日历里找不到工作时间。",
            "工作日历里找不到工作时间。",
        ),
        (
            "Traceback\ndjango.db.utils.OperationalError: database is locked",
            "数据库忙或连不上；稍后会自动重试，一直不行请检查数据库。",
        ),
        ("Traceback\nZeroDivisionError: division by zero", "程序出错，请把下面的技术信息发给维护人员。"),
        ("", ""),
    ],
)
def test_an_error_in_plain_words(error: str, said: str) -> None:
    assert job_page.why(error) == said


def test_a_failed_job_goes_round_again(town: SimpleNamespace, log_in: Any) -> None:
    job = failed("Traceback\ndjango.db.utils.OperationalError: database is locked")
    client = log_in(town.admin)
    page = words(client.get("/desk/jobs/"))
    assert "督办升级检查" in page
    assert "数据库忙或连不上" in page
    assert post(client, f"/desk/jobs/{job.pk}/retry/").status_code == 303
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 0)


def test_a_sleeping_worker_is_noticed(town: SimpleNamespace, log_in: Any) -> None:
    jobs.enqueue(kind="cases.climb", payload={}, at=clock.now() - timedelta(hours=1))
    assert "后台程序可能没有运行" in words(log_in(town.admin).get("/desk/jobs/"))


def test_every_kind_of_job_has_a_name() -> None:
    assert set(jobs.handlers()) - set(job_page.KINDS) == set()


def test_nobody_else_retries(town: SimpleNamespace, log_in: Any) -> None:
    job = failed("x")
    person: Person = town.director
    assert post(log_in(person), f"/desk/jobs/{job.pk}/retry/").status_code == 403
