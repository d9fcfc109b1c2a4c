"""Papers: the annual summary over a million entries, and the weekly report against bare python-docx."""

import io
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

from bench import bulletin, house, town
from bench.rows import Row

# A year of entries of one town on every account, without the chain, which figures do not read.
FILL = """
INSERT INTO ledger_entry (uuid, book_id, number, account_id, unit_id, category, source, occurred_on, posted_at,
    quantity, voucher_kind, voucher_uuid, previous_hash, hash)
SELECT gen_random_uuid(), %s, (SELECT coalesce(max(number), 0) FROM ledger_entry) + 1 + n,
    a.ids[1 + n %% array_length(a.ids, 1)], u.ids[1 + (n / 7) %% array_length(u.ids, 1)],
    (ARRAY['06010', '06020', '09001', ''])[1 + (n / 3) %% 4], (ARRAY['town', 'self', 'public'])[1 + n %% 3],
    %s::date - (n %% 320)::int, %s::timestamptz, 1 + n %% 3, 'journal', gen_random_uuid(), '', repeat('0', 64)
FROM generate_series(0, %s) n,
    (SELECT array_agg(id) AS ids FROM ledger_account) a, (SELECT array_agg(id) AS ids FROM units_unit WHERE parent_id = %s) u"""


def measure(url: str, *, quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="wmbench-") as folder:
        os.environ["WENMING_FILES"] = f"{folder}/files"
        house.open_house(url)
        t = town.build()
        yield from _weekly(t)
        yield from _summary(t, 10_000, 100_000 if quick else 1_000_000)


def _weekly(t: SimpleNamespace) -> Iterator[Row]:
    """50 problems with 100 photos in the town's weekly report."""
    from wenming.ground.jobs import actions as jobs  # noqa: PLC0415
    from wenming.ledger import periods  # noqa: PLC0415
    from wenming.outcomes.documents import actions as documents  # noqa: PLC0415
    from wenming.outcomes.documents import queries  # noqa: PLC0415

    at = bulletin.last_monday(t.now)
    house.say(f"造 {bulletin.PROBLEMS} 件已结案的问题，各两张照片")
    for number in range(bulletin.PROBLEMS):
        bulletin.closed(t, number, at + timedelta(minutes=number))
    while jobs.run_due(worker="bench", at=t.now):
        pass
    start = time.perf_counter()
    # The bulletin is the kind that shows photos; the weekly report has the most text and figures.
    period = periods.of(periods.WEEK, at.date())
    words, drawn, whole = {}, {}, 0.0
    for kind in ("weekly", "bulletin"):
        document = documents.draft(kind=kind, town=t.town, period=period, at=t.now, by=t.clerks[0])
        made_of = queries.ingredients(document, at=t.now)
        began = time.perf_counter()
        words[kind] = queries.render(made_of)
        drawn[kind] = time.perf_counter() - began
    whole = time.perf_counter() - start
    yield Row(
        "周报和督查通报：50 件、100 张照片，起草加排成 Word",
        whole,
        "秒",
        5,
        note=f"其中排版 {sum(drawn.values()):.2f} 秒",
    )
    began = time.perf_counter()
    again = _bare(words["bulletin"])
    bare = time.perf_counter() - began
    note = f"{drawn['bulletin']:.2f} 秒，{len(words['bulletin']) / 1e6:.1f} MB；python-docx 写同样的段落、表格、图片 {bare:.2f} 秒，{again / 1e6:.1f} MB"
    yield Row("　通报排版比 python-docx", drawn["bulletin"] / bare, "倍", 2, note=note)


def _bare(word: bytes) -> int:
    """The same paragraphs, cells and pictures written by python-docx alone; returns the size of its file."""
    import docx  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    told = docx.Document(io.BytesIO(word))
    pictures = [rel.target_part.blob for rel in told.part.rels.values() if "image" in rel.reltype]
    paragraphs = [paragraph.text for paragraph in told.paragraphs]
    tables = [
        [
            ["".join(text.text or "" for text in cell.iter(qn("w:t"))) for cell in row.iter(qn("w:tc"))]
            for row in table._tbl.iter(qn("w:tr"))
        ]
        for table in told.tables
    ]
    new = docx.Document()
    for text in paragraphs:
        new.add_paragraph(text)
    for rows in tables:
        table = new.add_table(rows=len(rows), cols=max(map(len, rows)))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=False):
                cell.text = text
    for picture in pictures:
        new.add_picture(io.BytesIO(picture))
    out = io.BytesIO()
    new.save(out)
    return len(out.getvalue())


def _summary(t: SimpleNamespace, small: int, large: int) -> Iterator[Row]:
    from django.db import connection, transaction  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from wenming.ledger import periods  # noqa: PLC0415
    from wenming.ledger.models import Book, Entry  # noqa: PLC0415
    from wenming.ledger.verify import rebuild_totals  # noqa: PLC0415
    from wenming.outcomes.documents import actions as documents  # noqa: PLC0415
    from wenming.outcomes.documents import queries  # noqa: PLC0415

    def filled(entries: int) -> None:
        house.say(f"造 {entries} 条分录")
        with transaction.atomic(), connection.cursor() as cursor:
            book = Book.objects.get(unit=t.town)
            cursor.execute(FILL, [book.pk, t.now.date(), t.now, entries - 1, t.town.pk])
            rebuild_totals(book=book, at=t.now)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE ledger_entry")
            cursor.execute("VACUUM ANALYZE ledger_dailytotal")

    def written() -> tuple[float, int, int]:
        """(seconds, statements, figures) of a summary of this year, as Word."""
        year = periods.parse(str(t.now.year))
        with CaptureQueriesContext(connection) as asked:
            start = time.perf_counter()
            document = documents.draft(kind="summary", town=t.town, period=year, at=t.now, by=t.clerks[0])
            made_of = queries.ingredients(document, at=t.now)
            queries.render(made_of)
            took = time.perf_counter() - start
        documents.drop(document=document, by=t.clerks[0], at=t.now)
        return took, len(asked), len(made_of.figures)

    filled(small)
    written()  # what is read once in a process
    first, asked, _ = written()
    filled(large)
    took, asked_then, figures = written()
    note = f"{Entry.objects.count():,} 条分录，{figures} 个数；{small:,} 条时 {first:.2f} 秒"
    yield Row("年度总结：取数、写文、排成 Word", took, "秒", 3, note=note)
    yield Row(
        "　语句数与分录多少无关，多出", asked_then - asked, "条", 2, note=f"{asked} 条、{asked_then} 条"
    )
