"""上级表格 at the desk: upload, map cell by cell, fill, look at the numbers, download."""

import io
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl.workbook import Workbook

from tests.factories import Life
from tests.outcomes.forms.county_form import SHEET, added, form_bytes, mapped, opened
from wenming.common import clock
from wenming.ledger import figures, periods
from wenming.outcomes.forms import actions as forms
from wenming.outcomes.forms import mapping
from wenming.outcomes.forms.models import FilledForm, SuperiorForm

WEEK = periods.of(periods.WEEK, clock.local_date(clock.now()))


def upload(town: SimpleNamespace, data: bytes, name: str = "周报表.xlsx") -> dict[str, Any]:
    return {
        "name": "创城工作周报表", "sender": "平川县创城办", "period_kind": "week", "town": str(town.town.uuid),
        "file": SimpleUploadedFile(name, data),
    }  # fmt: skip


def test_new_form_is_mapped_filled_and_downloaded(
    town: SimpleNamespace, life: Life, post: Any, log_in: Any
) -> None:
    life.closed()
    sent = post(town.clerk, reverse("desk:form-new"), upload(town, form_bytes()))
    form = SuperiorForm.objects.get()
    map_url = reverse("desk:form-map", args=[form.uuid])
    assert (sent.status_code, sent.url) == (303, map_url)
    client = log_in(town.clerk)
    assert "平川县文明城市创建工作周报表" in client.get(map_url).content.decode()
    chosen = client.get(f"{map_url}?sheet=0&cell=C6").content.decode()
    assert "C6 填什么" in chosen
    done = post(
        town.clerk,
        f"{map_url}?sheet=0&cell=C6",
        {"kind": "figure", "figure-metric": "found", "figure-period": "this"},
    )
    assert done.status_code == 303
    post(
        town.clerk, f"{map_url}?sheet=0&cell=A2", {"kind": "word", "word-word": "office", "word-append": "on"}
    )
    rows_url = f"{reverse('desk:form-rows', args=[form.uuid])}?sheet=0&cell=A4&list=units"
    assert "发现问题" in client.get(rows_url).content.decode()
    done = post(
        town.clerk,
        rows_url,
        {
            "list": "units",
            "last_row": "4",
            "c_A": "f:serial",
            "c_B": "f:name",
            "c_C": "m:fixed",
            "p_C": "this",
        },
    )
    assert done.status_code == 303
    assert [row["kind"] for row in form.current.mapping] == ["word", "rows", "figure"]
    filled = post(town.clerk, reverse("desk:form-fill", args=[form.uuid]), {"period": WEEK.key})
    one = FilledForm.objects.get()
    assert (filled.status_code, filled.url) == (303, reverse("desk:filled-form", args=[one.uuid]))
    page = client.get(filled.url).content.decode()
    for figure in one.figures.select_related("figure"):
        assert reverse("desk:figure", args=[figure.figure.uuid]) in page
    answer = client.get(reverse("desk:filled-form-file", args=[one.uuid]))
    data = b"".join(answer.streaming_content)
    assert data == forms.file_of(one)
    found = figures.value("found", scope=town.town, period=WEEK, at=clock.now()).number
    assert opened(data)[SHEET]["C7"].value == found


def test_figure_page_of_a_filled_number_opens(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.closed()
    form = mapped(town)
    one = forms.fill(key=uuid4(), form=form, period=WEEK, by=town.clerk, at=clock.now())
    figure = one.figures.first()
    assert figure is not None
    for who in (town.clerk, town.leader):
        assert log_in(who).get(reverse("desk:figure", args=[figure.figure.uuid])).status_code == 200


def test_filled_page_says_what_the_books_say_now(town: SimpleNamespace, life: Life, log_in: Any) -> None:
    life.reported()
    one = forms.fill(key=uuid4(), form=mapped(town), period=WEEK, by=town.clerk, at=clock.now())
    url = reverse("desk:filled-form", args=[one.uuid])
    assert "现为" not in log_in(town.clerk).get(url).content.decode()
    life.reported(description="又一处")
    assert "现为" in log_in(town.clerk).get(url).content.decode()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("周报.xlsm", b"", "空的"),
        ("周报.xlsx", b"<html></html>", "网页格式"),
        ("周报.xlsx", form_bytes()[:2000], "已损坏"),
        ("周报.csv", "甲,乙".encode(), "不是 .xlsx"),
        ("周报.xlsx", bytes(6 * 1024 * 1024), "最多 5 MB"),
    ],
)
def test_new_form_refused_keeps_what_was_typed(
    town: SimpleNamespace, post: Any, name: str, data: bytes, words: str
) -> None:
    answer = post(town.clerk, reverse("desk:form-new"), upload(town, data, name))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "平川县创城办" in page
    assert not SuperiorForm.objects.exists()


def test_mapping_page_refuses_in_a_sentence(town: SimpleNamespace, post: Any) -> None:
    form = added(town)
    url = f"{reverse('desk:form-map', args=[form.uuid])}?sheet=0&cell=C6"
    answer = post(town.clerk, url, {"kind": "word", "word-word": "fixed", "word-text": ""})
    assert (answer.status_code, "请写出固定文字" in answer.content.decode()) == (422, True)


def test_a_figure_is_narrowed_by_what_people_read(town: SimpleNamespace, post: Any, log_in: Any) -> None:
    form, client = added(town), log_in(town.clerk)
    url = f"{reverse('desk:form-map', args=[form.uuid])}?sheet=0&cell=C6"
    assert '<option value="06 市容环境类">' in client.get(url).content.decode()
    given = {"kind": "figure", "figure-metric": "found", "figure-period": "this"}
    wrong = post(town.clerk, url, given | {"figure-category": "没有这一类"})
    assert (wrong.status_code, "没有类别「没有这一类」" in wrong.content.decode()) == (422, True)
    assert 'value="没有这一类"' in wrong.content.decode()
    sent = post(town.clerk, url, given | {"figure-category": "06 市容环境类", "figure-source": "county"})
    assert sent.status_code == 303
    [row] = form.current.mapping
    assert (row["category"], row["source"]) == ("06", "county")
    page = client.get(url).content.decode()
    assert "发现问题数（市容环境类、县级督查）" in page
    assert 'value="06 市容环境类"' in page
    # In the columns of a list, too.
    rows_url = f"{reverse('desk:form-rows', args=[form.uuid])}?sheet=0&cell=A4&list=units"
    columns = {
        "list": "units",
        "last_row": "4",
        "c_B": "f:name",
        "c_C": "m:found",
        "p_C": "this",
        "k_C": "市容环境类",
    }
    assert post(town.clerk, rows_url, columns).status_code == 303
    assert mapping.read(form.current.mapping)[0].columns["C"].category == "06"


def test_a_column_is_named_by_its_whole_head(town: SimpleNamespace, log_in: Any) -> None:
    """A head of three rows with the sums below it, as counties draw it."""

    def head(made: Workbook) -> None:
        sheet = made.create_sheet("表一")
        for area, words in (
            ("A1:J1", "统计表"),
            ("B2:B4", "社区"),
            ("C2:F2", "问题"),
            ("C3:D3", "发现"),
            ("E3:F3", "整改"),
        ):
            sheet.merge_cells(area)
            sheet[area.partition(":")[0]] = words
        sheet["C4"], sheet["D4"], sheet["E4"], sheet["F4"], sheet["G4"] = (
            "本周",
            "累计",
            "本周",
            "整改率",
            "备注",
        )
        sheet["B5"], sheet["C5"], sheet["D5"], sheet["E5"] = "合计", "=SUM(C6)", "=SUM(D6)", "=SUM(E6)"

    form = added(town, form_bytes(head))
    url = f"{reverse('desk:form-rows', args=[form.uuid])}?sheet=2&cell=B6&list=units"
    columns = log_in(town.clerk).get(url).context["columns"]
    assert [one["heading"] for one in columns[1:7]] == [
        "社区", "问题 · 发现 · 本周", "问题 · 发现 · 累计", "问题 · 整改 · 本周", "问题 · 整改 · 整改率", "备注",
    ]  # fmt: skip


def test_every_piece_of_a_large_sheet_can_be_reached(town: SimpleNamespace, post: Any, log_in: Any) -> None:
    def far(made: Workbook) -> None:
        made[SHEET]["BA450"] = "最右下角"

    form, client = added(town, form_bytes(far)), log_in(town.clerk)
    url = reverse("desk:form-map", args=[form.uuid])
    first = client.get(f"{url}?sheet=0").content.decode()
    assert "第 1—200 行，A—AN 列" in first
    assert "最右下角" not in first
    assert "最右下角" in client.get(f"{url}?sheet=0&at=AO401").content.decode()
    # Whoever chose a cell stays in its piece.
    chosen = f"{url}?sheet=0&cell=BA449"
    page = client.get(chosen).content.decode()
    assert ("最右下角" in page, "BA449 填什么" in page) == (True, True)
    sent = post(town.clerk, chosen, {"kind": "word", "word-word": "person"})
    assert "最右下角" in client.get(sent.url).content.decode()
    for odd in ("ZZZZ9", "A0", "", "AAA1048577", "公式"):
        assert client.get(url, {"sheet": 0, "at": odd}).status_code == 200


def test_mapping_can_be_taken_back(town: SimpleNamespace, post: Any) -> None:
    form = mapped(town)
    post(
        town.clerk,
        reverse("desk:form-clear", args=[form.uuid]),
        {"sheet_name": SHEET, "at": "A4", "rows": "1"},
    )
    assert "A4" not in {row["cell"] for row in form.current.mapping}


def test_new_edition_and_retirement(town: SimpleNamespace, post: Any, log_in: Any) -> None:
    form = mapped(town)
    sent = post(
        town.clerk,
        reverse("desk:form-replace", args=[form.uuid]),
        {"file": SimpleUploadedFile("新.xlsx", form_bytes())},
    )
    assert (sent.status_code, form.current.number) == (303, 2)
    bad = post(
        town.clerk,
        reverse("desk:form-replace", args=[form.uuid]),
        {"file": SimpleUploadedFile("新.xlsx", b"x")},
    )
    assert bad.status_code == 422
    post(town.clerk, reverse("desk:form-retire", args=[form.uuid]))
    form.refresh_from_db()
    assert form.state == "retired"
    page = log_in(town.clerk).get(reverse("desk:form-detail", args=[form.uuid])).content.decode()
    assert "填好并留存" not in page
    assert post(
        town.clerk, reverse("desk:form-fill", args=[form.uuid]), {"period": WEEK.key}
    ).status_code in (409, 422)


@pytest.mark.parametrize("period", ["", "2026", "²²", "2026-W99", "2099-W01"])
def test_fill_with_a_wrong_period_is_a_sentence(town: SimpleNamespace, post: Any, period: str) -> None:
    answer = post(town.clerk, reverse("desk:form-fill", args=[mapped(town).uuid]), {"period": period})
    assert answer.status_code == 422
    assert "alert" in answer.content.decode()


def test_leader_sees_and_does_not_map(town: SimpleNamespace, log_in: Any, post: Any) -> None:
    form = mapped(town)
    assert log_in(town.leader).get(reverse("desk:form-detail", args=[form.uuid])).status_code == 200
    assert log_in(town.leader).get(reverse("desk:form-map", args=[form.uuid])).status_code == 403
    assert (
        post(town.leader, reverse("desk:form-fill", args=[form.uuid]), {"period": WEEK.key}).status_code
        == 403
    )


@pytest.mark.parametrize("who", ["secretary", "outsider", "worker"])
def test_list_is_not_for_those_who_write_no_papers(town: SimpleNamespace, log_in: Any, who: str) -> None:
    form = mapped(town)
    client = log_in(getattr(town, who))
    assert client.get(reverse("desk:form-list")).status_code == 403
    assert client.get(reverse("desk:form-detail", args=[form.uuid])).status_code == 404


def test_list_costs_the_same_for_one_form_and_three(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("desk:form-list")).status_code == 200
        return len(found)

    mapped(town)
    cost()
    one = cost()
    for _ in range(2):
        added(town)
    assert cost() == one


def test_form_page_costs_the_same_for_one_filled_file_and_three(town: SimpleNamespace, log_in: Any) -> None:
    client, form = log_in(town.clerk), mapped(town)
    url = reverse("desk:form-detail", args=[form.uuid])

    def cost() -> int:
        forms.fill(key=uuid4(), form=form, period=WEEK, by=town.clerk, at=clock.now())
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    cost()
    one = cost()
    assert cost() == one


def test_sample_is_the_uploaded_file(town: SimpleNamespace, log_in: Any) -> None:
    data = form_bytes()
    form = added(town, data)
    answer = log_in(town.clerk).get(reverse("desk:form-sample", args=[form.uuid]))
    assert io.BytesIO(b"".join(answer.streaming_content)).getvalue() == data
