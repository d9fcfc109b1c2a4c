"""Speed of the ledger, as ratios measured in one run on one durable PostgreSQL (fsync on).

1. Posting deeds of 1, 3 and 10 lines (book, accounts, entries, totals, head, commit) against a bare
   INSERT+COMMIT of a one-column row; 4 clients in one town share one book, in four towns they do not.
2. The figures of a town's board on a server with 10,000 entries and with 1,000,000 (twenty towns, three years).
"""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from bench import house
from bench.rows import Row

SLICE, ROUNDS = 0.5, 6
ACCOUNTS = [
    "case.reported", "case.registered", "case.open", "case.dispatched", "case.due", "case.fixed", "case.fixed_due",
    "garbage_loads", "ads_removed", "labor_cadre",
]  # fmt: skip
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
BOARD = [
    "found", "registered", "fixed", "fix_rate", "in_time_rate", "overdue", "rework_rate", "open", "suspended",
    "self_fixed", "orders", "garbage_loads",
]  # fmt: skip


def build(towns: int) -> SimpleNamespace:
    """Tables, packs, a county with `towns` towns of twelve communities each."""
    from wenming.ground.standards.actions import load_pack  # noqa: PLC0415
    from wenming.ground.units import actions as units  # noqa: PLC0415
    from wenming.ledger.loading import LOADERS  # noqa: PLC0415

    for name in ("accounts", "metrics"):
        load_pack(path=house.ROOT / "packs" / name / "2026.yaml", at=AT, loaders=LOADERS)
    since: dict[str, Any] = {"at": AT, "valid_from": date(2020, 1, 1)}
    county = units.create(name="平川县", kind="county", code="350599", parent=None, **since)
    made = []
    for number in range(towns):
        town = units.create(
            name=f"第{number}镇", kind="town", code=f"350599{100 + number}", parent=county, **since
        )
        below = [
            units.create(
                name=f"社区{n}", kind="community", code=f"{town.code[:9]}{n:03}", parent=town, **since
            )
            for n in range(1, 13)
        ]
        made.append((town, below))
    return SimpleNamespace(county=county, towns=made)


def client(url: str, town_index: int, start: float) -> dict[str, int]:
    """One client: by turns bare INSERT+COMMIT and deeds of 1, 3 and 10 lines, in slices that all clients share.

    Taking turns keeps the ratio fair while the disk is now quick, now slow. Returns rows written by each.
    """
    house.open_house(url)
    from django.db import connection, transaction  # noqa: PLC0415

    from wenming.ground.units.models import Unit  # noqa: PLC0415
    from wenming.ledger import posting  # noqa: PLC0415

    town = Unit.objects.filter(kind="town").order_by("pk")[town_index]
    below = list(town.children.all())

    def bare() -> int:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bare (note) VALUES ('x')")
        return 1

    def deed(count: int) -> int:
        lines = [
            posting.Line(code, below[n % 12], 1, TODAY, category="06010", source="town")
            for n, code in enumerate(ACCOUNTS[:count])
        ]
        with transaction.atomic():
            posting.post(town=town, lines=lines, voucher=posting.Voucher("case", uuid4()), at=AT)
        return count

    turns = {"bare": bare, "1": partial(deed, 1), "3": partial(deed, 3), "10": partial(deed, 10)}
    done = dict.fromkeys(turns, 0)
    for number in range(ROUNDS * len(turns)):
        name = list(turns)[number % len(turns)]
        begin = start + number * SLICE
        while time.time() < begin:
            time.sleep(0.001)
        while time.time() < begin + SLICE:
            done[name] += turns[name]()
    return done


def bench_posting(url: str) -> Iterator[Row]:
    """Entries a second against bare INSERT+COMMIT, by turns."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (note text)")
    for title, towns in (
        ("1 个客户端", [0]),
        ("4 个客户端，同一个镇", [0] * 4),
        ("4 个客户端，四个镇", [0, 1, 2, 3]),
    ):
        start = time.time() + 4  # every client has started by then
        with ProcessPoolExecutor(len(towns), mp_context=get_context("spawn")) as pool:
            all_done = list(pool.map(client, [url] * len(towns), towns, [start] * len(towns)))
        rate = {name: sum(done[name] for done in all_done) / (ROUNDS * SLICE) for name in all_done[0]}
        bare = rate["bare"]
        for name in ("1", "3", "10"):
            note = f"{rate[name]:.0f} 条分录/秒，空 INSERT+COMMIT {bare:.0f} 行/秒"
            limit = 0.3 if name == "3" else None  # a deed posts some three lines
            yield Row(
                f"记账，{title}，一笔 {name} 行", rate[name] / bare, "倍", limit, at_least=True, note=note
            )


# A year of entries as the records would post them, without the chain, which figures do not read.
FILL = """
INSERT INTO ledger_entry (uuid, book_id, number, account_id, unit_id, category, source, occurred_on, posted_at,
    quantity, voucher_kind, voucher_uuid, previous_hash, hash)
SELECT gen_random_uuid(), %s, n, a.ids[1 + n %% array_length(a.ids, 1)], u.ids[1 + (n / 7) %% 12],
    (ARRAY['06010', '06020', '09001', '09013'])[1 + (n / 3) %% 4], (ARRAY['town', 'self', 'public'])[1 + n %% 3],
    %s::date - (n / %s)::int, %s::timestamptz, CASE WHEN n %% 11 = 0 THEN -1 ELSE 1 END, 'case',
    gen_random_uuid(), '', repeat('0', 64)
FROM generate_series(0, %s) n,
    (SELECT array_agg(id) AS ids FROM ledger_account WHERE code LIKE 'case.%%' OR code = 'garbage_loads') a,
    (SELECT array_agg(id) AS ids FROM units_unit WHERE parent_id = %s) u"""


def fill(town: Any, entries: int, a_day: int) -> None:
    """`entries` entries of one town, `a_day` a day back from today, and their totals."""
    from django.db import connection, transaction  # noqa: PLC0415

    from wenming.ledger.models import Book  # noqa: PLC0415
    from wenming.ledger.verify import rebuild_totals  # noqa: PLC0415

    with transaction.atomic(), connection.cursor() as cursor:
        book, _ = Book.objects.get_or_create(unit=town)
        cursor.execute(FILL, [book.pk, TODAY, a_day, AT, entries - 1, town.pk])
        rebuild_totals(book=book, at=AT)


def board_ms(scope: Any, below: list[Any]) -> float:
    """Median milliseconds of a board: twelve figures of this week, units compared, a trend, kinds."""
    from wenming.ledger import figures, periods  # noqa: PLC0415

    week = periods.of("week", TODAY)
    times = []
    for _ in range(30):
        start = time.perf_counter()
        figures.many([(code, scope, week) for code in BOARD], at=AT)
        figures.by_unit("fix_rate", units=below, period=week, at=AT)
        figures.series("found", scope=scope, periods=periods.last(week, 12), at=AT)
        figures.by_category("found", scope=scope, period=periods.of("quarter", TODAY), at=AT)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def bench_figures(made: SimpleNamespace, whole: int) -> Iterator[Row]:
    """The same board on few and on many entries."""
    from django.db import connection  # noqa: PLC0415

    from wenming.common import appendonly  # noqa: PLC0415
    from wenming.ledger.models import DailyTotal, Entry  # noqa: PLC0415

    def measured() -> float:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE ledger_dailytotal")
            cursor.execute("VACUUM ANALYZE ledger_entry")
        return board_ms(*made.towns[0])

    def emptied() -> None:
        with appendonly.lifted(connection), connection.cursor() as cursor:
            cursor.execute("TRUNCATE ledger_entry, ledger_dailytotal")

    emptied()
    fill(made.towns[0][0], 10_000, 50)
    small, size = measured(), Entry.objects.count()
    emptied()
    for town, _below in made.towns:
        fill(town, whole // len(made.towns), 50)
    large = measured()
    county = board_ms(made.county, [town for town, _below in made.towns])
    note = f"{size:,} 条 {small:.1f} 毫秒，{Entry.objects.count():,} 条 {large:.1f} 毫秒，日合计 {DailyTotal.objects.count():,} 行"
    yield Row(f"看板的数字，分录多 {whole // 10_000} 倍", large / small, "倍", 1.5, note=note)
    yield Row(f"　全县 {len(made.towns)} 镇的同一看板", county, "毫秒")


def bench_summary(made: SimpleNamespace, whole: int) -> Iterator[Row]:
    """The year's summary of a town with all the entries: draft (every figure of the kind) and Word file."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from wenming.common import appendonly  # noqa: PLC0415
    from wenming.ledger import periods  # noqa: PLC0415
    from wenming.outcomes.documents import actions as documents  # noqa: PLC0415
    from wenming.outcomes.documents import queries  # noqa: PLC0415

    town = made.towns[0][0]
    year = periods.of(periods.YEAR, TODAY)

    def written(entries: int) -> tuple[float, int, int]:
        """(seconds, statements, figures) of one summary over so many entries."""
        with appendonly.lifted(connection), connection.cursor() as cursor:
            cursor.execute("TRUNCATE ledger_entry, ledger_dailytotal CASCADE")
        fill(town, entries, max(entries // 300, 1))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE ledger_dailytotal")
        with CaptureQueriesContext(connection) as caught:
            start = time.perf_counter()
            document = documents.draft(kind="summary", town=town, period=year, at=AT)
            queries.render(queries.ingredients(document, at=AT))
            took = time.perf_counter() - start
        return took, len(caught), len(document.body["figures"])

    small = written(10_000)
    large = written(whole)
    note = f"{large[2]} 个数，{large[1]} 条语句；一万条分录时 {small[0]:.2f} 秒、{small[1]} 条语句"
    yield Row(f"年度总结，{whole:,} 条分录，起草并排成 Word", large[0], "秒", 3, note=note)
    yield Row("　语句多几条（分录多一百倍）", large[1] - small[1], "条", 0)


def measure(url: str, *, quick: bool) -> Iterator[Row]:
    """All figures of this module; `quick`: 100,000 entries instead of 1,000,000."""
    house.open_house(url)
    made = build(20)
    yield from bench_posting(url)
    whole = 100_000 if quick else 1_000_000
    yield from bench_figures(made, whole)
    yield from bench_summary(made, whole)
