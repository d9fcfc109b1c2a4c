"""Every shipped kind from draft to issue: what it says, how it is numbered, and its Word file read back."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx as python_docx
import pytest
from openpyxl import load_workbook

from tests import appraised, factories
from tests.factories import Life
from tests.outcomes.documents import kinds_of_town as own
from tests.outcomes.documents.kinds_of_town import LATER
from wenming.common.errors import DomainError
from wenming.ledger import periods
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import compose, files, kinds, queries
from wenming.outcomes.documents.layout.spec import Table, plain
from wenming.outcomes.documents.models import Document
from wenming.records.cases import actions as cases

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WRITTEN = ["bulletin", "weekly", "daily", "urge", "deadline", "reply", "sanitation", "summary", "workplan", "pledge", "minutes"]  # fmt: skip
RANKED = ["boards", "appraisal"]
SHIPPED = {path.stem for path in (Path(__file__).parents[3] / "packs/documents").glob("*.yaml")}


def test_every_shipped_kind_is_tried_here() -> None:
    assert {*WRITTEN, *RANKED, "covert", "correction"} == SHIPPED


@pytest.fixture
def town_at_work(life: Life) -> SimpleNamespace:
    t = own.busy(life)
    documents.set_letterhead(
        town=t.town, by=t.director, at=LATER, issuer="安和镇创城办", suffix="文件", code_word="安创城办",
        printed_by="安和镇创城办",
    )  # fmt: skip
    return t


def opened(document: Document) -> Any:
    return python_docx.Document(io.BytesIO(files.get(document.files.get(format="docx"))))


def text_of(document: Document) -> str:
    """All words of the issued Word file, headers and tables included, without line breaks."""
    return "".join(node.text or "" for node in opened(document).element.body.iter(f"{W}t"))


def runs(document: Document) -> Iterator[Any]:
    yield from opened(document).element.body.iter(f"{W}r")


def drafted_text(document: Document, at: datetime = LATER) -> str:
    doc = compose.official(queries.ingredients(document, at=at))
    return "\n".join(
        plain(block.runs)
        if not isinstance(block, Table)
        else "|".join(column.title for column in block.columns)
        for block in doc.blocks
    )


@pytest.mark.parametrize("kind", WRITTEN)
def test_kind_is_drafted_signed_issued_and_read_back(kind: str, town_at_work: SimpleNamespace) -> None:
    document = own.issued(own.drafted(kind, town_at_work), town_at_work)
    said = text_of(document)
    assert document.state == "issued"
    assert document.title.replace("\n", "") in said
    assert document.body["blocks"]
    for leftover in ("{{", "}}", "【", "】", "建议待定", "{"):
        assert leftover not in said
    for block in document.body["blocks"]:
        assert block["text"]
    for run in runs(document):
        fonts = run.find(f"{W}rPr/{W}rFonts")
        assert fonts is not None
        assert fonts.get(f"{W}eastAsia")
        assert not [name for name in fonts if "heme" in name]
    for link in document.figures.select_related("figure"):
        assert link.figure.entry_count > 0


@pytest.mark.parametrize(
    ("kind", "number", "series"),
    [
        ("bulletin", "安创城办〔2026〕1号", "document"),
        ("reply", "安创城办〔2026〕1号", "document"),
        ("urge", "安创城办函〔2026〕1号", "document-函"),
        ("deadline", "安创城办整改〔2026〕1号", "document-整改"),
        ("weekly", "2026年第1期", "issue-weekly"),
        ("minutes", "2026年第1期", "issue-minutes"),
        ("summary", "", "none-summary"),
    ],
)
def test_each_kind_is_numbered_in_its_own_way(
    kind: str, number: str, series: str, town_at_work: SimpleNamespace
) -> None:
    document = own.issued(own.drafted(kind, town_at_work), town_at_work)
    assert compose.number(queries.ingredients(document, at=LATER)) == number
    assert document.number == (number if "〔" in number else "")
    assert (document.series, document.serial) == (series, 1)
    assert document.issue_label == ("" if series.startswith("none-") else "2026年第1期")
    assert (number or "号") in text_of(document) or not number


def test_no_number_is_given_twice_under_one_code_word(town_at_work: SimpleNamespace) -> None:
    t = town_at_work
    found = [
        own.issued(own.drafted(kind, t), t).number for kind in ("bulletin", "reply", "urge", "sanitation")
    ]
    assert found == [
        "安创城办〔2026〕1号",
        "安创城办〔2026〕2号",
        "安创城办函〔2026〕1号",
        "安创城办〔2026〕3号",
    ]


def test_weekly_report_tells_what_became_of_the_bulletin_before(
    town_at_work: SimpleNamespace, life: Life
) -> None:
    t = town_at_work
    own.issued(own.drafted("bulletin", t), t)
    life.at = LATER + timedelta(hours=3)
    case = cases.sign(case=cases.dispatch(case=Case_named(t, "路灯一盏不亮"), by=t.clerk, at=life.tick(), lead=t.east),
                      by=t.secretary, at=life.tick())  # fmt: skip
    case = cases.hand_in(case=case, by=t.secretary, at=life.tick(), photos=[factories.photo(t.secretary, t.town, at=life.at)], measures="已换灯泡")  # fmt: skip
    cases.accept(case=case, by=t.inspector, at=life.tick())
    life.reported(description="公交站台玻璃破损")
    after = periods.of(periods.WEEK, LATER.date())
    weekly = documents.draft(kind="weekly", town=t.town, period=after, at=life.at, by=t.clerk)
    said = drafted_text(weekly, life.at)
    done, still = said.split("以下已整改到位：")[1].split("以下仍未整改到位：")
    assert "路灯一盏不亮" in done
    assert "门前堆放杂物" in still.split("二、")[0]
    assert "公交站台玻璃破损" in said.split("二、本周督查情况")[1]
    # What was told before is no line of the new list.
    listed = compose.official(queries.ingredients(weekly, at=life.at)).attachments[0].blocks[0]
    assert isinstance(listed, Table)
    assert "路灯一盏不亮" not in {str(row[4]) for row in listed.rows}


def Case_named(t: Any, words: str) -> Any:  # noqa: N802
    from wenming.records.cases.models import Case  # noqa: PLC0415

    return Case.objects.get(town=t.town, description=words)


def test_what_nobody_recorded_is_not_mentioned(life: Life) -> None:
    life.closed()
    work = drafted_text(own.drafted("summary", life.t)).split("工作情况\n")[1].split("存在问题")[0]
    for silent in ("例会", "公众号", "宣传单", "志愿服务队", "清运垃圾", "身边好人", "0处", "0次", "0份"):
        assert silent not in work
    # Of six parts of the year's work only the finds and what was done about them is left.
    assert work.count("（") - work.count("（1/1）") == 1
    assert "发现问题1处" in work


def test_a_new_account_of_the_county_reaches_weekly_and_annual_reports_without_a_template(
    town_at_work: SimpleNamespace, tmp_path: Path
) -> None:
    from wenming.ground.standards import actions as standards  # noqa: PLC0415
    from wenming.outcomes import packs  # noqa: PLC0415

    account = tmp_path / "own.yaml"
    account.write_text(
        'kind: accounts\nid: own\nversion: "1"\ntitle: 本县补充\nin_force: 2026-01-01\naccounts:\n  - group: 活动\n'
        "    items:\n      - {code: smoke_talks, name: 禁烟劝导, measure: 人次, definition: 劝导吸烟的人次。}\n",
        encoding="utf-8",
    )
    metric = tmp_path / "metrics.yaml"
    metric.write_text(
        'kind: metrics\nid: own\nversion: "1"\ntitle: 本县补充\nin_force: 2026-01-01\nmetrics: []\neach_account_of: [活动]\n',
        encoding="utf-8",
    )
    for path in (account, metric):
        standards.load_pack(path=path, at=factories.NOW, loaders=packs.LOADERS)
    own.log(town_at_work, [("smoke_talks", 3)], factories.NOW.date(), number=2)
    for kind in ("weekly", "summary"):
        assert "禁烟劝导3人次" in drafted_text(own.drafted(kind, town_at_work))


def test_covert_bulletin_names_no_person_no_hour_and_only_what_is_published(life: Life) -> None:
    t = life.t
    given = {"covert": True, "description": "消防通道堆放杂物", "place": t.market}
    shot = factories.evidence.store(
        data=factories.picture("x", seed=991), name="x.jpg", by=t.inspector, at=life.at, town=t.town, source="camera",
        covert=True,
    )  # fmt: skip
    hidden = life.reported(**given, photos=[shot])
    life.reported(**given | {"description": "仍未公布的一处", "place": t.lane})
    with pytest.raises(DomainError, match="没有可以写进《暗访通报》的情况"):
        own.drafted("covert", t)
    cases.publish_covert(case=hidden, by=t.inspector, at=life.tick())
    document = own.issued(own.drafted("covert", t), t)
    said = text_of(document)
    assert "共暗访点位1处次，发现问题1处。" in said
    assert "基本情况：农贸（集贸）市场，位于东门社区" in said
    assert "仍未公布" not in said
    for name in ("周正", "刘强", "王芳", "09:", "17:"):
        assert name not in said
    sheet = load_workbook(io.BytesIO(files.get(document.files.get(format="xlsx")))).active
    cells = [str(cell.value) for row in sheet.iter_rows(min_row=4) for cell in row if cell.value]
    assert not [cell for cell in cells if "周正" in cell or "王芳" in cell]
    assert document.pack.facts["account"] == "document.covert_bulletin"


def test_letters_go_to_one_unit_and_list_what_it_answers_for(town_at_work: SimpleNamespace) -> None:
    t = town_at_work
    document = own.drafted("deadline", t)
    assert document.addressee == "东门社区"
    table = next(block for block in document.body["blocks"] if block["kind"] == "table")
    assert "路灯一盏不亮" not in table["text"]  # not dispatched to anybody yet
    assert table["text"].count("\n") == 1
    for units in ([], [t.east, t.west]):
        with pytest.raises(DomainError) as refused:
            documents.draft(kind="urge", town=t.town, period=own.WEEK, at=LATER, by=t.clerk, units=units)
        assert refused.value.code == "units_missing"


def test_reply_takes_only_what_a_superior_found(town_at_work: SimpleNamespace) -> None:
    said = drafted_text(own.drafted("reply", town_at_work))
    assert "上级指出我镇问题2处" in said
    assert "墙面小广告五处" in said
    assert "门前堆放杂物" not in said


def test_sanitation_is_written_by_report_month_and_not_signed_before_the_25th(
    town_at_work: SimpleNamespace,
) -> None:
    t = town_at_work
    with pytest.raises(DomainError) as refused:
        documents.draft(kind="sanitation", town=t.town, period=own.YEAR, at=LATER, by=t.clerk)
    assert refused.value.code == "period_unfit"
    early = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    document = own.filled(own.drafted("sanitation", t, early), t, early)
    document = documents.submit(document=document, by=t.clerk, at=early)
    with pytest.raises(DomainError) as refused:
        documents.check(document=document, by=t.director, at=early)
    assert "11月25日才结束" in refused.value.message
    on_the_day = early + timedelta(days=1)
    assert documents.check(document=document, by=t.director, at=on_the_day).state == "signing"


def test_table_of_units_adds_up_to_the_town(town_at_work: SimpleNamespace) -> None:
    made_of = queries.ingredients(own.drafted("sanitation", town_at_work), at=LATER)
    table = next(block for block in compose.official(made_of).blocks if isinstance(block, Table))
    rows = [[cell if isinstance(cell, str) else plain(cell) for cell in row] for row in table.rows]
    assert [row[0] for row in rows] == ["东门社区", "西街社区", "合计"]
    assert [row[2] for row in rows] == ["7", "2", "9"]
    assert rows[-1][7] == "—"


@pytest.fixture
def ranked(town: SimpleNamespace) -> SimpleNamespace:
    """Last month appraised and published, its red and black list confirmed by the leader."""
    month = appraised.month()
    appraised.adopted(town)
    appraised.found(town, month, times=2)
    where = appraised.published(town, month)
    for board in ("red", "black"):
        appraised.confirmed(town, where, board)
    return SimpleNamespace(t=town, month=month, at=where.published_at + timedelta(hours=2))


@pytest.mark.parametrize("kind", RANKED)
def test_standings_come_from_the_published_round_and_scores_from_the_ledger(
    kind: str, ranked: SimpleNamespace
) -> None:
    t, at = ranked.t, ranked.at
    document = documents.draft(kind=kind, town=t.town, period=ranked.month, at=at, by=t.clerk)
    table = next(block for block in document.body["blocks"] if block["kind"] == "table")
    assert "{{figure:score@350599100001-seed}}" in table["text"]
    done = own.issued(document, t, at)
    said = text_of(done)
    assert "东门社区" in said
    kept = done.figures.get(key="score@350599100001-seed").figure
    assert kept.metric == "score"
    assert kept.entry_count == 2
    assert kept.text.rstrip("分").rstrip("0").rstrip(".") in said
    if kind == "boards":
        assert "一、红榜西街社区，得分100分" in said
        assert "二、黑榜东门社区，得分97分" in said
        assert document.body["blocks"][0]["text"].startswith("根据创建工作考核办法")


def test_an_unpublished_round_is_in_no_document(town: SimpleNamespace) -> None:
    month = appraised.month()
    appraised.adopted(town)
    appraised.found(town, month)
    where = appraised.shown(town, month)
    assert where.shown_at is not None
    for kind in RANKED:
        with pytest.raises(DomainError) as refused:
            documents.draft(kind=kind, town=town.town, period=month, at=where.shown_at, by=town.clerk)
        assert refused.value.code == "nothing_to_tell"


def test_county_takes_the_nearest_version_of_a_kind(town: SimpleNamespace) -> None:
    found = kinds.all_in_force(factories.NOW.date(), town.town)
    assert {row.code for row in found} == SHIPPED


def test_a_single_point_is_not_counted(town_at_work: SimpleNamespace) -> None:
    t = town_at_work
    weekly = own.drafted("weekly", t)
    plan = [block["id"] for block in weekly.body["blocks"] if block.get("ordinal")]
    assert len(plan) > 1
    assert "一是" in drafted_text(weekly)
    for key in plan[1:]:
        weekly = documents.remove_block(
            document=weekly, by=t.clerk, at=LATER, version=weekly.version, block=key
        )
    assert "一是" not in drafted_text(weekly)
