"""陈管理员 keeps the calendar of the county; 城关镇 holds a market."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from wenming.common.errors import DomainError, PackError
from wenming.ground.audit.models import Record
from wenming.ground.calendar import actions, queries
from wenming.ground.calendar.market import MarketRule
from wenming.ground.calendar.models import CalendarDay, CalendarState, CalendarYear, MarketDay, OfficeHours
from wenming.ground.people.models import Person
from wenming.ground.units import actions as units

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def keeper():
    return Person.objects.create(name="陈管理员", phone="13800000001", created_at=AT)


@pytest.fixture
def town():
    return units.create(
        name="城关镇", kind="town", code="350581100000", parent=None, at=AT, valid_from=date(2026, 1, 1)
    )


def sentences() -> list[str]:
    return list(
        Record.objects.filter(deed__startswith="calendar.").order_by("id").values_list("sentence", flat=True)
    )


def test_set_day_makes_a_day_off_at_once(keeper):
    day = date(2026, 11, 24)
    assert queries.calendar().plan(day).working is True
    actions.set_day(day=day, kind="off", name="暴雨停工", at=AT, by=keeper)
    assert queries.calendar().plan(day) == (False, (), "暴雨停工不计")
    assert sentences() == ["把 2026年11月24日 周二 设为休息：暴雨停工"]
    assert Record.objects.get(deed="calendar.set_day").by_name == "陈管理员"


def test_set_day_with_its_own_hours(keeper):
    row = actions.set_day(
        day=date(2026, 11, 28),
        kind="work",
        name="创城突击",
        spans=["14:30–17:00", "08:30-12:00"],
        at=AT,
        by=keeper,
    )
    assert row.spans == ["08:30-12:00", "14:30-17:00"]
    assert queries.calendar().plan(row.day) == (True, ((510, 720), (870, 1020)), "创城突击调休上班")


def test_set_day_again_changes_nothing(keeper):
    first = actions.set_day(day=date(2026, 11, 24), kind="off", name="停工", at=AT, by=keeper)
    version = queries.version()
    again = actions.set_day(day=date(2026, 11, 24), kind="off", name=" 停工 ", at=LATER, by=keeper)
    assert (again.pk, again.changed_at, queries.version()) == (first.pk, AT, version)
    assert len(sentences()) == 1


def test_set_day_tells_what_it_was_before(keeper):
    actions.set_day(day=date(2026, 11, 24), kind="off", name="停工", at=AT, by=keeper)
    actions.set_day(day=date(2026, 11, 24), kind="work", name="恢复上班", at=LATER, by=keeper)
    assert sentences()[-1] == "把 2026年11月24日 周二 设为上班：恢复上班（原为休息：停工）"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "rest"}, "day_invalid", "kind"),
        ({"name": "  "}, "day_invalid", "name"),
        ({"name": "长" * 21}, "day_invalid", "name"),
        ({"day": date(1026, 11, 24)}, "day_invalid", "day"),
        ({"spans": ["08:30-12:00"]}, "day_invalid", "spans"),
        ({"kind": "work", "spans": []}, "span_invalid", "spans"),
        ({"kind": "work", "spans": ["上午"]}, "span_invalid", "spans"),
    ],
)
def test_set_day_refused(keeper, changes, code, field):
    day = {"day": date(2026, 11, 24), "kind": "off", "name": "停工", **changes}
    with pytest.raises(DomainError) as refusal:
        actions.set_day(**day, at=AT, by=keeper)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert (CalendarDay.objects.count(), sentences()) == (0, [])


def test_clear_day_brings_back_the_weekend_rule(keeper):
    actions.set_day(day=date(2026, 11, 22), kind="work", name="突击", at=AT, by=keeper)
    actions.clear_day(day=date(2026, 11, 22), at=LATER, by=keeper)
    assert queries.calendar().plan(date(2026, 11, 22)).working is False
    with pytest.raises(DomainError) as refusal:
        actions.clear_day(day=date(2026, 11, 22), at=LATER, by=keeper)
    assert refusal.value.code == "day_unknown"


def test_set_hours_start_on_their_day(keeper):
    actions.set_hours(valid_from=date(2026, 1, 1), spans=["08:30-12:00", "14:30-18:00"], at=AT, by=keeper)
    actions.set_hours(valid_from=date(2027, 7, 1), spans=["08:00-12:00", "15:00-18:00"], at=AT, by=keeper)
    known = queries.calendar()
    assert known.plan(date(2027, 6, 30)).spans == ((510, 720), (870, 1080))
    assert known.plan(date(2027, 7, 1)).spans == ((480, 720), (900, 1080))
    assert sentences()[-1] == "2027年7月1日 周四 起作息时间为 08:00-12:00、15:00-18:00"


def test_set_year_ends_the_warning(keeper):
    actions.set_year(year=2027, announced=True, at=AT, by=keeper)
    actions.set_year(year=2027, announced=True, at=LATER, by=keeper)
    assert queries.calendar().announced_years == {2027}
    assert sentences() == ["2027 年放假安排标为已公布并录入"]


def test_set_market_rule_of_a_town(keeper, town):
    actions.set_market_rule(town=town, rule=MarketRule("lunar", (2, 5, 8)), at=AT, by=keeper)
    assert queries.is_market_day(town, date(2026, 11, 23)) is True
    assert queries.is_market_day(town, date(2026, 11, 22)) is False
    assert queries.market_rule(town) == MarketRule("lunar", (2, 5, 8))
    record = Record.objects.get(deed="calendar.set_market_rule")
    assert (record.sentence, record.chain) == ("「城关镇」赶集日设为农历逢二、五、八", town.chain)
    actions.set_market_rule(town=town, rule=None, at=LATER, by=keeper)
    assert (queries.is_market_day(town, date(2026, 11, 23)), MarketDay.objects.count()) == (False, 0)


def test_set_market_rule_refused_for_a_community(keeper, town):
    east = units.create(
        name="东门社区",
        kind="community",
        code="350581100001",
        parent=town,
        at=AT,
        valid_from=date(2026, 1, 1),
    )
    with pytest.raises(DomainError) as refusal:
        actions.set_market_rule(town=east, rule=MarketRule("solar", (2,)), at=AT, by=keeper)
    assert refusal.value.code == "market_town"


def test_load_pack_enters_everything_once(keeper, pack_path):
    first = actions.load_calendar_pack(path=pack_path, at=AT, by=keeper)
    assert (first.created, first.updated, first.removed, first.kept) == (72 + 1 + 3, 0, 0, 0)
    version = queries.version()
    again = actions.load_calendar_pack(path=pack_path, at=LATER, by=keeper)
    assert (again.changed, again.unchanged, queries.version()) == (False, 76, version)
    assert sentences() == [
        "导入工作日历「全国放假调休安排（2025—2026 年）」2026.1 版：新增 76，修改 0，撤销 0，保留人工设置 0"
    ]
    assert (OfficeHours.objects.count(), CalendarYear.objects.filter(announced=True).count()) == (1, 2)


def test_load_pack_keeps_what_was_set_by_hand(keeper, pack_path):
    actions.set_day(day=date(2026, 10, 7), kind="work", name="提前上班", at=AT, by=keeper)
    result = actions.load_calendar_pack(path=pack_path, at=LATER, by=None)
    assert (result.created, result.kept) == (75, 1)
    assert queries.calendar().plan(date(2026, 10, 7)).note == "提前上班"


def test_load_pack_corrects_and_takes_back_its_own_rows(keeper, pack_path, tmp_path):
    actions.load_calendar_pack(path=pack_path, at=AT, by=keeper)
    text = pack_path.read_text(encoding="utf-8").replace('version: "2026.1"', 'version: "2026.2"')
    text = text.replace(
        "{name: 国庆节, from: 2026-10-01, to: 2026-10-07}", "{name: 国庆, from: 2026-10-01, to: 2026-10-06}"
    )
    newer = tmp_path / "newer.yaml"
    newer.write_text(text, encoding="utf-8")
    before = queries.version()
    result = actions.load_calendar_pack(path=newer, at=LATER, by=keeper)
    assert (result.created, result.updated, result.removed) == (0, 6, 1)
    assert queries.changed_since(before) == queries.Change(before + 1, date(2026, 10, 1), date(2026, 10, 7))


def test_load_pack_with_an_unknown_town_loads_nothing(keeper, pack_path, tmp_path):
    path = tmp_path / "market.yaml"
    rule = 'market_days:\n  - {unit: "350581999000", kind: lunar, numbers: [2, 5, 8]}\n'
    path.write_text(pack_path.read_text(encoding="utf-8") + rule, encoding="utf-8")
    with pytest.raises(PackError) as refusal:
        actions.load_calendar_pack(path=path, at=AT, by=keeper)
    line = len(path.read_text(encoding="utf-8").splitlines())
    assert (
        refusal.value.message
        == f"market.yaml 第 {line} 行：没有编码为「350581999000」的镇（街道），请先录入单位"
    )
    assert (CalendarDay.objects.count(), queries.version()) == (0, 0)


def test_load_pack_sets_the_market_of_a_town(keeper, town, pack_path, tmp_path):
    path = tmp_path / "market.yaml"
    rule = 'market_days:\n  - {unit: "350581100000", kind: weekday, numbers: [7]}\n'
    path.write_text(pack_path.read_text(encoding="utf-8") + rule, encoding="utf-8")
    actions.load_calendar_pack(path=path, at=AT, by=keeper)
    assert queries.is_market_day(town, date(2026, 11, 22)) is True


def test_history_that_fails_takes_the_deed_back(keeper, monkeypatch):
    def broken(**_facts):
        raise RuntimeError("history is full")

    monkeypatch.setattr(actions.audit, "record", broken)
    with pytest.raises(RuntimeError):
        actions.set_day(day=date(2026, 11, 24), kind="off", name="停工", at=AT, by=keeper)
    assert (CalendarDay.objects.count(), queries.version()) == (0, 0)


def test_rolled_back_change_is_forgotten_at_the_next_check(keeper, monkeypatch):
    seconds = 1000.0
    monkeypatch.setattr(queries.time, "monotonic", lambda: seconds)
    day = date(2026, 11, 24)
    with transaction.atomic():
        actions.set_day(day=day, kind="off", name="停工", at=AT, by=keeper)
        assert queries.calendar().plan(day).working is False
        transaction.set_rollback(True)
    # Another process is given the same version number again; only the token tells the two apart.
    CalendarState.objects.create(version=1)
    seconds += 10.0
    assert (queries.version(), queries.calendar().plan(day).working) == (1, True)
