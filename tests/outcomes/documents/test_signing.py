"""What stops a signature, what signing keeps, and that later changes of the books do not touch it."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.outcomes.documents.bulletins import LATER, WEEK, pass_on, settle
from wenming.common.errors import Conflict, DomainError
from wenming.ground.audit import actions as audit
from wenming.ledger import provenance
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import compose, queries, values
from wenming.outcomes.documents.layout.spec import Heading, Paragraph, Run
from wenming.outcomes.documents.models import Document, DocumentFigure
from wenming.records.cases import actions as cases

AT = LATER + timedelta(hours=1)


def add(document: Document, t: Any, text: str) -> Document:
    last = document.body["blocks"][-1]["id"]
    return documents.add_block(
        document=document, by=t.clerk, at=LATER, version=document.version, after=last, text=text
    )


def refused(document: Document, t: Any) -> str:
    document = documents.submit(document=document, by=t.clerk, at=AT)
    with pytest.raises(DomainError) as stopped:
        documents.check(document=document, by=t.director, at=AT)
    # Past the checker by force: the signature is stopped by itself as well.
    Document.objects.filter(pk=document.pk).update(state="signing")
    with pytest.raises(DomainError) as again:
        documents.sign(document=Document.objects.get(pk=document.pk), by=t.leader, at=AT)
    assert (stopped.value.code, again.value.code) == ("document_unready", "document_unready")
    assert DocumentFigure.objects.count() == 0
    return again.value.message


@pytest.mark.parametrize("blank", ["××", "【填写责任人】", "{{没有这个数}}", "＿＿＿", "{{figure:nothing}}"])
def test_placeholder_stops_the_signature_and_is_named(
    blank: str, drafted: Document, week: SimpleNamespace
) -> None:
    document = add(settle(drafted, week.t), week.t, f"请{blank}牵头整改。")
    message = refused(document, week.t)
    assert blank in message
    assert "牵头整改" in message


def test_open_suggestion_stops_the_signature(drafted: Document, week: SimpleNamespace) -> None:
    assert [b["id"] for b in drafted.body["blocks"] if b.get("suggestion") == "open"] == ["demands.late"]
    assert "请采纳或删除后再签发" in refused(drafted, week.t)


def test_deleted_suggestion_no_longer_stops_it_and_is_not_printed(
    drafted: Document, week: SimpleNamespace
) -> None:
    document = documents.remove_block(
        document=drafted, by=week.t.clerk, at=LATER, version=1, block="demands.late"
    )
    signed = pass_on(document, week.t, "signed")
    assert signed.state == "signed"
    assert "下发督办单" not in text_of(signed)


def test_figure_without_entries_stops_the_signature(drafted: Document, week: SimpleNamespace) -> None:
    document = add(settle(drafted, week.t), week.t, "下发督办单{{督办单份数}}。")
    message = refused(document, week.t)
    assert "「督办单份数」在账上没有一笔分录" in message


def test_zero_with_entries_behind_it_is_a_figure(life: Any) -> None:
    """Nothing overdue out of two deadlines is a fact; nothing out of nothing is not."""
    t = life.t
    life.closed()
    life.closed()
    document = documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk)
    signed = pass_on(add(document, t, "超期未整改{{超期未整改数}}。"), t, "signed")
    kept = signed.figures.get(key="overdue").figure
    assert (kept.text, kept.entry_count > 0) == ("0处", True)


def test_figure_whose_entries_were_reversed_is_signed_as_nought(life: Any) -> None:
    t = life.t
    only = life.registered()
    document = documents.draft(kind="bulletin", town=t.town, period=WEEK, at=life.tick(), by=t.clerk)
    document = pass_on(document, t, "signing", at=life.tick())
    cases.close(case=only, by=t.director, at=life.tick(120), reason="not_true", ground="现场没有")
    # Entries and their reversals stand there: the figure says nought, and says so with entries.
    signed = documents.sign(document=document, by=t.leader, at=life.tick(120))
    assert signed.figures.get(key="found").figure.text == "0处"


def runs_of(document: Document) -> list[Run]:
    doc = compose.official(queries.ingredients(document, at=AT))
    found: list[Run] = []
    for block in doc.blocks:
        if isinstance(block, Heading | Paragraph):
            found += block.runs
    for annex in doc.attachments:
        for block in annex.blocks:
            for row in getattr(block, "rows", ()):
                for cell in row:
                    if not isinstance(cell, str):
                        found += cell
    return found


def text_of(document: Document) -> str:
    return "".join(run.text for run in runs_of(document))


def test_every_number_printed_is_its_kept_figure(passed: Callable[[str], Document]) -> None:
    document = passed("issued")
    kept = {link.key: link.figure for link in document.figures.select_related("figure")}
    printed = [run for run in runs_of(document) if run.figure is not None]
    assert {run.figure for run in printed} <= set(kept)
    for run in printed:
        figure = kept[str(run.figure)]
        shown = values.of_kept(document.figures.get(key=run.figure))
        over = shown.parts.partition("/")[0]
        assert run.text
        assert run.text in {figure.text, shown.text, shown.parts, over}
        assert figure.entry_count > 0
        assert provenance.intact(figure)
    assert len(printed) > 12


def test_figures_stay_after_the_books_change_and_the_page_says_now(
    passed: Callable[[str], Document], week: SimpleNamespace
) -> None:
    document = passed("issued")
    before = text_of(document)
    assert [row.now for row in queries.figure_rows(document, at=AT) if row.now] == []
    cases.close(case=week.waiting, by=week.t.director, at=AT, reason="not_true", ground="现场没有")
    now = {row.shown.key: row.now.text for row in queries.figure_rows(document, at=AT) if row.now}
    assert now == {
        "per_place": "1.00处",
        "found": "3处",
        "registered": "3处",
        "found@source-town": "2处",
        "unit_found@350599100001": "2处",
    }
    assert text_of(document) == before


def test_hand_typed_number_in_a_figures_place_is_marked(drafted: Document, week: SimpleNamespace) -> None:
    document = documents.edit_block(
        document=drafted, by=week.t.clerk, at=LATER, version=1, block="situation.total",
        text="本周共发现问题47处，立案{{立案数}}。",
    )  # fmt: skip
    marked = [run.text for run in runs_of(document) if run.hand_typed]
    assert marked == ["47"]
    findings = queries.review(document, queries.ingredients(document, at=LATER), at=LATER)
    assert [one.code for one in findings if one.code == "hand_typed"] == ["hand_typed"]
    assert not [one for one in findings if one.code == "hand_typed" and one.blocking]


def test_drafted_text_has_no_hand_typed_number(drafted: Document) -> None:
    assert [run.text for run in runs_of(drafted) if run.hand_typed] == []


def test_second_writer_is_told_instead_of_overwriting(drafted: Document, week: SimpleNamespace) -> None:
    add(drafted, week.t, "甲加的一段。")
    with pytest.raises(Conflict) as told:
        documents.edit_block(
            document=drafted, by=week.t.clerk, at=LATER, version=1, block="basis.basis", text="乙改的一段"
        )
    assert told.value.code == "document_version"
    assert Document.objects.get(pk=drafted.pk).version == 2


def test_drafting_again_keeps_what_the_writer_did(drafted: Document, week: SimpleNamespace) -> None:
    t = week.t
    document = documents.edit_block(
        document=drafted, by=t.clerk, at=LATER, version=1, block="demands.learn", text="各单位要认真自查。"
    )
    document = documents.remove_block(
        document=document, by=t.clerk, at=LATER, version=2, block="demands.feedback"
    )
    document = add(document, t, "自己加的话。")
    cases.close(case=week.waiting, by=t.director, at=LATER, reason="not_true", ground="现场没有")
    document = documents.draft_again(document=document, by=t.clerk, at=LATER, version=document.version)
    text = text_of(document)
    assert "各单位要认真自查。" in text
    assert "自己加的话。" in text
    assert "书面整改报告" not in text
    assert "路灯一盏不亮" not in text
    assert "本周共发现问题3处" in text


def test_sending_back_lets_the_kept_figures_go(
    passed: Callable[[str], Document], week: SimpleNamespace
) -> None:
    document = documents.send_back(document=passed("signed"), by=week.t.leader, at=AT, ground="第二段再核实")
    assert (document.state, document.sent_back, document.figures.count(), document.material) == (
        "draft", "第二段再核实", 0, None,
    )  # fmt: skip


def test_failing_history_row_rolls_the_signature_back(
    passed: Callable[[str], Document], week: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = passed("signing")

    def broken(**_: Any) -> None:
        raise RuntimeError("history is full")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        documents.sign(document=document, by=week.t.leader, at=AT)
    assert (Document.objects.get(pk=document.pk).state, DocumentFigure.objects.count()) == ("signing", 0)


def test_filling_figures_costs_the_same_however_many_entries(life: Any) -> None:
    t = life.t
    life.closed(photos=[])
    document = documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk)
    queries.ingredients(document, at=LATER)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            queries.ingredients(Document.objects.select_related("town", "pack").get(pk=document.pk), at=LATER)
        return len(caught)

    few = cost()
    for _ in range(4):
        life.closed()
    assert cost() == few
