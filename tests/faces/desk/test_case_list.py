"""问题台账: who sees what, filters, pages, columns, statements; the Excel file and the print are the same list."""

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import Life, photo, place
from wenming.common import clock
from wenming.faces.desk import case_columns
from wenming.ground.evidence import actions as evidence
from wenming.ground.units.models import Unit
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case

LIST = "/desk/cases/"


def numbers(response: Any) -> list[str]:
    return [row.case.number for row in response.context["rows"]]


def read(response: Any) -> bytes:
    """The whole answer. The test client itself closes a streamed one when it has been read to its end."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def workbook(response: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(read(response))).active


def sheet(response: Any) -> list[list[Any]]:
    return [list(row) for row in workbook(response).iter_rows()]


@pytest.mark.parametrize(
    ("who", "status"),
    [("director", 200), ("clerk", 200), ("inspector", 200), ("secretary", 200), ("worker", 200), ("chief", 200),
     ("leader", 200), ("county_clerk", 200), ("discipline", 200), ("cleaner", 200), ("admin", 403), ("security", 403),
     ("auditor", 403)],
)  # fmt: skip
def test_list_by_role(life: Life, town: SimpleNamespace, log_in: Any, who: str, status: int) -> None:
    life.handling()
    client = log_in(getattr(town, who))
    for page in (LIST, LIST + "print/", LIST + "export/"):
        response = client.get(page)
        assert response.status_code == status
        read(response)


def test_list_without_log_in_goes_to_log_in(client: Any, db: None) -> None:
    assert client.get(LIST).headers["Location"] == "/log-in/?next=/desk/cases/"


def test_list_shows_own_ground_only(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    east = life.handling()
    west = life.handling(place=town.west_lane, lead=town.west)
    assert numbers(log_in(town.secretary).get(LIST)) == [east.number]
    assert numbers(log_in(town.west_secretary).get(LIST)) == [west.number]
    assert numbers(log_in(town.outsider).get(LIST)) == []
    assert numbers(log_in(town.director).get(LIST)) == [west.number, east.number]


def test_covert_find_leaves_no_trace_in_list_count_export(
    life: Life, town: SimpleNamespace, log_in: Any
) -> None:
    life.reported(covert=True, description="公厕无人保洁")
    client = log_in(town.secretary)
    assert "共 0 条" in client.get(LIST).content.decode()
    assert "公厕" not in client.get("/desk/").content.decode()
    assert "公厕" not in str([[cell.value for cell in row] for row in sheet(client.get(LIST + "export/"))])
    assert "公厕" in log_in(town.director).get("/desk/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [("state=handling", "handling"), ("state=reported&state=handling", "reported handling"), ("words=杂物", "reported"),
     ("words=督-0001", "reported"), ("category=06", "handling reported"), ("category=06036", "reported"),
     ("category=乱堆杂物", "reported"), ("source=hotline", "reported"), ("light=green", "handling"), ("light=red", ""),
     ("path=joint", ""), ("only=relapse", ""), ("since=2020-01-01", "handling reported"), ("until=2020-01-01", "")],
)  # fmt: skip
def test_filter(life: Life, town: SimpleNamespace, log_in: Any, query: str, found: str) -> None:
    kept = {
        "reported": life.reported(category="06036", description="堆放杂物", source="hotline", by=town.clerk),
        "handling": life.handling(),
    }
    shown = numbers(log_in(town.director).get(f"{LIST}?{query}"))
    assert sorted(shown) == sorted(kept[name].number for name in found.split())


def test_filter_by_units(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    east, west = life.handling(), life.handling(place=town.west_lane, lead=town.chengguan, category="06036")
    client = log_in(town.director)
    assert numbers(client.get(f"{LIST}?unit={town.east.uuid}")) == [east.number]
    assert numbers(client.get(f"{LIST}?lead={town.chengguan.uuid}")) == [west.number]


@pytest.mark.parametrize(
    "query",
    ["since=昨天", "since=2026-13-40", "state=nothing", "category=没有这类", "unit=x", "page=-1", "page=abc", "size=7",
     "since=2026-02-02&until=2026-01-01", "place=x", "only=x", "light=blue", "words=%00"],
)  # fmt: skip
def test_bad_filter_is_said_or_left_out(life: Life, town: SimpleNamespace, log_in: Any, query: str) -> None:
    case = life.reported()
    response = log_in(town.director).get(f"{LIST}?{query}")
    assert response.status_code == 200
    assert numbers(response) == [case.number]


def test_chips_take_one_filter_off(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    life.reported()
    response = log_in(town.director).get(f"{LIST}?state=reported&state=handling&words=垃圾&page=2")
    chips = [(chip.label, chip.value, chip.without) for chip in response.context["chips"]]
    words = "words=%E5%9E%83%E5%9C%BE"
    assert chips == [
        ("编号、地点、词", "垃圾", "state=reported&state=handling"),
        ("状态", "待受理", f"state=handling&{words}"),
        ("状态", "处置中", f"state=reported&{words}"),
    ]


def test_pages_and_total(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    made = [life.reported().number for _ in range(23)]
    client = log_in(town.director)
    first, second = client.get(LIST), client.get(f"{LIST}?page=2")
    assert numbers(first) == made[:2:-1]
    assert numbers(second) == made[2::-1]
    assert "共 23 条" in first.content.decode()
    assert len(numbers(client.get(f"{LIST}?size=50"))) == 23


def test_statements_are_few_and_do_not_grow(
    life: Life, town: SimpleNamespace, log_in: Any, settings: Any
) -> None:
    client = log_in(town.director)
    client.post(LIST + "columns/", {"column": [column.code for column in case_columns.COLUMNS]})
    counts = []
    for more in (1, 2):
        for _ in range(more):
            case = life.closed(photos=[photo(town.inspector, town.town)])
            case.assist_units.add(town.chengguan)
        client.get(LIST)
        with CaptureQueriesContext(
            connection,
        ) as statements:
            assert client.get(LIST).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[1] <= 12, counts


def test_columns_are_remembered(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    life.closed()
    client = log_in(town.director)
    response = client.post(LIST + "columns/", {"column": ["verifier", "nonsense"], "query": "state=closed"})
    assert (response.status_code, response.headers["Location"]) == (303, "/desk/cases/?state=closed")
    response = client.get(LIST)
    assert [column.code for column in response.context["columns"]] == ["number", "verifier"]
    assert response.context["rows"][0].cells[1].text == "周正"
    client.post(LIST + "columns/", {"usual": "1"})
    assert [column.code for column in client.get(LIST).context["columns"]] == case_columns.USUAL


def test_every_column_says_something_of_a_whole_life(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    case = life.closed(photos=[photo(town.inspector, town.town)], address="12 号门前")
    case.assist_units.add(town.chengguan)
    for row in evidence.Photo.objects.all():
        evidence.derive(photo=row, at=life.at)
    client = log_in(town.director)
    client.post(LIST + "columns/", {"column": [column.code for column in case_columns.COLUMNS]})
    cells = {cell.code: cell.text for cell in client.get(LIST).context["rows"][0].cells}
    empty = {code for code, text in cells.items() if not text}
    assert empty == {"light", "relapses", "suspended_to", "needs_yuan", "remark"}
    assert (cells["before"], cells["after"], cells["assist"], cells["result"]) == (
        "1 张", "1 张", "安和城管站", "整改到位，按期",
    )  # fmt: skip


def test_what_people_typed_is_never_markup(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    """The table, the options and the chips are written by hand for speed: every word in them is escaped."""
    bad = "\"'><script>alert(1)</script>"
    where = place(bad, town.east)
    case = life.closed(place=where, address=bad, description=bad, photos=[photo(town.inspector, town.town)])
    Unit.objects.filter(pk=town.east.pk).update(name=bad, short_name=bad)
    Case.objects.filter(pk=case.pk).update(category_name=bad, measures=bad)
    client = log_in(town.director)
    client.post(LIST + "columns/", {"column": [column.code for column in case_columns.COLUMNS]})
    for address in (LIST, LIST + "print/", f"{LIST}?words=%22%3E%3Cscript%3Ealert"):
        page = client.get(address).content.decode()
        assert "script&gt;alert(1)" in page
        assert "<script>alert" not in page
        assert "\"'>" not in page


def test_export_equals_the_filtered_list(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    life.reported()
    shown = [life.handling(description=f"第 {n} 处").number for n in range(3)]
    client = log_in(town.director)
    response = client.get(f"{LIST}export/?state=handling")
    assert response.headers["Content-Type"].endswith("spreadsheetml.sheet")
    rows = sheet(response)
    assert rows[0][0].value == "安和镇文明创建问题台账"
    assert rows[1][0].value.startswith("填报单位：安和镇创城办")
    assert rows[1][0].value.endswith("范围：状态：处置中")
    labels = [column.label for column in case_columns.chosen(None)]
    assert [cell.value for cell in rows[2]] == ["序号", *labels]
    assert [row[1].value for row in rows[3:6]] == shown[::-1]
    assert [row[0].value for row in rows[3:6]] == ["1", "2", "3"]
    assert rows[-1][0].value.startswith("填报人：")
    assert len(rows) == 3 + 3 + 2


def test_money_wanted_is_a_column_of_the_export(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    case = life.handling()
    cases.ask_suspension(
        case=case, by=town.secretary, at=life.tick(), reason="needs_money", ground="缺经费", takes_over="县城管局",
        until=clock.local_date(life.at) + timedelta(days=60), needs_yuan="125000",
    )  # fmt: skip
    cases.grant_suspension(case=case, by=town.director, at=life.tick())
    client = log_in(town.director)
    client.post(LIST + "columns/", {"column": ["suspended_to", "needs_yuan"]})
    rows = sheet(client.get(f"{LIST}export/"))
    assert [cell.value for cell in rows[2]] == ["序号", "编号", "挂账请谁解决", "所需资金（元）"]
    assert [cell.value for cell in rows[3]] == ["1", case.number, "县城管局", "125000.00"]


def test_export_page_is_landscape_a4_with_repeated_head(
    life: Life, town: SimpleNamespace, log_in: Any
) -> None:
    life.reported()
    page = workbook(log_in(town.director).get(LIST + "export/"))
    assert (page.page_setup.orientation, str(page.page_setup.paperSize)) == ("landscape", "9")
    assert page.print_title_rows == "$3:$3"


def test_formula_in_a_description_stays_words(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    words = '=HYPERLINK("http://x/","点我")\x07'
    life.reported(description=words)
    cells = [cell for row in sheet(log_in(town.director).get(LIST + "export/")) for cell in row]
    found = [cell for cell in cells if str(cell.value).startswith("=")]
    assert [(cell.value, cell.data_type) for cell in found] == [(words[:-1], "s")]


def test_print_shows_the_filtered_list_and_a_line_to_sign(
    life: Life, town: SimpleNamespace, log_in: Any
) -> None:
    life.reported()
    case = life.handling()
    response = log_in(town.director).get(f"{LIST}print/?state=handling")
    assert numbers(response) == [case.number]
    assert "审核人：" in response.content.decode()


def test_empty_ledger_says_what_will_be_here(town: SimpleNamespace, log_in: Any) -> None:
    assert "台账还是空的" in log_in(town.director).get(LIST).content.decode()
    assert "没有符合条件的问题" in log_in(town.director).get(f"{LIST}?state=closed").content.decode()


# --- bulk deeds ------------------------------------------------------------------------------------------


def test_batch_register_reports_every_row(life: Life, town: SimpleNamespace, log_in: Any, post: Any) -> None:
    fresh, done = life.reported(), life.handling()
    page = log_in(town.clerk).get(f"{LIST}batch/register/?case={fresh.uuid}&case={done.uuid}&case=junk")
    assert [case.number for case in page.context["cases"]] == [done.number, fresh.number]
    client = log_in(town.clerk)
    key = "11111111-1111-1111-1111-111111111111"
    data = {"key": key, "case": [str(fresh.uuid), str(done.uuid)]}
    assert client.post(LIST + "batch/register/", data).status_code == 303
    told = client.get(LIST + "batch/result/").context["told"]
    assert (told["done"], told["failed"]) == (1, 1)
    failed = next(row for row in told["rows"] if not row["done"])
    assert failed["number"] == done.number
    assert "不能再「立案」" in failed["told"]
    assert Case.objects.get(pk=fresh.pk).state == "registered"
    # The same form again is answered with the first result.
    assert client.post(LIST + "batch/register/", data).headers["Location"] == "/desk/cases/batch/result/"


def test_batch_dispatch_to_one_lead(life: Life, town: SimpleNamespace, post: Any) -> None:
    chosen = [life.registered(), life.registered()]
    data = {"case": [str(case.uuid) for case in chosen], "lead": str(town.east.uuid), "term_value": "3",
            "term_unit": "work_day"}  # fmt: skip
    assert post(town.clerk, LIST + "batch/dispatch/", data).status_code == 303
    states = Case.objects.filter(pk__in=[case.pk for case in chosen]).values_list("state", "lead_unit_id")
    assert list(states) == [("dispatched", town.east.pk)] * 2


def test_batch_dispatch_without_lead_or_with_bad_term_changes_nothing(
    life: Life, town: SimpleNamespace, post: Any
) -> None:
    case = life.registered()
    for data in ({}, {"lead": str(town.east.uuid), "term_value": "0.5", "term_unit": "work_day"}):
        response = post(town.clerk, LIST + "batch/dispatch/", {"case": str(case.uuid), **data})
        assert response.status_code == 422
    assert Case.objects.get(pk=case.pk).state == "registered"


def test_batch_accept_only_what_was_found_by_oneself(life: Life, town: SimpleNamespace, post: Any) -> None:
    by, at = town.worker, life.tick()
    spot = cases.report_fixed(
        at=at, by=by, category="06010", description="烟头", place=town.lane,
        before=[photo(by, town.town, at=at)], after=[photo(by, town.town, at=at)],
    )  # fmt: skip
    other = life.verifying()
    post(town.inspector, LIST + "batch/accept/", {"case": [str(spot.uuid), str(other.uuid)]})
    assert Case.objects.get(pk=spot.pk).state == "closed"
    assert Case.objects.get(pk=other.pk).state == "verifying"


@pytest.mark.parametrize(
    ("who", "code", "status"), [("secretary", "dispatch", 403), ("director", "burn", 404)]
)
def test_batch_is_refused(town: SimpleNamespace, log_in: Any, who: str, code: str, status: int) -> None:
    assert log_in(getattr(town, who)).get(f"{LIST}batch/{code}/").status_code == status
