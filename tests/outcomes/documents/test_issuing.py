"""Numbers without holes, files byte for byte, the ledger, and machines whose LibreOffice is missing or hangs."""

import io
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx as python_docx
import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, connection, transaction
from openpyxl import load_workbook

from tests.factories import Life, build_town
from tests.outcomes.documents.bulletins import LATER, WEEK, busy_week, pass_on
from wenming.common.errors import Conflict, DomainError
from wenming.ground.audit import actions as audit
from wenming.ground.jobs import actions as jobs
from wenming.ground.jobs.models import Job
from wenming.ground.units.models import Series
from wenming.ledger import figures, periods
from wenming.ledger.models import Entry
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import files, queries, tasks
from wenming.outcomes.documents.models import Document, DocumentCase, IssuedFile

AT = LATER + timedelta(hours=2)


def set_code_word(t: Any) -> None:
    documents.set_letterhead(
        town=t.town, by=t.director, at=LATER, issuer="安和镇创城办", suffix="文件", code_word="安创城办", printed_by="安和镇创城办"
    )  # fmt: skip


def words_of(data: bytes) -> str:
    """All text of a Word file, tables included."""
    opened = python_docx.Document(io.BytesIO(data))
    return "\n".join(node.text or "" for node in opened.element.body.iter() if node.tag.endswith("}t"))


def test_issued_word_file_opens_and_says_what_was_signed(week: SimpleNamespace) -> None:
    set_code_word(week.t)
    draft = documents.draft(kind="bulletin", town=week.t.town, period=WEEK, at=LATER, by=week.t.clerk)
    document = pass_on(draft, week.t, "issued")
    text = words_of(files.get(document.files.get(format="docx"))).replace("\n", "")
    assert document.number == "安创城办〔2026〕1号"
    assert document.title == "关于2026年第1期创建全国文明城市工作督查情况的通报"
    for said in (
        "安创城办〔2026〕1号",
        "本周共督查点位3处次，平均每处次发现问题1.33处。",
        "按点位类型分，背街小巷2处次、农贸（集贸）市场1处次。",
        "本周共发现问题4处",
        "应整改3处，已整改2处，整改率66.7%",
        "东门社区（3处）",
        "门前堆放杂物",
    ):
        assert said in text
    assert "{{" not in text
    assert "建议待定" not in text


def test_bytes_do_not_change_and_prove_themselves(issued: Document) -> None:
    file = issued.files.get(format="docx")
    before = files.get(file)
    assert (len(before), file.sha256) == (file.bytes, __import__("hashlib").sha256(before).hexdigest())
    documents.ask_pdf(document=issued, by=issued.issued_by, at=AT)
    assert files.get(file) == before


def test_tampered_file_is_not_served(issued: Document) -> None:
    file = issued.files.get(format="docx")
    path = Path(storages["default"].path(file.key))
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DomainError) as refused:
        files.get(file)
    assert refused.value.code == "file_changed"


def test_problem_list_as_excel_has_every_problem(issued: Document) -> None:
    sheet = load_workbook(io.BytesIO(files.get(issued.files.get(format="xlsx")))).active
    rows = list(sheet.values)
    assert rows[0][0].endswith("问题清单")
    assert rows[2][:4] == ("序号", "编号", "来源", "点位类型")
    assert [row[1] for row in rows[3:7]] == [
        "〔2026〕督-0002",
        "〔2026〕督-0001",
        "〔2026〕督-0004",
        "〔2026〕督-0003",
    ]
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$3:$3"


def test_issue_posts_to_the_ledger_once_and_withdrawal_takes_it_back(
    issued: Document, week: SimpleNamespace
) -> None:
    entries = Entry.objects.filter(voucher_uuid=issued.uuid).order_by("account__code")
    assert list(entries.values_list("account__code", "quantity")) == [
        ("document.bulletin", 1),
        ("document.issued", 1),
    ]
    month = periods.of(periods.MONTH, LATER.date())
    assert figures.value("bulletins", scope=week.t.town, period=month, at=AT).text == "1期"
    documents.withdraw(document=issued, by=week.t.leader, at=AT, ground="数字有误")
    assert figures.value("bulletins", scope=week.t.town, period=month, at=AT).text == "0期"
    assert issued.files.count() == 2


def test_problems_told_once_come_back_only_while_open(issued: Document, week: SimpleNamespace) -> None:
    assert DocumentCase.objects.filter(document=issued).count() == 4
    following = documents.draft(kind="bulletin", town=week.t.town, period=WEEK, at=AT, by=week.t.clerk)
    listed = {one.number: one.marks for one in queries.gather(following, at=AT)}
    assert listed == {week.late.number: "已通报仍未整改、超期", week.waiting.number: "已通报仍未整改"}
    texts = {block["id"]: block["text"] for block in following.body["blocks"]}
    assert "东门农贸市场门前堆放杂物（超期）" in texts["problems.still"]
    assert week.late.number not in texts["problems.still"]  # it stands in the list
    assert "problems.units.350599100001" not in texts


def test_every_listed_problem_is_booked_as_named_until_the_bulletin_is_withdrawn(
    issued: Document, week: SimpleNamespace
) -> None:
    named = Entry.objects.filter(account__code="case.named")
    assert sorted(named.values_list("voucher_uuid", flat=True)) == sorted(
        issued.cases.values_list("case__uuid", flat=True)
    )
    assert set(named.values_list("source", "quantity")) == {("town", 1)}
    documents.withdraw(document=issued, by=week.t.leader, at=AT, ground="数字有误")
    assert not named.live().exists()


def test_withdrawn_document_counts_as_not_told(issued: Document, week: SimpleNamespace) -> None:
    documents.withdraw(document=issued, by=week.t.leader, at=AT, ground="数字有误")
    again = documents.draft(kind="bulletin", town=week.t.town, period=WEEK, at=AT, by=week.t.clerk)
    assert len(queries.gather(again, at=AT)) == 4


def test_correction_is_a_document_of_its_own(issued: Document, week: SimpleNamespace) -> None:
    t = week.t
    correction = documents.correct(document=issued, by=t.clerk, at=AT)
    assert correction.corrects == issued
    assert issued.title in correction.body["blocks"][0]["text"]
    correction = documents.edit_block(
        document=correction, by=t.clerk, at=AT, version=1, block="correction.what",
        text="第二部分西街社区第1条，“文昌巷”应为“文昌里”。",
    )  # fmt: skip
    done = pass_on(correction, t, "issued", at=AT)
    assert (done.serial, done.issue_no, issued.serial, issued.issue_no) == (2, 1, 1, 1)
    assert list(Entry.objects.filter(voucher_uuid=done.uuid).values_list("account__code", flat=True)) == [
        "document.issued"
    ]
    assert [file.format for file in done.files.all()] == ["docx"]


def test_dropped_drafts_leave_no_hole(week: SimpleNamespace) -> None:
    t = week.t

    def draft() -> Document:
        return documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk)

    pass_on(draft(), t, "dropped")
    first, second = pass_on(draft(), t, "issued"), pass_on(draft(), t, "issued", at=AT)
    assert [(one.serial, one.issue_no) for one in (first, second)] == [(1, 1), (2, 2)]


def test_failing_history_row_gives_the_number_back_and_leaves_no_file(
    passed: Callable[[str], Document], week: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = passed("signed")

    def broken(**_: Any) -> None:
        raise RuntimeError("history is full")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", broken)
        with pytest.raises(RuntimeError):
            documents.issue(document=document, by=week.t.clerk, at=AT)
    assert (IssuedFile.objects.count(), Job.objects.filter(kind="documents.pdf").count()) == (0, 0)
    assert not Series.objects.filter(kind__in=["document:document", "issue:bulletin"], last__gt=0).exists()
    assert documents.issue(document=document, by=week.t.clerk, at=AT).serial == 1


def test_full_disk_issues_nothing(
    passed: Callable[[str], Document], week: SimpleNamespace, settings: Any, tmp_path: Path
) -> None:
    document = passed("signed")
    blocked = tmp_path / "files" / "documents"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(DomainError) as refused:
        documents.issue(document=document, by=week.t.clerk, at=AT)
    assert refused.value.code == "storage_unavailable"
    assert Document.objects.get(pk=document.pk).state == "signed"
    assert not Series.objects.filter(kind="document:document", last__gt=0).exists()


def test_database_refuses_a_printed_document_without_number(passed: Callable[[str], Document]) -> None:
    document = passed("signed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(state="issued")


def test_database_refuses_a_number_twice(week: SimpleNamespace) -> None:
    t = week.t
    first, second = (
        pass_on(documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk), t, "issued")
        for _ in range(2)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=second.pk).update(serial=first.serial)


def test_code_word_with_brackets_is_refused(town: SimpleNamespace) -> None:
    with pytest.raises(DomainError) as refused:
        documents.set_letterhead(
            town=town.town, by=town.director, at=LATER, issuer="安和镇", code_word="安创〔2026〕"
        )
    assert refused.value.field == "code_word"


@pytest.mark.django_db(transaction=True)
def test_two_desks_issue_at_once_without_hole_or_double() -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads cannot share SQLite's database in memory")
    t = build_town()
    busy_week(Life(t))
    signed = [
        pass_on(documents.draft(kind="bulletin", town=t.town, period=WEEK, at=LATER, by=t.clerk), t, "signed")
        for _ in range(4)
    ]
    gate, results = threading.Barrier(5), []

    def desk(document: Document) -> None:
        try:
            gate.wait()
            results.append(documents.issue(document=document, by=t.clerk, at=AT).serial)
        except Exception as error:  # whatever it was is looked at below
            results.append(error)
        finally:
            connection.close()

    # Two desks have the same document before them: it is issued once, and the slower one hears so.
    threads = [threading.Thread(target=desk, args=(one,)) for one in (*signed, signed[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one for one in results if isinstance(one, int)) == [1, 2, 3, 4]
    assert [type(one) for one in results if not isinstance(one, int)] == [Conflict]
    for document in Document.objects.filter(state="issued"):
        text = words_of(files.get(document.files.get(format="docx"))).replace("\n", "")
        assert f"第{document.issue_no}期" in text
    assert IssuedFile.objects.filter(format="docx").count() == 4


# ---- LibreOffice ----


def false_office(folder: Path, script: str) -> None:
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    (folder / "parts.json").write_text(json.dumps({"soffice": str(program)}))


def run_pdf_job(at: Any) -> Job:
    job = Job.objects.get(kind="documents.pdf")
    Job.objects.exclude(pk=job.pk).delete()
    jobs.run_due(worker="test", at=at)
    job.refresh_from_db()
    return job


def test_document_is_issued_without_libreoffice_and_the_pdf_waits(
    no_office: Path, issued: Document, caplog: pytest.LogCaptureFixture
) -> None:
    assert {file.format for file in issued.files.all()} == {"docx", "xlsx"}
    job = run_pdf_job(AT)
    assert (job.state, job.attempts, job.run_at) == ("waiting", 1, AT + timedelta(minutes=1))
    assert "没有安装 LibreOffice" in job.error
    false_office(no_office, 'for last; do :; done; printf "%%PDF-1.7 later" > "${last%.docx}.pdf"')
    job = run_pdf_job(AT + timedelta(minutes=1))
    assert job.state == "done"
    assert files.get(issued.files.get(format="pdf")) == b"%PDF-1.7 later"


def test_hanging_libreoffice_is_ended_and_tried_again(
    no_office: Path, issued: Document, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    false_office(no_office, "exec /bin/sleep 600")
    monkeypatch.setattr(tasks, "PDF_SECONDS", 0.5)
    job = run_pdf_job(AT)
    assert (job.state, job.attempts) == ("waiting", 1)
    assert "已停止" in job.error
    assert issued.files.filter(format="docx").exists()


def test_pdf_job_that_runs_twice_keeps_the_first(no_office: Path, issued: Document) -> None:
    false_office(no_office, 'for last; do :; done; printf "one" > "${last%.docx}.pdf"')
    tasks.make_pdf({"document": str(issued.uuid)}, AT)
    false_office(no_office, 'for last; do :; done; printf "two" > "${last%.docx}.pdf"')
    tasks.make_pdf({"document": str(issued.uuid)}, AT)
    assert files.get(issued.files.get(format="pdf")) == b"one"


@pytest.mark.office
def test_real_libreoffice_makes_a_pdf(issued: Document) -> None:
    from wenming.outcomes.documents.layout import pdf  # noqa: PLC0415

    if pdf.converter() is None:
        pytest.skip("没有 LibreOffice")
    tasks.make_pdf({"document": str(issued.uuid)}, AT)
    assert files.get(issued.files.get(format="pdf")).startswith(b"%PDF-")
