"""Notices wait for office hours, safety cases do not; one digest a day."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.factories import NOW, Life
from wenming.common import clock
from wenming.ground.notices import actions, queries
from wenming.ground.notices.models import Digest, Notice
from wenming.ground.people.permissions import P

SATURDAY_NIGHT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(("at", "urgent", "shown"), [
    (NOW, False, "11月16日 周一 09:00"),
    (SATURDAY_NIGHT, False, "11月23日 周一 08:30"),
    (SATURDAY_NIGHT, True, "11月21日 周六 22:00"),
])  # fmt: skip
def test_notice_is_shown_in_office_hours(
    town: SimpleNamespace, at: datetime, urgent: bool, shown: str
) -> None:
    actions.post(to=[town.secretary.pk], kind="x", sentence="一件事", at=at, urgent=urgent)
    notice = town.secretary.notices.get()
    assert clock.show_time(notice.show_at) == shown
    assert queries.unread(town.secretary, notice.show_at - timedelta(seconds=1)) == 0
    assert queries.unread(town.secretary, notice.show_at) == 1


def test_holders_are_those_whose_post_it_is_today(town: SimpleNamespace) -> None:
    assert actions.holders(town.east, P.CASE_HANDLE, NOW) == [town.secretary.pk, town.street_chief.pk]
    assert actions.holders(town.town, P.CASE_DISPATCH, NOW, above=True) == [town.director.pk, town.clerk.pk]


def test_digest_is_made_once_a_day(town: SimpleNamespace) -> None:
    actions.post(to=[town.secretary.pk, town.chief.pk], kind="x", sentence="一", at=NOW)
    actions.post(to=[town.secretary.pk], kind="x", sentence="二", at=NOW, urgent=True)
    assert actions.make_digests(at=NOW) == 2
    assert actions.make_digests(at=NOW) == 0
    assert (
        Digest.objects.get(person=town.secretary).sentence
        == "您有 2 条未看的事项，其中安全类 1 条，最早的一条是 11月16日 周一 09:00。"
    )


def test_reading_is_ones_own(town: SimpleNamespace) -> None:
    actions.post(to=[town.secretary.pk, town.chief.pk], kind="x", sentence="一", at=NOW)
    assert actions.mark_read(person=town.secretary, at=NOW) == 1
    assert (queries.unread(town.secretary, NOW), queries.unread(town.chief, NOW)) == (0, 1)


def test_dispatch_tells_the_unit(life: Life, town: SimpleNamespace) -> None:
    case = life.dispatched()
    told = [(n.person, n.sentence) for n in case_notices(town, case.number)]
    assert told == [
        (p, f"新派单 {case.number}：建设巷，暴露垃圾") for p in (town.secretary, town.street_chief)
    ]


def case_notices(town: SimpleNamespace, number: str) -> list:

    return list(Notice.objects.filter(sentence__contains=number).order_by("person_id"))
