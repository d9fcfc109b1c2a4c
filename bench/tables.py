"""Tables: 10,000 work logs in from a workbook, 100,000 out to one; 100,000 entries of the ledger out."""

import io
import os
import resource
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import Any

from bench import house, town
from bench.rows import Row

IN, OUT = 10_000, 100_000
KIND = "wechat_post"
# The rows of a list as they would stand after years of entering, without history and entries: an export reads neither.
FILL = """
INSERT INTO journals_journal (uuid, kind_id, code, town_id, unit_id, party_id, place_id, occurred_on, title, fields, quantities,
    state, way, late, late_reason, entered_by_id, entered_at, recorded_on, replaces_id, closed_at, ground)
SELECT gen_random_uuid(), kind_id, code, town_id, unit_id, party_id, place_id, occurred_on - (n / 50)::int, title || n, fields,
    quantities, state, way, late, late_reason, entered_by_id, entered_at, recorded_on, NULL, NULL, ''
FROM generate_series(1, %s) n, (SELECT * FROM journals_journal ORDER BY id LIMIT 1) one"""

FILL_ENTRIES = """
INSERT INTO ledger_entry ({names})
SELECT {values} FROM generate_series(1, %s) n, (SELECT * FROM ledger_entry ORDER BY id LIMIT 1) one"""


def measure(url: str, *, quick: bool) -> Iterator[Row]:
    """Seconds, megabytes, and ratios against openpyxl with bare INSERTs and against bare xlsxwriter."""
    house.open_house(url)
    t = town.build()
    rows_in, rows_out = (IN // 10, OUT // 10) if quick else (IN, OUT)
    yield from _in(t, rows_in)
    yield from _out(t, rows_out)
    yield from _entries_out(t, rows_out)


def _workbook(importer: Any, t: SimpleNamespace, rows: int) -> bytes:
    import xlsxwriter  # noqa: PLC0415

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("台账")
    titles = {column.key: at for at, column in enumerate(importer.TEMPLATE.columns)}
    sheet.write_row(0, 0, [column.title for column in importer.TEMPLATE.columns])
    for n in range(1, rows + 1):
        said = {
            "occurred_on": f"{t.now - timedelta(days=n % 7):%Y-%m-%d}", "unit": t.communities[n % len(t.communities)].name,
            "topic": f"创城动态第 {n} 篇", "pieces": "1", "external": f"W-{n}",
        }  # fmt: skip
        for key, text in said.items():
            sheet.write_string(n, titles[key], text)
    book.close()
    return out.getvalue()


def _in(t: SimpleNamespace, rows: int) -> Iterator[Row]:
    import openpyxl  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from wenming.common import clock, sheets  # noqa: PLC0415
    from wenming.ledger.models import Entry  # noqa: PLC0415
    from wenming.records.journals import importing  # noqa: PLC0415
    from wenming.records.journals.models import Journal  # noqa: PLC0415

    clerk = t.clerks[0]
    importer = importing.importer(clerk, KIND, on=clock.local_date(t.now))
    data = _workbook(importer, t, rows)
    house.say(f"导入 {rows} 行")
    start = time.perf_counter()
    checked = importer.check(sheets.read(data, "台账.xlsx", importer.TEMPLATE), by=clerk)
    looked = time.perf_counter() - start
    done = importer.run(checked, by=clerk, at=t.now)
    whole = time.perf_counter() - start
    if done.created != rows or Journal.objects.count() != rows or Entry.objects.count() < rows:
        raise RuntimeError(f"{done} of {rows}: {checked.in_order()[:3]}")
    start = time.perf_counter()
    for _ in (
        openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0].iter_rows(values_only=True)
    ):
        pass
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (a int, b text, c text, d date, e numeric, f text)")
        for _of in ("record", "history", "entry"):
            cursor.executemany(
                "INSERT INTO bare VALUES (%s, %s, %s, %s, %s, %s)",
                [(n, "创城动态", "社区", t.now, n, "x" * 64) for n in range(rows)],
            )
    bare = time.perf_counter() - start
    note = f"预检 {looked:.1f} 秒；每行一条记录、一条历史、一条分录；openpyxl 读加三条空 INSERT {bare:.1f} 秒"
    yield Row(f"导入台账 {rows:,} 行", whole, "秒", 60, note=note)
    yield Row("　比空 INSERT", whole / bare, "倍")


def _out(t: SimpleNamespace, rows: int) -> Iterator[Row]:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(FILL, [rows])
        cursor.execute("VACUUM ANALYZE journals_journal")
    house.say(f"导出 {rows} 行")
    took, bare, peak, before = _alone(lambda: _export(t, rows))
    note = f"{took:.1f} 秒；开始前进程已占 {before:.0f} MB；只用 xlsxwriter 写同样多的格子 {bare:.1f} 秒"
    yield Row(f"导出台账 {rows:,} 行，内存最高", peak, "MB", 150, note=note)
    yield Row("　比只用 xlsxwriter", took / bare, "倍")


def _entries_out(t: SimpleNamespace, rows: int) -> Iterator[Row]:
    """明细账 as the clerk downloads it, names, vouchers and all."""
    from django.db import connection  # noqa: PLC0415

    from wenming.ledger.models import Entry  # noqa: PLC0415

    names = [field.column for field in Entry._meta.concrete_fields if not field.primary_key]
    special = {"uuid": "gen_random_uuid()", "number": "one.number + 10000000 + n"}
    with connection.cursor() as cursor:
        statement = FILL_ENTRIES.format(
            names=", ".join(names), values=", ".join(special.get(name, f"one.{name}") for name in names)
        )
        # Those that the import brought are there already, and no file takes more than `MOST_EXPORTED`.
        cursor.execute(statement, [rows - Entry.objects.count()])
        cursor.execute("VACUUM ANALYZE ledger_entry")
    house.say(f"导出 {rows} 条分录")
    took, _, peak, before = _alone(lambda: _export_entries(t, rows))
    note = f"{took:.1f} 秒；开始前进程已占 {before:.0f} MB"
    yield Row(f"导出一本账明细 {rows:,} 条，内存最高", peak, "MB", 150, note=note)


def _alone(work: Callable[[], tuple[float, float, float]]) -> tuple[float, float, float, float]:
    """What `work` says, with the most memory it took, in MB, before the last number.

    A process of its own: what was measured before is not this one's.
    """
    from django.db import connection  # noqa: PLC0415

    connection.close()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            took, bare, before = work()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            os.write(writer, f"{took} {bare} {peak} {before}".encode())
            code = 0
        except Exception:  # the process ends here: nobody else will say why
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    if not said:
        raise RuntimeError("the export failed")
    took, bare, peak, before = map(float, said.split())
    return took, bare, peak, before


def _occupied() -> float:
    """MB that the process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _export_entries(t: SimpleNamespace, rows: int) -> tuple[float, float, float]:
    """(seconds, 0, MB before it began)."""
    from django.http import QueryDict  # noqa: PLC0415, TID251 - a request is what the export answers

    from wenming.faces.desk import ledger_journal  # noqa: PLC0415

    before = _occupied()
    query = QueryDict(f"since={t.now.year - 1}-01-01&until={t.now.year}-12-31")
    request: Any = SimpleNamespace(user=t.clerks[0], GET=query, session={}, method="GET")
    start = time.perf_counter()
    answer = ledger_journal.journal_file(request)
    size = sum(len(piece) for piece in answer)
    took = time.perf_counter() - start
    if size < rows * 10:
        raise RuntimeError(f"{size} bytes")
    return took, 0.0, before


def _export(t: SimpleNamespace, rows: int) -> tuple[float, float, float]:
    """(seconds, seconds of bare xlsxwriter, MB before it began)."""
    import xlsxwriter  # noqa: PLC0415
    from django.http import QueryDict  # noqa: PLC0415, TID251 - a request is what the export answers

    from wenming.faces.desk import work_list  # noqa: PLC0415

    before = _occupied()
    request: Any = SimpleNamespace(user=t.clerks[0], GET=QueryDict(f"kind={KIND}"), session={}, method="GET")
    start = time.perf_counter()
    answer = work_list.export(request)
    size = sum(len(piece) for piece in answer)
    took = time.perf_counter() - start
    if size < rows * 10:
        raise RuntimeError(f"{size} bytes")
    asked = work_list.ask(request)
    start = time.perf_counter()
    with TemporaryFile() as out:
        book = xlsxwriter.Workbook(out, {"constant_memory": True})
        sheet = book.add_worksheet()
        for n in range(rows):
            sheet.write_row(n, 0, ["创城动态第几篇"] * len(asked.columns))
        book.close()
    return took, time.perf_counter() - start, before
