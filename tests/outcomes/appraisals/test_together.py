"""Two people act on one appraisal at the same moment: one result, one clear refusal, nobody waits in a ring."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from tests import factories
from tests.factories import Life
from tests.outcomes.appraisals.conftest import AFTER, CLOSED, MONTH, seed_book
from tests.records.cases.test_together import failures, the_books_hold, together
from wenming.common.errors import Conflict
from wenming.ledger import figures
from wenming.ledger.models import Entry
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import queries, states, tasks
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, RuleBook, Sheet

pytestmark = pytest.mark.django_db(transaction=True)
LATER = datetime(2026, 11, 12, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _shared() -> None:
    """Threads need one database: SQLite's in-memory test database is shared with nobody."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads cannot share SQLite's database in memory")


@pytest.fixture
def t() -> SimpleNamespace:
    """October in 安和镇: two finds in 东门社区, the book adopted, nothing computed yet."""
    made = factories.build_town()
    life = Life(made, at=datetime(2026, 10, 12, 1, 0, tzinfo=UTC))
    life.closed(by=made.inspector)
    life.tick(3 * 24 * 60)
    life.closed(by=made.inspector)
    appraisals.enact(town=made.town, text=seed_book(), by=made.clerk, at=AFTER)
    return made


def kinds(results: list[Any]) -> list[str]:
    return sorted(type(one).__name__ for one in results)


def computed(t: SimpleNamespace) -> Round:
    return appraisals.compute(town=t.town, code="seed", period=MONTH, by=t.clerk, at=AFTER)


def shown(t: SimpleNamespace) -> Round:
    return appraisals.show(where=computed(t), by=t.clerk, at=AFTER)


def published(t: SimpleNamespace) -> Round:
    return appraisals.publish(where=shown(t), by=t.clerk, at=CLOSED)


def once(
    t: SimpleNamespace, deed: Callable[..., Any], *, by: tuple[str, str] = ("clerk", "director"), **given: Any
) -> Conflict:
    """Both people take the deed at once: one result, one refusal that says what happened."""
    first, second = (getattr(t, name) for name in by)
    done = together(lambda: deed(by=first, **given), lambda: deed(by=second, **given))
    assert failures(done) == []
    refused = [one for one in done if isinstance(one, Conflict)]
    assert len(refused) == 1, done
    return refused[0]


def test_two_clerks_compute_at_once_and_there_is_one_round(t: SimpleNamespace) -> None:
    done = together(
        *[
            lambda by=by: appraisals.compute(town=t.town, code="seed", period=MONTH, by=by, at=AFTER)
            for by in (t.clerk, t.director, None, t.clerk)
        ]
    )
    assert failures(done) == []
    # Who came a moment later computed the same round again, or is told to look at it.
    assert set(kinds(done)) <= {"Round", "Conflict"}
    assert {one.code for one in done if isinstance(one, Conflict)} <= {"round_there"}
    where = Round.objects.get()
    assert (where.state, where.sheets.count()) == (states.COMPUTED, 2)
    assert queries.replayed(where) == []
    the_books_hold()


def test_two_clerks_show_at_once(t: SimpleNamespace) -> None:
    refused = once(t, appraisals.show, where=computed(t), at=AFTER)
    assert "已办理：公示" in refused.message
    the_books_hold()


def test_two_clerks_publish_at_once_and_the_score_is_booked_once(t: SimpleNamespace) -> None:
    refused = once(t, appraisals.publish, where=shown(t), at=CLOSED)
    assert (refused.code, "已办理：公布" in refused.message) == ("appraisal_state", True)
    assert Entry.objects.filter(account__code="score.sheets").count() == 2
    assert figures.value("score", scope=t.east, period=MONTH, at=CLOSED).explained == "97.00分（97/1）"
    assert Outcome.objects.count() == 3
    the_books_hold()


def test_two_clerks_correct_at_once(t: SimpleNamespace) -> None:
    where = published(t)
    refused = once(t, appraisals.correct, where=where, ground="核错一处", at=CLOSED)
    assert refused.code == "correction_there"
    assert Round.objects.filter(corrects=where).count() == 1
    the_books_hold()


def test_two_clerks_publish_one_correction_at_once(t: SimpleNamespace) -> None:
    old = published(t)
    new = appraisals.correct(where=old, ground="核错一处", by=t.clerk, at=CLOSED)
    new = appraisals.show(where=new, by=t.clerk, at=CLOSED)
    once(t, appraisals.publish, where=new, at=LATER)
    assert [each.state for each in Round.objects.order_by("pk")] == [states.SUPERSEDED, states.PUBLISHED]
    assert figures.value("score", scope=t.east, period=MONTH, at=LATER).explained == "97.00分（97/1）"
    the_books_hold()


def test_two_decide_one_appeal_at_once(t: SimpleNamespace) -> None:
    sheet = Sheet.objects.get(round=shown(t), unit=t.east)
    made = appraisals.appeal(sheet=sheet, line=1, ground="不在辖区", by=t.secretary, at=AFTER)
    refused = once(
        t, appraisals.decide, by=("director", "leader"), appeal=made, upheld=True, decision="属实", at=AFTER
    )
    assert refused.code == "appeal_decided"
    assert Entry.objects.filter(account__code="score.overturned").count() == 1
    assert Sheet.objects.get(pk=sheet.pk).total == 99
    the_books_hold()


def test_two_leaders_settle_one_proposal_at_once(t: SimpleNamespace) -> None:
    factories.person("林副镇长", "13800000051", ("town_leader", t.town))
    t.deputy = type(t.leader).objects.get(phone="13800000051")
    black = Outcome.objects.get(round=published(t), board="black")
    refused = once(
        t,
        appraisals.settle,
        by=("leader", "deputy"),
        outcome=black,
        confirmed=True,
        ground="第八条",
        at=CLOSED,
    )
    assert refused.code == "outcome_settled"
    assert Entry.objects.filter(account__code="score.black").count() == 1
    the_books_hold()


def test_one_book_adopted_by_two_at_once(t: SimpleNamespace) -> None:
    text = seed_book("2026.2", "2026-12-01")
    done = together(
        *[
            lambda by=by: appraisals.enact(town=t.town, text=text, by=by, at=CLOSED)
            for by in (t.clerk, t.director)
        ]
    )
    assert failures(done) == []
    # The later one is told that the version is taken or adopted, or finds it there already.
    assert {one.code for one in done if isinstance(one, Conflict)} <= {"book_version_taken", "book_adopted"}
    assert RuleBook.objects.get(version="2026.2").state == states.ADOPTED
    the_books_hold()


def test_appeal_and_publishing_at_once_never_publish_over_an_open_appeal(t: SimpleNamespace) -> None:
    where = shown(t)
    assert where.appeals_until is not None
    for name in ("secretary", "west_secretary"):
        by = getattr(t, name)
        unit = t.east if name == "secretary" else t.west
        appraisals.agree(sheet=Sheet.objects.get(round=where, unit=unit), by=by, at=AFTER)
    sheet = Sheet.objects.get(round=where, unit=t.east)
    done = together(
        lambda: appraisals.appeal(sheet=sheet, line=0, ground="不在辖区", by=t.secretary, at=AFTER),
        lambda: appraisals.publish(where=where, by=t.clerk, at=AFTER),
    )
    assert failures(done) == []
    where.refresh_from_db()
    if where.state == states.PUBLISHED:
        assert not Appeal.objects.exists()
    else:
        assert Appeal.objects.get().state == states.OPEN
    the_books_hold()


def test_every_kind_of_deed_of_a_town_at_once_never_waits_in_a_ring(t: SimpleNamespace) -> None:
    """Round, history chain, book: every deed takes its locks in this order, the deeds on cases theirs."""
    old = published(t)
    black = Outcome.objects.get(round=old, board="black")
    appraisals.settle(outcome=black, confirmed=True, ground="第八条", by=t.leader, at=CLOSED)
    new = appraisals.correct(where=old, ground="核错一处", by=t.clerk, at=CLOSED)
    new = appraisals.show(where=new, by=t.clerk, at=CLOSED)
    last = Outcome.objects.get(round=old, proposal="last")
    life = Life(t, at=LATER)
    november = MONTH.__class__(
        MONTH.end + timedelta(days=1), datetime(2026, 11, 30, tzinfo=UTC).date(), "month"
    )
    done = together(
        lambda: appraisals.publish(where=new, by=t.clerk, at=LATER),
        lambda: appraisals.settle(outcome=last, confirmed=True, ground="第八条", by=t.leader, at=LATER),
        lambda: tasks.clear_boards({}, LATER),
        lambda: appraisals.compute(town=t.town, code="seed", period=november, by=t.director, at=LATER),
        lambda: [life.closed() for _ in range(3)],
    )
    assert failures(done) == []
    assert Round.objects.filter(state=states.PUBLISHED, period_start=MONTH.start).get() == new
    the_books_hold()
