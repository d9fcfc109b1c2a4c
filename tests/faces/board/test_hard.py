"""Difficult cases: the longest suspended first, one line for the overdue one with most rework, nobody by name."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.factories import Life, photo
from wenming.common import clock
from wenming.faces.board import hard
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case


def suspend(life: Life, takes_over: str, needs_yuan: str = "") -> Case:
    case = life.handling()
    until: date = clock.local_date(clock.now()) + timedelta(days=60)
    case = cases.ask_suspension(
        case=case, by=life.t.secretary, at=life.tick(), reason="needs_money", ground="缺经费",
        takes_over=takes_over, until=until, needs_yuan=needs_yuan,
    )  # fmt: skip
    return cases.grant_suspension(case=case, by=life.t.director, at=life.tick())


def found(life: Life, person: Any = None) -> list[hard.Hard]:
    return hard.cases(person or life.t.leader, life.t.town, clock.now())


def test_nothing_difficult_gives_nothing(life: Life) -> None:
    life.handling()
    assert found(life) == []


def test_suspended_longest_first_with_reason_taker_and_days(old_life: Life) -> None:
    first = suspend(old_life, "县住建局")
    old_life.tick(60 * 24 * 15)
    second = suspend(old_life, "镇财政所")
    one, two = found(old_life)
    assert (one.number, two.number) == (first.number, second.number)
    assert (one.reason, one.takes_over, one.until) == ("需经费", "县住建局", first.suspended_until)
    assert (one.days, one.mark) == (40, "已满 30 天，请分管领导定")
    assert two.mark == ""
    assert one.unit == "东门社区"


def test_board_says_how_much_is_wanted_of_whom(old_life: Life, log_in: Any) -> None:
    suspend(old_life, "县城管局", "125000")
    old_life.tick()
    suspend(old_life, "县工信局")
    assert [each.needs_yuan for each in found(old_life)] == [Decimal("125000.00"), None]
    page = log_in(old_life.t.leader).get("/board/").content.decode()
    assert "需经费，需 12.5 万元，请县城管局解决，预计" in page
    assert "需经费，请县工信局解决，预计" in page


def test_one_line_is_kept_for_the_overdue_case_with_most_rework(old_life: Life) -> None:
    t = old_life.t
    numbers = [suspend(old_life, "县住建局").number for _ in range(3)]
    old_life.handling()
    case = old_life.verifying()
    case = cases.send_back(case=case, by=t.inspector, at=old_life.tick(), ground="仍有垃圾")
    lines = found(old_life)
    assert [(each.number, each.suspended, each.rework) for each in lines] == [
        (numbers[0], True, 0), (numbers[1], True, 0), (case.number, False, 1),
    ]  # fmt: skip
    cases.hand_in(
        case=case, by=t.secretary, at=clock.now(), photos=[photo(t.secretary, t.town)], measures="已清"
    )
    assert [each.rework for each in found(old_life)] == [0, 0, 0]


def test_names_of_people_are_masked(old_life: Life) -> None:
    suspend(old_life, "由东门社区王芳牵头")
    assert [each.takes_over for each in found(old_life)] == ["由东门社区王某牵头"]


def test_another_town_sees_nothing_of_it(old_life: Life) -> None:
    t = old_life.t
    suspend(old_life, "县住建局")
    assert hard.cases(t.outsider, t.elsewhere, clock.now()) == []
    assert hard.cases(t.outsider, t.town, clock.now()) == []


def test_covert_finds_are_never_difficult_in_public(old_life: Life) -> None:
    case = old_life.handling()
    Case.objects.filter(pk=case.pk).update(covert=True)
    assert found(old_life, old_life.t.director) == []
