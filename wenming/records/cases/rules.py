"""Who may do what to a case. Predicates only; the table of permissions is in `states.STEPS`."""

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.records.cases import states
from wenming.records.cases.models import Case, Order

VERIFIER = "处置人不能核查自己处置的问题，请由另一位同志核查。"
OWN_ONLY = "社区（村）只能核查自查自改的问题，上级发现的由镇创城办核查。"
NOT_YOURS = "这一步不在您的岗位职责内，请联系镇创城办。"


def refusal(person: Person, step: states.Step, case: Case) -> str | None:
    """Why the person may not take this step on this case; None when he may (handbook appendix B)."""
    if step.permission is None:
        return NOT_YOURS
    if step.permission == P.CASE_HANDLE:
        return None if _handles(person, case) else NOT_YOURS
    if not (person.may(step.permission, case.unit) or _leads_for_town(person, step.permission, case)):
        return NOT_YOURS
    if step.permission == P.CASE_VERIFY:
        return _verify_refusal(person, case)
    return None


def may(person: Person, code: str, case: Case) -> bool:
    """True when the person may take the step on the case in its present state."""
    step = states.step(code)
    return case.state in step.from_states and refusal(person, step, case) is None


def _leads_for_town(person: Person, permission: P, case: Case) -> bool:
    """A case of the town's books belongs to the town's office even when its ground unit lies elsewhere."""
    return person.may(permission, case.town)


def _handles(person: Person, case: Case) -> bool:
    if case.lead_unit is None:
        return False
    if case.handler_id == person.pk:
        return True
    lead = case.lead_unit
    return any(
        P.CASE_HANDLE in post.permissions and (post.unit_id == lead.pk or lead.path.startswith(post.scope))
        for post in person.posts_now()
    )


def _verify_refusal(person: Person, case: Case) -> str | None:
    if person.pk == case.handler_id:
        return VERIFIER
    posts = [post for post in person.posts_now() if P.CASE_VERIFY in post.permissions]
    wide = [
        post
        for post in posts
        if post.unit.kind not in kinds.RESIDENTIAL and case.town.path.startswith(post.scope)
    ]
    if wide:
        return None
    return None if case.self_found else OWN_ONLY


def order_refusal(person: Person, step: states.Step, order: Order) -> str | None:
    """Why the person may not take this step on a supervision order; None when he may."""
    if step.permission == P.CASE_HANDLE:
        unit = order.unit
        held = [post for post in person.posts_now() if P.CASE_HANDLE in post.permissions]
        return None if any(unit.path.startswith(post.scope) for post in held) else NOT_YOURS
    assert step.permission is not None  # noqa: S101 -- every order step names one
    return None if person.may(step.permission, order.town) else NOT_YOURS


def order_may(person: Person, code: str, order: Order) -> bool:
    step = states.ORDER_STEPS[code]
    return order.state in step.from_states and order_refusal(person, step, order) is None
