"""The lives of cases, from the find to the last look back, through the deeds that real people use."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from wenming.cli.demo_town import catalog, orders
from wenming.cli.demo_town.ground import Cast
from wenming.cli.demo_town.plan import Find
from wenming.cli.demo_town.play import Life, Part, Play, position
from wenming.common import clock
from wenming.ground.calendar.arithmetic import Term, next_office_time
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.standards import queries as standards
from wenming.ground.units.models import Unit
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case

# 上级交办的统一限 3 个工作日（荆州口径，手册 §3.3）。
FROM_ABOVE = {"county", "city", "bulletin", "media"}
NO_PHOTO = "现场有住户居住，由核查人到场确认"


class Actor:
    """One find, its case so far, and the dice of its life."""

    def __init__(self, play: Play, cast: Cast, find: Find) -> None:
        self.play, self.cast, self.find, self.wish = play, cast, find, find.wish
        self.dice = random.Random(find.key.int)  # noqa: S311 -- a play needs the same dice again
        self.case = Case()

    def chance(self, share: float) -> bool:
        """Whether something out of the ordinary happens; never in a life that is laid down."""
        thrown = self.dice.random() < share
        return thrown and not self.wish.plain and not self.wish.stop

    @property
    def stopped(self) -> bool:
        return self.wish.stop == self.case.state

    def later(self, at: datetime, least: int, most: int) -> datetime:
        """After so many minutes of office time; at once where a life must reach its stop the same day."""
        if self.wish.stop:
            return at + timedelta(minutes=self.dice.randrange(3, 12))
        return self.play.later(at, self.dice, least, most)

    def photo(self, by: Person | None, at: datetime, role: str = "after", *, covert: bool = False) -> Photo:
        return self.play.photo(self.find, role, by=by, at=at, cast=self.cast, covert=covert)

    @property
    def clerk(self) -> Person:
        return self.cast.clerks[self.find.number % len(self.cast.clerks)]

    @property
    def inspector(self) -> Person:
        return self.cast.inspectors[self.find.number % len(self.cast.inspectors)]

    @property
    def handler(self) -> Person:
        """Who acts for the unit that leads now: the person it was handed to, or the head."""
        if self.case.handler_id is not None:
            return self.cast.people[self.case.handler_id]
        assert self.case.lead_unit is not None  # noqa: S101 -- asked only of dispatched cases
        return self.cast.handler(self.case.lead_unit)


def live(play: Play, cast: Cast, find: Find) -> Life:
    """The life of a find, by its kind."""
    return KINDS[find.kind](Actor(play, cast, find))


# --- the find -----------------------------------------------------------------------------------------------


def _full(one: Actor) -> Life:
    yield from _from_report(one, _report(one))


def _report(one: Actor, *, covert: bool = False) -> datetime:
    """Somebody comes along and reports it."""
    find, at, by = one.find, one.find.at, _finder(one)
    lat, lng = position(find) or (None, None)
    seen = find.source not in ("hotline", "bulletin", "media")
    one.case = cases.report(
        at=at, by=by, category=find.matter.code, description=find.words, place=find.place, key=find.key, source=find.source,
        lat=lat, lng=lng, accuracy_m=8.0, photos=[one.photo(by, at, "before", covert=covert)] if seen else [],
        inspection=find.inspection, covert=covert, path="community" if find.kind == "own" else "",
    )  # fmt: skip
    return at


def _finder(one: Actor) -> Person | None:
    cast, find = one.cast, one.find
    if find.source == "public":
        return None
    if find.source in ("hotline", "media"):
        return cast.clerks[0]
    if find.source in ("county", "city", "bulletin"):
        return cast.county
    if find.source in ("town", "covert"):
        return one.inspector
    if find.source == "self":
        return find.home.secretary
    return one.dice.choice([*find.home.workers, *find.home.chiefs])


def _refused(one: Actor) -> Life:
    at = _report(one)
    at = yield one.later(at, 8, 90)
    reason, note = one.dice.choice(
        [("not_true", "到现场查看未见所报问题"), ("outside", "位置在石桥镇"), ("unclear", "请补充具体位置和照片"),
         ("not_ours", "属邻里纠纷，已转社区调解"), ("exempt", "在划线疏导点内")]
    )  # fmt: skip
    one.case = cases.refuse(case=one.case, by=one.clerk, at=at, reason=reason, note=note)


def _merged(one: Actor) -> Life:
    """The same problem reported a second time, while the first is being worked on."""
    running = [states.REGISTERED, states.DISPATCHED, states.HANDLING]
    into = (
        Case.objects.filter(town=one.cast.town, state__in=running, covert=False, place__isnull=False)
        .order_by("-id")
        .first()
    )
    if into is None:
        yield from _full(one)
        return
    if into.category in catalog.BY_CODE:
        one.find.matter = catalog.BY_CODE[into.category]
    at, by = one.find.at, _finder(one)
    one.case = cases.report(
        at=at, by=by, category=into.category, description=f"{into.description}，仍未处理"[:300], place=into.place, key=one.find.key,
        source=one.find.source, lat=into.lat, lng=into.lng, accuracy_m=20.0,
        photos=[one.photo(by, at, "before")] if by is None else [],
    )  # fmt: skip
    at = yield one.later(at, 8, 60)
    into.refresh_from_db()
    if into.state in states.OPEN:
        one.case = cases.merge(case=one.case, into=into, by=one.clerk, at=at)
    else:
        one.case = cases.refuse(
            case=one.case, by=one.clerk, at=at, reason="duplicate", note="前一件已整改完毕"
        )


def _split(one: Actor) -> Life:
    at = _report(one)
    at = yield one.later(at, 8, 60)
    one.case = cases.register(case=one.case, by=one.clerk, at=at)
    at = yield one.later(at, 5, 30)
    other = catalog.BY_CODE[one.wish.other]
    words, _ = catalog.describe(other, one.dice)
    parts = [
        {"category": one.find.matter.code, "description": one.find.words},
        {"category": other.code, "description": words},
    ]
    made = cases.split(case=one.case, by=one.clerk, at=at, parts=parts)
    for number, (part, matter) in enumerate(zip(made, (one.find.matter, other), strict=True), start=1):
        child = Actor(one.play, one.cast, replace(one.find, matter=matter, take=40 * number))
        child.dice = random.Random(one.find.key.int + number)  # noqa: S311
        child.case = part
        one.play.cue(at, _begin(_from_register(child, at)))


def _covert(one: Actor) -> Life:
    """Found in secret; published by the office the next working day, unless it is still to be published."""
    at = _report(one, covert=True)
    if one.wish.stop:
        return
    at = yield one.play.morning(clock.local_date(at) + timedelta(days=1), one.dice)
    one.case = cases.publish_covert(case=one.case, by=one.cast.director, at=at)
    yield from _from_report(one, at)


def _spot(one: Actor) -> Life:
    """随手整: found and fixed in one go; somebody else looks at it later."""
    find, by = one.find, _finder(one)
    assert by is not None  # noqa: S101 -- spot fixes are recorded by the community's own people
    at = find.at
    lat, lng = position(find) or (None, None)
    one.case = cases.report_fixed(
        at=at, by=by, category=find.matter.code, description=find.words, place=find.place, key=find.key, lat=lat, lng=lng,
        accuracy_m=8.0, before=[one.photo(by, at, "before")], after=[one.photo(by, at)],
        measures=one.dice.choice(find.matter.measures), quantities=_quantities(one),
    )  # fmt: skip
    if one.stopped:
        return
    at = yield one.later(at, 30, 700)
    by = find.home.secretary if one.dice.random() < 0.6 else one.inspector
    one.case = cases.accept(case=one.case, by=by, at=at)
    yield from _look_back(one, at)


def _own(one: Actor) -> Life:
    """A community finds it on its own ground and takes it on at once."""
    yield from _rectify(one, _report(one))


# --- from the office to the unit ----------------------------------------------------------------------------


def _from_report(one: Actor, at: datetime) -> Part:
    if one.stopped:
        return at
    at = yield one.later(at, 8, 60)
    one.case = cases.register(case=one.case, by=one.clerk, at=at)
    if one.wish.order:
        one.play.cue(at, orders.issued_for(one.play, one.cast, one.find, one.case))
    elif one.case.relapse_of_id:
        orders.drop_drafts(
            one.cast, at, case=one.case, ground="回头看时已当场交办，量小即时清理，不另发督办单"
        )
    return (yield from _from_register(one, at))


def _from_register(one: Actor, at: datetime) -> Part:
    if one.stopped:
        return at
    at = yield one.later(at, 5, 45)
    if one.chance(0.012):
        reason, ground = one.dice.choice(_OTHER_CLOSINGS)
        one.case = cases.close(case=one.case, by=one.cast.director, at=at, reason=reason, ground=ground)
        return at
    _dispatch(one, at, _lead(one))
    if one.stopped:
        return at
    outside = one.case.lead_unit_id != one.find.home.unit.pk
    if one.wish.detour == "return" or (one.chance(0.05) and outside):
        at = yield from _returned(one, at)
        if one.stopped:
            return at
    if one.case.signed_at is None and (one.wish.stop or one.dice.random() < 0.75):
        at = yield one.later(at, 5, 60)
        one.case = cases.sign(case=one.case, by=one.handler, at=at)
    return (yield from _rectify(one, at))


_OTHER_CLOSINGS = [
    ("not_true", "到现场复核未见所报问题，拍照存档"), ("exempt", "在划线区内，不影响通行"), ("outside", "位于邻镇地界，已函告石桥镇"),
    ("duplicate", "与网格平台案件重复，已在平台办理"),
]  # fmt: skip


def _dispatch(one: Actor, at: datetime, lead: Unit) -> None:
    home = one.find.home.unit
    assist = [home] if lead.pk != home.pk and one.dice.random() < 0.5 else []
    partner = next((unit for unit, _ in one.cast.partners if unit.partner_of_id == home.pk), None)
    if lead.pk == home.pk and partner is not None and one.dice.random() < 0.15:
        assist = [partner]
    term = Term(3, "work_day") if one.find.source in FROM_ABOVE else None
    if one.wish.hours:
        term = Term(one.wish.hours, "hour")
    path = "joint" if assist and one.find.amount >= 5 else ""
    one.case = cases.dispatch(
        case=one.case, by=one.clerk, at=at, lead=lead, assist=assist, term=term, path=path
    )


def _lead(one: Actor) -> Unit:
    """The unit that leads: as laid down, or as the matter and the ground have it."""
    cast, home, wanted = one.cast, one.find.home.unit, one.wish.lead or one.find.matter.lead
    if wanted == "partner":
        return next(unit for unit, _ in cast.partners if unit.partner_of_id == home.pk)
    if wanted == "contractor" and cast.contractor is not None:
        return cast.contractor[0]
    if wanted == catalog.CLEANERS:
        to_firm = one.find.place.kind in ("street", "point") or one.dice.random() < 0.4
        return cast.contractor[0] if cast.contractor is not None and to_firm else home
    if wanted in cast.stations:
        return cast.stations[wanted][0]
    rule = standards.category(one.case.category, clock.local_date(one.case.reported_at))
    if not rule.can_community_lead and rule.dept in cast.stations:
        return cast.stations[rule.dept][0]
    return home


def _returned(one: Actor, at: datetime) -> Part:
    """The unit says it is not its duty; the office decides within half a day."""
    at = yield one.later(at, 15, 90)
    reason, ground = one.dice.choice(
        [
            ("not_duty", "按镇职责分工属环卫保洁范围"),
            ("not_area", "该路段已移交社区管护"),
            ("wrong_category", "现场为居民杂物，应按乱堆杂物派单"),
        ]
    )
    one.case = cases.return_(case=one.case, by=one.handler, at=at, reason=reason, ground=ground)
    if one.stopped:
        return at
    at = yield one.later(at, 20, 200)
    rule = standards.category(one.case.category, clock.local_date(at))
    if rule.can_community_lead and one.dice.random() < 0.6:
        one.case = cases.uphold_return(
            case=one.case, by=one.cast.director, at=at, ground="同意，改派属地社区"
        )
        at = yield one.later(at, 5, 40)
        _dispatch(one, at, one.find.home.unit)
    else:
        one.case = cases.overrule_return(
            case=one.case, by=one.cast.director, at=at, ground="属本单位法定职责，请按期办理"
        )
    return at


# --- rectification and its check ----------------------------------------------------------------------------


def _rectify(one: Actor, at: datetime) -> Part:
    if one.wish.to or (
        one.case.lead_unit_id == one.find.home.unit.pk and one.case.handler_id is None and one.chance(0.35)
    ):
        to = one.find.home.chiefs[0] if one.wish.to == "chief" else one.find.home.workers[0]
        at = yield one.later(at, 3, 30)
        one.case = cases.assign(case=one.case, by=one.handler, at=at, to=to)
    at = yield from _requests(one, at)
    if one.stopped or one.case.state == states.SUSPENDED:
        return at
    reworks = 0
    while True:
        at = yield _hand_in_time(one, at)
        _hand_in(one, at)
        if one.stopped:
            return at
        at = yield one.later(at, 20, 300)
        if one.chance((0.07, 0.12, 0.3)[min(reworks, 2)]) and reworks < 3:
            reworks += 1
            one.case = cases.send_back(
                case=one.case, by=_verifier(one), at=at, ground=one.dice.choice(_NOT_GOOD)
            )
            continue
        break
    one.case = cases.accept(case=one.case, by=_verifier(one), at=at)
    if one.case.follow_code and one.chance(0.06):
        at = yield from _contested(one, at)
    return (yield from _look_back(one, at))


_NOT_GOOD = [
    "墙角仍有残留，请彻底清理",
    "照片角度不对，看不出整改情况",
    "只清了一半，路口一侧未动",
    "桶身仍有污渍",
    "到场复核发现又有堆放",
]


def _verifier(one: Actor) -> Person:
    """Somebody other than the handler: the secretary for what the community found itself, else the inspectors."""
    secretary = one.find.home.secretary
    if one.case.self_found and one.case.handler_id != secretary.pk and one.find.number % 3:
        return secretary
    return one.inspector


def _hand_in_time(one: Actor, at: datetime) -> datetime:
    """Mostly within the term, now and then after it, by daylight."""
    if one.wish.until is not None:
        return one.later(max(at, one.wish.until), 20, 120)
    due = one.case.due_at
    if due is None or due <= at or one.wish.stop:
        return one.later(at, 30, 200)
    if one.chance(0.075):
        return one.later(due, 30, 1500 if one.dice.random() < 0.15 else 420)
    wanted = at + (due - at) * one.dice.uniform(0.15, 0.8)
    office = next_office_time(one.play.calendar, wanted.replace(second=0, microsecond=0))
    return (
        office
        if office < due
        else max(at + timedelta(minutes=1), due - timedelta(minutes=one.dice.randrange(2, 20)))
    )


def _hand_in(one: Actor, at: datetime) -> None:
    by = one.handler
    no_photo = NO_PHOTO if one.chance(0.02) else ""
    role = f"again{one.case.rework_count}" if one.case.rework_count else "after"
    photos = [] if no_photo else [one.photo(by, at, role)]
    one.case = cases.hand_in(
        case=one.case, by=by, at=at, photos=photos, no_photo=no_photo, measures=one.dice.choice(one.find.matter.measures),
        quantities=_quantities(one),
    )  # fmt: skip


def _quantities(one: Actor) -> dict[str, str]:
    thrown = {code: one.dice.randint(least, most) for code, least, most in one.find.matter.quantities}
    return {code: str(number) for code, number in thrown.items() if one.dice.random() < 0.85}


def _requests(one: Actor, at: datetime) -> Part:
    """延期 and 挂账, asked for by some, granted to most."""
    if one.wish.detour == "suspension" or (one.find.matter.long and one.chance(0.14)):
        at = yield one.later(at, 30, 200)
        _signed(one, at)
        return (yield from _suspended(one, at))
    if one.wish.detour == "extension" or (one.case.due_at is not None and one.chance(0.035)):
        at = yield one.later(at, 5, 30)
        _signed(one, at)
        if one.case.due_at is not None and at <= one.case.due_at:
            one.case = cases.ask_extension(
                case=one.case, by=one.handler, at=at, term=Term(2, "work_day"), ground=one.dice.choice(["材料采购需时间", "连日下雨无法施工", "需协调业主到场"])
            )  # fmt: skip
            if one.wish.detour:
                return at
            at = yield one.later(at, 10, 120)
            if one.dice.random() < 0.8:
                one.case = cases.grant_extension(case=one.case, by=one.cast.director, at=at)
            else:
                one.case = cases.deny_extension(
                    case=one.case, by=one.cast.director, at=at, ground="工作量不大，请按原期限完成"
                )
    return at


def _signed(one: Actor, at: datetime) -> None:
    """A request can be made only by those who have signed for the case."""
    if one.case.state == states.DISPATCHED:
        one.case = cases.sign(case=one.case, by=one.handler, at=at)


def _suspended(one: Actor, at: datetime) -> Part:
    reason, ground, above, costs = one.dice.choice(
        [("needs_project", "需立项改造整段管网", "县住建局", "125000"), ("needs_money", "预算已报，待资金下达", "安和镇人民政府", "60000"),
         ("needs_superior", "涉及三家线缆权属单位，需县级协调", "县工信局", ""), ("no_power", "属历史违建，需县级认定", "县自然资源局", "")]
    )  # fmt: skip
    until = clock.local_date(at) + timedelta(days=one.dice.choice((30, 60, 90)))
    one.case = cases.ask_suspension(
        case=one.case,
        by=one.handler,
        at=at,
        reason=reason,
        ground=ground,
        takes_over=above,
        until=until,
        needs_yuan=costs,
    )
    if one.wish.detour:
        return at
    at = yield one.later(at, 30, 400)
    one.case = cases.grant_suspension(case=one.case, by=one.cast.director, at=at)
    if one.dice.random() < 0.25:
        # An honest state: it waits for those above, through the rest of the year.
        at = yield clock.at_local(clock.local_date(at) + timedelta(days=4000))
    at = yield one.play.morning(clock.local_date(at) + timedelta(days=one.dice.randrange(18, 75)), one.dice)
    one.case = cases.resume(case=one.case, by=one.cast.director, at=at, note="资金已落实，恢复办理")
    return at


# --- afterwards ---------------------------------------------------------------------------------------------


def _contested(one: Actor, at: datetime) -> Part:
    """The resident is not satisfied; the office has it done again."""
    # A resident keeps no office hours.
    at = yield clock.at_local(clock.local_date(at) + timedelta(days=1), 19, one.find.number % 60)
    one.case = cases.contest(
        case=one.case, follow_code=one.case.follow_code, at=at, note="第二天又堆回来了，请再来看看"
    )
    at = yield one.later(at, 20, 120)
    one.case = cases.send_back(case=one.case, by=one.inspector, at=at, ground="到场复核，群众反映属实")
    at = yield one.later(at, 60, 300)
    one.case = cases.hand_in(
        case=one.case,
        by=one.handler,
        at=at,
        photos=[one.photo(one.handler, at, "again9")],
        measures="再次清理，并落实专人看护",
    )
    at = yield one.later(at, 20, 200)
    one.case = cases.accept(case=one.case, by=one.inspector, at=at)
    return at


def _look_back(one: Actor, at: datetime) -> Part:
    """Looks back on the days of the escalation pack; a few find it as bad as before."""
    closed = clock.local_date(at)
    for day in _revisit_days(one.case):
        at = yield one.play.morning(closed + timedelta(days=day), one.dice)
        if (
            day <= 7
            and one.case.relapse_of_id is None
            and one.chance(0.007 if one.case.source in states.INSPECTIONS else 0.03)
        ):
            _relapse(one, at)
            return at
        cases.revisit(case=one.case, by=one.inspector, at=at, relapsed=False)
    return at


def _revisit_days(case: Case) -> list[int]:
    """On which days after closing somebody has to look again."""
    assert case.closed_at is not None  # noqa: S101 -- asked only of closed cases
    closed = clock.local_date(case.closed_at)
    return [(plan.due_date - closed).days for plan in case.revisits.order_by("due_date")]


def _relapse(one: Actor, at: datetime) -> None:
    by = one.inspector
    new = cases.revisit(
        case=one.case,
        by=by,
        at=at,
        relapsed=True,
        note="同一位置又出现同类问题",
        photos=[one.photo(by, at, "relapse")],
    )
    again = Actor(one.play, one.cast, replace(one.find, take=one.find.take + 11))
    assert new is not None  # noqa: S101 -- a relapse opens a case
    again.case, again.dice = new, random.Random(one.find.key.int + 7)  # noqa: S311
    one.play.cue(at, _begin(_from_report(again, at)))


def _begin(part: Part) -> Life:
    """A life that starts in the middle."""
    yield from part


KINDS: dict[str, Callable[[Actor], Life]] = {
    "full": _full, "own": _own, "spot": _spot, "refused": _refused, "merged": _merged, "split": _split, "covert": _covert,
}  # fmt: skip
