"""The problem list as Excel, in the columns that towns and counties exchange (handbook §5.2)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

import xlsxwriter

from wenming.common import clock
from wenming.outcomes.documents import material
from wenming.outcomes.documents.layout import numbers
from wenming.outcomes.documents.material import Problem
from wenming.records.cases.models import Case

# Heading, width in characters, value.
COLUMNS: list[tuple[str, float, Callable[[Problem], str]]] = [
    ("编号", 18, lambda one: one.number),
    ("来源", 10, lambda one: one.source),
    ("点位类型", 12, lambda one: one.point_type),
    ("点位名称", 14, lambda one: one.place),
    ("具体位置", 16, lambda one: one.address),
    ("存在问题", 30, lambda one: one.description),
    ("问题类别", 14, lambda one: one.category),
    ("整改前照片", 8, lambda one: f"{one.before_count}张" if one.before_count else "无"),
    ("所在单位", 12, lambda one: one.unit),
    ("责任单位", 12, lambda one: one.lead),
    ("责任人", 8, lambda one: one.handler),
    ("协办单位", 12, lambda one: one.assists),
    ("整改措施", 20, lambda one: one.measures),
    ("整改类型", 8, lambda one: one.path),
    ("整改时限", 11, lambda one: one.due),
    ("整改后照片", 8, lambda one: f"{one.after_count}张" if one.after_count else "无"),
    ("完成日期", 11, lambda one: one.fixed_on),
    ("核查人", 8, lambda one: one.verifier),
    ("核查结果", 8, lambda one: one.verified),
    ("销号日期", 11, lambda one: one.closed_on),
    ("回头看", 8, lambda one: one.revisit),
    ("反弹次数", 8, lambda one: str(one.relapses) if one.relapses else ""),
    ("办理状态", 12, lambda one: one.marks),
    ("备注", 14, lambda one: one.remark),
]


def problem_list(
    cases: Iterable[Case], path: Path, *, at: datetime, title: str = "问题清单", unit: str = ""
) -> int:
    """Write the cases (covert ones left out) to `path`; returns the number of rows."""
    rows = material.problems(list(cases), at=at)
    path.write_bytes(workbook(rows, title=title, unit=unit, at=at))
    return len(rows)


def workbook(rows: Sequence[Problem], *, title: str, unit: str, at: datetime) -> bytes:
    """The list as .xlsx bytes: title, unit and date, headings, text cells, footer; A4 landscape, heads repeated.

    Every cell is written as text: numbers keep their leading zeros, and nothing that begins with = becomes a
    formula (handbook D13; formula injection).
    """
    out = BytesIO()
    # The time of making inside the file would make equal lists differ.
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": title, "author": unit, "created": clock.local(at).replace(tzinfo=None)})
    sheet = book.add_worksheet("问题清单")
    heading = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    small = book.add_format({"font_size": 10, "valign": "vcenter"})
    head = book.add_format(
        {
            "bold": True,
            "border": 1,
            "align": "center",
            "valign": "vcenter",
            "text_wrap": True,
            "bg_color": "#eef2f7",
        }
    )
    cell = book.add_format(
        {"border": 1, "valign": "vcenter", "text_wrap": True, "num_format": "@", "font_size": 10}
    )
    last = len(COLUMNS)
    sheet.merge_range(0, 0, 0, last, "", heading)
    sheet.write_string(0, 0, title, heading)
    sheet.set_row(0, 28)
    sheet.write_string(1, 0, f"填报单位：{unit}", small)
    sheet.write_string(1, last - 4, f"日期：{numbers.day(clock.local_date(at))}　单位：处", small)
    sheet.set_row(2, 30)
    for column, (name, width, _value) in enumerate([("序号", 6, None), *COLUMNS]):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, name, head)
    for n, one in enumerate(rows, 1):
        sheet.write_string(n + 2, 0, str(n), cell)
        for column, (_name, _width, value) in enumerate(COLUMNS, 1):
            sheet.write_string(n + 2, column, value(one), cell)
    foot = len(rows) + 3
    sheet.write_string(
        foot, 0, f"共 {len(rows)} 处。取数时间：{clock.show_full(at)}。照片在系统内查看。", small
    )
    sheet.freeze_panes(3, 2)
    sheet.autofilter(2, 0, max(foot - 1, 3), last)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(2)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.set_footer("&C第 &P 页，共 &N 页&R" + unit.replace("&", "&&"))
    book.close()
    return out.getvalue()
