"""The weekly bulletins of the demo, drafted, checked, signed and issued; the last one on the eve of the demo."""

from datetime import date, datetime, timedelta

from wenming.cli.demo_town.ground import Cast
from wenming.cli.demo_town.play import Life, Play
from wenming.common import clock
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import desk
from wenming.outcomes.documents.models import Document, Receipt

KIND = "bulletin"
ANSWER = (
    "清单所列问题已逐处安排：能立改的已经整改，整改照片在案卷里；其余的明确了责任人和完成时间，按期办结。"
)
ISSUED_WEEKS = 3


def this_week(today: date) -> Period:
    """The week that is told about: the one of yesterday, or on Mondays to Wednesdays the whole one before."""
    yesterday = today - timedelta(days=1)
    monday = clock.monday(yesterday)
    if (yesterday - monday).days < 2:
        monday -= timedelta(days=7)
    return periods.of("week", monday)


def issue_past(play: Play, cast: Cast, today: date) -> None:
    """Cue the bulletins of the weeks before: drafted by the clerk, checked by the director, signed by the leader."""
    monday = this_week(today).start
    first = clock.at_local(monday - timedelta(weeks=ISSUED_WEEKS), 8, 40)
    play.cue(first, _headed(cast, first))
    for number in range(ISSUED_WEEKS, 0, -1):
        week = periods.of("week", monday - timedelta(weeks=number))
        day = week.end + timedelta(days=1)
        while not play.calendar.plan(day).working:
            day += timedelta(days=1)
        play.cue(clock.at_local(day, 9, 10), _issued(cast, week, clock.at_local(day, 9, 10)))
    # The bulletin that the command writes out: everything of the last day is in the books by then.
    eve = clock.at_local(today) - timedelta(minutes=150)
    play.cue(eve, _issued(cast, this_week(today), eve))


def _headed(cast: Cast, at: datetime) -> Life:
    """What the town's office of party and government has decided about head and code word (handbook §6.5)."""
    name = cast.office.name
    documents.set_letterhead(
        town=cast.town,
        by=cast.director,
        at=at,
        issuer=name,
        suffix="文件",
        code_word="安创城办",
        printed_by=name,
    )
    return
    yield at  # nothing more to come


def _issued(cast: Cast, week: Period, at: datetime) -> Life:
    clerk, minutes = cast.clerks[0], timedelta(minutes=20)
    document = documents.draft(kind=KIND, town=cast.town, period=week, at=at, by=clerk)
    document = _own_words(document, cast, at)
    document = documents.submit(document=document, by=clerk, at=at + minutes)
    at = yield at + 2 * minutes
    document = documents.check(document=document, by=cast.director, at=at)
    at = yield at + 3 * minutes
    document = documents.sign(document=document, by=cast.leader, at=at)
    at = yield at + minutes
    document = documents.issue(document=document, by=clerk, at=at)
    # The afternoon: the units sign; the next day those asked for it answer, all but the last of them.
    at = yield at + timedelta(hours=5)
    rows = list(document.receipts.select_related("unit"))
    for row in rows:
        if person := _of(row, at):
            documents.sign_for(receipt=row, by=person, at=at)
    at = yield at + timedelta(hours=24)
    for row in [row for row in rows if row.wanted][:-1]:
        if person := _of(row, at):
            documents.answer(receipt=row, by=person, at=at, text=ANSWER)


def _of(row: Receipt, at: datetime) -> Person | None:
    """Somebody who signs for the unit."""
    keys = notices.holders(row.unit, P.DOCUMENT_RECEIVE, at)
    return Person.objects.filter(pk__in=keys).order_by("pk").first()


def _own_words(document: Document, cast: Cast, at: datetime) -> Document:
    """What the machine only suggests, the clerk takes over."""
    for block in document.body["blocks"]:
        if block.get("suggestion") == desk.OPEN:
            document = documents.accept_suggestion(
                document=document, by=cast.clerks[0], at=at, version=document.version, block=block["id"]
            )
    return document
