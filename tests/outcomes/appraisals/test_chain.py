"""The whole chain under any order of deeds: report, close, reverse, compute, show, appeal, decide, publish, correct.

Whatever people do, in whatever order: the books stay proved, the published score is the figure, a replay gives the
same sheets, nobody is both ranked and left out, strangers see nothing, and a deed that is refused leaves no trace.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories import Life, photo
from tests.outcomes.appraisals.conftest import MONTH, seed_book
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Record
from wenming.ground.notices.models import Notice
from wenming.ground.places import actions as places
from wenming.ground.units import actions as units
from wenming.ledger import figures, posting, verify
from wenming.ledger.models import Entry
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import open_lists, queries, standings, states
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, Sheet
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case

BEGIN = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # Monday 09:00
OPEN = ("registered", "dispatched", "handling", "verifying")
Deed = tuple[str, int]


@dataclass
class Office:
    """Everybody of the town, acting one after another an hour apart. `n` picks whom or what a deed is about."""

    t: SimpleNamespace
    at: datetime = BEGIN
    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def act(self, code: str, n: int) -> None:
        """Take the deed; a refusal is an answer too, but must change nothing."""
        self.at += timedelta(hours=1)
        before, refusal = _traces(), ""
        try:
            with transaction.atomic():
                taken = getattr(self, code)(n)
        except DomainError as error:
            refusal, taken = f"{code}:{error.code}", None
        if refusal:
            self.refused.append(refusal)
            assert _traces() == before, refusal
        elif taken is not None:
            self.done.append(code)

    # --- on the street ---
    def report(self, n: int) -> Case:
        """A find of October, told now: by the town, by the county, or by the community itself."""
        who = (self.t.inspector, self.t.county_clerk, self.t.secretary)[n % 3]
        place = self.t.lane if n % 2 or who == self.t.secretary else self.t.west_lane
        found = clock.at_local(MONTH.start + timedelta(days=n % 31), 10).astimezone(UTC)
        return cases.report(
            category="06010", description="巷口两处垃圾未清", place=place, by=who, at=self.at, found_at=found
        )

    def close(self, n: int) -> Case | None:
        """The oldest open case is handled, rectified and accepted."""
        case = Case.objects.filter(state="reported").order_by("pk").first()
        if case is None:
            return None
        life = Life(self.t, at=self.at)
        lead = case.unit if case.unit in (self.t.east, self.t.west) else self.t.east
        case = cases.register(case=case, by=self.t.clerk, at=life.tick(1))
        case = cases.dispatch(case=case, by=self.t.clerk, at=life.tick(1), lead=lead)
        by = self.t.west_secretary if lead == self.t.west else self.t.secretary
        case = cases.sign(case=case, by=by, at=life.tick(1))
        photos = [photo(by, case.town, at=life.at)]
        case = cases.hand_in(case=case, by=by, at=life.tick(1), photos=photos, measures="已清理")
        return cases.accept(case=case, by=self.t.clerk, at=life.tick(1))

    def reverse(self, n: int) -> int | None:
        """红字冲销: what a case has booked is taken back."""
        booked = list(
            Entry.objects.filter(voucher_kind="case")
            .live()
            .order_by("pk")
            .values_list("voucher_uuid", flat=True)
        )
        if not booked:
            return None
        return len(posting.reverse(voucher=posting.Voucher("case", booked[n % len(booked)]), at=self.at))

    def rename(self, n: int) -> Any:
        """Units and lanes get new names; what was published keeps the old ones."""
        if n % 2:
            return places.change(place=self.t.lane, by=self.t.clerk, at=self.at, name=f"建设巷{n}")
        return units.change(unit=self.t.east, by=self.t.clerk, at=self.at, name=f"东门社区{n}")

    # --- in the office ---
    def compute(self, n: int) -> Round:
        return appraisals.compute(town=self.t.town, code="seed", period=MONTH, by=self.t.clerk, at=self.at)

    def leave_out(self, n: int) -> Round | None:
        unit = (self.t.east, self.t.west)[n % 2]
        ground = "整体拆迁" if n % 3 else ""
        return self._on(lambda where: appraisals.leave_out(where=where, subject=unit.code, ground=ground, by=self.t.clerk, at=self.at))  # fmt: skip

    def drop(self, n: int) -> Round | None:
        return self._on(lambda where: appraisals.drop(where=where, by=self.t.clerk, at=self.at))

    def show(self, n: int) -> Round | None:
        return self._on(lambda where: appraisals.show(where=where, by=self.t.clerk, at=self.at))

    def take_back(self, n: int) -> Round | None:
        return self._on(
            lambda where: appraisals.take_back(where=where, ground="重算", by=self.t.clerk, at=self.at)
        )

    def publish(self, n: int) -> Round | None:
        return self._on(lambda where: appraisals.publish(where=where, by=self.t.clerk, at=self.at))

    def correct(self, n: int) -> Round | None:
        where = Round.objects.filter(state=states.PUBLISHED).first()
        if where is None:
            return None
        return appraisals.correct(where=where, ground="核错一处", by=self.t.clerk, at=self.at)

    def wait(self, n: int) -> None:
        """The days of appeal go by."""
        self.at += timedelta(days=8)

    def _on(self, deed: Callable[[Round], Round]) -> Round | None:
        where = Round.objects.exclude(state__in=(states.DROPPED, states.SUPERSEDED)).order_by("-pk").first()
        return None if where is None else deed(where)

    # --- between office and units ---
    def appeal(self, n: int) -> Appeal | None:
        unit, by = ((self.t.east, self.t.secretary), (self.t.west, self.t.west_secretary))[n % 2]
        sheet = Sheet.objects.filter(unit=unit).order_by("-round_id").first()
        if sheet is None:
            return None
        return appraisals.appeal(sheet=sheet, line=n % 3, ground="不是我社区地界", by=by, at=self.at)

    def withdraw(self, n: int) -> Appeal | None:
        row = Appeal.objects.order_by("-pk").first()
        if row is None or row.filed_by is None:
            return None
        return appraisals.withdraw_appeal(appeal=row, by=row.filed_by, at=self.at)

    def decide(self, n: int) -> Appeal | None:
        row = Appeal.objects.order_by("-pk").first()
        if row is None:
            return None
        return appraisals.decide(appeal=row, upheld=n % 2 == 0, decision="经核属实" if n % 2 == 0 else "照片为证", by=self.t.director, at=self.at)  # fmt: skip

    def agree(self, n: int) -> Sheet | None:
        unit, by = ((self.t.east, self.t.secretary), (self.t.west, self.t.west_secretary))[n % 2]
        sheet = Sheet.objects.filter(unit=unit).order_by("-round_id").first()
        return None if sheet is None else appraisals.agree(sheet=sheet, by=by, at=self.at)

    def settle(self, n: int) -> Outcome | None:
        rows = list(Outcome.objects.filter(round__state=states.PUBLISHED).order_by("pk"))
        if not rows:
            return None
        return appraisals.settle(outcome=rows[n % len(rows)], confirmed=n % 4 != 0, ground="第八条", by=self.t.leader, at=self.at)  # fmt: skip

    def clear(self, n: int) -> Outcome | None:
        row = Outcome.objects.filter(board="black").order_by("-pk").first()
        return (
            None
            if row is None
            else appraisals.clear(outcome=row, ground="已全部整改", by=self.t.clerk, at=self.at)
        )


def _traces() -> tuple[int, ...]:
    """What any deed leaves: history, entries, notices, and rows of appraisals."""
    return tuple(
        model.objects.count() for model in (Record, Entry, Notice, Case, Round, Sheet, Appeal, Outcome)
    )  # type: ignore[attr-defined]


DEEDS = [
    "report", "close", "reverse", "compute", "leave_out", "drop", "show", "take_back", "publish", "correct", "wait",
    "appeal", "withdraw", "decide", "agree", "settle", "clear", "rename",
]  # fmt: skip
# Deeds that carry the chain on come more often than those that break it off.
LIKELY = [
    "report",
    "report",
    "compute",
    "show",
    "appeal",
    "decide",
    "wait",
    "publish",
    "correct",
    "settle",
    *DEEDS,
]
chains = st.lists(st.tuples(st.sampled_from(LIKELY), st.integers(0, 59)), min_size=3, max_size=25)


def through(*more: Deed) -> list[Deed]:
    """To a published October, and on."""
    return [("report", 1), ("report", 3), ("close", 0), ("compute", 0), ("show", 0), *more]


PUBLISHED = through(("wait", 0), ("publish", 0), ("settle", 1), ("settle", 2), ("rename", 2), ("rename", 3))


@contextmanager
def taken_back() -> Iterator[None]:
    """Everything inside is undone: the next example finds the town as it was."""
    point = transaction.savepoint_create()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


@pytest.fixture
def office(town: SimpleNamespace) -> SimpleNamespace:
    appraisals.enact(town=town.town, text=seed_book(), by=town.clerk, at=BEGIN)
    return town


SMALL = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(deeds=chains)
@example(deeds=PUBLISHED)
@example(
    deeds=[*PUBLISHED, ("reverse", 0), ("correct", 0), ("show", 0), ("wait", 0), ("publish", 0), ("clear", 0)]
)
@example(deeds=through(("appeal", 0), ("decide", 0), ("wait", 0), ("publish", 0), ("report", 1), ("correct", 0), ("show", 0), ("appeal", 1), ("withdraw", 0), ("agree", 0), ("agree", 1), ("publish", 0)))  # fmt: skip
@example(
    deeds=through(("take_back", 0), ("leave_out", 1), ("show", 0), ("wait", 0), ("publish", 0), ("settle", 0))
)
@example(deeds=[("compute", 0), ("drop", 0), ("compute", 0), ("report", 5), ("show", 0), ("report", 7), ("wait", 0), ("publish", 0), ("correct", 0), ("drop", 0), ("correct", 0)])  # fmt: skip
@SMALL
def test_any_order_of_deeds_keeps_the_chain_whole(office: SimpleNamespace, deeds: list[Deed]) -> None:
    with taken_back():
        people = Office(office)
        for code, n in deeds:
            people.act(code, n)
            if code in ("publish", "correct", "show", "decide"):
                the_published_score_is_the_figure(office, people.at)
        the_books_are_proved()
        the_published_score_is_the_figure(office, people.at)
        every_published_round_replays()
        nobody_is_ranked_and_left_out()
        strangers_see_nothing(office)


def the_books_are_proved() -> None:
    assert verify.verify().faults == []
    assert history.verify() == []


def the_published_score_is_the_figure(t: SimpleNamespace, at: datetime) -> None:
    """One published round a period at most, and of every unit `score` is its total, or nothing where it has none."""
    published = Round.objects.filter(state=states.PUBLISHED)
    assert published.count() <= 1
    totals = dict(Sheet.objects.filter(round__in=published).values_list("unit_id", "total"))
    for unit in (t.east, t.west):
        total: Decimal | None = totals.get(unit.pk)
        said = figures.value("score", scope=unit, period=MONTH, at=at).number
        assert said == (None if total is None else total.quantize(Decimal("0.01"))), unit


def every_published_round_replays() -> None:
    for where in Round.objects.filter(state__in=states.FINAL).select_related("book", "town", "corrects"):
        assert queries.replayed(where) == [], where


def nobody_is_ranked_and_left_out() -> None:
    for sheet in Sheet.objects.select_related("round"):
        left_out = sheet.subject in sheet.round.left_out
        reason = sheet.data["not_ranked"]
        assert not (sheet.rank is not None and (left_out or reason)), sheet
        assert not left_out or sheet.total is None, sheet


def strangers_see_nothing(t: SimpleNamespace) -> None:
    """Somebody of another town, a grid worker, a resident; and of the units nobody before it is told."""
    for person in (t.outsider, t.worker, t.auditor):
        assert [
            model.__name__
            for model in (Round, Sheet, Appeal, Outcome)
            if model.objects.visible_to(person).exists()
        ] == [], person
    seen = Round.objects.visible_to(t.secretary)
    assert {each.state for each in seen} <= set(states.TOLD)
    assert {each.unit_id for each in Sheet.objects.visible_to(t.secretary)} <= {t.east.pk}
    told = {row.pk for row in Round.objects.filter(state=states.PUBLISHED)}
    assert {table.round.pk for table in standings.tables(standings.published([t.town]))} == told
    confirmed = Outcome.objects.filter(round__in=told, state=states.CONFIRMED)
    listed: list[Any] = [*open_lists.red(t.town), *open_lists.black(t.town)]
    assert (
        len(listed)
        == confirmed.filter(board="red").count() + confirmed.filter(board="black", cleared_at=None).count()
    )


def test_the_deeds_of_the_examples_really_happen(office: SimpleNamespace) -> None:
    """A chain in which everything were refused would prove nothing."""
    people = Office(office)
    for code, n in [*PUBLISHED, ("reverse", 0), ("correct", 0), ("show", 0), ("appeal", 0), ("decide", 0), ("wait", 0), ("publish", 0)]:  # fmt: skip
        people.act(code, n)
    assert people.refused == []
    assert set(people.done) == {
        "report", "close", "compute", "show", "publish", "settle", "reverse", "correct", "appeal", "decide", "rename",
    }  # fmt: skip
    assert [each.state for each in Round.objects.order_by("pk")] == [states.SUPERSEDED, states.PUBLISHED]
    assert (
        Sheet.objects.get(round__state=states.SUPERSEDED, unit=office.east).total
        != Sheet.objects.get(round__state=states.PUBLISHED, unit=office.east).total
    )
