"""The demo township: the same day gives the same books, the story of seed 004 holds, something waits everywhere."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from wenming.cli.demo_town import bulletins, catalog, ground, pictures, town
from wenming.cli.demo_town.pictures import Scene
from wenming.common import clock
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Record
from wenming.ground.calendar import queries as calendar
from wenming.ground.evidence import likeness
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.roles import ROLES
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods, verify
from wenming.ledger.models import Entry
from wenming.outcomes.appraisals import queries as appraisals
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round
from wenming.outcomes.documents.models import Document
from wenming.outcomes.forms.models import FilledForm
from wenming.records.cases import queries, states
from wenming.records.cases.models import Case, Order, PlaceCheck

ROOT = Path(__file__).resolve().parents[2]
SUNDAY = date(2026, 11, 22)
# In the Spring Festival: nobody has worked for days, and still something must be due today.
HOLIDAY = date(2026, 2, 19)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[town.Built]:
    """Six weeks up to a Sunday, taken back when the tests of this file are over.

    The database is set up only where some chosen test asks for `db`: run the file as a whole.
    """
    with django_db_blocker.unblock(), _quick(tmp_path_factory.mktemp("demo")), transaction.atomic():
        yield _build(SUNDAY, weeks=6)
        transaction.set_rollback(True)
    calendar.forget()
    standards.forget()


def _quick(folder: Path) -> Any:
    return override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={
            "default": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": str(folder)},
            },
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    )


def _build(today: date, *, weeks: int) -> town.Built:
    calendar.forget()
    standards.forget()
    return town.build(today=today, weeks=weeks, ahead=False)


def test_story_is_eight_orders_to_four_rural_communities(built: town.Built) -> None:
    issued = Order.objects.filter(town=built.main.town, serial__isnull=False)
    assert Counter(issued.values_list("unit__name", flat=True)) == {
        "石埔社区": 3, "城南社区": 2, "溪边社区": 2, "下洋社区": 1,
    }  # fmt: skip
    assert set(issued.values_list("reason", "state")) == {("twice", "checked")}
    assert sorted(issued.values_list("serial", flat=True)) == list(range(1, 9))
    assert Entry.objects.filter(account__code="order.issued").count() == 8


def test_story_waits_for_one_more_signature(built: town.Built) -> None:
    waiting = Order.objects.filter(state=states.DRAFT, reason="twice")
    assert [order.unit.name for order in waiting] == ["下洋社区"]


def test_town_has_what_the_issue_asks_for(built: town.Built) -> None:
    below = Unit.objects.below(built.main.town)
    kinds = Counter(below.values_list("kind", flat=True))
    assert kinds["community"] + kinds["village"] == 12
    assert (kinds["station"], kinds["partner"], kinds["contractor"]) == (9, 20, 1)
    assert below.filter(kind="partner", partner_of__isnull=True).count() == 0
    places = Place.objects.filter(unit__in=below)
    assert 130 <= places.count() <= 180
    assert places.exclude(position_source="none").count() == places.count()
    zones = places.filter(kind="zone")
    assert [zone.geometry["type"] for zone in zones] == ["Polygon"] * 12
    assert len(set(places.values_list("point_type", flat=True))) >= 30


def test_point_types_and_categories_are_those_of_the_packs(built: town.Built) -> None:
    known = {kind.code for kind in standards.point_types(SUNDAY)}
    assert set(Place.objects.values_list("point_type", flat=True)) - known == set()
    assert {standards.category(matter.code, SUNDAY).code for matter in catalog.MATTERS} == set(
        catalog.BY_CODE
    )


def test_inspectors_looked_at_more_places_than_they_found_problems_at(built: town.Built) -> None:
    week = periods.of(periods.WEEK, SUNDAY)
    asked = [
        (code, built.main.town, week) for code in ("places_inspected", "places_checked", "finds_per_place")
    ]
    inspected, checked, per_place = (
        value.number for value in figures.many(asked, at=clock.at_local(SUNDAY, 8))
    )
    assert inspected > 10
    assert checked > inspected
    assert 0 < per_place < 1
    # One visit is still covert: its places count nowhere, the other ones were published.
    hidden = PlaceCheck.objects.filter(covert=True)
    assert hidden.values("inspection").distinct().count() == 1
    assert hidden.exclude(place__in=Case.objects.filter(covert=True).values("place")).exists()


def test_books_and_history_verify(built: town.Built) -> None:
    report = verify.verify()
    assert report.ok, report
    assert history.verify() == []


def test_every_to_do_group_has_work(built: town.Built) -> None:
    at = clock.at_local(SUNDAY, 8, 30)
    assert _groups(at) == {
        "reported", "registered", "verifying", "returned", "pending", "dispatched", "handling", "revisit",
    }  # fmt: skip
    assert list(queries.orders_to_do(built.main.director)) == ["issue"]


def _groups(at: Any) -> set[str]:
    roles = (
        "office_director",
        "inspector",
        "community_secretary",
        "dept_contact",
        "contractor",
        "partner_contact",
    )
    people = Person.objects.filter(posts__role__in=roles).distinct()
    return {group.code for person in people for group in queries.to_do(person, at)}


@pytest.mark.parametrize(
    "role",
    ["office_director", "office_clerk", "inspector", "community_secretary", "street_chief", "grid_worker", "contractor",
     "dept_contact", "partner_contact"],
)  # fmt: skip
def test_printed_account_has_something_to_do(built: town.Built, role: str) -> None:
    account = next(one for one in ground.accounts() if one.role == role)
    person = Person.objects.get(phone=account.phone)
    assert [group.code for group in queries.to_do(person, clock.at_local(SUNDAY, 8, 30))]


def test_something_is_late_and_something_due_today(built: town.Built) -> None:
    at = clock.at_local(SUNDAY, 8, 30)
    mine = Case.objects.filter(town=built.main.town)
    assert queries.with_light(mine, queries.RED, at).count() >= 3
    due = [case for case in mine.filter(state__in=states.RUNNING) if clock.local_date(case.due_at) == SUNDAY]
    assert len(due) == 2


def test_every_role_has_an_account_that_can_log_in(built: town.Built) -> None:
    accounts = ground.accounts()
    assert [account.role for account in accounts] == list(ROLES)
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        for account in accounts:
            answer = Client().post(
                reverse("kit:log-in"), {"username": account.phone, "password": ground.PASSWORD}
            )
            assert answer.status_code in (302, 303), account


def test_secret_visit_is_not_in_the_books(built: town.Built) -> None:
    covert = Case.objects.filter(covert=True)
    assert covert.count() == 2
    assert Entry.objects.filter(voucher_uuid__in=covert.values("uuid")).count() == 0


def test_neighbour_town_stays_apart(built: town.Built) -> None:
    theirs = Case.objects.filter(town=built.other.town)
    assert theirs.count() == 8
    assert Case.objects.visible_to(built.main.director).filter(town=built.other.town).count() == 0


def test_descriptions_are_as_long_as_the_handbook_wants(built: town.Built) -> None:
    thrown = Case.objects.exclude(description__startswith="反弹").exclude(description__contains="仍未处理")
    lengths = [len(text) for text in thrown.values_list("description", flat=True)]
    assert min(lengths) >= 7
    assert max(lengths) <= 25


def test_pictures_of_different_cases_are_not_taken_for_copies(built: town.Built) -> None:
    # Rows that share a file are one photo shown in two records (merged, split).
    rows = list(
        {
            row[0]: row[1:]
            for row in Photo.objects.values_list("original", "subject_uuid", "dhash", "sha256")
        }.values()
    )
    assert len({sha for _, _, sha in rows}) == len(rows)
    near = [1 for a, b in combinations(rows, 2) if a[0] != b[0] and likeness.distance(a[1], b[1]) <= 12]
    assert len(near) <= len(rows) // 10


def test_picture_is_the_same_again() -> None:
    scene = Scene("lane", "bags", 3, 7)
    assert pictures.both(scene) == pictures.both(scene)
    assert pictures.before(scene) != pictures.after(scene)


def test_four_bulletins_are_issued(built: town.Built) -> None:
    issued = Document.objects.filter(town=built.main.town, state="issued")
    assert issued.count() == 4
    assert max(issued.values_list("period_end", flat=True)) == SUNDAY


def test_the_county_s_form_is_filled_for_two_weeks(built: town.Built) -> None:
    rows = list(FilledForm.objects.order_by("period_start"))
    assert len(rows) == 2
    last = rows[-1]
    assert last.period == bulletins.this_week(SUNDAY)
    assert last.version.lost == []
    lists = {one["cell"]: one["rows"] for one in last.content["lists"]}
    homes = len(built.main.homes)
    assert lists["周报表!A4"] == homes
    # Below the list of communities the figures of the town have moved down by the rows that were put in.
    figures_of = {row.cell: row.figure.value for row in last.figures.select_related("figure")}
    found = [figures_of[f"周报表!C{4 + n}"] for n in range(homes)]
    year = figures_of[f"周报表!C{5 + homes}"]
    assert year is not None
    assert 0 < sum(value or 0 for value in found) < year


def test_ended_months_are_scored_appealed_published_and_decided(built: town.Built) -> None:
    rounds = list(Round.objects.filter(town=built.main.town).select_related("book", "town").order_by("code"))
    assert [(row.code, row.state) for row in rounds] == [
        ("cleaning", "published"),
        ("community", "published"),
    ]
    assert [appraisals.replayed(row) for row in rounds] == [[], []]
    assert [len({sheet.group for sheet in row.sheets.all()}) for row in rounds] == [1, 2]
    assert list(Appeal.objects.values_list("state", flat=True)) == ["upheld"]
    assert set(Outcome.objects.values_list("state", flat=True)) == {"confirmed"}


@pytest.mark.once
@pytest.mark.parametrize("today", [HOLIDAY, date(2026, 11, 23)])
def test_same_day_gives_the_same_books_and_a_full_desk(
    today: date, db: None, settings: Any, tmp_path: Path
) -> None:
    first, second = (_facts(today) for _ in range(2))
    assert first == second
    assert first["groups"] >= {
        "reported",
        "registered",
        "verifying",
        "returned",
        "pending",
        "dispatched",
        "handling",
    }


def _facts(today: date) -> dict[str, Any]:
    """Build three weeks, tell what matters, take it back."""
    with transaction.atomic():
        _build(today, weeks=3)
        facts = {
            "cases": list(Case.objects.order_by("town__code", "number").values_list("number", "category", "description", "state")),
            "entries": Entry.objects.count(),
            "history": Record.objects.count(),
            "groups": _groups(clock.at_local(today, 8, 30)),
        }  # fmt: skip
        transaction.set_rollback(True)
    return facts


def _wenming(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **os.environ,
        "WENMING_VAR": str(folder / "var"),
        "WENMING_DATABASE": f"sqlite:///{folder}/demo.sqlite3",
        "PYTHONWARNINGS": "default",
    }
    return subprocess.run(
        [sys.executable, "-m", "wenming.cli", *words], check=False, env=environ, capture_output=True, text=True, timeout=600, cwd=ROOT
    )  # fmt: skip


@pytest.mark.own
def test_command_builds_once_and_writes_this_weeks_files(tmp_path: Path) -> None:
    first = _wenming(tmp_path, "demo", "--no-serve", "--weeks", "2")
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout.splitlines()[-1])
    assert list(said) == ["cases", "entries", "bulletin_docx", "bulletin_pdf", "problem_list_xlsx"]
    for key in ("bulletin_docx", "problem_list_xlsx"):
        assert (ROOT / said[key]).stat().st_size > 5_000
    again = _wenming(tmp_path, "demo", "--no-serve")
    assert json.loads(again.stdout.splitlines()[-1]) == said
    assert "保留不动" in again.stderr


@pytest.mark.own
def test_command_leaves_a_real_database_alone(tmp_path: Path) -> None:
    made = _wenming(
        tmp_path, "init", "--county", "真县", "--code", "350588", "--phones", "13900000001", "13900000002", "13900000003"
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    for words in (("demo", "--no-serve"), ("demo", "--no-serve", "--fresh")):
        refused = _wenming(tmp_path, *words)
        assert refused.returncode == 1
        assert "正式数据" in refused.stderr
