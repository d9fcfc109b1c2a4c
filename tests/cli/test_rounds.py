"""`wenming score adopt`, `compute`, `verify`: the town's own books, from its own ledger."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import appraised
from tests.outcomes.appraisals.conftest import seed_book
from wenming.common import clock
from wenming.ground.audit.models import Record
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Round, RuleBook, Sheet

Run = Callable[..., Any]
TOWN = "350599100"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "办法.yaml"
    file.write_text(seed_book(in_force="2024-01-01"), encoding="utf-8")
    return file


def test_adopt_writes_and_adopts_once(town: SimpleNamespace, wenming: Run, book: Path) -> None:
    said = wenming("score", "adopt", book, "--unit", TOWN, "--by", town.clerk.phone, "--json")
    assert (said.code, said.json["changed"], said.json["state"], said.json["book"]) == (
        0,
        True,
        "adopted",
        "seed",
    )
    row = RuleBook.objects.get()
    assert (row.town, row.adopted_by, row.digest) == (town.town, town.clerk, said.json["digest"])
    again = wenming("score", "adopt", book, "--unit", TOWN)
    assert (again.code, RuleBook.objects.count()) == (0, 1)
    assert "安和镇已经采用《社区创城月考核（样例） 2026.1》" in again.out
    assert "没有变动" in again.out


def test_adopt_by_nobody_in_particular_is_the_systems_deed(
    town: SimpleNamespace, wenming: Run, book: Path
) -> None:
    assert wenming("score", "adopt", book, "--unit", TOWN).code == 0
    rows = Record.objects.filter(deed__startswith="rule_book.").order_by("pk")
    assert [(row.deed, row.by_name) for row in rows] == [
        ("rule_book.write", "系统"),
        ("rule_book.adopt", "系统"),
    ]


def test_broken_book_is_refused_by_line_and_leaves_nothing(
    town: SimpleNamespace, wenming: Run, book: Path
) -> None:
    book.write_text(book.read_text(encoding="utf-8").replace("op: per_event", "op: fine"), encoding="utf-8")
    said = wenming("score", "adopt", book, "--unit", TOWN, "--json")
    assert (said.code, said.json["code"]) == (1, "scoring_invalid")
    assert "第 26 行：不认识的算子「fine」" in said.json["message"]
    assert not RuleBook.objects.exists()
    assert not Record.objects.filter(deed__startswith="rule_book.").exists()


def test_same_version_with_another_text_is_refused(town: SimpleNamespace, wenming: Run, book: Path) -> None:
    assert wenming("score", "adopt", book, "--unit", TOWN).code == 0
    book.write_text(book.read_text(encoding="utf-8").replace("town: -1", "town: -3"), encoding="utf-8")
    said = wenming("score", "adopt", book, "--unit", TOWN, "--json")
    assert (said.code, said.json["code"]) == (1, "book_version_taken")


def test_draft_of_the_same_text_is_the_one_adopted_and_a_retired_book_stays_retired(
    town: SimpleNamespace, wenming: Run, book: Path
) -> None:
    draft = appraisals.write_book(
        town=town.town, text=book.read_text(encoding="utf-8"), by=town.clerk, at=clock.now()
    )
    assert wenming("score", "adopt", book, "--unit", TOWN, "--json").json["changed"] is True
    draft.refresh_from_db()
    assert (draft.state, draft.written_by, draft.adopted_by) == ("adopted", town.clerk, None)
    appraisals.drop_book(draft=draft, by=town.clerk, at=clock.now())
    assert wenming("score", "adopt", book, "--unit", TOWN, "--json").json["code"] == "book_retired"


@pytest.mark.parametrize("who", ["secretary", "leader", "outsider"])
def test_adopt_and_compute_in_the_name_of_who_may_not_are_refused(
    town: SimpleNamespace, wenming: Run, book: Path, who: str
) -> None:
    by = getattr(town, who).phone
    said = wenming("score", "adopt", book, "--unit", TOWN, "--by", by, "--json")
    assert (said.code, said.json["code"], RuleBook.objects.count()) == (1, "appraisal_not_allowed", 0)
    assert wenming("score", "adopt", book, "--unit", TOWN).code == 0
    said = wenming("score", "compute", "--unit", TOWN, "--book", "seed", "--period", appraised.month().key,
                   "--by", by, "--json")  # fmt: skip
    assert (said.code, said.json["code"], Round.objects.count()) == (1, "appraisal_not_allowed", 0)


def test_compute_tells_totals_and_places_and_may_be_repeated(town: SimpleNamespace, wenming: Run) -> None:
    appraised.adopted(town)
    period = appraised.month()
    appraised.found(town, period, times=2)
    words = ("score", "compute", "--unit", TOWN, "--book", "seed", "--period", period.key)
    said = wenming(*words, "--json")
    where = Round.objects.get()
    assert (said.code, said.json["round"], said.json["state"]) == (0, str(where.uuid), "computed")
    assert [(each["name"], each["total"], each["place"]) for each in said.json["sheets"]] == [
        ("西街社区", "100", 1),
        ("东门社区", "97", 2),
    ]
    again = wenming(*words)
    assert (again.code, Round.objects.count()) == (0, 1)
    assert "社区 东门社区：97  第 2 名（共 2）" in again.out


def test_compute_refuses_what_is_told_missing_or_no_town(town: SimpleNamespace, wenming: Run) -> None:
    appraised.adopted(town)
    period = appraised.month()
    appraised.shown(town, period)

    def refused(unit: str, book: str, key: str) -> str:
        said = wenming("score", "compute", "--unit", unit, "--book", book, "--period", key, "--json")
        assert said.code == 1
        return str(said.json["code"])

    assert refused(TOWN, "seed", period.key) == "round_told"
    assert refused(TOWN, "other", period.key) == "book_missing"
    assert refused("350599100001", "seed", period.key) == "town_wrong"
    assert refused("999999", "seed", period.key) == "unit_unknown"
    assert wenming("score", "compute", "--unit", TOWN).code == 2


def test_verify_replays_published_and_corrected_rounds(town: SimpleNamespace, wenming: Run) -> None:
    appraised.adopted(town, since=appraised.month(2))
    appraised.found(town, appraised.month(2))
    first = appraised.published(town, appraised.month(2))
    appraised.published(town, appraised.month(1))
    at = clock.now()
    new = appraisals.correct(where=first, ground="核错一处", by=town.clerk, at=at)
    new = appraisals.show(where=new, by=town.clerk, at=at)
    appraisals.publish(where=new, by=town.clerk, at=new.appeals_until + timedelta(minutes=1))
    said = wenming("score", "verify", "--json")
    assert (said.code, said.json["rounds"], said.json["sheets"], said.json["faults"]) == (0, 3, 6, [])
    assert "结果一致" in wenming("score", "verify", "--unit", "350599").out


def test_verify_names_the_sheet_that_differs(town: SimpleNamespace, wenming: Run) -> None:
    appraised.adopted(town)
    appraised.found(town, appraised.month())
    where = appraised.published(town, appraised.month())
    Sheet.objects.filter(round=where, unit=town.east).update(digest="0" * 64)
    said = wenming("score", "verify", "--json")
    assert (said.code, said.json["ok"]) == (1, False)
    assert [(each["round"], each["names"]) for each in said.json["faults"]] == [
        (str(where.uuid), ["东门社区"])
    ]
    said = wenming("score", "verify", "--unit", TOWN)
    assert (said.code, "东门社区的成绩单与重算不一致" in said.out) == (1, True)
    elsewhere = wenming("score", "verify", "--unit", "350599101", "--json")
    assert (elsewhere.code, elsewhere.json["rounds"]) == (0, 0)
    assert wenming("score", "verify", "--unit", "350599100001", "--json").json["code"] == "town_wrong"
