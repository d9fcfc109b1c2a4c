"""The county's weekly form of the demo: uploaded and mapped by the clerk, filled for the last two weeks."""

import io
import uuid
from datetime import date, datetime, timedelta

import xlsxwriter

from wenming.cli.demo_town import bulletins
from wenming.cli.demo_town.ground import Cast
from wenming.cli.demo_town.play import Life, Play
from wenming.common import clock
from wenming.ledger import periods
from wenming.outcomes.forms import actions as forms
from wenming.outcomes.forms.mapping import Column, Item

SHEET, LIST = "周报表", "问题清单"
NAME = "创建全国文明城市工作周报表"
_HEADINGS = ("序号", "社区（村）", "发现问题", "整改", "超期未整改", "整改率")
_PROBLEMS = ("序号", "编号", "点位名称", "存在问题", "责任单位", "办理状态")


def play_forms(play: Play, cast: Cast, today: date) -> None:
    """Cue the afternoon of the last working day: the form is mapped, and filled for the week before and this one."""
    week = bulletins.this_week(today)
    day = today - timedelta(days=1)
    while not play.calendar.plan(day).working:
        day -= timedelta(days=1)
    at = clock.at_local(day, 15, 30)
    weeks = [one for one in (periods.previous(week), week) if one.start <= day]
    play.cue(at, _weekly(cast, weeks, at))


def _weekly(cast: Cast, weeks: list[periods.Period], at: datetime) -> Life:
    clerk = cast.clerks[0]
    form = forms.add(
        key=uuid.uuid5(uuid.NAMESPACE_OID, f"{cast.town.code}|{NAME}"), town=cast.town, name=NAME, sender="平川县创城办",
        period_kind=periods.WEEK, data=county_form(), file_name=f"{NAME}.xlsx", by=clerk, at=at,
    )  # fmt: skip
    for item in _items():
        at = yield at + timedelta(minutes=1)
        forms.map_item(form=form, item=item, by=clerk, at=at)
    for week in weeks:
        at = yield at + timedelta(minutes=5)
        key = uuid.uuid5(form.uuid, week.key)
        forms.fill(key=key, form=form, period=week, by=clerk, at=at)


def _items() -> list[Item]:
    units = {
        "A": Column("serial"), "B": Column("name"), "C": Column(metric="found"), "D": Column(metric="fixed"),
        "E": Column(metric="overdue"), "F": Column(metric="fix_rate"),
    }  # fmt: skip
    problems = {
        letter: Column("serial" if name == "序号" else name)
        for letter, name in zip("ABCDEF", _PROBLEMS, strict=True)
    }
    return [
        Item("word", SHEET, "A2", word="office", append=True),
        Item("word", SHEET, "D2", word="period", append=True),
        Item("rows", SHEET, "A4", last_row=4, list="units", columns=units),
        Item("figure", SHEET, "C6", metric="found", period="to_date"),
        Item("figure", SHEET, "D6", metric="fixed", period="to_date"),
        Item("figure", SHEET, "F5", metric="fix_rate"),
        Item("word", SHEET, "A8", word="person", append=True),
        Item("word", SHEET, "D8", word="today", append=True),
        Item("rows", LIST, "A3", last_row=5, list="problems", take="open", mark="overdue", columns=problems),
    ]


def county_form() -> bytes:
    """The form as the county sends it: empty frames, totals as formulas, places for signatures."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    title = book.add_format({"bold": True, "font_name": "方正小标宋简体", "font_size": 20, "align": "center"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "bg_color": "#DDEBF7"})
    cell, rate = book.add_format({"border": 1}), book.add_format({"border": 1, "num_format": "0.0%"})
    sheet = book.add_worksheet(SHEET)
    sheet.set_column("A:A", 6)
    sheet.set_column("B:F", 16)
    sheet.merge_range("A1:F1", f"平川县{NAME}", title)
    sheet.merge_range("A2:C2", "填报单位：")
    sheet.merge_range("D2:F2", "报送期间：")
    sheet.write_row("A3", _HEADINGS, head)
    sheet.write_row("A4", [""] * 5, cell)
    sheet.write_blank("F4", None, rate)
    sheet.write_row("A5", ["", "合计"], cell)
    for letter in "CDE":
        sheet.write_formula(f"{letter}5", f"=SUM({letter}4:{letter}4)", cell)
    sheet.write_blank("F5", None, rate)
    sheet.write_row("A6", ["", "本年累计", "", "", "", ""], cell)
    sheet.merge_range("A8:C8", "填表人：")
    sheet.merge_range("D8:F8", "填表日期：")
    _on_paper(sheet)
    second = book.add_worksheet(LIST)
    second.set_column("A:A", 6)
    second.set_column("B:C", 18)
    second.set_column("D:D", 36)
    second.set_column("E:F", 14)
    second.merge_range("A1:F1", "附：超期未整改问题清单", title)
    second.write_row("A2", _PROBLEMS, head)
    for row in range(2, 5):
        second.write_row(row, 0, [""] * 6, cell)
    _on_paper(second)
    book.close()
    return out.getvalue()


def _on_paper(sheet: xlsxwriter.worksheet.Worksheet) -> None:
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
