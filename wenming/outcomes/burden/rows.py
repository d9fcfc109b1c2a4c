"""The records behind each number of the 减负账: every number is the length, or the sum, of one of these lists."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, ExtractHour, Replace, Substr

from wenming.common import clock
from wenming.ground.audit.models import Record
from wenming.ground.notices.models import Notice
from wenming.ground.people.models import Post
from wenming.ground.units.models import Unit
from wenming.ledger.periods import Period
from wenming.outcomes.documents import states as document_states
from wenming.outcomes.documents.models import Document
from wenming.records.cases import states as case_states
from wenming.records.cases.models import Case, PlaceCheck
from wenming.records.journals import queries as journals
from wenming.records.journals import states as journal_states
from wenming.records.journals.models import Journal

# Nobody's telephone should speak between these hours (handbook D11).
NIGHT, MORNING = 22, 7
# A form makes a random key (version 4); the line of a list always gives the same one (`importing.key_of`).
_VERSION_AT = 13
BY_FORM = Q(version="4")
LOG_BY_HAND = Q(way__in=(journal_states.FORM, journal_states.PHONE))
# Deeds that put a new fact on the books are counted as facts, not as steps.
FACTS = ("case.report", "journal.enter")
# Who comes to look from above; what a bulletin says was looked at before.
FROM_ABOVE = sorted(case_states.INSPECTIONS - {"bulletin"})
_REFUSED_AS_DOUBLE = dict(case_states.REFUSALS)["duplicate"]

# Rows of values, as a page of them is read.
Rows = QuerySet[Any, Any]


class Filled(Func):
    """How many boxes of a form have something in them, counted where the forms lie: a quarter of a county is not
    carried through memory. `filled` says the same of one form."""

    output_field = IntegerField()
    template = "(SELECT COUNT(*) FROM %(function)s(%(expressions)s) WHERE value IS NOT NULL AND value NOT IN ('', '[]', '{}'))"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="json_each", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="jsonb_each_text", **more)


def filled(fields: dict[str, Any]) -> int:
    """Boxes of one form of a work log with something in them."""
    return sum(value not in ("", None, [], {}) for value in fields.values())


def moments(period: Period) -> tuple[datetime, datetime]:
    """From the first midnight of the period to the one after its end, exclusive."""
    return clock.at_local(period.start), clock.at_local(period.end + timedelta(days=1))


def posts(unit: Unit, period: Period) -> QuerySet[Post]:
    """Posts held at the unit or below it on any day of the period."""
    held = Q(from_date__lte=period.end) & (Q(to_date__isnull=True) | Q(to_date__gte=period.start))
    return Post.objects.filter(held, unit__path__startswith=unit.path)


def people(unit: Unit, period: Period) -> QuerySet[Post, Any]:
    """Keys of who held one of these posts."""
    return posts(unit, period).values("person_id")


def reported(unit: Unit, period: Period) -> QuerySet[Case]:
    """Problems that these people reported in the period."""
    since, until = moments(period)
    return Case.objects.filter(
        reporter__in=people(unit, period), reported_at__gte=since, reported_at__lt=until
    )


def entered(unit: Unit, period: Period) -> QuerySet[Journal]:
    """Work logs of the unit about days of the period that stand: just what the list of work logs shows for them."""
    wanted = journals.Filter(unit=unit, since=period.start, until=period.end, state=(journal_states.ENTERED,))
    return wanted.apply(Journal.objects.all())


def with_version(cases: QuerySet[Case]) -> QuerySet[Case]:
    """With the version of their key, which tells a form from the line of a list."""
    return cases.annotate(version=Substr(Replace(Cast("uuid", CharField()), Value("-")), _VERSION_AT, 1))


def facts(unit: Unit, period: Period, *, imported: bool | None = None) -> Rows:
    """Problems and work logs together, the latest first: kind_, uuid, when. `imported`: only these, or only others."""
    cases, logs = reported(unit, period), entered(unit, period)
    if imported is not None:
        cases = with_version(cases).filter(~BY_FORM if imported else BY_FORM)
        logs = logs.filter(~LOG_BY_HAND if imported else LOG_BY_HAND)
    one: Rows = _facts(cases, "case", "reported_at")
    other: Rows = _facts(logs, "journal", "entered_at")
    return one.union(other, all=True).order_by("-when", "uuid")


def _facts(found: QuerySet[Any], kind: str, moment: str) -> Rows:
    rows: Rows = found.order_by().annotate(kind_=Value(kind), when=F(moment))
    return rows.values("kind_", "uuid", "when")


def steps(unit: Unit, period: Period) -> QuerySet[Record]:
    """What else these people did, as it stands in the history."""
    since, until = moments(period)
    done = Record.objects.filter(by_id__in=people(unit, period), posted_at__gte=since, posted_at__lt=until)
    return done.exclude(deed__in=FACTS)


def notices(unit: Unit, period: Period) -> QuerySet[Notice]:
    """Notices delivered to these people in the period."""
    since, until = moments(period)
    return Notice.objects.filter(person__in=people(unit, period), show_at__gte=since, show_at__lt=until)


def at_night(sent: QuerySet[Notice]) -> QuerySet[Notice]:
    """Those between 22 and 7 by the clock of the town."""
    hours = sent.annotate(hour=ExtractHour("show_at", tzinfo=clock.SHANGHAI))
    return hours.filter(Q(hour__gte=NIGHT) | Q(hour__lt=MORNING))


def issued(unit: Unit, period: Period) -> QuerySet[Document]:
    """Documents of the towns in the unit that were issued in the period, in that order."""
    since, until = moments(period)
    found = Document.objects.filter(
        town__path__startswith=unit.path, state__in=document_states.PRINTED, issued_at__gte=since, issued_at__lt=until
    )  # fmt: skip
    return found.order_by("issued_at", "pk")


def doubles(unit: Unit, period: Period) -> QuerySet[Case]:
    """Reports of these people about something that was in the books already: merged, refused or closed as 重复."""
    refused = Q(state=case_states.REFUSED, public_note=_REFUSED_AS_DOUBLE)
    return reported(unit, period).filter(Q(state=case_states.MERGED) | Q(close_reason="duplicate") | refused)


def visits(unit: Unit, period: Period) -> Rows:
    """督查次数: one row for every day on which one inspecting unit looked at places here, with the number of places.

    Covert visits count when they are published, as everywhere.
    """
    looked = PlaceCheck.objects.filter(
        unit__path__startswith=unit.path, day__range=(period.start, period.end), source__in=FROM_ABOVE, covert=False
    )  # fmt: skip
    by_day: Rows = looked.order_by().values("day", "party_id", "source").annotate(places=Count("pk"))
    return by_day.order_by("-day", "party_id", "source")
