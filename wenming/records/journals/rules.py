"""Who may enter, change and see what. Predicates; a town's records are kept by the town alone."""

from dataclasses import dataclass

from wenming.ground.people.models import Person, Post
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.journals import states
from wenming.records.journals.kinds import Kind
from wenming.records.journals.models import Decision, Journal

NOT_YOURS = "这类台账不由您的岗位填报，请联系镇创城办。"
NOT_THIS_UNIT = "您不能替「{unit}」填报，请由该单位或镇创城办填。"


def books(person: Person) -> list[Unit]:
    """Towns (or counties) whose records the person may enter, each once, main post first."""
    found: dict[int, Unit] = {}
    for post in _posts(person, P.JOURNAL_ENTER):
        town = post.unit.town or post.unit
        found.setdefault(town.pk, town)
    return list(found.values())


@dataclass(frozen=True)
class Reach:
    """The units that a record may be charged to: the `whole` town, or some units."""

    whole: bool = False
    units: tuple[Unit, ...] = ()

    def __bool__(self) -> bool:
        return self.whole or bool(self.units)

    def holds(self, unit: Unit) -> bool:
        return self.whole or unit.pk in {one.pk for one in self.units}


def reach(person: Person, kind: Kind, town: Unit) -> Reach:
    """How far the person may enter records of the kind in the books of a town; false when not at all.

    The office enters for everybody of its town, others for their own unit.
    """
    own: dict[int, Unit] = {}
    for post in _posts(person, P.JOURNAL_ENTER):
        group = states.GROUP_OF.get(post.unit.kind)
        if (post.unit.town_id or post.unit_id) != town.pk or group not in kind.by:
            continue
        if group == states.OFFICE:
            return Reach(whole=True)
        unit = answering(post.unit)
        own.setdefault(unit.pk, unit)
    return Reach(units=tuple(own.values()))


def refusal(person: Person, kind: Kind, unit: Unit) -> str | None:
    """Why the person may not enter a record of the kind for the unit; None when he may."""
    far = reach(person, kind, unit.town or unit)
    if not far:
        return NOT_YOURS
    return None if far.holds(unit) else NOT_THIS_UNIT.format(unit=unit.label)


def answering(unit: Unit) -> Unit:
    """The community of a grid, else the unit itself."""
    return unit.parent if unit.kind == kinds.GRID and unit.parent else unit


def manages(person: Person, unit: Unit) -> bool:
    """Keeps the person the records of the unit? A county does not keep those of its towns (handbook appendix B)."""
    return any(
        unit.path.startswith(post.scope) and (post.unit.town_id or post.unit_id) == (unit.town_id or unit.pk)
        for post in _posts(person, P.JOURNAL_MANAGE)
    )


def may_change(person: Person, journal: Journal) -> bool:
    """May he correct or strike out the record? Whoever entered it, and whoever keeps the records of its unit."""
    return journal.state == states.ENTERED and (
        journal.entered_by_id == person.pk or manages(person, journal.unit)
    )


def may_finish(person: Person, decision: Decision) -> bool:
    """May he say that the decision is carried out? People of its unit, and whoever keeps the meeting's records."""
    own = {answering(post.unit).pk for post in person.posts_now()} | {
        post.unit_id for post in person.posts_now()
    }
    return decision.unit_id in own or manages(person, decision.journal.unit)


def may_decide(person: Person, journal: Journal) -> bool:
    """May he add decisions to the meeting, or drop one?"""
    return may_change(person, journal)


def may_define(person: Person, unit: Unit) -> bool:
    """May he make kinds for the town or county?"""
    return unit.kind in (kinds.TOWN, kinds.COUNTY) and manages(person, unit)


def definable(person: Person) -> list[Unit]:
    """Towns and counties for which the person may make kinds."""
    return [unit for unit in books(person) if may_define(person, unit)]


def _posts(person: Person, permission: P) -> list[Post]:
    return [post for post in person.posts_now() if permission in post.permissions]
