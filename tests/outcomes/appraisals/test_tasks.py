"""The nightly computation: what it cannot score is told to the office once, and stays in sight until it is computed."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.outcomes.appraisals.test_notices import told
from wenming.common.errors import DomainError
from wenming.ground.notices.models import Notice
from wenming.ground.people.models import Person
from wenming.ledger import periods
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import tasks
from wenming.outcomes.appraisals.models import Round, RuleBook, Sheet, Uncomputed

NIGHT = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # Wednesday 01:00
MORNING = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)  # 08:30, when the office opens
NOVEMBER = periods.parse("2026-11")
# The ledger knows no account of that name, which only the reading of the ledger finds out.
LACKING = """
kind: scoring
id: praised
version: "{version}"
title: 表扬考核
in_force: 2026-11-01
rated: {{kind: unit, groups: [社区]}}
period: month
full: 100
rounding: {{places: 2, mode: half_up}}
{more}items:
  - id: a
    title: 表扬
    full: 100
    rules:
      - {{id: f, title: 逐次, op: per_event, when: {{kind: banners_won}}, points: 1}}
"""


@pytest.fixture
def lacking(town: SimpleNamespace) -> RuleBook:
    text = LACKING.format(version="1", more="")
    return appraisals.enact(town=town.town, text=text, by=town.clerk, at=NIGHT)[0]


def test_office_is_told_once_in_the_morning_what_to_do(lacking: RuleBook, town: SimpleNamespace) -> None:
    for night in range(3):
        tasks.refresh({}, NIGHT + timedelta(days=night))
    sentence = (
        "表扬考核 2026年11月昨夜没有算出来：规则书「表扬考核」用到的banners_won，账上没有这个科目。请在规则书的 from_ledger.kinds 里写"
        "它来自哪个科目；账上确实不记的，写 []。请到「考核」页看原因，改好后点「计算一期」。"
    )
    assert told(town.director) == told(town.clerk) == [sentence]
    notice = Notice.objects.get(person=town.director, kind="appraisal")
    assert (notice.show_at, notice.subject_kind, notice.subject_uuid) == (MORNING, "rule_book", lacking.uuid)
    others: list[Person] = [town.leader, town.secretary, town.outsider, town.county_clerk]
    assert [told(person) for person in others] == [[], [], [], []]
    row = Uncomputed.objects.get()
    assert (str(row), row.first_at, row.last_at) == ("表扬考核 2026年11月", NIGHT, NIGHT + timedelta(days=2))
    assert list(Uncomputed.objects.visible_to(town.clerk)) == [row]
    assert not Uncomputed.objects.visible_to(town.outsider).exists()
    assert not Uncomputed.objects.visible_to(town.secretary).exists()


def test_it_is_gone_when_somebody_or_the_next_night_has_computed_it(
    lacking: RuleBook, town: SimpleNamespace
) -> None:
    t = town
    tasks.refresh({}, NIGHT)
    with pytest.raises(DomainError):
        appraisals.compute(town=t.town, code="praised", period=NOVEMBER, by=t.clerk, at=MORNING)
    assert Uncomputed.objects.exists()
    mended = LACKING.format(version="2", more="from_ledger: {kinds: {banners_won: []}}\n")
    appraisals.enact(town=t.town, text=mended, by=t.clerk, at=MORNING)
    appraisals.compute(town=t.town, code="praised", period=NOVEMBER, by=t.clerk, at=MORNING)
    assert not Uncomputed.objects.exists()
    assert Round.objects.get().book.version == "2"


def test_a_book_at_which_the_program_breaks_stops_no_other_and_is_told(
    published: Round, october: SimpleNamespace
) -> None:
    t = october.t
    # What was published before is the memory of the books; a row that can no longer be read is nobody's fault in the office.
    Sheet.objects.filter(round=published).update(data={})
    sound = LACKING.format(version="1", more="from_ledger: {kinds: {banners_won: []}}\n")
    appraisals.enact(town=t.town, text=sound, by=t.clerk, at=NIGHT)
    tasks.refresh({}, NIGHT)
    assert [(row.code, row.reason) for row in Uncomputed.objects.all()] == [("seed", tasks.BROKEN)]
    assert Round.objects.filter(code="praised", period_start=NOVEMBER.start).exists()
    assert told(t.director)[-1] == (
        "社区创城月考核（样例） 2026年11月昨夜没有算出来：程序出错，详情在运行日志里，请联系系统管理员。"
        "请到「考核」页看原因，改好后点「计算一期」。"
    )
