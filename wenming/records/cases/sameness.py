"""两次即督办: when are two finds the same problem found twice? A pure judgement on two finds.

Seed 004: 「对于两次督查中发现的相同问题，由镇下发督办单」. Same = the same place (same register entry, or
within the radius) and the same category, found by a second *inspection*, after an accepted closing or
while the first is left unfixed past its deadline. The table of cases in the tests is the definition.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wenming.ground.places.queries import distance_m
from wenming.records.cases import states


@dataclass(frozen=True)
class Find:
    """One find, as far as the judgement needs it. Positions in degrees WGS-84, accuracy in metres."""

    category: str
    source: str
    found_at: datetime
    inspection: str
    place: str = ""
    position: tuple[float, float] | None = None
    accuracy_m: float = 0
    state: str = states.REPORTED
    close_reason: str = ""
    closed_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class Rule:
    """Set by the county in the escalation pack."""

    radius_m: float = 50
    window_days: int = 180


@dataclass(frozen=True)
class Verdict:
    same: bool
    reason: str


def judge(first: Find, second: Find, rule: Rule) -> Verdict:
    """Is `second` the same problem as `first`, found again by another inspection?"""
    for check in (_who, _what, _where, _outcome):
        reason = check(first, second, rule)
        if reason:
            return Verdict(False, reason)
    if first.state == states.CLOSED:
        return Verdict(True, "核查通过后再次被督查发现")
    return Verdict(True, "到期未整改，再次被督查发现")


def _who(first: Find, second: Find, _rule: Rule) -> str:
    if first.source not in states.INSPECTIONS or second.source not in states.INSPECTIONS:
        return "不是两次督查发现的"
    if second.found_at <= first.found_at:
        return "不是后一次发现的"
    if first.inspection == second.inspection:
        return "同一次督查中发现的"
    return ""


def _what(first: Find, second: Find, _rule: Rule) -> str:
    return "" if first.category == second.category else "问题类别不同"


def _where(first: Find, second: Find, rule: Rule) -> str:
    if first.place and second.place:
        # The register decides: two entries are two places, however near they lie.
        return "" if first.place == second.place else "不是同一个点位"
    if first.position is None or second.position is None:
        return "没有位置，无法判断"
    reach = rule.radius_m + max(first.accuracy_m, second.accuracy_m)
    return "" if distance_m(first.position, second.position) <= reach else "距离超出同点半径"


def _outcome(first: Find, second: Find, rule: Rule) -> str:
    if first.state == states.CLOSED:
        if first.close_reason != states.FIXED:
            return "前一次不是整改结案"
        if first.closed_at is None or first.closed_at >= second.found_at:
            return "发现时前一次尚未结案"
        if second.found_at - first.closed_at > timedelta(days=rule.window_days):
            return "超出认定期限"
        return ""
    if first.state == states.SUSPENDED:
        return "前一次已挂账，由上级接手"
    if first.state not in (states.DISPATCHED, states.HANDLING):
        return "前一次未交到责任单位整改"
    if first.due_at is None or second.found_at <= first.due_at:
        return "前一次整改期限未到"
    return ""
