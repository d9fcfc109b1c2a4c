"""What anybody may read: only the published and confirmed, only units and places, black until it is cleared."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import appraised
from tests.factories import Life, photo
from tests.outcomes.appraisals.conftest import seed_book
from tests.outcomes.appraisals.test_standings import CONTRACTORS
from wenming.common import clock
from wenming.ground.evidence import queries as evidence
from wenming.ground.places.models import Place
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import open_lists, tasks
from wenming.outcomes.appraisals.models import Outcome, Round, RuleBook
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case

OLD, LAST = appraised.month(2), appraised.month(1)
TODAY = clock.local_date(clock.now())


@pytest.fixture
def month(town: SimpleNamespace) -> SimpleNamespace:
    """Last month: one find of the town in 建设巷 left open (东门 99 … last), one rectified with photos (−1 × 2)."""
    t = town
    appraised.adopted(t)
    t.life = Life(t, at=appraised.morning(LAST))
    t.fixed = t.life.closed(photos=[photo(t.inspector, t.town, at=t.life.at)])
    t.life.tick(24 * 60)
    t.open = t.life.handling()
    t.round = appraised.published(t, LAST)
    return t


def names(found: list[open_lists.Listed]) -> list[str]:
    return [each.unit for each in found]


def test_nothing_is_listed_before_somebody_confirmed_it(month: SimpleNamespace) -> None:
    t = month
    assert Outcome.objects.filter(board="red").exists()
    assert (open_lists.red(t.town), open_lists.black(t.town)) == ([], [])
    row = Outcome.objects.get(round=t.round, board="red")
    appraisals.settle(outcome=row, confirmed=False, ground="有投诉未了", by=t.leader, at=clock.now())
    assert open_lists.red(t.town) == []


def test_red_list_is_that_of_the_latest_published_round(town: SimpleNamespace) -> None:
    t = town
    appraised.adopted(t, since=OLD)
    appraised.found(t, OLD)
    appraised.confirmed(t, appraised.published(t, OLD), "red")
    assert [(each.unit, each.rank, each.total, each.period) for each in open_lists.red(t.town)] == [
        ("西街社区", 1, 100, OLD)
    ]
    Life(t, at=appraised.morning(LAST)).closed(place=t.west_lane, lead=t.west)
    where = appraised.published(t, LAST)
    assert open_lists.red(t.town) == []
    appraised.confirmed(t, where, "red")
    assert [(each.unit, each.period) for each in open_lists.red(t.town)] == [("东门社区", LAST)]


def test_black_list_tells_places_open_ones_first(month: SimpleNamespace) -> None:
    t = month
    appraised.confirmed(t, t.round, "black")
    (one,) = open_lists.black(t.town)
    assert (one.unit, one.rank, one.total, one.group) == ("东门社区", 2, 97, "社区")
    assert [(spot.name, spot.category, spot.fixed) for spot in one.spots] == [
        ("建设巷", "暴露垃圾", False),
        ("建设巷", "暴露垃圾", True),
    ]


def test_black_list_stays_over_later_rounds_until_it_is_cleared(month: SimpleNamespace) -> None:
    t = month
    appraised.confirmed(t, t.round, "black")
    tasks.clear_boards({}, clock.now())
    assert names(open_lists.black(t.town)) == ["东门社区"]
    at = t.life.tick()
    cases.hand_in(
        case=t.open, by=t.secretary, at=at, photos=[photo(t.secretary, t.town, at=at)], measures="已清理"
    )
    cases.accept(case=Case.objects.get(pk=t.open.pk), by=t.inspector, at=t.life.tick())
    tasks.clear_boards({}, clock.now())
    assert open_lists.black(t.town) == []


def test_black_list_of_a_corrected_round_follows_the_correction(month: SimpleNamespace) -> None:
    t, at = month, clock.now()
    appraised.confirmed(t, t.round, "black")
    new = appraisals.correct(where=t.round, ground="不在辖区", by=t.clerk, at=at)
    new = appraisals.leave_out(where=new, subject=t.east.code, ground="拆迁", by=t.clerk, at=at)
    new = appraisals.show(where=new, by=t.clerk, at=at)
    assert names(open_lists.black(t.town)) == ["东门社区"]
    appraisals.publish(where=new, by=t.clerk, at=new.appeals_until + timedelta(minutes=1))
    assert open_lists.black(t.town) == []


def test_only_approved_masked_photos_are_shown(month: SimpleNamespace) -> None:
    t = month
    appraised.confirmed(t, t.round, "black")

    def shown() -> list[Any]:
        return [each for spot in open_lists.black(t.town)[0].spots for each in [*spot.before, *spot.after]]

    assert shown() == []
    first, *_rest = evidence.of(t.fixed.uuid)
    cases.publish(
        case=t.fixed,
        by=t.clerk,
        at=clock.now(),
        note="已清理",
        photos_boxes={first.uuid: [[0.1, 0.1, 0.3, 0.3]]},
    )
    assert [each.uuid for each in shown()] == [first.uuid]
    assert {each.public_state for each in shown()} == {"approved"}


def test_covert_finds_and_words_about_persons_stay_out(month: SimpleNamespace) -> None:
    t = month
    appraised.confirmed(t, t.round, "black")
    Place.objects.filter(pk=t.lane.pk).update(name="王芳家旁 3号楼501室")
    Case.objects.filter(pk=t.open.pk).update(covert=True)
    (one,) = open_lists.black(t.town)
    assert [(spot.name, spot.fixed) for spot in one.spots] == [("王某家旁 （门牌略）", True)]


def test_firms_and_grids_are_on_no_public_list(town: SimpleNamespace) -> None:
    t = town
    text = seed_book(in_force=LAST.start.isoformat())
    text = text.replace("groups: [社区]", "groups: [社区, 网格, 公司]")
    appraised.adopted(t, text + '\nfrom_ledger: {groups: {公司: ["AH-JM"]}}\n')
    where = appraised.published(t, LAST)
    for row in Outcome.objects.filter(round=where, board="red"):
        appraisals.settle(outcome=row, confirmed=True, ground="第八条", by=t.leader, at=clock.now())
    assert Outcome.objects.filter(board="red", state="confirmed").count() == 4
    assert names(open_lists.red(t.town)) == ["东门社区", "西街社区"]


def test_statements_do_not_grow_with_lists(month: SimpleNamespace) -> None:
    t = month
    appraised.confirmed(t, t.round, "black")

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            open_lists.black(t.town)
        return len(asked)

    few = count()
    for n in range(2):
        t.life.at = appraised.morning(LAST, 20 + n)
        t.life.handling()
    at = clock.now()
    new = appraisals.correct(where=t.round, ground="漏了两处", by=t.clerk, at=at)
    new = appraisals.show(where=new, by=t.clerk, at=at)
    appraisals.publish(where=new, by=t.clerk, at=new.appeals_until + timedelta(minutes=1))
    assert len(open_lists.black(t.town)[0].spots) == 4
    assert count() == few


# --- books and dates ---------------------------------------------------------------------------------------


def later(t: SimpleNamespace, version: str, day: date) -> RuleBook:
    text = seed_book(in_force=day.isoformat()).replace('version: "2026.1"', f'version: "{version}"')
    return appraised.adopted(t, text)


def test_versions_tell_from_when_until_when(town: SimpleNamespace) -> None:
    t = town
    first = appraised.adopted(t, since=LAST)
    ahead = TODAY + timedelta(days=40)
    second = later(t, "2", ahead)
    appraisals.write_book(town=t.town, text=seed_book("3", "2030-01-01"), by=t.clerk, at=clock.now())
    assert [(each.book, each.since, each.until, each.now) for each in open_lists.versions(t.town, TODAY)] == [
        (second, ahead, None, False),
        (first, LAST.start, ahead - timedelta(days=1), True),
    ]


def test_version_that_was_never_in_force_is_not_listed(town: SimpleNamespace) -> None:
    t = town
    appraised.adopted(t, since=LAST)
    better = later(t, "2", LAST.start)
    assert [each.book for each in open_lists.versions(t.town, TODAY)] == [better]


def test_next_period_and_whether_the_last_still_waits(month: SimpleNamespace) -> None:
    t = month
    day = LAST.end + timedelta(days=20)
    (one,) = open_lists.upcoming(t.town, day)
    assert (one.title, one.period.start, one.begun, one.waiting) == (
        "社区创城月考核（样例）", LAST.end + timedelta(days=1), True, None,
    )  # fmt: skip
    (one,) = open_lists.upcoming(t.town, LAST.end + timedelta(days=45))
    assert one.waiting is not None
    assert one.waiting.start == LAST.end + timedelta(days=1)


def test_book_of_the_future_has_its_first_period_ahead(town: SimpleNamespace) -> None:
    later(town, "1", date(2030, 3, 1))
    (one,) = open_lists.upcoming(town.town, date(2030, 1, 15))
    assert (one.period.key, one.begun, one.waiting) == ("2030-03", False, None)


def test_readable_books_are_those_that_were_adopted_and_rate_units(town: SimpleNamespace) -> None:
    t = town
    book = appraised.adopted(t)
    draft = appraisals.write_book(town=t.town, text=seed_book("3", "2030-01-01"), by=t.clerk, at=clock.now())
    firm = appraised.adopted(t, CONTRACTORS.format(day=LAST.start))
    assert open_lists.readable(book.uuid) == book
    assert (open_lists.readable(draft.uuid), open_lists.readable(firm.uuid)) == (None, None)
    appraisals.drop_book(draft=book, by=t.clerk, at=clock.now())
    assert open_lists.readable(book.uuid) == book


def test_towns_are_those_with_rules_or_results(town: SimpleNamespace) -> None:
    assert open_lists.towns() == []
    appraised.adopted(town)
    assert open_lists.towns() == [town.town]


@pytest.mark.parametrize("state", ["computed", "shown", "dropped"])
def test_nothing_of_a_round_that_is_not_published(
    state: str, in_state: Callable[[str], Round], october: Any
) -> None:
    in_state(state)
    Outcome.objects.all().delete()
    t = october.t
    assert (open_lists.red(t.town), open_lists.black(t.town)) == ([], [])
