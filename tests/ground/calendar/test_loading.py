"""The shipped pack, and what the reader says about broken ones."""

from datetime import date

import pytest

from wenming.common.errors import PackError
from wenming.ground.calendar import loading
from wenming.ground.calendar.loading import PackDay

HEAD = """kind: calendar
id: cn
version: "1"
title: 试用日历
in_force: 2026-01-01
"""
YEARS = "years: {announced: [2026]}\n"
HOURS = 'office_hours:\n  - {valid_from: 2026-01-01, spans: ["08:30-12:00", "14:30-18:00"]}\n'


def test_shipped_pack_is_the_announced_arrangement(pack_path):
    content = loading.read(pack_path)
    assert (content.announced, content.not_announced, content.roll_natural_days) == (
        (2025, 2026),
        (2027,),
        True,
    )
    assert content.hours[0].spans == ("08:30-12:00", "14:30-18:00")
    worked = [row.day for row in content.days if row.kind == "work"]
    assert all(day.weekday() >= 5 for day in worked)
    # 28 days off in 2025 (5 work weekends paid for them), 33 in 2026 (6 of them).
    counts = {
        (year, kind): sum(row.kind == kind and row.day.year == year for row in content.days)
        for year in (2025, 2026)
        for kind in ("off", "work")
    }
    assert counts == {(2025, "off"): 28, (2025, "work"): 5, (2026, "off"): 33, (2026, "work"): 6}
    assert PackDay(date(2026, 2, 23), "off", "春节") in content.days


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        (HOURS, 1, "缺少「years」"),
        ("years: {announced: [明年]}\n" + HOURS, 6, "「announced」里的「明年」不是年份"),
        ("years: {announced: [2026], not_announced: [2026]}\n" + HOURS, 6, "2026 年不能既已公布又未公布"),
        ("years: {announced: 2026}\n" + HOURS, 6, "「announced」应当是一列年份"),
        (YEARS, 1, "缺少「office_hours」"),
        (YEARS + "office_hours: []\n", 7, "至少要有一条作息时间"),
        (YEARS + "office_hours:\n  - {valid_from: 2026-01-01, spans: []}\n", 8, "「spans」至少要有一个时段"),
        (
            YEARS + 'office_hours:\n  - {valid_from: 2026-01-01, spans: ["12:00-08:30"]}\n',
            8,
            "时段「12:00–08:30」不对：结束要晚于开始，只到分钟。",
        ),
        (
            YEARS + HOURS + "holidays:\n  - {name: 国庆节, from: 2026-10-07, to: 2026-10-01}\n",
            10,
            "「国庆节」的结束 2026-10-01 早于开始 2026-10-07",
        ),
        (
            YEARS + HOURS + "holidays:\n  - {name: 国庆节, from: 2026-10-01, to: 2026-11-01}\n",
            10,
            "「国庆节」有 32 天，太长，请核对日期",
        ),
        (
            YEARS + HOURS + "holidays:\n  - {name: 元旦, from: 2027-01-01, to: 2027-01-01}\n",
            10,
            "2027-01-01 所在的 2027 年没有列入已公布年份",
        ),
        (
            YEARS + HOURS + "working_days:\n  - {day: 2026-11-18}\n",
            10,
            "2026-11-18 本来就是工作日，不必列出",
        ),
        (
            YEARS
            + HOURS
            + "holidays:\n  - {name: 国庆节, from: 2026-10-03, to: 2026-10-04}\nworking_days:\n  - {day: 2026-10-04}\n",
            12,
            "2026-10-04 重复，前面已列为「国庆节」",
        ),
        (YEARS + HOURS + "holiday: []\n", 9, "不认识的键「holiday」"),
        (
            YEARS + HOURS + 'market_days:\n  - {unit: "350581100000", kind: lunar, numbers: [12]}\n',
            10,
            "赶集日「12」不对，只能是 0 到 9 的整数。",
        ),
        (
            YEARS + HOURS + 'market_days:\n  - {unit: "350581100000", kind: moon, numbers: [2]}\n',
            10,
            "「kind」不认识「moon」，只能是：solar、lunar、weekday",
        ),
    ],
)
def test_broken_pack_names_file_and_line(tmp_path, body, line, message):
    path = tmp_path / "broken.yaml"
    path.write_text(HEAD + body, encoding="utf-8")
    with pytest.raises(PackError) as refusal:
        loading.read(path)
    assert (refusal.value.path, refusal.value.line) == ("broken.yaml", line)
    assert refusal.value.message == f"broken.yaml 第 {line} 行：{message}"
