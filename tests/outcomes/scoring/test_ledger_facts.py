"""From entries to events: what counts for whom, as of when, and what is refused."""

import random
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from tests.factories import Life, place
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.units.models import Unit
from wenming.ledger import periods, posting
from wenming.ledger.models import Entry
from wenming.ledger.posting import Line, Voucher
from wenming.outcomes.scoring import engine, from_ledger, ledger_facts, reading
from wenming.outcomes.scoring import facts as plain
from wenming.outcomes.scoring.book import Book as RuleBook
from wenming.outcomes.scoring.sheet import Sheet
from wenming.records.cases import actions as cases
from wenming.records.cases import states

D = Decimal
ROOT = Path(__file__).parents[3]
SEED = reading.read(ROOT / "packs" / "scoring" / "samples" / "seed.yaml")
OCTOBER = periods.parse("2026-10")
AS_OF = datetime(2026, 11, 5, 10, 0, tzinfo=UTC)
HEAD = """kind: scoring
id: ledger-test
version: "1"
title: 试验
in_force: 2026-01-01
rated: {kind: %s, groups: [%s]}
period: month
rounding: {places: 2, mode: half_up}
"""
FOUND = """items:
  - id: a
    title: 问题
    rules:
      - {id: f, op: per_event, when: {kind: %s}, points: -1}
"""


def a_book(body: str, rated: str = "unit", groups: str = "社区") -> RuleBook:
    return reading.read_text(HEAD % (rated, groups) + body, label="试验.yaml")


class Books:
    """Entries of 安和镇 in October, posted at noon of their day unless told otherwise."""

    def __init__(self, town: SimpleNamespace) -> None:
        self.t = town

    def post(
        self, account: str, unit: Unit, day: int, *, at: datetime | None = None, voucher: Voucher | None = None,
        quantity: Any = 1, reversing: Sequence[str] = (), month: int = 10, **more: Any,
    ) -> Voucher:  # fmt: skip
        on = date(2026, month, day)
        voucher = voucher or Voucher("case", uuid4())
        given = {"source": "town", "party": self.t.office, "category": "06010"} | more
        with transaction.atomic():
            posting.post(
                town=self.t.town, lines=[Line(account, unit, quantity, on, **given)], voucher=voucher,
                at=at or clock.at_local(on, 12), reversing=reversing,
            )  # fmt: skip
        return voucher

    def facts(self, book: RuleBook = SEED, **more: Any) -> ledger_facts.Facts:
        return ledger_facts.facts(
            book=book, **({"owner": self.t.town, "period": OCTOBER, "as_of": AS_OF} | more)
        )

    def sheets(self, book: RuleBook = SEED, **more: Any) -> dict[str, Sheet]:
        found = self.facts(book, **more)
        day = clock.local_date(more.get("as_of", AS_OF))
        return {sheet.name: sheet for sheet in engine.score(book, found, period=OCTOBER, as_of=day)}


@pytest.fixture
def books(town: SimpleNamespace) -> Books:
    return Books(town)


def formulas(sheet: Sheet) -> list[str]:
    return [line.formula for line in sheet.lines]


def test_the_seed_rule_runs_from_the_ledger(books: Books) -> None:
    t = books.t
    here = {"place_id": t.lane.pk}
    books.post("case.reported", t.east, 3, **here)
    books.post("case.reported", t.east, 12, source="county", party=t.county_office, **here)
    spot = books.post(
        "case.reported", t.east, 15, source="county", party=t.county_office, category="09001", **here
    )
    books.post("case.on_spot", t.east, 15, voucher=spot, **here)
    books.post("case.reported", t.west, 12, source="chief", party=t.west, place_id=t.west_lane.pk)
    found = books.sheets()
    assert formulas(found["东门社区"]) == [
        "−1（town）",
        "−2（county） × 2（30 天内重复加倍，10月3日已有） = −4",
        "−2（county） × 0.5（当场整改减半） = −1",
    ]
    assert (found["东门社区"].total, found["西街社区"].total) == (D(94), D(100))
    assert (found["西街社区"].place, found["东门社区"].place) == (1, 2)


def test_deeds_on_cases_arrive_as_events_with_their_flags(town: SimpleNamespace) -> None:
    """A month of real cases: one fixed in time, one that the town found and nobody fixed."""
    life = Life(town)
    fixed = life.closed(by=town.worker)
    still = life.dispatched(category="06036")
    book = a_book(
        """attributes:
  - {name: fixed, title: 已整改, type: flag}
  - {name: self_found, title: 自查, type: flag}
  - {name: in_time, title: 按期, type: flag}
  - {name: category_name, title: 类别, type: text}
items:
  - id: a
    title: 问题
    rules:
      - {id: f, op: per_event, when: {kind: found, if: '!attrs.self_found'}, points: -1}
      - {id: o, op: per_event, when: {kind: overdue}, points: -2}
      - {id: d, op: per_event, when: {kind: [due, fixed]}, points: 0}
"""
    )
    period, as_of = periods.parse("2026-11"), datetime(2026, 12, 5, tzinfo=UTC)
    found = ledger_facts.facts(book=book, owner=town.town, period=period, as_of=as_of)
    assert set(found.units) == {town.east.code, town.west.code}
    told = {(event.kind, event.case): event for event in found.events}
    assert {kind for kind, case in told if case == str(fixed.uuid)} == {"found", "due", "fixed"}
    assert {kind for kind, case in told if case == str(still.uuid)} == {"found", "due", "overdue"}
    first, second = told["found", str(fixed.uuid)], told["found", str(still.uuid)]
    assert (first.by_level, first.attrs["fixed"], first.attrs["in_time"], first.attrs["self_found"]) == ("self", True, True, True)  # fmt: skip
    assert (second.by_level, second.attrs["fixed"], second.attrs["self_found"]) == ("town", False, False)
    assert (second.unit, second.place) == (town.east.code, f"建设巷（{town.lane.number}）")
    assert second.attrs["category_name"] == still.category_name
    sheets = engine.score(book, found, period=period, as_of=clock.local_date(as_of))
    assert {sheet.name: sheet.total for sheet in sheets} == {"东门社区": D(-3), "西街社区": D(0)}
    # Before the deadline has passed nobody is late.
    early = ledger_facts.facts(book=book, owner=town.town, period=period, as_of=life.at)
    assert "overdue" not in {event.kind for event in early.events}


def test_every_event_opens_to_its_entry(books: Books) -> None:
    books.post("case.due", books.t.east, 5)
    kinds = "[due, overdue, late]"
    found = books.facts(a_book(FOUND % kinds)).events
    assert [event.kind for event in found] == ["due", "late", "overdue"]
    entry = Entry.objects.get()
    assert {ledger_facts.entry_of(event.id) for event in found} == {entry.uuid}
    assert len({event.id for event in found}) == 3


def test_an_entry_on_a_grid_counts_for_its_community(books: Books) -> None:
    books.post("case.reported", books.t.grid, 3)
    books.post("case.reported", books.t.chengguan, 3)
    assert [event.unit for event in books.facts().events] == [books.t.east.code]


def test_reversed_entries_do_not_count_and_the_past_stays_as_it_was(books: Books) -> None:
    wrong = books.post("case.reported", books.t.east, 3)
    before = books.sheets()
    with transaction.atomic():
        posting.reverse(voucher=wrong, at=AS_OF + timedelta(days=1))
    books.post("case.reported", books.t.west, 4, at=AS_OF + timedelta(days=2))
    assert books.sheets() == before
    assert before["东门社区"].total == D(99)
    later = books.sheets(as_of=AS_OF + timedelta(days=3))
    assert (later["东门社区"].total, later["西街社区"].total) == (D(100), D(99))


def test_flags_are_those_of_the_moment(books: Books) -> None:
    found = books.post("case.reported", books.t.east, 3)
    books.post("case.on_spot", books.t.east, 3, voucher=found)
    assert formulas(books.sheets()["东门社区"]) == ["−1（town） × 0.5（当场整改减半） = −0.5"]
    with transaction.atomic():
        posting.reverse(voucher=found, accounts=["case.on_spot"], at=AS_OF + timedelta(days=1))
    assert formulas(books.sheets()["东门社区"])[0].endswith("= −0.5")
    assert formulas(books.sheets(as_of=AS_OF + timedelta(days=2))["东门社区"]) == ["−1（town）"]


def test_days_before_the_period_are_read_as_far_as_the_rules_look_back(books: Books) -> None:
    here = {"place_id": books.t.lane.pk}
    books.post("case.reported", books.t.east, 20, month=9, **here)
    books.post("case.reported", books.t.east, 1, month=8, **here)
    books.post("case.reported", books.t.east, 5, **here)
    books.post("case.reported", books.t.east, 1, month=11, **here)
    assert [event.on.isoformat() for event in books.facts().events] == ["2026-09-20", "2026-10-05"]
    assert formulas(books.sheets()["东门社区"]) == ["−1（town） × 2（30 天内重复加倍，9月20日已有） = −2"]


def test_late_and_overdue_ask_what_stands_on_the_voucher(books: Books) -> None:
    east = books.t.east
    in_time, late, never, ahead = [books.post("case.due", east, day) for day in (5, 6, 7, 30)]
    books.post("case.fixed_due", east, 5, voucher=in_time)
    books.post("case.fixed_in_time", east, 5, voucher=in_time)
    books.post("case.fixed_due", east, 6, voucher=late)
    events = books.facts(
        a_book(FOUND % "[late, overdue]"), as_of=clock.at_local(date(2026, 10, 30), 18)
    ).events
    assert [(event.kind, event.case) for event in events] == [
        ("late", str(late.uuid)),
        ("late", str(never.uuid)),
        ("overdue", str(never.uuid)),
    ]
    assert str(ahead.uuid) not in {event.case for event in events}


def test_a_stock_account_gives_what_came_and_what_went(books: Books) -> None:
    case = books.post("case.suspended", books.t.east, 5)
    books.post("case.suspended", books.t.east, 9, voucher=case, quantity=-1)
    events = books.facts(a_book(FOUND % "[suspended, resumed]")).events
    assert [(event.kind, event.on.day, event.quantity) for event in events] == [
        ("suspended", 5, 1),
        ("resumed", 9, 1),
    ]


def test_bulletins_are_counted_by_those_that_stand(books: Books) -> None:
    t = books.t
    case = Voucher("case", uuid4())
    issued = [clock.at_local(date(2026, 10, day), 9) for day in (5, 12, 19)]
    papers = [
        books.post(
            "document.bulletin", t.town, at.day, at=at, voucher=Voucher("document", uuid4()), source=""
        )
        for at in issued
    ]
    for number in (0, 2):
        books.post("case.named", t.east, issued[number].day, at=issued[number], voucher=case, party=t.town)
    book = a_book(FOUND % "named")
    assert [event.bulletin for event in books.facts(book).events] == [1, 3]
    with transaction.atomic():
        posting.reverse(voucher=papers[1], at=issued[2] + timedelta(days=1))
    assert [event.bulletin for event in books.facts(book).events] == [1, 2]
    assert [event.bulletin for event in books.facts(book, as_of=issued[2]).events] == [1, 3]


def test_a_covert_find_belongs_to_the_level_of_its_finder(books: Books) -> None:
    books.post("case.reported", books.t.east, 3, source="covert", party=books.t.county_office)
    books.post("case.reported", books.t.east, 4, source="covert", party=books.t.office)
    book = a_book("attributes:\n  - {name: covert, title: 暗访, type: flag}\n" + FOUND % "found")
    assert [(event.by_level, event.attrs["covert"]) for event in books.facts(book).events] == [("county", True), ("town", True)]  # fmt: skip


def test_a_book_says_its_own_levels_kinds_and_groups(books: Books) -> None:
    t = books.t
    books.post("case.reported", t.east, 3, source="hotline")
    books.post("grid_cases", t.police, 4, quantity=3)
    body = f"""from_ledger:
  groups: {{片区: [community, {t.police.code}]}}
  kinds: {{problem: [found, grid_cases]}}
  levels: {{hotline: town}}
"""
    book = a_book(body + FOUND % "problem", groups="片区")
    found = books.facts(book)
    assert [(event.kind, event.unit, event.by_level, event.quantity) for event in found.events] == [
        ("problem", t.east.code, "town", 1), ("problem", t.police.code, "town", 3),
    ]  # fmt: skip
    assert {unit.group for unit in found.units.values()} == {"片区"}
    assert set(found.units) == {t.east.code, t.west.code, t.police.code}


def test_an_account_of_the_county_is_a_kind_by_its_own_code(books: Books) -> None:
    books.post("garbage_loads", books.t.east, 3, quantity=12, voucher=Voucher("journal", uuid4()))
    event = books.facts(a_book(FOUND % "garbage_loads")).events[0]
    assert (event.kind, event.quantity, event.case) == ("garbage_loads", 12, "")


def test_what_an_appeal_has_struck_out_is_left_out(books: Books) -> None:
    books.post("case.reported", books.t.east, 3)
    gone = books.facts().events[0].id
    assert books.facts(excluded=[gone]).events == ()
    assert books.sheets(excluded=[gone])["东门社区"].total == D(100)


def test_one_unit_alone_gets_what_it_gets_among_all(books: Books) -> None:
    books.post("case.reported", books.t.grid, 3)
    books.post("case.reported", books.t.west, 3)
    alone, all_of_them = books.facts(unit=books.t.east), books.facts()
    assert set(alone.units) == {books.t.east.code}
    assert alone.events == tuple(e for e in all_of_them.events if e.unit == books.t.east.code)
    with pytest.raises(DomainError, match="安和派出所不是"):
        books.facts(unit=books.t.police)


def test_units_that_are_not_assessed_or_not_in_force(books: Books) -> None:
    assert not books.facts(not_assessed=[books.t.west.code]).units[books.t.west.code].assessed
    Unit.objects.filter(pk=books.t.west.pk).update(valid_to=date(2026, 9, 30))
    assert set(books.facts().units) == {books.t.east.code}


def test_without_groups_units_stand_with_their_like(books: Books) -> None:
    head = (HEAD % ("unit", "社区")).replace(", groups: [社区]", "")
    book = reading.read_text(head + FOUND % "found", label="试验.yaml")
    groups = {unit.name: unit.group for unit in books.facts(book).units.values()}
    assert groups == {
        "东门社区": "社区", "西街社区": "社区", "安和城管站": "部门站所", "安和派出所": "部门站所", "县农商银行": "共建单位",
    }  # fmt: skip


def test_the_county_reads_all_its_towns(books: Books) -> None:
    books.post("case.reported", books.t.east, 3)
    book = a_book(FOUND % "found", groups="镇（街道）")
    found = books.facts(book, owner=books.t.county)
    assert {unit.name for unit in found.units.values()} == {"安和镇", "石桥镇"}
    assert [event.unit for event in found.events] == [books.t.town.code]


def test_contractors_by_whatever_name_the_group_has(books: Books) -> None:
    books.post("case.reported", books.t.cleaning, 3)
    found = books.facts(a_book(FOUND % "found", rated="contractor", groups="环卫公司"))
    assert [(unit.name, unit.group) for unit in found.units.values()] == [("净美保洁公司", "环卫公司")]
    assert [event.unit for event in found.events] == [books.t.cleaning.code]


def test_a_post_is_a_stretch_of_road_never_a_person(books: Books) -> None:
    lane, street = books.t.lane, place("人民路", books.t.east, kind="street")
    books.post("case.reported", books.t.cleaning, 3, place_id=lane.pk)
    books.post("case.reported", books.t.cleaning, 3, place_id=books.t.market.pk)
    found = books.facts(a_book(FOUND % "found", rated="post", groups="保洁岗位"))
    assert {unit.name for unit in found.units.values()} == {"建设巷", "人民路", "文昌巷"}
    assert [event.unit for event in found.events] == [lane.number]
    assert street.number in found.units
    alone = books.facts(a_book(FOUND % "found", rated="post", groups="保洁岗位"), unit=books.t.west)
    assert {unit.name for unit in alone.units.values()} == {"文昌巷"}


@pytest.mark.parametrize(
    ("code", "said", "book"),
    [
        ("rated_account", "积分不在账本上", lambda: reading.read(ROOT / "packs" / "scoring" / "samples" / "volunteers.yaml")),
        ("group_unknown", "不知道「村居」组是哪些单位", lambda: a_book(FOUND % "found", groups="村居")),
        ("group_unknown", "「社区」组里的「comunity」既不是单位类别.*第 10 行", lambda: a_book(
            "\nfrom_ledger: {groups: {社区: comunity}}\n" + FOUND % "found")),
        ("group_unknown", "东门社区既属于「甲」又属于「乙」", lambda: a_book(
            "from_ledger: {groups: {甲: community, 乙: community}}\n" + FOUND % "found", groups="甲, 乙")),
        ("account_unknown", "用到的praise，账上没有这个科目", lambda: a_book(FOUND % "praise")),
        ("account_unknown", "problem（科目 no.such）", lambda: a_book(
            "from_ledger: {kinds: {problem: no.such}}\n" + FOUND % "problem")),
        ("attribute_type", "attrs.spot 由账本填写，type 应当是 flag", lambda: a_book(
            "attributes:\n  - {name: spot, title: 当场, type: text}\n" + FOUND % "found")),
    ],
)  # fmt: skip
def test_what_the_ledger_cannot_answer_is_named(books: Books, code: str, said: str, book: Callable[[], RuleBook]) -> None:  # fmt: skip
    with pytest.raises(DomainError, match=said) as caught:
        books.facts(book())
    assert caught.value.code == code


def test_a_kind_that_the_ledger_does_not_keep_may_be_said_to_have_no_entries(books: Books) -> None:
    assert books.facts(a_book("from_ledger: {kinds: {praise: []}}\n" + FOUND % "praise")).events == ()


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("{kinds: {fond: case.reported}}", "from_ledger.kinds 里的「fond」，没有一条规则用到"),
        ("{groups: {村: village}}", "from_ledger.groups 里的「村」不在 rated.groups 里"),
        ("{levels: {radio: town}}", "「levels」里没有来源「radio」"),
        ("{kinds: [found]}", "「kinds」应当是一组键值"),
        ("{kind: {found: case.reported}}", "不认识的键「kind」"),
    ],
)
def test_faults_of_the_section_have_file_and_line(
    faults: Callable[..., list[str]], section: str, fault: str
) -> None:
    found = faults(f"from_ledger: {section}\n" + FOUND % "found")
    assert len(found) == 1
    assert found[0].startswith(f"第 9 行：{fault}")


def test_every_source_of_a_case_has_a_level() -> None:
    assert list(from_ledger.LEVELS) == [code for code, _ in states.SOURCES]


def test_the_number_of_statements_does_not_grow(books: Books, django_assert_num_queries: Any) -> None:
    def count() -> int:
        with django_assert_num_queries(5) as seen:
            books.facts()
        return len(seen)

    books.post("case.reported", books.t.east, 3, place_id=books.t.lane.pk)
    few = count()
    for day in range(4, 9):
        books.post("case.reported", books.t.west, day, place_id=books.t.west_lane.pk)
    assert count() == few


def test_the_manual_shows_the_tables_as_they_are() -> None:
    manual = (ROOT / "docs" / "scoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|`(\w+)`\|([a-z_.]+)", manual, re.MULTILINE)
    assert rows == [(kind, source.account) for kind, source in from_ledger.KINDS.items()]
    told = manual.partition("`attrs` 只填规则书")[2].partition("**昼夜和领导交办。**")[0]
    assert set(re.findall(r"`(\w+)`", told)) == {
        "attributes",
        "flag",
        "number",
        "text",
        *from_ledger.ATTRIBUTES,
    }


ALL = reading.read(ROOT / "bench" / "scoring.yaml")
ACCOUNTS = (
    "case.reported", "case.due", "case.fixed_due", "case.fixed_in_time", "case.on_spot", "case.rework", "case.relapsed",
    "garbage_loads", "ads_removed", "good_people", "audience_persons",
)  # fmt: skip


def a_month(books: Books, seed: int, then: Callable[[datetime], None] = lambda _at: None) -> None:
    """Entries and reversals at random, at one moment after the other; `then` is called after each."""
    draw = random.Random(seed)
    cases = [Voucher("case", uuid4()) for _ in range(6)]
    at = clock.at_local(date(2026, 10, 1), 8)
    for _ in range(40):
        at += timedelta(hours=draw.randint(1, 30))
        voucher = draw.choice(cases)
        if draw.random() < 0.15:
            with transaction.atomic():
                posting.reverse(voucher=voucher, accounts=[draw.choice(ACCOUNTS)], at=at)
        else:
            source, party = draw.choice([
                ("town", books.t.office), ("county", books.t.county_office), ("self", books.t.east), ("chief", books.t.grid),
                ("covert", books.t.office), ("hotline", None),
            ])  # fmt: skip
            books.post(
                draw.choice(ACCOUNTS), draw.choice([books.t.east, books.t.west, books.t.grid]), draw.randint(1, 31),
                at=at, voucher=voucher, quantity=draw.randint(1, 90), source=source, party=party,
                place_id=draw.choice([None, books.t.lane.pk, books.t.market.pk]), category=draw.choice(["06010", "09001"]),
            )  # fmt: skip
        then(at)


@pytest.mark.parametrize("seed", range(3))
def test_the_ledger_and_its_events_in_a_file_give_the_same_sheets(books: Books, seed: int) -> None:
    a_month(books, seed)
    as_of = AS_OF + timedelta(days=60)
    for book in (SEED, ALL):
        found = books.facts(book, as_of=as_of)
        written = plain.parse(plain.lines(found))
        assert len(written.events) == len(found.events) > 0
        day = clock.local_date(as_of)
        assert engine.score(book, written, period=OCTOBER, as_of=day) == engine.score(
            book, found, period=OCTOBER, as_of=day
        )


def test_every_past_moment_is_told_again_word_for_word(books: Books) -> None:
    told: dict[datetime, list[bytes]] = {}

    def remember(at: datetime) -> None:
        told[at] = list(plain.lines(books.facts(ALL, as_of=at)))

    a_month(books, 7, remember)
    assert len({tuple(lines) for lines in told.values()}) > 20
    for at, lines in told.items():
        assert list(plain.lines(books.facts(ALL, as_of=at))) == lines


HANDBOOK_DOUBLING = """attributes:
  - {name: source, title: 来源, type: text, default: ""}
  - {name: leader, title: 领导交办, type: flag, default: false}
from_ledger: {levels: {media: town}}
items:
  - id: a
    title: 问题
    rules:
      - id: f
        op: per_event
        when: {kind: found}
        points: {by: by_level, map: {town: -1}}
        modifiers: [{title: 领导交办、媒体曝光加倍, if: 'attrs.source in ["leader", "media"]', times: 2}]
"""


def test_what_a_leader_handed_over_is_doubled(town: SimpleNamespace) -> None:
    """Handbook §2.6, 金华: 领导交办、媒体曝光加倍."""
    life = Life(town)
    life.reported(by=town.clerk, source="town", category="06010")
    life.reported(by=town.clerk, source="leader", category="06036")
    life.reported(by=town.clerk, source="media", category="09001")
    book = a_book(HANDBOOK_DOUBLING)
    period, as_of = periods.parse("2026-11"), datetime(2026, 12, 5, tzinfo=UTC)
    facts = ledger_facts.facts(book=book, owner=town.town, period=period, as_of=as_of)
    assert [(e.attrs["source"], e.attrs["leader"]) for e in sorted(facts.events, key=lambda e: e.category)] == [
        ("town", False), ("leader", True), ("media", False),
    ]  # fmt: skip
    sheets = {s.name: s for s in engine.score(book, facts, period=period, as_of=as_of.date())}
    assert sheets["东门社区"].total == D(-5)
    assert sorted(formulas(sheets["东门社区"])) == [
        "−1（town）",
        "−1（town） × 2（领导交办、媒体曝光加倍） = −2",
        "−1（town） × 2（领导交办、媒体曝光加倍） = −2",
    ]


BY_NIGHT = """attributes:
  - {name: night, title: 夜间, type: flag, default: false}
  - {name: hour, title: 钟点, type: number, default: 12}
items:
  - id: a
    title: 问题
    rules:
      - id: f
        op: per_event
        when: {kind: found}
        points: {by: [by_level, attrs.night], map: {town/否: -1, town/是: -0.5}}
"""


def test_day_and_night_are_read_from_the_moment_of_the_find(town: SimpleNamespace) -> None:
    """By the clock of the town, whenever it was entered or made public, and the parts of a split find keep it."""
    life = Life(town, at=clock.at_local(date(2026, 11, 24), 9))
    night = clock.at_local(date(2026, 11, 23), 21)
    by_day = life.reported(category="06010")
    entered_later = life.reported(category="06036", found_at=night)
    covert = life.reported(category="09001", found_at=night + timedelta(hours=1), covert=True)
    cases.publish_covert(case=covert, by=town.clerk, at=life.tick())
    whole = life.registered(found_at=night + timedelta(hours=2))
    parts = [{"category": "06010"}, {"category": "06036"}]
    first, second = cases.split(case=whole, by=town.clerk, at=life.tick(), parts=parts)
    book = a_book(BY_NIGHT)
    period, as_of = periods.parse("2026-11"), datetime(2026, 12, 5, tzinfo=UTC)
    facts = ledger_facts.facts(book=book, owner=town.town, period=period, as_of=as_of)
    told = {e.case: (e.attrs["hour"], e.attrs["night"]) for e in facts.events if e.kind == "found"}
    assert told == {
        str(by_day.uuid): (D(9), False), str(entered_later.uuid): (D(21), True), str(covert.uuid): (D(22), True),
        str(first.uuid): (D(23), True), str(second.uuid): (D(23), True),
    }  # fmt: skip
    sheets = {s.name: s for s in engine.score(book, facts, period=period, as_of=as_of.date())}
    assert sheets["东门社区"].total == D(-3)


def test_what_has_no_history_of_a_find_has_no_hour(books: Books) -> None:
    books.post("case.reported", books.t.east, 3)
    (event,) = books.facts(a_book(BY_NIGHT)).events
    assert "night" not in event.attrs
    assert "hour" not in event.attrs


@pytest.mark.parametrize(
    ("hour", "night"), [(5, True), (6, False), (19, False), (20, True), (0, True), (23, True)]
)
def test_night_is_from_eight_to_six(hour: int, night: bool) -> None:
    assert from_ledger.is_night(hour) is night
