"""Who found it, on whose ground, and what he may say about it: for finds and for 「无问题」 alike."""

from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.people import roles
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.cases import states


def answering(unit: Unit) -> Unit:
    """The unit that answers for a piece of ground or for its worker: the community of a grid, else the unit itself."""
    return unit.parent if unit.kind == kinds.GRID and unit.parent else unit


def ground_of(by: Person | None) -> Unit | None:
    """The ground a person works on: own community, or the town."""
    unit = by.home_unit if by else None
    if unit is None:
        return None
    if unit.kind == kinds.GRID:
        return unit.parent
    return unit if unit.kind in kinds.TERRITORIAL else unit.town


def source(given: str, by: Person | None, *, covert: bool) -> str:
    """Who found it. Staff of a community can only find for themselves, whatever the form says.

    Raises NotAllowed for whom may not report, DomainError for an unknown source.
    """
    if by is None:
        return given if given in ("public", "hotline", "media") else "public"
    if not by.may(P.CASE_REPORT):
        raise NotAllowed("case_not_allowed", "您的岗位没有上报问题的权限，请联系镇创城办。")
    posts = {post.role for post in by.posts_now()}
    inspects = by.may(P.CASE_COVERT) or by.may(P.DOCUMENT_SIGN)
    if covert:
        if not by.may(P.CASE_COVERT):
            raise NotAllowed("case_not_allowed", "只有督查人员可以登记暗访问题。")
        return given if given in states.INSPECTIONS else "covert"
    if inspects:
        if given:
            if given not in states.SOURCE_LABELS:
                raise DomainError("reason_unknown", "请选择问题来源。", field="source")
            return given
        return "county" if posts & roles.COUNTY_FINDERS else "town"
    return "chief" if posts & {"street_chief", "grid_worker"} else "self"
