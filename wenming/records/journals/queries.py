"""Reading kinds, records and decisions. Figures are never counted here: they come from the ledger."""

import dataclasses
import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, Q, QuerySet

from wenming.common.errors import DomainError
from wenming.ground.audit import queries as history
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ground.standards.models import PackVersion
from wenming.ground.units.models import Unit
from wenming.records.journals import reading, rules, states
from wenming.records.journals.kinds import Kind
from wenming.records.journals.models import Decision, Journal, JournalKind, JournalQuerySet

_ROW = ("kind", "town", "unit", "party", "place", "entered_by")


def kinds(town: Unit | None, on: date) -> dict[str, Kind]:
    """Kinds of record in use in a town (or county) on a day, by code, in the order of the packs.

    Of every pack the newest version in force counts. What a town made for itself goes before what its county made,
    and both before what is for everybody; a county's own pack before a sample.
    """
    chosen: dict[str, tuple[int, Kind]] = {}
    packs = _packs(on)
    for one in (one for pack in packs for one in _of_pack(pack)):
        near = _nearness(one, town)
        # The packs come the county's own first: of two equally near the earlier stays.
        if near is not None and (one.code not in chosen or near > chosen[one.code][0]):
            chosen[one.code] = (near, one)
    groups = dict.fromkeys(one.group for pack in packs for one in _of_pack(pack) if one.owner is None)
    order = {name: place for place, name in enumerate(groups)}
    found = sorted((one for _, one in chosen.values()), key=lambda one: order.get(one.group, len(order)))
    return {one.code: one for one in found}


def kind(code: str, town: Unit | None, on: date) -> Kind:
    """The kind in use. Raises DomainError `kind_unknown`."""
    found = kinds(town, on).get(code)
    if found is None:
        raise DomainError(
            "kind_unknown", f"没有台账类目「{code}」，可能已停用；请刷新页面，从类目里另选。", field="kind"
        )
    return found


def for_person(person: Person, on: date) -> list[Kind]:
    """The kinds that the person may enter through one of his posts, in the order of the packs."""
    towns = rules.books(person)
    found: dict[str, Kind] = {}
    for town in towns:
        for code, one in kinds(town, on).items():
            if code not in found and rules.reach(person, one, town):
                found[code] = one
    return list(found.values())


@dataclass(frozen=True)
class Habit:
    """How records of a kind have been filled in lately: which fields, and with which words, the latest first."""

    filled: frozenset[str] = frozenset()
    words: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


_LATELY, _LOOKED_AT, _WORDS, _NAMES, _LONGEST_WORD = 5, 200, 4, 12, 24


def habit(kind: Kind, town: Unit, person: Person) -> Habit:
    """The last records of the kind that the person may see, so that nobody types the same twice. One look at the
    newest of the town, straight down an index: who sees what is settled here, for any condition on people would make
    the database walk through all records of the town."""
    newest = Journal.objects.standing().filter(code=kind.code, town=town).order_by("-occurred_on")
    paths = tuple({*person.paths(P.JOURNAL_MANAGE), *person.paths(P.LEDGER_READ)})
    rows = list(newest.values_list("occurred_on", "pk", "fields", "entered_by", "unit__path")[:_LOOKED_AT])
    rows.sort(key=lambda row: row[:2], reverse=True)
    said = [row[2] for row in rows if row[3] == person.pk or row[4].startswith(paths)][: _LATELY * 4]
    filled = {code for fields in said[:_LATELY] for code in fields}
    words: dict[str, tuple[str, ...]] = {}
    for each in kind.fields:
        given = [fields[each.code] for fields in said if fields.get(each.code)]
        if each.kind == states.PEOPLE:
            names = Counter(name for people in given for name in people)
            words[each.code] = tuple(name for name, _ in names.most_common(_NAMES))
        elif each.kind in (states.TEXT, states.PLACE):
            texts = dict.fromkeys(one["name"] if each.kind == states.PLACE else one for one in given)
            words[each.code] = tuple(text for text in texts if len(text) <= _LONGEST_WORD)[:_WORDS]
    return Habit(frozenset(filled), words)


def category_name(code: str, accounts: Collection[str], on: date) -> str:
    """What the category `code` of an entry on one of `accounts` is called by the kinds that post there; or empty."""
    for pack in _packs(on):
        for one in _of_pack(pack):
            for count in one.counts:
                if count.category and not set(count.codes).isdisjoint(accounts):
                    names = dict(one.field(count.category).options)
                    if code in names:
                        return names[code]
    return ""


def categories(on: date) -> list[tuple[str, str, str]]:
    """(name of the kind, code, name) of every choice that becomes the category of an entry."""
    found: dict[tuple[str, str, str], None] = {}
    for pack in _packs(on):
        for one in _of_pack(pack):
            for field in dict.fromkeys(count.category for count in one.counts if count.category):
                found |= dict.fromkeys((one.name, code, name) for code, name in one.field(field).options)
    return list(found)


def grouped(found: Iterable[Kind]) -> list[tuple[str, list[Kind]]]:
    """Kinds under the name of their group, groups in the order of their first kind."""
    groups: dict[str, list[Kind]] = {}
    for one in found:
        groups.setdefault(one.group, []).append(one)
    return list(groups.items())


def _packs(on: date) -> list[PackVersion]:
    """The version of every pack that counts on the day: the newest in force, or the first of all."""
    chosen: dict[str, PackVersion] = {}
    for pack in standards.packs_of(reading.KIND):
        known = chosen.get(pack.code)
        if known is None or (known.in_force > on and pack.in_force < known.in_force):
            chosen[pack.code] = pack
    return list(chosen.values())


def _of_pack(pack: PackVersion) -> list[Kind]:
    # Rows of a pack never change; they are kept with the pack object, which lives as long as the list of packs.
    known: list[Kind] | None = pack.__dict__.get("_journal_kinds")
    if known is None:
        known = [row.read() for row in JournalKind.objects.filter(pack=pack).order_by("position")]
        pack.__dict__["_journal_kinds"] = known
    return known


def _nearness(kind: Kind, town: Unit | None) -> int | None:
    """0 for everybody's kinds, more for one's own; None for those of others."""
    if kind.owner is None:
        return 0
    if town is None:
        return None
    if kind.owner == town.pk:
        return 2
    return 1 if kind.owner == town.parent_id else None


@dataclass(frozen=True)
class Filter:
    """The filter bar of the list. Empty values do not filter."""

    words: str = ""
    codes: tuple[str, ...] = ()
    unit: Unit | None = None
    party: Unit | None = None
    state: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    late: bool | None = None
    person: int | None = None
    account: str = ""

    def apply(self, found: JournalQuerySet) -> JournalQuerySet:
        """Narrow `found`."""
        simple: dict[str, Any] = {
            "code__in": self.codes, "state__in": self.state, "occurred_on__gte": self.since,
            "occurred_on__lte": self.until, "entered_by_id": self.person, "quantities__has_key": self.account,
            "party": self.party,
        }  # fmt: skip
        found = found.filter(**{key: value for key, value in simple.items() if value})
        if self.unit is not None:
            found = found.filter(_of_unit(self.unit))
        if self.late is not None:
            found = found.filter(late=self.late)
        for word in self.words.split():
            found = found.filter(Q(title__icontains=word) | Q(unit__name__icontains=word))
        return found


def _of_unit(unit: Unit) -> Q:
    """Records of the unit and all below it; a whole town by its own indexed column."""
    if unit.kind == "town":
        return Q(town=unit)
    return Q(unit_id__in=list(Unit.objects.below(unit).values_list("pk", flat=True)))


def rows(found: JournalQuerySet) -> JournalQuerySet:
    """A list with everything its rows show, what happened last first."""
    return found.select_related(*_ROW).order_by("-occurred_on", "-id")


def get(person: Person, key: uuid.UUID) -> QuerySet[Journal]:
    """The one record with what its page shows, if the person may see it (the face answers 404 otherwise). People of
    the unit it names (共建单位, 推送对象) may look at it, though it does not stand in their lists."""
    related = (*_ROW, "kind__pack", "replaces", "replaced_by", "town__parent")
    here = Journal.objects.filter(uuid=key)
    named = here.filter(
        party__in=[post.unit_id for post in person.posts_now() if P.JOURNAL_ENTER in post.permissions]
    )
    seen = Journal.objects.visible_to(person).filter(uuid=key)
    return Journal.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=named.values("pk"))).select_related(
        *related
    )


def latest(person: Person, unit: Unit) -> dict[str, date]:
    """Kind → the last day of a record of the unit (with all below it) that the person may see."""
    found = Journal.objects.visible_to(person).standing().filter(_of_unit(unit))
    return dict(found.order_by().values_list("code").annotate(last=Max("occurred_on")))


def decisions_to_do(person: Person) -> QuerySet[Decision]:
    """Open decisions that wait for the person's own units, the most urgent first."""
    own = {post.unit_id for post in person.posts_now() if P.JOURNAL_ENTER in post.permissions}
    towns = [
        post.unit.town_id
        for post in person.posts_now()
        if P.JOURNAL_MANAGE in post.permissions and post.unit.kind in ("office", "town")
    ]
    mine = Q(unit_id__in=own) | Q(unit_id__in=[town for town in towns if town])
    found = Decision.objects.open().filter(mine).select_related("journal", "unit")
    return found.order_by("due_on", "pk")


def digest(fields: Mapping[str, Any]) -> str:
    """SHA-256 of what a form said. It stands in the history, so that nobody changes a record unseen."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def untouched(journal: Journal) -> bool:
    """Does the record still say what the history says was entered?"""
    row = (
        history.of(journal.uuid).filter(deed__in=["journal.enter", "journal.correct"]).order_by("-id").first()
    )
    return row is not None and row.data.get("fields") == digest(journal.fields)
