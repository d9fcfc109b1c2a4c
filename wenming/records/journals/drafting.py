"""A filled form before it is a record: everything that can be wrong with it is found here, before anything is written."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.ledger.posting import Line, Voucher
from wenming.records.journals import kinds, queries, rules, states, values
from wenming.records.journals.kinds import Counted, Kind
from wenming.records.journals.models import Journal

VOUCHER = "journal"
EARLIEST = date(2000, 1, 1)
LONGEST_REASON = 200


@dataclass(frozen=True)
class Draft:
    """What a form says. `fields` by code of the kind: text, options, or a Unit or Place; `key` makes it one record."""

    kind: str
    unit: Unit
    occurred_on: date
    fields: Mapping[str, Any]
    key: uuid.UUID | None = None
    late_reason: str = ""
    photos: Sequence[Photo] = ()


@dataclass(frozen=True)
class Ready:
    """A draft in which nothing is wrong."""

    draft: Draft
    kind: Kind
    fields: dict[str, Any]
    counted: list[Counted]
    late: bool
    late_reason: str
    party: Unit | None
    place: Place | None
    way: str = states.FORM
    recorded_on: date = field(default=EARLIEST)

    @property
    def town(self) -> Unit:
        return self.draft.unit.town or self.draft.unit

    def row(self, *, by: Person, at: datetime) -> Journal:
        """The record, not yet written."""
        quantities: dict[str, str] = {}
        for one in self.counted:
            total = one.quantity + Decimal(quantities.get(one.account, "0"))
            quantities[one.account] = values.number(total)
        return Journal(
            uuid=self.draft.key or uuid.uuid4(), kind_id=self.kind.pk, code=self.kind.code, town=self.town,
            unit=self.draft.unit, party=self.party, place=self.place, occurred_on=self.draft.occurred_on,
            title=title(self.kind, self.fields), fields=self.fields, quantities=quantities, way=self.way,
            late=self.late, late_reason=self.late_reason if self.late else "", entered_by=by, entered_at=at,
            recorded_on=self.recorded_on,
        )  # fmt: skip

    def lines(self, key: uuid.UUID) -> list[Line]:
        """What the record posts, each line under its own voucher."""
        return [
            Line(
                account=one.account, unit=self.draft.unit, quantity=one.quantity, occurred_on=self.draft.occurred_on,
                place_id=self.place.pk if self.place else None, category=one.category, party=self.party,
                voucher=Voucher(VOUCHER, key),
            )
            for one in self.counted
        ]  # fmt: skip


def ready(
    draft: Draft,
    *,
    by: Person,
    at: datetime,
    way: str,
    kind: Kind | None = None,
    recorded_on: date | None = None,
) -> Ready:
    """Check a draft. `kind` and `recorded_on` are those of the record that is being corrected.

    Raises NotAllowed; DomainError with the field: kind_unknown, unit_unfit, date_future, date_early,
    late_reason_missing, field_unknown, field_unfit, nothing_counted.
    """
    town = draft.unit.town or draft.unit
    today = clock.local_date(at)
    if kind is None:
        kind = queries.kind(draft.kind, town, today)
        refused = rules.refusal(by, kind, draft.unit)
        if refused:
            raise NotAllowed("journal_not_allowed", refused, field="unit")
    _check_unit(draft.unit)
    late = is_late(draft.occurred_on, kind, today, recorded_on)
    reason = " ".join(draft.late_reason.split())[:LONGEST_REASON]
    if late and not reason:
        raise DomainError(
            "late_reason_missing",
            f"这件事发生在 {clock.show_date(draft.occurred_on)}，已过 {kind.late_days} 天，按补录登记，请写补录原因。",
            field="late_reason",
        )
    fields, counted = filled(kind, draft.fields)
    if kind.tells and kinds.holds(kind.tells, fields) and not _given(kind.party, draft.fields, Unit):
        name = kind.field(kind.party).name
        raise DomainError("party_missing", f"请选「{name}」，记账后告知该单位。", field=kind.party)
    return Ready(
        draft=draft, kind=kind, fields=fields, counted=counted, late=late, late_reason=reason,
        party=_given(kind.party, draft.fields, Unit), place=_place(kind, draft.fields), way=way,
        recorded_on=recorded_on or today,
    )  # fmt: skip


def is_late(day: date, kind: Kind, today: date, recorded_on: date | None = None) -> bool:
    """补录? Counted from the day it was first entered. Raises DomainError for a day ahead or of another century."""
    if day > today:
        raise DomainError("date_future", "发生日期在将来，请核对；还没办的事办完再记。", field="occurred_on")
    if day < EARLIEST:
        raise DomainError("date_early", "发生日期早于 2000 年，请核对年份。", field="occurred_on")
    return (recorded_on or today) - day > timedelta(days=kind.late_days)


def filled(kind: Kind, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Counted]]:
    """(values, what is counted). Raises DomainError naming the first field that is wrong."""
    known = {one.code for one in kind.fields}
    for code in raw:
        if code not in known:
            raise DomainError("field_unknown", f"「{kind.name}」没有「{code}」这一项，请刷新页面重填。")
    fields, errors = values.clean(kind, raw)
    for code, said in errors.items():
        raise DomainError("field_unfit", said, field=code)
    counted = kinds.counted(kind, fields)
    if not counted:
        raise DomainError(
            "nothing_counted", "没有填数量，记不了账；请至少填一个数。", field=_first_number(kind)
        )
    return fields, counted


def title(kind: Kind, fields: Mapping[str, Any]) -> str:
    """What the record is called in lists: its title field, else its first words or choice, else the kind."""
    others = [one.code for one in (*kind.of_kind(states.TEXT), *kind.of_kind(states.CHOICE))]
    for code in [kind.title, *others] if kind.title else others:
        said = values.shown(kind.field(code), fields.get(code))
        if said:
            return said.replace("\n", " ")[:120]
    return kind.name


def _check_unit(unit: Unit) -> None:
    if unit.valid_to is not None:
        raise DomainError("unit_unfit", f"「{unit.label}」已停用，请选现在的单位。", field="unit")
    if unit.kind == "grid":
        raise DomainError("unit_unfit", "台账记到社区（村），不记到网格，请选社区（村）。", field="unit")


def _given[T](code: str, raw: Mapping[str, Any], wanted: type[T]) -> T | None:
    found = raw.get(code) if code else None
    return found if isinstance(found, wanted) else None


def _place(kind: Kind, raw: Mapping[str, Any]) -> Place | None:
    fields = kind.of_kind(states.PLACE)
    return _given(fields[0].code, raw, Place) if fields else None


def _first_number(kind: Kind) -> str | None:
    numbers = kind.of_kind(*states.COUNTABLE)
    return numbers[0].code if numbers else None
