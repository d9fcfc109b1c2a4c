"""How a kind of pack is read and kept, and the kinds this room knows.

Rooms above have kinds of their own (chart of accounts, document templates). They export a `LOADERS` mapping of
the same shape, and whoever loads (the command line) composes them:

    actions.load_pack(path=…, at=…, loaders={**standards.LOADERS, **ledger.LOADERS})

so that nothing is imported upwards and nothing registers itself behind anybody's back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wenming.common.packs import Pack
from wenming.ground.standards import departments, matters, points
from wenming.ground.standards.models import PackVersion


@dataclass(frozen=True)
class Loader:
    """`read` looks at the whole file, and at what it refers to, and raises PackError before anything is written;
    `save` writes what `read` gave, in the transaction of the load. `after` names kinds it refers to.
    `facts` picks what the pack says about itself, for `PackVersion.facts` (plain JSON).
    """

    read: Callable[[Pack], Any]
    save: Callable[[PackVersion, Any], None]
    facts: Callable[[Any], dict[str, Any]] = lambda _content: {}
    after: tuple[str, ...] = ()


LOADERS: Mapping[str, Loader] = {
    departments.KIND: Loader(read=departments.read, save=departments.save),
    matters.KIND: Loader(
        read=matters.read, save=matters.save, facts=matters.facts, after=(departments.KIND,)
    ),
    points.KIND: Loader(
        read=points.read, save=points.save, facts=points.facts, after=(departments.KIND, matters.KIND)
    ),
}


def in_order(kinds: list[str], loaders: Mapping[str, Loader]) -> list[str]:
    """`kinds`, those referred to before those that refer to them; otherwise as given."""
    done: list[str] = []

    def add(kind: str) -> None:
        if kind in done or kind not in kinds:
            return
        for earlier in loaders[kind].after if kind in loaders else ():
            add(earlier)
        done.append(kind)

    for kind in kinds:
        add(kind)
    return done
