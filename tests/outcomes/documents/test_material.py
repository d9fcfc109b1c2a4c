"""Which problems a document lists, in which order, and what never gets in."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests import factories
from tests.factories import Life
from tests.outcomes.documents.bulletins import LATER, WEEK
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import compose, material, problem_list, queries
from wenming.outcomes.documents.layout.spec import PhotoPair, PhotoRow, Table, plain
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case


def gathered(t: Any, *units: Any) -> list[material.Problem]:
    return material.gather(kind="bulletin", town=t.town, period=WEEK, units=units, at=LATER)


def test_units_with_most_problems_come_first_and_overdue_ones_lead(week: SimpleNamespace) -> None:
    assert [(one.unit, one.number[-1], one.marks) for one in gathered(week.t)] == [
        ("东门社区", "2", "超期"),
        ("东门社区", "1", "已整改"),
        ("东门社区", "4", "待派遣"),
        ("西街社区", "3", "已整改"),
    ]


def test_covert_finds_are_nowhere_until_published(week: SimpleNamespace) -> None:
    t, life = week.t, week.life
    hidden = life.reported(covert=True, description="暗访发现消防通道堵塞", photos=[
        factories.evidence.store(data=factories.picture("x", seed=991), name="x.jpg", by=t.inspector, at=life.at, town=t.town,
                                 source="camera", covert=True)
    ])  # fmt: skip
    draft = documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk)
    made_of = queries.ingredients(draft, at=LATER)
    said = repr(compose.official(made_of)) + repr(draft.body) + repr(made_of.problems)
    assert "消防通道" not in said
    assert hidden.number not in said
    assert made_of.figures["found"].text == "4处"
    assert material.problems([hidden], at=LATER) == []
    shown = cases.publish_covert(case=hidden, by=t.inspector, at=life.tick())
    assert shown.number in [one.number for one in gathered(t)]


def test_refused_and_untrue_finds_are_not_listed(week: SimpleNamespace) -> None:
    refused = week.life.refused()
    merged = week.life.merged()
    numbers = [one.number for one in gathered(week.t)]
    assert refused.number not in numbers
    assert merged.number not in numbers


def test_chosen_units_alone_are_listed_and_counted(week: SimpleNamespace) -> None:
    t = week.t
    draft = documents.draft(
        kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk, units=[t.west, t.chengguan]
    )
    made_of = queries.ingredients(draft, at=LATER)
    assert [one.number for one in made_of.problems] == [week.west.number]
    assert (made_of.figures["found"].text, made_of.figures["fix_rate"].parts) == ("1处", "1/1")
    assert (
        "对西街社区、安和城管站" in draft.body["blocks"][0]["text"]
        or "西街社区" in draft.body["blocks"][0]["text"]
    )


def test_next_week_is_another_list(week: SimpleNamespace) -> None:
    from wenming.ledger import periods  # noqa: PLC0415

    after = periods.following(WEEK)
    found = material.gather(
        kind="bulletin", town=week.t.town, period=after, units=(), at=LATER + timedelta(days=7)
    )
    assert found == []


def test_cost_does_not_grow_with_the_list(week: SimpleNamespace) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            gathered(week.t)
        return len(caught)

    cost()
    few = cost()
    for _ in range(3):
        week.life.closed(photos=[factories.photo(week.t.inspector, week.t.town)])
    assert cost() == few


def test_kept_list_reads_back_the_same(week: SimpleNamespace) -> None:
    found = gathered(week.t)
    import json  # noqa: PLC0415

    assert [material.read(json.loads(json.dumps(material.kept(one)))) for one in found] == found


def test_annexes_hold_list_ranking_and_photo_pairs(week: SimpleNamespace) -> None:
    t = week.t
    draft = documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk)
    # Two deadlines and one: below three nobody is ranked, and a table of dashes is no annex.
    listed, photos = compose.official(queries.ingredients(draft, at=LATER)).attachments
    table = listed.blocks[0]
    assert isinstance(table, Table)
    assert (len(table.rows), table.landscape) == (4, True)
    # Before and after are compared; what has one side only stands beside the next of its kind.
    pair, row, *more = photos.blocks
    assert isinstance(pair, PhotoPair)
    assert isinstance(row, PhotoRow)
    assert (len(row.photos), more) == (2, [])


def test_a_unit_with_few_deadlines_is_listed_where_others_are_ranked(life: Life) -> None:
    t = life.t
    for _ in range(3):
        life.closed()
    life.closed(lead=t.west, place=t.west_lane)
    at = LATER + timedelta(days=20)
    draft = documents.draft(kind="bulletin", town=t.town, period=WEEK, at=at, by=t.clerk)
    ranking = compose.official(queries.ingredients(draft, at=at)).attachments[1].blocks[0]
    assert isinstance(ranking, Table)
    assert [(row[0], row[1]) for row in ranking.rows] == [("1", "东门社区"), ("—", "西街社区")]
    assert [plain(cell) for cell in ranking.rows[0][2:]] == ["3", "3", "100%"]


def test_ranking_gives_equal_rates_equal_places(life: Life) -> None:
    t = life.t
    for _ in range(3):
        life.closed()
        life.closed(lead=t.west, place=t.west_lane)
    life.handling(lead=t.chengguan, category="06001")
    draft = documents.draft(
        kind="bulletin", town=t.town, period=WEEK, at=LATER + timedelta(days=20), by=t.clerk
    )
    ranking = compose.official(queries.ingredients(draft, at=LATER + timedelta(days=20))).attachments[1]
    community = ranking.blocks[0]
    assert isinstance(community, Table)
    assert [(row[0], row[1]) for row in community.rows] == [("1", "东门社区"), ("1", "西街社区")]


def test_problem_list_file_writes_cells_as_text(week: SimpleNamespace, tmp_path: Path) -> None:
    Case.objects.filter(pk=week.fixed.pk).update(description="=cmd|' /C calc'!A0", address="00123")
    path = tmp_path / "list.xlsx"
    count = problem_list.problem_list(
        Case.objects.order_by("pk"), path, at=LATER, title="问题清单", unit="安和镇创城办"
    )
    sheet = load_workbook(path).active
    rows = list(sheet.iter_rows(min_row=4, max_row=3 + count))
    assert count == 4
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    assert (rows[0][6].value, rows[0][5].value) == ("=cmd|' /C calc'!A0", "00123")
    assert sheet.cell(1, 1).value == "问题清单"
    assert sheet.cell(2, 1).value == "填报单位：安和镇创城办"
    assert sheet.cell(8, 1).value.startswith("共 4 处。")


def test_make_writes_a_folder_and_copies_what_is_issued(
    week: SimpleNamespace, no_office: Path, tmp_path: Path
) -> None:
    from tests.outcomes.documents.bulletins import pass_on  # noqa: PLC0415
    from wenming.outcomes.documents import export, files  # noqa: PLC0415

    t = week.t
    given: dict[str, Any] = {"kind": "bulletin", "town": t.town, "period": WEEK, "at": LATER}
    first = export.make(**given, out=tmp_path / "draft", by=t.clerk)
    assert (first["state"], first["problems"], first["pdf"]) == ("draft", 4, None)
    assert Path(first["docx"]).read_bytes()[:2] == b"PK"
    assert load_workbook(first["problem_list"]).active.cell(4, 2).value == week.late.number
    # A second call finds the same draft and does not make another.
    assert export.make(**given, out=tmp_path / "again")["document"] == first["document"]
    from wenming.outcomes.documents.models import Document  # noqa: PLC0415

    issued = pass_on(Document.objects.get(uuid=first["document"]), t, "issued")
    last = export.make(**given, out=tmp_path / "issued")
    assert Path(last["docx"]).read_bytes() == files.get(issued.files.get(format="docx"))
