"""A fact is entered once, and the ledger counts it."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError

from tests import factories
from tests.factories import NOW
from tests.records.journals.conftest import TODAY, WEEKLY, filled
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit.models import Record
from wenming.ground.evidence import queries as evidence
from wenming.ledger import figures, periods, verify
from wenming.ledger.models import Entry
from wenming.records.journals import actions as journals
from wenming.records.journals import kinds, queries, states
from wenming.records.journals.kinds import Kind
from wenming.records.journals.models import Journal, JournalKind

MONTH = periods.parse("2026-11")


def sums(journal: Journal) -> dict[str, Decimal]:
    """What the record has posted, account by account."""
    found: dict[str, Decimal] = {}
    for entry in Entry.objects.of_voucher(journal.uuid).select_related("account"):
        found[entry.account.code] = found.get(entry.account.code, Decimal(0)) + entry.quantity
    return found


def test_every_shipped_kind_can_be_entered_and_is_found_in_the_ledger(
    town: SimpleNamespace, shipped: dict[str, Kind], enter: Callable[..., Journal]
) -> None:
    assert len(shipped) == 60
    for code, kind in shipped.items():
        by = town.clerk if states.OFFICE in kind.by else town.secretary
        row = enter(code, by=by, unit=town.east, **filled(kind, town))
        wanted = {one.account: one.quantity for one in kinds.counted(kind, row.fields)}
        assert wanted, code
        assert sums(row) == wanted, code
        assert {name: Decimal(number) for name, number in row.quantities.items()} == wanted, code
        told = figures.many([(account, town.east, MONTH) for account in wanted], at=NOW)
        assert all(value.number for value in told), code
        assert queries.untouched(row), code
    assert verify.verify().faults == []


def test_every_option_of_every_kind_posts_to_an_account_that_exists(
    town: SimpleNamespace, shipped: dict[str, Kind], enter: Callable[..., Journal]
) -> None:
    for code, kind in shipped.items():
        for count in kind.counts:
            for option, account in count.accounts:
                said = filled(kind, town) | {count.by: option}
                row = enter(code, unit=town.east, **said)
                assert account in sums(row), (code, option)


def test_a_meeting_counts_one_of_its_kind_and_the_people(town: SimpleNamespace, enter: Any) -> None:
    row = enter("meeting", **WEEKLY)
    assert sums(row) == {"mtg_weekly": 1, "mtg_persons": 24}
    assert (row.title, row.state, row.town, row.unit, row.late) == (
        "创城周例会", "entered", town.town, town.town, False,
    )  # fmt: skip
    entry = Entry.objects.get(voucher_uuid=row.uuid, account__code="mtg_persons")
    assert (entry.voucher_kind, entry.category, entry.occurred_on, entry.unit) == (
        "journal", "weekly", TODAY, town.town,
    )  # fmt: skip
    assert figures.value("meetings", scope=town.town, period=MONTH, at=NOW).text == "1次"


def test_the_history_tells_what_was_counted_and_seals_what_was_said(
    town: SimpleNamespace, enter: Any
) -> None:
    row = enter("meeting", **WEEKLY, minutes="会议内容不外传")
    told = Record.objects.get(subject_uuid=row.uuid)
    assert (told.deed, told.sentence, told.by_name) == (
        "journal.enter", "记台账：会议 创城周例会（安和镇，11月16日 周一）", "陈小雨",
    )  # fmt: skip
    assert told.data["quantities"] == {"mtg_weekly": "1", "mtg_persons": "24"}
    assert "外传" not in str(told.data)
    Journal.objects.filter(pk=row.pk).update(fields=row.fields | {"people": "42"})
    assert not queries.untouched(Journal.objects.get(pk=row.pk))


def test_the_same_form_twice_is_one_record(town: SimpleNamespace, enter: Any) -> None:
    key = uuid.uuid4()
    first = enter("meeting", key=key, **WEEKLY)
    again = enter("meeting", key=key, **WEEKLY)
    other = enter("wechat_post", key=key, pieces="3")
    assert {first.pk, again.pk, other.pk} == {first.pk}
    assert (Journal.objects.count(), Entry.objects.count(), Record.objects.filter(deed="journal.enter").count()) == (
        1, 2, 1,
    )  # fmt: skip


def test_a_batch_is_entered_whole_or_not_at_all(town: SimpleNamespace) -> None:
    good = [
        journals.Draft("wechat_post", town.town, TODAY - timedelta(days=n), {"pieces": str(n + 1)})
        for n in range(3)
    ]
    bad = journals.Draft("wechat_post", town.town, TODAY, {"pieces": "三篇"})
    with pytest.raises(DomainError) as refused:
        journals.enter_many(drafts=[*good, bad], by=town.clerk, at=NOW, way="sheet")
    assert (refused.value.code, refused.value.field) == ("field_unfit", "pieces")
    assert (Journal.objects.count(), Entry.objects.count()) == (0, 0)
    made = journals.enter_many(drafts=good, by=town.clerk, at=NOW, way="sheet")
    assert [(row.quantities, new) for row, new in made] == [
        ({"wechat_posts": "1"}, True), ({"wechat_posts": "2"}, True), ({"wechat_posts": "3"}, True),
    ]  # fmt: skip
    assert figures.value("wechat_posts", scope=town.town, period=MONTH, at=NOW).number == 6


def test_one_key_twice_in_a_batch_is_one_record(town: SimpleNamespace) -> None:
    draft = journals.Draft("wechat_post", town.town, TODAY, {"pieces": "1"}, uuid.uuid4())
    made = journals.enter_many(drafts=[draft, draft], by=town.clerk, at=NOW, way="sheet")
    assert made[0][0].pk == made[1][0].pk
    assert Entry.objects.count() == 1


def test_when_the_history_fails_nothing_is_written(
    town: SimpleNamespace, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = audit._append

    def full(row: Record, head: Any) -> None:
        if row.deed == "journal.enter":
            raise IntegrityError("disk full")
        real(row, head)

    monkeypatch.setattr(audit, "_append", full)
    with pytest.raises(IntegrityError):
        enter("meeting", **WEEKLY)
    assert (Journal.objects.count(), Entry.objects.count()) == (0, 0)


def test_photos_belong_to_the_record(town: SimpleNamespace, enter: Any) -> None:
    taken = [factories.photo(town.clerk, town.town), factories.photo(town.clerk, town.town)]
    row = enter("festival", festival="ninth", topic="重阳敬老", people="60", photos=taken)
    assert [photo.uuid for photo in evidence.of(row.uuid)] == [photo.uuid for photo in taken]


@pytest.mark.parametrize(
    ("code", "fields", "refused", "field"),
    [
        ("meeting", {"type": "weekly"}, "field_unfit", "topic"),
        ("meeting", WEEKLY | {"type": "party"}, "field_unfit", "type"),
        ("meeting", WEEKLY | {"people": "24.5"}, "field_unfit", "people"),
        ("meeting", WEEKLY | {"people": "-3"}, "field_unfit", "people"),
        ("meeting", WEEKLY | {"people": "1e30"}, "field_unfit", "people"),
        ("meeting", WEEKLY | {"people": "NaN"}, "field_unfit", "people"),
        ("meeting", WEEKLY | {"topic": "长" * 121}, "field_unfit", "topic"),
        ("meeting", WEEKLY | {"colour": "red"}, "field_unknown", None),
        ("handout", {"topic": "集市"}, "nothing_counted", "flyers"),
        ("wechat_post", {"pieces": "0"}, "nothing_counted", "pieces"),
        ("partner_help", {"partner": "农商银行", "topic": "清扫"}, "field_unfit", "partner"),
        ("dance", {}, "kind_unknown", "kind"),
    ],
)
def test_a_form_that_is_wrong_is_refused_at_its_field(
    code: str, fields: dict[str, Any], refused: str, field: str | None, enter: Any
) -> None:
    with pytest.raises(DomainError) as error:
        enter(code, **fields)
    assert (error.value.code, error.value.field) == (refused, field)
    assert (Journal.objects.count(), Entry.objects.count()) == (0, 0)


def test_numbers_are_read_as_people_write_them(town: SimpleNamespace, enter: Any) -> None:
    row = enter("money", flow="in", amount="１５０,０００.50", topic="区财政下拨", source="county")
    assert row.quantities == {"funds_in_yuan": "150000.5", "fund_balance_yuan": "150000.5"}
    assert Entry.objects.get(account__code="funds_in_yuan").category == "county"


@pytest.mark.parametrize(
    ("days", "reason", "refused"),
    [(0, "", None), (7, "", None), (8, "", "late_reason_missing"), (8, "台账交接，补记", None), (-1, "", "date_future")],
)  # fmt: skip
def test_what_is_entered_late_needs_a_reason(days: int, reason: str, refused: str | None, enter: Any) -> None:
    day = TODAY - timedelta(days=days)
    if refused:
        with pytest.raises(DomainError) as error:
            enter("meeting", occurred_on=day, late_reason=reason, **WEEKLY)
        assert error.value.code == refused
        return
    row = enter("meeting", occurred_on=day, late_reason=reason, **WEEKLY)
    assert (row.late, row.late_reason) == (days > 7, reason if days > 7 else "")


def test_a_year_of_another_century_is_a_slip(enter: Any) -> None:
    with pytest.raises(DomainError) as error:
        enter("meeting", occurred_on=date(1026, 11, 16), late_reason="补记", **WEEKLY)
    assert error.value.code == "date_early"


# ---- stock ----


def test_stock_goes_in_and_out_and_knows_its_state_of_repair(town: SimpleNamespace, enter: Any) -> None:
    for movement, pieces in (
        ("opening", 60),
        ("new", 8),
        ("broken", 3),
        ("mended", 1),
        ("gone", 2),
        ("scrapped", 2),
    ):
        enter("board", unit=town.east, movement=movement, type="board", pieces=str(pieces))

    def now(code: str) -> Any:
        return figures.value(code, scope=town.east, period=MONTH, at=NOW).number

    assert (now("boards"), now("boards_in_place"), now("boards_broken")) == (8, 64, 0)


def test_nobody_takes_off_more_than_there_is(town: SimpleNamespace, enter: Any) -> None:
    enter("board", unit=town.east, movement="opening", type="board", pieces="2")
    with pytest.raises(DomainError) as error:
        enter("board", unit=town.east, movement="gone", type="board", pieces="3")
    assert error.value.message == "「在用宣传栏」现有 2块，减不了 3块；原有的请先记一条「期初」。"
    # What lies with another unit does not help.
    enter("board", unit=town.west, movement="opening", type="board", pieces="9")
    with pytest.raises(DomainError):
        enter("board", unit=town.east, movement="gone", type="board", pieces="3")


def test_money_may_be_spent_before_the_income_is_entered(town: SimpleNamespace, enter: Any) -> None:
    enter("money", flow="out", amount="8000", topic="购置袖标", use="volunteer")
    assert figures.value("fund_balance_yuan", scope=town.town, period=MONTH, at=NOW).number == -8000


# ---- who may ----


WHO = [
    ("director", "meeting", "town", True), ("director", "meeting", "east", True), ("clerk", "vol_event", "chengguan", True),
    ("inspector", "inspection_round", "town", True), ("secretary", "meeting", "east", True),
    ("secretary", "meeting", "west", False), ("secretary", "meeting", "town", False),
    ("secretary", "inspection_round", "east", False), ("secretary", "accountability", "east", False),
    ("worker", "handout", "east", True), ("worker", "meeting", "east", False), ("worker", "handout", "west", False),
    ("street_chief", "chief_work", "east", True), ("chief", "enforcement", "chengguan", True),
    ("chief", "enforcement", "east", False), ("chief", "population", "chengguan", False),
    ("partner", "partner_help", "partner_unit", True), ("partner", "meeting", "partner_unit", False),
    ("leader", "meeting", "town", False), ("cleaner", "handout", "cleaning", False), ("outsider", "meeting", "east", False),
    ("county_clerk", "meeting", "county", True), ("county_clerk", "meeting", "town", False),
    ("admin", "meeting", "county", False), ("auditor", "meeting", "county", False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "code", "where", "allowed"), WHO)
def test_who_may_enter_what_for_whom(
    who: str,
    code: str,
    where: str,
    allowed: bool,
    town: SimpleNamespace,
    enter: Any,
    shipped: dict[str, Kind],
) -> None:
    person, unit = getattr(town, who), getattr(town, where)
    said = filled(shipped[code], town)
    if allowed:
        assert enter(code, by=person, unit=unit, **said).entered_by == person
    else:
        with pytest.raises(NotAllowed):
            enter(code, by=person, unit=unit, **said)
        assert Journal.objects.count() == 0


def test_the_menu_of_kinds_is_what_one_may_enter(town: SimpleNamespace) -> None:
    def codes(who: str) -> set[str]:
        return {kind.code for kind in queries.for_person(getattr(town, who), TODAY)}

    assert len(codes("clerk")) == 60
    assert codes("worker") == {"door_visit", "handout", "hang_up", "weak_spot", "persuasion", "frontage"}
    assert "inspection_round" not in codes("secretary")
    assert codes("leader") == set()
    assert "enforcement" in codes("chief")


def test_a_grid_is_never_charged(town: SimpleNamespace, enter: Any) -> None:
    with pytest.raises(DomainError) as error:
        enter("handout", unit=town.grid, flyers="5")
    assert error.value.code == "unit_unfit"


# ---- who sees ----


def test_who_sees_which_records(town: SimpleNamespace, enter: Any) -> None:
    office = enter("meeting", **WEEKLY)
    east = enter("meeting", by=town.secretary, unit=town.east, **WEEKLY)
    grid = enter("handout", by=town.worker, unit=town.east, flyers="50")
    station = enter("enforcement", by=town.chief, unit=town.chengguan, where="城东路", stalls="3")
    next_door = enter("meeting", by=town.outsider, unit=town.elsewhere, **WEEKLY)
    every = {office, east, grid, station}

    def seen(who: str) -> set[Journal]:
        return set(Journal.objects.visible_to(getattr(town, who)))

    for who in ("director", "clerk", "inspector", "leader"):
        assert seen(who) == every, who
    assert seen("secretary") == {east, grid}
    assert seen("west_secretary") == set()
    assert seen("worker") == {grid}
    assert seen("street_chief") == set()
    assert seen("chief") == {station}
    assert seen("outsider") == {next_door}
    assert seen("county_clerk") == every | {next_door}
    assert seen("admin") == set()


def test_rows_of_a_pack_stay_as_they_were_loaded(shipped: dict[str, Kind]) -> None:
    for row in JournalKind.objects.all():
        assert Kind.from_json(
            row.read().to_json(), code=row.code, name=row.name, group=row.group, pk=row.pk, owner=row.owner_id
        ) == row.read()  # fmt: skip
