"""A round keeps whom it rated and what places were called: a replay gives the same sheets whatever was changed since."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests import factories
from tests.factories import Life
from tests.outcomes.appraisals.conftest import AFTER, CLOSED, MONTH
from wenming.ground.places import actions as places
from wenming.ground.units import actions as units
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import arithmetic, queries, roster
from wenming.outcomes.appraisals.models import Round, Sheet
from wenming.outcomes.scoring.facts import Unit
from wenming.outcomes.scoring.ledger_units import Rated

D = Decimal
# Places by name, the population, a term of the unit and an opening balance all stand in the sheet.
BOOK = """
kind: scoring
id: wide
version: "1"
title: 社区综合考核
in_force: 2026-10-01
rated: {kind: unit, groups: [社区]}
period: month
full: 100
rounding: {places: 2, mode: half_up}
attributes:
  - {name: place_name, title: 点位, type: text, default: ""}
items:
  - id: places
    title: 点位
    full: 100
    rules:
      - {id: each, title: 逐点位, op: bands, when: {kind: found}, each: place, bands: [{below: 2, points: -1}, {points: -3, title: 两次以上}]}
      - {id: named, title: 指定点位, op: per_event, when: {kind: found, if: 'attrs.place_name == "建设巷"'}, points: -0.5}
ranking: {by: group, ties: competition}
consequences:
  - {id: money, title: 奖金, op: per_point, per_point: 100, above: 90, share_by: staff, action: 发放}
"""


@pytest.fixture
def wide(town: SimpleNamespace) -> Round:
    """October by `BOOK`: two finds in 建设巷; 东门 has seven on its staff."""
    t = town
    life = Life(t, at=datetime(2026, 10, 12, 1, 0, tzinfo=UTC))
    life.closed(by=t.inspector)
    life.tick(3 * 24 * 60)
    life.closed(by=t.inspector)
    appraisals.enact(town=t.town, text=BOOK, by=t.clerk, at=AFTER)
    for unit in (t.east, t.west):
        appraisals.set_term(
            unit=unit,
            name="staff",
            value=D(7),
            from_date=date(2026, 1, 1),
            ground="编制",
            by=t.clerk,
            at=AFTER,
        )
    where = appraisals.compute(town=t.town, code="wide", period=MONTH, by=t.clerk, at=AFTER)
    where = appraisals.show(where=where, by=t.clerk, at=AFTER)
    return appraisals.publish(where=where, by=t.clerk, at=CLOSED)


def test_sheet_of_the_book_really_rests_on_all_of_it(wide: Round, town: SimpleNamespace) -> None:
    sheet = Sheet.objects.get(round=wide, unit=town.east)
    assert sheet.total == D(96)
    said = " ".join(line["formula"] for line in sheet.lines)
    assert "建设巷" in said
    assert [each["amount"] for each in sheet.data["proposals"]] == ["600"]


def test_replay_is_the_same_after_units_places_and_terms_have_changed(
    wide: Round, town: SimpleNamespace
) -> None:
    t = town
    units.change(unit=t.east, at=CLOSED, by=t.clerk, name="东城社区", population=12000)
    units.create(
        name="南湖社区",
        kind="community",
        code="350599100077",
        parent=t.town,
        at=CLOSED,
        valid_from=date(2020, 1, 1),
    )
    places.change(place=t.lane, by=t.clerk, at=CLOSED, name="复兴巷")
    appraisals.set_term(
        unit=t.east,
        name="staff",
        value=D(3),
        from_date=date(2026, 1, 1),
        ground="更正",
        by=t.clerk,
        at=CLOSED,
    )
    units.dissolve(unit=t.west, on=date(2026, 9, 30), by=t.clerk, at=CLOSED)
    assert queries.replayed(Round.objects.get(pk=wide.pk)) == []


OWN_NIGHT = """
kind: scoring
id: nights
version: "1"
title: 夜间另计
in_force: 2026-10-01
rated: {kind: unit, groups: [社区]}
period: month
full: 100
rounding: {places: 2, mode: half_up}
attributes:
  - {name: night, title: 夜间, type: flag, default: false}
items:
  - id: found
    title: 问题
    full: 100
    rules:
      - {id: each, title: 逐件, op: per_event, when: {kind: found}, points: {by: attrs.night, map: {否: -1, 是: -0.5}}}
"""


def test_round_of_the_first_versions_is_replayed_with_what_the_ledger_could_tell_then(
    town: SimpleNamespace,
) -> None:
    """A book had a `night` of its own, always false; later the ledger learned to tell the hour of a find."""
    t = town
    life = Life(t, at=datetime(2026, 10, 12, 13, 0, tzinfo=UTC))  # nine in the evening
    life.reported()
    appraisals.enact(town=t.town, text=OWN_NIGHT, by=t.clerk, at=AFTER)
    where = appraisals.compute(town=t.town, code="nights", period=MONTH, by=t.clerk, at=AFTER)
    assert Sheet.objects.get(round=where, unit=t.east).total == D("99.5")
    assert queries.replayed(Round.objects.get(pk=where.pk)) == []
    # As such a round was kept before: no word of what the ledger could tell.
    old = {name: value for name, value in where.roster.items() if name != "tells"}
    Round.objects.filter(pk=where.pk).update(roster=old)
    [sheet] = [s for s in arithmetic.of_round(Round.objects.get(pk=where.pk)) if s.unit == t.east.code]
    assert sheet.total == D(99)
    # Computed again it is a round of today.
    where = appraisals.recompute(where=Round.objects.get(pk=where.pk), by=t.clerk, at=AFTER)
    assert Sheet.objects.get(round=where, unit=t.east).total == D("99.5")


def test_decision_after_a_change_still_judges_what_was_shown(town: SimpleNamespace) -> None:
    t = town
    life = Life(t, at=datetime(2026, 10, 12, 1, 0, tzinfo=UTC))
    life.closed(by=t.inspector)
    appraisals.enact(town=t.town, text=BOOK.partition("consequences:")[0], by=t.clerk, at=AFTER)
    where = appraisals.compute(town=t.town, code="wide", period=MONTH, by=t.clerk, at=AFTER)
    where = appraisals.show(where=where, by=t.clerk, at=AFTER)
    units.change(unit=t.west, at=AFTER, by=t.clerk, name="西城社区")
    sheet = Sheet.objects.get(round=where, unit=t.east)
    made = appraisals.appeal(sheet=sheet, line=1, ground="不是这条巷", by=t.secretary, at=AFTER)
    appraisals.decide(appeal=made, upheld=True, decision="属实", by=t.director, at=AFTER)
    assert sorted(row.name for row in where.sheets.all()) == ["东门社区", "西街社区"]
    assert queries.replayed(Round.objects.get(pk=where.pk)) == []


def test_new_computation_and_correction_take_the_units_as_they_are_then(
    wide: Round, town: SimpleNamespace
) -> None:
    t = town
    units.change(unit=t.east, at=CLOSED, by=t.clerk, name="东城社区")
    new = appraisals.correct(where=wide, ground="更名后重发", by=t.clerk, at=CLOSED)
    assert Sheet.objects.get(round=new, unit=t.east).name == "东城社区"
    factories.unit("南湖社区", "community", "350599100003", t.town)
    new = appraisals.recompute(where=new, by=t.clerk, at=CLOSED)
    assert new.sheets.count() == 3


def test_roster_comes_back_from_json_as_it_went() -> None:
    given = roster.Roster(
        Rated(
            {"a": Unit("a", "东门社区", "社区", population=D(5200), opening=D("1.5"), attrs={"staff": D("7.00"), "x": "y"})},
            {3: "a", 12: "a"},
            by_place=True,
        ),
        {"D-1": ("建设巷", "back_alley")},
    )  # fmt: skip
    assert roster.read(given.data()) == given
