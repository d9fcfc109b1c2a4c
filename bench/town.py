"""A county with one large town and three years of cases, filled in bulk.

What a page or a deed reads is there as in real life: the cases with all their columns, their whole history, their
photos (rows only, no files), planned looks back, ledger entries and daily totals. Hash chains of the bulk are left
out, because no page reads them; the heads are set so that deeds go on behind them.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from bench import house

SINCE = date(2020, 1, 1)
COMMUNITIES, GRIDS, PLACES_EACH = 12, 3, 40
_DEPTS = ("urban_mgmt", "public_security", "sanitation")


def build() -> SimpleNamespace:
    """平川县 with 安和镇 (12 communities, 36 grids, 3 stations, 480 places) and the people who work there."""
    from wenming.ground.people import actions as people  # noqa: PLC0415
    from wenming.ground.people.models import Person  # noqa: PLC0415
    from wenming.ground.places import actions as places  # noqa: PLC0415
    from wenming.ground.units import actions as units  # noqa: PLC0415
    from wenming.outcomes import packs  # noqa: PLC0415

    now = datetime.now(UTC)
    packs.load_all(at=now)

    def unit(name: str, kind: str, code: str, parent: Any, **more: Any) -> Any:
        return units.create(name=name, kind=kind, code=code, parent=parent, at=now, valid_from=SINCE, **more)

    def person(name: str, role: str, where: Any) -> Any:
        phone = f"138{Person.objects.count():08}"
        made, _ = people.add(name=name, phone=phone, at=now, password_hash="!", must_change=False)  # noqa: S106 - nobody logs in by it
        people.give_post(person=made, role=role, unit=where, from_date=SINCE, at=now)
        return Person.objects.get(pk=made.pk)

    t = SimpleNamespace(now=now)
    t.county = unit("平川县", "county", "350599", None)
    t.town = unit("安和镇", "town", "350599100", t.county)
    t.other = unit("石桥镇", "town", "350599101", t.county)
    t.office = unit("安和镇创城办", "office", "AH-CCB", t.town, dept="civ_office")
    t.stations = [unit(f"安和{n}站", "station", f"AH-Z{n}", t.town, dept=d) for n, d in enumerate(_DEPTS, 1)]
    t.communities = [
        unit(f"第{n}社区", "community", f"350599100{n:03}", t.town, population=4000 + 100 * n)
        for n in range(1, COMMUNITIES + 1)
    ]
    t.grids = [
        unit(f"{c.name}第{n}网格", "grid", f"{c.code}{n:03}", c)
        for c in t.communities
        for n in range(1, GRIDS + 1)
    ]
    t.director = person("李建国", "office_director", t.office)
    t.clerks = [person(f"陈{n}干事", "office_clerk", t.office) for n in range(1, 5)]
    t.inspectors = [person(f"周{n}督查", "inspector", t.office) for n in range(1, 5)]
    t.secretaries = [person(f"王{n}书记", "community_secretary", c) for n, c in enumerate(t.communities)]
    t.workers = [person(f"刘{n}网格员", "grid_worker", g) for n, g in enumerate(t.grids)]
    for n, c in enumerate(t.communities):
        for m in range(PLACES_EACH):
            places.register(
                name=f"{c.name}{'建设东北中学'[m % 6]}{'路巷街里'[m % 4]}{m}号", kind="point", unit=c, at=now,
                lat=24.9 + n * 0.02 + m * 0.0006, lng=118.3 + m * 0.0007, position_source="map",
                point_type=("market", "back_alley")[m % 2],
            )  # fmt: skip
    return t


def find() -> SimpleNamespace:
    """The town that `build` has made, read again from the database."""
    from wenming.ground.people.models import Person  # noqa: PLC0415
    from wenming.ground.units.models import Unit  # noqa: PLC0415

    def people(role: str) -> list[Any]:
        return list(Person.objects.filter(posts__role=role).order_by("pk"))

    def units(kind: str) -> list[Any]:
        return list(Unit.objects.filter(kind=kind).order_by("pk"))

    return SimpleNamespace(
        now=datetime.now(UTC), county=units("county")[0], town=units("town")[0], office=units("office")[0],
        stations=units("station"), communities=units("community"), grids=units("grid"),
        director=people("office_director")[0], clerks=people("office_clerk"), inspectors=people("inspector"),
        secretaries=people("community_secretary"), workers=people("grid_worker"),
    )  # fmt: skip


_SPOTS = ("巷口", "店门口", "楼道", "绿化带", "公交站旁", "菜市场东侧", "停车场", "河岸", "围墙边", "路口")
_THINGS = ("两处垃圾未清", "非机动车乱停", "小广告三张", "垃圾桶满溢", "占道经营", "积水未扫", "杂物堆放", "破损未修",
           "飞线充电", "宣传栏褪色")  # fmt: skip
# About a hundred cases say it, all among the first ten thousand: the small and the large town find the same page, and
# what is compared is the search, not eleven rows with fifty.
_RARE, _RARE_BELOW = "窨井盖缺失", 10_000

# Where every case stands: one in 33 is open, found in the last ten days, the others are closed.
_CASES = """
INSERT INTO cases_case (uuid, number, town_id, state, path, source, reporter_id, found_by_id, self_found, covert,
    unit_id, place_id, address, lat, lng, accuracy_m, category, category_name, safety, description, lead_unit_id,
    handler_id, measures, quantities, reported_at, dispatched_at, signed_at, handed_in_at, closed_at, close_reason,
    in_time, due_at, warn_at, sign_due_at, booked_due, rework_count, extended, contested, follow_code, public,
    public_note, contact, suspended_to, updated_at)
SELECT gen_random_uuid(), '〔' || extract(year from x.at)::int || '〕督-' || n, %(town)s, x.state,
    (ARRAY['community','community','joint'])[1 + n %% 3], x.source,
    (%(people)s::bigint[])[1 + n %% cardinality(%(people)s::bigint[])], %(office)s, x.source IN ('self','chief'), false,
    p.unit_id, p.id, '', p.lat + (n %% 7) * 0.00003, p.lng, 12, c.code, c.name, c.safety,
    CASE WHEN n %% 97 = 0 AND n < %(rare_below)s THEN %(rare)s ELSE (%(spots)s::text[])[1 + (n / 7) %% 10] || (%(things)s::text[])[1 + (n / 3) %% 10] END,
    CASE WHEN x.rank >= 2 THEN p.unit_id END,
    CASE WHEN x.rank >= 4 THEN (%(handlers)s::bigint[])[1 + n %% cardinality(%(handlers)s::bigint[])] END,
    CASE WHEN x.rank >= 4 THEN '已清理' ELSE '' END, '{}'::jsonb, x.at,
    CASE WHEN x.rank >= 2 THEN x.at + interval '40 minutes' END,
    CASE WHEN x.rank >= 3 THEN x.at + interval '60 minutes' END,
    CASE WHEN x.rank >= 4 THEN x.at + interval '8 hours' END,
    CASE WHEN x.rank >= 5 THEN x.at + interval '20 hours' END,
    CASE WHEN x.rank >= 5 THEN 'fixed' ELSE '' END, CASE WHEN x.rank >= 4 THEN n %% 9 > 0 END,
    CASE WHEN x.rank >= 2 THEN x.due END, CASE WHEN x.rank >= 2 THEN x.due - interval '6 hours' END,
    CASE WHEN x.rank >= 2 THEN x.at + interval '160 minutes' END,
    CASE WHEN x.rank >= 2 THEN x.due::date END, CASE WHEN n %% 40 = 0 THEN 1 ELSE 0 END, false, false, '', false,
    '', '', '', x.at + interval '1 day'
FROM (
    SELECT n, CASE WHEN open THEN %(now)s::timestamptz - (n / 33 %% 10) * interval '1 day' - (n %% 600) * interval '1 minute'
            ELSE %(now)s::timestamptz - interval '11 days' - ((n::bigint * 7919) %% 1084) * interval '1 day' - (n %% 540) * interval '1 minute' END AS at,
        CASE WHEN open THEN %(now)s::timestamptz + ((n / 33) %% 7 - 2) * interval '1 day'
            ELSE %(now)s::timestamptz - interval '9 days' - ((n::bigint * 7919) %% 1084) * interval '1 day' END AS due,
        CASE WHEN open THEN (ARRAY['reported','registered','dispatched','handling','handling','handling','verifying'])[1 + n / 33 %% 7] ELSE 'closed' END AS state,
        CASE WHEN open THEN (ARRAY[0,1,2,3,3,3,4])[1 + n / 33 %% 7] ELSE 5 END AS rank,
        (ARRAY['town','town','town','county','self','chief','chief','public'])[1 + (n / 5) %% 8] AS source
    FROM (SELECT n, n %% 33 = 0 AS open FROM generate_series(%(start)s::int, %(stop)s::int - 1) n) s
) x
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS k, count(*) OVER () AS all_, id, unit_id, lat, lng FROM places_place) p
    ON p.k = (x.n::bigint * 31) %% p.all_
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS k, count(*) OVER () AS all_, code, name, safety
      FROM standards_eventcategory WHERE can_community_lead AND active) c ON c.k = CASE WHEN x.n %% 5 = 0 THEN (x.n / 5) %% c.all_ ELSE (x.n / 2) %% 8 END"""

# What was done to a case, by how far it has come.
_HISTORY = """
INSERT INTO audit_record (chain, number, deed, subject_kind, subject_uuid, at, posted_at, by_id, by_name, by_post,
    sentence, data, previous_hash, hash)
SELECT %(chain)s, %(base)s + row_number() OVER (ORDER BY c.reported_at, c.id, e.ord), 'case.' || e.deed, 'case', c.uuid,
    c.reported_at + e.after, c.reported_at + e.after, %(by)s, '陈干事', '安和镇创城办 干事', e.told,
    CASE e.deed WHEN 'dispatch' THEN jsonb_build_object('lead', c.lead_unit_id::text, 'lead_name', '社区',
        'term', '{"value":"1","unit":"work_day"}'::jsonb, 'sign_term', '{"value":"2","unit":"work_hour"}'::jsonb,
        'from', 'registered', 'to', 'dispatched') ELSE '{"from":"","to":""}'::jsonb END,
    repeat('0', 64), repeat('0', 64)
FROM cases_case c
JOIN (VALUES ('reported',0), ('registered',1), ('dispatched',2), ('handling',3), ('verifying',4), ('closed',5)) s(state, rank)
    ON s.state = c.state
JOIN (VALUES ('report',0,0,interval '0','上报'), ('register',1,1,interval '20 minutes','立案'),
    ('dispatch',2,2,interval '40 minutes','派遣给社区，时限1个工作日'), ('sign',3,3,interval '60 minutes','签收'),
    ('hand_in',4,4,interval '8 hours','处置反馈（已清理）'), ('accept',5,5,interval '20 hours','核查通过，按期整改到位')
    ) e(deed, ord, rank, after, told) ON e.rank <= s.rank
WHERE c.id > %(after)s"""

_PHOTOS = """
INSERT INTO evidence_photo (uuid, subject_kind, subject_uuid, role, "order", name, format, width, height, bytes, sha256,
    dhash, band1, band2, band3, band4, original, published, thumb, public, source, located_by, device, software, doubts,
    received_at, by_id, town_id, covert, public_state, masks)
SELECT gen_random_uuid(), 'case', c.uuid, r.role, 0, '照片.jpg', 'JPEG', 1600, 1200, 300000,
    md5(c.id || r.role) || md5(r.role || c.id), left(md5(c.id || r.role), 16), c.id %% 65536, c.id * 3 %% 65536,
    c.id * 7 %% 65536, c.id * 11 %% 65536, md5(c.id || 'o'), md5(c.id || 'p'), md5(c.id || 't'), '', 'camera', '', '', '',
    '[]'::jsonb, c.reported_at, %(by)s, %(town)s, false, 'hidden', '[]'::jsonb
FROM cases_case c JOIN (VALUES ('before'), ('after')) r(role) ON r.role = 'before' OR c.state IN ('verifying', 'closed')
WHERE c.id > %(after)s"""

_REVISITS = """
INSERT INTO cases_revisit (case_id, due_date, done_at, by_id, relapsed, note)
SELECT c.id, (c.closed_at + d.n * interval '1 day')::date,
    CASE WHEN c.closed_at + d.n * interval '1 day' < %(now)s THEN c.closed_at + d.n * interval '1 day' END,
    CASE WHEN c.closed_at + d.n * interval '1 day' < %(now)s THEN %(by)s END,
    CASE WHEN c.closed_at + d.n * interval '1 day' < %(now)s THEN false END, ''
FROM cases_case c JOIN (VALUES (3), (30)) d(n) ON true WHERE c.state = 'closed' AND c.id > %(after)s"""

_ENTRIES = """
INSERT INTO ledger_entry (uuid, book_id, number, account_id, unit_id, place_id, category, source, party_id, occurred_on,
    posted_at, quantity, voucher_kind, voucher_uuid, previous_hash, hash)
SELECT gen_random_uuid(), %(book)s, %(base)s + row_number() OVER (ORDER BY c.reported_at, c.id, e.ord), a.id, c.unit_id,
    c.place_id, c.category, c.source, c.found_by_id,
    (CASE WHEN e.due THEN c.due_at ELSE c.reported_at END AT TIME ZONE 'Asia/Shanghai')::date, c.reported_at, e.quantity,
    'case', c.uuid, '', repeat('0', 64)
FROM cases_case c
JOIN (VALUES ('reported',0), ('registered',1), ('dispatched',2), ('handling',3), ('verifying',4), ('closed',5)) s(state, rank)
    ON s.state = c.state
JOIN (VALUES ('case.reported',0,1,false,0), ('case.registered',1,1,false,1), ('case.dispatched',2,1,false,2),
    ('case.open',2,1,false,3), ('case.due',2,1,true,4), ('case.fixed',5,1,false,5), ('case.open',5,-1,false,6),
    ('case.fixed_due',5,1,true,7), ('case.fixed_in_time',5,1,true,8)) e(account, rank, quantity, due, ord) ON e.rank <= s.rank
JOIN ledger_account a ON a.code = e.account
WHERE c.id > %(after)s"""


def fill(t: SimpleNamespace, start: int, stop: int) -> None:
    """Cases number `start` to `stop` (exclusive) of the town, with everything that hangs on them."""
    from django.db import connection, transaction  # noqa: PLC0415
    from django.db.models import Max  # noqa: PLC0415

    from wenming.ground.audit.models import Chain, Record  # noqa: PLC0415
    from wenming.ground.units.models import Series  # noqa: PLC0415
    from wenming.ledger.models import Book, Entry  # noqa: PLC0415
    from wenming.ledger.verify import rebuild_totals  # noqa: PLC0415
    from wenming.records.cases.models import Case  # noqa: PLC0415

    house.say(f"造第 {start} 至 {stop} 件问题及其历史、照片、账目")
    with transaction.atomic():
        book, _ = Book.objects.get_or_create(unit=t.town)
        chain, _ = Chain.objects.get_or_create(key=t.town.chain)
        given = {
            "start": start, "stop": stop, "now": t.now, "town": t.town.pk, "office": t.office.pk, "rare": _RARE, "rare_below": _RARE_BELOW,
            "people": _keys(t.inspectors + t.workers), "handlers": _keys(t.secretaries), "spots": list(_SPOTS),
            "things": list(_THINGS), "by": t.clerks[0].pk, "chain": t.town.chain, "book": book.pk,
            "after": Case.objects.aggregate(m=Max("pk"))["m"] or 0,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_CASES, given)
            base = Record.objects.filter(chain=t.town.chain).aggregate(m=Max("number"))["m"] or 0
            cursor.execute(_HISTORY, given | {"base": base})
            cursor.execute(_PHOTOS, given)
            cursor.execute(_REVISITS, given)
            base = Entry.objects.filter(book=book).aggregate(m=Max("number"))["m"] or 0
            cursor.execute(_ENTRIES, given | {"base": base})
        Chain.objects.filter(pk=chain.pk).update(
            count=Record.objects.filter(chain=chain.key).count(), head="0" * 64
        )
        Book.objects.filter(pk=book.pk).update(
            entry_count=Entry.objects.filter(book=book).count(), head_hash="0" * 64
        )
        year = t.now.year
        Series.objects.update_or_create(
            unit=t.town, kind="case", year=year, defaults={"last": stop + 1_000_000}
        )
        rebuild_totals(book=book, at=t.now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _keys(rows: Sequence[Any]) -> list[int]:
    return [row.pk for row in rows]


def session(person: Any) -> str:
    """The key of a session in which the person is logged in, as the log-in view would leave it."""
    from django.conf import settings  # noqa: PLC0415
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415

    kept = SessionStore()
    kept[SESSION_KEY] = str(person.pk)
    kept[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    kept[HASH_SESSION_KEY] = person.get_session_auth_hash()
    kept.save()
    assert kept.session_key is not None  # noqa: S101 - saved a line above
    return kept.session_key
