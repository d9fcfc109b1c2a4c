"""A record is corrected by a new one in its place, or struck out; the books show both."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests import factories
from tests.factories import NOW
from tests.records.journals.conftest import TODAY, WEEKLY
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Record
from wenming.ground.evidence import queries as evidence
from wenming.ledger import figures, periods, verify
from wenming.ledger.models import Entry
from wenming.records.journals import actions as journals
from wenming.records.journals import queries
from wenming.records.journals.models import Decision, Journal

LATER = NOW + timedelta(days=2)
MONTH = periods.parse("2026-11")


def people(town: SimpleNamespace) -> Any:
    return figures.value("mtg_persons", scope=town.town, period=MONTH, at=LATER).number


def test_a_correction_takes_back_the_old_and_posts_the_new(town: SimpleNamespace, enter: Any) -> None:
    old = enter("meeting", **WEEKLY)
    new = journals.correct(
        journal=old, by=town.clerk, at=LATER, ground="实到 26 人", fields=WEEKLY | {"people": "26"}
    )
    old.refresh_from_db()
    assert (old.state, old.ground, new.state, new.replaces) == ("corrected", "实到 26 人", "entered", old)
    assert people(town) == 26
    numbers = list(
        Entry.objects.filter(account__code="mtg_persons").order_by("pk").values_list("quantity", flat=True)
    )
    assert numbers == [24, -24, 26]
    assert [row.sentence for row in history.of(old.uuid)][1:] == ["更正：实到 26 人；另记一条代替本条"]
    assert (
        history.of(new.uuid).get().sentence
        == "更正台账：会议 创城周例会（安和镇，11月16日 周一），实到 26 人"
    )
    assert queries.untouched(new)
    assert verify.verify().faults == []


def test_a_correction_moves_day_unit_photos_and_decisions(town: SimpleNamespace, enter: Any) -> None:
    taken = factories.photo(town.clerk, town.town)
    until = TODAY + timedelta(days=7)
    old = enter(
        "meeting", photos=[taken], decisions=[journals.Resolution("补齐烟头桶", town.east, until)], **WEEKLY
    )
    new = journals.correct(
        journal=old, by=town.director, at=LATER, ground="由西街社区召开", fields=WEEKLY, unit=town.west,
        occurred_on=TODAY - timedelta(days=1),
    )  # fmt: skip
    assert (new.unit, new.occurred_on) == (town.west, TODAY - timedelta(days=1))
    assert [photo.sha256 for photo in evidence.of(new.uuid)] == [taken.sha256]
    assert Decision.objects.get().journal == new
    entry = Entry.objects.get(voucher_uuid=new.uuid, account__code="mtg_weekly")
    assert (entry.unit, entry.occurred_on) == (town.west, TODAY - timedelta(days=1))


def test_a_correction_weeks_later_is_not_late(town: SimpleNamespace, enter: Any) -> None:
    old = enter("meeting", **WEEKLY)
    at = NOW + timedelta(days=40)
    new = journals.correct(
        journal=old, by=town.clerk, at=at, ground="漏报 1 人", fields=WEEKLY | {"people": "25"}
    )
    assert (new.late, new.recorded_on) == (False, TODAY)
    again = journals.correct(
        journal=new, by=town.clerk, at=at, ground="又漏 1 人", fields=WEEKLY | {"people": "26"}
    )
    assert (again.late, again.recorded_on, people(town)) == (False, TODAY, 26)


def test_the_same_correction_twice_is_one(town: SimpleNamespace, enter: Any) -> None:
    old, key = enter("meeting", **WEEKLY), uuid.uuid4()
    said = {
        "by": town.clerk,
        "at": LATER,
        "ground": "实到 26 人",
        "fields": WEEKLY | {"people": "26"},
        "key": key,
    }
    assert journals.correct(journal=old, **said) == journals.correct(journal=old, **said)
    assert people(town) == 26


def test_a_correction_that_changes_nothing_is_refused(town: SimpleNamespace, enter: Any) -> None:
    old = enter("meeting", **WEEKLY)
    with pytest.raises(DomainError) as error:
        journals.correct(journal=old, by=town.clerk, at=LATER, ground="核对", fields=WEEKLY)
    assert error.value.code == "nothing_changed"
    old.refresh_from_db()
    assert old.state == "entered"


def test_what_is_struck_out_no_longer_counts(town: SimpleNamespace, enter: Any) -> None:
    row = enter("meeting", decisions=[journals.Resolution("补齐烟头桶", town.east)], **WEEKLY)
    journals.strike(journal=row, by=town.clerk, at=LATER, ground="与 11 月 9 日一条重复")
    row.refresh_from_db()
    assert (row.state, row.ground, people(town)) == ("struck", "与 11 月 9 日一条重复", 0)
    assert Decision.objects.get().state == "dropped"
    assert history.of(row.uuid).last().sentence == "红字冲销：与 11 月 9 日一条重复"
    assert list(Journal.objects.standing()) == []


@pytest.mark.parametrize("deed", ["correct", "strike"])
def test_a_ground_is_always_wanted(deed: str, town: SimpleNamespace, enter: Any) -> None:
    row = enter("meeting", **WEEKLY)
    more = {"fields": WEEKLY | {"people": "1"}} if deed == "correct" else {}
    with pytest.raises(DomainError) as error:
        getattr(journals, deed)(journal=row, by=town.clerk, at=LATER, ground="  ", **more)
    assert (error.value.code, error.value.field) == ("ground_missing", "ground")


@pytest.mark.parametrize("deed", ["correct", "strike"])
def test_what_is_closed_stays_closed(deed: str, town: SimpleNamespace, enter: Any) -> None:
    row = enter("meeting", **WEEKLY)
    journals.strike(journal=row, by=town.clerk, at=LATER, ground="重复")
    more = {"fields": WEEKLY | {"people": "1"}} if deed == "correct" else {}
    with pytest.raises(Conflict) as error:
        getattr(journals, deed)(journal=row, by=town.clerk, at=LATER, ground="再来", **more)
    assert error.value.message == "这条台账已冲销（重复），请刷新页面再看。"


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("clerk", True), ("director", True), ("secretary", True), ("worker", True), ("west_secretary", False),
        ("inspector", False), ("leader", False), ("street_chief", False), ("county_clerk", False), ("outsider", False),
    ],
)  # fmt: skip
def test_who_may_strike_out_what_a_grid_worker_entered(
    who: str, allowed: bool, town: SimpleNamespace, enter: Any
) -> None:
    row = enter("handout", by=town.worker, unit=town.east, flyers="50")
    if allowed:
        assert journals.strike(journal=row, by=getattr(town, who), at=LATER, ground="重复").state == "struck"
    else:
        with pytest.raises(NotAllowed):
            journals.strike(journal=row, by=getattr(town, who), at=LATER, ground="重复")


def test_a_secretary_does_not_move_a_record_to_another_community(town: SimpleNamespace, enter: Any) -> None:
    row = enter("meeting", by=town.secretary, unit=town.east, **WEEKLY)
    with pytest.raises(NotAllowed):
        journals.correct(
            journal=row, by=town.secretary, at=LATER, ground="记错", fields=WEEKLY, unit=town.west
        )
    with pytest.raises(DomainError) as error:
        journals.correct(
            journal=row, by=town.director, at=LATER, ground="记错", fields=WEEKLY, unit=town.elsewhere
        )
    assert error.value.code in ("unit_unfit", "journal_not_allowed")


def test_when_the_history_fails_the_correction_is_undone(
    town: SimpleNamespace, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = enter("meeting", **WEEKLY)
    real = audit._append

    def full(record: Record, head: Any) -> None:
        if record.deed == "journal.correct":
            raise IntegrityError("disk full")
        real(record, head)

    monkeypatch.setattr(audit, "_append", full)
    with pytest.raises(IntegrityError), transaction.atomic():
        journals.correct(
            journal=row, by=town.clerk, at=LATER, ground="实到", fields=WEEKLY | {"people": "26"}
        )
    row.refresh_from_db()
    assert (row.state, people(town), Journal.objects.count()) == ("entered", 24, 1)
