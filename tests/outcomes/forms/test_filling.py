"""From the ledger into the county's own form: numbers, words, lists; looks kept; every number opens to its entries."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext
from openpyxl.workbook import Workbook

from tests.factories import Life
from tests.outcomes.documents.bulletins import LATER, WEEK
from tests.outcomes.forms.county_form import (
    ITEMS,
    LIST_SHEET,
    SHEET,
    UNIT_ROWS,
    added,
    form_bytes,
    mapped,
    opened,
)
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import queries as history
from wenming.ledger import figures, periods, provenance
from wenming.ledger.metrics import Filters
from wenming.outcomes.forms import actions as forms
from wenming.outcomes.forms import mapping, narrowing, queries
from wenming.outcomes.forms.mapping import Column, Item
from wenming.outcomes.forms.models import FilledForm, FormVersion, SuperiorForm
from wenming.records.cases.models import Case


def filled(form: SuperiorForm, t: SimpleNamespace, **more: object) -> FilledForm:
    given = {"period": WEEK, "by": t.clerk, "at": LATER} | more
    return forms.fill(key=uuid4(), form=form, **given)  # type: ignore[arg-type]


def test_fill_numbers_are_those_of_the_ledger(week: SimpleNamespace) -> None:
    t = week.t
    one = filled(mapped(t), t)
    sheet = opened(forms.file_of(one))[SHEET]
    found, fixed = (
        dict(figures.by_unit(code, units=[t.east, t.west], period=WEEK, at=LATER))
        for code in ("found", "fixed")
    )
    assert [[cell.value for cell in row] for row in sheet["A4:D5"]] == [
        [1, t.east.label, int(found[t.east].number), int(fixed[t.east].number)],
        [2, t.west.label, int(found[t.west].number), int(fixed[t.west].number)],
    ]
    assert int(found[t.east].number) + int(found[t.west].number) > 0
    rate = figures.value("fix_rate", scope=t.town, period=WEEK, at=LATER)
    assert rate.number is not None
    assert Decimal(str(sheet["C7"].value)) == rate.number / 100
    year = periods.between(WEEK.end.replace(month=1, day=1), WEEK.end)
    assert sheet["D7"].value == figures.value("found", scope=t.east, period=year, at=LATER).number


def test_fill_counts_one_category_and_one_source(week: SimpleNamespace) -> None:
    """「其中：市容环境」「其中：县级督查」: the narrowed figures are those of the ledger, and say what they count."""
    t = week.t
    case = Case.objects.filter(town=t.town).first()
    assert case is not None
    kind = case.category[:2]
    columns = {
        "B": Column("name"), "C": Column(metric="found", category=kind), "D": Column(metric="found", source=case.source),
    }  # fmt: skip
    items = [
        Item("figure", SHEET, "C6", metric="fix_rate", category=case.category, source=case.source),
        Item("rows", SHEET, "A4", last_row=4, list="units", columns=columns),
    ]
    one = filled(mapped(t, items), t)
    sheet = opened(forms.file_of(one))[SHEET]
    by_kind, by_source = (
        dict(figures.by_unit("found", units=[t.east, t.west], period=WEEK, at=LATER, filters=filters))
        for filters in (Filters(category=kind), Filters(sources=(case.source,)))
    )
    assert [[cell.value for cell in row] for row in sheet["C4:D5"]] == [
        [by_kind[unit].number, by_source[unit].number] for unit in (t.east, t.west)
    ]
    total = figures.value("found", scope=t.town, period=WEEK, at=LATER).number
    assert total is not None
    assert 0 < sum(sheet.cell(row, 4).value for row in (4, 5)) < total
    labels = [row.label for row in one.figures.all()]
    assert f"（{case.category_name}、{case.get_source_display()}，本期）" in labels[-1]
    for row in one.figures.select_related("figure"):
        said = provenance.now_value(row.figure, at=LATER)
        assert (said.number, said.numerator) == (row.figure.value, row.figure.numerator)


@pytest.mark.parametrize(
    ("metric", "category", "source", "code"),
    [
        ("found", "99", "", "form_category"),
        ("found", "=bus", "", "form_category"),
        ("psa_in_place", "06", "", "form_category"),
        ("psa_in_place", "", "county", "form_source"),
        ("found_by_self", "", "county", "filters_conflict"),
    ],
)
def test_a_narrowing_that_could_only_say_nought_is_refused(
    metric: str, category: str, source: str, code: str, week: SimpleNamespace
) -> None:
    form = added(week.t)
    item = Item("figure", SHEET, "C6", metric=metric, category=category, source=source)
    with pytest.raises(DomainError) as refused:
        forms.map_item(form=form, item=item, by=week.t.clerk, at=LATER)
    assert refused.value.code == code
    assert form.current.mapping == []


def test_a_metric_of_work_logs_is_narrowed_by_their_choices(week: SimpleNamespace) -> None:
    form = mapped(week.t, [Item("figure", SHEET, "C6", metric="psa_in_place", category="=landscape")])
    [said] = queries.described(mapping.read(form.current.mapping), LATER)
    assert said.what.endswith("（景观小品） · 本期")
    assert narrowing.read("景观小品（公益广告与景观小品）", WEEK.end) == "=landscape"


def test_fill_keeps_the_looks_of_the_form(week: SimpleNamespace) -> None:
    sheet = opened(forms.file_of(filled(mapped(week.t), week.t)))[SHEET]
    assert sheet["A1"].value == "平川县文明城市创建工作周报表"
    assert (sheet["A1"].font.name, sheet["A1"].font.sz, sheet["A1"].font.color.rgb) == (
        "方正小标宋简体",
        20,
        "FFC00000",
    )
    assert {str(one) for one in sheet.merged_cells.ranges} == {"A1:E1", "A9:B9"}
    assert sheet.column_dimensions["B"].width == 23.5
    assert [sheet.row_dimensions[row].height for row in (4, 5, 9)] == [27, 27, 41]
    assert sheet["A5"].border.left.style == "thin"
    assert sheet.print_area == "'周报'!$A$1:$E$9"
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.page_setup.orientation == "landscape"
    assert [str(one.sqref) for one in sheet.conditional_formatting] == ["C4:C5"]
    assert str(sheet.data_validations.dataValidation[0].sqref) == "E7"
    assert (len(sheet._images), sheet._images[0].anchor._from.row) == (1, 9)


def test_fill_formulas_reach_over_the_new_rows(week: SimpleNamespace) -> None:
    sheet = opened(forms.file_of(filled(mapped(week.t), week.t)))[SHEET]
    assert [sheet[cell].value for cell in ("C6", "D6", "E4", "E5")] == [
        "=SUM(C4:C5)", "=SUM(D4:D5)", "=C4-D4", "=C5-D5",
    ]  # fmt: skip


def test_fill_words_follow_what_the_form_says_already(week: SimpleNamespace) -> None:
    t = week.t
    sheet = opened(forms.file_of(filled(mapped(t), t)))[SHEET]
    assert sheet["A2"].value == f"填报单位：{t.office.label}"
    assert sheet["D2"].value == "日期：2026年11月30日"
    assert sheet["A9"].value == "审核人：陈小雨"
    assert sheet["D9"].value == "联系电话：13800000002"


def test_fill_problem_list_is_text_and_the_foot_moves_down(week: SimpleNamespace) -> None:
    t = week.t
    one = filled(mapped(t), t)
    sheet = opened(forms.file_of(one))[LIST_SHEET]
    cases = Case.objects.filter(town=t.town)
    rows = [[cell.value for cell in row] for row in sheet["A3:D6"]]
    assert [row[0] for row in rows] == [1, 2, 3, 4]
    assert {row[1] for row in rows} == set(cases.values_list("number", flat=True))
    assert all(sheet.cell(row, 2).data_type == "s" for row in range(3, 7))
    assert sheet["A8"].value == "本表一式两份"
    kept = one.content["lists"][1]
    assert (kept["cell"], kept["rows"]) == (f"{LIST_SHEET}!A3", 4)
    assert set(kept["cases"]) == {str(key) for key in cases.values_list("uuid", flat=True)}


def test_fill_covert_find_is_in_no_list(week: SimpleNamespace, life: Life) -> None:
    secret = life.reported(covert=True, description="暗访发现", by=week.t.inspector, source="covert")
    form = mapped(week.t, [ITEMS[-1]])
    sheet = opened(forms.file_of(filled(form, week.t)))[LIST_SHEET]
    assert secret.number not in {sheet.cell(row, 2).value for row in range(3, 12)}


@pytest.mark.parametrize(
    "words", ["=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")', "#REF!"]
)
def test_fill_words_of_people_are_never_formulas(week: SimpleNamespace, life: Life, words: str) -> None:
    life.registered(description=words)
    form = mapped(week.t, [ITEMS[-1], Item("word", SHEET, "D6", word="fixed", text=words)])
    made = opened(forms.file_of(filled(form, week.t)))
    cells = [made[SHEET]["D6"], *(made[LIST_SHEET].cell(row, 3) for row in range(3, 9))]
    found = [cell for cell in cells if cell.value == words]
    assert len(found) == 2
    assert [cell.data_type for cell in found] == ["s", "s"]


def test_fill_phone_in_an_empty_cell_is_a_text_cell(week: SimpleNamespace) -> None:
    form = mapped(week.t, [Item("word", SHEET, "E8", word="phone")])
    cell = opened(forms.file_of(filled(form, week.t)))[SHEET]["E8"]
    assert (cell.value, cell.data_type, cell.number_format) == ("13800000002", "s", "@")


def test_fill_every_number_is_a_kept_figure_at_its_cell(week: SimpleNamespace) -> None:
    t = week.t
    one = filled(mapped(t), t)
    kept = {row.cell: row.figure for row in one.figures.select_related("figure")}
    assert set(kept) == {f"{SHEET}!{cell}" for cell in ("C4", "C5", "D4", "D5", "C7", "D7")}
    assert all(provenance.intact(figure) for figure in kept.values())
    sheet = opened(forms.file_of(one))[SHEET]
    assert sheet["C4"].value == kept[f"{SHEET}!C4"].value
    assert provenance.entries(kept[f"{SHEET}!C4"]).count() == kept[f"{SHEET}!C4"].entry_count > 0


def test_fill_without_denominator_says_so_in_words(week: SimpleNamespace) -> None:
    form = mapped(week.t, [Item("figure", SHEET, "C6", metric="fix_rate")])
    quiet = periods.of(periods.WEEK, WEEK.start - timedelta(days=70))
    assert opened(forms.file_of(filled(form, week.t, period=quiet)))[SHEET]["C6"].value == "无应整改"


def test_fill_previous_and_last_year(week: SimpleNamespace) -> None:
    items = [
        Item("figure", SHEET, "C6", metric="found", period="previous"),
        Item("figure", SHEET, "D6", metric="found", period="this"),
        Item("figure", SHEET, "E6", metric="found", period="year"),
    ]
    form = mapped(week.t, items)
    after = opened(forms.file_of(filled(form, week.t, period=periods.following(WEEK))))[SHEET]
    this = figures.value("found", scope=week.t.town, period=WEEK, at=LATER).number
    assert (after["C6"].value, after["D6"].value, after["E6"].value) == (this, 0, 0)


def test_fill_twice_with_the_same_key_is_one_file(week: SimpleNamespace) -> None:
    form, key = mapped(week.t), uuid4()
    first = forms.fill(key=key, form=form, period=WEEK, by=week.t.clerk, at=LATER)
    second = forms.fill(key=key, form=form, period=WEEK, by=week.t.clerk, at=LATER)
    assert first == second
    assert FilledForm.objects.count() == 1


def test_fill_is_written_into_history(week: SimpleNamespace) -> None:
    form = mapped(week.t)
    one = filled(form, week.t)
    last = list(history.of(form.uuid))[-1]
    assert (last.deed, last.by_name, last.data["sha256"]) == ("form.fill", "陈小雨", one.sha256)


def test_filled_file_cannot_be_changed(week: SimpleNamespace) -> None:
    one = filled(mapped(week.t), week.t)
    with pytest.raises(DatabaseError), transaction.atomic():
        FilledForm.objects.filter(pk=one.pk).update(name="别的")
    with pytest.raises(DatabaseError), transaction.atomic():
        one.figures.all().delete()


def test_filled_file_altered_in_the_storage_is_not_served(week: SimpleNamespace, tmp_path: object) -> None:
    one = filled(mapped(week.t), week.t)
    path = tmp_path / "files" / one.key  # type: ignore[operator]
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DomainError) as error:
        forms.file_of(one)
    assert error.value.code == "file_changed"


def test_version_that_was_filled_is_never_overwritten(week: SimpleNamespace) -> None:
    form = mapped(week.t)
    before = form.current
    assert before.number == 1
    one = filled(form, week.t)
    new = forms.map_item(
        form=form, item=Item("figure", SHEET, "E6", metric="open"), by=week.t.clerk, at=LATER
    )
    assert (new.number, len(new.mapping)) == (2, len(before.mapping) + 1)
    assert FormVersion.objects.get(pk=one.version_id).mapping == before.mapping
    assert filled(form, week.t).version == new


def test_new_file_carries_the_mapping_over(week: SimpleNamespace) -> None:
    form = mapped(week.t)

    def without_list(made: object) -> None:
        made.remove(made[LIST_SHEET])  # type: ignore[attr-defined,index]

    new = forms.replace_file(
        form=form, data=form_bytes(without_list), file_name="新表.xlsx", by=week.t.clerk, at=LATER
    )
    assert (new.number, {row["sheet"] for row in new.mapping}) == (2, {SHEET})


@pytest.mark.parametrize(
    ("period", "code"),
    [
        (periods.of(periods.MONTH, WEEK.start), "form_period"),
        (periods.of(periods.WEEK, LATER.date() + timedelta(days=21)), "form_future"),
    ],
)
def test_fill_refuses_a_period_that_does_not_fit(
    week: SimpleNamespace, period: periods.Period, code: str
) -> None:
    form = mapped(week.t)
    with pytest.raises(DomainError) as error:
        filled(form, week.t, period=period)
    assert error.value.code == code


def test_fill_of_a_period_that_runs_says_so(week: SimpleNamespace) -> None:
    running = periods.of(periods.WEEK, LATER.date())
    assert filled(mapped(week.t), week.t, period=running).early
    assert not filled(mapped(week.t), week.t).early


def test_fill_refuses_a_form_without_mapping(week: SimpleNamespace) -> None:
    with pytest.raises(DomainError) as error:
        filled(added(week.t), week.t)
    assert error.value.code == "form_empty"


def test_fill_refuses_a_retired_form(week: SimpleNamespace) -> None:
    form = mapped(week.t)
    forms.retire(form=form, by=week.t.clerk, at=LATER)
    with pytest.raises(Conflict):
        filled(form, week.t)


@pytest.mark.parametrize("who", ["secretary", "outsider", "worker", "inspector", "leader", "chief"])
def test_fill_only_by_those_who_draft(week: SimpleNamespace, who: str) -> None:
    form = mapped(week.t)
    with pytest.raises(NotAllowed):
        filled(form, week.t, by=getattr(week.t, who))


def test_visible_only_to_those_who_draft_check_or_sign(week: SimpleNamespace) -> None:
    t = week.t
    form = mapped(t)
    one = filled(form, t)
    seen = [
        who
        for who in ("clerk", "director", "leader", "county_clerk", "secretary", "outsider", "worker", "admin")
        if form in SuperiorForm.objects.visible_to(getattr(t, who))
    ]
    assert seen == ["clerk", "director", "leader", "county_clerk"]
    assert list(FilledForm.objects.visible_to(t.outsider)) == []
    assert list(FilledForm.objects.visible_to(t.leader)) == [one]


def test_fill_shorter_list_empties_the_rows_that_are_left(week: SimpleNamespace) -> None:
    def three_rows(made: object) -> None:
        sheet = made[LIST_SHEET]  # type: ignore[index]
        for row in range(3, 9):
            sheet.cell(row, 3, "（示例）")
        sheet["A6"] = None
        sheet["A9"] = "本表一式两份"

    form = mapped(week.t, [Item("rows", LIST_SHEET, "A3", last_row=8, list="problems",
                                columns={"C": Column("存在问题")})], data=form_bytes(three_rows))  # fmt: skip
    sheet = opened(forms.file_of(filled(form, week.t)))[LIST_SHEET]
    said = [sheet.cell(row, 3).value for row in range(3, 9)]
    assert (said.count(None), "（示例）" in said, sheet["A9"].value) == (2, False, "本表一式两份")


def test_fill_cost_in_statements_follows_the_figures_not_the_problems(
    week: SimpleNamespace, life: Life
) -> None:
    form = mapped(week.t, [UNIT_ROWS, ITEMS[-1]])

    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            filled(form, week.t)
        return len(found)

    statements()  # what is read once and remembered
    few = statements()
    for number in range(3):
        life.registered(description=f"第{number}处杂物")
    assert statements() == few


def test_fill_long_words_of_a_list_are_wrapped_and_the_row_grows(week: SimpleNamespace, life: Life) -> None:
    long = "建设巷口两处生活垃圾未清，旁边堆着装修余料，占了半条路"
    life.registered(description=long)
    sheet = opened(forms.file_of(filled(mapped(week.t, [ITEMS[-1]]), week.t)))[LIST_SHEET]
    row = next(row for row in range(3, 9) if sheet.cell(row, 3).value == long)
    assert sheet.cell(row, 3).alignment.wrap_text
    assert sheet.row_dimensions[row].height > 60
    assert sheet.cell(row, 3).border.left.style == "thin"


def test_fill_leaves_the_widths_of_columns_that_stand_together(week: SimpleNamespace) -> None:
    def together(made: Workbook) -> None:
        sheet = made[LIST_SHEET]
        sheet.column_dimensions["B"].width = 30
        sheet.column_dimensions.group("B", "D", hidden=False)

    form = mapped(week.t, [ITEMS[-1]], data=form_bytes(together))
    sheet = opened(forms.file_of(filled(form, week.t)))[LIST_SHEET]
    widths = {name: (one.min, one.max, one.width) for name, one in sheet.column_dimensions.items()}
    assert widths == {"B": (2, 4, 30)}
    assert not sheet["C4"].alignment.wrap_text


def test_fill_names_every_cell_where_it_stands_in_the_filled_file(week: SimpleNamespace) -> None:
    """The row below a list of one line is the second line of the filled list: both are figures, each in its own cell."""
    items = [
        UNIT_ROWS,
        Item("figure", SHEET, "A5", metric="open"),
        Item("figure", SHEET, "D6", metric="registered"),
        Item("word", SHEET, "E6", word="town"),
    ]
    one = filled(mapped(week.t, items), week.t)
    sheet = opened(forms.file_of(one))[SHEET]
    rows = {row.cell: row.figure for row in one.figures.select_related("figure")}
    assert {"周报!C5", "周报!A6", "周报!D7"} <= set(rows)
    for cell, figure in rows.items():
        assert sheet[cell.partition("!")[2]].value == figure.value
    assert rows["周报!A6"].metric == "open"
    assert one.content["words"][0]["cell"] == "周报!E7"
    assert sheet["E7"].value == week.t.town.label


def test_sheet_with_a_name_of_thirty_one_letters_has_room_for_its_cells(week: SimpleNamespace) -> None:
    name = "平川县创建全国文明城市工作问题整改情况每周汇总统计表之一一一"[:31]

    def named(made: Workbook) -> None:
        made[SHEET].title = name

    form = mapped(week.t, [Item("figure", name, "D6", metric="found")], data=form_bytes(named))
    assert filled(form, week.t).figures.get().cell == f"{name}!D6"
