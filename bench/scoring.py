"""Speed of the scoring engine: 300 units, a book of forty rules (scoring.yaml), a month of 1,000,000 events.

1. From a JSONL file: reading and scoring, against reading the same lines with the standard JSON parser.
2. From the ledger on PostgreSQL: reading and scoring, against the bare SQL it rests on: the same two statements, run
   and fetched by the driver as it fetches anything.
3. One unit scored again after one new entry. 4. A tenth of the events, to see that the cost is linear.

The file is written from the ledger's events; both ways must give the same sheets, or the bench fails. What is
compared takes turns, and of each the quickest turn counts.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from bench import house
from bench.rows import Row

BOOK = Path(__file__).with_suffix(".yaml")
AS_OF, TODAY = datetime(2026, 11, 5, 4, 0, tzinfo=UTC), date(2026, 11, 5)
SINCE = date(2020, 1, 1)
TOWNS, COMMUNITIES, PLACES = 20, 15, 20
JOURNALS = (
    "activities", "ads_removed", "audience_persons", "banners", "campaigns", "debris_spots", "door_visits", "flyers",
    "garbage_loads", "good_people", "labor_cadre", "labor_hired", "media_pub_city", "mtg_training", "mtg_weekly",
    "parking_fixed", "piles_cleared", "stalls_handled", "star_households", "vehicles", "wechat_posts",
)  # fmt: skip


def build() -> SimpleNamespace:
    """平川县: twenty towns with fifteen communities each, twenty places in every community."""
    from wenming.ground.places.models import Place  # noqa: PLC0415
    from wenming.ground.standards.actions import load_pack  # noqa: PLC0415
    from wenming.ground.units import actions as units  # noqa: PLC0415
    from wenming.ledger.loading import LOADERS  # noqa: PLC0415
    from wenming.ledger.models import Book  # noqa: PLC0415

    load_pack(path=house.ROOT / "packs" / "accounts" / "2026.yaml", at=AS_OF, loaders=LOADERS)

    def unit(name: str, kind: str, code: str, parent: Any) -> Any:
        return units.create(name=name, kind=kind, code=code, parent=parent, at=AS_OF, valid_from=SINCE)

    county = unit("平川县", "county", "350599", None)
    for n in range(TOWNS):
        town = unit(f"第{n}镇", "town", f"350599{100 + n}", county)
        Book.objects.create(unit=town)
        for m in range(1, COMMUNITIES + 1):
            community = unit(f"第{n}镇第{m}社区", "community", f"350599{100 + n}{m:03}", town)
            Place.objects.bulk_create(
                Place(number=f"{community.code}-{k:04}", name=f"建设{k}巷", kind="lane", unit=community, token=f"{community.pk}-{k}")
                for k in range(PLACES)
            )  # fmt: skip
    return SimpleNamespace(county=county)


# A month of cases as the deeds would post them, and of journals; without hash chains, which scores do not read.
_FILL = """
INSERT INTO ledger_entry (uuid, book_id, number, account_id, unit_id, place_id, category, source, party_id,
    occurred_on, posted_at, quantity, voucher_kind, voucher_uuid, previous_hash, hash)
WITH unit AS (SELECT row_number() OVER (ORDER BY c.id) - 1 AS n, c.id, c.town_id, b.id AS book_id,
        (SELECT array_agg(p.id ORDER BY p.id) FROM places_place p WHERE p.unit_id = c.id) AS places
    FROM units_unit c JOIN ledger_book b ON b.unit_id = c.town_id WHERE c.kind = 'community'),
cases AS (SELECT n, gen_random_uuid() AS uuid, hashint8(n) & 1023 AS h, (n / 300 * 7) %% 31 AS day,
        (ARRAY['town','town','town','county','self','self','chief','city','public','town'])[1 + n / 11 %% 10] AS source,
        (ARRAY['06010','09001','06036','06020','09013','06001','07002','01002'])[1 + n / 13 %% 8] AS category
    FROM generate_series(0, %(cases)s - 1) n),
posted AS (
    SELECT c.n, a.account, c.uuid, 'case' AS kind, c.category, c.source, 1 AS quantity, true AS placed,
        CASE WHEN a.due THEN least(c.day + 3, 30) ELSE c.day END AS day
    FROM cases c JOIN (VALUES ('case.reported', 0, 1024, false), ('case.due', 0, 1024, true),
        ('case.fixed_due', 0, 870, true), ('case.fixed_in_time', 0, 720, true), ('case.rework', 600, 700, true),
        ('case.on_spot', 100, 200, false), ('case.relapsed', 0, 30, true), ('case.returned', 900, 930, false),
        ('case.order', 1000, 1010, true), ('case.suspended', 1010, 1020, false), ('case.extended', 950, 970, true)
    ) a(account, low, high, due) ON c.h >= a.low AND c.h < a.high
    UNION ALL
    SELECT n, (%(journals)s::text[])[1 + n / 300 %% cardinality(%(journals)s::text[])], gen_random_uuid(), 'journal',
        (ARRAY['06010','09001'])[1 + n %% 2], (ARRAY['town','self','county'])[1 + n / 7 %% 3],
        60 + n / 17 %% 41, false, (n / 300 * 11) %% 31
    FROM generate_series(0, %(diaries)s - 1) n)
SELECT gen_random_uuid(), u.book_id, row_number() OVER (PARTITION BY u.book_id ORDER BY p.day, p.n), a.id, u.id,
    CASE WHEN p.placed THEN u.places[1 + p.n / 300 %% 20] END, p.category, p.source,
    CASE WHEN p.source IN ('self', 'chief') THEN u.id ELSE u.town_id END, date '2026-10-01' + p.day::int,
    timestamptz '2026-10-01 08:00+08' + p.day * interval '1 day' + (p.n %% 36000) * interval '1 second', p.quantity, p.kind, p.uuid,
    '', repeat('0', 64)
FROM posted p JOIN unit u ON u.n = p.n %% 300
JOIN ledger_account a ON a.code = CASE p.account WHEN 'case.order' THEN 'order.issued' ELSE p.account END
ORDER BY p.day, p.n"""


def fill(events: int) -> None:
    """Entries enough for about so many events: a case makes some four of them."""
    from django.db import connection  # noqa: PLC0415

    from wenming.common import appendonly  # noqa: PLC0415

    with appendonly.lifted(connection), connection.cursor() as cursor:
        cursor.execute("TRUNCATE ledger_entry")
        cursor.execute(
            _FILL, {"cases": events * 18 // 100, "diaries": events // 4, "journals": list(JOURNALS)}
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE ledger_entry")


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def best(*works: Callable[[], Any], turns: int = 2) -> list[float]:
    """Seconds of each of `works`, by turns, the quickest turn of each."""
    taken = [[seconds(work) for work in works] for _ in range(turns)]
    return [min(column) for column in zip(*taken, strict=True)]


class Month:
    """The month as it lies in the ledger and, written out, in a file; and the ways to score it."""

    def __init__(self, county: Any, events: int, folder: Path) -> None:
        from wenming.ledger import periods  # noqa: PLC0415
        from wenming.outcomes.scoring import facts, reading  # noqa: PLC0415

        house.say(f"造约 {events:,} 件事件的分录")
        fill(events)
        self.county, self.path = county, folder / f"{events}.jsonl"
        self.book, self.period = reading.read(BOOK), periods.parse("2026-10")
        with self.path.open("wb") as file:
            found = self.facts()
            self.events = len(found.events)
            for line in facts.lines(found):
                file.write(line + b"\n")

    def facts(self, unit: Any = None) -> Any:
        from wenming.outcomes.scoring import ledger_facts  # noqa: PLC0415

        return ledger_facts.facts(
            book=self.book, owner=self.county, period=self.period, as_of=AS_OF, unit=unit
        )

    def run(self, found: Any) -> Any:
        from wenming.outcomes.scoring import engine  # noqa: PLC0415

        return engine.run(self.book, found, period=self.period, as_of=TODAY)

    def from_ledger(self) -> Any:
        return self.run(self.facts())

    def from_file(self) -> Any:
        from wenming.outcomes.scoring import facts  # noqa: PLC0415

        return self.run(facts.read(self.path))

    def only_parsed(self) -> None:
        with self.path.open("rb") as file:
            for line in file:
                json.loads(line)

    def only_sql(self) -> None:
        """The two statements as anybody would run them: the driver gives dates, decimals, uuids."""
        from django.db import connection  # noqa: PLC0415

        from wenming.outcomes.scoring import ledger_facts, ledger_rows, ledger_units  # noqa: PLC0415

        rated = ledger_units.rated(book=self.book, owner=self.county, period=self.period)
        reader = ledger_facts.Reading(self.book, rated, self.county, self.period, AS_OF)
        plain = {
            "uuid": "e.uuid", "voucher": "e.voucher_uuid", "on": "e.occurred_on", "at": "e.posted_at",
            "quantity": "e.quantity",
        }  # fmt: skip
        for sql, values in (
            ledger_rows.standing_statement(reader.window, reader.watched, voucher="e.voucher_uuid"),
            ledger_rows.rows_statement(reader.window, **plain),
        ):
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                cursor.fetchall()


def again(month: Month) -> Iterator[Row]:
    """One new entry: its unit computed anew, all units compared."""
    from wenming.ground.units.models import Unit  # noqa: PLC0415
    from wenming.outcomes.scoring import engine  # noqa: PLC0415

    found = month.facts()
    before = month.run(found)
    unit = Unit.objects.filter(kind="community").order_by("pk")[7]
    own = [event for event in found.events if event.unit == unit.code]
    entry = msgspec.structs.replace(own[0], id="found:00000000-0000-0000-0000-000000000000")
    touched = replace(found, units={unit.code: found.units[unit.code]}, events=(*own, entry))
    taken = best(lambda: engine.rescore(before, touched), lambda: month.facts(unit), turns=9)
    whole = month.run(replace(found, events=(*found.events, entry)))
    if engine.rescore(before, touched).sheets != whole.sheets:
        raise AssertionError("rescore differs from score")
    note = f"这个单位 {len(own):,} 件；另 299 个单位的名次、建议重排"
    yield Row("　补记一笔后重算", taken[0] * 1000, "毫秒", 50, note=note)
    yield Row("　　从账本重读这一个单位", taken[1] * 1000, "毫秒")


def measure(url: str, *, quick: bool) -> Iterator[Row]:
    """All figures of this module; `quick`: 100,000 events instead of 1,000,000."""
    house.open_house(url)
    county = build().county
    events = 100_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        few = Month(county, events // 10, Path(folder))
        small = best(few.from_file)[0] / few.events
        month = Month(county, events, Path(folder))
        if month.from_file().sheets != month.from_ledger().sheets:
            raise AssertionError("the file and the ledger give different sheets")
        parsed, filed = best(month.only_parsed, month.from_file)
        note = f"{month.events:,} 件，300 个单位，40 条规则：{filed:.1f} 秒；只解析 JSON {parsed:.1f} 秒"
        yield Row("考核：从事件文件算全月", filed / parsed, "倍", 3, note=note)
        bare, booked = best(month.only_sql, month.from_ledger)
        note = f"{booked:.1f} 秒；只跑同样两条 SQL 并取回 {bare:.1f} 秒"
        yield Row("考核：从账本算全月", booked / bare, "倍", 2, note=note)
        yield from again(month)
        sheets = month.from_ledger().sheets
        taken = seconds(lambda: [sheet.data() for sheet in sheets])
        lines = sum(len(sheet.lines) for sheet in sheets)
        yield Row("　每张成绩单写成 JSON", taken, "秒", note=f"{lines:,} 行算式")
        linear = filed / month.events / small
        note = f"每件 {small * 1e6:.1f} 微秒，多 10 倍后 {filed / month.events * 1e6:.1f} 微秒"
        yield Row("　事件多 10 倍，每件所用时间", linear, "倍", 1.3, note=note)
