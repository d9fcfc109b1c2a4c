"""The seeds as proof: each year is entered, and every figure of its seed comes out of the books and into the summary."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from django.test import override_settings

from tests.cli.conftest import ROOT
from tests.cli.seed_figures import FIGURES
from tests.factories import NOW
from wenming.cli.stories import binding, book, building, spreading
from wenming.common.errors import DomainError, PackError
from wenming.ground.audit import queries as history
from wenming.ground.people.models import Person
from wenming.ground.standards import queries as standards
from wenming.ledger import verify
from wenming.ledger.models import Entry
from wenming.outcomes.documents.layout import pdf
from wenming.outcomes.documents.models import Document
from wenming.records.cases.models import Case, Order
from wenming.records.journals.models import Journal

WHOLE = {story: codes for story, codes in book.STORIES.items() if story == "seed-001" or "-001-" not in story}
# The order of the headings is that of the seed.
HEADINGS = {
    "seed-000": ["一、2022年工作情况", "（一）高度重视，落实责任", "（二）积极宣传，营造氛围", "（三）有效配合，督促整改",
                 "（四）强化监督，推动落实", "二、2023年工作计划", "一是强化组织领导。", "二是加强沟通协调。", "三是持续宣传引导。",
                 "四是督促整改落实。"],
    "seed-001": ["一、主要工作", "（二）夯实责任，督查到位", "（五）创新载体", "二、今后工作打算", "七是摩托车", "一、创建工作进展情况",
                 "五是奠定一个基础。", "二、存在问题", "三、整改措施", "一、加强组织领导，明确目标任务", "七、丰富内涵，发展群众文化", "总之，",
                 "测评体系119项指标", "五是加强社区街道", "一、关于小街巷", "二、关于无物业管理小区", "三、关于社区消防", "九、关于禁烟标识"],
    "seed-002": ["一、指导思想", "二、组织领导", "三、工作目标", "四、工作任务", "（一）理想信念建设", "（七）长效创建机制", "五、工作步骤",
                 "六、整治重点", "（一）集镇区", "（二）各村（社区）", "七、工作要求"],
    "seed-003": ["一、创文就要心往一处想", "二、创文是全社会", "三、创文不一定要大手笔"],
    "seed-004": ["一、加强志愿者队伍建设", "二、集中环境整治", "三、弘扬时代新风", "四、开展移风易俗活动", "五、开展“我们的节日”活动",
                 "六、建立长效工作机制", "七、2022年工作计划"],
}  # fmt: skip


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[None]:
    storage = "django.core.files.storage.FileSystemStorage"
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={
            "default": {"BACKEND": storage, "OPTIONS": {"location": str(tmp_path / "files")}},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    ):
        standards.forget()
        yield
    standards.forget()


@pytest.fixture
def no_office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without LibreOffice tells a story all the same; Word is what is looked at here."""
    monkeypatch.setenv("WENMING_VAR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))


def told(story: str, out: Path) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    """(what the command says, figures.json, paragraphs of summary.docx)."""
    said = building.tell(story, out, at=NOW)
    rows = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    return said, rows, [paragraph.text for paragraph in docx.Document(str(out / "summary.docx")).paragraphs]


@pytest.mark.parametrize("story", WHOLE)
def test_every_figure_of_the_seed_comes_out_of_the_books_and_stands_in_the_summary(
    story: str, db: None, quick: None, no_office: None, tmp_path: Path
) -> None:
    said, rows, paragraphs = told(story, tmp_path / "out")
    wanted = {code: FIGURES[code] for code in WHOLE[story]}
    found = {
        code: [(row["sentence"], row["value"]) for row in rows if row["story"] == code] for code in wanted
    }
    assert found == {code: [line[:2] for line in lines] for code, lines in wanted.items()}
    assert [
        row["sentence"] for row in rows if not row["entries"] or not row["metric"] or not row["scope"]
    ] == []
    # Figures that hold another up: one week of a year of visits, one day of a month of activities.
    unsaid = {row["sentence"] for row in rows if not row["in_summary"]}
    assert unsaid <= {"每周督查不少于 5 次（其中一周）", "12 月 2 日文明交通安全日集中宣传活动"}
    text = "\n".join(paragraphs)
    assert [line for lines in wanted.values() for line in lines if line[2] not in text] == []
    places = [text.find(heading) for heading in HEADINGS[story]]
    assert -1 not in places
    assert places == sorted(places)
    assert "【" not in text
    assert (said["summary_pdf"], said["figures"]) == (None, len(rows))
    # Told again nothing is added, and the same bytes are written.
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    before = _counts()
    assert told(story, tmp_path / "again")[0]["entries"] == said["entries"]
    assert _counts() == before
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == files
    assert Order.objects.filter(state="draft").count() == 0
    assert verify.verify().ok
    assert history.verify() == []


def _counts() -> list[int]:
    return [model.objects.count() for model in (Journal, Case, Order, Document, Entry, Person)]


@pytest.mark.parametrize("code", FIGURES)
def test_number_that_a_sentence_quotes_is_the_number_expected(code: str) -> None:
    """「罚款 2.8 万元」 is 28000; a sentence whose number is hidden or that has none proves nothing here."""
    wrong = []
    for sentence, value, _printed in FIGURES[code]:
        quoted = re.search(r"(?<![\d月第]) (\d[\d.]*) ?多?(万)?", sentence)
        if quoted and "月" not in sentence and "5 次（全年）" not in sentence:
            number = Decimal(quoted[1]) * (10_000 if quoted[2] else 1)
            if number != Decimal(str(value)):
                wrong.append((sentence, value))
    assert wrong == []


def test_the_parts_of_a_story_can_be_told_alone(
    db: None, quick: None, no_office: None, tmp_path: Path
) -> None:
    alone = told("seed-001-2", tmp_path / "part")
    assert {row["story"] for row in alone[1]} == {"seed-001-2"}
    whole = told("seed-001", tmp_path / "whole")
    assert [row for row in whole[1] if row["story"] == "seed-001-2"] == alone[1]
    assert sorted(path.name for path in (tmp_path / "whole").iterdir()) == [
        "001-1.docx", "001-2.docx", "001-3.docx", "001-4.docx", "001-5.docx", "figures.json", "summary.docx",
    ]  # fmt: skip
    assert Journal.objects.filter(late=True).count() == 4
    assert set(whole[2]) >= set(alone[2])


def test_eight_orders_went_to_the_four_rural_communities(
    db: None, quick: None, no_office: None, tmp_path: Path
) -> None:
    told("seed-004", tmp_path / "out")
    issued = Order.objects.filter(serial__isnull=False)
    assert sorted(issued.values_list("unit__name", flat=True)) == sorted(
        ["田集社区", "沟桥社区", "草寺社区", "王庄社区"] * 2
    )
    assert set(Order.objects.values_list("reason", "state")) == {("twice", "checked")}


def test_unknown_story_is_refused(db: None, tmp_path: Path) -> None:
    with pytest.raises(DomainError) as refused:
        building.tell("seed-009", tmp_path, at=NOW)
    assert refused.value.code == "story_unknown"


def test_a_wrong_story_is_named_by_file_and_line(tmp_path: Path) -> None:
    text = (book.FOLDER / "seed-004.yaml").read_text(encoding="utf-8")
    line = next(n for n, said in enumerate(text.splitlines(), 1) if "times: 52" in said)
    (tmp_path / "seed-004.yaml").write_text(text.replace("times: 52", "times: 0"), encoding="utf-8")
    with pytest.raises(PackError) as refused:
        book.read("seed-004", tmp_path)
    assert f"seed-004.yaml 第 {line} 行" in refused.value.message


@pytest.mark.parametrize(("total", "count"), [(0, 3), (2, 5), (5, 5), (43, 24), (2800, 26), (50000, 1)])
def test_shares_add_up_and_none_is_empty_where_there_is_enough(total: int, count: int) -> None:
    parts = spreading.shares(total, count, shift=3)
    assert (len(parts), sum(parts)) == (count, total)
    assert min(parts) >= int(total >= count)


def test_days_are_weekdays_of_the_months_in_order() -> None:
    part = book.read("seed-004")
    days = spreading.days(part.period.start, part.period.end, 60, months=[3, 9], shift=4)
    assert days == sorted(days)
    assert {day.month for day in days} == {3, 9}
    assert max(day.weekday() for day in days) < 5


def test_bound_papers_begin_on_pages_of_their_own() -> None:
    def paper(text: str) -> bytes:
        document = docx.Document()
        document.add_paragraph(text)
        out = BytesIO()
        document.save(out)
        return out.getvalue()

    whole = binding.bound([paper("甲"), paper("乙"), paper("丙")])
    assert zipfile.ZipFile(BytesIO(whole)).testzip() is None
    opened = docx.Document(BytesIO(whole))
    assert [one.text for one in opened.paragraphs if one.text] == ["甲", "乙", "丙"]
    assert [section.start_type.name for section in opened.sections] == ["NEW_PAGE"] * 3


# What a seed tells without a number and what takes a year of appraisals: the demo town has them.
ELSEWHERE = {"红榜加分、黑榜扣分", "环境卫生一体化督查考评统计表"}


@pytest.mark.parametrize("code", FIGURES)
def test_nothing_that_docs_seeds_lists_is_left_out(code: str) -> None:
    """Of every row of docs/seeds.md the story asks for at least one metric."""
    asked = {figure.metric for figure in book.read(code).figures}
    section = (
        (ROOT / "docs" / "seeds.md").read_text(encoding="utf-8").split(f"## {code[5:]} ")[1].split("\n## ")[0]
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| ")
    ]
    left = [
        row[0] for row in rows[1:] if "`" in row[4] and asked.isdisjoint(re.findall(r"`([\w.]+)`", row[4]))
    ]
    assert set(left) <= ELSEWHERE


@pytest.mark.own
def test_the_command_tells_a_story_beside_the_demo_and_never_among_real_data(tmp_path: Path) -> None:
    def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        environ = {
            **os.environ,
            "WENMING_VAR": str(folder / "var"),
            "WENMING_DATABASE": f"sqlite:///{folder}/db.sqlite3",
        }
        return subprocess.run(
            [sys.executable, "-m", "wenming.cli", *words], check=False, env=environ, capture_output=True, text=True,
            timeout=600, cwd=ROOT,
        )  # fmt: skip

    one, real = tmp_path / "one", tmp_path / "real"
    one.mkdir()
    real.mkdir()
    first = run(one, "demo", "--story", "seed-001-4", "--out", str(one / "out"))
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout.splitlines()[-1])
    assert (said["story"], said["figures"]) == ("seed-001-4", len(FIGURES["seed-001-4"]))
    assert (one / "out" / "summary.docx").stat().st_size > 5_000
    # The demo town beside it; afterwards the story is still there and told again, without anything new.
    demo = run(one, "demo", "--no-serve", "--weeks", "1")
    assert demo.returncode == 0, demo.stderr
    again = run(one, "demo", "--story", "seed-001-4", "--out", str(one / "out"))
    assert json.loads(again.stdout.splitlines()[-1]) == said
    assert "渚田镇 2019 年已在库里，原样保留，只重写文件。" in again.stderr
    made = run(
        real, "init", "--county", "真县", "--code", "350588", "--phones", "13900000001", "13900000002", "13900000003"
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    refused = run(real, "demo", "--story", "seed-001-4", "--out", str(real / "out"))
    assert refused.returncode == 1
    assert "正式数据" in refused.stderr
    assert not (real / "out").exists()
    # A folder that takes no files is refused before a year is built for it.
    (one / "file").write_text("", encoding="utf-8")
    closed = run(one, "demo", "--story", "seed-002", "--out", str(one / "file" / "out"))
    assert (closed.returncode, "没有这个路径" in closed.stderr or "不是文件夹" in closed.stderr) == (1, True)
    assert closed.stderr.splitlines()[0].startswith("不能在「")
    alone = run(one, "demo", "--out", str(one / "out"))
    assert (alone.returncode, "请同时写 --story" in alone.stderr) == (1, True)


@pytest.mark.office
def test_pdf_stands_beside_the_word_file(db: None, quick: None, tmp_path: Path) -> None:
    if pdf.converter() is None:
        pytest.skip("no LibreOffice here")
    said, _rows, _paragraphs = told("seed-001-3", tmp_path / "out")
    assert said["summary_pdf"] == str(tmp_path / "out" / "summary.pdf")
    assert (tmp_path / "out" / "summary.pdf").read_bytes().startswith(b"%PDF")
