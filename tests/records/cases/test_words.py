"""Words of the ledger's filter: the same answers with the index of pairs (PostgreSQL) and without (SQLite)."""

from types import SimpleNamespace

import pytest
from django.db import connection

from tests.factories import Life
from wenming.records.cases import words
from wenming.records.cases.models import Case, among
from wenming.records.cases.queries import Filter


def found(said: str, life: Life) -> list[str]:
    rows = Filter(words=said).apply(Case.objects.all(), life.at).order_by("id")
    return [case.description for case in rows]


@pytest.fixture
def three(life: Life, town: SimpleNamespace) -> None:
    life.reported(description="窨井盖缺失", address="A栋东侧", place=town.market)
    life.reported(description="井盖窨损", place=town.market, category="06036")
    life.reported(description="墙面破损", category="06036")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("井盖", ["窨井盖缺失", "井盖窨损"]),
        ("窨井盖", ["窨井盖缺失"]),  # the second says every pair but the word
        ("损", ["井盖窨损", "墙面破损"]),
        ("a栋", ["窨井盖缺失"]),
        ("农贸市场", ["窨井盖缺失", "井盖窨损"]),  # the name of the place
        ("市场 缺失", ["窨井盖缺失"]),
        ("没有这样的", []),
        ("100%_", []),
    ],
)
def test_words_are_found_wherever_they_are_said(said: str, expected: list[str], life: Life) -> None:
    assert found(said, life) == expected


def test_number_is_found_by_its_end(life: Life) -> None:
    case = life.reported()
    life.reported()
    assert list(Case.objects.filter(words.saying(case.number[-5:]))) == [case]


def test_helper_sees_what_it_assists_in_once(life: Life, town: SimpleNamespace) -> None:
    from wenming.records.cases import actions as cases  # noqa: PLC0415 - the deed under its usual name

    case = cases.dispatch(
        case=life.registered(), by=town.clerk, at=life.tick(), lead=town.east, assist=[town.chengguan]
    )
    life.dispatched()
    assert list(Case.objects.visible_to(town.chief)) == [case]
    back = cases.return_(case=case, by=town.secretary, at=life.tick(), reason="not_duty", ground="属环卫职责")
    cases.uphold_return(case=back, by=town.director, at=life.tick())
    assert list(Case.objects.visible_to(town.chief)) == []


def test_among_is_the_same_as_in(life: Life) -> None:
    first, _second = life.reported(), life.reported()
    keys = Case.objects.filter(pk=first.pk).values("pk")
    assert list(Case.objects.filter(among(keys))) == [first]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the index is PostgreSQL's")
def test_words_use_the_index(life: Life) -> None:
    rows = Case.objects.filter(words.saying("窨井盖"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "cases_by_words" in rows.explain()
