"""工作台账 in the demo: what the office and the communities do beside the problems, entered week by week.

Meetings, articles, reports, handouts, activities, campaigns, boards and screens, partner units, volunteers, money: as
much as a town of this size does in a year, a few hundred records, each week's in one go. One correction, one record
struck out, one entered late, and decisions of which some still wait.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from wenming.cli.demo_town.ground import Cast, Home
from wenming.cli.demo_town.play import Life, Play
from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.records.journals import actions as journals
from wenming.records.journals import states
from wenming.records.journals.actions import Draft, Resolution
from wenming.records.journals.models import Decision, Journal

FRIDAY = 4
# The days of the festivals as the calendars of these years give them; other years celebrate the solar ones alone.
FESTIVALS = {
    date(2025, 5, 31): "dragon", date(2025, 8, 29): "qixi", date(2025, 10, 6): "autumn", date(2025, 10, 29): "ninth",
    date(2026, 3, 3): "lantern", date(2026, 6, 19): "dragon", date(2026, 8, 19): "qixi", date(2026, 9, 25): "autumn",
    date(2026, 10, 18): "ninth", date(2027, 2, 20): "lantern", date(2027, 6, 9): "dragon", date(2027, 8, 8): "qixi",
    date(2027, 9, 15): "autumn", date(2027, 10, 8): "ninth",
}  # fmt: skip
SOLAR = {(1, 1): "new_year", (4, 4): "qingming"}
TOPICS = {
    "lantern": "猜灯谜闹元宵", "dragon": "包粽子敬老人", "qixi": "幸福婚姻故事会", "autumn": "邻里中秋茶话会", "ninth": "重阳敬老义诊",
    "new_year": "迎新年写春联", "qingming": "文明祭扫鲜花换纸钱",
}  # fmt: skip
MEETINGS = ("周例会：上周问题交办", "周例会：反复点位会商", "周例会：迎检准备", "周例会：整改进度通报")
DECISIONS = (
    ("农贸市场东门补装两个分类垃圾桶", "contractor"), ("建设巷口划设非机动车停车线", "traffic_police"),
    ("核对沿街门前三包责任书", "urban_mgmt"), ("清理楼道小广告并回访", "home"), ("破损公益广告一周内更换", "home"),
)  # fmt: skip
ACTIVITIES = (
    ("series", "践行绿色发展义务植树"), ("culture", "广场文艺展演"), ("science", "安全用电进小区"), ("green", "河道清洁日"),
    ("table", "光盘行动进食堂"), ("family", "好家风故事会"), ("traffic", "文明交通进校园"), ("market", "赶集日集中宣传"),
)  # fmt: skip
CAMPAIGNS = (
    ("sanitation", "环境卫生集中整治"), ("water", "沟塘河道清理"), ("appearance", "市容秩序整治"), ("school", "校园周边整治"),
    ("market", "农贸市场整治"),
)  # fmt: skip
ARTICLES = ("小巷里的巷长", "一面墙的变化", "早市的新秩序", "党员突击队清河记", "老旧小区有了物管会")


def plan_worklogs(play: Play, cast: Cast, start: date, today: date) -> None:
    """Cue every week's records; what was there before is entered in the first week."""
    dice = random.Random(f"{cast.town.code}-worklogs")  # noqa: S311 -- a play needs the same dice again
    play.cue(clock.at_local(start, 10, 30), _opening(cast, start))
    monday, week = start, 0
    while monday < today:
        day = play_day(play, monday + timedelta(days=FRIDAY))
        at = clock.at_local(day, 16, 40)
        # The week in which the demo is opened is entered as far as it has gone.
        at = min(at, clock.at_local(today - timedelta(days=1), 16, 40))
        if clock.local_date(at) >= monday:
            play.cue(at, _week(cast, monday, week, at, random.Random(dice.random())))  # noqa: S311
        monday, week = monday + timedelta(days=7), week + 1


def play_day(play: Play, day: date) -> date:
    """The day, or the last working day before it in the same week."""
    for back in range(5):
        if play.calendar.plan(day - timedelta(days=back)).working:
            return day - timedelta(days=back)
    return day


def _opening(cast: Cast, start: date) -> Life:
    """期初: boards, screens, adverts, teams and people that were there before the books were opened."""
    clerk, at, town = cast.clerks[0], clock.at_local(start, 10, 30), cast.town
    drafts = [
        Draft("population", town, start, {"movement": "opening", "people": str(town.population or 43200), "note": "年度统计公报"}),
        Draft("money", town, start, {"flow": "in", "amount": "480000", "topic": "年度创建专项经费", "source": "town"}),
        Draft("money", town, start, {"flow": "in", "amount": "150000", "topic": "上级下拨志愿者专项经费", "source": "county"}),
        Draft("roster", town, start, {"type": "monitor", "movement": "opening", "people": "3", "note": "人大代表义务监督员"}),
        Draft("roster", town, start, {"type": "cleaner", "movement": "opening", "people": "46"}),
        Draft("position", town, start, {"type": "practice", "movement": "opening", "pieces": "1", "name": "镇新时代文明实践所"}),
    ]  # fmt: skip
    for number, home in enumerate(cast.homes):
        drafts += [
            Draft("board", home.unit, start, {"movement": "opening", "type": "board", "pieces": str(4 + number % 4), "where": "主要路口"}),
            Draft("led", home.unit, start, {"movement": "opening", "pieces": str(5 + number % 6), "where": "沿街商家和单位"}),
            Draft("psa", home.unit, start, {"movement": "opening", "type": "psa", "pieces": str(6 + number % 5), "where": "背街小巷和小区"}),
            Draft("vol_team", home.unit, start, {"movement": "opening", "pieces": "3", "name": "巾帼、青年、银龄志愿服务队"}),
            Draft("vol_roster", home.unit, start, {"movement": "opening", "people": str(38 + number * 5 % 23)}),
            Draft("position", home.unit, start, {"type": "practice", "movement": "opening", "pieces": "1", "name": f"{home.unit.label}文明实践站"}),
        ]  # fmt: skip
    journals.enter_many(drafts=drafts, by=clerk, at=at, way=states.SHEET)
    yield at


def _week(cast: Cast, monday: date, week: int, at: datetime, dice: random.Random) -> Life:
    last = clock.local_date(at)
    clerk = cast.clerks[week % len(cast.clerks)]
    _meeting(cast, clerk, monday, week, at)
    drafts = [draft for draft in _office(cast, monday, week, dice) if draft.occurred_on <= last]
    journals.enter_many(drafts=drafts, by=clerk, at=at, way=states.FORM)
    for number, home in enumerate(cast.homes):
        # Every community has its turn once in three weeks.
        if (week + number) % 3 == 0:
            mine = [one for one in _home(home, monday, week + number, dice) if one.occurred_on <= last]
            journals.enter_many(
                drafts=mine, by=home.secretary, at=at + timedelta(minutes=number), way=states.FORM
            )
    _put_right(cast, week, at)
    _carried_out(cast, at)
    yield at


def _meeting(cast: Cast, clerk: Person, monday: date, week: int, at: datetime) -> None:
    """周例会 on Monday, with one or two decisions."""
    there = 18 + week % 9
    came = [
        cast.director,
        *cast.clerks,
        *(home.secretary for home in cast.homes),
        *(one for _, one in cast.stations.values()),
    ]
    fields = {
        "type": "weekly", "topic": MEETINGS[week % len(MEETINGS)], "people": str(there), "place_name": "镇政府三楼会议室",
        "host": cast.director.name, "present": "、".join(person.name for person in came[:there]),
        "minutes": "一、各社区（村）汇报上周整改和本周安排。\n二、创城办通报督查情况，逐件交办没有办结的问题。",
    }  # fmt: skip
    kinds = [DECISIONS[(week + n) % len(DECISIONS)] for n in range(1 + week % 2)]
    made = [Resolution(what, _doer(cast, who, week), monday + timedelta(days=10)) for what, who in kinds]
    journals.enter(
        kind="meeting", unit=cast.town, occurred_on=monday, fields=fields, by=clerk, at=at, decisions=made
    )
    if week % 13 == 4:
        kind = ("mobilize", "special", "training", "internal")[week // 13 % 4]
        topic = {
            "mobilize": "创城动员部署",
            "special": "迎接省测专题研究",
            "training": "点位长业务培训",
            "internal": "创城办内部分工",
        }[kind]
        journals.enter(
            kind="meeting", unit=cast.town, occurred_on=monday + timedelta(days=1), by=clerk, at=at,
            fields={"type": kind, "topic": topic, "people": str(40 + week)},
        )  # fmt: skip


def _doer(cast: Cast, who: str, week: int) -> Unit:
    if who == "home":
        return cast.homes[week % len(cast.homes)].unit
    if who == "contractor" and cast.contractor:
        return cast.contractor[0]
    return cast.stations[who][0] if who in cast.stations else cast.office


def _office(cast: Cast, monday: date, week: int, dice: random.Random) -> Iterator[Draft]:
    """What the town's office enters for a week."""
    town, friday = cast.town, monday + timedelta(days=FRIDAY)
    yield Draft(
        "wechat_post",
        town,
        friday,
        {"topic": f"本周创城动态（第 {week + 1} 周）", "pieces": str(6 + dice.randrange(3))},
    )
    yield Draft("daily_report", town, friday, {"level": "town", "pieces": "5"})
    yield Draft("daily_report", town, friday, {"level": "community", "pieces": str(5 * len(cast.homes))})
    yield Draft(
        "inspection_round",
        town,
        monday + timedelta(days=2),
        {"type": "group" if week % 3 else "field", "topic": "主次干道和小区", "times": "2"},
    )
    if week % 2 == 0:
        yield Draft(
            "article",
            town,
            monday + timedelta(days=3),
            {"topic": ARTICLES[week // 2 % len(ARTICLES)], "to": "县委宣传部", "pieces": "1"},
        )
    if week % 4 == 1:
        level = ("county", "city", "county", "province")[week // 4 % 4]
        media = {"county": "县融媒体中心", "city": "市日报", "province": "省级客户端"}[level]
        yield Draft(
            "media_pub",
            town,
            monday + timedelta(days=3),
            {"level": level, "media": media, "topic": ARTICLES[week % len(ARTICLES)], "pieces": "1"},
        )
    if week % 4 == 2:
        what, topic = CAMPAIGNS[week // 4 % len(CAMPAIGNS)]
        yield Draft("campaign", town, monday + timedelta(days=3), _campaign(topic, what, dice, scale=3))
        partner, _ = cast.partners[week // 4 % len(cast.partners)]
        yield Draft("partner_help", partner.partner_of or town, monday + timedelta(days=4),
                    {"partner": partner, "topic": "下沉社区清洁家园", "people": str(8 + dice.randrange(9)), "solved": str(dice.randrange(1, 4))})  # fmt: skip
    if week % 8 == 3:
        yield Draft("moral_lecture", town, monday + timedelta(days=2),
                    {"topic": ("诚信", "孝老爱亲", "敬业奉献", "助人为乐")[week // 8 % 4], "steps": ["sing", "tell", "recite", "review", "feel", "bow"],
                     "people": str(50 + dice.randrange(30)), "speaker": "身边好人"})  # fmt: skip
        yield Draft("enforcement", cast.stations["urban_mgmt"][0], monday + timedelta(days=3),
                    {"where": "主干道六乱整治", "stalls": str(40 + dice.randrange(40)), "goods": str(50 + dice.randrange(60)), "sheets": str(800 + dice.randrange(600)),
                     "awnings": str(2 + dice.randrange(6)), "fines": "600"})  # fmt: skip
    if week % 13 == 6:
        yield Draft(
            "signboard",
            cast.stations["urban_mgmt"][0],
            monday + timedelta(days=1),
            {"where": "迎宾路", "washed": "22", "removed": "60", "renewed": "85"},
        )
        yield Draft(
            "money",
            town,
            monday + timedelta(days=1),
            {"flow": "out", "amount": "36800", "topic": "公益广告制作安装", "use": "publicity"},
        )
    if week == 20:
        yield Draft(
            "study_trip",
            town,
            monday + timedelta(days=2),
            {"to": "邻市文明社区", "people": "18", "topic": "背街小巷治理"},
        )
    yield from _festivals(cast, monday, dice)


def _festivals(cast: Cast, monday: date, dice: random.Random) -> Iterator[Draft]:
    for number in range(7):
        day = monday + timedelta(days=number)
        code = FESTIVALS.get(day) or SOLAR.get((day.month, day.day))
        if code:
            for home in cast.homes[:: 2 + day.day % 2]:
                yield Draft(
                    "festival",
                    home.unit,
                    day,
                    {"festival": code, "topic": TOPICS[code], "people": str(30 + dice.randrange(50))},
                )


def _home(home: Home, monday: date, turn: int, dice: random.Random) -> Iterator[Draft]:
    """What a community enters in its week: publicity at the doors, an activity, now and then a campaign."""
    day, unit = monday + timedelta(days=1 + turn % 3), home.unit
    yield Draft(
        "door_visit",
        unit,
        day,
        {
            "topic": "入户宣传创城知识",
            "households": str(20 + dice.randrange(40)),
            "flyers": str(60 + dice.randrange(90)),
            "gifts": str(dice.randrange(30)),
        },
    )
    what, topic = ACTIVITIES[turn % len(ACTIVITIES)]
    yield Draft(
        "activity",
        unit,
        day + timedelta(days=1),
        {"type": what, "topic": topic, "people": str(25 + dice.randrange(45))},
    )
    if turn % 2 == 0:
        yield Draft("vol_event", unit, day + timedelta(days=1),
                    {"topic": "周末清洁家园", "times": "1", "people": str(12 + dice.randrange(14)), "hours": str(24 + dice.randrange(20)), "first": str(dice.randrange(4))})  # fmt: skip
    if turn % 4 == 1:
        what, topic = CAMPAIGNS[turn // 4 % len(CAMPAIGNS)]
        yield Draft("campaign", unit, day, _campaign(f"{unit.label}{topic}", what, dice, scale=1))
    if turn % 5 == 2:
        yield Draft(
            "hang_up",
            unit,
            day,
            {
                "where": "小区出入口",
                "banners": "2",
                "stair_posters": str(20 + dice.randrange(30)),
                "civ_signs": str(2 + dice.randrange(4)),
            },
        )
    if turn % 7 == 3:
        yield Draft(
            "psa",
            unit,
            day,
            {"movement": "new", "type": "landscape", "pieces": "1", "pictures": "2", "where": "小游园"},
        )
        yield Draft(
            "board", unit, day, {"movement": "new", "type": "panel", "pieces": "2", "where": "社区广场"}
        )
    if turn % 6 == 4:
        yield Draft(
            "frontage",
            unit,
            day,
            {"where": "沿街商铺", "letters": str(6 + dice.randrange(9)), "checks": "20"},
        )
        lane = next((place for place in home.places if place.kind == "lane"), None)
        weak = ("parking", "road", "lines", "butt_bin")[turn // 6 % 4]
        said = {"stage": "found", "type": weak, "where": lane.name if lane else unit.label, "pieces": "1"}
        yield Draft("weak_spot", unit, day, {**said, "place": lane} if lane else said)


def _campaign(topic: str, theme: str, dice: random.Random, *, scale: int) -> dict[str, object]:
    """A campaign's people and what came of it."""

    def some(least: int, most: int) -> str:
        return str(scale * dice.randrange(least, most))

    return {
        "topic": topic, "theme": theme, "cadre": some(8, 16), "hired": some(3, 8), "chengguan": some(1, 4), "partner": some(2, 8),
        "volunteer": some(4, 12), "mobilized": some(20, 60), "vehicles": some(1, 3), "garbage_loads": some(2, 6),
        "ads": some(8, 30), "piles": some(4, 14), "parking": some(3, 12), "debris": some(0, 3), "haystacks": some(0, 8),
    }  # fmt: skip


def _put_right(cast: Cast, week: int, at: datetime) -> None:
    """One record corrected, one struck out, in the course of the year."""
    clerk = cast.clerks[0]
    found = (
        Journal.objects.standing()
        .filter(town=cast.town)
        .select_related("kind", "town", "unit")
        .order_by("-pk")
    )
    if week == 3 and (row := found.filter(code="activity").first()):
        fields = row.fields | {"people": str(int(row.fields["people"]) + 6)}
        journals.correct(
            journal=row,
            by=clerk,
            at=at + timedelta(minutes=30),
            ground="签到表核对后实到人数有误",
            fields=fields,
        )
    if week == 4 and (row := found.filter(code="door_visit").first()):
        journals.strike(
            journal=row, by=clerk, at=at + timedelta(minutes=30), ground="与志愿活动里的入户宣传重复"
        )
        town, day = cast.town, clock.local_date(at) - timedelta(days=21)
        journals.enter(
            kind="rule_paper", unit=town, occurred_on=day, by=clerk, at=at + timedelta(minutes=40),
            fields={"topic": "创建全国文明城市工作奖惩办法（暂行）"}, late_reason="文件印发后移交档案时补记",
        )  # fmt: skip


def _carried_out(cast: Cast, at: datetime) -> None:
    """Decisions are carried out in their time; those of the last weeks still wait, some of them late."""
    day = clock.local_date(at)
    waiting = Decision.objects.open().filter(journal__town=cast.town, due_on__lte=day + timedelta(days=3))
    for number, one in enumerate(waiting.select_related("journal__unit", "unit").order_by("pk")):
        if number % 5 != 4:
            by = cast.director
            journals.finish(decision=one, by=by, at=at + timedelta(minutes=50), note="已办，现场看过")
