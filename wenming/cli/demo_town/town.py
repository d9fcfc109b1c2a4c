"""Builds the whole demo: the ground, the plan, the play."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from wenming.cli import packs
from wenming.cli.demo_town import lives, orders, week
from wenming.cli.demo_town.ground import Builder, Cast
from wenming.cli.demo_town.plan import Find, Planner
from wenming.cli.demo_town.play import Play
from wenming.common import clock

WEEKS = 52
Told = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """What was built: 安和镇, its neighbour, and the day after the last one played."""

    main: Cast
    other: Cast
    end: date


def build(*, today: date, weeks: int = WEEKS, told: Told = lambda _text: None) -> Built:
    """Build 平川县 and play `weeks` weeks up to the end of yesterday. The same day gives the same books.

    The database must be empty. `told` is given a Chinese line now and then.
    """
    start = clock.monday(today) - timedelta(weeks=weeks)
    told("载入标准和规则包…")
    with transaction.atomic():
        builder = Builder(start)
        packs.load_all(at=builder.at)
        told("登记单位、人员、点位…")
        main, other = builder.town()
    play = Play(clock.at_local(today))
    told("安排一年的督查、巡查和群众上报…")
    for cast, find in planned(play, main, other, start, today):
        play.cue(find.at, lives.live(play, cast, find))
    play.cue(clock.at_local(start, 8, 40), orders.office_hours(play, [main, other], start))
    months: set[tuple[int, int]] = set()

    def month(day: date) -> None:
        if (day.year, day.month) not in months:
            months.add((day.year, day.month))
            told(f"{day.year} 年 {day.month} 月…")

    play.run(month)
    return Built(main, other, today)


def planned(play: Play, main: Cast, other: Cast, start: date, today: date) -> list[tuple[Cast, Find]]:
    """Every find of the year in both towns, with the cast it belongs to."""
    planner = Planner(main, start, today, play.calendar)
    orders.plan_story(planner)
    week.plan_week(planner)
    finds = [(main, find) for find in planner.year()]
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
    return [*finds, *((other, find) for find in beside.sorted())]


_NEXT_DOOR = ("06010", "06042", "06036", "09010", "07001", "06035", "06007", "L0101")


def is_demo() -> bool:
    """Whether the database holds this demo (and nothing that a person could miss)."""
    from wenming.ground.units.models import Unit  # noqa: PLC0415

    return Unit.objects.filter(code="350599000000", name="平川县").exists()
