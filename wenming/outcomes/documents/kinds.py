"""Kinds of document: which pack holds on which day for which town, and the small words of its texts.

A town (or its county) may have a version of its own of any kind: its pack is called `weekly@350599100` and
goes before the county's and the shipped one. How a pack is read stands in `reading.py`.
"""

import re
from collections.abc import Mapping
from datetime import date

from wenming.common.errors import DomainError
from wenming.ground.standards.models import PackVersion
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import states

KIND = "document"
AT = "@"
_WORD = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")


def of(code: str, on: date, town: Unit | None = None) -> PackVersion:
    """The pack of a kind in force on a day for a town. Raises DomainError `kind_unknown`."""
    found = {row.code: row for row in _newest(on) if base(row.code) == code}
    for owner in _owners(town):
        if named(code, owner) in found:
            return found[named(code, owner)]
    raise DomainError(
        "kind_unknown", f"没有文种「{code}」的模板，请先装入 packs/documents 里的模板。", field="kind"
    )


def all_in_force(on: date, town: Unit | None = None) -> list[PackVersion]:
    """The version of every kind that holds for a town (None: as shipped), by code."""
    found = {row.code: row for row in _newest(on)}
    chosen: dict[str, PackVersion] = {}
    for owner in _owners(town):
        for code, row in found.items():
            if owner_of(code) == (owner.code if owner else ""):
                chosen.setdefault(base(code), row)
    return [chosen[code] for code in sorted(chosen)]


def named(code: str, owner: Unit | None) -> str:
    """How the pack of a kind is called: bare as shipped, with the owner's code where it is his own."""
    return f"{code}{AT}{owner.code}" if owner else code


def base(code: str) -> str:
    """The kind that a pack is a version of."""
    return code.partition(AT)[0]


def owner_of(code: str) -> str:
    """The code of the town or county whose own version a pack is; empty for a shipped one."""
    return code.partition(AT)[2]


def _owners(town: Unit | None) -> list[Unit | None]:
    """Whose versions count for a town, nearest first; the shipped ones last."""
    found: list[Unit | None] = []
    unit = town
    while unit is not None:
        found.append(unit)
        unit = unit.parent
    return [*found, None]


def _newest(on: date) -> list[PackVersion]:
    """The newest pack in force of every code; real ones before samples, no retired ones."""
    found: dict[str, PackVersion] = {}
    rows = PackVersion.objects.filter(kind=KIND, in_force__lte=on).exclude(kind_text__state=states.RETIRED)
    for row in rows.order_by("sample", "-in_force", "-pk"):
        found.setdefault(row.code, row)
    return list(found.values())


def words(text: str, given: Mapping[str, str]) -> str:
    """Fill in the single-brace words."""
    return _WORD.sub(lambda found: given.get(found.group(1), found.group()), text)


def words_in(text: str) -> list[str]:
    """The single-brace words of a text."""
    return _WORD.findall(text)
