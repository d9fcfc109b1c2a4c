"""The packs that come with the project: complete, consistent, and good at guessing."""

import timeit
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from wenming.ground.calendar.arithmetic import Term
from wenming.ground.standards import actions, queries
from wenming.ground.standards.models import EventCategory

PACKS = Path(__file__).parents[3] / "packs"
ON = date(2026, 11, 22)
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _shipped(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Loaded once for this file and rolled back after it."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    with django_db_blocker.unblock(), transaction.atomic():
        for file in ("departments/2026.yaml", "events/gbt47678-2026.yaml", "points/2026.yaml"):
            actions.load_pack(path=PACKS / file, at=at)
        yield
        transaction.set_rollback(True)
    queries.forget()


def test_categories_are_250_national_and_20_local() -> None:
    families = Counter(row.family for row in queries.categories(ON))
    assert families == {"matter": 97, "component": 153, "local": 20}


def test_categories_carry_the_facts_of_the_source() -> None:
    rows = queries.categories(ON)
    assert Counter(row.class_code for row in rows) == {
        "01": 76, "02": 44, "03": 16, "04": 14, "05": 3, "06": 51, "07": 7, "08": 16, "09": 21, "10": 2, "L": 20,
    }  # fmt: skip
    assert sum(row.legacy_code != "" for row in rows) == 81
    assert sum(row.legacy_confirmed for row in rows) == 14
    assert Counter(row.basis for row in rows) == {"GEN": 265, "DQ": 4, "JY": 1}
    assert Counter(row.deadline_unit for row in rows) == {"work_day": 238, "work_hour": 32}
    assert sum(row.safety for row in rows) == 61
    assert [row.code for row in rows if row.alt_deadlines] == ["06001", "06010", "06011", "06012", "06025"]
    assert {row.urgent for row in rows if row.family == "component"} == {Term(2, "work_hour")}


def test_first_category_is_read_whole() -> None:
    row = queries.category("06001", ON)
    assert (row.name, row.class_name, row.legacy_code, row.legacy_confirmed) == (
        "私搭乱建", "市容环境类", "0101", True,
    )  # fmt: skip
    assert (row.dept, row.level, row.safety, row.can_community_lead) == (
        "urban_mgmt",
        "complex",
        False,
        False,
    )
    assert (row.deadline, row.sign, row.urgent, row.basis) == (
        Term(15, "work_day"), Term(4, "work_hour"), None, "JY",
    )  # fmt: skip
    assert row.alt_deadlines == [
        {"basis": "DQ", "stage": "停工", "value": 4, "unit": "work_hour"},
        {"basis": "DQ", "stage": "处罚", "value": 7, "unit": "work_day"},
        {"basis": "DQ", "stage": "拆除", "value": 20, "unit": "work_day"},
    ]
    assert row.register_if == "未经许可搭建建筑物、构筑物或棚亭"
    assert row.close_if == "已拆除或已依法立案并办结"
    assert row.aliases == ["违章搭建", "违建", "乱搭乱盖"]


def test_safety_categories_are_signed_within_one_natural_hour() -> None:
    signs = {(row.safety, row.sign) for row in queries.categories(ON)}
    assert signs == {(True, Term(1, "hour")), (False, Term(4, "work_hour"))}


def test_matters_of_the_community_can_be_led_by_it() -> None:
    barred = [row for row in queries.categories(ON) if not row.can_community_lead]
    assert len(barred) == 55
    assert [row.code for row in barred if not queries.departments(ON)[row.dept].enforces] == []
    assert [queries.category(code, ON).can_community_lead for code in ("06010", "06036", "09010", "L0101")] == [
        True, True, True, True,
    ]  # fmt: skip


def test_every_department_is_known() -> None:
    known = queries.departments(ON)
    assert len(known) == 31
    items = [item for kind in queries.point_types(ON) for item in queries.check_items(kind)]
    assert {row.dept for row in [*queries.categories(ON), *items]} - set(known) == set()


def test_points_are_42_types_with_415_items() -> None:
    types = queries.point_types(ON)
    assert len(types) == 42
    assert sum(len(queries.check_items(kind)) for kind in types) == 415
    assert {sum(item.weight for item in queries.check_items(kind)) for kind in types} == {100}
    assert Counter(kind.kind for kind in types) == {"institution": 26, "public": 16}
    assert [kind.code for kind in types if kind.note] == [
        "road_main", "crossroad", "residential_compound", "youth_center", "culture_station",
    ]  # fmt: skip


def test_point_pack_keeps_legends_and_grading() -> None:
    pack = queries.current_pack("point_types", ON)
    assert pack is not None
    assert len(pack.facts["sources"]) == 26
    assert pack.facts["sources"]["FZ"] == "福州 文明餐桌示范点标准"
    assert pack.facts["grading"]["critical"] == {
        "op": "grade_by_count",
        "steps": [{"max": 0, "grade": "A", "rate": "1.00"}, {"max": None, "grade": "D", "rate": "0.00"}],
    }


def test_exemptions_apply_to_parking_in_lines() -> None:
    assert [row.code for row in queries.exemptions_for("09010", ON)] == ["X2", "X3", "X4", "X5"]
    assert [row.code for row in queries.exemptions_for("06010", ON)] == ["X3", "X4", "X5"]


PHRASES = [
    ("建设巷口电动车乱停", "09010"),
    ("垃圾桶满了没人收", "06042"),
    ("小广告贴满墙", "07001"),
    ("井盖坏了", "01023"),
    ("飞线充电", "L0101"),
    ("楼上拉线下来给电动车充电", "L0101"),
    ("巷口有一堆垃圾", "06010"),
    ("路边堆了建筑垃圾", "06011"),
    ("装修垃圾倒在绿化带", "06011"),
    ("草坪里有垃圾", "06017"),
    ("人行道地砖松动", "06013"),
    ("路面有个大坑", "06013"),
    ("路灯不亮", "L0119"),
    ("路灯杆上贴小广告", "07001"),
    ("店家把货摆到门外", "09005"),
    ("水果摊占道经营", "09006"),
    ("消防通道被车堵了", "09012"),
    ("轿车停在盲道上", "09019"),
    ("污水从井口冒出来", "L0120"),
    ("下水道堵了", "L0120"),
    ("河里有垃圾漂着", "06025"),
    ("河水发黑发臭", "06026"),
    ("绿化带里有人种菜", "06045"),
    ("遛狗不牵绳", "L0105"),
    ("楼道堆满杂物", "L0102"),
    ("灭火器过期了", "L0103"),
    ("公益广告褪色破损", "07008"),
    ("公厕很臭", "L0113"),
    ("公园长椅坏了", "04007"),
    ("有人在长椅上睡觉", "06047"),
    ("僵尸车停了半年", "06034"),
    ("网吧有未成年人", "L0117"),
    ("渣土车没盖", "08011"),
    ("横幅没人摘", "07007"),
    ("旧沙发丢在路边", "06035"),
    ("红绿灯不亮", "02014"),
    ("电线垂下来了", "10002"),
    ("机动车乱停放", "09009"),
    ("非机动车乱停放", "09010"),
    ("某路与某路口东侧人行道 2 辆电动车未入线停放", "09010"),
    ("有人焚烧垃圾", "06020"),
    ("果皮箱破了", "03005"),
    ("广告牌掉下来", "03006"),
    ("供水井盖丢了", "01001"),
    ("道路遗撒", "06014"),
]


@pytest.mark.parametrize(("said", "code"), PHRASES)
def test_suggestion_comes_first(said: str, code: str) -> None:
    assert [row.code for row, _word in queries.suggest(said, on=ON)][:1] == [code]


@pytest.mark.parametrize("row", ["今天天气好", "", "  ，。", "一"])
def test_suggestion_of_nothing_is_nothing(row: str) -> None:
    assert queries.suggest(row, on=ON) == []


def test_every_name_and_alias_suggests_its_own_category() -> None:
    wrong: list[tuple[str, str]] = []
    rows: list[EventCategory] = queries.categories(ON)
    for row in rows:
        for word in [row.name, *row.aliases]:
            first = [found.code for found, _ in queries.suggest(word, on=ON)][:1]
            if first != [row.code]:
                wrong.append((word, row.code))
    assert wrong == []


def test_suggestion_is_fast() -> None:
    """Under a millisecond on an idle machine; the bound leaves room for a busy one."""
    queries.suggest("暖身", on=ON)
    best = (
        min(timeit.repeat(lambda: queries.suggest("垃圾桶满了没人收，臭得很", on=ON), number=10, repeat=5))
        / 10
    )
    assert best < 0.005
