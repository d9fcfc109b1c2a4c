"""How entries of the ledger become events: the default tables, and what a book writes under `from_ledger`.

Pure data, no database: `ledger_facts` reads the books by it. The whole translation stands here and nowhere
else; docs/scoring.md shows the same tables, and a test holds the two together.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from wenming.common.packs import Reader
from wenming.ground.places import states as place_kinds
from wenming.ground.units import states as unit_kinds
from wenming.ledger import accounts
from wenming.outcomes.scoring.book import Book, FromLedger, Selector, Source
from wenming.outcomes.scoring.faults import Faults

KINDS: dict[str, Source] = {
    "found": Source(accounts.CASE_REPORTED),
    "due": Source(accounts.CASE_DUE),
    "fixed": Source(accounts.CASE_FIXED),
    "fixed_due": Source(accounts.CASE_FIXED_DUE),
    "fixed_in_time": Source(accounts.CASE_FIXED_IN_TIME),
    "overdue": Source(accounts.CASE_DUE, passed_without=accounts.CASE_FIXED_DUE),
    "late": Source(accounts.CASE_DUE, passed_without=accounts.CASE_FIXED_IN_TIME),
    "self_fixed": Source(accounts.CASE_SELF_FIXED),
    "on_spot": Source(accounts.CASE_ON_SPOT),
    "rework": Source(accounts.CASE_REWORK),
    "faked": Source(accounts.CASE_FAKED),
    "named": Source(accounts.CASE_NAMED),
    "returned": Source(accounts.CASE_RETURNED),
    "extended": Source(accounts.CASE_EXTENDED),
    "suspended": Source(accounts.CASE_SUSPENDED),
    "resumed": Source(accounts.CASE_SUSPENDED, sign=-1),
    "relapsed": Source(accounts.CASE_RELAPSED),
    "revisited": Source(accounts.CASE_REVISITED),
    "order": Source(accounts.ORDER_ISSUED),
    "order_closed": Source(accounts.ORDER_CLOSED),
    "site": Source("place.checked"),
}
"""Kinds of event and the account they come from. Any other account is a kind by its own code."""

BY_FINDER = ""
LEVELS = {
    "national": "national",
    "province": "province",
    "city": "city",
    "county": "county",
    "town": "town",
    "covert": BY_FINDER,
    "chief": "self",
    "self": "self",
    "public": "public",
    "hotline": "hotline",
    "media": "media",
    "leader": BY_FINDER,
    "bulletin": "county",
}
"""Sources of cases (`records/cases/states.py`) and who found it, for `by_level`. A covert find and what a
leader handed over belong to the level of the unit that entered them, and attributes tell which they were; a superior's
bulletin is the county's."""

FLAGS = {
    "spot": accounts.CASE_ON_SPOT,
    "self_fixed": accounts.CASE_SELF_FIXED,
    "fixed": accounts.CASE_FIXED,
    "fixed_due": accounts.CASE_FIXED_DUE,
    "in_time": accounts.CASE_FIXED_IN_TIME,
    "faked": accounts.CASE_FAKED,
    "relapsed": accounts.CASE_RELAPSED,
    "extended": accounts.CASE_EXTENDED,
    "suspended": accounts.CASE_SUSPENDED,
}
"""Attributes that are true while the account stands on the voucher of the event."""
COUNTS = {"rework": accounts.CASE_REWORK, "returned": accounts.CASE_RETURNED, "named": accounts.CASE_NAMED}
"""Attributes that tell how often."""
BULLETINS = (accounts.DOCUMENT_BULLETIN, accounts.DOCUMENT_COVERT_BULLETIN)
"""Standing bulletins of the office that names, counted in the order in which they were issued: `bulletin` of `named`."""
FLAG, NUMBER, TEXT = "flag", "number", "text"
AT_FIRST = {
    **dict.fromkeys(FLAGS, FLAG),
    **dict.fromkeys(COUNTS, NUMBER),
    **dict.fromkeys(("self_found", "covert"), FLAG),
    **dict.fromkeys(("source", "finder", "place_name", "point_type", "category_name"), TEXT),
}
"""What the ledger could tell of an event when the first rounds were computed: a round that does not say what it was
told is replayed with these (a book may have declared a name of its own that came to mean something later)."""
OF_THE_CLOCK = {"hour": NUMBER, "night": FLAG}
"""At what hour of the town's clock the problem was found, and whether that was at night: where the history says so."""
ATTRIBUTES = {**AT_FIRST, **OF_THE_CLOCK, "leader": FLAG}
"""All attributes the ledger can tell, with their types. A book gets those it declares under `attributes`."""
EVENING, MORNING = 20, 6


def is_night(hour: int) -> bool:
    """夜间: from eight in the evening to six in the morning. A 办法 with other hours asks for `hour`."""
    return hour >= EVENING or hour < MORNING


UNIT_KINDS = dict(unit_kinds.KINDS)
PLACE_KINDS = dict(place_kinds.KINDS)
POST_PLACES = (place_kinds.STREET, place_kinds.LANE)
"""What a cleaner's post is, unless the book says otherwise: a stretch of street or a lane (保洁路段)."""


def unit_kinds_of(group: str) -> tuple[str, ...]:
    """Kinds of unit that bear the group's name: 社区, 村, 部门, 站所, 部门站所, 共建单位 …; empty for other names."""
    named = [kind for kind, label in unit_kinds.KINDS if label == group]
    return tuple(named or [kind for kind, label in unit_kinds.GROUPS.items() if label == group])


def kinds_used(book: Book) -> tuple[str, ...]:
    """Every kind of event that any rule, veto, flag, consequence or account of the book selects."""
    return tuple(sorted({kind for selector in _selectors(book) for kind in selector.kinds}))


def _selectors(part: Any) -> Iterator[Selector]:
    if isinstance(part, Selector):
        yield part
    elif dataclasses.is_dataclass(part):
        for each in dataclasses.fields(part):
            yield from _selectors(getattr(part, each.name))
    elif isinstance(part, Mapping):
        yield from _selectors(tuple(part.values()))
    elif isinstance(part, (tuple, list)):
        for one in part:
            yield from _selectors(one)


def sources(book: Book, kind: str) -> tuple[Source, ...]:
    """Where events of `kind` come from: as the book says, by the table, or the account of that very code."""
    names = book.from_ledger.kinds.get(kind)
    if names is None:
        return (KINDS.get(kind, Source(kind)),)
    return tuple(KINDS.get(name, Source(name)) for name in names)


def read(body: Reader, faults: Faults) -> FromLedger:
    """The section `from_ledger` of a book: its form only. Whether accounts and units exist, the books know."""
    if "from_ledger" not in body.node:
        return FromLedger()
    with faults.caught():
        section = body.child("from_ledger")
        found = FromLedger(
            groups=_lists(section, "groups"),
            kinds=_lists(section, "kinds"),
            levels=section.table("levels", {}),
            line=section.line(),
        )
        section.done()
        for source in found.levels:
            if source not in LEVELS:
                raise section.fail(f"「levels」里没有来源「{source}」，可写：{'、'.join(LEVELS)}", "levels")
        return found
    return FromLedger()


def _lists(section: Reader, key: str) -> dict[str, tuple[str, ...]]:
    """A mapping of names to one text or a list of texts."""
    if key not in section.node:
        return {}
    child = section.child(key)
    found = {}
    for name in child.node:
        several = not isinstance(child.raw(name), str)
        found[str(name)] = tuple(child.texts(name)) if several else (child.text(name),)
    return found


def check(book: Book, faults: Faults) -> None:
    """Names under `from_ledger` that the rest of the book does not know."""
    section = book.from_ledger
    used = kinds_used(book)
    for kind in section.kinds:
        if kind not in used:
            faults.add(f"from_ledger.kinds 里的「{kind}」，没有一条规则用到", section.line)
    for group in section.groups:
        if book.groups and group not in book.groups:
            faults.add(f"from_ledger.groups 里的「{group}」不在 rated.groups 里", section.line)
