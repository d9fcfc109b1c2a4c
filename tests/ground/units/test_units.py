"""The tree of units: codes with their checks, kinds in their places, dissolving and merging."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from wenming.common.errors import Conflict, DomainError
from wenming.ground.audit import queries as history
from wenming.ground.units import actions, codes, numbers, queries
from wenming.ground.units.models import Series, Unit


def test_path_holds_everything_below(town: SimpleNamespace) -> None:
    assert [u.name for u in Unit.objects.below(town.east)] == ["东门社区", "东门第一网格"]
    assert town.grid.path == f"/{town.county.pk}/{town.town.pk}/{town.east.pk}/{town.grid.pk}/"
    assert (town.grid.town, town.grid.depth, town.town.town) == (town.town, 3, town.town)
    assert town.town.contains(town.grid)
    assert not town.other_town.contains(town.grid)


@pytest.mark.parametrize(
    ("code", "kind", "parent", "words"),
    [
        ("35059910A", "town", "350599000000", "只能是数字"),
        ("3505991", "town", "350599000000", "7 位"),
        ("350599000", "town", "350599000000", "第 7—9 位"),
        ("350598100", "town", "350599000000", "前 6 位"),
        ("350599100000", "community", "350599100000", "第 10—12 位"),
        ("350599101001", "community", "350599100000", "前 9 位"),
        ("350599100001", "grid", "350599100001", "12 位"),
        ("350599100002001", "grid", "350599100001", "前 12 位"),
    ],
)
def test_wrong_division_code_is_told(code: str, kind: str, parent: str, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        codes.check_division(code, kind, parent)
    assert refused.value.field == "code"
    assert words in refused.value.message


def test_division_code_is_padded() -> None:
    assert codes.check_division("350599100", "town", "350599000000") == "350599100000"
    assert codes.check_division("350599100001001", "grid", "350599100001") == "350599100001001"
    assert codes.check_division("AH-CCB", "office") == "AH-CCB"


@given(
    st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17),
    st.integers(0, 16),
    st.integers(1, 30),
)
def test_credit_code_finds_one_wrong_character(stem: str, position: int, shift: int) -> None:
    """GB 32100's check digit notices every single wrong character."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    good = stem + codes.credit_check_digit(stem)
    assert codes.check_credit(good.lower()) == good
    wrong = alphabet[(alphabet.index(stem[position]) + shift) % 31]
    with pytest.raises(DomainError):
        codes.check_credit(good[:position] + wrong + good[position + 1 :])


def test_credit_code_of_a_known_body() -> None:
    """9135 0200 M000 1000 43 (a made-up body) carries its own check digit."""
    stem = "91350200M00010004"
    assert codes.check_credit(stem + codes.credit_check_digit(stem)).startswith(stem)


@pytest.mark.parametrize(
    ("kind", "under"),
    [("grid", "town"), ("town", "town"), ("community", "county"), ("village", "grid"), ("county", "town")],
)
def test_kind_in_the_wrong_place_is_refused(town: SimpleNamespace, kind: str, under: str) -> None:
    with pytest.raises(DomainError) as refused:
        factories.unit("错位单位", kind, "350599100009", getattr(town, under))
    assert refused.value.code == "unit_parent"


def test_code_is_used_once(town: SimpleNamespace) -> None:
    with pytest.raises(Conflict) as refused:
        factories.unit("又一个社区", "community", "350599100001", town.town)
    assert refused.value.code == "unit_code_taken"


def test_dissolved_unit_keeps_its_history(town: SimpleNamespace) -> None:
    with pytest.raises(DomainError) as refused:
        actions.dissolve(unit=town.east, on=date(2026, 12, 1), by=town.admin, at=factories.NOW)
    assert refused.value.code == "unit_has_children"
    actions.dissolve(unit=town.grid, on=date(2026, 12, 1), by=town.admin, at=factories.NOW)
    gone = actions.dissolve(
        unit=town.east, on=date(2026, 12, 1), by=town.admin, at=factories.NOW, successor=town.west
    )
    assert (gone.valid_to, gone.successor) == (date(2026, 12, 1), town.west)
    assert [row.deed for row in history.of(town.east.uuid)] == ["unit.create", "unit.dissolve"]
    with pytest.raises(Conflict):
        actions.dissolve(unit=gone, on=date(2026, 12, 2), by=town.admin, at=factories.NOW)


def test_change_tells_old_and_new(town: SimpleNamespace) -> None:
    actions.change(unit=town.east, by=town.admin, at=factories.NOW, population=5300)
    assert (
        history.of(town.east.uuid).last().sentence == "修改单位「东门社区」：常住人口由「5200」改为「5300」"
    )
    with pytest.raises(DomainError):
        actions.change(unit=town.east, by=town.admin, at=factories.NOW, path="/1/")


def test_units_are_compared_in_groups(town: SimpleNamespace) -> None:
    found = {group: [u.name for u in units] for group, units in queries.compared(town.town).items()}
    assert found == {
        "社区": ["东门社区", "西街社区"], "部门站所": ["安和城管站", "安和派出所"], "承包单位": ["净美保洁公司"], "共建单位": ["县农商银行"],
    }  # fmt: skip


def test_dispatch_finds_the_unit_of_a_trade(town: SimpleNamespace) -> None:
    assert queries.for_dept(town.town, "urban_mgmt") == town.chengguan
    assert queries.for_dept(town.other_town, "urban_mgmt") is None


def test_number_is_given_back_when_the_deed_fails(town: SimpleNamespace) -> None:

    with pytest.raises(RuntimeError), transaction.atomic():
        assert numbers.take(unit=town.town, kind="order", year=2026) == 1
        raise RuntimeError("power cut")
    with transaction.atomic():
        assert [numbers.take(unit=town.town, kind="order", year=2026) for _ in range(3)] == [1, 2, 3]
        assert numbers.take(unit=town.town, kind="order", year=2027) == 1
    assert Series.objects.filter(kind="order").count() == 2
