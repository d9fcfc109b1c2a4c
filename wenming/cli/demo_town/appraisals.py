"""考核 in the demo: the monthly rule of communities and villages and the cleaners' contract, the last ended periods of
each on their way from computing to what the leader decides, with one appeal."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from wenming.cli.demo_town.ground import Cast
from wenming.cli.demo_town.play import Life, Play
from wenming.common import clock
from wenming.ground.calendar import arithmetic
from wenming.ground.people.models import Person
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import queries, rules, states
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, Sheet
from wenming.outcomes.scoring import editing

ENDED = 3
COMMUNITIES, CONTRACT = "community", "cleaning"
MONTH_FEE = Decimal(86000)
_LISTS = """
  - {id: red, title: 红榜, op: proposal, board: red, if: {first: 1, at_least: 95}, action: 列入红榜, ground: 本镇考核办法第七条}
  - {id: black, title: 黑榜, op: proposal, board: black, if: {last: 1, below: 90}, action: 列入黑榜，限期整改, ground: 本镇考核办法第八条}
"""


def play_months(play: Play, cast: Cast, start: date, today: date) -> None:
    """Cue the adoption of both books, and every ended period of which the play has seen something."""
    folder = Path(settings.PACKS_DIR) / "scoring" / "samples"
    if cast.contractor is None or not (folder / "seed.yaml").exists():
        return
    months, contracts = _ended("month", start, today), _ended("custom", start, today)
    if not months or not contracts:
        return
    first = min(months[0].start, contracts[0].start)
    seed = (folder / "seed.yaml").read_text(encoding="utf-8").replace("groups: [社区]", "groups: [社区, 村]")
    # The firm is good; a stricter target leaves something to settle.
    contract = (folder / "contract.yaml").read_text(encoding="utf-8").replace("target: 95", "target: 98")
    texts = [
        editing.head(seed, code=COMMUNITIES, version="2026.1", title="社区（村）创城月考核", in_force=first) + _LISTS,
        editing.head(contract, code=CONTRACT, version="2026.1",
                     title="镇区保洁承包月考核", in_force=first),
    ]  # fmt: skip
    begin = _morning(play, max(first - timedelta(days=6), start))
    play.cue(begin, _adopted(cast, texts, first, begin))
    for number, month in enumerate(months):
        at = _morning(play, month.end + timedelta(days=1))
        play.cue(at, _month(play, cast, month, at, appealed=number == max(len(months) - 2, 0)))
    for month in contracts:
        at = _morning(play, month.end + timedelta(days=1), hour=15)
        play.cue(at, _settled(play, cast, month, at))


def _ended(kind: str, start: date, today: date) -> list[Period]:
    last = periods.previous(periods.of(kind, today))
    return [each for each in periods.last(last, ENDED) if each.end >= start]


def _morning(play: Play, day: date, hour: int = 9) -> datetime:
    """On the day, or on the next one on which the office works."""
    return arithmetic.next_office_time(play.calendar, clock.at_local(day, hour, 10))


def _adopted(cast: Cast, texts: list[str], since: date, at: datetime) -> Life:
    clerk = cast.clerks[0]
    for text in texts:
        draft = appraisals.write_book(town=cast.town, text=text, by=clerk, at=at)
        appraisals.adopt(draft=draft, by=clerk, at=at)
    assert cast.contractor is not None  # noqa: S101 -- whoever cues this has seen to it
    appraisals.set_term(
        unit=cast.contractor[0], name="month_fee", value=MONTH_FEE, from_date=since, ground="镇区保洁承包合同第六条", by=clerk, at=at,
    )  # fmt: skip
    yield at


def _shown(cast: Cast, code: str, month: Period, at: datetime) -> Round:
    clerk = cast.clerks[0]
    where = appraisals.compute(town=cast.town, code=code, period=month, by=clerk, at=at)
    return appraisals.show(where=where, by=clerk, at=at + timedelta(minutes=30))


def _month(play: Play, cast: Cast, month: Period, at: datetime, *, appealed: bool) -> Life:
    """Shown on the first working day after the month, published when the days of appeal are over."""
    where = _shown(cast, COMMUNITIES, month, at)
    assert where.appeals_until is not None  # noqa: S101 -- it has just been shown
    if appealed and (found := _worth_an_appeal(cast, where)):
        sheet, line = found
        at = yield _morning(play, clock.local_date(at) + timedelta(days=1), hour=10)
        row = appraisals.appeal(
            sheet=sheet,
            line=line,
            ground="当天已当场清理，通报前已交反馈，请核对照片时间",
            by=_secretary(cast, sheet),
            at=at,
        )
        at = yield _morning(play, clock.local_date(at) + timedelta(days=1), hour=15)
        appraisals.decide(
            appeal=row, upheld=True, decision="核对照片时间，属当场整改，不再扣分", by=cast.director, at=at
        )
    at = yield arithmetic.next_office_time(play.calendar, where.appeals_until + timedelta(minutes=20))
    where = appraisals.publish(where=where, by=cast.clerks[0], at=at)
    at = yield _morning(play, clock.local_date(at) + timedelta(days=1))
    _decide(where, cast.leader, "第七条、第八条，情况属实", at)


def _settled(play: Play, cast: Cast, month: Period, at: datetime) -> Life:
    """The contractor agrees on the next day, so that his month is published and paid at once."""
    where = _shown(cast, CONTRACT, month, at)
    assert cast.contractor is not None  # noqa: S101
    at = yield _morning(play, clock.local_date(at) + timedelta(days=1), hour=10)
    for sheet in where.sheets.filter(unit=cast.contractor[0]):
        appraisals.agree(sheet=sheet, by=cast.contractor[1], at=at)
    where = appraisals.publish(where=where, by=cast.clerks[0], at=at + timedelta(minutes=40))
    at = yield _morning(play, clock.local_date(at) + timedelta(days=1))
    _decide(where, cast.leader, "按合同第十二条支付", at)


def _decide(where: Round, leader: Person, ground: str, at: datetime) -> None:
    for row in Outcome.objects.filter(round=where, state=states.PROPOSED).order_by("pk"):
        appraisals.settle(outcome=row, confirmed=True, ground=ground, by=leader, at=at)


def _worth_an_appeal(cast: Cast, where: Round) -> tuple[Sheet, int] | None:
    """A line of the lowest sheets that the director may decide: he neither found nor checked what it is about."""
    for sheet in where.sheets.exclude(total=None).order_by("total", "pk").select_related("unit")[:4]:
        by = _secretary(cast, sheet)
        for number, line in enumerate(sheet.lines):
            if not line["events"] or not line["points"].startswith("-"):
                continue
            row = Appeal(round=where, unit=sheet.unit, filed_by=by, events=line["events"])
            if rules.decision_refusal(cast.director, row, queries.vouchers_of(line["events"])) is None:
                return sheet, number
    return None


def _secretary(cast: Cast, sheet: Sheet) -> Person:
    return next(home.secretary for home in cast.homes if home.unit.pk == sheet.unit_id)
