"""Builds the whole demo: the ground, the plan, the play."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from wenming.cli import packs
from wenming.cli.demo_town import (
    album,
    appraisals,
    bulletins,
    lives,
    orders,
    superior_forms,
    walks,
    week,
    worklogs,
)
from wenming.cli.demo_town.ground import Builder, Cast
from wenming.cli.demo_town.plan import Find, Planner
from wenming.cli.demo_town.play import Play
from wenming.common import clock
from wenming.ground.audit import actions as audit
from wenming.ground.audit.models import Record

WEEKS = 52
SUBJECT = "demo"
Told = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """What was built: 安和镇, its neighbour, and the day after the last one played."""

    main: Cast
    other: Cast
    end: date


def build(*, today: date, weeks: int = WEEKS, told: Told = lambda _text: None, ahead: bool = True) -> Built:
    """Build 平川县 and play `weeks` weeks up to the end of yesterday. The same day gives the same books.

    The database must be empty. `told` is given a Chinese line now and then; `ahead` lets another process draw.
    """
    start = clock.monday(today) - timedelta(weeks=weeks)
    with transaction.atomic():
        mark(today, done=False)
        builder = Builder(start)
        told("载入标准和规则包…")
        packs.load_all(at=builder.at)
        told("登记单位、人员、点位…")
        main, other = builder.town()
    play = Play(clock.at_local(today))
    told("安排一年的督查、巡查和群众上报…")
    plan = planned(play, main, other, start, today)
    for cast, find in plan:
        play.cue(find.at, lives.live(play, cast, find))
    walks.plan_walks(play, main, [find for cast, find in plan if cast is main], start, today)
    play.cue(clock.at_local(start, 8, 40), orders.office_hours(play, [main, other], start))
    bulletins.issue_past(play, main, today)
    appraisals.play_months(play, main, start, today)
    worklogs.plan_worklogs(play, main, start, today)
    superior_forms.play_forms(play, main, today)
    months: set[tuple[int, int]] = set()

    def month(day: date) -> None:
        if (day.year, day.month) not in months:
            months.add((day.year, day.month))
            told(f"{day.year} 年 {day.month} 月…")

    with album.album([find for _, find in plan], ahead=ahead) as play.draw:
        play.run(month)
    with transaction.atomic():
        mark(today, done=True)
    return Built(main, other, today)


def mark(today: date, *, done: bool) -> None:
    """Write into the history that this database is a demo, first when it is begun, again when it is done."""
    audit.record(
        deed="demo.done" if done else "demo.begin", subject=(SUBJECT, None), at=clock.at_local(today),
        sentence="演示数据已建好" if done else "开始建立演示数据，全部是虚构的", data={"today": today.isoformat()},
    )  # fmt: skip


def marked() -> tuple[bool, date | None]:
    """Whether the database holds a demo, and up to which day it was built (None: it was begun, never finished)."""
    rows = list(Record.objects.filter(subject_kind=SUBJECT).order_by("id"))
    done = [date.fromisoformat(row.data["today"]) for row in rows if row.deed == "demo.done"]
    return bool(rows), done[-1] if done else None


def planned(play: Play, main: Cast, other: Cast, start: date, today: date) -> list[tuple[Cast, Find]]:
    """Every find of the year in both towns, with the cast it belongs to."""
    planner = Planner(main, start, today, play.calendar)
    orders.plan_story(planner)
    week.plan_week(planner)
    finds = planner.year()
    beside = Planner(other, start, today, play.calendar)
    for number in range(8):
        day = beside.working_day(start + timedelta(days=(today - start).days * (number + 1) // 9))
        place = other.homes[number % 2].places[number // 2 % 2]
        beside.add(
            clock.at_local(day, 9, 15),
            "town",
            "full",
            place=place,
            code=_NEXT_DOOR[number],
            inspection=beside.tour(day),
        )
    every = [*((main, find) for find in finds), *((other, find) for find in beside.finds)]
    return sorted(every, key=lambda pair: (pair[1].at, pair[1].number))


_NEXT_DOOR = ("06010", "06042", "06036", "09010", "07001", "06035", "06007", "L0101")
