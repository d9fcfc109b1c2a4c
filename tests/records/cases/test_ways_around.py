"""Ways around the rules that a clever or an unlucky clerk might find."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from tests.factories import NOW, Life
from tests.records.cases.test_life import standing
from wenming.common.errors import DomainError
from wenming.ground.audit.models import Record
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.calendar.models import CalendarDay
from wenming.ground.jobs.models import Job
from wenming.outcomes import packs
from wenming.records.cases import actions as cases
from wenming.records.cases import escalation, states
from wenming.records.cases.models import Case, Order


def test_a_registered_case_cannot_be_made_a_spot_fix(life: Life) -> None:
    """随手整 is never due: whoever could choose it later would take the case out of 应整改."""
    case = life.reported()
    with pytest.raises(DomainError) as refused:
        cases.register(case=case, by=life.t.clerk, at=life.tick(), path=states.ON_SPOT)
    assert (refused.value.code, refused.value.field) == ("reason_unknown", "path")
    case = cases.register(case=case, by=life.t.clerk, at=life.tick(), path=states.JOINT)
    with pytest.raises(DomainError):
        cases.dispatch(case=case, by=life.t.clerk, at=life.tick(), lead=life.t.east, path=states.ON_SPOT)
    case = cases.dispatch(case=case, by=life.t.clerk, at=life.tick(), lead=life.t.east)
    assert (case.path, standing(case)["case.due"]) == (states.JOINT, 1)


def repeated(life: Life, **more: object) -> tuple[Case, Case]:
    """A case left unfixed past its deadline, and the find of a second inspection at the same place."""
    first = life.handling(source="county")
    life.tick(60 * 24 * 10)
    return first, life.reported(source="county", **more)


def test_a_second_find_cannot_be_merged_away_before_its_order_is_drafted(life: Life) -> None:
    first, second = repeated(life)
    with pytest.raises(DomainError) as refused:
        cases.merge(case=second, into=first, by=life.t.clerk, at=life.tick())
    assert refused.value.code == "merge_twice"
    second = cases.register(case=second, by=life.t.clerk, at=life.tick())
    assert list(Order.objects.values_list("reason", "case", "earlier")) == [("twice", second.pk, first.pk)]
    assert cases.merge(case=second, into=first, by=life.t.clerk, at=life.tick()).state == states.MERGED


def test_a_part_of_a_split_find_drafts_the_order_its_whole_did_not(life: Life) -> None:
    first, second = repeated(life, category="06036", description="杂物和垃圾")
    second = cases.register(case=second, by=life.t.clerk, at=life.tick())
    assert Order.objects.count() == 0
    parts = [{"category": "06010", "description": "垃圾"}, {"category": "06036", "description": "杂物"}]
    made = cases.split(case=second, by=life.t.clerk, at=life.tick(), parts=parts)
    assert list(Order.objects.values_list("case", "earlier")) == [(made[0].pk, first.pk)]


def test_a_part_drafts_no_second_order_for_the_same_pair(life: Life) -> None:
    first, second = repeated(life)
    second = cases.register(case=second, by=life.t.clerk, at=life.tick())
    parts = [{"category": "06010", "description": "垃圾"}, {"category": "06036", "description": "杂物"}]
    cases.split(case=second, by=life.t.clerk, at=life.tick(), parts=parts)
    assert list(Order.objects.values_list("case", "earlier")) == [(second.pk, first.pk)]


def test_publishing_a_suspended_case_does_not_begin_its_ladder_anew(life: Life) -> None:
    """挂账满 30、60、90 天自动升级 (handbook D21): counted from the suspension, whatever is done to the row."""
    case = life.suspended()
    life.tick(60 * 24 * 29)
    cases.publish(case=case, by=life.t.director, at=life.at, note="已列入改造计划", photos_boxes={})
    life.tick(60 * 24 * 2)
    assert escalation.climb(at=life.at) > 0
    assert escalation.climb(at=life.at + timedelta(hours=1)) == 0


def test_a_rung_is_not_climbed_when_more_time_was_given_meanwhile(life: Life) -> None:
    """The list of the worker is older than the row it locks."""
    case = life.handling()
    late = Case.objects.select_related("town", "unit", "place", "lead_unit").get(pk=case.pk)
    assert case.due_at is not None
    rung = next(each for each in escalation.settings.current(NOW.date()).ladder if each.when == "overdue")
    more = Term(9, TermUnit.WORK_DAY)
    asked = cases.ask_extension(case=case, by=life.t.secretary, at=life.tick(), term=more, ground="等待吊车")
    cases.grant_extension(case=asked, by=life.t.director, at=life.tick())
    escalation._step_up(late, rung, case.due_at + timedelta(days=1))
    assert Record.objects.filter(deed="case.escalate").count() == 0


@pytest.mark.parametrize("year", [1, 1926])
def test_a_find_of_another_century_is_refused(life: Life, year: int) -> None:
    with pytest.raises(DomainError) as refused:
        life.reported(found_at=datetime(year, 11, 16, tzinfo=UTC))
    assert (refused.value.code, refused.value.field) == ("time_past", "found_at")


def test_another_town_cannot_be_made_to_lead(life: Life, town: SimpleNamespace) -> None:
    case = life.registered()
    for lead in (town.other_town, town.elsewhere):
        with pytest.raises(DomainError) as refused:
            cases.dispatch(case=case, by=town.clerk, at=life.tick(), lead=lead)
        assert refused.value.code == "lead_elsewhere"


def test_a_loaded_calendar_recomputes_the_deadlines(db: None, tmp_path: Path) -> None:
    shipped = min((Path(settings.PACKS_DIR) / "calendar").glob("*.yaml"))
    path = tmp_path / shipped.name
    path.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    packs.load_one(path=path, at=NOW, by=None, label=path.name)
    assert Job.objects.filter(kind="cases.reproject").count() == 0
    CalendarDay.objects.all().delete()
    packs.load_one(path=path, at=NOW, by=None, label=path.name)
    assert Job.objects.filter(kind="cases.reproject").count() == 1
