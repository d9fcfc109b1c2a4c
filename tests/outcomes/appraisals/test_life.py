"""A score's life: computed, shown, appealed, decided, published, corrected; what it does to ledger and history."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from tests.outcomes.appraisals.conftest import AFTER, CLOSED, MONTH, SEED, seed_book
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import queries as history
from wenming.ground.notices.models import Notice
from wenming.ground.people import actions as people
from wenming.ledger import figures, periods, posting, verify
from wenming.ledger.metrics import Value
from wenming.ledger.models import Entry
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import deed, queries, states, tasks
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, RuleBook, Sheet
from wenming.outcomes.scoring.faults import BadInput

D = Decimal


def sheet(where: Round, unit: Any) -> Sheet:
    return Sheet.objects.get(round=where, unit=unit)


def refuse(refusal: str, call: Any, /, **given: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        call(**given)
    assert caught.value.code == refusal
    return caught.value


def figure(code: str, scope: Any, at: datetime = CLOSED) -> Value:
    return figures.value(code, scope=scope, period=MONTH, at=at)


def test_round_is_computed_from_the_ledger_and_every_line_opens_to_its_case(
    computed: Round, october: SimpleNamespace
) -> None:
    east, west = sheet(computed, october.t.east), sheet(computed, october.t.west)
    assert (east.total, east.rank, west.total, west.rank) == (D(97), 2, D(100), 1)
    opened = [(line["points"], queries.vouchers_of(line["events"])) for line in east.lines]
    assert opened == [("-1", {october.first.uuid}), ("-2", {october.second.uuid})]


def test_units_see_nothing_before_it_is_shown_and_only_their_own_lines_after(
    computed: Round, october: SimpleNamespace
) -> None:
    t = october.t
    assert not Round.objects.visible_to(t.secretary).exists()
    assert Round.objects.visible_to(t.clerk).get() == computed
    appraisals.show(where=computed, by=t.clerk, at=AFTER)
    assert Round.objects.visible_to(t.secretary).get() == computed
    assert [row.name for row in queries.sheets_for(t.secretary, computed)] == ["东门社区"]
    assert {row.name for row in queries.sheets_for(t.clerk, computed)} >= {"东门社区", "西街社区"}
    assert not Round.objects.visible_to(t.outsider).exists()
    assert not Round.objects.visible_to(t.worker).exists()


def test_period_must_be_over_before_it_is_shown(book: RuleBook, october: SimpleNamespace) -> None:
    t = october.t
    midway = datetime(2026, 10, 20, 1, 0, tzinfo=UTC)
    where = appraisals.compute(town=t.town, code="seed", period=MONTH, by=t.clerk, at=midway)
    refuse("period_running", appraisals.show, where=where, by=t.clerk, at=midway)


def test_appeals_run_for_three_working_days(shown: Round) -> None:
    # Monday 09:00 to Thursday's end of office.
    assert shown.appeals_until is not None
    assert shown.appeals_until.date().isoformat() == "2026-11-05"


def test_appeal_upheld_changes_score_place_figures_and_overturn_rate(
    shown: Round, october: SimpleNamespace
) -> None:
    t = october.t
    made = appraisals.appeal(
        sheet=sheet(shown, t.east), line=1, ground="不是我社区地界", by=t.secretary, at=AFTER
    )
    assert (made.scorer, made.points) == (t.office, "-2")
    # 周正 found and accepted the case: he is party to it. 李建国 did neither.
    refuse(
        "appraisal_not_allowed",
        appraisals.decide,
        appeal=made,
        upheld=True,
        decision="属实",
        by=t.inspector,
        at=AFTER,
    )
    done = appraisals.decide(appeal=made, upheld=True, decision="经核界址属石桥镇", by=t.director, at=AFTER)
    east = sheet(shown, t.east)
    assert (done.state, east.total, east.rank) == ("upheld", D(99), 2)
    appraisals.publish(where=shown, by=t.clerk, at=CLOSED)
    assert figure("score", t.east).number == D("99.00")
    november = figures.value("overturn_rate", scope=t.town, period=MONTH.__class__(MONTH.end + timedelta(1), MONTH.end + timedelta(30), "range"), at=CLOSED)  # fmt: skip
    assert november.explained == "100.0%（1/1）"
    assert {entry.party for entry in Entry.objects.filter(account__code="score.overturned")} == {t.office}


def test_appeal_rejected_leaves_the_score_and_publishes_the_ground(
    shown: Round, october: SimpleNamespace
) -> None:
    t = october.t
    made = appraisals.appeal(sheet=sheet(shown, t.east), line=0, ground="当场已清", by=t.secretary, at=AFTER)
    appraisals.decide(appeal=made, upheld=False, decision="照片显示次日才清", by=t.director, at=AFTER)
    assert sheet(shown, t.east).total == D(97)
    assert Notice.objects.filter(person=t.secretary, sentence__contains="照片显示次日才清").exists()
    refuse(
        "appeal_decided",
        appraisals.decide,
        appeal=made,
        upheld=True,
        decision="再看",
        by=t.director,
        at=AFTER,
    )


def test_who_handled_or_belongs_to_the_unit_may_not_decide(shown: Round, october: SimpleNamespace) -> None:
    t = october.t
    made = appraisals.appeal(sheet=sheet(shown, t.east), line=0, ground="当场已清", by=t.secretary, at=AFTER)
    for by, role, where in (
        (t.inspector, "office_director", t.office),
        (t.west_secretary, "office_director", t.office),
    ):
        people.give_post(person=by, role=role, unit=where, from_date=AFTER.date(), at=AFTER)
    fresh = type(t.inspector).objects.get(pk=t.inspector.pk)
    refuse("appeal_party", appraisals.decide, appeal=made, upheld=True, decision="属实", by=fresh, at=AFTER)
    people.give_post(
        person=t.west_secretary, role="community_secretary", unit=t.east, from_date=AFTER.date(), at=AFTER
    )
    fresh = type(t.inspector).objects.get(pk=t.west_secretary.pk)
    told = refuse(
        "appeal_party", appraisals.decide, appeal=made, upheld=True, decision="属实", by=fresh, at=AFTER
    )
    assert "东门社区" in told.message


def test_same_appeal_sent_twice_is_one_and_a_second_on_the_line_is_refused(
    shown: Round, october: SimpleNamespace
) -> None:
    t, key = october.t, uuid4()
    given = {"sheet": sheet(shown, t.east), "line": 0, "ground": "当场已清", "by": t.secretary, "at": AFTER}
    assert appraisals.appeal(**given, key=key) == appraisals.appeal(**given, key=key)
    refuse("line_appealed", appraisals.appeal, **given)
    assert Appeal.objects.count() == 1


def test_appeals_of_others_late_ones_and_empty_ones_are_refused(
    shown: Round, october: SimpleNamespace
) -> None:
    t = october.t
    east = sheet(shown, t.east)
    refuse(
        "appraisal_not_allowed",
        appraisals.appeal,
        sheet=east,
        line=0,
        ground="不服",
        by=t.west_secretary,
        at=AFTER,
    )
    refuse("ground_missing", appraisals.appeal, sheet=east, line=0, ground=" ", by=t.secretary, at=AFTER)
    refuse("line_unknown", appraisals.appeal, sheet=east, line=9, ground="不服", by=t.secretary, at=AFTER)
    refuse("appeal_late", appraisals.appeal, sheet=east, line=0, ground="不服", by=t.secretary, at=CLOSED)


def test_withdrawn_appeal_no_longer_counts(shown: Round, october: SimpleNamespace) -> None:
    t = october.t
    made = appraisals.appeal(sheet=sheet(shown, t.east), line=0, ground="当场已清", by=t.secretary, at=AFTER)
    appraisals.withdraw_appeal(appeal=made, by=t.secretary, at=AFTER)
    assert not Entry.objects.filter(account__code="score.appealed").live().exists()
    appraisals.publish(where=shown, by=t.clerk, at=CLOSED)


def test_nothing_is_published_over_open_appeals_or_before_their_days_are_over(
    shown: Round, october: SimpleNamespace
) -> None:
    t = october.t
    refuse("appeals_running", appraisals.publish, where=shown, by=t.clerk, at=AFTER)
    appraisals.appeal(sheet=sheet(shown, t.east), line=0, ground="当场已清", by=t.secretary, at=AFTER)
    refuse("appeals_open", appraisals.publish, where=shown, by=t.clerk, at=CLOSED)


def test_published_score_is_in_the_ledger_and_frozen(published: Round, october: SimpleNamespace) -> None:
    t = october.t
    assert figure("score", t.east).explained == "97.00分（97/1）"
    assert figure("score", t.town).text == "98.50分"
    refuse("appraisal_state", appraisals.recompute, where=published, by=t.clerk, at=CLOSED)
    told = refuse(
        "round_told", appraisals.compute, town=t.town, code="seed", period=MONTH, by=t.clerk, at=CLOSED
    )
    assert "更正" in told.message
    assert verify.verify().faults == []


def test_correction_is_a_round_of_its_own_and_puts_ledger_and_lists_right(
    published: Round, october: SimpleNamespace
) -> None:
    t = october.t
    new = appraisals.correct(where=published, ground="第二处经查在石桥镇", by=t.clerk, at=CLOSED)
    refuse("correction_there", appraisals.correct, where=published, ground="再来", by=t.clerk, at=CLOSED)
    new = appraisals.show(where=new, by=t.clerk, at=CLOSED)
    made = appraisals.appeal(sheet=sheet(new, t.east), line=1, ground="在石桥镇", by=t.secretary, at=CLOSED)
    appraisals.decide(appeal=made, upheld=True, decision="属实", by=t.director, at=CLOSED)
    assert figure("score", t.east).number == D("97.00")
    later = datetime(2026, 11, 12, 1, 0, tzinfo=UTC)
    new = appraisals.publish(where=new, by=t.clerk, at=later)
    published.refresh_from_db()
    assert (published.state, new.state) == ("superseded", "published")
    assert figure("score", t.east, later).explained == "99.00分（99/1）"
    assert figures.value("score", scope=t.east, period=MONTH, at=later, as_of=CLOSED).number == D("97.00")
    assert [(change.name, change.words) for change in queries.changes(published, new)] == [
        ("东门社区", "得分由 97 改为 99")
    ]
    notice = Notice.objects.filter(person=t.secretary, sentence__startswith="更正通知").get()
    assert "第二处经查在石桥镇" in notice.sentence
    assert verify.verify().faults == []


def test_sheets_of_a_past_round_come_out_identically_whatever_happened_since(
    published: Round, october: SimpleNamespace
) -> None:
    t = october.t
    with transaction.atomic():
        posting.reverse(voucher=posting.Voucher("case", october.first.uuid), at=CLOSED)
    later = appraisals.write_book(town=t.town, text=seed_book("2026.2", "2026-11-01").replace("town: -1", "town: -5"), by=t.clerk, at=CLOSED)  # fmt: skip
    appraisals.adopt(draft=later, by=t.clerk, at=CLOSED)
    assert queries.replayed(published) == []
    Sheet.objects.filter(round=published, unit=t.east).update(digest="0" * 64)
    assert queries.replayed(published) == ["东门社区"]


def test_ladder_remembers_what_was_published(published: Round, october: SimpleNamespace) -> None:
    t, life = october.t, october.life
    life.at = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
    life.closed()
    december = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
    where = appraisals.compute(
        town=t.town, code="seed", period=periods.parse("2026-11"), by=t.clerk, at=december
    )
    proposals = {each["id"]: each for each in sheet(where, t.east).data["proposals"]}
    assert (proposals["last"]["action"], proposals["last"]["why"]) == ("约谈主要负责人", "末位，连续第 2 次")


def test_proposals_are_decided_by_a_person_with_a_ground(published: Round, october: SimpleNamespace) -> None:
    t = october.t
    black = Outcome.objects.get(round=published, board="black")
    refuse(
        "appraisal_not_allowed",
        appraisals.settle,
        outcome=black,
        confirmed=True,
        ground="同意",
        by=t.clerk,
        at=CLOSED,
    )
    refuse(
        "ground_missing", appraisals.settle, outcome=black, confirmed=True, ground="", by=t.leader, at=CLOSED
    )
    assert not queries.board(t.town, "black").exists()
    appraisals.settle(outcome=black, confirmed=True, ground="办法第八条", by=t.leader, at=CLOSED)
    assert [row.sheet.name for row in queries.board(t.town, "black")] == ["东门社区"]
    assert figure("black_listed", t.east).number == 1
    refuse(
        "outcome_settled",
        appraisals.settle,
        outcome=black,
        confirmed=False,
        ground="改主意",
        by=t.leader,
        at=CLOSED,
    )


def test_black_list_ends_when_its_problems_are_proved_fixed(
    published: Round, october: SimpleNamespace
) -> None:
    t = october.t
    black = Outcome.objects.get(round=published, board="black")
    appraisals.settle(outcome=black, confirmed=True, ground="办法第八条", by=t.leader, at=CLOSED)
    cases, left = queries.problems_of(black)
    assert (cases, left) == ({october.first.uuid, october.second.uuid}, set())
    tasks.clear_boards({}, CLOSED)
    assert not queries.board(t.town, "black").exists()
    black.refresh_from_db()
    assert black.cleared_ground == "2 处问题已全部整改核查通过"


def test_book_in_force_never_reaches_behind_what_was_published(
    published: Round, october: SimpleNamespace
) -> None:
    t = october.t
    late = appraisals.write_book(town=t.town, text=seed_book("2026.2", "2026-09-01"), by=t.clerk, at=CLOSED)
    told = refuse("book_reaches_back", appraisals.adopt, draft=late, by=t.clerk, at=CLOSED)
    assert "2026年10月已经按原来的规则公布" in told.message


def test_broken_book_is_kept_as_a_draft_and_refused_by_line_when_adopted(october: SimpleNamespace) -> None:
    t = october.t
    text = SEED.replace("op: per_event", "op: per_evnt")
    draft = appraisals.write_book(town=t.town, text=text, by=t.clerk, at=AFTER)
    with pytest.raises(BadInput) as caught:
        appraisals.adopt(draft=draft, by=t.clerk, at=AFTER)
    assert "per_evnt" in caught.value.message
    draft = appraisals.write_book(town=t.town, text=SEED, by=t.clerk, at=AFTER, draft=draft)
    adopted = appraisals.adopt(draft=draft, by=t.clerk, at=AFTER)
    refuse("book_adopted", appraisals.write_book, town=t.town, text=SEED, by=t.clerk, at=AFTER, draft=adopted)
    refuse("book_version_taken", appraisals.write_book, town=t.town, text=SEED, by=t.clerk, at=AFTER)


def test_unit_left_out_is_shown_unranked_never_zero(computed: Round, october: SimpleNamespace) -> None:
    t = october.t
    appraisals.leave_out(where=computed, subject=t.east.code, ground="当月整体拆迁", by=t.clerk, at=AFTER)
    east = sheet(computed, t.east)
    assert (east.total, east.rank, east.data["not_ranked"]) == (None, None, "本期未考核")
    assert sheet(computed, t.west).rank == 1


def test_history_row_fails_and_nothing_is_published(
    shown: Round, october: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_given: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(deed.audit, "record", broken)
    with pytest.raises(RuntimeError):
        appraisals.publish(where=shown, by=october.t.clerk, at=CLOSED)
    shown.refresh_from_db()
    assert (shown.state, Outcome.objects.count(), Entry.objects.filter(voucher_kind="sheet").count()) == (
        "shown",
        0,
        0,
    )


def test_history_tells_the_whole_life(published: Round) -> None:
    told = [(row.deed, row.by_name) for row in history.of(published.uuid)]
    assert told == [
        ("appraisal.compute", "陈小雨"), ("appraisal.show", "陈小雨"), ("appraisal.publish", "陈小雨"),
    ]  # fmt: skip


def test_second_clerk_is_told_what_happened(shown: Round, october: SimpleNamespace) -> None:
    with pytest.raises(Conflict) as caught:
        appraisals.show(where=shown, by=october.t.director, at=AFTER)
    assert "陈小雨已办理：公示" in caught.value.message


def test_nightly_refresh_computes_running_and_last_period_without_telling_anybody(
    book: RuleBook, october: SimpleNamespace
) -> None:
    tasks.refresh({}, AFTER)
    tasks.refresh({}, AFTER + timedelta(days=1))
    rounds = Round.objects.order_by("period_start")
    assert [(each.period.key, each.state) for each in rounds] == [
        ("2026-10", "computed"),
        ("2026-11", "computed"),
    ]
    assert not Round.objects.visible_to(october.t.secretary).exists()


def test_not_allowed_is_refused_for_those_who_do_not_manage(book: RuleBook, october: SimpleNamespace) -> None:
    t = october.t
    for by in (t.secretary, t.inspector, t.leader, t.outsider):
        with pytest.raises(NotAllowed):
            appraisals.compute(town=t.town, code="seed", period=MONTH, by=by, at=AFTER)
    assert states.COMPUTED not in states.TOLD
