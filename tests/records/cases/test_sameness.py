"""The table that decides what counts as the same problem found twice (seed 004, peers idea 4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wenming.records.cases import sameness, states
from wenming.records.cases.sameness import Find, Rule

MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
NEXT_WEEK = MONDAY + timedelta(days=7)
HERE = (24.9500, 118.3800)


def metres_north(metres: float) -> tuple[float, float]:
    return HERE[0] + metres / 111_195, HERE[1]


FIRST = Find(
    category="06010", source="town", found_at=MONDAY, inspection="督查一", place="7", position=HERE,
    state=states.CLOSED, close_reason=states.FIXED, closed_at=MONDAY + timedelta(days=2), due_at=MONDAY + timedelta(days=3),
)  # fmt: skip
SECOND = Find(
    category="06010", source="town", found_at=NEXT_WEEK, inspection="督查二", place="7", position=HERE
)
OPEN = {"state": states.HANDLING, "close_reason": "", "closed_at": None}

TABLE = [
    ("同点位同类，整改通过后再次发现", {}, {}, True),
    ("同点位同类，到期未改再次发现", OPEN, {}, True),
    ("未签收就到期，再次发现", OPEN | {"state": states.DISPATCHED}, {}, True),
    ("没有点位，相距 30 米", {"place": ""}, {"place": "", "position": metres_north(30)}, True),
    ("没有点位，相距 49 米", {"place": ""}, {"place": "", "position": metres_north(49)}, True),
    ("没有点位，相距 60 米", {"place": ""}, {"place": "", "position": metres_north(60)}, False),
    (
        "相距 60 米但定位精度 20 米",
        {"place": "", "accuracy_m": 20},
        {"place": "", "position": metres_north(60)},
        True,
    ),
    ("一个有点位、一个只有坐标，相距 20 米", {}, {"place": "", "position": metres_north(20)}, True),
    ("两个登记点位相距只有 10 米", {}, {"place": "8", "position": metres_north(10)}, False),
    ("同一条街登记点位，相距 300 米", {}, {"position": metres_north(300)}, True),
    ("都没有位置", {"place": "", "position": None}, {"place": "", "position": None}, False),
    ("类别不同", {}, {"category": "06036"}, False),
    ("同一次督查里发现两次", {"state": states.HANDLING}, {"inspection": "督查一"}, False),
    ("第二次是群众随手拍", {}, {"source": "public"}, False),
    ("第一次是单位自查", {"source": "self"}, {}, False),
    ("第一次是网格员巡查", {"source": "chief"}, {}, False),
    ("县督查发现后镇督查再发现", {"source": "county"}, {}, True),
    ("镇督查发现后暗访再发现", {}, {"source": "covert"}, True),
    ("上级通报的问题再次被镇督查发现", {"source": "bulletin"}, {}, True),
    ("第一次不属实结案", {"close_reason": "not_true"}, {}, False),
    ("第一次重复结案", {"close_reason": "duplicate"}, {}, False),
    ("第一次不属本辖区结案", {"close_reason": "outside"}, {}, False),
    ("期限未到再次发现", OPEN | {"due_at": NEXT_WEEK + timedelta(days=1)}, {}, False),
    ("期限正好是第二次发现的时刻", OPEN | {"due_at": NEXT_WEEK}, {}, False),
    ("第一次已挂账", OPEN | {"state": states.SUSPENDED}, {}, False),
    ("第一次还没派遣", OPEN | {"state": states.REGISTERED, "due_at": None}, {}, False),
    ("第一次正在核查", OPEN | {"state": states.VERIFYING}, {}, False),
    ("第二次发现在第一次结案之前", {"closed_at": NEXT_WEEK + timedelta(days=1)}, {}, False),
    ("整改通过后 180 天发现", {}, {"found_at": MONDAY + timedelta(days=182)}, True),
    ("整改通过后超过 180 天", {}, {"found_at": MONDAY + timedelta(days=182, seconds=1)}, False),
    ("第一次比第二次还晚", {"found_at": NEXT_WEEK + timedelta(days=3)}, {}, False),
]


@pytest.mark.parametrize(
    ("first", "second", "same"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_sameness_table(first: dict[str, object], second: dict[str, object], same: bool) -> None:
    verdict = sameness.judge(replace(FIRST, **first), replace(SECOND, **second), Rule())
    assert verdict.same is same, verdict.reason


def test_radius_of_the_pack_decides() -> None:
    first, second = replace(FIRST, place=""), replace(SECOND, place="", position=metres_north(90))
    assert [sameness.judge(first, second, Rule(radius_m=r)).same for r in (50, 100)] == [False, True]
