"""Several people act at the same moment: nobody waits for another in a ring, nothing is done twice."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from tests import factories
from tests.factories import Life, photo
from wenming.common.errors import Conflict, DomainError
from wenming.ground.audit import queries as history
from wenming.ground.evidence import queries as evidence
from wenming.ground.units.models import Series
from wenming.ledger import verify
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case, Order, Revisit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _shared() -> None:
    """Threads need one database: SQLite's in-memory test database is shared with nobody."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads cannot share SQLite's database in memory")


@pytest.fixture
def life() -> Life:
    return Life(factories.build_town())


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """Run the deeds in threads that start at once; what each returned or raised."""
    gate, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            results[index] = act()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def failures(results: list[Any]) -> list[Any]:
    """What went wrong other than by a plain refusal."""
    return [one for one in results if isinstance(one, Exception) and not isinstance(one, DomainError)]


def the_books_hold() -> None:
    assert verify.verify().faults == []
    assert history.verify() == []


def test_two_register_one_case(life: Life) -> None:
    case, at = life.reported(), life.tick()
    done = together(
        lambda: cases.register(case=case, by=life.t.clerk, at=at),
        lambda: cases.register(case=case, by=life.t.director, at=at),
    )
    assert sorted(type(one).__name__ for one in done) == ["Case", "Conflict"]
    the_books_hold()


def test_two_accept_one_case(life: Life) -> None:
    case, at = life.verifying(), life.tick()
    done = together(
        lambda: cases.accept(case=case, by=life.t.inspector, at=at),
        lambda: cases.accept(case=case, by=life.t.clerk, at=at),
    )
    assert sorted(type(one).__name__ for one in done) == ["Case", "Conflict"]
    assert Revisit.objects.filter(case=case).count() == 3
    the_books_hold()


def test_hand_in_and_close_at_once(life: Life) -> None:
    case, at = life.handling(), life.tick()
    done = together(
        lambda: cases.hand_in(case=case, by=life.t.secretary, at=at, no_photo="夜里拍不清"),
        lambda: cases.close(case=case, by=life.t.director, at=at, reason="not_true", ground="现场查看"),
    )
    assert sorted(type(one).__name__ for one in done) == ["Case", "Conflict"]
    the_books_hold()


def test_an_order_is_issued_once_and_numbered_without_holes(life: Life) -> None:
    orders = [
        cases.orders.draft(case=life.dispatched(), reason="manual", at=life.at, by=life.t.clerk)
        for _ in range(3)
    ]
    at = life.tick()
    done = together(
        *[
            lambda order=order: cases.orders.issue(order=order, by=life.t.director, at=at)
            for order in orders * 2
        ]
    )
    assert (failures(done), sum(isinstance(one, Conflict) for one in done)) == ([], 3)
    assert sorted(Order.objects.values_list("serial", flat=True)) == [1, 2, 3]
    the_books_hold()


@pytest.mark.parametrize("fixed", [False, True])
def test_the_same_report_from_two_requests_is_one_case(life: Life, fixed: bool) -> None:
    key, at = uuid.uuid4(), life.tick()
    before, after = photo(life.t.secretary, life.t.town), photo(life.t.secretary, life.t.town)

    def send() -> Case:
        said = {"category": "06010", "description": "垃圾", "place": life.t.lane, "by": life.t.secretary}
        if fixed:
            return cases.report_fixed(key=key, at=at, before=[before], after=[after], **said)
        return cases.report(key=key, at=at, photos=[before], **said)

    done = together(*[send] * 4)
    assert failures(done) == []
    assert {one.uuid for one in done} == {key}
    assert (Case.objects.count(), Series.objects.get(kind="case").last) == (1, 1)
    the_books_hold()


def test_two_cases_merged_into_each_other(life: Life) -> None:
    for _ in range(5):
        one, two, at = life.registered(), life.registered(), life.tick()
        done = together(
            lambda a=one, b=two, at=at: cases.merge(case=a, into=b, by=life.t.clerk, at=at),
            lambda a=one, b=two, at=at: cases.merge(case=b, into=a, by=life.t.director, at=at),
        )
        assert failures(done) == []
        assert sorted(Case.objects.filter(pk__in=[one.pk, two.pk]).values_list("state", flat=True)) == [
            states.MERGED, states.REGISTERED,
        ]  # fmt: skip
    the_books_hold()


def test_deeds_that_take_books_back_never_wait_in_a_ring(life: Life) -> None:
    """Case row, number series, history chain, book: every deed takes its locks in this order."""
    n = 6
    reported = [life.reported() for _ in range(n)]
    changed = [life.reported() for _ in range(n)]
    registered = [life.registered() for _ in range(n)]
    handling = [life.handling() for _ in range(n)]
    closed = [life.closed() for _ in range(n)]
    seen = [[photo(life.t.inspector, life.t.town)] for _ in range(n)]
    at = life.tick()
    parts = [{"category": "06010", "description": "垃圾"}, {"category": "06036", "description": "杂物"}]
    t = life.t

    def each(act: Callable[[int], Any]) -> Callable[[], int]:
        def run() -> int:
            for number in range(n):
                act(number)
            return n

        return run

    done = together(
        each(lambda i: cases.refuse(case=reported[i], by=t.clerk, at=at, reason="not_true")),
        each(lambda i: cases.register(case=changed[i], by=t.clerk, at=at, category="06036")),
        each(lambda i: cases.split(case=registered[i], by=t.clerk, at=at, parts=parts)),
        each(lambda i: cases.close(case=handling[i], by=t.director, at=at, reason="not_true", ground="查看")),
        each(
            lambda i: cases.revisit(
                case=closed[i], by=t.inspector, at=at + timedelta(days=4), relapsed=True, photos=seen[i]
            )
        ),
        each(
            lambda _: cases.report(
                category="06010", description="新问题", place=t.west_lane, by=t.inspector, at=at
            )
        ),
    )
    assert done == [n] * 6
    numbers = Case.objects.order_by("number").values_list("number", flat=True)
    assert [int(one[-4:]) for one in numbers] == list(range(1, len(numbers) + 1))
    the_books_hold()


def test_a_batch_and_a_single_deed_never_wait_in_a_ring(life: Life) -> None:
    """A batch is one transaction over many cases: it takes all its rows before it writes anything."""
    chosen = [life.reported() for _ in range(12)]
    at = life.tick()

    def batch() -> int:
        with transaction.atomic():
            cases.hold(chosen)
            for case in chosen:
                try:
                    cases.register(case=case, by=life.t.clerk, at=at)
                except Conflict:
                    continue
        return 1

    def alone() -> int:
        for case in reversed(chosen):
            try:
                cases.register(case=case, by=life.t.director, at=at)
            except Conflict:
                continue
        return 1

    assert together(batch, alone, batch) == [1, 1, 1]
    assert set(Case.objects.values_list("state", flat=True)) == {states.REGISTERED}
    the_books_hold()


def test_publishing_and_a_deed_never_wait_in_a_ring(life: Life) -> None:
    """A form's transaction is around the whole publishing, its photos and its case."""
    done_cases = [life.closed() for _ in range(6)]
    at = life.tick()

    def publish() -> int:
        for case in done_cases:
            with transaction.atomic():
                boxes = {one.uuid: [] for one in evidence.of(case.uuid)}
                cases.publish(case=case, by=life.t.director, at=at, note="巷口已清理", photos_boxes=boxes)
        return 1

    def look_back() -> int:
        for case in done_cases:
            cases.revisit(case=case, by=life.t.inspector, at=at, relapsed=False)
        return 1

    assert together(publish, look_back) == [1, 1]
    the_books_hold()
