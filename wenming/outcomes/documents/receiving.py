"""Which units a document is sent to (签收): by the rule of its kind, changed by the writer until it is signed."""

from collections.abc import Sequence

from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.outcomes.documents import values
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.models import Document


def offered(town: Unit) -> list[Unit]:
    """Units that a town (or county) sends documents to: those directly below it, without its own office."""
    found = Unit.objects.in_force().filter(parent=town, kind__in=[*kinds.GROUPS, kinds.TOWN])
    return list(found.order_by("path"))


def chosen(document: Document, problems: Sequence[Problem]) -> list[Unit]:
    """The units of the first draft: all, those it is about, or those that answer for its problems."""
    match document.pack.facts["receivers"]:
        case "all":
            return offered(document.town)
        case "units":
            return values.chosen(document)
        case "leads":
            codes = {one.lead_code or one.unit_code for one in problems if not one.settled}
            return [unit for unit in offered(document.town) if unit.code in codes]
    return []


def of(document: Document) -> list[Unit]:
    """The units the document goes to as it stands."""
    return list(Unit.objects.filter(pk__in=document.receivers).order_by("path")) if document.receivers else []


def answering(document: Document, units: Sequence[Unit], problems: Sequence[Problem]) -> set[int]:
    """Keys of the units that have to answer in writing: of a circular to all, those with an open problem on its list."""
    facts = document.pack.facts
    if not facts["answer"]:
        return set()
    if facts["receivers"] != "all":
        return {unit.pk for unit in units}
    open_ = {one.lead_code or one.unit_code for one in problems if one.open}
    return {unit.pk for unit in units if unit.code in open_}
